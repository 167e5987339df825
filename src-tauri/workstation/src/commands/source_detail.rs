//! One source in full: what may be set for it, how it fared, what it brought.
//!
//! Invariants: a secret is told as set or not, never as a value; a day or a stretch without runs says so.
//! Deliberately absent: changing anything.

use super::collect::{known, known_sources};
use super::market::feed_id;
use crate::commands::LedgerRequest;
use crate::dto::{DayVolume, ObservationRow, SettingRow, SourceDetail, SourceStatistics};
use crate::settings::described;
use crate::{Result, Workstation};
use domain::Name;
use ledgers::{Setting, SettingKind};
use store::RunSums;

/// The stretches of time the statistics are of, with their hours.
const WINDOWS: [(&str, i64); 3] = [("24h", 24), ("7d", 7 * 24), ("30d", 30 * 24)];
const HOUR_MICROS: i64 = 3_600 * 1_000_000;
const VOLUME_DAYS: i64 = 30;
const SAMPLES: usize = 10;

fn statistics(window: &str, sums: RunSums) -> SourceStatistics {
    let count = |figure: u64| u32::try_from(figure).unwrap_or(u32::MAX);
    // At most a few hundred thousand runs: exact as f64.
    let answered = (sums.runs > 0).then(|| sums.runs.saturating_sub(sums.failed) as f64 / sums.runs as f64);
    SourceStatistics {
        window: window.to_owned(),
        runs: count(sums.runs),
        failed: count(sums.failed),
        partial: count(sums.partial),
        answered,
        new: sums.new,
        revised: sums.revised,
        duplicate: sums.duplicate,
        rejected: sums.rejected,
    }
}

impl Workstation {
    /// One source in full.
    ///
    /// # Errors
    /// A name that is no source; the store's.
    pub async fn source_detail(&self, name: &str) -> Result<SourceDetail> {
        let info = known(name)?;
        self.load_settings().await?;
        let mut rows = self.sources_view().await?.sources;
        let place = known_sources().iter().position(|known| known.name == info.name).unwrap_or(0);
        let row = rows.swap_remove(place.min(rows.len().saturating_sub(1)));
        let of = described(info.name);
        let (id, now) = (feed_id(info.name)?, self.now());
        let mut windows = Vec::with_capacity(WINDOWS.len());
        for (window, hours) in WINDOWS {
            windows.push(statistics(window, self.store().run_sums(&id, now.plus_micros(-hours * HOUR_MICROS)).await?));
        }
        Ok(SourceDetail {
            row,
            publisher: of.publisher.to_owned(),
            site: of.site.to_owned(),
            settings: of.settings.iter().map(|setting| self.setting_row(info.name, setting)).collect(),
            statistics: windows,
            volume: self.volume(&id).await?,
            samples: self.samples(info.name, info.ledger.as_str()).await?,
        })
    }

    fn setting_row(&self, source: &str, setting: &Setting) -> SettingRow {
        let overridden = self.inner.settings.overridden(source, setting.name);
        let secret = matches!(setting.kind, SettingKind::Secret);
        let value = match overridden {
            _ if secret => None,
            Some((_, value)) => Some(value.to_owned()),
            None => self.inner.settings.stored(source).remove(setting.name),
        };
        let is_set = if secret { self.inner.secrets.origin(setting.name).is_some() } else { value.is_some() };
        let options = |of: &[&str]| of.iter().map(|option| (*option).to_owned()).collect();
        let (kind, options, min, max) = match setting.kind {
            SettingKind::Text { chars_max } => ("text", Vec::new(), None, u32::try_from(chars_max).ok()),
            SettingKind::Choice { of } => ("choice", options(of), None, None),
            SettingKind::Choices { of } => ("choices", options(of), None, None),
            SettingKind::Whole { min, max } => ("whole", Vec::new(), Some(min), Some(max)),
            SettingKind::Secret => ("secret", Vec::new(), None, None),
        };
        SettingRow {
            name: setting.name.to_owned(),
            label: setting.label.to_owned(),
            help: setting.help.to_owned(),
            kind: kind.to_owned(),
            options,
            min,
            max,
            required: setting.required,
            default: setting.default.to_owned(),
            value,
            is_set,
            overridden_by: overridden.map(|(variable, _)| variable.to_owned()),
        }
    }

    /// What a source brought on each of the last days, also those on which it did not run.
    async fn volume(&self, source: &Name) -> Result<Vec<DayVolume>> {
        let today = domain::Interval::D1.floor(self.now());
        let first = today.plus_micros(-(VOLUME_DAYS - 1) * 24 * HOUR_MICROS);
        let known = self.store().run_days(source, first).await?;
        let day = |back: i64| {
            let day = today.plus_micros(-back * 24 * HOUR_MICROS);
            let known = known.iter().find(|known| known.day == day);
            DayVolume {
                day,
                runs: known.map_or(0, |known| u32::try_from(known.runs).unwrap_or(u32::MAX)),
                items: known.map_or(0, |known| known.items),
            }
        };
        Ok((0..VOLUME_DAYS).rev().map(day).collect())
    }

    async fn samples(&self, name: &str, ledger: &str) -> Result<Vec<ObservationRow>> {
        let request = LedgerRequest {
            ledger: ledger.to_owned(),
            source: Some(name.to_owned()),
            limit: Some(SAMPLES),
            ..LedgerRequest::default()
        };
        let mut samples = self.ledger(&request).await?.observations;
        samples.reverse();
        Ok(samples)
    }
}
