//! The words about algorithms.

use clap::{Args, Subcommand};

/// What trades by itself.
#[derive(Debug, Subcommand)]
pub enum AlgorithmWords {
    /// The strategies an algorithm can be made of, and what can be set
    Strategies,
    /// All algorithms and how they stand
    #[command(args_conflicts_with_subcommands = true)]
    Algorithms {
        #[command(subcommand)]
        command: Option<AlgorithmsCommand>,
    },
    /// Describe an algorithm, the first time or anew
    Algorithm {
        #[command(subcommand)]
        command: AlgorithmCommand,
    },
    /// Take an algorithm from draft to paper, or from paper live
    Promote {
        name: String,
        /// UNPROVEN takes a version live that has not run on paper for long enough
        #[arg(long)]
        word: Option<String>,
    },
    /// Hold an algorithm: what it holds stays, and so does what rests
    Pause {
        name: String,
        /// Take back what rests
        #[arg(long)]
        cancel: bool,
    },
    /// Let a paused algorithm go on
    Resume { name: String },
    /// End an algorithm and take back its orders
    #[command(group = clap::ArgGroup::new("what").required(true))]
    Stop {
        name: String,
        /// Sell what it holds, at once
        #[arg(long, group = "what")]
        close: bool,
        /// Keep what it holds
        #[arg(long, group = "what")]
        keep: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum AlgorithmsCommand {
    /// One in full: versions, signals, orders
    Show { name: String },
}

#[derive(Debug, Subcommand)]
pub enum AlgorithmCommand {
    /// A new one: a draft until it is promoted
    Add(MadeOf),
    /// Another version of one: a draft again
    Edit(MadeOf),
}

#[derive(Debug, Args)]
pub struct MadeOf {
    pub name: String,
    /// One of `omc strategies`
    #[arg(long)]
    pub strategy: String,
    /// Such as BTC,ETH
    #[arg(long, value_delimiter = ',', required = true)]
    pub coins: Vec<String>,
    /// 1m, 5m, 15m, 1h, 4h or 1d
    #[arg(long)]
    pub interval: String,
    /// Percent of its book's equity
    #[arg(long, allow_negative_numbers = true)]
    pub capital: String,
    /// A parameter of the strategy
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// book (at the best price, taken back after one candle) or instant (at once, at the instant fee)
    #[arg(long)]
    pub orders: Option<String>,
}

impl AlgorithmWords {
    /// Whether it changes the workspace.
    pub const fn changes(&self) -> bool {
        !matches!(self, Self::Strategies | Self::Algorithms { .. })
    }
}
