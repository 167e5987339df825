//! What sources said, and what was known when.

use crate::support::{NOW, device, execute, fresh, name, raw, trades};
use domain::{Coin, Fact, Timestamp};
use ledgers::{Fingerprint, Observation, ObservationKind, Payload, Undated};
use proptest::prelude::*;
use sqlx::Connection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use store::{
    ObservationCount, ObservationFilter, Refusal, RevisionPlace, Run, RunCause, RunStatus, RunSums, Store,
    StoredObservation,
};

fn at(seconds: i64) -> Timestamp {
    NOW.plus_micros(seconds * 1_000_000)
}

fn news(key: &str, title: &str, happened: Timestamp) -> Observation {
    Observation {
        source: "news_example".to_owned(),
        key: format!("https://example.com/{key}"),
        coins: Vec::new(),
        event_time: happened,
        published_at: Some(happened),
        undated: None,
        payload: Payload::News {
            title: title.to_owned(),
            url: format!("https://example.com/{key}"),
            summary: "<b>'; DROP TABLE observations; --".to_owned(),
            outlet: "Example".to_owned(),
            author: None,
        },
    }
}

fn mood(day: i64, value: u8) -> Observation {
    Observation {
        source: "fear_greed".to_owned(),
        key: format!("day {day}"),
        payload: Payload::FearGreed { value, label: "Fear".to_owned() },
        ..news("", "", at(day * 86_400))
    }
}

fn title(stored: &StoredObservation) -> &str {
    match &stored.observation.payload {
        Payload::News { title, .. } => title,
        _ => "",
    }
}

fn titles(stored: &[StoredObservation]) -> Vec<&str> {
    stored.iter().map(title).collect()
}

fn as_of(seconds: i64) -> ObservationFilter {
    ObservationFilter { as_of: Some(at(seconds)), ..ObservationFilter::default() }
}

const fn count(new: u64, revised: u64, duplicate: u64) -> ObservationCount {
    ObservationCount { new, revised, duplicate }
}

#[tokio::test]
async fn every_revision_is_told_in_the_order_it_was_seen_also_when_it_left_what_was_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let coin = |text: &str| Coin::parse(text).unwrap();
    let about = |key: &str, title: &str, happened: i64, coins: &[&str]| Observation {
        coins: coins.iter().map(|text| coin(text)).collect(),
        ..news(key, title, at(happened))
    };
    // One is about another coin; one loses the coin later; one moves out of the window later.
    let (other, loses, moves) =
        (about("a", "Other", 5, &["ETH"]), about("b", "Loses", 5, &["BTC"]), about("c", "Moves", 6, &["BTC", "ETH"]));
    store.save_observations(&[other, loses, moves], at(10)).await.unwrap();
    store.save_observations(&[about("c", "Moved", 500, &["BTC"])], at(20)).await.unwrap();
    store.save_observations(&[about("b", "Lost", 5, &[])], at(30)).await.unwrap();
    let filter = |as_of| ObservationFilter {
        kinds: Some(vec![ObservationKind::News]),
        coin: Some(coin("BTC")),
        from: Some(at(0)),
        to: Some(at(100)),
        as_of: Some(at(as_of)),
        ..ObservationFilter::default()
    };
    let all = store.revisions(&filter(30)).await.unwrap();
    assert_eq!(titles(&all), ["Loses", "Moves", "Moved", "Lost"]);
    assert_eq!(all.iter().map(|one| one.first_seen).collect::<Vec<_>>(), [at(10), at(10), at(20), at(30)]);
    assert_eq!(titles(&store.revisions(&filter(29)).await.unwrap()), ["Loses", "Moves", "Moved"]);
    let few = ObservationFilter { limit: Some(1), ..filter(30) };
    assert_eq!(store.revisions(&few).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_history_gone_through_in_pages_of_any_size_has_every_revision_once() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    assert_eq!(store.observation_bounds(ObservationKind::News).await.unwrap(), None);
    // Three things of one moment, two of them seen together; one reworded twice, once into another moment.
    let all = [news("b", "B", at(5)), news("a", "A", at(5)), news("c", "C", at(9)), mood(0, 7)];
    store.save_observations(&all, at(10)).await.unwrap();
    store.save_observations(&[news("a", "A again", at(5)), news("d", "D", at(5))], at(20)).await.unwrap();
    store.save_observations(&[news("a", "A moved", at(30))], at(40)).await.unwrap();
    let window = (at(0), at(31));
    let whole = store.revisions_page(ObservationKind::News, window, None, 100).await.unwrap();
    assert_eq!(titles(&whole), ["A", "B", "A again", "D", "C", "A moved"]);
    for size in 1..=3 {
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = store.revisions_page(ObservationKind::News, window, after.as_ref(), size).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(RevisionPlace::of(last));
            paged.extend(page);
        }
        assert_eq!(paged, whole, "pages of {size}");
    }
    let some = store.revisions_page(ObservationKind::News, (at(6), at(30)), None, 100).await.unwrap();
    assert_eq!(titles(&some), ["C"]);
    assert_eq!(store.observation_bounds(ObservationKind::News).await.unwrap(), Some((at(5), at(30))));
}

#[tokio::test]
async fn other_content_is_a_revision_the_same_a_duplicate_and_nothing_is_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let all = ObservationFilter::default();
    let (first, second) = (news("a", "Halt", at(0)), news("b", "Launch", at(1)));
    assert_eq!(store.save_observations(&[first.clone(), second.clone()], at(10)).await.unwrap(), count(2, 0, 0));
    assert_eq!(store.save_observations(&[second.clone(), first.clone()], at(20)).await.unwrap(), count(0, 0, 2));
    let corrected = news("a", "Halt lifted", at(0));
    assert_eq!(store.save_observations(&[corrected.clone(), second], at(30)).await.unwrap(), count(0, 1, 1));
    let now = store.observations(&all).await.unwrap();
    assert_eq!(titles(&now), ["Halt lifted", "Launch"]);
    assert_eq!((now[0].revision, now[0].first_seen, now[1].first_seen), (2, at(30), at(10)));
    assert_eq!(now[0].observation, corrected, "it comes back as it went in");
    let then = store.observations(&as_of(29)).await.unwrap();
    assert_eq!((titles(&then), then[0].revision), (vec!["Halt", "Launch"], 1));
    assert_eq!(then[0].observation, first);
    // Back to the first wording is a third one.
    assert_eq!(store.save_observations(&[first], at(40)).await.unwrap(), count(0, 1, 0));
    assert_eq!(store.observations(&all).await.unwrap()[0].revision, 3);
    assert_eq!(titles(&store.observations(&as_of(9)).await.unwrap()), [""; 0]);
}

#[tokio::test]
async fn a_key_twice_in_a_batch_counts_once_and_does_not_grow_with_each_run() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let batch = [news("a", "One", at(0)), news("a", "Two", at(0))];
    assert_eq!(store.save_observations(&batch, at(1)).await.unwrap(), count(1, 0, 1));
    assert_eq!(store.save_observations(&batch, at(2)).await.unwrap(), count(0, 0, 2));
    assert_eq!(titles(&store.observations(&ObservationFilter::default()).await.unwrap()), ["One"]);
}

#[tokio::test]
async fn what_has_no_date_happened_when_it_was_first_seen() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let undated =
        |title, run| Observation { published_at: None, undated: Some(Undated::Missing), ..news("a", title, run) };
    assert_eq!(store.save_observations(&[undated("One", at(5))], at(5)).await.unwrap(), count(1, 0, 0));
    assert_eq!(store.save_observations(&[undated("One", at(9))], at(9)).await.unwrap(), count(0, 0, 1));
    assert_eq!(store.save_observations(&[undated("Two", at(9))], at(9)).await.unwrap(), count(0, 1, 0));
    let kept = store.observations(&ObservationFilter::default()).await.unwrap().remove(0);
    assert_eq!((title(&kept), kept.observation.event_time, kept.first_seen), ("Two", at(5), at(9)));
    assert_eq!(kept.observation.undated, Some(Undated::Missing));
}

#[tokio::test]
async fn a_clock_set_back_does_not_put_a_revision_before_the_one_it_revises() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.save_observations(&[news("a", "One", at(0))], at(100)).await.unwrap();
    store.save_observations(&[news("a", "Two", at(0))], at(50)).await.unwrap();
    assert_eq!(titles(&store.observations(&as_of(99)).await.unwrap()), [""; 0]);
    assert_eq!(titles(&store.observations(&as_of(100)).await.unwrap()), ["Two"]);
}

#[tokio::test]
async fn observations_are_found_by_kind_source_coin_and_time() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let coins = |text: &str| text.split(' ').map(|coin| Coin::parse(coin).unwrap()).collect();
    let about = Observation { coins: coins("BTC ETH"), ..news("a", "BTC and ETH", at(0)) };
    let other = Observation { source: "news_other".to_owned(), coins: coins("ETHW"), ..news("a", "ETHW", at(10)) };
    store.save_observations(&[about, other, mood(0, 20), mood(1, 30)], at(20)).await.unwrap();
    let find = async |filter: ObservationFilter| store.observations(&filter).await.unwrap();
    let all = ObservationFilter::default;
    let eth = find(ObservationFilter { coin: Some(Coin::parse("ETH").unwrap()), ..all() }).await;
    assert_eq!(titles(&eth), ["BTC and ETH"], "ETHW is another coin");
    assert_eq!(eth[0].observation.coins.len(), 2);
    let of = |kinds: &[ObservationKind]| ObservationFilter { kinds: Some(kinds.to_vec()), ..all() };
    assert_eq!(find(of(&[ObservationKind::FearGreed])).await.len(), 2);
    assert_eq!(find(of(&[])).await, []);
    let other = find(ObservationFilter { source: Some(name("news_other")), ..all() }).await;
    assert_eq!(titles(&other), ["ETHW"]);
    assert_ne!(other[0].id(), eth[0].id(), "the same key of two sources is two things");
    let window = ObservationFilter { from: Some(at(0)), to: Some(at(10)), ..of(&[ObservationKind::News]) };
    assert_eq!(titles(&find(window).await), ["BTC and ETH"], "the end itself is outside");
    let newest = find(ObservationFilter { limit: Some(2), ..all() }).await;
    let times: Vec<Timestamp> = newest.iter().map(|stored| stored.observation.event_time).collect();
    assert_eq!(times, [at(10), at(86_400)], "the newest so many, oldest first");
}

#[tokio::test]
async fn a_batch_of_many_parts_is_saved_whole() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let days: Vec<Observation> = (0..1_000).map(|day| mood(day, 50)).collect();
    assert_eq!(store.save_observations(&days, at(1)).await.unwrap(), count(1_000, 0, 0));
    let revised: Vec<Observation> = (0..1_001).map(|day| mood(day, if day == 700 { 51 } else { 50 })).collect();
    assert_eq!(store.save_observations(&revised, at(2)).await.unwrap(), count(1, 1, 999));
    assert_eq!(store.observations(&as_of(1)).await.unwrap().len(), 1_000);
}

#[tokio::test]
async fn a_damaged_observation_is_named() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.save_observations(&[news("a", "One", at(0))], at(1)).await.unwrap();
    execute(home.path(), "UPDATE observations SET body = '{\"said\":{\"kind\":\"news\"}}'").await;
    let error = store.observations(&ObservationFilter::default()).await.unwrap_err();
    assert_eq!(error.code(), "damaged");
    assert!(error.to_string().contains("https://example.com/a"), "{error}");
}

/// A save: which of a few keys, in which wording, how long after the one before.
type Step = (Vec<(u8, u8)>, i64);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn as_of_is_what_a_reader_saw_then_and_nothing_later_changes_it(
        steps in prop::collection::vec((prop::collection::vec((0u8..5, 0u8..3), 0..6), 1i64..100), 1..12)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(replay(steps))?;
    }
}

async fn replay(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let mut now = at(0);
    let mut model: BTreeMap<u8, u8> = BTreeMap::new();
    let mut seen: Vec<(Timestamp, Vec<StoredObservation>)> = Vec::new();
    for (batch, pause) in steps {
        now = now.plus_micros(pause);
        let said: Vec<Observation> = batch
            .iter()
            .map(|(key, wording)| news(&key.to_string(), &wording.to_string(), at(i64::from(*key))))
            .collect();
        store.save_observations(&said, now).await.unwrap();
        // The first of a batch counts.
        let mut met = std::collections::HashSet::new();
        model.extend(batch.into_iter().filter(|(key, _)| met.insert(*key)));
        let shown = store.observations(&ObservationFilter::default()).await.unwrap();
        let wordings: Vec<String> = model.values().map(u8::to_string).collect();
        prop_assert_eq!(titles(&shown), wordings.iter().map(String::as_str).collect::<Vec<_>>());
        seen.push((now, shown));
    }
    for (place, (then, shown)) in seen.iter().enumerate() {
        let until = seen.get(place + 1).map_or(at(9_999), |(next, _)| next.plus_micros(-1));
        for moment in [*then, until] {
            let filter = ObservationFilter { as_of: Some(moment), ..ObservationFilter::default() };
            let known = store.observations(&filter).await.unwrap();
            prop_assert!(known.iter().all(|stored| stored.first_seen <= moment));
            prop_assert_eq!(&known, shown);
        }
    }
    let before = ObservationFilter { as_of: Some(at(0)), ..ObservationFilter::default() };
    prop_assert_eq!(store.observations(&before).await.unwrap(), vec![]);
    Ok(())
}

#[tokio::test]
async fn a_run_remembers_why_it_ran_and_what_it_refused() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let refusal = Refusal { item: "x".to_owned(), code: "no_title".to_owned(), reason: "it has no title".to_owned() };
    let run = Run {
        status: RunStatus::Partial,
        seen: 7,
        new: 3,
        revised: 1,
        duplicate: 2,
        rejected: 1,
        refusals: vec![refusal],
        ..Run::begun(name("news_example"), RunCause::Backfill, at(0))
    };
    store.record_run(&run).await.unwrap();
    store.record_success(&run.source, false, at(0)).await.unwrap();
    store.record_success(&run.source, true, at(1)).await.unwrap();
    store.record_success(&run.source, false, at(2)).await.unwrap();
    assert_eq!(store.runs(Some(&run.source), 9).await.unwrap(), [run]);
    let feed = store.feeds().await.unwrap().remove(0);
    assert_eq!((feed.last_success, feed.last_change, feed.last_error), (Some(at(2)), Some(at(1)), None));
}

#[tokio::test]
async fn old_runs_are_forgotten_but_for_the_last_of_each_source() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let refusals = vec![Refusal { item: "x".to_owned(), code: "bad".to_owned(), reason: "it is bad".to_owned() }];
    for (source, second) in [("a", 1), ("a", 2), ("a", 5), ("b", 1), ("b", 2)] {
        let run = Run { refusals: refusals.clone(), ..Run::begun(name(source), RunCause::Scheduled, at(second)) };
        store.record_run(&run).await.unwrap();
    }
    assert_eq!(store.prune_runs(at(3), at(4)).await.unwrap(), 3);
    let kept = store.runs(None, 9).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|run| (run.source.as_str(), run.started, run.refusals.len())).collect();
    assert_eq!(kept, [("a", at(5), 1), ("b", at(2), 0)]);
}

#[tokio::test]
async fn settings_of_a_source_are_kept_one_by_one() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let shape = Fingerprint::of(vec!["title"]);
    assert_eq!(store.source_settings().await.unwrap(), []);
    store.set_source_shape(&name("a"), Some(shape)).await.unwrap();
    store.set_source_paused(&name("a"), true).await.unwrap();
    store.set_next_runs(&[(name("a"), Some(at(1))), (name("b"), None)]).await.unwrap();
    let values = BTreeMap::from([("contact".to_owned(), "me@example.com".to_owned())]);
    store.set_source_values(&name("a"), &values).await.unwrap();
    store.set_source_skew(&name("b"), -1_500).await.unwrap();
    store.close().await;
    let store = fresh(home.path()).await;
    let settings = store.source_settings().await.unwrap();
    assert_eq!((settings[0].paused, settings[0].shape, settings[0].next_run), (true, Some(shape), Some(at(1))));
    assert_eq!((settings[1].paused, settings[1].shape, settings[1].next_run), (false, None, None));
    assert_eq!((&settings[0].values, settings[0].skew_ms), (&values, None));
    assert_eq!((settings[1].values.len(), settings[1].skew_ms), (0, Some(-1_500)));
    store.set_source_shape(&name("a"), None).await.unwrap();
    assert_eq!((store.source_settings().await.unwrap()[0].shape, settings.len()), (None, 2));
}

/// A workspace as the first version left it: its schema, and rows in every table that this version changes.
async fn first_version(home: &Path) -> Store {
    let store = fresh(home).await;
    let facts: Vec<Fact> = trades(0..50).into_iter().map(Fact::Trade).collect();
    store.append(&facts, NOW).await.unwrap();
    store.close().await;
    execute(
        home,
        "DROP TABLE observations; DROP TABLE sources; DROP TABLE runs; DROP TABLE run_hours; DROP TABLE settings; \
         DROP TABLE venue_prices; DROP TABLE venue_price_changes; DROP TABLE gaps; DROP TABLE quality; \
         DROP TABLE tick_coins; DROP TABLE tick_polls; DROP TABLE tick_packs; DROP TABLE tick_buckets; \
         CREATE TABLE ticks (seen INTEGER NOT NULL, coin TEXT NOT NULL, body BLOB NOT NULL, \
         PRIMARY KEY (seen, coin)) STRICT, WITHOUT ROWID; \
         DROP TABLE alerts; DROP TABLE alert_settings; DROP TABLE equity; DROP INDEX facts_books; DROP INDEX facts_trials; DROP INDEX facts_sessions; DROP INDEX facts_of_session; \
         DROP TABLE deliveries; \
         DROP TABLE waiting_facts; DROP TABLE trade_twins; DROP TABLE peers; DROP TABLE peer_claims; \
         DROP TABLE kills_to_heed; ALTER TABLE devices DROP COLUMN mine; \
         CREATE TABLE runs (source TEXT NOT NULL, started INTEGER NOT NULL, status TEXT NOT NULL, \
         new INTEGER NOT NULL, duplicate INTEGER NOT NULL, rejected INTEGER NOT NULL, error TEXT, \
         PRIMARY KEY (source, started)) STRICT, WITHOUT ROWID; \
         DELETE FROM _sqlx_migrations WHERE version > 1; \
         INSERT INTO runs VALUES ('coinspot_prices', 1, 'ok', 3, 2, 1, NULL); \
         INSERT INTO feeds VALUES ('coinspot_prices', 5, 4, 3, 'timeout');",
    )
    .await;
    assert_eq!(Store::open_reader(home).await.unwrap_err().code(), "older_schema");
    Store::open(home, device(1), at(60)).await.unwrap()
}

fn backups(home: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(home.join("backups")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn a_workspace_of_the_first_version_keeps_everything_and_a_backup_first() {
    let home = tempfile::tempdir().unwrap();
    let store = first_version(home.path()).await;
    assert!(store.verify().await.unwrap().is_sound());
    assert_eq!(store.journal_length().await.unwrap(), 51);
    let old = Run {
        seen: 6,
        new: 3,
        duplicate: 2,
        rejected: 1,
        ..Run::begun(name("coinspot_prices"), RunCause::Scheduled, Timestamp::from_micros(1))
    };
    assert_eq!(store.runs(None, 9).await.unwrap(), [old]);
    assert_eq!(store.feeds().await.unwrap()[0].last_error.as_deref(), Some("timeout"));
    assert_eq!(store.save_observations(&[mood(0, 20)], at(61)).await.unwrap(), count(1, 0, 0));
    store.close().await;
    let kept = backups(home.path());
    assert_eq!(kept.len(), 1);
    assert!(kept[0].file_name().unwrap().to_string_lossy().starts_with("schema-1-"), "{kept:?}");
    // The backup is a whole workspace of the first version: restoring it migrates it.
    let again = tempfile::tempdir().unwrap();
    Store::restore(&kept[0], again.path(), device(2), at(70)).await.unwrap();
    let store = Store::open(again.path(), device(2), at(80)).await.unwrap();
    assert_eq!(store.runs(None, 9).await.unwrap().len(), 1);
    assert_eq!(store.observations(&ObservationFilter::default()).await.unwrap(), []);
}

#[tokio::test]
async fn the_read_by_kind_and_time_uses_its_index() {
    let home = tempfile::tempdir().unwrap();
    fresh(home.path()).await.close().await;
    let mut conn = raw(home.path()).await;
    let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(
        "EXPLAIN QUERY PLAN SELECT body FROM observations WHERE kind = 'news' \
         AND event_time >= 0 AND event_time < 9 AND first_seen <= 5 ORDER BY event_time DESC, first_seen DESC",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let words: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
    assert!(matches!(words[..], [only] if only.contains("observations_time")), "and no sorting: {plan:?}");
    conn.close().await.unwrap();
}

#[tokio::test]
async fn the_figures_of_a_stretch_are_those_of_its_runs_however_often_they_were_written() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let (source, start) = (name("a"), Timestamp::from_micros(480_000 * 3_600_000_000 + 1_234));
    let mut runs = Vec::new();
    for n in 0..200_u64 {
        let status = [RunStatus::Ok, RunStatus::Failed, RunStatus::Partial, RunStatus::Unchanged][n as usize % 4];
        let started = start.plus_micros(n as i64 * 1_000_000_000);
        let run = Run { status, new: n, revised: 1, ..Run::begun(source.clone(), RunCause::Scheduled, started) };
        store.record_run(&run).await.unwrap();
        runs.push(Run { status: RunStatus::Ok, duplicate: 3, rejected: 2, ..run });
        // The same run, told again otherwise, as by a second look within a microsecond.
        if n % 5 == 0 {
            store.record_run(runs.last().unwrap()).await.unwrap();
        } else {
            runs.last_mut().unwrap().status = status;
            (runs.last_mut().unwrap().duplicate, runs.last_mut().unwrap().rejected) = (0, 0);
        }
    }
    store.record_run(&Run { new: 9_999, ..Run::begun(name("b"), RunCause::Manual, start) }).await.unwrap();
    // Also right after an hour begins, and in the middle of one.
    for from in [Timestamp::default(), start.plus_micros(50_000_000_001), runs[70].started, runs[199].started] {
        let of = || runs.iter().filter(|run| run.started >= from);
        let with = |status| of().filter(|run| run.status == status).count() as u64;
        let expected = RunSums {
            runs: of().count() as u64,
            failed: with(RunStatus::Failed),
            partial: with(RunStatus::Partial),
            new: of().map(|run| run.new).sum(),
            revised: of().map(|run| run.revised).sum(),
            duplicate: of().map(|run| run.duplicate).sum(),
            rejected: of().map(|run| run.rejected).sum(),
        };
        assert_eq!(store.run_sums(&source, from).await.unwrap(), expected, "{from}");
    }
    let days = store.run_days(&source, start).await.unwrap();
    assert_eq!(
        days.iter().map(|day| (day.runs, day.items)).collect::<Vec<_>>(),
        [(87, 3_828), (86, 11_223), (27, 5_049)]
    );
    store.prune_runs(runs[150].started, start).await.unwrap();
    let kept = store.run_sums(&source, Timestamp::default()).await.unwrap();
    assert!((50..54).contains(&kept.runs), "what is forgotten is not summed any more, to the hour: {kept:?}");
}
