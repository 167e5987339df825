//! The bars and the rule that other engines were measured with, and the generator they come from: one-minute bars of a random
//! walk whose opens are the closes before, from Python's `random.Random(20240602)`.

#![allow(dead_code, reason = "tests and benches use different parts of it")]

use domain::{Candle, Coin, Decimal, Interval, Price, Quantity, Signal, SignalAction, SignalSize, Timestamp};
use floor::Portfolio;
use research::indicators::Sma;
use research::{Strategy, View};

const SEED: u32 = 20_240_602;
const FIRST_MILLIS: i64 = 1_640_995_200_000;
const WORDS: usize = 624;

/// The Mersenne Twister of Matsumoto and Nishimura (1998), seeded and read as Python does.
struct Twister {
    words: [u32; WORDS],
    place: usize,
}

impl Twister {
    fn seeded(seed: u32) -> Self {
        let mut words = [0u32; WORDS];
        words[0] = 19_650_218;
        for place in 1..WORDS {
            let before = words[place - 1] ^ (words[place - 1] >> 30);
            words[place] = before.wrapping_mul(1_812_433_253).wrapping_add(place as u32);
        }
        let mut place = 1;
        for _ in 0..WORDS {
            let before = words[place - 1] ^ (words[place - 1] >> 30);
            words[place] = (words[place] ^ before.wrapping_mul(1_664_525)).wrapping_add(seed);
            place = Self::next_place(&mut words, place);
        }
        for _ in 1..WORDS {
            let before = words[place - 1] ^ (words[place - 1] >> 30);
            words[place] = (words[place] ^ before.wrapping_mul(1_566_083_941)).wrapping_sub(place as u32);
            place = Self::next_place(&mut words, place);
        }
        words[0] = 0x8000_0000;
        Self { words, place: WORDS }
    }

    fn next_place(words: &mut [u32; WORDS], place: usize) -> usize {
        if place + 1 < WORDS {
            return place + 1;
        }
        words[0] = words[WORDS - 1];
        1
    }

    fn word(&mut self) -> u32 {
        if self.place == WORDS {
            for at in 0..WORDS {
                let joined = (self.words[at] & 0x8000_0000) | (self.words[(at + 1) % WORDS] & 0x7fff_ffff);
                let twist = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
                self.words[at] = self.words[(at + 397) % WORDS] ^ (joined >> 1) ^ twist;
            }
            self.place = 0;
        }
        let mut word = self.words[self.place];
        self.place += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// Python's `random()`.
    fn unit(&mut self) -> f64 {
        let (high, low) = (f64::from(self.word() >> 5), f64::from(self.word() >> 6));
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }
}

/// The bars, without end.
pub struct Bars {
    random: Twister,
    cents: i64,
    millis: i64,
}

impl Bars {
    pub fn new() -> Self {
        Self { random: Twister::seeded(SEED), cents: 5_000_000, millis: FIRST_MILLIS }
    }
}

fn price(cents: i64) -> Price {
    Price::new(Decimal::new(cents, 2)).unwrap()
}

impl Iterator for Bars {
    type Item = Candle;

    fn next(&mut self) -> Option<Candle> {
        let open = self.cents;
        let mut unit = || self.random.unit();
        let step = (unit() + unit() + unit() - 1.5) * 0.001;
        let close = (open + (open as f64 * step) as i64).max(10_000);
        let high = open.max(close) + (open as f64 * 0.0003 * unit()) as i64;
        let low = open.min(close) - (open as f64 * 0.0003 * unit()) as i64;
        let volume = (1.0 + 10_000.0 * unit()) as i64;
        let time = Timestamp::from_millis(self.millis);
        (self.cents, self.millis) = (close, self.millis + 60_000);
        Some(Candle {
            time,
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(close),
            volume: Some(Quantity::new(Decimal::new(volume, 2)).unwrap()),
        })
    }
}

/// Holds one coin while the fast average is above the slow one.
pub struct WhileAbove {
    fast: Sma,
    slow: Sma,
    warm_up: usize,
}

impl WhileAbove {
    pub fn new(fast: usize, slow: usize) -> Self {
        Self { fast: Sma::new(fast), slow: Sma::new(slow), warm_up: slow }
    }
}

impl Strategy for WhileAbove {
    fn warm_up(&self) -> usize {
        self.warm_up
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        let Some(close) = view.close() else { return Vec::new() };
        let (Some(fast), Some(slow)) = (self.fast.push(close), self.slow.push(close)) else { return Vec::new() };
        let coin = view.coin();
        let action = match portfolio.is_in(coin) {
            false if fast > slow => SignalAction::Buy,
            true if fast < slow => SignalAction::Close,
            _ => return Vec::new(),
        };
        vec![Signal {
            action,
            coin,
            size: SignalSize::Quantity(Quantity::new(Decimal::ONE).unwrap()),
            slot: view.now(),
            confidence: None,
            reason: String::new(),
            evidence: Vec::new(),
        }]
    }
}

pub fn coin() -> Coin {
    Coin::parse("BTC").unwrap()
}

pub const INTERVAL: Interval = Interval::M1;
