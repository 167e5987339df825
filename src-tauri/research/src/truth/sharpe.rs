//! The Sharpe ratio, and what is left of it for short records, fat tails and many trials. Everything is per period of the
//! returns, not annualised.
//!
//! Sources: Bailey and López de Prado, "The Sharpe Ratio Efficient Frontier" (Journal of Risk 15, 2012) for the probabilistic
//! Sharpe ratio and the minimum track record; the same, "The Deflated Sharpe Ratio" (Journal of Portfolio Management 40,
//! 2014) for the expected maximum of trials. The skew and kurtosis are those of the sample (m₃/m₂^1.5, m₄/m₂²; 3 for a
//! normal), the deviation divides by n − 1.

use super::missing::{Figure, Missing};
use super::normal::{normal_cdf, normal_quantile};

/// Fewer returns have no kurtosis to speak of.
const RETURNS_MIN: usize = 4;
const EULER_MASCHERONI: f64 = 0.577_215_664_901_532_9;

/// What a row of returns looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// How many returns.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their deviation.
    pub deviation: f64,
    /// Their skew; 0 for a normal.
    pub skew: f64,
    /// Their kurtosis; 3 for a normal.
    pub kurtosis: f64,
}

impl Moments {
    /// The moments of returns.
    ///
    /// # Errors
    /// [`Missing::TooFewReturns`], [`Missing::NotFinite`], [`Missing::NoVariation`].
    pub fn of(returns: &[f64]) -> Result<Self, Missing> {
        let count = returns.len();
        if count < RETURNS_MIN {
            return Err(Missing::TooFewReturns { have: count, need: RETURNS_MIN });
        }
        if returns.iter().any(|one| !one.is_finite()) {
            return Err(Missing::NotFinite);
        }
        let n = count as f64;
        let mean = returns.iter().sum::<f64>() / n;
        let (mut two, mut three, mut four) = (0.0, 0.0, 0.0);
        for one in returns {
            let apart = one - mean;
            let square = apart * apart;
            two += square;
            three += square * apart;
            four += square * square;
        }
        // Equal returns differ from their computed mean by rounding.
        let size = returns.iter().fold(0.0f64, |most, one| most.max(one.abs()));
        let deviation = (two / (n - 1.0)).sqrt();
        if deviation <= size * 1e-12 {
            return Err(Missing::NoVariation);
        }
        let variance = two / n;
        let (skew, kurtosis) = (three / n / (variance * variance.sqrt()), four / n / (variance * variance));
        if !(skew.is_finite() && kurtosis.is_finite()) {
            return Err(Missing::NoVariation);
        }
        Ok(Self { count, mean, deviation, skew, kurtosis })
    }

    /// Mean ÷ deviation.
    #[must_use]
    pub fn sharpe(&self) -> f64 {
        self.mean / self.deviation
    }

    /// n − 1 times the variance of the estimated Sharpe ratio: 1 − γ₃·SR + (γ₄ − 1)/4·SR².
    fn width(&self) -> Figure {
        let sharpe = self.sharpe();
        let width = 1.0 - self.skew * sharpe + (self.kurtosis - 1.0) / 4.0 * sharpe * sharpe;
        if width > 0.0 && width.is_finite() { Ok(width) } else { Err(Missing::NoValue) }
    }

    /// The probability that the true Sharpe ratio is above one: PSR(SR*) = Z[(SR − SR*)·√(n − 1)/√width], 2012 eq. 11.
    ///
    /// # Errors
    /// [`Missing::NoValue`].
    pub fn probabilistic(&self, above: f64) -> Figure {
        let z = (self.sharpe() - above) * ((self.count - 1) as f64).sqrt() / self.width()?.sqrt();
        Ok(normal_cdf(z))
    }

    /// How many returns it takes until PSR(SR*) reaches a confidence: 1 + width·(Z⁻¹/(SR − SR*))², 2012 eq. 13.
    ///
    /// # Errors
    /// [`Missing::NotAbove`], [`Missing::NoValue`].
    pub fn minimum_record(&self, above: f64, confidence: f64) -> Figure {
        let more = self.sharpe() - above;
        if more <= 0.0 {
            return Err(Missing::NotAbove);
        }
        let z = normal_quantile(confidence).ok_or(Missing::NoValue)?;
        Ok(1.0 + self.width()? * (z / more) * (z / more))
    }

    /// The probability that it is above the best that so many worthless trials would have shown: 2014 eq. 2.
    ///
    /// # Errors
    /// [`Missing::NoValue`].
    pub fn deflated(&self, trials: Trials) -> Result<Deflated, Missing> {
        let null = 1.0 / (self.count - 1) as f64;
        let (variance, spread) = match trials.variance {
            // Where some are unknown, those that are known may lie closer together than all of them.
            Some(variance) if trials.all_known || variance > null => (variance, Spread::Measured),
            _ => (null, Spread::Null),
        };
        let to_beat = expected_maximum(trials.count, variance);
        Ok(Deflated { probability: self.probabilistic(to_beat)?, to_beat, trials: trials.count, spread })
    }
}

/// What was tried before the result at hand was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trials {
    /// How many, this one included.
    pub count: u64,
    /// The variance of those Sharpe ratios that are known, per period.
    pub variance: Option<f64>,
    /// Whether that are all of them.
    pub all_known: bool,
}

impl Trials {
    /// Trials of which some have their Sharpe ratios known; there may have been more.
    #[must_use]
    pub fn of(sharpes: &[f64], count: u64) -> Self {
        let n = sharpes.len() as f64;
        let mean = sharpes.iter().sum::<f64>() / n;
        let squares: f64 = sharpes.iter().map(|one| (one - mean) * (one - mean)).sum();
        let variance = (sharpes.len() > 1).then(|| squares / (n - 1.0)).filter(|variance| variance.is_finite());
        let known = sharpes.len() as u64;
        Self { count: count.max(known).max(1), variance, all_known: known >= count }
    }
}

/// Where the variance of the trials came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// From the trials.
    Measured,
    /// Of trials that are all worth nothing: 1/(n − 1).
    Null,
}

/// A deflated Sharpe ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deflated {
    /// The probability that it is better than luck among so many.
    pub probability: f64,
    /// The Sharpe ratio that the luckiest of them would show, per period.
    pub to_beat: f64,
    /// How many.
    pub trials: u64,
    /// How their variance is known.
    pub spread: Spread,
}

/// The Sharpe ratio that the luckiest of so many worthless trials is expected to show:
/// √V·((1 − γ)·Z⁻¹[1 − 1/N] + γ·Z⁻¹[1 − 1/(N·e)]), 2014 eq. 1; 0 for one.
#[must_use]
pub fn expected_maximum(trials: u64, variance: f64) -> f64 {
    let n = trials as f64;
    // The tails by symmetry: 1 − 1/N itself would round to 1 for very many.
    let upper = |share: f64| -normal_quantile(share).unwrap_or_default();
    if trials < 2 || variance.is_nan() || variance <= 0.0 {
        return 0.0;
    }
    let most = (1.0 - EULER_MASCHERONI) * upper(1.0 / n) + EULER_MASCHERONI * upper(1.0 / (n * std::f64::consts::E));
    variance.sqrt() * most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, wanted: f64, within: f64) {
        assert!((found - wanted).abs() <= within, "{found} is not {wanted}");
    }

    /// Moments whose Sharpe ratio is this one.
    fn shaped(sharpe: f64, count: usize, skew: f64, kurtosis: f64) -> Moments {
        Moments { count, mean: sharpe, deviation: 1.0, skew, kurtosis }
    }

    #[test]
    fn moments_are_those_worked_out_by_hand() {
        // Mean 0.02; apart −2, −1, 0, +3 (hundredths): squares 14, cubes 18, fourth powers 98.
        let moments = Moments::of(&[0.0, 0.01, 0.02, 0.05]).unwrap();
        near(moments.mean, 0.02, 1e-17);
        near(moments.deviation, (14.0f64 / 3.0).sqrt() / 100.0, 1e-16);
        near(moments.skew, 4.5 / 3.5f64.powf(1.5), 1e-14);
        near(moments.kurtosis, 24.5 / 12.25, 1e-14);
        near(moments.sharpe(), 2.0 / (14.0f64 / 3.0).sqrt(), 1e-14);
    }

    #[test]
    fn too_little_or_unvaried_or_no_numbers_have_no_moments() {
        assert_eq!(Moments::of(&[0.1, 0.2, 0.3]), Err(Missing::TooFewReturns { have: 3, need: 4 }));
        assert_eq!(Moments::of(&[0.1; 50]), Err(Missing::NoVariation));
        assert_eq!(Moments::of(&[0.0; 50]), Err(Missing::NoVariation));
        assert_eq!(Moments::of(&[0.0, 0.1, f64::NAN, 0.2]), Err(Missing::NotFinite));
    }

    #[test]
    fn the_probabilistic_sharpe_ratio_is_that_of_the_paper() {
        // 2012, section 3: two years of months, SR 0.458, skew −2.448, kurtosis 10.164: 0.913, and 0.982 were they normal.
        near(shaped(0.458, 24, -2.448, 10.164).probabilistic(0.0).unwrap(), 0.913, 5e-4);
        near(shaped(0.458, 24, 0.0, 3.0).probabilistic(0.0).unwrap(), 0.982, 5e-4);
    }

    #[test]
    fn the_minimum_record_is_that_of_the_paper() {
        // 2012, section 5: an annual Sharpe ratio of 2 against 1 at 95 %: 2.73 years of days, 2.83 of weeks, 3.24 of months.
        for (a_year, years) in [(250.0f64, 2.73), (52.0, 2.83), (12.0, 3.24)] {
            let record = shaped(2.0 / a_year.sqrt(), 100, 0.0, 3.0).minimum_record(1.0 / a_year.sqrt(), 0.95).unwrap();
            near(record / a_year, years, 0.005);
        }
        assert_eq!(shaped(0.1, 100, 0.0, 3.0).minimum_record(0.1, 0.95), Err(Missing::NotAbove));
    }

    #[test]
    fn the_deflated_sharpe_ratio_is_that_of_the_paper() {
        // 2014, "A numerical example": annual SR 2.5 over 1,250 days, skew −3, kurtosis 10, variance ½ a year.
        let days = 250.0f64;
        let trials = |count| Trials { count, variance: Some(0.5 / days), all_known: true };
        let fat = shaped(2.5 / days.sqrt(), 1_250, -3.0, 10.0);
        let hundred = fat.deflated(trials(100)).unwrap();
        near(hundred.to_beat, 0.1132, 5e-5);
        near(hundred.probability, 0.9004, 5e-5);
        near(fat.deflated(trials(46)).unwrap().probability, 0.9505, 5e-5);
        let plain = shaped(2.5 / days.sqrt(), 1_250, 0.0, 3.0);
        near(plain.deflated(trials(88)).unwrap().probability, 0.9505, 5e-5);
    }

    #[test]
    fn one_trial_has_nothing_to_beat_and_more_have_more() {
        assert_eq!(expected_maximum(1, 0.5), 0.0);
        // From the formula by hand for two: 0.4228·0 + 0.5772·Z⁻¹[0.81606] = 0.51976.
        near(expected_maximum(2, 1.0), 0.519_755, 1e-6);
        near(expected_maximum(1_000, 1.0), 3.255_122, 1e-6);
        assert!(expected_maximum(u64::MAX, 1.0).is_finite());
        let moments = shaped(0.1, 101, 0.0, 3.0);
        let assumed = moments.deflated(Trials::of(&[0.1], 10)).unwrap();
        assert_eq!((assumed.spread, assumed.trials), (Spread::Null, 10));
        near(assumed.to_beat, expected_maximum(10, 0.01), 1e-15);
        // Two that lie close together say little about eight that aren't known, and enough about themselves.
        let close = [0.1, 0.11];
        assert_eq!(moments.deflated(Trials::of(&close, 10)).unwrap().spread, Spread::Null);
        assert_eq!(moments.deflated(Trials::of(&close, 2)).unwrap().spread, Spread::Measured);
    }
}
