//! What one poll changed, as bytes: entry after entry the coin's number (four bytes), the length of its quote (one byte),
//! the quote. Entries are skipped by their length, so that one coin is found without reading the others. Two polls at the
//! same moment are one after the other; the last word on a coin counts.

use crate::pack::Damaged;

const HEAD_BYTES: usize = 5;

/// Adds a coin's quote.
pub(super) fn push(poll: &mut Vec<u8>, no: u32, quote: &[u8]) {
    poll.extend_from_slice(&no.to_be_bytes());
    // A quote takes at most 46 bytes.
    poll.push(quote.len() as u8);
    poll.extend_from_slice(quote);
}

/// The coins' numbers and quotes of a poll.
pub(super) fn entries(poll: &[u8]) -> Entries<'_> {
    Entries(poll)
}

pub(super) struct Entries<'a>(&'a [u8]);

impl<'a> Iterator for Entries<'a> {
    type Item = Result<(u32, &'a [u8]), Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let rest = std::mem::take(&mut self.0);
        let read = rest.split_first_chunk::<HEAD_BYTES>().and_then(|([a, b, c, d, length], rest)| {
            let (quote, rest) = rest.split_at_checked(usize::from(*length))?;
            self.0 = rest;
            Some((u32::from_be_bytes([*a, *b, *c, *d]), quote))
        });
        Some(read.ok_or(Damaged("a poll that breaks off")))
    }
}
