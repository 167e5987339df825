//! Where EDGAR's JSON ends: columns of one filer's newest filings become filings.

use super::acceptance::{Habit, accepted, habit};
use super::{ARCHIVE, Filer, INFO, NAME};
use crate::error::SourceError;
use crate::reading::{Refusal, Refused, json};
use crate::text::plain;
use chrono::NaiveDate;
use domain::Timestamp;
use ledgers::{Collected, Observation, Payload, inert};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

const DAYS_MAX: i64 = 30;
const NAME_CHARS_MAX: usize = 150;
const TITLE_CHARS_MAX: usize = 300;
const FORM_CHARS_MAX: usize = 24;
const DOCUMENT_BYTES_MAX: usize = 200;
const ITEMS_MAX: usize = 24;
/// Filings in a reply that are looked at; a thousand is what the service says it sends.
const ROWS_MAX: usize = 5_000;
/// Filings taken of one filer in a run.
const TAKEN_MAX: usize = 300;

#[derive(Deserialize)]
struct Envelope<'a> {
    cik: Option<Value>,
    name: Option<String>,
    #[serde(default)]
    tickers: Vec<String>,
    #[serde(borrow)]
    filings: Option<Filings<'a>>,
}

#[derive(Deserialize)]
struct Filings<'a> {
    #[serde(borrow)]
    recent: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Columns<'a> {
    #[serde(borrow)]
    accession_number: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    filing_date: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    report_date: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    acceptance_date_time: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    form: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    primary_document: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    primary_doc_description: Option<Vec<&'a RawValue>>,
}

impl<'a> Columns<'a> {
    fn named(&self) -> [(&'static str, Option<&Vec<&'a RawValue>>); 8] {
        [
            ("accessionNumber", self.accession_number.as_ref()),
            ("filingDate", self.filing_date.as_ref()),
            ("reportDate", self.report_date.as_ref()),
            ("acceptanceDateTime", self.acceptance_date_time.as_ref()),
            ("form", self.form.as_ref()),
            ("items", self.items.as_ref()),
            ("primaryDocument", self.primary_document.as_ref()),
            ("primaryDocDescription", self.primary_doc_description.as_ref()),
        ]
    }
}

/// What a filer's reply holds.
#[derive(Debug)]
pub struct Found {
    pub collected: Collected,
    /// The columns it has.
    pub fields: Vec<&'static str>,
    /// The clock its times follow, as far as that is proven.
    pub habit: Habit,
}

/// Everything about a reply that its filings need.
struct Filed<'a> {
    filer: Filer,
    name: String,
    habit: Habit,
    now: Timestamp,
    row: Row<'a>,
}

/// One filing, as text; what is empty is none.
struct Row<'a> {
    columns: &'a Columns<'a>,
    place: usize,
}

impl Row<'_> {
    fn text(&self, field: &str, column: Option<&Vec<&RawValue>>) -> Result<Option<String>, Refusal> {
        let Some(raw) = column.and_then(|column| column.get(self.place)).filter(|raw| raw.get() != "null") else {
            return Ok(None);
        };
        let text: Result<String, _> = serde_json::from_str(raw.get());
        let text = text.map_err(|_| Refusal::new("wrong_type", format!("{field} is no text: {}", inert(raw.get()))))?;
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }
}

/// The filings of the last 30 days. One bad filing costs itself; columns of unequal length cost the whole reply, for nobody
/// can tell which of its cells belong together.
pub fn parse(body: &[u8], filer: Filer, known: Habit, now: Timestamp) -> Result<Found, SourceError> {
    let envelope: Envelope<'_> = json(NAME, body)?;
    let changed = |reason: &str| SourceError::SchemaChanged { service: NAME, reason: reason.to_owned() };
    let recent =
        envelope.filings.and_then(|filings| filings.recent).ok_or_else(|| changed("it has no recent filings"))?;
    let name = plain(&envelope.name.unwrap_or_default(), NAME_CHARS_MAX);
    let cik = envelope.cik.as_ref().and_then(number).ok_or_else(|| changed("it has no number of its filer"))?;
    if !filer.is_meant(cik, &name, &envelope.tickers) {
        let tickers = envelope.tickers.join(", ");
        let found = format!("number {cik}, '{}', tickers '{}'", inert(&name), inert(&tickers));
        return Err(SourceError::WrongSubject { service: NAME, asked: filer.ticker.to_owned(), found });
    }
    let columns: Columns<'_> =
        serde_json::from_str(recent.get()).map_err(|_| changed("its recent filings are no columns"))?;
    let rows = rows(&columns)?;
    let texts: Vec<String> =
        columns.acceptance_date_time.iter().flatten().take(ROWS_MAX).map(|raw| bare(raw)).collect();
    let habit = match habit(texts.iter().map(String::as_str), now) {
        Habit::Unknown => known,
        proven => proven,
    };
    let (mut refused, mut collected, mut seen) = (Refused::default(), Collected::default(), BTreeSet::new());
    for place in 0..rows.min(ROWS_MAX) {
        let filed = Filed { filer, name: name.clone(), habit, now, row: Row { columns: &columns, place } };
        match filing(&filed) {
            Ok(None) => {}
            Ok(Some(found)) if seen.contains(&found.key) => {
                refused.push(&found.key, &Refusal::new("duplicate", "is there more than once; taken once"));
            }
            Ok(Some(_)) if seen.len() >= TAKEN_MAX => {
                refused.push("older filings", &Refusal::new("too_many", "more than are taken of one filer in a run"));
                break;
            }
            Ok(Some(found)) => {
                seen.insert(found.key.clone());
                collected.observations.push(found);
            }
            Err(refusal) => refused.push(&format!("{} filing {}", filer.ticker, place + 1), &refusal),
        }
    }
    collected.rejected = refused.finish();
    let fields: Vec<_> = columns.named().into_iter().filter(|(_, column)| column.is_some()).map(|(n, _)| n).collect();
    Ok(Found { collected, fields, habit })
}

/// How many filings there are.
fn rows(columns: &Columns<'_>) -> Result<usize, SourceError> {
    for needed in ["accessionNumber", "filingDate", "acceptanceDateTime", "form"] {
        if columns.named().iter().any(|(name, column)| *name == needed && column.is_none()) {
            return Err(SourceError::SchemaChanged { service: NAME, reason: format!("it has no column {needed}") });
        }
    }
    let lengths: Vec<(&str, usize)> =
        columns.named().iter().filter_map(|(name, column)| Some((*name, column.as_ref()?.len()))).collect();
    let rows = lengths.first().map_or(0, |(_, length)| *length);
    match lengths.iter().find(|(_, length)| *length != rows) {
        None => Ok(rows),
        Some((name, length)) => Err(SourceError::UnequalColumns {
            service: NAME,
            reason: format!("accessionNumber has {rows} entries and {name} {length}"),
        }),
    }
}

/// The filing of a row; none when it is older than what is read.
fn filing(filed: &Filed<'_>) -> Result<Option<Observation>, Refusal> {
    let (row, columns) = (&filed.row, filed.row.columns);
    let filed_on =
        row.text("filingDate", columns.filing_date.as_ref())?.ok_or_else(|| Refusal::missing("filingDate"))?;
    let day = NaiveDate::parse_from_str(&filed_on, "%Y-%m-%d")
        .map_err(|_| Refusal::new("bad_date", format!("filingDate is no day: '{}'", inert(&filed_on))))?;
    if (filed.now.to_utc().date_naive() - day).num_days() > DAYS_MAX {
        return Ok(None);
    }
    let accession = row.text("accessionNumber", columns.accession_number.as_ref())?;
    let accession = accession.ok_or_else(|| Refusal::missing("accessionNumber"))?;
    if !is_accession(&accession) {
        let reason = format!("accessionNumber is none: '{}'", inert(&accession));
        return Err(Refusal::new("bad_accession", reason));
    }
    let form = plain(&row.text("form", columns.form.as_ref())?.unwrap_or_default(), FORM_CHARS_MAX);
    if form.is_empty() {
        return Err(Refusal::missing("form"));
    }
    let stamp = row.text("acceptanceDateTime", columns.acceptance_date_time.as_ref())?;
    let accepted = accepted(stamp.as_deref(), filed.habit, filed.now);
    let document = row.text("primaryDocument", columns.primary_document.as_ref())?.unwrap_or_default();
    let description = row.text("primaryDocDescription", columns.primary_doc_description.as_ref())?;
    let report = row.text("reportDate", columns.report_date.as_ref())?;
    let items = row.text("items", columns.items.as_ref())?.unwrap_or_default();
    let items = items.split(',').map(|item| plain(item, FORM_CHARS_MAX)).filter(|item| !item.is_empty());
    let payload = Payload::Filing {
        url: url(filed.filer.cik, &accession, &document),
        accession: accession.clone(),
        form,
        items: items.take(ITEMS_MAX).collect(),
        filer: filed.name.clone(),
        cik: filed.filer.padded(),
        title: plain(&description.unwrap_or_default(), TITLE_CHARS_MAX),
        report_date: report.filter(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok()),
    };
    Ok(Some(Observation {
        source: INFO.name.to_owned(),
        key: accession,
        coins: Vec::new(),
        event_time: accepted.unwrap_or(filed.now),
        published_at: accepted.ok(),
        undated: accepted.err(),
        payload,
    }))
}

/// `0001234567-26-000123`.
fn is_accession(text: &str) -> bool {
    let shape = |place: usize, byte: u8| if matches!(place, 10 | 13) { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 20 && text.bytes().enumerate().all(|(place, byte)| shape(place, byte))
}

/// The document, or the folder of the filing when its name is none that can stand in an address.
fn url(cik: u32, accession: &str, document: &str) -> String {
    let folder = format!("{ARCHIVE}/{cik}/{}", accession.replace('-', ""));
    let is_name = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        !part.is_empty() && part.chars().all(plain) && part.chars().any(|c| c != '.')
    };
    let usable = document.len() <= DOCUMENT_BYTES_MAX && document.split('/').all(is_name);
    if usable { format!("{folder}/{document}") } else { folder }
}

/// A filer's number, padded or not, as text or as a number.
fn number(value: &Value) -> Option<u32> {
    let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))?;
    u32::try_from(number).ok()
}

fn bare(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
