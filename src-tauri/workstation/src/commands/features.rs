//! Features of a coin: candles and what the ledgers said about it, every revision with the moment it became known.
//!
//! Invariants: what is read of the ledgers goes to the engine with its `first_seen`, and only what was known by the last close is
//! read at all; what a text means is judged from the words of that revision. A candle counts as known at its close, also one
//! that was fetched or imported later: when a candle was first seen is not kept. Deliberately absent: what a feature is, which
//! `research` says.

use super::books::parse_coin;
use super::market::parse_interval;
use crate::dto::{FeatureColumn, FeatureValues, FeaturesRequest, FeaturesView};
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Result, Workstation};
use domain::{Candle, Coin, Decimal, Interval, Quote, Timestamp};
use ledgers::meaning::{Coins, meaning};
use ledgers::{Ledger, Observation, ObservationKind, Payload};
use research::features::{Feature, FeatureRow, LedgerInputs, Told, feature_rows, features, warm_up_micros};
use std::collections::HashMap;
use store::{ObservationFilter, StoredObservation};

/// Rows of a table at most.
const ROWS_MAX: usize = 200_000;
/// Candles of the warm-up that are read beside them at most: 30 days of minutes.
const WARM_UP_MAX: usize = 50_000;
/// Revisions of a kind at most.
const REVISIONS_MAX: usize = 300_000;
/// Ticks are read for so long at a time.
const TICKS_MICROS: i64 = 86_400 * 1_000_000;
const SPREAD_MICROS: i64 = 900 * 1_000_000;
/// What the ledgers say is looked for this long before the first close: longer than any feature looks back.
const LOOK_BACK_MICROS: i64 = 30 * 86_400 * 1_000_000;

const MOOD: [ObservationKind; 2] = [ObservationKind::News, ObservationKind::Post];
const EVENTS: [ObservationKind; 3] = [ObservationKind::Announcement, ObservationKind::Filing, ObservationKind::Event];

/// Features to learn from.
pub(crate) struct FeatureTable {
    pub columns: Vec<&'static Feature>,
    pub rows: Vec<FeatureRow>,
    /// The candles they were made of, with those before that warm up.
    pub candles: Vec<Candle>,
    /// The place of the first candle that has a row.
    pub first: usize,
    /// Candles that are missing between them.
    pub missing: u64,
}

/// A request that was read.
struct Asked {
    coin: Coin,
    interval: Interval,
    price: bool,
    ledger: bool,
    set: &'static str,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    limit: Option<usize>,
}

fn read(request: &FeaturesRequest) -> Result<Asked> {
    let zone = request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
    let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, zone)).transpose();
    let (price, ledger, set) = match request.set.as_deref().unwrap_or("all") {
        "price" => (true, false, "price"),
        "ledger" => (false, true, "ledger"),
        "all" => (true, true, "all"),
        other => {
            let words = format!("'{}' is no set of features: use price, ledger or all", ledgers::inert(other));
            return Err(Error::usage("unknown_set", words));
        }
    };
    let (from, to) = (time(&request.from)?, time(&request.to)?);
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        return Err(Error::usage("empty_window", "the window ends before it begins: --from must be before --to"));
    }
    let (coin, interval) = (parse_coin(&request.coin)?, parse_interval(&request.interval)?);
    Ok(Asked { coin, interval, price, ledger, set, from, to, limit: request.limit })
}

fn too_many() -> Error {
    let words = format!("that is more than {ROWS_MAX} rows: ask for less with --from and --to, or a longer interval");
    Error::refused("too_many_rows", words)
}

/// Numbers for keys, in the order they are met.
#[derive(Default)]
struct Numbers(HashMap<String, u32>);

impl Numbers {
    fn of(&mut self, parts: [&str; 3]) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(parts.join("\u{0}")).or_insert(next)
    }
}

/// Revisions as the engine reads them; figures are in a series of their own for each subject.
fn told(stored: &[StoredObservation], value: impl Fn(&Observation) -> Option<f64>) -> Vec<Told> {
    let (mut keys, mut all_series) = (Numbers::default(), Numbers::default());
    let one = |stored: &StoredObservation| {
        let said = &stored.observation;
        Told {
            key: keys.of([&said.source, said.kind().as_str(), &said.key]),
            series: subject(said).map_or(0, |subject| all_series.of([&said.source, said.kind().as_str(), subject])),
            known_at: stored.first_seen,
            at: said.event_time,
            value: value(said),
        }
    };
    stored.iter().map(one).collect()
}

/// What the ledgers were read for: every revision that was known by the last close.
struct Heard {
    coin: Coin,
    mood: Vec<StoredObservation>,
    events: Vec<StoredObservation>,
    fear_greed: Vec<StoredObservation>,
    tvl: Vec<StoredObservation>,
    fees: Vec<StoredObservation>,
    spread: Vec<Told>,
    quality: Vec<Told>,
}

fn inputs(heard: Heard) -> LedgerInputs {
    let none = Coins::new(std::iter::empty());
    let judged = |said: &Observation| meaning(said, &none).filter(|_| said.coins.contains(&heard.coin));
    let figure = |said: &Observation| match &said.payload {
        Payload::Tvl(figure) | Payload::Fees(figure) => number(figure.amount.amount()),
        _ => None,
    };
    LedgerInputs {
        mood: told(&heard.mood, |said| judged(said)?.sentiment.map(|sentiment| sentiment.score)),
        events: told(&heard.events, |said| judged(said)?.severity.map(|severity| f64::from(severity.level))),
        fear_greed: told(&heard.fear_greed, |said| match said.payload {
            Payload::FearGreed { value, .. } => Some(f64::from(value)),
            _ => None,
        }),
        tvl: daily(told(&heard.tvl, figure)),
        fees: daily(told(&heard.fees, figure)),
        spread: heard.spread,
        quality: heard.quality,
    }
}

fn number(decimal: Decimal) -> Option<f64> {
    f64::try_from(decimal).ok().filter(|number| number.is_finite())
}

/// Bid and ask apart, in basis points of their middle; none when they are crossed.
fn spread_bps(quote: &Quote) -> Option<f64> {
    let (bid, ask) = (number(quote.bid?.decimal())?, number(quote.ask?.decimal())?);
    let middle = f64::midpoint(bid, ask);
    (ask >= bid && middle > 0.0).then(|| (ask - bid) / middle * 10_000.0)
}

impl Workstation {
    /// Features of a coin at every close, each as it was known then.
    ///
    /// # Errors
    /// What makes no sense, by name; `no_candles`, `too_many_rows`, `too_many_observations`; the store's.
    pub async fn features(&self, request: &FeaturesRequest) -> Result<FeaturesView> {
        let asked = read(request)?;
        let table = self.table(&asked).await?;
        Ok(view(&asked, table.rows, table.missing))
    }

    /// The same as a table to learn from, beside the candles it was made of.
    pub(crate) async fn feature_table(&self, request: &FeaturesRequest) -> Result<FeatureTable> {
        self.table(&read(request)?).await
    }

    async fn table(&self, asked: &Asked) -> Result<FeatureTable> {
        let (coin, interval) = (asked.coin, asked.interval);
        let candles = self.closed_candles(asked).await?;
        let shown = asked.from.map_or(0, |from| candles.partition_point(|candle| candle.time < from));
        let (Some(first), Some(last)) = (candles.get(shown), candles.last()) else {
            let words = format!(
                "there are no closed {interval} candles of {coin} in that time: `omc candles import` brings them, and \
`omc run` collects them"
            );
            return Err(Error::refused("no_candles", words));
        };
        if candles.len() - shown > ROWS_MAX {
            return Err(too_many());
        }
        let (from, end) = (first.time, last.time.plus_micros(interval.micros()));
        let missing = ledgers::gaps(candles.get(shown..).unwrap_or_default(), interval, from, end)
            .map_err(|error| Error::Halted(format!("candles of {coin}: {error}")))?;
        let missing = missing.iter().map(|gap| gap.missing).sum();
        let heard = if asked.ledger { Some(self.heard(asked, &candles, from, end).await?) } else { None };
        let price = asked.price;
        // Judging texts takes its time: no thread that others wait for.
        let made = move || (feature_rows(&candles, interval, from, price, heard.map(inputs)), candles);
        let made = tokio::task::spawn_blocking(made).await;
        let (rows, candles) =
            made.map_err(|broken| Error::Halted(format!("features of {coin} broke off: {broken}")))?;
        Ok(FeatureTable { columns: features(asked.price, asked.ledger), rows, candles, first: shown, missing })
    }

    /// Closed candles from the warm-up on.
    async fn closed_candles(&self, asked: &Asked) -> Result<Vec<Candle>> {
        let (coin, interval) = (asked.coin, asked.interval);
        let to = asked.to.unwrap_or_else(|| self.now()).min(interval.floor(self.now()));
        let bounds = self.store().candle_bounds(coin, interval).await?;
        let from = asked.from.or(bounds.map(|bounds| bounds.first)).unwrap_or_default();
        let rows = to.micros().saturating_sub(from.micros()) / interval.micros();
        let stored = bounds.map_or(0, |bounds| bounds.count);
        // Looked at before anything is read; holes may make it less, so what is stored speaks too.
        if rows > ROWS_MAX as i64 && stored > (ROWS_MAX + WARM_UP_MAX) as u64 {
            return Err(too_many());
        }
        let mut candles = self.compose(coin, interval, from.plus_micros(-warm_up_micros(interval)), to).await?;
        candles.retain(|candle| candle.time.plus_micros(interval.micros()) <= to);
        Ok(candles)
    }

    async fn heard(&self, asked: &Asked, candles: &[Candle], from: Timestamp, end: Timestamp) -> Result<Heard> {
        Ok(Heard {
            coin: asked.coin,
            mood: self.revisions_known(&MOOD, Some(asked.coin), from, end).await?,
            events: self.revisions_known(&EVENTS, Some(asked.coin), from, end).await?,
            fear_greed: self.revisions_known(&[ObservationKind::FearGreed], None, from, end).await?,
            tvl: self.revisions_known(&[ObservationKind::Tvl], None, from, end).await?,
            fees: self.revisions_known(&[ObservationKind::Fees], None, from, end).await?,
            spread: self.spreads(asked, candles, from).await?,
            quality: self.scores(from, end).await?,
        })
    }

    /// Every revision of some kinds that a row up to `end` may know of.
    async fn revisions_known(
        &self,
        kinds: &[ObservationKind],
        coin: Option<Coin>,
        from: Timestamp,
        end: Timestamp,
    ) -> Result<Vec<StoredObservation>> {
        let filter = ObservationFilter {
            kinds: Some(kinds.to_vec()),
            coin,
            from: Some(from.plus_micros(-LOOK_BACK_MICROS)),
            to: Some(end.plus_micros(1)),
            as_of: Some(end),
            limit: Some(REVISIONS_MAX + 1),
            ..ObservationFilter::default()
        };
        let stored = self.store().revisions(&filter).await?;
        if stored.len() > REVISIONS_MAX {
            let words = format!(
                "the ledgers said more than {REVISIONS_MAX} things in that time: ask for less with --from and --to"
            );
            return Err(Error::refused("too_many_observations", words));
        }
        Ok(stored)
    }

    /// The newest spread before each close, where there is one: a tick for each row at most.
    async fn spreads(&self, asked: &Asked, candles: &[Candle], from: Timestamp) -> Result<Vec<Told>> {
        let closes: Vec<Timestamp> = candles
            .iter()
            .filter(|candle| candle.time >= from)
            .map(|candle| candle.time.plus_micros(asked.interval.micros()))
            .collect();
        let mut spreads: Vec<Told> = Vec::new();
        let mut rest = closes.as_slice();
        while let Some(first) = rest.first() {
            let count = rest.partition_point(|close| *close < first.plus_micros(TICKS_MICROS));
            let (part, after) = rest.split_at(count.max(1));
            rest = after;
            let end = part.last().unwrap_or(first).plus_micros(1);
            let ticks = self.store().ticks(asked.coin, first.plus_micros(-SPREAD_MICROS), end).await?;
            for close in part {
                let known = ticks.partition_point(|tick| tick.seen <= *close);
                let Some(tick) = known.checked_sub(1).and_then(|place| ticks.get(place)) else { continue };
                if spreads.last().is_none_or(|last| last.at < tick.seen) {
                    let (key, series) = (u32::try_from(spreads.len()).unwrap_or(u32::MAX), 0);
                    spreads.push(Told { key, series, known_at: tick.seen, at: tick.seen, value: spread_bps(tick) });
                }
            }
        }
        Ok(spreads)
    }

    /// The scores of the Exchange ledger.
    async fn scores(&self, from: Timestamp, end: Timestamp) -> Result<Vec<Told>> {
        let measured = self.store().quality(from.plus_micros(-LOOK_BACK_MICROS)).await?;
        let exchange = measured.iter().filter(|one| one.ledger == Ledger::Exchange && one.at <= end);
        let one = |(key, one): (usize, &store::StoredQuality)| {
            let key = u32::try_from(key).unwrap_or(u32::MAX);
            Told { key, series: 0, known_at: one.at, at: one.at, value: one.score }
        };
        Ok(exchange.enumerate().map(one).collect())
    }
}

/// Whose figure it is.
fn subject(said: &Observation) -> Option<&str> {
    match &said.payload {
        Payload::Tvl(figure) | Payload::Fees(figure) => Some(&figure.subject),
        _ => None,
    }
}

/// Figures at the beginning of their day.
fn daily(mut told: Vec<Told>) -> Vec<Told> {
    for one in &mut told {
        one.at = Interval::D1.floor(one.at);
    }
    told
}

fn view(asked: &Asked, mut rows: Vec<FeatureRow>, missing: u64) -> FeaturesView {
    rows.drain(..rows.len().saturating_sub(asked.limit.unwrap_or(usize::MAX)));
    let columns = features(asked.price, asked.ledger);
    let column = |(place, feature): (usize, &&Feature)| FeatureColumn {
        name: feature.name.to_owned(),
        set: feature.set.as_str().to_owned(),
        unit: feature.unit.to_owned(),
        words: feature.words.to_owned(),
        known: rows.iter().filter(|row| row.values.get(place).is_some_and(Option::is_some)).count() as u64,
    };
    let features = columns.iter().enumerate().map(column).collect();
    let row = |row: FeatureRow| FeatureValues { time: row.time, known_at: row.known_at, values: row.values };
    FeaturesView {
        coin: asked.coin,
        interval: asked.interval.to_string(),
        set: asked.set.to_owned(),
        missing,
        features,
        rows: rows.into_iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests;
