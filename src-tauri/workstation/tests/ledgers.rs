//! The ledgers' pipeline on the simulated world, with things going wrong for one source at a time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use staging::{Clock, Fault, Faults, ItemChange, Options, Rule, Staging};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use workstation::commands::LedgerRequest;
use workstation::dto::{ObservationRow, RunRow, Said};
use workstation::{DrivenClock, Home, Mode, Reached, Timestamp, Workstation};

const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const OTHERS: [&str; 7] = [
    "news_coindesk",
    "news_cointelegraph",
    "news_decrypt",
    "news_cryptoslate",
    "news_newsbtc",
    "fear_greed",
    "coinspot_announcements",
];

struct World {
    staging: Staging,
    clock: Arc<DrivenClock>,
    ws: Workstation,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let clock = Clock::Driven { start_ms: START.millis() };
        let staging = Staging::start(Options { seed: 11, clock, ..Options::default() }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
        let sites: BTreeMap<String, String> =
            staging.sites().map(|(service, url)| (service.to_owned(), url.to_owned())).collect();
        let reached = Reached {
            coinspot: staging.url().to_owned(),
            coinspot_web: staging.url().to_owned(),
            others: sites,
            ..Reached::default()
        };
        let clock = Arc::new(DrivenClock::at(START));
        let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), reached).await.unwrap();
        Self { staging, clock, ws, _folder: folder }
    }

    fn advance(&self, by: Duration) {
        self.staging.advance(by);
        self.clock.advance_micros(by.as_micros() as i64);
    }

    async fn collect(&self, names: &[&str]) -> Vec<RunRow> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.ws.collect(&names).await.unwrap().runs
    }

    async fn ledger(&self, ledger: &str, as_of: Option<Timestamp>) -> Vec<ObservationRow> {
        let as_of = as_of.map(|moment| moment.to_string());
        let request = LedgerRequest { ledger: ledger.to_owned(), as_of, ..LedgerRequest::default() };
        self.ws.ledger(&request).await.unwrap().observations
    }
}

fn only(runs: Vec<RunRow>) -> RunRow {
    assert_eq!(runs.len(), 1);
    runs.into_iter().next().unwrap()
}

#[tokio::test]
async fn every_source_fills_its_ledger_and_a_second_run_stores_nothing_twice() {
    let world = World::start().await;
    let first = world.collect(&OTHERS).await;
    assert!(first.iter().all(|run| run.status == "ok" && run.new > 0 && run.new == run.seen), "{first:?}");
    let (human, catalyst) = (world.ledger("human", None).await, world.ledger("catalyst", None).await);
    let new: u64 = first.iter().map(|run| run.new).sum();
    assert_eq!((human.len() + catalyst.len()) as u64, new);
    assert!(human.iter().all(|row| row.first_seen >= START && row.revision == 1 && row.event_time <= START));
    world.clock.advance_micros(1_000_000);
    let second = world.collect(&OTHERS).await;
    assert!(second.iter().all(|run| run.status == "unchanged" && run.new + run.revised == 0), "{second:?}");
    assert_eq!(world.ledger("human", None).await, human);
    let ids: std::collections::HashSet<_> = human.iter().chain(&catalyst).map(|row| row.id.clone()).collect();
    assert_eq!(ids.len() as u64, new, "ids tell things apart");
}

#[tokio::test]
async fn days_later_old_answers_are_what_they_were_and_edits_are_revisions() {
    let world = World::start().await;
    world.collect(&OTHERS).await;
    let known = world.ledger("catalyst", None).await;
    let mut revised = 0;
    for _ in 0..20 {
        world.advance(Duration::from_secs(6 * 3_600));
        let run = only(world.collect(&["coinspot_announcements"]).await);
        assert!(run.error.is_none(), "{run:?}");
        revised += run.revised;
    }
    assert!(revised > 0, "a quarter of the notices are edited later");
    let now = world.ledger("catalyst", None).await;
    assert!(now.len() > known.len() && now.iter().any(|row| row.revision > 1));
    assert_eq!(world.ledger("catalyst", Some(START)).await, known);
    let between = START.plus_micros(3 * 86_400 * 1_000_000);
    assert!(world.ledger("catalyst", Some(between)).await.iter().all(|row| row.first_seen <= between));
    assert_eq!(world.ledger("catalyst", Some(START.plus_micros(-1))).await, []);
}

/// What can go wrong with a reply as a whole.
fn breakages() -> Vec<(&'static str, Fault)> {
    vec![
        ("block page", Fault::BlockPage { status: 200 }),
        ("empty", Fault::EmptyBody {}),
        ("truncated", Fault::Truncate { body_bytes: Some(100) }),
        ("refused for years", Fault::TooMany { retry_after: Some("31536000000".to_owned()) }),
        (
            "server error",
            Fault::Status { code: 503, body: String::new(), content_type: "text/plain".to_owned(), retry_after: None },
        ),
        ("nonsense", Fault::Body { body: "{\"oops\":1}".to_owned(), content_type: "application/json".to_owned() }),
        ("huge", Fault::Huge { bytes: 50_000_000, chunked: true }),
    ]
}

#[tokio::test]
async fn a_broken_reply_fails_its_run_only_and_stores_nothing() {
    let paths =
        [("news_cointelegraph", "/rss"), ("fear_greed", "/fng/"), ("coinspot_announcements", "/api/v2/help_center/*")];
    for (what, fault) in breakages() {
        let world = World::start().await;
        let faults = paths.iter().fold(Faults::none(), |all, (_, path)| all.with(Rule::on(path, fault.clone())));
        world.staging.set_faults(faults).unwrap();
        let runs = world.collect(&["news_cointelegraph", "fear_greed", "coinspot_announcements", "news_decrypt"]).await;
        for run in runs.iter().take(4) {
            let broken = paths.iter().any(|(name, _)| *name == run.source);
            assert_eq!(run.status == "failed", broken, "{what}: {run:?}");
            assert_eq!(run.new > 0, !broken, "{what}: {run:?}");
            assert_eq!(run.error.is_some(), broken, "{what}: {run:?}");
        }
        assert_eq!(world.ledger("catalyst", None).await, [], "{what}");
        let sources = world.ws.sources_view().await.unwrap().sources;
        let status = |name: &str| sources.iter().find(|row| row.name == name).unwrap().status.clone();
        assert_eq!((status("fear_greed").as_str(), status("news_decrypt").as_str()), ("failing", "ok"), "{what}");
    }
}

#[tokio::test]
async fn one_bad_item_is_named_and_the_others_are_kept() {
    let world = World::start().await;
    let undated = Faults::none()
        .with(Rule::on("/fng/", Fault::Items { change: ItemChange::Mistyped }))
        .with(Rule::on("/rss", Fault::Items { change: ItemChange::Duplicated }));
    world.staging.set_faults(undated).unwrap();
    let runs = world.collect(&["news_cointelegraph", "fear_greed"]).await;
    assert_eq!((runs[0].rejected + runs[0].duplicate, runs[0].new), (1, 20), "{:?}", runs[0]);
    assert_eq!((runs[1].status.as_str(), runs[1].rejected, runs[1].refused.len()), ("partial", 1, 1), "{:?}", runs[1]);
    assert!(runs[1].new > 1 && !runs[1].refused[0].reason.is_empty());
}

#[tokio::test]
async fn a_renamed_field_sets_the_batch_aside() {
    let world = World::start().await;
    world.collect(&["fear_greed", "news_cointelegraph"]).await;
    let before = world.ledger("human", None).await;
    world.advance(Duration::from_secs(2 * 86_400));
    let renamed = |from: &str, to: &str| Fault::Rename { from: from.to_owned(), to: to.to_owned() };
    let faults = Faults::none()
        .with(Rule::on("/fng/", renamed("value_classification", "mood")))
        .with(Rule::on("/rss", renamed("description", "abstract")));
    world.staging.set_faults(faults).unwrap();
    for run in world.collect(&["fear_greed", "news_cointelegraph"]).await {
        assert_eq!((run.status.as_str(), run.new, run.revised), ("failed", 0, 0), "{run:?}");
    }
    assert_eq!(world.ledger("human", None).await, before);
    world.staging.clear_faults();
    for run in world.collect(&["fear_greed", "news_cointelegraph"]).await {
        assert!(run.status == "ok" && run.new > 0, "it is good again by itself: {run:?}");
    }
}

#[tokio::test]
async fn hostile_headlines_are_kept_as_inert_text() {
    let world = World::start().await;
    world.staging.set_faults(Faults::none().with(Rule::on("*", Fault::HostileNames {}))).unwrap();
    world.collect(&OTHERS).await;
    let rows = world.ledger("human", None).await;
    assert!(!rows.is_empty());
    for row in rows {
        if let Said::News { title, summary, .. } = row.said {
            assert!(!title.contains('<') && !summary.contains("<script"), "{title} / {summary}");
        }
    }
    let orders = world.ws.orders().await.unwrap();
    assert!(orders.orders.is_empty(), "what is read orders nothing");
}

#[tokio::test]
async fn what_is_set_for_a_source_is_judged_kept_and_read_at_its_next_run() {
    let world = World::start().await;
    let set = async |pairs: &[(&str, &str)]| {
        let changes = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        world.ws.source_set("sec_edgar", &changes).await
    };
    let lacking = only(world.collect(&["sec_edgar"]).await);
    assert!(lacking.error.as_deref().unwrap().starts_with("not_configured: "), "{lacking:?}");
    for (pairs, code) in [
        (&[("contact", "me@example.com"), ("colour", "red")][..], "unknown_setting"),
        (&[("contact", "me@example.com\r\nx: y")][..], "bad_setting"),
    ] {
        let error = set(pairs).await.unwrap_err();
        assert_eq!((error.code().as_str(), error.is_usage()), (code, true));
        assert!(error.to_string().starts_with("sec_edgar: "), "{error}");
    }
    let detail = world.ws.source_detail("sec_edgar").await.unwrap();
    assert_eq!(
        (detail.row.status.as_str(), detail.settings[0].is_set),
        ("not_configured", false),
        "nothing was changed"
    );
    set(&[("contact", "Jo jo@example.com")]).await.unwrap();
    let ran = only(world.collect(&["sec_edgar"]).await);
    assert!(matches!(ran.status.as_str(), "ok" | "partial") && ran.new > 0, "{ran:?}");

    let detail = world.ws.source_detail("sec_edgar").await.unwrap();
    assert_eq!((detail.row.status.as_str(), detail.row.lacks), ("ok", None));
    assert_eq!(detail.settings[0].value.as_deref(), Some("Jo jo@example.com"));
    let figures: Vec<_> = detail.statistics.iter().map(|of| (of.window.as_str(), of.runs, of.new)).collect();
    assert_eq!(figures, [("24h", 1, ran.new), ("7d", 1, ran.new), ("30d", 1, ran.new)]);
    let volume: Vec<(u32, u64)> = detail.volume.iter().map(|day| (day.runs, day.items)).collect();
    assert_eq!((volume.len(), volume[0], volume[29]), (30, (0, 0), (1, ran.new)));
    assert_eq!(detail.samples.len(), 10);
    assert!(detail.samples.windows(2).all(|two| two[0].event_time >= two[1].event_time), "newest first");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_and_whose_it_is() {
    let world = World::start().await;
    // In the middle of a second, as most moments are.
    world.advance(Duration::from_millis(500));
    let skewed = |path: &str| Rule::on(path, Fault::ClockSkew { seconds: 60 });
    world.staging.set_faults(Faults::none().with(skewed("/fng*"))).unwrap();
    let names = ["fear_greed", "news_decrypt", "coinspot_announcements"];
    world.collect(&names).await;
    let view = world.ws.sources_view().await.unwrap();
    let skew = |name: &str| view.sources.iter().find(|row| row.name == name).unwrap().skew_ms;
    assert!((59_400..=60_600).contains(&skew("fear_greed").unwrap()), "{:?}", skew("fear_greed"));
    assert!(skew("news_decrypt").unwrap().abs() <= 600, "{:?}", skew("news_decrypt"));
    assert_eq!(skew("coinspot_prices"), None, "it was not asked");
    let words = view.clock.unwrap();
    assert!(words.contains("fear_greed 60 s ahead of ours (the others agree with ours)"), "{words}");

    let world = World::start().await;
    world.advance(Duration::from_millis(500));
    world.staging.set_faults(Faults::none().with(skewed("*"))).unwrap();
    world.collect(&names).await;
    let words = world.ws.sources_view().await.unwrap().clock.unwrap();
    assert!(words.starts_with("The clock of this machine is about 60 s behind: all 3 services"), "{words}");
}
