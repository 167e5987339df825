//! Taking an order back. It may be asked as often as needed: an order that is gone stays gone.

use super::calls::{Account, word};
use super::echo::refusal;
use super::turn::Urgency;
use crate::error::CoinSpotError;
use crate::parse::{check_status, json};
use domain::{Side, Timestamp};
use omc_http::{Lane, Post};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long one cancel is tried.
const TRIED_MAX: Duration = Duration::from_secs(10);
/// How long one attempt may take.
const ATTEMPT_MAX: Duration = Duration::from_secs(2);
/// The pause after an attempt that brought nothing.
const PAUSE: Duration = Duration::from_millis(200);
/// Refusals that are asked about again: another program may have used the key in between.
const REFUSALS_MAX: u32 = 2;

/// What the exchange said to a cancel. Either way a look tells whether the order still rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// It took the order back.
    Accepted,
    /// It refused in words, as for an order that is filled or gone already.
    Refused {
        /// Its words, made harmless.
        message: String,
    },
}

#[derive(Serialize)]
struct Body<'a> {
    nonce: u64,
    id: &'a str,
}

#[derive(Deserialize)]
struct Envelope {
    status: Option<String>,
    message: Option<String>,
}

impl Account {
    /// Takes a book order back by the exchange's id, trying for at most 10 s.
    ///
    /// # Errors
    /// [`CoinSpotError`] when there was no usable answer in that time, or the key was refused; the order may be gone all the same.
    pub async fn cancel(&self, side: Side, venue_id: &str, now: Timestamp) -> Result<Cancelled, CoinSpotError> {
        let until = Instant::now() + TRIED_MAX;
        let mut refusals = 0;
        loop {
            let error = match self.cancel_once(side, venue_id, now).await {
                Ok(()) => return Ok(Cancelled::Accepted),
                Err(CoinSpotError::Refused { message, .. }) => {
                    refusals += 1;
                    if refusals == REFUSALS_MAX {
                        return Ok(Cancelled::Refused { message });
                    }
                    continue;
                }
                Err(error @ (CoinSpotError::KeyRefused { .. } | CoinSpotError::Nonce(_) | CoinSpotError::Unsigned)) => {
                    return Err(error);
                }
                Err(error) => error,
            };
            if Instant::now() + PAUSE >= until {
                return Err(error);
            }
            sleep(PAUSE).await;
        }
    }

    async fn cancel_once(&self, side: Side, id: &str, now: Timestamp) -> Result<(), CoinSpotError> {
        const WHAT: &str = "cancel";
        let _turn = self.take_turn(Urgency::Cancel).await?;
        let body = Body { nonce: self.number(now)?, id };
        let bytes =
            serde_json::to_vec(&body).map_err(|error| CoinSpotError::NotWritable { reason: error.to_string() })?;
        let url = self.trading.url(&["my", word(side), "cancel"], &[]);
        let post = Post::json(url, Lane::Cancels, bytes.clone()).deadline(ATTEMPT_MAX);
        let answer = self.http.post_once(&self.signed(post, &bytes)?).await.map_err(|error| match error {
            omc_http::PostError::NotSent(error) | omc_http::PostError::Unknown(error) => CoinSpotError::Http(error),
        })?;
        if answer.status == 200 {
            let envelope: Envelope = json(WHAT, &answer.body)?;
            return check_status(WHAT, envelope.status.as_deref(), envelope.message.as_deref());
        }
        match (answer.status, refusal(&answer.body)) {
            (401 | 403, Some(message)) => Err(CoinSpotError::KeyRefused { what: WHAT, message }),
            // It may be heard a moment later.
            (408 | 429, _) => Err(CoinSpotError::Status { what: WHAT, status: answer.status }),
            (400..=499, Some(message)) => Err(CoinSpotError::Refused { what: WHAT, message }),
            (status, _) => Err(CoinSpotError::Status { what: WHAT, status }),
        }
    }
}
