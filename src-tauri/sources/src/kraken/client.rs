//! Asking Kraken.

use super::{SITE, parse};
use crate::error::SourceError;
use crate::reading::read;
use crate::reference::Markets;
use domain::Timestamp;
use ledgers::Collected;
use omc_http::{Base, Client, Get, Lane, base_url};
use std::sync::Arc;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(10);
const BYTES_MAX: usize = 4 << 20;
const ATTEMPTS_MAX: u32 = 3;

/// Kraken.
#[derive(Debug)]
pub struct Kraken {
    http: Arc<Client>,
    base: Base,
    pairs: Markets,
}

impl Kraken {
    pub fn new(http: Arc<Client>, url: Option<&str>) -> Result<Self, SourceError> {
        Ok(Self { http, base: base_url(url, SITE)?, pairs: Markets::default() })
    }

    /// The prices of our coins.
    pub async fn prices(&self, now: Timestamp) -> Result<Collected, SourceError> {
        if let Some(pairs) = self.pairs.known(now) {
            match self.ticker(&[("assetVersion", "1"), ("pair", &pairs.join(","))]).await {
                // A pair is gone, and with it the whole answer: begin anew.
                Err(error) if parse::is_unknown_pair(&error) => self.pairs.forget(),
                answer => return answer,
            }
        }
        let all = self.ticker(&[("assetVersion", "1")]).await?;
        self.pairs.learn_from(now, &all, |coin| format!("{coin}/AUD"));
        Ok(all)
    }

    async fn ticker(&self, query: &[(&str, &str)]) -> Result<Collected, SourceError> {
        let url = self.base.url(&["0", "public", "Ticker"], query);
        let get = Get::json(url, Lane::Background).deadline(DEADLINE).bytes_max(BYTES_MAX).attempts_max(ATTEMPTS_MAX);
        read(&self.http, &get, parse::parse).await
    }
}
