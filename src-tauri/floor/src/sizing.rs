//! From what the trader types to coins, and what that will cost: one function for the ticket and for the order.
//!
//! Invariants: an amount in AUD is what a buy costs or a sale brings, fees included; coins are cut down to the venue's 8
//! decimals, so a buy never costs and a sale never brings more than was asked. Money where coins belong does not compile:
//!
//! ```compile_fail,E0308
//! let aud = domain::Money::aud(domain::Decimal::ONE_HUNDRED);
//! let size = domain::Size::Quantity(aud); // coins are a `Quantity`
//! ```

use crate::words::number;
use domain::{
    AmountError, BasisPoints, Coin, Currency, Decimal, Money, OrderKind, Price, Quantity, Quote, QuoteKind, Side, Size,
};

/// The smallest step of a coin amount at the venue: 0.00000001.
const QUANTITY_STEP_DECIMALS: u32 = 8;

/// What the venue charges, by the way an order meets the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeeRates {
    /// For orders on the book.
    pub book: BasisPoints,
    /// For instant orders.
    pub instant: BasisPoints,
}

impl FeeRates {
    /// CoinSpot: 0.1 % on the book, 1 % instant; GST is contained.
    pub const COINSPOT: Self = Self { book: BasisPoints(10), instant: BasisPoints(100) };

    /// The rate for one kind of order.
    #[must_use]
    pub const fn of(&self, kind: OrderKind) -> BasisPoints {
        match kind {
            OrderKind::Limit(_) => self.book,
            OrderKind::Instant => self.instant,
        }
    }
}

/// Why a size can't become an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizingError {
    /// Zero or less money.
    #[error("an order of {0} is nothing to trade: give an amount above zero")]
    NotPositive(Money),
    /// Money of another currency.
    #[error("an order's amount must be in AUD, not {0}")]
    NotAud(Currency),
    /// The side the order would meet has no price.
    #[error("there is no {} price for {coin} now, so the order can't be sized: wait for one, or use a limit", if *side == Side::Buy { "ask" } else { "bid" })]
    PriceMissing {
        /// The coin.
        coin: Coin,
        /// The order's side.
        side: Side,
    },
    /// A limit order for a coin without an order book.
    #[error("{0} has no order book at CoinSpot: use an instant order")]
    NoOrderBook(Coin),
    /// The numbers are too large or otherwise impossible.
    #[error("the order can't be computed: {0}")]
    Amount(#[from] AmountError),
}

impl SizingError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotPositive(_) => "amount_not_positive",
            Self::NotAud(_) => "amount_not_aud",
            Self::PriceMissing { .. } => "price_missing",
            Self::NoOrderBook(_) => "no_order_book",
            Self::Amount(_) => "amount_too_large",
        }
    }
}

/// What an order would come to, for the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preview {
    /// Coins.
    pub quantity: Quantity,
    /// AUD for one coin: the limit, or what the venue asks or bids now.
    pub price: Price,
    /// Price × quantity.
    pub value: Money,
    /// The fee.
    pub fee: Money,
    /// What a buy costs, or a sale brings, with the fee.
    pub total: Money,
}

impl Preview {
    /// The parts of a trade of so many coins at a price.
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub fn of(quantity: Quantity, side: Side, price: Price, rate: BasisPoints) -> Result<Self, AmountError> {
        let value = price.times(quantity)?;
        let fee = rate.of(value)?;
        let total = match side {
            Side::Buy => value.checked_add(fee)?,
            Side::Sell => value.checked_sub(fee)?,
        };
        Ok(Self { quantity, price, value, fee, total })
    }
}

/// The price an order is sized and judged at: its limit, or the ask (buy) or bid (sell) it meets at once.
#[must_use]
pub fn reference_price(kind: OrderKind, side: Side, quote: Option<&Quote>) -> Option<Price> {
    match (kind, side) {
        (OrderKind::Limit(limit), _) => Some(limit),
        (OrderKind::Instant, Side::Buy) => quote?.ask,
        (OrderKind::Instant, Side::Sell) => quote?.bid,
    }
}

/// Coins for a size: money is turned into the most coins whose total with the fee stays within it.
///
/// # Errors
/// [`SizingError`] for money that is not above zero, not AUD, or too large.
pub fn quantity_for(size: Size, side: Side, price: Price, rate: BasisPoints) -> Result<Quantity, SizingError> {
    let money = match size {
        Size::Quantity(quantity) => return Ok(quantity),
        Size::Aud(money) => money,
    };
    if money.currency() != Currency::AUD {
        return Err(SizingError::NotAud(money.currency()));
    }
    if money.amount() <= Decimal::ZERO {
        return Err(SizingError::NotPositive(money));
    }
    let factor = match side {
        Side::Buy => Decimal::ONE + rate.ratio(),
        Side::Sell => Decimal::ONE - rate.ratio(),
    };
    let overflow = AmountError::Overflow("price × (1 ± fee)");
    let unit = Price::new(price.decimal().checked_mul(factor).ok_or(overflow)?)?;
    let quantity = Quantity::affordable(money, unit)?;
    // A quotient that was rounded up to a whole step would cost a hair too much: one step less is always enough.
    if Preview::of(quantity, side, price, rate)?.total.amount() > money.amount() {
        let step = Quantity::new(Decimal::new(1, QUANTITY_STEP_DECIMALS))?;
        return Ok(quantity.checked_sub(step)?);
    }
    Ok(quantity)
}

/// What an order would come to at the prices of now: the ticket shows it, and the order is made of its quantity.
///
/// # Errors
/// [`SizingError`].
pub fn preview(
    coin: Coin,
    side: Side,
    kind: OrderKind,
    size: Size,
    quote: Option<&Quote>,
    fees: &FeeRates,
) -> Result<Preview, SizingError> {
    let bookless = quote.is_some_and(|quote| quote.kind == QuoteKind::Instant);
    if bookless && matches!(kind, OrderKind::Limit(_)) {
        return Err(SizingError::NoOrderBook(coin));
    }
    let quote = quote.filter(|quote| quote.coin == coin);
    let price = reference_price(kind, side, quote).ok_or(SizingError::PriceMissing { coin, side })?;
    let rate = fees.of(kind);
    let quantity = quantity_for(size, side, price, rate)?;
    Ok(Preview::of(quantity, side, price, rate)?)
}

/// A quantity of a coin in words.
pub(crate) fn coins(quantity: Quantity, coin: Coin) -> String {
    format!("{} {coin}", number(quantity.decimal()))
}

#[cfg(test)]
mod tests;
