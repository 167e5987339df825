//! Asking: one signed call at a time.

use super::parse::{self, Balance, OpenOrder};
use super::sign::signature;
use super::turn::{Turn, Turns, Urgency};
use crate::error::CoinSpotError;
use domain::{Coin, Price, Quantity, Side, Timestamp};
use ledgers::Secret;
use omc_http::{Base, Client, Lane, Post, PostError, base_url};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const READING: &str = "https://www.coinspot.com.au/api/v2/ro";
const TRADING: &str = "https://www.coinspot.com.au/api/v2";
/// A question that got no usable answer is asked again this often, with a number and a signature of its own.
const ATTEMPTS_MAX: u32 = 3;
/// How long a call waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(20);

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

    /// Makes ready for the numbers of the next moments, so that a call waits for nothing. What fails here is met by the call.
    fn ready(&self, _now_ms: u64) {}
}

/// What a key may do, as far as it can be told without trying. Whether it may withdraw can't be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Read and trade.
    Trades,
    /// Read only.
    Reads,
}

/// The account behind a key.
pub struct Account {
    pub(super) http: Arc<Client>,
    reading: Base,
    pub(super) trading: Base,
    keys: Keys,
    nonces: Arc<dyn Nonces>,
    pub(super) turns: Arc<Turns>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// One question; it changes nothing at the exchange.
pub(super) struct Question<'a> {
    pub base: &'a Base,
    pub path: &'a [&'a str],
    pub query: &'a [(&'a str, &'a str)],
    pub body: Map<String, Value>,
    pub lane: Lane,
}

impl Account {
    /// The account at CoinSpot's documented address, or where `OMC_COINSPOT_URL` says; its value is handed in. A key must have
    /// one of these in a process: its calls wait for each other here.
    ///
    /// # Errors
    /// [`CoinSpotError::Http`] when the replacement is no address we would ask.
    pub fn new(
        http: Arc<Client>,
        api_url: Option<&str>,
        keys: Keys,
        nonces: Arc<dyn Nonces>,
    ) -> Result<Self, CoinSpotError> {
        let (reading, trading) = (base_url(api_url, READING)?, base_url(api_url, TRADING)?);
        Ok(Self { http, reading, trading, keys, nonces, turns: Arc::default() })
    }

    /// Everything the account owns. What orders hold back is in it and not told.
    ///
    /// # Errors
    /// [`CoinSpotError`].
    pub async fn balances(&self, now: Timestamp) -> Result<Vec<Balance>, CoinSpotError> {
        self.balances_in(Lane::Trading, now).await
    }

    pub(super) async fn balances_in(&self, lane: Lane, now: Timestamp) -> Result<Vec<Balance>, CoinSpotError> {
        self.ask(self.reads(&["my", "balances"], lane), now, parse::balances).await
    }

    /// What the account owns of one coin, and what of it no order holds back.
    ///
    /// # Errors
    /// [`CoinSpotError`].
    pub async fn balance(&self, of: Coin, now: Timestamp) -> Result<Balance, CoinSpotError> {
        let path = ["my", "balance", of.as_str()];
        let question = Question { query: &[("available", "yes")], ..self.reads(&path, Lane::Trading) };
        self.ask(question, now, parse::balance).await
    }

    /// The orders that rest on the book, of all markets.
    ///
    /// # Errors
    /// [`CoinSpotError`].
    pub async fn open_orders(&self, now: Timestamp) -> Result<Vec<OpenOrder>, CoinSpotError> {
        self.open_orders_in(Lane::Trading, now).await
    }

    pub(super) async fn open_orders_in(&self, lane: Lane, now: Timestamp) -> Result<Vec<OpenOrder>, CoinSpotError> {
        self.ask(self.reads(&["my", "orders", "market", "open"], lane), now, parse::open_orders).await
    }

    /// What a coin costs, or brings, in an instant trade now; without the fee. Needs a key that may trade.
    ///
    /// # Errors
    /// [`CoinSpotError`].
    pub async fn quote(
        &self,
        side: Side,
        coin: Coin,
        quantity: Quantity,
        now: Timestamp,
    ) -> Result<Price, CoinSpotError> {
        let mut body = Map::new();
        let text = |text: String| Value::String(text);
        body.insert("cointype".to_owned(), text(coin.as_str().to_owned()));
        body.insert("amount".to_owned(), text(quantity.decimal().normalize().to_string()));
        body.insert("amounttype".to_owned(), text("coin".to_owned()));
        let path = ["quote", word(side), "now"];
        let question = Question { base: &self.trading, path: &path, query: &[], body, lane: Lane::Trading };
        self.ask(question, now, parse::quote).await
    }

    /// What the key may do. Asks whether it is heard, places nothing.
    ///
    /// # Errors
    /// [`CoinSpotError::KeyRefused`] when it may do nothing; [`CoinSpotError`].
    pub async fn rights(&self, now: Timestamp) -> Result<Rights, CoinSpotError> {
        let status = ["status"];
        self.ask(self.reads(&status, Lane::Trading), now, parse::worked).await?;
        let trades = Question { base: &self.trading, ..self.reads(&status, Lane::Trading) };
        match self.ask(trades, now, parse::worked).await {
            Ok(()) => Ok(Rights::Trades),
            Err(CoinSpotError::KeyRefused { .. }) => Ok(Rights::Reads),
            Err(error) => Err(error),
        }
    }

    pub(super) fn reads<'a>(&'a self, path: &'a [&'a str], lane: Lane) -> Question<'a> {
        Question { base: &self.reading, path, query: &[], body: Map::new(), lane }
    }

    pub(super) async fn take_turn(&self, urgency: Urgency) -> Result<Turn, CoinSpotError> {
        self.turns.take(urgency, Instant::now() + TURN_WAIT).await.ok_or(CoinSpotError::Busy)
    }

    /// One question; it may be asked again.
    pub(super) async fn ask<T>(
        &self,
        question: Question<'_>,
        now: Timestamp,
        parse: impl Fn(&[u8]) -> Result<T, CoinSpotError>,
    ) -> Result<T, CoinSpotError> {
        let urgency = match question.lane {
            // What rests must be known to know what is cancelled: it goes past what hangs, like a cancel.
            Lane::Cancels => Urgency::Cancel,
            Lane::Background => Urgency::Background,
            _ => Urgency::Question,
        };
        let mut attempt = 0;
        loop {
            attempt += 1;
            let turn = self.take_turn(urgency).await?;
            let post = self.question(&question, now)?;
            let answered = self.http.post_once(&post).await;
            // Its number may have been too old by the time it arrived.
            let overtaken = !turn.is_held();
            drop(turn);
            let answer = match answered {
                Ok(answer) if answer.status < 500 => read(question.path, &answer, &parse),
                Ok(answer) => Err(CoinSpotError::Status { what: "account", status: answer.status }),
                Err(PostError::NotSent(error)) => return Err(error.into()),
                Err(PostError::Unknown(error)) => Err(error.into()),
            };
            let again = match &answer {
                Err(CoinSpotError::Status { status, .. }) => *status >= 500 || overtaken,
                Err(CoinSpotError::Http(_)) => true,
                Err(_) => overtaken,
                Ok(_) => false,
            };
            if !again || attempt == ATTEMPTS_MAX {
                return answer;
            }
        }
    }

    fn question(&self, question: &Question<'_>, now: Timestamp) -> Result<Post, CoinSpotError> {
        let mut body = question.body.clone();
        body.insert("nonce".to_owned(), Value::from(self.number(now)?));
        let bytes = Value::Object(body).to_string().into_bytes();
        let url = question.base.url(question.path, question.query);
        self.signed(Post::json(url, question.lane, bytes.clone()), &bytes)
    }

    /// The next number.
    pub(super) fn number(&self, now: Timestamp) -> Result<u64, CoinSpotError> {
        Ok(self.nonces.next(u64::try_from(now.millis()).unwrap_or_default())?)
    }

    /// Makes ready for calls that may come in the next moments.
    pub fn make_ready(&self, now: Timestamp) {
        self.nonces.ready(u64::try_from(now.millis()).unwrap_or_default());
    }

    /// The call with its signature over the bytes it sends.
    pub(super) fn signed(&self, post: Post, bytes: &[u8]) -> Result<Post, CoinSpotError> {
        let sign = signature(&self.keys.secret, bytes).ok_or(CoinSpotError::Unsigned)?;
        Ok(post.header("key", self.keys.key.reveal()).header("sign", &sign))
    }
}

/// A side as it stands in paths.
pub(super) const fn word(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

fn read<T>(
    path: &[&str],
    answer: &omc_http::Answer,
    parse: impl Fn(&[u8]) -> Result<T, CoinSpotError>,
) -> Result<T, CoinSpotError> {
    let parsed = parse(&answer.body);
    match (answer.status, parsed) {
        (200, parsed) => parsed,
        (401 | 403, Err(CoinSpotError::Refused { what, message })) => Err(CoinSpotError::KeyRefused { what, message }),
        // A refusal in words says more than its status.
        (_, Err(refused @ CoinSpotError::Refused { .. })) => Err(refused),
        (status, _) => {
            tracing::debug!(path = path.join("/"), status, "refused");
            Err(CoinSpotError::Status { what: "account", status })
        }
    }
}
