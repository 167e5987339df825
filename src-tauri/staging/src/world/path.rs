//! The price path of one coin: a random walk that can be asked for any moment without walking there.
//!
//! Time is cut into ticks of 15 seconds. Between fixed anchors eight years apart the logarithm of the price is refined by
//! halving: the middle of each stretch is the mean of its ends plus noise which depends only on the coin's key, the level
//! and the place (a Brownian bridge). A value costs about 24 steps, the same for any moment, and the high and low of a
//! long candle are exact because a stretch which cannot reach beyond the best found so far is skipped.
//!
//! Regimes: stretches of about 8½ hours are calm, trending (little noise against the move between the ends) or volatile.
//! Jumps: now and then the two halves of a stretch of four hours don't meet in the middle.

/// Length of a tick.
pub(crate) const TICK_MS: i64 = 15_000;

const ROOT_LEVEL: usize = 24;
const REGIME_LEVEL: usize = 11;
const JUMP_LEVEL: usize = 10;
const JUMP_ONE_IN: u64 = 16;
const JUMP_MAX: i64 = 5;
const NOISE_STEPS: i64 = 37_837; // standard deviation of the sum of four 16-bit draws
const NOISE_MAX: i64 = 131_070;
const REGIME_MAX_EIGHTHS: i64 = 14;
/// A daily deviation of one basis point, for one tick, as a base-2 logarithm with 40 fraction bits.
const TICK_DEVIATION_PER_DAILY_BP: i64 = 2_090_000;

/// Scrambles 64 bits (the finaliser of SplitMix64).
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A draw that depends on a key, a purpose and a place only.
pub(crate) fn draw(key: u64, purpose: u64, place: u64) -> u64 {
    mix(mix(key ^ purpose.wrapping_mul(0xD6E8_FEB8_6659_FD93)) ^ place)
}

/// One source of noise: the market as a whole, or what is a coin's own.
#[derive(Debug, Clone)]
pub(crate) struct Noise {
    key: u64,
    scales: [i64; ROOT_LEVEL + 1],
}

impl Noise {
    /// `daily_bp` is the standard deviation of a day; stretches longer than 2^`calm_level` ticks wander no further than that.
    pub(crate) fn new(key: u64, daily_bp: i64, calm_level: usize) -> Self {
        let deviation = (daily_bp * TICK_DEVIATION_PER_DAILY_BP).unsigned_abs();
        let scale = |level: usize| {
            let variance = u128::from(deviation).pow(2) << level.min(calm_level);
            i64::try_from(variance.isqrt() / 2).unwrap_or(0)
        };
        Self { key, scales: std::array::from_fn(scale) }
    }

    fn scale(&self, level: usize) -> i64 {
        self.scales.get(level).copied().unwrap_or(0)
    }

    /// How far the middle of a stretch lies from the mean of its ends, and how far apart its halves are.
    fn middle(&self, level: usize, index: u64) -> (i64, i64) {
        if self.scale(level) == 0 {
            return (0, 0);
        }
        let bits = draw(self.key, level as u64, index);
        let sum = (0..4).map(|part| (bits >> (16 * part) & 0xFFFF) as i64).sum::<i64>();
        let shift = self.scale(level) * (sum - NOISE_MAX) / NOISE_STEPS;
        let gap = if level == JUMP_LEVEL { self.jump(index) } else { 0 };
        (shift * self.regime_eighths(level, index) / 8, gap)
    }

    fn regime_eighths(&self, level: usize, index: u64) -> i64 {
        if level > REGIME_LEVEL {
            return 8;
        }
        match draw(self.key, 100, index >> (REGIME_LEVEL - level)) % 4 {
            0 => REGIME_MAX_EIGHTHS, // volatile
            1 => 3,                  // trending
            _ => 6,                  // calm
        }
    }

    fn jump(&self, index: u64) -> i64 {
        let bits = draw(self.key, 101, index);
        if !bits.is_multiple_of(JUMP_ONE_IN) {
            return 0;
        }
        let size = self.scale(JUMP_LEVEL) * (2 + (bits >> 8 & 3) as i64);
        if bits >> 16 & 1 == 0 { size } else { -size }
    }

    fn anchor(&self, index: u64) -> i64 {
        self.middle(ROOT_LEVEL, index).0 / 4
    }

    /// The farthest that noise of this level and all below can carry a value beyond the ends of its stretch.
    fn reach(&self, level: usize) -> i64 {
        let step = |level: usize| {
            let regime = if level > REGIME_LEVEL { 8 } else { REGIME_MAX_EIGHTHS };
            let gap = if level == JUMP_LEVEL { JUMP_MAX * self.scale(level) } else { 0 };
            self.scale(level) * 7 * regime / 16 + gap // 131,070 / 37,837 is less than 7 / 2
        };
        (1..=level).map(step).sum()
    }
}

/// The logarithm of a coin's price over time, relative to its base.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    own: Noise,
    market: Noise,
    /// How strongly the coin follows the market, in eighths.
    beta_eighths: i64,
    /// The price changes every 2^grain ticks only: a thin coin.
    grain: u32,
    reach: [i64; ROOT_LEVEL + 1],
}

#[derive(Clone, Copy)]
struct Stretch {
    level: usize,
    index: u64,
    left: i64,
    right: i64,
}

impl Path {
    pub(crate) fn new(own: Noise, market: Noise, beta_eighths: i64, grain: u32) -> Self {
        let reach = |level| own.reach(level) + market.reach(level) * beta_eighths / 8 + level as i64;
        let reach = std::array::from_fn(reach);
        Self { own, market, beta_eighths, grain, reach }
    }

    pub(crate) fn grain(&self) -> u32 {
        self.grain
    }

    fn root(&self, tick: u64) -> Stretch {
        let index = tick >> ROOT_LEVEL;
        let anchor = |i| self.own.anchor(i) + self.market.anchor(i) * self.beta_eighths / 8;
        Stretch { level: ROOT_LEVEL, index, left: anchor(index), right: anchor(index + 1) }
    }

    fn halves(&self, whole: Stretch) -> (Stretch, Stretch) {
        let (own, own_gap) = self.own.middle(whole.level, whole.index);
        let (market, market_gap) = self.market.middle(whole.level, whole.index);
        let middle = (whole.left + whole.right) / 2 + own + market * self.beta_eighths / 8;
        let gap = own_gap + market_gap * self.beta_eighths / 8;
        let level = whole.level - 1;
        (
            Stretch { level, index: whole.index * 2, left: whole.left, right: middle - gap / 2 },
            Stretch { level, index: whole.index * 2 + 1, left: middle + gap / 2, right: whole.right },
        )
    }

    /// The value at a tick.
    pub(crate) fn at(&self, tick: u64) -> i64 {
        let mut stretch = self.root(tick);
        while stretch.level > self.grain as usize {
            let (left, right) = self.halves(stretch);
            stretch = if tick >> left.level == left.index { left } else { right };
        }
        stretch.left
    }

    /// The ticks of `[first, last]` at which the price is set anew: the first and last of them.
    pub(crate) fn changes_within(&self, first: u64, last: u64) -> Option<(u64, u64)> {
        let first = first.checked_next_multiple_of(1 << self.grain)?;
        let last = last >> self.grain << self.grain;
        (first <= last).then_some((first, last))
    }

    /// First, lowest, highest and last value over the ticks `[first, last]`.
    pub(crate) fn summary(&self, first: u64, last: u64) -> [i64; 4] {
        let (open, close) = (self.at(first), self.at(last));
        let (low, high) = self.extremes(first, last, (open.min(close), open.max(close)));
        [open, low, high, close]
    }

    fn extremes(&self, first: u64, last: u64, mut found: (i64, i64)) -> (i64, i64) {
        let mut root = first;
        loop {
            self.widen(self.root(root), first, last, &mut found);
            root = ((root >> ROOT_LEVEL) + 1) << ROOT_LEVEL;
            if root > last {
                return found;
            }
        }
    }

    fn widen(&self, stretch: Stretch, first: u64, last: u64, found: &mut (i64, i64)) {
        let (start, end) = (stretch.index << stretch.level, ((stretch.index + 1) << stretch.level) - 1);
        if end < first || start > last {
            return;
        }
        if stretch.level <= self.grain as usize {
            if start >= first {
                *found = (found.0.min(stretch.left), found.1.max(stretch.left));
            }
            return;
        }
        let reach = self.reach.get(stretch.level).copied().unwrap_or(i64::MAX / 2);
        let highest = stretch.left.max(stretch.right) + reach;
        let lowest = stretch.left.min(stretch.right) - reach;
        if highest <= found.1 && lowest >= found.0 {
            return;
        }
        let (left, right) = self.halves(stretch);
        self.widen(left, first, last, found);
        self.widen(right, first, last, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(grain: u32) -> Path {
        Path::new(Noise::new(11, 200, 19), Noise::new(12, 180, 19), 10, grain)
    }

    #[test]
    fn extremes_found_by_skipping_are_those_found_by_looking_everywhere() {
        for (grain, first, length) in [(0, 116_000_001, 5_760), (0, 117_440_000, 3_000), (4, 116_123_456, 23_040)] {
            let path = path(grain);
            let last = first + length;
            let step = 1u64 << grain;
            let (from, to) = path.changes_within(first, last).unwrap();
            let all = (from..=to).step_by(step as usize).map(|tick| path.at(tick));
            let everywhere = all.fold((i64::MAX, i64::MIN), |(low, high), v| (low.min(v), high.max(v)));
            let [_, low, high, _] = path.summary(from, to);
            assert_eq!((low, high), everywhere, "grain {grain}");
        }
    }

    #[test]
    fn a_day_moves_by_about_its_daily_deviation() {
        let path = path(0);
        let ends: Vec<i64> = (0..400).map(|day| path.at(115_000_000 + day * 5_760)).collect();
        let moves = ends.windows(2).map(|w| (w[1] - w[0]) / (1 << 20)).map(|m| m * m).sum::<i64>() / 399;
        let deviation_bp = moves.isqrt() * 6_931 / (1 << 20); // back from base 2
        assert!((150..500).contains(&deviation_bp), "{deviation_bp} bp");
    }

    #[test]
    fn a_thin_coin_keeps_its_price_between_its_trades() {
        let path = path(5);
        let start = 3_600_000 * 32;
        assert!((start..start + 32).all(|tick| path.at(tick) == path.at(start)));
        assert_ne!(path.at(start), path.at(start + 32));
    }
}
