//! What a round needs of the journal on this device, and of the server.

use crate::Result;
use crate::claim::SignedClaim;
use crate::identity::Peer;
use domain::{ChainEnd, DeviceId, SealedFact};
use std::future::Future;

/// What the journal did with facts that came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Those that count from now on.
    pub applied: u64,
    /// Those that wait for a version that can read them.
    pub waiting: u64,
    /// Trades among them that another device told too.
    pub twins: u64,
}

/// The journal on this device.
pub trait Journal: Send + Sync {
    /// Where each device's chain ends here; this device's own among them.
    fn ends(&self) -> impl Future<Output = Result<Vec<ChainEnd>>> + Send;

    /// Facts of a device behind a place, in sequence, at most so many.
    fn facts(&self, device: DeviceId, after: u64, most: usize) -> impl Future<Output = Result<Vec<SealedFact>>> + Send;

    /// Takes in a proven run of another device's facts: all of it, durable on return, or nothing.
    fn receive(&self, device: DeviceId, facts: &[SealedFact]) -> impl Future<Output = Result<Taken>> + Send;

    /// Up to where devices that were restored vouch for the chains they came from.
    fn vouched(&self) -> impl Future<Output = Result<Vec<ChainEnd>>> + Send;

    /// The devices met so far, with the keys pinned then.
    fn peers(&self) -> impl Future<Output = Result<Vec<Peer>>> + Send;

    /// Pins the keys of new ones.
    fn keep_peers(&self, peers: &[Peer]) -> impl Future<Output = Result<()>> + Send;

    /// What a device signed: the first claim at this fact or later, and the newest of all.
    fn claims(
        &self,
        device: DeviceId,
        from_seq: u64,
    ) -> impl Future<Output = Result<(Option<SignedClaim>, Option<SignedClaim>)>> + Send;

    /// Keeps a claim.
    fn keep_claim(&self, claim: &SignedClaim) -> impl Future<Output = Result<()>> + Send;
}

/// A device as the server shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Where its chain ends there.
    pub end: ChainEnd,
    /// Its key, when it joined by itself.
    pub peer: Option<Peer>,
    /// What it signed last.
    pub head: Option<SignedClaim>,
}

/// The server at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Its devices.
    pub devices: Vec<Remote>,
}

/// A place where devices leave their facts for each other. It is trusted with nothing but keeping them.
pub trait Server: Send {
    /// All devices, as of one moment.
    fn look(&mut self) -> impl Future<Output = Result<Look>> + Send;

    /// The first claim kept at this fact of a device or later.
    fn checkpoint(
        &mut self,
        device: DeviceId,
        from_seq: u64,
    ) -> impl Future<Output = Result<Option<SignedClaim>>> + Send;

    /// Facts of a device behind a place, in sequence, at most so many.
    fn facts(
        &mut self,
        device: DeviceId,
        after: u64,
        most: usize,
    ) -> impl Future<Output = Result<Vec<SealedFact>>> + Send;

    /// Makes a device known, with its key where it has one. Known ones are passed over.
    fn register(&mut self, device: DeviceId, peer: Option<&Peer>) -> impl Future<Output = Result<()>> + Send;

    /// Leaves facts of a device, and what it signed about them, whole or not at all. Facts that are there already are passed
    /// over; another fact in such a place is [`crate::SyncError::Forked`].
    fn push(
        &mut self,
        device: DeviceId,
        facts: &[SealedFact],
        claim: Option<&SignedClaim>,
    ) -> impl Future<Output = Result<()>> + Send;
}
