//! Whether the market is wild: how far it moved of late against how far it usually moves.
//!
//! The measure is the ratio of two root mean squares of five-minute log returns of BTC: those of the last hour, and those
//! of the seven days before. At [`WILD_RATIO`] and above the market is wild. A wild hour stays in the window for an hour, so
//! that the mode does not flicker. Ratios only: no figure here becomes a price or an amount.

/// From this on the market is wild.
pub const WILD_RATIO: f64 = 3.0;
/// Returns of the last hour that are enough: nine of twelve.
const RECENT_MIN: usize = 9;
/// Returns of the days before that are enough: a day.
const USUAL_MIN: usize = 288;

/// How many times as far as usual the market moved; none when too little is known, or when it never moved.
#[must_use]
pub fn wildness(recent: &[f64], usual: &[f64]) -> Option<f64> {
    if recent.len() < RECENT_MIN || usual.len() < USUAL_MIN {
        return None;
    }
    let ratio = root_mean_square(recent) / root_mean_square(usual);
    ratio.is_finite().then_some(ratio)
}

fn root_mean_square(returns: &[f64]) -> f64 {
    let squares: f64 = returns.iter().map(|step| step * step).sum();
    (squares / returns.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_market_is_wild_when_its_last_hour_moved_thrice_as_far_as_usual() {
        let usual = [0.001; 288];
        assert!(wildness(&[0.0031; 12], &usual).is_some_and(|ratio| ratio >= WILD_RATIO));
        assert!(
            wildness(&[-0.0031; 12], &usual).is_some_and(|ratio| ratio >= WILD_RATIO),
            "a fall is as wild as a rise"
        );
        assert!(wildness(&[0.0029; 12], &usual).is_some_and(|ratio| ratio < WILD_RATIO));
    }

    #[test]
    fn too_little_history_or_none_that_moved_tells_nothing() {
        assert_eq!(wildness(&[0.01; 8], &[0.001; 288]), None);
        assert_eq!(wildness(&[0.01; 12], &[0.001; 287]), None);
        assert_eq!(wildness(&[0.01; 12], &[0.0; 288]), None);
        assert_eq!(wildness(&[f64::NAN; 12], &[0.1; 288]), None);
    }
}
