//! What each report says.

use super::equity::Closes;
use super::{ReportRequest, charts, number, text};
use crate::commands::actions::unresolved;
use crate::commands::books::trade_view;
use crate::commands::taxlaw::NO_ADVICE;
use crate::dto::{JournalEntry, Pnl, PnlRequest, Tax, TaxRequest, TradeView};
use crate::when::moment;
use crate::{Error, Result, Workstation};
use domain::{Book, Decimal, Timestamp};
use reports::{Cell, Column, Document, Sheet};
use std::collections::BTreeMap;
use store::{DeviceHead, TradeFilter};

const INCOME_RULE: &str = "Coins that came as income count at what they were worth in AUD when they came, which is the cost base of their parcel too; \
those without a value are in no sum.";

impl Workstation {
    pub(super) fn document(
        &self,
        request: &ReportRequest,
        heads: &[DeviceHead],
        title: String,
        mut about: Vec<(&'static str, String)>,
        book: Option<Book>,
    ) -> Result<Document> {
        for head in heads {
            about.push(("journal", format!("{}:{}:{}", head.device, head.facts, head.head)));
        }
        let demo = self.home().is_demo();
        if demo {
            about.insert(0, ("demo", "simulated world: no figure here is real".to_owned()));
        }
        let paper = (book == Some(Book::Paper)).then_some("PAPER");
        Ok(Document {
            title,
            watermark: if demo { Some("DEMO") } else { paper },
            about,
            notes: vec![],
            charts: vec![],
            sheets: vec![],
            generated_at: request.generated_at.unwrap_or_else(|| self.now()),
            zone: self.zone_of(request)?,
            seal: None,
        })
    }

    pub(super) async fn trades_document(&self, request: &ReportRequest, heads: &[DeviceHead]) -> Result<Document> {
        let (from, to) = self.window(request)?;
        let coin = request.pnl.coin.as_deref().map(crate::commands::books::parse_coin).transpose()?;
        let filter = TradeFilter { book: Some(request.book), coin, from, to, ..TradeFilter::default() };
        let trades = self.store().trades(&filter).await?;
        let columns = vec![
            Column::of("time"),
            Column::of("coin"),
            Column::of("side"),
            Column::of("quantity"),
            Column::of("price"),
            Column::totalled("fee").aud(),
            Column::of("algorithm"),
            Column::of("venue"),
            Column::of("external_id"),
            Column::of("book"),
            Column::of("order_id"),
            Column::of("id"),
        ];
        let rows = trades.iter().map(|trade| trade_row(&trade_view(trade))).collect();
        let mut about = vec![("book", request.book.to_string())];
        about.extend(coin.map(|coin| ("coin", coin.to_string())));
        about.extend(window_words(from, to, "the first trade"));
        let document = self.document(request, heads, "Trades".to_owned(), about, Some(request.book))?;
        Ok(Document { sheets: vec![Sheet { name: "Trades", columns, rows }], ..document })
    }

    pub(super) fn window(&self, request: &ReportRequest) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
        let zone = self.zone_of(request)?;
        let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, zone)).transpose();
        Ok((time(&request.pnl.from)?, time(&request.pnl.to)?))
    }

    pub(super) async fn pnl_document(
        &self,
        request: &ReportRequest,
        heads: &[DeviceHead],
        closes: Option<&Closes>,
    ) -> Result<(Document, Closes)> {
        let by = request.pnl.by.clone().unwrap_or_else(|| "coin".to_owned());
        let asked = PnlRequest { by: Some(by.clone()), book: Some(request.book.to_string()), ..request.pnl.clone() };
        let pnl = self.pnl(&asked).await?;
        let mut about = vec![("book", request.book.to_string()), ("method", pnl.method.clone()), ("by", by.clone())];
        about.extend(request.pnl.coin.as_ref().map(|coin| ("coin", coin.to_uppercase())));
        about.extend(request.pnl.algorithm.as_ref().map(|name| ("algorithm", name.clone())));
        about.extend(window_words(pnl.from, pnl.to, "the first trade"));
        let title = "Profit and loss".to_owned();
        let document = self.document(request, heads, title, about, Some(request.book))?;
        let month = if by == "month" {
            pnl.clone()
        } else {
            self.pnl(&PnlRequest { by: Some("month".to_owned()), ..asked }).await?
        };
        let mut pictures = charts::over_time("Realised", &charts::of_groups(&month.groups));
        // The equity is the whole book's, and only two of the formats have pictures.
        let whole = request.pnl.coin.is_none() && request.pnl.algorithm.is_none();
        let (mut used, mut told) = (Closes::new(), vec![]);
        if whole && ["pdf", "html"].contains(&request.format.as_str()) {
            let curved = self.curved(request, closes).await?;
            if curved.is_line() {
                pictures.insert(0, curved.chart());
                (used, told) = (curved.closes.clone(), curved.notes());
            }
        }
        if by == "coin" {
            pictures.extend(charts::by_coin("Realised", charts::of_groups(&pnl.groups).into_iter()));
        }
        let mut notes = if request.book == Book::Live { self.unresolved_imports().await? } else { vec![] };
        notes.extend(pnl_notes(&pnl));
        notes.extend(told);
        Ok((Document { notes, sheets: pnl_sheets(&pnl, &by), charts: pictures, ..document }, used))
    }

    /// What came as income in a financial year.
    pub(super) async fn income_document(&self, request: &ReportRequest, heads: &[DeviceHead]) -> Result<Document> {
        let tax = self.year_of(request).await?;
        let about = vec![
            ("book", "live".to_owned()),
            ("time zone", tax.timezone.clone()),
            ("from", tax.from.to_string()),
            ("to", tax.to.to_string()),
        ];
        let title = format!("Income {}–{:02}", tax.fy - 1, tax.fy % 100);
        let document = self.document(request, heads, title, about, Some(Book::Live))?;
        let mut notes = self.unresolved_imports().await?;
        notes.extend(tax.notes.iter().filter(|note| note.starts_with("Unresolved")).cloned());
        notes.push(INCOME_RULE.to_owned());
        notes.push(NO_ADVICE.to_owned());
        Ok(Document { notes, sheets: income_sheets(&tax), ..document })
    }

    async fn year_of(&self, request: &ReportRequest) -> Result<Tax> {
        let Some(fy) = request.fy else {
            let words = format!("{} is told of a financial year: give --fy 2025", request.kind);
            return Err(Error::usage("bad_year", words));
        };
        let (method, timezone) = (request.pnl.method.clone(), request.pnl.timezone.clone());
        let (tax, ..) = self.tax_of(&TaxRequest { fy, method, timezone, lines: None }).await?;
        Ok(tax)
    }

    pub(super) async fn cgt_document(&self, request: &ReportRequest, heads: &[DeviceHead]) -> Result<Document> {
        let tax = self.year_of(request).await?;
        let about = vec![
            ("book", "live".to_owned()),
            ("method", tax.method.clone()),
            ("time zone", tax.timezone.clone()),
            ("from", tax.from.to_string()),
            ("to", tax.to.to_string()),
        ];
        let title = format!("Capital gains {}–{:02}", tax.fy - 1, tax.fy % 100);
        let document = self.document(request, heads, title, about, Some(Book::Live))?;
        let charts = charts::of_year(&tax, document.zone);
        let mut notes = self.unresolved_imports().await?;
        notes.extend(tax.notes.iter().cloned());
        Ok(Document { notes, sheets: tax_sheets(&tax), charts, ..document })
    }

    pub(super) async fn audit_document(&self, request: &ReportRequest, heads: &[DeviceHead]) -> Result<Document> {
        let (from, to) = self.window(request)?;
        let entries = self.journal_between(from, to, &request.job).await?;
        let columns = ["time", "device", "fact", "kind", "who", "what", "why", "order", "coin", "book", "chain_hash"];
        let about = window_words(from, to, "the first fact").collect();
        let document = self.document(request, heads, "Audit extract".to_owned(), about, None)?;
        let notes = vec![
            "Every fact the journal holds of this time, oldest first, in the order it was recorded; nothing is left out.".to_owned(),
            "Each fact's chain hash covers the fact and the hash before it: a fact that is changed or removed changes all that follow.".to_owned(),
        ];
        let rows = entries.into_iter().map(audit_row).collect();
        let sheet = Sheet { name: "Facts", columns: columns.map(Column::of).to_vec(), rows };
        Ok(Document { notes, sheets: vec![sheet], ..document })
    }
}

pub(super) fn window_words(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    first: &str,
) -> impl Iterator<Item = (&'static str, String)> + use<> {
    let words = |time: Option<Timestamp>, none: &str| time.map_or_else(|| none.to_owned(), |time| time.to_string());
    [("from", words(from, first)), ("to", words(to, "when it was made"))].into_iter()
}

fn audit_row(entry: JournalEntry) -> Vec<Cell> {
    vec![
        Cell::Time(entry.time),
        text(entry.device),
        Cell::Number(entry.seq.to_string()),
        text(entry.kind),
        text(entry.who),
        text(entry.what),
        if entry.why.is_empty() { Cell::Empty } else { text(entry.why) },
        entry.order.map_or(Cell::Empty, text),
        entry.coin.map_or(Cell::Empty, text),
        entry.book.map_or(Cell::Empty, text),
        text(entry.hash),
    ]
}

fn trade_row(trade: &TradeView) -> Vec<Cell> {
    let words = |words: Option<&String>| words.map_or(Cell::Empty, text);
    vec![
        Cell::Time(trade.time),
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

fn pnl_sheets(pnl: &Pnl, by: &str) -> Vec<Sheet> {
    // A trade with several labels is in each of their lines, so that their sum is of nothing.
    let summed = if by == "tag" { Column::of } else { Column::totalled };
    let columns = vec![
        Column::of("group"),
        summed("realised").aud(),
        // Where nothing held has a price, what is left of the column is no sum.
        if pnl.unrealised.is_some() { summed("unrealised") } else { Column::of("unrealised") }.aud(),
        summed("fees").aud(),
        Column::of("quantity"),
        summed("cost").aud(),
        summed("trades"),
        summed("wins"),
        summed("losses"),
    ];
    let row = |group: &crate::dto::PnlGroup| {
        vec![
            text(if group.key.is_empty() { "no label" } else { &group.key }),
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
    let figure = |name: &str, amount: Option<Decimal>| vec![text(name), amount.map_or(Cell::Empty, number)];
    let mut rows = vec![
        figure("realised", Some(pnl.realised.0)),
        figure("unrealised", pnl.unrealised.map(|amount| amount.0)),
        figure("total", pnl.total.map(|amount| amount.0)),
        figure("fees", Some(pnl.fees.0)),
        figure("proceeds", Some(pnl.proceeds.0)),
        figure("cost", Some(pnl.cost.0)),
    ];
    rows.extend(pnl.metrics.iter().map(|(name, value)| figure(name, value.map(|value| value.0))));
    vec![
        groups,
        Sheet { name: "Summary", columns: vec![Column::of("figure"), Column::of("AUD or ratio").figures()], rows },
    ]
}

/// What came, and what each kind of it comes to.
fn income_sheets(tax: &Tax) -> Vec<Sheet> {
    let columns = vec![
        Column::of("time"),
        Column::of("coin"),
        Column::of("quantity"),
        Column::of("kind"),
        Column::totalled("value").aud(),
        Column::of("movement"),
    ];
    let mut kinds: BTreeMap<(&str, String), (Decimal, Option<Decimal>)> = BTreeMap::new();
    let mut rows = Vec::with_capacity(tax.income.len());
    for line in &tax.income {
        let value = line.value.map(|value| value.0);
        let sums = kinds.entry((&line.why, line.coin.to_string())).or_insert((Decimal::ZERO, Some(Decimal::ZERO)));
        sums.0 = sums.0.checked_add(line.quantity.decimal()).unwrap_or(sums.0);
        // A sum with one part unknown is unknown.
        sums.1 = sums.1.zip(value).and_then(|(sum, value)| sum.checked_add(value));
        rows.push(vec![
            Cell::Time(line.time),
            text(line.coin),
            Cell::Number(line.quantity.to_string()),
            text(&line.why),
            value.map_or(Cell::Empty, number),
            text(line.movement),
        ]);
    }
    let kind = |((why, coin), (quantity, value)): ((&str, String), (Decimal, Option<Decimal>))| {
        vec![text(why), text(coin), number(quantity), value.map_or(Cell::Empty, number)]
    };
    let sums = vec![Column::of("kind"), Column::of("coin"), Column::of("quantity"), Column::of("value").aud()];
    let total = vec![vec![text("other income, label 24"), number(tax.other_income.0)]];
    vec![
        Sheet { name: "Income", columns, rows },
        Sheet { name: "By kind", columns: sums, rows: kinds.into_iter().map(kind).collect() },
        Sheet { name: "Summary", columns: vec![Column::of("figure"), Column::of("AUD").aud()], rows: total },
    ]
}

fn tax_sheets(tax: &Tax) -> Vec<Sheet> {
    let columns = vec![
        Column::of("coin"),
        Column::of("acquired"),
        Column::of("disposed"),
        Column::of("quantity"),
        Column::totalled("proceeds").aud(),
        Column::totalled("cost_base").aud(),
        Column::totalled("gain").aud(),
        Column::of("discount"),
    ];
    let row = |line: &crate::dto::TaxRow| {
        vec![
            text(line.coin),
            Cell::Time(line.acquired),
            Cell::Time(line.disposed),
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
    vec![disposals, Sheet { name: "Summary", columns: vec![Column::of("figure"), Column::of("AUD").aud()], rows }]
}
