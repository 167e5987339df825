//! Text from outside, as data.
//!
//! Invariants: bounded, plain, with where it is from and since when it is known; nothing reads it but whoever shows it.

use domain::Timestamp;
use domain::session::bounded;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most characters of one quotation.
const TEXT_CHARS_MAX: usize = 500;
const SOURCE_CHARS_MAX: usize = 64;

/// Somebody else's words: a headline, a coin's name, an error of an exchange.
///
/// It has no way to be compared, searched or parsed; [`Display`](fmt::Display) fences it for a reader or a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quoted {
    text: String,
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    known_at: Option<Timestamp>,
}

impl Quoted {
    /// Words of somebody.
    #[must_use]
    pub fn new(text: &str, source: &str, known_at: Option<Timestamp>) -> Self {
        let line = |text: &str, chars_max: usize| {
            let whole = bounded(&text.replace(['\n', '\r', '\t'], " "), chars_max + 1);
            if whole.chars().count() <= chars_max {
                return whole;
            }
            whole.chars().take(chars_max - 1).chain(['…']).collect()
        };
        Self { text: line(text, TEXT_CHARS_MAX), source: line(source, SOURCE_CHARS_MAX), known_at }
    }

    /// Itself within its bounds: it may have come from a text somebody else wrote.
    #[must_use]
    pub fn held(&self) -> Self {
        Self::new(&self.text, &self.source, self.known_at)
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What closes the fence can't stand inside it.
        let (text, source) = (self.text.replace('»', "›").replace('«', "‹"), self.source.replace(['»', '«'], ""));
        write!(f, "«{text}» ({source}")?;
        match self.known_at {
            Some(at) => write!(f, ", known {at})"),
            None => f.write_str(")"),
        }
    }
}
