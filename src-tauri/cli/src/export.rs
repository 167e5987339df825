//! `omc export`.

use crate::args::{ExportArgs, ParquetArgs};
use crate::commands::Done;
use crate::print::{Out, table};
use crate::research::watched;
use crate::words;
use std::sync::Arc;
use workstation::commands::Job;
use workstation::dto::{ParquetRequest, ParquetView};
use workstation::{Error, Workstation};

/// Writes a file, or a folder of them.
pub async fn run(ws: &Workstation, args: ExportArgs, out: &Out) -> Done {
    let ExportArgs { layout, out: place, parquet } = args;
    if layout != "parquet" {
        if parquet != ParquetArgs::default() {
            let words = format!("{layout} takes everything live: only parquet is told what, of which and when");
            return Err(Error::usage("usage", words).into());
        }
        return out.result(&ws.export(&layout, &place).await?, words::file);
    }
    let ParquetArgs { what, coins, intervals, from, to, timezone, generated_at } = parquet;
    let request = ParquetRequest { what, coins, intervals, from, to, timezone, generated_at };
    let job = Arc::<Job>::default();
    let asked = ws.export_parquet(&request, &place, &job);
    out.result(&watched(asked, &job, "files", out).await?, told)
}

fn told(view: &ParquetView) -> String {
    let rows: Vec<Vec<String>> = view.rows.iter().map(|(name, rows)| vec![name.clone(), rows.to_string()]).collect();
    let mut text: String = view.notes.iter().map(|note| format!("note: {note}\n")).collect();
    text.push_str(&table(&["table", "rows"], &[1], &rows));
    text.push_str(&format!("\n\n{} files, {} bytes, in {}", view.files, view.bytes, view.folder));
    text
}
