//! Many rules over the same bars in one pass.

use super::Misfit;
use super::bars::Bars;
use super::columns::{BLOCK, Column, Indicator};
use super::deciders::{Cross, Reversion};
use super::rules::{Rule, RuleKind};
use super::walker::{Outcome, Setup, Walker};
use std::collections::BTreeMap;

enum Decider {
    Cross(Cross),
    Reversion(Reversion),
}

/// A rule on its way over the bars; the places are those of its columns.
struct Point<'a> {
    decider: Decider,
    places: [usize; 2],
    walker: Walker<'a>,
}

impl Point<'_> {
    fn decide(&mut self, bars: &Bars, from: usize, columns: &[Column]) {
        let column = |place: usize| columns.get(place).map_or(&[][..], Column::values);
        let [first, second] = self.places.map(column);
        match &mut self.decider {
            Decider::Cross(cross) => cross.decide(bars, from, first, second, &mut self.walker),
            Decider::Reversion(reversion) => reversion.decide(from, first, &mut self.walker),
        }
    }
}

fn decider(rule: &Rule) -> Decider {
    match rule.kind {
        RuleKind::Cross { fast, slow } => Decider::Cross(Cross { fast, slow, was_above: None }),
        RuleKind::Reversion { low, high, .. } => Decider::Reversion(Reversion { low, high, before: None }),
    }
}

/// Runs every rule over the bars, each with a wallet of its own; a rule that does not fit is told at its place.
///
/// Each distinct indicator is computed once, a block of bars at a time: memory does not grow with bars times rules.
pub fn run(bars: &Bars, rules: &[Rule], setup: Setup) -> Vec<Result<Outcome, Misfit>> {
    let mut places: BTreeMap<Indicator, usize> = BTreeMap::new();
    let mut columns: Vec<Column> = Vec::new();
    let mut points: Vec<Result<Point<'_>, Misfit>> = Vec::with_capacity(rules.len());
    for rule in rules {
        let mut own = [0; 2];
        for (own, indicator) in own.iter_mut().zip(rule.indicators()) {
            *own = *places.entry(indicator).or_insert_with(|| {
                columns.push(Column::new(indicator));
                columns.len() - 1
            });
        }
        let walker = Walker::new(bars, setup, rule);
        points.push(walker.map(|walker| Point { decider: decider(rule), places: own, walker }));
    }
    let mut from = 0;
    while from < bars.len() {
        let to = bars.len().min(from + BLOCK);
        columns.iter_mut().for_each(|column| column.advance(bars, from, to));
        points.iter_mut().flatten().for_each(|point| point.decide(bars, from, &columns));
        from = to;
    }
    points.into_iter().map(|point| point.and_then(|point| point.walker.finish())).collect()
}
