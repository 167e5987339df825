//! The treasuries as a collected source.

use super::INFO;
use super::client::Treasuries;
use crate::error::SourceError;
use crate::registry::Opening;
use domain::Timestamp;
use ledgers::{Collecting, Source, SourceInfo};

/// The treasuries as a source.
#[derive(Debug, Clone)]
pub struct TreasuriesSource(Treasuries);

/// The source at its documented address, or where `url` says.
///
/// # Errors
/// [`SourceError::Http`] when the replacement is no address we would ask.
pub fn open(opening: Opening<'_>) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(TreasuriesSource(Treasuries::new(opening.http, opening.url)?)))
}

impl Source for TreasuriesSource {
    fn info(&self) -> SourceInfo {
        INFO
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.holdings(now).await.map_err(|error| error.of(INFO)) })
    }
}
