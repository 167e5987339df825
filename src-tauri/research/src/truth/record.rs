//! What a run did bar by bar, as ratios, made from its fills.
//!
//! Every return is that of the equity over one bar, with coins at its close. A fill belongs to the bar it falls into. Money
//! itself stays with whoever ran it; this is for statistics.

use super::bootstrap::{max_drawdown, total_return};
use super::sharpe::Moments;
use domain::{Candle, Decimal, Side, Timestamp};

/// A fill, as far as ratios need it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deal {
    /// When.
    pub at: Timestamp,
    /// Bought or sold.
    pub side: Side,
    /// Coins.
    pub quantity: f64,
    /// AUD for one.
    pub price: f64,
    /// AUD.
    pub fee: f64,
}

/// A run as ratios; one entry a bar, save for the trades.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// What the equity returned.
    pub returns: Vec<f64>,
    /// The share of the equity that was in coins, after the fills of the bar.
    pub held: Vec<f64>,
    /// What the coin returned from open to close.
    pub moves: Vec<f64>,
    /// What the coin returned from close to close, the first bar from its open: missing bars are in it.
    pub coin: Vec<f64>,
    /// What the equity returned from each time it went in until it was out again.
    pub trades: Vec<f64>,
}

/// A decimal for ratios; not a number when it has none.
pub(super) fn ratio(value: Decimal) -> f64 {
    f64::try_from(value).unwrap_or(f64::NAN)
}

impl Record {
    /// The record of a run over these bars that began with so much cash.
    #[must_use]
    pub fn of(bars: &[Candle], cash: f64, deals: &[Deal]) -> Self {
        let count = bars.len();
        let mut record = Self {
            returns: Vec::with_capacity(count),
            held: Vec::with_capacity(count),
            moves: Vec::with_capacity(count),
            coin: Vec::with_capacity(count),
            trades: Vec::new(),
        };
        let mut wallet = Wallet { cash, coins: 0.0, before: cash };
        let mut equity = cash;
        let mut before = None;
        let mut deals = deals.iter().peekable();
        for (place, bar) in bars.iter().enumerate() {
            let next = bars.get(place + 1).map(|next| next.time);
            let (open, close) = (ratio(bar.open.decimal()), ratio(bar.close.decimal()));
            while let Some(deal) = deals.next_if(|deal| next.is_none_or(|next| deal.at < next)) {
                record.trades.extend(wallet.take(deal));
            }
            let at_open = wallet.cash + wallet.coins * open;
            record.held.push(if at_open > 0.0 { wallet.coins * open / at_open } else { 0.0 });
            record.moves.push(close / open - 1.0);
            record.coin.push(close / before.replace(close).unwrap_or(open) - 1.0);
            let now = wallet.cash + wallet.coins * close;
            record.returns.push(if equity > 0.0 { now / equity - 1.0 } else { 0.0 });
            equity = now;
        }
        record
    }

    /// Adds what came after, as if its equity had gone on from here.
    pub fn chain(&mut self, later: &Self) {
        self.returns.extend(&later.returns);
        self.held.extend(&later.held);
        self.moves.extend(&later.moves);
        self.coin.extend(&later.coin);
        self.trades.extend(&later.trades);
    }

    /// Without the first so many bars; trades are kept.
    #[must_use]
    pub fn after(mut self, bars: usize) -> Self {
        for column in [&mut self.returns, &mut self.held, &mut self.moves, &mut self.coin] {
            column.drain(..bars.min(column.len()));
        }
        self
    }

    /// In short.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let bars = self.returns.len();
        let inside = self.held.iter().filter(|held| **held > 0.0).count();
        Figures {
            total_return: total_return(&self.returns),
            hold: total_return(&self.coin),
            max_drawdown: max_drawdown(&self.returns),
            sharpe: Moments::of(&self.returns).map(|moments| moments.sharpe()),
            exposure: if bars == 0 { 0.0 } else { inside as f64 / bars as f64 },
            trades: self.trades.len(),
            wins: self.trades.iter().filter(|trade| **trade > 0.0).count(),
            bars,
        }
    }
}

/// A run in short.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// What it all returned; 0.1 is ten percent.
    pub total_return: f64,
    /// What the coin itself returned, from the first open to the last close.
    pub hold: f64,
    /// The deepest fall below the highest point.
    pub max_drawdown: f64,
    /// Mean ÷ deviation of the bars' returns.
    pub sharpe: super::Figure,
    /// The share of bars with coins.
    pub exposure: f64,
    /// Times it went in and out again.
    pub trades: usize,
    /// Of them, those that gained.
    pub wins: usize,
    /// Bars.
    pub bars: usize,
}

struct Wallet {
    cash: f64,
    coins: f64,
    /// Equity before it went in.
    before: f64,
}

impl Wallet {
    /// Says what a trade returned once it is over.
    fn take(&mut self, deal: &Deal) -> Option<f64> {
        let value = deal.quantity * deal.price;
        match deal.side {
            Side::Buy => {
                if self.coins <= 0.0 {
                    self.before = self.cash;
                }
                self.coins += deal.quantity;
                self.cash -= value + deal.fee;
                None
            }
            Side::Sell => {
                let all = self.coins;
                self.coins = (all - deal.quantity).max(0.0);
                self.cash += value - deal.fee;
                // What is left of ten digits is rounding.
                let is_out = all > 0.0 && self.coins <= all * 1e-10;
                if is_out {
                    self.coins = 0.0;
                }
                (is_out && self.before > 0.0).then(|| self.cash / self.before - 1.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::market::tests::bars;

    fn deal(bar: i64, side: Side, quantity: f64, price: f64, fee: f64) -> Deal {
        Deal { at: Timestamp::from_micros(bar * 3_600_000_000), side, quantity, price, fee }
    }

    #[test]
    fn a_record_is_the_one_worked_out_by_hand() {
        // Closes 10, 20, 30, 15; opens are the closes before. In at 10 with a fee of 1, out at 30 with a fee of 3.
        let bars = bars(&[1_000, 2_000, 3_000, 1_500]);
        let deals = [deal(1, Side::Buy, 5.0, 10.0, 1.0), deal(3, Side::Sell, 5.0, 30.0, 3.0)];
        let record = Record::of(&bars, 100.0, &deals);
        // Equity: 100, 49 + 100, 49 + 150, 196.
        let wanted = [0.0, 0.49, 199.0 / 149.0 - 1.0, 196.0 / 199.0 - 1.0];
        assert!(record.returns.iter().zip(wanted).all(|(one, other)| (one - other).abs() < 1e-12), "{record:?}");
        assert!((record.trades[0] - 0.96).abs() < 1e-12);
        assert_eq!(record.held[0], 0.0);
        assert!((record.held[1] - 50.0 / 99.0).abs() < 1e-12);
        assert_eq!(record.moves, [0.0, 1.0, 0.5, -0.5]);
        let holey = Record::of(&[bars[0], bars[2], bars[3]], 100.0, &[]);
        assert!((holey.figures().hold - 0.5).abs() < 1e-12, "a hole is in what the coin did");
        let figures = record.figures();
        assert!((figures.total_return - 0.96).abs() < 1e-12 && figures.exposure == 0.5 && figures.trades == 1);
    }

    #[test]
    fn a_trade_that_was_sold_in_parts_ends_with_its_last_part() {
        let bars = bars(&[1_000; 4]);
        let deals = [
            deal(0, Side::Buy, 3.0, 10.0, 0.0),
            deal(1, Side::Buy, 3.0, 10.0, 0.0),
            deal(2, Side::Sell, 4.0, 11.0, 0.0),
            deal(3, Side::Sell, 2.0, 12.0, 0.0),
        ];
        let record = Record::of(&bars, 100.0, &deals);
        assert_eq!(record.trades.len(), 1);
        assert!((record.trades[0] - 0.08).abs() < 1e-12);
    }

    #[test]
    fn records_go_on_from_each_other() {
        let mut first = Record { returns: vec![0.5], ..Record::default() };
        let second = Record { returns: vec![0.0, -0.5], trades: vec![-0.5, 0.0, 0.2], ..Record::default() };
        first.chain(&second.after(1));
        assert_eq!((first.returns.as_slice(), first.trades.len()), (&[0.5, -0.5][..], 3));
        assert_eq!((first.figures().trades, first.figures().wins), (3, 1), "a trade that came out even gained nothing");
        assert!((first.figures().total_return + 0.25).abs() < 1e-12);
    }
}
