//! A folder of files that is there whole or not at all.
//!
//! Invariants: everything is written beside its place and made durable first; what was there is replaced only when it is an
//! earlier export with nothing of anybody else's in it, so no file of a person's is ever removed. A crash between the two
//! renamings leaves the old and the new folder beside the place, both whole, under names that end in `.old` and `.part`.

use crate::{Field, ReportError, TableFile, TableWritten};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The name of the file that says what is in the folder.
pub const MANIFEST: &str = "omc-export.json";
/// Its field that says so.
const MARK: &str = "omc_export";
/// The layout of the folder.
const VERSION: u32 = 1;
/// A manifest larger than this is none of ours.
const MANIFEST_BYTES_MAX: u64 = 64 << 20;
/// Files looked at before a folder is called somebody else's.
const FILES_MAX: usize = 1_000_000;

/// A folder on its way to its place.
#[derive(Debug)]
pub struct ExportFolder {
    place: PathBuf,
    part: PathBuf,
    files: Vec<(String, TableWritten)>,
    placed: bool,
}

impl ExportFolder {
    /// Begins beside the place.
    ///
    /// # Errors
    /// [`ReportError::NotOurs`] where something else is; [`ReportError::Io`].
    pub fn begin(place: &Path) -> Result<Self, ReportError> {
        let place = std::path::absolute(place).map_err(|source| failed(place, source))?;
        let Some(name) = place.file_name().map(|name| name.to_string_lossy().into_owned()) else {
            return Err(ReportError::NotOurs { path: place.display().to_string() });
        };
        replaceable(&place)?;
        // Of this process alone: two that export to the same place don't write into each other's.
        let part = place.with_file_name(format!("{name}.{}.part", std::process::id()));
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(|source| failed(parent, source))?;
        }
        fs::create_dir(&part).map_err(|source| failed(&part, source))?;
        Ok(Self { place, part, files: vec![], placed: false })
    }

    /// Begins a table in the folder; `name` is its path within it, parted by slashes.
    ///
    /// # Errors
    /// [`ReportError::Io`], [`ReportError::Parquet`].
    pub fn table(&self, name: &str, fields: &[Field], about: &[(&str, String)]) -> Result<TableFile, ReportError> {
        let path = self.part.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
        }
        TableFile::create(&path, fields, about)
    }

    /// Notes a table that was finished.
    pub fn add(&mut self, name: String, written: TableWritten) {
        self.files.push((name, written));
    }

    /// The files so far.
    #[must_use]
    pub fn files(&self) -> &[(String, TableWritten)] {
        &self.files
    }

    /// Writes the manifest and puts the folder in its place. The SHA-256 of the manifest.
    ///
    /// # Errors
    /// [`ReportError::NotOurs`], [`ReportError::Io`]; the place is then as it was.
    pub fn place(mut self, mut manifest: Map<String, Value>) -> Result<String, ReportError> {
        self.files.sort_by(|a, b| a.0.cmp(&b.0));
        let file = |(name, of): &(String, TableWritten)| json!({ "file": name, "rows": of.rows, "unfitting": of.unfitting, "bytes": of.bytes, "sha256": of.sha256 });
        manifest.insert(MARK.to_owned(), VERSION.into());
        manifest.insert("files".to_owned(), self.files.iter().map(file).collect());
        let text = serde_json::to_string_pretty(&Value::Object(manifest)).unwrap_or_default() + "\n";
        let path = self.part.join(MANIFEST);
        File::create_new(&path)
            .and_then(|mut out| out.write_all(text.as_bytes()).and_then(|()| out.sync_all()))
            .map_err(|source| failed(&path, source))?;
        settle_all(&self.part).map_err(|source| failed(&self.part, source))?;
        self.swap()?;
        self.placed = true;
        Ok(crate::parquet_file::sha256(text.as_bytes()))
    }

    fn swap(&self) -> Result<(), ReportError> {
        let in_place = |source| failed(&self.place, source);
        match replaceable(&self.place)? {
            There::Nothing => fs::rename(&self.part, &self.place).map_err(in_place)?,
            There::Empty => {
                fs::remove_dir(&self.place).map_err(in_place)?;
                fs::rename(&self.part, &self.place).map_err(in_place)?;
            }
            There::Export => {
                let old = self.part.with_extension("old");
                fs::rename(&self.place, &old).map_err(in_place)?;
                if let Err(source) = fs::rename(&self.part, &self.place) {
                    // As it was; where even that fails both are beside the place.
                    let _ = fs::rename(&old, &self.place);
                    return Err(in_place(source));
                }
                // What can't be removed is an old export, named so.
                let _ = fs::remove_dir_all(&old);
            }
        }
        let parent = self.place.parent().unwrap_or(Path::new("."));
        // A folder that can't be synced (some network ones) has the export all the same.
        let _ = settle(parent);
        Ok(())
    }
}

impl Drop for ExportFolder {
    fn drop(&mut self) {
        if !self.placed {
            // What can't be removed is a part, named so.
            let _ = fs::remove_dir_all(&self.part);
        }
    }
}

fn failed(path: &Path, source: std::io::Error) -> ReportError {
    ReportError::Io { path: path.display().to_string(), source }
}

/// What stands at the place.
enum There {
    Nothing,
    Empty,
    Export,
}

/// Whether a place may be taken.
fn replaceable(place: &Path) -> Result<There, ReportError> {
    let not_ours = || ReportError::NotOurs { path: place.display().to_string() };
    match fs::symlink_metadata(place) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(There::Nothing),
        Err(source) => return Err(failed(place, source)),
        Ok(there) if !there.is_dir() => return Err(not_ours()),
        Ok(_) => {}
    }
    let mut files = BTreeSet::new();
    walk(place, "", &mut files).map_err(|source| failed(place, source))?;
    if files.is_empty() {
        let empty = fs::read_dir(place).map_err(|source| failed(place, source))?.next().is_none();
        return if empty { Ok(There::Empty) } else { Err(not_ours()) };
    }
    let manifest = place.join(MANIFEST);
    let small = fs::metadata(&manifest).is_ok_and(|file| file.len() <= MANIFEST_BYTES_MAX);
    let text =
        if small { fs::read_to_string(&manifest).map_err(|source| failed(&manifest, source))? } else { String::new() };
    let told: Value = serde_json::from_str(&text).map_err(|_| not_ours())?;
    let listed = told.get("files").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut own: BTreeSet<String> =
        listed.iter().filter_map(|file| file.get("file")?.as_str().map(str::to_owned)).collect();
    own.insert(MANIFEST.to_owned());
    if told.get(MARK).is_some() && files.is_subset(&own) { Ok(There::Export) } else { Err(not_ours()) }
}

/// Every file below a folder, by its path within it.
fn walk(folder: &Path, before: &str, files: &mut BTreeSet<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() && files.len() < FILES_MAX {
            walk(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name);
        }
    }
    Ok(())
}

/// Makes the names in a folder and below it durable.
fn settle_all(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            settle_all(&entry.path())?;
        }
    }
    settle(folder).or(Ok(()))
}

#[cfg(unix)]
fn settle(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn settle(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Holds, Value as Cell};

    fn export(place: &Path, rows: i64) -> Result<String, ReportError> {
        let mut folder = ExportFolder::begin(place)?;
        let name = "trades/month=2024-01/live-0.parquet".to_owned();
        let mut table = folder.table(&name, &[Field::of("n", Holds::Whole)], &[])?;
        for n in 0..rows {
            table.push(vec![Cell::Whole(n)])?;
        }
        let written = table.finish()?;
        folder.add(name, written);
        folder.place(Map::new())
    }

    fn names(folder: &Path) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        walk(folder, "", &mut files).unwrap();
        files
    }

    #[test]
    fn an_export_takes_the_place_of_an_earlier_one_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("new/out");
        let first = export(&place, 3).unwrap();
        assert_eq!(export(&place, 3).unwrap(), first, "the same rows, the same manifest");
        assert_ne!(export(&place, 4).unwrap(), first);
        assert_eq!(names(&place).len(), 2);
        assert_eq!(fs::read_dir(place.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
        fs::write(place.join("notes.txt"), "mine").unwrap();
        assert_eq!(export(&place, 5).unwrap_err().code(), "not_an_export");
        assert_eq!(fs::read_to_string(place.join("notes.txt")).unwrap(), "mine");
        let file = folder.path().join("a");
        fs::write(&file, "a").unwrap();
        assert_eq!(export(&file, 5).unwrap_err().code(), "not_an_export");
        fs::create_dir(folder.path().join("empty")).unwrap();
        export(&folder.path().join("empty"), 1).unwrap();
    }

    #[test]
    fn an_export_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let begun = ExportFolder::begin(&folder.path().join("out")).unwrap();
        begun.table("a/b.parquet", &[Field::of("n", Holds::Whole)], &[]).unwrap();
        drop(begun);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
