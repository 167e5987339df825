//! A workstation in a world of its own, and its answers as the JSON that both faces show.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use staging::{Clock, Options, Staging};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use workstation::dto::OrderRequest;
use workstation::{Home, Mode, Workstation};

/// The world moves at these steps.
pub const STEP: Duration = Duration::from_secs(15);
pub const PRICES: &str = "coinspot_prices";

/// A world that starts now and stands still until it is moved, so that prices change when the test says so.
pub async fn world(port: u16) -> Staging {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let start_ms = i64::try_from(now.as_millis()).unwrap() / 15_000 * 15_000;
    Staging::start(Options { seed: 7, port, clock: Clock::Driven { start_ms }, ..Options::default() }).await.unwrap()
}

pub async fn open(folder: &Path) -> Workstation {
    let home = Home::resolve(Some(folder.to_owned()), false).unwrap();
    Workstation::open(&home, Mode::Write).await.unwrap()
}

/// Fetches the prices of coins with a book; they must be new.
pub async fn collect(desk: &Workstation) {
    let collected = json!(desk.collect(&[PRICES.to_owned()]).await.unwrap());
    assert_eq!(collected["runs"][0]["status"], "ok", "{collected}");
}

/// BTC's row of the prices.
pub async fn btc(desk: &Workstation) -> Value {
    let prices = json!(desk.prices().await.unwrap());
    prices["prices"].as_array().unwrap().iter().find(|row| row["coin"] == "BTC").expect("BTC has a price").clone()
}

pub fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value} is not an amount")).parse().unwrap()
}

/// A request as the ticket makes it.
pub fn request(side: &str, what: (&str, &str), limit: Option<Decimal>) -> OrderRequest {
    let mut request = json!({"coin": "BTC", "side": side, "book": "paper", (what.0): what.1});
    if let Some(limit) = limit {
        request["limit"] = json!(limit.to_string());
    }
    serde_json::from_value(request).unwrap()
}

/// Places an order and answers with it.
pub async fn place(desk: &Workstation, request: &OrderRequest) -> Value {
    json!(desk.order_place(request).await.unwrap())
}

/// An order as it stands now.
pub async fn order(desk: &Workstation, id: &Value) -> Value {
    let orders = json!(desk.orders().await.unwrap());
    orders["orders"].as_array().unwrap().iter().find(|order| &order["id"] == id).expect("the order").clone()
}
