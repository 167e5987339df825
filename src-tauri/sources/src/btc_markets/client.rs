//! Asking BTC Markets.

use super::{NAME, SITE, parse};
use crate::error::SourceError;
use crate::reading::{read, said};
use crate::reference::Markets;
use domain::Timestamp;
use ledgers::Collected;
use omc_http::{Base, Client, Get, Lane, base_url};
use std::sync::Arc;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(10);
const BYTES_MAX: usize = 1 << 20;
const ATTEMPTS_MAX: u32 = 3;

/// BTC Markets.
#[derive(Debug)]
pub struct BtcMarkets {
    http: Arc<Client>,
    base: Base,
    markets: Markets,
}

impl BtcMarkets {
    pub fn new(http: Arc<Client>, url: Option<&str>) -> Result<Self, SourceError> {
        Ok(Self { http, base: base_url(url, SITE)?, markets: Markets::default() })
    }

    /// The prices of our coins.
    pub async fn prices(&self, now: Timestamp) -> Result<Collected, SourceError> {
        if let Some(ids) = self.markets.known(now) {
            match self.tickers(&ids, now).await {
                // A market is gone, and with it the whole answer: begin anew.
                Err(SourceError::Refused { .. }) => self.markets.forget(),
                answer => return answer,
            }
        }
        let url = self.base.url(&["markets"], &[]);
        let ids = read(&self.http, &limited(url), parse::markets).await.map_err(in_words)?;
        self.markets.learn(now, ids.clone());
        self.tickers(&ids, now).await
    }

    async fn tickers(&self, ids: &[String], now: Timestamp) -> Result<Collected, SourceError> {
        let query: Vec<(&str, &str)> = ids.iter().map(|id| ("marketId", id.as_str())).collect();
        let url = self.base.url(&["markets", "tickers"], &query);
        read(&self.http, &limited(url), |body| parse::tickers(body, now)).await.map_err(in_words)
    }
}

fn limited(url: omc_http::Url) -> Get {
    Get::json(url, Lane::Background).deadline(DEADLINE).bytes_max(BYTES_MAX).attempts_max(ATTEMPTS_MAX)
}

fn in_words(error: SourceError) -> SourceError {
    said(NAME, error, &["code", "message"])
}
