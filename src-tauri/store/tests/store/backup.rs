//! Backups, and coming back from them.

use crate::support::{NOW, device, execute, fresh, receipt, source, trade, trades};
use domain::Fact;
use store::{Store, TradeFilter};

#[tokio::test]
async fn a_backup_taken_during_writes_holds_a_sound_prefix() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.import(trades(0..500), source(500), NOW).await.unwrap();
    let writing = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 500..700 {
                store.append(&[Fact::Trade(trade(n))], NOW).await.unwrap();
            }
        })
    };
    let mut before = 502;
    for n in 0..3 {
        let to = home.path().join(format!("copy-{n}.db"));
        let report = store.backup(&to).await.unwrap();
        assert!(report.devices[0].facts >= before);
        assert_eq!(report.bytes, std::fs::metadata(&to).unwrap().len());
        before = report.devices[0].facts;
    }
    writing.await.unwrap();
    let left = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().contains(".part")));
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let to = home.path().join("mine.txt");
    std::fs::write(&to, "mine").unwrap();
    assert_eq!(store.backup(&to).await.unwrap_err().code(), "file_exists");
    assert_eq!(std::fs::read(&to).unwrap(), b"mine");
}

#[tokio::test]
async fn a_damaged_workspace_gives_no_backup() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.import(trades(0..50), source(50), NOW).await.unwrap();
    store.close().await;
    execute(home.path(), "UPDATE facts SET recorded_at = 1 WHERE seq = 20").await;
    let reader = Store::open_reader(home.path()).await.unwrap();
    let to = home.path().join("copy.db");
    let error = reader.backup(&to).await.unwrap_err();
    assert_eq!(error.code(), "bad_backup");
    assert!(error.to_string().contains("fact 20"), "{error}");
    assert!(!to.exists());
}

#[tokio::test]
async fn a_restored_workspace_is_a_new_device_with_the_same_trades() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.import(trades(0..100), source(100), NOW).await.unwrap();
    let copy = home.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    let kept = store.load_rows(None).await.unwrap();
    store.append(&[receipt(1)], NOW).await.unwrap();

    let in_use = Store::restore(&copy, home.path(), device(2), NOW).await.unwrap_err();
    assert_eq!(in_use.code(), "workspace_in_use");
    store.close().await;
    let report = Store::restore(&copy, home.path(), device(2), NOW).await.unwrap();
    let aside = report.moved_aside.unwrap();
    assert!(aside.join("workspace.db").exists() && aside.join("head").exists());

    let store = Store::open(home.path(), device(9), NOW).await.unwrap();
    assert_eq!(store.device(), device(2));
    assert!(store.damage().is_none());
    assert_eq!(store.load_rows(None).await.unwrap(), kept);
    let facts = store.control_facts().await.unwrap();
    let places: Vec<(u32, u64)> = facts.iter().map(|fact| (fact.device, fact.seq)).collect();
    assert_eq!(places, [(1, 1), (1, 102), (2, 1), (2, 2)], "the fact after the backup is gone");
    let Fact::Restored { from, from_seq, .. } = facts[3].fact else { panic!("{:?}", facts[3]) };
    assert_eq!((from, from_seq), (device(1), 102));
    let done = store.append(&[Fact::Trade(trade(100))], NOW).await.unwrap();
    assert_eq!((done[0].device, done[0].seq), (2, 3));
    assert_eq!(store.append(&[Fact::Trade(trade(4))], NOW).await.unwrap_err().code(), "duplicate_trade");
    assert_eq!(store.trades(&TradeFilter::default()).await.unwrap().len(), 101);
    let verified = store.verify().await.unwrap();
    assert!(verified.is_sound(), "{verified:?}");
    assert_eq!(verified.devices.iter().map(|head| head.facts).collect::<Vec<_>>(), [102, 3]);
    store.rebuild_projections().await.unwrap();
    assert!(store.verify().await.unwrap().is_sound());
    store.close().await;

    // The tail of the old device, which no head file covers any more.
    execute(home.path(), "DELETE FROM facts WHERE device = 1 AND seq > 100").await;
    let problems = Store::open_reader(home.path()).await.unwrap().verify().await.unwrap().problems;
    assert_eq!((problems[0].device, problems[0].seq), (Some(device(1)), Some(101)));
}

#[tokio::test]
async fn a_backup_is_restored_into_an_empty_folder() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.import(trades(0..10), source(10), NOW).await.unwrap();
    let copy = home.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    let other = home.path().join("other");
    let report = Store::restore(&copy, &other, device(3), NOW).await.unwrap();
    assert_eq!(report.moved_aside, None);
    let again = Store::restore(&copy, &other, device(4), NOW).await.unwrap();
    assert!(again.moved_aside.is_some());
    assert_eq!(Store::open(&other, device(9), NOW).await.unwrap().device(), device(4));
}

#[tokio::test]
async fn a_bad_backup_is_refused_and_the_workspace_stays() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.import(trades(0..50), source(50), NOW).await.unwrap();
    let copy = home.path().join("workspace-copy");
    std::fs::create_dir(&copy).unwrap();
    let file = copy.join("workspace.db");
    store.backup(&file).await.unwrap();
    execute(&copy, "UPDATE facts SET hash = zeroblob(32) WHERE seq = 33").await;
    store.close().await;
    let error = Store::restore(&file, home.path(), device(2), NOW).await.unwrap_err();
    assert_eq!(error.code(), "bad_backup");
    assert!(error.to_string().contains("fact 33"), "{error}");
    let junk = home.path().join("junk");
    std::fs::write(&junk, vec![b'x'; 10_000]).unwrap();
    assert_eq!(Store::restore(&junk, home.path(), device(2), NOW).await.unwrap_err().code(), "bad_backup");
    let empty = home.path().join("empty");
    std::fs::write(&empty, "").unwrap();
    assert_eq!(Store::restore(&empty, home.path(), device(2), NOW).await.unwrap_err().code(), "bad_backup");
    let missing = home.path().join("missing");
    assert_eq!(Store::restore(&missing, home.path(), device(2), NOW).await.unwrap_err().code(), "io");
    let store = Store::open(home.path(), device(9), NOW).await.unwrap();
    assert_eq!(store.device(), device(1));
    assert_eq!(store.load_rows(None).await.unwrap().len(), 50);
    let stray = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(stray.into_iter().all(|name| !name.to_string_lossy().contains("restoring")));
}
