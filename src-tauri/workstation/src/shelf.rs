//! Trained models as files: `models/<SHA-256>.json` in the workspace folder.
//!
//! Invariants: a file's name is the hash of its bytes, and what is read is held against it; a file is written whole or not at
//! all; none is removed but by a person. Deliberately absent: what such a file holds (`research::models`).

use crate::{Error, Home};
use research::sweep::Unmade;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

/// Models of one workspace.
pub(crate) const MODELS_MAX: usize = 200;
const ID_DIGITS: usize = 64;
/// The fewest digits of an id that a person types.
const TYPED_DIGITS: usize = 6;

/// Why a model can't be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShelfError {
    #[error("there is no model '{0}': `omc models` lists them; give at least {TYPED_DIGITS} digits of an id")]
    Unknown(String),
    #[error("{count} models begin with '{typed}': give more digits of the id")]
    Ambiguous { typed: String, count: usize },
    #[error("model {0} is not in the workspace any more: bring its file back, or train it again")]
    Missing(String),
    #[error("the file of model {0} holds other bytes than were trained: it was altered or damaged, and is not used")]
    Altered(String),
    #[error("there are {MODELS_MAX} models, which is the most: remove one with `omc models remove`")]
    Full,
    #[error("cannot read or write {}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
}

impl ShelfError {
    /// The stable code for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "model_unknown",
            Self::Ambiguous { .. } => "model_ambiguous",
            Self::Missing(_) => "model_missing",
            Self::Altered(_) => "model_altered",
            Self::Full => "too_many_models",
            Self::Io { .. } => "cannot_read",
        }
    }
}

impl From<ShelfError> for Error {
    fn from(error: ShelfError) -> Self {
        let (code, message) = (error.code(), error.to_string());
        match error {
            ShelfError::Unknown(_) | ShelfError::Ambiguous { .. } => Self::Usage { code, message },
            ShelfError::Io { path, error } => Self::io(format!("cannot read or write {}", path.display()))(error),
            _ => Self::refused(code, message),
        }
    }
}

impl From<ShelfError> for Unmade {
    fn from(error: ShelfError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

type Result<T> = std::result::Result<T, ShelfError>;

/// The models of a workspace.
#[derive(Debug, Clone)]
pub(crate) struct Shelf(PathBuf);

impl Shelf {
    pub fn of(home: &Home) -> Self {
        Self(home.models())
    }

    pub fn path(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }

    fn failed(&self) -> impl Fn(std::io::Error) -> ShelfError {
        |error| ShelfError::Io { path: self.0.clone(), error }
    }

    /// The ids of all that there are, in their order. What bears another name is none.
    pub fn ids(&self) -> Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed()(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(self.failed())?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".json")).filter(|id| is_id(id));
            ids.extend(id.map(str::to_owned));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// The id that begins so.
    pub fn find(&self, typed: &str) -> Result<String> {
        let typed = typed.trim().to_ascii_lowercase();
        let unknown = || ShelfError::Unknown(ledgers::inert(&typed).chars().take(ID_DIGITS).collect());
        if typed.len() < TYPED_DIGITS {
            return Err(unknown());
        }
        let mut found: Vec<String> = self.ids()?.into_iter().filter(|id| id.starts_with(&typed)).collect();
        match found.len() {
            0 => Err(unknown()),
            1 => found.pop().ok_or_else(unknown),
            count => Err(ShelfError::Ambiguous { typed, count }),
        }
    }

    /// That one more may be kept.
    pub fn room(&self) -> Result<()> {
        if self.ids()?.len() < MODELS_MAX { Ok(()) } else { Err(ShelfError::Full) }
    }

    /// Keeps a model, whole or not at all; the same again is the same file.
    pub fn keep(&self, bytes: &[u8]) -> Result<String> {
        let id = id_of(bytes);
        std::fs::create_dir_all(&self.0).map_err(self.failed())?;
        if self.read(&id, bytes.len()).is_ok_and(|kept| kept == bytes) {
            return Ok(id);
        }
        let io = |path: PathBuf, error: std::io::Error| ShelfError::Io { path, error };
        let path = self.path(&id);
        reports::write_file(&path, bytes).map_err(|error| io(path, std::io::Error::other(error.to_string())))?;
        Ok(id)
    }

    /// The bytes of a model, of at most so many, and exactly those it was kept with.
    pub fn read(&self, id: &str, most: usize) -> Result<Vec<u8>> {
        let path = self.path(id);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(ShelfError::Missing(short(id))),
            Err(error) => return Err(ShelfError::Io { path, error }),
        };
        let mut bytes = Vec::new();
        let read = file.take(most as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| ShelfError::Io { path, error })?;
        if bytes.len() > most || id_of(&bytes) != id { Err(ShelfError::Altered(short(id))) } else { Ok(bytes) }
    }

    /// How large a model's file is, and when it was written; nothing for what can't be looked at.
    pub fn about(&self, id: &str) -> Option<(u64, std::time::SystemTime)> {
        let told = std::fs::metadata(self.path(id)).ok()?;
        Some((told.len(), told.modified().ok()?))
    }

    /// Removes a model.
    pub fn remove(&self, id: &str) -> Result<()> {
        let path = self.path(id);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(ShelfError::Missing(short(id))),
            other => other.map_err(|error| ShelfError::Io { path, error }),
        }
    }
}

fn is_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// What a model is known by.
pub(crate) fn id_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As much of an id as is shown.
pub(crate) fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf() -> (tempfile::TempDir, Shelf) {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf(folder.path().join("models"));
        (folder, shelf)
    }

    #[test]
    fn what_is_kept_is_found_by_the_beginning_of_its_hash_and_read_to_the_byte() {
        let (_folder, shelf) = shelf();
        assert!(shelf.ids().unwrap().is_empty());
        let id = shelf.keep(b"a model").unwrap();
        assert_eq!(shelf.keep(b"a model").unwrap(), id, "the same again is the same file");
        let other = shelf.keep(b"another").unwrap();
        std::fs::write(shelf.0.join("notes.json"), "no model").unwrap();
        assert_eq!(shelf.ids().unwrap().len(), 2);
        assert_eq!(shelf.find(&id[..6].to_uppercase()).unwrap(), id);
        assert_eq!(shelf.find(&id[..5]).unwrap_err().code(), "model_unknown");
        assert_eq!(shelf.find("../../etc/passwd").unwrap_err().code(), "model_unknown");
        assert_eq!(shelf.read(&id, 100).unwrap(), b"a model");
        shelf.remove(&other).unwrap();
        assert_eq!(shelf.read(&other, 100).unwrap_err().code(), "model_missing");
    }

    #[test]
    fn altered_or_cut_bytes_are_never_handed_out_and_mend_when_the_same_is_kept_again() {
        let (_folder, shelf) = shelf();
        let id = shelf.keep(b"a model").unwrap();
        for bytes in [&b"a Model"[..], b"a mode", b"", b"a model and more than may be"] {
            std::fs::write(shelf.path(&id), bytes).unwrap();
            assert_eq!(shelf.read(&id, 7).unwrap_err().code(), "model_altered");
        }
        assert_eq!(shelf.keep(b"a model").unwrap(), id);
        assert_eq!(shelf.read(&id, 7).unwrap(), b"a model");
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let (_folder, shelf) = shelf();
        for number in 0..MODELS_MAX {
            shelf.room().unwrap();
            shelf.keep(number.to_string().as_bytes()).unwrap();
        }
        assert_eq!(shelf.room().unwrap_err().code(), "too_many_models");
    }
}
