//! Samples to learn from: rows of features as of a close, each with what a purchase after it came to.
//!
//! Invariants: a row knows nothing after its close; its label ends at a candle that is known, so that trainings can be purged;
//! every value is finite: a row with an absent value is left out and counted, never filled. A column that is absent everywhere,
//! or the same everywhere, is left out and named. Samples are in the order of time. Deliberately absent: scaling and thresholds,
//! which are made of what is trained on.

use super::labels::{LabelKind, LabelSpec, NoLabel, Outcome, outcomes, quantile};
use super::{ModelError, Table};
use crate::features::{Feature, FeatureRow};
use crate::sweep::data_hash;
use crate::truth::Labels;
use domain::{Candle, Coin, FactHash, Interval, Timestamp};
use std::sync::Arc;

/// Values learned from at once, at most: rows times columns.
pub const CELLS_MAX: usize = 10_000_000;
/// Samples it takes at least.
pub const ROWS_MIN: usize = 60;

/// What was left out, and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dropped {
    /// Rows with an absent value.
    pub absent: usize,
    /// How many rows each column was absent in, the most often absent first; only those absent somewhere.
    pub absent_by: Vec<(String, usize)>,
    /// At the end, where no horizon is over.
    pub unfinished: usize,
    /// Rows whose horizon has a hole.
    pub gaps: usize,
    /// Rows where nobody traded when it would have bought or sold.
    pub no_volume: usize,
    /// Rows without a price, or whose barrier has no width yet.
    pub no_price: usize,
    /// Columns that are absent in every row.
    pub absent_columns: Vec<String>,
    /// Columns that are the same in every row.
    pub constant_columns: Vec<String>,
}

impl Dropped {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        let mut say = |count: usize, words: &str| {
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        };
        say(self.absent, "have an absent feature");
        say(self.unfinished, "end before their horizon");
        say(self.gaps, "have missing candles in their horizon");
        say(self.no_volume, "have no trades to buy or sell in");
        say(self.no_price, "have no price or barrier");
        if let Some((name, count)) = self.absent_by.first() {
            parts.push(format!("{name} is absent in {count}"));
        }
        if parts.is_empty() { "the window is short".to_owned() } else { parts.join(", ") }
    }
}

/// One sample beside its features.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The beginning of its candle.
    pub time: Timestamp,
    /// Its close: when it would have been decided.
    pub known_at: Timestamp,
    /// What a purchase after it came to.
    pub net: f64,
    /// Whether that is up; none where only the samples trained on can tell.
    pub is_up: Option<bool>,
    /// Whether the last horizon before it was up: the honest guess of who knows nothing else.
    pub was_up: bool,
}

/// Samples to learn from.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Of which coin.
    pub coin: Coin,
    /// Of candles of which length.
    pub interval: Interval,
    /// What is to be learned.
    pub label: LabelSpec,
    /// The columns, by name.
    pub columns: Vec<String>,
    /// A row for each sample.
    pub table: Arc<Table>,
    /// The samples, oldest first.
    pub samples: Vec<Sample>,
    /// Where each label ends, by sample.
    pub ends: Labels,
    /// What was left out.
    pub dropped: Dropped,
    /// The hash of the candles, as trials are counted by.
    pub data: FactHash,
}

impl Dataset {
    /// Puts rows of features and candles together. The rows are of these candles: each begins where one of them does. `columns` are
    /// those of the rows; `wanted` those to learn from, all when there are none.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn new(
        coin: Coin,
        interval: Interval,
        candles: &[Candle],
        columns: &[&Feature],
        rows: &[FeatureRow],
        wanted: &[String],
        label: LabelSpec,
    ) -> Result<Self, ModelError> {
        label.check()?;
        let places = wanted_places(columns, wanted)?;
        let cells = rows.len().saturating_mul(places.len());
        if cells > CELLS_MAX {
            return Err(ModelError::TooMuch { cells, max: CELLS_MAX });
        }
        let at = aligned(candles, columns.len(), rows)?;
        let mut dropped = Dropped::default();
        let kept = kept_columns(columns, &places, rows, &mut dropped)?;
        let outcomes = outcomes(candles, interval, &label);
        let past = past(candles, interval, &label);
        let mut made =
            Made { table: Table::new(kept.len()), samples: Vec::new(), candles: Vec::new(), ends: Vec::new() };
        for (row, place) in rows.iter().zip(&at) {
            let outcome = match outcomes[*place] {
                Ok(outcome) => outcome,
                Err(NoLabel::Unfinished) => {
                    dropped.unfinished += 1;
                    continue;
                }
                Err(NoLabel::Gap) => {
                    dropped.gaps += 1;
                    continue;
                }
                Err(NoLabel::NoVolume) => {
                    dropped.no_volume += 1;
                    continue;
                }
                Err(NoLabel::NoPrice) => {
                    dropped.no_price += 1;
                    continue;
                }
            };
            let values: Option<Vec<f64>> = kept.iter().map(|place| row.values[*place]).collect();
            let Some(values) = values else {
                dropped.absent += 1;
                continue;
            };
            made.table.push(&values);
            let Outcome { net, is_up, end } = outcome;
            made.samples.push(Sample { time: row.time, known_at: row.known_at, net, is_up, was_up: past[*place] });
            made.candles.push(*place);
            made.ends.push(end);
        }
        let names: Vec<String> = kept.iter().map(|place| columns[*place].name.to_owned()).collect();
        made.finish(coin, interval, label, names, rows.len(), dropped, data_hash(coin, interval, candles))
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// What a return must be above to be up, as those to train on say: the quantile of theirs; nothing for labels that need none.
    #[must_use]
    pub fn threshold(&self, train: &[usize]) -> Option<f64> {
        let LabelKind::Quantile { above } = self.label.kind else { return None };
        let returns: Vec<f64> = train.iter().map(|row| self.samples[*row].net).collect();
        quantile(&returns, above)
    }

    /// Whether a sample is up, by that threshold where it takes one.
    #[must_use]
    pub fn is_up(&self, row: usize, threshold: Option<f64>) -> bool {
        let sample = &self.samples[row];
        sample.is_up.unwrap_or_else(|| sample.net > threshold.unwrap_or(0.0))
    }

    /// The hash of what is learned from: samples, labels and values, to the bit.
    #[must_use]
    pub fn hash(&self) -> FactHash {
        let head = (&self.coin, self.interval, self.label.horizon as u64, &self.columns);
        let mut hash = FactHash::of(&("omc_dataset", self.data, head));
        for (row, sample) in self.samples.iter().enumerate() {
            let bits: Vec<u64> = self.table.row(row).iter().map(|value| value.to_bits()).collect();
            hash = FactHash::of(&(hash, sample.time, sample.net.to_bits(), sample.is_up, bits));
        }
        hash
    }
}

struct Made {
    table: Table,
    samples: Vec<Sample>,
    candles: Vec<usize>,
    ends: Vec<usize>,
}

impl Made {
    #[allow(clippy::too_many_arguments, reason = "all of it goes into one value once")]
    fn finish(
        self,
        coin: Coin,
        interval: Interval,
        label: LabelSpec,
        columns: Vec<String>,
        rows: usize,
        dropped: Dropped,
        data: FactHash,
    ) -> Result<Dataset, ModelError> {
        if self.samples.len() < ROWS_MIN {
            let have = self.samples.len();
            return Err(ModelError::TooFewRows { have, rows, need: ROWS_MIN, dropped: Box::new(dropped) });
        }
        // The last sample whose candle a label looked at; itself when it looked at none of another.
        let last = |(row, end): (usize, &usize)| {
            let behind = self.candles.partition_point(|candle| candle <= end);
            behind.saturating_sub(1).max(row)
        };
        let ends = Labels::ending(self.ends.iter().enumerate().map(last).collect())?;
        let table = Arc::new(self.table);
        Ok(Dataset { coin, interval, label, columns, table, samples: self.samples, ends, dropped, data })
    }
}

/// The places of the columns asked for.
fn wanted_places(columns: &[&Feature], wanted: &[String]) -> Result<Vec<usize>, ModelError> {
    if wanted.is_empty() {
        return Ok((0..columns.len()).collect());
    }
    let place = |name: &String| {
        columns.iter().position(|column| column.name == name).ok_or_else(|| {
            let known = columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
            ModelError::UnknownFeature { name: crate::parameters::cut(name), known }
        })
    };
    let mut places = wanted.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    places.sort_unstable();
    places.dedup();
    Ok(places)
}

/// The candle of each row, by place.
fn aligned(candles: &[Candle], columns: usize, rows: &[FeatureRow]) -> Result<Vec<usize>, ModelError> {
    let place = |(row, one): (usize, &FeatureRow)| {
        if one.values.len() != columns {
            return Err(ModelError::Misaligned { what: "another number of columns", row });
        }
        if row > 0 && rows[row - 1].time >= one.time {
            return Err(ModelError::Misaligned { what: "a row that is not after the one before", row });
        }
        let found = candles.binary_search_by(|candle| candle.time.cmp(&one.time));
        found.map_err(|_| ModelError::Misaligned { what: "no candle begins there", row })
    };
    rows.iter().enumerate().map(place).collect()
}

/// The columns that say something, and notes of those that don't.
fn kept_columns(
    columns: &[&Feature],
    places: &[usize],
    rows: &[FeatureRow],
    dropped: &mut Dropped,
) -> Result<Vec<usize>, ModelError> {
    let mut kept = Vec::new();
    for place in places {
        let name = || columns[*place].name.to_owned();
        let said: Vec<f64> = rows.iter().filter_map(|row| row.values[*place]).collect();
        let Some(first) = said.first() else {
            dropped.absent_columns.push(name());
            continue;
        };
        if said.iter().all(|value| value == first) {
            dropped.constant_columns.push(name());
            continue;
        }
        if said.len() < rows.len() {
            dropped.absent_by.push((name(), rows.len() - said.len()));
        }
        kept.push(*place);
    }
    dropped.absent_by.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    if kept.is_empty() {
        let (absent, constant) = (dropped.absent_columns.join(", "), dropped.constant_columns.join(", "));
        return Err(ModelError::NoFeatures { absent, constant });
    }
    Ok(kept)
}

/// Whether the horizon that ended with each candle was up, after costs, from close to close; not where it has a hole.
fn past(candles: &[Candle], interval: Interval, label: &LabelSpec) -> Vec<bool> {
    let number = |candle: &Candle| f64::try_from(candle.close.decimal()).unwrap_or(f64::NAN);
    let span = label.horizon as i64 * interval.micros();
    let was_up = |place: usize| {
        let before = place.checked_sub(label.horizon).and_then(|before| candles.get(before));
        let before = before.filter(|before| before.time.plus_micros(span) == candles[place].time);
        before.is_some_and(|before| number(&candles[place]) / number(before) - 1.0 > label.round_trip())
    };
    (0..candles.len()).map(was_up).collect()
}
