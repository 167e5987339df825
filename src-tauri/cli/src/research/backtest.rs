//! `omc backtest`.

use super::watched::watched;
use crate::commands::{Done, pairs};
use crate::print::{Out, table};
use crate::words::{aud, aud_or_dash};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;
use workstation::commands::Job;
use workstation::dto::{BacktestDeposit, BacktestRequest, BacktestView, MetricView, SerialDecimal};
use workstation::{Error, Timestamp, Workstation};

#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// One of `omc strategies`, or a script's file, which ends in .star
    #[arg(long)]
    pub strategy: String,
    /// Such as BTC, or BTC,ETH with one wallet; ETH:4h is a coin with an interval of its own
    #[arg(long = "coin", value_delimiter = ',', required = true)]
    pub coins: Vec<String>,
    /// 1m, 5m, 15m, 1h, 4h or 1d
    #[arg(long)]
    pub interval: String,
    /// Date or RFC 3339 time; candles before it only warm up [default: all candles]
    #[arg(long)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside [default: now]
    #[arg(long)]
    pub to: Option<String>,
    /// IANA zone of plain dates, and of the result's days and months [default: the workspace's]
    #[arg(long)]
    pub timezone: Option<String>,
    /// A parameter of the strategy
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// AUD to begin with [default: 10000]
    #[arg(long, allow_negative_numbers = true)]
    pub cash: Option<String>,
    /// The fee in hundredths of a percent [default: 10 on the book, 100 instant]
    #[arg(long)]
    pub fee_bps: Option<u32>,
    /// Between bid and ask, in hundredths of a percent [default: 0]
    #[arg(long)]
    pub spread_bps: Option<u32>,
    /// Beyond that, worse for whoever trades [default: 0]
    #[arg(long)]
    pub slippage_bps: Option<u32>,
    /// Draw the slippage for each bar, from nothing to twice as much
    #[arg(long)]
    pub seed: Option<u64>,
    /// Bars an order is late [default: 0]
    #[arg(long)]
    pub latency_bars: Option<u32>,
    /// The share of a bar's volume that may be traded in it, in hundredths of a percent [default: all one wants]
    #[arg(long)]
    pub volume_share_bps: Option<u32>,
    /// AUD an order must be worth [default: a cent]
    #[arg(long)]
    pub min_order: Option<String>,
    /// book, instant or resting [default: book]
    #[arg(long)]
    pub orders: Option<String>,
    /// Of resting orders: how much better than the market, in hundredths of a percent
    #[arg(long)]
    pub offset_bps: Option<u32>,
    /// Of resting orders: bars they rest
    #[arg(long)]
    pub resting_bars: Option<u32>,
    /// next_open or close [default: next_open]
    #[arg(long)]
    pub execution: Option<String>,
    /// wide, or paper for those of the paper book [default: wide]
    #[arg(long)]
    pub limits: Option<String>,
    /// Percent of the equity it may use [default: 100]
    #[arg(long)]
    pub capital: Option<String>,
    /// Money paid in later, such as 2023-07-01=500; below zero it is taken out
    #[arg(long = "deposit", value_name = "TIME=AUD")]
    pub deposits: Vec<String>,
    /// Keep the result with its settings and the hash of its candles: `omc runs`
    #[arg(long)]
    pub keep: bool,
    /// Write a report too: its ending says the format, pdf, html, json, xlsx or csv
    #[arg(long, value_name = "FILE", conflicts_with = "keep")]
    pub report: Option<PathBuf>,
    /// Of the report: RFC 3339 time, in place of now
    #[arg(long, requires = "report")]
    pub generated_at: Option<String>,
}

impl BacktestArgs {
    /// Where a report is wanted, and of when.
    pub fn report(&self) -> Result<Option<(PathBuf, Option<Timestamp>)>, Error> {
        let bad = |_| Error::usage("bad_time", "--generated-at is a time such as 2025-07-01T00:00:00Z");
        let at = self.generated_at.as_deref().map(Timestamp::parse).transpose().map_err(bad)?;
        Ok(self.report.clone().map(|file| (file, at)))
    }

    /// What the workstation is asked.
    pub fn request(self) -> Result<BacktestRequest, Error> {
        let deposit = |text: &String| {
            let bad = || Error::usage("bad_setting", format!("'{text}' is not TIME=AUD, such as 2023-07-01=500"));
            let (time, aud) = text.split_once('=').ok_or_else(bad)?;
            Ok(BacktestDeposit { time: time.to_owned(), aud: aud.to_owned() })
        };
        let mut params = pairs("bad_parameter", "fast=10", &self.params)?;
        Ok(BacktestRequest {
            strategy: super::script::strategy(self.strategy, &mut params)?,
            coins: self.coins,
            interval: self.interval,
            from: self.from,
            to: self.to,
            timezone: self.timezone,
            params,
            cash: self.cash,
            fee_bps: self.fee_bps,
            spread_bps: self.spread_bps,
            slippage_bps: self.slippage_bps,
            seed: self.seed,
            latency_bars: self.latency_bars,
            volume_share_bps: self.volume_share_bps,
            min_order_aud: self.min_order,
            orders: self.orders,
            offset_bps: self.offset_bps,
            resting_bars: self.resting_bars,
            execution: self.execution,
            limits: self.limits,
            capital_pct: self.capital,
            deposits: self.deposits.iter().map(deposit).collect::<Result<_, Error>>()?,
        })
    }
}

/// Runs it, with progress where somebody watches.
pub async fn run(ws: &Workstation, args: BacktestArgs, out: &Out) -> Done {
    let report = args.report()?;
    let keep = args.keep;
    let request = args.request()?;
    let job = Arc::<Job>::default();
    if let Some((file, at)) = report {
        let (view, file) = watched(ws.backtest_reported(&request, &file, at, &job), &job, "bars", out).await?;
        out.result(&view, words)?;
        out.say(&format!("{} · sha256 {}", file.file, file.sha256));
        return Ok(());
    }
    let view = if keep {
        let ran = watched(ws.backtest_kept(&request, &job), &job, "bars", out).await?;
        super::runs::say_kept(&ran.run, ran.not_kept.as_deref(), out);
        ran.result
    } else {
        watched(ws.backtest(&request, &job), &job, "bars", out).await?
    };
    out.result(&view, words)
}

fn percent(value: Option<SerialDecimal>) -> String {
    value.map_or_else(|| "-".to_owned(), SerialDecimal::to_percent_text)
}

fn or_why(view: &MetricView, shown: impl Fn(SerialDecimal) -> String) -> String {
    match (view.value, &view.reason) {
        (Some(value), _) => shown(value),
        (None, Some(reason)) => format!("({reason})"),
        (None, None) => "-".to_owned(),
    }
}

fn words(view: &BacktestView) -> String {
    let mut out = String::new();
    for note in view.note.iter().chain(&view.notes) {
        out.push_str(&format!("note: {note}\n"));
    }
    let params: Vec<String> = view.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let coins: Vec<String> = view.coins.iter().map(|coin| format!("{} {}", coin.coin, coin.interval)).collect();
    out.push_str(&format!(
        "{} ({}) · {} · {} to {} · {}\n\n",
        view.strategy,
        params.join(" "),
        coins.join(", "),
        view.from,
        view.to,
        view.execution
    ));
    out.push_str(&table(&["figure", ""], &[1], &figures(view)));
    let months: Vec<_> = view.months.iter().map(month).collect();
    out.push_str(&format!(
        "\n\n{}",
        table(&["month", "equity", "gain", "return", "deepest", "buys", "sells"], &[1, 2, 3, 4, 5, 6], &months)
    ));
    if !view.refused.is_empty() {
        let rows: Vec<_> = view
            .refused
            .iter()
            .map(|row| vec![row.code.clone(), row.count.to_string(), row.first.to_string(), row.message.clone()])
            .collect();
        out.push_str(&format!("\n\n{}", table(&["refused", "times", "first", "then"], &[1], &rows)));
    }
    out
}

fn figures(view: &BacktestView) -> Vec<Vec<String>> {
    let sharpe = MetricView { value: view.sharpe, reason: view.sharpe_reason.clone() };
    let rows = [
        ("bars", view.bars.to_string()),
        ("orders", view.orders.to_string()),
        ("fills", view.fills.to_string()),
        ("paid in, AUD", aud(view.paid_in)),
        ("final equity, AUD", aud(view.final_equity)),
        ("return", percent(view.earned)),
        ("holding instead", or_why(&view.buy_and_hold.earned, SerialDecimal::to_percent_text)),
        ("deepest fall", percent(view.max_drawdown)),
        ("Sharpe", or_why(&sharpe, |value| format!("{:.2}", value.0))),
        ("fees, AUD", aud(view.fees)),
        ("turnover, AUD", or_why(&view.turnover, aud)),
        ("exposure", percent(view.exposure)),
        ("time in the market", percent(view.time_in_market)),
    ];
    rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
}

fn month(month: &workstation::dto::BacktestMonth) -> Vec<String> {
    vec![
        month.month.clone(),
        aud_or_dash(month.equity),
        aud_or_dash(month.gain),
        percent(month.earned),
        percent(month.drawdown),
        month.buys.to_string(),
        month.sells.to_string(),
    ]
}
