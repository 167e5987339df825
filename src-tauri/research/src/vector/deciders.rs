//! From columns to decisions: for every bar whether a rule would go in if it is out, or out if it is in.

use super::bars::Bars;
use super::columns::{Indicator, average_afresh};
use super::walker::Walker;
use std::cmp::Ordering;

/// Bars that are looked at together: mostly none of them crosses.
const LANES: usize = 16;

/// Where a cross stands.
pub(super) struct Cross {
    fast: Indicator,
    slow: Indicator,
    /// How close two values may lie before they are asked for afresh; nothing where the columns are the very values.
    slack: f64,
    /// Whether the state is acted on rather than the cross, and ties are those of exact fractions.
    by_state: bool,
    was_above: Option<bool>,
}

impl Cross {
    pub fn new(fast: Indicator, slow: Indicator, bars: &Bars, by_state: bool) -> Self {
        let is_running = matches!((fast, slow), (Indicator::Sma(_), Indicator::Sma(_)));
        Self { fast, slow, slack: if is_running { bars.slack() } else { 0.0 }, by_state, was_above: None }
    }

    /// Decides over a block whose first bar is `from`.
    pub fn decide(&mut self, bars: &Bars, from: usize, fast: &[f64], slow: &[f64], walker: &mut Walker<'_>) {
        let slack = self.slack;
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
        let slack = self.slack;
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
                (None, true) if self.by_state => walker.enter(bar),
                (Some(true) | None, false) => walker.leave(bar),
                _ => {}
            }
        }
    }

    fn afresh(&self, bars: &Bars, bar: usize) -> Ordering {
        let (Indicator::Sma(fast), Indicator::Sma(slow)) = (self.fast, self.slow) else { return Ordering::Equal };
        if self.by_state {
            // Sums times the other's period: whole numbers.
            let sum =
                |period: usize| bars.close_units[bar + 1 - period..=bar].iter().map(|close| i128::from(*close)).sum();
            let (one, other): (i128, i128) = (sum(fast), sum(slow));
            return (one * slow as i128).cmp(&(other * fast as i128));
        }
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

/// Where a return from the lower edge stands.
#[derive(Default)]
pub(super) struct Bands {
    was_below: Option<bool>,
}

impl Bands {
    /// Decides over a block whose first bar is `from`.
    pub fn decide(&mut self, from: usize, bands: &[f64], walker: &mut Walker<'_>) {
        for (offset, place) in bands.iter().enumerate().filter(|(_, place)| !place.is_nan()) {
            let is_below = *place < 0.0;
            let fell = self.was_below.replace(is_below) == Some(false) && is_below;
            if fell {
                walker.enter(from + offset);
            } else if *place > 0.0 {
                walker.leave(from + offset);
            }
        }
    }
}

/// Decides over a block whose first bar is `from`.
pub(super) fn break_out(from: usize, entry: &[f64], exit: &[f64], walker: &mut Walker<'_>) {
    for (offset, (up, down)) in entry.iter().zip(exit).enumerate() {
        if up.is_nan() || down.is_nan() {
            continue;
        }
        if *up > 0.0 {
            walker.enter(from + offset);
        } else if *down > 0.0 {
            walker.leave(from + offset);
        }
    }
}

/// In at every bar it is out.
pub(super) fn hold(from: usize, to: usize, walker: &mut Walker<'_>) {
    (from..to).for_each(|bar| walker.enter(bar));
}
