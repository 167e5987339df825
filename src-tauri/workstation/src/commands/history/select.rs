//! Which trades of a history are meant, in which order, and what they sum to; pure.
//!
//! Works on packed rows, so that a million are gone through in a moment; only the rows of a page are read whole.

use crate::commands::labels::labels_in;
use crate::when::day_start;
use chrono::{Datelike, Months, NaiveDate};
use chrono_tz::Tz;
use domain::{Coin, Decimal, Name, Side, Timestamp, TradeRow};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::FactPlace;

/// The most groups that are told.
const GROUPS_MAX: usize = 1_000;

/// What rows are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    Time,
    Coin,
    Side,
    Quantity,
    Price,
    Value,
    Fee,
    Algorithm,
}

impl Sort {
    pub const ALL: [(&'static str, Self); 8] = [
        ("time", Self::Time),
        ("coin", Self::Coin),
        ("side", Self::Side),
        ("quantity", Self::Quantity),
        ("price", Self::Price),
        ("value", Self::Value),
        ("fee", Self::Fee),
        ("algorithm", Self::Algorithm),
    ];
}

/// What rows are summed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Group {
    Coin,
    Side,
    Algorithm,
    Tag,
    Day,
    Month,
    Year,
}

impl Group {
    pub const ALL: [(&'static str, Self); 7] = [
        ("coin", Self::Coin),
        ("side", Self::Side),
        ("algorithm", Self::Algorithm),
        ("tag", Self::Tag),
        ("day", Self::Day),
        ("month", Self::Month),
        ("year", Self::Year),
    ];
}

/// The names behind the numbers of rows, and the trader's labels.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub coins: BTreeMap<u32, Coin>,
    pub names: BTreeMap<u32, Name>,
    pub tags: HashMap<FactPlace, Name>,
}

pub(super) const fn place(row: &TradeRow) -> FactPlace {
    FactPlace { device: row.device, seq: row.seq }
}

impl Known {
    pub fn algorithm(&self, number: u32) -> &str {
        self.names.get(&number).map_or("manual", Name::as_str)
    }

    fn coin(&self, number: u32) -> &str {
        self.coins.get(&number).map_or("", Coin::as_str)
    }

    /// The labels of a row; the empty one where it has none.
    fn labels(&self, row: &TradeRow) -> impl Iterator<Item = &str> {
        let word = self.tags.get(&place(row)).map_or("", Name::as_str);
        labels_in(word).chain(word.is_empty().then_some(""))
    }
}

/// What one word of a search can mean.
#[derive(Debug)]
pub(super) struct Word {
    coins: HashSet<u32>,
    algorithms: HashSet<u32>,
    side: Option<Side>,
    stretch: Option<(Timestamp, Timestamp)>,
    places: HashSet<FactPlace>,
}

impl Word {
    fn fits(&self, row: &TradeRow) -> bool {
        self.coins.contains(&row.coin)
            || self.algorithms.contains(&row.algorithm)
            || self.side == Some(row.side)
            || self.stretch.is_some_and(|(from, to)| row.time >= from && row.time < to)
            || (!self.places.is_empty() && self.places.contains(&place(row)))
    }
}

/// Which trades.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// Number of the coin; one that never traded fits no row.
    pub coin: Option<u32>,
    pub side: Option<Side>,
    pub algorithm: Option<u32>,
    /// The label; the empty one means none.
    pub tag: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub words: Vec<Word>,
}

impl Selection {
    /// Adds a word; `said` is where it stands in a venue's name or id.
    pub fn word(&mut self, word: &str, said: HashSet<FactPlace>, known: &Known, zone: Tz) {
        let low = word.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&low);
        let coins = known.coins.iter().filter(|(_, coin)| has(coin.as_str())).map(|(no, _)| *no).collect();
        let mut algorithms: HashSet<u32> =
            known.names.iter().filter(|(_, name)| has(name.as_str())).map(|(no, _)| *no).collect();
        if "manual".starts_with(&low) {
            algorithms.insert(0);
        }
        let side = [Side::Buy, Side::Sell].into_iter().find(|side| side.to_string() == low);
        let mut places = said;
        places.extend(known.tags.iter().filter(|(_, tag)| has(tag.as_str())).map(|(place, _)| *place));
        self.words.push(Word { coins, algorithms, side, stretch: stretch(word, zone), places });
    }

    fn takes(&self, row: &TradeRow, known: &Known) -> bool {
        self.coin.is_none_or(|coin| row.coin == coin)
            && self.side.is_none_or(|side| row.side == side)
            && self.algorithm.is_none_or(|algorithm| row.algorithm == algorithm)
            && self.from.is_none_or(|from| row.time >= from)
            && self.to.is_none_or(|to| row.time < to)
            && self.tag.as_deref().is_none_or(|tag| known.labels(row).any(|label| label == tag))
            && self.words.iter().all(|word| word.fits(row))
    }

    /// The rows that are meant, in the order they came in.
    pub fn of(&self, rows: Vec<TradeRow>, known: &Known) -> Vec<TradeRow> {
        let mut rows = rows;
        rows.retain(|row| self.takes(row, known));
        rows
    }
}

/// A year, month or day, as the stretch of time it is in a zone.
fn stretch(word: &str, zone: Tz) -> Option<(Timestamp, Timestamp)> {
    let parts: Vec<&str> = word.split('-').collect();
    let number = |at: usize, digits: usize| {
        let part: &&str = parts.get(at)?;
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u32>().ok())?
    };
    let year = i32::try_from(number(0, 4)?).ok()?;
    let (first, end) = match parts.len() {
        1 => (NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year + 1, 1, 1)?),
        2 => {
            let first = NaiveDate::from_ymd_opt(year, number(1, 2)?, 1)?;
            (first, first.checked_add_months(Months::new(1))?)
        }
        3 => {
            let first = NaiveDate::from_ymd_opt(year, number(1, 2)?, number(2, 2)?)?;
            (first, first.succ_opt()?)
        }
        _ => return None,
    };
    Some((day_start(first, zone)?, day_start(end, zone)?))
}

/// Puts rows in order. They come oldest first; equal ones stand newest first.
pub(super) fn sort(rows: &mut [TradeRow], by: Sort, ascending: bool, known: &Known) {
    rows.reverse();
    let value = |row: &TradeRow| value(row).unwrap_or(Decimal::MAX);
    let compare = |a: &TradeRow, b: &TradeRow| match by {
        Sort::Time => a.time.cmp(&b.time),
        Sort::Coin => known.coin(a.coin).cmp(known.coin(b.coin)),
        Sort::Side => a.side.cmp(&b.side),
        Sort::Quantity => a.quantity.cmp(&b.quantity),
        Sort::Price => a.price.cmp(&b.price),
        Sort::Value => value(a).cmp(&value(b)),
        Sort::Fee => a.fee.cmp(&b.fee),
        Sort::Algorithm => known.algorithm(a.algorithm).cmp(known.algorithm(b.algorithm)),
    };
    match (by, ascending) {
        (Sort::Time, false) => {}
        (Sort::Time, true) => rows.reverse(),
        (_, true) => rows.sort_by(compare),
        (_, false) => rows.sort_by(|a, b| match compare(a, b) {
            Ordering::Less => Ordering::Greater,
            Ordering::Equal => Ordering::Equal,
            Ordering::Greater => Ordering::Less,
        }),
    }
}

/// Price × quantity; none when it is beyond a decimal.
pub(super) fn value(row: &TradeRow) -> Option<Decimal> {
    row.price.decimal().checked_mul(row.quantity.decimal())
}

/// Sums; none of them when one is beyond a decimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sums {
    pub trades: usize,
    pub bought: Option<Decimal>,
    pub sold: Option<Decimal>,
    pub fees: Option<Decimal>,
}

impl Default for Sums {
    fn default() -> Self {
        let zero = Some(Decimal::ZERO);
        Self { trades: 0, bought: zero, sold: zero, fees: zero }
    }
}

impl Sums {
    fn add(&mut self, row: &TradeRow) {
        let plus = |sum: Option<Decimal>, more: Option<Decimal>| sum?.checked_add(more?);
        self.trades += 1;
        match row.side {
            Side::Buy => self.bought = plus(self.bought, value(row)),
            Side::Sell => self.sold = plus(self.sold, value(row)),
        }
        self.fees = plus(self.fees, Some(row.fee));
    }

    fn turnover(&self) -> Decimal {
        self.bought.zip(self.sold).and_then(|(a, b)| a.checked_add(b)).unwrap_or(Decimal::MAX)
    }

    pub fn of(rows: &[TradeRow]) -> Self {
        let mut sums = Self::default();
        rows.iter().for_each(|row| sums.add(row));
        sums
    }
}

/// Sums by a key (a trade with several labels is in each of them): periods newest first, others by turnover, the largest first.
pub(super) fn grouped(rows: &[TradeRow], by: Group, known: &Known, zone: Tz) -> Vec<(String, Sums)> {
    let mut days: HashMap<i64, String> = HashMap::new();
    let mut period = |row: &TradeRow| {
        // Zones change on quarters of an hour: rows of one quarter share their local day.
        let quarter = row.time.millis().div_euclid(900_000);
        days.entry(quarter)
            .or_insert_with(|| {
                let day = row.time.to_utc().with_timezone(&zone).date_naive();
                match by {
                    Group::Year => format!("{:04}", day.year()),
                    Group::Month => format!("{:04}-{:02}", day.year(), day.month()),
                    _ => day.to_string(),
                }
            })
            .clone()
    };
    let mut sums: HashMap<String, Sums> = HashMap::new();
    for row in rows {
        if by == Group::Tag {
            known.labels(row).for_each(|label| sums.entry(label.to_owned()).or_default().add(row));
            continue;
        }
        let key = match by {
            Group::Coin => known.coin(row.coin).to_owned(),
            Group::Side => row.side.to_string(),
            Group::Algorithm => known.algorithm(row.algorithm).to_owned(),
            Group::Tag | Group::Day | Group::Month | Group::Year => period(row),
        };
        sums.entry(key).or_default().add(row);
    }
    let mut groups: Vec<(String, Sums)> = sums.into_iter().collect();
    match by {
        Group::Day | Group::Month | Group::Year => groups.sort_by(|a, b| b.0.cmp(&a.0)),
        _ => groups.sort_by(|a, b| b.1.turnover().cmp(&a.1.turnover()).then_with(|| a.0.cmp(&b.0))),
    }
    groups.truncate(GROUPS_MAX);
    groups
}

#[cfg(test)]
mod tests;
