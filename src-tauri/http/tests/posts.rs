//! A POST leaves at most once, and its sender knows whether it can have left.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may stop and say why")]

use domain::{DrivenClock, Timestamp};
use omc_http::{Client, Lane, Options, Post, PostError, Url};
use staging::{Clock, Fault, Faults, Rule, Staging};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const NOW: Timestamp = Timestamp::from_millis(1_722_003_300_000);
const PATH: &str = "/api/v2/my/buy";
const BODY: &[u8] = br#"{"nonce":1}"#;

fn client() -> Client {
    Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap()
}

async fn world(faults: Faults) -> Staging {
    let clock = Clock::Driven { start_ms: NOW.millis() };
    Staging::start(staging::Options { seed: 7, clock, faults, ..Default::default() }).await.unwrap()
}

fn post(staging: &Staging) -> Post {
    let url = Url::parse(&format!("{}{PATH}", staging.url())).unwrap();
    Post::json(url, Lane::Trading, BODY.to_vec()).header("key", "canary").deadline(Duration::from_secs(2))
}

#[tokio::test]
async fn an_answer_comes_back_whatever_its_status_and_the_bytes_sent_are_the_bytes_given() {
    let staging = world(Faults::none()).await;
    let answer = client().post_once(&post(&staging)).await.unwrap();
    assert_eq!((answer.status, answer.received), (401, NOW));
    assert!(String::from_utf8_lossy(&answer.body).contains("Invalid API key"));
    let asked = &staging.requests()[0];
    assert_eq!((asked.method.as_str(), asked.body.as_bytes()), ("POST", BODY));
    assert!(!format!("{:?}", post(&staging)).contains("canary"));
}

#[tokio::test]
async fn whatever_happens_to_the_reply_the_request_was_made_once_and_counts_as_unknown() {
    let faults = [
        Fault::Stall {},
        Fault::Reset { after_body_bytes: None },
        Fault::Reset { after_body_bytes: Some(3) },
        Fault::Truncate { body_bytes: Some(3) },
        Fault::Raw { text: String::new() },
        Fault::Raw { text: "nonsense\r\n\r\n".into() },
        Fault::NotModified {},
        Fault::Huge { bytes: 8 << 20, chunked: true },
    ];
    for fault in faults {
        let kind = fault.kind();
        let staging = world(Faults::none().with(Rule::on(PATH, fault))).await;
        let lost = client().post_once(&post(&staging)).await;
        assert!(matches!(lost, Err(PostError::Unknown(_))), "{kind}: {lost:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(staging.request_count(), 1, "{kind}");
    }
    let moved = Fault::Redirect { location: "/elsewhere".into(), code: 307 };
    for fault in [moved, Fault::BlockPage { status: 503 }, Fault::TooMany { retry_after: None }] {
        let staging = world(Faults::none().with(Rule::on(PATH, fault))).await;
        let answer = client().post_once(&post(&staging)).await.unwrap();
        assert!([307, 503, 429].contains(&answer.status));
        assert_eq!(staging.request_count(), 1);
    }
}

#[tokio::test]
async fn what_found_nobody_there_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}{PATH}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let refused = client().post_once(&Post::json(url, Lane::Trading, BODY.to_vec())).await;
    assert!(matches!(refused, Err(PostError::NotSent(_))), "{refused:?}");
    let far = Url::parse("http://example.com/").unwrap();
    let plain = client().post_once(&Post::json(far, Lane::Trading, BODY.to_vec())).await;
    assert!(matches!(&plain, Err(PostError::NotSent(error)) if error.code() == "insecure_url"), "{plain:?}");
    let staging = world(Faults::none()).await;
    let split = client().post_once(&post(&staging).header("sign", "a\r\nb")).await;
    assert!(matches!(&split, Err(PostError::NotSent(error)) if error.code() == "bad_header"), "{split:?}");
    assert_eq!(staging.request_count(), 0);
}

#[tokio::test]
async fn every_one_of_them_goes_out_on_a_connection_of_its_own() {
    // A server that closes a connection after its first reply, without saying so: a pooled one would be dead.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}{PATH}", listener.local_addr().unwrap())).unwrap();
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4_096];
            let _ = stream.read(&mut bytes).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
        }
    });
    let client = client();
    for _ in 0..3 {
        let answer = client.post_once(&Post::json(url.clone(), Lane::Trading, BODY.to_vec())).await.unwrap();
        assert_eq!(answer.body.as_ref(), b"ok");
    }
    server.await.unwrap();
}

#[tokio::test]
async fn a_host_that_fails_is_left_alone_but_not_by_a_cancel() {
    let failing = Fault::Status { code: 500, body: "x".into(), content_type: "text/plain".into(), retry_after: None };
    let staging = world(Faults::none().with(Rule::on(PATH, failing))).await;
    let client = client();
    let url = Url::parse(&format!("{}{PATH}", staging.url())).unwrap();
    let in_lane = |lane| Post::json(url.clone(), lane, BODY.to_vec());
    for _ in 0..5 {
        client.post_once(&in_lane(Lane::Trading)).await.unwrap();
    }
    let order = client.post_once(&in_lane(Lane::Trading)).await;
    assert!(matches!(&order, Err(PostError::NotSent(error)) if error.code() == "breaker_open"), "{order:?}");
    for _ in 0..12 {
        assert_eq!(client.post_once(&in_lane(Lane::Cancels)).await.unwrap().status, 500);
    }
    assert_eq!(staging.request_count(), 17);
}
