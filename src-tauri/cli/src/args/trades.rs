//! The words about trades: searching them, opening one, putting a label on it.

use super::BookArg;
use clap::{Args, Subcommand};

/// Trades as a reader wants them.
#[derive(Debug, Subcommand)]
pub enum TradeWords {
    /// Search, filter, sort and sum trades; newest first, a page at a time
    Trades(Box<TradesArgs>),
    /// One trade: its order's way, what was looked at, and the parcels it used or made
    Trade { id: String },
    /// Put a label on a trade; without one it is taken off
    Tag { id: String, tag: Option<String> },
}

/// Which trades.
#[derive(Debug, Args)]
pub struct WhichTrades {
    /// Words that must all be found: coin, side, algorithm, label, venue, id, or a date (2024, 2024-10, 2024-10-06)
    pub search: Vec<String>,
    #[arg(long, value_enum, default_value = "live")]
    pub book: BookArg,
    #[arg(long)]
    pub coin: Option<String>,
    /// buy or sell
    #[arg(long)]
    pub side: Option<String>,
    /// Its name, or manual
    #[arg(long)]
    pub algorithm: Option<String>,
    /// Only with this label; "" for those without one
    #[arg(long)]
    pub tag: Option<String>,
    /// Date or RFC 3339 time
    #[arg(long)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside
    #[arg(long)]
    pub to: Option<String>,
    #[arg(long)]
    pub timezone: Option<String>,
}

/// All of them, oldest first.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    #[command(flatten)]
    pub which: WhichTrades,
    /// Only the newest so many
    #[arg(long)]
    pub limit: Option<usize>,
}

/// A page of them.
#[derive(Debug, Args)]
pub struct TradesArgs {
    #[command(flatten)]
    pub which: WhichTrades,
    /// time, coin, side, quantity, price, value, fee or algorithm
    #[arg(long)]
    pub sort: Option<String>,
    /// Least first
    #[arg(long)]
    pub ascending: bool,
    /// Sums by coin, side, algorithm, tag, day, month or year besides
    #[arg(long)]
    pub group: Option<String>,
    /// Begin after so many
    #[arg(long)]
    pub offset: Option<usize>,
    /// At most so many, 1,000 at most [default: 200]
    #[arg(long)]
    pub limit: Option<usize>,
}
