//! The last head (device, seq, hash) in a file beside the database, so that a removed tail is noticed.
//!
//! Two slots are written in turn, in place, after each commit: a torn record leaves the one before, and an older record
//! is harmless. Nothing is synced: the database is durable before this is written, so the file is never ahead of it
//! unless somebody took facts away.

use crate::{Result, StoreError};
use domain::{DeviceId, FactHash};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"OMCHEAD1";
const RECORD_BYTES: usize = 88;
const SLOT_BYTES: usize = 128;

/// Where a journal ended when this was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub device: DeviceId,
    pub seq: u64,
    pub hash: FactHash,
}

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeadState {
    Missing,
    Unreadable,
    Known(Head),
}

fn sum(record: &[u8]) -> [u8; 16] {
    let digest = Sha256::digest(record);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes
}

fn encode(counter: u64, head: &Head) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    record[..8].copy_from_slice(MAGIC);
    record[8..16].copy_from_slice(&counter.to_le_bytes());
    record[16..32].copy_from_slice(head.device.bytes());
    record[32..40].copy_from_slice(&head.seq.to_le_bytes());
    record[40..72].copy_from_slice(&head.hash.0);
    let sum = sum(&record[..72]);
    record[72..].copy_from_slice(&sum);
    record
}

fn decode(slot: &[u8]) -> Option<(u64, Head)> {
    let record = slot.get(..RECORD_BYTES)?;
    if !record.starts_with(MAGIC) || record[72..] != sum(&record[..72]) {
        return None;
    }
    let head = Head {
        device: DeviceId::from_slice(&record[16..32]).ok()?,
        seq: u64::from_le_bytes(record[32..40].try_into().ok()?),
        hash: FactHash(record[40..72].try_into().ok()?),
    };
    Some((u64::from_le_bytes(record[8..16].try_into().ok()?), head))
}

fn newest(bytes: &[u8]) -> Option<(u64, Head)> {
    bytes.chunks(SLOT_BYTES).take(2).filter_map(decode).max_by_key(|(counter, _)| *counter)
}

/// Reads the file of a workspace.
pub(crate) fn read(path: &Path) -> Result<HeadState> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(HeadState::Missing),
        Err(error) => return Err(StoreError::io(path, &error)),
    };
    Ok(newest(&bytes).map_or(HeadState::Unreadable, |(_, head)| HeadState::Known(head)))
}

/// The file, kept open by the writer.
#[derive(Debug)]
pub(crate) struct HeadFile {
    file: File,
    path: PathBuf,
    counter: u64,
}

impl HeadFile {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| StoreError::io(path, &error);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        let bytes = std::fs::read(path).map_err(failed)?;
        let counter = newest(&bytes).map_or(0, |(counter, _)| counter);
        Ok(Self { file, path: path.to_path_buf(), counter })
    }

    /// Writes the slot that does not hold the newest record.
    pub(crate) fn write(&mut self, head: &Head) -> Result<()> {
        self.counter += 1;
        let slot = (self.counter % 2) * SLOT_BYTES as u64;
        let record = encode(self.counter, head);
        self.file
            .seek(SeekFrom::Start(slot))
            .and_then(|_| self.file.write_all(&record))
            .map_err(|error| StoreError::io(&self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: u64) -> Head {
        Head { device: DeviceId::from_bytes([3; 16]), seq, hash: FactHash([seq as u8; 32]) }
    }

    #[test]
    fn the_newest_of_two_slots_is_the_head() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head");
        assert_eq!(read(&path).unwrap(), HeadState::Missing);
        for seq in 1..5 {
            // Opened anew each time: the counter carries on.
            HeadFile::open(&path).unwrap().write(&head(seq)).unwrap();
            assert_eq!(read(&path).unwrap(), HeadState::Known(head(seq)));
        }
    }

    #[test]
    fn a_torn_record_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head");
        let mut file = HeadFile::open(&path).unwrap();
        file.write(&head(1)).unwrap();
        file.write(&head(2)).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[50] ^= 1; // the second record stands in the first slot
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read(&path).unwrap(), HeadState::Known(head(1)));
        bytes[SLOT_BYTES + 50] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read(&path).unwrap(), HeadState::Unreadable);
    }
}
