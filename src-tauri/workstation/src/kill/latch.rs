//! The latch: one file, read immediately before every send.

use super::receipts::newest_receipt;
use crate::clock::random;
use crate::dto::KillState;
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
    /// Differs with every pull, so that who clears one pull does not clear the next.
    #[serde(default)]
    pull: String,
}

/// One pull, as the latch stood when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pull(Option<Vec<u8>>);

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
    let before = is_pulled(home).then(|| read(home).ok().map(|latch| latch.pulled_at)).flatten();
    home.make()?;
    let pull = u64::from_le_bytes(random().unwrap_or_else(|_| now.micros().to_le_bytes()));
    let latch = Latch { pulled_at: before.unwrap_or(now), pull: format!("{pull:016x}") };
    let written = write_durably(&home.latch(), &serde_json::to_vec(&latch).unwrap_or_default()).or_else(|error| {
        // On a full disk there is often room for a name: an empty latch is pulled, too.
        if is_pulled(home) { Ok(()) } else { File::create_new(home.latch()).map(drop).map_err(|_| error) }
    });
    written.map_err(Error::io("cannot write the kill switch's latch"))
}

/// The pull that stands now.
pub(crate) fn standing(home: &Home) -> Pull {
    Pull(fs::read(home.latch()).ok())
}

/// Opens trading again, unless the switch was pulled anew since `seen`.
///
/// # Errors
/// `kill_pulled_again`; when the latch cannot be removed.
pub(crate) fn clear(home: &Home, seen: &Pull) -> Result<()> {
    if is_pulled(home) && standing(home) != *seen {
        let words = "the kill switch was pulled again meanwhile: it stays pulled";
        return Err(Error::refused("kill_pulled_again", words));
    }
    match fs::remove_file(home.latch()) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("cannot remove the latch")(error)),
        _ => sync_folder(home.path()).map_err(Error::io("cannot make the removal of the latch durable")),
    }
}

/// The switch as it stands, for showing.
#[must_use]
pub fn state(home: &Home) -> KillState {
    let pulled = is_pulled(home);
    let (since, note) = match (pulled, read(home)) {
        (false, _) => (None, None),
        (true, Ok(latch)) => (Some(latch.pulled_at), None),
        (true, Err(error)) => (None, Some(format!("the latch cannot be read ({error}): it counts as pulled"))),
    };
    let receipt = if pulled { newest_receipt(home) } else { None };
    KillState { pulled, since, note, receipt }
}

fn read(home: &Home) -> std::result::Result<Latch, String> {
    let bytes = fs::read(home.latch()).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

/// Writes a file that is there whole or not at all, also when two processes write it at once.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let apart = random::<4>().map_or_else(|_| std::process::id(), u32::from_le_bytes);
    let part = path.with_extension(format!("{apart:08x}.part"));
    let written = (|| {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written?;
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
        clear(&home, &standing(&home)).unwrap();
        assert!(!is_pulled(&home));
    }

    #[test]
    fn who_clears_one_pull_does_not_clear_the_next() {
        let (_folder, home) = home();
        pull(&home, Timestamp::from_millis(5)).unwrap();
        let seen = standing(&home);
        pull(&home, Timestamp::from_millis(6)).unwrap();
        assert_eq!(clear(&home, &seen).unwrap_err().code(), "kill_pulled_again");
        assert!(is_pulled(&home));
    }

    #[test]
    fn a_damaged_or_unreadable_latch_counts_as_pulled_can_be_pulled_and_cleared() {
        let (_folder, home) = home();
        fs::write(home.latch(), b"\xff\x00 nonsense").unwrap();
        assert!(is_pulled(&home));
        assert!(state(&home).note.is_some());
        clear(&home, &standing(&home)).unwrap();
        assert!(!is_pulled(&home));
        fs::create_dir(home.latch()).unwrap();
        assert!(is_pulled(&home), "even a folder in its place");
        pull(&home, Timestamp::from_millis(5)).unwrap();
        assert!(is_pulled(&home));
    }
}
