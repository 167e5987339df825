//! A run as a report: what was run on what, what came of it against holding, and what no backtest can know.
//!
//! Nothing is computed here that the view doesn't say: figures, trades and months are the view's; the pictures show its equity
//! and the closes it walked over. The report is of history and says so across every page.

use super::Asked;
use crate::commands::reporting::{Job, fit, format, rendered, text, write};
use crate::dto::{BacktestRequest, BacktestTrade, BacktestView, FileReport, MetricView, SerialDecimal};
use crate::{Error, Result, Workstation};
use domain::{Candle, Coin, Decimal, Interval, Side, Timestamp};
use reports::{Cell, Chart, Column, Document, Drawn, EquityDay, Format, Sheet};
use research::sweep::data_hash;
use std::path::Path;
use std::sync::Arc;

/// Trades listed for a person; as JSON and CSV all of them.
const TRADES_SHOWN_MAX: usize = 5_000;
/// Points of the picture of a coin's prices.
const CLOSES_MAX: usize = 1_500;
/// Coins that have a picture of their prices.
const PICTURES_MAX: usize = 6;
/// Letters of a parameter that a cover has room for.
const PARAMETER_MAX: usize = 100;
/// Lies across every page.
pub(crate) const WATERMARK: &str = "BACKTEST";
const NOT_MODELLED: &str = "Not modelled: the queue at a price and what others do about an order; outages of the exchange; whether a bar's high or low \
came first; prices between bars, so that falls within a bar don't show; the volatile mode, mandates and the kill switch; tax, and interest on cash.";
const NO_PROMISE: &str = "A good backtest is no promise. What was tried before on the same prices, and kept because it looked well, counts against it.";

/// A coin as it was walked over.
struct Seen {
    coin: Coin,
    interval: Interval,
    /// The hash of its candles.
    data: String,
    first_open: Decimal,
    closes: Vec<(Timestamp, Decimal)>,
}

impl Workstation {
    /// Runs a strategy over history and writes a report of it, whole or not at all. The same candles, journal and moment give
    /// the same bytes.
    ///
    /// # Errors
    /// Those of [`Self::backtest`]; `report_not_available`, `not_a_file`; the file system's.
    pub async fn backtest_reported(
        &self,
        request: &BacktestRequest,
        out: &Path,
        generated_at: Option<Timestamp>,
        job: &Arc<Job>,
    ) -> Result<(BacktestView, FileReport)> {
        let format = format(&ending(out))?;
        // Before the work, not after it.
        fit(out)?;
        let view = self.backtest(request, job).await?;
        let asked = self.read_backtest(request).await?;
        let seen = self.walked_over(&asked, &view).await?;
        let mut trials = Vec::new();
        for lane in &seen {
            trials.push(self.trials_on(lane.coin, lane.interval, (view.from, view.to)).await?);
        }
        let generated_at = generated_at.unwrap_or_else(|| self.now());
        let mut document = document(&asked, &view, &seen, &trials, format, generated_at);
        self.mark_history(&mut document);
        seal(&mut document)?;
        let rows = view.trades.len() as u64;
        // The job of the run ended with it.
        let bytes = rendered(document, format, Arc::default()).await?;
        let file = write(out, rows, &bytes)?;
        Ok((view, file))
    }

    /// The same into the exports folder, under a name that says what it is.
    ///
    /// # Errors
    /// As [`Self::backtest_reported`].
    pub async fn backtest_to_exports(
        &self,
        request: &BacktestRequest,
        format: &str,
        job: &Arc<Job>,
    ) -> Result<FileReport> {
        let made = self.read_backtest(request).await?;
        let out = self.export_path(&format!("backtest-{}", made.strategy), format)?;
        Ok(self.backtest_reported(request, &out, None, job).await?.1)
    }

    /// What every report of history says of the workspace it was made in.
    pub(crate) fn mark_history(&self, document: &mut Document) {
        if self.home().is_demo() {
            document.watermark = Some("DEMO");
            document.about.insert(0, ("demo", "simulated world: no figure here is real".to_owned()));
        }
    }

    /// The candles the run walked over, once more: they must still be as many.
    async fn walked_over(&self, asked: &Asked, view: &BacktestView) -> Result<Vec<Seen>> {
        let mut all = Vec::with_capacity(asked.lanes.len());
        for ((coin, interval), lane) in asked.lanes.iter().zip(&view.coins) {
            let candles = self.backtest_candles(*coin, *interval, asked).await?;
            let end = |candle: &Candle| candle.time.plus_micros(interval.micros());
            let inside = |candle: &&Candle| end(candle) > view.from && end(candle) <= view.to;
            let candles: Vec<Candle> = candles.iter().filter(inside).copied().collect();
            if candles.len() as u64 != lane.bars {
                let words = format!("the candles of {coin} changed while the report was made: start it again");
                return Err(Error::refused("candles_changed", words));
            }
            let step = candles.len().div_ceil(CLOSES_MAX).max(1);
            // The last of every stretch, so that the very last is there.
            let closes = candles.rchunks(step).rev().filter_map(<[Candle]>::last);
            all.push(Seen {
                coin: *coin,
                interval: *interval,
                data: data_hash(*coin, *interval, &candles).to_string(),
                first_open: lane.first_open.decimal(),
                closes: closes.map(|candle| (end(candle), candle.close.decimal())).collect(),
            });
        }
        Ok(all)
    }
}

/// The ending of a file's name, which says its format.
pub(crate) fn ending(out: &Path) -> String {
    out.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Says in the document what its tables hash to.
pub(crate) fn seal(document: &mut Document) -> Result<()> {
    let content = document.content_sha256()?;
    document.about.push(("content sha256", content));
    Ok(())
}

fn document(
    asked: &Asked,
    view: &BacktestView,
    seen: &[Seen],
    trials: &[u64],
    format: Format,
    generated_at: Timestamp,
) -> Document {
    let coins: Vec<String> = seen.iter().map(|lane| format!("{} {}", lane.coin, lane.interval)).collect();
    let shown = if matches!(format, Format::Json | Format::Csv) { usize::MAX } else { TRADES_SHOWN_MAX };
    let mut notes: Vec<String> = view.note.iter().map(|note| format!("Unresolved: {note}.")).collect();
    notes.extend(view.notes.iter().cloned());
    if view.trades.len() > shown {
        let words = format!("The first {shown} of {} fills are listed; as JSON all of them.", view.trades.len());
        notes.push(words);
    }
    notes.extend([NOT_MODELLED.to_owned(), NO_PROMISE.to_owned()]);
    let mut sheets = vec![summary(view), counts(view), months(view), grid(view), trades(view, shown)];
    sheets.extend(refused(view));
    if view.limits_of != "wide" {
        sheets.push(limits(view));
    }
    if format == Format::Csv {
        sheets.swap(0, 4);
    }
    Document {
        title: format!("Backtest: {} on {}", view.strategy, coins.join(", ")),
        watermark: Some(WATERMARK),
        about: about(asked, view, seen, trials),
        notes,
        charts: charts(asked, view, seen),
        sheets,
        generated_at,
        zone: asked.zone,
        seal: None,
    }
}

/// Names and values in one line.
pub(crate) fn params(params: &std::collections::BTreeMap<String, String>) -> String {
    let one = |(name, value): (&String, &String)| {
        let mut shown: String = value.chars().take(PARAMETER_MAX).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        format!("{name}={shown}")
    };
    params.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn about(asked: &Asked, view: &BacktestView, seen: &[Seen], trials: &[u64]) -> Vec<(&'static str, String)> {
    let costs = &view.costs;
    let drawn = costs.seed.map_or_else(String::new, |seed| format!(" drawn by seed {seed}"));
    let share =
        costs.volume_share_bps.map_or_else(|| "all one wants".to_owned(), |bps| format!("{bps} bps of a bar's volume"));
    let resting = costs
        .offset_bps
        .zip(costs.resting_bars)
        .map_or_else(String::new, |(offset, bars)| format!(", {offset} bps better for {bars} bars"));
    let mut about = vec![
        ("strategy", format!("{}, code {}", view.strategy, view.code)),
        ("parameters", params(&view.params)),
        ("from", view.from.to_string()),
        ("to", view.to.to_string()),
        ("cash", format!("{} AUD, {} paid in altogether", view.initial_cash, view.paid_in)),
        ("execution", execution(&view.execution)),
        ("orders", format!("{}{resting}, {} bars late, up to {share}", view.orders_as, costs.latency_bars)),
        (
            "costs",
            format!(
                "fee {} bps, spread {} bps, slippage {} bps{drawn}",
                costs.fee_bps, costs.spread_bps, costs.slippage_bps
            ),
        ),
        ("least order", format!("{} AUD", costs.min_order_aud)),
        ("limits", format!("{}, capital {} % of the equity", view.limits_of, f64::from(asked.setup.capital.0) / 100.0)),
    ];
    for (lane, trials) in seen.iter().zip(trials) {
        let (coin, interval) = (lane.coin, lane.interval);
        about.push(("data", format!("{coin} {interval}: {}", lane.data)));
        about.push(("trials", format!("{trials} settings were ever tried on these {interval} candles of {coin}")));
    }
    about
}

fn execution(name: &str) -> String {
    match name {
        "next_open" => "next_open: decided at a close, met at the open of the next bar there is".to_owned(),
        "close" => "close: met at the very close it was decided at, where nobody can trade".to_owned(),
        other => other.to_owned(),
    }
}

pub(crate) fn percent(value: Option<SerialDecimal>) -> Cell {
    let share = value.and_then(|value| value.0.checked_mul(Decimal::ONE_HUNDRED));
    share.map_or(Cell::Empty, |share| Cell::Number(share.normalize().to_string()))
}

pub(crate) fn plain(value: Option<SerialDecimal>) -> Cell {
    value.map_or(Cell::Empty, |value| Cell::Number(value.to_string()))
}

pub(crate) fn count(value: u64) -> Cell {
    Cell::Number(value.to_string())
}

/// A figure, or in words why there is none.
pub(crate) fn or_why(view: &MetricView, shown: impl Fn(Option<SerialDecimal>) -> Cell) -> Cell {
    match (&view.value, &view.reason) {
        (None, Some(reason)) => text(reason.replace('_', " ")),
        (value, _) => shown(*value),
    }
}

fn summary(view: &BacktestView) -> Sheet {
    let sharpe = MetricView { value: view.sharpe, reason: view.sharpe_reason.clone() };
    let figure = |name: &str, shown: fn(Option<SerialDecimal>) -> Cell| {
        view.metrics.get(name).map_or(Cell::Empty, |metric| or_why(metric, shown))
    };
    let rows = [
        ("Paid in, AUD", plain(Some(view.paid_in))),
        ("Equity at the end, AUD", plain(Some(view.final_equity))),
        ("Return, %", percent(view.earned)),
        ("Holding instead, equity at the end, AUD", or_why(&view.buy_and_hold.final_equity, plain)),
        ("Holding instead, return, %", or_why(&view.buy_and_hold.earned, percent)),
        ("Deepest fall between bars, %", percent(view.max_drawdown)),
        ("Sharpe ratio of a year", or_why(&sharpe, plain)),
        ("Sortino ratio of a year", figure("sortino", plain)),
        ("Win rate, %", figure("win_rate", percent)),
        ("Profit factor", figure("profit_factor", plain)),
        ("Fees, AUD", plain(Some(view.fees))),
        ("Turnover, AUD", or_why(&view.turnover, plain)),
        ("Exposure, mean share of the equity in coins, %", percent(view.exposure)),
        ("Time in the market, % of bars", percent(view.time_in_market)),
    ];
    let rows = rows.into_iter().map(|(name, value)| vec![text(name), value]).collect();
    Sheet { name: "Summary", columns: vec![Column::of("figure"), Column::of("value").figures()], rows }
}

fn counts(view: &BacktestView) -> Sheet {
    let sales = view.trades.iter().filter(|trade| trade.side == Side::Sell).count() as u64;
    let rows = [
        ("Bars", view.bars),
        ("Orders", view.orders),
        ("Fills", view.fills),
        ("Sales", sales),
        ("Missing candles", view.missing),
        ("Orders after missing candles", view.late),
    ];
    let rows = rows.into_iter().map(|(name, value)| vec![text(name), count(value)]).collect();
    Sheet { name: "Counts", columns: vec![Column::of("what"), Column::of("how_many")], rows }
}

fn months(view: &BacktestView) -> Sheet {
    let columns = vec![
        Column::of("month"),
        Column::of("equity").aud(),
        Column::totalled("gain").aud(),
        Column::of("return_%").figures(),
        Column::of("deepest_fall_%").figures(),
        Column::totalled("buys"),
        Column::totalled("sells"),
    ];
    let row = |month: &crate::dto::BacktestMonth| {
        vec![
            text(&month.month),
            plain(month.equity),
            plain(month.gain),
            percent(month.earned),
            percent(month.drawdown),
            count(u64::from(month.buys)),
            count(u64::from(month.sells)),
        ]
    };
    Sheet { name: "Months", columns, rows: view.months.iter().map(row).collect() }
}

/// Of the grid, which has fourteen columns: to two places, and the months have every digit.
fn short(value: Option<SerialDecimal>) -> Cell {
    let share = value.and_then(|value| value.0.checked_mul(Decimal::ONE_HUNDRED));
    share.map_or(Cell::Empty, |share| Cell::Number(format!("{:.2}", share.round_dp(2))))
}

/// Returns with the years down and the months across.
fn grid(view: &BacktestView) -> Sheet {
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut columns = vec![Column::of("year")];
    columns.extend(names.map(Column::of));
    columns.push(Column::of("whole"));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let years = view.months.chunk_by(|a, b| a.month.get(..4) == b.month.get(..4));
    for year in years {
        let Some(name) = year.first().and_then(|month| month.month.get(..4)) else { continue };
        let mut row = vec![Cell::Empty; columns.len()];
        let mut chained = Some(Decimal::ONE);
        for month in year {
            let place = month.month.get(5..).and_then(|number| number.parse::<usize>().ok()).unwrap_or(0);
            if let Some(cell) = row.get_mut(place).filter(|_| place > 0) {
                *cell = short(month.earned);
            }
            let growth = month.earned.and_then(|earned| earned.0.checked_add(Decimal::ONE));
            chained = chained.zip(growth).and_then(|(sum, growth)| sum.checked_mul(growth));
        }
        if let Some(cell) = row.first_mut() {
            *cell = text(name);
        }
        if let Some(cell) = row.last_mut() {
            *cell = short(chained.map(|chained| SerialDecimal(chained - Decimal::ONE)));
        }
        rows.push(row);
    }
    Sheet { name: "Returns by month, %", columns, rows }
}

fn trades(view: &BacktestView, shown: usize) -> Sheet {
    let columns = vec![
        Column::of("time"),
        Column::of("coin"),
        Column::of("side"),
        Column::of("quantity"),
        Column::of("price"),
        Column::of("fee").aud(),
        Column::of("gain").aud(),
        Column::of("reason"),
    ];
    let row = |trade: &BacktestTrade| {
        vec![
            Cell::Time(trade.time),
            text(trade.coin),
            text(trade.side),
            Cell::Number(trade.quantity.to_string()),
            Cell::Number(trade.price.to_string()),
            plain(Some(trade.fee)),
            plain(trade.gain),
            trade.reason.as_ref().map_or(Cell::Empty, text),
        ]
    };
    Sheet { name: "Fills", columns, rows: view.trades.iter().take(shown).map(row).collect() }
}

fn refused(view: &BacktestView) -> Option<Sheet> {
    let row = |refused: &crate::dto::BacktestRefused| {
        vec![text(&refused.code), count(refused.count), Cell::Time(refused.first), text(&refused.message)]
    };
    let columns = vec![Column::of("code"), Column::of("times"), Column::of("first"), Column::of("then")];
    let rows: Vec<Vec<Cell>> = view.refused.iter().map(row).collect();
    (!rows.is_empty()).then_some(Sheet { name: "Refused", columns, rows })
}

fn limits(view: &BacktestView) -> Sheet {
    let row = |(name, value): (&String, &Option<SerialDecimal>)| vec![text(name), plain(*value)];
    let columns = vec![Column::of("limit"), Column::of("value")];
    Sheet { name: "Limits", columns, rows: view.limits.iter().map(row).collect() }
}

/// Whether something of a side was filled after one moment and by another.
fn done(view: &BacktestView, coin: Option<Coin>, side: Side, after: Timestamp, by: Timestamp) -> bool {
    let from = view.trades.partition_point(|trade| trade.time <= after);
    let rest = view.trades.iter().skip(from).take_while(|trade| trade.time <= by);
    rest.into_iter().any(|trade| trade.side == side && coin.is_none_or(|coin| trade.coin == coin))
}

fn days<'a>(
    asked: &'a Asked,
    view: &'a BacktestView,
    coin: Option<Coin>,
    points: impl Iterator<Item = (Timestamp, Decimal, Option<f64>)> + 'a,
) -> Vec<EquityDay> {
    let mut before = view.from.plus_micros(-1);
    let day = |(time, equity, drawdown): (Timestamp, Decimal, Option<f64>)| {
        let since = std::mem::replace(&mut before, time);
        EquityDay {
            label: time.to_utc().with_timezone(&asked.zone).format("%Y-%m-%d").to_string(),
            equity: Some(equity),
            drawdown,
            bought: done(view, coin, Side::Buy, since, time),
            sold: done(view, coin, Side::Sell, since, time),
        }
    };
    points.map(day).collect()
}

fn charts(asked: &Asked, view: &BacktestView, seen: &[Seen]) -> Vec<Chart> {
    let ratio = |value: SerialDecimal| f64::try_from(value.0).ok();
    let equity = view.equity.iter().map(|point| (point.time, point.equity.0, point.drawdown.and_then(ratio)));
    let equity = days(asked, view, None, equity);
    let held = if asked.setup.deposits.is_empty() { held(view, seen) } else { vec![] };
    let title = "Equity and its fall from the highest, AUD".to_owned();
    let mut charts = vec![Chart { title, drawn: Drawn::Run(equity, held), points: vec![] }];
    for lane in seen.iter().take(PICTURES_MAX) {
        let closes = lane.closes.iter().map(|(time, close)| (*time, *close, None));
        let drawn = Drawn::Traded(days(asked, view, Some(lane.coin), closes));
        let title = format!("{} {}: closes, AUD, and what was filled", lane.coin, lane.interval);
        charts.push(Chart { title, drawn, points: vec![] });
    }
    charts
}

/// What the same cash would have been worth in the coins, evenly and without fees, at each point of the equity.
fn held(view: &BacktestView, seen: &[Seen]) -> Vec<Option<Decimal>> {
    let share = view.initial_cash.0.checked_div(Decimal::from(seen.len().max(1)));
    let worth = |lane: &Seen, at: Timestamp| {
        let place = lane.closes.partition_point(|(time, _)| *time <= at);
        let price = place.checked_sub(1).and_then(|place| lane.closes.get(place)).map_or(lane.first_open, |of| of.1);
        share?.checked_mul(price)?.checked_div(lane.first_open)
    };
    let at = |time: Timestamp| {
        seen.iter().try_fold(Decimal::ZERO, |sum, lane| sum.checked_add(worth(lane, time)?)).map(|sum| sum.round_dp(2))
    };
    view.equity.iter().map(|point| at(point.time)).collect()
}
