use crate::client::{NOW_MS, get, get_with, world};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

fn decimal(value: &serde_json::Value) -> Decimal {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).parse().expect("a decimal")
}

#[tokio::test]
async fn latest_has_the_recorded_shape() {
    let staging = world().await;
    let seen = get(&staging, "/pubapi/v2/latest").await;
    assert_eq!((seen.status, seen.header("content-type")), (200, Some("application/json; charset=utf-8")));
    let json = seen.json();
    assert_eq!(json["status"], "ok");
    assert!(json.get("message").is_none(), "/latest has no message");
    let keys: BTreeSet<&str> = json["prices"].as_object().unwrap().keys().map(String::as_str).collect();
    for key in ["btc", "eth", "usdt", "ans", "str", "rhoc", "bcc", "btc_usdt"] {
        assert!(keys.contains(key), "{key} in {keys:?}");
    }
    assert_eq!(keys.len(), 19);
    assert_eq!(json["prices"]["rhoc"], serde_json::json!({"bid": "NaN", "ask": "NaN", "last": "NaN"}));
    let quote = staging.world().at(NOW_MS).quote("BTC").unwrap();
    assert_eq!(decimal(&json["prices"]["btc"]["bid"]), quote.bid.unwrap());
    let pair = decimal(&json["prices"]["btc_usdt"]["last"]) * decimal(&json["prices"]["usdt"]["last"]);
    assert!((pair / quote.last.unwrap() - Decimal::ONE).abs() < Decimal::new(1, 4));
}

#[tokio::test]
async fn one_coin_answers_as_it_does_in_the_table() {
    let staging = world().await;
    let all = get(&staging, "/pubapi/v2/latest").await.json();
    for (path, key) in [("btc", "btc"), ("BTC", "btc"), ("neo", "ans"), ("ans", "ans"), ("btc/usdt", "btc_usdt")] {
        let one = get(&staging, &format!("/pubapi/v2/latest/{path}")).await.json();
        assert_eq!(one["prices"], all["prices"][key], "{path}");
    }
    let buy = get(&staging, "/pubapi/v2/buyprice/btc").await.json();
    assert_eq!((&buy["rate"], &buy["market"]), (&all["prices"]["btc"]["ask"], &"BTC/AUD".into()));
}

#[tokio::test]
async fn refusals_are_the_documented_ones() {
    let staging = world().await;
    for path in ["latest/nosuch", "orders/open/nosuch", "latest/eth/usdt", "orders/open/bnb"] {
        let seen = get(&staging, &format!("/pubapi/v2/{path}")).await;
        assert_eq!(
            (seen.status, seen.text().as_str()),
            (400, r#"{"status":"error","message":"Coin not found"}"#),
            "{path}"
        );
    }
    for path in ["/pubapi/v2/latest/btc/USDT", "/pubapi/v2/nothing", "/"] {
        assert_eq!(get(&staging, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn depth_begins_at_the_quote_and_falls_away_from_it() {
    let staging = world().await;
    let json = get(&staging, "/pubapi/v2/orders/open/btc").await.json();
    let quote = staging.world().at(NOW_MS).quote("BTC").unwrap();
    let (buys, sells) = (json["buyorders"].as_array().unwrap(), json["sellorders"].as_array().unwrap());
    assert_eq!((buys.len(), sells.len()), (20, 20));
    assert_eq!((decimal(&buys[0]["rate"]), decimal(&sells[0]["rate"])), (quote.bid.unwrap(), quote.ask.unwrap()));
    assert!(buys.windows(2).all(|w| decimal(&w[0]["rate"]) > decimal(&w[1]["rate"])));
    assert!(sells.windows(2).all(|w| decimal(&w[0]["rate"]) < decimal(&w[1]["rate"])));
    let one = &buys[3];
    assert!(one["amount"].is_number() && one["rate"].is_number() && one["total"].is_number());
    assert_eq!((&one["coin"], &one["market"]), (&"BTC".into(), &"BTC/AUD".into()));
    assert_eq!(decimal(&one["total"]), (decimal(&one["amount"]) * decimal(&one["rate"])).round_dp(2));
}

/// Third and fourth cell of each row.
fn rows(page: &str) -> Vec<(String, String, String)> {
    let value =
        |cell: &str| cell.split("data-value=\"").nth(1).and_then(|c| c.split('"').next()).unwrap_or("").to_owned();
    page.split("<tr data-coin=\"")
        .skip(1)
        .map(|row| {
            let cells: Vec<&str> = row.split("<td").collect();
            (row.split('"').next().unwrap_or("").to_owned(), value(cells[3]), value(cells[4]))
        })
        .collect()
}

#[tokio::test]
async fn the_coin_list_has_buy_in_the_third_and_sell_in_the_fourth_cell() {
    let staging = world().await;
    let seen = get(&staging, "/tradecoins").await;
    assert_eq!(seen.header("content-type"), Some("text/html; charset=utf-8"));
    let rows = rows(&seen.text());
    assert!(rows.len() > 500, "{} rows", rows.len());
    let moment = staging.world().at(NOW_MS);
    for (coin, buy, sell) in rows {
        let rates = moment.rates(&coin).unwrap();
        let text = |price: Option<Decimal>| price.map_or("NaN".to_owned(), |price| price.normalize().to_string());
        assert_eq!((buy, sell), (text(rates.buy), text(rates.sell)), "{coin}");
    }
}

#[tokio::test]
async fn an_instant_coins_middle_is_the_close_of_its_chart() {
    let staging = world().await;
    let rates = staging.world().at(NOW_MS).rates("AVAX").unwrap();
    let middle = (rates.buy.unwrap() + rates.sell.unwrap()) / Decimal::TWO;
    let (from, to) = (NOW_MS / 1000 - 600, NOW_MS / 1000 + 60);
    let json = get(&staging, &format!("/charts/history?symbol=AVAX&resolution=1&from={from}&to={to}")).await.json();
    assert_eq!(decimal(json["c"].as_array().unwrap().last().unwrap()), middle);
}

#[tokio::test]
async fn chart_history_has_columns_of_equal_length() {
    let staging = world().await;
    let (from, to) = (NOW_MS / 1000 - 86_400, NOW_MS / 1000);
    let json = get(&staging, &format!("/charts/history?symbol=BTC&resolution=5&from={from}&to={to}")).await.json();
    assert_eq!(json["s"], "ok");
    for column in ["t", "o", "h", "l", "c"] {
        assert_eq!(json[column].as_array().unwrap().len(), 288, "{column}");
    }
    assert_eq!(json["t"][0], from);
    for (query, status) in [
        ("symbol=BTC&resolution=5&from=10&to=20", "no_data"),
        ("symbol=NOSUCH&resolution=5&from=10&to=20", "error"),
        ("symbol=BTC&resolution=7&from=10&to=20", "error"),
        ("symbol=BTC&resolution=5", "error"),
    ] {
        assert_eq!(get(&staging, &format!("/charts/history?{query}")).await.json()["s"], status, "{query}");
    }
}

#[tokio::test]
async fn an_unchanged_reply_is_not_sent_twice() {
    let staging = world().await;
    let first = get(&staging, "/tradecoins").await;
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = get_with(&staging, "/tradecoins", &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag.as_str())));
    assert_eq!(again.header("content-length"), None);
    staging.advance(std::time::Duration::from_secs(60));
    let later = get_with(&staging, "/tradecoins", &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!(later.status, 200);
    assert_eq!(staging.requests()[1].if_none_match, Some(tag));
}

#[tokio::test]
async fn replies_are_packed_for_those_who_can_unpack() {
    let staging = world().await;
    let plain = get(&staging, "/tradecoins").await;
    let packed = get_with(&staging, "/tradecoins", "Accept-Encoding: gzip, br\r\n").await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() * 2 < plain.body.len());
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.body.as_slice()), &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
}

#[tokio::test]
async fn two_servers_of_one_seed_send_the_same_bytes() {
    let (one, other) = (world().await, world().await);
    for path in [
        "/pubapi/v2/latest",
        "/tradecoins",
        "/pubapi/v2/orders/open/eth",
        "/charts/history?symbol=XRP&resolution=60&from=1794000000&to=1794633600",
    ] {
        let (a, b) = (get(&one, path).await, get(&other, path).await);
        assert_eq!((a.head, a.body), (b.head, b.body), "{path}");
    }
}

#[tokio::test]
async fn absurd_chart_ranges_are_answered() {
    let staging = world().await;
    for (from, to) in [("-9223372036854775808", "9223372036854775807"), ("99999999999999", "1"), ("0", "x")] {
        let path = format!("/charts/history?symbol=BTC&resolution=D&from={from}&to={to}");
        assert_eq!(get(&staging, &path).await.status, 200, "{from} to {to}");
    }
}
