//! Algorithms that a protection holds, told as alerts when it begins and when it is over.
//!
//! Invariants: one lock raises one alert, also after a restart; a lock that ended while nothing ran is told as over at the
//! next look. Deliberately absent: what locks, and lifting it.

use crate::{Result, Workstation};
use domain::Book;
use ledgers::Ledger;
use ledgers::alerts::{Call, PROTECTION};
use std::collections::BTreeSet;
use std::time::Duration;
use store::AlertFilter;
use tokio::time::sleep;

const LOOKED_EVERY: Duration = Duration::from_secs(5);
const PAPER_SEVERITY: u8 = 6;
const LIVE_SEVERITY: u8 = 8;

fn subject(lock: &floor::Lock) -> String {
    let coin = lock.coin.map_or_else(String::new, |coin| format!(" {coin}"));
    format!("{} {}{coin}", lock.algorithm, lock.book)
}

fn call(lock: &floor::Lock) -> Call {
    let rule = lock.rule.as_str();
    let coin = lock.coin.map_or_else(|| "every coin".to_owned(), |coin| coin.to_string());
    Call {
        rule: PROTECTION,
        subject: subject(lock),
        ledger: Ledger::Exchange,
        severity: if lock.book == Book::Live { LIVE_SEVERITY } else { PAPER_SEVERITY },
        title: format!("{} buys no {coin} in the {} book: {}", lock.algorithm, lock.book, rule.replace('_', " ")),
        detail: format!("Until {}. {}. Sells go on.", lock.until, lock.why),
        url: None,
        observation: None,
        origin: format!("{PROTECTION}|{}|{rule}|{}", subject(lock), lock.until),
    }
}

impl Workstation {
    /// Looks again and again at what protections hold.
    pub(crate) async fn watch_locks(&self) {
        let mut told = None;
        loop {
            sleep(LOOKED_EVERY).await;
            if let Err(error) = self.notice_locks(&mut told).await {
                tracing::warn!(code = error.code(), "what protections hold could not be told: {error}");
            }
        }
    }

    /// Tells which locks began and which are over since the last look; at the first one, since the alerts that are open.
    pub(crate) async fn notice_locks(&self, told: &mut Option<BTreeSet<String>>) -> Result<()> {
        let locks = {
            let desk = self.desk().await?;
            desk.risk.protections.locks(&desk.risk.own, self.now())
        };
        let held: BTreeSet<String> = locks.iter().map(|lock| call(lock).origin).collect();
        if told.as_ref() == Some(&held) {
            return Ok(());
        }
        let subjects: BTreeSet<String> = locks.iter().map(subject).collect();
        for lock in &locks {
            self.raise(call(lock)).await?;
        }
        let open = AlertFilter { open: true, ..AlertFilter::default() };
        for alert in self.store().alerts(&open).await? {
            if alert.rule == PROTECTION && !subjects.contains(&alert.subject) {
                self.recovered(PROTECTION, &alert.subject).await?;
            }
        }
        *told = Some(held);
        Ok(())
    }
}
