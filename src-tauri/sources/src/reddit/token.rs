//! The access token: asked for with the application's id and secret, kept in memory, never shown.

use super::{NAME, TOKENS};
use crate::error::SourceError;
use crate::reading::{json, read, said};
use domain::Timestamp;
use ledgers::{Secret, inert};
use omc_http::{Base, Client, Get, Lane, base_url};
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(15);
const BYTES_MAX: usize = 64 << 10;
const ATTEMPTS_MAX: u32 = 3;
const TOKEN_BYTES_MAX: usize = 4096;
/// A token is not used in the last minutes of its life.
const MARGIN_S: i64 = 300;
/// No token is believed for longer than a day.
const LIFE_MAX_S: i64 = 86_400;

/// An application's id and secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    pub id: Secret,
    pub secret: Secret,
}

#[derive(Debug, Clone)]
struct Kept {
    of: Application,
    token: Secret,
    asked: Timestamp,
    good_s: i64,
}

/// Where tokens come from, and the one in use.
#[derive(Debug)]
pub struct Tokens {
    http: Arc<Client>,
    base: Base,
    kept: Mutex<Option<Kept>>,
}

impl Tokens {
    pub fn new(http: Arc<Client>, url: Option<&str>) -> Result<Self, SourceError> {
        Ok(Self { http, base: base_url(url, TOKENS)?, kept: Mutex::default() })
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the token in use: it was refused.
    pub fn drop_kept(&self) {
        *self.kept() = None;
    }

    /// A token that is good now: the one in use, else a new one.
    pub async fn get(&self, of: &Application, agent: &str, now: Timestamp) -> Result<Secret, SourceError> {
        let is_good = |kept: &&Kept| kept.of == *of && (0..kept.good_s).contains(&now.seconds_since(kept.asked));
        if let Some(kept) = self.kept().as_ref().filter(is_good) {
            return Ok(kept.token.clone());
        }
        let get = Get::json(self.base.url(&["api", "v1", "access_token"], &[]), Lane::Background)
            .deadline(DEADLINE)
            .bytes_max(BYTES_MAX)
            .attempts_max(ATTEMPTS_MAX)
            .account(of.id.reveal().trim(), of.secret.reveal().trim())
            .header("user-agent", agent)
            .form(&[("grant_type", "client_credentials")]);
        let (token, life_s) = read(&self.http, &get, granted).await.map_err(in_words)?;
        let good_s = life_s.clamp(0, LIFE_MAX_S) - MARGIN_S;
        *self.kept() = Some(Kept { of: of.clone(), token: token.clone(), asked: now, good_s });
        Ok(token)
    }
}

fn in_words(error: SourceError) -> SourceError {
    match said(NAME, error, &["message", "error"]) {
        SourceError::Refused { service, message } => {
            let message = format!("{message}; check the application's id and secret");
            SourceError::Refused { service, message }
        }
        other => other,
    }
}

/// The token of a reply and how many seconds it lives.
fn granted(body: &[u8]) -> Result<(Secret, i64), SourceError> {
    // As whatever came: a reader that expects something repeats in its message what it found.
    let reply: Value = json(NAME, body)?;
    if let Some(error) = reply.get("error").filter(|error| !error.is_null()) {
        let words = error.as_str().map_or_else(|| error.to_string(), str::to_owned);
        return Err(SourceError::Refused { service: NAME, message: inert(&words) });
    }
    let changed = |reason: &str| SourceError::SchemaChanged { service: NAME, reason: reason.to_owned() };
    let fits = |text: &str| (1..=TOKEN_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    let token = reply.get("access_token").and_then(Value::as_str).filter(|text| fits(text)).map(str::to_owned);
    let life_s = reply.get("expires_in").and_then(Value::as_i64).ok_or_else(|| changed("the token has no end"))?;
    Ok((Secret::new(token.ok_or_else(|| changed("there is no token in it"))?), life_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_with_its_life_and_what_is_none_is_refused_without_showing_it() {
        let good = br#"{"access_token":"canary","token_type":"bearer","expires_in":3600,"scope":"*"}"#;
        let (token, life_s) = granted(good).unwrap();
        assert_eq!((token.reveal(), life_s), ("canary", 3600));
        for (body, code) in [
            (r#"{"error":"unsupported_grant_type"}"#, "refused"),
            (r#"{"message":"Unauthorized","error":401}"#, "refused"),
            (r#"{"access_token":"canary"}"#, "schema_changed"),
            (r#"{"access_token":["canary"],"expires_in":1}"#, "schema_changed"),
            (r#"{"access_token":"canary\r\nhost: x","expires_in":1}"#, "schema_changed"),
            (r#"{"access_token":"","expires_in":1}"#, "schema_changed"),
            (r#""canary""#, "schema_changed"),
            ("", "not_json"),
        ] {
            let error = granted(body.as_bytes()).unwrap_err();
            assert_eq!(error.code(), code, "{body}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
