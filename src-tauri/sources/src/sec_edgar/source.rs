//! The filings as a collected source.

use super::INFO;
use super::client::Edgar;
use crate::error::SourceError;
use crate::registry::Opening;
use domain::Timestamp;
use ledgers::{Collecting, Source, SourceInfo};

/// The filings as a source.
pub struct SecEdgarSource(Edgar);

/// The source at its documented address, or where `url` says.
///
/// # Errors
/// [`SourceError::Http`] when the replacement is no address we would ask.
pub fn open(opening: Opening<'_>) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(SecEdgarSource(Edgar::new(opening.http, opening.url, opening.settings)?)))
}

impl Source for SecEdgarSource {
    fn info(&self) -> SourceInfo {
        INFO
    }

    fn lacks(&self) -> Option<String> {
        self.0.contact().err()
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.filings(now).await.map_err(|error| error.of(INFO)) })
    }
}
