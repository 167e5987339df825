//! Protections: what locks an algorithm, or one of its coins, for a while; told from its own closes.
//!
//! | rule | locks | when | until |
//! |---|---|---|---|
//! | `streak` | the algorithm | `streak_losses` losing closes within `streak_hours`, with no gain between | `streak_lock_hours` after the last |
//! | `cooldown` | the coin | it was sold out | `cooldown_minutes` after |
//! | `low_profit` | the coin | at least 3 closes within `low_profit_days` lost `low_profit_pct` of what they had cost | 24 h after the last |
//! | `drawdown` | the algorithm | its closes of 30 days fell `drawdown_pct` of the most it ever held, from their highest sum | 24 h after the last |
//!
//! Invariants: a lock holds buys of that algorithm in that book, never a sale, never a person; a threshold of 0 turns its
//! rule off; what a person lifted locks again only by later closes. Pure: the same trades and moment, the same locks.

use crate::own::{Close, OwnBook, OwnBooks};
use domain::{Book, Coin, Decimal, Denial, Fact, LimitChange, Name, Proposal, Side, Timestamp, parse_decimal};
use std::collections::BTreeMap;

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;
const LOW_PROFIT_CLOSES_MIN: usize = 3;
const DRAWDOWN_DAYS: i64 = 30;

/// What may be set: name, default, the most.
const SETTINGS: [(&str, u32, u32); 8] = [
    ("enabled", 1, 1),
    ("streak_losses", 3, 100),
    ("streak_hours", 24, 720),
    ("streak_lock_hours", 12, 720),
    ("cooldown_minutes", 15, 10_080),
    ("low_profit_days", 7, 365),
    ("low_profit_pct", 10, 100),
    ("drawdown_pct", 10, 100),
];

/// Which rule locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Losses one after the other.
    Streak,
    /// A coin just sold out.
    Cooldown,
    /// A coin that keeps losing.
    LowProfit,
    /// The algorithm's own fall.
    Drawdown,
}

impl Rule {
    const ALL: [Self; 4] = [Self::Streak, Self::Cooldown, Self::LowProfit, Self::Drawdown];

    /// The name scripts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Streak => "streak",
            Self::Cooldown => "cooldown",
            Self::LowProfit => "low_profit",
            Self::Drawdown => "drawdown",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text)
    }
}

/// An algorithm, or one of its coins, that may not buy for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// In which book.
    pub book: Book,
    /// Whose.
    pub algorithm: Name,
    /// Of which coin; none for all of them.
    pub coin: Option<Coin>,
    /// By which rule.
    pub rule: Rule,
    /// Until when.
    pub until: Timestamp,
    /// Why, in words.
    pub why: String,
}

/// A setting that can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtectionError {
    /// No such setting.
    #[error("'{0}' is no setting of the protections: {names}", names = SETTINGS.map(|(name, _, _)| name).join(", "))]
    Unknown(String),
    /// A value it can't have.
    #[error("{name} can't be '{value}': give a whole number from 0 to {max}")]
    BadValue {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// The most.
        max: u32,
    },
}

impl ProtectionError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "protection_name_unknown",
            Self::BadValue { .. } => "protection_value_bad",
        }
    }
}

type Lifts = BTreeMap<(Book, Name, Option<Coin>, Rule), Timestamp>;

/// The rules as they are set, and what was lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protections {
    values: [u32; SETTINGS.len()],
    lifts: Lifts,
}

impl Default for Protections {
    fn default() -> Self {
        Self { values: SETTINGS.map(|(_, standard, _)| standard), lifts: Lifts::new() }
    }
}

impl Protections {
    /// Reads one change as the trader typed it.
    ///
    /// # Errors
    /// [`ProtectionError`].
    pub fn parse_change(name: &str, value: &str) -> Result<LimitChange, ProtectionError> {
        let clipped = |text: &str| text.chars().take(40).collect::<String>();
        let unknown = || ProtectionError::Unknown(clipped(name));
        let (known, _, max) = SETTINGS.into_iter().find(|(known, _, _)| *known == name).ok_or_else(unknown)?;
        let bad = || ProtectionError::BadValue { name: known, value: clipped(value), max };
        let number = parse_decimal(value).ok().filter(|number| number.fract().is_zero()).ok_or_else(bad)?;
        if u32::try_from(number).map_or(true, |number| number > max) {
            return Err(bad());
        }
        Ok(LimitChange::new(Name::parse(known).map_err(|_| unknown())?, number))
    }

    /// Takes a fact. A setting this version does not know, or can't read, leaves the rule as it was.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::ProtectionsSet { changes } => {
                for change in changes {
                    let place = SETTINGS.iter().position(|(name, _, _)| *name == change.name.as_str());
                    let value = change.value().ok().and_then(|value| u32::try_from(value).ok());
                    if let Some((place, value)) = place.zip(value) {
                        self.values[place] = value.min(SETTINGS[place].2);
                    }
                }
            }
            Fact::ProtectionLifted { book, algorithm, coin, rule, at, .. } => {
                if let Some(rule) = Rule::parse(rule.as_str()) {
                    self.lifts.insert((*book, algorithm.clone(), *coin, rule), *at);
                }
            }
            _ => {}
        }
    }

    /// Every setting with its value.
    pub fn settings(&self) -> impl Iterator<Item = (&'static str, u32)> + '_ {
        SETTINGS.iter().zip(self.values).map(|((name, _, _), value)| (*name, value))
    }

    fn value(&self, name: &str) -> i64 {
        let place = SETTINGS.iter().position(|(known, _, _)| *known == name);
        place.and_then(|place| self.values.get(place)).map_or(0, |value| i64::from(*value))
    }

    /// Everything that is locked now.
    #[must_use]
    pub fn locks(&self, own: &OwnBooks, now: Timestamp) -> Vec<Lock> {
        own.iter().flat_map(|(book, name, own)| self.locks_of(book, name, own, now)).collect()
    }

    /// Whether an algorithm may buy.
    ///
    /// # Errors
    /// `protected`, with until and why.
    pub fn may_buy(&self, proposal: &Proposal, own: &OwnBooks, now: Timestamp) -> Result<(), Denial> {
        let Some(name) = proposal.algorithm.as_ref().filter(|_| proposal.side == Side::Buy) else { return Ok(()) };
        let Some(book) = own.of(proposal.book, name) else { return Ok(()) };
        let locks = self.locks_of(proposal.book, name, book, now);
        let Some(lock) = locks.into_iter().find(|lock| lock.coin.is_none_or(|coin| coin == proposal.coin)) else {
            return Ok(());
        };
        let what = lock.coin.map_or_else(|| format!("{name}"), |coin| format!("{coin} for {name}"));
        let words = format!("{what} is locked until {} ({}): {}.", lock.until, lock.rule.as_str(), lock.why);
        Err(Denial::new("protected", words))
    }

    fn locks_of(&self, book: Book, algorithm: &Name, own: &OwnBook, now: Timestamp) -> Vec<Lock> {
        if self.value("enabled") == 0 {
            return Vec::new();
        }
        let closes = |coin: Option<Coin>, rule: Rule, within_s: i64| -> Vec<&Close> {
            let lifted = self.lifts.get(&(book, algorithm.clone(), coin, rule)).copied();
            own.closes()
                .filter(|close| coin.is_none_or(|coin| coin == close.coin))
                .filter(|close| now.seconds_since(close.at) <= within_s && lifted.is_none_or(|at| close.at > at))
                .collect()
        };
        let mut locks = Vec::new();
        let mut add = |coin: Option<Coin>, rule: Rule, last: Option<&&Close>, lock_s: i64, why: String| {
            let until = last.map(|close| close.at.plus_micros(lock_s * 1_000_000)).filter(|until| *until > now);
            locks.extend(until.map(|until| Lock { book, algorithm: algorithm.clone(), coin, rule, until, why }));
        };
        let (losses, hours) = (self.value("streak_losses"), self.value("streak_hours"));
        let recent = closes(None, Rule::Streak, hours * HOUR_S);
        let streak = recent.iter().rev().take_while(|close| close.gain.amount() < Decimal::ZERO).count();
        if losses > 0 && i64::try_from(streak).unwrap_or(i64::MAX) >= losses {
            let why = format!("{streak} losing closes in a row within {hours} h");
            add(None, Rule::Streak, recent.last(), self.value("streak_lock_hours") * HOUR_S, why);
        }
        let (pct, month) = (self.value("drawdown_pct"), closes(None, Rule::Drawdown, DRAWDOWN_DAYS * DAY_S));
        if pct > 0 && has_fallen(&month, own.invested_max().amount(), pct) {
            let why = format!("its closes of {DRAWDOWN_DAYS} days fell {pct} % of the most it ever held");
            add(None, Rule::Drawdown, month.last(), DAY_S, why);
        }
        let mut coins: Vec<Coin> = own.closes().map(|close| close.coin).collect();
        coins.sort_unstable();
        coins.dedup();
        let (minutes, pct, days) =
            (self.value("cooldown_minutes"), self.value("low_profit_pct"), self.value("low_profit_days"));
        for coin in coins {
            let exits = closes(Some(coin), Rule::Cooldown, minutes * 60);
            let last = exits.iter().rev().find(|close| close.is_exit);
            add(Some(coin), Rule::Cooldown, last, minutes * 60, "it was sold out just now".to_owned());
            let of_coin = closes(Some(coin), Rule::LowProfit, days * DAY_S);
            if pct > 0 && of_coin.len() >= LOW_PROFIT_CLOSES_MIN && has_lost(&of_coin, pct) {
                let why = format!("its closes of {days} days lost {pct} % or more of what they had cost");
                add(Some(coin), Rule::LowProfit, of_coin.last(), DAY_S, why);
            }
        }
        locks
    }
}

fn sum(closes: &[&Close], of: impl Fn(&Close) -> Decimal) -> Option<Decimal> {
    closes.iter().try_fold(Decimal::ZERO, |sum, close| sum.checked_add(of(close)))
}

/// Whether gains and losses together lost so many percent of the costs; what is beyond every number did.
fn has_lost(closes: &[&Close], pct: i64) -> bool {
    let lost = sum(closes, |close| -close.gain.amount()).and_then(|lost| lost.checked_mul(Decimal::ONE_HUNDRED));
    let most = sum(closes, |close| close.cost.amount()).and_then(|cost| cost.checked_mul(Decimal::from(pct)));
    lost.zip(most).is_none_or(|(lost, most)| lost >= most && lost > Decimal::ZERO)
}

/// Whether the sum of gains fell from its highest by so many percent of what was invested.
fn has_fallen(closes: &[&Close], invested: Decimal, pct: i64) -> bool {
    let (mut now, mut highest) = (Decimal::ZERO, Decimal::ZERO);
    for close in closes {
        let Some(next) = now.checked_add(close.gain.amount()) else { return true };
        now = next;
        highest = highest.max(now);
    }
    let fallen = highest.checked_sub(now).and_then(|fallen| fallen.checked_mul(Decimal::ONE_HUNDRED));
    let most = invested.checked_mul(Decimal::from(pct));
    fallen.zip(most).is_none_or(|(fallen, most)| fallen >= most && fallen > Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOW, aud, coin, fill, id, limit, name};

    fn trade(side: Side, order: u8, minutes: i64, coins: &str, at: &str) -> Fact {
        let proposal = limit(side, at, coins);
        let Fact::Trade(mut trade) = fill(id(order), 1, &proposal, coins, at) else { unreachable!() };
        trade.algorithm = Some(name("sma_cross"));
        trade.time = NOW.plus_micros(minutes * 60_000_000);
        Fact::Trade(trade)
    }

    /// Buys 100 of cost and sells at these prices, an hour apart, from so many minutes on.
    fn closes(prices: &[&str]) -> OwnBooks {
        let mut own = OwnBooks::default();
        for (number, at) in prices.iter().enumerate() {
            let (order, minutes) = (u8::try_from(number).unwrap() * 2, i64::try_from(number).unwrap() * 60);
            own.apply(&trade(Side::Buy, order, minutes, "1", "100"));
            own.apply(&trade(Side::Sell, order + 1, minutes, "1", at));
        }
        own
    }

    fn rules(protections: &Protections, own: &OwnBooks, minutes: i64) -> Vec<&'static str> {
        let locks = protections.locks(own, NOW.plus_micros(minutes * 60_000_000));
        locks.iter().map(|lock| lock.rule.as_str()).collect()
    }

    fn set(name: &str, value: &str) -> Protections {
        let mut protections = Protections::default();
        protections.apply(&Fact::ProtectionsSet { changes: vec![Protections::parse_change(name, value).unwrap()] });
        protections
    }

    #[test]
    fn three_losses_in_a_row_lock_the_algorithm_and_a_gain_breaks_the_row() {
        let standard = Protections::default();
        let at_end = |prices: &[&str]| rules(&standard, &closes(prices), 60 * 3);
        assert_eq!(at_end(&["99", "99", "99"]), ["streak"]);
        assert_eq!(at_end(&["99", "101", "99"]), [""; 0]);
        assert_eq!(at_end(&["99", "99"]), [""; 0]);
        assert_eq!(rules(&standard, &closes(&["99", "99", "99"]), 120 + 12 * 60), [""; 0], "it ends");
        assert_eq!(rules(&set("streak_losses", "0"), &closes(&["99", "99", "99"]), 180), [""; 0], "0 is off");
    }

    #[test]
    fn a_coin_just_sold_out_cools_down() {
        let own = closes(&["101"]);
        assert_eq!(rules(&Protections::default(), &own, 14), ["cooldown"]);
        assert_eq!(rules(&Protections::default(), &own, 15), [""; 0]);
        assert_eq!(rules(&set("enabled", "0"), &own, 14), [""; 0]);
    }

    #[test]
    fn a_coin_that_keeps_losing_and_an_algorithm_that_fell_are_locked_for_a_day() {
        let own = closes(&["95", "101", "80"]);
        assert_eq!(rules(&Protections::default(), &own, 180), ["drawdown"], "24 of 300 lost is not yet a tenth");
        assert_eq!(rules(&set("drawdown_pct", "0"), &closes(&["90", "90", "90", "101"]), 300), [""; 0]);
        assert_eq!(rules(&set("drawdown_pct", "0"), &closes(&["80", "80", "101"]), 300), ["low_profit"]);
    }

    #[test]
    fn a_lock_refuses_buys_of_its_algorithm_and_nothing_else_and_a_person_lifts_it() {
        let own = closes(&["99", "99", "99"]);
        let mut protections = Protections::default();
        let now = NOW.plus_micros(180 * 60_000_000);
        let buy = Proposal { algorithm: Some(name("sma_cross")), ..limit(Side::Buy, "100", "1") };
        let denial = protections.may_buy(&buy, &own, now).unwrap_err();
        assert_eq!(denial.code, "protected");
        assert!(denial.message.contains("3 losing closes in a row"), "{}", denial.message);
        for free in [
            Proposal { side: Side::Sell, ..buy.clone() },
            Proposal { algorithm: None, ..buy.clone() },
            Proposal { algorithm: Some(name("other")), ..buy.clone() },
            Proposal { book: Book::Live, ..buy.clone() },
        ] {
            assert_eq!(protections.may_buy(&free, &own, now), Ok(()));
        }
        protections.apply(&Fact::ProtectionLifted {
            book: Book::Paper,
            algorithm: name("sma_cross"),
            coin: None,
            rule: name("streak"),
            at: now,
            why: "looked".to_owned(),
        });
        assert_eq!(protections.may_buy(&buy, &own, now), Ok(()));
        assert_eq!(own.of(Book::Paper, &name("sma_cross")).unwrap().invested_max(), aud("100"));
        assert_eq!(coin("BTC"), buy.coin);
    }

    #[test]
    fn a_setting_that_cannot_be_is_refused_by_name() {
        let code = |name: &str, value: &str| Protections::parse_change(name, value).unwrap_err().code();
        assert_eq!(code("yachts", "1"), "protection_name_unknown");
        for bad in ["-1", "1.5", "101", "x", ""] {
            assert_eq!(code("low_profit_pct", bad), "protection_value_bad", "{bad}");
        }
    }
}
