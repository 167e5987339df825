//! A result cut by what the market was doing, known at the bar before: rising, falling or flat, calm or wild.
//!
//! The trend is the coin's return over the trailing bars, flat within half a deviation of such returns; the volatility is
//! theirs, calm up to its middle over the whole record. The cut points are those of the record as a whole: this explains a
//! result, it is nothing to trade by.

use super::missing::{Figure, Missing};
use super::record::Record;
use super::sharpe::Moments;
use super::total_return;

/// Part of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regime {
    /// Its name.
    pub name: &'static str,
    /// What the equity returned in it.
    pub total_return: f64,
    /// What the coin returned in it.
    pub hold: f64,
    /// Mean ÷ deviation of its bars' returns.
    pub sharpe: Figure,
    /// Its bars.
    pub bars: usize,
}

/// Cuts a record by trailing so many bars.
///
/// # Errors
/// [`Missing::TooFewReturns`] for fewer than four times as many.
pub fn regimes(record: &Record, trailing: usize) -> Result<Vec<Regime>, Missing> {
    let trailing = trailing.max(2);
    let (have, need) = (record.moves.len(), trailing.saturating_mul(4));
    if have < need {
        return Err(Missing::TooFewReturns { have, need });
    }
    let past: Vec<(f64, f64)> = (trailing..have).map(|bar| trail(&record.moves[bar - trailing..bar])).collect();
    let trends: Vec<f64> = past.iter().map(|(trend, _)| *trend).collect();
    let flat = Moments::of(&trends).map_or(0.0, |moments| moments.deviation / 2.0);
    let mut wild: Vec<f64> = past.iter().map(|(_, wild)| *wild).collect();
    wild.sort_by(f64::total_cmp);
    let middle = wild[wild.len() / 2];
    let part = |name, is_in: &dyn Fn(&(f64, f64)) -> bool| {
        let bars: Vec<usize> = (trailing..have).filter(|bar| is_in(&past[bar - trailing])).collect();
        let pick = |column: &[f64]| bars.iter().map(|bar| column[*bar]).collect::<Vec<f64>>();
        let returns = pick(&record.returns);
        Regime {
            name,
            total_return: total_return(&returns),
            hold: total_return(&pick(&record.moves)),
            sharpe: Moments::of(&returns).map(|moments| moments.sharpe()),
            bars: bars.len(),
        }
    };
    Ok(vec![
        part("rising", &|(trend, _)| *trend > flat),
        part("falling", &|(trend, _)| *trend < -flat),
        part("flat", &|(trend, _)| trend.abs() <= flat),
        part("calm", &|(_, wild)| *wild <= middle),
        part("wild", &|(_, wild)| *wild > middle),
    ])
}

/// What moves made together, and how far they were apart.
fn trail(moves: &[f64]) -> (f64, f64) {
    let count = moves.len() as f64;
    let mean = moves.iter().sum::<f64>() / count;
    let square = moves.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / count;
    (total_return(moves), square.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bar_is_in_one_trend_and_one_volatility() {
        let moves: Vec<f64> = (0..400).map(|bar| if bar / 100 % 2 == 0 { 0.01 } else { -0.009 }).collect();
        let record = Record {
            returns: moves.iter().map(|one| one.max(0.0)).collect(),
            held: vec![1.0; 400],
            moves,
            trades: vec![],
        };
        let cut = regimes(&record, 20).unwrap();
        let bars = |name: &str| cut.iter().find(|one| one.name == name).unwrap().bars;
        assert_eq!(bars("rising") + bars("falling") + bars("flat"), 380);
        assert_eq!(bars("calm") + bars("wild"), 380);
        let rising = cut[0];
        assert!(rising.bars > 150 && rising.hold > 0.0 && cut[1].hold < 0.0);
        assert!(cut[1].total_return < rising.total_return);
        assert_eq!(regimes(&record, 101), Err(Missing::TooFewReturns { have: 400, need: 404 }));
    }
}
