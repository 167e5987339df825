//! What the live books hold in the layouts of other programs: trades, and what came and went without one.

mod movements;

use super::{number, text, write};
use crate::commands::books::trade_view;
use crate::dto::{FileReport, TradeView};
use crate::{Error, Result, Workstation};
use books::Told;
use domain::{Book, Coin, Moved, Side};
use reports::Cell;
use std::path::Path;
use store::TradeFilter;

/// Which program's layout an export has.
const EXPORTS: [(&str, &[&str]); 3] = [
    (
        "koinly",
        &[
            "Date",
            "Sent Amount",
            "Sent Currency",
            "Received Amount",
            "Received Currency",
            "Fee Amount",
            "Fee Currency",
            "Net Worth Amount",
            "Net Worth Currency",
            "Label",
            "Description",
            "TxHash",
        ],
    ),
    (
        "cointracking",
        &[
            "Type",
            "Buy Amount",
            "Buy Currency",
            "Sell Amount",
            "Sell Currency",
            "Fee",
            "Fee Currency",
            "Exchange",
            "Trade-Group",
            "Comment",
            "Date",
        ],
    ),
    ("syla", &["Date", "Ledger Type", "Amount", "Asset", "Market Value", "Description", "Transaction Hash"]),
];

/// The coins a movement speaks of.
pub(super) fn coins_of(what: &Moved) -> [Option<Coin>; 2] {
    match what {
        Moved::Cash { .. } => [None, None],
        Moved::Coins { coin, .. } | Moved::Between { coin, .. } => [Some(*coin), None],
        Moved::Swap { gave, got, .. } => [Some(*gave), Some(*got)],
    }
}

impl Workstation {
    /// Writes the live trades and movements in the layout of another program.
    ///
    /// # Errors
    /// `export_not_available`, `not_a_file`; the store's, the file system's.
    pub async fn export(&self, layout: &str, out: &Path) -> Result<FileReport> {
        let Some((name, header)) = EXPORTS.into_iter().find(|(name, _)| *name == layout) else {
            let known = EXPORTS.map(|(name, _)| name).join(", ");
            return Err(Error::usage("export_not_available", format!("'{layout}' is no export: use {known}")));
        };
        let trades = self.store().trades(&TradeFilter { book: Some(Book::Live), ..TradeFilter::default() }).await?;
        let mut rows = Vec::with_capacity(trades.len());
        for trade in trades.iter().map(trade_view) {
            let of = match name {
                "koinly" => vec![koinly(&trade)?],
                "cointracking" => vec![cointracking(&trade)?],
                _ => syla(&trade)?,
            };
            rows.extend(of.into_iter().map(|row| (trade.time, row)));
        }
        let facts = self.store().book_facts().await?;
        let told = Told::all(facts.iter().map(|of| (of.device, of.seq, of.recorded_at, &of.fact)));
        for one in told.iter().filter(|one| one.movement.book == Book::Live) {
            let of = match name {
                "koinly" => movements::koinly(one),
                "cointracking" => movements::cointracking(one),
                _ => movements::syla(one),
            };
            rows.extend(of.into_iter().map(|row| (one.movement.time, row)));
        }
        // Stable: what happened in one moment stays together.
        rows.sort_by_key(|(time, _)| *time);
        let rows: Vec<Vec<Cell>> = rows.into_iter().map(|(_, row)| row).collect();
        write(out, rows.len() as u64, &reports::csv_bytes(header, &rows)?)
    }

    /// Writes an export into the same folder.
    ///
    /// # Errors
    /// As [`Self::export`].
    pub async fn export_to_exports(&self, layout: &str) -> Result<FileReport> {
        let out = self.export_path(layout, "csv")?;
        self.export(layout, &out).await
    }
}

/// Price × quantity of a trade, AUD.
fn value(trade: &TradeView) -> Result<domain::Decimal> {
    Ok(trade.price.times(trade.quantity)?.amount())
}

/// What left and what came, without the fee: amount and unit each.
fn legs(trade: &TradeView) -> Result<[(Cell, Cell); 2]> {
    let coins = (Cell::Number(trade.quantity.to_string()), text(trade.coin));
    let money = (number(value(trade)?), text("AUD"));
    Ok(if trade.side == Side::Buy { [money, coins] } else { [coins, money] })
}

fn who(trade: &TradeView) -> Cell {
    text(trade.algorithm.as_deref().unwrap_or("manual"))
}

fn hash(trade: &TradeView) -> Cell {
    text(trade.external_id.clone().unwrap_or_else(|| trade.id.to_string()))
}

fn koinly(trade: &TradeView) -> Result<Vec<Cell>> {
    let [(sent, sent_unit), (received, received_unit)] = legs(trade)?;
    let date = trade.time.to_utc().format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let (fee, aud) = (number(trade.fee.0), text("AUD"));
    let worth = number(value(trade)?);
    Ok(vec![
        text(date),
        sent,
        sent_unit,
        received,
        received_unit,
        fee,
        aud.clone(),
        worth,
        aud,
        Cell::Empty,
        who(trade),
        hash(trade),
    ])
}

fn cointracking(trade: &TradeView) -> Result<Vec<Cell>> {
    let [(sent, sent_unit), (received, received_unit)] = legs(trade)?;
    let date = trade.time.to_utc().format("%Y-%m-%d %H:%M:%S").to_string();
    let venue = trade.venue.as_ref().map_or(Cell::Empty, text);
    Ok(vec![
        text("Trade"),
        received,
        received_unit,
        sent,
        sent_unit,
        number(trade.fee.0),
        text("AUD"),
        venue,
        Cell::Empty,
        who(trade),
        text(date),
    ])
}

/// One row a leg; rows of one date are one transaction. Trades of one second therefore become one transaction there.
fn syla(trade: &TradeView) -> Result<Vec<Vec<Cell>>> {
    let date = trade.time.to_utc().format("%Y-%m-%d %H:%M:%S+00:00").to_string();
    let worth = number(value(trade)?);
    let row = |kind: &str, amount: Cell, asset: Cell| {
        vec![text(&date), text(kind), amount, asset, worth.clone(), who(trade), hash(trade)]
    };
    let [(sent, sent_unit), (received, received_unit)] = legs(trade)?;
    let mut rows = vec![row("Disposal", sent, sent_unit), row("Acquisition", received, received_unit)];
    if !trade.fee.0.is_zero() {
        let fee = number(trade.fee.0);
        let aud = [text(&date), text("Brokerage Fee"), fee.clone(), text("AUD"), fee, who(trade), hash(trade)];
        rows.push(aud.to_vec());
    }
    Ok(rows)
}
