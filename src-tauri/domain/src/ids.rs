//! Identifiers. Every one is made from bytes handed in; nothing here draws random numbers.

use crate::clock::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use std::fmt;

/// Why text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not {what}")]
pub struct IdError {
    what: &'static str,
    text: String,
}

fn from_hex<const N: usize>(what: &'static str, text: &str) -> Result<[u8; N], IdError> {
    let bad = || IdError { what, text: text.chars().take(40).collect() };
    let raw = text.as_bytes();
    if raw.len() != 2 * N || !raw.iter().all(u8::is_ascii_hexdigit) {
        return Err(bad());
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(raw.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
    }
    Ok(bytes)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// From its bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// From a slice of exactly the right length.
            ///
            /// # Errors
            /// [`IdError`] when the length differs.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError { what: $what, text: format!("{} bytes", bytes.len()) })
            }

            /// Its bytes.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// Reads the hexadecimal form.
            ///
            /// # Errors
            /// [`IdError`].
            pub fn parse(text: &str) -> Result<Self, IdError> {
                from_hex($what, text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                if out.is_human_readable() { out.collect_str(self) } else { self.0.serialize(out) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                if input.is_human_readable() {
                    Self::parse(&String::deserialize(input)?).map_err(de::Error::custom)
                } else {
                    <[u8; $bytes]>::deserialize(input).map(Self)
                }
            }
        }
    };
}

id! {
    /// One installation of the workspace. A restored or copied workspace gets a new one.
    DeviceId, 16, "a device id (32 hexadecimal digits)"
}
id! {
    /// One order, ours or not yet sent. The first six bytes are its time, so that ids sort by age.
    OrderId, 16, "an order id (32 hexadecimal digits)"
}
id! {
    /// One trade: the fingerprint of what makes it that trade, equal on every device.
    TradeId, 16, "a trade id (32 hexadecimal digits)"
}
id! {
    /// One movement that is no trade: the fingerprint of what makes it that movement, equal on every device.
    MovementId, 16, "a movement id (32 hexadecimal digits)"
}
id! {
    /// One session of the Lab. The first six bytes are its time, so that ids sort by age.
    SessionId, 16, "a session id (32 hexadecimal digits)"
}
id! {
    /// One question of a session: made from the session and the question's number, so that it is the same after a restart.
    QuestionId, 16, "a question id (32 hexadecimal digits)"
}
id! {
    /// Something a session made: the SHA-256 of its bytes.
    ArtefactId, 32, "an artefact id (64 hexadecimal digits)"
}

/// The time in milliseconds, then random bytes: such ids sort by age.
fn timed(now: Timestamp, random: [u8; 10]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&now.millis().to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random);
    bytes
}

impl SessionId {
    /// A new id from the time and ten random bytes.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self(timed(now, random))
    }
}

impl QuestionId {
    /// The id of a session's question by its number.
    #[must_use]
    pub fn of(session: SessionId, number: u32) -> Self {
        let hash = Sha256::new().chain_update(session.bytes()).chain_update(number.to_be_bytes()).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Self(bytes)
    }
}

impl ArtefactId {
    /// The id of these bytes.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }
}

impl OrderId {
    /// A new id from the time and ten random bytes.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self(timed(now, random))
    }

    /// When it was made, to the millisecond.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        let mut millis = [0; 8];
        millis[2..].copy_from_slice(&self.0[..6]);
        Timestamp::from_millis(i64::from_be_bytes(millis))
    }
}

/// The link of the journal's chain: SHA-256 over the link before and this fact.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FactHash(pub [u8; 32]);

impl FactHash {
    /// What stands before the first fact.
    pub const GENESIS: Self = Self([0; 32]);

    /// Reads 64 hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let digits = text.as_bytes();
        let plain = digits.len() == 64 && digits.iter().all(u8::is_ascii_hexdigit);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)).filter(|_| plain) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        plain.then_some(Self(bytes))
    }

    /// The SHA-256 of a value's compact bytes: equal values have equal ones.
    #[must_use]
    pub fn of(value: &impl Serialize) -> Self {
        // Only a sequence of unknown length has no such bytes.
        Self(Sha256::digest(postcard::to_allocvec(value).unwrap_or_default()).into())
    }
}

impl fmt::Display for FactHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for FactHash {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(out)
    }
}

impl<'de> Deserialize<'de> for FactHash {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        <[u8; 32]>::deserialize(input).map(Self)
    }
}

impl fmt::Debug for FactHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_as_hex_and_come_back() {
        let id = OrderId::new(Timestamp::from_millis(1_700_000_000_000), [7; 10]);
        assert_eq!(OrderId::parse(&id.to_string()).unwrap(), id);
        assert_eq!(id.time(), Timestamp::from_millis(1_700_000_000_000));
        assert!(OrderId::parse("xyz").is_err());
        assert!(OrderId::parse(&"é".repeat(16)).is_err());
    }

    #[test]
    fn a_later_order_has_a_larger_id() {
        let early = OrderId::new(Timestamp::from_millis(1000), [255; 10]);
        let late = OrderId::new(Timestamp::from_millis(1001), [0; 10]);
        assert!(early < late);
    }
}
