//! A process killed while it writes: what was acknowledged is there, and the store opens by itself.

use crate::support::{NOW, device, fresh, source, trade, trades};
use domain::Fact;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use store::Store;

const HOME: &str = "OMC_TEST_KILL_HOME";
const FROM: &str = "OMC_TEST_KILL_FROM";
const ROUNDS: u64 = 20;

/// Not a test by itself: the process that gets killed runs it.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_appends_until_killed() {
    let (Ok(home), Ok(from)) = (std::env::var(HOME), std::env::var(FROM)) else { return };
    let store = Store::open(Path::new(&home), device(1), NOW).await.unwrap();
    let mut n: u64 = from.parse().unwrap();
    loop {
        if n.is_multiple_of(10) {
            let imported = store.import(trades(n..n + 700), source(700), NOW).await.unwrap();
            assert_eq!(imported.imported, 700);
            n += 701;
            say(&format!("imported {}", store.load_rows(None).await.unwrap().len()));
        }
        let facts = [Fact::Trade(trade(n)), Fact::Killed { receipt: "x".repeat(n as usize % 3000) }];
        for fact in store.append(&facts[..1 + n as usize % 2], NOW).await.unwrap() {
            say(&format!("fact {} {}", fact.seq, fact.hash));
        }
        n += 1;
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "ack {line}").unwrap();
    out.flush().unwrap();
}

/// Runs the child until it has acknowledged some lines, kills it, and returns all it acknowledged.
fn run_and_kill(home: &Path, from: u64, lines: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::child_that_appends_until_killed", "--exact", "--nocapture"])
        .env(HOME, home)
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    // The harness's own words may stand before the first line's.
    let mut acks: Vec<String> = Vec::new();
    let ack = |line: &str| line.split_once("ack ").map(|(_, ack)| ack.to_owned());
    while acks.len() < lines {
        acks.extend(ack(&out.next().expect("the child ended by itself")));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    acks.extend(out.filter_map(|line| ack(&line)));
    acks
}

#[tokio::test]
async fn every_acknowledged_fact_survives_kill_9_under_load() {
    let home = tempfile::tempdir().unwrap();
    fresh(home.path()).await.close().await;
    let mut known: HashMap<u64, String> = HashMap::new();
    let mut trades_seen = 0;
    for round in 0..ROUNDS {
        let from = 1 + round * 1_000_000;
        for ack in run_and_kill(home.path(), from, 3 + (round as usize * 7) % 30) {
            let words: Vec<&str> = ack.split(' ').collect();
            match words[..] {
                ["fact", seq, hash] => drop(known.insert(seq.parse().unwrap(), hash.to_owned())),
                ["imported", rows] => trades_seen = rows.parse().unwrap(),
                _ => panic!("{ack}"),
            }
        }
        let reader = Store::open_reader(home.path()).await.unwrap();
        assert!(reader.verify().await.unwrap().is_sound(), "a reader before any writer came back");
        reader.close().await;
        let store = fresh(home.path()).await;
        let report = store.verify().await.unwrap();
        assert!(report.is_sound(), "round {round}: {report:?}");
        assert!(store.load_rows(None).await.unwrap().len() >= trades_seen);
        store.close().await;
    }
    let mut conn = crate::support::raw(home.path()).await;
    let stored: Vec<(i64, String)> =
        sqlx::query_as("SELECT seq, lower(hex(hash)) FROM facts").fetch_all(&mut conn).await.unwrap();
    let stored: HashMap<u64, String> = stored.into_iter().map(|(seq, hash)| (seq as u64, hash)).collect();
    assert!(known.len() > 100, "{} facts were acknowledged", known.len());
    for (seq, hash) in known {
        assert_eq!(stored.get(&seq), Some(&hash), "fact {seq}");
    }
}
