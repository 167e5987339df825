//! What the workspace takes on disk, and for how long ticks are kept. Candles made of ticks stay, whatever is set.

use crate::dto::{StoragePart, StorageView};
use crate::{Error, Result, Workstation};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// A setting of how ticks are kept.
struct Setting {
    name: &'static str,
    default: u32,
    allowed: RangeInclusive<u32>,
}

const TICKS_DAYS: Setting = Setting { name: "ticks_days", default: 7, allowed: 1..=366 };
/// In millions of bytes.
const TICKS_MB: Setting = Setting { name: "ticks_mb", default: 2_000, allowed: 10..=100_000 };

impl Setting {
    fn read(&self, text: &str) -> Result<u32> {
        text.trim().parse().ok().filter(|value| self.allowed.contains(value)).ok_or_else(|| {
            let (name, least, most) = (self.name, self.allowed.start(), self.allowed.end());
            let shown = ledgers::inert(text);
            Error::usage("bad_setting", format!("{name}: '{shown}' is not a whole number from {least} to {most}"))
        })
    }
}

/// For how long ticks are kept, and how much they may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TicksKept {
    days: u32,
    mb: u32,
}

impl TicksKept {
    pub(crate) const fn micros(self) -> i64 {
        self.days as i64 * DAY_MICROS
    }

    pub(crate) const fn bytes(self) -> u64 {
        self.mb as u64 * 1_000_000
    }
}

impl Workstation {
    async fn set_or_default(&self, setting: &Setting) -> Result<u32> {
        let stored = self.store().setting(setting.name).await?;
        // What another version allowed and this one doesn't is as if it were not set.
        Ok(stored.and_then(|text| setting.read(&text).ok()).unwrap_or(setting.default))
    }

    pub(crate) async fn ticks_kept(&self) -> Result<TicksKept> {
        Ok(TicksKept { days: self.set_or_default(&TICKS_DAYS).await?, mb: self.set_or_default(&TICKS_MB).await? })
    }

    /// What each part takes on disk, and how ticks are kept.
    ///
    /// # Errors
    /// The store's.
    pub async fn storage(&self) -> Result<StorageView> {
        let (kept, size) = (self.ticks_kept().await?, self.store().tick_size().await?);
        let parts = self.store().part_sizes().await?;
        let part = |size: store::PartSize| StoragePart { part: size.part.to_owned(), bytes: size.bytes };
        Ok(StorageView {
            ticks_days: kept.days,
            ticks_mb: kept.mb,
            ticks: size.ticks,
            ticks_since: size.since,
            parts: parts.into_iter().map(part).collect(),
        })
    }

    /// Sets how ticks are kept, all of it or nothing. What is too much now goes when the workstation next tidies up.
    ///
    /// # Errors
    /// A name or value that is none; a workspace opened for reading; the store's.
    pub async fn storage_set(&self, changes: &BTreeMap<String, String>) -> Result<StorageView> {
        self.require_writer()?;
        let mut set = Vec::new();
        for (name, value) in changes {
            let known = [TICKS_DAYS, TICKS_MB].into_iter().find(|setting| setting.name == name);
            let setting = known.ok_or_else(|| {
                let shown = ledgers::inert(name);
                Error::usage("unknown_setting", format!("'{shown}' is not set here: use ticks_days or ticks_mb"))
            })?;
            set.push((setting.name, setting.read(value)?.to_string()));
        }
        self.store().set_settings(&set).await?;
        self.storage().await
    }
}
