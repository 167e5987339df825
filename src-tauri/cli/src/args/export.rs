//! The words of `omc export`.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// koinly, cointracking, syla or parquet
    pub layout: String,
    /// The file; of parquet the folder, which is taken whole
    #[arg(long)]
    pub out: PathBuf,
    #[command(flatten)]
    pub parquet: ParquetArgs,
}

/// Of parquet alone.
#[derive(Debug, Args, Default, PartialEq, Eq)]
pub struct ParquetArgs {
    /// Of parquet: candles, observations, trades, features [default: the first three]
    #[arg(long, value_delimiter = ',')]
    pub what: Vec<String>,
    /// Of parquet: only of these [default: all]
    #[arg(long = "coin", value_delimiter = ',')]
    pub coins: Vec<String>,
    /// Of parquet: of candles and features [default: those that are stored]
    #[arg(long = "interval", value_delimiter = ',')]
    pub intervals: Vec<String>,
    /// Of parquet: date or RFC 3339 time [default: everything]
    #[arg(long)]
    pub from: Option<String>,
    /// Of parquet: date or RFC 3339 time, itself outside [default: now]
    #[arg(long)]
    pub to: Option<String>,
    /// Of parquet: IANA zone of plain dates [default: Australia/Sydney]
    #[arg(long)]
    pub timezone: Option<String>,
    /// Of parquet: RFC 3339 time, in place of now: the same workspace and time give the same bytes
    #[arg(long)]
    pub generated_at: Option<String>,
}
