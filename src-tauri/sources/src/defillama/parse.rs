//! Where DefiLlama's JSON ends: each kind of reply becomes days and amounts, and those become figures.

use super::{INFO, NAME};
use crate::error::SourceError;
use crate::reading::{Refusal, Refused, json};
use domain::{Currency, Decimal, Money, Timestamp, parse_decimal_lossy};
use ledgers::{Collected, DayFigure, Observation, ObservationKind, Payload, inert};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const DAY_SECONDS: i64 = 86_400;
const DAY_MICROS: i64 = DAY_SECONDS * 1_000_000;
/// Days in a reply that are looked at: more than there has been anything to tell about.
const DAYS_MAX: usize = 10_000;
/// A quadrillion dollars: more than there is.
const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// What was asked for, and from which day on it is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub kind: ObservationKind,
    pub subject: &'static str,
    pub name: &'static str,
    /// The first day taken, as the number of days since 1970.
    pub since_day: i64,
}

/// What a reply holds.
#[derive(Debug)]
pub struct Found {
    pub collected: Collected,
    pub fields: Vec<&'static str>,
    /// The newest closed day in it, as the number of days since 1970.
    pub newest_day: Option<i64>,
}

/// A day and an amount as they were written.
struct Point<'a> {
    date: Option<&'a RawValue>,
    amount: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Protocol<'a> {
    #[serde(borrow)]
    tvl: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Summary<'a> {
    #[serde(borrow, rename = "totalDataChart")]
    chart: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct DatedPoint<'a> {
    #[serde(borrow)]
    date: Option<&'a RawValue>,
    #[serde(borrow, rename = "totalLiquidityUSD")]
    liquidity: Option<&'a RawValue>,
    #[serde(borrow)]
    tvl: Option<&'a RawValue>,
    #[serde(borrow, rename = "totalCirculating")]
    circulating: Option<Circulating<'a>>,
}

#[derive(Deserialize)]
struct Circulating<'a> {
    #[serde(borrow, rename = "peggedUSD")]
    usd: Option<&'a RawValue>,
}

/// The figures of a reply that are wanted. One bad day costs itself; a day said twice in different figures is not taken.
pub fn parse(body: &[u8], wanted: Wanted, now: Timestamp) -> Result<Found, SourceError> {
    let raw: &RawValue = json(NAME, body)?;
    let changed = |reason: &str| SourceError::SchemaChanged { service: NAME, reason: reason.to_owned() };
    let (list, fields) = match wanted.kind {
        ObservationKind::Tvl => {
            let found: Option<Protocol<'_>> = serde_json::from_str(raw.get()).ok();
            (found.and_then(|found| found.tvl), ["tvl", "totalLiquidityUSD"])
        }
        ObservationKind::Fees | ObservationKind::Revenue => {
            let found: Option<Summary<'_>> = serde_json::from_str(raw.get()).ok();
            (found.and_then(|found| found.chart), ["totalDataChart", "totalDataChart"])
        }
        ObservationKind::ChainTvl => (Some(raw), ["chain date", "chain tvl"]),
        _ => (Some(raw), ["totalCirculating", "peggedUSD"]),
    };
    let list = list.ok_or_else(|| changed("it has no list of days"))?;
    let items: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|_| changed("its days are no list"))?;
    let mut refused = Refused::default();
    if items.len() > DAYS_MAX {
        let reason = format!("{} days beyond {DAYS_MAX} were left out", items.len() - DAYS_MAX);
        refused.push(wanted.subject, &Refusal::new("too_many", reason));
    }
    // The newest days stand last, and those are wanted.
    let newest = items.len().saturating_sub(DAYS_MAX);
    let points: Vec<Result<(i64, Decimal), Refusal>> = items
        .iter()
        .skip(newest)
        .map(|item| point(item, wanted.kind).and_then(|point| read(&point, wanted.kind)))
        .collect();
    let found = figures(points, wanted, now, &mut refused);
    let rejected = refused.finish();
    if found.newest_day.is_none() && !rejected.is_empty() {
        return Err(SourceError::nothing_left(NAME, &rejected, "days"));
    }
    Ok(Found { collected: Collected { rejected, ..found.collected }, fields: fields.to_vec(), ..found })
}

/// Days in their order, closed ones only.
fn figures(
    points: Vec<Result<(i64, Decimal), Refusal>>,
    wanted: Wanted,
    now: Timestamp,
    refused: &mut Refused,
) -> Found {
    let item = |seconds: i64| format!("{} {}", wanted.subject, day_text(seconds.div_euclid(DAY_SECONDS)));
    let today = now.micros().div_euclid(DAY_MICROS);
    let newest_s = points.iter().flatten().map(|(seconds, _)| *seconds).max();
    let mut by_day: BTreeMap<i64, Option<Decimal>> = BTreeMap::new();
    for point in points {
        match point {
            Err(refusal) => refused.push(wanted.subject, &refusal),
            Ok((seconds, _)) if seconds.div_euclid(DAY_SECONDS) > today + 1 || seconds < 0 => {
                refused.push(&item(seconds), &Refusal::new("bad_date", "the day is in the future or too old"));
            }
            // Today's still moves, and so does a newest one that stands beside the days' grid.
            Ok((seconds, _)) if seconds.div_euclid(DAY_SECONDS) >= today => {}
            Ok((seconds, _)) if seconds.rem_euclid(DAY_SECONDS) != 0 && Some(seconds) == newest_s => {}
            Ok((seconds, _)) if seconds.rem_euclid(DAY_SECONDS) != 0 => {
                refused.push(&item(seconds), &Refusal::new("bad_date", "the date is not the beginning of a day"));
            }
            Ok((seconds, amount)) => {
                let day = seconds.div_euclid(DAY_SECONDS);
                match by_day.get_mut(&day) {
                    None => drop(by_day.insert(day, Some(amount))),
                    Some(first) if *first == Some(amount) => {
                        refused.push(&item(seconds), &Refusal::new("duplicate", "is there more than once; taken once"));
                    }
                    Some(first) => {
                        *first = None;
                        let reason = "is there more than once with different figures";
                        refused.push(&item(seconds), &Refusal::new("duplicate", reason));
                    }
                }
            }
        }
    }
    let newest_day = by_day.keys().next_back().copied();
    let taken = by_day.range(wanted.since_day..).filter_map(|(day, amount)| Some((*day, (*amount)?)));
    let observations = taken.filter_map(|(day, amount)| observation(wanted, day, amount)).collect();
    Found { collected: Collected { observations, ..Collected::default() }, fields: Vec::new(), newest_day }
}

/// What stands for a day and an amount in an item of this kind.
fn point<'a>(item: &'a RawValue, kind: ObservationKind) -> Result<Point<'a>, Refusal> {
    let wrong = || Refusal::new("wrong_type", "the day is none");
    if matches!(kind, ObservationKind::Fees | ObservationKind::Revenue) {
        let pair: Vec<&RawValue> = serde_json::from_str(item.get()).map_err(|_| wrong())?;
        return Ok(Point { date: pair.first().copied(), amount: pair.get(1).copied() });
    }
    let point: DatedPoint<'_> = serde_json::from_str(item.get()).map_err(|_| wrong())?;
    let amount = match kind {
        ObservationKind::Tvl => point.liquidity,
        ObservationKind::ChainTvl => point.tvl,
        _ => point.circulating.and_then(|circulating| circulating.usd),
    };
    Ok(Point { date: point.date, amount })
}

/// Seconds and dollars.
fn read(point: &Point<'_>, kind: ObservationKind) -> Result<(i64, Decimal), Refusal> {
    let seconds: i64 = number("the date", point.date)?
        .trim()
        .parse()
        .map_err(|_| Refusal::new("not_a_number", "the date is no whole number"))?;
    let text = number("the amount", point.amount)?;
    let amount = parse_decimal_lossy(&text)
        .map_err(|_| Refusal::new("not_a_number", format!("the amount is no number: '{}'", inert(&text))))?;
    // What a protocol kept can be less than nothing, when it paid out more.
    let least = if kind == ObservationKind::Revenue { -AMOUNT_MAX } else { 0 };
    if amount < Decimal::from(least) || amount > Decimal::from(AMOUNT_MAX) {
        return Err(Refusal::new("out_of_range", format!("the amount cannot be: {}", inert(&text))));
    }
    if seconds.abs() > 1 << 40 {
        return Err(Refusal::new("bad_date", "the date is in the future or too old"));
    }
    Ok((seconds, amount))
}

/// A number as it is written, also in quotes.
fn number(what: &str, raw: Option<&RawValue>) -> Result<String, Refusal> {
    let raw = raw.filter(|raw| raw.get() != "null").ok_or_else(|| Refusal::missing(what))?.get();
    match raw.as_bytes().first() {
        Some(b'"') => Ok(serde_json::from_str(raw).unwrap_or_default()),
        Some(b'-' | b'0'..=b'9') => Ok(raw.to_owned()),
        _ => Err(Refusal::new("wrong_type", format!("{what} is no number: {}", inert(raw)))),
    }
}

fn observation(wanted: Wanted, day: i64, amount: Decimal) -> Option<Observation> {
    let amount = Money::new(amount.normalize(), Currency::parse("USD").ok()?);
    let figure = DayFigure { subject: wanted.subject.to_owned(), name: wanted.name.to_owned(), amount };
    let payload = match wanted.kind {
        ObservationKind::Tvl => Payload::Tvl(figure),
        ObservationKind::Fees => Payload::Fees(figure),
        ObservationKind::Revenue => Payload::Revenue(figure),
        ObservationKind::ChainTvl => Payload::ChainTvl(figure),
        _ => Payload::StablecoinSupply(figure),
    };
    let event_time = Timestamp::from_micros(day * DAY_MICROS);
    Some(Observation {
        source: INFO.name.to_owned(),
        key: format!("{}:{}", wanted.subject, day_text(day)),
        coins: Vec::new(),
        event_time,
        published_at: Some(event_time.plus_micros(DAY_MICROS)),
        undated: None,
        payload,
    })
}

fn day_text(day: i64) -> String {
    Timestamp::from_micros(day.saturating_mul(DAY_MICROS)).to_utc().format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests;
