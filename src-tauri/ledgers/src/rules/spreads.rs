//! A spread far beyond what is usual for its coin.

use super::prices::{Found, Track};
use super::{percent, scaled};
use crate::payload::EventRule;
use domain::{Coin, Decimal, Quote};

/// So many times the median of the hours before.
pub const SPREAD_TIMES: f64 = 5.0;
/// A narrower spread never counts as blown out, as a share of the mid.
pub const SPREAD_LEAST: f64 = 0.02;
/// It is over at so many times the median, or below the least.
const BACK_TIMES: f64 = 2.0;
/// Minutes that must be known before there is a median.
const MINUTES_MIN: usize = 60;
/// So many replies in a row must agree: a single one may be an order being moved.
const REPLIES_MIN: u32 = 2;
const SEVERITY: u8 = 5;

/// How a coin's spread stands.
pub(super) enum Spread {
    /// Too wide.
    Blown(Found),
    /// It was too wide and no longer is.
    Back,
    /// Nothing to say.
    Still,
}

/// The spread as a share of the mid.
pub(super) fn spread_of(quote: &Quote, mid: Decimal) -> Option<f64> {
    let wide = quote.ask?.decimal().checked_sub(quote.bid?.decimal())?.checked_div(mid)?;
    f64::try_from(wide).ok()
}

fn median(track: &Track) -> Option<f64> {
    let mut spreads: Vec<f64> = track.before(1).map(|minute| minute.spread).collect();
    if spreads.len() < MINUTES_MIN {
        return None;
    }
    let middle = spreads.len() / 2;
    let (_, median, _) = spreads.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*median)
}

impl Track {
    /// Judges the newest spread.
    pub(super) fn judge_spread(&mut self, coin: Coin) -> Spread {
        let Some(now) = self.last().map(|last| last.spread) else { return Spread::Still };
        if now < SPREAD_LEAST {
            return self.narrow();
        }
        let Some(usual) = median(self) else { return Spread::Still };
        let threshold = SPREAD_LEAST.max(SPREAD_TIMES * usual);
        if now < threshold {
            return if now <= BACK_TIMES * usual { self.narrow() } else { Spread::Still };
        }
        self.wide = self.wide.saturating_add(1);
        if self.wide < REPLIES_MIN {
            return Spread::Still;
        }
        self.blown = true;
        Spread::Blown(Found {
            rule: EventRule::SpreadBlowOut,
            title: format!("{coin}: bid and ask are {} apart", percent(now)),
            detail: format!(
                "usually {} (median of the last hours); threshold {}, seen in {REPLIES_MIN} replies in a row",
                format_args!("{:.2} %", usual * 100.0),
                percent(threshold)
            ),
            severity: scaled(SEVERITY, now / threshold),
        })
    }

    fn narrow(&mut self) -> Spread {
        self.wide = 0;
        if std::mem::take(&mut self.blown) { Spread::Back } else { Spread::Still }
    }
}
