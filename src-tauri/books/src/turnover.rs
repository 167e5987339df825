//! What trades came to, without matching any: how many, what was bought and sold for, and their fees.
//!
//! Invariants: sums are exact whatever the rows, and rounded half-even once, where they leave as decimals. Deliberately absent:
//! parcels and gains.

use crate::matching::{Fill, Narrow, Units, Wide};
use domain::{Decimal, Side, TradeRow};

/// Sums over trades.
#[derive(Debug, Clone)]
pub struct Turnover {
    trades: usize,
    width: Width,
}

#[derive(Debug, Clone)]
enum Width {
    Narrow(Sums<Narrow>),
    Wide(Box<Sums<Wide>>),
}

#[derive(Debug, Clone)]
struct Sums<N: Units> {
    bought: N::Sum,
    sold: N::Sum,
    fees: N::Sum,
    /// Of everything so far: no sum exceeds it.
    turnover: N::Sum,
}

impl<N: Units> Default for Sums<N> {
    fn default() -> Self {
        let zero = N::Sum::default;
        Self { bought: zero(), sold: zero(), fees: zero(), turnover: zero() }
    }
}

impl<N: Units> Sums<N> {
    /// Adds a row; one that does not fit changes nothing.
    #[inline]
    fn add(&mut self, row: &TradeRow) -> bool {
        let Ok(Fill { value, fee, .. }) = N::read(row).and_then(|fill| {
            self.turnover = N::grown(&self.turnover, &fill)?;
            Ok(fill)
        }) else {
            return false;
        };
        match row.side {
            Side::Buy => self.bought += &value,
            Side::Sell => self.sold += &value,
        }
        self.fees += &fee;
        true
    }

    fn said(&self) -> (Option<Decimal>, Option<Decimal>, Option<Decimal>) {
        (N::money(&self.bought), N::money(&self.sold), N::money(&self.fees))
    }
}

impl Default for Turnover {
    fn default() -> Self {
        Self { trades: 0, width: Width::Narrow(Sums::default()) }
    }
}

impl Turnover {
    /// Adds a trade.
    #[inline]
    pub fn add(&mut self, row: &TradeRow) {
        self.trades += 1;
        if let Width::Narrow(sums) = &mut self.width
            && sums.add(row)
        {
            return;
        }
        self.add_wide(row);
    }

    #[cold]
    fn add_wide(&mut self, row: &TradeRow) {
        if let Width::Narrow(sums) = &self.width {
            let [bought, sold, fees] = [sums.bought, sums.sold, sums.fees].map(Narrow::widened);
            self.width = Width::Wide(Box::new(Sums { bought, sold, fees, ..Sums::default() }));
        }
        if let Width::Wide(sums) = &mut self.width {
            sums.add(row); // any row fits
        }
    }

    fn said(&self) -> (Option<Decimal>, Option<Decimal>, Option<Decimal>) {
        match &self.width {
            Width::Narrow(sums) => sums.said(),
            Width::Wide(sums) => sums.said(),
        }
    }

    /// How many trades.
    #[must_use]
    pub fn trades(&self) -> usize {
        self.trades
    }

    /// What was paid for what was bought, without fees; none beyond a decimal.
    #[must_use]
    pub fn bought(&self) -> Option<Decimal> {
        self.said().0
    }

    /// What was got for what was sold, without fees; none beyond a decimal.
    #[must_use]
    pub fn sold(&self) -> Option<Decimal> {
        self.said().1
    }

    /// The fees of both; none beyond a decimal.
    #[must_use]
    pub fn fees(&self) -> Option<Decimal> {
        self.said().2
    }
}
