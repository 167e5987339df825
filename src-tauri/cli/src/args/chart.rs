//! The words of `omc chart`.

use super::EquityArgs;
use clap::Subcommand;
use std::path::PathBuf;

/// What can be drawn.
#[derive(Debug, Subcommand)]
pub enum ChartWords {
    /// What a book was worth day by day, its fall from the peak, and when something was bought and sold
    Equity {
        /// Its ending says how: .svg or .png
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        of: EquityArgs,
    },
}
