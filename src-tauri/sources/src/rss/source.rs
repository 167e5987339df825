//! An outlet as a collected source.

use super::Outlet;
use super::client::Feed;
use crate::error::SourceError;
use crate::registry::Opening;
use domain::Timestamp;
use ledgers::{Collecting, Source, SourceInfo};

/// An outlet as a source.
#[derive(Debug, Clone)]
pub struct RssSource(Feed);

/// The source of an outlet at its documented address, or where `url` says.
///
/// # Errors
/// [`SourceError::Http`] when the replacement is no address we would ask.
pub fn open(outlet: &'static Outlet, opening: Opening<'_>) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(RssSource(Feed::new(outlet, opening.http, opening.url)?)))
}

impl Source for RssSource {
    fn info(&self) -> SourceInfo {
        self.0.outlet.info
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.items(now).await.map_err(|error| error.of(self.info())) })
    }
}
