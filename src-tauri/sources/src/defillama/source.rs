//! The figures as a collected source.

use super::INFO;
use super::client::DefiLlama;
use crate::error::SourceError;
use crate::registry::Opening;
use domain::Timestamp;
use ledgers::{Collecting, Source, SourceInfo};

/// The figures as a source.
#[derive(Debug, Clone)]
pub struct DefiLlamaSource(DefiLlama);

/// The source at its documented address, or where `url` says.
///
/// # Errors
/// [`SourceError::Http`] when the replacement is no address we would ask.
pub fn open(opening: Opening<'_>) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(DefiLlamaSource(DefiLlama::new(opening.http, opening.url)?)))
}

impl Source for DefiLlamaSource {
    fn info(&self) -> SourceInfo {
        INFO
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.figures(now).await.map_err(|error| error.of(INFO)) })
    }
}
