//! Who a device is, and how others know that it is the trader's.
//!
//! The trader has one signing key, which every device of theirs keeps; its public half names the trader. It reaches a new
//! device by the join code, past the server. With it a device signs its own public key, so that the server can't add a device.
//! A device's own key is made from a seed of this machine and the device's id: a workspace copied to another machine has
//! another key there, and that is noticed. Deliberately absent: where the seeds are kept.

use crate::{Result, SyncError};
use domain::DeviceId;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

const CODE_BEGINS: &str = "omc1-";
const SUM_BYTES: usize = 4;

/// A trader as the server knows them: the first half of the SHA-256 of their public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraderId(pub [u8; 16]);

/// What makes a device one of the trader's. A secret.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinCode([u8; 32]);

impl fmt::Debug for JoinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinCode(…)")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let plain = digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if plain { digits.chunks_exact(2).map(byte).collect() } else { None }
}

impl fmt::Display for TraderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl TraderId {
    fn of(key: &VerifyingKey) -> Self {
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

impl JoinCode {
    /// A new trader's, from random bytes.
    #[must_use]
    pub const fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    fn sum(&self) -> [u8; SUM_BYTES] {
        let mut hash = Sha256::new();
        hash.update(b"omc join code");
        hash.update(self.0);
        let digest: [u8; 32] = hash.finalize().into();
        let mut sum = [0; SUM_BYTES];
        sum.copy_from_slice(&digest[..SUM_BYTES]);
        sum
    }

    /// As a person reads and types it.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{CODE_BEGINS}{}{}", hex(&self.0), hex(&self.sum()))
    }

    /// Reads one; spaces and case don't matter.
    ///
    /// # Errors
    /// [`SyncError::BadCode`], also for a slip of the pen.
    pub fn parse(text: &str) -> Result<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        let bytes = text.strip_prefix(CODE_BEGINS).and_then(unhex).ok_or(SyncError::BadCode)?;
        let (seed, sum) = bytes.split_at_checked(32).ok_or(SyncError::BadCode)?;
        let code = Self(seed.try_into().map_err(|_| SyncError::BadCode)?);
        if code.sum() == sum { Ok(code) } else { Err(SyncError::BadCode) }
    }

    /// Whose it is.
    #[must_use]
    pub fn trader(&self) -> TraderId {
        TraderId::of(&SigningKey::from_bytes(&self.0).verifying_key())
    }
}

/// A device's public key with the trader's signature under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The device.
    pub device: DeviceId,
    /// Its public key.
    pub public_key: [u8; 32],
    /// The trader's signature.
    pub certificate: [u8; 64],
}

fn certified(device: DeviceId, public_key: &[u8; 32]) -> Vec<u8> {
    let mut words = b"omc device 1".to_vec();
    words.extend_from_slice(device.bytes());
    words.extend_from_slice(public_key);
    words
}

/// Whether this key signed these words.
pub(crate) fn signed_by(public_key: &[u8; 32], words: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public_key)
        .is_ok_and(|key| key.verify_strict(words, &Signature::from_bytes(signature)).is_ok())
}

/// This device, with the keys it signs with.
pub struct Identity {
    device: DeviceId,
    trader: SigningKey,
    key: SigningKey,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("device", &self.device)
            .field("trader", &self.trader_id())
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// The identity of a device on a machine with this seed.
    #[must_use]
    pub fn new(device: DeviceId, trader: &JoinCode, machine_seed: &[u8; 32]) -> Self {
        let mut seed = Sha256::new();
        seed.update(b"omc device key 1");
        seed.update(machine_seed);
        seed.update(device.bytes());
        let seed: [u8; 32] = seed.finalize().into();
        Self { device, trader: SigningKey::from_bytes(&trader.0), key: SigningKey::from_bytes(&seed) }
    }

    /// The device.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// The trader.
    #[must_use]
    pub fn trader_id(&self) -> TraderId {
        TraderId::of(&self.trader.verifying_key())
    }

    /// What others need to know this device by.
    #[must_use]
    pub fn peer(&self) -> Peer {
        let public_key = self.key.verifying_key().to_bytes();
        let certificate = self.trader.sign(&certified(self.device, &public_key)).to_bytes();
        Peer { device: self.device, public_key, certificate }
    }

    /// Whether the trader signed a device's key.
    #[must_use]
    pub fn vouches_for(&self, peer: &Peer) -> bool {
        let trader = self.trader.verifying_key().to_bytes();
        signed_by(&trader, &certified(peer.device, &peer.public_key), &peer.certificate)
    }

    pub(crate) fn sign(&self, words: &[u8]) -> [u8; 64] {
        self.key.sign(words).to_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_join_code_comes_back_as_typed_and_a_slip_is_noticed() {
        let code = JoinCode::new([9; 32]);
        let text = code.reveal();
        assert_eq!(JoinCode::parse(&format!(" {} ", text.to_uppercase())).unwrap(), code);
        let slip = text.replacen('0', "1", 1);
        assert_eq!(JoinCode::parse(&slip), Err(SyncError::BadCode));
        assert_eq!(JoinCode::parse("omc1-"), Err(SyncError::BadCode));
        assert!(!format!("{code:?}").contains("0909"));
    }

    #[test]
    fn only_the_trader_makes_a_device_one_of_theirs() {
        let (trader, other) = (JoinCode::new([1; 32]), JoinCode::new([2; 32]));
        let device = DeviceId::from_bytes([5; 16]);
        let own = Identity::new(device, &trader, &[3; 32]);
        assert!(own.vouches_for(&Identity::new(DeviceId::from_bytes([6; 16]), &trader, &[4; 32]).peer()));
        assert!(!own.vouches_for(&Identity::new(device, &other, &[3; 32]).peer()));
        let moved = Peer { device: DeviceId::from_bytes([7; 16]), ..own.peer() };
        assert!(!own.vouches_for(&moved), "a key is certified for one device");
        assert_ne!(own.peer(), Identity::new(device, &trader, &[9; 32]).peer(), "another machine has another key");
    }
}
