//! Which trades of a history are meant, in which order, and what they sum to; pure.
//!
//! Works on packed rows, so that a million are gone through in a moment; only the rows of a page are read whole.

use crate::commands::labels::labels_in;
use crate::when::day_start;
use books::Turnover;
use chrono::{Datelike, Months, NaiveDate};
use chrono_tz::Tz;
use domain::{Coin, Decimal, Name, Side, Timestamp, TradeRow};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
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

/// Whether a word is the whole name of a coin, an algorithm or a side, or a stretch of time.
pub(super) fn is_name(word: &str, known: &Known, zone: Tz) -> bool {
    let is = |text: &str| text.eq_ignore_ascii_case(word);
    known.coins.values().any(|coin| is(coin.as_str()))
        || known.names.values().any(|name| is(name.as_str()))
        || ["buy", "sell", "manual"].into_iter().any(is)
        || stretch(word, zone).is_some()
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

    /// Where the trades stand that are meant, in the order they came in.
    pub fn of(&self, rows: &[TradeRow], known: &Known) -> Vec<u32> {
        let taken = |(_, row): &(usize, &TradeRow)| row.is_trade() && self.takes(row, known);
        rows.iter().enumerate().filter(taken).map(|(at, _)| at as u32).collect() // memory ends before this number does
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

/// Some of a history's rows, by where they stand in it.
pub(super) struct Picked<'a> {
    pub rows: &'a [TradeRow],
    pub at: Vec<u32>,
}

impl Picked<'_> {
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &TradeRow> {
        self.at.iter().filter_map(|at| self.rows.get(*at as usize))
    }

    /// Puts rows in order. They come oldest first; equal ones stand newest first.
    pub fn sort(&mut self, by: Sort, ascending: bool, known: &Known) {
        match by {
            Sort::Time if ascending => {}
            Sort::Time => self.at.reverse(),
            Sort::Coin => self.sort_by(ascending, |row| known.coin(row.coin)),
            Sort::Side => self.sort_by(ascending, |row| row.side),
            Sort::Quantity => self.sort_by(ascending, |row| row.quantity),
            Sort::Price => self.sort_by(ascending, |row| row.price),
            Sort::Value => self.sort_by(ascending, |row| value(row).unwrap_or(Decimal::MAX)),
            Sort::Fee => self.sort_by(ascending, |row| row.fee),
            Sort::Algorithm => self.sort_by(ascending, |row| known.algorithm(row.algorithm)),
        }
    }

    fn sort_by<'k, K: Ord>(&mut self, ascending: bool, key: impl Fn(&TradeRow) -> K + 'k) {
        let rows = self.rows;
        let keyed = self.at.iter().rev().filter_map(|at| Some((key(rows.get(*at as usize)?), *at)));
        let mut keyed: Vec<(K, u32)> = keyed.collect();
        if ascending {
            keyed.sort_by(|a, b| a.0.cmp(&b.0));
        } else {
            keyed.sort_by(|a, b| b.0.cmp(&a.0));
        }
        self.at = keyed.into_iter().map(|(_, at)| at).collect();
    }
}

/// Price × quantity; none when it is beyond a decimal.
pub(super) fn value(row: &TradeRow) -> Option<Decimal> {
    row.price.decimal().checked_mul(row.quantity.decimal())
}

/// What rows sum to.
pub(super) fn summed(rows: &Picked<'_>) -> Turnover {
    let mut sums = Turnover::default();
    rows.iter().for_each(|row| sums.add(row));
    sums
}

/// What a group is of: a number of the dictionaries, of a side, or of a period.
type Number = i64;

/// The numbers of local days, months or years, and their names.
struct Periods {
    by: Group,
    zone: Tz,
    /// By quarter of an hour: zones change on those, so that all moments of one share their local day.
    known: HashMap<i64, Number>,
    last: (i64, Number),
}

impl Periods {
    fn number(&mut self, time: Timestamp) -> Number {
        let quarter = time.millis().div_euclid(900_000);
        if self.last.0 == quarter {
            return self.last.1;
        }
        let (by, zone) = (self.by, self.zone);
        let number = *self.known.entry(quarter).or_insert_with(|| {
            let day = time.to_utc().with_timezone(&zone).date_naive();
            let first = match by {
                Group::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
                Group::Month => NaiveDate::from_ymd_opt(day.year(), day.month(), 1),
                _ => Some(day),
            };
            Number::from(first.unwrap_or(day).num_days_from_ce())
        });
        self.last = (quarter, number);
        number
    }

    fn name(&self, number: Number) -> String {
        let day = i32::try_from(number).ok().and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or_default();
        match self.by {
            Group::Year => format!("{:04}", day.year()),
            Group::Month => format!("{:04}-{:02}", day.year(), day.month()),
            _ => day.to_string(),
        }
    }
}

/// Sums by a key (a trade with several labels is in each of them): periods newest first, others by turnover, the largest first.
pub(super) fn grouped(rows: &Picked<'_>, by: Group, known: &Known, zone: Tz) -> Vec<(String, Turnover)> {
    let mut periods = Periods { by, zone, known: HashMap::new(), last: (i64::MIN, 0) };
    let labels: BTreeSet<&str> = known.tags.values().flat_map(|word| labels_in(word.as_str())).collect();
    let labels: Vec<&str> = labels.into_iter().collect();
    let label = |name: &str| labels.binary_search(&name).map_or(-1, |at| at as Number);
    let mut sums: HashMap<Number, Turnover> = HashMap::new();
    for row in rows.iter() {
        if by == Group::Tag {
            known.labels(row).for_each(|name| sums.entry(label(name)).or_default().add(row));
            continue;
        }
        let number = match by {
            Group::Coin => row.coin.into(),
            Group::Side => Number::from(row.side == Side::Sell),
            Group::Algorithm => row.algorithm.into(),
            Group::Tag | Group::Day | Group::Month | Group::Year => periods.number(row.time),
        };
        sums.entry(number).or_default().add(row);
    }
    let mut sums: Vec<(Number, Turnover)> = sums.into_iter().collect();
    let name = |number: Number| match by {
        Group::Coin => known.coin(u32::try_from(number).unwrap_or_default()).to_owned(),
        Group::Side => if number == 0 { Side::Buy } else { Side::Sell }.to_string(),
        Group::Algorithm => known.algorithm(u32::try_from(number).unwrap_or_default()).to_owned(),
        Group::Tag => usize::try_from(number).ok().and_then(|at| labels.get(at)).map_or("", |tag| *tag).to_owned(),
        Group::Day | Group::Month | Group::Year => periods.name(number),
    };
    if matches!(by, Group::Day | Group::Month | Group::Year) {
        sums.sort_by_key(|(number, _)| Reverse(*number));
        sums.truncate(GROUPS_MAX);
        return sums.into_iter().map(|(number, sums)| (name(number), sums)).collect();
    }
    let mut groups: Vec<(String, Turnover)> = sums.into_iter().map(|(number, sums)| (name(number), sums)).collect();
    let turnover =
        |sums: &Turnover| sums.bought().zip(sums.sold()).and_then(|(a, b)| a.checked_add(b)).unwrap_or(Decimal::MAX);
    groups.sort_by_cached_key(|(name, sums)| (Reverse(turnover(sums)), name.clone()));
    groups.truncate(GROUPS_MAX);
    groups
}

#[cfg(test)]
mod tests;
