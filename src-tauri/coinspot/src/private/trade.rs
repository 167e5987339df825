//! Sending an order, once.
//!
//! In this order: a turn, then under it the number and the exact body, which the caller makes durable, then the one send.
//! An order on the book always names its rate. An instant one always names a quoted rate, a threshold and the direction that
//! hurts, or it is not written at all: without them the exchange trades at any price.

use super::calls::{Account, word};
use super::echo::{Answer, Expected};
use super::turn::{Turn, Turns, Urgency};
use crate::error::CoinSpotError;
use domain::{
    Book, Coin, Decimal, Denial, OrderId, OrderKind, Price, Proposal, Quantity, RoundingStrategy, Side, Timestamp,
};
use floor::{ApprovedOrder, Venue};
use omc_http::{Client, Lane, Post};
use serde::Serialize;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Digits of amounts and rates.
const DIGITS: u32 = 8;
/// How far the rate of an instant trade may move from its quote against us, percent.
const THRESHOLD_PCT: Decimal = Decimal::from_parts(5, 0, 0, false, 1);
/// How far a quote may be beyond the price the order was judged at, percent.
const QUOTE_BEYOND_PCT: Decimal = Decimal::TWO;

/// A future of what became of a send.
pub type Placing = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// An order in the exchange's words, with its number and its turn. Nothing has left; dropped, nothing will.
#[derive(Debug)]
pub struct Sending {
    turn: Turn,
    order: OrderId,
    proposal: Proposal,
    nonce: u64,
    body: String,
    worst: Price,
    post: Post,
    expected: Expected,
}

impl Sending {
    /// The number of the call.
    #[must_use]
    pub const fn nonce(&self) -> u64 {
        self.nonce
    }

    /// The exact body that is sent. It holds no secret.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The worst price it can trade at: its limit; for an instant order, the quote moved by its threshold.
    #[must_use]
    pub const fn worst(&self) -> Price {
        self.worst
    }
}

#[derive(Serialize)]
struct OnBook<'a> {
    nonce: u64,
    cointype: &'a str,
    amount: String,
    rate: String,
    markettype: &'static str,
}

#[derive(Serialize)]
struct AtOnce<'a> {
    nonce: u64,
    cointype: &'a str,
    amounttype: &'static str,
    amount: String,
    rate: String,
    threshold: String,
    direction: &'static str,
}

#[derive(Serialize)]
struct Edit<'a> {
    nonce: u64,
    cointype: &'a str,
    id: &'a str,
    rate: String,
    newrate: String,
}

impl Account {
    /// Waits until it is this key's turn to place an order. Everything else of the key waits meanwhile, but for cancels:
    /// hold it as shortly as can be.
    ///
    /// # Errors
    /// [`CoinSpotError::Busy`].
    pub async fn turn(&self) -> Result<Turn, CoinSpotError> {
        self.take_turn(Urgency::Order).await
    }

    /// An order in the exchange's words, on a turn of this account. An instant one needs the rate quoted for it.
    ///
    /// # Errors
    /// [`CoinSpotError::NoQuote`], [`CoinSpotError::QuoteMoved`], [`CoinSpotError::NotWritable`], [`CoinSpotError::Nonce`].
    pub fn prepare_on(
        &self,
        turn: Turn,
        order: &ApprovedOrder,
        quoted: Option<Price>,
        now: Timestamp,
    ) -> Result<Sending, CoinSpotError> {
        let proposal = order.proposal();
        let Proposal { coin, side, kind, quantity, .. } = *proposal;
        real(proposal)?;
        let amount = coins(quantity)?;
        let instant = match kind {
            OrderKind::Limit(_) => None,
            OrderKind::Instant => Some(Guard::of(side, coin, quoted, order.worst_price())?),
        };
        if let OrderKind::Limit(limit) = kind {
            rate(limit)?;
        }
        let nonce = self.number(now)?;
        let (body, worst, expected) = match (kind, instant) {
            (OrderKind::Limit(limit), _) => {
                let expected = Expected::Book { coin, amount: quantity.decimal(), rate: limit.decimal() };
                let (cointype, markettype) = (coin.as_str(), "AUD");
                (written(&OnBook { nonce, cointype, amount, rate: rate(limit)?, markettype })?, limit, expected)
            }
            (OrderKind::Instant, Some(guard)) => {
                let expected = Expected::Instant { coin, amount: quantity.decimal() };
                (guard.written(nonce, coin, amount)?, guard.worst, expected)
            }
            (OrderKind::Instant, None) => return Err(CoinSpotError::NoQuote { coin }),
        };
        let path: &[&str] = match kind {
            OrderKind::Limit(_) => &["my", word(side)],
            OrderKind::Instant => &["my", word(side), "now"],
        };
        let bytes = body.clone().into_bytes();
        let post = self.signed(Post::json(self.trading.url(path, &[]), Lane::Trading, bytes.clone()), &bytes)?;
        Ok(Sending { turn, order: order.id(), proposal: proposal.clone(), nonce, body, worst, post, expected })
    }

    /// Waits for a turn and writes the order down: [`Self::turn`], then [`Self::prepare_on`].
    ///
    /// # Errors
    /// Those of both.
    pub async fn prepare(
        &self,
        order: &ApprovedOrder,
        quoted: Option<Price>,
        now: Timestamp,
    ) -> Result<Sending, CoinSpotError> {
        let turn = self.turn().await?;
        self.prepare_on(turn, order, quoted, now)
    }

    /// Gives what rests under an id the limit of an approved order, in the exchange's words, on a turn of this account.
    /// `rate_now` is the limit it has: the exchange refuses when that is another.
    ///
    /// # Errors
    /// [`CoinSpotError::NotWritable`], [`CoinSpotError::Nonce`].
    pub fn prepare_amend_on(
        &self,
        turn: Turn,
        order: &ApprovedOrder,
        venue_id: &str,
        rate_now: Price,
        now: Timestamp,
    ) -> Result<Sending, CoinSpotError> {
        let proposal = order.proposal();
        let Proposal { coin, side, kind: OrderKind::Limit(limit), .. } = *proposal else {
            let reason = "an instant order has no limit to change".to_owned();
            return Err(CoinSpotError::NotWritable { reason });
        };
        real(proposal)?;
        let (now_at, newrate) = (rate(rate_now)?, rate(limit)?);
        let nonce = self.number(now)?;
        let body = written(&Edit { nonce, cointype: coin.as_str(), id: venue_id, rate: now_at, newrate })?;
        let url = self.trading.url(&["my", word(side), "edit"], &[]);
        let bytes = body.clone().into_bytes();
        let post = self.signed(Post::json(url, Lane::Trading, bytes.clone()), &bytes)?;
        let expected = Expected::Amended { coin, rate: limit.decimal(), id: venue_id.to_owned() };
        Ok(Sending { turn, order: order.id(), proposal: proposal.clone(), nonce, body, worst: limit, post, expected })
    }
}

/// The way orders go to the exchange: it takes an approved order with what was written down for it.
#[derive(Debug, Clone)]
pub struct Trader {
    http: Arc<Client>,
    turns: Arc<Turns>,
}

impl Trader {
    /// The way to an account.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        Self { http: Arc::clone(&account.http), turns: Arc::clone(&account.turns) }
    }
}

impl Venue for Trader {
    type Market<'a> = Sending;
    type Answer = Placing;

    fn place(&mut self, order: ApprovedOrder, sending: Sending) -> Placing {
        let its_own = sending.order == order.id() && sending.proposal == *order.proposal();
        if !its_own || !sending.turn.is_of(&self.turns) {
            let words =
                "what was written down is another order than the one approved, or another account's: nothing was sent";
            let denial = Denial::new("order_altered", words);
            return Box::pin(std::future::ready(Answer::NotSent(denial)));
        }
        let http = Arc::clone(&self.http);
        Box::pin(async move { send(&http, &sending.turn, &sending.post, &sending.expected).await })
    }
}

async fn send(http: &Client, turn: &Turn, post: &Post, expected: &Expected) -> Answer {
    if !turn.begin() {
        let words = "a cancel went first while this waited, so that its number was too old: nothing was sent";
        return Answer::NotSent(Denial::new("turn_lost", words));
    }
    expected.read(http.post_once(post).await)
}

/// What bounds the price of an instant trade.
struct Guard {
    rate: Decimal,
    worst: Price,
    direction: &'static str,
}

impl Guard {
    fn of(side: Side, coin: Coin, quoted: Option<Price>, judged: Price) -> Result<Self, CoinSpotError> {
        let quoted = quoted.ok_or(CoinSpotError::NoQuote { coin })?;
        let part = |pct: Decimal| pct / Decimal::ONE_HUNDRED;
        // More digits than it takes are cut to the cautious side.
        let (direction, rounding, sign) = match side {
            Side::Buy => ("UP", RoundingStrategy::ToZero, Decimal::ONE),
            Side::Sell => ("DOWN", RoundingStrategy::AwayFromZero, Decimal::NEGATIVE_ONE),
        };
        let moved = |price: Decimal, pct: Decimal| price.checked_mul(Decimal::ONE + sign * part(pct));
        let beyond =
            |bound: Decimal| if side == Side::Buy { quoted.decimal() > bound } else { quoted.decimal() < bound };
        if moved(judged.decimal(), QUOTE_BEYOND_PCT).is_none_or(beyond) {
            return Err(CoinSpotError::QuoteMoved { coin, quoted, judged });
        }
        let rate = quoted.decimal().round_dp_with_strategy(DIGITS, rounding);
        let worst = moved(rate, THRESHOLD_PCT).and_then(|worst| Price::new(worst).ok());
        let worst = worst.ok_or(CoinSpotError::NoQuote { coin })?;
        Ok(Self { rate, worst, direction })
    }

    fn written(&self, nonce: u64, coin: Coin, amount: String) -> Result<String, CoinSpotError> {
        let (rate, threshold) = (self.rate.normalize().to_string(), THRESHOLD_PCT.normalize().to_string());
        let (cointype, direction) = (coin.as_str(), self.direction);
        written(&AtOnce { nonce, cointype, amounttype: "coin", amount, rate, threshold, direction })
    }
}

/// A paper order never leaves.
fn real(proposal: &Proposal) -> Result<(), CoinSpotError> {
    match proposal.book {
        Book::Live => Ok(()),
        Book::Paper => Err(CoinSpotError::NotWritable { reason: "it is an order with paper money".to_owned() }),
    }
}

fn coins(quantity: Quantity) -> Result<String, CoinSpotError> {
    if quantity.fits_venue() && !quantity.is_zero() {
        return Ok(quantity.decimal().normalize().to_string());
    }
    Err(CoinSpotError::NotWritable {
        reason: format!("{quantity} coins are none, or have more than {DIGITS} decimals"),
    })
}

fn rate(price: Price) -> Result<String, CoinSpotError> {
    if price.fits_venue() {
        return Ok(price.decimal().normalize().to_string());
    }
    Err(CoinSpotError::NotWritable { reason: format!("the rate {price} has more than {DIGITS} decimals") })
}

fn written<T: Serialize>(body: &T) -> Result<String, CoinSpotError> {
    serde_json::to_string(body).map_err(|error| CoinSpotError::NotWritable { reason: error.to_string() })
}
