//! Candles in numbers. Ratios only: none becomes a price, a size or an amount.

use domain::{Candle, Coin, Interval, Timestamp};
use lab::tools::{Grade, Statistics};
use research::statistics::{pearson, summary};

const YEAR_MICROS: f64 = 365.0 * 86_400.0 * 1_000_000.0;
/// A bar that opens this far from the last close is a step worth a warning.
const STEP: f64 = 0.3;
/// More deviations than this from the mean is far.
const FAR: f64 = 3.0;

fn ratio(price: domain::Price) -> f64 {
    f64::try_from(price.decimal()).unwrap_or(f64::NAN)
}

/// Returns of bars that follow each other without a hole, each with the close it is of.
pub(super) struct Returns(Vec<(Timestamp, f64)>);

impl Returns {
    pub(super) fn of(interval: Interval, candles: &[Candle]) -> Self {
        let each = candles.windows(2).filter_map(|pair| {
            let [before, bar] = pair else { return None };
            let next = before.time.plus_micros(interval.micros()) == bar.time;
            let earned = ratio(bar.close) / ratio(before.close) - 1.0;
            (next && earned.is_finite()).then(|| (bar.time.plus_micros(interval.micros()), earned))
        });
        Self(each.collect())
    }

    pub(super) fn logs(&self) -> Vec<f64> {
        self.0.iter().map(|(_, earned)| earned.ln_1p()).collect()
    }

    pub(super) fn at(&self, place: usize) -> Option<(Timestamp, f64)> {
        self.0.get(place).copied()
    }

    /// The returns of both at the closes they share.
    pub(super) fn beside(&self, other: &Self) -> Vec<(f64, f64)> {
        let mut rest = other.0.iter().peekable();
        let mut both = Vec::new();
        for (at, a) in &self.0 {
            while rest.peek().is_some_and(|(other, _)| other < at) {
                rest.next();
            }
            if let Some((_, b)) = rest.peek().filter(|(other, _)| other == at) {
                both.push((*a, *b));
            }
        }
        both
    }
}

/// One coin's candles in numbers.
pub(super) fn statistics(
    coin: Coin,
    interval: Interval,
    candles: &[Candle],
    missing: u64,
    end: Option<Timestamp>,
) -> Statistics {
    let returns = Returns::of(interval, candles);
    let logs = returns.logs();
    let told = summary(&logs);
    let (first, last) = (candles.first(), candles.last());
    let earned = first.zip(last).map(|(first, last)| ratio(last.close) / ratio(first.open) - 1.0);
    let extreme = |best: bool| {
        let pick = returns.0.iter().copied();
        if best { pick.max_by(|a, b| a.1.total_cmp(&b.1)) } else { pick.min_by(|a, b| a.1.total_cmp(&b.1)) }
    };
    let (best, worst) = (extreme(true), extreme(false));
    let following: Vec<(f64, f64)> = logs.iter().copied().zip(logs.iter().skip(1).copied()).collect();
    let moves = told.as_ref().is_some_and(|told| told.max > told.min);
    let year = (YEAR_MICROS / interval.micros() as f64).sqrt();
    Statistics {
        coin,
        candles: candles.len() as u64,
        missing,
        from: first.map(|candle| candle.time),
        to: end,
        earned: earned.filter(|earned| earned.is_finite()),
        volatility: told.as_ref().and_then(|told| Some(told.deviation? * year)),
        max_drawdown: drawdown(candles),
        best_bar: best.map(|(_, earned)| earned),
        best_at: best.map(|(at, _)| at),
        worst_bar: worst.map(|(_, earned)| earned),
        worst_at: worst.map(|(at, _)| at),
        skew: told.as_ref().and_then(|told| told.skew),
        kurtosis: told.as_ref().and_then(|told| told.kurtosis),
        autocorrelation: pearson(&following),
        grade: Grade::of(candles.len() as u64, missing, moves),
        warnings: warnings(candles, missing, &logs),
    }
}

fn drawdown(candles: &[Candle]) -> Option<f64> {
    let (mut high, mut deepest) = (f64::NEG_INFINITY, None);
    for candle in candles {
        let close = ratio(candle.close);
        high = high.max(close);
        let fall = close / high - 1.0;
        deepest = Some(deepest.map_or(fall, |deepest: f64| deepest.min(fall)));
    }
    deepest.filter(|fall| fall.is_finite())
}

fn warnings(candles: &[Candle], missing: u64, logs: &[f64]) -> Vec<String> {
    let mut warnings = Vec::new();
    if missing > 0 {
        warnings.push(format!("{missing} candles are missing between the first and the last"));
    }
    let steps = candles.windows(2).filter(|pair| match pair {
        [before, bar] => (ratio(bar.open) / ratio(before.close) - 1.0).abs() > STEP,
        _ => false,
    });
    let steps = steps.count();
    if steps > 0 {
        warnings.push(format!("{steps} bars open more than {} % away from the close before", STEP * 100.0));
    }
    let flat = candles.iter().filter(|candle| candle.high == candle.low).count();
    if flat * 10 > candles.len() {
        warnings.push(format!("{flat} bars have one price only"));
    }
    let silent = candles.iter().filter(|candle| candle.volume.is_none()).count();
    if silent > 0 {
        warnings.push(format!("nobody told the volume of {silent} bars"));
    }
    let far = research::statistics::outliers(logs, FAR).len();
    if far > 0 {
        warnings.push(format!("{far} bars are more than {FAR} deviations from the mean"));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Price;

    fn candles(closes: &[(i64, i64)]) -> Vec<Candle> {
        let one = |(hour, price): &(i64, i64)| {
            let price = Price::parse(&price.to_string()).unwrap();
            Candle::of(Timestamp::from_micros(hour * Interval::H1.micros()), price)
        };
        closes.iter().map(one).collect()
    }

    #[test]
    fn a_return_over_a_hole_is_none() {
        let returns = Returns::of(Interval::H1, &candles(&[(1, 100), (2, 110), (4, 200), (5, 100)]));
        assert_eq!(returns.0.len(), 2);
        assert!((returns.at(0).unwrap().1 - 0.1).abs() < 1e-12 && (returns.at(1).unwrap().1 + 0.5).abs() < 1e-12);
        let other = Returns::of(Interval::H1, &candles(&[(4, 10), (5, 20), (6, 30)]));
        assert_eq!(returns.beside(&other).len(), 1, "only the close both have");
    }

    #[test]
    fn candles_come_out_in_numbers_and_holes_are_warned_of() {
        let coin = Coin::parse("BTC").unwrap();
        let all: Vec<(i64, i64)> = (0..40).map(|hour| (hour, 100 + (hour % 5) * 10)).collect();
        let told = statistics(coin, Interval::H1, &candles(&all), 2, None);
        assert_eq!((told.candles, told.missing, told.grade), (40, 2, Grade::Warnings));
        assert!((told.earned.unwrap() - 0.4).abs() < 1e-12, "{:?}", told.earned);
        assert!((told.max_drawdown.unwrap() - (100.0 / 140.0 - 1.0)).abs() < 1e-12);
        assert!(told.warnings.iter().any(|words| words.starts_with("2 candles are missing")));
        let still: Vec<(i64, i64)> = (0..40).map(|hour| (hour, 100)).collect();
        let told = statistics(coin, Interval::H1, &candles(&still), 0, None);
        assert_eq!((told.grade, told.autocorrelation, told.volatility), (Grade::Poor, None, Some(0.0)));
        assert_eq!(statistics(coin, Interval::H1, &[], 0, None).grade, Grade::NoData);
    }
}
