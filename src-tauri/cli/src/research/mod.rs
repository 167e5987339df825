//! Research on the command line: one file a command, its words, what it asks for and how it is told.

mod backtest;
mod script;

pub use script::strategy;

use crate::commands::Done;
use crate::print::Out;
use clap::Subcommand;
use workstation::Workstation;

/// What is found out from what is stored. Nothing of it trades.
#[derive(Debug, Subcommand)]
pub enum ResearchWords {
    /// Run a strategy over history, through the same gate and books as on paper
    Backtest(backtest::BacktestArgs),
}

impl ResearchWords {
    /// Whether it changes the workspace.
    pub const fn changes(&self) -> bool {
        match self {
            Self::Backtest(_) => false,
        }
    }
}

/// What was asked.
pub async fn run(ws: &Workstation, asked: ResearchWords, out: &Out) -> Done {
    match asked {
        ResearchWords::Backtest(args) => backtest::run(ws, args, out).await,
    }
}
