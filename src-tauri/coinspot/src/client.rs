//! Asking CoinSpot.

use crate::error::CoinSpotError;
use crate::parse::depth::Depth;
use crate::parse::history::History;
use crate::parse::{coin_list, depth, history, latest};
use domain::{Coin, Interval, Timestamp};
use ledgers::Collected;
use omc_http::{Base, Client, Get, HttpError, Lane, base_url};
use std::sync::Arc;
use std::time::Duration;

const API: &str = "https://www.coinspot.com.au/pubapi/v2";
const WEB: &str = "https://www.coinspot.com.au";
const PRICES_DEADLINE: Duration = Duration::from_secs(12);
const PRICES_BYTES_MAX: usize = 1 << 20;
const DEPTH_DEADLINE: Duration = Duration::from_secs(8);
const DEPTH_BYTES_MAX: usize = 1 << 20;
const PAGE_DEADLINE: Duration = Duration::from_secs(25);
const PAGE_BYTES_MAX: usize = 8 << 20;
const CHART_DEADLINE: Duration = Duration::from_secs(25);
const CHART_BYTES_MAX: usize = 8 << 20;

/// CoinSpot's public half.
#[derive(Debug, Clone)]
pub struct CoinSpot {
    http: Arc<Client>,
    api: Base,
    web: Base,
}

impl CoinSpot {
    /// CoinSpot at its documented addresses, or where `OMC_COINSPOT_URL` (the API) and `OMC_COINSPOT_WEB_URL` (the
    /// site's pages) say; their values are handed in.
    ///
    /// # Errors
    /// [`CoinSpotError::Http`] when a replacement is no address we would ask.
    pub fn new(http: Arc<Client>, api_url: Option<&str>, web_url: Option<&str>) -> Result<Self, CoinSpotError> {
        Ok(Self { http, api: base_url(api_url, API)?, web: base_url(web_url, WEB)? })
    }

    /// The prices of the coins with an order book, stamped with `seen`, with the fingerprint of the whole reply.
    ///
    /// # Errors
    /// [`CoinSpotError`]; a single bad coin is no error but a rejection.
    pub async fn latest(&self, seen: Timestamp) -> Result<Collected, CoinSpotError> {
        let get = Get::json(self.api.url(&["latest"], &[]), Lane::Prices)
            .deadline(PRICES_DEADLINE)
            .bytes_max(PRICES_BYTES_MAX)
            .conditional();
        self.read(&get, |body| latest::parse(body, seen)).await
    }

    /// The rates of all coins on the coin list page, all as instant-only: a coin that also has a book is one of [`Self::latest`],
    /// and the book's prices count. Undocumented, may fail any day.
    ///
    /// # Errors
    /// [`CoinSpotError`]; `page_changed` when the page is not the one we know.
    pub async fn coin_list(&self, seen: Timestamp) -> Result<Collected, CoinSpotError> {
        let get = Get::html(self.web.url(&["tradecoins"], &[]), Lane::Background)
            .deadline(PAGE_DEADLINE)
            .bytes_max(PAGE_BYTES_MAX)
            .conditional();
        self.read(&get, |body| coin_list::parse(body, seen)).await
    }

    /// Candles of `[from, to)`; volume unknown, the newest one maybe still open. Undocumented, may fail any day.
    ///
    /// # Errors
    /// [`CoinSpotError`]; `empty_window` when `to` is not after `from`.
    pub async fn history(
        &self,
        coin: Coin,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<History, CoinSpotError> {
        if to <= from {
            return Err(CoinSpotError::EmptyWindow { from, to });
        }
        let seconds = |time: Timestamp| time.millis().div_euclid(1000).to_string();
        let query = [
            ("symbol", coin.as_str()),
            ("resolution", resolution(interval)),
            ("from", &seconds(from)),
            ("to", &seconds(to.plus_micros(999_999))),
        ];
        let get = Get::json(self.web.url(&["charts", "history"], &query), Lane::Background)
            .deadline(CHART_DEADLINE)
            .bytes_max(CHART_BYTES_MAX);
        self.read(&get, |body| history::parse(body, interval, from, to)).await
    }

    /// The top of a coin's order book, stamped with `seen`.
    ///
    /// # Errors
    /// [`CoinSpotError`]; `coin_not_found` for a coin without a book.
    pub async fn depth(&self, coin: Coin, seen: Timestamp) -> Result<Depth, CoinSpotError> {
        let key = coin.as_str().to_ascii_lowercase();
        let get = Get::json(self.api.url(&["orders", "open", &key], &[]), Lane::Prices)
            .deadline(DEPTH_DEADLINE)
            .bytes_max(DEPTH_BYTES_MAX);
        match self.read(&get, |body| depth::parse(body, coin, seen)).await {
            Err(CoinSpotError::Http(HttpError::HttpStatus { status: 400 | 404, .. })) => {
                Err(CoinSpotError::CoinNotFound { coin })
            }
            other => other,
        }
    }

    async fn read<T>(
        &self,
        get: &Get,
        parse: impl FnOnce(&[u8]) -> Result<T, CoinSpotError>,
    ) -> Result<T, CoinSpotError> {
        let reply = self.http.get(get).await?;
        let parsed = parse(&reply.body);
        if parsed.is_err() {
            // Else a later "not modified" would bring the same unreadable body back.
            self.http.forget(get);
        }
        parsed
    }
}

fn resolution(interval: Interval) -> &'static str {
    match interval {
        Interval::M1 => "1",
        Interval::M5 => "5",
        Interval::M15 => "15",
        Interval::H1 => "60",
        Interval::H4 => "240",
        Interval::D1 => "D",
    }
}
