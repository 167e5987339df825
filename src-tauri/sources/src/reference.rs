//! What all venues of reference prices do alike: which coins are wanted, how a price is read, one reference a coin.
//!
//! Invariants: prices are exact as written and above zero, never crossed; a coin said twice in different words is not taken;
//! the fingerprint is made of prices alone, so that a feed standing still under fresh timestamps shows. Deliberately absent:
//! which venue to believe, and what a price is compared with.

use crate::error::SourceError;
use crate::reading::{Refusal, Refused};
use domain::{AmountError, Coin, Currency, Price, Timestamp, parse_decimal_lossy};
use ledgers::{Collected, Fingerprint, Reference, inert};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The coins CoinSpot has a book for, the largest first: the only quotes there are to judge.
pub const COINS: [&str; 16] = [
    "BTC", "ETH", "XRP", "SOL", "USDT", "DOGE", "ADA", "TRX", "BCH", "LINK", "XLM", "LTC", "NEO", "EOS", "GAS", "POWR",
];
/// A venue's list of markets is believed for a day.
const MARKETS_AGE_MAX_S: i64 = 86_400;

/// The coin of a venue's ticker, if it is one of [`COINS`].
pub fn wanted(ticker: &str) -> Option<Coin> {
    COINS.contains(&ticker).then(|| Coin::parse(ticker).ok()).flatten()
}

/// A price that came as a JSON number or string, exactly as written.
pub fn price(field: &str, raw: Option<&RawValue>) -> Result<Price, Refusal> {
    let raw = raw.map(RawValue::get).filter(|raw| *raw != "null").ok_or_else(|| Refusal::missing(field))?;
    let wrong_type = || Refusal::new("wrong_type", format!("{field} is no number: {}", inert(raw)));
    let text = match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(raw).map_err(|_| wrong_type())?,
        Some(b'-' | b'0'..=b'9') => raw.to_owned(),
        _ => return Err(wrong_type()),
    };
    let value = parse_decimal_lossy(&text)
        .map_err(|_| Refusal::new("not_a_number", format!("{field} is not a number: '{}'", inert(&text))))?;
    Price::new(value).map_err(|error| match &error {
        AmountError::NotPositive { value, .. } | AmountError::Negative { value, .. } => {
            Refusal::new(error.code(), format!("{field} must be above zero, not {value}"))
        }
        other => Refusal::new(error.code(), format!("{field}: {other}")),
    })
}

/// The prices of one market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    pub bid: Price,
    pub ask: Price,
    pub last: Option<Price>,
    pub at: Option<Timestamp>,
}

/// A market by its name, and what it said.
type Row = (String, Result<Prices, Refusal>);

/// The markets of a reply on their way to one reference a coin.
#[derive(Debug)]
pub struct Rows {
    venue: &'static str,
    currency: Currency,
    by_coin: BTreeMap<Coin, Vec<Row>>,
    refused: Refused,
}

impl Rows {
    pub fn new(venue: &'static str, currency: Currency) -> Self {
        Self { venue, currency, by_coin: BTreeMap::new(), refused: Refused::default() }
    }

    /// Takes one market under the venue's name for it.
    pub fn push(&mut self, market: &str, coin: Coin, prices: Result<Prices, Refusal>) {
        let prices = prices.and_then(|prices| {
            let crossed = || Refusal::new("crossed", format!("bid {} is above ask {}", prices.bid, prices.ask));
            if prices.bid > prices.ask { Err(crossed()) } else { Ok(prices) }
        });
        self.by_coin.entry(coin).or_default().push((market.to_owned(), prices));
    }

    /// Names something that is no market of ours, but should have been one.
    pub fn refuse(&mut self, item: &str, refusal: &Refusal) {
        self.refused.push(item, refusal);
    }

    /// One reference a coin; a market there twice in the same words is taken once, in different words not at all.
    pub fn finish(self) -> Collected {
        let Self { venue, currency, by_coin, mut refused } = self;
        let mut references = Vec::new();
        for (coin, rows) in by_coin {
            let Some((market, first)) = rows.first() else { continue };
            if rows.iter().any(|(_, prices)| prices != first) {
                refused.push(market, &Refusal::new("duplicate", "is there more than once with different prices"));
                continue;
            }
            for (copy, _) in rows.iter().skip(1) {
                refused.push(copy, &Refusal::new("duplicate", "is there more than once; taken once"));
            }
            match first {
                Ok(Prices { bid, ask, last, at }) => references.push(Reference {
                    venue,
                    coin,
                    currency,
                    bid: Some(*bid),
                    ask: Some(*ask),
                    last: *last,
                    at: *at,
                }),
                Err(refusal) => refused.push(market, refusal),
            }
        }
        let fingerprint = Some(fingerprint_of(&references));
        Collected { references, rejected: refused.finish(), fingerprint, ..Collected::default() }
    }

    /// As [`Self::finish`], for a reply that must hold something of ours.
    pub fn finish_some(self, service: &'static str) -> Result<Collected, SourceError> {
        let collected = self.finish();
        if collected.references.is_empty() {
            return Err(SourceError::nothing_left(service, &collected.rejected, "markets"));
        }
        Ok(collected)
    }
}

/// What the prices say, whenever they say it.
pub fn fingerprint_of<'a>(references: impl IntoIterator<Item = &'a Reference>) -> Fingerprint {
    let text = |price: Option<Price>| price.map(|price| price.to_string()).unwrap_or_default();
    let line = |r: &Reference| format!("{} {} {} {} {}", r.coin, r.currency, text(r.bid), text(r.ask), text(r.last));
    Fingerprint::of(references.into_iter().map(line).collect::<Vec<_>>())
}

/// The markets a venue has of ours, as its names for them.
#[derive(Debug, Default)]
pub struct Markets(Mutex<Option<(Timestamp, Vec<String>)>>);

impl Markets {
    fn lock(&self) -> MutexGuard<'_, Option<(Timestamp, Vec<String>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those known; none when they were never learned, or too long ago, or later than now.
    pub fn known(&self, now: Timestamp) -> Option<Vec<String>> {
        let believed = |since: Timestamp| (0..MARKETS_AGE_MAX_S).contains(&now.seconds_since(since));
        self.lock()
            .as_ref()
            .filter(|(since, names)| believed(*since) && !names.is_empty())
            .map(|(_, names)| names.clone())
    }

    pub fn learn(&self, now: Timestamp, names: Vec<String>) {
        *self.lock() = Some((now, names));
    }

    /// Learns from a reply about all markets: what was asked for by name from now on. What has no price at all is traded no
    /// more; anything else refused may be good again in a moment, so then nothing is learned yet.
    pub fn learn_from(&self, now: Timestamp, all: &Collected, name: impl Fn(Coin) -> String) {
        if all.rejected.iter().all(|rejected| rejected.code == "not_positive") {
            self.learn(now, all.references.iter().map(|found| name(found.coin)).collect());
        }
    }

    pub fn forget(&self) {
        *self.lock() = None;
    }
}

/// The entries of a JSON object in their order, also those whose name is there twice.
#[derive(Debug)]
pub struct Entries<'a>(pub Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }
        input.deserialize_map(All).map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Price, Refusal> {
        price("bid", Some(&RawValue::from_string(json.to_owned()).unwrap()))
    }

    fn prices(bid: &str, ask: &str) -> Result<Prices, Refusal> {
        Ok(Prices { bid: Price::parse(bid).unwrap(), ask: Price::parse(ask).unwrap(), last: None, at: None })
    }

    fn rows(of: &[(&str, &str, &str)]) -> Collected {
        let mut rows = Rows::new("kraken", Currency::AUD);
        for (coin, bid, ask) in of {
            rows.push(coin, Coin::parse(coin).unwrap(), prices(bid, ask));
        }
        rows.finish()
    }

    #[test]
    fn a_price_is_read_exactly_also_beyond_the_eighth_decimal() {
        for (json, text) in [("\"0.123456789\"", "0.123456789"), ("122190.50", "122190.5"), ("1.2e-8", "0.000000012")] {
            assert_eq!(read(json).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_price_says_why() {
        for (json, code) in [
            ("\"NaN\"", "not_a_number"),
            ("\"\"", "not_a_number"),
            ("\"1,000\"", "not_a_number"),
            ("1e400", "not_a_number"),
            ("0", "not_positive"),
            ("\"-1\"", "not_positive"),
            ("null", "missing"),
            ("true", "wrong_type"),
            ("[\"1\"]", "wrong_type"),
            ("{}", "wrong_type"),
        ] {
            assert_eq!(read(json).unwrap_err().code, code, "{json}");
        }
        assert_eq!(price("bid", None).unwrap_err().code, "missing");
    }

    #[test]
    fn a_crossed_market_is_refused_by_name_and_costs_only_itself() {
        let found = rows(&[("BTC", "101", "100"), ("ETH", "10", "10")]);
        assert_eq!((found.references.len(), found.references[0].coin.as_str()), (1, "ETH"));
        assert_eq!((found.rejected[0].item.as_str(), found.rejected[0].code), ("BTC", "crossed"));
    }

    #[test]
    fn a_market_there_twice_counts_once_and_not_at_all_when_it_disagrees() {
        let same = rows(&[("BTC", "100", "101"), ("BTC", "100", "101")]);
        assert_eq!((same.references.len(), same.rejected[0].code), (1, "duplicate"));
        let other = rows(&[("BTC", "100", "101"), ("BTC", "100", "102"), ("ETH", "1", "2")]);
        assert_eq!((other.references.len(), other.rejected.len()), (1, 1));
    }

    #[test]
    fn the_fingerprint_moves_with_the_prices_and_not_with_order_or_time() {
        let (one, turned) =
            (rows(&[("BTC", "1", "2"), ("ETH", "3", "4")]), rows(&[("ETH", "3", "4"), ("BTC", "1", "2")]));
        assert_eq!(one.fingerprint, turned.fingerprint);
        let mut later = one.references.clone();
        later[0].at = Some(Timestamp::from_millis(5));
        assert_eq!(Some(fingerprint_of(&later)), one.fingerprint);
        assert_ne!(rows(&[("BTC", "1", "2"), ("ETH", "3", "5")]).fingerprint, one.fingerprint);
    }

    #[test]
    fn learned_markets_are_believed_for_a_day_and_not_before_they_were_learned() {
        let (markets, at) = (Markets::default(), |hour: i64| Timestamp::from_millis(hour * 3_600_000));
        assert_eq!(markets.known(at(0)), None);
        markets.learn(at(10), vec!["BTC-AUD".to_owned()]);
        assert!(markets.known(at(10)).is_some() && markets.known(at(33)).is_some());
        assert!(markets.known(at(34)).is_none() && markets.known(at(9)).is_none());
        markets.forget();
        assert_eq!(markets.known(at(10)), None);
    }

    #[test]
    fn a_reply_with_something_refused_is_no_list_to_go_by_but_one_with_dead_markets_is() {
        let (markets, now) = (Markets::default(), Timestamp::from_millis(0));
        let mut all = rows(&[("BTC", "1", "2"), ("ETH", "3", "2")]);
        markets.learn_from(now, &all, |coin| coin.to_string());
        assert_eq!(markets.known(now), None);
        all.rejected[0].code = "not_positive";
        markets.learn_from(now, &all, |coin| coin.to_string());
        assert_eq!(markets.known(now).unwrap(), ["BTC"]);
    }
}
