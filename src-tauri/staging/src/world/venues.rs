//! Other venues of the world: their prices keep close to the market's, each with a small opinion of its own.

use super::path::draw;
use super::{Coin, Kind, Moment, part};
use rust_decimal::{Decimal, RoundingStrategy};

const OPINION_MS: i64 = 15_000;
const USDT_PLACES: u32 = 8;

/// A venue whose prices one can look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Venue {
    /// Kraken, in AUD.
    Kraken,
    /// BTC Markets, in AUD.
    BtcMarkets,
    /// Independent Reserve, in AUD.
    IndependentReserve,
    /// Binance, in USDT.
    Binance,
}

/// The prices of one market of a venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueQuote {
    /// The coin's ticker, as people write it.
    pub ticker: String,
    /// What a buyer there offers.
    pub bid: Decimal,
    /// What a seller there asks.
    pub ask: Decimal,
    /// The last trade.
    pub last: Decimal,
    /// When it was so.
    pub at_ms: i64,
}

impl Venue {
    /// The coins it lists, of those with a book at CoinSpot.
    pub const fn coins(self) -> &'static [&'static str] {
        match self {
            Self::Kraken => &["ADA", "BCH", "BTC", "DOGE", "ETH", "LINK", "LTC", "SOL", "USDT", "XRP"],
            Self::BtcMarkets => {
                &["BTC", "ETH", "XRP", "SOL", "USDT", "DOGE", "ADA", "BCH", "LINK", "XLM", "LTC", "POWR"]
            }
            Self::IndependentReserve => {
                &["BTC", "ETH", "XRP", "SOL", "USDT", "DOGE", "ADA", "TRX", "BCH", "LINK", "XLM", "LTC", "EOS", "NEO"]
            }
            Self::Binance => {
                &["BTC", "ETH", "XRP", "SOL", "DOGE", "ADA", "TRX", "BCH", "LINK", "XLM", "LTC", "NEO", "GAS"]
            }
        }
    }
}

impl Moment<'_> {
    /// The prices of a venue's markets.
    pub fn venue(&self, venue: Venue) -> Vec<VenueQuote> {
        let coins = venue.coins().iter().filter_map(|ticker| self.world.coin(ticker));
        coins.filter(|coin| coin.kind == Kind::Book).filter_map(|coin| self.venue_quote(venue, coin)).collect()
    }

    fn venue_quote(&self, venue: Venue, coin: &Coin) -> Option<VenueQuote> {
        let (aud, places) = (self.last_of(coin)?, coin.places);
        let (price, places) = match venue {
            Venue::Binance => {
                let usdt = aud.checked_div(self.last("USDT")?)?;
                (usdt.round_dp_with_strategy(USDT_PLACES, RoundingStrategy::ToZero), USDT_PLACES)
            }
            _ => (aud, places),
        };
        let bits = draw(coin.noise_key, 20 + venue as u64, (self.time_ms / OPINION_MS).unsigned_abs());
        let unit = Decimal::new(1, places);
        let middle = price + part(price, (bits % 17) as i64 - 8, 10_000, places);
        let half = part(price, 4 + (bits >> 8 & 7) as i64, 10_000, places).max(unit);
        let last = middle + part(half, (bits >> 16 & 15) as i64 - 8, 8, places);
        let bid = (middle - half).max(unit);
        let at_ms = self.time_ms - (bits >> 24 & 2047) as i64;
        Some(VenueQuote { ticker: coin.ticker.clone(), bid, ask: middle + half, last: last.max(unit), at_ms })
    }
}
