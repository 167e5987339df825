//! A ladder of lines around the average price: buys a lot at every line the close falls through, sells one at every line it rises
//! through.
//!
//! The lots it should have are the lines above the close, told from candles alone: at the average half of them, at the ladder's
//! foot all, at its top none. It acts on changes only: what it began with counts as it stands. A line crossed while an
//! order is on its way is let go.

use super::{Described, SHARE, number, says};
use crate::indicators::Sma;
use crate::parameters::{Kind, Parameter, ParameterError, Parameters};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{BasisPoints, Signal, SignalAction, SignalSize};
use floor::Portfolio;

const ALL_BASIS_POINTS: u32 = 10_000;

pub(super) const DESCRIBED: Described = Described {
    name: "grid",
    words: "Lays a ladder of lines around the moving average of the closes: buys a lot at every line the close falls through, and \
sells one at every line it rises through.",
    code: 1,
    parameters: &[
        Parameter {
            name: "period",
            words: "candles of the average the ladder hangs on",
            kind: Kind::Whole { min: 1, max: 500 },
            default: "100",
        },
        Parameter { name: "lines", words: "lines of the ladder", kind: Kind::Whole { min: 2, max: 50 }, default: "10" },
        Parameter {
            name: "step",
            words: "percent of the average from one line to the next",
            kind: Kind::Decimal { min: 0, max: 50, decimals: 2 },
            default: "1",
        },
        SHARE,
    ],
    build,
};

fn build(parameters: &Parameters) -> Result<Box<dyn Strategy>, ParameterError> {
    let (lines, step) = (parameters.whole("lines"), number(parameters.decimal("step")) / 100.0);
    if step <= 0.0 {
        return Err(ParameterError::Together("step must be more than nothing"));
    }
    if f64::from(lines) * step >= 2.0 {
        return Err(ParameterError::Together(
            "lines times step must be less than 200: the lowest line would be at nothing",
        ));
    }
    let (period, share) = (parameters.whole("period") as usize, parameters.whole(SHARE.name) * 100);
    Ok(Box::new(Grid { mean: Sma::new(period), period, lines, step, share, before: None }))
}

struct Grid {
    mean: Sma,
    period: usize,
    lines: u32,
    step: f64,
    /// Basis points of the capital all lots together take.
    share: u32,
    before: Option<u32>,
}

impl Grid {
    /// Lines above a price.
    fn lots(&self, price: f64, mean: f64) -> u32 {
        let top = mean * (1.0 + self.step * f64::from(self.lines) / 2.0);
        let above = ((top - price) / (mean * self.step)).floor();
        // What is no number is no line.
        above.clamp(0.0, f64::from(self.lines)) as u32
    }
}

impl Strategy for Grid {
    fn warm_up(&self) -> usize {
        // One more than the average, so that a line crossed on the first candle listened to is seen.
        self.period + 1
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        let Some(close) = view.close() else { return Vec::new() };
        let Some(mean) = self.mean.push(close) else { return Vec::new() };
        let now = self.lots(close, mean);
        let Some(before) = self.before.replace(now) else { return Vec::new() };
        let share = |points: u32| SignalSize::Share(BasisPoints(points.max(1)));
        let (action, size) = if now > before {
            (SignalAction::Buy, share(self.share * (now - before) / self.lines))
        } else if now == before || !portfolio.holds(view.coin()) {
            return Vec::new();
        } else if now == 0 {
            (SignalAction::Close, share(ALL_BASIS_POINTS))
        } else {
            (SignalAction::Sell, share(ALL_BASIS_POINTS * (before - now) / before))
        };
        let (lines, period) = (self.lines, self.period);
        let words =
            format!("close {close:.8} has {now} of {lines} lines above it, {before} before; SMA({period}) {mean:.8}");
        says(view, action, size, words)
    }
}
