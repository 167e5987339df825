//! Asking: one signed call at a time.

use super::parse::{self, Balance, Completed, OpenOrder};
use super::sign::signature;
use crate::error::CoinSpotError;
use domain::{Coin, Timestamp};
use ledgers::Secret;
use omc_http::{Base, Client, Lane, Post, PostError, base_url};
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio::sync::Mutex;

const READING: &str = "https://www.coinspot.com.au/api/v2/ro";
/// The most rows a window of the history brings; a window that brings as many may lack some.
const ROWS_MAX: usize = 500;
const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// A question that got no usable answer is asked again this often, with a number and a signature of its own.
const ATTEMPTS_MAX: u32 = 3;

/// A key and its secret.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The key.
    pub key: Secret,
    /// Its secret.
    pub secret: Secret,
}

/// Why there is no number for a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the number of the next signed call cannot be kept: {reason}")]
pub struct NonceError {
    /// Why.
    pub reason: String,
}

/// Where the numbers of signed calls come from. Each is greater than every one before, also across restarts and other
/// processes of this machine that use the key.
pub trait Nonces: Send + Sync {
    /// The next number, at least the milliseconds since 1970 handed in, kept before it is returned.
    ///
    /// # Errors
    /// [`NonceError`]; then nothing may be sent.
    fn next(&self, now_ms: u64) -> Result<u64, NonceError>;
}

/// The account behind a key, as far as it can be read.
pub struct Account {
    http: Arc<Client>,
    base: Base,
    keys: Keys,
    nonces: Arc<dyn Nonces>,
    /// Held from the number to the reply: numbers must arrive in order.
    turn: Mutex<()>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl Account {
    /// The account at CoinSpot's documented address, or where `OMC_COINSPOT_URL` says; its value is handed in.
    ///
    /// # Errors
    /// [`CoinSpotError::Http`] when the replacement is no address we would ask.
    pub fn new(
        http: Arc<Client>,
        api_url: Option<&str>,
        keys: Keys,
        nonces: Arc<dyn Nonces>,
    ) -> Result<Self, CoinSpotError> {
        Ok(Self { http, base: base_url(api_url, READING)?, keys, nonces, turn: Mutex::new(()) })
    }

    /// Everything the account owns. What orders hold back is in it and not told.
    ///
    /// # Errors
    /// [`CoinSpotError`].
    pub async fn balances(&self, now: Timestamp) -> Result<Vec<Balance>, CoinSpotError> {
        self.ask(&["my", "balances"], &[], Map::new(), now, parse::balances).await
    }

    /// What the account owns of one coin, and what of it no order holds back.
    ///
    /// # Errors
    /// [`CoinSpotError`].
    pub async fn balance(&self, of: Coin, now: Timestamp) -> Result<Balance, CoinSpotError> {
        let path = ["my", "balance", of.as_str()];
        self.ask(&path, &[("available", "yes")], Map::new(), now, parse::balance).await
    }

    /// The orders that rest on the book.
    ///
    /// # Errors
    /// [`CoinSpotError`].
    pub async fn open_orders(&self, now: Timestamp) -> Result<Vec<OpenOrder>, CoinSpotError> {
        self.ask(&["my", "orders", "market", "open"], &[], Map::new(), now, parse::open_orders).await
    }

    /// Everything executed from the beginning of the UTC day of `from` on, instant trades too, oldest first.
    ///
    /// # Errors
    /// [`CoinSpotError::Incomplete`] when a single day has more rows than the exchange tells; [`CoinSpotError`].
    pub async fn completed(&self, from: Timestamp, now: Timestamp) -> Result<Vec<Completed>, CoinSpotError> {
        let (first, last) = (day(from), day(now));
        let mut windows = vec![(first, last)];
        let mut rows = Vec::new();
        while let Some((from, to)) = windows.pop() {
            let page = self.window(from, to, now).await?;
            if page.len() < ROWS_MAX {
                rows.extend(page);
            } else if from == to {
                return Err(CoinSpotError::Incomplete { day: date(from) });
            } else {
                let middle = from + (to - from) / 2;
                windows.extend([(from, middle), (middle + 1, to)]);
            }
        }
        rows.sort_by_key(|row| row.at);
        Ok(rows)
    }

    async fn window(&self, from: i64, to: i64, now: Timestamp) -> Result<Vec<Completed>, CoinSpotError> {
        let mut body = Map::new();
        // Without a beginning only the last day is told.
        body.insert("startdate".to_owned(), Value::String(date(from)));
        body.insert("enddate".to_owned(), Value::String(date(to)));
        body.insert("limit".to_owned(), Value::from(ROWS_MAX));
        self.ask(&["my", "orders", "completed"], &[], body, now, parse::completed).await
    }

    /// One question. It changes nothing at the exchange, so that it may be asked again.
    async fn ask<T>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: Map<String, Value>,
        now: Timestamp,
        parse: impl Fn(&[u8]) -> Result<T, CoinSpotError>,
    ) -> Result<T, CoinSpotError> {
        let _turn = self.turn.lock().await;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let post = self.signed(path, query, &body, now)?;
            match self.http.post_once(&post).await {
                Ok(answer) if answer.status < 500 => return self.read(path, &answer, &parse),
                Err(PostError::NotSent(error)) => return Err(error.into()),
                Ok(answer) if attempt == ATTEMPTS_MAX => {
                    return Err(CoinSpotError::Status { what: "account", status: answer.status });
                }
                Err(PostError::Unknown(error)) if attempt == ATTEMPTS_MAX => return Err(error.into()),
                _ => {}
            }
        }
    }

    fn read<T>(
        &self,
        path: &[&str],
        answer: &omc_http::Answer,
        parse: impl Fn(&[u8]) -> Result<T, CoinSpotError>,
    ) -> Result<T, CoinSpotError> {
        let parsed = parse(&answer.body);
        match (answer.status, parsed) {
            (200, parsed) => parsed,
            // A refusal in words says more than its status.
            (_, Err(refused @ CoinSpotError::Refused { .. })) => Err(refused),
            (status, _) => {
                tracing::debug!(path = path.join("/"), status, "refused");
                Err(CoinSpotError::Status { what: "account", status })
            }
        }
    }

    /// The call with its number, signed over the bytes it sends.
    fn signed(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<Post, CoinSpotError> {
        let nonce = self.nonces.next(u64::try_from(now.millis()).unwrap_or_default())?;
        let mut body = body.clone();
        body.insert("nonce".to_owned(), Value::from(nonce));
        let bytes = Value::Object(body).to_string().into_bytes();
        let sign = signature(&self.keys.secret, &bytes).ok_or(CoinSpotError::Unsigned)?;
        let post = Post::json(self.base.url(path, query), Lane::Trading, bytes);
        Ok(post.header("key", self.keys.key.reveal()).header("sign", &sign))
    }
}

/// The number of a UTC day.
fn day(time: Timestamp) -> i64 {
    time.micros().div_euclid(DAY_MICROS)
}

/// A day as CoinSpot wants it.
fn date(day: i64) -> String {
    let text = Timestamp::from_micros(day * DAY_MICROS).to_string();
    text.get(..10).unwrap_or_default().to_owned()
}
