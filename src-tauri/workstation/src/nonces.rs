//! The numbers of signed calls, kept in the workspace folder.
//!
//! One small file a key, named by the first half of the key's SHA-256, which tells nothing of the key. It says below which
//! number every one used so far lies. Invariants: no number is given twice or after a greater one, whichever process of this
//! machine draws it, and however the clock is set; the file is durable before a number it covers is given. A minute's numbers
//! are covered at once, so that a call seldom pays for the disk; a crash loses them, which is no harm. Each draw reads the
//! file under a lock, so that a process notices what another has drawn and goes on above it.
//!
//! A file that can't be read refuses: below what the exchange has seen it would refuse every call, and where that is nobody
//! knows. Removing it is a person's decision; numbers then go on from the clock. Only the kill switch goes on without a file or its
//! lock ([`NonceFile::take_over`]), an hour ahead, and others follow it.

use crate::home::Home;
use crate::kill::write_durably;
use coinspot::{NonceError, Nonces};
use ledgers::Secret;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Numbers covered at once: a minute of milliseconds.
const AHEAD: u64 = 60_000;
/// How far ahead one goes who knows nothing of the last number: an hour.
const LEAP: u64 = 3_600_000;
/// How long the lock is waited for. It is held for moments only.
const LOCK_WAIT: Duration = Duration::from_secs(2);
const LOCK_PAUSE: Duration = Duration::from_millis(1);
/// Beyond this a number is not exact everywhere.
const NUMBER_MAX: u64 = 1 << 53;

/// The first half of a key's fingerprint.
pub(crate) fn fingerprint(key: &Secret) -> [u8; 16] {
    let digest = Sha256::digest(key.reveal().as_bytes());
    let mut half = [0; 16];
    for (to, from) in half.iter_mut().zip(digest) {
        *to = from;
    }
    half
}

#[derive(Debug, Default)]
struct Drawn {
    last: u64,
    /// What this process wrote last.
    covered: Option<u64>,
    /// The lock could not be had: it is not waited for again.
    stuck: bool,
    leapt: bool,
}

/// The numbers of one key.
#[derive(Debug)]
pub(crate) struct NonceFile {
    path: PathBuf,
    by_force: bool,
    drawn: Mutex<Drawn>,
}

fn failed(path: &Path, what: &str) -> NonceError {
    NonceError { reason: format!("{}: {what}", path.display()) }
}

impl NonceFile {
    /// The numbers of a key.
    pub fn of(home: &Home, key: &Secret) -> Self {
        Self::new(home, key, false)
    }

    fn new(home: &Home, key: &Secret, by_force: bool) -> Self {
        let name: String = fingerprint(key).iter().map(|byte| format!("{byte:02x}")).collect();
        let path = home.path().join("nonces").join(name);
        Self { path, by_force, drawn: Mutex::default() }
    }

    /// The same for the kill switch, while the process that holds the workspace may hang: the lock is waited for once, for at
    /// most two seconds, and neither it nor a damaged file nor a full disk ends in a refusal.
    pub fn take_over(home: &Home, key: &Secret) -> Self {
        Self::new(home, key, true)
    }

    fn lock(&self) -> Result<File, NonceError> {
        let path = self.path.with_extension("lock");
        let io = |error: std::io::Error| failed(&path, &error.to_string());
        std::fs::create_dir_all(self.path.parent().unwrap_or(Path::new("."))).map_err(io)?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(io)?;
        let until = Instant::now() + LOCK_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::WouldBlock) => return Err(failed(&path, "another process holds it for too long")),
                Err(TryLockError::Error(error)) => return Err(io(error)),
            }
        }
    }

    /// What the file covers; nothing for a key that was never used here.
    fn read(&self) -> Result<Option<u64>, NonceError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&self.path, &error.to_string())),
        };
        let number = text.strip_suffix('\n').and_then(|line| {
            let (first, again) = line.split_once(' ')?;
            (first == again).then(|| first.parse::<u64>().ok()).flatten().filter(|number| *number <= NUMBER_MAX)
        });
        let damaged = "it is damaged. Remove it when no call was ever made with a clock that was ahead";
        number.map(Some).ok_or_else(|| failed(&self.path, damaged))
    }

    /// Written twice in a line, so that a part of it is not taken for it.
    fn write(&self, covered: u64) -> Result<(), NonceError> {
        write_durably(&self.path, format!("{covered} {covered}\n").as_bytes())
            .map_err(|error| failed(&self.path, &error.to_string()))
    }

    fn draw(&self, drawn: &mut Drawn, now_ms: u64, least: u64) -> Result<u64, NonceError> {
        let number = now_ms.max(least).max(drawn.last.saturating_add(1));
        if number > NUMBER_MAX - AHEAD {
            return Err(failed(&self.path, "its number is beyond what can be counted"));
        }
        if drawn.covered.is_none_or(|covered| number > covered) {
            let covered = number + AHEAD;
            match self.write(covered) {
                Err(error) if !self.by_force => return Err(error),
                _ => drawn.covered = Some(covered),
            }
        }
        drawn.last = number;
        Ok(number)
    }

    fn next_by_force(&self, drawn: &mut Drawn, now_ms: u64) -> Result<u64, NonceError> {
        let lock = if drawn.stuck { None } else { self.lock().ok() };
        drawn.stuck = lock.is_none();
        let stored = self.read();
        let least = match (&stored, lock.is_some()) {
            (Ok(stored), true) => above(*stored, drawn),
            // It goes ahead of whoever it can't see once, and then counts on.
            _ if drawn.leapt => 0,
            _ => {
                drawn.leapt = true;
                stored.ok().flatten().unwrap_or(0).max(now_ms).saturating_add(LEAP)
            }
        };
        self.draw(drawn, now_ms, least)
    }
}

/// Where numbers go on: above what the file covers when that is not what this process covered itself, because another has
/// drawn, or this one begins.
fn above(stored: Option<u64>, drawn: &mut Drawn) -> u64 {
    if stored == drawn.covered {
        return 0;
    }
    drawn.covered = None;
    stored.map_or(0, |stored| stored + 1)
}

impl Nonces for NonceFile {
    fn next(&self, now_ms: u64) -> Result<u64, NonceError> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.by_force {
            return self.next_by_force(&mut drawn, now_ms);
        }
        let _lock = self.lock()?;
        let least = above(self.read()?, &mut drawn);
        self.draw(&mut drawn, now_ms, least)
    }

    fn ready(&self, now_ms: u64) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        // What this process did not cover itself is the next call's to find out.
        let Some(covered) = drawn.covered.filter(|covered| now_ms + AHEAD / 2 > *covered && !self.by_force) else {
            return;
        };
        let further = now_ms.max(covered) + AHEAD;
        let Ok(_lock) = self.lock() else { return };
        if further <= NUMBER_MAX && self.read().ok().flatten() == Some(covered) && self.write(further).is_ok() {
            drawn.covered = Some(further);
        }
    }
}

impl Drop for NonceFile {
    /// Gives back what was covered and not used, so that short-lived processes don't run ahead of the clock.
    fn drop(&mut self) {
        let drawn = self.drawn.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (last, covered, stuck) = (drawn.last, drawn.covered, drawn.stuck);
        if stuck || covered.is_none() {
            return;
        }
        let Ok(_lock) = self.lock() else { return };
        if self.read().ok().flatten() == covered {
            let _ = self.write(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_794_633_600_000;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("w")), false).unwrap();
        home.make().unwrap();
        (folder, home)
    }

    fn key() -> Secret {
        Secret::new("canary-key".to_owned())
    }

    #[test]
    fn numbers_rise_whatever_the_clock_does_and_after_a_restart_and_a_crash() {
        let (_folder, home) = home();
        let mut given = Vec::new();
        let first = NonceFile::of(&home, &key());
        for now in [NOW, NOW, NOW - 86_400_000, NOW + 5, 0, NOW + 200_000, NOW] {
            given.push(first.next(now).unwrap());
        }
        assert_eq!(given[0], NOW);
        // A crash: nothing is given back.
        std::mem::forget(first);
        let second = NonceFile::of(&home, &key());
        given.extend([second.next(NOW).unwrap(), second.next(NOW).unwrap()]);
        drop(second);
        let third = NonceFile::of(&home, &key());
        given.push(third.next(NOW).unwrap());
        assert!(given.is_sorted_by(|a, b| a < b), "{given:?}");
        assert_eq!(given[9], given[8] + 1, "an orderly end gives back what it did not use");
        assert!(!third.path.to_string_lossy().contains("canary"));
    }

    #[test]
    fn processes_that_share_a_key_never_draw_behind_each_other() {
        let (_folder, home) = home();
        let ours: Vec<NonceFile> = (0..3).map(|_| NonceFile::of(&home, &key())).collect();
        let given: Vec<u64> = (0..30).map(|turn| ours[turn % 3].next(NOW).unwrap()).collect();
        assert!(given.is_sorted_by(|a, b| a < b), "{given:?}");
        let other = NonceFile::of(&home, &Secret::new("other".to_owned()));
        assert_eq!(other.next(NOW).unwrap(), NOW, "another key counts for itself");
    }

    #[test]
    fn a_call_seldom_pays_for_the_disk() {
        let (_folder, home) = home();
        let numbers = NonceFile::of(&home, &key());
        numbers.next(NOW).unwrap();
        let written = |numbers: &NonceFile| std::fs::metadata(&numbers.path).unwrap().modified().unwrap();
        let before = written(&numbers);
        for at in 0..1_000 {
            numbers.next(NOW + at * 50).unwrap();
        }
        assert_eq!(written(&numbers), before);
    }

    #[test]
    fn what_was_made_ready_is_paid_for_before_the_call_and_another_processes_numbers_are_left_alone() {
        let (_folder, home) = home();
        let (numbers, other) = (NonceFile::of(&home, &key()), NonceFile::of(&home, &key()));
        numbers.next(NOW).unwrap();
        numbers.ready(NOW + 50_000);
        let text = std::fs::read_to_string(&numbers.path).unwrap();
        assert_eq!(numbers.next(NOW + 100_000).unwrap(), NOW + 100_000);
        assert_eq!(std::fs::read_to_string(&numbers.path).unwrap(), text);
        let theirs = other.next(NOW).unwrap();
        numbers.ready(NOW + 300_000);
        assert!(numbers.next(NOW).unwrap() > theirs);
    }

    #[test]
    fn a_damaged_file_refuses_until_a_person_removes_it() {
        let (_folder, home) = home();
        let numbers = NonceFile::of(&home, &key());
        let first = numbers.next(NOW).unwrap();
        for damage in ["", "17", "17 18\n", "17 17", "x x\n", "99999999999999999999 99999999999999999999\n"] {
            std::fs::write(&numbers.path, damage).unwrap();
            assert!(numbers.next(NOW).is_err(), "{damage:?}");
            assert!(NonceFile::of(&home, &key()).next(NOW).is_err(), "{damage:?}");
        }
        std::fs::remove_file(&numbers.path).unwrap();
        assert!(numbers.next(NOW).unwrap() > first);
    }

    #[test]
    fn a_number_that_cannot_be_kept_is_not_given() {
        let (_folder, home) = home();
        std::fs::write(home.path().join("nonces"), "in the way of the folder").unwrap();
        assert!(NonceFile::of(&home, &key()).next(NOW).is_err());
        assert!(NonceFile::take_over(&home, &key()).next(NOW).is_ok(), "but the kill switch goes on");
    }

    #[test]
    fn the_kill_switch_waits_two_seconds_for_a_process_that_hangs_and_then_goes_ahead_of_it() {
        let (_folder, home) = home();
        let holder = NonceFile::of(&home, &key());
        let last = holder.next(NOW).unwrap();
        let lock = holder.lock().unwrap();
        let killer = NonceFile::take_over(&home, &key());
        let start = Instant::now();
        let given = [killer.next(NOW).unwrap(), killer.next(NOW).unwrap(), killer.next(NOW).unwrap()];
        let waited = start.elapsed();
        assert!(waited >= LOCK_WAIT && waited < LOCK_WAIT * 2, "waits once: {waited:?}");
        assert!(given[0] > last + AHEAD && given[1] == given[0] + 1 && given[2] == given[1] + 1, "{given:?}");
        drop(lock);
        assert!(holder.next(NOW).unwrap() > given[2], "the holder follows when it wakes up");

        std::fs::write(&holder.path, "damaged").unwrap();
        let killer = NonceFile::take_over(&home, &key());
        let given = [killer.next(NOW).unwrap(), killer.next(NOW).unwrap()];
        assert!(given[0] >= NOW + LEAP && given[1] == given[0] + 1, "{given:?}");
    }
}
