//! Orders over real sockets: sent once, believed only when repeated to the digit, taken back whatever else goes on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may stop and say why")]

mod approved;

use approved::{approved, dec, price};
use coinspot::{Account, Answer, Cancelled, Keys, NonceError, Nonces, Rights, Trader};
use domain::{Coin, DrivenClock, OrderKind, Price, Quantity, Side, Timestamp};
use floor::Venue;
use ledgers::Secret;
use omc_http::{Client, Lane, Options};
use staging::{Clock, Dates, Fault, Faults, Habits, Rule, Staging};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const NOW: Timestamp = Timestamp::from_millis(1_794_633_600_000);
const BUY: &str = "/api/v2/my/buy";

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
    account: Arc<Account>,
}

fn account_as(url: &str, key: &str, secret: &str) -> Arc<Account> {
    let http = Arc::new(Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap());
    let keys = Keys { key: Secret::new(key.to_owned()), secret: Secret::new(secret.to_owned()) };
    Arc::new(Account::new(http, Some(url), keys, Arc::new(Counted::default())).unwrap())
}

impl World {
    async fn start(faults: Faults) -> Self {
        let owner = staging::Account { coins: vec![("BTC".into(), dec("0.75"))], ..staging::Account::default() };
        let clock = Clock::Driven { start_ms: NOW.millis() };
        let options = staging::Options { seed: 7, clock, faults, account: owner, ..Default::default() };
        let staging = Staging::start(options).await.unwrap();
        let account = account_as(staging.url(), "staging-key", "staging-secret");
        Self { staging, account }
    }

    async fn faulty(path: &str, fault: Fault) -> Self {
        Self::start(Faults::none().with(Rule::on(path, fault))).await
    }

    /// A rate that rests, with every digit there may be.
    fn low(&self) -> Price {
        let bid = self.staging.world().at(self.staging.now_ms()).quote("BTC").unwrap().bid.unwrap();
        price(&((bid * dec("0.95")).round_dp(2) + dec("0.00123456")).to_string())
    }

    async fn place(&self, side: Side, kind: OrderKind, coins: &str, quoted: Option<Price>) -> Answer {
        let order = approved(side, kind, coins, self.low());
        let sending = self.account.prepare(&order, quoted, NOW).await.unwrap();
        Trader::of(&self.account).place(order, sending).await
    }

    async fn rest(&self) -> Answer {
        self.place(Side::Buy, OrderKind::Limit(self.low()), "0.001", None).await
    }

    fn sent(&self, path: &str) -> usize {
        self.staging.requests().iter().filter(|request| request.path == path).count()
    }
}

fn status(code: u16, body: &str) -> Fault {
    Fault::Status { code, body: body.into(), content_type: "application/json".into(), retry_after: None }
}

fn code(answer: &Answer) -> (&'static str, &str) {
    match answer {
        Answer::Placed { .. } | Answer::Renamed { .. } => ("placed", ""),
        Answer::Refused(denial) => ("refused", &denial.code),
        Answer::Unknown(denial) => ("unknown", &denial.code),
        Answer::NotSent(denial) => ("not sent", &denial.code),
    }
}

fn btc() -> Coin {
    Coin::parse("BTC").unwrap()
}

#[tokio::test]
async fn a_book_order_is_written_to_the_digit_and_placed_when_repeated_so() {
    let world = World::start(Faults::none()).await;
    let order = approved(Side::Buy, OrderKind::Limit(world.low()), "0.00100000", world.low());
    let sending = world.account.prepare(&order, None, NOW).await.unwrap();
    let (nonce, body) = (sending.nonce(), sending.body().to_owned());
    let rate = world.low().decimal().normalize();
    let written =
        format!(r#"{{"nonce":{nonce},"cointype":"BTC","amount":"0.001","rate":"{rate}","markettype":"AUD"}}"#);
    assert_eq!((body.as_str(), sending.worst()), (written.as_str(), world.low()));
    assert_eq!(world.staging.request_count(), 0, "nothing leaves before it is placed");
    let placed = Trader::of(&world.account).place(order, sending).await;
    let truth = world.staging.truth();
    assert_eq!(placed, Answer::Placed { venue_order_id: Some(truth.resting[0].id.clone()) });
    assert_eq!((truth.resting[0].rate, world.staging.requests()[0].body.as_str()), (rate, body.as_str()));
    let look = world.account.look(NOW, NOW).await.unwrap();
    assert_eq!(
        (look.open.len(), look.open[0].rate, look.open[0].left),
        (1, world.low(), Quantity::parse("0.001").unwrap())
    );
    assert_eq!((look.complete, look.cash, look.coins_of(btc()).decimal()), (true, dec("10000"), dec("0.75")));
}

#[tokio::test]
async fn whatever_becomes_of_the_reply_the_order_left_once_and_is_not_believed() {
    let error = r#"{"status":"error","message":"Something"}"#;
    let json = |body: &str| Fault::Body { body: body.into(), content_type: "application/json".into() };
    let cases = [
        (Fault::Reset { after_body_bytes: None }, ("unknown", "broken_reply")),
        (Fault::Truncate { body_bytes: Some(5) }, ("unknown", "truncated")),
        (Fault::EmptyBody {}, ("unknown", "reply_unreadable")),
        (status(500, error), ("unknown", "venue_status")),
        (Fault::BlockPage { status: 200 }, ("unknown", "reply_unreadable")),
        (Fault::BlockPage { status: 403 }, ("unknown", "venue_status")),
        (Fault::Redirect { location: "/elsewhere".into(), code: 307 }, ("unknown", "venue_status")),
        (Fault::TooMany { retry_after: None }, ("unknown", "venue_status")),
        (Fault::Rename { from: "id".into(), to: "other".into() }, ("unknown", "echo_without_id")),
        (Fault::Rename { from: "amount".into(), to: "other".into() }, ("unknown", "echo_amount")),
        // Refused, and placed all the same.
        (status(400, error), ("refused", "venue_refused")),
        (json(error), ("refused", "venue_refused")),
    ];
    for (fault, expected) in cases {
        let world = World::faulty(BUY, fault.clone()).await;
        let answer = world.rest().await;
        assert_eq!(code(&answer), expected, "{}: {answer:?}", fault.kind());
        assert_eq!((world.sent(BUY), world.staging.truth().placed), (1, 1), "{}", fault.kind());
    }
}

#[tokio::test]
async fn a_rate_that_was_cut_is_another_order_than_was_sent() {
    let world = World::start(Faults::none()).await;
    world.staging.set_habits(Habits { rate_places: 2, ..Habits::default() });
    let answer = world.rest().await;
    assert_eq!(code(&answer), ("unknown", "echo_rate"));
    let id = world.staging.truth().resting[0].id.clone();
    assert!(matches!(&answer, Answer::Unknown(denial) if denial.message.contains(&id)), "{answer:?}");
}

#[tokio::test]
async fn an_order_that_found_nobody_there_was_not_sent() {
    let world = World::start(Faults::none()).await;
    let nobody = account_as("http://127.0.0.1:9", "staging-key", "staging-secret");
    let order = approved(Side::Buy, OrderKind::Limit(world.low()), "0.001", world.low());
    let sending = nobody.prepare(&order, None, NOW).await.unwrap();
    let answer = Trader::of(&nobody).place(order, sending).await;
    assert_eq!(code(&answer), ("not sent", "offline"));
}

#[tokio::test]
async fn what_was_written_down_for_one_order_or_account_is_sent_for_no_other() {
    let world = World::start(Faults::none()).await;
    let written = approved(Side::Buy, OrderKind::Limit(world.low()), "0.001", world.low());
    let other = approved(Side::Buy, OrderKind::Limit(world.low()), "0.002", world.low());
    let sending = world.account.prepare(&written, None, NOW).await.unwrap();
    assert_eq!(code(&Trader::of(&world.account).place(other, sending).await), ("not sent", "order_altered"));
    let elsewhere = account_as(world.staging.url(), "staging-key", "staging-secret");
    let sending = world.account.prepare(&written, None, NOW).await.unwrap();
    assert_eq!(code(&Trader::of(&elsewhere).place(written, sending).await), ("not sent", "order_altered"));
    assert_eq!(world.staging.request_count(), 0);
}

#[tokio::test]
async fn an_instant_order_leaves_with_its_guard_or_not_at_all() {
    let world = World::start(Faults::none()).await;
    let coins = Quantity::parse("0.001").unwrap();
    let quoted = world.account.quote(Side::Buy, btc(), coins, NOW).await.unwrap();
    let order = approved(Side::Buy, OrderKind::Instant, "0.001", quoted);
    assert_eq!(world.account.prepare(&order, None, NOW).await.unwrap_err().code(), "no_quote");
    let wild = price(&(quoted.decimal() * dec("1.1")).to_string());
    assert_eq!(world.account.prepare(&order, Some(wild), NOW).await.unwrap_err().code(), "quote_moved");

    let sending = world.account.prepare(&order, Some(quoted), NOW).await.unwrap();
    let rate = quoted.decimal().normalize();
    let guard = format!(r#""amounttype":"coin","amount":"0.001","rate":"{rate}","threshold":"0.5","direction":"UP"}}"#);
    assert!(sending.body().ends_with(&guard), "{}", sending.body());
    assert_eq!(sending.worst().decimal(), rate * dec("1.005"));
    let answer = Trader::of(&world.account).place(order, sending).await;
    assert_eq!(answer, Answer::Placed { venue_order_id: None });
    world.staging.advance(Duration::from_secs(5));
    let now = Timestamp::from_millis(world.staging.now_ms());
    let look = world.account.look(NOW, now).await.unwrap();
    let truth = world.staging.truth();
    assert_eq!((look.done.len(), look.done[0].instant, look.done[0].fee), (1, true, truth.executed[0].fee));

    // The market runs away between quote and send: the guard holds.
    let low = price(&(quoted.decimal() * dec("0.99")).round_dp(2).to_string());
    let order = approved(Side::Buy, OrderKind::Instant, "0.001", low);
    let sending = world.account.prepare(&order, Some(low), now).await.unwrap();
    let answer = Trader::of(&world.account).place(order, sending).await;
    assert_eq!((code(&answer), world.staging.truth().placed), (("refused", "venue_refused"), 1));
    let sold = world.account.quote(Side::Sell, btc(), coins, now).await.unwrap();
    let order = approved(Side::Sell, OrderKind::Instant, "0.001", sold);
    let sending = world.account.prepare(&order, Some(sold), now).await.unwrap();
    assert!(sending.body().contains(r#""direction":"DOWN""#) && sending.worst() < sold);
    assert_eq!(code(&Trader::of(&world.account).place(order, sending).await).0, "placed");
}

#[tokio::test]
async fn a_cancel_is_tried_until_it_is_answered_and_one_for_a_gone_order_says_so() {
    let lost = Rule::on("/api/v2/my/buy/cancel", Fault::Reset { after_body_bytes: None }).times(1).unreached();
    let down = Rule::on("/api/v2/my/buy/cancel", status(503, "x")).after(1).times(1).unreached();
    let world = World::start(Faults::none().with(lost).with(down)).await;
    let Answer::Placed { venue_order_id: Some(id) } = world.rest().await else { panic!("not placed") };
    assert_eq!(world.account.cancel(Side::Buy, &id, NOW).await.unwrap(), Cancelled::Accepted);
    assert!(world.staging.truth().resting.is_empty());
    assert_eq!(world.sent("/api/v2/my/buy/cancel"), 3);
    let gone = world.account.cancel(Side::Buy, &id, NOW).await.unwrap();
    assert_eq!(gone, Cancelled::Refused { message: "Order not found".into() });
    let reader = account_as(world.staging.url(), "staging-reading-key", "staging-reading-secret");
    assert_eq!(reader.cancel(Side::Buy, &id, NOW).await.unwrap_err().code(), "key_refused");
}

#[tokio::test]
async fn promise_17_a_cancel_leaves_within_two_seconds_whatever_else_the_key_and_the_host_are_asked() {
    let slow = Rule::on("/api/v2/ro/*", Fault::Stall {});
    let world = World::start(Faults::none().with(slow)).await;
    let Answer::Placed { venue_order_id: Some(id) } = world.rest().await else { panic!("not placed") };
    for _ in 0..20 {
        let account = Arc::clone(&world.account);
        tokio::spawn(async move { account.look_in(Lane::Background, NOW, NOW).await });
        let account = Arc::clone(&world.account);
        tokio::spawn(async move { account.balances(NOW).await });
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    world.account.cancel(Side::Buy, &id, NOW).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(world.staging.truth().resting.is_empty());
}

#[tokio::test]
async fn fifty_cancels_leave_one_after_the_other_at_once() {
    let world = World::start(Faults::none()).await;
    let mut ids = Vec::new();
    for _ in 0..50 {
        let Answer::Placed { venue_order_id: Some(id) } =
            world.place(Side::Buy, OrderKind::Limit(world.low()), "0.0001", None).await
        else {
            panic!("not placed")
        };
        ids.push(id);
    }
    let start = Instant::now();
    let tasks: Vec<_> = ids
        .into_iter()
        .map(|id| {
            let account = Arc::clone(&world.account);
            tokio::spawn(async move { account.cancel(Side::Buy, &id, NOW).await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Cancelled::Accepted);
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let nonce = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap()["nonce"].as_u64().unwrap();
    let requests = world.staging.requests();
    let nonces: Vec<u64> = requests.iter().map(|request| nonce(&request.body)).collect();
    assert!(nonces.is_sorted_by(|a, b| a < b), "each arrived in its turn");
    assert_eq!((world.sent("/api/v2/my/buy/cancel"), world.staging.truth().resting.len()), (50, 0));
}

#[tokio::test]
async fn an_order_a_cancel_went_past_is_not_sent_with_its_old_number() {
    let world = World::start(Faults::none()).await;
    let Answer::Placed { venue_order_id: Some(id) } = world.rest().await else { panic!("not placed") };
    let order = approved(Side::Buy, OrderKind::Limit(world.low()), "0.001", world.low());
    let sending = world.account.prepare(&order, None, NOW).await.unwrap();
    world.account.cancel(Side::Buy, &id, NOW).await.unwrap();
    let answer = Trader::of(&world.account).place(order, sending).await;
    assert_eq!((code(&answer), world.sent(BUY)), (("not sent", "turn_lost"), 1));
}

#[tokio::test]
async fn another_limit_is_believed_when_it_is_repeated() {
    let world = World::start(Faults::none()).await;
    let Answer::Placed { venue_order_id: Some(id) } = world.rest().await else { panic!("not placed") };
    let lower = price(&(world.low().decimal() - dec("10.5")).to_string());
    let order = approved(Side::Buy, OrderKind::Limit(lower), "0.001", lower);
    let amend = async |order: floor::ApprovedOrder, rate: Price| {
        let turn = world.account.turn().await.unwrap();
        let sending = world.account.prepare_amend_on(turn, &order, &id, rate, NOW).unwrap();
        Trader::of(&world.account).place(order, sending).await
    };
    let wrong = amend(order, lower).await;
    assert_eq!(code(&wrong), ("refused", "venue_refused"), "the rate it has is asked for as a guard");
    let order = approved(Side::Buy, OrderKind::Limit(lower), "0.001", lower);
    let amended = amend(order, world.low()).await;
    assert_eq!(amended, Answer::Placed { venue_order_id: Some(id.clone()) });
    assert_eq!(world.staging.truth().resting[0].rate, lower.decimal());
}

#[tokio::test]
async fn what_a_key_may_do_is_told_and_one_that_reads_places_nothing() {
    let world = World::start(Faults::none()).await;
    assert_eq!(world.account.rights(NOW).await.unwrap(), Rights::Trades);
    let reader = account_as(world.staging.url(), "staging-reading-key", "staging-reading-secret");
    assert_eq!(reader.rights(NOW).await.unwrap(), Rights::Reads);
    let stranger = account_as(world.staging.url(), "nobody", "x");
    assert_eq!(stranger.rights(NOW).await.unwrap_err().code(), "key_refused");
    let order = approved(Side::Buy, OrderKind::Limit(world.low()), "0.001", world.low());
    let sending = reader.prepare(&order, None, NOW).await.unwrap();
    assert_eq!(code(&Trader::of(&reader).place(order, sending).await), ("refused", "key_refused"));
    assert_eq!(world.staging.truth().placed, 0);
}

#[tokio::test]
async fn promise_7_a_full_day_is_read_in_parts_where_those_can_be_trusted_and_is_incomplete_else() {
    let world = World::start(Faults::none()).await;
    let ask = world.staging.world().at(world.staging.now_ms()).quote("BTC").unwrap().ask.unwrap();
    let by_hand = staging::Resting {
        id: String::new(),
        side: staging::Side::Buy,
        coin: "BTC".into(),
        amount: dec("0.00001"),
        rate: (ask * dec("1.2")).round_dp(2),
        created_ms: 0,
    };
    for _ in 0..3 {
        for _ in 0..210 {
            world.staging.place_by_hand(&by_hand).unwrap();
        }
        world.staging.advance(Duration::from_secs(60));
    }
    world.staging.advance(Duration::from_secs(5));
    let now = Timestamp::from_millis(world.staging.now_ms());
    let truth = world.staging.truth().executed.len();
    for (history_dates, complete) in
        [(Dates::Seconds, true), (Dates::Millis, true), (Dates::Days, false), (Dates::Refused, false)]
    {
        world.staging.set_habits(Habits { history_dates, ..Habits::default() });
        let look = world.account.look(NOW, now).await.unwrap();
        assert_eq!(look.complete, complete, "{history_dates:?}");
        assert!(!complete || look.done.len() == truth, "{history_dates:?}: {} of {truth}", look.done.len());
    }
}

#[tokio::test]
async fn rows_of_another_currency_are_no_fills_in_dollars() {
    let row = |market: &str| {
        format!(
            r#"{{"id":"a","coin":"BTC","type":"market","market":"{market}","rate":1,"amount":1,"total":1,"solddate":"2026-11-14T00:00:00.000Z","audfeeExGst":0.1,"audGst":0.01,"audtotal":1}}"#
        )
    };
    let rows = format!(r#"{{"status":"ok","buyorders":[{},{}],"sellorders":[]}}"#, row("BTC/USDT"), row("BTC/AUD"));
    let world = World::faulty(
        "/api/v2/ro/my/orders/completed",
        Fault::Body { body: rows, content_type: "application/json".into() },
    )
    .await;
    let look = world.account.look(NOW, NOW).await.unwrap();
    assert_eq!((look.done.len(), look.done[0].fee), (1, dec("0.11")));
}
