//! Asking Independent Reserve, coin by coin.

use super::{INFO, NAME, SITE, parse};
use crate::error::SourceError;
use crate::reading::{Refusal, read, said};
use crate::reference::{Markets, Rows, fingerprint_of};
use domain::{Coin, Currency, Timestamp};
use ledgers::{Collected, Reference, shape_of};
use omc_http::{Base, Client, Get, Lane, Url, base_url};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Coins of one run.
pub const COINS_A_RUN: usize = 12;
/// Twelve of them, and the list of codes, stay within a run's cadence.
const DEADLINE: Duration = Duration::from_secs(2);
const BYTES_MAX: usize = 1 << 20;
const ATTEMPTS_MAX: u32 = 3;

/// Independent Reserve.
#[derive(Debug)]
pub struct IndependentReserve {
    http: Arc<Client>,
    base: Base,
    pace: Duration,
    codes: Markets,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// With which of the codes the next run begins.
    turn: usize,
    /// The last answer about each coin. A run sees but some of them, and whether the feed stands still shows in all.
    latest: BTreeMap<Coin, Reference>,
}

impl IndependentReserve {
    pub fn new(http: Arc<Client>, url: Option<&str>, pace: Duration) -> Result<Self, SourceError> {
        let (base, codes, state) = (base_url(url, SITE)?, Markets::default(), Mutex::default());
        Ok(Self { http, base, pace, codes, state })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The prices of the coins whose turn it is. A coin that is refused costs itself; when the service does not answer, the
    /// rest of the run is left for the next.
    pub async fn prices(&self, now: Timestamp) -> Result<Collected, SourceError> {
        let codes = self.codes(now).await?;
        let (mut rows, mut fields) = (Rows::new(INFO.name, Currency::AUD), Vec::new());
        let (mut failure, mut answered) = (None, false);
        let mut next = Instant::now();
        for code in self.turn_of(&codes) {
            sleep_until(next).await;
            next = Instant::now() + self.pace;
            let Some(coin) = parse::coin(&code) else { continue };
            self.state().turn += 1;
            match self.summary(&code, now).await {
                Ok(mut summary) => {
                    fields.append(&mut summary.fields);
                    rows.push(&code, coin, summary.prices);
                    answered = true;
                }
                Err(error @ SourceError::Http(_)) => {
                    rows.refuse("the coins after it", &Refusal::new(error.code(), error.to_string()));
                    failure = Some(error);
                    break;
                }
                Err(error) => {
                    if matches!(error, SourceError::Refused { .. }) {
                        self.codes.forget();
                    }
                    rows.push(&code, coin, Err(Refusal::new(error.code(), error.to_string())));
                    failure.get_or_insert(error);
                }
            }
        }
        if let Some(error) = failure.filter(|_| !answered) {
            return Err(error);
        }
        let mut collected = rows.finish_some(NAME)?;
        let mut state = self.state();
        state.latest.extend(collected.references.iter().map(|found| (found.coin, found.clone())));
        collected.fingerprint = Some(fingerprint_of(state.latest.values()));
        collected.shape = Some(shape_of(fields));
        Ok(collected)
    }

    /// The codes of this run, beginning where the last one ended.
    fn turn_of(&self, codes: &[String]) -> Vec<String> {
        let start = self.state().turn % codes.len().max(1);
        codes.iter().cycle().skip(start).take(COINS_A_RUN.min(codes.len())).cloned().collect()
    }

    async fn codes(&self, now: Timestamp) -> Result<Vec<String>, SourceError> {
        if let Some(codes) = self.codes.known(now) {
            return Ok(codes);
        }
        let url = self.base.url(&["GetValidPrimaryCurrencyCodes"], &[]);
        let codes = read(&self.http, &limited(url), parse::codes).await.map_err(in_words)?;
        self.codes.learn(now, codes.clone());
        Ok(codes)
    }

    async fn summary(&self, code: &str, now: Timestamp) -> Result<parse::Summary, SourceError> {
        let query = [("primaryCurrencyCode", code), ("secondaryCurrencyCode", "Aud")];
        let url = self.base.url(&["GetMarketSummary"], &query);
        read(&self.http, &limited(url), |body| parse::summary(body, code, now)).await.map_err(in_words)
    }
}

fn limited(url: Url) -> Get {
    // A dozen calls in a row are more than the slower lane lets pass at once.
    Get::json(url, Lane::Prices).deadline(DEADLINE).bytes_max(BYTES_MAX).attempts_max(ATTEMPTS_MAX)
}

fn in_words(error: SourceError) -> SourceError {
    said(NAME, error, &["ErrorCode", "Message"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::DrivenClock;
    use omc_http::Options;
    use staging::{Clock, Staging};

    const NOW: Timestamp = Timestamp::from_millis(1_722_003_300_000);

    #[tokio::test]
    async fn calls_about_coins_keep_the_pace() {
        let clock = Clock::Driven { start_ms: NOW.millis() };
        let staging = Staging::start(staging::Options { seed: 7, clock, ..Default::default() }).await.unwrap();
        let http = Arc::new(Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap());
        let pace = Duration::from_millis(60);
        let venue = IndependentReserve::new(http, Some(staging.url_of("INDEPENDENTRESERVE")), pace).unwrap();
        assert_eq!(venue.prices(NOW).await.unwrap().references.len(), COINS_A_RUN);
        let asked = staging.requests();
        let summaries: Vec<_> = asked.iter().filter(|request| request.path.ends_with("GetMarketSummary")).collect();
        assert_eq!((summaries.len(), asked.len()), (COINS_A_RUN, COINS_A_RUN + 1));
        // A request may arrive a little later than it was sent, so only the whole is sure.
        let took = summaries[COINS_A_RUN - 1].arrived - summaries[0].arrived;
        assert!(took >= pace * 6, "{took:?}");
    }
}
