//! The words about movements and what needs doing in the books.

use clap::{Args, Subcommand};

/// What only the trader can say.
#[derive(Debug, Subcommand)]
pub enum BooksWords {
    /// What only you can settle in the books, each with the command that settles it
    Actions,
    /// What came and went without a trade, oldest first
    Movements {
        /// Only those that lack a reason or a value
        #[arg(long)]
        unresolved: bool,
        #[arg(long)]
        coin: Option<String>,
    },
    /// Say what a movement was; add one, or pair two
    #[command(args_conflicts_with_subcommands = true)]
    Movement {
        #[command(subcommand)]
        command: Option<MovementCommand>,
        #[command(flatten)]
        judge: JudgeArgs,
    },
    /// Say what a coin was worth at a moment
    Price {
        coin: String,
        /// AUD for one; none takes the word back
        price: String,
        /// The moment, such as a movement's time
        #[arg(long)]
        at: String,
    },
    /// Say whether a trade that was told twice is one
    Settle {
        /// The trade known first
        known: String,
        /// The later telling
        told: String,
        /// same (the first stands), corrected (the later takes its place) or both (two trades)
        #[arg(long = "as")]
        verdict: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum MovementCommand {
    /// Add what no file tells: an opening balance, a gift, income, money paid in, a transfer between algorithms
    Add(Box<AddArgs>),
    /// Two movements are one transfer between places of your own
    Pair {
        /// What left
        out: String,
        /// What arrived
        into: String,
    },
}

#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// The movement
    pub id: Option<String>,
    /// unknown, own_wallet, airdrop, staking, payment, gift, fee, lost or opening
    #[arg(long = "as")]
    pub why: Option<String>,
    /// What all of it was worth then, AUD
    #[arg(long)]
    pub value: Option<String>,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// RFC 3339 time, or a date
    #[arg(long)]
    pub time: String,
    /// cash, swap, between, or why coins moved
    #[arg(long)]
    pub kind: String,
    /// in or out, where both can be
    #[arg(long, default_value = "")]
    pub direction: String,
    #[arg(long, default_value = "")]
    pub coin: String,
    /// Coins, or AUD of cash
    #[arg(long)]
    pub quantity: String,
    /// What all of it was worth then, AUD
    #[arg(long, default_value = "")]
    pub value: String,
    /// AUD
    #[arg(long, default_value = "")]
    pub fee: String,
    /// Coins paid to the network on top
    #[arg(long, default_value = "")]
    pub network_fee: String,
    /// The other side
    #[arg(long, default_value = "")]
    pub party: String,
    /// The transaction's hash
    #[arg(long, default_value = "")]
    pub external_id: String,
    #[arg(long, default_value = "")]
    pub note: String,
    #[arg(long, default_value = "")]
    pub venue: String,
    /// What a swap brought
    #[arg(long, default_value = "")]
    pub to_coin: String,
    #[arg(long, default_value = "")]
    pub to_quantity: String,
    /// Between: whose they were (an algorithm, or manual)
    #[arg(long, default_value = "")]
    pub from: String,
    /// Between: whose they are
    #[arg(long, default_value = "")]
    pub to: String,
}

impl BooksWords {
    /// Whether it changes the workspace.
    pub const fn changes(&self) -> bool {
        matches!(self, Self::Movement { .. } | Self::Price { .. } | Self::Settle { .. })
    }
}
