//! What sessions made, kept by the hash of its bytes: `artefacts/<first two digits>/<sha256>` in the workspace folder.
//!
//! Invariants: a file is there whole or not at all, and what is read is what its name says; the same bytes are kept once;
//! sizes are bounded. Which session made what, and from what, is in the journal. Deliberately absent: removing anything.

use crate::{Error, Home, Result};
use domain::ArtefactId;
use reports::ReportError;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The largest artefact.
pub(crate) const BYTES_MAX: u64 = 16 << 20;

/// Two that keep the same bytes in this process don't write into each other's file.
static WRITING: Mutex<()> = Mutex::new(());

fn path(home: &Home, id: ArtefactId) -> PathBuf {
    let name = id.to_string();
    home.artefacts().join(name.get(..2).unwrap_or("00")).join(name)
}

/// Keeps bytes; durable on return.
pub(crate) fn keep(home: &Home, bytes: &[u8]) -> Result<ArtefactId> {
    if bytes.len() as u64 > BYTES_MAX {
        let words = format!("an artefact of {} bytes is more than the {BYTES_MAX} that are kept", bytes.len());
        return Err(Error::refused("artefact_too_large", words));
    }
    let id = ArtefactId::of(bytes);
    let path = path(home, id);
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    if read(home, id).is_ok() {
        return Ok(id);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::io(format!("cannot make the folder {}", folder.display())))?;
    }
    reports::write_file(&path, bytes)?;
    Ok(id)
}

/// Reads what was kept, and holds it to its name.
pub(crate) fn read(home: &Home, id: ArtefactId) -> Result<Vec<u8>> {
    let path = path(home, id);
    let opened = std::fs::File::open(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::refused("artefact_missing", format!("there is no artefact {id} in this workspace"))
        }
        _ => ReportError::Io { path: path.display().to_string(), source: error }.into(),
    })?;
    let mut bytes = Vec::new();
    opened.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(Error::io(format!("cannot read {}", path.display())))?;
    if ArtefactId::of(&bytes) != id {
        let words = format!("the artefact {id} was changed since it was kept: it is not used");
        return Err(Error::refused("artefact_altered", words));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().to_path_buf()), false).unwrap();
        (folder, home)
    }

    #[test]
    fn what_was_kept_is_read_again_and_kept_once() {
        let (_folder, home) = home();
        let id = keep(&home, b"a result").unwrap();
        assert_eq!(keep(&home, b"a result").unwrap(), id);
        assert_eq!(read(&home, id).unwrap(), b"a result");
        assert_eq!(std::fs::read_dir(path(&home, id).parent().unwrap()).unwrap().count(), 1, "no parts are left");
    }

    #[test]
    fn an_altered_or_missing_artefact_is_named_and_an_altered_one_is_made_again() {
        let (_folder, home) = home();
        let id = keep(&home, b"a result").unwrap();
        std::fs::write(path(&home, id), b"another").unwrap();
        assert_eq!(read(&home, id).unwrap_err().code(), "artefact_altered");
        assert_eq!(keep(&home, b"a result").unwrap(), id);
        assert_eq!(read(&home, id).unwrap(), b"a result");
        std::fs::remove_file(path(&home, id)).unwrap();
        assert_eq!(read(&home, id).unwrap_err().code(), "artefact_missing");
    }
}
