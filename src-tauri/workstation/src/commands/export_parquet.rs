//! Candles, observations, trades and features as Parquet, month by month, for DuckDB, Polars, Spark.
//!
//! Invariants: the folder is there whole or not at all; what is read is held a page or a month at a time; trades are those of
//! one state of the journal, which the manifest names; paper, live and the demo are told apart in every row. Nothing but what
//! is stored is written. Deliberately absent: how a table becomes a file (`reports`).

mod rows;

use super::books::parse_coin;
use super::market::parse_interval;
use super::reporting::Job;
use crate::dto::{ParquetRequest, ParquetView};
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Result, Workstation};
use chrono::{Datelike, Months, NaiveDate};
use domain::{Book, Coin, Interval, Timestamp};
use ledgers::ObservationKind;
use reports::{ExportFolder, TableFile};
use rows::Pages;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use store::{DeviceHead, TradeFilter};

const TABLES: [&str; 4] = ["candles", "observations", "trades", "features"];
/// Features take their time: they are written when they are asked for.
const USUAL: [&str; 3] = ["candles", "observations", "trades"];
/// Features of shorter candles are written when the interval is named.
const FEATURES_FROM: Interval = Interval::H1;
/// How often trades are looked up again when the journal moved meanwhile.
const TRIES_MAX: u32 = 8;
const NAME: &str = "parquet";

/// A request held to what makes sense.
struct Asked {
    what: Vec<&'static str>,
    coins: Vec<Coin>,
    intervals: Vec<Interval>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    generated_at: Timestamp,
}

/// A calendar month in UTC: its name, its beginning and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Month {
    name: String,
    from: Timestamp,
    to: Timestamp,
}

/// A file to be written.
struct Piece {
    table: &'static str,
    name: String,
    pages: Pages,
}

impl Asked {
    fn wants(&self, table: &str) -> bool {
        self.what.contains(&table)
    }
}

/// The months that a window touches, the first and the last cut to it.
fn months(from: Timestamp, to: Timestamp) -> Vec<Month> {
    let mut months = Vec::new();
    let first = from.to_utc().date_naive();
    let mut day = NaiveDate::from_ymd_opt(first.year(), first.month(), 1);
    while let Some(begins) = day {
        let ends = begins.checked_add_months(Months::new(1));
        let at = |day: NaiveDate| Timestamp::from_utc(day.and_time(chrono::NaiveTime::MIN).and_utc());
        let (start, end) = (at(begins), ends.map_or(to, at));
        if start >= to {
            break;
        }
        months.push(Month { name: begins.format("%Y-%m").to_string(), from: start.max(from), to: end.min(to) });
        day = ends;
    }
    months
}

impl Workstation {
    /// Writes what is stored into a folder of Parquet files, which it takes whole; an earlier export there is replaced.
    ///
    /// # Errors
    /// `bad_table`, `empty_window` and other bad words; `not_an_export`, `cancelled`, `nothing_to_export`; the file system's
    /// and the store's.
    pub async fn export_parquet(&self, request: &ParquetRequest, out: &Path, job: &Arc<Job>) -> Result<ParquetView> {
        let asked = self.read_parquet(request)?;
        let mut folder = ExportFolder::begin(out)?;
        let (mut pieces, heads) = self.trade_pieces(&asked).await?;
        pieces.extend(self.observation_pieces(&asked).await?);
        pieces.extend(self.candle_pieces(&asked).await?);
        let all = pieces.len() as u64;
        let mut rows: BTreeMap<String, u64> = asked.what.iter().map(|table| ((*table).to_owned(), 0)).collect();
        for (done, piece) in pieces.into_iter().enumerate() {
            job.at(done as u64, all)?;
            let table = piece.table;
            let written = self.write_piece(&mut folder, piece, job, (done as u64, all)).await?;
            *rows.entry(table.to_owned()).or_default() += written;
        }
        job.at(all, all)?;
        if folder.files().is_empty() {
            let words = "there is nothing of that to export in that time: nothing was written";
            return Err(Error::refused("nothing_to_export", words));
        }
        let notes = self.export_notes(&asked, &folder);
        let (files, bytes) = (folder.files().len() as u64, folder.files().iter().map(|(_, of)| of.bytes).sum());
        let manifest = self.manifest(&asked, &heads, &rows, &notes);
        let sha256 = folder.place(manifest)?;
        let folder = std::path::absolute(out).unwrap_or_else(|_| out.to_owned()).display().to_string();
        Ok(ParquetView { folder, files, bytes, rows, generated_at: asked.generated_at, sha256, notes })
    }

    /// Writes an export into a folder of its own in the workspace's exports folder.
    ///
    /// # Errors
    /// As [`Self::export_parquet`].
    pub async fn export_parquet_to_exports(&self, request: &ParquetRequest, job: &Arc<Job>) -> Result<ParquetView> {
        let out = self.export_path("analysis", NAME)?;
        self.export_parquet(request, &out, job).await
    }

    fn read_parquet(&self, request: &ParquetRequest) -> Result<Asked> {
        let zone = request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
        let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, zone)).transpose();
        let table = |name: &String| {
            TABLES.into_iter().find(|known| known == name).ok_or_else(|| {
                let words = format!("'{}' is no table: use {}", ledgers::inert(name), TABLES.join(", "));
                Error::usage("bad_table", words)
            })
        };
        let mut what = request.what.iter().map(table).collect::<Result<Vec<_>>>()?;
        if what.is_empty() {
            what.extend(USUAL);
        }
        let (from, to) = (time(&request.from)?, time(&request.to)?);
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            return Err(Error::usage("empty_window", "the window ends before it begins: --from must be before --to"));
        }
        let mut coins = request.coins.iter().map(|text| parse_coin(text)).collect::<Result<Vec<_>>>()?;
        let mut intervals = request.intervals.iter().map(|text| parse_interval(text)).collect::<Result<Vec<_>>>()?;
        coins.sort_unstable();
        coins.dedup();
        intervals.sort_unstable();
        intervals.dedup();
        let generated_at = time(&request.generated_at)?.unwrap_or_else(|| self.now());
        Ok(Asked { what, coins, intervals, from, to, generated_at })
    }

    /// The trades of one state of the journal, and that state.
    async fn trade_pieces(&self, asked: &Asked) -> Result<(Vec<Piece>, Vec<DeviceHead>)> {
        for _ in 0..TRIES_MAX {
            let heads = self.store().heads().await?;
            let mut files: BTreeMap<(String, Book), Vec<(u32, u64)>> = BTreeMap::new();
            if asked.wants("trades") {
                let filter = TradeFilter { from: asked.from, to: asked.to, ..TradeFilter::default() };
                let rows = self.store().trade_rows(&filter).await?;
                let coins = self.store().coins().await?;
                let wanted = |number: u32| {
                    asked.coins.is_empty() || coins.get(&number).is_some_and(|coin| asked.coins.contains(coin))
                };
                for row in rows.iter().filter(|row| wanted(row.coin)) {
                    let month = row.time.to_utc().format("%Y-%m").to_string();
                    files.entry((month, row.book)).or_default().push((row.device, row.seq));
                }
            }
            if self.store().heads().await? == heads {
                let piece = |((month, book), places): ((String, Book), Vec<(u32, u64)>)| Piece {
                    table: "trades",
                    name: format!("trades/month={month}/{book}-0.parquet"),
                    pages: Pages::Trades { places, at: 0 },
                };
                return Ok((files.into_iter().map(piece).collect(), heads));
            }
        }
        Err(Error::refused("report_unsettled", "the journal kept growing while its trades were looked up: try again"))
    }

    async fn observation_pieces(&self, asked: &Asked) -> Result<Vec<Piece>> {
        let mut pieces = Vec::new();
        if !asked.wants("observations") {
            return Ok(pieces);
        }
        for kind in ObservationKind::ALL {
            let Some((first, last)) = self.store().observation_bounds(kind).await? else { continue };
            let from = asked.from.map_or(first, |from| from.max(first));
            let to = asked.to.map_or(last.plus_micros(1), |to| to.min(last.plus_micros(1)));
            for Month { name: month, from, to } in months(from, to) {
                let name = format!("observations/kind={kind}/month={month}/part-0.parquet");
                let pages = Pages::Observations { kind, window: (from, to), after: None, coins: asked.coins.clone() };
                pieces.push(Piece { table: "observations", name, pages });
            }
        }
        Ok(pieces)
    }

    /// Candles, and features of them.
    async fn candle_pieces(&self, asked: &Asked) -> Result<Vec<Piece>> {
        let mut pieces = Vec::new();
        if !asked.wants("candles") && !asked.wants("features") {
            return Ok(pieces);
        }
        let coins = if asked.coins.is_empty() { self.store().candle_coins().await? } else { asked.coins.clone() };
        for coin in coins {
            let stored = self.store().candle_intervals(coin).await?;
            let mut first: Option<Timestamp> = None;
            for interval in &stored {
                let bounds = self.store().candle_bounds(coin, *interval).await?.map(|bounds| bounds.first);
                first = first.into_iter().chain(bounds).min();
            }
            // A longer candle may be made of shorter ones that begin in its middle.
            let Some(first) = first.map(|first| Interval::D1.floor(first)) else { continue };
            let named = !asked.intervals.is_empty();
            for interval in if named { &asked.intervals } else { &stored } {
                // The candle that is running has no close yet.
                let closed = interval.floor(asked.generated_at.min(self.now()));
                let from = asked.from.map_or(first, |from| from.max(first));
                for month in months(from, asked.to.map_or(closed, |to| to.min(closed))) {
                    let place = format!("coin={coin}/interval={interval}/month={}/part-0.parquet", month.name);
                    let window = (month.from, month.to);
                    if asked.wants("candles") {
                        let pages = Pages::Candles { coin, interval: *interval, window: Some(window) };
                        pieces.push(Piece { table: "candles", name: format!("candles/{place}"), pages });
                    }
                    if asked.wants("features") && (named || *interval >= FEATURES_FROM) {
                        let pages = Pages::Features { coin, interval: *interval, window: Some(window) };
                        pieces.push(Piece { table: "features", name: format!("features/{place}"), pages });
                    }
                }
            }
        }
        Ok(pieces)
    }

    /// Writes a file, page by page; none where there are no rows.
    async fn write_piece(
        &self,
        folder: &mut ExportFolder,
        mut piece: Piece,
        job: &Arc<Job>,
        (done, all): (u64, u64),
    ) -> Result<u64> {
        let demo = self.home().is_demo();
        let about = [("omc.table", piece.table.to_owned()), ("omc.demo", demo.to_string())];
        let mut table: Option<TableFile> = None;
        loop {
            job.at(done, all)?;
            let (fields, page) = piece.pages.next(self, demo).await?;
            let Some(page) = page else { break };
            if page.is_empty() {
                continue;
            }
            let mut begun = match table {
                Some(table) => table,
                None => folder.table(&piece.name, &fields, &about)?,
            };
            table = Some(
                blocking(move || {
                    page.into_iter().try_for_each(|row| begun.push(row))?;
                    Ok(begun)
                })
                .await?,
            );
        }
        let Some(table) = table else { return Ok(0) };
        let written = blocking(move || Ok(table.finish()?)).await?;
        let rows = written.rows;
        folder.add(piece.name, written);
        Ok(rows)
    }

    fn export_notes(&self, asked: &Asked, folder: &ExportFolder) -> Vec<String> {
        let mut notes = Vec::new();
        if self.home().is_demo() {
            notes.push("Simulated world: no figure here is real.".to_owned());
        }
        let unfitting: u64 = folder.files().iter().map(|(_, of)| of.unfitting).sum();
        if unfitting > 0 {
            notes.push(format!(
                "Numbers with more digits than their column are empty there and stand in `digits`: {unfitting} rows."
            ));
        }
        if asked.wants("trades") {
            notes.push("Paper and live trades are told apart by `book`: never add them together.".to_owned());
        }
        notes
    }

    fn manifest(
        &self,
        asked: &Asked,
        heads: &[DeviceHead],
        rows: &BTreeMap<String, u64>,
        notes: &[String],
    ) -> Map<String, Value> {
        let head = |head: &DeviceHead| json!({ "device": head.device, "facts": head.facts, "head": head.head });
        let told = json!({
            "generated_at": asked.generated_at,
            "program": format!("omc {}", env!("CARGO_PKG_VERSION")),
            "demo": self.home().is_demo(),
            "what": asked.what,
            "coins": asked.coins,
            "intervals": asked.intervals,
            "from": asked.from,
            "to": asked.to,
            "journal": heads.iter().map(head).collect::<Vec<_>>(),
            "rows": rows,
            "notes": notes,
        });
        match told {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

/// Work that takes a while, beside the tasks that serve the window.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|broken| Error::refused("export_broken", format!("the export broke off in the middle: {broken}")))?
}

#[cfg(test)]
mod tests;
