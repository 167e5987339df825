//! What was executed, in full or not at all.
//!
//! A question brings a page; one that is full may lack rows, and there is no next page. So a span of days is halved until
//! pages are no longer full, and a full day is asked for in parts, by the second. Whether the exchange understands such
//! parts is not known: they are believed only when every row lies in the part that was asked for and every row of the day's
//! own page turns up again. Else that day is told as incomplete. Transfers are told in days only.

use super::calls::{Account, Question};
use super::parse::{self, Completed, Transfer};
use crate::error::CoinSpotError;
use domain::{Side, Timestamp};
use omc_http::Lane;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The most rows a question brings.
const ROWS_MAX: usize = 500;
/// What it brings when the number asked for is not understood.
const ROWS_USUAL: usize = 200;
/// Questions of one reading.
const QUESTIONS_MAX: u32 = 256;
const DAY_S: i64 = 86_400;
const SECOND_MICROS: i64 = 1_000_000;

/// The rows told, oldest first, and the days of which there may be more.
pub(super) struct Told {
    pub rows: Vec<Completed>,
    pub incomplete: Vec<String>,
}

/// Everything the account did in some days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stretch {
    /// What was executed, oldest first.
    pub orders: Vec<Completed>,
    /// What moved without a trade, oldest first.
    pub transfers: Vec<Transfer>,
    /// Days that have more than the exchange tells.
    pub incomplete: Vec<String>,
}

/// What is asked, of which lane, and when.
#[derive(Clone, Copy)]
struct Asking {
    lane: Lane,
    path: &'static [&'static str],
    now: Timestamp,
}

const COMPLETED: &[&str] = &["my", "orders", "completed"];
const MARKET_COMPLETED: &[&str] = &["my", "orders", "market", "completed"];
type Read = fn(&[u8]) -> Result<Vec<Transfer>, CoinSpotError>;
const TRANSFERS: [(&[&str], Read); 3] = [
    (&["my", "sendreceive"], parse::sends),
    (&["my", "deposits"], parse::deposits),
    (&["my", "withdrawals"], parse::withdrawals),
];

/// From when to when, as the exchange is asked.
#[derive(Clone, Copy)]
enum Span {
    /// UTC days, both of them included.
    Days(i64, i64),
    /// Seconds since 1970.
    Seconds(i64, i64),
    /// The same moments in milliseconds.
    Millis(i64, i64),
}

impl Account {
    /// Everything executed from the beginning of the UTC day of `from` on, instant trades and other markets too, oldest first.
    ///
    /// # Errors
    /// [`CoinSpotError::Incomplete`] when a day has more rows than the exchange tells; [`CoinSpotError`].
    pub async fn completed(&self, from: Timestamp, now: Timestamp) -> Result<Vec<Completed>, CoinSpotError> {
        let told = self.history(Lane::Trading, from, now).await?;
        told.incomplete.into_iter().next().map_or(Ok(told.rows), |day| Err(CoinSpotError::Incomplete { day }))
    }

    pub(super) async fn history(&self, lane: Lane, from: Timestamp, now: Timestamp) -> Result<Told, CoinSpotError> {
        // The exchange's clock may be a day ahead of ours around midnight.
        let days = (day(from), day(now).max(day(from)) + 1);
        let mut told = self.executed(Asking { lane, path: COMPLETED, now }, days).await?;
        told.rows.sort_by_key(|row| row.at);
        Ok(told)
    }

    /// Everything from the UTC day of `from` to the one of `to`, both included, for who can wait. A day that isn't told in full is
    /// named, and what is told of it is there.
    ///
    /// # Errors
    /// [`CoinSpotError`].
    pub async fn stretch(&self, from: Timestamp, to: Timestamp, now: Timestamp) -> Result<Stretch, CoinSpotError> {
        let (lane, days) = (Lane::Background, (day(from), day(to).max(day(from))));
        let all = self.executed(Asking { lane, path: COMPLETED, now }, days).await?;
        let market = self.executed(Asking { lane, path: MARKET_COMPLETED, now }, days).await?;
        let mut incomplete: Vec<String> = all.incomplete.into_iter().chain(market.incomplete).collect();
        let mut orders = with_missing(all.rows, market.rows);
        let mut transfers = Vec::new();
        for (path, read) in TRANSFERS {
            self.transfers(Asking { lane, path, now }, read, days, (&mut transfers, &mut incomplete)).await?;
        }
        orders.sort_by_key(|row| row.at);
        transfers.sort_by_key(|row: &Transfer| row.at);
        incomplete.sort_unstable();
        incomplete.dedup();
        Ok(Stretch { orders, transfers, incomplete })
    }

    async fn transfers(
        &self,
        asking: Asking,
        read: Read,
        days: (i64, i64),
        (rows, incomplete): (&mut Vec<Transfer>, &mut Vec<String>),
    ) -> Result<(), CoinSpotError> {
        let mut spans = vec![days];
        let mut left = QUESTIONS_MAX;
        while let Some((from, to)) = spans.pop() {
            let Some(fewer) = left.checked_sub(1) else {
                incomplete.push(date(from));
                return Ok(());
            };
            left = fewer;
            let page = self.ask(self.question_of(asking, Span::Days(from, to)), asking.now, read).await?;
            let mut counts = HashMap::new();
            page.iter().for_each(|row| *counts.entry(row.kind).or_insert(0_usize) += 1);
            let full = counts.values().any(|count| *count >= ROWS_MAX || *count == ROWS_USUAL);
            if full && from < to {
                let middle = from + (to - from) / 2;
                spans.extend([(from, middle), (middle + 1, to)]);
            } else {
                rows.extend(page);
                incomplete.extend(full.then(|| date(from)));
            }
        }
        Ok(())
    }

    /// What was executed in some days.
    async fn executed(&self, asking: Asking, days: (i64, i64)) -> Result<Told, CoinSpotError> {
        let mut spans = vec![days];
        let mut told = Told { rows: Vec::new(), incomplete: Vec::new() };
        let mut left = QUESTIONS_MAX;
        while let Some((from, to)) = spans.pop() {
            let page = self.page(asking, Span::Days(from, to), &mut left).await?;
            let Some(page) = page else {
                told.incomplete.push(date(from));
                break;
            };
            if !is_full(&page) {
                told.rows.extend(page);
            } else if from < to {
                let middle = from + (to - from) / 2;
                spans.extend([(from, middle), (middle + 1, to)]);
            } else if let Some(rows) = self.day_in_parts(asking, from, &page, &mut left).await? {
                told.rows.extend(rows);
            } else {
                told.rows.extend(page);
                told.incomplete.push(date(from));
            }
        }
        Ok(told)
    }

    /// A full day by parts of it; none where that can't be trusted.
    async fn day_in_parts(
        &self,
        asking: Asking,
        day: i64,
        page: &[Completed],
        left: &mut u32,
    ) -> Result<Option<Vec<Completed>>, CoinSpotError> {
        for in_unit in [Span::Seconds, Span::Millis] {
            let rows = self.parts(asking, (day * DAY_S, (day + 1) * DAY_S), in_unit, left).await?;
            if let Some(rows) = rows.filter(|rows| holds_all(rows, page)) {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }

    async fn parts(
        &self,
        asking: Asking,
        whole: (i64, i64),
        in_unit: fn(i64, i64) -> Span,
        left: &mut u32,
    ) -> Result<Option<Vec<Completed>>, CoinSpotError> {
        let (mut parts, mut rows) = (vec![whole], Vec::new());
        while let Some((from, to)) = parts.pop() {
            // A second more on each side: whether bounds are included is not known.
            let page = match self.page(asking, in_unit(from - 1, to + 1), left).await {
                Ok(Some(page)) => page,
                Ok(None) | Err(CoinSpotError::Refused { .. }) => return Ok(None),
                Err(error) => return Err(error),
            };
            let second = |row: &Completed| row.at.micros().div_euclid(SECOND_MICROS);
            if page.iter().any(|row| !(from - 1..=to + 1).contains(&second(row))) {
                return Ok(None);
            }
            if !is_full(&page) {
                rows.extend(page.into_iter().filter(|row| (from..to).contains(&second(row))));
            } else if to - from > 1 {
                let middle = from + (to - from) / 2;
                parts.extend([(from, middle), (middle, to)]);
            } else {
                return Ok(None);
            }
        }
        Ok(Some(rows))
    }

    /// One question; none when there were too many already.
    async fn page(&self, asking: Asking, span: Span, left: &mut u32) -> Result<Option<Vec<Completed>>, CoinSpotError> {
        let Some(fewer) = left.checked_sub(1) else { return Ok(None) };
        *left = fewer;
        self.ask(self.question_of(asking, span), asking.now, parse::completed).await.map(Some)
    }

    fn question_of(&self, asking: Asking, span: Span) -> Question<'_> {
        let (from, to) = match span {
            Span::Days(from, to) => (Value::String(date(from)), Value::String(date(to))),
            Span::Seconds(from, to) => (Value::from(from), Value::from(to)),
            Span::Millis(from, to) => (Value::from(from * 1_000), Value::from(to * 1_000)),
        };
        let mut body = Map::new();
        // Without a beginning only the last day is told.
        body.insert("startdate".to_owned(), from);
        body.insert("enddate".to_owned(), to);
        if [COMPLETED, MARKET_COMPLETED].contains(&asking.path) {
            body.insert("limit".to_owned(), Value::from(ROWS_MAX));
        }
        Question { body, ..self.reads(asking.path, asking.lane) }
    }
}

/// All rows of one list, and those of another that it lacks. What makes two rows one is what happened, not how it is told.
fn with_missing(mut rows: Vec<Completed>, others: Vec<Completed>) -> Vec<Completed> {
    let key = |row: &Completed| (row.side, row.coin, row.market.clone(), row.amount, row.rate, row.at);
    let mut counts: HashMap<_, usize> = HashMap::new();
    rows.iter().for_each(|row| *counts.entry(key(row)).or_default() += 1);
    for row in others {
        match counts.get_mut(&key(&row)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => rows.push(row),
        }
    }
    rows
}

/// Whether a page may lack rows.
fn is_full(page: &[Completed]) -> bool {
    let buys = page.iter().filter(|row| row.side == Side::Buy).count();
    let counts = [page.len(), buys, page.len() - buys];
    counts.iter().any(|count| *count >= ROWS_MAX || *count == ROWS_USUAL)
}

/// Whether every row stands among others, as often as it stands here.
fn holds_all(rows: &[Completed], wanted: &[Completed]) -> bool {
    let mut counts: HashMap<&Completed, usize> = HashMap::new();
    for row in rows {
        *counts.entry(row).or_default() += 1;
    }
    wanted.iter().all(|row| match counts.get_mut(row) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    })
}

/// The number of a UTC day.
fn day(time: Timestamp) -> i64 {
    time.micros().div_euclid(DAY_S * SECOND_MICROS)
}

/// A day as CoinSpot wants it.
fn date(day: i64) -> String {
    let text = Timestamp::from_micros(day * DAY_S * SECOND_MICROS).to_string();
    text.get(..10).unwrap_or_default().to_owned()
}
