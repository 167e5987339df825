//! Figures that jump further than figures do: a unit changed, a decimal slipped, a field meant something else.
//!
//! Each figure is compared with the last good one of its subject on or before its day. More than a kind's factor times as much,
//! or less than that part of it, is set aside with a reason and does not become the new measure. Money locked and supply
//! move slowly ([`STOCK_JUMP_MAX`]); fees and revenue are flows and swing more ([`FLOW_JUMP_MAX`]), yet less than a unit that
//! changed by a hundred. Small amounts swing at will, so below a floor they count as the floor: a protocol that grows from
//! nothing is taken, a small one in other units is not. A subject without a good figure in the week before is taken as it
//! is; but while most subjects of a run jump at once it is the service, not the market, and none of them is taken.

use crate::observation::{Observation, ObservationKind};
use crate::payload::Payload;
use crate::source::Rejected;
use domain::{Decimal, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How many times the last good amount is still an amount, for what is there.
pub const STOCK_JUMP_MAX: u32 = 20;
/// The same for what flows in a day.
pub const FLOW_JUMP_MAX: u32 = 50;
const STOCK_FLOOR_USD: i64 = 1_000_000;
const FLOW_FLOOR_USD: i64 = 10_000;
const MEASURE_AGE_MAX_S: i64 = 7 * 86_400;
/// So many subjects jumping at once can be the whole service.
const WHOLE_SERVICE_MIN: usize = 3;

type Subject = (ObservationKind, String);

const fn is_flow(kind: ObservationKind) -> bool {
    matches!(kind, ObservationKind::Fees | ObservationKind::Revenue)
}

/// What an observation's amount is compared by; none for what is not judged.
fn figure_of(observation: &Observation) -> Option<(Subject, Decimal)> {
    let (subject, amount) = match &observation.payload {
        Payload::Tvl(figure)
        | Payload::Fees(figure)
        | Payload::Revenue(figure)
        | Payload::ChainTvl(figure)
        | Payload::StablecoinSupply(figure) => (figure.subject.clone(), figure.amount.amount()),
        Payload::Treasury { company, symbol, coin, holdings, .. } => {
            (format!("{} {coin}", symbol.as_deref().unwrap_or(company)), holdings.decimal())
        }
        _ => return None,
    };
    // No change of units makes a flow nothing: a day of rest is a figure, and no measure for the next.
    let rests = amount.is_zero() && is_flow(observation.kind());
    (!rests).then_some(((observation.kind(), subject), amount))
}

/// How far an amount of a kind may jump, and below what it counts as that much.
fn bounds(kind: ObservationKind) -> (u32, Decimal) {
    match kind {
        _ if is_flow(kind) => (FLOW_JUMP_MAX, FLOW_FLOOR_USD.into()),
        ObservationKind::Treasury => (STOCK_JUMP_MAX, Decimal::ONE),
        _ => (STOCK_JUMP_MAX, STOCK_FLOOR_USD.into()),
    }
}

/// Remembers the good figures of each subject. Bounded by what is handed in.
#[derive(Debug, Clone, Default)]
pub struct FigureGuard {
    good: BTreeMap<Subject, BTreeMap<Timestamp, Decimal>>,
}

impl FigureGuard {
    /// Begins with figures already stored, so that a restart forgets nothing.
    #[must_use]
    pub fn new<'a>(stored: impl IntoIterator<Item = &'a Observation>) -> Self {
        let mut guard = Self::default();
        for observation in stored {
            if let Some((subject, amount)) = figure_of(observation) {
                guard.good.entry(subject).or_default().insert(observation.event_time, amount);
            }
        }
        guard
    }

    /// Moves the figures that jump from what a run brought to its rejections; the others become good ones. What is no figure
    /// stays where it is.
    pub fn sift(&mut self, observations: &mut Vec<Observation>, rejected: &mut Vec<Rejected>) {
        let whole_service = self.is_whole_service(observations);
        // A later day is judged by the days before it, in whatever order they came.
        let mut order: Vec<usize> = (0..observations.len()).collect();
        order.sort_by_key(|at| observations.get(*at).map(|observation| observation.event_time));
        let mut bad = BTreeSet::new();
        for at in order {
            let Some(observation) = observations.get(at) else { continue };
            let Some((subject, amount)) = figure_of(observation) else { continue };
            let measure = self.measure(&subject, observation.event_time);
            let jump = measure.filter(|(day, before)| {
                let is_fresh = observation.event_time.seconds_since(*day) <= MEASURE_AGE_MAX_S;
                (is_fresh || whole_service) && is_jump(subject.0, *before, amount)
            });
            if let Some((_, before)) = jump {
                let (factor, _) = bounds(subject.0);
                let reason = format!("{amount} is more than {factor} times away from {before}, the last good figure");
                rejected.push(Rejected::new(&observation.key, "implausible_jump", reason));
                bad.insert(at);
            } else {
                self.good.entry(subject).or_default().insert(observation.event_time, amount);
            }
        }
        let mut at = 0;
        observations.retain(|_| {
            at += 1;
            !bad.contains(&(at - 1))
        });
    }

    /// The last good figure on or before a day.
    fn measure(&self, subject: &Subject, day: Timestamp) -> Option<(Timestamp, Decimal)> {
        let (day, amount) = self.good.get(subject)?.range(..=day).next_back()?;
        Some((*day, *amount))
    }

    /// Whether most of the subjects that can be compared jump, in their newest figures.
    fn is_whole_service(&self, observations: &[Observation]) -> bool {
        let mut newest: BTreeMap<Subject, (Timestamp, Decimal)> = BTreeMap::new();
        for observation in observations {
            let Some((subject, amount)) = figure_of(observation) else { continue };
            let held = newest.entry(subject).or_insert((observation.event_time, amount));
            if observation.event_time >= held.0 {
                *held = (observation.event_time, amount);
            }
        }
        let (mut known, mut jumping) = (0, 0);
        for (subject, (day, amount)) in newest {
            let Some((_, before)) = self.measure(&subject, day) else { continue };
            known += 1;
            jumping += usize::from(is_jump(subject.0, before, amount));
        }
        jumping >= WHOLE_SERVICE_MIN && jumping * 2 > known
    }
}

/// Amounts on either side of nothing are compared by their size: what was kept may turn into what was paid out.
fn is_jump(kind: ObservationKind, before: Decimal, after: Decimal) -> bool {
    let (factor, floor) = bounds(kind);
    let (before, after) = (before.abs().max(floor), after.abs().max(floor));
    let (low, high) = if before < after { (before, after) } else { (after, before) };
    low.checked_mul(Decimal::from(factor)).is_some_and(|limit| high > limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::DayFigure;
    use domain::{Currency, Money};

    const DAY_S: i64 = 86_400;

    fn figure(kind: ObservationKind, subject: &str, thousands: i64, day: i64) -> Observation {
        let amount = Money::new(Decimal::from(thousands * 1_000), Currency::parse("USD").unwrap());
        let figure = DayFigure { subject: subject.to_owned(), name: subject.to_owned(), amount };
        let payload = if kind == ObservationKind::Fees { Payload::Fees(figure) } else { Payload::Tvl(figure) };
        let event_time = Timestamp::from_millis(day * DAY_S * 1000);
        let key = format!("{subject}:{day}");
        let source = "defillama".to_owned();
        Observation { source, key, coins: Vec::new(), event_time, published_at: None, undated: None, payload }
    }

    fn tvl(subject: &str, thousands: i64, day: i64) -> Observation {
        figure(ObservationKind::Tvl, subject, thousands, day)
    }

    /// The keys taken and the keys set aside.
    fn sift(guard: &mut FigureGuard, mut came: Vec<Observation>) -> (Vec<String>, Vec<String>) {
        let mut rejected = Vec::new();
        guard.sift(&mut came, &mut rejected);
        assert!(rejected.iter().all(|rejected| rejected.code == "implausible_jump"));
        let kept = came.into_iter().map(|observation| observation.key).collect();
        (kept, rejected.into_iter().map(|rejected| rejected.item).collect())
    }

    #[test]
    fn a_figure_in_other_units_is_set_aside_until_it_is_back() {
        let mut guard = FigureGuard::new(&[tvl("aave", 30_000, 1)]);
        for (thousands, day, taken) in
            [(3_000_000, 2, false), (1_000, 2, false), (31_000, 2, true), (600_000, 3, true), (29_999, 4, false)]
        {
            let (kept, _) = sift(&mut guard, vec![tvl("aave", thousands, day)]);
            assert_eq!(kept.len(), usize::from(taken), "{thousands} on day {day}");
        }
    }

    #[test]
    fn a_revised_day_is_judged_too_and_a_refused_one_is_no_measure() {
        let mut guard = FigureGuard::new(&[tvl("aave", 30_000, 1), tvl("aave", 30_000, 2)]);
        for _ in 0..3 {
            assert_eq!(sift(&mut guard, vec![tvl("aave", 3_000_000, 2)]).1, ["aave:2"]);
        }
    }

    #[test]
    fn a_history_is_judged_from_day_to_day_whatever_its_order() {
        let came = vec![tvl("aave", 33_000, 3), tvl("aave", 3_100_000, 2), tvl("aave", 30_000, 1)];
        assert_eq!(
            sift(&mut FigureGuard::default(), came),
            (vec!["aave:3".into(), "aave:1".into()], vec!["aave:2".into()])
        );
    }

    #[test]
    fn a_new_subject_and_one_not_seen_for_a_week_are_taken_as_they_are() {
        let mut guard = FigureGuard::new(&[tvl("aave", 30_000, 1)]);
        assert_eq!(sift(&mut guard, vec![tvl("new", 9_000_000, 2)]).0, ["new:2"]);
        assert_eq!(sift(&mut guard, vec![tvl("aave", 3_000_000, 8)]).1, ["aave:8"]);
        assert_eq!(sift(&mut guard, vec![tvl("aave", 3_000_000, 9)]).0, ["aave:9"]);
    }

    #[test]
    fn a_whole_service_in_other_units_never_gets_in() {
        let subjects = ["a", "b", "c", "d"];
        let mut guard = FigureGuard::new(&subjects.map(|subject| tvl(subject, 30_000, 1)));
        let hundredfold = || subjects.map(|subject| tvl(subject, 3_000_000, 20)).to_vec();
        assert_eq!(sift(&mut guard, hundredfold()).1.len(), 4);
        let back = subjects.map(|subject| tvl(subject, 31_000, 21)).to_vec();
        assert_eq!(sift(&mut guard, back).0.len(), 4);
    }

    #[test]
    fn small_amounts_swing_and_flows_swing_more_than_what_is_there() {
        let mut guard = FigureGuard::new(&[tvl("small", 3, 1), figure(ObservationKind::Fees, "aave", 1_000, 1)]);
        assert_eq!(sift(&mut guard, vec![tvl("small", 900, 2)]).0, ["small:2"]);
        assert_eq!(sift(&mut guard, vec![tvl("small", 90_000, 3)]).1, ["small:3"]);
        let fees = |thousands, day| vec![figure(ObservationKind::Fees, "aave", thousands, day)];
        assert_eq!(sift(&mut guard, fees(40_000, 2)).0.len(), 1);
        assert_eq!(sift(&mut guard, fees(4_000_000, 3)).1.len(), 1, "a hundred times is a unit");
        assert_eq!(sift(&mut guard, fees(0, 4)).0.len(), 1, "a day of rest is a figure");
        assert_eq!(sift(&mut guard, fees(30_000, 5)).0.len(), 1, "and no measure for the next");
        assert_eq!(sift(&mut FigureGuard::default(), vec![tvl("a", 30_000, 3), tvl("a", 0, 4)]).1, ["a:4"]);
    }
}
