//! The file a sweep is written to while it runs: `sweeps/<id>.jsonl` in the workspace folder.
//!
//! Invariants: one process writes it; what it holds is a prefix of the whole, in order; it is synced at least every second
//! and at its end. What is left of a torn or damaged file is kept up to the first line that is not whole.

use super::Shard;
use crate::{Error, Result};
use research::sweep::{self, Header, Row};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SYNCED_EVERY: Duration = Duration::from_secs(1);
/// Files kept, the newest; a sweep asked for again whose file is gone is run again.
const FILES_KEPT: usize = 100;
const BYTES_KEPT: u64 = 2 << 30;
/// The digits of an id in a file's name.
const ID_DIGITS: usize = 24;

/// A sweep's own file, held.
pub(super) struct Record {
    path: PathBuf,
    file: File,
    shard: Option<Shard>,
    done: BTreeSet<u64>,
    synced: Instant,
}

fn io(path: &Path, what: &str) -> impl FnOnce(std::io::Error) -> Error {
    Error::io(format!("cannot {what} {}", path.display()))
}

impl Record {
    /// Opens a sweep's file, or begins it.
    pub fn open(folder: &Path, header: &Header, shard: Option<Shard>) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(io(folder, "make the folder"))?;
        let id: String = header.id().to_string().chars().take(ID_DIGITS).collect();
        let part = shard.map_or_else(String::new, |Shard { part, of }| format!("-{part}of{of}"));
        let path = folder.join(format!("{id}{part}.jsonl"));
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(io(&path, "open"))?;
        if file.try_lock().is_err() {
            let words = format!("this very sweep runs already: {} is being written", path.display());
            return Err(Error::refused("sweep_running", words));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io(&path, "read"))?;
        let text = whole_lines(bytes);
        let known = sweep::read(&text).ok().filter(|parts| parts.header == *header);
        let (whole, done) =
            known.map_or((0, BTreeSet::new()), |parts| (parts.whole_bytes, parts.blocks.into_keys().collect()));
        file.set_len(whole as u64).map_err(io(&path, "shorten"))?;
        file.seek(SeekFrom::End(0)).map_err(io(&path, "write"))?;
        let mut record = Self { path, file, shard, done, synced: Instant::now() };
        if whole == 0 {
            record.write(&header.line()?)?;
        }
        record.sync()?;
        Ok(record)
    }

    fn is_its(&self, block: u64) -> bool {
        self.shard.is_none_or(|Shard { part, of }| block % of == part - 1)
    }

    /// The blocks of a lane that are still to be run.
    pub fn wants(&self, header: &Header, lane: usize) -> Vec<u64> {
        let first = header.blocks_a_lane() * lane as u64;
        let all = first..first + header.blocks_a_lane();
        all.filter(|block| self.is_its(*block) && !self.done.contains(block)).collect()
    }

    /// Points that are done.
    pub fn points(&self, header: &Header) -> u64 {
        self.done.iter().map(|block| points_of(header, *block)).sum()
    }

    /// Points that are to be done in all.
    pub fn points_wanted(&self, header: &Header) -> u64 {
        (0..header.blocks()).filter(|block| self.is_its(*block)).map(|block| points_of(header, block)).sum()
    }

    /// Adds the next block.
    pub fn append(&mut self, block: u64, rows: &[Row]) -> Result<()> {
        self.write(&sweep::block_line(block, rows)?)?;
        self.done.insert(block);
        if self.synced.elapsed() >= SYNCED_EVERY { self.sync() } else { Ok(()) }
    }

    /// Puts the whole in the place of what there is: nothing is left to be run.
    pub fn fill(&mut self, header: &Header, text: &str) -> Result<()> {
        self.file.set_len(0).map_err(io(&self.path, "shorten"))?;
        self.file.seek(SeekFrom::Start(0)).map_err(io(&self.path, "write"))?;
        self.write(text)?;
        self.done = (0..header.blocks()).collect();
        self.sync()
    }

    fn write(&mut self, line: &str) -> Result<()> {
        self.file.write_all(line.as_bytes()).map_err(io(&self.path, "write"))
    }

    fn sync(&mut self) -> Result<()> {
        self.synced = Instant::now();
        self.file.sync_data().map_err(io(&self.path, "write"))
    }

    /// Everything that was written.
    pub fn finish(mut self) -> Result<String> {
        self.file.sync_all().map_err(io(&self.path, "write"))?;
        self.file.seek(SeekFrom::Start(0)).map_err(io(&self.path, "read"))?;
        let mut text = String::new();
        self.file.read_to_string(&mut text).map_err(io(&self.path, "read"))?;
        Ok(text)
    }
}

fn points_of(header: &Header, block: u64) -> u64 {
    let place = block % header.blocks_a_lane().max(1);
    header.points_a_lane.saturating_sub(place * header.block_points).min(header.block_points)
}

/// The text up to its last whole line.
pub(super) fn whole_lines(mut bytes: Vec<u8>) -> String {
    bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let good = error.utf8_error().valid_up_to();
        let mut bytes = error.into_bytes();
        bytes.truncate(good);
        String::from_utf8(bytes).unwrap_or_default()
    })
}

/// A file of at most so many bytes.
pub(in crate::commands) fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(io(path, "read"))?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(io(path, "read"))?;
    if bytes.len() as u64 > most {
        return Err(Error::refused("file_too_large", format!("{} is too large: merge fewer files", path.display())));
    }
    Ok(bytes)
}

/// Drops the oldest files beyond what is kept. What can't be looked at stays: it is no more than room.
pub(super) fn keep_newest(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut files: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|name| name == "jsonl"))
        .filter_map(|entry| {
            let told = entry.metadata().ok()?;
            Some((told.modified().ok()?, told.len(), entry.path()))
        })
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    let mut bytes = 0u64;
    for (place, (_, size, path)) in files.into_iter().enumerate() {
        bytes = bytes.saturating_add(size);
        if place > 0 && (place >= FILES_KEPT || bytes > BYTES_KEPT) {
            let idle = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
            if idle {
                let _ = std::fs::remove_file(&path);
            }
        }
    }
}
