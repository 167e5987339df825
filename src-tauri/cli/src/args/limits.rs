//! `omc limits`.

use super::BookArg;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum LimitsSet {
    /// Change limits: NAME=VALUE …
    Set {
        #[arg(required = true, value_name = "NAME=VALUE")]
        changes: Vec<String>,
        #[arg(long, value_enum, default_value = "paper")]
        book: BookArg,
        /// Meant, though it lets more through with real money
        #[arg(long)]
        yes_loosen: bool,
    },
}

/// Starting a drawdown anew.
#[derive(Debug, Args)]
pub struct LimitsAnew {
    /// Start a book's drawdown anew: its highest is what it is worth now
    #[arg(long, requires = "book")]
    pub reset_peak: bool,
    /// Of which book
    #[arg(long, value_enum, requires = "reset_peak")]
    pub book: Option<BookArg>,
    /// Meant, though it lets more through with real money
    #[arg(long, requires = "reset_peak")]
    pub yes_loosen: bool,
}
