//! The account read over real sockets: signed as the exchange wants it, in order, whole or not at all.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "tests may stop and say why")]

use coinspot::{Account, CoinSpotError, Keys, NonceError, Nonces};
use domain::{Coin, Decimal, DrivenClock, Side, Timestamp};
use ledgers::Secret;
use omc_http::{Client, Options};
use staging::{Clock, Fault, Faults, Habits, Resting, Rule, Staging};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_794_633_600_000);

/// Numbers that are remembered as long as the test runs.
#[derive(Default)]
struct Counted(Mutex<u64>);

impl Nonces for Counted {
    fn next(&self, now_ms: u64) -> Result<u64, NonceError> {
        let mut last = self.0.lock().unwrap();
        *last = now_ms.max(*last + 1);
        Ok(*last)
    }
}

struct World {
    staging: Staging,
    account: Account,
}

fn keys(key: &str, secret: &str) -> Keys {
    Keys { key: Secret::new(key.to_owned()), secret: Secret::new(secret.to_owned()) }
}

impl World {
    async fn start(faults: Faults) -> Self {
        let account = staging::Account { coins: vec![("BTC".into(), dec("0.75"))], ..staging::Account::default() };
        let clock = Clock::Driven { start_ms: NOW.millis() };
        let staging =
            Staging::start(staging::Options { seed: 7, clock, faults, account, ..Default::default() }).await.unwrap();
        let account = Self::account(&staging, keys("staging-reading-key", "staging-reading-secret"));
        Self { staging, account }
    }

    fn account(staging: &Staging, keys: Keys) -> Account {
        let http = Arc::new(Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap());
        Account::new(http, Some(staging.url()), keys, Arc::new(Counted::default())).unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.staging.now_ms())
    }

    fn by_hand(&self, side: staging::Side, amount: &str, times_bid: &str) -> String {
        let bid = self.staging.world().at(self.staging.now_ms()).quote("BTC").unwrap().bid.unwrap();
        let rate = (bid * dec(times_bid)).round_dp(2);
        let (id, coin) = (String::new(), "BTC".to_owned());
        self.staging.place_by_hand(&Resting { id, side, coin, amount: dec(amount), rate, created_ms: 0 }).unwrap()
    }
}

fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn btc() -> Coin {
    Coin::parse("BTC").unwrap()
}

#[tokio::test]
async fn balances_open_orders_and_history_are_the_exchanges() {
    let world = World::start(Faults::none()).await;
    let id = world.by_hand(staging::Side::Sell, "0.25", "2");
    world.by_hand(staging::Side::Buy, "0.001", "1.2");
    world.staging.advance(Duration::from_secs(5));
    for numbers_as_text in [false, true] {
        world.staging.set_habits(Habits { numbers_as_text, ..Habits::default() });
        let truth = world.staging.truth();
        let balances = world.account.balances(world.now()).await.unwrap();
        let of = |ticker: &str| balances.iter().find(|held| held.of.as_str() == ticker).unwrap().total.decimal();
        assert_eq!((of("AUD"), of("BTC")), (truth.aud, truth.coins[0].1));
        let held = world.account.balance(btc(), world.now()).await.unwrap();
        assert_eq!(held.available.unwrap().decimal(), truth.coins[0].1 - dec("0.25"));
        let open = world.account.open_orders(world.now()).await.unwrap();
        assert_eq!((open.len(), &open[0].id, open[0].side), (1, &id, Side::Sell));
        assert_eq!((open[0].amount.decimal(), open[0].created), (dec("0.25"), Some(NOW)));
        let done = world.account.completed(NOW, world.now()).await.unwrap();
        assert_eq!(done.len(), truth.executed.len());
        let told: Decimal = done.iter().map(|row| row.amount.decimal()).sum();
        assert_eq!((told, done[0].instant, done[0].side), (dec("0.001"), false, Side::Buy));
        assert_eq!(done[0].fee, truth.executed[0].fee);
    }
}

#[tokio::test]
async fn questions_asked_at_once_arrive_one_by_one_and_in_order() {
    let world = World::start(Faults::none()).await;
    let account = Arc::new(world.account);
    let now = NOW;
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let account = Arc::clone(&account);
            tokio::spawn(async move { account.balances(now).await })
        })
        .collect();
    for task in asked {
        task.await.unwrap().unwrap();
    }
    let nonce = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap()["nonce"].as_u64().unwrap();
    let nonces: Vec<u64> = world.staging.requests().iter().map(|request| nonce(&request.body)).collect();
    assert!(nonces.is_sorted_by(|a, b| a < b) && nonces.len() == 8, "{nonces:?}");
}

#[tokio::test]
async fn a_lost_reply_is_asked_for_again_with_a_new_number_and_a_refusal_is_not() {
    let lost = Rule::on("/api/v2/ro/my/balances", Fault::Reset { after_body_bytes: None }).times(2);
    let world = World::start(Faults::none().with(lost)).await;
    world.account.balances(world.now()).await.unwrap();
    assert_eq!(world.staging.request_count(), 3);

    let world = World::start(Faults::none()).await;
    let stranger = World::account(&world.staging, keys("nobody", "canary-secret"));
    let refused = stranger.balances(world.now()).await.unwrap_err();
    assert_eq!((refused.code(), world.staging.request_count()), ("key_refused", 1));
    assert!(!format!("{refused} {refused:?} {stranger:?}").contains("canary"));
}

#[tokio::test]
async fn a_history_longer_than_a_page_is_read_in_parts_and_a_day_that_is_too_full_is_an_error() {
    let world = World::start(Faults::none()).await;
    for _ in 0..3 {
        for _ in 0..300 {
            world.by_hand(staging::Side::Buy, "0.00001", "1.2");
        }
        world.staging.advance(Duration::from_secs(86_400));
    }
    let done = world.account.completed(NOW, world.now()).await.unwrap();
    assert_eq!(done.len(), 900);
    assert!(done.is_sorted_by_key(|row| row.at));

    for _ in 0..500 {
        world.by_hand(staging::Side::Buy, "0.00001", "1.2");
    }
    world.staging.advance(Duration::from_secs(5));
    let full = world.account.completed(NOW, world.now()).await.unwrap_err();
    assert!(matches!(&full, CoinSpotError::Incomplete { day } if day == "2026-11-17"), "{full}");
}

#[tokio::test]
async fn a_reply_that_is_not_whole_is_an_error_and_no_smaller_truth() {
    let rows = r#"{"status":"ok","balances":[{"AUD":{"balance":1}},{"BTC":{"balance":"NaN"}}]}"#;
    let bodies =
        [rows, r#"{"status":"ok"}"#, r#"{"balances":[]}"#, r#"{"status":"error","message":"no"}"#, "[]", "<html>"];
    for body in bodies {
        let fault = Fault::Body { body: body.to_owned(), content_type: "application/json".to_owned() };
        let world = World::start(Faults::none().with(Rule::on("/api/v2/ro/my/balances", fault))).await;
        assert!(world.account.balances(world.now()).await.is_err(), "{body}");
    }
}

/// Replies written down from the documentation, where a folder of them is named.
async fn told_as_documented(path: &str, file: &str) -> Option<World> {
    let Ok(recorded) = std::env::var("OMC_RECORDED") else {
        eprintln!("skipped: OMC_RECORDED is not set");
        return None;
    };
    let body = std::fs::read_to_string(format!("{recorded}/payloads/coinspot/constructed/{file}.json")).unwrap();
    let fault = Fault::Body { body, content_type: "application/json".to_owned() };
    Some(World::start(Faults::none().with(Rule::on(path, fault))).await)
}

#[tokio::test]
async fn replies_as_documented_are_read_to_the_digit() {
    let Some(world) = told_as_documented("/api/v2/ro/my/balances", "ro_my_balances").await else { return };
    let balances = world.account.balances(world.now()).await.unwrap();
    let told: Vec<_> = balances.iter().map(|held| (held.of.as_str(), held.total.decimal())).collect();
    assert_eq!(told, [("AUD", dec("1000.11")), ("BTC", dec("0.01559961")), ("DOGE", dec("1200.5"))]);

    let file = "ro_my_balance_btc_available_yes";
    let Some(world) = told_as_documented("/api/v2/ro/my/balance/BTC", file).await else { return };
    let held = world.account.balance(btc(), world.now()).await.unwrap();
    assert_eq!(held.available.map(|free| free.decimal()), Some(dec("0.01059961")));

    let Some(world) = told_as_documented("/api/v2/ro/my/orders/market/open", "ro_my_orders_market_open").await else {
        return;
    };
    let open = world.account.open_orders(world.now()).await.unwrap();
    assert_eq!((open.len(), open[0].rate.decimal(), open[0].side), (1, dec("128000"), Side::Buy));

    let Some(world) = told_as_documented("/api/v2/ro/my/orders/completed", "ro_my_orders_completed").await else {
        return;
    };
    let done = world.account.completed(world.now(), world.now()).await.unwrap();
    let told: Vec<_> = done.iter().map(|row| (row.side, row.instant, row.amount.decimal(), row.fee)).collect();
    let (bought, sold) = (dec("0.00761808"), dec("0.005"));
    assert_eq!(told, [(Side::Buy, true, bought, dec("9.90099")), (Side::Sell, false, sold, dec("0.650500"))]);
}

#[tokio::test]
async fn without_a_number_nothing_is_asked() {
    struct Full(AtomicU64);
    impl Nonces for Full {
        fn next(&self, _now_ms: u64) -> Result<u64, NonceError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err(NonceError { reason: "the disk is full".to_owned() })
        }
    }
    let staging = Staging::start(staging::Options::default()).await.unwrap();
    let http = Arc::new(Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap());
    let account =
        Account::new(http, Some(staging.url()), keys("staging-key", "s"), Arc::new(Full(AtomicU64::new(0)))).unwrap();
    assert_eq!(account.balances(NOW).await.unwrap_err().code(), "no_nonce");
    assert_eq!(staging.request_count(), 0);
}
