//! Balances that changed by more than the venue's own history explains: a deposit, a withdrawal, a fee, or something else.
//!
//! Counted from the first complete look on; a row that comes late explains its change when it comes. Deliberately absent: the
//! reason, which only the trader knows, and any consequence.

use crate::reconcile::counted;
use domain::{Coin, Decimal, Look, Side, Timestamp, VenueFill};
use std::collections::BTreeMap;

/// What rounding of Australian dollars may differ by, for each row: a cent.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// What was owned of something, what the rows since made of it, and how many they were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Line {
    first: Decimal,
    rows: Decimal,
}

/// A balance nobody explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexplained {
    /// The coin; none for Australian dollars.
    pub coin: Option<Coin>,
    /// What the venue says.
    pub owned: Decimal,
    /// What the history makes of what was there before.
    pub explained: Decimal,
}

/// Balances against the history, look after look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    since: Option<Timestamp>,
    cash: Line,
    coins: BTreeMap<Coin, Line>,
    seen: Vec<VenueFill>,
    counted: u32,
}

impl Drift {
    /// Since when balances are compared.
    #[must_use]
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Takes one more look, and says what it can't explain. An incomplete one is left out.
    pub fn take(&mut self, look: &Look) -> Vec<Unexplained> {
        if !look.complete {
            return Vec::new();
        }
        let Some(since) = self.since else {
            self.since = Some(look.at);
            self.cash.first = look.cash;
            let line = |owned: &domain::Quantity| Line { first: owned.decimal(), rows: Decimal::ZERO };
            self.coins = look.coins.iter().map(|(coin, owned)| (*coin, line(owned))).collect();
            self.seen.clone_from(&look.done);
            return Vec::new();
        };
        let mut known = counted(&self.seen);
        let is_new = |row: &&VenueFill| match known.get_mut(*row) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => row.at > since,
        };
        let fresh: Vec<&VenueFill> = look.done.iter().filter(is_new).collect();
        for row in fresh {
            let (amount, Some(total)) = (row.amount.decimal(), row.amount.decimal().checked_mul(row.rate.decimal()))
            else {
                continue;
            };
            let line = self.coins.entry(row.coin).or_default();
            match row.side {
                Side::Buy => {
                    line.rows += amount;
                    self.cash.rows -= total + row.fee;
                }
                Side::Sell => {
                    line.rows -= amount;
                    self.cash.rows += total - row.fee;
                }
            }
            self.counted = self.counted.saturating_add(1);
        }
        self.seen.clone_from(&look.done);
        self.unexplained(look)
    }

    fn unexplained(&self, look: &Look) -> Vec<Unexplained> {
        let mut found = Vec::new();
        let cash = self.cash.first + self.cash.rows;
        if (look.cash - cash).abs() > CENT * Decimal::from(self.counted.saturating_add(1)) {
            found.push(Unexplained { coin: None, owned: look.cash, explained: cash });
        }
        let mut coins: BTreeMap<Coin, Decimal> =
            self.coins.iter().map(|(coin, line)| (*coin, line.first + line.rows)).collect();
        for (coin, _) in &look.coins {
            coins.entry(*coin).or_default();
        }
        for (coin, explained) in coins {
            let owned = look.coins_of(coin).decimal();
            if owned != explained {
                found.push(Unexplained { coin: Some(coin), owned, explained });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOW, coin, dec, price, quantity};
    use domain::Quantity;

    fn look(seconds: i64, cash: &str, coins: &str, done: Vec<VenueFill>) -> Look {
        let coins = vec![(coin("BTC"), Quantity::new(dec(coins)).unwrap())];
        Look { at: NOW.plus_micros(seconds * 1_000_000), open: vec![], done, complete: true, coins, cash: dec(cash) }
    }

    fn row(seconds: i64) -> VenueFill {
        VenueFill {
            id: None,
            side: Side::Buy,
            coin: coin("BTC"),
            instant: false,
            amount: quantity("0.01"),
            rate: price("90000"),
            fee: dec("0.9"),
            at: NOW.plus_micros(seconds * 1_000_000),
        }
    }

    #[test]
    fn rows_explain_what_they_did_also_when_they_come_late() {
        let mut drift = Drift::default();
        assert_eq!(drift.take(&look(0, "10000", "1", vec![row(-50)])), []);
        assert_eq!(drift.take(&look(5, "9099.1", "1.01", vec![row(-50)])).len(), 2, "the history lags");
        let twice = vec![row(3), row(-50)];
        assert_eq!(drift.take(&look(9, "9099.1", "1.01", twice.clone())), []);
        assert_eq!(drift.take(&look(12, "9099.1", "1.01", twice)), []);
    }

    #[test]
    fn a_deposit_and_coins_from_nowhere_are_told() {
        let mut drift = Drift::default();
        drift.take(&look(0, "10000", "1", vec![]));
        let found = drift.take(&look(5, "10500", "1", vec![]));
        assert_eq!(found, [Unexplained { coin: None, owned: dec("10500"), explained: dec("10000") }]);
        let mut more = look(9, "10000", "1", vec![]);
        more.coins.push((coin("ETH"), quantity("2")));
        assert_eq!(drift.take(&more).iter().map(|line| line.coin).collect::<Vec<_>>(), [Some(coin("ETH"))]);
    }
}
