//! The sources that want a key, against a world that asks for one: CryptoPanic and Reddit.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may stop and say why")]

use domain::{DrivenClock, Timestamp};
use ledgers::{CollectError, Collected, NothingSet, Payload, Secret, Settings, Source};
use omc_http::{Client, Options};
use sources::{Opening, find};
use staging::world::{GATHERED, POSTS};
use staging::{Clock, Fault, Faults, Request, Rule, Staging};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Friday, 26 July 2024.
const NOW: Timestamp = Timestamp::from_millis(1_722_003_300_000);
const CANARY: &str = "canary-7f3a9c";
const TOKEN: &str = "/api/v1/access_token";
const KEYED: [&str; 2] = ["cryptopanic", "reddit"];

/// What a person set, and may set anew.
#[derive(Clone, Default)]
struct Set(Arc<Mutex<BTreeMap<String, String>>>);

impl Set {
    fn keys() -> Self {
        let set = Self::default();
        for name in ["cryptopanic_token", "reddit_client_id", "reddit_client_secret"] {
            set.put(name, &format!("{CANARY}-{name}"));
        }
        set
    }

    fn put(&self, name: &str, value: &str) {
        self.0.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }
}

impl Settings for Set {
    fn value(&self, source: &str, setting: &str) -> Option<String> {
        self.0.lock().unwrap().get(&format!("{source}.{setting}")).cloned()
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.0.lock().unwrap().get(name).cloned().map(Secret::new)
    }
}

struct World {
    staging: Staging,
    source: Box<dyn Source>,
    set: Set,
}

impl World {
    async fn start(name: &str, faults: Faults) -> Self {
        Self::with(name, faults, Set::keys()).await
    }

    async fn with(name: &str, faults: Faults, set: Set) -> Self {
        let clock = Clock::Driven { start_ms: NOW.millis() };
        let options = staging::Options { seed: 7, clock, faults, ..Default::default() };
        let staging = Staging::start(options).await.unwrap();
        let http = Arc::new(Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap());
        let entry = find(name).unwrap();
        let url = Some(staging.url_of(entry.service).to_owned());
        let settings = Arc::new(set.clone());
        let source = entry.open(Opening { http, url: url.as_deref(), settings }).unwrap();
        Self { staging, source, set }
    }

    async fn collect(&self) -> Result<Collected, CollectError> {
        self.source.collect(Timestamp::from_millis(self.staging.now_ms())).await
    }

    /// How often a path was asked for.
    fn asked(&self, path: &str) -> usize {
        self.staging.requests().iter().filter(|request| request.path.starts_with(path)).count()
    }
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

fn refusal(code: u16, body: &str) -> Fault {
    Fault::Status { code, body: body.into(), content_type: "application/json".into(), retry_after: None }
}

#[tokio::test]
async fn without_its_key_a_source_says_where_to_get_one_and_asks_nobody() {
    for name in KEYED {
        let entry = find(name).unwrap();
        assert!(entry.settings.iter().any(|setting| setting.required));
        let world = World::with(name, Faults::none(), Set::default()).await;
        let lacks = world.source.lacks().unwrap();
        assert!(lacks.contains("https://") && lacks.contains("omc secrets set"), "{lacks}");
        let failed = world.collect().await.unwrap_err();
        assert_eq!((failed.code, world.staging.request_count()), ("not_configured", 0));
        assert!(World::start(name, Faults::none()).await.source.lacks().is_none());
        let http = Arc::new(Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap());
        let bare = entry.open(Opening { http, url: None, settings: Arc::new(NothingSet) }).unwrap();
        assert!(bare.lacks().is_some());
    }
}

#[tokio::test]
async fn gathered_headlines_name_the_outlet_that_wrote_them() {
    let world = World::start("cryptopanic", Faults::none()).await;
    let collected = world.collect().await.unwrap();
    assert_eq!((collected.rejected.len(), collected.observations.len()), (0, GATHERED));
    let expected = world.staging.world().at(NOW.millis()).gathered();
    for (found, gathered) in collected.observations.iter().zip(&expected) {
        assert_eq!(
            (found.key.clone(), found.event_time.millis()),
            (gathered.id.to_string(), gathered.story.published_ms)
        );
        let Payload::News { title, url, outlet, author, .. } = &found.payload else { panic!("{found:?}") };
        assert_eq!((title, outlet.as_str(), author), (&gathered.story.title, gathered.outlet.name(), &None));
        assert!(url.ends_with(&gathered.story.slug), "{url}");
    }
    let asked = world.staging.requests();
    assert_eq!((asked.len(), asked[0].path.as_str()), (1, "/api/developer/v2/posts/"), "the next page is not followed");
    world.set.put("cryptopanic.plan", "growth");
    world.collect().await.unwrap();
    assert_eq!(world.asked("/api/growth/"), 1);
}

#[tokio::test]
async fn a_set_pause_between_two_requests_is_kept_and_runs_in_between_bring_the_last_reply() {
    let world = World::start("cryptopanic", Faults::none()).await;
    world.set.put("cryptopanic.minutes", "60");
    let first = world.collect().await.unwrap();
    for minutes in [5, 48] {
        world.staging.advance(Duration::from_secs(minutes * 60));
        assert_eq!(world.collect().await.unwrap(), first);
    }
    assert_eq!(world.staging.request_count(), 1);
    world.staging.advance(Duration::from_secs(7 * 60));
    assert_ne!(world.collect().await.unwrap(), first);
    assert_eq!(world.staging.request_count(), 2);
}

#[tokio::test]
async fn a_bad_token_a_plan_without_access_and_a_used_up_allowance_are_told_apart() {
    let world = World::start("cryptopanic", Faults::none()).await;
    world.set.put("cryptopanic_token", "bad");
    let failed = world.collect().await.unwrap_err();
    assert_eq!((failed.code, failed.message.contains("Token not found")), ("refused", true), "{failed}");
    for (fault, code) in [
        (refusal(403, r#"{"status":"api_error","info":"Plan <b>x</b>"}"#), "refused"),
        (Fault::TooMany { retry_after: None }, "allowance_used_up"),
        (Fault::BlockPage { status: 403 }, "blocked_page"),
    ] {
        let world = World::start("cryptopanic", Faults::none().with(Rule::on("*", fault))).await;
        assert_eq!(world.collect().await.unwrap_err().code, code);
    }
}

#[tokio::test]
async fn every_forum_brings_its_posts_and_one_that_is_closed_or_gone_costs_itself() {
    let world = World::start("reddit", Faults::none()).await;
    let collected = world.collect().await.unwrap();
    assert_eq!((collected.rejected.len(), collected.observations.len()), (0, 5 * POSTS));
    let expected = world.staging.world().at(NOW.millis()).posts("ethereum");
    let of_ethereum: Vec<_> = collected.observations.iter().skip(2 * POSTS).take(POSTS).collect();
    for (found, post) in of_ethereum.into_iter().zip(&expected) {
        assert_eq!((&found.key, found.published_at.unwrap().millis()), (&post.id, post.created_ms));
        let Payload::Post { title, text, community, author, score, comments, .. } = &found.payload else { panic!() };
        assert_eq!((title, text.as_str(), community.as_str()), (&post.title, "", "r/ethereum"));
        assert_eq!((author.as_deref(), *score, *comments), (Some(post.author), post.score, post.comments));
    }
    world.set.put("reddit.subreddits", "private, Bitcoin,banned,nowhere");
    let some = world.collect().await.unwrap();
    let codes: Vec<_> = some.rejected.iter().map(|rejected| (rejected.item.as_str(), rejected.code)).collect();
    assert_eq!(codes, [("r/private", "refused"), ("r/banned", "refused"), ("r/nowhere", "redirected")]);
    assert_eq!(some.observations.len(), POSTS);
    for bad in ["Bitcoin/../x", "a,b,c,d,e,f,g,h,i,j,k"] {
        world.set.put("reddit.subreddits", bad);
        assert!(world.source.lacks().unwrap().contains("joined by commas"));
    }
}

#[tokio::test]
async fn an_access_token_is_kept_until_shortly_before_its_end_and_says_who_asks() {
    let world = World::start("reddit", Faults::none()).await;
    world.set.put("reddit.account", "some_trader");
    world.collect().await.unwrap();
    world.staging.advance(Duration::from_secs(3600 - 301));
    world.collect().await.unwrap();
    assert_eq!((world.asked(TOKEN), world.asked("/r/")), (1, 10));
    world.staging.advance(Duration::from_secs(2));
    world.collect().await.unwrap();
    assert_eq!(world.asked(TOKEN), 2);
    world.set.put("reddit_client_secret", "another one");
    world.collect().await.unwrap();
    assert_eq!(world.asked(TOKEN), 3, "another application has another token");
    for request in world.staging.requests() {
        let agent = header(&request, "user-agent");
        assert!(agent.contains(":au.ohmycoins.desktop:v") && agent.ends_with(" (by /u/some_trader)"), "{agent}");
        let kind = if request.path == TOKEN { "Basic " } else { "bearer simulated-" };
        assert!(header(&request, "authorization").starts_with(kind));
    }
}

#[tokio::test]
async fn a_token_refused_is_asked_for_once_more_and_not_again() {
    let refused = |times| {
        Faults::none().with(Rule::on("/r/*", refusal(401, r#"{"message":"Unauthorized","error":401}"#)).times(times))
    };
    let world = World::start("reddit", refused(1)).await;
    assert_eq!(world.collect().await.unwrap().observations.len(), 5 * POSTS);
    assert_eq!((world.asked(TOKEN), world.asked("/r/")), (2, 6));
    let world = World::start("reddit", refused(100)).await;
    assert_eq!(world.collect().await.unwrap_err().code, "refused");
    assert_eq!((world.asked(TOKEN), world.asked("/r/")), (2, 6));
}

#[tokio::test]
async fn an_application_that_is_refused_is_told_what_to_check() {
    let world = World::start("reddit", Faults::none()).await;
    world.set.put("reddit_client_id", "bad");
    let failed = world.collect().await.unwrap_err();
    assert_eq!((failed.code, world.asked("/r/")), ("refused", 0));
    assert!(failed.message.contains("Unauthorized") && failed.message.contains("id and secret"), "{}", failed.message);
    for (fault, code) in [
        (Fault::BlockPage { status: 403 }, "blocked_page"),
        (Fault::EmptyBody {}, "empty_body"),
        (Fault::Huge { bytes: 1 << 30, chunked: true }, "too_large"),
        (Fault::Body { body: "{}".into(), content_type: "application/json".into() }, "schema_changed"),
    ] {
        let world = World::start("reddit", Faults::none().with(Rule::on(TOKEN, fault))).await;
        assert_eq!(world.collect().await.unwrap_err().code, code);
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a source could leave of its keys: what it stores, what it refuses, what it says when it fails, what it logs.
#[tokio::test]
async fn keys_are_in_no_error_no_log_and_nothing_that_is_stored() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut left = String::new();
    let echo = format!(r#"{{"status":"api_error","info":"{CANARY}-cryptopanic_token","message":"no","error":403}}"#);
    let body = |body: &str| Fault::Body { body: body.into(), content_type: "application/json".into() };
    let post = format!(
        r#"{{"results":[{{"id":1,"title":"{CANARY}-cryptopanic_token","published_at":"2024-07-26T10:00:00Z"}},{{"id":2,"title":"t","published_at":"2024-07-26T10:00:00Z"}}]}}"#
    );
    for name in KEYED {
        for faults in [
            Faults::none(),
            Faults::none().with(Rule::on("*", refusal(401, &echo))),
            Faults::none().with(Rule::on("*", refusal(403, &echo))),
            Faults::none().with(Rule::on("*", body(&echo))),
            Faults::none().with(Rule::on("*", body(&post))),
            Faults::none().with(Rule::on("*", refusal(500, &echo))),
            Faults::none().with(Rule::on("*", Fault::Reset { after_body_bytes: None })),
            Faults::none().with(Rule::on("*", Fault::Redirect { location: "https://example.com/".into(), code: 302 })),
        ] {
            let world = World::start(name, faults).await;
            let outcome = world.collect().await;
            assert!(world.staging.request_count() > 0);
            left += &format!("{outcome:?}");
            if let Err(failed) = outcome {
                left += &failed.to_string();
            }
        }
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("/v2/posts/") && logged.contains(TOKEN), "the log was looked at");
    for (what, text) in [("stored or said", &left), ("logged", &logged)] {
        for secret in [CANARY, "simulated-", "Y2FuYXJ5"] {
            assert!(!text.contains(secret), "{secret} was {what}");
        }
    }
}
