//! Does a strategy, or a table of features, know what it can't know yet, and does it stand where it should when it begins later?
//!
//! Four checks, each a change to the candles that must not change what was decided:
//!
//! - repeat: nothing changes. What differs comes from elsewhere than the candles; the other checks then mean nothing.
//! - truncate: the candles end. What differs knew that they go on.
//! - poison: what comes later is garbage, once far too high, once far too low. What differs looked at it.
//! - shift: the candles begin later. What differs after the warm-up needs more of it than it says.
//!
//! Cuts lie right behind decisions, where a peek of one bar shows, and evenly between. Each check runs with what the strategy
//! would hold, with nothing held and with everything held, always the same at the same bar, so that a difference is one of
//! knowledge and not of position. Deliberately absent: what a strategy brings along from outside its candles and never
//! changes can't be found by changing them; built-ins bring nothing, scripts can't;
//! a trained model brings what it learned, and whether that knew the future is for its walk forward and label control to tell.

mod features;
#[cfg(test)]
mod tests;

pub use features::{Rows, feature_leaks};

use super::market::{Garbage, Market};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{Money, Quantity, Signal, SignalAction, Timestamp};
use floor::Portfolio;

/// Bars that are looked at behind the warm-up unless there are fewer.
const BARS_MAX: usize = 2_000;
/// Bars behind the warm-up that it takes at least.
const BARS_MIN: usize = 32;
/// Cuts of each check.
const CUTS: usize = 16;

/// Makes a strategy, at its very beginning, for these candles, or says why it can't. What learns from candles may learn from
/// these and no others.
pub type Maker<'a> = dyn Fn(&Market) -> Result<Box<dyn Strategy>, String> + 'a;

/// One of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The same candles again.
    Repeat,
    /// The candles end.
    Truncate,
    /// What comes later is garbage.
    Poison,
    /// The candles begin later.
    Shift,
}

impl Check {
    /// All, in the order they run.
    pub const ALL: [Self; 4] = [Self::Repeat, Self::Truncate, Self::Poison, Self::Shift];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Repeat => "repeat",
            Self::Truncate => "truncate",
            Self::Poison => "poison",
            Self::Shift => "shift",
        }
    }

    /// What failing it means.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Repeat => {
                "given the same candles twice it decided differently: something else than the candles decides"
            }
            Self::Truncate => "it decided differently when the candles ended there: it knew what came later",
            Self::Poison => "it decided differently when later candles were garbage: it looked at the future",
            Self::Shift => "begun later it decided differently after its warm-up: its warm-up is too short",
        }
    }
}

/// Where two runs differ first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The close it was asked at.
    pub at: Timestamp,
    /// What it said on the candles as they are.
    pub said: String,
    /// What it said on the changed ones.
    pub instead: String,
}

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing differed in so many comparisons of one bar.
    Passed(usize),
    /// It failed.
    Failed(Difference),
    /// It means nothing, because the strategy doesn't repeat itself.
    Untold,
}

/// All checks of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaks {
    /// Each check with what became of it.
    pub checks: Vec<(Check, Outcome)>,
    /// Bars it was asked about.
    pub bars: usize,
    /// Decisions it made on the candles as they are; with none, nothing is proven.
    pub decisions: usize,
}

impl Leaks {
    /// The checks that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<Check> {
        let failed = self.checks.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        failed.map(|(check, _)| *check).collect()
    }

    /// Whether it decided something and every check passed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.decisions > 0 && self.checks.iter().all(|(_, outcome)| matches!(outcome, Outcome::Passed(_)))
    }
}

/// Why leaks can't be looked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeakError {
    /// Too few candles to tell.
    #[error("{have} candles are too few to look for leaks: it warms up over {warm_up} and takes {BARS_MIN} more")]
    TooFewBars {
        /// What there is.
        have: usize,
        /// What it warms up over.
        warm_up: usize,
    },
    /// It could not be made for some of the candles.
    #[error("it could not be made: {0}")]
    NotMade(String),
}

impl LeakError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooFewBars { .. } => "too_little_data",
            Self::NotMade(_) => "not_made",
        }
    }
}

/// What is held when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stance {
    holds: bool,
    done: Option<Timestamp>,
}

const EMPTY: Stance = Stance { holds: false, done: None };

/// What it says bar by bar, and what it held there.
#[derive(Debug)]
struct Run {
    said: Vec<Vec<Signal>>,
    stances: Vec<Stance>,
}

/// Runs all checks over a strategy, on the newest candles.
///
/// # Errors
/// [`LeakError`].
pub fn strategy_leaks(market: &Market, make: &Maker<'_>) -> Result<Leaks, LeakError> {
    let warm_up = make(market).map_err(LeakError::NotMade)?.warm_up();
    enough(market, warm_up)?;
    // Behind one warm-up for the first decisions, another for what begins later.
    let market = market.newest(warm_up.saturating_mul(2).saturating_add(BARS_MAX));
    let mut subject = Subject { market: &market, make, warm_up, found: Found::default(), decisions: 0 };
    let own = subject.own()?;
    let count = market.bars().len();
    let holding = Stance { holds: true, done: None };
    for stances in [own.stances.clone(), vec![EMPTY; count], vec![holding; count]] {
        let said = subject.listen(&market, &stances)?;
        subject.decisions += said.iter().filter(|signals| !signals.is_empty()).count();
        subject.check(&Run { said, stances })?;
    }
    let Subject { found, decisions, .. } = subject;
    Ok(Leaks { checks: found.outcomes(), bars: count, decisions })
}

fn enough(market: &Market, warm_up: usize) -> Result<(), LeakError> {
    let have = market.bars().len();
    if have < warm_up.saturating_add(BARS_MIN) { Err(LeakError::TooFewBars { have, warm_up }) } else { Ok(()) }
}

struct Subject<'a> {
    market: &'a Market,
    make: &'a Maker<'a>,
    warm_up: usize,
    found: Found,
    decisions: usize,
}

impl Subject<'_> {
    /// As it would go if every signal were carried out at once.
    fn own(&self) -> Result<Run, LeakError> {
        let mut run = Run { said: Vec::new(), stances: Vec::new() };
        let history = self.market.history();
        let mut strategy = (self.make)(self.market).map_err(LeakError::NotMade)?;
        let mut stance = EMPTY;
        for bar in 0..self.market.bars().len() {
            let said = self.ask(self.market, &history, &mut *strategy, bar, stance);
            run.stances.push(stance);
            if bar + 1 >= self.warm_up
                && let Some(last) = said.last()
            {
                stance = Stance { holds: last.action == SignalAction::Buy, done: Some(last.slot) };
            }
            run.said.push(said);
        }
        Ok(run)
    }

    /// What it says over all bars of a market, holding at each what is given; a market of fewer bars has the first of them.
    fn listen(&self, market: &Market, stances: &[Stance]) -> Result<Vec<Vec<Signal>>, LeakError> {
        let history = market.history();
        let mut strategy = (self.make)(market).map_err(LeakError::NotMade)?;
        let bars = 0..market.bars().len();
        let ask = |(bar, stance): (usize, &Stance)| self.ask(market, &history, &mut *strategy, bar, *stance);
        Ok(bars.zip(stances).map(ask).collect())
    }

    fn ask(
        &self,
        market: &Market,
        history: &crate::view::History,
        strategy: &mut dyn Strategy,
        bar: usize,
        stance: Stance,
    ) -> Vec<Signal> {
        let view = View::new(history, market.coin, market.interval, market.close_of(bar));
        strategy.on_candle(&view, &portfolio(market, stance))
    }

    fn check(&mut self, base: &Run) -> Result<(), LeakError> {
        let again = self.listen(self.market, &base.stances)?;
        self.compare(Check::Repeat, 0, &base.said, &again, whole);
        for cut in cuts(&decided(&base.said), self.warm_up, base.said.len()) {
            let short = self.listen(&self.market.until(cut), &base.stances)?;
            self.compare(Check::Truncate, 0, &base.said[..cut], &short, whole);
            for garbage in [Garbage::Soared, Garbage::Crashed] {
                // Only up to the cut: what it says about garbage is its own affair.
                let spoilt = self.market.poisoned(cut, garbage);
                let spoilt = self.listen(&spoilt, &base.stances[..cut])?;
                self.compare(Check::Poison, 0, &base.said[..cut], &spoilt, whole);
            }
            let Some(start) = cut.checked_sub(self.warm_up.max(1)) else { continue };
            let later = self.listen(&self.market.from(start), &base.stances[start..])?;
            let warm = self.warm_up.saturating_sub(1);
            self.compare(Check::Shift, start + warm, &base.said[start + warm..], &later[warm..], decision);
        }
        Ok(())
    }

    fn compare(
        &mut self,
        check: Check,
        first: usize,
        said: &[Vec<Signal>],
        instead: &[Vec<Signal>],
        words: fn(&Signal) -> String,
    ) {
        let speak = |signals: &[Signal]| signals.iter().map(words).collect::<Vec<_>>().join("; ");
        let differ = |(one, other): &(&Vec<Signal>, &Vec<Signal>)| {
            one.len() != other.len() || one.iter().zip(*other).any(|(one, other)| words(one) != words(other))
        };
        let place = said.iter().zip(instead).position(|pair| differ(&pair));
        let difference = place.map(|place| Difference {
            at: self.market.close_of(first + place),
            said: or_nothing(speak(&said[place])),
            instead: or_nothing(speak(&instead[place])),
        });
        self.found.take(check, said.len().min(instead.len()), difference);
    }
}

fn or_nothing(words: String) -> String {
    if words.is_empty() { "nothing".to_owned() } else { words }
}

/// All that it says, to the last digit of its reason.
fn whole(signal: &Signal) -> String {
    format!("{} because {} ({:?})", decision(signal), signal.reason, signal.confidence)
}

/// What is done about it. Words and sureness may differ by what an average remembers.
fn decision(signal: &Signal) -> String {
    format!("{:?} {} {:?} at {}", signal.action, signal.coin, signal.size, signal.slot)
}

fn portfolio(market: &Market, stance: Stance) -> Portfolio {
    let capital = Money::aud(domain::Decimal::from(100_000));
    let nothing = Money::aud(domain::Decimal::ZERO);
    let one = Quantity::new(domain::Decimal::ONE).unwrap_or(Quantity::ZERO);
    Portfolio {
        capital: Some(capital),
        used: Some(if stance.holds { capital } else { nothing }),
        holdings: stance.holds.then_some((market.coin, one)).into_iter().collect(),
        done: stance.done.map(|slot| (market.coin, slot)).into_iter().collect(),
        ..Portfolio::default()
    }
}

fn decided(said: &[Vec<Signal>]) -> Vec<usize> {
    said.iter().enumerate().filter(|(_, signals)| !signals.is_empty()).map(|(bar, _)| bar).collect()
}

/// Where to cut: half of them right behind decisions, the others evenly over all bars, all behind the warm-up.
fn cuts(decided: &[usize], warm_up: usize, bars: usize) -> Vec<usize> {
    let (first, last) = (warm_up.max(1), bars.saturating_sub(1));
    let behind: Vec<usize> = decided.iter().map(|bar| bar + 1).filter(|cut| (first..=last).contains(cut)).collect();
    let spread = |count: usize, of: usize| (0..count.min(of)).map(move |place| place * of / count.min(of));
    let mut cuts: Vec<usize> = spread(CUTS / 2, behind.len()).map(|place| behind[place]).collect();
    cuts.extend(spread(CUTS - cuts.len(), (last + 1).saturating_sub(first)).map(|place| first + place));
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// The first difference of each check, and how much was compared.
#[derive(Debug, Default)]
struct Found([(usize, Option<Difference>); 4]);

impl Found {
    fn take(&mut self, check: Check, compared: usize, difference: Option<Difference>) {
        let (count, first) = &mut self.0[check as usize];
        *count += compared;
        if first.is_none() {
            *first = difference;
        }
    }

    fn outcomes(self) -> Vec<(Check, Outcome)> {
        let repeats = self.0[Check::Repeat as usize].1.is_none();
        let outcome = |(check, (compared, difference))| match difference {
            _ if !repeats && check != Check::Repeat => (check, Outcome::Untold),
            Some(difference) => (check, Outcome::Failed(difference)),
            None => (check, Outcome::Passed(compared)),
        };
        Check::ALL.into_iter().zip(self.0).map(outcome).collect()
    }
}
