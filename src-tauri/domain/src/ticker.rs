//! Short codes: coins, currencies, and names of venues and algorithms.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::sync::Arc;

/// Why a code or name is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TickerError {
    /// Not 1 to 15 of the characters a ticker is made of.
    #[error("'{0}' is not a coin: 1 to 15 letters, digits, '.', '-' or '_', beginning with a letter or digit")]
    NotTicker(String),
    /// Not a name.
    #[error("'{0}' is not a name: 1 to 64 characters, none of them control characters")]
    NotName(String),
}

const TICKER_BYTES_MAX: usize = 15;
const NAME_CHARS_MAX: usize = 64;

fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

macro_rules! ticker {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            bytes: [u8; TICKER_BYTES_MAX],
            length: u8,
        }

        impl $name {
            /// Reads a code in any case; it is upper-case from here on.
            ///
            /// # Errors
            /// [`TickerError::NotTicker`].
            pub fn parse(text: &str) -> Result<Self, TickerError> {
                let raw = text.as_bytes();
                let good = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
                let starts_well = raw.first().is_some_and(u8::is_ascii_alphanumeric);
                if raw.len() > TICKER_BYTES_MAX || !starts_well || !raw.iter().all(good) {
                    return Err(TickerError::NotTicker(clip(text)));
                }
                let mut bytes = [0; TICKER_BYTES_MAX];
                for (to, from) in bytes.iter_mut().zip(raw) {
                    *to = from.to_ascii_uppercase();
                }
                Ok(Self { bytes, length: raw.len() as u8 })
            }

            /// The code, upper-case.
            #[must_use]
            pub fn as_str(&self) -> &str {
                // Only ASCII gets in, so this never falls back.
                std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

ticker! {
    /// A coin by its ticker, such as `BTC`; always upper-case.
    Coin
}
ticker! {
    /// A currency code, such as `AUD`.
    Currency
}

impl Currency {
    /// Australian dollars.
    pub const AUD: Self = {
        let mut bytes = [0; TICKER_BYTES_MAX];
        bytes[0] = b'A';
        bytes[1] = b'U';
        bytes[2] = b'D';
        Self { bytes, length: 3 }
    };
}

impl Serialize for Coin {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Coin {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Self::parse(<std::borrow::Cow<'_, str>>::deserialize(input)?.as_ref()).map_err(de::Error::custom)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        // In compact bytes the home currency is the empty text: it stands in every trade.
        let home = !out.is_human_readable() && *self == Self::AUD;
        out.serialize_str(if home { "" } else { self.as_str() })
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let compact = !input.is_human_readable();
        let text = <std::borrow::Cow<'_, str>>::deserialize(input)?;
        if compact && text.is_empty() {
            return Ok(Self::AUD);
        }
        Self::parse(text.as_ref()).map_err(de::Error::custom)
    }
}

/// The name of a venue, an algorithm or a setting; shared, cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// Takes a name as it is.
    ///
    /// # Errors
    /// [`TickerError::NotName`] when it is empty, too long or has control characters.
    pub fn parse(text: &str) -> Result<Self, TickerError> {
        if text.is_empty() || text.chars().count() > NAME_CHARS_MAX || text.chars().any(char::is_control) {
            return Err(TickerError::NotName(clip(text)));
        }
        Ok(Self(text.into()))
    }

    /// A name of what we wrote ourselves: cut and cleaned until it is one.
    #[must_use]
    pub fn fitted(text: &str) -> Self {
        let plain: String = text.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
        Self(if plain.is_empty() { "unnamed".into() } else { plain.into() })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Self::parse(<std::borrow::Cow<'_, str>>::deserialize(input)?.as_ref()).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coin_is_upper_case_whatever_comes_in() {
        assert_eq!(Coin::parse("btc").unwrap().as_str(), "BTC");
        assert_eq!(Coin::parse("1inch").unwrap().to_string(), "1INCH");
    }

    #[test]
    fn hostile_tickers_are_refused() {
        for bad in ["", "=SUM(A1)", "-BTC", "<b>", "BTC ETH", "ABCDEFGHIJKLMNOP", "bitcöin", "a\u{0}"] {
            assert!(Coin::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_home_currency_costs_one_byte_in_compact_form() {
        assert_eq!(postcard::to_allocvec(&Currency::AUD).unwrap().len(), 1);
        let usd = Currency::parse("USD").unwrap();
        let bytes = postcard::to_allocvec(&usd).unwrap();
        assert_eq!(postcard::from_bytes::<Currency>(&bytes).unwrap(), usd);
        assert_eq!(serde_json::to_string(&Currency::AUD).unwrap(), "\"AUD\"");
    }

    #[test]
    fn a_name_is_short_and_printable() {
        assert!(Name::parse("sma_cross").is_ok());
        assert!(Name::parse("").is_err());
        assert!(Name::parse("a\nb").is_err());
        assert!(Name::parse(&"x".repeat(65)).is_err());
        for text in ["", "\u{0}", "a\nb", &"é".repeat(100)] {
            assert!(Name::parse(Name::fitted(text).as_str()).is_ok(), "{text:?}");
        }
    }
}
