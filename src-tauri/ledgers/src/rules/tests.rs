use super::*;
use crate::payload::DayFigure;
use crate::source::{Ledger, SourceInfo};
use crate::{ObservationKind, Undated};
use domain::{Money, Price, Quantity, Quote, QuoteKind};
use std::time::Duration;

const START: Timestamp = Timestamp::from_micros(1_790_000_040_000_000);
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 86_400_000_000;

fn at(minutes: i64) -> Timestamp {
    START.plus_micros(minutes * MINUTE)
}

/// A quote in hundredths of a per cent of 100 AUD, with its spread in the same.
fn quote(coin: &str, mid: i64, spread: i64, seen: Timestamp) -> Quote {
    let price = |tenth_of_cents: i64| Price::new(Decimal::new(tenth_of_cents, 3)).ok();
    let (bid, ask) = (price(mid * 10 - spread * 5), price(mid * 10 + spread * 5));
    Quote { coin: Coin::parse(coin).unwrap(), kind: QuoteKind::Book, bid, ask, last: bid, seen }
}

/// Hours of a coin that steps up and down by so much each minute, then what it did.
fn rules_after(step: i64, spread: i64, minutes: i64) -> PriceRules {
    let mut rules = PriceRules::new();
    for minute in 0..minutes {
        rules.remember(&quote("BTC", 10_000 + step * (minute % 2), spread, at(minute)));
    }
    rules
}

fn severity(events: &[Observation]) -> Vec<u8> {
    let severity = |event: &Observation| match event.payload {
        Payload::Event { severity, .. } => severity,
        _ => 0,
    };
    events.iter().map(severity).collect()
}

#[test]
fn a_calm_coin_that_falls_three_per_cent_in_five_minutes_is_told_once_and_again_when_it_got_worse() {
    let mut rules = rules_after(2, 10, 120);
    assert!(rules.judge(&[quote("BTC", 9_750, 10, at(120))], at(120)).events.is_empty(), "2.5 %");
    let first = rules.judge(&[quote("BTC", 9_690, 10, at(121))], at(121)).events;
    assert_eq!((severity(&first), first[0].key.as_str()), (vec![5], "large_move:BTC:2026-09-21T16:00:00Z"));
    let Payload::Event { title, detail, .. } = &first[0].payload else { panic!("an event") };
    assert_eq!(title, "BTC fell 3.1 % in 5 min");
    assert!(detail.contains("100") && detail.contains("3.0 %"), "{detail}");
    assert!(rules.judge(&[quote("BTC", 9_680, 10, at(122))], at(122)).events.is_empty(), "no worse");
    let worse = rules.judge(&[quote("BTC", 9_200, 10, at(123))], at(123)).events;
    assert_eq!((severity(&worse), &worse[0].key, worse[0].event_time), (vec![7], &first[0].key, first[0].event_time));
}

#[test]
fn a_thin_coin_that_always_jumps_does_not_shout() {
    let mut rules = rules_after(150, 10, 120);
    assert!(rules.judge(&[quote("BTC", 10_600, 10, at(121))], at(121)).events.is_empty(), "6 % are its everyday");
    let mut rules = rules_after(2, 10, 120);
    assert_eq!(rules.judge(&[quote("BTC", 10_600, 10, at(121))], at(121)).events.len(), 1);
}

#[test]
fn a_middle_that_moved_because_one_side_left_is_no_move() {
    let mut rules = rules_after(2, 10, 120);
    let noticed = rules.judge(&[quote("BTC", 11_000, 2_000, at(121))], at(121));
    assert!(noticed.events.is_empty(), "{noticed:?}");
}

#[test]
fn nothing_is_measured_across_a_gap() {
    let mut rules = rules_after(2, 10, 120);
    assert!(rules.judge(&[quote("BTC", 12_000, 10, at(123))], at(123)).events.is_empty(), "three minutes are missing");
    for minute in 124..128 {
        assert!(rules.judge(&[quote("BTC", 12_000, 10, at(minute))], at(minute)).events.is_empty());
    }
    let crossed = quote("BTC", 9_000, -10, at(128));
    assert!(rules.judge(&[crossed], at(128)).events.is_empty(), "a crossed book says nothing");
}

#[test]
fn what_was_told_before_a_restart_is_not_told_after_it() {
    let mut rules = rules_after(2, 10, 120);
    let told = rules.judge(&[quote("BTC", 9_690, 10, at(121))], at(121)).events;
    let again = || {
        let mut rules = rules_after(2, 10, 120);
        rules.remember(&quote("BTC", 9_690, 10, at(121)));
        rules
    };
    assert_eq!(again().judge(&[quote("BTC", 9_685, 10, at(122))], at(122)).events.len(), 1, "it would be");
    let mut restarted = again();
    restarted.remember_told(&told[0]);
    assert!(restarted.judge(&[quote("BTC", 9_685, 10, at(122))], at(122)).events.is_empty());
}

#[test]
fn a_spread_that_blows_out_is_told_at_the_second_reply_and_so_is_its_end() {
    let mut rules = rules_after(0, 10, 120);
    let mut reply = |spread: i64, minute: i64| rules.judge(&[quote("BTC", 10_000, spread, at(minute))], at(minute));
    assert!(reply(150, 120).events.is_empty(), "1.5 % is below the least");
    assert!(reply(300, 121).events.is_empty(), "one reply may be an order being moved");
    let blown = reply(300, 122);
    assert_eq!((severity(&blown.events), blown.over.len()), (vec![6], 0));
    assert!(blown.events[0].key.starts_with("spread_blow_out:BTC:"));
    assert!(reply(300, 123).events.is_empty() && reply(300, 124).over.is_empty());
    assert_eq!(reply(12, 125).over, [(EventRule::SpreadBlowOut, "BTC".to_owned())]);
    assert!(reply(12, 126).over.is_empty(), "it is over once");
}

#[test]
fn a_coin_whose_spread_is_always_wide_is_not_told() {
    let mut rules = rules_after(0, 300, 120);
    for minute in 120..125 {
        assert!(rules.judge(&[quote("BTC", 10_000, 400, at(minute))], at(minute)).events.is_empty());
    }
}

fn figure(kind: ObservationKind, subject: &str, millions: i64, day: i64) -> Observation {
    let amount = Money::new(Decimal::from(millions * 1_000_000), domain::Currency::parse("USD").unwrap());
    let said = DayFigure { subject: subject.to_owned(), name: subject.to_owned(), amount };
    let payload = match kind {
        ObservationKind::StablecoinSupply => Payload::StablecoinSupply(said),
        ObservationKind::ChainTvl => Payload::ChainTvl(said),
        _ => Payload::Tvl(said),
    };
    let event_time = domain::Interval::D1.floor(START).plus_micros(day * DAY);
    let key = format!("{subject} {day}");
    Observation { source: "s".into(), key, coins: vec![], event_time, published_at: None, undated: None, payload }
}

#[test]
fn a_newest_day_far_from_the_day_before_is_a_shock_and_a_history_is_none() {
    let tvl = |subject, millions, day| figure(ObservationKind::Tvl, subject, millions, day);
    let supply = |subject, millions, day| figure(ObservationKind::StablecoinSupply, subject, millions, day);
    let history: Vec<Observation> =
        (-300..-5).map(|day| tvl("aave", if day % 2 == 0 { 100 } else { 300 }, day)).collect();
    assert_eq!(tvl_shocks(&history, &history, START), []);
    let now = vec![
        tvl("aave", 100, -1),
        tvl("aave", 85, 0),
        tvl("lido", 100, -1),
        tvl("lido", 86, 0),
        supply("usdt", 100, -1),
        supply("usdt", 110, 0),
        tvl("holes", 100, -2),
        tvl("holes", 10, 0),
    ];
    let shocks = tvl_shocks(&now, &now, START);
    let keys: Vec<&str> = shocks.iter().map(|shock| shock.key.as_str()).collect();
    assert_eq!(
        keys,
        ["tvl_shock:tvl/aave:2026-09-21T00:00:00Z", "tvl_shock:stablecoin_supply/usdt:2026-09-21T00:00:00Z"]
    );
    assert_eq!(severity(&shocks), [5, 7]);
    let late = vec![tvl("lido", 10, -1), tvl("lido", 100, -2), tvl("lido", 10, 0)];
    assert_eq!(tvl_shocks(&late[..1], &late, START), [], "an older day that comes late is no news");
}

fn treasury(company: &str, coins: i64, day: i64) -> Observation {
    let holdings = Quantity::new(Decimal::from(coins)).unwrap();
    let coin = Coin::parse("BTC").unwrap();
    let payload = Payload::Treasury { company: company.into(), symbol: None, coin, holdings, value: None };
    Observation { payload, undated: Some(Undated::Missing), ..figure(ObservationKind::Tvl, company, 1, day) }
}

#[test]
fn holdings_that_differ_from_the_last_known_day_are_told_and_a_new_company_is_not() {
    let known = [treasury("Strategy", 600_000, -4), treasury("Strategy", 630_000, 0), treasury("New", 5, 0)];
    let told = treasury_changes(&known, &known, START);
    assert_eq!((told.len(), severity(&told)), (1, vec![5]));
    let Payload::Event { title, detail, .. } = &told[0].payload else { panic!("an event") };
    assert_eq!(title, "Strategy bought 30000 BTC");
    assert!(detail.contains("600000 BTC on 2026-09-17") && detail.ends_with("5.0 %"), "{detail}");
    let same = [treasury("Strategy", 600_000, -1), treasury("Strategy", 600_000, 0)];
    assert_eq!(treasury_changes(&same, &same, START), []);
}

#[test]
fn a_silent_source_is_one_event_until_it_speaks_and_a_machine_that_slept_is_none() {
    let source = SourceInfo { name: "x", ledger: Ledger::Catalyst, cadence: Duration::from_secs(600) };
    let silence = |failures| Silence { source, since: START, failures, is_frozen: false, is_price_feed: false };
    assert_eq!(outage(&silence(9), at(29)), None, "three cadences are not over");
    assert_eq!(outage(&silence(1), at(500)), None, "it was hardly asked");
    let (told, later) = (outage(&silence(2), at(30)).unwrap(), outage(&silence(7), at(90)).unwrap());
    assert_eq!((told.key.as_str(), told.fingerprint()), ("feed_outage:x:2026-09-21T14:14:00Z", later.fingerprint()));
    let over = outage_over(source, START, at(90));
    assert_eq!(over.key, told.key);
    assert_ne!(over.fingerprint(), told.fingerprint(), "the end is a revision");
    let frozen = Silence { failures: 0, is_frozen: true, ..silence(0) };
    assert!(outage(&frozen, at(30)).is_some());
}

#[test]
fn severity_grows_with_how_far_it_went_and_ends_at_ten() {
    assert_eq!([1.0, 1.42, 2.0, 4.0, 100.0].map(|times| scaled(5, times)), [5, 6, 7, 9, 10]);
}
