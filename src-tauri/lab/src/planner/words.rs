//! The words traders use, and what they mean here.
//!
//! Deliberately absent: grammar. A goal is a bag of words and numbers with units; what it leaves open is asked.

use crate::tools::Learner;
use domain::Interval;

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Rules that trade.
    Strategy,
    /// Which way it goes.
    Predict,
    /// Why it went there.
    Explain,
    /// Several coins side by side.
    Compare,
    /// Buying by a plan.
    Accumulate,
}

impl Target {
    /// All, with what a person is told.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Strategy, "find a strategy"),
        (Self::Predict, "predict the direction"),
        (Self::Explain, "explain a move"),
        (Self::Compare, "compare coins"),
        (Self::Accumulate, "accumulate by a plan"),
    ];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        Self::ALL.iter().find(|(target, _)| *target == self).map_or("", |(_, words)| words)
    }
}

/// Words that say what is wanted, and how clearly.
pub(super) const TARGETS: &[(&str, Target, u32)] = &[
    ("strategy", Target::Strategy, 3),
    ("strategies", Target::Strategy, 3),
    ("algorithm", Target::Strategy, 3),
    ("algo", Target::Strategy, 3),
    ("bot", Target::Strategy, 3),
    ("system", Target::Strategy, 2),
    ("rules", Target::Strategy, 2),
    ("rule", Target::Strategy, 2),
    ("backtest", Target::Strategy, 3),
    ("trade", Target::Strategy, 1),
    ("trading", Target::Strategy, 1),
    ("swing", Target::Strategy, 2),
    ("scalp", Target::Strategy, 2),
    ("scalping", Target::Strategy, 2),
    ("momentum", Target::Strategy, 2),
    ("trend", Target::Strategy, 1),
    ("breakout", Target::Strategy, 2),
    ("breakouts", Target::Strategy, 2),
    ("reversion", Target::Strategy, 2),
    ("crossover", Target::Strategy, 2),
    ("cross", Target::Strategy, 1),
    ("edge", Target::Strategy, 1),
    ("profit", Target::Strategy, 1),
    ("profitable", Target::Strategy, 1),
    ("predict", Target::Predict, 4),
    ("predicts", Target::Predict, 4),
    ("prediction", Target::Predict, 4),
    ("predicting", Target::Predict, 4),
    ("forecast", Target::Predict, 4),
    ("forecasting", Target::Predict, 4),
    ("direction", Target::Predict, 2),
    ("probability", Target::Predict, 2),
    ("classify", Target::Predict, 4),
    ("classifier", Target::Predict, 4),
    ("train", Target::Predict, 3),
    ("model", Target::Predict, 2),
    ("ml", Target::Predict, 3),
    ("rise", Target::Predict, 1),
    ("tomorrow", Target::Predict, 1),
    ("explain", Target::Explain, 5),
    ("why", Target::Explain, 5),
    ("happened", Target::Explain, 4),
    ("reason", Target::Explain, 3),
    ("caused", Target::Explain, 4),
    ("cause", Target::Explain, 3),
    ("crash", Target::Explain, 1),
    ("pump", Target::Explain, 1),
    ("dump", Target::Explain, 1),
    ("compare", Target::Compare, 4),
    ("comparison", Target::Compare, 4),
    ("versus", Target::Compare, 4),
    ("vs", Target::Compare, 4),
    ("correlation", Target::Compare, 4),
    ("correlated", Target::Compare, 4),
    ("correlate", Target::Compare, 4),
    ("stronger", Target::Compare, 2),
    ("better", Target::Compare, 1),
    ("accumulate", Target::Accumulate, 5),
    ("accumulating", Target::Accumulate, 5),
    ("dca", Target::Accumulate, 5),
    ("averaging", Target::Accumulate, 4),
    ("stack", Target::Accumulate, 2),
    ("weekly", Target::Accumulate, 1),
    ("monthly", Target::Accumulate, 1),
    ("regularly", Target::Accumulate, 3),
    ("recurring", Target::Accumulate, 4),
];

/// Words that name strategies.
pub(super) const STRATEGIES: &[(&str, &[&str])] = &[
    ("momentum", &["sma_cross", "ema_cross", "donchian_breakout"]),
    ("trend", &["sma_cross", "ema_cross", "donchian_breakout"]),
    ("sma", &["sma_cross"]),
    ("ema", &["ema_cross"]),
    ("cross", &["sma_cross", "ema_cross"]),
    ("crossover", &["sma_cross", "ema_cross"]),
    ("crossing", &["sma_cross", "ema_cross"]),
    ("reversion", &["rsi_reversion", "bollinger"]),
    ("reverting", &["rsi_reversion", "bollinger"]),
    ("oversold", &["rsi_reversion", "bollinger"]),
    ("dip", &["rsi_reversion", "bollinger"]),
    ("dips", &["rsi_reversion", "bollinger"]),
    ("rsi", &["rsi_reversion"]),
    ("bollinger", &["bollinger"]),
    ("bands", &["bollinger"]),
    ("breakout", &["donchian_breakout"]),
    ("breakouts", &["donchian_breakout"]),
    ("donchian", &["donchian_breakout"]),
    ("turtle", &["donchian_breakout"]),
    ("channel", &["donchian_breakout"]),
];

/// What is tried of each strategy.
pub(super) const GRIDS: &[(&str, &[&str])] = &[
    ("sma_cross", &["fast=5,10,20,30", "slow=50,100,200"]),
    ("ema_cross", &["fast=8,12,20", "slow=26,50,100"]),
    ("donchian_breakout", &["entry=20,55,100", "exit=10,20,50"]),
    ("rsi_reversion", &["period=7,14,21", "low=20,30", "high=60,70"]),
    ("bollinger", &["period=10,20,40", "width=1.5,2,2.5"]),
];

/// Words that name a learner.
pub(super) const LEARNERS: &[(&str, Learner)] = &[
    ("logistic", Learner::Logistic),
    ("boosting", Learner::Boosting),
    ("boosted", Learner::Boosting),
    ("xgboost", Learner::Boosting),
    ("forest", Learner::Forest),
    ("ridge", Learner::Ridge),
];

/// Words that name a candle.
pub(super) const INTERVALS: &[(&str, Interval)] = &[
    ("1m", Interval::M1),
    ("5m", Interval::M5),
    ("15m", Interval::M15),
    ("1h", Interval::H1),
    ("4h", Interval::H4),
    ("1d", Interval::D1),
    ("hourly", Interval::H1),
    ("intraday", Interval::M15),
    ("daily", Interval::D1),
    ("scalp", Interval::M5),
    ("scalping", Interval::M5),
    ("swing", Interval::H4),
];

/// Coins by the names everybody uses.
pub(super) const COINS: &[(&str, &str)] = &[
    ("bitcoin", "BTC"),
    ("btc", "BTC"),
    ("xbt", "BTC"),
    ("ethereum", "ETH"),
    ("ether", "ETH"),
    ("eth", "ETH"),
    ("ripple", "XRP"),
    ("xrp", "XRP"),
    ("solana", "SOL"),
    ("sol", "SOL"),
    ("cardano", "ADA"),
    ("ada", "ADA"),
    ("dogecoin", "DOGE"),
    ("doge", "DOGE"),
    ("polkadot", "DOT"),
    ("litecoin", "LTC"),
    ("ltc", "LTC"),
    ("chainlink", "LINK"),
    ("avalanche", "AVAX"),
    ("avax", "AVAX"),
    ("polygon", "POL"),
    ("matic", "POL"),
    ("tron", "TRX"),
    ("stellar", "XLM"),
    ("xlm", "XLM"),
    ("monero", "XMR"),
    ("uniswap", "UNI"),
    ("aave", "AAVE"),
    ("cosmos", "ATOM"),
    ("bnb", "BNB"),
    ("usdt", "USDT"),
    ("tether", "USDT"),
    ("usdc", "USDC"),
];

/// Upper-case words that are no coins in a goal.
pub(super) const NO_COINS: &[&str] = &[
    "A", "I", "AI", "ADX", "AND", "ANY", "ALL", "API", "ATR", "ATO", "AUC", "AUD", "BUY", "CGT", "DCA", "DD", "EMA",
    "ETF", "FOMO", "FOR", "HODL", "IN", "IS", "IT", "MACD", "MAX", "ML", "NO", "NOT", "OBV", "OF", "OK", "ON", "OR",
    "PNL", "RSI", "SEC", "SELL", "SMA", "THE", "TO", "UTC", "USD", "VS", "VWAP", "WHY", "WMA", "XGBOOST", "YES",
];

/// English words a goal is known by.
pub(super) const ENGLISH: &[&str] = &[
    "a",
    "about",
    "after",
    "an",
    "and",
    "any",
    "are",
    "at",
    "best",
    "between",
    "buy",
    "by",
    "can",
    "coin",
    "coins",
    "did",
    "do",
    "does",
    "down",
    "drop",
    "fall",
    "fell",
    "find",
    "for",
    "from",
    "give",
    "go",
    "good",
    "has",
    "have",
    "help",
    "hold",
    "how",
    "i",
    "if",
    "in",
    "is",
    "it",
    "last",
    "long",
    "make",
    "market",
    "me",
    "money",
    "month",
    "months",
    "more",
    "most",
    "my",
    "next",
    "no",
    "not",
    "of",
    "on",
    "or",
    "over",
    "past",
    "price",
    "rich",
    "sell",
    "should",
    "show",
    "some",
    "something",
    "than",
    "that",
    "the",
    "this",
    "to",
    "today",
    "up",
    "want",
    "was",
    "week",
    "what",
    "when",
    "which",
    "will",
    "with",
    "would",
    "year",
    "years",
    "yesterday",
    "you",
];

/// What the Lab never does, asked for as if it did.
pub(super) const ORDERS: &[&str] = &[
    "withdraw",
    "withdrawal",
    "transfer",
    "password",
    "passwords",
    "secret",
    "secrets",
    "seed phrase",
    "api key",
    "private key",
    "delete",
    "ignore your",
    "ignore all",
    "ignore previous",
];
