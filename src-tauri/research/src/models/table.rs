//! A table of numbers, and what is done to its columns before anything learns from them.

use serde::{Deserialize, Serialize};

/// Rows of numbers, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: usize,
    values: Vec<f64>,
}

impl Table {
    /// Without rows.
    #[must_use]
    pub const fn new(columns: usize) -> Self {
        Self { columns, values: Vec::new() }
    }

    /// Adds a row of as many values as there are columns; what is too much is cut off, what is missing is 0.
    pub fn push(&mut self, row: &[f64]) {
        self.values.extend(row.iter().copied().chain(std::iter::repeat(0.0)).take(self.columns));
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// How many columns there are.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// A row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// All rows.
    pub fn each(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.columns.max(1))
    }

    /// These rows.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let mut taken = Self { columns: self.columns, values: Vec::with_capacity(rows.len() * self.columns) };
        rows.iter().for_each(|row| taken.values.extend_from_slice(self.row(*row)));
        taken
    }

    /// Whether every value is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }

    /// Column after column, of these columns.
    pub(super) fn by_column(&self, columns: &[usize]) -> Vec<f64> {
        let column = |column: &usize| self.values.iter().skip(*column).step_by(self.columns).copied();
        columns.iter().flat_map(column).collect()
    }

    /// The columns that are not the same everywhere.
    pub(super) fn varying(&self) -> Vec<usize> {
        let differs = |column: &usize| {
            let mut values = self.values.iter().skip(*column).step_by(self.columns);
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        (0..self.columns).filter(differs).collect()
    }
}

/// Numbers of a model at most, and deviations at least one part of it: what is made of them then stays finite.
pub(super) const MAGNITUDE_MAX: f64 = 1e100;

/// Each column less its mean, in its deviations; what never moved says 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaler {
    /// The mean of each column.
    pub mean: Vec<f64>,
    /// The deviation of each, of the population; 0 where it never moved.
    pub deviation: Vec<f64>,
}

impl Scaler {
    /// Of these rows and no others.
    #[must_use]
    pub fn fit(table: &Table) -> Self {
        let rows = table.rows().max(1) as f64;
        let mut mean = vec![0.0; table.columns()];
        for row in table.each() {
            mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / rows);
        }
        let mut deviation = vec![0.0; table.columns()];
        for row in table.each() {
            let squares = deviation.iter_mut().zip(row.iter().zip(&mean));
            squares.for_each(|(sum, (value, mean))| *sum += (value - mean) * (value - mean) / rows);
        }
        let deviation = deviation.into_iter().map(libm::sqrt).zip(&mean);
        // What is left of equal values is rounding, not spread.
        let real = |(deviation, mean): (f64, &f64)| {
            if deviation > (mean.abs() * 1e-12).max(1.0 / MAGNITUDE_MAX) { deviation } else { 0.0 }
        };
        Self { deviation: deviation.map(real).collect(), mean }
    }

    /// A value of a column, standardised.
    #[must_use]
    pub fn one(&self, column: usize, value: f64) -> f64 {
        let deviation = self.deviation[column];
        if deviation > 0.0 { (value - self.mean[column]) / deviation } else { 0.0 }
    }

    /// A table, standardised.
    #[must_use]
    pub fn scale(&self, table: &Table) -> Table {
        let mut scaled = Table { columns: table.columns, values: Vec::with_capacity(table.values.len()) };
        for row in table.each() {
            scaled.values.extend(row.iter().enumerate().map(|(column, value)| self.one(column, *value)));
        }
        scaled
    }
}
