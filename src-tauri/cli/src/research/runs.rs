//! `omc runs`: what was run and kept, here or in the window.

use crate::commands::Done;
use crate::print::{Out, table};
use clap::{Args, Subcommand};
use workstation::Workstation;
use workstation::dto::{KeptRow, KeptRun, KeptRuns, SerialDecimal};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RunsWords {
    #[command(subcommand)]
    command: Option<RunsCommand>,
}

#[derive(Debug, Subcommand)]
enum RunsCommand {
    /// One of them in full, and what changed since it ran
    Show {
        /// Its id
        id: String,
    },
}

/// Those that are kept, or one.
pub async fn run(ws: &Workstation, asked: RunsWords, out: &Out) -> Done {
    match asked.command {
        None => out.result(&ws.kept_runs().await?, listed),
        Some(RunsCommand::Show { id }) => out.result(&ws.kept_run(&id).await?, shown),
    }
}

/// Says where a run that was just made is kept, or why it is not.
pub fn say_kept(row: &KeptRow, not_kept: Option<&str>, out: &Out) {
    match not_kept {
        None => out.say(&format!("kept as {}", row.id)),
        Some(why) => out.say(&format!("not kept: {why}")),
    }
}

fn percent(value: Option<SerialDecimal>) -> String {
    value.map_or_else(|| "-".to_owned(), SerialDecimal::to_percent_text)
}

fn cells(row: &KeptRow) -> Vec<String> {
    let set = row.params.iter().filter(|(name, _)| *name != "share" && *name != "source");
    let params: Vec<String> = set.map(|(name, value)| format!("{name}={value}")).collect();
    let coins: Vec<String> = row.data.iter().map(|lane| format!("{} {}", lane.coin, lane.interval)).collect();
    vec![
        row.id.clone(),
        row.at.to_string(),
        row.kind.clone(),
        format!("{} {}", row.strategy, params.join(" ")).trim_end().to_owned(),
        coins.join(", "),
        percent(row.earned),
        percent(row.hold),
        percent(row.max_drawdown),
        row.trades.to_string(),
        row.verdict.clone().unwrap_or_default(),
    ]
}

const HEADER: [&str; 10] =
    ["id", "ran", "kind", "strategy", "candles", "return", "held", "deepest", "trades", "verdict"];

fn listed(view: &KeptRuns) -> String {
    if view.runs.is_empty() {
        return "No run is kept yet: those of the window are, and with --keep those of omc.".to_owned();
    }
    let rows: Vec<_> = view.runs.iter().map(cells).collect();
    table(&HEADER, &[5, 6, 7, 8], &rows)
}

fn shown(view: &KeptRun) -> String {
    let mut out: String = view.changed.iter().map(|words| format!("since it ran: {words}\n")).collect();
    out.push_str(&table(&HEADER, &[5, 6, 7, 8], &[cells(&view.run)]));
    for lane in &view.run.data {
        out.push_str(&format!("\n{} {} · {} candles · data {}", lane.coin, lane.interval, lane.candles, lane.data));
    }
    out.push_str("\nAll of it: --json");
    out
}
