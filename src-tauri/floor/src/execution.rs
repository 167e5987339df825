//! How well orders were executed: slippage against the middle of the market when each was asked for, fees, time.
//!
//! Slippage is in basis points of the arrival mid and signed by side: above zero is always worse for the trader, a buy that
//! paid more, a sale that brought less. Prices are without fees, which stand beside it. Invariants: an order that filled nothing has
//! no quality; one whose arrival price is not known has fees and time and no slippage; a group's slippage is weighted by what its
//! orders turned over, and tells of how many it was known. Deliberately absent: what to do about it.

use crate::order::{Fill, Order};
use domain::{Coin, Decimal, Name, OrderId, Price, Quantity, RoundingStrategy, Side};
use std::collections::BTreeMap;

/// Slippage beyond this is told as too much, in basis points.
pub const TOLERANCE_BPS: Decimal = Decimal::TEN;
const BPS: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);
const SHOWN_PLACES: u32 = 2;

/// How one order was executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// The order.
    pub order: OrderId,
    /// Coins filled.
    pub filled: Quantity,
    /// Halfway between bid and ask when it was asked for; none when that was not known.
    pub arrival: Option<Price>,
    /// What a coin cost or brought on average, without fees.
    pub average: Decimal,
    /// What was turned over, AUD without fees.
    pub value: Decimal,
    /// Worse than the arrival mid by so many basis points; below zero, better.
    pub slippage_bps: Option<Decimal>,
    /// Fees, AUD.
    pub fees: Decimal,
    /// Milliseconds from asking to the first fill; none for times that contradict each other.
    pub first_fill_ms: Option<i64>,
    /// The same to the last fill.
    pub last_fill_ms: Option<i64>,
}

impl Execution {
    /// How an order was executed so far; none when nothing was filled, or a number doesn't fit.
    #[must_use]
    pub fn of(order: &Order) -> Option<Self> {
        let fills = order.fills();
        let sum = |of: fn(&Fill) -> Option<Decimal>| {
            fills.iter().try_fold(Decimal::ZERO, |sum, fill| sum.checked_add(of(fill)?))
        };
        let value = sum(|fill| fill.price.decimal().checked_mul(fill.quantity.decimal()))?;
        let average = value.checked_div(order.filled().decimal())?;
        let asked_ms = order.id().time().millis();
        let waited = |at: Option<i64>| at.map(|at| at - asked_ms).filter(|waited| *waited >= 0);
        let arrival = order.terms().arrival;
        Some(Self {
            order: order.id(),
            filled: order.filled(),
            arrival,
            average,
            value,
            slippage_bps: arrival.and_then(|arrival| slippage_bps(order.proposal().side, arrival, average)),
            fees: sum(|fill| Some(fill.fee.amount()))?,
            first_fill_ms: waited(fills.iter().map(|fill| fill.time.millis()).min()),
            last_fill_ms: waited(fills.iter().map(|fill| fill.time.millis()).max()),
        })
    }

    /// Whether it was worse than may be.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.slippage_bps.is_some_and(|slippage| slippage > TOLERANCE_BPS)
    }
}

/// How much worse than the arrival price an average is, in basis points.
#[must_use]
pub fn slippage_bps(side: Side, arrival: Price, average: Decimal) -> Option<Decimal> {
    let worse = match side {
        Side::Buy => average.checked_sub(arrival.decimal())?,
        Side::Sell => arrival.decimal().checked_sub(average)?,
    };
    worse.checked_mul(BPS)?.checked_div(arrival.decimal()).map(shown)
}

fn shown(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(SHOWN_PLACES, RoundingStrategy::MidpointNearestEven).normalize()
}

/// The orders of one algorithm, or by hand, in one coin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Orders with a fill.
    pub orders: usize,
    /// Those whose slippage is known.
    pub known: usize,
    /// Those that were worse than may be.
    pub over: usize,
    /// What all of them turned over, AUD.
    pub value: Decimal,
    /// Their fees, AUD.
    pub fees: Decimal,
    weighed: Decimal,
    weight: Decimal,
}

impl Group {
    fn add(&mut self, of: &Execution) -> Option<()> {
        let (value, fees) = (self.value.checked_add(of.value)?, self.fees.checked_add(of.fees)?);
        if let Some(slippage) = of.slippage_bps {
            let weighed = self.weighed.checked_add(slippage.checked_mul(of.value)?)?;
            (self.weight, self.weighed) = (self.weight.checked_add(of.value)?, weighed);
            self.known += 1;
        }
        (self.value, self.fees) = (value, fees);
        self.orders += 1;
        self.over += usize::from(of.is_over());
        Some(())
    }

    /// Their slippage, weighted by what each turned over; none when it is known of none.
    #[must_use]
    pub fn slippage_bps(&self) -> Option<Decimal> {
        self.weighed.checked_div(self.weight).map(shown)
    }
}

/// Adds an order to the sums by algorithm (none: by hand) and coin.
pub(crate) fn add(groups: &mut BTreeMap<(Option<Name>, Coin), Group>, order: &Order, execution: &Execution) {
    let proposal = order.proposal();
    let group = groups.entry((proposal.algorithm.clone(), proposal.coin)).or_default();
    // What does not fit a number is left out of the sums, as a whole.
    let _ = group.add(execution);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Orders;
    use crate::fixtures::{dec, fill, id, limit, name, price};
    use domain::{Fact, Terms};

    fn orders(side: Side, arrival: Option<&str>, fills: &[(&str, &str)]) -> Orders {
        let (order, proposal) = (id(1), limit(side, "100000", "0.1"));
        let terms = Terms { arrival: arrival.map(price), ..Terms::default() };
        let mut facts = vec![
            Fact::OrderProposed { order, proposal: proposal.clone() },
            Fact::OrderTerms { order, terms },
            Fact::OrderApproved { order, by: name("paper") },
            Fact::OrderIntended { order },
        ];
        facts.extend((1..).zip(fills).map(|(number, (coins, at))| fill(order, number, &proposal, coins, at)));
        let mut orders = Orders::default();
        for fact in &facts {
            orders.apply(fact).unwrap();
        }
        orders
    }

    fn slippage(side: Side, arrival: Option<&str>, fills: &[(&str, &str)]) -> Option<Decimal> {
        Execution::of(orders(side, arrival, fills).get(id(1)).unwrap()).unwrap().slippage_bps
    }

    #[test]
    fn what_is_worse_for_the_trader_is_above_zero_on_either_side() {
        let parts = [("0.05", "100000"), ("0.05", "100200")];
        assert_eq!(slippage(Side::Buy, Some("100000"), &parts), Some(dec("10")));
        assert_eq!(slippage(Side::Sell, Some("100000"), &parts), Some(dec("-10")));
        assert_eq!(slippage(Side::Sell, Some("100200"), &parts), Some(dec("9.98")));
        assert_eq!(slippage(Side::Buy, None, &parts), None, "an arrival nobody knew is no slippage of zero");
    }

    #[test]
    fn an_order_that_filled_nothing_has_no_quality_and_beyond_the_tolerance_it_is_told() {
        assert_eq!(Execution::of(orders(Side::Buy, Some("100000"), &[]).get(id(1)).unwrap()), None);
        let of =
            |at: &str| Execution::of(orders(Side::Buy, Some("100000"), &[("0.1", at)]).get(id(1)).unwrap()).unwrap();
        assert!(!of("100100").is_over() && of("100101").is_over() && !of("99000").is_over());
        assert_eq!((of("100100").value, of("100100").last_fill_ms), (dec("10010"), Some(0)));
    }

    #[test]
    fn a_group_weighs_its_orders_by_what_they_turned_over_and_counts_those_it_knows_of() {
        let small = orders(Side::Buy, Some("100000"), &[("0.01", "101000")]);
        let large = orders(Side::Buy, Some("100000"), &[("0.09", "100000")]);
        let unknown = orders(Side::Buy, None, &[("0.05", "100000")]);
        let mut groups = BTreeMap::new();
        for order in [&small, &large, &unknown].map(|orders| orders.get(id(1)).unwrap()) {
            add(&mut groups, order, &Execution::of(order).unwrap());
        }
        let group = groups.into_values().next().unwrap();
        assert_eq!((group.orders, group.known, group.over), (3, 2, 1));
        assert_eq!(group.slippage_bps(), Some(dec("10.09")));
    }
}
