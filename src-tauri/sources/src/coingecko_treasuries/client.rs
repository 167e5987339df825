//! Asking for the holdings, coin by coin.

use super::{COINS, SITE, parse};
use crate::error::SourceError;
use crate::reading::read;
use crate::round::Round;
use domain::{Coin, Timestamp};
use ledgers::Collected;
use omc_http::{Base, Client, Get, Lane, base_url};
use std::sync::Arc;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(20);
const BYTES_MAX: usize = 4 << 20;
const ATTEMPTS_MAX: u32 = 3;

/// The service.
#[derive(Debug, Clone)]
pub struct Treasuries {
    http: Arc<Client>,
    base: Base,
}

impl Treasuries {
    pub fn new(http: Arc<Client>, url: Option<&str>) -> Result<Self, SourceError> {
        Ok(Self { http, base: base_url(url, SITE)? })
    }

    /// What companies hold of every coin. One coin that fails costs itself.
    pub async fn holdings(&self, now: Timestamp) -> Result<Collected, SourceError> {
        let mut round = Round::begin();
        for (ticker, name) in COINS {
            let Ok(coin) = Coin::parse(ticker) else { continue };
            if !round.goes_on() {
                continue;
            }
            let url = self.base.url(&["api", "v3", "companies", "public_treasury", name], &[]);
            let get = Get::json(url, Lane::Background)
                .deadline(DEADLINE)
                .bytes_max(BYTES_MAX)
                .attempts_max(ATTEMPTS_MAX)
                .conditional();
            match read(&self.http, &get, |body| parse::parse(body, coin, now)).await {
                Ok((found, fields)) => round.answered(found, &fields),
                Err(error) => round.failed(ticker, error),
            }
        }
        round.finish()
    }
}
