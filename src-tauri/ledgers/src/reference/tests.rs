use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn coin(text: &str) -> Coin {
    Coin::parse(text).unwrap()
}

fn quoted(venue: &str, of: &str, currency: &str, bid: &str, ask: &str, age_s: i64) -> VenuePrice {
    let seen = NOW.plus_micros(-age_s * 1_000_000);
    VenuePrice {
        venue: venue.to_owned(),
        coin: coin(of),
        currency: Currency::parse(currency).unwrap(),
        bid: Price::parse(bid).ok(),
        ask: Price::parse(ask).ok(),
        last: None,
        at: None,
        seen,
        since: seen,
    }
}

fn aud(venue: &str, mid: &str) -> VenuePrice {
    quoted(venue, "BTC", "AUD", mid, mid, 1)
}

fn btc(prices: &[VenuePrice]) -> Result<ReferencePrice, NoReference> {
    reference(coin("BTC"), prices, NOW)
}

fn price(prices: &[VenuePrice]) -> String {
    btc(prices).map_or_else(|none| none.to_string(), |found| found.price.to_string())
}

#[test]
fn the_reference_is_the_median_of_the_venues_mids() {
    let three = [
        quoted("kraken", "BTC", "AUD", "99", "103", 1),
        aud("btc_markets", "100"),
        aud("independent_reserve", "101.5"),
    ];
    let found = btc(&three).unwrap();
    assert_eq!(found.price.to_string(), "101");
    assert_eq!(found.venues, ["btc_markets", "independent_reserve", "kraken"]);
    assert_eq!(price(&three[1..]), "100.75", "of two the middle between them");
}

#[test]
fn a_venue_counts_for_thirty_seconds() {
    let aged = |age_s| price(&[aud("kraken", "100"), quoted("btc_markets", "BTC", "AUD", "100", "100", age_s)]);
    assert_eq!(aged(30), "100");
    assert_eq!(
        aged(31),
        "only kraken counts now, and one venue can't agree with itself; btc_markets: answered 31 s ago"
    );
    let mut kept = aud("btc_markets", "100");
    kept.at = Some(NOW.plus_micros(-3_600 * 1_000_000));
    assert!(price(&[aud("kraken", "100"), kept]).contains("its own time lies minutes back"));
}

#[test]
fn a_venue_off_the_others_is_left_out_and_named() {
    let found = btc(&[aud("a", "100"), aud("b", "101"), aud("c", "10000")]).unwrap();
    assert_eq!((found.price.to_string().as_str(), found.venues.len()), ("100.5", 2));
    assert_eq!(found.left_out[0].venue, "c");
}

#[test]
fn venues_that_split_are_no_reference() {
    assert_eq!(price(&[aud("a", "100"), aud("b", "102")]), "101", "exactly two percent apart agrees");
    assert!(price(&[aud("a", "100"), aud("b", "102.01")]).contains("do not agree"));
    let halves = [aud("a", "100"), aud("b", "100"), aud("c", "200"), aud("d", "200")];
    assert!(price(&halves).contains("do not agree"), "two against two");
    let chain = [aud("a", "100"), aud("b", "101.9"), aud("c", "103.8")];
    assert!(price(&chain).contains("do not agree"), "the middle one may belong to either side");
}

#[test]
fn a_price_in_usdt_counts_through_the_venues_own_rate() {
    let rate =
        [quoted("kraken", "USDT", "AUD", "1.49", "1.51", 1), quoted("btc_markets", "USDT", "AUD", "1.5", "1.5", 1)];
    let binance = quoted("binance", "BTC", "USDT", "66666", "66668", 1);
    let mut all = vec![binance.clone(), aud("kraken", "100002")];
    assert!(price(&all).contains("binance: there is no USDT/AUD reference"));
    all.extend(rate);
    let found = btc(&all).unwrap();
    assert_eq!(
        (found.price.to_string().as_str(), found.venues.as_slice()),
        ("100001.25", ["binance".to_owned(), "kraken".to_owned()].as_slice())
    );
    let usd = quoted("elsewhere", "BTC", "USD", "66666", "66668", 1);
    assert!(price(&[aud("kraken", "1"), usd]).contains("its prices are in USD"));
}

#[test]
fn what_is_no_price_does_not_count() {
    let crossed = quoted("a", "BTC", "AUD", "101", "100", 1);
    let half = quoted("b", "BTC", "AUD", "100", "none", 1);
    let words = price(&[crossed, half]);
    assert!(
        words.contains("no venue counts now")
            && words.contains("a: its bid is above")
            && words.contains("b: has no bid"),
        "{words}"
    );
    assert_eq!(price(&[]), "no other venue quotes it");
    assert_eq!(price(&[quoted("a", "ETH", "AUD", "1", "1", 1)]), "no other venue quotes it");
}

proptest! {
    #[test]
    fn a_reference_lies_among_venues_that_agree_whatever_their_order(
        cents in proptest::collection::vec(1_i64..20_000, 0..7), turn in 0_usize..7,
    ) {
        let mut prices: Vec<VenuePrice> = cents.iter().enumerate()
            .map(|(n, cents)| aud(&format!("v{n}"), &Decimal::new(*cents, 2).to_string())).collect();
        let found = btc(&prices);
        if let Ok(found) = &found {
            let group: Vec<Decimal> = prices.iter().filter(|price| found.venues.contains(&price.venue))
                .filter_map(|price| price.bid).map(Price::decimal).collect();
            let (low, high) = (group.iter().min().unwrap(), group.iter().max().unwrap());
            prop_assert!(*low <= found.price.decimal() && found.price.decimal() <= *high);
            prop_assert!(percent_apart(*high, *low).unwrap() <= REFERENCE_APART_MAX_PCT);
            prop_assert!(group.len() >= 2 && group.len() * 2 > prices.len());
        }
        if !prices.is_empty() {
            let places = prices.len();
            prices.rotate_left(turn % places);
        }
        prop_assert_eq!(btc(&prices).map(|found| found.price), found.map(|found| found.price));
    }
}
