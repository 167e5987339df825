//! Alerts: what called for a person's attention, that they saw it, and what is set about it.
//!
//! Invariants: deciding and keeping an alert is one step at a time; an alert is told once it is kept. A notification's text is
//! plain, bounded, and holds nothing a notification service could take for markup.

use crate::dto::{AlertChange, AlertRow, AlertSettings, AlertsView, Event, OrderView};
use crate::{Error, Result, Workstation};
use domain::Timestamp;
use ledgers::alerts::{self as policy, Call, Decision, Policy, Raised};
use std::collections::{BTreeMap, BTreeSet};
use store::{AlertFilter, Store, StoredAlert};

/// Alerts shown unless more are asked for.
const ALERTS_SHOWN: usize = 200;
const BODY_CHARS_MAX: usize = 180;

/// What the system is asked to show outside of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// In a few words of our own.
    pub title: String,
    /// What happened; perhaps text from outside, made inert.
    pub body: String,
    /// It is about an order that waits for a person: acting on it leads there.
    pub asks: bool,
}

fn alert_row(alert: StoredAlert) -> AlertRow {
    AlertRow {
        banner: policy::is_banner(&alert.rule, alert.severity),
        id: alert.id,
        at: alert.at,
        rule: alert.rule,
        subject: alert.subject,
        ledger: alert.ledger,
        severity: alert.severity,
        title: alert.title,
        detail: alert.detail,
        url: alert.url,
        observation: alert.observation,
        repeats: alert.repeats,
        recovered_at: alert.recovered_at,
        seen_at: alert.seen_at,
    }
}

fn new_alert(call: &Call, now: Timestamp) -> StoredAlert {
    StoredAlert {
        id: Store::alert_id(&call.origin),
        origin: call.origin.clone(),
        topic: policy::topic(call.rule).to_owned(),
        rule: call.rule.to_owned(),
        subject: call.subject.clone(),
        ledger: call.ledger.as_str().to_owned(),
        severity: call.severity,
        title: call.title.clone(),
        detail: call.detail.clone(),
        url: call.url.clone(),
        observation: call.observation.clone(),
        at: now,
        last_at: now,
        repeats: 0,
        recovered_at: None,
        seen_at: None,
    }
}

/// An alert that came again: it lasts again, and in its worse words if it got worse.
fn again(before: StoredAlert, call: &Call, is_worse: bool, now: Timestamp) -> StoredAlert {
    let repeats = before.repeats.saturating_add(1);
    let counted = StoredAlert { last_at: now, repeats, recovered_at: None, ..before };
    if !is_worse {
        return counted;
    }
    let StoredAlert { id, origin, at, .. } = counted;
    StoredAlert { id, origin, at, repeats, ..new_alert(call, now) }
}

const fn raised(alert: &StoredAlert) -> Raised {
    Raised { severity: alert.severity, last_at: alert.last_at }
}

/// Settings as they are stored; what is not, or can't be read, is the default.
pub(super) fn settings_of(stored: Vec<(String, String)>) -> AlertSettings {
    let stored: BTreeMap<String, String> = stored.into_iter().collect();
    let severity_min = stored.get("severity_min").and_then(|text| text.parse().ok()).unwrap_or(policy::SEVERITY_MIN);
    let muted = stored.get("muted").map_or_else(Vec::new, |text| names(text).map(str::to_owned).collect());
    let notify = stored.get("notify").is_none_or(|text| text != "off");
    let webhook = stored.get("webhook").is_some_and(|text| text == "on");
    let webhook_min = stored.get("webhook_min").and_then(|text| text.parse().ok()).unwrap_or(policy::NOTIFY_FROM);
    AlertSettings { severity_min, notify, muted, webhook, webhook_min }
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// A setting as it is stored.
fn checked(name: &str, value: &str) -> Result<String> {
    let shown = ledgers::inert(value);
    match name {
        "severity_min" | "webhook_min" => match value.parse::<u8>() {
            Ok(severity @ 1..=10) => Ok(severity.to_string()),
            _ => Err(Error::usage("bad_setting", format!("'{shown}' is no severity: use 1 to 10"))),
        },
        "notify" | "webhook" if matches!(value, "on" | "off") => Ok(value.to_owned()),
        "notify" | "webhook" => Err(Error::usage("bad_setting", format!("'{shown}' is neither on nor off"))),
        "muted" => {
            let muted: BTreeSet<&str> = names(value).collect();
            match muted.iter().find(|name| !policy::RULES.contains(name)) {
                None => Ok(muted.into_iter().collect::<Vec<_>>().join(",")),
                Some(unknown) => {
                    let (unknown, rules) = (ledgers::inert(unknown), policy::RULES.join(", "));
                    Err(Error::usage("bad_setting", format!("'{unknown}' is no rule: use some of {rules}")))
                }
            }
        }
        _ => {
            let name = ledgers::inert(name);
            let words = format!("'{name}' is no setting: use severity_min, notify, muted, webhook or webhook_min");
            Err(Error::usage("bad_setting", words))
        }
    }
}

/// Text that no notification service takes for markup, on one line and cut.
fn plain(text: &str) -> String {
    let harmless = |c: char| match c {
        '<' => '‹',
        '>' => '›',
        '&' => '＆',
        c if c.is_control() => ' ',
        c => c,
    };
    let mut cut: String = text.chars().take(BODY_CHARS_MAX).map(harmless).collect();
    if text.chars().nth(BODY_CHARS_MAX).is_some() {
        cut.push('…');
    }
    cut
}

/// What is shown of a question: never its reason, which may be another program's words.
fn question_of(order: &OrderView, again: bool, demo: &str) -> Notification {
    let (book, words) = (order.book.to_string().to_uppercase(), if again { "asked again: " } else { "" });
    let at = order.limit.map_or_else(|| "instant".to_owned(), |limit| format!("limit {limit}"));
    let by = order.algorithm.as_deref().unwrap_or("by hand");
    Notification {
        title: format!("{demo}{book} · {words}{} {} {}?", order.side, order.quantity, order.coin),
        body: plain(&format!("{at}, {by}: it waits for your approval in the Inbox")),
        asks: true,
    }
}

impl Workstation {
    /// The newest alerts, and what is set about them.
    ///
    /// # Errors
    /// The store's.
    pub async fn alerts(&self, limit: Option<usize>, unseen: bool) -> Result<AlertsView> {
        let filter = AlertFilter { unseen, limit: Some(limit.unwrap_or(ALERTS_SHOWN)), ..AlertFilter::default() };
        Ok(AlertsView {
            alerts: self.store().alerts(&filter).await?.into_iter().map(alert_row).collect(),
            unseen: self.store().alerts_unseen().await?,
            settings: settings_of(self.store().alert_settings().await?),
            rules: policy::RULES.map(str::to_owned).to_vec(),
        })
    }

    /// Notes that a person saw an alert, or all of them.
    ///
    /// # Errors
    /// `unknown_alert`; a workspace opened for reading; the store's.
    pub async fn alert_seen(&self, id: Option<&str>) -> Result<AlertsView> {
        self.require_writer()?;
        let _one = self.inner.alerting.lock().await;
        let before = self.alerts(Some(usize::MAX), id.is_none()).await?.alerts;
        if let Some(id) = id
            && !before.iter().any(|alert| alert.id == id)
        {
            return Err(Error::usage("unknown_alert", format!("'{}' is no alert", ledgers::inert(id))));
        }
        let now = self.now();
        self.store().see_alerts(id, now).await?;
        let touched = before.into_iter().filter(|alert| alert.seen_at.is_none() && id.is_none_or(|id| alert.id == id));
        for alert in touched {
            self.tell(Event::Alert { alert: AlertRow { seen_at: Some(now), ..alert }, change: AlertChange::Seen });
        }
        self.alerts(None, false).await
    }

    /// Sets something about alerts: `severity_min`, `notify`, `muted`, `webhook`, `webhook_min`.
    ///
    /// # Errors
    /// `bad_setting`, `webhook_not_set`, `bad_webhook`, and then nothing is set; a workspace opened for reading; the store's.
    pub async fn alerts_set(&self, changes: &BTreeMap<String, String>) -> Result<AlertsView> {
        self.require_writer()?;
        let checked: Result<Vec<_>> =
            changes.iter().map(|(name, value)| Ok((name.clone(), checked(name, value)?))).collect();
        let checked = checked?;
        if checked.iter().any(|(name, value)| name == "webhook" && value == "on") {
            self.webhook_address().await?;
        }
        self.store().set_alert_settings(&checked).await?;
        self.alerts(None, false).await
    }

    /// What the system should show of an event, if anything.
    pub async fn notification(&self, event: &Event) -> Option<Notification> {
        if let Event::Asked { order, again } = event {
            let demo = if self.home().is_demo() { "DEMO · " } else { "" };
            return Some(question_of(order, *again, demo));
        }
        let Event::Alert { alert, change } = event else { return None };
        let words = match change {
            AlertChange::Raised => "",
            AlertChange::Worse => "worse: ",
            AlertChange::Recovered => "over: ",
            AlertChange::Repeated | AlertChange::Seen => return None,
        };
        if !policy::is_notified(&alert.rule, alert.severity) {
            return None;
        }
        let settings = settings_of(self.store().alert_settings().await.ok()?);
        let demo = if self.home().is_demo() { "DEMO · " } else { "" };
        let rule = alert.rule.replace('_', " ");
        settings.notify.then(|| Notification {
            title: format!("{demo}{words}{rule}, severity {} of 10", alert.severity),
            body: plain(&alert.title),
            asks: false,
        })
    }

    /// Decides about a call: raises an alert, counts it with the one there is, or does nothing.
    pub(crate) async fn raise(&self, call: Call) -> Result<()> {
        let _one = self.inner.alerting.lock().await;
        let (call, now) = (call.inert(), self.now());
        let settings = settings_of(self.store().alert_settings().await?);
        let policy = Policy { severity_min: settings.severity_min, muted: settings.muted.iter().cloned().collect() };
        let newest = |filter| async move { Ok::<_, Error>(self.store().alerts(&filter).await?.into_iter().next()) };
        let one = AlertFilter { limit: Some(1), ..AlertFilter::default() };
        let same_origin = newest(AlertFilter { origin: Some(&call.origin), ..one.clone() }).await?;
        let topic = Some((policy::topic(call.rule), call.subject.as_str()));
        let same_topic = newest(AlertFilter { topic, ..one }).await?;
        let (origin, subject) = (same_origin.as_ref().map(raised), same_topic.as_ref().map(raised));
        let before = same_origin.or(same_topic);
        let (alert, change) = match (policy::decide(&call, &policy, origin, subject, now), before) {
            (Decision::Ignore, _) => return Ok(()),
            (Decision::Repeat, Some(before)) => (again(before, &call, false, now), AlertChange::Repeated),
            (Decision::Worse, Some(before)) => (again(before, &call, true, now), AlertChange::Worse),
            (Decision::Raise | Decision::Repeat | Decision::Worse, _) => (new_alert(&call, now), AlertChange::Raised),
        };
        self.store().save_alert(&alert).await?;
        self.queue_telling(&settings, &alert, change).await;
        self.tell(Event::Alert { alert: alert_row(alert), change });
        Ok(())
    }

    /// Notes that what a topic's alerts about a subject told is over.
    pub(crate) async fn recovered(&self, topic: &str, subject: &str) -> Result<()> {
        let _one = self.inner.alerting.lock().await;
        let now = self.now();
        let filter = AlertFilter { topic: Some((topic, subject)), open: true, ..AlertFilter::default() };
        let open = self.store().alerts(&filter).await?;
        if open.is_empty() {
            return Ok(());
        }
        let settings = settings_of(self.store().alert_settings().await?);
        for alert in open {
            let alert = StoredAlert { recovered_at: Some(now), ..alert };
            self.store().save_alert(&alert).await?;
            self.queue_telling(&settings, &alert, AlertChange::Recovered).await;
            self.tell(Event::Alert { alert: alert_row(alert), change: AlertChange::Recovered });
        }
        Ok(())
    }
}
