//! The words of `omc equity`.

use super::BookArg;
use clap::Args;

#[derive(Debug, Args)]
pub struct EquityArgs {
    #[arg(long, value_enum, default_value = "live")]
    pub book: BookArg,
    /// Date or RFC 3339 time [default: the first day anything happened]
    #[arg(long)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside [default: now]
    #[arg(long)]
    pub to: Option<String>,
    /// day, week or month [default: day]
    #[arg(long)]
    pub by: Option<String>,
    /// fifo, lifo, hifo or average [default: fifo]
    #[arg(long)]
    pub method: Option<String>,
    /// IANA zone [default: the workspace's]
    #[arg(long)]
    pub timezone: Option<String>,
}
