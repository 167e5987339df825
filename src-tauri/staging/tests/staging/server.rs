use crate::client::{NOW_MS, exchange, get, read_to_end, seen, world, world_where};
use staging::{Clock, Fault, MAX_CONNECTIONS, Options, Staging, StagingError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ASK: &[u8] = b"GET /pubapi/v2/latest/btc HTTP/1.1\r\nHost: x\r\n\r\n";
const WAIT: Duration = Duration::from_secs(10);

/// Sends a request and reads one whole reply; the connection stays open.
async fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(ASK).await.unwrap();
    read_one(stream).await
}

async fn read_one(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let read = tokio::time::timeout(WAIT, stream.read_buf(&mut bytes)).await.expect("a reply").unwrap();
        assert!(read > 0, "closed after {}", String::from_utf8_lossy(&bytes));
        let one = seen(&bytes, false);
        if one.head.ends_with("\r\n\r\n") && one.header("content-length") == Some(&one.body.len().to_string()) {
            return String::from_utf8(bytes).unwrap();
        }
    }
}

#[tokio::test]
async fn a_connection_serves_many_requests_one_after_another_and_pipelined() {
    let staging = world().await;
    let mut stream = TcpStream::connect(staging.address()).await.unwrap();
    let first = ask(&mut stream).await;
    assert!(first.contains("Connection: keep-alive"));
    assert_eq!(ask(&mut stream).await, first);
    let closing = "GET /pubapi/v2/latest/btc HTTP/1.1\r\nConnection: close\r\n\r\n".as_bytes();
    stream.write_all(&[ASK, closing].concat()).await.unwrap();
    let (bytes, reset) = read_to_end(&mut stream).await;
    assert_eq!(String::from_utf8(bytes).unwrap().matches("HTTP/1.1 200 OK").count(), 2);
    assert!(!reset);
    assert_eq!(staging.request_count(), 4);
}

#[tokio::test]
async fn every_request_is_written_down() {
    let staging = world_where("/tradecoins", Fault::EmptyBody {}).await;
    get(&staging, "/charts/history?symbol=BTC").await;
    get(&staging, "/tradecoins").await;
    exchange(&staging, b"POST /api/v2/my/buy HTTP/1.1\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{\"nonce\":")
        .await;
    let requests = staging.requests();
    let brief = |i: usize| (requests[i].method.as_str(), requests[i].path.as_str(), requests[i].body_bytes);
    assert_eq!(brief(0), ("GET", "/charts/history", 0));
    assert_eq!((requests[0].query.as_str(), requests[0].time_ms, requests[0].number), ("symbol=BTC", NOW_MS, 1));
    assert_eq!(requests[1].faults, ["empty_body"]);
    assert_eq!(brief(2), ("POST", "/api/v2/my/buy", 9));
    staging.forget_requests();
    assert_eq!((staging.requests().len(), staging.request_count()), (0, 3));
}

#[tokio::test]
async fn the_date_is_world_time_and_the_head_is_complete() {
    let staging = world().await;
    let seen = get(&staging, "/pubapi/v2/latest").await;
    assert_eq!(seen.header("date"), Some("Sat, 14 Nov 2026 05:20:00 GMT"));
    assert_eq!(seen.header("content-length"), Some(seen.body.len().to_string().as_str()));
    assert_eq!(seen.header("connection"), Some("close"));
    staging.set_time(784_111_777_000);
    let seen = get(&staging, "/pubapi/v2/latest").await;
    assert_eq!(seen.header("date"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
}

#[tokio::test]
async fn head_gets_the_head_only() {
    let staging = world().await;
    let (bytes, _) = exchange(&staging, b"HEAD /pubapi/v2/latest HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    let head = seen(&bytes, false);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert!(head.header("content-length").unwrap().parse::<usize>().unwrap() > 500);
}

#[tokio::test]
async fn requests_out_of_bounds_are_refused() {
    let staging = world().await;
    let long = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "x".repeat(20_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(100));
    for (request, status) in [
        (long.as_str(), 431),
        (many.as_str(), 431),
        ("POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        ("what is this\r\n\r\n", 400),
    ] {
        let (bytes, _) = exchange(&staging, request.as_bytes()).await;
        assert_eq!(seen(&bytes, false).status, status, "{:.40}", request);
    }
    assert_eq!(staging.request_count(), 0);
}

#[tokio::test]
async fn one_connection_too_many_waits_for_a_place() {
    let staging = world().await;
    let mut open = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        let mut stream = TcpStream::connect(staging.address()).await.unwrap();
        ask(&mut stream).await;
        open.push(stream);
    }
    let mut late = TcpStream::connect(staging.address()).await.unwrap();
    late.write_all(ASK).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(300), late.readable()).await;
    assert!(early.is_err(), "answered although all places were taken");
    assert_eq!(staging.request_count(), MAX_CONNECTIONS as u64);
    open.pop();
    assert!(read_one(&mut late).await.contains("200 OK"));
}

#[tokio::test]
async fn dropping_the_world_closes_the_port_and_cuts_what_is_open() {
    let staging = world_where("*", Fault::Stall {}).await;
    let address = staging.address();
    let mut stalled = TcpStream::connect(address).await.unwrap();
    stalled.write_all(ASK).await.unwrap();
    while staging.request_count() == 0 {
        tokio::task::yield_now().await;
    }
    drop(staging);
    let (bytes, _) = read_to_end(&mut stalled).await;
    assert!(bytes.is_empty());
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn stopping_lets_a_running_reply_end() {
    let staging = world_where("*", Fault::Delay { ms: 300 }).await;
    let mut stream = TcpStream::connect(staging.address()).await.unwrap();
    stream.write_all(ASK).await.unwrap();
    while staging.request_count() == 0 {
        tokio::task::yield_now().await;
    }
    staging.stop().await;
    let (bytes, _) = read_to_end(&mut stream).await;
    assert_eq!(seen(&bytes, false).status, 200);
}

#[tokio::test]
async fn a_taken_port_is_an_error_with_a_code() {
    let staging = world().await;
    let port = staging.address().port();
    let error = Staging::start(Options { port, ..Options::default() }).await.unwrap_err();
    assert!(matches!(error, StagingError::Bind { .. }));
    assert_eq!(error.code(), "staging_bind");
    assert!(error.to_string().contains(&port.to_string()));
}

#[tokio::test]
async fn a_fast_clock_passes_so_many_times_faster_and_a_driven_one_stands() {
    let clock = Clock::Fast { factor: 1_000, start_ms: Some(NOW_MS) };
    let fast = Staging::start(Options { clock, ..Options::default() }).await.unwrap();
    let driven = world().await;
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(50) {
        tokio::task::yield_now().await;
    }
    let passed_ms = fast.now_ms() - NOW_MS;
    let longest_ms = 1_000 * (start.elapsed().as_millis() as i64 + 60_000);
    assert!((50_000..longest_ms).contains(&passed_ms), "{passed_ms}");
    assert_eq!(driven.now_ms(), NOW_MS);
}
