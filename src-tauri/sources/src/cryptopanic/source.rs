//! CryptoPanic as a collected source.

use super::INFO;
use super::client::CryptoPanic;
use crate::error::SourceError;
use crate::registry::Opening;
use domain::Timestamp;
use ledgers::{Collecting, Source, SourceInfo};

struct CryptoPanicSource(CryptoPanic);

/// The source at its documented address, or where `url` says.
///
/// # Errors
/// [`SourceError::Http`] when the replacement is no address we would ask.
pub fn open(opening: Opening<'_>) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(CryptoPanicSource(CryptoPanic::new(opening.http, opening.url, opening.settings)?)))
}

impl Source for CryptoPanicSource {
    fn info(&self) -> SourceInfo {
        INFO
    }

    fn lacks(&self) -> Option<String> {
        self.0.token().err()
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.posts(now).await.map_err(|error| error.of(INFO)) })
    }
}
