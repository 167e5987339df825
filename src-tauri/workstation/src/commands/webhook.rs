//! Alerts told to a webhook of the trader's: kept before they are sent, sent a few times at most, and what became of each
//! recorded.
//!
//! The body is JSON: `id`, `version` 1, `change` (`raised`, `worse`, `recovered`, `test`), `at`, `demo`, and `alert` with `id`,
//! `rule`, `subject`, `ledger`, `severity` and `title`. With a secret, `X-OMC-Signature: sha256=…` is its HMAC-SHA256 in hex.
//! Invariants: https, or http to this machine; no redirect is followed; the same telling has the same id and the same
//! bytes however often it is sent; an address or a secret is in no log, error or answer. Deliberately absent: what an alert
//! is, and anything that comes back but a status.

use super::alerts::settings_of;
use crate::dto::{AlertChange, AlertSettings, DeliveryRow, WebhookView};
use crate::{Error, Result, Workstation};
use domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use ledgers::Secret;
use omc_http::{Lane, Post, PostError, Url};
use serde_json::json;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::time::Duration;
use store::{Delivery, Store, StoredAlert};
use tokio::time::sleep;

const NAMES: [&str; 2] = ["webhook_url", "webhook_secret"];
/// Tellings that wait at most; more are dropped, and that is recorded.
const WAITING_MAX: usize = 200;
/// Sent in one go at most.
const AT_ONCE_MAX: usize = 8;
/// How long after each try the next one comes; after the last there is none.
const AGAIN_S: [i64; 4] = [5, 30, 120, 600];
/// Older news is not told any more.
const LATE_S: i64 = 3_600;
const DEADLINE: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const LOOKED_EVERY: Duration = Duration::from_secs(1);
const TOLD_MAX: usize = 200;
const MICROS: i64 = 1_000_000;

/// What came of sending once.
struct Tried {
    status: Option<u16>,
    error: Option<String>,
    /// Another try may go better.
    again: bool,
}

fn word(change: AlertChange) -> Option<&'static str> {
    match change {
        AlertChange::Raised => Some("raised"),
        AlertChange::Worse => Some("worse"),
        AlertChange::Recovered => Some("recovered"),
        AlertChange::Repeated | AlertChange::Seen => None,
    }
}

fn signature(secret: &Secret, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("sha256={hex}"))
}

/// A telling that waits.
fn telling(id: String, change: &str, alert: Option<&StoredAlert>, demo: bool, now: Timestamp) -> Delivery {
    let about = alert.map(|alert| {
        json!({
            "id": alert.id, "rule": alert.rule, "subject": alert.subject, "ledger": alert.ledger,
            "severity": alert.severity, "title": alert.title,
        })
    });
    let body = json!({
        "id": id, "version": 1, "change": change, "at": now.to_string(), "demo": demo, "alert": about,
    });
    Delivery {
        id,
        alert: alert.map(|alert| alert.id.clone()),
        change: change.to_owned(),
        body: body.to_string(),
        state: "waiting".to_owned(),
        attempts: 0,
        created_at: now,
        next_at: now,
        last_at: None,
        status: None,
        error: None,
    }
}

/// A telling after it was tried once more.
fn after(delivery: Delivery, tried: Tried, now: Timestamp) -> Delivery {
    let Tried { status, error, again } = tried;
    let wait_s = AGAIN_S.get(delivery.attempts as usize).filter(|_| again);
    let attempts = delivery.attempts.saturating_add(1);
    let state = match (&error, wait_s) {
        (None, _) => "delivered",
        (Some(_), Some(_)) => "waiting",
        (Some(_), None) => "failed",
    };
    let next_at = now.plus_micros(wait_s.copied().unwrap_or_default() * MICROS);
    Delivery { state: state.to_owned(), attempts, next_at, last_at: Some(now), status, error, ..delivery }
}

fn row(delivery: Delivery) -> DeliveryRow {
    let next_at = (delivery.state == "waiting").then_some(delivery.next_at);
    DeliveryRow {
        id: delivery.id,
        alert: delivery.alert,
        change: delivery.change,
        at: delivery.created_at,
        state: delivery.state,
        attempts: delivery.attempts,
        last_at: delivery.last_at,
        next_at,
        status: delivery.status,
        error: delivery.error,
    }
}

/// An address that may be told something: https, or http to this machine. The words hold no part of it.
fn address(secret: &Secret) -> Result<Url> {
    let bad = |why: &str| Error::usage("bad_webhook", format!("the webhook's address {why}: store webhook_url anew"));
    // The base is judged by the same rules as every other; what it says of the address is not passed on.
    let url = Url::parse(secret.reveal().trim()).map_err(|_| bad("can't be read"))?;
    omc_http::base_url(None, url.as_str()).map_err(|error| match error.code() {
        "insecure_url" => bad("is plain http to another machine"),
        _ => bad("is not one that is spoken to (https, without a user name in it)"),
    })?;
    Ok(url)
}

impl Workstation {
    /// How alerts are told to the webhook, and what became of the newest ones.
    ///
    /// # Errors
    /// The store's.
    pub async fn webhook(&self) -> Result<WebhookView> {
        let settings = settings_of(self.store().alert_settings().await?);
        let (host, problem) = match self.webhook_address().await {
            Ok(url) => (url.host_str().map(str::to_owned), None),
            Err(error) if error.code() == "webhook_not_set" => (None, None),
            Err(error) => (None, Some(error.to_string())),
        };
        Ok(WebhookView {
            on: settings.webhook,
            severity_min: settings.webhook_min,
            host,
            problem,
            signed: self.inner.secrets.get("webhook_secret").is_some(),
            deliveries: self.store().deliveries(TOLD_MAX).await?.into_iter().map(row).collect(),
        })
    }

    /// Tells alerts to the webhook from now on, or no longer.
    ///
    /// # Errors
    /// Those of [`Self::alerts_set`].
    pub async fn webhook_set(&self, on: bool) -> Result<WebhookView> {
        let value = if on { "on" } else { "off" };
        self.alerts_set(&BTreeMap::from([("webhook".to_owned(), value.to_owned())])).await?;
        self.webhook().await
    }

    /// Tells the webhook that this is a test, once and now; what became of it is the newest in the answer.
    ///
    /// # Errors
    /// `webhook_not_set`, `bad_webhook`; a workspace opened for reading; the store's.
    pub async fn webhook_test(&self) -> Result<WebhookView> {
        self.require_writer()?;
        self.webhook_address().await?;
        let now = self.now();
        let id = Store::alert_id(&format!("test|{}|{}", now.micros(), u64::from_le_bytes(crate::clock::random()?)));
        let test = telling(id, "test", None, self.home().is_demo(), now);
        let tried = self.send_telling(&test).await;
        self.store().save_delivery(&after(test, Tried { again: false, ..tried }, self.now())).await?;
        self.webhook().await
    }

    /// The webhook's address.
    ///
    /// # Errors
    /// `webhook_not_set`, `bad_webhook`.
    pub(super) async fn webhook_address(&self) -> Result<Url> {
        let trouble = self.inner.secrets.refresh(&NAMES).await;
        match (self.inner.secrets.get("webhook_url"), trouble) {
            (Some(secret), _) => address(&secret),
            (None, Some(trouble)) => Err(trouble.into()),
            (None, None) => {
                Err(Error::refused("webhook_not_set", "no address of a webhook is stored: store webhook_url first"))
            }
        }
    }

    /// Keeps what is to be told of an alert. Its trouble is the log's: the alert stands all the same.
    pub(super) async fn queue_telling(&self, settings: &AlertSettings, alert: &StoredAlert, change: AlertChange) {
        let Some(change) = word(change).filter(|_| settings.webhook && alert.severity >= settings.webhook_min) else {
            return;
        };
        let when = alert.recovered_at.unwrap_or(alert.last_at).micros();
        let id = Store::alert_id(&format!("{}|{change}|{when}", alert.id));
        let mut delivery = telling(id, change, Some(alert), self.home().is_demo(), self.now());
        let kept = async {
            if self.store().waiting_deliveries().await?.len() >= WAITING_MAX {
                delivery.state = "dropped".to_owned();
                delivery.error = Some("too_many_waiting".to_owned());
            }
            self.store().save_delivery(&delivery).await
        };
        if let Err(error) = kept.await {
            tracing::warn!(code = error.code(), "an alert will not be told to the webhook: {error}");
        }
    }

    /// Sends what is due, again and again.
    pub(crate) async fn watch_webhook(&self) {
        loop {
            sleep(LOOKED_EVERY).await;
            if let Err(error) = self.send_tellings().await {
                tracing::warn!(code = error.code(), "the webhook could not be told: {error}");
            }
        }
    }

    /// Sends what is due, once each.
    pub(crate) async fn send_tellings(&self) -> Result<()> {
        let waiting = self.store().waiting_deliveries().await?;
        if waiting.is_empty() {
            return Ok(());
        }
        let on = settings_of(self.store().alert_settings().await?).webhook;
        let now = self.now();
        let longest = AGAIN_S.into_iter().max().unwrap_or_default();
        // A clock that was set back must not keep it waiting for ever.
        let is_due = |one: &Delivery| one.next_at <= now || one.next_at.seconds_since(now) > longest;
        for delivery in waiting.into_iter().filter(is_due).take(AT_ONCE_MAX) {
            let late = now.seconds_since(delivery.created_at) > LATE_S;
            let ended = if !on { Some("webhook_off") } else { late.then_some("too_late") };
            if let Some(code) = ended {
                let ended = Delivery { state: "dropped".to_owned(), error: Some(code.to_owned()), ..delivery };
                self.store().save_delivery(&ended).await?;
                continue;
            }
            let tried = self.send_telling(&delivery).await;
            self.store().save_delivery(&after(delivery, tried, self.now())).await?;
        }
        Ok(())
    }

    async fn send_telling(&self, delivery: &Delivery) -> Tried {
        let failed = |code: &str, again| Tried { status: None, error: Some(code.to_owned()), again };
        let url = match self.webhook_address().await {
            Ok(url) => url,
            // A keyring that is locked may be open by the next try.
            Err(error) => return failed(&error.code(), true),
        };
        let outside = match self.outside().await {
            Ok(outside) => outside,
            Err(error) => return failed(&error.code(), true),
        };
        let body = delivery.body.clone().into_bytes();
        let signed = self.inner.secrets.get("webhook_secret").and_then(|secret| signature(&secret, &body));
        let mut post = Post::json(url, Lane::Background, body).private().deadline(DEADLINE).bytes_max(ANSWER_BYTES_MAX);
        post = post.header("X-OMC-Delivery", &delivery.id);
        if let Some(signed) = signed {
            post = post.header("X-OMC-Signature", &signed);
        }
        match outside.http().post_once(&post).await {
            Ok(answer) if (200..300).contains(&answer.status) => {
                Tried { status: Some(answer.status), error: None, again: false }
            }
            Ok(answer) => {
                let again = answer.status >= 500 || matches!(answer.status, 408 | 425 | 429);
                let code = if (300..400).contains(&answer.status) { "redirected" } else { "refused" };
                Tried { status: Some(answer.status), error: Some(code.to_owned()), again }
            }
            Err(PostError::NotSent(error) | PostError::Unknown(error)) => failed(error.code(), true),
        }
    }
}

#[cfg(test)]
mod tests;
