//! The Glass ledger as series: figures from day to day with their changes, and what companies hold.
//!
//! Invariants: a sum is only made of days on which every part of it has a figure; a change is null when the day to compare with
//! is missing; every amount and percentage is exact and made here. Deliberately absent: what a figure means.

use crate::dto::{DayPoint, FigureSeries, GlassView, NotCollected, SerialDecimal, TreasuryRow};
use crate::{Error, Result, Workstation};
use domain::{Coin, Decimal, Name, Timestamp};
use ledgers::{DayFigure, FigureGuard, Ledger, ObservationKind, Payload};
use std::collections::{BTreeMap, BTreeSet};
use store::ObservationFilter;

const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// Days shown unless more are asked for.
const DAYS: u32 = 90;
/// What the sources read of the past.
const DAYS_MAX: u32 = 3_650;
/// So far back a good figure is looked for to judge a new one by.
const MEASURE_MICROS: i64 = 35 * DAY_MICROS;
const PERCENT_PLACES: u32 = 2;

/// How much of the Glass ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GlassRequest {
    /// Days back, 1 to 3650; 90 unless told.
    pub days: Option<u32>,
}

/// What is not collected, and why.
pub(super) fn not_collected() -> Vec<NotCollected> {
    let row = |one: &sources::NotCollected| NotCollected {
        name: one.name.to_owned(),
        what: one.what.to_owned(),
        why: one.why.to_owned(),
    };
    sources::NOT_COLLECTED.iter().map(row).collect()
}

/// A series while it is made: its days by number, its newest name and currency.
struct Days {
    name: String,
    currency: String,
    by_day: BTreeMap<i64, Decimal>,
}

type AllSeries = BTreeMap<(ObservationKind, String), Days>;

fn day_of(time: Timestamp) -> i64 {
    time.micros().div_euclid(DAY_MICROS)
}

fn points(by_day: &BTreeMap<i64, Decimal>) -> Vec<DayPoint> {
    let point = |(day, amount): (&i64, &Decimal)| DayPoint {
        day: Timestamp::from_micros(day * DAY_MICROS),
        amount: SerialDecimal(amount.normalize()),
    };
    by_day.iter().map(point).collect()
}

/// Against so many days before the newest day, percent; none when that day is missing or was nothing.
fn change_pct(by_day: &BTreeMap<i64, Decimal>, days_before: i64) -> Option<SerialDecimal> {
    let (newest, after) = by_day.last_key_value()?;
    let before = by_day.get(&(newest - days_before)).filter(|before| !before.is_zero())?;
    let change = after.checked_sub(*before)?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(before.abs())?;
    Some(SerialDecimal(change.round_dp(PERCENT_PLACES).normalize()))
}

fn series_of(kind: ObservationKind, subject: String, days: &Days) -> Option<FigureSeries> {
    let (_, latest) = days.by_day.last_key_value()?;
    Some(FigureSeries {
        kind: kind.as_str().to_owned(),
        subject,
        name: days.name.clone(),
        currency: days.currency.clone(),
        latest: SerialDecimal(latest.normalize()),
        change_1d_pct: change_pct(&days.by_day, 1),
        change_7d_pct: change_pct(&days.by_day, 7),
        change_30d_pct: change_pct(&days.by_day, 30),
        points: points(&days.by_day),
    })
}

/// The sums of a kind on the days on which every subject of it has a figure.
fn sums(all: &AllSeries, kind: ObservationKind) -> BTreeMap<i64, Decimal> {
    let parts: Vec<&Days> = all.iter().filter(|((of, _), _)| *of == kind).map(|(_, days)| days).collect();
    let Some(first) = parts.first() else { return BTreeMap::new() };
    let whole = |day: &i64| parts.iter().try_fold(Decimal::ZERO, |sum, part| sum.checked_add(*part.by_day.get(day)?));
    first.by_day.keys().filter_map(|day| Some((*day, whole(day)?))).collect()
}

/// The newest figures of a kind together, of whatever days they are; none when there is none.
fn newest_together(all: &AllSeries, kind: ObservationKind) -> Option<SerialDecimal> {
    let newest = all.iter().filter(|((of, _), _)| *of == kind).filter_map(|(_, days)| days.by_day.last_key_value());
    let sum = newest.map(|(_, amount)| *amount).reduce(|sum, amount| sum.checked_add(amount).unwrap_or(sum))?;
    Some(SerialDecimal(sum.normalize()))
}

/// What one company holds of one coin, by day.
#[derive(Default)]
struct Held {
    company: String,
    symbol: Option<String>,
    by_day: BTreeMap<i64, Decimal>,
}

type Holders = BTreeMap<(String, Coin), Held>;

fn treasury_rows(holders: Holders) -> Vec<TreasuryRow> {
    let mut rows: Vec<TreasuryRow> =
        holders.into_iter().filter_map(|((_, coin), held)| treasury_row(coin, held)).collect();
    rows.sort_by(|a, b| a.coin.cmp(&b.coin).then(b.holdings.0.cmp(&a.holdings.0)).then(a.company.cmp(&b.company)));
    rows
}

fn treasury_row(coin: Coin, held: Held) -> Option<TreasuryRow> {
    let mut newest_first = held.by_day.iter().rev();
    let (day, holdings) = newest_first.next()?;
    let change = newest_first.next().and_then(|(_, before)| holdings.checked_sub(*before));
    Some(TreasuryRow {
        company: held.company,
        symbol: held.symbol,
        coin,
        holdings: SerialDecimal(holdings.normalize()),
        change: change.map(|change| SerialDecimal(change.normalize())),
        day: Timestamp::from_micros(day * DAY_MICROS),
    })
}

fn place(all: &mut AllSeries, kind: ObservationKind, day: i64, figure: DayFigure) {
    let DayFigure { subject, name, amount } = figure;
    let fresh = || Days { name: String::new(), currency: String::new(), by_day: BTreeMap::new() };
    let days = all.entry((kind, subject)).or_insert_with(fresh);
    days.by_day.insert(day, amount.amount());
    (days.name, days.currency) = (name, amount.currency().to_string());
}

fn view_of(all: &AllSeries, holders: Holders) -> GlassView {
    let (tvl, fees) = (sums(all, ObservationKind::Tvl), sums(all, ObservationKind::Fees));
    let of = |((kind, subject), days): (&(ObservationKind, String), &Days)| series_of(*kind, subject.clone(), days);
    let mut series: Vec<FigureSeries> = all.iter().filter_map(of).collect();
    let rank = |kind: &str| ObservationKind::ALL.iter().position(|known| known.as_str() == kind);
    series.sort_by(|a, b| {
        rank(&a.kind).cmp(&rank(&b.kind)).then(b.latest.0.cmp(&a.latest.0)).then(a.subject.cmp(&b.subject))
    });
    GlassView {
        tvl: newest_together(all, ObservationKind::Tvl),
        fees: newest_together(all, ObservationKind::Fees),
        tvl_change_1d_pct: change_pct(&tvl, 1),
        tvl_change_7d_pct: change_pct(&tvl, 7),
        fees_change_1d_pct: change_pct(&fees, 1),
        fees_change_7d_pct: change_pct(&fees, 7),
        tvl_points: points(&tvl),
        fees_points: points(&fees),
        series,
        treasuries: treasury_rows(holders),
    }
}

impl Workstation {
    /// The Glass ledger as series, of the newest so many days.
    ///
    /// # Errors
    /// A number of days out of range; the store's.
    pub async fn glass(&self, request: &GlassRequest) -> Result<GlassView> {
        let days = request.days.unwrap_or(DAYS);
        if !(1..=DAYS_MAX).contains(&days) {
            return Err(Error::usage("bad_days", format!("{days} days cannot be shown: use 1 to {DAYS_MAX}")));
        }
        let first_day = day_of(self.now()) - i64::from(days);
        let filter = ObservationFilter {
            kinds: Some(ObservationKind::of(Ledger::Glass).collect()),
            from: Some(Timestamp::from_micros(first_day * DAY_MICROS)),
            ..ObservationFilter::default()
        };
        let (mut all, mut holders) = (AllSeries::new(), Holders::new());
        for stored in self.store().observations(&filter).await? {
            let (kind, day) = (stored.observation.kind(), day_of(stored.observation.event_time));
            match stored.observation.payload {
                Payload::Tvl(figure)
                | Payload::Fees(figure)
                | Payload::Revenue(figure)
                | Payload::ChainTvl(figure)
                | Payload::StablecoinSupply(figure) => place(&mut all, kind, day, figure),
                Payload::Treasury { company, symbol, coin, holdings, value: _ } => {
                    let who = symbol.clone().unwrap_or_else(|| company.clone());
                    let held = holders.entry((who, coin)).or_default();
                    held.by_day.insert(day, holdings.decimal());
                    (held.company, held.symbol) = (company, symbol);
                }
                _ => {}
            }
        }
        Ok(view_of(&all, holders))
    }

    /// The observations of a run without the figures that cannot be; those are among its rejections then.
    pub(crate) async fn sift_figures(
        &self,
        source: &Name,
        collected: &mut ledgers::Collected,
    ) -> Result<Vec<ledgers::Observation>> {
        let mut observations = std::mem::take(&mut collected.observations);
        let kinds: BTreeSet<ObservationKind> = observations.iter().map(ledgers::Observation::kind).collect();
        let kinds: Vec<_> = kinds.into_iter().filter(|kind| kind.ledger() == Ledger::Glass).collect();
        if kinds.is_empty() {
            return Ok(observations);
        }
        let filter = ObservationFilter {
            kinds: Some(kinds),
            source: Some(source.clone()),
            from: Some(self.now().plus_micros(-MEASURE_MICROS)),
            ..ObservationFilter::default()
        };
        let stored = self.store().observations(&filter).await?;
        let mut guard = FigureGuard::new(stored.iter().map(|stored| &stored.observation));
        guard.sift(&mut observations, &mut collected.rejected);
        Ok(observations)
    }
}
