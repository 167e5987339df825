//! The client against a world in which things go wrong: each fault ends in its code, in time, and alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may stop and say why")]

use domain::{DrivenClock, Timestamp};
use omc_http::{Client, Expect, Get, HttpError, Lane, LaneLimit, Options, Reply, Url};
use staging::{Clock, Fault, Faults, Rule, Staging};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PRICES: &str = "/pubapi/v2/latest";
const PAGE: &str = "/tradecoins";
const NOW: Timestamp = Timestamp::from_millis(1_722_003_300_000);

struct World {
    staging: Staging,
    client: Client,
}

impl World {
    async fn start(fault: Fault) -> Self {
        Self::start_with(Faults::none().with(Rule::on(PRICES, fault)), |_| {}).await
    }

    async fn start_with(faults: Faults, change: impl FnOnce(&mut Options)) -> Self {
        let clock = Clock::Driven { start_ms: NOW.millis() };
        let staging = Staging::start(staging::Options { seed: 7, clock, faults, ..Default::default() }).await.unwrap();
        let mut options = Options::new(7);
        options.attempt_timeout = Duration::from_secs(2);
        change(&mut options);
        let client = Client::new(options, Arc::new(DrivenClock::at(NOW))).unwrap();
        Self { staging, client }
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}{path}", self.staging.url())).unwrap()
    }

    fn prices(&self) -> Get {
        Get::json(self.url(PRICES), Lane::Prices).deadline(Duration::from_secs(10))
    }

    async fn get(&self, get: Get) -> Result<Reply, HttpError> {
        let limit = Duration::from_secs(30);
        tokio::time::timeout(limit, self.client.get(&get)).await.expect("the client kept no deadline")
    }

    async fn once(&self) -> HttpError {
        self.get(self.prices().attempts_max(1)).await.unwrap_err()
    }
}

#[tokio::test]
async fn a_header_goes_with_the_request_and_shows_itself_nowhere() {
    let world = World::start_with(Faults::none(), |_| {}).await;
    let get = world.prices().header("user-agent", "Oh My Coins desk@example.com").header("authorization", "canary");
    assert!(!format!("{get:?}").contains("canary"), "{get:?}");
    world.get(get).await.unwrap();
    let asked = world.staging.requests();
    let sent = |name: &str| asked[0].headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    assert_eq!(sent("user-agent").as_deref(), Some("Oh My Coins desk@example.com"));
    assert_eq!(sent("authorization").as_deref(), Some("canary"));
    let split = world.get(world.prices().header("authorization", "canary\r\nhost: elsewhere")).await.unwrap_err();
    assert_eq!(split.code(), "bad_header");
    assert!(!split.to_string().contains("canary"));
}

#[tokio::test]
async fn a_form_leaves_as_a_post_is_asked_again_like_any_question_and_shows_itself_nowhere() {
    let faults = Faults::none().with(Rule::on("*", status(503, None)).times(1)).with(Rule::on("*", ok_body()));
    let world = World::start_with(faults, |_| {}).await;
    let ask =
        || world.prices().form(&[("grant_type", "a&b=c d"), ("key", "canary")]).account("canary-id", "canary:word");
    assert!(!format!("{:?}", ask()).contains("canary"), "{:?}", ask());
    assert_eq!(world.get(ask().conditional()).await.unwrap().attempts, 2);
    assert!(!world.get(ask().conditional()).await.unwrap().not_modified);
    let asked = world.staging.requests();
    assert_eq!(asked.len(), 3);
    for request in asked {
        let sent =
            |name: &str| request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!((request.method.as_str(), request.body.as_str()), ("POST", "grant_type=a%26b%3Dc+d&key=canary"));
        assert_eq!(sent("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(sent("authorization"), Some("Basic Y2FuYXJ5LWlkOmNhbmFyeTp3b3Jk"));
        assert_eq!((request.query.as_str(), request.if_none_match), ("", None));
    }
}

fn ok_body() -> Fault {
    Fault::Body { body: "{}".into(), content_type: "application/json".into() }
}

#[tokio::test]
async fn a_form_that_is_too_large_or_refused_is_an_error_without_its_fields() {
    let world = World::start_with(Faults::none().with(Rule::on("*", status(401, None))), |_| {}).await;
    let long = "canary".repeat(1000);
    let large = world.get(world.prices().form(&[("key", &long)])).await.unwrap_err();
    assert_eq!((large.code(), world.staging.request_count()), ("form_too_large", 0));
    let refused = world.get(world.prices().form(&[("key", "canary")]).account("id", "canary")).await.unwrap_err();
    assert_eq!((refused.code(), world.staging.request_count()), ("http_status", 1));
    assert!(![large, refused].iter().any(|error| format!("{error} {error:?}").contains("canary")));
}

#[tokio::test]
async fn a_good_reply_comes_whole_unpacked_and_stamped() {
    let world = World::start_with(Faults::none(), |_| {}).await;
    let reply = world.get(world.prices()).await.unwrap();
    assert!(reply.body.starts_with(b"{\"status\":\"ok\""));
    assert_eq!((reply.received, reply.attempts, reply.not_modified), (NOW, 1, false));
    assert!(reply.content_type.unwrap().contains("json"));
}

#[tokio::test]
async fn a_delay_within_the_deadline_is_waited_for() {
    let world = World::start(Fault::Delay { ms: 300 }).await;
    let start = Instant::now();
    assert!(world.get(world.prices()).await.is_ok());
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_host_that_never_answers_or_only_drips_costs_no_more_than_the_deadline() {
    for fault in [Fault::Stall {}, Fault::Drip { bytes: 1, every_ms: 50 }] {
        let world = World::start(fault).await;
        let start = Instant::now();
        let error = world.get(world.prices().deadline(Duration::from_millis(700))).await.unwrap_err();
        assert_eq!(error.code(), "timeout");
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn each_broken_reply_has_its_code() {
    let html = Fault::Body { body: " \n<!DOCTYPE html><p>no".into(), content_type: "application/json".into() };
    let cases = [
        (Fault::Reset { after_body_bytes: None }, "broken_reply"),
        (Fault::Reset { after_body_bytes: Some(100) }, "broken_reply"),
        (Fault::Raw { text: "SSH-2.0-OpenSSH\r\n".into() }, "broken_reply"),
        (Fault::Truncate { body_bytes: None }, "truncated"),
        (Fault::EmptyBody {}, "empty_body"),
        (Fault::BlockPage { status: 200 }, "blocked_page"),
        (Fault::BlockPage { status: 403 }, "blocked_page"),
        (html, "blocked_page"),
        (status(500, None), "http_status"),
        (status(404, None), "http_status"),
        (Fault::TooMany { retry_after: None }, "rate_limited"),
        (Fault::Huge { bytes: 1 << 30, chunked: false }, "too_large"),
        (Fault::Huge { bytes: 1 << 30, chunked: true }, "too_large"),
        (Fault::ZipBomb { bytes: 1 << 30 }, "too_large"),
        (Fault::NotModified {}, "not_modified"),
        (redirect("/pubapi/v2/latest/btc"), "redirected"),
        (redirect("http://example.org/"), "redirected"),
    ];
    for (fault, code) in cases {
        let kind = format!("{fault:?}");
        let world = World::start(fault).await;
        let start = Instant::now();
        let error = world.once().await;
        assert_eq!(error.code(), code, "{kind}: {error:?}");
        assert!(start.elapsed() < Duration::from_secs(5), "{kind}: {:?}", start.elapsed());
    }
}

fn status(code: u16, retry_after: Option<&str>) -> Fault {
    let (body, content_type) = ("no\u{1b}[2J".into(), "text/plain".into());
    Fault::Status { code, body, content_type, retry_after: retry_after.map(Into::into) }
}

fn redirect(location: &str) -> Fault {
    Fault::Redirect { location: location.into(), code: 302 }
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let world = World::start(redirect("/pubapi/v2/latest/btc")).await;
    world.once().await;
    assert_eq!(world.staging.requests().len(), 1);
}

#[tokio::test]
async fn the_right_body_under_a_wrong_type_is_taken() {
    let world = World::start(Fault::WrongType { content_type: "application/octet-stream".into() }).await;
    assert!(world.get(world.prices()).await.is_ok());
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_does_not_is_not() {
    for (fault, requests) in [
        (Fault::Reset { after_body_bytes: None }, 3),
        (Fault::Truncate { body_bytes: Some(10) }, 3),
        (Fault::EmptyBody {}, 3),
        (status(503, None), 3),
        (status(400, None), 1),
        (Fault::BlockPage { status: 200 }, 1),
        (Fault::ZipBomb { bytes: 1 << 26 }, 1),
    ] {
        let kind = format!("{fault:?}");
        let world = World::start_with(Faults::none().with(Rule::on(PRICES, fault).times(2)), |_| {}).await;
        let outcome = world.get(world.prices()).await;
        assert_eq!(world.staging.requests().len(), requests, "{kind}");
        assert_eq!(outcome.is_ok(), requests > 1, "{kind}");
        assert!(outcome.is_err() || outcome.is_ok_and(|reply| reply.attempts == 3), "{kind}");
    }
}

#[tokio::test]
async fn a_refusal_keeps_the_beginning_of_its_body_as_harmless_text() {
    let world = World::start(status(400, None)).await;
    let HttpError::HttpStatus { status, excerpt, .. } = world.once().await else { panic!("another error") };
    assert_eq!((status, excerpt.as_str()), (400, "no [2J"));
}

#[tokio::test]
async fn a_retry_after_within_the_deadline_is_honoured() {
    let faults = Faults::none().with(Rule::on(PRICES, Fault::TooMany { retry_after: Some("1".into()) }).times(1));
    let world = World::start_with(faults, |_| {}).await;
    let start = Instant::now();
    assert_eq!(world.get(world.prices()).await.unwrap().attempts, 2);
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_retry_after_of_years_is_clamped_and_trading_goes_on() {
    let faults =
        Faults::none().with(Rule::on(PRICES, Fault::TooMany { retry_after: Some("31536000000".into()) }).times(1));
    let world = World::start_with(faults, |_| {}).await;
    let start = Instant::now();
    let error = world.get(world.prices()).await.unwrap_err();
    let HttpError::RateLimited { retry_in, .. } = error else { panic!("{error:?}") };
    assert_eq!(retry_in, Duration::from_secs(60));
    let page = Get::html(world.url(PAGE), Lane::Background);
    assert_eq!(world.get(page).await.unwrap_err().code(), "rate_limited", "collectors hold back");
    let order = Get::json(world.url("/pubapi/v2/latest/btc"), Lane::Trading);
    assert!(world.get(order).await.is_ok());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(world.staging.requests().len(), 2);
}

#[tokio::test]
async fn collectors_at_their_limit_do_not_slow_a_trading_request() {
    let slow = LaneLimit { per_minute: 1, burst: 1, at_once: 1 };
    let world = World::start_with(Faults::none(), |options| {
        options.lanes.prices = slow;
        options.lanes.background = slow;
    })
    .await;
    assert!(world.get(world.prices()).await.is_ok());
    assert_eq!(world.once().await.code(), "rate_limited");
    let start = Instant::now();
    for _ in 0..5 {
        assert!(world.get(Get::json(world.url(PRICES), Lane::Trading)).await.is_ok());
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_unchanged_reply_is_not_sent_twice() {
    let world = World::start_with(Faults::none(), |_| {}).await;
    let first = world.get(world.prices().conditional()).await.unwrap();
    let again = world.get(world.prices().conditional()).await.unwrap();
    assert_eq!((first.not_modified, again.not_modified), (false, true));
    assert_eq!(first.body, again.body);
    world.staging.advance(Duration::from_secs(60));
    assert!(!world.get(world.prices().conditional()).await.unwrap().not_modified);
}

#[tokio::test]
async fn a_304_for_something_we_lost_is_asked_for_once_more() {
    let faults = Faults::none().with(Rule::on(PRICES, Fault::NotModified {}).times(1));
    let world = World::start_with(faults, |_| {}).await;
    let reply = world.get(world.prices().conditional()).await.unwrap();
    assert!(!reply.not_modified && !reply.body.is_empty());
    world.client.forget(&world.prices());
    assert!(!world.get(world.prices().conditional()).await.unwrap().not_modified);
    assert_eq!(world.staging.requests().len(), 3);
}

#[tokio::test]
async fn a_host_that_keeps_failing_is_left_alone_and_others_are_not() {
    let broken = World::start(status(500, None)).await;
    let healthy = World::start_with(Faults::none(), |_| {}).await;
    for _ in 0..5 {
        assert_eq!(broken.once().await.code(), "http_status");
    }
    assert_eq!(broken.once().await.code(), "breaker_open");
    assert!(broken.client.is_resting(&broken.url(PRICES), Lane::Prices));
    assert_eq!(broken.staging.requests().len(), 5);
    let same_client = Get::json(healthy.url(PRICES), Lane::Prices);
    assert!(broken.client.get(&same_client).await.is_ok());
    let trading = Get::json(broken.url("/pubapi/v2/latest/btc"), Lane::Trading);
    assert!(broken.client.get(&trading).await.is_ok(), "trading has a breaker of its own");
}

#[tokio::test]
async fn a_stalling_host_does_not_hold_up_another() {
    let stalling = World::start(Fault::Stall {}).await;
    let healthy = World::start_with(Faults::none(), |_| {}).await;
    let client = Arc::new(stalling.client);
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let url = Url::parse(&format!("{}{PRICES}", stalling.staging.url())).unwrap();
        let client = Arc::clone(&client);
        waiting.push(tokio::spawn(async move { client.get(&Get::json(url, Lane::Prices)).await }));
    }
    tokio::task::yield_now().await;
    let start = Instant::now();
    assert!(client.get(&Get::json(healthy.url(PRICES), Lane::Prices)).await.is_ok());
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_dropped_request_gives_its_place_back() {
    let world = World::start_with(Faults::none().with(Rule::on(PRICES, Fault::Stall {}).times(1)), |options| {
        options.lanes.prices.at_once = 1;
    })
    .await;
    let get = world.prices();
    let dropped = tokio::time::timeout(Duration::from_millis(200), world.client.get(&get)).await;
    assert!(dropped.is_err());
    assert!(world.get(get).await.is_ok());
}

#[tokio::test]
async fn a_closed_port_is_offline_and_the_message_hides_the_query() {
    let world = World::start_with(Faults::none(), |_| {}).await;
    let url = Url::parse(&format!("{}{PRICES}?key=hunter2", world.staging.url())).unwrap();
    world.staging.stop().await;
    let error = world.client.get(&Get::json(url, Lane::Prices).attempts_max(2)).await.unwrap_err();
    assert_eq!(error.code(), "offline");
    let words = format!("{error} {error:?}");
    assert!(!words.contains("hunter2") && words.contains("127.0.0.1"), "{words}");
}

#[tokio::test]
async fn a_page_where_a_page_was_asked_for_is_taken() {
    let world = World::start_with(Faults::none(), |_| {}).await;
    assert!(world.get(Get::html(world.url(PAGE), Lane::Background)).await.is_ok());
    let any = Get::new(world.url(PAGE), Lane::Background, Expect::Any).bytes_max(1000);
    assert_eq!(world.get(any).await.unwrap_err().code(), "too_large");
}

#[tokio::test]
async fn the_byte_cap_is_exact_and_counts_unpacked_bytes() {
    let world = World::start_with(Faults::none(), |_| {}).await;
    let whole = world.get(world.prices()).await.unwrap().body.len();
    assert!(world.get(world.prices().bytes_max(whole)).await.is_ok());
    assert_eq!(world.get(world.prices().bytes_max(whole - 1)).await.unwrap_err().code(), "too_large");
}

#[tokio::test]
async fn a_host_that_cannot_prove_who_it_is_gets_nothing() {
    let world = World::start_with(Faults::none(), |_| {}).await;
    let mut url = world.url(PRICES);
    url.set_scheme("https").unwrap();
    let error = world.get(Get::json(url, Lane::Prices)).await.unwrap_err();
    assert_eq!(error.code(), "tls", "{error:?}");
    assert_eq!(world.staging.request_count(), 0);
}

#[tokio::test]
async fn a_clock_that_is_off_is_measured_also_by_replies_that_fail_and_not_by_what_a_cache_says() {
    let skewed = |seconds| Rule::on("*", Fault::ClockSkew { seconds });
    let world = World::start_with(Faults::none().with(skewed(90)), |_| {}).await;
    assert_eq!(world.client.skew_ms(world.staging.url()), None, "nothing was heard yet");
    let near = |expected: i64| {
        let measured = world.client.skew_ms(world.staging.url()).unwrap();
        assert!((measured - expected).abs() <= 600, "{measured}");
    };
    world.get(world.prices()).await.unwrap();
    near(90_000);
    let page = Faults::none().with(skewed(-30)).with(Rule::on("*", Fault::BlockPage { status: 403 }));
    world.staging.set_faults(page).unwrap();
    for _ in 0..3 {
        assert_eq!(world.once().await.code(), "blocked_page");
    }
    near(-30_000);
    let unasked = Faults::none().with(skewed(7_000)).with(Rule::on("*", Fault::NotModified {}));
    world.staging.set_faults(unasked).unwrap();
    for _ in 0..9 {
        let _ = world.once().await;
    }
    near(-30_000);
}
