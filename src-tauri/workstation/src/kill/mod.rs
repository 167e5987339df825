//! The kill switch: one latch on disk, read immediately before every send.
//!
//! Invariants: the latch is durable before anything else is tried; what cannot be read counts as pulled; pulling needs
//! no lock, database, model or network; the journal is never written here: latch and receipt are files which the
//! running workstation, or the next start, turns into facts. Deliberately absent: orders at a live venue (they come
//! with live trading).

use crate::dto::{KillReceipt, KillState};
use crate::home::Home;
use crate::{Error, Result};
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

#[derive(Serialize, Deserialize)]
struct Latch {
    pulled_at: Timestamp,
}

/// Whether trading is stopped: a latch that is there, or that nobody can rule out.
#[must_use]
pub fn is_pulled(home: &Home) -> bool {
    !matches!(fs::symlink_metadata(home.latch()), Err(error) if error.kind() == ErrorKind::NotFound)
}

/// Pulls the switch. Pulling it twice keeps the first moment.
///
/// # Errors
/// When the latch cannot be made durable.
pub fn pull(home: &Home, now: Timestamp) -> Result<()> {
    if is_pulled(home) {
        return Ok(());
    }
    home.make()?;
    let latch = serde_json::to_vec(&Latch { pulled_at: now }).unwrap_or_default();
    write_durably(&home.latch(), &latch).map_err(Error::io("cannot write the kill switch's latch"))
}

/// Opens trading again.
///
/// # Errors
/// When the latch cannot be removed.
pub fn clear(home: &Home) -> Result<()> {
    match fs::remove_file(home.latch()) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("cannot remove the latch")(error)),
        _ => sync_folder(home.path()).map_err(Error::io("cannot make the removal of the latch durable")),
    }
}

/// The switch as it stands, for showing.
#[must_use]
pub fn state(home: &Home) -> KillState {
    let pulled = is_pulled(home);
    let latch = fs::read(home.latch()).map_err(|error| error.to_string());
    let latch = latch.and_then(|bytes| serde_json::from_slice::<Latch>(&bytes).map_err(|error| error.to_string()));
    let (since, note) = match (pulled, latch) {
        (false, _) => (None, None),
        (true, Ok(latch)) => (Some(latch.pulled_at), None),
        (true, Err(error)) => (None, Some(format!("the latch cannot be read ({error}): it counts as pulled"))),
    };
    let receipt = if pulled { receipts(home).pop().map(|(_, receipt)| receipt) } else { None };
    KillState { pulled, since, note, receipt }
}

/// Keeps a receipt.
///
/// # Errors
/// When it cannot be made durable.
pub fn save_receipt(home: &Home, receipt: &KillReceipt) -> Result<()> {
    let folder = home.receipts();
    fs::create_dir_all(&folder).map_err(Error::io("cannot make the folder of kill receipts"))?;
    let bytes = serde_json::to_vec_pretty(receipt).unwrap_or_default();
    let path = folder.join(format!("{:020}.json", receipt.pulled_at.micros()));
    write_durably(&path, &bytes).map_err(Error::io("cannot write the kill receipt"))
}

/// The receipts, oldest first, each with its text as it stands in its file. Damaged ones are left out.
#[must_use]
pub fn receipts(home: &Home) -> Vec<(String, KillReceipt)> {
    let Ok(folder) = fs::read_dir(home.receipts()) else { return Vec::new() };
    let mut paths: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let read = |path: &Path| {
        let text = fs::read_to_string(path).ok()?;
        let receipt = serde_json::from_str(&text).ok()?;
        Some((text, receipt))
    };
    paths.iter().filter_map(|path| read(path)).collect()
}

pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = path.with_extension("part");
    let mut file = File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// A rename or removal is durable once its folder is.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("w")), false).unwrap();
        home.make().unwrap();
        (folder, home)
    }

    #[test]
    fn pulled_stays_pulled_until_a_person_clears_it() {
        let (_folder, home) = home();
        assert!(!is_pulled(&home));
        pull(&home, Timestamp::from_millis(5)).unwrap();
        pull(&home, Timestamp::from_millis(9)).unwrap();
        assert!(is_pulled(&home));
        assert_eq!(state(&home).since, Some(Timestamp::from_millis(5)));
        clear(&home).unwrap();
        assert!(!is_pulled(&home));
    }

    #[test]
    fn a_damaged_or_unreadable_latch_counts_as_pulled() {
        let (_folder, home) = home();
        fs::write(home.latch(), b"\xff\x00 nonsense").unwrap();
        assert!(is_pulled(&home));
        assert!(state(&home).note.is_some());
        fs::remove_file(home.latch()).unwrap();
        fs::create_dir(home.latch()).unwrap();
        assert!(is_pulled(&home), "even a folder in its place");
    }

    #[test]
    fn receipts_come_back_oldest_first_and_damaged_ones_do_not_hide_the_rest() {
        let (_folder, home) = home();
        let receipt = |millis| KillReceipt {
            pulled_at: Timestamp::from_millis(millis),
            by: "self".into(),
            cancelled: vec![],
            unconfirmed: vec![],
            resting_elsewhere: vec![],
        };
        save_receipt(&home, &receipt(20)).unwrap();
        save_receipt(&home, &receipt(3)).unwrap();
        fs::write(home.receipts().join("000.json"), "{").unwrap();
        let found: Vec<_> = receipts(&home).into_iter().map(|(_, receipt)| receipt.pulled_at.millis()).collect();
        assert_eq!(found, [3, 20]);
    }
}
