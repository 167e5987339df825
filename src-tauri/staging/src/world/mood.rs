//! The world's mood: one figure a day, wandering slowly between fear and greed.

use super::Moment;
use super::path::draw;

/// Since then there is a figure for each day: 2018-02-01.
pub const MOOD_SINCE_MS: i64 = 1_517_443_200_000;

const DAY_MS: i64 = 86_400_000;
/// Days from one turn of the mood to the next.
const SWING_DAYS: i64 = 9;

/// The mood of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mood {
    /// Midnight UTC, from which on it is known.
    pub day_ms: i64,
    /// 0 to 100.
    pub value: u8,
    /// The class of the value.
    pub label: &'static str,
}

impl Moment<'_> {
    /// The moods of the latest days, newest first; with 0 all there are.
    pub fn moods(&self, limit: usize) -> Vec<Mood> {
        let newest = self.time_ms / DAY_MS;
        let oldest = MOOD_SINCE_MS / DAY_MS;
        let limit = if limit == 0 { usize::MAX } else { limit };
        (oldest..=newest).rev().take(limit).map(|day| self.mood(day)).collect()
    }

    fn mood(&self, day: i64) -> Mood {
        let turn = |swing: i64| 12 + (draw(self.world.seed ^ 0x4D4F_4F44, 1, swing.unsigned_abs()) % 77) as i64;
        let (swing, within) = (day / SWING_DAYS, day % SWING_DAYS);
        let between = (turn(swing) * (SWING_DAYS - within) + turn(swing + 1) * within) / SWING_DAYS;
        let noise = (draw(self.world.seed ^ 0x4D4F_4F44, 2, day.unsigned_abs()) % 11) as i64 - 5;
        let value = (between + noise).clamp(3, 97) as u8;
        let label = match value {
            0..=24 => "Extreme Fear",
            25..=46 => "Fear",
            47..=54 => "Neutral",
            55..=75 => "Greed",
            _ => "Extreme Greed",
        };
        Mood { day_ms: day * DAY_MS, value, label }
    }
}
