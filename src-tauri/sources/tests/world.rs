//! Every source against a world that speaks it, with and without things going wrong.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests may stop and say why")]

use domain::{DrivenClock, Timestamp};
use ledgers::{CollectError, Collected, Ledger, Observation, Payload, Secret, Settings, Source, Undated};
use omc_http::{Client, LaneLimit, LaneLimits, Options};
use sources::sec_edgar::FILERS;
use sources::{Opening, REGISTRY, Registered, find, open_all};
use staging::world::{NOTICES, Outlet, STORIES};
use staging::{Clock, Fault, Faults, ItemChange, PriceChange, Rule, Staging};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Friday, 26 July 2024.
const NOW: Timestamp = Timestamp::from_millis(1_722_003_300_000);
const FEEDS: [&str; 5] = ["news_coindesk", "news_cointelegraph", "news_decrypt", "news_cryptoslate", "news_newsbtc"];

/// Where in the world a source asks, as fault rules see it.
fn path(name: &str) -> &'static str {
    match name {
        "news_coindesk" => "/arc/outboundfeeds/rss",
        "news_cointelegraph" => "/rss",
        "news_decrypt" => "/feed",
        "news_cryptoslate" => "/feed/",
        "news_newsbtc" => "/newsbtc/feed/",
        "fear_greed" => "/fng/",
        "kraken" => "/0/public/Ticker",
        "btc_markets" => "/v3/markets*",
        "sec_edgar" => "/submissions/*",
        "independent_reserve" => "/Public/*",
        "binance" => "/api/v3/ticker/bookTicker",
        "cryptopanic" => "/api/developer/*",
        "reddit" => "/r/*",
        "defillama" => "*", // in four forms at four kinds of paths
        "coingecko_treasuries" => "/api/v3/companies/*",
        _ => "/api/v2/help_center/*",
    }
}

/// The venues of reference prices; `venues.rs` looks at what they bring.
const VENUES: [&str; 4] = ["kraken", "btc_markets", "independent_reserve", "binance"];

fn is_venue(entry: &Registered) -> bool {
    VENUES.contains(&entry.info.name)
}

/// The sources of figures, whose items go wrong in ways of their own: `glass.rs`.
fn is_glass(entry: &Registered) -> bool {
    entry.info.ledger == Ledger::Glass
}

/// How many replies a run reads at most: each meets a fault of its own.
fn replies(name: &str) -> usize {
    match name {
        "sec_edgar" => FILERS.len(),
        "reddit" => 5,
        _ => 3,
    }
}

/// Whether a source asks only for what has changed.
fn is_conditional(entry: &Registered) -> bool {
    !is_venue(entry) && !matches!(entry.info.name, "cryptopanic" | "reddit")
}

/// A field without which a whole reply is of no use.
fn essential(name: &str) -> &'static str {
    match name {
        "fear_greed" => "data",
        "sec_edgar" => "recent",
        "coinspot_announcements" => "articles",
        _ => "title",
    }
}

/// What a person has set.
struct Set;

impl Settings for Set {
    fn value(&self, source: &str, setting: &str) -> Option<String> {
        (source == "sec_edgar" && setting == "contact").then(|| "Jo Trader jo@example.com".to_owned())
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        Some(Secret::new(format!("set-{name}")))
    }
}

struct World {
    staging: Staging,
    http: Arc<Client>,
}

impl World {
    async fn start(faults: Faults) -> Self {
        Self::start_with(faults, Options::new(7)).await
    }

    /// Without the pauses between many questions to one host.
    fn hurried(options: Options) -> Options {
        let bulk = LaneLimit { per_minute: 600_000, burst: 1_000, at_once: 1 };
        Options { lanes: LaneLimits { bulk, ..options.lanes }, ..options }
    }

    async fn start_with(faults: Faults, http: Options) -> Self {
        let clock = Clock::Driven { start_ms: NOW.millis() };
        let options = staging::Options { seed: 7, clock, faults, ..Default::default() };
        let staging = Staging::start(options).await.unwrap();
        let http = Client::new(Self::hurried(http), Arc::new(DrivenClock::at(NOW))).unwrap();
        Self { staging, http: Arc::new(http) }
    }

    async fn bent(entry: &Registered, fault: Fault) -> Self {
        Self::start(Faults::none().with(Rule::on(path(entry.info.name), fault))).await
    }

    fn open(&self, entry: &Registered) -> Box<dyn Source> {
        let (http, url) = (Arc::clone(&self.http), Some(self.staging.url_of(entry.service)));
        entry.open(Opening { http, url, settings: Arc::new(Set) }).unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.staging.now_ms())
    }

    async fn collect(&self, entry: &Registered) -> Result<Collected, CollectError> {
        self.open(entry).collect(self.now()).await
    }
}

async fn bent(entry: &Registered, fault: Fault) -> Result<Collected, CollectError> {
    World::bent(entry, fault).await.collect(entry).await
}

fn keys(collected: &Collected) -> Vec<&str> {
    let mut keys: Vec<_> = collected.observations.iter().map(|found| found.key.as_str()).collect();
    keys.sort_unstable();
    keys
}

fn words(observation: &Observation) -> String {
    match &observation.payload {
        Payload::News { title, summary, .. } => format!("{title} {summary}"),
        Payload::FearGreed { label, .. } => label.clone(),
        Payload::Announcement { title, text, .. } => format!("{title} {text}"),
        Payload::Filing { title, form, filer, .. } => format!("{form} {filer} {title}"),
        Payload::Post { title, text, .. } => format!("{title} {text}"),
        Payload::Treasury { company, .. } => company.clone(),
        // Its words are ours: nothing of the reply's is taken.
        Payload::Tvl(f)
        | Payload::Fees(f)
        | Payload::Revenue(f)
        | Payload::ChainTvl(f)
        | Payload::StablecoinSupply(f) => {
            format!("{} does not say BUY NOW", f.name)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_outlet_brings_the_worlds_headlines() {
    let world = World::start(Faults::none()).await;
    for (name, outlet) in FEEDS.into_iter().zip(Outlet::ALL) {
        let collected = world.collect(find(name).unwrap()).await.unwrap();
        assert_eq!(collected.rejected, [], "{name}");
        let stories = world.staging.world().at(NOW.millis()).stories(outlet);
        assert_eq!(collected.observations.len(), STORIES);
        for (found, story) in collected.observations.iter().zip(&stories) {
            assert_eq!((found.source.as_str(), found.event_time.millis()), (name, story.published_ms));
            let Payload::News { title, url, summary, author, .. } = &found.payload else { panic!("{found:?}") };
            assert_eq!(title, &story.title.replace('\'', if title.contains('’') { "’" } else { "'" }));
            assert!(summary.starts_with(&story.summary) && !summary.contains("appeared first"), "{summary}");
            assert!(url.ends_with(&story.slug) && url == &found.key, "{url}");
            assert_eq!(author.as_deref(), Some(story.authors.join(", ").as_str()));
        }
    }
}

#[tokio::test]
async fn the_mood_of_the_latest_month_is_the_worlds() {
    let world = World::start(Faults::none()).await;
    let collected = world.collect(find("fear_greed").unwrap()).await.unwrap();
    assert_eq!(collected.rejected, []);
    let moods = world.staging.world().at(NOW.millis()).moods(30);
    assert_eq!(collected.observations.len(), 30);
    for (found, mood) in collected.observations.iter().zip(&moods) {
        assert_eq!(found.event_time.millis(), mood.day_ms);
        assert_eq!(found.payload, Payload::FearGreed { value: mood.value, label: mood.label.to_owned() });
    }
    assert_eq!(collected.observations[0].key, "2024-07-26");
}

#[tokio::test]
async fn the_first_run_reads_all_announcements_and_later_ones_only_what_is_new() {
    let world = World::start(Faults::none()).await;
    let source = world.open(find("coinspot_announcements").unwrap());
    let first = source.collect(world.now()).await.unwrap();
    assert_eq!((first.observations.len(), first.rejected.len()), (NOTICES, 0));
    assert_eq!(world.staging.request_count(), 3);
    for notice in world.staging.world().at(NOW.millis()).notices() {
        let found = first.observations.iter().find(|found| found.key == notice.id.to_string()).unwrap();
        assert_eq!(found.event_time.millis(), notice.created_ms);
        assert_eq!(found.published_at.unwrap().millis(), notice.edited_ms);
        assert!(matches!(&found.payload, Payload::Announcement { title, .. } if *title == notice.title));
    }
    world.staging.advance(Duration::from_secs(24 * 3600));
    let later = source.collect(world.now()).await.unwrap();
    assert_eq!((later.observations.len(), world.staging.request_count()), (30, 4));
    let known = keys(&first);
    assert!(keys(&later).iter().any(|key| !known.contains(key)));
}

#[tokio::test]
async fn an_older_page_that_fails_costs_that_page_until_the_next_run() {
    let entry = find("coinspot_announcements").unwrap();
    let rule = Rule::on(path(entry.info.name), Fault::BlockPage { status: 403 }).after(1).times(1);
    let world = World::start(Faults::none().with(rule)).await;
    let source = world.open(entry);
    let partial = source.collect(NOW).await.unwrap();
    assert_eq!((partial.observations.len(), partial.rejected[0].code), (30, "blocked_page"));
    assert_eq!(source.collect(NOW).await.unwrap().observations.len(), NOTICES);
}

#[tokio::test]
async fn an_unchanged_reply_is_not_sent_again_and_still_counts() {
    for entry in REGISTRY.iter().filter(|entry| is_conditional(entry) && !is_glass(entry)) {
        let world = World::start(Faults::none()).await;
        let source = world.open(entry);
        let first = source.collect(NOW).await.unwrap();
        let again = source.collect(NOW).await.unwrap();
        let newest = |collected: &Collected| {
            collected.observations.iter().map(Observation::fingerprint).max_by_key(|p| p.bytes())
        };
        assert!(newest(&first).is_some() && newest(&again).is_some());
        assert!(world.staging.requests().last().unwrap().if_none_match.is_some(), "{}", entry.info.name);
        if entry.info.name != "coinspot_announcements" {
            assert_eq!(first, again, "{}", entry.info.name);
        }
    }
}

#[tokio::test]
async fn each_broken_reply_has_its_code_at_each_source() {
    for entry in REGISTRY {
        let is_feed = FEEDS.contains(&entry.info.name);
        let or = |feed: &'static str, json: &'static str| if is_feed { feed } else { json };
        let text = |body: &str| Fault::Body { body: body.into(), content_type: "text/plain".into() };
        let cases = [
            (Fault::BlockPage { status: 200 }, or("not_feed", "blocked_page")),
            (Fault::BlockPage { status: 403 }, or("http_status", "blocked_page")),
            (Fault::EmptyBody {}, or("not_feed", "empty_body")),
            (Fault::Truncate { body_bytes: None }, "truncated"),
            (Fault::Reset { after_body_bytes: Some(10) }, "broken_reply"),
            (Fault::Huge { bytes: 1 << 30, chunked: true }, "too_large"),
            (Fault::ZipBomb { bytes: 1 << 30 }, "too_large"),
            (Fault::Redirect { location: "https://example.com/".into(), code: 308 }, "redirected"),
            (Fault::NotModified {}, "not_modified"),
            (text("NaN"), or("not_feed", "not_json")),
            (text("{}"), or("not_feed", "schema_changed")),
            (
                Fault::Status { code: 500, body: String::new(), content_type: "text/plain".into(), retry_after: None },
                "http_status",
            ),
        ];
        for (fault, code) in cases {
            let kind = fault.kind();
            let failed = bent(entry, fault).await.unwrap_err();
            assert_eq!((failed.source_name, failed.code), (entry.info.name, code), "{kind}");
            assert!(!failed.message.is_empty());
        }
    }
}

#[tokio::test]
async fn the_right_reply_under_a_wrong_type_is_taken() {
    for entry in REGISTRY {
        let fault = Fault::WrongType { content_type: "application/octet-stream".into() };
        let collected = bent(entry, fault).await.unwrap();
        assert!(!collected.observations.is_empty() || !collected.references.is_empty(), "{}", entry.info.name);
    }
}

#[tokio::test]
async fn a_slow_host_ends_in_a_timeout_and_disturbs_no_other() {
    let faults = Faults::none()
        .with(Rule::on("/arc/*", Fault::Stall {}))
        .with(Rule::on("/rss", Fault::Drip { bytes: 1, every_ms: 50 }));
    let impatient = Options { attempt_timeout: Duration::from_secs(1), ..Options::new(7) };
    let world = World::start_with(faults, impatient).await;
    let start = Instant::now();
    for entry in REGISTRY {
        let outcome = world.collect(entry).await.map_err(|failed| failed.code);
        let is_slow = matches!(entry.info.name, "news_coindesk" | "news_cointelegraph");
        assert_eq!(outcome.err(), is_slow.then_some("timeout"), "{}", entry.info.name);
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_host_that_wants_years_of_patience_is_asked_again_after_a_minute_at_most() {
    let entry = find("news_decrypt").unwrap();
    let failed = bent(entry, Fault::TooMany { retry_after: Some("31536000000".into()) }).await.unwrap_err();
    assert_eq!(failed.code, "rate_limited");
    assert!(failed.message.contains("60 s"), "{}", failed.message);
}

#[tokio::test]
async fn each_wrong_item_costs_at_most_itself() {
    for entry in REGISTRY.iter().filter(|entry| !is_venue(entry) && !is_glass(entry)) {
        let name = entry.info.name;
        let whole = World::start(Faults::none()).await.collect(entry).await.unwrap();
        let of = |change| bent(entry, Fault::Items { change });
        let is_mood = name == "fear_greed";

        for (change, why, code) in [
            (ItemChange::Undated, Undated::Missing, "missing"),
            (ItemChange::Nan, Undated::Unreadable, "not_a_number"),
            (ItemChange::Future, Undated::Future, "bad_date"),
        ] {
            // Paged sources meet the fault on each page.
            let collected = of(change).await.unwrap();
            if is_mood {
                assert_eq!(collected.observations.len(), whole.observations.len() - 1, "{name} {change:?}");
                assert_eq!(collected.rejected[0].code, code, "{name}");
                continue;
            }
            assert_eq!(keys(&collected), keys(&whole), "{name} {change:?}");
            let undated: Vec<_> = collected.observations.iter().filter(|found| found.undated.is_some()).collect();
            assert!(!undated.is_empty() && undated.len() <= replies(name), "{name} {change:?}");
            assert!(undated.iter().all(|found| found.undated == Some(why) && found.event_time == NOW));
        }

        let mistyped = of(ItemChange::Mistyped).await.unwrap();
        assert!(
            !mistyped.rejected.is_empty() && mistyped.observations.len() >= whole.observations.len() - replies(name),
            "{name}"
        );

        let twice = of(ItemChange::Duplicated).await.unwrap();
        assert_eq!(keys(&twice), keys(&whole), "{name}");
        assert!(twice.rejected.iter().all(|rejected| rejected.code == "duplicate") && !twice.rejected.is_empty());

        let reordered = of(ItemChange::Reordered).await.unwrap();
        assert_eq!(keys(&reordered), keys(&whole), "{name}");
        assert_eq!(reordered.fingerprint, whole.fingerprint, "{name}");

        let giant = of(ItemChange::Giant).await.unwrap();
        assert_eq!(keys(&giant), keys(&whole), "{name}");
        assert!(giant.observations.iter().all(|found| words(found).len() < 8000), "{name}");
    }
}

#[tokio::test]
async fn a_renamed_field_stores_nothing_and_says_so() {
    for (name, from) in [
        ("news_coindesk", "link"),
        ("news_decrypt", "title"),
        ("news_newsbtc", "pubDate"),
        ("fear_greed", "value"),
        ("fear_greed", "timestamp"),
        ("fear_greed", "data"),
        ("coinspot_announcements", "articles"),
        ("coinspot_announcements", "id"),
        ("coinspot_announcements", "html_url"),
        ("kraken", "result"),
        ("kraken", "b"),
        ("btc_markets", "marketId"),
        ("btc_markets", "bestAsk"),
        ("sec_edgar", "recent"),
        ("sec_edgar", "accessionNumber"),
        ("sec_edgar", "acceptanceDateTime"),
        ("sec_edgar", "cik"),
        ("independent_reserve", "CreatedTimestampUtc"),
        ("independent_reserve", "CurrentHighestBidPrice"),
        ("binance", "symbol"),
        ("cryptopanic", "results"),
        ("cryptopanic", "title"),
        ("cryptopanic", "published_at"),
        ("reddit", "children"),
        ("reddit", "id"),
        ("reddit", "created_utc"),
        ("binance", "askPrice"),
        ("coingecko_treasuries", "companies"),
        ("coingecko_treasuries", "name"),
        ("coingecko_treasuries", "total_holdings"),
    ] {
        let fault = Fault::Rename { from: from.into(), to: "renamed".into() };
        let failed = bent(find(name).unwrap(), fault).await.unwrap_err();
        assert_eq!(failed.code, "schema_changed", "{name} {from}");
    }
}

#[tokio::test]
async fn a_renamed_field_that_costs_nothing_else_still_changes_the_shape() {
    for (name, from) in [
        ("news_coindesk", "description"),
        ("news_cryptoslate", "dc:creator"),
        ("news_cointelegraph", "link"),
        ("coinspot_announcements", "edited_at"),
        ("coinspot_announcements", "body"),
        ("kraken", "c"),
        ("btc_markets", "lastPrice"),
        ("sec_edgar", "primaryDocDescription"),
        ("sec_edgar", "items"),
        ("independent_reserve", "LastPrice"),
        ("cryptopanic", "original_url"),
        ("cryptopanic", "id"),
        ("reddit", "score"),
        ("reddit", "author"),
        ("coingecko_treasuries", "symbol"),
        ("coingecko_treasuries", "total_current_value_usd"),
    ] {
        let entry = find(name).unwrap();
        let world = World::start(Faults::none()).await;
        let usual = world.collect(entry).await.unwrap().shape.unwrap();
        world.staging.advance(Duration::from_secs(24 * 3600));
        assert_eq!(world.collect(entry).await.unwrap().shape, Some(usual), "{name}");
        let renamed = bent(entry, Fault::Rename { from: from.into(), to: "renamed".into() }).await.unwrap();
        assert_ne!(renamed.shape, Some(usual), "{name} {from}");
    }
}

#[tokio::test]
async fn a_mood_that_is_no_mood_is_never_taken() {
    let entry = find("fear_greed").unwrap();
    for change in [
        PriceChange::Nan,
        PriceChange::Negative,
        PriceChange::Overflow,
        PriceChange::Times100,
        PriceChange::Empty,
        PriceChange::Missing,
    ] {
        let failed = bent(entry, Fault::Price { coin: Some("FNG".into()), change }).await.unwrap_err();
        assert_eq!(failed.code, "schema_changed", "{change:?}");
    }
}

#[tokio::test]
async fn hostile_text_is_data_and_asks_for_nothing() {
    for entry in REGISTRY {
        let world = World::bent(entry, Fault::HostileNames {}).await;
        let collected = world.collect(entry).await.unwrap();
        for found in &collected.observations {
            let words = words(found);
            assert!(words.to_uppercase().contains("BUY NOW"), "{words}");
            for markup in ["<script", "alert(", "onerror", "fetch("] {
                assert!(!words.contains(markup), "{}: {words}", entry.info.name);
            }
            assert!(found.coins.is_empty() || is_glass(entry), "{found:?}");
        }
        let asked = world.staging.requests();
        assert!(asked.iter().all(|request| {
            let is_token = request.method == "POST" && request.path == "/api/v1/access_token";
            (is_token || request.method == "GET") && !request.path.contains("buy")
        }));
    }
}

#[tokio::test]
async fn an_unreadable_reply_is_not_brought_back_by_not_modified() {
    for entry in REGISTRY.iter().filter(|entry| is_conditional(entry) && !is_glass(entry)) {
        let world = World::start(Faults::none()).await;
        let source = world.open(entry);
        source.collect(NOW).await.unwrap();
        let fault = Fault::Rename { from: essential(entry.info.name).into(), to: "renamed".into() };
        world.staging.set_faults(Faults::none().with(Rule::on("*", fault))).unwrap();
        world.staging.forget_requests();
        for _ in 0..2 {
            assert_eq!(source.collect(NOW).await.unwrap_err().code, "schema_changed");
        }
        let asked: Vec<bool> = world.staging.requests().iter().map(|r| r.if_none_match.is_some()).collect();
        let (first, second) = asked.split_at(asked.len() / 2);
        assert!(!first.is_empty() && first.iter().all(|asked| *asked), "{}: {asked:?}", entry.info.name);
        assert!(!second.iter().any(|asked| *asked), "{}: {asked:?}", entry.info.name);
    }
}

#[tokio::test]
async fn all_sources_open_at_their_replacements_and_refuse_bad_ones() {
    let world = World::start(Faults::none()).await;
    let settings: Arc<dyn Settings> = Arc::new(Set);
    let all = open_all(&world.http, |service| Some(world.staging.url_of(service).to_owned()), &settings).unwrap();
    assert_eq!(all.len(), REGISTRY.len());
    for source in &all {
        assert!(source.collect(NOW).await.is_ok(), "{}", source.info().name);
    }
    let refused =
        open_all(&world.http, |service| (service == "ZENDESK").then(|| "http://example.com".to_owned()), &settings);
    assert_eq!(refused.err().map(|error| error.code()), Some("insecure_url"));
    assert!(
        open_all(&world.http, |_| None, &settings).is_ok()
            && open_all(&world.http, |_| Some(String::new()), &settings).is_ok()
    );
}
