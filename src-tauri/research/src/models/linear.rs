//! Linear learners: ridge for returns, logistic regression for classes.
//!
//! Both learn from standardised columns; the intercept is not penalised; the penalty is a sample's, so that the same one means the
//! same on more data. The logistic one is `linfa-logistic`; where samples weigh differently, which it has no word for, or where it
//! gives up on the way, the same function is minimised by Newton's method here, and a test holds the two to each other.

use super::{ModelError, Table};

/// Newton steps, and halvings of one, at most.
const STEPS_MAX: usize = 60;
const HALVINGS_MAX: usize = 40;
/// The slope of the mean loss that counts as none.
const FLAT: f64 = 1e-9;
/// A slope that `linfa`'s answer may have left; steeper, and it gave up.
const FLAT_ENOUGH: f64 = 1e-5;

/// One factor for each column, and what is said where all are 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub coefficients: Vec<f64>,
    pub intercept: f64,
}

/// 1 ÷ (1 + e^−x), without overflow.
#[must_use]
pub fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + libm::exp(-x))
    } else {
        let power = libm::exp(x);
        power / (1.0 + power)
    }
}

/// ln(1 + e^x), without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// Solves a symmetric positive definite system (Cholesky); none when it is not.
pub(super) fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for row in 0..size {
        for column in 0..=row {
            let mut sum = matrix[row * size + column];
            for place in 0..column {
                sum -= matrix[row * size + place] * matrix[column * size + place];
            }
            if row == column {
                if !sum.is_finite() || sum <= 0.0 {
                    return None;
                }
                matrix[row * size + row] = libm::sqrt(sum);
            } else {
                matrix[row * size + column] = sum / matrix[column * size + column];
            }
        }
    }
    for row in 0..size {
        for place in 0..row {
            right[row] -= matrix[row * size + place] * right[place];
        }
        right[row] /= matrix[row * size + row];
    }
    for row in (0..size).rev() {
        for place in row + 1..size {
            right[row] -= matrix[place * size + row] * right[place];
        }
        right[row] /= matrix[row * size + row];
    }
    right.iter().all(|value| value.is_finite()).then_some(right)
}

/// Least squares with a penalty, in closed form. Columns are standardised.
pub(super) fn ridge(table: &Table, targets: &[f64], l2: f64) -> Result<Line, ModelError> {
    let (rows, size) = (table.rows().max(1) as f64, table.columns());
    let intercept = targets.iter().sum::<f64>() / rows;
    let (mut matrix, mut right) = (vec![0.0; size * size], vec![0.0; size]);
    for (row, target) in table.each().zip(targets) {
        for (one, value) in row.iter().enumerate() {
            right[one] += value * (target - intercept) / rows;
            for (other, with) in row.iter().enumerate().take(one + 1) {
                matrix[one * size + other] += value * with / rows;
            }
        }
    }
    (0..size).for_each(|place| matrix[place * size + place] += l2);
    let failed = || ModelError::Failed { learner: "ridge", why: "the columns say the same: use a larger l2".into() };
    Ok(Line { coefficients: solve(matrix, right).ok_or_else(failed)?, intercept })
}

/// What it has to minimise: mean log loss of weighted targets between 0 and 1, with a penalty.
struct Loss<'a> {
    table: &'a Table,
    targets: &'a [f64],
    weights: Option<&'a [f64]>,
    l2: f64,
}

impl Loss<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    fn total(&self) -> f64 {
        (0..self.table.rows()).map(|row| self.weight(row)).sum::<f64>().max(f64::MIN_POSITIVE)
    }

    fn score(&self, row: usize, at: &[f64]) -> f64 {
        let (intercept, factors) = (at[at.len() - 1], &at[..at.len() - 1]);
        intercept + dot(self.table.row(row), factors)
    }

    fn value(&self, at: &[f64]) -> f64 {
        let loss = |row: usize| {
            let score = self.score(row, at);
            self.weight(row) * (softplus(score) - self.targets[row] * score)
        };
        let squares: f64 = at[..at.len() - 1].iter().map(|factor| factor * factor).sum();
        (0..self.table.rows()).map(loss).sum::<f64>() / self.total() + self.l2 * squares / 2.0
    }

    /// The slope, and with it the curvature where it is asked for.
    fn slope(&self, at: &[f64], mut curvature: Option<&mut [f64]>) -> Vec<f64> {
        let (size, total) = (at.len(), self.total());
        let mut slope = vec![0.0; size];
        for (row, values) in self.table.each().enumerate() {
            let probability = logistic(self.score(row, at));
            let weight = self.weight(row) / total;
            let pull = weight * (probability - self.targets[row]);
            let bend = weight * probability * (1.0 - probability);
            let value = |place: usize| values.get(place).copied().unwrap_or(1.0);
            for one in 0..size {
                slope[one] += pull * value(one);
                if let Some(curvature) = &mut curvature {
                    let with = bend * value(one);
                    (0..=one).for_each(|other| curvature[one * size + other] += with * value(other));
                }
            }
        }
        for place in 0..size - 1 {
            slope[place] += self.l2 * at[place];
            if let Some(curvature) = &mut curvature {
                curvature[place * size + place] += self.l2;
            }
        }
        slope
    }

    fn newton(&self) -> Result<Line, ModelError> {
        let failed = |why: &str| ModelError::Failed { learner: "logistic", why: why.to_owned() };
        let size = self.table.columns() + 1;
        let mut at = vec![0.0; size];
        let mut value = self.value(&at);
        for _ in 0..STEPS_MAX {
            let mut curvature = vec![0.0; size * size];
            let slope = self.slope(&at, Some(&mut curvature));
            if steepest(&slope) < FLAT {
                break;
            }
            (0..size).for_each(|place| curvature[place * size + place] += 1e-12);
            let step = solve(curvature, slope).ok_or_else(|| failed("the columns say the same: use a larger l2"))?;
            let shorter = |halvings: usize| {
                let share = libm::exp2(-(halvings as f64));
                let there: Vec<f64> = at.iter().zip(&step).map(|(at, step)| at - share * step).collect();
                let below = self.value(&there);
                (below < value).then_some((there, below))
            };
            // Where no step goes down any more, what is left is rounding.
            let Some((there, below)) = (0..HALVINGS_MAX).find_map(shorter) else { break };
            (at, value) = (there, below);
        }
        if steepest(&self.slope(&at, None)) > FLAT_ENOUGH {
            return Err(failed("it did not settle: use a larger l2"));
        }
        Ok(line(at))
    }

    fn linfa(&self) -> Option<Line> {
        use linfa::prelude::{DatasetBase, Fit};
        let (rows, columns) = (self.table.rows(), self.table.columns());
        let flat: Vec<f64> = self.table.each().flatten().copied().collect();
        let records = ndarray::Array2::from_shape_vec((rows, columns), flat).ok()?;
        let targets: ndarray::Array1<bool> = self.targets.iter().map(|target| *target > 0.5).collect();
        let dataset = DatasetBase::new(records, targets);
        let learner = linfa_logistic::LogisticRegression::default()
            .alpha(self.l2 * rows as f64)
            .gradient_tolerance((FLAT_ENOUGH / 10.0) * rows as f64)
            .max_iterations(200);
        let fitted = learner.fit(&dataset).ok()?;
        // It calls one of the classes positive as it likes.
        let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
        let mut at: Vec<f64> = fitted.params().iter().map(|factor| sign * factor).collect();
        at.push(sign * fitted.intercept());
        (steepest(&self.slope(&at, None)) <= FLAT_ENOUGH).then(|| line(at))
    }
}

fn line(mut at: Vec<f64>) -> Line {
    let intercept = at.pop().unwrap_or(0.0);
    Line { coefficients: at, intercept }
}

fn steepest(slope: &[f64]) -> f64 {
    slope.iter().fold(0.0, |most, one| if one.is_nan() { f64::INFINITY } else { one.abs().max(most) })
}

pub(super) fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// Logistic regression of classes, with a weight for each sample where they differ.
pub(super) fn classes(table: &Table, targets: &[f64], weights: Option<&[f64]>, l2: f64) -> Result<Line, ModelError> {
    let loss = Loss { table, targets, weights, l2 };
    let quick = if weights.is_none() { loss.linfa() } else { None };
    quick.map_or_else(|| loss.newton(), Ok)
}

/// Logistic regression of targets that lie between 0 and 1.
pub(super) fn shares(table: &Table, targets: &[f64], l2: f64) -> Result<Line, ModelError> {
    Loss { table, targets, weights: None, l2 }.newton()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Random;

    fn made(rows: usize) -> (Table, Vec<f64>) {
        let (mut random, mut table, mut targets) = (Random::new(3, 0), Table::new(3), Vec::new());
        for _ in 0..rows {
            let row = [random.unit() - 0.5, random.unit() * 2.0, random.unit() + random.unit() - 1.0];
            let chance = logistic(3.0 * row[0] - 1.5 * row[1] + 1.0);
            targets.push(if random.unit() < chance { 1.0 } else { 0.0 });
            table.push(&row);
        }
        (table, targets)
    }

    #[test]
    fn newton_and_linfa_find_the_same_line() {
        let (table, targets) = made(800);
        for l2 in [1e-4, 1e-2, 1.0] {
            let loss = Loss { table: &table, targets: &targets, weights: None, l2 };
            let (quick, own) = (loss.linfa().unwrap(), loss.newton().unwrap());
            let apart = quick.coefficients.iter().zip(&own.coefficients).map(|(one, other)| (one - other).abs());
            assert!(apart.fold((quick.intercept - own.intercept).abs(), f64::max) < 1e-3, "{quick:?} {own:?}");
        }
    }

    #[test]
    fn a_weight_of_two_is_the_sample_twice() {
        let (table, targets) = made(200);
        let weights: Vec<f64> = targets.iter().map(|target| 1.0 + target).collect();
        let twice: Vec<usize> = (0..200).chain((0..200).filter(|row| targets[*row] > 0.5)).collect();
        let repeated: Vec<f64> = twice.iter().map(|row| targets[*row]).collect();
        let weighted = classes(&table, &targets, Some(&weights), 0.01).unwrap();
        let loss = Loss { table: &table.take(&twice), targets: &repeated, weights: None, l2: 0.01 };
        let plain = loss.newton().unwrap();
        assert!((weighted.intercept - plain.intercept).abs() < 1e-7);
        assert!((weighted.coefficients[0] - plain.coefficients[0]).abs() < 1e-7);
    }

    #[test]
    fn classes_that_a_line_parts_entirely_still_give_a_finite_line() {
        let mut table = Table::new(1);
        let targets: Vec<f64> = (0..100).map(|row| f64::from(u8::from(row >= 50))).collect();
        (0..100).for_each(|row| table.push(&[f64::from(row) / 50.0 - 1.0]));
        let weights = vec![1.0; 100];
        for weights in [None, Some(weights.as_slice())] {
            let line = classes(&table, &targets, weights, 1e-4).unwrap();
            assert!(line.coefficients[0] > 1.0 && line.coefficients[0].is_finite());
        }
    }

    #[test]
    fn a_ridge_without_a_penalty_worth_naming_finds_the_plane() {
        let (table, _) = made(300);
        let scaled = super::super::table::Scaler::fit(&table).scale(&table);
        let targets: Vec<f64> = scaled.each().map(|row| 0.5 + 2.0 * row[0] - row[2]).collect();
        let line = ridge(&scaled, &targets, 1e-12).unwrap();
        let apart = line.coefficients.iter().zip([2.0, 0.0, -1.0]).map(|(one, other)| (one - other).abs());
        assert!(apart.fold((line.intercept - 0.5).abs(), f64::max) < 1e-9, "{line:?}");
        // A penalty as large as a column's square halves what it says.
        let halved = ridge(&scaled, &scaled.each().map(|row| row[1]).collect::<Vec<_>>(), 1.0).unwrap();
        assert!((halved.coefficients[1] - 0.5).abs() < 0.05, "{halved:?}");
    }

    #[test]
    fn columns_that_say_the_same_are_no_hang_and_no_panic() {
        assert_eq!(solve(vec![1.0, 1.0, 1.0, 1.0], vec![1.0, 1.0]), None);
        assert_eq!(solve(vec![f64::NAN], vec![1.0]), None);
        let found = solve(vec![4.0, 2.0, 2.0, 3.0], vec![8.0, 7.0]).unwrap();
        assert!((found[0] - 1.25).abs() < 1e-12 && (found[1] - 1.5).abs() < 1e-12, "{found:?}");
    }
}
