//! Whatever is done to a workspace behind its back is named.

use crate::support::{NOW, device, execute, fresh, raw, receipt, source, trade, trades};
use domain::Fact;
use proptest::prelude::*;
use sqlx::Connection;
use std::path::Path;
use store::{Problem, Store};

async fn written(home: &Path) {
    let store = fresh(home).await;
    store.import(trades(0..60), source(60), NOW).await.unwrap();
    for n in 60..80 {
        store.append(&[Fact::Trade(trade(n)), receipt(n)], NOW).await.unwrap();
    }
    store.close().await;
}

async fn problems(home: &Path) -> Vec<Problem> {
    let reader = Store::open_reader(home).await.unwrap();
    let report = reader.verify().await.unwrap();
    reader.close().await;
    report.problems
}

/// Changes one byte, or one number, of one row.
async fn edit(home: &Path, seq: i64, column: &'static str, at: usize, bit: u8) {
    let mut conn = raw(home).await;
    sqlx::raw_sql("PRAGMA foreign_keys = OFF").execute(&mut conn).await.unwrap();
    if matches!(column, "body" | "hash") {
        let select = format!("SELECT {column} FROM facts WHERE seq = ?");
        let mut bytes: Vec<u8> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(select)).bind(seq).fetch_one(&mut conn).await.unwrap();
        let at = at % bytes.len().max(1);
        match bytes.get_mut(at) {
            Some(byte) => *byte ^= 1 << bit,
            None => bytes.push(1),
        }
        let update = format!("UPDATE facts SET {column} = ? WHERE seq = ?");
        sqlx::query(sqlx::AssertSqlSafe(update)).bind(bytes).bind(seq).execute(&mut conn).await.unwrap();
    } else {
        let update = format!("UPDATE facts SET {column} = {column} + {} WHERE seq = ?", 1i64 << (bit + 8));
        sqlx::query(sqlx::AssertSqlSafe(update)).bind(seq).execute(&mut conn).await.unwrap();
    }
    conn.close().await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn one_changed_byte_of_any_row_is_named(
        seq in 1i64..=102,
        column in prop::sample::select(vec!["recorded_at", "kind", "body", "hash", "seq", "device"]),
        at in 0usize..100,
        bit in 0u8..8,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let home = tempfile::tempdir().unwrap();
            written(home.path()).await;
            edit(home.path(), seq, column, at, bit).await;
            let found = problems(home.path()).await;
            let named = found.iter().any(|problem| problem.seq == Some(seq as u64) && problem.device == Some(device(1)));
            assert!(named, "{column} of {seq}: {found:?}");
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 25, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_appended_in_whatever_portions_is_sound_and_folds_alike(
        portions in prop::collection::vec((prop::collection::vec(any::<bool>(), 0..40), any::<bool>(), any::<bool>()), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let home = tempfile::tempdir().unwrap();
            let mut store = fresh(home.path()).await;
            let (mut n, mut facts) = (0, 1);
            for (kinds, reopen, import) in portions {
                if import {
                    store.import(trades(n..n + kinds.len() as u64), source(0), NOW).await.unwrap();
                    facts += kinds.len() as u64 + 1;
                } else {
                    let fact = |(at, is_trade): (usize, &bool)| {
                        let n = n + at as u64;
                        if *is_trade { Fact::Trade(trade(n)) } else { receipt(n) }
                    };
                    let some: Vec<Fact> = kinds.iter().enumerate().map(fact).collect();
                    let done = store.append(&some, NOW).await.unwrap();
                    facts += some.len() as u64;
                    assert!(done.last().is_none_or(|last| last.seq == facts));
                }
                n += kinds.len() as u64;
                if reopen {
                    store.close().await;
                    store = fresh(home.path()).await;
                }
            }
            let report = store.verify().await.unwrap();
            assert!(report.is_sound(), "{report:?}");
            assert_eq!(report.devices[0].facts, facts);
            let rows = store.load_rows(None).await.unwrap();
            store.rebuild_projections().await.unwrap();
            assert_eq!(store.load_rows(None).await.unwrap(), rows);
            assert!(store.verify().await.unwrap().is_sound());
        });
    }
}

#[tokio::test]
async fn a_sound_workspace_has_no_problems_and_says_how_far_it_goes() {
    let home = tempfile::tempdir().unwrap();
    written(home.path()).await;
    let reader = Store::open_reader(home.path()).await.unwrap();
    let report = reader.verify().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.devices[0].device, report.devices[0].facts), (device(1), 102));
}

#[tokio::test]
async fn a_writer_whose_check_found_an_edit_appends_nothing_more() {
    let home = tempfile::tempdir().unwrap();
    written(home.path()).await;
    execute(home.path(), "UPDATE facts SET recorded_at = 0 WHERE seq = 50").await;
    let store = Store::open(home.path(), device(1), NOW).await.unwrap();
    assert!(store.damage().is_none(), "opening looks at the end only");
    assert_eq!(store.verify().await.unwrap().problems[0].seq, Some(50));
    assert_eq!(store.damage().unwrap().seq, Some(50));
    assert_eq!(store.append(&[receipt(1)], NOW).await.unwrap_err().code(), "damaged");
}

#[tokio::test]
async fn a_removed_row_is_a_gap() {
    let home = tempfile::tempdir().unwrap();
    written(home.path()).await;
    execute(home.path(), "DELETE FROM facts WHERE seq BETWEEN 40 AND 42").await;
    let found = problems(home.path()).await;
    assert_eq!((found[0].code, found[0].seq), ("removed_fact", Some(40)));
    assert!(found[0].message.contains("40 to 42"), "{}", found[0].message);
}

#[tokio::test]
async fn a_removed_tail_is_noticed_and_nothing_is_appended_after_it() {
    let home = tempfile::tempdir().unwrap();
    written(home.path()).await;
    execute(home.path(), "DELETE FROM facts WHERE seq > 99").await;
    let found = problems(home.path()).await;
    assert_eq!((found[0].code, found[0].seq), ("removed_tail", Some(100)));
    let store = Store::open(home.path(), device(1), NOW).await.unwrap();
    assert_eq!(store.damage().unwrap().seq, Some(100));
    assert_eq!(store.append(&[receipt(1)], NOW).await.unwrap_err().code(), "damaged");
    assert_eq!(store.import(trades(0..1), source(1), NOW).await.unwrap_err().code(), "damaged");
    store.close().await;
    assert_eq!(problems(home.path()).await[0].code, "removed_tail", "opening did not cover it up");
}

#[tokio::test]
async fn a_tail_written_anew_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    written(home.path()).await;
    let head = std::fs::read(home.path().join("head")).unwrap();
    execute(home.path(), "DELETE FROM facts WHERE seq > 100").await;
    std::fs::remove_file(home.path().join("head")).unwrap();
    assert_eq!(problems(home.path()).await[0].code, "head_missing");
    // Somebody with the program goes on from the shortened journal, then puts the old head back.
    execute(home.path(), "DELETE FROM facts WHERE seq > 2; DELETE FROM trade_ids; DELETE FROM order_trades").await;
    let store = Store::open(home.path(), device(1), NOW).await.unwrap();
    store.rebuild_projections().await.unwrap();
    for n in 200..300 {
        store.append(&[Fact::Trade(trade(n))], NOW).await.unwrap();
    }
    store.close().await;
    std::fs::write(home.path().join("head"), head).unwrap();
    let found = problems(home.path()).await;
    assert_eq!((found[0].code, found[0].seq), ("head_mismatch", Some(102)));
}

#[tokio::test]
async fn a_database_taken_away_is_not_silently_made_anew() {
    let home = tempfile::tempdir().unwrap();
    written(home.path()).await;
    std::fs::remove_file(home.path().join("workspace.db")).unwrap();
    let error = Store::open(home.path(), device(1), NOW).await.unwrap_err();
    assert_eq!(error.code(), "damaged");
    assert!(!home.path().join("workspace.db").exists());
}

#[tokio::test]
async fn projections_that_differ_are_named() {
    for harm in [
        "UPDATE trades SET body = CAST(substr(body, 1, length(body) - 1) || x'7f' AS BLOB) WHERE chunk = (SELECT max(chunk) FROM trades)",
        "DELETE FROM trades WHERE chunk = (SELECT min(chunk) FROM trades)",
        "DELETE FROM trade_ids WHERE seq = 7",
        "UPDATE trade_ids SET seq = 9 WHERE seq = 7",
        "DELETE FROM order_trades WHERE seq = 8",
        "UPDATE coins SET text = 'DOGE' WHERE no = 2",
        "DELETE FROM names",
    ] {
        let home = tempfile::tempdir().unwrap();
        written(home.path()).await;
        execute(home.path(), harm).await;
        let found = problems(home.path()).await;
        assert_eq!(found[0].code, "projection_differs", "{harm}: {found:?}");
        let store = Store::open(home.path(), device(1), NOW).await.unwrap();
        store.rebuild_projections().await.unwrap();
        assert!(store.verify().await.unwrap().is_sound(), "{harm}");
    }
}

/// What opening and verifying say about a workspace: a code, or none when all is well.
async fn verdict(home: &Path) -> Option<String> {
    let reader = match Store::open_reader(home).await {
        Ok(reader) => reader,
        Err(error) => return Some(error.code().to_owned()),
    };
    let report = reader.verify().await.unwrap_or_else(|error| panic!("damage is a finding, not {error:?}"));
    reader.close().await;
    report.problems.first().map(|problem| problem.code.to_owned())
}

#[tokio::test]
async fn every_page_lost_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    written(home.path()).await;
    let sound = std::fs::read(home.path().join("workspace.db")).unwrap();
    assert_eq!(verdict(home.path()).await, None);
    for page in 0..sound.len() / 4096 {
        let mut bytes = sound.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0);
        std::fs::write(home.path().join("workspace.db"), &bytes).unwrap();
        assert!(verdict(home.path()).await.is_some(), "page {page}");
    }
}

#[tokio::test]
async fn flipped_bits_on_disk_never_panic_and_never_change_a_fact_unseen() {
    let home = tempfile::tempdir().unwrap();
    written(home.path()).await;
    let sound = std::fs::read(home.path().join("workspace.db")).unwrap();
    let facts = Store::open_reader(home.path()).await.unwrap().trades(&store::TradeFilter::default()).await.unwrap();
    let mut noticed = 0;
    // A step that is prime walks over all parts of pages.
    for at in (100..sound.len()).step_by(397) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x11;
        std::fs::write(home.path().join("workspace.db"), &bytes).unwrap();
        if verdict(home.path()).await.is_some() {
            noticed += 1;
            continue;
        }
        let reader = Store::open_reader(home.path()).await.unwrap();
        let now = reader.trades(&store::TradeFilter::default()).await.unwrap();
        assert!(now == facts, "byte {at} changed a trade and nobody noticed");
        reader.close().await;
    }
    assert!(noticed > 20, "{noticed}");
}
