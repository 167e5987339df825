//! Signs of life: when an algorithm was asked last, and what it saw. A setting, not a fact: losing it costs nothing.

use super::lock;
use crate::Workstation;
use domain::{Denial, Name, Timestamp};
use serde::{Deserialize, Serialize};

/// How often it is noted for other processes while nothing else happens.
const KEPT_EVERY_S: i64 = 30;

/// An algorithm's signs of life.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pulse {
    /// When it was looked at last.
    pub seen: Option<Timestamp>,
    /// The end of the newest candle it took.
    pub candle: Option<Timestamp>,
    /// Why it says nothing now, when there is a reason.
    pub note: Option<Denial>,
    #[serde(skip)]
    kept: Option<Timestamp>,
}

fn setting(name: &Name) -> String {
    format!("pulse.{name}")
}

impl Workstation {
    pub(super) fn note_pulse(&self, name: &Name, change: impl FnOnce(&mut Pulse)) {
        change(lock(&self.inner.algorithms.pulses).entry(name.clone()).or_default());
    }

    /// Notes it where other processes see it; it is not worth a word when that fails.
    pub(super) async fn keep_pulse(&self, name: &Name) {
        let now = self.now();
        let due = {
            let mut pulses = lock(&self.inner.algorithms.pulses);
            let pulse = pulses.entry(name.clone()).or_default();
            let due = pulse.kept.is_none_or(|kept| !(0..KEPT_EVERY_S).contains(&now.seconds_since(kept)));
            if due {
                pulse.kept = Some(now);
            }
            due.then(|| pulse.clone())
        };
        if let Some(text) = due.and_then(|pulse| serde_json::to_string(&pulse).ok()) {
            let _ = self.store().set_settings(&[(&setting(name), text)]).await;
        }
    }

    /// The newest signs of life, of this process or of the one that runs it.
    pub(crate) async fn pulse(&self, name: &Name) -> Pulse {
        let own = lock(&self.inner.algorithms.pulses).get(name).cloned();
        if let Some(own) = own {
            return own;
        }
        let kept = self.store().setting(&setting(name)).await.ok().flatten();
        kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }
}
