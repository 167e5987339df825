//! What trading the predictions of a walk forward would have come to, through the order path of a backtest.
//!
//! Each test is traded by what was learned before it, warmed up on the candles before and begun in cash; the tests in a row
//! are the record.

use super::Asked;
use crate::commands::reporting::Job;
use crate::commands::truth::record_of;
use crate::{Error, Result};
use domain::{BasisPoints, Candle, Currency, Decimal, Money, Name};
use floor::FeeRates;
use research::Strategy;
use research::backtest::{self, Lane, Setup};
use research::models::{Dataset, Evidence, Model, ModelError, ModelFold, ModelStrategy, Recipe, Trained};
use research::truth::{Figures, Record};
use std::sync::Arc;

/// AUD each test begins with.
const CASH_AUD: i64 = 10_000;
/// The name its orders bear.
const NAME: &str = "train";

/// What trading came to.
pub(super) struct Traded {
    /// Test by test.
    pub folds: Vec<Figures>,
    /// The tests in a row.
    pub record: Record,
    /// The cash of one test, and what all of them gained.
    pub equity: Money,
}

pub(super) fn trade(
    asked: &Asked,
    dataset: &Dataset,
    trained: &Trained,
    candles: &[Candle],
    job: &Job,
    (before, all): (u64, u64),
) -> Result<Traded> {
    let cash = Decimal::from(CASH_AUD);
    let (mut folds, mut record, mut gained) = (Vec::new(), Record::default(), Decimal::ZERO);
    for (place, fold) in trained.walked.folds.iter().enumerate() {
        let number = before + place as u64;
        job.at(number, all)?;
        let next = trained.walked.folds.get(place + 1);
        let (one, equity) = test(asked, dataset, (fold, next), candles, &mut |_| job.at(number, all).is_ok())?;
        folds.push(one.figures());
        record.chain(&one);
        gained = equity.amount().checked_sub(cash).and_then(|gain| gained.checked_add(gain)).unwrap_or(gained);
    }
    let equity = Money::new(cash.checked_add(gained).unwrap_or(cash), Currency::AUD);
    Ok(Traded { folds, record, equity })
}

/// One test: from its first sample to where the next one begins.
fn test(
    asked: &Asked,
    dataset: &Dataset,
    (fold, next): (&ModelFold, Option<&ModelFold>),
    candles: &[Candle],
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<(Record, Money)> {
    let recipe = Recipe { learner: fold.learner.clone(), ..asked.recipe.clone() };
    let model = Model::new(dataset, &recipe, fold.fitted.clone(), asked.thresholds, Evidence::default());
    let strategy = ModelStrategy::new(Arc::new(model)).map_err(ModelError::from)?;
    let begin = |fold: &ModelFold| dataset.samples.get(fold.test.start).map(|sample| sample.time);
    let first = begin(fold).unwrap_or_default();
    let last = dataset.samples.last().map(|sample| sample.time);
    let begin_at = candles.partition_point(|candle| candle.time < first);
    let end_at = match next.and_then(begin) {
        Some(next) => candles.partition_point(|candle| candle.time < next),
        None => last.map_or(candles.len(), |last| candles.partition_point(|candle| candle.time <= last)),
    };
    let warm = begin_at.saturating_sub(strategy.warm_up().saturating_add(1));
    let window = candles.get(warm..end_at).unwrap_or_default();
    let name = Name::parse(NAME).map_err(|error| Error::usage("bad_name", error.to_string()))?;
    let cash = Money::new(Decimal::from(CASH_AUD), Currency::AUD);
    let mut setup = Setup { from: Some(first), ..Setup::new(name, cash) };
    let fee = BasisPoints(asked.fee_bps);
    setup.costs.fees = FeeRates { book: fee, instant: fee };
    setup.costs.spread = BasisPoints(asked.spread_bps);
    let lane = Lane::of(asked.coin, asked.interval, Box::new(strategy), window);
    let run = backtest::run(vec![lane], &setup, go_on)?;
    let bars = window.get(begin_at - warm..).unwrap_or_default();
    Ok((record_of(&run, bars, cash), run.equity))
}
