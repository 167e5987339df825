//! Reports and exports: what the books say, as files.

use super::actions::unresolved;
use super::books::trade_view;
use crate::dto::{FileReport, Pnl, PnlRequest, Tax, TaxRequest, TradeView};
use crate::{Error, Result, Workstation};
use domain::{Book, Side, Timestamp};
use reports::{Cell, Column, Document, Format, Sheet};
use std::path::Path;
use store::TradeFilter;

/// Which report, and of what.
#[derive(Debug, Clone)]
pub struct ReportRequest {
    /// `trades`, `pnl` or `cgt`.
    pub kind: String,
    /// `csv`, `json`, `html` or `xlsx`.
    pub format: String,
    /// For trades and P&L.
    pub book: Book,
    /// For P&L: window, grouping, method; its book is not looked at.
    pub pnl: PnlRequest,
    /// For capital gains: the financial year.
    pub fy: Option<i32>,
    /// In place of now.
    pub generated_at: Option<Timestamp>,
}

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

impl Workstation {
    /// Writes a report, whole or not at all. The same journal and moment give the same bytes.
    ///
    /// # Errors
    /// `report_not_available`, `bad_request` and those of the question; `not_a_file`; the file system's.
    pub async fn report(&self, request: &ReportRequest, out: &Path) -> Result<FileReport> {
        let format = Format::parse(&request.format).ok_or_else(|| {
            let known = Format::ALL.map(Format::as_str).join(", ");
            Error::usage("report_not_available", format!("there is no report as {}: use {known}", request.format))
        })?;
        let document = match request.kind.as_str() {
            "trades" => self.trades_document(request).await?,
            "pnl" => self.pnl_document(request).await?,
            "cgt" => self.cgt_document(request).await?,
            other => {
                let words = format!("there is no {other} report: use trades, pnl or cgt");
                return Err(Error::usage("report_not_available", words));
            }
        };
        write(out, document.rows(), &document.bytes(format)?)
    }

    /// Writes the live trades in the layout of another program.
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
            match name {
                "koinly" => rows.push(koinly(&trade)?),
                "cointracking" => rows.push(cointracking(&trade)?),
                _ => rows.extend(syla(&trade)?),
            }
        }
        write(out, rows.len() as u64, &reports::csv_bytes(header, &rows)?)
    }

    /// Writes a report into the workspace's exports folder, under a name that says what it is and when it was made.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub async fn report_to_exports(&self, request: &ReportRequest) -> Result<FileReport> {
        let year = request.fy.map_or_else(|| request.book.to_string(), |fy| fy.to_string());
        let out = self.export_path(&format!("{}-{year}", request.kind), &request.format)?;
        self.report(request, &out).await
    }

    /// Writes an export into the same folder.
    ///
    /// # Errors
    /// As [`Self::export`].
    pub async fn export_to_exports(&self, layout: &str) -> Result<FileReport> {
        let out = self.export_path(layout, "csv")?;
        self.export(layout, &out).await
    }

    async fn document(
        &self,
        request: &ReportRequest,
        title: String,
        mut about: Vec<(&'static str, String)>,
    ) -> Result<Document> {
        for head in self.store().heads().await? {
            about.push(("journal", format!("{}:{}:{}", head.device, head.facts, head.head)));
        }
        if self.home().is_demo() {
            about.insert(0, ("demo", "simulated world: no figure here is real".to_owned()));
        }
        let generated_at = request.generated_at.unwrap_or_else(|| self.now());
        Ok(Document { title, about, notes: vec![], sheets: vec![], generated_at })
    }

    async fn trades_document(&self, request: &ReportRequest) -> Result<Document> {
        let filter = TradeFilter { book: Some(request.book), ..TradeFilter::default() };
        let trades = self.store().trades(&filter).await?;
        let names = [
            "time",
            "coin",
            "side",
            "quantity",
            "price",
            "fee",
            "algorithm",
            "venue",
            "external_id",
            "book",
            "order_id",
            "id",
        ];
        let columns = names.map(|name| if name == "fee" { Column::totalled(name) } else { Column::of(name) });
        let rows = trades.iter().map(|trade| trade_row(&trade_view(trade))).collect();
        let about = vec![("book", request.book.to_string())];
        let document = self.document(request, "Trades".to_owned(), about).await?;
        Ok(Document { sheets: vec![Sheet { name: "Trades", columns: columns.to_vec(), rows }], ..document })
    }

    async fn pnl_document(&self, request: &ReportRequest) -> Result<Document> {
        let by = request.pnl.by.clone().unwrap_or_else(|| "coin".to_owned());
        let asked = PnlRequest { by: Some(by.clone()), book: Some(request.book.to_string()), ..request.pnl.clone() };
        let pnl = self.pnl(&asked).await?;
        let moment =
            |time: Option<Timestamp>, none: &str| time.map_or_else(|| none.to_owned(), |time| time.to_string());
        let about = vec![
            ("book", request.book.to_string()),
            ("method", pnl.method.clone()),
            ("by", by),
            ("from", moment(pnl.from, "the first trade")),
            ("to", moment(pnl.to, "now")),
        ];
        let document = self.document(request, "Profit and loss".to_owned(), about).await?;
        let mut notes = pnl_notes(&pnl);
        if request.book == Book::Live {
            notes.splice(0..0, self.unresolved_imports().await?);
        }
        Ok(Document { notes, sheets: pnl_sheets(&pnl), ..document })
    }

    async fn cgt_document(&self, request: &ReportRequest) -> Result<Document> {
        let Some(fy) = request.fy else {
            return Err(Error::usage("bad_year", "a capital gains report needs its financial year: give --fy 2025"));
        };
        let (method, timezone) = (request.pnl.method.clone(), request.pnl.timezone.clone());
        let tax = self.tax(&TaxRequest { fy, method, timezone }).await?;
        let about = vec![
            ("book", "live".to_owned()),
            ("method", tax.method.clone()),
            ("time zone", tax.timezone.clone()),
            ("from", tax.from.to_string()),
            ("to", tax.to.to_string()),
        ];
        let title = format!("Capital gains {}–{:02}", tax.fy - 1, tax.fy % 100);
        let document = self.document(request, title, about).await?;
        let mut notes = self.unresolved_imports().await?;
        notes.extend(tax.notes.iter().cloned());
        Ok(Document { notes, sheets: tax_sheets(&tax), ..document })
    }
}

/// Writes a file that may take the place of a file, and of nothing else.
fn write(out: &Path, rows: u64, bytes: &[u8]) -> Result<FileReport> {
    // A file is replaced by renaming, which would put one in the place of a device or a folder.
    if std::fs::metadata(out).is_ok_and(|there| !there.is_file()) {
        return Err(Error::refused("not_a_file", format!("{} is no file: name one", out.display())));
    }
    let sha256 = reports::write_file(out, bytes)?;
    Ok(FileReport { file: out.display().to_string(), rows, sha256 })
}

fn text(text: impl ToString) -> Cell {
    Cell::Text(text.to_string())
}

fn number(value: domain::Decimal) -> Cell {
    Cell::Number(value.normalize().to_string())
}

fn trade_row(trade: &TradeView) -> Vec<Cell> {
    let words = |words: Option<&String>| words.map_or(Cell::Empty, text);
    vec![
        text(trade.time),
        text(trade.coin),
        text(trade.side),
        Cell::Number(trade.quantity.to_string()),
        Cell::Number(trade.price.to_string()),
        number(trade.fee.0),
        words(trade.algorithm.as_ref()),
        words(trade.venue.as_ref()),
        words(trade.external_id.as_ref()),
        text(trade.book),
        trade.order_id.map_or(Cell::Empty, text),
        text(trade.id),
    ]
}

fn pnl_notes(pnl: &Pnl) -> Vec<String> {
    let mut notes = unresolved(&pnl.unknown_basis);
    if !pnl.unpriced.is_empty() {
        let coins: Vec<_> = pnl.unpriced.iter().map(ToString::to_string).collect();
        notes.push(format!("Unresolved: held without a price, and not in unrealised: {}.", coins.join(", ")));
    }
    notes.extend(pnl.notes.iter().cloned());
    notes
}

fn pnl_sheets(pnl: &Pnl) -> Vec<Sheet> {
    let columns = vec![
        Column::of("group"),
        Column::totalled("realised"),
        Column::totalled("unrealised"),
        Column::totalled("fees"),
        Column::of("quantity"),
        Column::totalled("cost"),
        Column::totalled("trades"),
        Column::totalled("wins"),
        Column::totalled("losses"),
    ];
    let row = |group: &crate::dto::PnlGroup| {
        vec![
            text(&group.key),
            number(group.realised.0),
            group.unrealised.map_or(Cell::Empty, |amount| number(amount.0)),
            number(group.fees.0),
            group.quantity.map_or(Cell::Empty, |amount| number(amount.0)),
            number(group.cost.0),
            number(group.trades.into()),
            number(group.wins.into()),
            number(group.losses.into()),
        ]
    };
    let groups = Sheet { name: "Groups", columns, rows: pnl.groups.iter().map(row).collect() };
    let figure = |name: &str, amount: Option<domain::Decimal>| vec![text(name), amount.map_or(Cell::Empty, number)];
    let mut rows = vec![
        figure("realised", Some(pnl.realised.0)),
        figure("unrealised", pnl.unrealised.map(|amount| amount.0)),
        figure("total", pnl.total.map(|amount| amount.0)),
        figure("fees", Some(pnl.fees.0)),
        figure("proceeds", Some(pnl.proceeds.0)),
        figure("cost", Some(pnl.cost.0)),
    ];
    rows.extend(pnl.metrics.iter().map(|(name, value)| figure(name, value.map(|value| value.0))));
    vec![groups, Sheet { name: "Summary", columns: vec![Column::of("figure"), Column::of("AUD or ratio")], rows }]
}

fn tax_sheets(tax: &Tax) -> Vec<Sheet> {
    let columns = vec![
        Column::of("coin"),
        Column::of("acquired"),
        Column::of("disposed"),
        Column::of("quantity"),
        Column::totalled("proceeds"),
        Column::totalled("cost_base"),
        Column::totalled("gain"),
        Column::of("discount"),
    ];
    let row = |line: &crate::dto::TaxRow| {
        vec![
            text(line.coin),
            text(line.acquired),
            text(line.disposed),
            Cell::Number(line.quantity.to_string()),
            number(line.proceeds.0),
            number(line.cost_base.0),
            number(line.gain.0),
            text(if line.discount { "yes" } else { "no" }),
        ]
    };
    let disposals = Sheet { name: "Disposals", columns, rows: tax.disposals.iter().map(row).collect() };
    let figures = [
        ("capital gains before losses and discount", tax.capital_gains),
        ("of these with the discount", tax.discount_gains),
        ("of these without", tax.other_gains),
        ("capital losses of the year", tax.capital_losses),
        ("losses brought forward", tax.losses_brought_forward),
        ("losses applied", tax.losses_applied),
        ("discount", tax.discount),
        ("net capital gain", tax.net_capital_gain),
        ("losses carried forward", tax.losses_carried_forward),
    ];
    let rows = figures.iter().map(|(name, amount)| vec![text(name), number(amount.0)]).collect();
    vec![disposals, Sheet { name: "Summary", columns: vec![Column::of("figure"), Column::of("AUD")], rows }]
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
