//! The announcements as a collected source.

use super::INFO;
use super::client::HelpCentre;
use crate::error::SourceError;
use domain::Timestamp;
use ledgers::{Collecting, Source, SourceInfo};
use omc_http::Client;
use std::sync::Arc;

/// The announcements as a source.
#[derive(Debug, Clone)]
pub struct AnnouncementsSource(HelpCentre);

/// The source at its documented address, or where `url` says.
///
/// # Errors
/// [`SourceError::Http`] when the replacement is no address we would ask.
pub fn open(http: Arc<Client>, url: Option<&str>) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(AnnouncementsSource(HelpCentre::new(http, url)?)))
}

impl Source for AnnouncementsSource {
    fn info(&self) -> SourceInfo {
        INFO
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.articles(now).await.map_err(|error| error.of(INFO)) })
    }
}
