//! Research on the command line: one file a command, its words, what it asks for and how it is told.

mod backtest;
mod features;
mod runs;
mod script;
mod sweep;
mod train;
mod truth;
mod watched;

pub use script::strategy;
pub use watched::watched;

use crate::commands::Done;
use crate::print::Out;
use clap::Subcommand;
use workstation::Workstation;

/// What is found out from what is stored. Nothing of it trades.
#[derive(Debug, Subcommand)]
pub enum ResearchWords {
    /// Run a strategy over history, through the same gate and books as on paper
    Backtest(backtest::BacktestArgs),
    /// What was known about a coin at each close, as numbers
    Features(features::FeaturesArgs),
    /// Examine a strategy: walk forward, controls, stress, all trials counted, look-ahead checks
    Evaluate(Box<truth::EvaluateArgs>),
    /// Run a strategy at many settings, over coins and intervals; goes on where it was ended
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Sweep(sweep::SweepWords),
    /// Backtests and examinations that are kept: those of the window, and those run with --keep
    Runs(runs::RunsWords),
    /// How many settings were ever tried on the same prices
    Trials(sweep::TrialsArgs),
    /// Train a model, told by what it did where it was not trained; what is kept is a strategy like any other
    Train(Box<train::TrainArgs>),
    /// The models there are
    Models {
        #[command(subcommand)]
        command: Option<train::ModelsCommand>,
    },
}

impl ResearchWords {
    /// Whether it changes the workspace.
    pub const fn changes(&self) -> bool {
        match self {
            Self::Backtest(_)
            | Self::Features(_)
            | Self::Evaluate(_)
            | Self::Sweep(_)
            | Self::Runs(_)
            | Self::Trials(_)
            | Self::Train(_)
            | Self::Models { .. } => false,
        }
    }
}

/// What was asked.
pub async fn run(ws: &Workstation, asked: ResearchWords, out: &Out) -> Done {
    match asked {
        ResearchWords::Backtest(args) => backtest::run(ws, args, out).await,
        ResearchWords::Features(args) => features::run(ws, args, out).await,
        ResearchWords::Evaluate(args) => truth::run(ws, *args, out).await,
        ResearchWords::Sweep(words) => sweep::run(ws, words, out).await,
        ResearchWords::Runs(words) => runs::run(ws, words, out).await,
        ResearchWords::Trials(args) => sweep::trials(ws, args, out).await,
        ResearchWords::Train(args) => train::run(ws, *args, out).await,
        ResearchWords::Models { command } => train::models(ws, command, out).await,
    }
}
