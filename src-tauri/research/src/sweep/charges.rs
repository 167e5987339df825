//! What trading costs, as axes like any parameter's.

use crate::backtest::Costs;
use crate::vector::Setup;
use domain::BasisPoints;
use floor::FeeRates;

/// A cost that can be swept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    /// Of each order's value, in hundredths of a percent.
    Fee,
    /// Between bid and ask, in hundredths of a percent.
    Spread,
    /// Beyond that, in hundredths of a percent.
    Slippage,
    /// Bars an order is late.
    Latency,
}

impl Cost {
    /// All of them, in the order of a grid's axes.
    pub const ALL: [Self; 4] = [Self::Fee, Self::Spread, Self::Slippage, Self::Latency];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fee => "fee_bps",
            Self::Spread => "spread_bps",
            Self::Slippage => "slippage_bps",
            Self::Latency => "latency_bars",
        }
    }

    /// Reads the stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// The most it can be.
    #[must_use]
    pub const fn most(self) -> u32 {
        match self {
            Self::Fee | Self::Slippage | Self::Latency => 1_000,
            Self::Spread => 2_000,
        }
    }

    /// Reads a value of it.
    #[must_use]
    pub fn read(self, text: &str) -> Option<u32> {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|value| is_plain && *value <= self.most())
    }
}

/// Costs that are set for one run; the others stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Charges([Option<u32>; 4]);

impl Charges {
    /// None of them set.
    #[must_use]
    pub const fn none() -> Self {
        Self([None; 4])
    }

    /// With one of them set.
    #[must_use]
    pub const fn with(mut self, cost: Cost, value: u32) -> Self {
        self.0[cost as usize] = Some(value);
        self
    }

    /// One of them; none when it is not set.
    #[must_use]
    pub const fn of(&self, cost: Cost) -> Option<u32> {
        self.0[cost as usize]
    }

    /// Sets them on an event-path run.
    pub fn apply(&self, costs: &mut Costs) {
        if let Some(fee) = self.of(Cost::Fee) {
            costs.fees = FeeRates { book: BasisPoints(fee), instant: BasisPoints(fee) };
        }
        if let Some(spread) = self.of(Cost::Spread) {
            costs.spread = BasisPoints(spread);
        }
        if let Some(slippage) = self.of(Cost::Slippage) {
            costs.slippage = BasisPoints(slippage);
        }
        if let Some(bars) = self.of(Cost::Latency) {
            costs.latency_bars = bars;
        }
    }

    /// A vectorised run under them; none when it knows no such cost.
    #[must_use]
    pub fn vectorised(&self, setup: Setup) -> Option<Setup> {
        let is_free = [Cost::Spread, Cost::Slippage, Cost::Latency].iter().all(|cost| self.of(*cost).unwrap_or(0) == 0);
        is_free.then(|| Setup { fee: self.of(Cost::Fee).map_or(setup.fee, BasisPoints), ..setup })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_stays_and_each_cost_reaches_its_own_place() {
        let before = Costs { latency_bars: 3, ..Costs::default() };
        let mut costs = before;
        Charges::default().apply(&mut costs);
        assert_eq!(costs, before);
        let charges = Cost::ALL.iter().zip(1..).fold(Charges::default(), |charges, (cost, at)| charges.with(*cost, at));
        charges.apply(&mut costs);
        let of = (costs.fees.book.0, costs.fees.instant.0, costs.spread.0, costs.slippage.0, costs.latency_bars);
        assert_eq!(of, (1, 1, 2, 3, 4));
    }

    #[test]
    fn a_cost_is_a_plain_number_within_its_bound() {
        assert_eq!(Cost::Fee.read("1000"), Some(1_000));
        for text in ["", "1001", "-1", "+1", "0.5", "x"] {
            assert_eq!(Cost::Fee.read(text), None, "{text}");
        }
        assert!(Cost::ALL.iter().all(|cost| Cost::parse(cost.as_str()) == Some(*cost)));
    }
}
