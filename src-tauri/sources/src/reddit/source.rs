//! Reddit as a collected source.

use super::INFO;
use super::client::Reddit;
use crate::error::SourceError;
use crate::registry::Opening;
use domain::Timestamp;
use ledgers::{Collecting, Source, SourceInfo};

struct RedditSource(Reddit);

/// The source at its documented address, or where `url` says.
///
/// # Errors
/// [`SourceError::Http`] when the replacement is no address we would ask.
pub fn open(opening: Opening<'_>) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(RedditSource(Reddit::new(opening.http, opening.url, opening.settings)?)))
}

impl Source for RedditSource {
    fn info(&self) -> SourceInfo {
        INFO
    }

    fn lacks(&self) -> Option<String> {
        self.0.application().err()
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.posts(now).await.map_err(|error| error.of(INFO)) })
    }
}
