//! What a book is worth and how much of it stands at risk: what the limits on equity are held against.
//!
//! | word | what counts |
//! |---|---|
//! | equity | cash, and each holding at its fresh bid; never what it cost |
//! | a coin's share | its holding at the bid, its open buys at their worst with fee, and the order likewise, of the equity |
//! | an algorithm's share | what its own buys left, never more of a coin than the book holds, at the bid; its open buys; the order |
//! | day loss | how far the equity stands below where the trader's day began, of that |
//! | drawdown | how far it stands below its highest, of that |
//!
//! Money paid in or out scales day start and peak by the share it scaled the equity by, so that it neither makes nor
//! hides a loss. A coin counts nothing when a person wrote it down and it has no fresh bid, and when it has none and was
//! worth less than a dollar at its last one: leaving worth out only makes the limits tighter. Any other coin without a
//! fresh bid leaves the equity unknown.
//!
//! Invariants: what is unknown refuses buys; a sale passes all of these, for it lessens what is at risk. No float.

use crate::limits::LimitName;
use crate::words::{aud, number};
use domain::{Coin, Decimal, Denial, Money, Name, Price, Proposal, Quantity, Side};
use std::fmt;

/// The least order that makes sense at the venue: one dollar. CoinSpot publishes none; of the figures told of it this is the lowest, so that
/// nothing that could be sold is taken for dust.
const LEAST_ORDER_AUD: Decimal = Decimal::ONE;

/// Whether a holding is worth less than the least order: it can't be sold by itself.
#[must_use]
pub fn is_dust(worth: Money) -> bool {
    worth.amount() < LEAST_ORDER_AUD
}

/// The last bid of a coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bid {
    /// Confirmed just now.
    Fresh(Price),
    /// Confirmed too long ago.
    Stale(Price),
    /// There never was one.
    None,
}

/// How a holding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// At its fresh bid.
    AtBid(Price),
    /// Nothing: a person wrote it down, and it has no fresh bid.
    WrittenDown,
    /// Nothing: too little to matter, and it has no fresh bid.
    Dust,
    /// Nobody knows: the equity is unknown.
    Unpriced,
}

/// One coin of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The coin.
    pub coin: Coin,
    /// How many.
    pub quantity: Quantity,
    /// How it counts.
    pub counts: Counts,
    /// What it counts; zero unless at its bid.
    pub value: Money,
}

/// What a book is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    /// Cash.
    pub cash: Money,
    /// Every coin held.
    pub held: Vec<Held>,
    /// All of it; none while a coin can't be counted, or the sum is beyond every number.
    pub equity: Option<Money>,
}

impl Worth {
    /// Values what is held.
    pub fn of(
        cash: Money,
        holdings: impl Iterator<Item = (Coin, Quantity)>,
        bid: impl Fn(Coin) -> Bid,
        is_written_down: impl Fn(Coin) -> bool,
    ) -> Self {
        let mut equity = Some(cash);
        let held = holdings.map(|(coin, quantity)| {
            let held = value(coin, quantity, bid(coin), &is_written_down);
            equity = match held.counts {
                Counts::Unpriced => None,
                _ => equity.and_then(|sum| sum.checked_add(held.value).ok()),
            };
            held
        });
        let held = held.collect();
        Self { cash, held, equity }
    }

    /// The coins that keep the equity from being known.
    pub fn unpriced(&self) -> impl Iterator<Item = Coin> {
        self.held.iter().filter(|held| held.counts == Counts::Unpriced).map(|held| held.coin)
    }

    /// One coin's holding at its bid; nothing when it doesn't count.
    #[must_use]
    pub fn value_of(&self, coin: Coin) -> Money {
        self.held.iter().find(|held| held.coin == coin).map_or(Money::ZERO_AUD, |held| held.value)
    }

    /// What so much of a coin counts, never more of it than is held.
    #[must_use]
    pub fn part_of(&self, coin: Coin, quantity: Quantity) -> Money {
        let Some(held) = self.held.iter().find(|held| held.coin == coin) else { return Money::ZERO_AUD };
        let Counts::AtBid(bid) = held.counts else { return Money::ZERO_AUD };
        bid.times(quantity.min(held.quantity)).unwrap_or(held.value)
    }
}

fn value(coin: Coin, quantity: Quantity, bid: Bid, is_written_down: &impl Fn(Coin) -> bool) -> Held {
    let none = |counts| Held { coin, quantity, counts, value: Money::ZERO_AUD };
    let at_bid = |bid: Price| bid.times(quantity).ok().map(|value| Held { value, ..none(Counts::AtBid(bid)) });
    let is_dust = |bid: Price| bid.times(quantity).is_ok_and(is_dust);
    match bid {
        Bid::Fresh(bid) => at_bid(bid).unwrap_or(none(Counts::Unpriced)),
        _ if is_written_down(coin) => none(Counts::WrittenDown),
        Bid::Stale(bid) if is_dust(bid) => none(Counts::Dust),
        _ => none(Counts::Unpriced),
    }
}

/// What an order is held against the limits on equity with; all of it money, made before the gate is asked.
#[derive(Debug, Clone, Copy)]
pub struct Exposure<'a> {
    /// What the order's book is worth.
    pub worth: &'a Worth,
    /// What it was worth as the trader's day began, in the money of now; none when nobody knows.
    pub day_start: Option<Money>,
    /// The most it ever was worth, in the money of now; none when nobody knows.
    pub peak: Option<Money>,
    /// The order's coin: its holding, and its open buys at their worst.
    pub coin: Money,
    /// The order's algorithm: its own holdings, and its open buys at their worst; nothing by hand.
    pub algorithm: Money,
}

/// The values of the limits on equity, percent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EquityBounds {
    pub coin_pct: Decimal,
    pub algorithm_pct: Decimal,
    pub day_loss_pct: Decimal,
    pub drawdown_pct: Decimal,
}

/// Holds a buy that costs so much at its worst against the limits on equity.
///
/// # Errors
/// `equity_unknown`, `equity_zero`, `day_start_unknown`, `peak_unknown`, `max_day_loss_pct`, `max_drawdown_pct`,
/// `max_coin_pct`, `max_algorithm_pct`.
pub(crate) fn check(
    proposal: &Proposal,
    cost: Money,
    exposure: &Exposure<'_>,
    bounds: &EquityBounds,
) -> Result<(), Denial> {
    let book = proposal.book;
    let Some(equity) = exposure.worth.equity else { return Err(unknown(proposal, exposure.worth)) };
    if equity.amount() <= Decimal::ZERO {
        let words = format!("The {book} book is empty, so no share of it can be told: no buy is let through.");
        return Err(Denial::new("equity_zero", words));
    }
    let need = |point: Option<Money>, code: &str, what: &str| {
        let known = point.filter(|point| point.amount() > Decimal::ZERO);
        known.ok_or_else(|| {
            Denial::new(code, format!("Nobody knows what the {book} book was worth {what}: no buy is let through."))
        })
    };
    let start = need(exposure.day_start, "day_start_unknown", "as the day began")?;
    let peak = need(exposure.peak, "peak_unknown", "at its highest")?;
    let fallen = |from: Money, most: Decimal, limit: LimitName, since: &str| {
        if fall_pct(from, equity).is_some_and(|fall| fall <= most) {
            return Ok(());
        }
        let words = format!(
            "The {book} book fell {} % {since}, from {} to {}; at most {most} % is allowed before buys stop ({limit}).",
            shown(fall_pct(from, equity)),
            aud(from),
            aud(equity),
        );
        Err(Denial::new(limit.as_str(), words))
    };
    fallen(start, bounds.day_loss_pct, LimitName::MaxDayLossPct, "since the day began")?;
    fallen(peak, bounds.drawdown_pct, LimitName::MaxDrawdownPct, "from its highest")?;
    let share = |before: Money, most: Decimal, limit: LimitName, whose: &dyn fmt::Display| {
        let after = before.checked_add(cost).ok().and_then(|after| share_pct(after, equity));
        if after.is_some_and(|after| after <= most) {
            return Ok(());
        }
        let words = format!(
            "This buy of {} would put {} % of the {book} book's {} into {whose}, open buys included; at most {most} % is \
             allowed ({limit}).",
            aud(cost),
            shown(after),
            aud(equity),
        );
        Err(Denial::new(limit.as_str(), words))
    };
    share(exposure.coin, bounds.coin_pct, LimitName::MaxCoinPct, &proposal.coin)?;
    match &proposal.algorithm {
        Some(name) => share(exposure.algorithm, bounds.algorithm_pct, LimitName::MaxAlgorithmPct, &By(name)),
        None => Ok(()),
    }
}

struct By<'a>(&'a Name);

impl fmt::Display for By<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the algorithm {}", self.0)
    }
}

fn unknown(proposal: &Proposal, worth: &Worth) -> Denial {
    /// More than these are not named.
    const NAMED_MAX: usize = 8;
    let names: Vec<String> = worth.unpriced().take(NAMED_MAX).map(|coin| coin.to_string()).collect();
    let more = worth.unpriced().count().saturating_sub(names.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let words = format!(
        "The {} book can't be valued: no fresh bid for {}{rest}. No buy is let through until there is one, or a person \
         writes the coin down to zero.",
        proposal.book,
        if names.is_empty() { "what it holds".to_owned() } else { names.join(", ") },
    );
    Denial::new("equity_unknown", words)
}

/// How far below `from` it stands, percent of it; zero when it stands above.
pub(crate) fn fall_pct(from: Money, now: Money) -> Option<Decimal> {
    let lost = from.amount().checked_sub(now.amount())?.max(Decimal::ZERO);
    share_pct(Money::aud(lost), from)
}

/// The percent one amount is of another above zero.
pub(crate) fn share_pct(part: Money, whole: Money) -> Option<Decimal> {
    if whole.amount() <= Decimal::ZERO {
        return None;
    }
    part.amount().checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole.amount())
}

fn shown(percent: Option<Decimal>) -> String {
    percent.map_or_else(|| "far too many".to_owned(), |percent| number(percent.round_dp(2)))
}

/// A limit and how much of it is used, in the limit's own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headroom {
    /// The limit.
    pub limit: LimitName,
    /// What is used now; none when nobody knows.
    pub used: Option<Decimal>,
    /// What would be used after the order; none when nobody knows.
    pub after: Option<Decimal>,
    /// The most.
    pub most: Decimal,
}

/// What the shares and falls come to, before and after an order that buys or sells so much.
pub(crate) fn headroom(proposal: &Proposal, value: Money, exposure: &Exposure<'_>) -> [(LimitName, Used); 4] {
    let equity = exposure.worth.equity;
    let share = |before: Money| {
        let after = match proposal.side {
            Side::Buy => before.checked_add(value).ok(),
            Side::Sell => before.checked_sub(value).ok().map(|left| Money::aud(left.amount().max(Decimal::ZERO))),
        };
        let of = |part: Option<Money>| share_pct(part?, equity?);
        Used { now: of(Some(before)), after: of(after) }
    };
    let fall = |from: Option<Money>| {
        let fallen = from.zip(equity).and_then(|(from, equity)| fall_pct(from, equity));
        Used { now: fallen, after: fallen }
    };
    [
        (LimitName::MaxCoinPct, share(exposure.coin)),
        (LimitName::MaxAlgorithmPct, share(exposure.algorithm)),
        (LimitName::MaxDayLossPct, fall(exposure.day_start)),
        (LimitName::MaxDrawdownPct, fall(exposure.peak)),
    ]
}

/// Before and after.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    pub now: Option<Decimal>,
    pub after: Option<Decimal>,
}

#[cfg(test)]
mod tests;
