//! Money locked, or a stablecoin's supply, that changed at a blow from one day to the next.

use super::{Notice, change, percent, scaled};
use crate::observation::{Observation, ObservationKind};
use crate::payload::{DayFigure, EventRule, Payload};
use domain::{Decimal, Interval, Timestamp};
use std::collections::HashMap;

/// The kinds this rule reads.
pub const FIGURE_KINDS: [ObservationKind; 3] =
    [ObservationKind::Tvl, ObservationKind::ChainTvl, ObservationKind::StablecoinSupply];
/// Only days this young are judged, so that a history that arrives is none. It is also how far back to read.
pub const FIGURE_DAYS: i64 = 3;
/// The least change of money locked.
const LOCKED_LEAST: f64 = 0.15;
/// The least change of a stablecoin's supply.
const SUPPLY_LEAST: f64 = 0.05;
/// Below a million, figures jump about.
const AMOUNT_MIN: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
const DAY_MICROS: i64 = Interval::D1.micros();
const SEVERITY: u8 = 5;

type Place<'a> = (&'static str, &'a str, Timestamp);

fn figure_of(observation: &Observation) -> Option<(&DayFigure, Place<'_>)> {
    let (Payload::Tvl(figure) | Payload::ChainTvl(figure) | Payload::StablecoinSupply(figure)) = &observation.payload
    else {
        return None;
    };
    let day = Interval::D1.floor(observation.event_time);
    Some((figure, (observation.kind().as_str(), figure.subject.as_str(), day)))
}

fn shock(figure: &DayFigure, before: &DayFigure, place: Place<'_>, now: Timestamp) -> Option<Observation> {
    let (kind, subject, day) = place;
    if figure.amount.currency() != before.amount.currency() || before.amount.amount() < AMOUNT_MIN {
        return None;
    }
    let is_supply = kind == ObservationKind::StablecoinSupply.as_str();
    let (least, what) = if is_supply { (SUPPLY_LEAST, "supply") } else { (LOCKED_LEAST, "money locked") };
    let share = change(before.amount.amount(), figure.amount.amount())?;
    if share.abs() < least {
        return None;
    }
    let verb = if share < 0.0 { "fell" } else { "rose" };
    let name = crate::inert(&figure.name);
    let (from, to) = (before.amount.amount().round_dp(0), figure.amount.amount().round_dp(0));
    let notice = Notice {
        rule: EventRule::TvlShock,
        subject: &name,
        place: &format!("{kind}/{subject}"),
        bucket: day,
        at: day,
        now: day,
        coins: Vec::new(),
        title: format!("{name}: {what} {verb} {} in a day", percent(share)),
        detail: format!(
            "{from} → {to} {}, the day before against {}; threshold {}",
            figure.amount.currency(),
            day.to_utc().date_naive(),
            percent(least)
        ),
        severity: scaled(SEVERITY, share.abs() / least),
    };
    (day <= now).then(|| notice.observation())
}

/// Judges figures that just landed against the day before each, among what is known of the last [`FIGURE_DAYS`] days. Only the newest
/// day of a subject counts.
#[must_use]
pub fn tvl_shocks(landed: &[Observation], known: &[Observation], now: Timestamp) -> Vec<Observation> {
    let oldest = now.plus_micros(-FIGURE_DAYS * DAY_MICROS);
    let days: HashMap<Place<'_>, &DayFigure> =
        known.iter().filter_map(figure_of).map(|(figure, place)| (place, figure)).collect();
    let judged = landed.iter().filter(|landed| landed.event_time >= oldest).filter_map(figure_of);
    judged
        .filter_map(|(figure, place)| {
            let (kind, subject, day) = place;
            let at = |days_on: i64| days.get(&(kind, subject, day.plus_micros(days_on * DAY_MICROS)));
            let newer = at(1).is_some() || at(2).is_some();
            shock(figure, at(-1)?, place, now).filter(|_| !newer)
        })
        .collect()
}
