//! Indicators, one value at a time or a whole series at once.
//!
//! Invariants: both forms give the same bits; nothing is said before there is enough to say it from, and what was said never
//! changes when more comes; finite input gives finite output as far as prices go (magnitudes up to 1e100). A windowed sum is made
//! afresh for every value, oldest first, so that it does not depend on where the series began. What is smoothed without end
//! ([`Ema`], [`Rsi`], [`Macd`], [`Atr`], [`Adx`], [`Keltner`]) depends on it, less with every value; [`Obv`] always does. The
//! `warm_up` of each says after how many values it speaks.
//!
//! Named behaviour where nothing moves: the RSI and the stochastic stand at 50, ADX and its directions at 0, a z-score at 0, all
//! bands on the price. Without volume there is no VWAP, and the OBV stays. TA-Lib says 0 for an RSI and a stochastic of nothing;
//! otherwise all that TA-Lib has is equal to it. Averages of equal values are that value. Deliberately absent: money; these are f64 for comparing. Ichimoku's lagging
//! span is not here: it is the close of today drawn into the past.

mod averages;
mod bands;
mod direction;
mod oscillators;
mod returns;
mod series;
mod spread;
#[cfg(test)]
mod talib;
#[cfg(test)]
mod tests;
mod volume;
mod window;

pub use averages::{Ema, Sma, Wma, ema, mean, sma};
pub use bands::{Bands, Bollinger, Cloud, Donchian, Ichimoku, Keltner};
pub use direction::{Adx, Atr, Directional};
pub use oscillators::{Macd, MacdValue, Rsi, Stochastic, StochasticValue, rsi};
pub use returns::{Returns, Volatility};
pub use series::{Bar, Series};
pub use spread::ZScore;
pub use volume::{DayVwap, Obv, Vwap};
pub(crate) use window::Extreme;
