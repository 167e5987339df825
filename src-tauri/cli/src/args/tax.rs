//! The words about tax: years, filings, the law, parcels, what a sale would come to.

use clap::{Args, Subcommand};

/// A financial year, and what is said about tax.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct TaxWords {
    #[command(subcommand)]
    pub command: Option<TaxCommand>,
    #[command(flatten)]
    pub show: TaxArgs,
}

#[derive(Debug, Args)]
pub struct TaxArgs {
    /// The year it ends in: 2025 is 1 July 2024 to 30 June 2025
    #[arg(long, required = true)]
    pub fy: Option<i32>,
    /// fifo, lifo or hifo [default: what the year was filed by, or what is set]
    #[arg(long)]
    pub method: Option<String>,
    /// IANA zone [default: the workspace's]
    #[arg(long)]
    pub timezone: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum TaxCommand {
    /// Say that a year was filed: its method is set from then on
    File {
        #[arg(long)]
        fy: i32,
        /// fifo, lifo or hifo
        #[arg(long)]
        method: Option<String>,
        #[arg(long)]
        timezone: Option<String>,
        /// Your words; they are kept
        #[arg(long)]
        note: Option<String>,
        /// The net capital gain you looked at: with another one nothing is filed
        #[arg(long, value_name = "AUD")]
        expect_net: Option<String>,
        /// Only show what would be filed
        #[arg(long)]
        preview: bool,
    },
    /// What is set for the tax rules
    Settings,
    /// Set a rate, a method, an index number: NAME=VALUE …, an empty value takes one back
    Set {
        #[arg(required = true, value_name = "NAME=VALUE")]
        changes: Vec<String>,
    },
    /// The rules and the years they begin, or say that those of 1 July 2027 are law
    Regime {
        /// They are law
        #[arg(long)]
        confirm: bool,
        /// They are not, after all
        #[arg(long, conflicts_with = "confirm")]
        revoke: bool,
    },
    /// Note what coins were worth at the end of 30 June 2027
    Snapshot {
        /// A price you know
        #[arg(long = "price", value_name = "COIN=AUD")]
        prices: Vec<String>,
    },
}

impl TaxWords {
    /// Whether it changes the workspace.
    pub const fn changes(&self) -> bool {
        match &self.command {
            None | Some(TaxCommand::Settings) => false,
            Some(TaxCommand::File { preview, .. }) => !*preview,
            Some(TaxCommand::Regime { confirm, revoke }) => *confirm || *revoke,
            Some(TaxCommand::Set { .. } | TaxCommand::Snapshot { .. }) => true,
        }
    }
}

/// Open parcels, or the parcels of a sale.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ParcelWords {
    #[command(subcommand)]
    pub command: Option<ParcelCommand>,
    #[command(flatten)]
    pub show: ParcelArgs,
}

#[derive(Debug, Args)]
pub struct ParcelArgs {
    /// paper or live [default: live]
    #[arg(long)]
    pub book: Option<String>,
    #[arg(long)]
    pub coin: Option<String>,
    /// fifo, lifo or hifo, for years that nobody filed
    #[arg(long)]
    pub method: Option<String>,
    #[arg(long)]
    pub limit: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub enum ParcelCommand {
    /// Pick the parcels of a sale: PARCEL=QUANTITY …, in the order they go
    Pick {
        /// The id of a trade or an order
        sale: String,
        #[arg(required_unless_present = "clear", value_name = "PARCEL=QUANTITY")]
        parcels: Vec<String>,
        /// Leave the sale to the method again
        #[arg(long, conflicts_with = "parcels")]
        clear: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum WhatIf {
    /// Sell some of a coin
    Sell {
        coin: String,
        /// Coins
        quantity: String,
        /// AUD for one [default: the bid]
        #[arg(long, value_name = "PRICE")]
        at: Option<String>,
        /// paper or live [default: live]
        #[arg(long)]
        book: Option<String>,
        /// At the instant fee
        #[arg(long)]
        instant: bool,
    },
}
