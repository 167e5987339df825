//! From columns to decisions: for every bar whether a rule would go in if it is out, or out if it is in.

use super::bars::Bars;
use super::columns::{Indicator, SLACK, average_afresh};
use super::walker::Walker;
use std::cmp::Ordering;

/// Bars that are looked at together: mostly none of them crosses.
const LANES: usize = 16;

/// Where a cross stands.
pub(super) struct Cross {
    pub fast: Indicator,
    pub slow: Indicator,
    pub was_above: Option<bool>,
}

impl Cross {
    /// How close two values may lie before they are asked for afresh; nothing where the columns are the very values.
    const fn slack(&self) -> f64 {
        if matches!((self.fast, self.slow), (Indicator::Sma(_), Indicator::Sma(_))) { SLACK } else { 0.0 }
    }

    /// Decides over a block whose first bar is `from`.
    pub fn decide(&mut self, bars: &Bars, from: usize, fast: &[f64], slow: &[f64], walker: &mut Walker<'_>) {
        let slack = self.slack();
        let (mut fast_lanes, mut slow_lanes) = (fast.chunks_exact(LANES), slow.chunks_exact(LANES));
        let mut bar = from;
        for (fast, slow) in fast_lanes.by_ref().zip(slow_lanes.by_ref()) {
            let stays = match self.was_above {
                Some(true) => all_above(fast, slow, slack),
                Some(false) => all_above(slow, fast, slack),
                None => false,
            };
            if !stays {
                self.walk(bars, bar, fast, slow, walker);
            }
            bar += LANES;
        }
        self.walk(bars, bar, fast_lanes.remainder(), slow_lanes.remainder(), walker);
    }

    fn walk(&mut self, bars: &Bars, from: usize, fast: &[f64], slow: &[f64], walker: &mut Walker<'_>) {
        let slack = self.slack();
        for (offset, (fast, slow)) in fast.iter().zip(slow).enumerate() {
            let bar = from + offset;
            let is_above = match (fast - slow).partial_cmp(&0.0) {
                None => continue, // one of them has nothing to say yet
                Some(_) if (fast - slow).abs() <= slack * slow => self.afresh(bars, bar),
                Some(order) => order,
            };
            let was_above = self.was_above;
            let is_above = match is_above {
                Ordering::Greater => true,
                Ordering::Less => false,
                Ordering::Equal => continue, // averages that meet have not crossed yet
            };
            self.was_above = Some(is_above);
            match (was_above, is_above) {
                (Some(false), true) => walker.enter(bar),
                (Some(true) | None, false) => walker.leave(bar),
                _ => {}
            }
        }
    }

    fn afresh(&self, bars: &Bars, bar: usize) -> Ordering {
        let (Indicator::Sma(fast), Indicator::Sma(slow)) = (self.fast, self.slow) else { return Ordering::Equal };
        let average = |period| average_afresh(&bars.close, period, bar);
        average(fast).partial_cmp(&average(slow)).unwrap_or(Ordering::Equal)
    }
}

/// Whether every value lies above the other by more than the slack.
fn all_above(above: &[f64], below: &[f64], slack: f64) -> bool {
    above.iter().zip(below).fold(true, |all, (above, below)| all & (above - below > slack * above))
}

/// Where a reversion stands.
pub(super) struct Reversion {
    pub low: f64,
    pub high: f64,
    pub before: Option<f64>,
}

impl Reversion {
    /// Decides over a block whose first bar is `from`.
    pub fn decide(&mut self, from: usize, rsi: &[f64], walker: &mut Walker<'_>) {
        for (offset, now) in rsi.iter().copied().enumerate().filter(|(_, now)| !now.is_nan()) {
            let fell = self.before.is_some_and(|before| before >= self.low) && now < self.low;
            self.before = Some(now);
            if fell {
                walker.enter(from + offset);
            } else if now > self.high {
                walker.leave(from + offset);
            }
        }
    }
}
