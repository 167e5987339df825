//! What a row of numbers is like, how two go together, and which of them stand out.
//!
//! Invariants: what can't be told is none, never 0; equal numbers have no deviation, so that nothing goes together with them.
//! Ties share the mean of their ranks. Deliberately absent: tests of significance, which need to know how often one looked.

/// What numbers are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// The deviation of the sample; none of fewer than two.
    pub deviation: Option<f64>,
    /// The least.
    pub min: f64,
    /// The middle.
    pub median: f64,
    /// The greatest.
    pub max: f64,
    /// The third standardised moment; none where all are equal.
    pub skew: Option<f64>,
    /// The fourth; 3 for a normal.
    pub kurtosis: Option<f64>,
}

/// What finite numbers are like; none for none.
#[must_use]
pub fn summary(values: &[f64]) -> Option<Summary> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (min, max, count) = (*sorted.first()?, *sorted.last()?, sorted.len());
    let mean = sorted.iter().sum::<f64>() / count as f64;
    let moment = |power: i32| sorted.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / count as f64;
    let spread = moment(2);
    let is_spread = max > min && spread > 0.0;
    Some(Summary {
        count,
        mean,
        deviation: (count > 1).then(|| (spread * count as f64 / (count - 1) as f64).sqrt()),
        min,
        median: middle(&sorted),
        max,
        skew: is_spread.then(|| moment(3) / (spread * spread.sqrt())),
        kurtosis: is_spread.then(|| moment(4) / (spread * spread)),
    })
}

fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
    if sorted.len() % 2 == 1 { at(half) } else { f64::midpoint(at(half.wrapping_sub(1)), at(half)) }
}

/// How far numbers go together along a line, −1 to 1; none where one of them never changes, or of fewer than three pairs.
#[must_use]
pub fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 || pairs.iter().any(|(a, b)| !a.is_finite() || !b.is_finite()) {
        return None;
    }
    let count = pairs.len() as f64;
    let (mean_a, mean_b) =
        (pairs.iter().map(|pair| pair.0).sum::<f64>() / count, pairs.iter().map(|pair| pair.1).sum::<f64>() / count);
    let (mut both, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        of_a += a * a;
        of_b += b * b;
    }
    let scale = (of_a * of_b).sqrt();
    (scale > 0.0 && scale.is_finite()).then(|| (both / scale).clamp(-1.0, 1.0))
}

/// The same of their ranks: how far one rises with the other, along whatever line.
#[must_use]
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.iter().any(|(a, b)| !a.is_finite() || !b.is_finite()) {
        return None;
    }
    let of_a = ranks(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
    let of_b = ranks(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
    pearson(&of_a.into_iter().zip(of_b).collect::<Vec<_>>())
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let value = |place: &usize| values.get(*place).copied().unwrap_or(f64::NAN);
    order.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for ties in order.chunk_by(|a, b| value(a) == value(b)) {
        let rank = f64::midpoint(first as f64, (first + ties.len() - 1) as f64);
        for place in ties {
            if let Some(slot) = ranks.get_mut(*place) {
                *slot = rank;
            }
        }
        first += ties.len();
    }
    ranks
}

/// The places of numbers at least so many deviations from the mean, the farthest first, with how far.
#[must_use]
pub fn outliers(values: &[f64], deviations: f64) -> Vec<(usize, f64)> {
    let told = summary(values).and_then(|told| Some((told.mean, told.deviation.filter(|spread| *spread > 0.0)?)));
    let Some((mean, spread)) = told else { return Vec::new() };
    let far = |(place, value): (usize, &f64)| (place, (value - mean) / spread);
    let mut found: Vec<(usize, f64)> =
        values.iter().enumerate().map(far).filter(|(_, z)| z.is_finite() && z.abs() >= deviations).collect();
    found.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_of_known_numbers_is_theirs() {
        let told = summary(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0, f64::NAN]).unwrap();
        assert_eq!((told.count, told.mean, told.min, told.median, told.max), (8, 5.0, 2.0, 4.5, 9.0));
        assert!((told.deviation.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert!((told.skew.unwrap() - 0.656_25).abs() < 1e-12 && (told.kurtosis.unwrap() - 2.781_25).abs() < 1e-12);
        assert_eq!(summary(&[]), None);
        let flat = summary(&[3.0, 3.0]).unwrap();
        assert_eq!((flat.deviation, flat.skew, flat.kurtosis), (Some(0.0), None, None));
    }

    #[test]
    fn a_line_goes_together_and_a_curve_does_by_rank() {
        let pairs: Vec<(f64, f64)> = (1..20).map(|n| (f64::from(n), f64::from(n).powi(3))).collect();
        assert!((spearman(&pairs).unwrap() - 1.0).abs() < 1e-12);
        assert!(pearson(&pairs).unwrap() < 0.95);
        let line: Vec<(f64, f64)> = (1..5).map(|n| (f64::from(n), -2.0 * f64::from(n))).collect();
        assert!((pearson(&line).unwrap() + 1.0).abs() < 1e-12);
        assert_eq!(
            pearson(&[(1.0, 5.0), (2.0, 5.0), (3.0, 5.0)]),
            None,
            "nothing goes together with what stands still"
        );
        assert_eq!(pearson(&line[..2]), None);
        assert_eq!(ranks(&[10.0, 20.0, 10.0]), [0.5, 2.0, 0.5]);
    }

    #[test]
    fn what_stands_out_is_found_and_what_stands_still_has_nothing() {
        let mut values = vec![0.0, 0.1, -0.1, 0.05, -0.05, 0.0, 0.1, -0.1, 0.02, -0.02, 0.01, 0.03];
        values.push(5.0);
        let found = outliers(&values, 3.0);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, 12);
        assert!(outliers(&[1.0; 30], 3.0).is_empty());
    }
}
