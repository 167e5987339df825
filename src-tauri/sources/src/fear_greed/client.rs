//! Asking for the index.

use super::{SITE, parse};
use crate::error::SourceError;
use crate::reading::read;
use domain::Timestamp;
use ledgers::Collected;
use omc_http::{Base, Client, Get, Lane, base_url};
use std::sync::Arc;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(20);
const BYTES_MAX: usize = 1 << 20;
const ATTEMPTS_MAX: u32 = 3;
/// Days asked for: an outage of a month leaves no gap.
const DAYS: &str = "30";

/// The index.
#[derive(Debug, Clone)]
pub struct FearGreed {
    http: Arc<Client>,
    base: Base,
}

impl FearGreed {
    pub fn new(http: Arc<Client>, url: Option<&str>) -> Result<Self, SourceError> {
        Ok(Self { http, base: base_url(url, SITE)? })
    }

    /// The figures of the latest days.
    pub async fn days(&self, now: Timestamp) -> Result<Collected, SourceError> {
        // Without the slash at the end it redirects.
        let url = self.base.url(&["fng", ""], &[("limit", DAYS)]);
        let get = Get::json(url, Lane::Background)
            .deadline(DEADLINE)
            .bytes_max(BYTES_MAX)
            .attempts_max(ATTEMPTS_MAX)
            .conditional();
        read(&self.http, &get, |body| parse::parse(body, now)).await
    }
}
