//! A company that holds another number of coins than on the last day known.

use super::{Notice, change, percent};
use crate::observation::Observation;
use crate::payload::{EventRule, Payload};
use domain::{Coin, Interval, Quantity, Timestamp};

/// How far back the last known day may lie. It is also how far back to read.
pub const TREASURY_DAYS: i64 = 30;
/// Only days this young are judged.
const DAYS_JUDGED: i64 = 3;
const DAY_MICROS: i64 = Interval::D1.micros();

struct Holding<'a> {
    company: &'a str,
    coin: Coin,
    holdings: Quantity,
    day: Timestamp,
}

fn holding_of(observation: &Observation) -> Option<Holding<'_>> {
    let Payload::Treasury { company, coin, holdings, .. } = &observation.payload else { return None };
    let day = Interval::D1.floor(observation.event_time);
    Some(Holding { company, coin: *coin, holdings: *holdings, day })
}

/// By how large a share of the holdings changed: any change is worth a note, a tenth an alert.
fn severity(share: Option<f64>) -> u8 {
    match share.map(f64::abs) {
        Some(share) if share < 0.01 => 3,
        Some(share) if share < 0.10 => 5,
        Some(share) if share < 0.50 => 7,
        _ => 8,
    }
}

fn changed(after: &Holding<'_>, before: &Holding<'_>) -> Option<Observation> {
    let (from, to) = (before.holdings.decimal(), after.holdings.decimal());
    let by = to.checked_sub(from).filter(|by| !by.is_zero())?;
    let (company, coin) = (crate::inert(after.company), after.coin);
    let share = change(from, to);
    let verb = if by.is_sign_negative() { "sold" } else { "bought" };
    let part = share.map_or_else(String::new, |share| format!(", {}", percent(share)));
    let notice = Notice {
        rule: EventRule::TreasuryChange,
        subject: &company,
        place: &format!("{company}/{coin}"),
        bucket: after.day,
        at: after.day,
        now: after.day,
        coins: vec![coin],
        title: format!("{company} {verb} {} {coin}", by.abs().normalize()),
        detail: format!(
            "it held {} {coin} on {} and {} on {}{part}",
            from.normalize(),
            before.day.to_utc().date_naive(),
            to.normalize(),
            after.day.to_utc().date_naive()
        ),
        severity: severity(share),
    };
    Some(notice.observation())
}

/// Judges holdings that just landed against the last day before each, among what is known of the last [`TREASURY_DAYS`].
/// A company that was not known before is none: lists grow.
#[must_use]
pub fn treasury_changes(landed: &[Observation], known: &[Observation], now: Timestamp) -> Vec<Observation> {
    let oldest = now.plus_micros(-DAYS_JUDGED * DAY_MICROS);
    let known: Vec<Holding<'_>> = known.iter().filter_map(holding_of).collect();
    let judged = landed.iter().filter(|landed| landed.event_time >= oldest).filter_map(holding_of);
    judged
        .filter_map(|after| {
            let same = known.iter().filter(|held| held.company == after.company && held.coin == after.coin);
            let before = same.filter(|held| held.day < after.day).max_by_key(|held| held.day)?;
            changed(&after, before)
        })
        .collect()
}
