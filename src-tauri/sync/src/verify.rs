//! A server's chains from their first fact: each linked, signed at its end, and the same as here.

use crate::identity::Identity;
use crate::port::{Journal, Remote, Server};
use crate::{CHECKPOINT_FACTS, Result, SyncError};
use domain::{ChainEnd, DeviceId};

/// A chain that was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerChain {
    /// Where it ends, as far as it could be followed.
    pub end: ChainEnd,
    /// Up to which fact the device signed.
    pub signed: u64,
}

/// What was found on a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerProof {
    /// Every device.
    pub chains: Vec<ServerChain>,
    /// What is wrong with one.
    pub problems: Vec<(DeviceId, SyncError)>,
}

/// Reads everything the server has and proves it.
///
/// # Errors
/// When server or journal can't be read.
pub async fn verify_server<J: Journal, S: Server>(
    journal: &J,
    server: &mut S,
    identity: &Identity,
) -> Result<ServerProof> {
    let mut proof = ServerProof::default();
    let pinned = journal.peers().await?;
    let here = journal.ends().await?;
    let vouched = journal.vouched().await?;
    for remote in server.look().await?.devices {
        let device = remote.end.device;
        let known = pinned.iter().find(|peer| peer.device == device);
        if let Some(peer) = &remote.peer {
            if !identity.vouches_for(peer) {
                proof.problems.push((device, SyncError::BadSignature { device, signer: "the trader" }));
            } else if known.is_some_and(|known| known != peer) {
                proof.problems.push((device, SyncError::KeyChanged(device)));
            }
        }
        let mine = here.iter().find(|end| end.device == device).copied().unwrap_or(ChainEnd::none(device));
        match follow(journal, server, &remote, &mine).await {
            Ok((end, problem)) => {
                let signed = signed_until(&remote, &end, &mut proof);
                let covered = vouched.iter().any(|by| by.device == device && by.seq >= end.seq);
                if problem.is_none() && signed < end.seq && !covered {
                    proof.problems.push((device, SyncError::Unproven { device, seq: signed + 1 }));
                }
                proof.problems.extend(problem.map(|problem| (device, problem)));
                proof.chains.push(ServerChain { end, signed });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(proof)
}

/// Up to where the device's own signature goes; a signature that is none is a problem.
fn signed_until(remote: &Remote, end: &ChainEnd, proof: &mut ServerProof) -> u64 {
    let device = remote.end.device;
    let (Some(head), Some(peer)) = (&remote.head, &remote.peer) else { return 0 };
    match head.proven(&peer.public_key) {
        Some(claim) if claim.end.seq < end.seq || claim.end == *end => claim.end.seq,
        Some(claim) => {
            let seen = claim.end.seq;
            proof.problems.push((device, SyncError::Withheld { device, shown: end.seq, by: device, seen }));
            end.seq.min(seen)
        }
        None => {
            proof.problems.push((device, SyncError::BadSignature { device, signer: "that device" }));
            0
        }
    }
}

/// Follows a chain; where it breaks off or is another than here.
async fn follow<J: Journal, S: Server>(
    journal: &J,
    server: &mut S,
    remote: &Remote,
    mine: &ChainEnd,
) -> Result<(ChainEnd, Option<SyncError>)> {
    let device = remote.end.device;
    let mut end = ChainEnd::none(device);
    while end.seq < remote.end.seq {
        let page = server.facts(device, end.seq, CHECKPOINT_FACTS as usize).await?;
        if page.is_empty() {
            return Ok((end, Some(SyncError::BrokenChain { device, seq: end.seq + 1 })));
        }
        for fact in &page {
            if !fact.follows(&end) {
                return Ok((end, Some(SyncError::BrokenChain { device, seq: end.seq + 1 })));
            }
            end = fact.end(device);
        }
        // A page here is enough: the links before its last one are covered by it.
        let last = end.seq.min(mine.seq);
        let ours = if last > 0 { journal.facts(device, last - 1, 1).await? } else { Vec::new() };
        let theirs = page.iter().find(|fact| fact.seq == last);
        if let (Some(ours), Some(theirs)) = (ours.first(), theirs)
            && ours.hash != theirs.hash
        {
            return Ok((end, Some(SyncError::Forked { device, seq: last })));
        }
    }
    Ok((end, None))
}
