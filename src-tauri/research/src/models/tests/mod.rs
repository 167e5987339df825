//! Samples and candles with something in them to learn, and with nothing.

mod artefact;
mod labels;
mod learning;
mod samples;
mod strategy;

use super::*;
use crate::features::{FeatureRow, feature_rows, features};
use crate::truth::Random;
use domain::{Candle, Coin, Decimal, Interval, Price, Quantity, Timestamp};

pub(super) const HOUR: i64 = Interval::H1.micros();

pub(super) fn btc() -> Coin {
    Coin::parse("BTC").unwrap()
}

pub(super) fn price(cents: f64) -> Price {
    Price::new(Decimal::new((cents.max(1.0)) as i64, 2)).unwrap()
}

/// Hourly candles whose moves go on (above 0) or are a plain random walk (0).
pub(super) fn moving(seed: u64, count: usize, goes_on: f64) -> Vec<Candle> {
    let (mut random, mut close, mut step) = (Random::new(seed, 0), 1e8f64, 0.0f64);
    let candle = |number| {
        let open = close;
        step = goes_on * step + (random.unit() - 0.5) * 0.02;
        close = (open * (1.0 + step)).clamp(1e5, 1e12);
        let reach = random.unit() * 0.002;
        Candle {
            time: Timestamp::from_micros(number as i64 * HOUR),
            open: price(open),
            high: price(open.max(close) * (1.0 + reach)),
            low: price(open.min(close) * (1.0 - reach)),
            close: price(close),
            volume: Quantity::new(Decimal::from(1 + random.below(50) as u32)).ok(),
        }
    };
    (0..count).map(candle).collect()
}

pub(super) fn direction(horizon: usize) -> LabelSpec {
    LabelSpec { kind: LabelKind::Direction, horizon, costs: Costs { fee_bps: 0.0, spread_bps: 0.0 } }
}

pub(super) fn table_of(candles: &[Candle]) -> Vec<FeatureRow> {
    feature_rows(candles, Interval::H1, Timestamp::default(), true, None)
}

pub(super) fn learn_from(candles: &[Candle], wanted: &[&str], label: LabelSpec) -> Result<Dataset, ModelError> {
    let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
    Dataset::new(btc(), Interval::H1, candles, &features(true, false), &table_of(candles), &wanted, label)
}

/// Columns of a few kinds, quick to make.
pub(super) const FEW: [&str; 5] = ["return_1", "return_6", "volatility_24", "zscore_48", "rsi_14"];

pub(super) fn recipe(kind: LearnerKind) -> Recipe {
    let learner = match kind {
        LearnerKind::Boosting => Learner::new(kind).set("rounds", 40.0).unwrap(),
        LearnerKind::Forest => Learner::new(kind).set("trees", 20.0).unwrap(),
        LearnerKind::Logistic | LearnerKind::Ridge => Learner::new(kind),
    };
    Recipe { learner, is_balanced: false, calibration: Calibration::None, seed: 7 }
}

pub(super) const PLAN: WalkPlan = WalkPlan { folds: 3, embargo: 5, is_anchored: true };

pub(super) fn go(_: Progress) -> bool {
    true
}

/// A model of each kind, of candles whose moves go on.
pub(super) fn model(kind: LearnerKind, wanted: &[&str]) -> (Vec<Candle>, Dataset, Model) {
    let candles = moving(3, 1_600, 0.6);
    let dataset = learn_from(&candles, wanted, direction(1)).unwrap();
    let recipe = recipe(kind);
    let thresholds = Thresholds::usual(kind, &dataset.label);
    let trained = train(&dataset, &recipe, &PLAN, &Search::None, thresholds, &mut go).unwrap();
    (candles, dataset, trained.model)
}
