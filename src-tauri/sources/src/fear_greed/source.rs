//! The index as a collected source.

use super::INFO;
use super::client::FearGreed;
use crate::error::SourceError;
use crate::registry::Opening;
use domain::Timestamp;
use ledgers::{Collecting, Source, SourceInfo};

/// The index as a source.
#[derive(Debug, Clone)]
pub struct FearGreedSource(FearGreed);

/// The source at its documented address, or where `url` says.
///
/// # Errors
/// [`SourceError::Http`] when the replacement is no address we would ask.
pub fn open(opening: Opening<'_>) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(FearGreedSource(FearGreed::new(opening.http, opening.url)?)))
}

impl Source for FearGreedSource {
    fn info(&self) -> SourceInfo {
        INFO
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.days(now).await.map_err(|error| error.of(INFO)) })
    }
}
