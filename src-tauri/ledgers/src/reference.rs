//! The reference price: what other venues say a coin is worth, to judge our own price by.
//!
//! A venue counts when it answered within [`REFERENCE_AGE_MAX_S`] and has a bid and an ask that are not crossed; a price in USDT
//! counts after it was turned into AUD at the venues' own USDT/AUD reference. The largest group of venues that lie within
//! [`REFERENCE_APART_MAX_PCT`] of each other agrees; it must be at least two, more than half of those that count, and the only
//! one of its size. The reference is the median of their mids; everything else is "no reference", with the reason.
//!
//! Invariants: exact decimals; no price of ours is among the venues, so that nothing is judged by itself; one venue alone is
//! no reference. Deliberately absent: a venue's `last`, which can lie outside its bid and ask.

use domain::{Coin, Currency, Decimal, Price, Timestamp};
use std::fmt;

/// A venue that answered longer ago than this does not count.
pub const REFERENCE_AGE_MAX_S: i64 = 30;
/// Venues further apart than this do not agree.
pub const REFERENCE_APART_MAX_PCT: Decimal = Decimal::TWO;
/// A venue whose own time lies further back than this answers with what it kept: some do for markets they don't have.
const VENUE_TIME_MAX_S: i64 = 300;
const VENUES_MIN: usize = 2;
/// The coin whose AUD price turns USDT into AUD.
const USDT: &str = "USDT";

/// A venue's prices of a coin as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenuePrice {
    /// The venue's stable name.
    pub venue: String,
    /// The coin.
    pub coin: Coin,
    /// The currency the prices are in.
    pub currency: Currency,
    /// What a buyer there offers.
    pub bid: Option<Price>,
    /// What a seller there asks.
    pub ask: Option<Price>,
    /// The last trade.
    pub last: Option<Price>,
    /// When, as the venue says.
    pub at: Option<Timestamp>,
    /// When it last answered.
    pub seen: Timestamp,
    /// Since when it says this.
    pub since: Timestamp,
}

/// A venue that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The venue.
    pub venue: String,
    /// Why, in words.
    pub why: String,
}

/// What other venues agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencePrice {
    /// The median of their mids, in AUD.
    pub price: Price,
    /// The venues that agree, by name.
    pub venues: Vec<String>,
    /// The venues that don't count.
    pub left_out: Vec<LeftOut>,
}

/// Why there is no reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoReference {
    /// No venue quotes the coin.
    NoVenue,
    /// Venues do, but too few of them count now.
    TooFew {
        /// Those that count.
        counting: Vec<String>,
        /// Those that don't.
        left_out: Vec<LeftOut>,
    },
    /// Their prices lie too far apart.
    Apart {
        /// The lowest mid, in AUD.
        low: Decimal,
        /// The highest.
        high: Decimal,
        /// Those that count.
        counting: Vec<String>,
    },
}

impl fmt::Display for NoReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVenue => f.write_str("no other venue quotes it"),
            Self::TooFew { counting, left_out } => {
                match counting.as_slice() {
                    [] => f.write_str("no venue counts now")?,
                    [one] => write!(f, "only {one} counts now, and one venue can't agree with itself")?,
                    more => write!(f, "only {} count now", more.join(", "))?,
                }
                left_out.iter().try_for_each(|left| write!(f, "; {}: {}", left.venue, left.why))
            }
            Self::Apart { low, high, counting } => write!(
                f,
                "{} do not agree: their mids go from {} to {} AUD, more than {REFERENCE_APART_MAX_PCT} % apart",
                counting.join(", "),
                low.normalize(),
                high.normalize()
            ),
        }
    }
}

/// The reference of a coin. `prices` may hold other coins; the USDT/AUD prices among them turn USDT into AUD.
///
/// # Errors
/// [`NoReference`], with the reason.
pub fn reference(coin: Coin, prices: &[VenuePrice], now: Timestamp) -> Result<ReferencePrice, NoReference> {
    let of_coin: Vec<&VenuePrice> = prices.iter().filter(|price| price.coin == coin).collect();
    if of_coin.is_empty() {
        return Err(NoReference::NoVenue);
    }
    let needs_rate = of_coin.iter().any(|price| price.currency.as_str() == USDT);
    let rate = if needs_rate { usdt_rate(prices, now) } else { None };
    let mut mids: Vec<(Decimal, &str)> = Vec::new();
    let mut left_out = Vec::new();
    for price in of_coin {
        match mid_aud(price, rate, now) {
            Ok(mid) => mids.push((mid, &price.venue)),
            Err(why) => left_out.push(LeftOut { venue: price.venue.clone(), why }),
        }
    }
    mids.sort_unstable();
    agree(&mids, left_out)
}

/// The reference of USDT itself: of the AUD venues alone, so that nothing turns in a circle.
fn usdt_rate(prices: &[VenuePrice], now: Timestamp) -> Option<Decimal> {
    let mut mids: Vec<(Decimal, &str)> = prices
        .iter()
        .filter(|price| price.coin.as_str() == USDT && price.currency == Currency::AUD)
        .filter_map(|price| Some((mid_aud(price, None, now).ok()?, price.venue.as_str())))
        .collect();
    mids.sort_unstable();
    agree(&mids, Vec::new()).ok().map(|reference| reference.price.decimal())
}

/// A venue's mid in AUD, or why it does not count.
fn mid_aud(price: &VenuePrice, rate: Option<Decimal>, now: Timestamp) -> Result<Decimal, String> {
    let age_s = now.seconds_since(price.seen);
    if age_s > REFERENCE_AGE_MAX_S {
        return Err(format!("answered {age_s} s ago"));
    }
    if age_s < -REFERENCE_AGE_MAX_S {
        return Err("answered in the future: the clock was set back".to_owned());
    }
    if price.at.is_some_and(|at| price.seen.seconds_since(at) > VENUE_TIME_MAX_S) {
        return Err("its own time lies minutes back".to_owned());
    }
    let (Some(bid), Some(ask)) = (price.bid, price.ask) else {
        return Err("has no bid or no ask".to_owned());
    };
    if bid > ask {
        return Err("its bid is above its ask".to_owned());
    }
    let too_large = || "its price does not fit a number".to_owned();
    let sum = bid.decimal().checked_add(ask.decimal());
    let mid = sum.and_then(|sum| sum.checked_div(Decimal::TWO)).ok_or_else(too_large)?;
    match price.currency.as_str() {
        "AUD" => Ok(mid),
        USDT => {
            let rate = rate.ok_or("there is no USDT/AUD reference to turn it into AUD")?;
            mid.checked_mul(rate).ok_or_else(too_large)
        }
        other => Err(format!("its prices are in {other}")),
    }
}

/// The median of the one largest group within the allowed distance. `mids` are in rising order.
fn agree(mids: &[(Decimal, &str)], mut left_out: Vec<LeftOut>) -> Result<ReferencePrice, NoReference> {
    let named = |mids: &[(Decimal, &str)]| {
        let mut names: Vec<String> = mids.iter().map(|(_, venue)| (*venue).to_owned()).collect();
        names.sort_unstable();
        names
    };
    let (Some((low, _)), Some((high, _))) = (mids.first(), mids.last()) else {
        return Err(NoReference::TooFew { counting: Vec::new(), left_out });
    };
    if mids.len() < VENUES_MIN {
        return Err(NoReference::TooFew { counting: named(mids), left_out });
    }
    let reach = |from: usize| mids[from..].iter().take_while(|(mid, _)| within(mids[from].0, *mid)).count();
    let sizes: Vec<usize> = (0..mids.len()).map(reach).collect();
    let largest = sizes.iter().copied().max().unwrap_or(0);
    let apart = || NoReference::Apart { low: *low, high: *high, counting: named(mids) };
    if largest < VENUES_MIN || largest * 2 <= mids.len() || sizes.iter().filter(|size| **size == largest).count() > 1 {
        return Err(apart());
    }
    let begin = sizes.iter().position(|size| *size == largest).unwrap_or(0);
    let group = &mids[begin..begin + largest];
    let price = Price::new(median(group)).map_err(|_| apart())?;
    let outside = mids[..begin].iter().chain(&mids[begin + largest..]);
    left_out.extend(outside.map(|(mid, venue)| LeftOut {
        venue: (*venue).to_owned(),
        why: format!("its mid {} is more than {REFERENCE_APART_MAX_PCT} % off the others", mid.normalize()),
    }));
    Ok(ReferencePrice { price, venues: named(group), left_out })
}

fn within(low: Decimal, high: Decimal) -> bool {
    percent_apart(high, low).is_some_and(|apart| apart <= REFERENCE_APART_MAX_PCT)
}

fn median(group: &[(Decimal, &str)]) -> Decimal {
    let (left, right) = (group[(group.len() - 1) / 2].0, group[group.len() / 2].0);
    left.checked_add(right).and_then(|sum| sum.checked_div(Decimal::TWO)).unwrap_or(left)
}

/// How far a price is from another, in percent of that other, signed; none when it can't be told.
#[must_use]
pub fn percent_apart(price: Decimal, from: Decimal) -> Option<Decimal> {
    price.checked_sub(from)?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(from)
}

#[cfg(test)]
mod tests;
