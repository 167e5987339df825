//! Days summed to weeks or months.

use super::curve::{DayPoint, GainLine};
use crate::period::Period;
use domain::Money;

/// How far apart the points of a curve are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Every {
    /// Each local day.
    Day,
    /// ISO weeks.
    Week,
    /// Calendar months.
    Month,
}

impl Every {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The spacing of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|every| every.code() == name)
    }

    const fn period(self) -> Period {
        match self {
            Self::Day => Period::Day,
            Self::Week => Period::Week,
            Self::Month => Period::Month,
        }
    }

    /// This spacing, or the first wider one that makes at most so many points of days; months when none does.
    #[must_use]
    pub fn at_most(self, points: &[DayPoint], most: usize) -> Self {
        let fits = |every: &Self| *every >= self && every.places(points).len() <= most;
        Self::ALL.into_iter().find(fits).unwrap_or(Self::Month)
    }

    /// The first and last day (as places) of each stretch.
    fn places(self, points: &[DayPoint]) -> Vec<(usize, usize)> {
        let mut places: Vec<(usize, usize)> = Vec::new();
        let mut running = None;
        for (at, point) in points.iter().enumerate() {
            let first = self.period().first_day(point.date);
            match places.last_mut() {
                Some((_, last)) if running == Some(first) => *last = at,
                _ => places.push((at, at)),
            }
            running = Some(first);
        }
        places
    }

    /// One point a stretch: as it stood at the end, with what flowed and was gained and traded in it, the deepest drawdown, and
    /// every coin that lacked a price on any of its days. A sum with a part that is not known is not known, save that a gain
    /// over incomplete days stands with the next complete one.
    #[must_use]
    pub fn points(self, days: &[DayPoint]) -> Vec<DayPoint> {
        self.places(days).into_iter().filter_map(|(first, last)| joined(days.get(first..=last)?)).collect()
    }

    /// The places of the last day of each stretch.
    #[must_use]
    pub fn lasts(self, days: &[DayPoint]) -> Vec<usize> {
        self.places(days).into_iter().map(|(_, last)| last).collect()
    }
}

fn joined(days: &[DayPoint]) -> Option<DayPoint> {
    let (first, last) = (days.first()?, days.last()?);
    let sum = |each: fn(&DayPoint) -> Option<Money>| {
        days.iter().filter_map(each).try_fold(Money::ZERO_AUD, |sum, each| sum.checked_add(each).ok())
    };
    let mut point = last.clone();
    point.date = first.date;
    point.flow = if days.iter().all(|day| day.flow.is_some()) { sum(|day| day.flow) } else { None };
    point.gain = if days.iter().any(|day| day.gain.is_some()) { sum(|day| day.gain) } else { None };
    let earned: Vec<f64> = days.iter().filter_map(|day| day.earned).collect();
    point.earned = (!earned.is_empty()).then(|| earned.iter().map(|each| 1.0 + each).product::<f64>() - 1.0);
    point.span = days.iter().filter_map(|day| day.span).reduce(u32::saturating_add);
    point.drawdown = days.iter().filter_map(|day| day.drawdown).reduce(f64::min);
    point.buys = days.iter().map(|day| day.buys).fold(0, u32::saturating_add);
    point.sells = days.iter().map(|day| day.sells).fold(0, u32::saturating_add);
    let mut unpriced: Vec<u32> = days.iter().flat_map(|day| day.unpriced.iter().copied()).collect();
    unpriced.sort_unstable();
    unpriced.dedup();
    point.unpriced = unpriced;
    Some(point)
}

impl GainLine {
    /// At most so many of its gains, evenly apart, the last among them.
    #[must_use]
    pub fn sampled(&self, most: usize) -> Vec<Option<Money>> {
        let len = self.gains.len();
        if len <= most || most < 2 {
            return self.gains.clone();
        }
        (0..most).filter_map(|n| self.gains.get(n * (len - 1) / (most - 1)).copied()).collect()
    }
}
