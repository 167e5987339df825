//! A disk without room: refused with its name, nothing half-written, and on again when there is room.

use crate::support::{NOW, fresh, source, trade, trades};
use domain::Fact;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system of its own, gone with the guard.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|done| done.status.success()).then(|| Self(at.to_path_buf()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_the_store_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path()) else {
        println!("skipped: mounting a small file system needs root");
        return;
    };
    let home = disk.0.join("home");
    let ballast = disk.0.join("ballast");
    std::fs::create_dir(&home).unwrap();
    let store = fresh(&home).await;
    store.append(&[Fact::Trade(trade(0))], NOW).await.unwrap();
    std::fs::write(&ballast, vec![1; 1_500_000]).unwrap();

    let error = store.import(trades(1..30_000), source(30_000), NOW).await.unwrap_err();
    assert_eq!(error.code(), "disk_full", "{error}");
    assert_eq!(store.load_rows(None).await.unwrap().len(), 1, "nothing of the file is there");
    let mut appended = 1;
    let error = loop {
        match store.append(&[Fact::Trade(trade(appended))], NOW).await {
            Ok(_) => appended += 1,
            Err(error) => break error,
        }
        assert!(appended < 100_000);
    };
    assert_eq!(error.code(), "disk_full", "{error}");
    let copy = store.backup(&home.join("copy.db")).await.unwrap_err();
    assert_eq!(copy.code(), "disk_full", "{copy}");
    assert_eq!(store.load_rows(None).await.unwrap().len() as u64, appended);

    std::fs::remove_file(&ballast).unwrap();
    store.append(&[Fact::Trade(trade(appended))], NOW).await.unwrap();
    let report = store.verify().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.devices[0].facts, appended + 2);
    store.close().await;
}
