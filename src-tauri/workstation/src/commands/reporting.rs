//! Reports: what the books say, as files that can be proven later.

mod charts;
mod documents;
mod equity;
mod exports;
mod proof;
mod seal;

use crate::dto::{FileReport, PnlRequest, ReportPreview, ReportSheet};
use crate::when::{DEFAULT_ZONE, zone};
use crate::{Error, Result, Workstation};
use domain::{Book, Timestamp};
use equity::Closes;
use reports::{Cell, Document, Format};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// The kinds of reports.
pub const REPORTS: [&str; 6] = ["trades", "pnl", "equity", "cgt", "income", "audit"];
/// How often a report is made again when the journal or a price moved while it was made.
const TRIES_MAX: u32 = 8;
/// Rows of a sheet that a preview shows.
const PREVIEW_ROWS_MAX: usize = 200;

/// Which report, and of what.
#[derive(Debug, Clone)]
pub struct ReportRequest {
    /// One of [`REPORTS`].
    pub kind: String,
    /// `csv`, `json`, `html`, `xlsx` or `pdf`.
    pub format: String,
    /// For trades and P&L.
    pub book: Book,
    /// Window, zone, grouping, method; its book is not looked at.
    pub pnl: PnlRequest,
    /// For capital gains and income: the financial year.
    pub fy: Option<i32>,
    /// In place of now.
    pub generated_at: Option<Timestamp>,
    /// Who looks on, and may end it.
    pub job: Arc<Job>,
}

/// A report being made: how far it is, and whether anybody still wants it.
#[derive(Debug, Default)]
pub struct Job {
    done: AtomicU64,
    all: AtomicU64,
    cancelled: AtomicBool,
    /// When what is left began, and how much was done by then.
    begun: OnceLock<(Instant, u64)>,
}

impl Job {
    /// Ends it: nothing is written then.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// How much is done, and of how much; zero of zero before that is known.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed))
    }

    /// Seconds until it is done, at the pace it had since it began; none before that can be told.
    #[must_use]
    pub fn left_s(&self) -> Option<u64> {
        let ((done, all), (begun, before)) = (self.progress(), *self.begun.get()?);
        let since = u128::from(done.checked_sub(before).filter(|since| *since > 0)?);
        let left = u128::from(all.saturating_sub(done));
        u64::try_from(begun.elapsed().as_millis() * left / since / 1_000).ok()
    }

    /// Whether nobody wants it any more.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Notes how far it is; an error once it was cancelled.
    pub(crate) fn at(&self, done: u64, all: u64) -> Result<()> {
        if all > 0 {
            self.begun.get_or_init(|| (Instant::now(), done));
        }
        self.done.store(done, Ordering::Relaxed);
        self.all.store(all, Ordering::Relaxed);
        if self.cancelled.load(Ordering::Relaxed) { Err(reports::ReportError::Cancelled.into()) } else { Ok(()) }
    }
}

impl Workstation {
    /// Writes a report, whole or not at all. The same journal and moment give the same bytes.
    ///
    /// # Errors
    /// `report_not_available`, `bad_request` and those of the question; `not_a_file`, `cancelled`; the file system's.
    pub async fn report(&self, request: &ReportRequest, out: &Path) -> Result<FileReport> {
        let format = format(&request.format)?;
        // Before the work, not after it.
        fit(out)?;
        let document = self.sealed(request, format, None).await?;
        let (rows, sealed) = (document.rows(), document.seal.clone());
        let bytes = rendered(document, format, Arc::clone(&request.job)).await?;
        request.job.at(1, 1)?;
        let beside = reports::seal::beside(out);
        let seal = sealed.filter(|_| format == Format::Csv).map(|seal| format!("{seal}\n"));
        // All that takes room comes before anything that was there is touched.
        let file = reports::Staged::write(out, &bytes)?;
        let seal = seal.map(|seal| reports::Staged::write(&beside, seal.as_bytes())).transpose()?;
        fit(out)?;
        // An old seal beside a new file would call it changed: better none, should this end here.
        remove(&beside)?;
        let sha256 = file.place()?;
        seal.map(reports::Staged::place).transpose()?;
        Ok(FileReport { file: out.display().to_string(), rows, sha256 })
    }

    /// Writes a report into the workspace's exports folder, under a name that says what it is and when it was made.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub async fn report_to_exports(&self, request: &ReportRequest) -> Result<FileReport> {
        let of = request
            .fy
            .filter(|_| is_of_year(&request.kind))
            .map_or_else(|| request.book.to_string(), |fy| fy.to_string());
        let out = self.export_path(&format!("{}-{of}", request.kind), &request.format)?;
        self.report(request, &out).await
    }

    /// What a report would say: its first rows, as people read them.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub async fn report_preview(&self, request: &ReportRequest) -> Result<ReportPreview> {
        let document = self.sealed(request, format(&request.format)?, None).await?;
        let sheet = |sheet: &reports::Sheet| ReportSheet {
            name: sheet.name.to_owned(),
            columns: sheet.columns.iter().map(|column| column.name.replace('_', " ")).collect(),
            numbers: (0..sheet.columns.len()).map(|at| sheet.is_number(at)).collect(),
            rows: sheet.shown(PREVIEW_ROWS_MAX, document.zone),
            total: sheet.totals_shown(),
            all: sheet.rows.len() as u64,
        };
        Ok(ReportPreview {
            title: document.title.clone(),
            watermark: document.watermark.map(str::to_owned),
            about: document.facts().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            notes: document.notes.clone(),
            sheets: document.sheets.iter().map(sheet).collect(),
        })
    }

    /// A document, and the prices of past days it stands on.
    async fn made(
        &self,
        request: &ReportRequest,
        heads: &[store::DeviceHead],
        closes: Option<&Closes>,
    ) -> Result<(Document, Closes)> {
        let alone = |document| (document, Closes::new());
        match request.kind.as_str() {
            "trades" => self.trades_document(request, heads).await.map(alone),
            "pnl" => self.pnl_document(request, heads, closes).await,
            "equity" => self.equity_document(request, heads, closes).await,
            "cgt" => self.cgt_document(request, heads).await.map(alone),
            "income" => self.income_document(request, heads).await.map(alone),
            "audit" => self.audit_document(request, heads).await.map(alone),
            other => {
                let words = format!("there is no {other} report: use {}", REPORTS.join(", "));
                Err(Error::usage("report_not_available", words))
            }
        }
    }

    /// A report of one state of the journal and of one set of prices, with the seal that names both; those of past days are
    /// given when it is made again.
    async fn sealed(&self, request: &ReportRequest, format: Format, closes: Option<&Closes>) -> Result<Document> {
        let mut request = request.clone();
        let generated_at = request.generated_at.unwrap_or_else(|| self.now());
        request.generated_at = Some(generated_at);
        request.pnl.timezone = Some(self.zone_of(&request)?.name().to_owned());
        for _ in 0..TRIES_MAX {
            let before = self.report_ground(&request).await?;
            let (mut document, closes) = self.made(&request, &before.heads, closes).await?;
            if self.report_ground(&request).await? == before {
                let seal = seal::Seal::of(&request, format, generated_at, &before, &document, closes)?;
                document.seal = Some(seal.text()?);
                return Ok(document);
            }
            request.job.at(0, 0)?;
        }
        Err(Error::refused(
            "report_unsettled",
            "the journal or the prices kept moving while the report was made: try again",
        ))
    }

    fn zone_of(&self, request: &ReportRequest) -> Result<chrono_tz::Tz> {
        request.pnl.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)
    }

    /// What a report stands on.
    async fn report_ground(&self, request: &ReportRequest) -> Result<seal::Ground> {
        let heads = self.store().heads().await?;
        let mut prices = Vec::new();
        // Only the P&L and the equity look at prices: those of the coins that were ever traded or moved.
        if ["pnl", "equity"].contains(&request.kind.as_str()) {
            let mut coins: std::collections::BTreeSet<_> = self.store().coins().await?.into_values().collect();
            for recorded in self.store().book_facts().await? {
                if let domain::Fact::Movement { movement } = &recorded.fact {
                    coins.extend(exports::coins_of(&movement.what).into_iter().flatten());
                }
            }
            prices = self.store().quotes().await?;
            prices.retain(|quote| coins.contains(&quote.coin));
            prices.sort_by_key(|quote| quote.coin);
        }
        Ok(seal::Ground { heads, prices })
    }
}

/// Whether a kind of report is of a financial year.
fn is_of_year(kind: &str) -> bool {
    ["cgt", "income"].contains(&kind)
}

pub(super) fn format(name: &str) -> Result<Format> {
    Format::parse(name).ok_or_else(|| {
        let known = Format::ALL.map(Format::as_str).join(", ");
        Error::usage("report_not_available", format!("there is no report as {name}: use {known}"))
    })
}

/// The bytes of a document; made beside the tasks that serve the window, for a long one takes seconds.
pub(super) async fn rendered(document: Document, format: Format, job: Arc<Job>) -> Result<Vec<u8>> {
    let work = move || document.bytes_watched(format, &|done, all| job.at(done, all).is_ok());
    let made = tokio::task::spawn_blocking(work).await;
    Ok(made.map_err(|error| Error::refused("report_failed", format!("the report was not finished: {error}")))??)
}

fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io(format!("cannot replace {}", file.display()))(error))
        }
        _ => Ok(()),
    }
}

/// Refuses a place that is no file: one is replaced by renaming, which would put a file in the place of a device or folder.
pub(super) fn fit(out: &Path) -> Result<()> {
    if std::fs::metadata(out).is_ok_and(|there| !there.is_file()) {
        return Err(Error::refused("not_a_file", format!("{} is no file: name one", out.display())));
    }
    Ok(())
}

/// Writes a file that may take the place of a file, and of nothing else.
pub(super) fn write(out: &Path, rows: u64, bytes: &[u8]) -> Result<FileReport> {
    fit(out)?;
    let sha256 = reports::write_file(out, bytes)?;
    Ok(FileReport { file: out.display().to_string(), rows, sha256 })
}

pub(super) fn text(text: impl ToString) -> Cell {
    Cell::Text(text.to_string())
}

fn number(value: domain::Decimal) -> Cell {
    Cell::Number(value.normalize().to_string())
}

#[cfg(test)]
mod tests;
