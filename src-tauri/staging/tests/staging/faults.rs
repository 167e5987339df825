use crate::client::{exchange, get, get_with, world, world_where, world_with};
use staging::{Fault, Faults, FaultsError, PriceChange, Rule};
use std::io::Read;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LATEST: &str = "/pubapi/v2/latest";

#[tokio::test]
async fn a_delay_sends_the_right_reply_later() {
    let staging = world_where(LATEST, Fault::Delay { ms: 300 }).await;
    let start = Instant::now();
    let seen = get(&staging, LATEST).await;
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(seen.json()["status"], "ok");
}

#[tokio::test]
async fn a_stall_takes_the_request_and_never_answers() {
    let staging = world_where(LATEST, Fault::Stall {}).await;
    let mut stream = TcpStream::connect(staging.address()).await.unwrap();
    stream.write_all(b"GET /pubapi/v2/latest HTTP/1.1\r\n\r\n").await.unwrap();
    let answer = tokio::time::timeout(Duration::from_millis(500), stream.read_u8()).await;
    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(staging.requests()[0].faults, ["stall"]);
}

#[tokio::test]
async fn a_drip_sends_a_few_bytes_at_a_time() {
    let drip = Fault::Drip { bytes: 40, every_ms: 20 };
    let staging = world_where("/pubapi/v2/latest/btc", drip).await;
    let start = Instant::now();
    let seen = get(&staging, "/pubapi/v2/latest/btc").await;
    let pieces = (seen.head.len() + seen.body.len()).div_ceil(40) as u64;
    assert!(start.elapsed() >= Duration::from_millis(20 * (pieces - 1)));
    assert_eq!(seen.json()["status"], "ok");
}

#[tokio::test]
async fn a_reset_cuts_the_body_with_a_tcp_reset() {
    let staging = world_where(LATEST, Fault::Reset { after_body_bytes: Some(100) }).await;
    let seen = get(&staging, LATEST).await;
    assert!(seen.reset);
    assert_eq!((seen.status, seen.body.len()), (200, 100));
    staging.set_faults(Faults::none().with(Rule::on("*", Fault::Reset { after_body_bytes: None }))).unwrap();
    let seen = get(&staging, LATEST).await;
    assert!(seen.reset && seen.head.is_empty());
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_it_says() {
    let staging = world_where(LATEST, Fault::Truncate { body_bytes: Some(200) }).await;
    let seen = get(&staging, LATEST).await;
    assert_eq!(seen.body.len(), 200);
    assert!(seen.header("content-length").unwrap().parse::<usize>().unwrap() > 200);
    assert!(!seen.reset);
}

#[tokio::test]
async fn refusals_carry_their_status_and_retry_after_as_it_was_given() {
    let status = |code, retry_after: Option<&str>| Fault::Status {
        code,
        body: "down".into(),
        content_type: "text/plain".into(),
        retry_after: retry_after.map(String::from),
    };
    let too_many = |value: &str| Fault::TooMany { retry_after: Some(value.into()) };
    for (fault, code, retry_after) in [
        (status(500, None), 500, None),
        (status(503, Some("7")), 503, Some("7")),
        (Fault::TooMany { retry_after: None }, 429, None),
        (too_many("315360000000"), 429, Some("315360000000")),
        (too_many("Fri, 31 Dec 9999 23:59:59 GMT"), 429, Some("Fri, 31 Dec 9999 23:59:59 GMT")),
    ] {
        let staging = world_where(LATEST, fault).await;
        let seen = get(&staging, LATEST).await;
        assert_eq!((seen.status, seen.header("retry-after")), (code, retry_after));
    }
}

#[tokio::test]
async fn a_block_page_is_html_under_200() {
    let staging = world_where(LATEST, Fault::BlockPage { status: 200 }).await;
    let seen = get(&staging, LATEST).await;
    assert_eq!((seen.status, seen.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(seen.text().contains("Verifying you are human"));
}

#[tokio::test]
async fn a_huge_body_is_as_huge_as_asked_with_and_without_a_length() {
    let bytes = 3_000_001;
    let staging = world_where(LATEST, Fault::Huge { bytes, chunked: false }).await;
    let seen = get(&staging, LATEST).await;
    assert_eq!((seen.body.len() as u64, seen.header("content-length")), (bytes, Some("3000001")));
    let staging = world_where(LATEST, Fault::Huge { bytes, chunked: true }).await;
    let seen = get(&staging, LATEST).await;
    assert_eq!((seen.header("content-length"), seen.header("transfer-encoding")), (None, Some("chunked")));
    let blanks = seen.body.iter().filter(|byte| **byte == b' ').count() as u64;
    assert!(blanks == bytes && seen.body.ends_with(b"0\r\n\r\n"));
}

#[tokio::test]
async fn a_zip_bomb_is_small_on_the_wire_and_huge_unpacked() {
    for bytes in [0, 5, 1 << 20, (40 << 20) + 12_345] {
        let staging = world_where(LATEST, Fault::ZipBomb { bytes }).await;
        let seen = get(&staging, LATEST).await;
        assert_eq!(seen.header("content-encoding"), Some("gzip"));
        assert!(seen.body.len() as u64 <= 100 + bytes / 500, "{} packed", seen.body.len());
        let mut unpacked = flate2::read::GzDecoder::new(seen.body.as_slice());
        let mut block = vec![0; 1 << 16];
        let mut total = 0;
        loop {
            let read = unpacked.read(&mut block).expect("valid gzip");
            if read == 0 {
                break;
            }
            assert!(block[..read].iter().all(|byte| *byte == b' '));
            total += read as u64;
        }
        assert_eq!(total, bytes);
    }
}

#[tokio::test]
async fn small_wrongs_are_what_they_say() {
    let body = Fault::Body { body: "[]".into(), content_type: "application/json".into() };
    let redirect = Fault::Redirect { location: "http://127.0.0.1:1/x".into(), code: 302 };
    let seen = |fault: Fault| async move { get(&world_where(LATEST, fault).await, LATEST).await };
    assert_eq!(seen(body).await.text(), "[]");
    let empty = seen(Fault::EmptyBody {}).await;
    assert_eq!((empty.status, empty.header("content-length"), empty.body.len()), (200, Some("0"), 0));
    let moved = seen(redirect).await;
    assert_eq!((moved.status, moved.header("location")), (302, Some("http://127.0.0.1:1/x")));
    let wrong = seen(Fault::WrongType { content_type: "image/png".into() }).await;
    assert_eq!((wrong.header("content-type"), wrong.json()["status"].as_str()), (Some("image/png"), Some("ok")));
    let lost = seen(Fault::NotModified {}).await;
    assert_eq!((lost.status, lost.body.len()), (304, 0));
    let raw = exchange(
        &world_where(LATEST, Fault::Raw { text: "SSH-2.0\r\n".into() }).await,
        b"GET /pubapi/v2/latest HTTP/1.1\r\n\r\n",
    )
    .await;
    assert_eq!(raw.0, b"SSH-2.0\r\n");
}

#[tokio::test]
async fn a_frozen_feed_keeps_its_whole_body_under_a_fresh_date() {
    let staging = world_where(LATEST, Fault::Freeze {}).await;
    let first = get(&staging, LATEST).await;
    staging.advance(Duration::from_secs(600));
    let second = get(&staging, LATEST).await;
    assert_eq!(first.body, second.body);
    assert_ne!(first.header("date"), second.header("date"));
    staging.clear_faults();
    assert_ne!(get(&staging, LATEST).await.body, first.body);
}

async fn bent(change: PriceChange, coin: Option<&str>, path: &str) -> String {
    let coin = coin.map(String::from);
    get(&world_where("*", Fault::Price { coin, change }).await, path).await.text()
}

#[tokio::test]
async fn prices_can_be_wrong_in_every_way_for_one_coin_alone() {
    let right = get(&world().await, LATEST).await.json();
    let (bid, last) =
        (right["prices"]["btc"]["bid"].as_str().unwrap(), right["prices"]["btc"]["last"].as_str().unwrap());
    let times_100 = last.parse::<rust_decimal::Decimal>().unwrap() * rust_decimal::Decimal::ONE_HUNDRED;
    for (change, expected) in [
        (PriceChange::Nan, "NaN".to_owned()),
        (PriceChange::Zero, "0".to_owned()),
        (PriceChange::Negative, format!("-{last}")),
        (PriceChange::Overflow, "1e400".to_owned()),
        (PriceChange::Times100, times_100.normalize().to_string()),
        (PriceChange::Empty, String::new()),
    ] {
        let json: serde_json::Value = serde_json::from_str(&bent(change, Some("BTC"), LATEST).await).unwrap();
        assert_eq!(json["prices"]["btc"]["last"], expected.as_str(), "{change:?}");
        assert_eq!(json["prices"]["eth"], right["prices"]["eth"], "{change:?}");
    }
    let json: serde_json::Value = serde_json::from_str(&bent(PriceChange::Crossed, Some("btc"), LATEST).await).unwrap();
    assert_eq!(json["prices"]["btc"]["ask"], bid);
    let missing = bent(PriceChange::Missing, Some("BTC"), LATEST).await;
    assert!(!missing.contains("\"btc\":") && missing.contains("\"eth\":"));
}

#[tokio::test]
async fn wrong_prices_reach_the_page_the_depth_and_the_chart() {
    let to = crate::client::NOW_MS / 1000;
    let chart = format!("/charts/history?symbol=BTC&resolution=1&from={}&to={to}", to - 180);
    assert!(bent(PriceChange::Overflow, None, &chart).await.contains(r#""o":[1e400,1e400,1e400]"#));
    assert!(bent(PriceChange::Nan, None, &chart).await.contains(r#""c":["NaN","NaN","NaN"]"#));
    assert!(bent(PriceChange::Missing, Some("BTC"), &chart).await.contains(r#""s":"no_data""#));
    let page = bent(PriceChange::Zero, Some("AVAX"), "/tradecoins").await;
    let row = page.split("data-coin=\"AVAX\"").nth(1).unwrap();
    assert!(row.split("</tr>").next().unwrap().contains("<td data-value=\"0\">$0</td>"));
    assert!(!bent(PriceChange::Missing, Some("AVAX"), "/tradecoins").await.contains("AVAX"));
    let depth = bent(PriceChange::Negative, None, "/pubapi/v2/orders/open/btc").await;
    assert!(depth.contains(r#""rate":-"#), "{depth:.200}");
    let crossed: serde_json::Value =
        serde_json::from_str(&bent(PriceChange::Crossed, None, "/pubapi/v2/orders/open/btc").await).unwrap();
    assert!(crossed["buyorders"][0]["rate"].as_f64() > crossed["sellorders"][0]["rate"].as_f64());
}

#[tokio::test]
async fn fields_can_be_renamed_and_names_can_be_hostile() {
    let rename = |from: &str, to: &str| Fault::Rename { from: from.into(), to: to.into() };
    let json = get(&world_where("*", rename("last", "lastPrice")).await, LATEST).await.json();
    assert!(json["prices"]["btc"]["last"].is_null() && json["prices"]["btc"]["lastPrice"].is_string());
    let page = get(&world_where("*", rename("data-value", "data-price")).await, "/tradecoins").await.text();
    assert!(!page.contains("data-value") && page.contains("data-price=\""));
    let page = get(&world_where("*", Fault::HostileNames {}).await, "/tradecoins").await.text();
    assert!(page.contains("<script>"));
}

#[tokio::test]
async fn a_script_from_json_acts_on_its_routes_in_its_order_and_ends() {
    let script = r#"{"seed": 1, "rules": [
        {"path": "/pubapi/v2/latest", "after": 1, "times": 2, "fault": {"kind": "status", "code": 502}},
        {"path": "/charts/*", "method": "GET", "fault": {"kind": "too_many", "retry_after": "9"}},
        {"path": "*", "fault": {"kind": "price", "coin": "BTC", "change": "times_100"}}
    ]}"#;
    let staging = world_with(Faults::from_json(script).unwrap()).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(get(&staging, LATEST).await.status);
    }
    assert_eq!(statuses, [200, 502, 502, 200]);
    assert_eq!(get(&staging, "/charts/history").await.status, 429);
    assert_eq!(get(&staging, "/tradecoins").await.status, 200);
    assert_eq!(staging.requests()[1].faults, ["status", "price"]);
}

#[test]
fn every_kind_of_the_documentation_is_understood() {
    let row = |line: &'static str| line.strip_prefix("//! | `").and_then(|row| row.split('`').next());
    let table = include_str!("../../src/lib.rs").lines().skip_while(|line| !line.contains("| `kind` |"));
    let kinds: Vec<&str> = table.skip(2).map_while(row).collect();
    assert_eq!(kinds.len(), 22);
    for kind in kinds {
        let fields = match kind {
            "delay" => r#", "ms": 1"#,
            "clock_skew" => r#", "seconds": -1"#,
            "status" => r#", "code": 500"#,
            "body" => r#", "body": """#,
            "items" => r#", "change": "undated""#,
            "huge" | "zip_bomb" => r#", "bytes": 1"#,
            "redirect" => r#", "location": "/""#,
            "raw" => r#", "text": """#,
            "price" => r#", "change": "times_100""#,
            "rename" => r#", "from": "a", "to": "b""#,
            _ => "",
        };
        let script = format!(r#"{{"rules": [{{"path": "*", "fault": {{"kind": "{kind}"{fields}}}}}]}}"#);
        assert_eq!(Faults::from_json(&script).unwrap().rules[0].fault.kind(), kind);
    }
}

#[test]
fn a_script_out_of_bounds_is_refused_by_rule() {
    for (fault, reason) in [
        (r#"{"kind": "delay", "ms": 600001}"#, "10 minutes"),
        (r#"{"kind": "huge", "bytes": 99999999999}"#, "8 GiB"),
        (r#"{"kind": "status", "code": 99}"#, "200 to 599"),
        (r#"{"kind": "redirect", "location": "/\r\nX: y"}"#, "line break"),
    ] {
        let error = Faults::from_json(&format!(r#"{{"rules": [{{"path": "*", "fault": {fault}}}]}}"#)).unwrap_err();
        assert!(matches!(error, FaultsError::Rule { rule: 0, .. }) && error.to_string().contains(reason), "{error}");
    }
    for script in
        ["", "{}", r#"{"rules": [{"path": "*", "fault": {"kind": "no_such"}}]}"#, r#"{"rules": [], "more": 1}"#]
    {
        assert!(matches!(Faults::from_json(script), Err(FaultsError::Form(_))), "{script}");
    }
}

#[test]
fn a_script_survives_being_written_and_read() {
    let script =
        Faults { seed: 4, ..Faults::none().with(Rule::on("/a", Fault::Stall {}).after(1).times(2).percent(30)) };
    let text = serde_json::to_string(&script).unwrap();
    assert_eq!(Faults::from_json(&text).unwrap(), script);
}

#[tokio::test]
async fn a_fault_that_sends_differently_is_not_packed() {
    let staging = world_where("*", Fault::Truncate { body_bytes: None }).await;
    let seen = get_with(&staging, "/tradecoins", "Accept-Encoding: gzip\r\n").await;
    assert_eq!(seen.header("content-encoding"), None);
}
