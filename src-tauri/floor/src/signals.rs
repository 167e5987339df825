//! From a signal to the size of an order: what an algorithm has, and how much of it a signal may move.
//!
//! Invariants: an algorithm buys with its own capital and sells what its own fills brought, nothing of anybody else's; what it
//! holds counts against its capital at the bid; a size is exact, cut so that it never exceeds what there is; while an order
//! of it is on its way for a coin, no other leaves for that coin. Deliberately absent: limits of a book, which the gate keeps.

use crate::words::{aud, number};
use domain::{
    BasisPoints, Coin, Denial, Money, Price, Quantity, RoundingStrategy, Side, Signal, SignalAction, SignalSize, Size,
    Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// The longest reason of a signal that is kept.
pub const REASON_CHARS_MAX: usize = 300;
const EVIDENCE_MAX: usize = 20;
const CERTAIN: u16 = 10_000;
/// A buy for less than this is left: one AUD.
const LEAST_AUD: i64 = 1;

/// What an algorithm has, and what it did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Portfolio {
    /// Its share of its book's equity; none when that can't be told now.
    pub capital: Option<Money>,
    /// What of it is in coins at the bid, and in buys on their way; none when a coin it holds has no price.
    pub used: Option<Money>,
    /// Coins its fills brought, less those it sold.
    pub holdings: BTreeMap<Coin, Quantity>,
    /// Coins it has an order on its way for.
    pub pending: BTreeSet<Coin>,
    /// The newest slot it acted on, coin by coin.
    pub done: BTreeMap<Coin, Timestamp>,
    /// When it began to run as it does now.
    pub since: Timestamp,
}

impl Portfolio {
    /// What it holds of a coin.
    #[must_use]
    pub fn held(&self, coin: Coin) -> Quantity {
        self.holdings.get(&coin).copied().unwrap_or(Quantity::ZERO)
    }

    /// Whether it holds any of a coin.
    #[must_use]
    pub fn holds(&self, coin: Coin) -> bool {
        !self.held(coin).is_zero()
    }

    /// Whether it holds a coin, or an order of it is on its way.
    #[must_use]
    pub fn is_in(&self, coin: Coin) -> bool {
        self.holds(coin) || self.pending.contains(&coin)
    }

    /// Slots of a coin up to this moment are over: acted on, or before it began.
    #[must_use]
    pub fn done_until(&self, coin: Coin) -> Timestamp {
        self.done.get(&coin).copied().unwrap_or_default().max(self.since)
    }

    /// What it may still spend: its capital less what is used.
    ///
    /// # Errors
    /// `equity_unknown`, `capital_used`.
    fn free(&self) -> Result<Money, Denial> {
        let known = self.capital.zip(self.used);
        let free = known.and_then(|(capital, used)| capital.checked_sub(used).ok());
        let (Some((capital, used)), Some(free)) = (known, free) else {
            let words = "What its capital is worth can't be told now: a price or the account is missing.";
            return Err(Denial::new("equity_unknown", words));
        };
        if free.amount() >= domain::Decimal::from(LEAST_AUD) {
            return Ok(free);
        }
        let words = format!("{} of its capital of {} is used already.", aud(used), aud(capital));
        Err(Denial::new("capital_used", words))
    }
}

/// The side and size of the order a signal asks for. `price` is what a buy of coins would meet.
///
/// # Errors
/// `signal_bad`, `order_on_its_way`, `nothing_held`, `equity_unknown`, `capital_used`, `price_missing`.
pub fn order_of(
    signal: &Signal,
    coins: &[Coin],
    portfolio: &Portfolio,
    price: Option<Price>,
) -> Result<(Side, Size), Denial> {
    check(signal, coins)?;
    let coin = signal.coin;
    if portfolio.pending.contains(&coin) {
        let words = format!("An order of it for {coin} is still on its way.");
        return Err(Denial::new("order_on_its_way", words));
    }
    match signal.action {
        SignalAction::Buy => Ok((Side::Buy, bought(signal.size, portfolio, coin, price)?)),
        SignalAction::Sell => Ok((Side::Sell, sold(signal.size, portfolio, coin)?)),
        SignalAction::Close => Ok((Side::Sell, sold(SignalSize::Share(BasisPoints(10_000)), portfolio, coin)?)),
    }
}

fn check(signal: &Signal, coins: &[Coin]) -> Result<(), Denial> {
    let bad = |words: String| Err(Denial::new("signal_bad", words));
    if !coins.contains(&signal.coin) {
        return bad(format!("It speaks of {}, which is none of its coins.", signal.coin));
    }
    if signal.confidence.is_some_and(|confidence| confidence > CERTAIN) {
        return bad("It is surer than certain.".to_owned());
    }
    if signal.reason.chars().count() > REASON_CHARS_MAX || signal.evidence.len() > EVIDENCE_MAX {
        return bad("Its reason or its evidence is too long.".to_owned());
    }
    let share_fits = |share: BasisPoints| (1..=10_000).contains(&share.0);
    match signal.size {
        _ if signal.action == SignalAction::Close => Ok(()),
        SignalSize::Share(share) if !share_fits(share) => bad("A share is more than nothing, and at most all.".into()),
        SignalSize::Aud(money) if money.amount() <= domain::Decimal::ZERO => bad("It asks for no money.".into()),
        SignalSize::Quantity(quantity) if quantity.is_zero() => bad("It asks for no coins.".into()),
        _ => Ok(()),
    }
}

fn bought(size: SignalSize, portfolio: &Portfolio, coin: Coin, price: Option<Price>) -> Result<Size, Denial> {
    let free = portfolio.free()?;
    let too_large = |cost: Money| {
        let words = format!("It asks for {}; {} of its capital is free.", aud(cost), aud(free));
        Err(Denial::new("capital_used", words))
    };
    match size {
        SignalSize::Share(share) => {
            // A share of the capital, as far as there is any left; cut to cents.
            let wanted = portfolio
                .capital
                .and_then(|capital| share.of(capital).ok())
                .map_or(free, |wanted| if wanted.amount() < free.amount() { wanted } else { free });
            Ok(Size::Aud(Money::aud(wanted.amount().round_dp_with_strategy(2, RoundingStrategy::ToZero))))
        }
        SignalSize::Aud(cost) if cost.amount() > free.amount() => too_large(cost),
        SignalSize::Aud(cost) => Ok(Size::Aud(cost)),
        SignalSize::Quantity(quantity) => {
            let missing = || Denial::new("price_missing", format!("There is no price for {coin} now: wait for one."));
            let cost = price.and_then(|price| price.times(quantity).ok()).ok_or_else(missing)?;
            if cost.amount() > free.amount() { too_large(cost) } else { Ok(Size::Quantity(quantity)) }
        }
    }
}

fn sold(size: SignalSize, portfolio: &Portfolio, coin: Coin) -> Result<Size, Denial> {
    let held = portfolio.held(coin);
    if held.is_zero() {
        return Err(Denial::new("nothing_held", format!("It holds no {coin}.")));
    }
    match size {
        SignalSize::Share(share) => {
            // Cut to what the venue takes: a sale never asks for more than is held.
            let part = held.decimal() * share.ratio();
            let part = part.round_dp_with_strategy(8, RoundingStrategy::ToZero);
            let cut = Quantity::new(part).unwrap_or(Quantity::ZERO);
            if cut.is_zero() {
                return Err(Denial::new("nothing_held", format!("It holds too little {coin} to sell.")));
            }
            Ok(Size::Quantity(cut))
        }
        SignalSize::Aud(money) => Ok(Size::Aud(money)),
        SignalSize::Quantity(quantity) if quantity <= held => Ok(Size::Quantity(quantity)),
        SignalSize::Quantity(quantity) => {
            let words =
                format!("It asks to sell {} {coin} and holds {}.", number(quantity.decimal()), number(held.decimal()));
            Err(Denial::new("nothing_held", words))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOW, aud as money, coin, price, quantity};

    fn signal(action: SignalAction, size: SignalSize) -> Signal {
        Signal { action, coin: coin("BTC"), size, slot: NOW, confidence: None, reason: "x".into(), evidence: vec![] }
    }

    fn with(capital: &str, used: &str, held: &str) -> Portfolio {
        Portfolio {
            capital: Some(money(capital)),
            used: Some(money(used)),
            holdings: [(coin("BTC"), quantity(held))].into(),
            ..Portfolio::default()
        }
    }

    fn asked(action: SignalAction, size: SignalSize, portfolio: &Portfolio) -> Result<(Side, Size), String> {
        order_of(&signal(action, size), &[coin("BTC")], portfolio, Some(price("100"))).map_err(|denial| denial.code)
    }

    #[test]
    fn a_share_of_capital_is_cut_to_what_is_left_of_it() {
        let buy = |bps, portfolio: &Portfolio| asked(SignalAction::Buy, SignalSize::Share(BasisPoints(bps)), portfolio);
        assert_eq!(buy(5_000, &with("1000.03", "0", "0")), Ok((Side::Buy, Size::Aud(money("500.01")))));
        assert_eq!(buy(10_000, &with("1000", "999.99", "0")), Err("capital_used".into()));
        assert_eq!(buy(10_000, &with("1000", "900", "0")), Ok((Side::Buy, Size::Aud(money("100")))));
        assert_eq!(buy(0, &with("1000", "0", "0")), Err("signal_bad".into()));
        assert_eq!(buy(10_001, &with("1000", "0", "0")), Err("signal_bad".into()));
    }

    #[test]
    fn an_amount_or_coins_beyond_the_capital_are_refused_and_not_cut() {
        let portfolio = with("1000", "950", "0");
        let buy = |size| asked(SignalAction::Buy, size, &portfolio);
        assert_eq!(buy(SignalSize::Aud(money("50"))), Ok((Side::Buy, Size::Aud(money("50")))));
        assert_eq!(buy(SignalSize::Aud(money("50.01"))), Err("capital_used".into()));
        assert_eq!(buy(SignalSize::Quantity(quantity("0.5"))), Ok((Side::Buy, Size::Quantity(quantity("0.5")))));
        assert_eq!(buy(SignalSize::Quantity(quantity("0.51"))), Err("capital_used".into()));
    }

    #[test]
    fn nobody_elses_coins_are_sold() {
        let portfolio = with("1000", "0", "0.123456785");
        let sell = |size| asked(SignalAction::Sell, size, &portfolio);
        let all = Ok((Side::Sell, Size::Quantity(quantity("0.12345678"))));
        assert_eq!(asked(SignalAction::Close, SignalSize::Aud(money("1")), &portfolio), all);
        assert_eq!(sell(SignalSize::Quantity(quantity("0.2"))), Err("nothing_held".into()));
        let half = Ok((Side::Sell, Size::Quantity(quantity("0.06172839"))));
        assert_eq!(sell(SignalSize::Share(BasisPoints(5_000))), half);
        let empty = with("1000", "0", "0");
        assert_eq!(asked(SignalAction::Close, SignalSize::Aud(money("1")), &empty), Err("nothing_held".into()));
    }

    #[test]
    fn what_is_not_known_refuses_a_buy_and_lets_a_sale_through() {
        let portfolio = Portfolio { capital: None, ..with("0", "0", "1") };
        let share = SignalSize::Share(BasisPoints(100));
        assert_eq!(asked(SignalAction::Buy, share, &portfolio), Err("equity_unknown".into()));
        assert!(asked(SignalAction::Close, share, &portfolio).is_ok());
        let unpriced = Portfolio { used: None, ..with("1000", "0", "1") };
        assert_eq!(asked(SignalAction::Buy, share, &unpriced), Err("equity_unknown".into()));
    }

    #[test]
    fn a_coin_with_an_order_on_its_way_gets_no_other() {
        let portfolio = Portfolio { pending: [coin("BTC")].into(), ..with("1000", "0", "1") };
        let share = SignalSize::Share(BasisPoints(100));
        assert_eq!(asked(SignalAction::Buy, share, &portfolio), Err("order_on_its_way".into()));
        assert_eq!(asked(SignalAction::Close, share, &portfolio), Err("order_on_its_way".into()));
    }

    #[test]
    fn a_signal_of_another_coin_or_beyond_certainty_is_no_signal() {
        let share = SignalSize::Share(BasisPoints(100));
        let other = order_of(&signal(SignalAction::Buy, share), &[coin("ETH")], &with("1", "0", "0"), None);
        assert_eq!(other.unwrap_err().code, "signal_bad");
        let sure = Signal { confidence: Some(10_001), ..signal(SignalAction::Buy, share) };
        assert_eq!(order_of(&sure, &[coin("BTC")], &with("1", "0", "0"), None).unwrap_err().code, "signal_bad");
        let wordy = Signal { reason: "x".repeat(301), ..signal(SignalAction::Buy, share) };
        assert_eq!(order_of(&wordy, &[coin("BTC")], &with("1", "0", "0"), None).unwrap_err().code, "signal_bad");
    }
}
