//! What the ledgers say about a coin and its market, as known at a close.

use super::asof::{AsOf, Told};
use super::{DAY_MICROS, Feature, FeatureSet, feature};
use domain::Timestamp;

const HOUR_MICROS: i64 = 3_600 * 1_000_000;
const MOOD_MICROS: i64 = DAY_MICROS;
/// A day's mood counts this long.
const FEAR_MICROS: i64 = 3 * DAY_MICROS;
const EVENTS_MICROS: i64 = 7 * DAY_MICROS;
/// An event counts half as much after this.
const HALF_LIFE_MICROS: f64 = DAY_MICROS as f64;
/// The newest figure of a protocol may be so old: it is told of a whole day, the day after.
const FIGURE_MICROS: i64 = 4 * DAY_MICROS;
const CHANGE_MICROS: i64 = 7 * DAY_MICROS;
const SPREAD_MICROS: i64 = HOUR_MICROS / 4;
const QUALITY_MICROS: i64 = HOUR_MICROS;

const fn ledger(name: &'static str, unit: &'static str, words: &'static str) -> Feature {
    feature(FeatureSet::Ledger, name, unit, words)
}

pub(super) const FEATURES: [Feature; 7] = [
    ledger("mood_24h", "-1 to 1", "mean sentiment of the news and posts about the coin of the last 24 hours"),
    ledger("fear_greed", "0 to 100", "the newest day of the Fear & Greed index, at most three days old"),
    ledger(
        "event_severity",
        "0 to 10",
        "the gravest catalyst about the coin of the last seven days, its severity halved for each day since",
    ),
    ledger(
        "tvl_change_7d",
        "ratio",
        "money locked in the protocols against seven days before; of those that have both",
    ),
    ledger("fees_change_7d", "ratio", "fees of the protocols against seven days before; of those that have both"),
    ledger("spread_bps", "basis points", "the newest spread of its book, at most 15 minutes old, of the middle"),
    ledger("exchange_quality", "0 to 1", "the newest score of the Exchange ledger, at most an hour old"),
];

/// What the ledgers said, every revision of it. What is about a coin is about the table's coin.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LedgerInputs {
    /// Sentiment of news and posts about the coin.
    pub mood: Vec<Told>,
    /// The Fear & Greed index.
    pub fear_greed: Vec<Told>,
    /// Severity of catalysts about the coin.
    pub events: Vec<Told>,
    /// Money locked, a series a protocol, each figure at the beginning of its day.
    pub tvl: Vec<Told>,
    /// Fees, as the money locked.
    pub fees: Vec<Told>,
    /// Spreads of the coin's book, in basis points of its middle.
    pub spread: Vec<Told>,
    /// Scores of the Exchange ledger.
    pub quality: Vec<Told>,
}

pub(super) struct Ledgers {
    mood: AsOf,
    fear_greed: AsOf,
    events: AsOf,
    tvl: AsOf,
    fees: AsOf,
    spread: AsOf,
    quality: AsOf,
}

impl Ledgers {
    pub fn new(inputs: LedgerInputs) -> Self {
        Self {
            mood: AsOf::new(inputs.mood),
            fear_greed: AsOf::new(inputs.fear_greed),
            events: AsOf::new(inputs.events),
            tvl: AsOf::new(inputs.tvl),
            fees: AsOf::new(inputs.fees),
            spread: AsOf::new(inputs.spread),
            quality: AsOf::new(inputs.quality),
        }
    }

    /// The values at a close, in the order of [`FEATURES`]. Closes only go forward.
    pub fn at(&mut self, close: Timestamp) -> [Option<f64>; FEATURES.len()] {
        let all = [
            &mut self.mood,
            &mut self.fear_greed,
            &mut self.events,
            &mut self.tvl,
            &mut self.fees,
            &mut self.spread,
            &mut self.quality,
        ];
        for known in all {
            known.advance(close);
        }
        let newest = |known: &AsOf, micros| known.newest(0, close, micros).map(|(_, value)| value);
        [
            mean(&self.mood, close),
            newest(&self.fear_greed, FEAR_MICROS),
            gravest(&self.events, close),
            change(&self.tvl, close),
            change(&self.fees, close),
            newest(&self.spread, SPREAD_MICROS),
            newest(&self.quality, QUALITY_MICROS),
        ]
    }
}

fn mean(known: &AsOf, close: Timestamp) -> Option<f64> {
    let said = known.within(0, close, MOOD_MICROS);
    let (count, sum) = said.fold((0.0, 0.0), |(count, sum), (_, value)| (count + 1.0, sum + value));
    (count > 0.0).then(|| sum / count)
}

fn gravest(known: &AsOf, close: Timestamp) -> Option<f64> {
    let faded = known.within(0, close, EVENTS_MICROS).map(|(at, severity)| {
        let age = (close.micros() - at.micros()) as f64;
        severity * (-age / HALF_LIFE_MICROS).exp2()
    });
    faded.reduce(f64::max)
}

/// Of the series that have a newest figure and one of seven days before it, the sums against each other.
fn change(known: &AsOf, close: Timestamp) -> Option<f64> {
    let pair = |series: u32| {
        let (at, now) = known.newest(series, close, FIGURE_MICROS)?;
        Some((now, known.exactly(series, at.plus_micros(-CHANGE_MICROS))?))
    };
    let (now, before) = known.series().filter_map(pair).fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    (before > 0.0).then(|| now / before - 1.0)
}
