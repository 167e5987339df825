//! A kill on one device stops all of them.
//!
//! A kill is known by the moment it was pulled. Invariants: the latch is pulled before the kill counts as heeded, so that a crash
//! in between pulls it again; a kill this journal knew before, told again by a device that heeded it, pulls nothing; what can't
//! be read counts as a kill. Deliberately absent: opening again, which each device's person does there.

use crate::dto::KillReceipt;
use crate::{Result, Workstation, kill as switch};
use domain::{Fact, Timestamp};
use std::collections::{HashMap, HashSet};
use store::{FactPlace, JournalFilter};

const KILLED: u16 = 41;
const PAGE: usize = 1_000;

fn pulled_at(fact: &Fact) -> Option<Timestamp> {
    let Fact::Killed { receipt } = fact else { return None };
    serde_json::from_str::<KillReceipt>(receipt).ok().map(|receipt| receipt.pulled_at)
}

impl Workstation {
    /// Carries out the kills of other devices that came.
    pub(super) async fn heed_kills(&self) -> Result<()> {
        let came = self.store().kills_to_heed().await?;
        if came.is_empty() {
            return Ok(());
        }
        let moments = self.kills_known().await?;
        let new: HashSet<FactPlace> = came.iter().copied().collect();
        let before: HashSet<Timestamp> =
            moments.iter().filter(|(place, _)| !new.contains(place)).filter_map(|(_, at)| *at).collect();
        let moment = |place: &FactPlace| moments.get(place).copied().flatten();
        let genuine = came.iter().find(|place| moment(place).is_none_or(|at| !before.contains(&at)));
        if let Some(place) = genuine {
            tracing::warn!("the kill switch was pulled on another device: trading stops here too");
            switch::pull(self.home(), moment(place).unwrap_or(self.now()))?;
        }
        self.store().kills_heeded(&came).await?;
        if genuine.is_some() {
            self.cancel_for_kill(false).await;
        }
        Ok(())
    }

    /// Every kill in the journal, with the moment it was pulled where that can be read.
    async fn kills_known(&self) -> Result<HashMap<FactPlace, Option<Timestamp>>> {
        let mut known = HashMap::new();
        let mut after = None;
        loop {
            let filter = JournalFilter { kind: Some(KILLED), after, limit: PAGE, ..JournalFilter::default() };
            let page = self.store().journal_page(&filter).await?;
            known.extend(page.facts.iter().map(|fact| (fact.place, fact.fact.as_ref().ok().and_then(pulled_at))));
            after = page.next;
            if after.is_none() {
                return Ok(known);
            }
        }
    }
}
