//! One round: look, prove, pull what others have, push what the server lacks, sign how far everything was seen.
//!
//! The order matters. Everything that is known is compared before anything is taken over, so that a fork is noticed first;
//! others' facts are taken in before the own claim is signed, so that it tells of them; a claim is written with the facts it
//! speaks of, or after them. A device's trouble stops only that device: the others' facts still come, and the own still go.

use crate::claim::{Claim, SignedClaim};
use crate::identity::{Identity, Peer};
use crate::port::{Journal, Look, Remote, Server};
use crate::{CHECKPOINT_FACTS, Result, SyncError};
use domain::{ChainEnd, DeviceId, SealedFact};
use std::collections::BTreeMap;

/// Facts asked for at once.
const PAGE: usize = CHECKPOINT_FACTS as usize;
/// Facts and bytes held until the link that proves them has come.
const UNPROVEN_FACTS_MAX: usize = 20 * PAGE;
const UNPROVEN_BYTES_MAX: usize = 64 << 20;
/// How often chains that vouch for each other are gone over again.
const PASSES_MAX: usize = 8;

#[cfg(test)]
mod tests;

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Facts the server has now that it had not.
    pub pushed: u64,
    /// Facts that count here now.
    pub pulled: u64,
    /// Facts that wait here for a version that can read them.
    pub waiting: u64,
    /// Trades that two devices told.
    pub twins: u64,
    /// The server had less of a device than it once had: it was set back, and got what it lacked.
    pub healed: bool,
    /// Where each device's chain ended on the server when it was looked at.
    pub there: Vec<ChainEnd>,
    /// Where chains end on the server that were left there further.
    pub left: Vec<ChainEnd>,
    /// What went wrong with some device, first found; the rest was done.
    pub trouble: Option<SyncError>,
}

impl Outcome {
    fn note(&mut self, error: SyncError) -> Result<()> {
        // A server that went away, or a journal that can't be written, is no device's trouble.
        if error.is_offline() || matches!(error, SyncError::Journal { .. }) {
            return Err(error);
        }
        tracing::warn!(code = error.code(), "{error}");
        self.trouble.get_or_insert(error);
        Ok(())
    }
}

struct Round<'a, J, S> {
    journal: &'a J,
    server: &'a mut S,
    identity: &'a Identity,
    here: BTreeMap<DeviceId, ChainEnd>,
    there: BTreeMap<DeviceId, Remote>,
    /// Keys of devices that are the trader's.
    keys: BTreeMap<DeviceId, Peer>,
    /// Devices that nothing more is taken of.
    barred: Vec<DeviceId>,
    outcome: Outcome,
}

/// Brings journal and server together once.
///
/// # Errors
/// [`SyncError::Forked`] and [`SyncError::Copied`] when this device is not the only one of its name: then nothing was done. The
/// server's and the journal's. What is wrong with another device is in the outcome.
pub async fn round<J: Journal, S: Server>(journal: &J, server: &mut S, identity: &Identity) -> Result<Outcome> {
    let here = journal.ends().await?.into_iter().map(|end| (end.device, end)).collect();
    let Look { devices } = server.look().await?;
    let there: BTreeMap<_, _> = devices.into_iter().map(|remote| (remote.end.device, remote)).collect();
    let outcome = Outcome { there: there.values().map(|remote| remote.end).collect(), ..Outcome::default() };
    let (keys, barred) = (BTreeMap::new(), Vec::new());
    let mut round = Round { journal, server, identity, here, there, keys, barred, outcome };
    round.check_own().await?;
    round.learn_keys().await?;
    round.compare().await?;
    round.pull().await?;
    round.check_seen().await?;
    round.push().await?;
    round.claim().await?;
    Ok(round.outcome)
}

impl<J: Journal, S: Server> Round<'_, J, S> {
    fn end_here(&self, device: DeviceId) -> ChainEnd {
        self.here.get(&device).copied().unwrap_or(ChainEnd::none(device))
    }

    fn end_there(&self, device: DeviceId) -> ChainEnd {
        self.there.get(&device).map_or(ChainEnd::none(device), |remote| remote.end)
    }

    fn bar(&mut self, device: DeviceId, error: SyncError) -> Result<()> {
        self.barred.push(device);
        self.outcome.note(error)
    }

    /// Another workspace that writes under this device's name stops everything.
    async fn check_own(&mut self) -> Result<()> {
        let device = self.identity.device();
        let own = self.identity.peer();
        if let Some(peer) = self.there.get(&device).and_then(|remote| remote.peer.as_ref())
            && peer.public_key != own.public_key
        {
            return Err(SyncError::Copied);
        }
        if let Some(peer) = self.journal.peers().await?.into_iter().find(|peer| peer.device == device)
            && peer.public_key != own.public_key
        {
            return Err(SyncError::Copied);
        }
        if let Some(differs) = self.differs(device).await? {
            return Err(SyncError::Forked { device, seq: differs });
        }
        let (here, there) = (self.end_here(device), self.end_there(device));
        if there.seq > here.seq {
            return Err(SyncError::Forked { device, seq: here.seq + 1 });
        }
        Ok(())
    }

    /// A fact both sides have and that is not the same.
    async fn differs(&self, device: DeviceId) -> Result<Option<u64>> {
        let (here, there) = (self.end_here(device), self.end_there(device));
        if there.seq == 0 || there.seq > here.seq {
            // What follows here must link to what is here: that is seen when it comes.
            return Ok(None);
        }
        let same = if there.seq == here.seq {
            there.hash == here.hash
        } else {
            let fact = self.journal.facts(device, there.seq - 1, 1).await?;
            fact.first().is_some_and(|fact| fact.hash == there.hash)
        };
        Ok((!same).then_some(there.seq))
    }

    /// Pins the keys of devices that the trader signed; a device shown with another key is barred.
    async fn learn_keys(&mut self) -> Result<()> {
        let mut new = Vec::new();
        self.keys = self.journal.peers().await?.into_iter().map(|peer| (peer.device, peer)).collect();
        let shown: Vec<Peer> = self.there.values().filter_map(|remote| remote.peer.clone()).collect();
        for peer in shown.into_iter().chain([self.identity.peer()]) {
            match self.keys.get(&peer.device) {
                Some(known) if *known == peer => {}
                Some(_) => self.bar(peer.device, SyncError::KeyChanged(peer.device))?,
                None if !self.identity.vouches_for(&peer) => {
                    self.bar(peer.device, SyncError::BadSignature { device: peer.device, signer: "the trader" })?;
                }
                None => {
                    new.push(peer.clone());
                    self.keys.insert(peer.device, peer);
                }
            }
        }
        if new.is_empty() { Ok(()) } else { self.journal.keep_peers(&new).await }
    }

    /// Holds what both sides have against each other, and notices a server that was set back.
    async fn compare(&mut self) -> Result<()> {
        let devices: Vec<DeviceId> = self.there.keys().copied().filter(|of| *of != self.identity.device()).collect();
        for device in devices {
            if let Some(seq) = self.differs(device).await? {
                self.bar(device, SyncError::Forked { device, seq })?;
            }
        }
        let known: Vec<DeviceId> = self.keys.keys().copied().collect();
        for device in known {
            let (_, newest) = self.journal.claims(device, 0).await?;
            self.outcome.healed |= newest.is_some_and(|claim| claim.seq > self.end_there(device).seq);
        }
        Ok(())
    }

    fn proven(&mut self, signed: &SignedClaim) -> Result<Option<Claim>> {
        let claim = self.keys.get(&signed.device).and_then(|peer| signed.proven(&peer.public_key));
        if claim.is_none() {
            self.bar(signed.device, SyncError::BadSignature { device: signed.device, signer: "that device" })?;
        }
        Ok(claim)
    }

    /// Takes over what is proven, again while one chain vouches for another.
    async fn pull(&mut self) -> Result<()> {
        for _ in 0..PASSES_MAX {
            let before = self.here.clone();
            let devices: Vec<DeviceId> = self.there.keys().copied().collect();
            for device in devices {
                while !self.barred.contains(&device) && self.end_there(device).seq > self.end_here(device).seq {
                    match self.pull_part(device).await {
                        Ok(true) => {}
                        Ok(false) => break,
                        Err(error) => self.bar(device, error)?,
                    }
                }
            }
            if self.here == before {
                break;
            }
        }
        let unproven =
            self.there.keys().copied().find(|device| {
                !self.barred.contains(device) && self.end_there(*device).seq > self.end_here(*device).seq
            });
        if let Some(device) = unproven {
            self.outcome.note(SyncError::Unproven { device, seq: self.end_here(device).seq + 1 })?;
        }
        Ok(())
    }

    /// The next link of a device's chain that can be believed, with what it was signed by.
    async fn next_proven(&mut self, device: DeviceId) -> Result<Option<(ChainEnd, Option<SignedClaim>)>> {
        let here = self.end_here(device);
        let head = self.there.get(&device).and_then(|remote| remote.head.clone());
        let mut signed = Vec::new();
        if self.end_there(device).seq - here.seq > CHECKPOINT_FACTS / 2 {
            signed.extend(self.server.checkpoint(device, here.seq + 1).await?);
        }
        signed.extend(head);
        let mut proven = Vec::new();
        for signed in signed {
            if signed.device != device {
                return Err(SyncError::BadSignature { device, signer: "that device" });
            }
            if let Some(claim) = self.proven(&signed)? {
                proven.push((claim.end, Some(signed)));
            }
        }
        let vouched = self.journal.vouched().await?.into_iter().filter(|end| end.device == device);
        proven.extend(vouched.map(|end| (end, None)));
        let reach = self.end_there(device).seq;
        proven.retain(|(end, _)| end.seq > here.seq && end.seq <= reach);
        Ok(proven.into_iter().min_by_key(|(end, _)| end.seq))
    }

    /// Takes over a device's facts up to the next proven link; false when there is none.
    async fn pull_part(&mut self, device: DeviceId) -> Result<bool> {
        let Some((target, signed)) = self.next_proven(device).await? else { return Ok(false) };
        let (mut end, mut run, mut bytes) = (self.end_here(device), Vec::<SealedFact>::new(), 0);
        while end.seq < target.seq {
            let most = PAGE.min(usize::try_from(target.seq - end.seq).unwrap_or(PAGE));
            let page = self.server.facts(device, end.seq, most).await?;
            for fact in &page {
                if !fact.follows(&end) {
                    return Err(SyncError::BrokenChain { device, seq: end.seq + 1 });
                }
                end = fact.end(device);
                bytes += fact.body.len();
            }
            if page.is_empty() || end.seq > target.seq {
                return Err(SyncError::BrokenChain { device, seq: end.seq + 1 });
            }
            run.extend(page);
            if run.len() > UNPROVEN_FACTS_MAX || bytes > UNPROVEN_BYTES_MAX {
                return Err(SyncError::Unproven { device, seq: self.end_here(device).seq + 1 });
            }
        }
        if end != target {
            return Err(SyncError::BrokenChain { device, seq: target.seq });
        }
        let taken = self.journal.receive(device, &run).await?;
        if let Some(signed) = signed {
            self.journal.keep_claim(&signed).await?;
        }
        self.outcome.pulled += taken.applied;
        self.outcome.waiting += taken.waiting;
        self.outcome.twins += taken.twins;
        self.here.insert(device, end);
        Ok(true)
    }

    /// What others saw must be here now, and be the same.
    async fn check_seen(&mut self) -> Result<()> {
        let heads: Vec<SignedClaim> = self.there.values().filter_map(|remote| remote.head.clone()).collect();
        for signed in heads {
            if self.barred.contains(&signed.device) || signed.device == self.identity.device() {
                continue;
            }
            let Some(claim) = self.proven(&signed)? else { continue };
            for seen in claim.seen.iter().chain([&claim.end]) {
                self.check_one(signed.device, seen).await?;
            }
        }
        Ok(())
    }

    async fn check_one(&mut self, by: DeviceId, seen: &ChainEnd) -> Result<()> {
        let (device, here) = (seen.device, self.end_here(seen.device));
        if seen.seq > here.seq {
            if device == self.identity.device() {
                return Err(SyncError::Forked { device, seq: here.seq + 1 });
            }
            if self.barred.contains(&device) {
                return Ok(());
            }
            return self.outcome.note(SyncError::Withheld { device, shown: here.seq, by, seen: seen.seq });
        }
        let same = if seen.seq == here.seq {
            seen.hash == here.hash
        } else {
            let fact = self.journal.facts(device, seen.seq.saturating_sub(1), 1).await?;
            fact.first().is_some_and(|fact| fact.hash == seen.hash)
        };
        if same || seen.seq == 0 {
            return Ok(());
        }
        if device == self.identity.device() {
            return Err(SyncError::Forked { device, seq: seen.seq });
        }
        self.bar(device, SyncError::Forked { device, seq: seen.seq })
    }

    /// Leaves what the server lacks, of every device: a server that was set back gets everything again.
    async fn push(&mut self) -> Result<()> {
        let own = self.identity.device();
        let lacking =
            |keys: &Peer, there: Option<&Remote>| there.is_none_or(|remote| remote.peer.as_ref() != Some(keys));
        let peers: Vec<Peer> = self
            .keys
            .values()
            .filter(|peer| !self.barred.contains(&peer.device) && lacking(peer, self.there.get(&peer.device)))
            .cloned()
            .collect();
        for peer in peers {
            self.server.register(peer.device, Some(&peer)).await?;
        }
        // A device that vouches for another comes before it, so that the other is believed at once.
        let mut devices: Vec<DeviceId> = self.here.keys().copied().collect();
        devices.sort_by_key(|device| *device != own);
        for device in devices {
            if self.barred.contains(&device) || self.end_there(device).seq >= self.end_here(device).seq {
                continue;
            }
            if !self.there.contains_key(&device) && !self.keys.contains_key(&device) {
                self.server.register(device, None).await?;
            }
            let pushed = if device == own { self.push_own().await } else { self.push_others(device).await };
            if pushed.is_ok() {
                self.outcome.left.push(self.end_here(device));
            }
            if let Err(error) = pushed {
                if device == own {
                    return Err(error);
                }
                self.bar(device, error)?;
            }
        }
        Ok(())
    }

    async fn push_own(&mut self) -> Result<()> {
        let device = self.identity.device();
        let (mut at, end) = (self.end_there(device).seq, self.end_here(device).seq);
        while at < end {
            // Up to the next round number, so that a claim stands at each.
            let most = (CHECKPOINT_FACTS - at % CHECKPOINT_FACTS).min(end - at);
            let facts = self.journal.facts(device, at, usize::try_from(most).unwrap_or(PAGE)).await?;
            let Some(last) = facts.last() else { return Ok(()) };
            let claim = Claim { end: last.end(device), seen: Vec::new() }.sign(self.identity);
            self.server.push(device, &facts, Some(&claim)).await?;
            self.outcome.pushed += facts.len() as u64;
            at = last.seq;
        }
        Ok(())
    }

    /// Leaves another device's facts as far as something proves them.
    async fn push_others(&mut self, device: DeviceId) -> Result<()> {
        let (mut at, end) = (self.end_there(device).seq, self.end_here(device).seq);
        while at < end {
            let (claim, _) = self.journal.claims(device, at + 1).await?;
            let until = claim.as_ref().map_or(end, |claim| claim.seq).min(end);
            while at < until {
                let most = PAGE.min(usize::try_from(until - at).unwrap_or(PAGE));
                let facts = self.journal.facts(device, at, most).await?;
                let Some(last) = facts.last() else { return Ok(()) };
                let reached = claim.as_ref().filter(|claim| claim.seq == last.seq);
                self.server.push(device, &facts, reached).await?;
                self.outcome.pushed += facts.len() as u64;
                at = last.seq;
            }
        }
        Ok(())
    }

    /// Signs how far everything was seen, where the server does not say so yet.
    async fn claim(&mut self) -> Result<()> {
        let device = self.identity.device();
        let seen: Vec<ChainEnd> =
            self.here.values().filter(|end| !self.barred.contains(&end.device)).copied().collect();
        let claim = Claim { end: self.end_here(device), seen }.sign(self.identity);
        let is_there = self.there.get(&device).and_then(|remote| remote.head.as_ref()) == Some(&claim);
        if !is_there && claim.seq > 0 {
            self.server.push(device, &[], Some(&claim)).await?;
        }
        let (_, newest) = self.journal.claims(device, 0).await?;
        if newest.as_ref() != Some(&claim) && claim.seq > 0 {
            self.journal.keep_claim(&claim).await?;
        }
        Ok(())
    }
}
