//! Tables as Parquet files, for programs that analyse: DuckDB, Polars, Spark.
//!
//! Invariants: the same rows give the same bytes; memory holds one row group, however long the file; a number is exact or
//! absent, never rounded, and one that doesn't fit its column stands as text in the row's `digits`. Deliberately absent: what
//! the rows mean, and which files there are.

use crate::ReportError;
use domain::{Decimal, Timestamp};
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The digits of a number's column, and those after its point.
const DIGITS: i32 = 38;
const PLACES: u32 = 18;
const NUMBER_BYTES: i32 = 16;
/// The column of numbers that don't fit theirs.
const REST: &str = "digits";
/// A row group ends with whichever comes first.
const GROUP_ROWS: usize = 100_000;
const GROUP_TEXT_BYTES: usize = 8 << 20;
/// Rows a page at most: what a reader unpacks at a time.
const PAGE_ROWS: usize = 20_000;
const CREATED_BY: &str = "Oh My Coins";

/// What a column holds. Each may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// UTF-8.
    Text,
    /// Exact: 38 digits, 18 of them after the point.
    Number,
    /// A whole number of 64 bits.
    Whole,
    /// A double: a ratio or score, never an amount.
    Ratio,
    /// UTC to the microsecond.
    Moment,
    /// Yes or no.
    Truth,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
}

impl Field {
    /// A column of this name.
    #[must_use]
    pub fn of(name: &str, holds: Holds) -> Self {
        Self { name: name.to_owned(), holds }
    }
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing known.
    Empty,
    /// Text.
    Text(String),
    /// An exact number.
    Number(Decimal),
    /// A whole number.
    Whole(i64),
    /// A double.
    Ratio(f64),
    /// A moment.
    Moment(Timestamp),
    /// Yes or no.
    Truth(bool),
}

impl Value {
    /// Text, where there is some.
    #[must_use]
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    /// A number, where there is one.
    #[must_use]
    pub fn number(number: Option<Decimal>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableWritten {
    /// Rows.
    pub rows: u64,
    /// Rows of them with a number that stands in `digits`.
    pub unfitting: u64,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// Bytes on their way to a file, counted and hashed.
struct Hashed {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// What a column has gathered since the last row group.
enum Gathered {
    Text(Vec<ByteArray>),
    Number(Vec<FixedLenByteArray>),
    Long(Vec<i64>),
    Ratio(Vec<f64>),
    Truth(Vec<bool>),
}

struct Column {
    holds: Holds,
    /// 1 where there is a value.
    present: Vec<i16>,
    values: Gathered,
}

impl Column {
    fn of(holds: Holds) -> Self {
        let values = match holds {
            Holds::Text => Gathered::Text(vec![]),
            Holds::Number => Gathered::Number(vec![]),
            Holds::Whole | Holds::Moment => Gathered::Long(vec![]),
            Holds::Ratio => Gathered::Ratio(vec![]),
            Holds::Truth => Gathered::Truth(vec![]),
        };
        Self { holds, present: vec![], values }
    }

    /// Takes a value; false for one of another kind.
    fn push(&mut self, value: Value) -> bool {
        let present = !matches!(value, Value::Empty);
        match (&mut self.values, value, self.holds) {
            (_, Value::Empty, _) => {}
            (Gathered::Text(all), Value::Text(text), _) => all.push(ByteArray::from(text.into_bytes())),
            (Gathered::Number(all), Value::Number(number), _) => match fitting(number) {
                Some(whole) => all.push(FixedLenByteArray::from(whole.to_be_bytes().to_vec())),
                None => return false,
            },
            (Gathered::Long(all), Value::Whole(whole), Holds::Whole) => all.push(whole),
            (Gathered::Long(all), Value::Moment(moment), Holds::Moment) => all.push(moment.micros()),
            (Gathered::Ratio(all), Value::Ratio(ratio), _) => all.push(ratio),
            (Gathered::Truth(all), Value::Truth(truth), _) => all.push(truth),
            _ => return false,
        }
        self.present.push(i16::from(present));
        true
    }

    /// Writes what was gathered, and begins anew.
    fn write(&mut self, writer: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        let present = Some(self.present.as_slice());
        match (writer, &mut self.values) {
            (ColumnWriter::ByteArrayColumnWriter(out), Gathered::Text(all)) => {
                out.write_batch(all, present, None)?;
                all.clear();
            }
            (ColumnWriter::FixedLenByteArrayColumnWriter(out), Gathered::Number(all)) => {
                out.write_batch(all, present, None)?;
                all.clear();
            }
            (ColumnWriter::Int64ColumnWriter(out), Gathered::Long(all)) => {
                out.write_batch(all, present, None)?;
                all.clear();
            }
            (ColumnWriter::DoubleColumnWriter(out), Gathered::Ratio(all)) => {
                out.write_batch(all, present, None)?;
                all.clear();
            }
            (ColumnWriter::BoolColumnWriter(out), Gathered::Truth(all)) => {
                out.write_batch(all, present, None)?;
                all.clear();
            }
            _ => return Err(ParquetError::General("a column of another kind".to_owned())),
        }
        self.present.clear();
        Ok(())
    }
}

/// A number as a whole count of its last place; none where it has more digits than a column.
fn fitting(number: Decimal) -> Option<i128> {
    let number = number.normalize();
    let more = PLACES.checked_sub(number.scale())?;
    let whole = number.mantissa().checked_mul(10i128.checked_pow(more)?)?;
    (whole.unsigned_abs() < 10u128.pow(DIGITS.unsigned_abs())).then_some(whole)
}

fn column_type(field: &Field) -> Result<Type, ParquetError> {
    let of = |physical| Type::primitive_type_builder(&field.name, physical).with_repetition(Repetition::OPTIONAL);
    match field.holds {
        Holds::Text => of(Physical::BYTE_ARRAY)
            .with_logical_type(Some(LogicalType::String))
            .with_converted_type(ConvertedType::UTF8)
            .build(),
        Holds::Number => of(Physical::FIXED_LEN_BYTE_ARRAY)
            .with_length(NUMBER_BYTES)
            .with_logical_type(Some(LogicalType::decimal(PLACES as i32, DIGITS)))
            .with_converted_type(ConvertedType::DECIMAL)
            .with_precision(DIGITS)
            .with_scale(PLACES as i32)
            .build(),
        Holds::Whole => of(Physical::INT64).build(),
        Holds::Ratio => of(Physical::DOUBLE).build(),
        Holds::Moment => {
            of(Physical::INT64).with_logical_type(Some(LogicalType::timestamp(true, TimeUnit::MICROS))).build()
        }
        Holds::Truth => of(Physical::BOOLEAN).build(),
    }
}

fn properties(fields: &[Field], about: &[(&str, String)]) -> WriterProperties {
    let note = |(name, value): &(&str, String)| KeyValue::new((*name).to_owned(), value.clone());
    let mut made = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_key_value_metadata(Some(about.iter().map(note).collect()));
    // Moments and doubles hardly repeat.
    for field in fields.iter().filter(|field| matches!(field.holds, Holds::Moment | Holds::Ratio)) {
        made = made.set_column_dictionary_enabled(ColumnPath::from(field.name.as_str()), false);
    }
    made.build()
}

/// A table on its way into a file.
pub struct TableFile {
    path: PathBuf,
    fields: Vec<Field>,
    columns: Vec<Column>,
    has_rest: bool,
    writer: SerializedFileWriter<Hashed>,
    gathered: usize,
    text_bytes: usize,
    rows: u64,
    unfitting: u64,
}

impl TableFile {
    /// Begins a file that isn't there yet; `about` goes into its metadata.
    ///
    /// # Errors
    /// [`ReportError::Io`], [`ReportError::Parquet`].
    pub fn create(path: &Path, fields: &[Field], about: &[(&str, String)]) -> Result<Self, ReportError> {
        let has_rest = fields.iter().any(|field| field.holds == Holds::Number);
        let mut fields = fields.to_vec();
        if has_rest {
            fields.push(Field::of(REST, Holds::Text));
        }
        let file =
            File::create_new(path).map_err(|source| ReportError::Io { path: path.display().to_string(), source })?;
        let begun = || {
            let types = fields.iter().map(|field| column_type(field).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
            let schema = Type::group_type_builder("omc").with_fields(types).build()?;
            let hashed = Hashed { file, hash: Sha256::new(), bytes: 0 };
            SerializedFileWriter::new(hashed, Arc::new(schema), Arc::new(properties(&fields, about)))
        };
        let writer = begun().map_err(|error| failed(path, error))?;
        let columns = fields.iter().map(|field| Column::of(field.holds)).collect();
        let (gathered, text_bytes, rows, unfitting) = (0, 0, 0, 0);
        Ok(Self { path: path.to_owned(), fields, columns, has_rest, writer, gathered, text_bytes, rows, unfitting })
    }

    /// Adds a row: a value for each field.
    ///
    /// # Errors
    /// [`ReportError::Parquet`] for a row that doesn't fit; [`ReportError::Io`].
    pub fn push(&mut self, row: Vec<Value>) -> Result<(), ReportError> {
        let given = self.fields.len() - usize::from(self.has_rest);
        if row.len() != given {
            let words = format!("a row of {} values for {given} columns", row.len());
            return Err(ReportError::Parquet(words));
        }
        let mut rest: Vec<String> = vec![];
        for ((field, column), mut value) in self.fields.iter().zip(&mut self.columns).zip(row) {
            match &value {
                Value::Number(number) if field.holds == Holds::Number && fitting(*number).is_none() => {
                    rest.push(format!("{}={}", field.name, number.normalize()));
                    value = Value::Empty;
                }
                Value::Text(text) => self.text_bytes += text.len(),
                _ => {}
            }
            if !column.push(value) {
                return Err(ReportError::Parquet(format!("a value of another kind than {}", field.name)));
            }
        }
        if let (true, Some(column)) = (self.has_rest, self.columns.last_mut()) {
            self.unfitting += u64::from(!rest.is_empty());
            column.push(Value::text(Some(rest.join(" ")).filter(|rest| !rest.is_empty())));
        }
        self.gathered += 1;
        self.rows += 1;
        if self.gathered >= GROUP_ROWS || self.text_bytes >= GROUP_TEXT_BYTES { self.group() } else { Ok(()) }
    }

    /// Writes what was gathered as a row group.
    fn group(&mut self) -> Result<(), ReportError> {
        if self.gathered == 0 {
            return Ok(());
        }
        let write = |writer: &mut SerializedFileWriter<Hashed>, columns: &mut [Column]| {
            let mut group = writer.next_row_group()?;
            for column in columns {
                let Some(mut out) = group.next_column()? else { break };
                column.write(out.untyped())?;
                out.close()?;
            }
            group.close().map(|_| ())
        };
        write(&mut self.writer, &mut self.columns).map_err(|error| failed(&self.path, error))?;
        (self.gathered, self.text_bytes) = (0, 0);
        Ok(())
    }

    /// Ends the file, durably.
    ///
    /// # Errors
    /// [`ReportError::Io`], [`ReportError::Parquet`].
    pub fn finish(mut self) -> Result<TableWritten, ReportError> {
        self.group()?;
        let Self { path, writer, rows, unfitting, .. } = self;
        let hashed = writer.into_inner().map_err(|error| failed(&path, error))?;
        hashed.file.sync_all().map_err(|source| ReportError::Io { path: path.display().to_string(), source })?;
        let sha256 = hexadecimal(hashed.hash);
        Ok(TableWritten { rows, unfitting, bytes: hashed.bytes, sha256 })
    }
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of some bytes, hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

/// A full disk stays a full disk, whoever met it.
fn failed(path: &Path, error: ParquetError) -> ReportError {
    if let ParquetError::External(cause) = &error
        && let Some(cause) = cause.downcast_ref::<std::io::Error>()
    {
        let source = std::io::Error::new(cause.kind(), cause.to_string());
        return ReportError::Io { path: path.display().to_string(), source };
    }
    ReportError::Parquet(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
