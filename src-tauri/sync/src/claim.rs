//! What a device signs about its chain: where it stands, and how far it has seen the others.
//!
//! Invariants: the signed bytes are the canonical ones of the claim, so that one claim has one signature; a claim is bounded.
//! What it says of the others lets a third device notice that the server shows it less than it showed this one.

use crate::identity::{Identity, signed_by};
use domain::{ChainEnd, DeviceId, FactHash};

const BEGINS: &[u8; 11] = b"omc claim 1";
/// A trader has a few devices; more than this is no claim of theirs.
const SEEN_MAX: usize = 4_096;
const END_BYTES: usize = 16 + 8 + 32;

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Where the device's own chain stands.
    pub end: ChainEnd,
    /// How far it has the others' chains, by device.
    pub seen: Vec<ChainEnd>,
}

/// A claim with its signature, as it is kept and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedClaim {
    /// Whose chain.
    pub device: DeviceId,
    /// Up to which fact.
    pub seq: u64,
    /// What is signed.
    pub body: Vec<u8>,
    /// The signature.
    pub signature: [u8; 64],
}

fn put(out: &mut Vec<u8>, end: &ChainEnd) {
    out.extend_from_slice(end.device.bytes());
    out.extend_from_slice(&end.seq.to_le_bytes());
    out.extend_from_slice(&end.hash.0);
}

fn take(bytes: &[u8]) -> Option<ChainEnd> {
    Some(ChainEnd {
        device: DeviceId::from_slice(bytes.get(..16)?).ok()?,
        seq: u64::from_le_bytes(bytes.get(16..24)?.try_into().ok()?),
        hash: FactHash(bytes.get(24..END_BYTES)?.try_into().ok()?),
    })
}

impl Claim {
    /// Signs it.
    #[must_use]
    pub fn sign(mut self, identity: &Identity) -> SignedClaim {
        self.seen.retain(|end| end.device != self.end.device && end.seq > 0);
        self.seen.sort_by_key(|end| end.device);
        self.seen.truncate(SEEN_MAX);
        let mut body = BEGINS.to_vec();
        put(&mut body, &self.end);
        self.seen.iter().for_each(|end| put(&mut body, end));
        let signature = identity.sign(&body);
        SignedClaim { device: self.end.device, seq: self.end.seq, body, signature }
    }
}

impl SignedClaim {
    /// What it says, if the device signed it and it is about what it is kept under.
    #[must_use]
    pub fn proven(&self, public_key: &[u8; 32]) -> Option<Claim> {
        let ends = self.body.strip_prefix(BEGINS)?;
        if !ends.len().is_multiple_of(END_BYTES) || ends.len() / END_BYTES > SEEN_MAX + 1 {
            return None;
        }
        let mut ends = ends.chunks_exact(END_BYTES).map(take);
        let end = ends.next()??;
        let claim = Claim { end, seen: ends.collect::<Option<_>>()? };
        let same = (claim.end.device, claim.end.seq) == (self.device, self.seq);
        (same && signed_by(public_key, &self.body, &self.signature)).then_some(claim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::JoinCode;

    #[test]
    fn a_claim_says_what_was_signed_and_nothing_else_passes() {
        let device = DeviceId::from_bytes([1; 16]);
        let identity = Identity::new(device, &JoinCode::new([2; 32]), &[3; 32]);
        let key = identity.peer().public_key;
        let end = |device: u8, seq| ChainEnd {
            device: DeviceId::from_bytes([device; 16]),
            seq,
            hash: FactHash([seq as u8; 32]),
        };
        let claim = Claim { end: end(1, 7), seen: vec![end(9, 2), end(4, 3), end(1, 7), end(5, 0)] };
        let signed = claim.sign(&identity);
        let read = signed.proven(&key).unwrap();
        assert_eq!(read, Claim { end: end(1, 7), seen: vec![end(4, 3), end(9, 2)] });
        assert_eq!(SignedClaim { seq: 8, ..signed.clone() }.proven(&key), None, "kept under another place");
        let mut body = signed.body.clone();
        body[30] ^= 1;
        assert_eq!(SignedClaim { body, ..signed.clone() }.proven(&key), None);
        let other = Identity::new(device, &JoinCode::new([2; 32]), &[4; 32]).peer().public_key;
        assert_eq!(signed.proven(&other), None);
    }
}
