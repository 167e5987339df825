//! What was executed, in full or not at all.
//!
//! A question brings a page; one that is full may lack rows, and there is no next page. So a span of days is halved until
//! pages are no longer full, and a full day is asked for in parts, by the second. Whether the exchange understands such
//! parts is not known: they are believed only when every row lies in the part that was asked for and every row of the day's
//! own page turns up again. Else that day is told as incomplete.

use super::calls::Account;
use super::parse::{self, Completed};
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

/// The rows told, oldest first, and a day of which there may be more.
pub(super) struct Told {
    pub rows: Vec<Completed>,
    pub incomplete: Option<String>,
}

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
        told.incomplete.map_or(Ok(told.rows), |day| Err(CoinSpotError::Incomplete { day }))
    }

    pub(super) async fn history(&self, lane: Lane, from: Timestamp, now: Timestamp) -> Result<Told, CoinSpotError> {
        // The exchange's clock may be a day ahead of ours around midnight.
        let mut spans = vec![(day(from), day(now).max(day(from)) + 1)];
        let mut told = Told { rows: Vec::new(), incomplete: None };
        let mut left = QUESTIONS_MAX;
        while let Some((from, to)) = spans.pop() {
            let page = self.page(lane, Span::Days(from, to), now, &mut left).await?;
            let Some(page) = page else {
                told.incomplete = Some(date(from));
                break;
            };
            if !is_full(&page) {
                told.rows.extend(page);
            } else if from < to {
                let middle = from + (to - from) / 2;
                spans.extend([(from, middle), (middle + 1, to)]);
            } else if let Some(rows) = self.day_in_parts(lane, from, &page, now, &mut left).await? {
                told.rows.extend(rows);
            } else {
                told.rows.extend(page);
                told.incomplete = Some(date(from));
            }
        }
        told.rows.sort_by_key(|row| row.at);
        Ok(told)
    }

    /// A full day by parts of it; none where that can't be trusted.
    async fn day_in_parts(
        &self,
        lane: Lane,
        day: i64,
        page: &[Completed],
        now: Timestamp,
        left: &mut u32,
    ) -> Result<Option<Vec<Completed>>, CoinSpotError> {
        for in_unit in [Span::Seconds, Span::Millis] {
            let rows = self.parts(lane, (day * DAY_S, (day + 1) * DAY_S), in_unit, now, left).await?;
            if let Some(rows) = rows.filter(|rows| holds_all(rows, page)) {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }

    async fn parts(
        &self,
        lane: Lane,
        whole: (i64, i64),
        in_unit: fn(i64, i64) -> Span,
        now: Timestamp,
        left: &mut u32,
    ) -> Result<Option<Vec<Completed>>, CoinSpotError> {
        let (mut parts, mut rows) = (vec![whole], Vec::new());
        while let Some((from, to)) = parts.pop() {
            // A second more on each side: whether bounds are included is not known.
            let page = match self.page(lane, in_unit(from - 1, to + 1), now, left).await {
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
    async fn page(
        &self,
        lane: Lane,
        span: Span,
        now: Timestamp,
        left: &mut u32,
    ) -> Result<Option<Vec<Completed>>, CoinSpotError> {
        let Some(fewer) = left.checked_sub(1) else { return Ok(None) };
        *left = fewer;
        let (from, to) = match span {
            Span::Days(from, to) => (Value::String(date(from)), Value::String(date(to))),
            Span::Seconds(from, to) => (Value::from(from), Value::from(to)),
            Span::Millis(from, to) => (Value::from(from * 1_000), Value::from(to * 1_000)),
        };
        let mut body = Map::new();
        // Without a beginning only the last day is told.
        body.insert("startdate".to_owned(), from);
        body.insert("enddate".to_owned(), to);
        body.insert("limit".to_owned(), Value::from(ROWS_MAX));
        let question = super::calls::Question { body, ..self.reads(&["my", "orders", "completed"], lane) };
        self.ask(question, now, parse::completed).await.map(Some)
    }
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
