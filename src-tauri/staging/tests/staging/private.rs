//! The private half: who may ask, what an order becomes, and what is true when the reply was lost.

use crate::client::{NOW_MS, Seen, exchange, seen};
use hmac::{Hmac, KeyInit, Mac};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sha2::Sha512;
use staging::{Account, Clock, Fault, Faults, Habits, Options, Resting, Rule, Side, Staging};
use std::time::Duration;

const READER: (&str, &str) = ("staging-reading-key", "staging-reading-secret");
const TRADER: (&str, &str) = ("staging-key", "staging-secret");

fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

async fn world() -> Staging {
    world_with(Faults::none()).await
}

async fn world_with(faults: Faults) -> Staging {
    let account = Account { coins: vec![("BTC".into(), dec("0.5"))], ..Account::default() };
    let clock = Clock::Driven { start_ms: NOW_MS };
    Staging::start(Options { seed: 7, clock, faults, account, ..Options::default() }).await.unwrap()
}

fn sign(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn post(staging: &Staging, path: &str, key: &str, sign: &str, body: &str) -> Seen {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nKey: {key}\r\nSign: {sign}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (bytes, reset) = exchange(staging, request.as_bytes()).await;
    seen(&bytes, reset)
}

/// A signed call; `nonce` must rise.
async fn call_as((key, secret): (&str, &str), staging: &Staging, nonce: u64, path: &str, mut body: Value) -> Seen {
    body["nonce"] = nonce.into();
    let body = body.to_string();
    post(staging, &format!("/api/v2/{path}"), key, &sign(secret, &body), &body).await
}

async fn call(staging: &Staging, nonce: u64, path: &str, body: Value) -> Seen {
    call_as(TRADER, staging, nonce, path, body).await
}

fn best(staging: &Staging) -> (Decimal, Decimal) {
    let quote = staging.world().at(staging.now_ms()).quote("BTC").unwrap();
    (quote.bid.unwrap(), quote.ask.unwrap())
}

fn limit(amount: &str, rate: Decimal) -> Value {
    json!({ "cointype": "BTC", "amount": amount, "rate": rate.to_string(), "markettype": "AUD" })
}

#[tokio::test]
async fn only_a_known_key_with_its_signature_and_a_rising_nonce_is_heard() {
    let staging = world().await;
    let body = r#"{"nonce":5}"#;
    let path = "/api/v2/status";
    let refusals = [
        (post(&staging, path, "nobody", &sign(TRADER.1, body), body).await, 401, "Invalid API key"),
        (post(&staging, path, TRADER.0, &sign("wrong", body), body).await, 401, "Invalid signature"),
        (post(&staging, path, TRADER.0, &sign(TRADER.1, body).to_uppercase(), body).await, 401, "Invalid signature"),
        (post(&staging, path, TRADER.0, &sign(TRADER.1, body), r#"{"nonce": 5}"#).await, 401, "Invalid signature"),
    ];
    for (seen, status, message) in refusals {
        assert_eq!((seen.status, seen.json()["message"].as_str()), (status, Some(message)));
    }
    assert_eq!(call(&staging, 5, "status", json!({})).await.json()["status"], "ok");
    for nonce in [5, 4] {
        let seen = call(&staging, nonce, "status", json!({})).await;
        assert_eq!((seen.status, seen.json()["message"].as_str()), (400, Some("Invalid nonce")));
    }
    // A refused call has used its nonce up all the same.
    assert_eq!(call(&staging, 6, "my/buy", json!({})).await.status, 400);
    assert_eq!(call(&staging, 6, "status", json!({})).await.json()["message"], "Invalid nonce");
}

#[tokio::test]
async fn a_key_that_only_reads_places_nothing() {
    let staging = world().await;
    let (bid, _) = best(&staging);
    let seen = call_as(READER, &staging, 1, "my/buy", limit("0.001", bid)).await;
    assert_eq!((seen.status, staging.truth().placed), (401, 0));
    let balances = call_as(READER, &staging, 2, "ro/my/balances", json!({})).await.json();
    assert_eq!(balances["balances"][0]["AUD"]["balance"], 10_000);
    assert_eq!(balances["balances"][1]["BTC"]["balance"], 0.5);
}

#[tokio::test]
async fn what_crosses_is_filled_at_once_and_the_rest_waits_for_the_market_with_its_money_locked() {
    let staging = world().await;
    let (bid, ask) = best(&staging);
    let taken = call(&staging, 1, "my/buy", limit("0.001", ask)).await.json();
    assert_eq!(taken["id"].as_str().unwrap().len(), 24);
    let truth = staging.truth();
    assert_eq!((truth.executed.len(), truth.resting.len()), (1, 0));
    assert_eq!((truth.executed[0].amount, truth.executed[0].rate), (dec("0.001"), ask));
    let paid = dec("0.001") * ask;
    assert_eq!(truth.aud, (dec("10000") - paid - truth.executed[0].fee).normalize());

    // Just below the best buyer: it waits until the market comes to it.
    let rate = (bid * dec("0.999")).round_dp(2);
    call(&staging, 2, "my/buy", limit("0.02", rate)).await;
    assert_eq!(staging.truth().resting.len(), 1);
    let aud = call_as(READER, &staging, 3, "ro/my/balance/AUD?available=yes", json!({})).await;
    assert_eq!(aud.status, 200, "{}", aud.text());
    let aud = aud.json()["balance"]["AUD"].clone();
    let of = |field: &str| dec(&aud[field].to_string());
    assert!(of("available") < of("balance") - dec("1000"), "{aud}");
    for _ in 0..5_000 {
        staging.advance(Duration::from_secs(60));
        if staging.truth().resting.is_empty() {
            break;
        }
    }
    let truth = staging.truth();
    let bought: Decimal = truth.executed[1..].iter().map(|done| done.amount).sum();
    assert_eq!((truth.resting.len(), bought), (0, dec("0.02")), "the market came and filled it to the last coin");
    assert!(truth.executed[1..].iter().all(|done| done.rate == rate));
}

#[tokio::test]
async fn a_large_order_is_filled_in_parts_and_a_cancel_keeps_the_parts() {
    let staging = world().await;
    let (_, ask) = best(&staging);
    let depth: Decimal = staging.world().at(NOW_MS).book("BTC").unwrap().sells.iter().take(2).map(|l| l.amount).sum();
    let rate = staging.world().at(NOW_MS).book("BTC").unwrap().sells[1].rate;
    assert!(depth * rate < dec("9000"), "{depth} at {rate}, {ask}");
    let amount = (depth + dec("0.0001")).normalize().to_string();
    let id = call(&staging, 1, "my/buy", limit(&amount, rate)).await.json()["id"].clone();
    let truth = staging.truth();
    assert_eq!((truth.executed.len(), truth.resting[0].amount), (2, dec("0.0001")));
    assert_eq!(call(&staging, 2, "my/sell/cancel", json!({ "id": id })).await.status, 400, "another side");
    assert_eq!(call(&staging, 3, "my/buy/cancel", json!({ "id": id })).await.status, 200);
    assert_eq!(call(&staging, 4, "my/buy/cancel", json!({ "id": id })).await.json()["message"], "Order not found");
    assert_eq!((staging.truth().resting.len(), staging.truth().executed.len()), (0, 2));
}

#[tokio::test]
async fn an_instant_trade_has_no_id_and_shows_in_the_history_after_a_while() {
    let staging = world().await;
    let quote =
        call(&staging, 1, "quote/buy/now", json!({ "cointype": "BTC", "amount": 100, "amounttype": "aud" })).await;
    let rate = dec(&quote.json()["rate"].to_string());
    let wanted = json!({ "cointype": "BTC", "amount": "100", "amounttype": "aud", "rate": rate.to_string(), "threshold": 1, "direction": "UP" });
    let bought = call(&staging, 2, "my/buy/now", wanted).await.json();
    assert!(bought.get("id").is_none(), "{bought}");
    let history = |nonce| {
        let staging = &staging;
        async move {
            let day = json!({ "startdate": "2026-11-13" });
            call_as(READER, staging, nonce, "ro/my/orders/completed", day).await.json()["buyorders"].clone()
        }
    };
    assert_eq!(history(3).await, json!([]), "not yet");
    staging.advance(Duration::from_secs(2));
    let rows = history(4).await;
    let (row, truth) = (&rows[0], &staging.truth().executed[0]);
    assert_eq!((row["type"].as_str(), row["coin"].as_str()), (Some("instant"), Some("BTC")));
    assert_eq!(dec(&row["amount"].to_string()), truth.amount.normalize());
    let fees = dec(&row["audfeeExGst"].to_string()) + dec(&row["audGst"].to_string());
    assert_eq!(fees, truth.fee);
    assert!(truth.amount * truth.rate + truth.fee <= dec("100"));
    // A rate that moved beyond the threshold is refused, and nothing is bought.
    let old = json!({ "cointype": "BTC", "amount": "100", "amounttype": "aud", "rate": (rate / dec("2")).to_string(), "threshold": 1, "direction": "UP" });
    assert_eq!(call(&staging, 5, "my/buy/now", old).await.status, 400);
    assert_eq!(staging.truth().executed.len(), 1);
}

#[tokio::test]
async fn a_lost_reply_is_a_placed_order_unless_the_request_was_lost_too() {
    let lost = |fault: Fault| Rule::on("/api/v2/my/buy", fault).times(1);
    let faults = [
        Fault::Reset { after_body_bytes: None },
        Fault::Truncate { body_bytes: Some(5) },
        Fault::Status { code: 502, body: "<html>".into(), content_type: "text/html".into(), retry_after: None },
        Fault::Status {
            code: 400,
            body: r#"{"status":"error"}"#.into(),
            content_type: "application/json".into(),
            retry_after: None,
        },
    ];
    for fault in faults {
        for reaches in [true, false] {
            let rule = if reaches { lost(fault.clone()) } else { lost(fault.clone()).unreached() };
            let staging = world_with(Faults::none().with(rule)).await;
            let (bid, _) = best(&staging);
            let seen = call(&staging, 1, "my/buy", limit("0.001", (bid / dec("2")).round_dp(2))).await;
            assert!(!seen.text().contains("\"id\""), "{}", seen.text());
            assert_eq!(staging.truth().placed, u64::from(reaches), "{}", fault.kind());
        }
    }
}

#[tokio::test]
async fn habits_change_what_the_history_tells_and_never_what_is_true() {
    let staging = world().await;
    let (_, ask) = best(&staging);
    let id = call(&staging, 1, "my/buy", limit("0.001", ask)).await.json()["id"].as_str().unwrap().to_owned();
    staging.advance(Duration::from_secs(5));
    let truth = staging.truth();
    let row = |nonce| {
        let staging = &staging;
        async move {
            let day = json!({ "startdate": "2026-11-13" });
            call_as(READER, staging, nonce, "ro/my/orders/market/completed", day).await.json()["buyorders"][0].clone()
        }
    };
    assert_eq!(row(2).await["id"].as_str(), Some(id.as_str()));
    staging.set_habits(Habits { fills_keep_id: false, ..Habits::default() });
    assert!(row(3).await["id"].as_str().is_some_and(|other| other != id));
    staging.set_habits(Habits { history_has_ids: false, numbers_as_text: true, ..Habits::default() });
    let bare = row(4).await;
    assert!(bare.get("id").is_none() && bare["amount"] == "0.001", "{bare}");
    staging.set_habits(Habits { history_lag_ms: 60_000, ..Habits::default() });
    assert_eq!(row(5).await, Value::Null);
    assert_eq!(staging.truth(), truth);
}

#[tokio::test]
async fn a_full_page_is_cut_and_an_order_made_by_hand_rests_like_any_other() {
    let staging = world().await;
    let (bid, ask) = best(&staging);
    for nonce in 1..=510 {
        call(&staging, nonce, "my/buy", limit("0.00001", ask)).await;
    }
    staging.advance(Duration::from_secs(5));
    let page = json!({ "startdate": "2026-11-13", "limit": 1_000 });
    let rows = call_as(READER, &staging, 1, "ro/my/orders/completed", page).await.json();
    assert_eq!((rows["buyorders"].as_array().unwrap().len(), staging.truth().executed.len()), (500, 510));
    let wanted = Resting {
        id: String::new(),
        side: Side::Buy,
        coin: "BTC".into(),
        amount: dec("0.001"),
        rate: (bid / dec("2")).round_dp(2),
        created_ms: 0,
    };
    let id = staging.place_by_hand(&wanted).unwrap();
    let open = call_as(READER, &staging, 2, "ro/my/orders/market/open", json!({})).await.json();
    assert_eq!(open["buyorders"][0]["id"], id.as_str());
}
