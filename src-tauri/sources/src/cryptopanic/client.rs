//! Asking CryptoPanic.

use super::{INFO, MINUTES, MINUTES_MAX, MINUTES_MIN, NAME, PLAN, PLANS, SITE, TOKEN, parse};
use crate::error::SourceError;
use crate::reading::{read, said};
use domain::Timestamp;
use ledgers::{Collected, Secret, Settings};
use omc_http::{Base, Client, Get, HttpError, Lane, base_url};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(20);
const BYTES_MAX: usize = 4 << 20;
/// Each attempt counts against the allowance.
const ATTEMPTS_MAX: u32 = 2;
/// Runs come up to a tenth early.
const EARLY_PERCENT: i64 = 90;

/// CryptoPanic.
pub struct CryptoPanic {
    http: Arc<Client>,
    base: Base,
    settings: Arc<dyn Settings>,
    /// The last good reply, and when it was asked for.
    last: Mutex<Option<(Timestamp, Collected)>>,
}

impl CryptoPanic {
    pub fn new(http: Arc<Client>, url: Option<&str>, settings: Arc<dyn Settings>) -> Result<Self, SourceError> {
        Ok(Self { http, base: base_url(url, SITE)?, settings, last: Mutex::default() })
    }

    /// The token, or what to do about it.
    pub fn token(&self) -> Result<Secret, String> {
        let set = self.settings.secret(TOKEN).filter(|token| !token.reveal().trim().is_empty());
        set.ok_or_else(|| {
            format!(
                "{NAME} answers only with a token: get one at https://cryptopanic.com/developers/api/keys, then run \
                 `omc secrets set {TOKEN}`"
            )
        })
    }

    /// The newest posts.
    pub async fn posts(&self, now: Timestamp) -> Result<Collected, SourceError> {
        let token = self.token().map_err(|message| SourceError::NotConfigured { message })?;
        if let Some(earlier) = self.earlier(now) {
            return Ok(earlier);
        }
        let token = token.reveal().trim();
        let query = [("auth_token", token), ("public", "true"), ("kind", "news")];
        // Without the slash at the end it redirects.
        let url = self.base.url(&["api", self.plan(), "v2", "posts", ""], &query);
        let get = Get::json(url, Lane::Background).deadline(DEADLINE).bytes_max(BYTES_MAX).attempts_max(ATTEMPTS_MAX);
        let asked = read(&self.http, &get, |body| parse::parse(body, token, now)).await;
        let collected = asked.map_err(|error| in_words(error, token))?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, collected.clone()));
        Ok(collected)
    }

    /// The last reply, while it is too early to ask for another.
    fn earlier(&self, now: Timestamp) -> Option<Collected> {
        let set = self.settings.value(INFO.name, MINUTES).and_then(|text| text.trim().parse::<u32>().ok());
        let minutes = set.filter(|minutes| (MINUTES_MIN + 1..=MINUTES_MAX).contains(minutes))?;
        let wait_s = i64::from(minutes) * 60 * EARLY_PERCENT / 100;
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(asked, _)| (0..wait_s).contains(&now.seconds_since(*asked))).map(|(_, all)| all.clone())
    }

    fn plan(&self) -> &'static str {
        let set = self.settings.value(INFO.name, PLAN);
        PLANS.iter().copied().find(|plan| Some(*plan) == set.as_deref()).unwrap_or("developer")
    }
}

/// The service's refusals told apart, without the token they may repeat.
fn in_words(error: SourceError, token: &str) -> SourceError {
    match said(NAME, error, &["info"]) {
        SourceError::Http(HttpError::RateLimited { .. }) => SourceError::AllowanceUsedUp { service: NAME },
        SourceError::Refused { service, message } => {
            SourceError::Refused { service, message: message.replace(token, "…") }
        }
        other => other,
    }
}
