//! The world itself: pure, no clock, no I/O. A [`Moment`] is the world at one time.
//!
//! Same seed and same time, same answer, in whatever order one asks. Prices are exact: integers inside, decimals outside.

mod book;
mod coins;
mod filings;
mod fixed;
mod fundamentals;
mod mood;
mod news;
mod notices;
mod path;
mod posts;
mod replay;
mod venues;

pub use book::{Book, Level};
pub use coins::{Coin, INSTANT_COINS, Kind};
pub use filings::{FILERS, Filer, Filing};
pub use fundamentals::{DayAmount, Holding, Series};
pub use mood::{MOOD_SINCE_MS, Mood};
pub use news::{Outlet, STORIES, Story};
pub use notices::{NOTICES, Notice, NoticeKind};
pub use posts::{GATHERED, Gathered, POSTS, Post};
pub use replay::{Replay, ReplayError};
pub use venues::{Venue, VenueQuote};

use fixed::{Powers, round_to};
pub(crate) use path::TICK_MS;
use path::draw;
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::HashMap;

/// The most candles one question returns: the newest ones.
pub const MAX_CANDLES: usize = 20_000;

const MAX_INTERVAL_MS: i64 = 366 * 86_400_000;

/// The prices of a coin with a book; `None` is what the wire calls `"NaN"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The best buyer.
    pub bid: Option<Decimal>,
    /// The best seller.
    pub ask: Option<Decimal>,
    /// The latest trade; it may lie outside bid and ask.
    pub last: Option<Decimal>,
}

/// What the coin list shows: buy is what one pays, sell what one gets. `None` where the list shows no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// What one pays for a coin.
    pub buy: Option<Decimal>,
    /// What one gets for a coin.
    pub sell: Option<Decimal>,
}

/// One candle of `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candle {
    /// Its opening time.
    pub start_ms: i64,
    /// The first price.
    pub open: Decimal,
    /// The highest price.
    pub high: Decimal,
    /// The lowest price.
    pub low: Decimal,
    /// The newest price.
    pub close: Decimal,
}

/// A seeded market, or a seeded market in which one coin follows a recording.
#[derive(Debug)]
pub struct World {
    seed: u64,
    coins: Vec<Coin>,
    by_ticker: HashMap<String, usize>,
    powers: Powers,
    replay: Option<Replay>,
}

impl World {
    /// The world of a seed.
    pub fn new(seed: u64) -> Self {
        let coins = coins::list(seed);
        let by_ticker = coins.iter().enumerate().map(|(i, coin)| (coin.ticker.clone(), i)).collect();
        Self { seed, coins, by_ticker, powers: Powers::new(), replay: None }
    }

    /// The same world with one coin following a recording.
    pub fn with_replay(mut self, replay: Replay) -> Self {
        if let Some(coin) = self.by_ticker.get(replay.coin()).and_then(|&i| self.coins.get_mut(i)) {
            coin.places = replay.places();
            coin.sometimes_unbid = false;
        }
        self.replay = Some(replay);
        self
    }

    /// Its seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// All coins, those with a book first.
    pub fn coins(&self) -> &[Coin] {
        &self.coins
    }

    /// The coin of an upper-case ticker.
    pub fn coin(&self, ticker: &str) -> Option<&Coin> {
        self.by_ticker.get(ticker).and_then(|&i| self.coins.get(i))
    }

    /// The recording one coin follows.
    pub fn replay(&self) -> Option<&Replay> {
        self.replay.as_ref()
    }

    /// The world at a time (milliseconds since 1970).
    pub fn at(&self, time_ms: i64) -> Moment<'_> {
        Moment { world: self, time_ms: time_ms.clamp(0, 253_402_300_799_999) }
    }

    fn replay_of(&self, coin: &Coin) -> Option<&Replay> {
        self.replay.as_ref().filter(|replay| replay.coin() == coin.ticker)
    }

    fn price(&self, coin: &Coin, log: i64) -> Decimal {
        Decimal::new(round_to(self.powers.scale(coin.base, log), coin.places), coin.places)
    }
}

/// The world at one time.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'w> {
    world: &'w World,
    time_ms: i64,
}

impl<'w> Moment<'w> {
    /// The time.
    pub fn time_ms(&self) -> i64 {
        self.time_ms
    }

    /// The world.
    pub fn world(&self) -> &'w World {
        self.world
    }

    /// The latest traded price of a coin; `None` when it isn't listed (yet).
    pub fn last(&self, ticker: &str) -> Option<Decimal> {
        self.last_of(self.world.coin(ticker)?)
    }

    /// Bid, ask and last of a coin with a book.
    pub fn quote(&self, ticker: &str) -> Option<Quote> {
        self.quote_of(self.world.coin(ticker)?)
    }

    /// What the coin list says of any coin.
    pub fn rates(&self, ticker: &str) -> Option<Rates> {
        self.rates_of(self.world.coin(ticker)?)
    }

    /// The pair `BTC/USDT`: the only book in another market.
    pub fn btc_in_usdt(&self) -> Option<Quote> {
        let btc = self.quote("BTC")?;
        let usdt = self.last("USDT")?;
        let convert = |price: Option<Decimal>, rounding| {
            Some(price?.checked_div(usdt)?.round_dp_with_strategy(2, rounding)).filter(|p| !p.is_zero())
        };
        Some(Quote {
            bid: convert(btc.bid, RoundingStrategy::ToZero),
            ask: convert(btc.ask, RoundingStrategy::AwayFromZero),
            last: convert(btc.last, RoundingStrategy::MidpointNearestEven),
        })
    }

    /// The order book of a coin in AUD.
    pub fn book(&self, ticker: &str) -> Option<Book> {
        let coin = self.world.coin(ticker)?;
        Some(book::around(
            self.quote_of(coin)?,
            coin.places,
            draw(coin.noise_key, 7, self.step(coin)),
            coin.path.grain(),
        ))
    }

    /// The order book of `BTC/USDT`.
    pub fn btc_in_usdt_book(&self) -> Option<Book> {
        let coin = self.world.coin("BTC")?;
        Some(book::around(self.btc_in_usdt()?, 2, draw(coin.noise_key, 8, self.step(coin)), 3))
    }

    /// The candles which start in `[from, to)`, none of the future; the newest one may still be open. Stretches without
    /// a trade have no candle. At most [`MAX_CANDLES`], the newest; none for an interval under 15 seconds or over a year.
    pub fn candles(&self, ticker: &str, interval_ms: i64, from_ms: i64, to_ms: i64) -> Vec<Candle> {
        let Some(coin) = self.world.coin(ticker) else { return Vec::new() };
        if !(TICK_MS..=MAX_INTERVAL_MS).contains(&interval_ms) {
            return Vec::new();
        }
        let oldest = if self.world.replay_of(coin).is_some() { 0 } else { coin.listed_ms };
        let Some(first) = ceil(from_ms.max(oldest), interval_ms) else { return Vec::new() };
        let end = to_ms.min(self.time_ms.saturating_add(1));
        if first >= end {
            return Vec::new();
        }
        let count = (end - 1 - first) / interval_ms + 1;
        let skipped = (count - MAX_CANDLES as i64).max(0);
        (skipped..count).filter_map(|i| self.candle(coin, first + i * interval_ms, interval_ms)).collect()
    }

    fn candle(&self, coin: &Coin, start_ms: i64, interval_ms: i64) -> Option<Candle> {
        let end_ms = (start_ms + interval_ms - 1).min(self.time_ms);
        if let Some(replay) = self.world.replay_of(coin) {
            return replay.candle(start_ms, end_ms);
        }
        let (first, last) = coin.path.changes_within(tick_from(start_ms), (end_ms / TICK_MS).unsigned_abs())?;
        let [open, low, high, close] = coin.path.summary(first, last).map(|log| self.world.price(coin, log));
        Some(Candle { start_ms, open, high, low, close })
    }

    pub(crate) fn last_of(&self, coin: &Coin) -> Option<Decimal> {
        if let Some(replay) = self.world.replay_of(coin) {
            return Some(replay.price_at(self.time_ms));
        }
        let log = || coin.path.at((self.time_ms / TICK_MS).unsigned_abs());
        (self.time_ms >= coin.listed_ms).then(|| self.world.price(coin, log()))
    }

    pub(crate) fn quote_of(&self, coin: &Coin) -> Option<Quote> {
        if coin.kind != Kind::Book {
            return None;
        }
        let last = self.last_of(coin)?;
        let step = self.step(coin);
        let bits = draw(coin.noise_key, 1, step);
        let unit = Decimal::new(1, coin.places);
        // Half of 0.6 to 1.4 times the usual spread, around a middle which is mostly near the last trade.
        let half = part(last, coin.spread_bp * (60 + (bits % 81) as i64), 2_000_000, coin.places).max(unit);
        let drift = match bits >> 16 & 15 {
            0 => 15,
            1 => -15,
            _ => (bits >> 32 & 15) as i64 - 8,
        };
        let middle = last + part(half, drift, 10, coin.places);
        let unbid = coin.sometimes_unbid && draw(coin.noise_key, 2, step >> 1).is_multiple_of(16);
        let bid = (middle - half).max(unit);
        let ask = (middle + half).max(bid + unit);
        Some(Quote { bid: (!unbid).then_some(bid), ask: Some(ask), last: Some(last) })
    }

    pub(crate) fn rates_of(&self, coin: &Coin) -> Option<Rates> {
        if let Some(Quote { bid, ask, .. }) = self.quote_of(coin) {
            let margin = |price: Decimal| part(price, 30, 10_000, coin.places);
            return Some(Rates { buy: ask.map(|p| p + margin(p)), sell: bid.map(|p| p - margin(p)) });
        }
        let price = self.last_of(coin)?;
        match draw(coin.noise_key, 3, 0) % 260 {
            0 => return Some(Rates { buy: None, sell: None }),
            _ if coin.spread_bp == 0 => return Some(Rates { buy: Some(price), sell: Some(price) }),
            _ => {}
        }
        let half = part(price, coin.spread_bp, 20_000, coin.places);
        Some(Rates { buy: Some(price + half), sell: Some(price - half) })
    }

    /// Which state of the coin this is: it changes when the price is set anew.
    fn step(&self, coin: &Coin) -> u64 {
        match self.world.replay_of(coin) {
            Some(replay) => replay.step_at(self.time_ms),
            None => (self.time_ms / TICK_MS).unsigned_abs() >> coin.path.grain(),
        }
    }
}

fn tick_from(time_ms: i64) -> u64 {
    (time_ms.max(0) + TICK_MS - 1).unsigned_abs() / TICK_MS.unsigned_abs()
}

fn ceil(time_ms: i64, step_ms: i64) -> Option<i64> {
    let rest = time_ms.rem_euclid(step_ms);
    if rest == 0 { Some(time_ms) } else { time_ms.checked_add(step_ms - rest) }
}

/// `price` × `numerator` / `denominator`, cut toward zero to `places`.
fn part(price: Decimal, numerator: i64, denominator: i64, places: u32) -> Decimal {
    let product =
        price.checked_mul(Decimal::new(numerator, 0)).and_then(|p| p.checked_div(Decimal::new(denominator, 0)));
    product.unwrap_or_default().round_dp_with_strategy(places, RoundingStrategy::ToZero)
}
