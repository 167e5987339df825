//! Receipts: files beside the journal, each a fact once.
//!
//! Invariants: a receipt is durable before anyone is told of it; no receipt takes another's place, so that two processes that
//! were asked to kill at once both leave theirs; a receipt never pulls the switch. Deliberately absent: the journal.

use super::latch::write_durably;
use crate::clock::random;
use crate::dto::KillReceipt;
use crate::home::Home;
use crate::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Receipts that are read; older ones stay where they are.
const READ_MAX: usize = 1_000;

/// Keeps a receipt.
///
/// # Errors
/// When it cannot be made durable.
pub fn save_receipt(home: &Home, receipt: &KillReceipt) -> Result<()> {
    let folder = home.receipts();
    fs::create_dir_all(&folder).map_err(Error::io("cannot make the folder of kill receipts"))?;
    let bytes = serde_json::to_vec_pretty(receipt).unwrap_or_default();
    let apart = u32::from_le_bytes(random()?);
    let name = format!("{:020}-{:020}-{apart:08x}.json", receipt.pulled_at.micros(), receipt.written_at.micros());
    write_durably(&folder.join(name), &bytes).map_err(Error::io("cannot write the kill receipt"))
}

/// The receipts, oldest first, each with its text as it stands in its file. Damaged ones are left out.
#[must_use]
pub fn receipts(home: &Home) -> Vec<(String, KillReceipt)> {
    let paths = paths(home);
    let newest = paths.len().saturating_sub(READ_MAX);
    paths.iter().skip(newest).filter_map(|path| read(path)).collect()
}

/// The newest receipt that can be read.
#[must_use]
pub fn newest_receipt(home: &Home) -> Option<KillReceipt> {
    paths(home).iter().rev().take(READ_MAX).find_map(|path| read(path)).map(|(_, receipt)| receipt)
}

fn paths(home: &Home) -> Vec<PathBuf> {
    let Ok(folder) = fs::read_dir(home.receipts()) else { return Vec::new() };
    let mut paths: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths
}

fn read(path: &Path) -> Option<(String, KillReceipt)> {
    let text = fs::read_to_string(path).ok()?;
    let receipt = serde_json::from_str(&text).ok()?;
    Some((text, receipt))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("w")), false).unwrap();
        home.make().unwrap();
        (folder, home)
    }

    fn receipt(millis: i64, by: &str) -> KillReceipt {
        KillReceipt::begun(Timestamp::from_millis(millis), by)
    }

    #[test]
    fn receipts_come_back_oldest_first_and_damaged_ones_do_not_hide_the_rest() {
        let (_folder, home) = home();
        save_receipt(&home, &receipt(20, "self")).unwrap();
        save_receipt(&home, &receipt(3, "self")).unwrap();
        fs::write(home.receipts().join("000.json"), "{").unwrap();
        fs::write(home.receipts().join("zzz.json"), "{").unwrap();
        let found: Vec<_> = receipts(&home).into_iter().map(|(_, receipt)| receipt.pulled_at.millis()).collect();
        assert_eq!(found, [3, 20]);
        assert_eq!(newest_receipt(&home).unwrap().pulled_at.millis(), 20);
    }

    #[test]
    fn two_processes_that_kill_at_the_same_moment_both_leave_their_receipt() {
        let (_folder, home) = home();
        save_receipt(&home, &receipt(7, "self")).unwrap();
        save_receipt(&home, &receipt(7, "holder")).unwrap();
        assert_eq!(receipts(&home).len(), 2);
    }

    #[test]
    fn a_receipt_of_an_earlier_version_can_be_read() {
        let (_folder, home) = home();
        fs::create_dir_all(home.receipts()).unwrap();
        let old = r#"{"pulled_at":"2026-11-22T15:37:27Z","by":"self","cancelled":[],"unconfirmed":[],"resting_elsewhere":[]}"#;
        fs::write(home.receipts().join("1.json"), old).unwrap();
        assert_eq!(newest_receipt(&home).unwrap().by, "self");
    }
}
