//! `omc sweep`, `omc sweep merge` and `omc trials`.

use super::watched::watched;
use crate::commands::{Done, pairs};
use crate::print::{Out, table};
use crate::words::aud;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::sync::Arc;
use workstation::commands::Job;
use workstation::dto::{SerialDecimal, SweepHeat, SweepLook, SweepPoint, SweepRequest, SweepView, TrialsView};
use workstation::{Error, Workstation};

/// Wider heat maps are in the JSON.
const HEAT_COLUMNS_MAX: usize = 25;

#[derive(Debug, Args)]
pub struct SweepWords {
    #[command(subcommand)]
    pub command: Option<SweepCommand>,
    #[command(flatten)]
    pub args: SweepArgs,
}

#[derive(Debug, Subcommand)]
pub enum SweepCommand {
    /// Put the files of a sweep's shards together
    Merge {
        /// Files that `omc sweep --shard … --out` wrote
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Where the whole is written
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        look: LookArgs,
    },
}

#[derive(Debug, Args)]
pub struct SweepArgs {
    /// One of `omc strategies`, or a script's file, which ends in .star
    #[arg(long, required = true)]
    pub strategy: Option<String>,
    /// Such as fast=5..53:2, both ends inside, or slow=50,100,200; costs too: fee_bps=0,10, spread_bps, slippage_bps, latency_bars
    #[arg(long = "grid", value_name = "NAME=VALUES", required = true)]
    pub axes: Vec<String>,
    /// A parameter that stays as it is set
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Such as BTC, or BTC,ETH: each with a wallet of its own
    #[arg(long = "coin", value_delimiter = ',', required = true)]
    pub coins: Vec<String>,
    /// 1m, 5m, 15m, 1h, 4h or 1d, or several
    #[arg(long = "interval", value_delimiter = ',', required = true)]
    pub intervals: Vec<String>,
    /// Date or RFC 3339 time; candles before it only warm up [default: all candles]
    #[arg(long)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside [default: now]
    #[arg(long)]
    pub to: Option<String>,
    /// IANA zone of plain dates [default: the workspace's]
    #[arg(long)]
    pub timezone: Option<String>,
    /// AUD to begin with at every point [default: 10000]
    #[arg(long, allow_negative_numbers = true)]
    pub cash: Option<String>,
    /// The fee in hundredths of a percent [default: 10]
    #[arg(long)]
    pub fee_bps: Option<u32>,
    /// Only one of several parts, such as 2/4
    #[arg(long, value_name = "PART/OF")]
    pub shard: Option<String>,
    /// Threads [default: all processors]
    #[arg(long)]
    pub threads: Option<usize>,
    /// Run it on a Ray cluster: ray://HOST:PORT, ray://auto, or ray://local for one that is started here
    #[arg(long, value_name = "CLUSTER")]
    pub on: Option<String>,
    /// Machines the cluster must have [default: 1]
    #[arg(long, requires = "on")]
    pub nodes: Option<u32>,
    /// Where the cluster's machines have omc [default: this program is sent along]
    #[arg(long, value_name = "PATH", requires = "on")]
    pub worker_omc: Option<String>,
    /// Where all results are written, as JSON Lines
    #[arg(long)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub look: LookArgs,
}

#[derive(Debug, Args)]
pub struct LookArgs {
    /// return, sharpe or drawdown [default: return]
    #[arg(long)]
    pub by: Option<String>,
    /// How many of the best are shown [default: 20]
    #[arg(long)]
    pub top: Option<usize>,
}

#[derive(Debug, Args)]
pub struct TrialsArgs {
    #[arg(long)]
    pub coin: String,
    /// 1m, 5m, 15m, 1h, 4h or 1d
    #[arg(long)]
    pub interval: String,
    /// Date or RFC 3339 time [default: the beginning]
    #[arg(long)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside [default: no end]
    #[arg(long)]
    pub to: Option<String>,
    /// IANA zone of plain dates [default: the workspace's]
    #[arg(long)]
    pub timezone: Option<String>,
}

impl LookArgs {
    fn look(self) -> SweepLook {
        SweepLook { by: self.by, top: self.top }
    }
}

fn request(args: SweepArgs) -> Result<SweepRequest, Error> {
    let mut params = pairs("bad_parameter", "fast=10", &args.params)?;
    Ok(SweepRequest {
        strategy: super::script::strategy(args.strategy.unwrap_or_default(), &mut params)?,
        axes: args.axes,
        params,
        coins: args.coins,
        intervals: args.intervals,
        from: args.from,
        to: args.to,
        timezone: args.timezone,
        cash: args.cash,
        fee_bps: args.fee_bps,
        shard: args.shard,
        threads: args.threads,
        on: args.on,
        nodes: args.nodes,
        worker_omc: args.worker_omc,
        look: args.look.look(),
    })
}

/// Runs it, with progress where somebody watches; or puts parts together.
pub async fn run(ws: &Workstation, words: SweepWords, out: &Out) -> Done {
    let args = match words {
        SweepWords { command: Some(SweepCommand::Merge { files, out: file, look }), .. } => {
            return out.result(&ws.sweep_merge(&files, file.as_deref(), &look.look()).await?, told);
        }
        SweepWords { command: None, args } => args,
    };
    let file = args.out.clone();
    let (request, job) = (request(args)?, Arc::<Job>::default());
    let asked = ws.sweep(&request, file.as_deref(), &job);
    let view = watched(asked, &job, "points", out).await?;
    out.result(&view, told)
}

/// How often something was tried.
pub async fn trials(ws: &Workstation, args: TrialsArgs, out: &Out) -> Done {
    let TrialsArgs { coin, interval, from, to, timezone } = args;
    let view = ws.trials(&coin, &interval, from.as_deref(), to.as_deref(), timezone.as_deref()).await?;
    out.result(&view, tried)
}

fn told(view: &SweepView) -> String {
    let mut out: String = view.notes.iter().map(|note| format!("note: {note}\n")).collect();
    let axes: Vec<String> =
        view.axes.iter().map(|axis| format!("{} values of {}", axis.values.len(), axis.name)).collect();
    let part = view.shard.as_ref().map_or_else(String::new, |shard| format!(" · part {shard}"));
    let is_fee_swept = view.axes.iter().any(|axis| axis.name == "fee_bps");
    let fee = if is_fee_swept { String::new() } else { format!(" · fee {} bps", view.fee_bps) };
    let (axes, cash) = (axes.join(", "), view.cash);
    out.push_str(&format!("{} · {axes} · {cash} AUD{fee} · {}{part}\n", view.strategy, view.execution));
    for lane in &view.lanes {
        out.push_str(&format!(
            "{} {} · {} to {} · {} candles · {} trials on these prices in all\n",
            lane.coin, lane.interval, lane.from, lane.to, lane.candles, lane.trials
        ));
    }
    let left: Vec<String> = view.left.iter().map(|(code, count)| format!(", {count} left out ({code})")).collect();
    out.push_str(&format!("{} of {} points ran{}; the best by {}:\n\n", view.ran, view.points, left.concat(), view.by));
    let header = [
        "coin", "interval", "setting", "equity", "return", "deepest", "Sharpe", "exposure", "buys", "sells", "fees", "",
    ];
    out.push_str(&table(&header, &[3, 4, 5, 6, 7, 8, 9, 10], &view.top.iter().map(point).collect::<Vec<_>>()));
    for heat in view.heat.iter().filter(|heat| heat.xs.len() <= HEAT_COLUMNS_MAX) {
        out.push_str(&format!("\n\n{} {}: {} across, {} down\n", heat.coin, heat.interval, heat.x, heat.y));
        out.push_str(&warm(heat, &view.by));
    }
    out
}

fn percent(ratio: f64) -> String {
    format!("{:+.2} %", ratio * 100.0)
}

fn point(point: &SweepPoint) -> Vec<String> {
    let setting: Vec<String> = point.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    vec![
        point.coin.clone(),
        point.interval.clone(),
        setting.join(" "),
        aud(SerialDecimal(point.final_equity.0)),
        percent(point.earned),
        percent(point.max_drawdown),
        point.sharpe.map_or_else(|| "-".to_owned(), |sharpe| format!("{sharpe:.2}")),
        percent(point.exposure),
        point.entries.to_string(),
        point.exits.to_string(),
        aud(SerialDecimal(point.fees.0)),
        point.note.clone().unwrap_or_default(),
    ]
}

fn warm(heat: &SweepHeat, by: &str) -> String {
    let shown = |cell: &Option<f64>| match cell {
        None => "-".to_owned(),
        Some(figure) if by == "sharpe" => format!("{figure:.2}"),
        Some(ratio) => format!("{:+.1}", ratio * 100.0),
    };
    let line = |(name, cells): (&String, &Vec<Option<f64>>)| {
        std::iter::once(name.clone()).chain(cells.iter().map(shown)).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = heat.ys.iter().zip(&heat.cells).map(line).collect();
    let header: Vec<&str> = std::iter::once("").chain(heat.xs.iter().map(String::as_str)).collect();
    let right: Vec<usize> = (0..header.len()).collect();
    table(&header, &right, &rows)
}

fn tried(view: &TrialsView) -> String {
    let row = |row: &workstation::dto::TrialsRow| {
        let id = row.id.chars().take(12).collect();
        let (at, from, to) = (row.at.to_string(), row.from.to_string(), row.to.to_string());
        vec![at, row.strategy.clone(), row.trials.to_string(), from, to, id]
    };
    let rows: Vec<Vec<String>> = view.made.iter().map(row).collect();
    format!(
        "{} settings were tried on {} {}\n\n{}",
        view.trials,
        view.coin,
        view.interval,
        table(&["when", "strategy", "trials", "from", "to", "id"], &[2], &rows)
    )
}
