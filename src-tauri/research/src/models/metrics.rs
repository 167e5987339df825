//! How good predictions were, and why a figure is missing.

/// Why a figure is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmeasured {
    /// Nothing to measure.
    #[error("there are no predictions")]
    Nothing,
    /// All samples are up, or all are not.
    #[error("all samples are of one class, so there is nothing to tell apart")]
    OneClass,
    /// It never said up.
    #[error("it never said up, so there is no share of those that were right")]
    NeverUp,
    /// All targets are the same.
    #[error("all returns are the same, so there is nothing to explain")]
    NoVariation,
    /// The learner says returns, not chances.
    #[error("the learner says returns, not chances")]
    NoChances,
}

impl Unmeasured {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nothing => "no_predictions",
            Self::OneClass => "one_class",
            Self::NeverUp => "never_up",
            Self::NoVariation => "no_variation",
            Self::NoChances => "no_chances",
        }
    }
}

/// A figure, or why there is none.
pub type Measure = Result<f64, Unmeasured>;

/// How well it told up from the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Classified {
    /// Predictions.
    pub samples: usize,
    /// Those that were up.
    pub ups: usize,
    /// Those it said are up.
    pub said: usize,
    /// The share that was right.
    pub accuracy: Measure,
    /// Of those it said are up, the share that was.
    pub precision: Measure,
    /// Of those that were up, the share it said.
    pub recall: Measure,
    /// The harmonic mean of the two.
    pub f1: Measure,
    /// The chance that one that was up scored above one that wasn't.
    pub roc_auc: Measure,
    /// Average precision: precision summed over the steps of recall.
    pub pr_auc: Measure,
    /// Mean squared error of the chances, as they came from the learner.
    pub brier_raw: Measure,
    /// The same, calibrated.
    pub brier: Measure,
    /// Mean log loss of the chances, as they came from the learner.
    pub log_loss_raw: Measure,
    /// The same, calibrated.
    pub log_loss: Measure,
}

/// How well it told returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regressed {
    /// Root of the mean squared error.
    pub rmse: Measure,
    /// Mean error, without sign.
    pub mae: Measure,
    /// The share of the variation that is explained; below 0 it is worse than the mean.
    pub r2: Measure,
}

/// A prediction that has come true, or hasn't.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Which sample.
    pub row: usize,
    /// What the learner said.
    pub score: f64,
    /// The chance it is, as the learner said it; none when it says returns.
    pub raw: Option<f64>,
    /// The chance, calibrated; none when it says returns.
    pub chance: Option<f64>,
    /// Whether it says up.
    pub says_up: bool,
    /// Whether it was up.
    pub is_up: bool,
    /// What a purchase came to.
    pub net: f64,
}

impl Classified {
    /// Of predictions.
    #[must_use]
    pub fn of(predictions: &[Prediction]) -> Self {
        let samples = predictions.len();
        let count = |test: &dyn Fn(&Prediction) -> bool| predictions.iter().filter(|one| test(one)).count();
        let (ups, said) = (count(&|one| one.is_up), count(&|one| one.says_up));
        let hits = count(&|one| one.is_up && one.says_up) as f64;
        let right = count(&|one| one.is_up == one.says_up) as f64;
        let some = |figure: f64| if samples == 0 { Err(Unmeasured::Nothing) } else { Ok(figure) };
        let precision = if said == 0 { Err(Unmeasured::NeverUp) } else { Ok(hits / said as f64) };
        let recall = if ups == 0 { Err(Unmeasured::OneClass) } else { Ok(hits / ups as f64) };
        let f1 = if ups == 0 { Err(Unmeasured::OneClass) } else { Ok(2.0 * hits / (ups + said) as f64) };
        let pairs: Vec<(f64, bool)> = predictions.iter().map(|one| (one.score, one.is_up)).collect();
        let targets: Vec<f64> = predictions.iter().map(|one| if one.is_up { 1.0 } else { 0.0 }).collect();
        let chances = |of: fn(&Prediction) -> Option<f64>, loss: fn(&[f64], &[f64]) -> f64| {
            let said: Option<Vec<f64>> = predictions.iter().map(of).collect();
            some(0.0).and(said.ok_or(Unmeasured::NoChances).map(|said| loss(&said, &targets)))
        };
        Self {
            samples,
            ups,
            said,
            accuracy: some(right / samples.max(1) as f64),
            precision: some(0.0).and(precision),
            recall: some(0.0).and(recall),
            f1: some(0.0).and(f1),
            roc_auc: some(0.0).and(roc_auc(&pairs)),
            pr_auc: some(0.0).and(average_precision(&pairs)),
            brier_raw: chances(|one| one.raw, brier),
            brier: chances(|one| one.chance, brier),
            log_loss_raw: chances(|one| one.raw, log_loss),
            log_loss: chances(|one| one.chance, log_loss),
        }
    }
}

impl Regressed {
    /// Of what was said and what came.
    #[must_use]
    pub fn of(said: &[f64], came: &[f64]) -> Self {
        let count = came.len().min(said.len()) as f64;
        if count == 0.0 {
            let none = Err(Unmeasured::Nothing);
            return Self { rmse: none, mae: none, r2: none };
        }
        let errors = || said.iter().zip(came).map(|(said, came)| said - came);
        let squares: f64 = errors().map(|error| error * error).sum();
        let mean = came.iter().sum::<f64>() / count;
        let spread: f64 = came.iter().map(|came| (came - mean) * (came - mean)).sum();
        let r2 = if spread > 0.0 { Ok(1.0 - squares / spread) } else { Err(Unmeasured::NoVariation) };
        let mae = errors().map(f64::abs).sum::<f64>() / count;
        Self { rmse: Ok(libm::sqrt(squares / count)), mae: Ok(mae), r2 }
    }
}

/// The chance that a score of the one class is above one of the other; ties count half.
///
/// # Errors
/// [`Unmeasured::OneClass`].
pub fn roc_auc(scores: &[(f64, bool)]) -> Measure {
    let mut order: Vec<(f64, bool)> = scores.to_vec();
    order.sort_by(|one, other| one.0.total_cmp(&other.0));
    let ups = order.iter().filter(|one| one.1).count() as f64;
    let downs = order.len() as f64 - ups;
    if ups == 0.0 || downs == 0.0 {
        return Err(Unmeasured::OneClass);
    }
    let (mut ranks, mut before) = (0.0, 0usize);
    for tied in order.chunk_by(|one, other| one.0 == other.0) {
        let middle = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        ranks += middle * tied.iter().filter(|one| one.1).count() as f64;
        before += tied.len();
    }
    Ok((ranks - ups * (ups + 1.0) / 2.0) / (ups * downs))
}

/// Precision at each step of recall, summed; equal scores are one step.
///
/// # Errors
/// [`Unmeasured::OneClass`].
pub fn average_precision(scores: &[(f64, bool)]) -> Measure {
    let mut order: Vec<(f64, bool)> = scores.to_vec();
    order.sort_by(|one, other| other.0.total_cmp(&one.0));
    let ups = order.iter().filter(|one| one.1).count() as f64;
    if ups == 0.0 {
        return Err(Unmeasured::OneClass);
    }
    let (mut seen, mut hits, mut sum) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|one, other| one.0 == other.0) {
        let more = tied.iter().filter(|one| one.1).count() as f64;
        seen += tied.len() as f64;
        hits += more;
        sum += more / ups * (hits / seen);
    }
    Ok(sum)
}

/// Mean squared error of chances.
#[must_use]
pub fn brier(chances: &[f64], targets: &[f64]) -> f64 {
    let squares = chances.iter().zip(targets).map(|(chance, target)| (chance - target) * (chance - target));
    squares.sum::<f64>() / chances.len().max(1) as f64
}

/// Mean log loss of chances; one that was certain and wrong counts as one in 10¹².
#[must_use]
pub fn log_loss(chances: &[f64], targets: &[f64]) -> f64 {
    let loss = |(chance, target): (&f64, &f64)| {
        let right = if *target > 0.5 { *chance } else { 1.0 - chance };
        -libm::log(right.max(1e-12))
    };
    chances.iter().zip(targets).map(loss).sum::<f64>() / chances.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(score: f64, is_up: bool) -> Prediction {
        let chance = Some(score);
        Prediction { row: 0, score, raw: chance, chance, says_up: score > 0.5, is_up, net: 0.0 }
    }

    #[test]
    fn figures_by_hand() {
        let predictions = [(0.9, true), (0.8, false), (0.7, true), (0.3, true), (0.2, false)];
        let made = Classified::of(&predictions.map(|(score, is_up)| prediction(score, is_up)));
        assert_eq!((made.samples, made.ups, made.said), (5, 3, 3));
        let near = |figure: Measure, wanted: f64| (figure.unwrap() - wanted).abs() < 1e-12;
        assert!(near(made.accuracy, 0.6) && near(made.precision, 2.0 / 3.0) && near(made.recall, 2.0 / 3.0));
        assert!(near(made.f1, 2.0 / 3.0));
        // Of six pairs, the up one is above in 2 + 1 + 1.
        assert!(near(made.roc_auc, 4.0 / 6.0));
        assert!(near(made.pr_auc, (1.0 + 2.0 / 3.0 + 3.0 / 4.0) / 3.0));
        assert!(near(made.brier, (0.01 + 0.64 + 0.09 + 0.49 + 0.04) / 5.0));
        let logs = (0.9f64 * 0.2 * 0.7 * 0.3 * 0.8).ln();
        assert!(near(made.log_loss, -logs / 5.0));
    }

    #[test]
    fn scores_that_are_all_the_same_tell_nothing_apart() {
        assert_eq!(roc_auc(&[(0.5, true), (0.5, false), (0.5, false)]), Ok(0.5));
        assert_eq!(average_precision(&[(0.5, true), (0.5, false)]), Ok(0.5));
    }

    #[test]
    fn what_can_not_be_measured_says_why() {
        let all_up = Classified::of(&[prediction(0.1, true), prediction(0.2, true)]);
        assert_eq!((all_up.roc_auc, all_up.precision), (Err(Unmeasured::OneClass), Err(Unmeasured::NeverUp)));
        assert_eq!((all_up.recall, all_up.accuracy), (Ok(0.0), Ok(0.0)));
        assert_eq!(Classified::of(&[]).accuracy, Err(Unmeasured::Nothing));
        let returns = Prediction { raw: None, chance: None, ..prediction(0.1, true) };
        assert_eq!(Classified::of(&[returns]).brier, Err(Unmeasured::NoChances));
        assert_eq!(Regressed::of(&[1.0], &[2.0]).r2, Err(Unmeasured::NoVariation));
        assert_eq!(Regressed::of(&[], &[]).rmse, Err(Unmeasured::Nothing));
    }

    #[test]
    fn errors_of_returns_by_hand() {
        let made = Regressed::of(&[1.0, 2.0, 3.0], &[1.0, 2.0, 6.0]);
        assert_eq!(made.mae, Ok(1.0));
        assert!((made.rmse.unwrap() - 3.0f64.sqrt()).abs() < 1e-12);
        // The mean of what came is 3, its spread 4 + 1 + 9.
        assert!((made.r2.unwrap() - (1.0 - 9.0 / 14.0)).abs() < 1e-12);
    }
}
