//! What the reply to an order means.
//!
//! An order stands only when the exchange says so and repeats it to the digit: 200, `ok`, the id (an instant trade has
//! none), the coin, the amount, the rate. A refusal in words is told as one, and still reconciled before anybody believes it.
//! Everything else, the lost and the unreadable included, is unknown.

use crate::error::CoinSpotError;
use crate::parse::{coin as ticker, decimal, json};
use domain::{Coin, Decimal, Denial};
use ledgers::inert;
use omc_http::PostError;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The longest id there may be.
const ID_CHARS_MAX: usize = 64;

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The exchange has it, exactly as it was sent.
    Placed {
        /// The exchange's id; an instant trade has none.
        venue_order_id: Option<String>,
    },
    /// The exchange gave what rests the limit that was asked for, and another id.
    Renamed {
        /// The id it told.
        venue_order_id: String,
    },
    /// The exchange refused it in words. It may be there all the same: look before this is believed.
    Refused(Denial),
    /// It left, or may have, and nobody knows what became of it.
    Unknown(Denial),
    /// Nothing has left this machine.
    NotSent(Denial),
}

/// What a reply must repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// An order on the book.
    Book { coin: Coin, amount: Decimal, rate: Decimal },
    /// An instant trade.
    Instant { coin: Coin, amount: Decimal },
    /// Another limit for what rests.
    Amended { coin: Coin, rate: Decimal, id: String },
}

#[derive(Deserialize)]
struct Reply<'a> {
    status: Option<String>,
    message: Option<String>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    coin: Option<String>,
    market: Option<String>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    #[serde(borrow)]
    rate: Option<&'a RawValue>,
    #[serde(borrow)]
    newrate: Option<&'a RawValue>,
}

/// The words of a refusal; none when the body is none.
pub(super) fn refusal(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Said {
        status: Option<String>,
        message: Option<String>,
    }
    let said: Said = json("order", body).ok()?;
    let status = said.status.filter(|status| status != "ok")?;
    Some(inert(said.message.as_deref().unwrap_or(&status)))
}

impl Expected {
    /// What became of it.
    pub fn read(&self, sent: Result<omc_http::Answer, PostError>) -> Answer {
        let answer = match sent {
            Ok(answer) => answer,
            Err(PostError::NotSent(error)) => return Answer::NotSent(Denial::new(error.code(), error.to_string())),
            Err(PostError::Unknown(error)) => return Answer::Unknown(Denial::new(error.code(), error.to_string())),
        };
        match (answer.status, refusal(&answer.body)) {
            (200, _) => self.acknowledged(&answer.body),
            (408, _) => unknown("venue_status", "CoinSpot gave up waiting (status 408)"),
            (401 | 403, Some(words)) => refused("key_refused", &words),
            (429, Some(words)) => refused("venue_busy", &words),
            (400..=499, Some(words)) => refused("venue_refused", &words),
            (status, _) => {
                unknown("venue_status", &format!("CoinSpot answered with status {status} and nothing to go by"))
            }
        }
    }

    fn acknowledged(&self, body: &[u8]) -> Answer {
        let reply: Reply<'_> = match json("order", body) {
            Ok(reply) => reply,
            Err(error) => return unknown("reply_unreadable", &error.to_string()),
        };
        match reply.status.as_deref() {
            Some("ok") => {}
            Some(other) => {
                return refused("venue_refused", &inert(reply.message.as_deref().unwrap_or(other)));
            }
            None => return unknown("reply_unreadable", "CoinSpot's reply has no status"),
        }
        let id = match (self, id_of(reply.id)) {
            (Self::Instant { .. }, _) => None,
            (_, Some(id)) => Some(id),
            (_, None) => return unknown("echo_without_id", "CoinSpot took the order and gave no readable id"),
        };
        match self.differs(&reply) {
            None => match (self, id) {
                (Self::Amended { id: sent, .. }, Some(told)) if told != *sent => {
                    Answer::Renamed { venue_order_id: told }
                }
                (_, id) => Answer::Placed { venue_order_id: id },
            },
            Some((code, words)) => {
                let of = id.map_or_else(String::new, |id| format!(" It names the order {id}."));
                unknown(code, &format!("CoinSpot repeated another order than was sent: {words}.{of}"))
            }
        }
    }

    /// What a reply repeats otherwise than it was sent.
    fn differs(&self, reply: &Reply<'_>) -> Option<(&'static str, String)> {
        let (Self::Book { coin, .. } | Self::Instant { coin, .. } | Self::Amended { coin, .. }) = self;
        if reply.coin.as_deref().and_then(|text| ticker(text).ok()).map(|(told, _)| told) != Some(*coin) {
            return Some(("echo_coin", "its coin is another".to_owned()));
        }
        if reply.market.as_deref().is_some_and(|market| !super::parse::is_aud(market)) {
            return Some(("echo_market", "its market is another".to_owned()));
        }
        let number = |field: &str, raw: Option<&RawValue>, sent: Decimal| match decimal(field, raw) {
            Ok(told) if told == sent => None,
            Ok(told) => Some(format!("its {field} is {told} and not {}", sent.normalize())),
            Err(refusal) => Some(refusal.reason),
        };
        match self {
            Self::Book { amount, rate, .. } => number("amount", reply.amount, *amount)
                .map(|words| ("echo_amount", words))
                .or_else(|| number("rate", reply.rate, *rate).map(|words| ("echo_rate", words))),
            Self::Instant { amount, .. } => number("amount", reply.amount, *amount).map(|words| ("echo_amount", words)),
            Self::Amended { rate, .. } => number("newrate", reply.newrate, *rate).map(|words| ("echo_rate", words)),
        }
    }
}

fn id_of(raw: Option<&RawValue>) -> Option<String> {
    let id: String = serde_json::from_str(raw?.get()).ok()?;
    let plain = !id.is_empty() && id.len() <= ID_CHARS_MAX && id.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then_some(id)
}

fn refused(code: &str, words: &str) -> Answer {
    Answer::Refused(Denial::new(code, format!("CoinSpot refused it: '{words}'")))
}

fn unknown(code: &str, words: &str) -> Answer {
    Answer::Unknown(Denial::new(code, words))
}

impl From<CoinSpotError> for Answer {
    /// What kept an order from being prepared: nothing has left.
    fn from(error: CoinSpotError) -> Self {
        Self::NotSent(Denial::new(error.code(), error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    fn reply(status: u16, body: &str) -> Result<omc_http::Answer, PostError> {
        let received = Timestamp::from_millis(0);
        Ok(omc_http::Answer { status, content_type: None, body: body.as_bytes().into(), received })
    }

    fn dec(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    fn book() -> Expected {
        Expected::Book { coin: Coin::parse("BTC").unwrap(), amount: dec("0.10"), rate: dec("50000.12345678") }
    }

    fn code(answer: Answer) -> String {
        match answer {
            Answer::Placed { venue_order_id } => format!("placed {}", venue_order_id.unwrap_or_default()),
            Answer::Renamed { venue_order_id } => format!("renamed {venue_order_id}"),
            Answer::Refused(denial) => format!("refused {}", denial.code),
            Answer::Unknown(denial) => format!("unknown {}", denial.code),
            Answer::NotSent(denial) => format!("not sent {}", denial.code),
        }
    }

    #[test]
    fn only_the_whole_acknowledgement_repeated_to_the_digit_is_one() {
        let whole = r#"{"status":"ok","message":"ok","coin":"BTC","market":"BTC/AUD","amount":0.1,"rate":"50000.12345678","id":"6a0"}"#;
        let of = |from: &str, to: &str| code(book().read(reply(200, &whole.replace(from, to))));
        assert_eq!(of("", ""), "placed 6a0");
        assert_eq!(of("\"coin\":\"BTC\"", "\"coin\":\"btc\""), "placed 6a0");
        let others = [
            ("50000.12345678", "50000.12", "unknown echo_rate"),
            ("50000.12345678", "NaN", "unknown echo_rate"),
            (":0.1,", ":0.09999999,", "unknown echo_amount"),
            (":0.1,", ":null,", "unknown echo_amount"),
            ("\"coin\":\"BTC\"", "\"coin\":\"ETH\"", "unknown echo_coin"),
            ("BTC/AUD", "BTC/USDT", "unknown echo_market"),
            (",\"id\":\"6a0\"", "", "unknown echo_without_id"),
            ("\"6a0\"", "12", "unknown echo_without_id"),
            ("\"6a0\"", "\"\"", "unknown echo_without_id"),
            ("\"6a0\"", "\"6a 0\"", "unknown echo_without_id"),
            ("\"status\":\"ok\",", "", "unknown reply_unreadable"),
            ("{", "<html>{", "unknown reply_unreadable"),
            ("\"status\":\"ok\"", "\"status\":\"error\"", "refused venue_refused"),
            ("\"status\":\"ok\"", "\"status\":\"invalid\"", "refused venue_refused"),
        ];
        for (from, to, expected) in others {
            assert_eq!(of(from, to), expected, "{from} → {to}");
        }
        assert_eq!(code(book().read(reply(200, ""))), "unknown reply_unreadable");
    }

    #[test]
    fn a_status_that_says_no_is_a_refusal_only_with_its_words() {
        let words = r#"{"status":"error","message":"no"}"#;
        let cases = [
            (400, words, "refused venue_refused"),
            (401, words, "refused key_refused"),
            (429, words, "refused venue_busy"),
            (400, "<html>", "unknown venue_status"),
            (400, r#"{"status":"ok","id":"6a0"}"#, "unknown venue_status"),
            (408, words, "unknown venue_status"),
            (429, "", "unknown venue_status"),
            (500, words, "unknown venue_status"),
            (503, "<html>", "unknown venue_status"),
            (302, words, "unknown venue_status"),
            (201, words, "unknown venue_status"),
        ];
        for (status, body, expected) in cases {
            assert_eq!(code(book().read(reply(status, body))), expected, "{status} {body}");
        }
    }

    #[test]
    fn an_instant_trade_and_a_new_limit_are_acknowledged_by_what_they_repeat() {
        let coin = Coin::parse("BTC").unwrap();
        let instant = Expected::Instant { coin, amount: dec("0.1") };
        let body = r#"{"status":"ok","coin":"BTC","amount":"0.10000000","market":"BTC/AUD","total":5000}"#;
        assert_eq!(code(instant.read(reply(200, body))), "placed ");
        assert_eq!(code(instant.read(reply(200, &body.replace("0.1000", "0.0999")))), "unknown echo_amount");
        let amended = Expected::Amended { coin, rate: dec("49000.5"), id: "6a0".to_owned() };
        let body = r#"{"status":"ok","updated":true,"id":"6a0","coin":"BTC","rate":50000,"newrate":49000.5}"#;
        assert_eq!(code(amended.read(reply(200, body))), "placed 6a0");
        assert_eq!(code(amended.read(reply(200, &body.replace("49000.5", "49000")))), "unknown echo_rate");
        assert_eq!(code(amended.read(reply(200, &body.replace("6a0", "6a1")))), "renamed 6a1");
        assert_eq!(code(amended.read(reply(200, &body.replace("6a0", "6 a")))), "unknown echo_without_id");
    }
}
