//! The store as the journal a round speaks to.

use ::sync::{CHECKPOINT_FACTS, Journal, Peer, Result, SignedClaim, SyncError, Taken};
use domain::{ChainEnd, DeviceId, SealedFact};
use store::{PeerClaim, Store, StoreError};

/// The store's journal.
pub(super) struct StoreJournal(pub Store);

fn failed(error: StoreError) -> SyncError {
    match error {
        StoreError::Forked { device, seq } => SyncError::Forked { device, seq },
        StoreError::BrokenChain { device, seq } => SyncError::BrokenChain { device, seq },
        other => SyncError::Journal { code: other.code(), message: other.to_string() },
    }
}

fn damaged(what: &str) -> SyncError {
    SyncError::Journal { code: "damaged", message: format!("what is kept of the trader's devices is damaged: {what}") }
}

fn peer(kept: store::Peer) -> Result<Peer> {
    Ok(Peer {
        device: kept.device,
        public_key: kept.public_key.try_into().map_err(|_| damaged("a key"))?,
        certificate: kept.certificate.try_into().map_err(|_| damaged("a certificate"))?,
    })
}

fn claim(kept: PeerClaim) -> Result<SignedClaim> {
    let signature = kept.signature.try_into().map_err(|_| damaged("a signature"))?;
    Ok(SignedClaim { device: kept.device, seq: kept.seq, body: kept.body, signature })
}

impl Journal for StoreJournal {
    async fn ends(&self) -> Result<Vec<ChainEnd>> {
        self.0.chain_ends().await.map_err(failed)
    }

    async fn facts(&self, device: DeviceId, after: u64, most: usize) -> Result<Vec<SealedFact>> {
        self.0.sealed_facts(device, after, most).await.map_err(failed)
    }

    async fn receive(&self, device: DeviceId, facts: &[SealedFact]) -> Result<Taken> {
        let received = self.0.receive_facts(device, facts).await.map_err(failed)?;
        Ok(Taken { applied: received.applied, waiting: received.waiting, twins: received.twins })
    }

    async fn vouched(&self) -> Result<Vec<ChainEnd>> {
        self.0.restored_from().await.map_err(failed)
    }

    async fn peers(&self) -> Result<Vec<Peer>> {
        self.0.peers().await.map_err(failed)?.into_iter().map(peer).collect()
    }

    async fn keep_peers(&self, peers: &[Peer]) -> Result<()> {
        let kept = |peer: &Peer| store::Peer {
            device: peer.device,
            public_key: peer.public_key.to_vec(),
            certificate: peer.certificate.to_vec(),
        };
        self.0.keep_peers(&peers.iter().map(kept).collect::<Vec<_>>()).await.map_err(failed)
    }

    async fn claims(&self, device: DeviceId, from_seq: u64) -> Result<(Option<SignedClaim>, Option<SignedClaim>)> {
        let (first, newest) = self.0.peer_claims(device, from_seq).await.map_err(failed)?;
        Ok((first.map(claim).transpose()?, newest.map(claim).transpose()?))
    }

    async fn keep_claim(&self, signed: &SignedClaim) -> Result<()> {
        let kept = PeerClaim {
            device: signed.device,
            seq: signed.seq,
            body: signed.body.clone(),
            signature: signed.signature.to_vec(),
        };
        self.0.keep_claim(&kept, CHECKPOINT_FACTS).await.map_err(failed)
    }
}
