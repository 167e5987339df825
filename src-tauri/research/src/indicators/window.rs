//! The last so many values, side by side, and their extremes.

use std::collections::VecDeque;

/// The last `period` values in one slice: written twice as long as needed, and moved to the front when full.
#[derive(Debug, Clone)]
pub(super) struct Window {
    period: usize,
    values: Vec<f64>,
}

impl Window {
    pub fn new(period: usize) -> Self {
        let period = period.max(1);
        Self { period, values: Vec::with_capacity(period * 2) }
    }

    pub const fn period(&self) -> usize {
        self.period
    }

    /// Takes a value; all of them, oldest first, once there are enough.
    pub fn push(&mut self, value: f64) -> Option<&[f64]> {
        if self.values.len() == self.period * 2 {
            self.values.drain(..=self.period);
        }
        self.values.push(value);
        self.values.len().checked_sub(self.period).and_then(|start| self.values.get(start..))
    }
}

/// The highest or the lowest of the last `period` values: those that can still become it wait in line.
#[derive(Debug, Clone)]
pub(crate) struct Extreme {
    period: usize,
    is_highest: bool,
    seen: usize,
    waiting: VecDeque<(usize, f64)>,
}

impl Extreme {
    pub fn highest(period: usize) -> Self {
        Self { period: period.max(1), is_highest: true, seen: 0, waiting: VecDeque::new() }
    }

    pub fn lowest(period: usize) -> Self {
        Self { is_highest: false, ..Self::highest(period) }
    }

    pub fn push(&mut self, value: f64) -> Option<f64> {
        let is_highest = self.is_highest;
        let gives_way = |old: f64| if is_highest { old <= value } else { old >= value };
        while self.waiting.back().is_some_and(|(_, old)| gives_way(*old)) {
            self.waiting.pop_back();
        }
        self.waiting.push_back((self.seen, value));
        self.seen += 1;
        if self.waiting.front().is_some_and(|(place, _)| place + self.period < self.seen) {
            self.waiting.pop_front();
        }
        self.waiting.front().filter(|_| self.seen >= self.period).map(|(_, value)| *value)
    }
}
