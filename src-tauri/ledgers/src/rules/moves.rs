//! A price that went far in a short time, for that coin.

use super::prices::{Found, Track};
use super::{change, percent, scaled};
use crate::payload::EventRule;
use domain::Coin;

/// Over how long a move is measured, and what makes it large: the greater of the two thresholds.
#[derive(Debug, Clone, Copy)]
pub struct Horizon {
    /// Its length.
    pub minutes: i64,
    /// The least change, as a share of the price.
    pub least: f64,
    /// So many times what the coin usually moves in that time.
    pub usual_times: f64,
}

/// The horizons of [`EventRule::LargeMove`].
pub const HORIZONS: [Horizon; 2] =
    [Horizon { minutes: 5, least: 0.03, usual_times: 6.0 }, Horizon { minutes: 60, least: 0.06, usual_times: 4.0 }];
/// With fewer minutes than this a coin's own restlessness isn't known, and the least change counts double.
const STEPS_MIN: usize = 30;
const SEVERITY: u8 = 5;

/// What a coin usually moves in a minute: the root mean square of its steps before the move itself.
fn usual_step(track: &Track, minutes: i64) -> Option<f64> {
    let steps = track.before(minutes).filter_map(|minute| minute.step);
    let (count, squares) = steps.fold((0_usize, 0.0), |(count, sum), step| (count + 1, sum + step * step));
    (count >= STEPS_MIN).then(|| (squares / count as f64).sqrt())
}

struct Move {
    share: f64,
    times: f64,
    threshold: f64,
    usual: Option<f64>,
    from: domain::Decimal,
    to: domain::Decimal,
    minutes: i64,
}

fn over(track: &Track, horizon: Horizon) -> Option<Move> {
    let (now, then) = (track.last()?, track.back(horizon.minutes)?);
    let share = change(then.mid, now.mid)?;
    // Within the spread the middle moves without anybody having traded elsewhere.
    if share.abs() < horizon.least || share.abs() <= now.spread.max(then.spread) {
        return None;
    }
    let usual = usual_step(track, horizon.minutes);
    let threshold = match usual {
        Some(step) => horizon.least.max(horizon.usual_times * step * (horizon.minutes as f64).sqrt()),
        None => 2.0 * horizon.least,
    };
    let times = share.abs() / threshold;
    let (from, to) = (then.mid.normalize(), now.mid.normalize());
    (times >= 1.0).then_some(Move { share, times, threshold, usual, from, to, minutes: horizon.minutes })
}

/// The move that went furthest for its horizon, if any is large.
pub(super) fn large_move(coin: Coin, track: &Track) -> Option<Found> {
    let moves = HORIZONS.into_iter().filter_map(|horizon| over(track, horizon));
    let Move { share, times, threshold, usual, from, to, minutes } =
        moves.max_by(|a, b| a.times.total_cmp(&b.times))?;
    let verb = if share < 0.0 { "fell" } else { "rose" };
    let usual = usual.map_or_else(
        || "how much it usually moves is not known yet".to_owned(),
        |step| format!("it usually moves {:.2} % a minute", step * 100.0),
    );
    Some(Found {
        rule: EventRule::LargeMove,
        title: format!("{coin} {verb} {} in {minutes} min", percent(share)),
        detail: format!(
            "middle of bid and ask {from} → {to} AUD; threshold {} over {minutes} min, {usual}",
            percent(threshold)
        ),
        severity: scaled(SEVERITY, times),
    })
}
