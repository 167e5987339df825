//! A fact in its envelope, as it travels between devices: bytes and their link in the chain, whatever they say.
//!
//! Invariant: the link covers everything here and the link before, so that a run of facts is proven by its last one.
//! Deliberately absent: what the bytes mean; a device carries facts of a newer version without reading them.

use crate::clock::Timestamp;
use crate::ids::{DeviceId, FactHash};
use sha2::{Digest, Sha256};

/// A fact of a device's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFact {
    /// Its sequence.
    pub seq: u64,
    /// When it was recorded, by the clock of then.
    pub recorded_at: Timestamp,
    /// The number of its kind.
    pub kind: u16,
    /// Its body.
    pub body: Vec<u8>,
    /// Its link.
    pub hash: FactHash,
}

/// How far a device's chain goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainEnd {
    /// The device.
    pub device: DeviceId,
    /// The sequence of its last fact; 0 before the first.
    pub seq: u64,
    /// The link of that fact.
    pub hash: FactHash,
}

impl FactHash {
    /// The link of a fact: everything about it and the link before.
    #[must_use]
    pub fn link(before: &Self, device: &DeviceId, seq: u64, recorded_at: Timestamp, kind: u16, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(before.0);
        hash.update(device.bytes());
        hash.update(seq.to_le_bytes());
        hash.update(recorded_at.micros().to_le_bytes());
        hash.update(kind.to_le_bytes());
        hash.update(body);
        Self(hash.finalize().into())
    }
}

impl SealedFact {
    /// The link these bytes have behind another fact of the device.
    #[must_use]
    pub fn link(&self, before: &FactHash, device: &DeviceId) -> FactHash {
        FactHash::link(before, device, self.seq, self.recorded_at, self.kind, &self.body)
    }

    /// Whether it is the very next fact of a chain that ends like this.
    #[must_use]
    pub fn follows(&self, end: &ChainEnd) -> bool {
        self.seq == end.seq + 1 && self.link(&end.hash, &end.device) == self.hash
    }

    /// The end of the chain behind this fact.
    #[must_use]
    pub const fn end(&self, device: DeviceId) -> ChainEnd {
        ChainEnd { device, seq: self.seq, hash: self.hash }
    }
}

impl ChainEnd {
    /// The end of a chain without a fact.
    #[must_use]
    pub const fn none(device: DeviceId) -> Self {
        Self { device, seq: 0, hash: FactHash::GENESIS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_follows_only_the_chain_it_was_linked_to_and_only_unchanged() {
        let device = DeviceId::from_bytes([1; 16]);
        let end = ChainEnd::none(device);
        let at = Timestamp::from_millis(5);
        let hash = FactHash::link(&end.hash, &device, 1, at, 41, b"x");
        let fact = SealedFact { seq: 1, recorded_at: at, kind: 41, body: b"x".to_vec(), hash };
        assert!(fact.follows(&end));
        assert!(!fact.follows(&ChainEnd::none(DeviceId::from_bytes([2; 16]))), "another device's chain");
        assert!(!fact.follows(&fact.end(device)), "again");
        assert!(!SealedFact { kind: 42, ..fact.clone() }.follows(&end));
        assert!(!SealedFact { body: b"y".to_vec(), ..fact.clone() }.follows(&end));
        assert!(!SealedFact { recorded_at: Timestamp::from_millis(6), ..fact }.follows(&end));
    }
}
