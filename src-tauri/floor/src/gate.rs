//! The gate: may this order go? One answer, with a stable code and the words a trader would use.
//!
//! The checks, in this order; the first that fails is the answer:
//!
//! | code | refused because |
//! |---|---|
//! | `killed` | the kill switch is pulled, or can't be read |
//! | `key_missing`, `lease_missing`, `mandate_missing` | the order is for real money, and nothing allows that: see [`Authority`] |
//! | `market_locked` | nobody knows yet what became of an earlier order of the coin |
//! | `account_unknown` | the venue's account was not read just now |
//! | `ledger_failing`, `ledger_unknown` | an algorithm asks, and the prices its signal rests on can't be trusted, or nobody knows; a person is only warned |
//! | `limit_missing` | a limit has no value |
//! | `quantity_zero` | no coins |
//! | `too_many_decimals` | coins or limit beyond the venue's 8 decimals |
//! | `coin_unknown` | the venue does not list the coin |
//! | `price_missing` | no bid or no ask |
//! | `no_order_book` | a limit order for an instant-only coin |
//! | `price_stale` | the feed last confirmed the price too long ago, or its time lies ahead of the clock |
//! | `price_crossed` | the bid is above the ask |
//! | `spread_too_wide` | bid and ask of the book are too far apart |
//! | `price_collar` | the limit is too far beyond the market, or the market too far off other venues' prices, or where there are none, off its own recent ones |
//! | `amount_too_large` | the order's value does not fit a number |
//! | `dust` | worth less than a cent |
//! | `max_order_aud`, `max_day_aud` | a buy is too large, or one too many for the day |
//! | `too_many_orders` | too many orders in a minute |
//! | `mandate_expired`, `mandate_coin`, `mandate_hours`, `mandate_max_order`, `mandate_max_day` | the holder's mandate does not allow this order |
//! | `insufficient_funds`, `insufficient_coins` | not enough beside what open orders set aside |
//! | `equity_unknown`, `equity_zero`, `day_start_unknown`, `peak_unknown` | a buy, and what the book is worth, or was, is not known |
//! | `max_day_loss_pct`, `max_drawdown_pct` | a buy, and the book fell too far |
//! | `max_coin_pct`, `max_algorithm_pct` | a buy puts too much of the book into one coin, or one algorithm |
//! | `repeated_order` | the same order was asked for just now |
//!
//! Invariants: what is absent refuses; nothing is rounded toward more exposure; no allocation unless the answer is no.
//! The AUD limits and those on equity (see [`Exposure`]) bind buys only: a sale lessens what is at risk, and a limit must
//! never lock the trader in. Deliberately absent: asking the person.
//!
//! An [`ApprovedOrder`] can't be made by hand, copied, or read from text:
//!
//! ```
//! fn take(order: floor::ApprovedOrder) -> domain::OrderId { order.id() }
//! ```
//! ```compile_fail,E0451
//! fn forge(id: domain::OrderId, approved: floor::Approved) -> floor::ApprovedOrder {
//!     floor::ApprovedOrder { id, approved }
//! }
//! ```
//! ```compile_fail,E0451
//! fn forge(proposal: domain::Proposal, worst_price: domain::Price, fee: domain::BasisPoints) -> floor::Approved {
//!     floor::Approved { proposal, worst_price, fee, reservation: floor::Reservation::NONE }
//! }
//! ```
//! ```compile_fail,E0277
//! fn copy<T: Clone>(_: T) {}
//! fn twice(order: floor::ApprovedOrder) { copy(order) }
//! ```

use crate::authority::{Asked, Authority, Leave};
use crate::exposure::{self, EquityBounds, Exposure, Headroom};
use crate::limits::{LimitName, Limits};
use crate::sizing::{FeeRates, Preview, coins as coin_words};
use crate::words::{aud, number};
use domain::{
    Ask, BasisPoints, Book, Coin, Decimal, Denial, Fact, FactHash, Money, Name, OrderId, OrderKind, Price, Proposal,
    Quantity, Quote, QuoteKind, Side, Terms, Timestamp,
};

/// The newest of a coin's own prices that the collar's median is made of.
const MEDIAN_PRICES_MAX: usize = 63;
/// Below this an order is dust: one cent.
const DUST_AUD: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// What an order sets aside until nothing can happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// Cash, fee included.
    pub cash: Money,
    /// Coins.
    pub coins: Quantity,
}

impl Reservation {
    /// Nothing.
    pub const NONE: Self = Self { cash: Money::ZERO_AUD, coins: Quantity::ZERO };
}

/// What other venues say the coin is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere<'a> {
    /// Their price, in AUD.
    pub price: Price,
    /// The venues that agree on it.
    pub venues: &'a [String],
}

/// Everything the gate looks at beside the proposal.
#[derive(Debug, Clone, Copy)]
pub struct GateContext<'a> {
    /// The kill switch; true also when it can't be read.
    pub killed: bool,
    /// The present moment.
    pub now: Timestamp,
    /// Whether the venue lists the coin; true when nobody could say yet.
    pub coin_known: bool,
    /// The coin's prices.
    pub quote: Option<Quote>,
    /// The coin's own prices of the last hour or so, newest last, without the quote being judged; may be empty.
    pub recent_prices: &'a [Price],
    /// What other venues agree on; the collar compares with it where it is there, else with the recent prices.
    pub elsewhere: Option<Elsewhere<'a>>,
    /// Why no signal may rest on the prices now; none when it may. Binds algorithms, not people.
    pub unfit: Option<&'a Denial>,
    /// The limits of the proposal's book.
    pub limits: &'a Limits,
    /// What the venue charges.
    pub fees: FeeRates,
    /// Cash beside what open orders set aside.
    pub cash_available: Money,
    /// The coin's holding beside what open orders set aside.
    pub coins_available: Quantity,
    /// What the book's buys of the trader's calendar day cost, all coins together.
    pub bought_today: Money,
    /// What the book's open buys would cost if they filled: they may fill today.
    pub open_buys: Money,
    /// Orders of the book allowed in the last minute.
    pub orders_last_minute: u32,
    /// Mandates, key and lease.
    pub authority: &'a Authority,
    /// What the buys of the proposal's holder of the trader's calendar day cost, its open ones included.
    pub holder_bought_today: Money,
    /// Minutes since the trader's local midnight.
    pub local_minute: u16,
    /// The order nobody knows the fate of that closes the coin's live market; none for a free one.
    pub locked_by: Option<OrderId>,
    /// Whether the live account's balances are known as of just now; means nothing for paper.
    pub account_known: bool,
    /// What the book is worth and what of it stands at risk.
    pub exposure: Exposure<'a>,
    /// The same order, asked for within the repeat window and not over; none when there is none, or a person means it.
    pub repeats: Option<OrderId>,
}

/// A proposal that passed the gate. It becomes an order with the fact of its approval, once.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved {
    proposal: Proposal,
    worst_price: Price,
    fee: BasisPoints,
    reservation: Reservation,
    mid: Price,
    leave: Leave,
}

impl Approved {
    /// Whether a person is asked first.
    #[must_use]
    pub const fn leave(&self) -> Leave {
        self.leave
    }

    /// Halfway between bid and ask when it was judged.
    #[must_use]
    pub const fn mid(&self) -> Price {
        self.mid
    }

    /// The price it was judged at: its limit, or the ask or bid it would meet.
    #[must_use]
    pub const fn price(&self) -> Price {
        self.worst_price
    }

    /// The question for a person, bound to everything that would be sent.
    #[must_use]
    pub fn ask(&self, id: OrderId, terms: &Terms, expires: Timestamp) -> Ask {
        Ask { hash: self.fingerprint(id, terms, self.worst_price), price: self.worst_price, mid: self.mid, expires }
    }

    /// Whether a person was asked about this very order: nothing of it was altered since.
    #[must_use]
    pub fn is_asked(&self, id: OrderId, terms: &Terms, ask: &Ask) -> bool {
        self.fingerprint(id, terms, ask.price) == ask.hash
    }

    /// Order, book, coin, side, kind, quantity, algorithm, terms, the price it was judged at and the fee rate.
    fn fingerprint(&self, id: OrderId, terms: &Terms, price: Price) -> FactHash {
        FactHash::of(&(id, &self.proposal, terms, price, self.fee.0))
    }

    /// The question for a person about another limit for an order that has this one, bound to both and to the price of then.
    #[must_use]
    pub fn ask_amend(&self, id: OrderId, from: Price, mid: Price, expires: Timestamp) -> Ask {
        let hash = FactHash::of(&("amend", id, &self.proposal, from, mid, expires, self.fee.0));
        Ask { hash, price: self.worst_price, mid, expires }
    }

    /// What passed.
    #[must_use]
    pub const fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// What it sets aside.
    #[must_use]
    pub const fn reservation(&self) -> Reservation {
        self.reservation
    }

    /// The fact to append, and the order a venue takes after that fact and the intent are durable.
    #[must_use]
    pub fn approve(self, id: OrderId, by: Name) -> (Fact, ApprovedOrder) {
        (Fact::OrderApproved { order: id, by }, ApprovedOrder { id, approved: self })
    }
}

/// An order that may be sent, once. Only the gate makes it.
#[derive(Debug, PartialEq, Eq)]
pub struct ApprovedOrder {
    id: OrderId,
    approved: Approved,
}

impl ApprovedOrder {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> OrderId {
        self.id
    }

    /// What to trade.
    #[must_use]
    pub const fn proposal(&self) -> &Proposal {
        &self.approved.proposal
    }

    /// The worst price it may trade at: its limit, or for an instant order the price it was judged at.
    #[must_use]
    pub const fn worst_price(&self) -> Price {
        self.approved.worst_price
    }

    /// The fee rate it was judged at.
    #[must_use]
    pub const fn fee(&self) -> BasisPoints {
        self.approved.fee
    }

    /// What it sets aside.
    #[must_use]
    pub const fn reservation(&self) -> Reservation {
        self.approved.reservation
    }
}

/// Every limit's value; the gate starts only when all are there.
struct Bounds {
    order_aud: Decimal,
    day_aud: Decimal,
    orders_per_minute: Decimal,
    collar_pct: Decimal,
    spread_pct: Decimal,
    price_age_s: Decimal,
    equity: EquityBounds,
}

/// Bid and ask, both there.
struct Market {
    bid: Price,
    ask: Price,
    mid: Decimal,
    kind: QuoteKind,
}

/// Decides whether a proposal may become an order.
///
/// # Errors
/// The [`Denial`] of the first check that fails, in the order of the module's table.
pub fn judge(proposal: &Proposal, context: &GateContext<'_>) -> Result<Approved, Denial> {
    check_switches(proposal, context)?;
    let bounds = bounds(context.limits)?;
    check_shape(proposal)?;
    let market = market(proposal, context, &bounds)?;
    check_market(proposal.coin, &market, context, &bounds)?;
    check_limit(proposal, &market, &bounds)?;
    let worst_price = match (proposal.kind, proposal.side) {
        (OrderKind::Limit(limit), _) => limit,
        (OrderKind::Instant, Side::Buy) => market.ask,
        (OrderKind::Instant, Side::Sell) => market.bid,
    };
    let fee = context.fees.of(proposal.kind);
    let worst = Preview::of(proposal.quantity, proposal.side, worst_price, fee)
        .map_err(|error| Denial::new("amount_too_large", format!("{}: {error}.", proposal.coin)))?;
    check_amounts(proposal, &worst, context, &bounds)?;
    let asked = Asked {
        proposal,
        total: worst.total,
        bought_today: context.holder_bought_today,
        now: context.now,
        minute: context.local_minute,
    };
    let leave = context.authority.leave(&asked)?;
    check_balance(proposal, &worst, context)?;
    if proposal.side == Side::Buy {
        exposure::check(proposal, worst.total, &context.exposure, &bounds.equity)?;
    }
    if let Some(order) = context.repeats {
        let words = format!("The same order was asked for just now ({order}): say that you mean it again.");
        return Err(Denial::new("repeated_order", words));
    }
    let mid = Price::new(market.mid).map_err(|_| missing(proposal.coin, "usable price"))?;
    let reservation = match proposal.side {
        Side::Buy => Reservation { cash: worst.total, coins: Quantity::ZERO },
        Side::Sell => Reservation { cash: Money::ZERO_AUD, coins: proposal.quantity },
    };
    Ok(Approved { proposal: proposal.clone(), worst_price, fee, reservation, mid, leave })
}

/// How much of each limit that adds up is used now, and would be after an order that costs or brings so much.
#[must_use]
pub fn headroom(proposal: &Proposal, total: Money, context: &GateContext<'_>) -> Vec<Headroom> {
    let (limits, is_buy) = (context.limits, proposal.side == Side::Buy);
    let mut room = Vec::with_capacity(LimitName::ALL.len());
    let mut add = |limit: LimitName, used: Option<Decimal>, after: Option<Decimal>| {
        room.extend(limits.get(limit).map(|most| Headroom { limit, used, after, most }));
    };
    if is_buy {
        add(LimitName::MaxOrderAud, Some(Decimal::ZERO), Some(total.amount()));
    }
    let day = context.bought_today.checked_add(context.open_buys).ok();
    let bought = if is_buy { day.and_then(|day| day.checked_add(total).ok()) } else { day };
    add(LimitName::MaxDayAud, day.map(Money::amount), bought.map(Money::amount));
    for (limit, used) in exposure::headroom(proposal, total, &context.exposure) {
        if limit != LimitName::MaxAlgorithmPct || proposal.algorithm.is_some() {
            add(limit, used.now, used.after);
        }
    }
    let sent = Decimal::from(context.orders_last_minute);
    add(LimitName::MaxOrdersPerMinute, Some(sent), sent.checked_add(Decimal::ONE));
    room
}

fn check_switches(proposal: &Proposal, context: &GateContext<'_>) -> Result<(), Denial> {
    if context.killed {
        return Err(Denial::new("killed", "The kill switch is pulled: no order leaves until you clear it."));
    }
    context.authority.check(proposal)?;
    if proposal.book == Book::Live {
        check_venue(proposal.coin, context)?;
    }
    match context.unfit {
        Some(denial) if proposal.algorithm.is_some() => Err(denial.clone()),
        _ => Ok(()),
    }
}

fn check_venue(coin: Coin, context: &GateContext<'_>) -> Result<(), Denial> {
    if let Some(order) = context.locked_by {
        let words = format!("The {coin} market is closed: nobody knows yet what became of order {order}.");
        return Err(Denial::new("market_locked", words));
    }
    if context.account_known {
        return Ok(());
    }
    let words = "The account at the exchange could not be read just now, so no order with real money leaves.";
    Err(Denial::new("account_unknown", words))
}

fn bounds(limits: &Limits) -> Result<Bounds, Denial> {
    let need = |name: LimitName| {
        limits.get(name).ok_or_else(|| {
            Denial::new(
                "limit_missing",
                format!("The limit {name} has no value, so no order is let through: set it first."),
            )
        })
    };
    // The caller looks for repeats by the one, and takes back what rests too long by the other.
    need(LimitName::RepeatWindowS)?;
    need(LimitName::UnfilledMinutes)?;
    Ok(Bounds {
        order_aud: need(LimitName::MaxOrderAud)?,
        day_aud: need(LimitName::MaxDayAud)?,
        orders_per_minute: need(LimitName::MaxOrdersPerMinute)?,
        collar_pct: need(LimitName::PriceCollarPct)?,
        spread_pct: need(LimitName::MaxSpreadPct)?,
        price_age_s: need(LimitName::MaxPriceAgeS)?,
        equity: EquityBounds {
            coin_pct: need(LimitName::MaxCoinPct)?,
            algorithm_pct: need(LimitName::MaxAlgorithmPct)?,
            day_loss_pct: need(LimitName::MaxDayLossPct)?,
            drawdown_pct: need(LimitName::MaxDrawdownPct)?,
        },
    })
}

fn check_shape(proposal: &Proposal) -> Result<(), Denial> {
    let coin = proposal.coin;
    if proposal.quantity.is_zero() {
        return Err(Denial::new(
            "quantity_zero",
            format!("The order is for no {coin} at all: give a quantity above zero."),
        ));
    }
    let too_fine = |what: &str, value: Decimal| {
        let words = format!("The {what} {} has more than the 8 decimals CoinSpot takes.", number(value));
        Err(Denial::new("too_many_decimals", words))
    };
    if !proposal.quantity.fits_venue() {
        return too_fine("quantity", proposal.quantity.decimal());
    }
    match proposal.kind {
        OrderKind::Limit(limit) if !limit.fits_venue() => too_fine("limit", limit.decimal()),
        _ => Ok(()),
    }
}

fn market(proposal: &Proposal, context: &GateContext<'_>, bounds: &Bounds) -> Result<Market, Denial> {
    let coin = proposal.coin;
    let Some(quote) = context.quote.filter(|quote| quote.coin == coin) else {
        if !context.coin_known {
            return Err(Denial::new("coin_unknown", format!("CoinSpot does not list {coin}: check the ticker.")));
        }
        return Err(missing(coin, "price"));
    };
    let bid = quote.bid.ok_or_else(|| missing(coin, "bid"))?;
    let ask = quote.ask.ok_or_else(|| missing(coin, "ask"))?;
    let mid = quote.mid().ok_or_else(|| missing(coin, "usable price"))?;
    if quote.kind == QuoteKind::Instant && matches!(proposal.kind, OrderKind::Limit(_)) {
        let words = format!("{coin} has no order book at CoinSpot, so a limit can't rest: use an instant order.");
        return Err(Denial::new("no_order_book", words));
    }
    check_age(&quote, context.now, bounds)?;
    if quote.is_crossed() {
        let words = format!(
            "{coin}'s bid {} is above its ask {}: the feed is broken.",
            number(bid.decimal()),
            number(ask.decimal())
        );
        return Err(Denial::new("price_crossed", words));
    }
    let market = Market { bid, ask, mid, kind: quote.kind };
    check_spread(coin, &market, bounds)?;
    Ok(market)
}

fn missing(coin: Coin, what: &str) -> Denial {
    Denial::new("price_missing", format!("There is no {what} for {coin} now: wait for one."))
}

fn check_age(quote: &Quote, now: Timestamp, bounds: &Bounds) -> Result<(), Denial> {
    let age = Decimal::from(now.micros().saturating_sub(quote.seen.micros())) / Decimal::from(1_000_000);
    if age.abs() <= bounds.price_age_s {
        return Ok(());
    }
    let (coin, most) = (quote.coin, bounds.price_age_s);
    let words = if age > Decimal::ZERO {
        format!(
            "{coin}'s price was last confirmed {} s ago; at most {most} s are allowed (max_price_age_s).",
            number(age.trunc())
        )
    } else {
        format!("{coin}'s price is {} s ahead of this machine's clock: check the clock.", number(age.trunc().abs()))
    };
    Err(Denial::new("price_stale", words))
}

/// `part` as percent of `whole`, or as good as endless when it can't be computed.
fn percent(part: Decimal, whole: Decimal) -> Decimal {
    part.checked_mul(Decimal::ONE_HUNDRED).and_then(|p| p.checked_div(whole)).unwrap_or(Decimal::MAX)
}

/// A percentage to show, with one digit more than limits usually have.
fn shown(percent: Decimal) -> String {
    number(percent.round_dp(2))
}

fn check_spread(coin: Coin, market: &Market, bounds: &Bounds) -> Result<(), Denial> {
    if market.kind != QuoteKind::Book {
        return Ok(());
    }
    let spread = percent(market.ask.decimal() - market.bid.decimal(), market.mid);
    if spread <= bounds.spread_pct {
        return Ok(());
    }
    let words = format!(
        "{coin}'s bid {} and ask {} are {} % apart; at most {} % is allowed (max_spread_pct).",
        number(market.bid.decimal()),
        number(market.ask.decimal()),
        shown(spread),
        bounds.spread_pct,
    );
    Err(Denial::new("spread_too_wide", words))
}

/// Whether the market stands where other venues see it, or where no two of them do, where it lately stood itself.
fn check_market(coin: Coin, market: &Market, context: &GateContext<'_>, bounds: &Bounds) -> Result<(), Denial> {
    let own = || median(context.recent_prices);
    let Some(measure) = context.elsewhere.map(|there| there.price.decimal()).or_else(own) else { return Ok(()) };
    let off = percent((market.mid - measure).abs(), measure);
    if off <= bounds.collar_pct {
        return Ok(());
    }
    let compared = match context.elsewhere {
        Some(there) => {
            format!("the median {} of {} (two sources)", number(measure.normalize()), there.venues.join(", "))
        }
        None => format!("the median {} of its own recent prices here (one source)", number(measure)),
    };
    let words = format!(
        "{coin} at {} is {} % off {compared}; at most {} % is allowed (price_collar_pct).",
        number(market.mid.normalize()),
        shown(off),
        bounds.collar_pct,
    );
    Err(Denial::new("price_collar", words))
}

fn check_limit(proposal: &Proposal, market: &Market, bounds: &Bounds) -> Result<(), Denial> {
    let coin = proposal.coin;
    let OrderKind::Limit(limit) = proposal.kind else { return Ok(()) };
    // Only giving away is refused; a limit far on the safe side just rests.
    let (beyond, edge, word) = match proposal.side {
        Side::Buy => (limit.decimal() - market.ask.decimal(), market.ask, "above the ask"),
        Side::Sell => (market.bid.decimal() - limit.decimal(), market.bid, "below the bid"),
    };
    if beyond <= Decimal::ZERO {
        return Ok(());
    }
    let off = percent(beyond, edge.decimal());
    if off <= bounds.collar_pct {
        return Ok(());
    }
    let words = format!(
        "The limit {} is {} % {word} {} of {coin}; at most {} % is allowed (price_collar_pct).",
        number(limit.decimal()),
        shown(off),
        number(edge.decimal()),
        bounds.collar_pct,
    );
    Err(Denial::new("price_collar", words))
}

/// The middle one of the newest prices; the lower of the two middle ones for an even count.
fn median(prices: &[Price]) -> Option<Decimal> {
    let newest = &prices[prices.len().saturating_sub(MEDIAN_PRICES_MAX)..];
    let mut sorted = [Decimal::ZERO; MEDIAN_PRICES_MAX];
    let sorted = &mut sorted[..newest.len()];
    for (to, from) in sorted.iter_mut().zip(newest) {
        *to = from.decimal();
    }
    sorted.sort_unstable();
    sorted.get(newest.len().saturating_sub(1) / 2).copied()
}

fn check_amounts(
    proposal: &Proposal,
    worst: &Preview,
    context: &GateContext<'_>,
    bounds: &Bounds,
) -> Result<(), Denial> {
    let coin = proposal.coin;
    if worst.value.amount() < DUST_AUD {
        let words =
            format!("{} is worth {}: too little to trade.", coin_words(proposal.quantity, coin), aud(worst.value));
        return Err(Denial::new("dust", words));
    }
    if proposal.side == Side::Buy {
        check_buy_limits(coin, worst, context, bounds)?;
    }
    if Decimal::from(context.orders_last_minute) >= bounds.orders_per_minute {
        let words = format!(
            "{} orders went out in the last minute and {} are allowed (max_orders_per_minute): wait a little.",
            context.orders_last_minute, bounds.orders_per_minute,
        );
        return Err(Denial::new("too_many_orders", words));
    }
    Ok(())
}

fn check_buy_limits(coin: Coin, worst: &Preview, context: &GateContext<'_>, bounds: &Bounds) -> Result<(), Denial> {
    let cost = worst.total;
    if cost.amount() > bounds.order_aud {
        let words = format!(
            "Buying this {coin} costs {} with its fee; one order may cost {} (max_order_aud).",
            aud(cost),
            aud(Money::aud(bounds.order_aud)),
        );
        return Err(Denial::new("max_order_aud", words));
    }
    let day = context.bought_today.checked_add(context.open_buys).and_then(|used| used.checked_add(cost));
    if day.as_ref().is_ok_and(|day| day.amount() <= bounds.day_aud) {
        return Ok(());
    }
    let words = format!(
        "Buying this {coin} for {} after {} bought today and {} in open buys is over the day's {} (max_day_aud).",
        aud(cost),
        aud(context.bought_today),
        aud(context.open_buys),
        aud(Money::aud(bounds.day_aud)),
    );
    Err(Denial::new("max_day_aud", words))
}

fn check_balance(proposal: &Proposal, worst: &Preview, context: &GateContext<'_>) -> Result<(), Denial> {
    let coin = proposal.coin;
    match proposal.side {
        Side::Buy => {
            let left = context.cash_available.checked_sub(worst.total);
            if left.is_ok_and(|left| left.amount() >= Decimal::ZERO) {
                return Ok(());
            }
            let words = format!(
                "Buying {} costs {} with its fee; {} is free.",
                coin_words(proposal.quantity, coin),
                aud(worst.total),
                aud(context.cash_available),
            );
            Err(Denial::new("insufficient_funds", words))
        }
        Side::Sell if proposal.quantity <= context.coins_available => Ok(()),
        Side::Sell => {
            let words = format!(
                "Selling {} needs more than the {} that is free.",
                coin_words(proposal.quantity, coin),
                coin_words(context.coins_available, coin),
            );
            Err(Denial::new("insufficient_coins", words))
        }
    }
}

#[cfg(test)]
mod tests;
