//! A server in memory, for tests of whoever syncs: it keeps what a Postgres would, can break off at any exchange, and can lie.

use crate::claim::SignedClaim;
use crate::identity::Peer;
use crate::port::{Look, Remote, Server};
use crate::{CHECKPOINT_FACTS, Result, SyncError};
use domain::{ChainEnd, DeviceId, SealedFact};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is kept.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// The devices, with their keys.
    pub devices: BTreeMap<DeviceId, Option<Peer>>,
    /// Their facts by sequence.
    pub facts: BTreeMap<DeviceId, BTreeMap<u64, SealedFact>>,
    /// What they signed last.
    pub heads: BTreeMap<DeviceId, SignedClaim>,
    /// What they signed at round numbers.
    pub checkpoints: BTreeMap<(DeviceId, u64), SignedClaim>,
}

/// How an exchange breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Nothing was kept.
    Before,
    /// Everything was kept, and nobody hears of it.
    After,
}

/// The server; clones share what is kept.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
    /// After so many exchanges the connection breaks, in this way.
    pub breaks: Option<(u32, Break)>,
}

impl Memory {
    /// What is kept, to look at or to change behind everybody's back.
    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exchange<T>(&mut self, work: impl FnOnce(&mut Kept) -> Result<T>) -> Result<T> {
        let broken = || SyncError::Unreachable { host: "memory".to_owned(), detail: "cut".to_owned() };
        let how = match &mut self.breaks {
            Some((0, how)) => Some(*how),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        if how == Some(Break::Before) {
            return Err(broken());
        }
        let done = work(&mut self.kept())?;
        if how.is_some() { Err(broken()) } else { Ok(done) }
    }
}

impl Server for Memory {
    async fn look(&mut self) -> Result<Look> {
        self.exchange(|kept| {
            let remote = |(device, peer): (&DeviceId, &Option<Peer>)| {
                let last = kept.facts.get(device).and_then(|facts| facts.values().next_back());
                Remote {
                    end: last.map_or(ChainEnd::none(*device), |fact| fact.end(*device)),
                    peer: peer.clone(),
                    head: kept.heads.get(device).cloned(),
                }
            };
            Ok(Look { devices: kept.devices.iter().map(remote).collect() })
        })
    }

    async fn checkpoint(&mut self, device: DeviceId, from_seq: u64) -> Result<Option<SignedClaim>> {
        self.exchange(|kept| {
            let first = kept.checkpoints.range((device, from_seq)..=(device, u64::MAX)).next();
            Ok(first.map(|(_, claim)| claim.clone()))
        })
    }

    async fn facts(&mut self, device: DeviceId, after: u64, most: usize) -> Result<Vec<SealedFact>> {
        self.exchange(|kept| {
            let facts = kept.facts.entry(device).or_default();
            Ok(facts.range(after + 1..).take(most).map(|(_, fact)| fact.clone()).collect())
        })
    }

    async fn register(&mut self, device: DeviceId, peer: Option<&Peer>) -> Result<()> {
        self.exchange(|kept| {
            let known = kept.devices.entry(device).or_default();
            if known.is_none() {
                *known = peer.cloned();
            }
            Ok(())
        })
    }

    async fn push(&mut self, device: DeviceId, facts: &[SealedFact], claim: Option<&SignedClaim>) -> Result<()> {
        self.exchange(|kept| {
            let known = kept.facts.entry(device).or_default();
            let differs = facts.iter().find(|fact| known.get(&fact.seq).is_some_and(|known| known.hash != fact.hash));
            if let Some(fact) = differs {
                return Err(SyncError::Forked { device, seq: fact.seq });
            }
            known.extend(facts.iter().map(|fact| (fact.seq, fact.clone())));
            if let Some(claim) = claim {
                let head = kept.heads.entry(device).or_insert_with(|| claim.clone());
                if head.seq <= claim.seq {
                    *head = claim.clone();
                }
                if claim.seq.is_multiple_of(CHECKPOINT_FACTS) {
                    kept.checkpoints.entry((device, claim.seq)).or_insert_with(|| claim.clone());
                }
            }
            Ok(())
        })
    }
}
