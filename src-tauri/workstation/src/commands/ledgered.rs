//! The rows of a book: its trades and what its movements fold to, in one order, with the numbers they speak in.
//!
//! A coin or name that no trade knows has no number in the workspace's dictionaries. It gets one here, beyond theirs, for as
//! long as the rows are in memory; it is never written.

use crate::when::DEFAULT_ZONE;
use crate::{Error, Result, Workstation};
use books::{Folded, Numbers, Question, Told, Valuation, rows_of};
use domain::{Book, Coin, Fact, Name, Timestamp, TradeRow};
use std::collections::{BTreeMap, HashMap};
use store::Recorded;

/// The first number of what no dictionary knows.
pub(crate) const BEYOND: u32 = 1 << 30;

/// Rows of one book with the numbers they speak in, and prices to value them.
pub(crate) struct Ledgered {
    pub rows: Vec<TradeRow>,
    pub coins: BTreeMap<u32, Coin>,
    pub names: BTreeMap<u32, Name>,
    pub prices: HashMap<u32, Valuation>,
    /// For paper: when the wallet these rows belong to was started, if earlier trades were left out.
    pub since: Option<Timestamp>,
    /// Movements that are beside the figures.
    pub questions: Vec<Question>,
}

impl Ledgered {
    pub fn coin(&self, number: u32) -> Result<Coin> {
        self.coins.get(&number).copied().ok_or_else(|| Error::Halted(format!("coin number {number} has no name")))
    }

    /// That earlier paper trades were left out, if they were.
    pub fn afresh(&self) -> Option<String> {
        let day = self.since?.to_utc().with_timezone(&DEFAULT_ZONE).format("%-d %B %Y, %H:%M");
        Some(format!("the paper wallet was started afresh on {day}: earlier paper trades are in the history only"))
    }

    pub fn algorithm(&self, number: u32) -> String {
        self.names.get(&number).map_or_else(|| "manual".to_owned(), ToString::to_string)
    }

    pub fn coin_number(&self, coin: Coin) -> Option<u32> {
        self.coins.iter().find(|(_, known)| **known == coin).map(|(number, _)| *number)
    }

    pub fn algorithm_number(&self, name: &str) -> Option<u32> {
        if name == "manual" {
            return Some(0);
        }
        self.names.iter().find(|(_, known)| known.as_str() == name).map(|(number, _)| *number)
    }

    pub fn price(&self, number: u32) -> Option<Valuation> {
        self.prices.get(&number).copied()
    }
}

/// Numbers by what they stand for; what is not there gets the next one beyond the dictionary's.
struct Dictionary<T> {
    numbers: BTreeMap<T, u32>,
    next: u32,
}

impl<T: Ord + Clone> Dictionary<T> {
    fn of(known: &BTreeMap<u32, T>) -> Self {
        Self { numbers: known.iter().map(|(number, of)| (of.clone(), *number)).collect(), next: BEYOND }
    }

    fn number(&mut self, of: &T) -> u32 {
        if let Some(&number) = self.numbers.get(of) {
            return number;
        }
        let number = self.next;
        self.next += 1; // there are fewer movements than numbers left
        self.numbers.insert(of.clone(), number);
        number
    }

    fn names(self) -> BTreeMap<u32, T> {
        self.numbers.into_iter().map(|(of, number)| (number, of)).collect()
    }
}

/// What the movements of a book fold to. The dictionaries grow by what only movements know.
pub(crate) fn fold_movements(
    book: Book,
    facts: &[Recorded],
    coins: &mut BTreeMap<u32, Coin>,
    names: &mut BTreeMap<u32, Name>,
) -> Folded {
    let recorded = facts.iter().map(|of| (of.device, of.seq, of.recorded_at, &of.fact));
    let mut told = Told::all(recorded);
    told.retain(|one| one.movement.book == book);
    let (mut by_coin, mut by_name) = (Dictionary::of(coins), Dictionary::of(names));
    let folded = rows_of(
        &told,
        &mut Numbers { coin: &mut |coin| by_coin.number(&coin), name: &mut |name| by_name.number(name) },
    );
    (*coins, *names) = (by_coin.names(), by_name.names());
    folded
}

/// Puts rows among others; both are in order.
pub(crate) fn merge(rows: &mut Vec<TradeRow>, more: Vec<TradeRow>) {
    let Some(first) = more.first() else { return };
    let at = rows.partition_point(|row| row.fold_order(first).is_le());
    rows.extend(more);
    rows[at..].sort_by(TradeRow::fold_order); // two runs in order: one pass
}

impl Workstation {
    /// The rows of a book and what they are worth now.
    pub(crate) async fn ledgered(&self, book: Book) -> Result<Ledgered> {
        let store = self.store();
        let mut rows = store.load_rows(Some(book)).await?;
        // The dictionaries after the rows, so that every number is there.
        let mut coins = store.coins().await?;
        let mut names = store.names().await?;
        let mut facts = store.book_facts().await?;
        let mut since = None;
        if book == Book::Paper
            && let Some(reset) = self.last_paper_reset().await?
        {
            // Devices are numbered in the order they came, so that what an earlier one did lies before the reset too.
            let all = rows.len() + facts.len();
            rows.retain(|row| (row.device, row.seq) > (reset.device, reset.seq));
            facts.retain(|fact| !is_paper(&fact.fact) || (fact.device, fact.seq) > (reset.device, reset.seq));
            since = (rows.len() + facts.len() < all).then_some(reset.recorded_at);
        }
        let folded = fold_movements(book, &facts, &mut coins, &mut names);
        merge(&mut rows, folded.rows);
        let now = self.now();
        let quotes: HashMap<Coin, _> = store.quotes().await?.into_iter().map(|quote| (quote.coin, quote)).collect();
        let value = |coin: &Coin| {
            let quote = quotes.get(coin)?;
            Some(Valuation { price: quote.bid?, age_s: quote.age_s(now) })
        };
        let prices = coins.iter().filter_map(|(number, coin)| Some((*number, value(coin)?))).collect();
        Ok(Ledgered { rows, coins, names, prices, since, questions: folded.questions })
    }

    async fn last_paper_reset(&self) -> Result<Option<Recorded>> {
        let facts = self.store().control_facts().await?;
        Ok(facts.into_iter().rfind(|recorded| matches!(recorded.fact, Fact::PaperReset { .. })))
    }
}

fn is_paper(fact: &Fact) -> bool {
    matches!(fact, Fact::Movement { movement } if movement.book == Book::Paper)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Decimal, Direction, Money, Moved, Movement, Price, Quantity, RowKind, Side, Why};

    fn trade(seconds: i64, seq: u64) -> TradeRow {
        TradeRow {
            time: Timestamp::from_millis(seconds * 1000),
            recorded_at: Timestamp::from_millis(0),
            seq,
            quantity: Quantity::parse("1").unwrap(),
            price: Price::parse("1").unwrap(),
            fee: Decimal::ZERO,
            device: 1,
            coin: 1,
            algorithm: 0,
            side: Side::Buy,
            book: Book::Live,
            kind: RowKind::Trade,
        }
    }

    fn gift(coin: &str, seq: u64) -> Recorded {
        let movement = Movement {
            book: Book::Live,
            time: Timestamp::from_millis(15_000),
            what: Moved::Coins {
                direction: Direction::In,
                coin: Coin::parse(coin).unwrap(),
                quantity: Quantity::parse("1").unwrap(),
                why: Why::Gift,
            },
            value: Some(Money::aud(Decimal::ONE)),
            fee: None,
            network_fee: None,
            venue: None,
            party: None,
            external_id: None,
            note: None,
            occurrence: 0,
        };
        let fact = Fact::Movement { movement: Box::new(movement) };
        Recorded { device: 1, seq, recorded_at: Timestamp::from_millis(0), fact }
    }

    #[test]
    fn movements_stand_among_the_trades_and_a_coin_no_trade_knows_gets_a_number_beyond_the_dictionary() {
        let mut coins = BTreeMap::from([(1, Coin::parse("BTC").unwrap())]);
        let facts = [gift("DOGE", 8), gift("BTC", 9)];
        let folded = fold_movements(Book::Live, &facts, &mut coins, &mut BTreeMap::new());
        let mut rows = vec![trade(10, 1), trade(20, 2)];
        merge(&mut rows, folded.rows);
        assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 8, 9, 2]);
        assert_eq!(rows.iter().map(|row| row.coin).collect::<Vec<_>>(), [1, BEYOND, 1, 1]);
        assert_eq!(coins[&BEYOND].as_str(), "DOGE");
        assert!(fold_movements(Book::Paper, &facts, &mut coins, &mut BTreeMap::new()).rows.is_empty());
    }
}
