//! Asking Binance.

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
const BYTES_MAX: usize = 4 << 20;
const ATTEMPTS_MAX: u32 = 3;

/// Binance.
#[derive(Debug)]
pub struct Binance {
    http: Arc<Client>,
    base: Base,
    symbols: Markets,
}

impl Binance {
    pub fn new(http: Arc<Client>, url: Option<&str>) -> Result<Self, SourceError> {
        Ok(Self { http, base: base_url(url, SITE)?, symbols: Markets::default() })
    }

    /// The prices of our coins.
    pub async fn prices(&self, now: Timestamp) -> Result<Collected, SourceError> {
        if let Some(symbols) = self.symbols.known(now) {
            let list = format!(r#"["{}"]"#, symbols.join(r#"",""#));
            match self.tickers(&[("symbols", &list)]).await {
                // A symbol is gone, and with it the whole answer: begin anew.
                Err(SourceError::Refused { .. }) => self.symbols.forget(),
                answer => return answer,
            }
        }
        let all = self.tickers(&[]).await?;
        self.symbols.learn_from(now, &all, |coin| format!("{coin}{}", parse::CURRENCY));
        Ok(all)
    }

    async fn tickers(&self, query: &[(&str, &str)]) -> Result<Collected, SourceError> {
        let url = self.base.url(&["ticker", "bookTicker"], query);
        let get = Get::json(url, Lane::Background).deadline(DEADLINE).bytes_max(BYTES_MAX).attempts_max(ATTEMPTS_MAX);
        read(&self.http, &get, parse::parse).await.map_err(|error| said(NAME, error, &["code", "msg"]))
    }
}
