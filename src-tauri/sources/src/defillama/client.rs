//! Asking for figures, one subject after the other.

use super::parse::{self, Found, Wanted};
use super::{CHAINS, PROTOCOLS, SITE, STABLECOIN_SITE, STABLECOINS};
use crate::error::SourceError;
use crate::reading::read;
use crate::round::Round;
use domain::Timestamp;
use ledgers::{Collected, ObservationKind};
use omc_http::{Base, Client, Get, Lane, Url, base_url};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(45);
/// A protocol on twenty chains comes with all of its tokens on each: tens of megabytes, which take their time.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const PROTOCOL_BYTES_MAX: usize = 80 << 20;
const BYTES_MAX: usize = 8 << 20;
const ATTEMPTS_MAX: u32 = 2;
/// Days of the first run.
const HISTORY_DAYS: i64 = 730;
/// Days read again later: those are still revised.
const AGAIN_DAYS: i64 = 3;
/// What was read this recently is not asked for again.
const FRESH_MICROS: i64 = 3_600 * 1_000_000;
const DAY_MICROS: i64 = 86_400 * 1_000_000;
const HOUR_MICROS: i64 = 3_600 * 1_000_000;

/// One question.
#[derive(Debug, Clone, Copy)]
struct Question {
    kind: ObservationKind,
    subject: &'static str,
    name: &'static str,
    asked: &'static str,
}

/// What is known of the answer to a question: it only saves requests and rows, nothing is left out because of it.
#[derive(Debug, Clone, Copy)]
struct Read {
    at: Timestamp,
    newest_day: i64,
}

/// The service.
#[derive(Debug, Clone)]
pub struct DefiLlama {
    http: Arc<Client>,
    base: Base,
    stablecoins: Base,
    read: Arc<Mutex<BTreeMap<(ObservationKind, &'static str), Read>>>,
}

/// Everything there is to ask, what is cheap first.
fn questions() -> Vec<Question> {
    let named =
        |kind| move |one: &super::Named| Question { kind, subject: one.subject, name: one.name, asked: one.asked };
    let fees =
        |kind| move |one: &super::Protocol| Question { kind, subject: one.subject, name: one.name, asked: one.fees };
    let mut all: Vec<Question> = CHAINS.iter().map(named(ObservationKind::ChainTvl)).collect();
    all.extend(STABLECOINS.iter().map(named(ObservationKind::StablecoinSupply)));
    all.extend(PROTOCOLS.iter().map(fees(ObservationKind::Fees)));
    all.extend(PROTOCOLS.iter().map(fees(ObservationKind::Revenue)));
    all.extend(PROTOCOLS.iter().map(|one| Question { asked: one.tvl, ..fees(ObservationKind::Tvl)(one) }));
    all
}

impl DefiLlama {
    pub fn new(http: Arc<Client>, url: Option<&str>) -> Result<Self, SourceError> {
        let (base, stablecoins) = (base_url(url, SITE)?, base_url(url, STABLECOIN_SITE)?);
        Ok(Self { http, base, stablecoins, read: Arc::default() })
    }

    /// The closed days that are not known yet, of every subject. One that fails costs itself.
    pub async fn figures(&self, now: Timestamp) -> Result<Collected, SourceError> {
        let mut round = Round::begin();
        let mut kinds = BTreeSet::new();
        let mut all = questions();
        // Another beginning each hour: a run that has no time for all leaves out others than the last.
        let turn = usize::try_from(now.micros() / HOUR_MICROS).unwrap_or(0) % all.len().max(1);
        all.rotate_left(turn);
        let today = now.micros().div_euclid(DAY_MICROS);
        for question in all {
            let known = self.known().get(&(question.kind, question.subject)).copied();
            if known.is_some_and(|known| now.micros().saturating_sub(known.at.micros()).abs() < FRESH_MICROS) {
                continue;
            }
            if !round.goes_on() {
                continue;
            }
            let since_day = known.map_or(today - HISTORY_DAYS, |known| known.newest_day + 1 - AGAIN_DAYS);
            match self.ask(question, since_day, now).await {
                Ok(found) => {
                    kinds.insert(question.kind);
                    if let Some(newest_day) = found.newest_day {
                        self.known().insert((question.kind, question.subject), Read { at: now, newest_day });
                    }
                    round.answered(found.collected, &found.fields);
                }
                Err(error) => round.failed(&format!("{} {}", question.subject, question.kind), error),
            }
        }
        let mut collected = round.finish()?;
        if kinds.len() < 5 {
            // Not every form of reply was seen, so that these fields are not all there are.
            collected.shape = None;
        }
        Ok(collected)
    }

    async fn ask(&self, question: Question, since_day: i64, now: Timestamp) -> Result<Found, SourceError> {
        let bytes_max = if question.kind == ObservationKind::Tvl { PROTOCOL_BYTES_MAX } else { BYTES_MAX };
        let get = Get::json(self.url(question), Lane::Bulk)
            .deadline(DEADLINE)
            .bytes_max(bytes_max)
            .attempts_max(ATTEMPTS_MAX);
        let get = if question.kind == ObservationKind::Tvl { get.attempt_timeout(ATTEMPT_TIMEOUT) } else { get };
        let Question { kind, subject, name, asked: _ } = question;
        read(&self.http, &get, |body| parse::parse(body, Wanted { kind, subject, name, since_day }, now)).await
    }

    fn url(&self, question: Question) -> Url {
        match question.kind {
            ObservationKind::Tvl => self.base.url(&["protocol", question.asked], &[]),
            ObservationKind::Fees => self.base.url(&["summary", "fees", question.asked], &[("dataType", "dailyFees")]),
            ObservationKind::Revenue => {
                self.base.url(&["summary", "fees", question.asked], &[("dataType", "dailyRevenue")])
            }
            ObservationKind::ChainTvl => self.base.url(&["v2", "historicalChainTvl", question.asked], &[]),
            _ => self.stablecoins.url(&["stablecoincharts", "all"], &[("stablecoin", question.asked)]),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<(ObservationKind, &'static str), Read>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
