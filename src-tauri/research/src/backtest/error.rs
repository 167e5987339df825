//! Why a backtest can't be run, or went no further.

use books::BooksError;
use domain::{AmountError, Coin, Denial, Interval, Money, Timestamp};
use floor::OrderError;
use paper::WalletError;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BacktestError {
    /// A setting beyond what makes sense.
    #[error("{name} can't be {value}: {wanted}")]
    BadSetting {
        /// The setting.
        name: &'static str,
        /// What it was.
        value: String,
        /// What it could be.
        wanted: &'static str,
    },
    /// Nothing to trade.
    #[error("there is no coin to trade: name at least one")]
    NoLanes,
    /// The same coin twice.
    #[error("{0} is there twice: a wallet holds a coin once, so give it one strategy and one interval")]
    CoinTwice(Coin),
    /// The window ends before it begins.
    #[error("the window is empty: it begins {from} and ends {to}")]
    EmptyWindow {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
    /// No candle of a coin in the window.
    #[error("there are no {interval} candles of {coin} in the window: import or fetch its history first")]
    NoCandles {
        /// The coin.
        coin: Coin,
        /// Their length.
        interval: Interval,
    },
    /// Fewer candles than the strategy needs to be heard once and acted on once.
    #[error(
        "{coin} has {has} {interval} candles and the strategy needs {wants}: take a longer window or shorter periods"
    )]
    TooLittleData {
        /// The coin.
        coin: Coin,
        /// Their length.
        interval: Interval,
        /// How many there are.
        has: u64,
        /// How many it takes.
        wants: u64,
    },
    /// A candle that is not after the one before it, or does not begin where its interval does.
    #[error("the candles of {coin} are out of order at {time}: each must begin after the one before it has ended")]
    OutOfOrder {
        /// The coin.
        coin: Coin,
        /// The candle.
        time: Timestamp,
    },
    /// A low that is not the lowest, or a high that is not the highest.
    #[error(
        "the candle of {coin} at {time} contradicts itself: its low or high is not the lowest or highest of its prices"
    )]
    Inconsistent {
        /// The coin.
        coin: Coin,
        /// The candle.
        time: Timestamp,
    },
    /// A strategy that can't go on.
    #[error("the strategy of {coin} failed at {time}: {why}")]
    Failed {
        /// The coin.
        coin: Coin,
        /// The moment.
        time: Timestamp,
        /// Why.
        why: Denial,
    },
    /// A share of a volume that nobody told.
    #[error("the candle of {coin} at {time} has no volume, so no share of it can be taken: leave out the volume share")]
    VolumeUnknown {
        /// The coin.
        coin: Coin,
        /// The candle.
        time: Timestamp,
    },
    /// A strategy that says more than anybody could mean.
    #[error("the strategy said {signals} things about {coin} at {time}; at most {most} are heard")]
    Flooded {
        /// The coin.
        coin: Coin,
        /// When.
        time: Timestamp,
        /// How many.
        signals: usize,
        /// The most.
        most: usize,
    },
    /// More fills than are kept.
    #[error("it made more than {most} fills by {time}: take a shorter window or a strategy that trades less")]
    TooManyFills {
        /// The most.
        most: usize,
        /// When.
        time: Timestamp,
    },
    /// More money taken out than was there.
    #[error("{amount} can't be taken out at {time}: there is not so much cash")]
    CashShort {
        /// How much.
        amount: Money,
        /// When.
        time: Timestamp,
    },
    /// Somebody ended it.
    #[error("it was cancelled after {bars} bars")]
    Cancelled {
        /// The bars it had seen.
        bars: u64,
    },
    /// An amount beyond what fits a number.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The order path broke one of its own rules.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The wallet did.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The books can't be made.
    #[error(transparent)]
    Books(#[from] BooksError),
}

impl BacktestError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadSetting { .. } => "bad_setting",
            Self::NoLanes => "no_coins",
            Self::CoinTwice(_) => "coin_twice",
            Self::EmptyWindow { .. } => "empty_window",
            Self::NoCandles { .. } => "no_candles",
            Self::TooLittleData { .. } => "too_little_data",
            Self::Failed { .. } => "strategy_failed",
            Self::OutOfOrder { .. } => "candles_out_of_order",
            Self::Inconsistent { .. } => "candle_inconsistent",
            Self::VolumeUnknown { .. } => "volume_unknown",
            Self::Flooded { .. } => "strategy_flooded",
            Self::TooManyFills { .. } => "too_many_fills",
            Self::CashShort { .. } => "cash_short",
            Self::Cancelled { .. } => "cancelled",
            Self::Amount(error) => error.code(),
            Self::Order(error) => error.code(),
            Self::Wallet(error) => error.code(),
            Self::Books(error) => error.code(),
        }
    }
}
