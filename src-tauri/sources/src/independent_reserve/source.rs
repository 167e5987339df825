//! Independent Reserve as a collected source.

use super::INFO;
use super::client::IndependentReserve;
use crate::error::SourceError;
use crate::registry::Opening;
use domain::Timestamp;
use ledgers::{Collecting, Source, SourceInfo};
use std::time::Duration;

/// What the service asks of its callers.
const PACE: Duration = Duration::from_secs(1);

/// Independent Reserve as a source.
#[derive(Debug)]
pub struct IndependentReserveSource(IndependentReserve);

/// The source at its documented address, or where `url` says: a service put in its place needs no pauses.
///
/// # Errors
/// [`SourceError::Http`] when the replacement is no address we would ask.
pub fn open(opening: Opening<'_>) -> Result<Box<dyn Source>, SourceError> {
    let is_replaced = opening.url.is_some_and(|url| !url.trim().is_empty());
    let pace = if is_replaced { Duration::ZERO } else { PACE };
    Ok(Box::new(IndependentReserveSource(IndependentReserve::new(opening.http, opening.url, pace)?)))
}

impl Source for IndependentReserveSource {
    fn info(&self) -> SourceInfo {
        INFO
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.prices(now).await.map_err(|error| error.of(INFO)) })
    }
}
