//! Asking EDGAR, filer by filer.

use super::acceptance::Habit;
use super::parse::{self, Found};
use super::{CONTACT, CONTACT_CHARS_MAX, FILERS, Filer, INFO, NAME, SITE};
use crate::error::SourceError;
use crate::reading::read;
use crate::round::Round;
use domain::Timestamp;
use ledgers::{Collected, Settings};
use omc_http::{Base, Client, Get, Lane, base_url};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(20);
/// A thousand filings are about a megabyte.
const BYTES_MAX: usize = 16 << 20;
const ATTEMPTS_MAX: u32 = 2;

/// EDGAR.
#[derive(Clone)]
pub struct Edgar {
    http: Arc<Client>,
    base: Base,
    settings: Arc<dyn Settings>,
    /// Which clock each filer's times follow, once that was proven: what proves it may be out of sight a day later.
    habits: Arc<Mutex<HashMap<u32, Habit>>>,
}

impl Edgar {
    pub fn new(http: Arc<Client>, url: Option<&str>, settings: Arc<dyn Settings>) -> Result<Self, SourceError> {
        Ok(Self { http, base: base_url(url, SITE)?, settings, habits: Arc::default() })
    }

    /// Whom the SEC may write to, or what to do about it.
    pub fn contact(&self) -> Result<String, String> {
        let set = self.settings.value(INFO.name, CONTACT).unwrap_or_default();
        let contact = set.trim();
        let advice =
            "set it with `omc sources set sec_edgar contact=\"Your Name you@example.com\"`, or in OMC_SEC_CONTACT";
        if contact.is_empty() {
            return Err(format!("{NAME} answers only those who give an e-mail address with each request: {advice}"));
        }
        let is_address =
            |word: &str| word.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
        let fits = contact.chars().count() <= CONTACT_CHARS_MAX && contact.chars().all(|c| matches!(c, ' '..='~'));
        if !fits || !contact.split(' ').any(is_address) {
            return Err(format!("the contact for {NAME} holds no e-mail address in plain letters: {advice}"));
        }
        Ok(contact.to_owned())
    }

    /// The filings of the last 30 days of every filer. One that fails costs itself.
    pub async fn filings(&self, now: Timestamp) -> Result<Collected, SourceError> {
        let contact = self.contact().map_err(|message| SourceError::NotConfigured { message })?;
        let mut round = Round::begin();
        for filer in FILERS {
            if !round.goes_on() {
                continue;
            }
            match self.filer(*filer, &contact, now).await {
                Ok(found) => {
                    self.habits().insert(filer.cik, found.habit);
                    round.answered(found.collected, &found.fields);
                }
                Err(error) => round.failed(filer.ticker, error),
            }
        }
        let collected = round.finish()?;
        let dated = |collected: &Collected| collected.observations.iter().any(|found| found.undated.is_none());
        if !collected.observations.is_empty() && !dated(&collected) {
            let reason = "not one filing has a time of acceptance".to_owned();
            return Err(SourceError::SchemaChanged { service: NAME, reason });
        }
        Ok(collected)
    }

    async fn filer(&self, filer: Filer, contact: &str, now: Timestamp) -> Result<Found, SourceError> {
        let file = format!("CIK{}.json", filer.padded());
        let get = Get::json(self.base.url(&["submissions", &file], &[]), Lane::Bulk)
            .deadline(DEADLINE)
            .bytes_max(BYTES_MAX)
            .attempts_max(ATTEMPTS_MAX)
            .header("user-agent", &format!("{} {contact}", concat!("OhMyCoins/", env!("CARGO_PKG_VERSION"))))
            .conditional();
        let known = self.habits().get(&filer.cik).copied().unwrap_or(Habit::Unknown);
        read(&self.http, &get, |body| parse::parse(body, filer, known, now)).await
    }

    fn habits(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Habit>> {
        self.habits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
