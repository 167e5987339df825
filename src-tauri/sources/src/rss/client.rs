//! Asking an outlet for its feed.

use super::{Outlet, parse};
use crate::error::SourceError;
use crate::reading::read;
use domain::Timestamp;
use ledgers::Collected;
use omc_http::{Base, Client, Expect, Get, Lane, base_url};
use std::sync::Arc;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(25);
const BYTES_MAX: usize = 5 << 20;
const ATTEMPTS_MAX: u32 = 3;

/// An outlet's feed.
#[derive(Debug, Clone)]
pub struct Feed {
    http: Arc<Client>,
    base: Base,
    pub outlet: &'static Outlet,
}

impl Feed {
    pub fn new(outlet: &'static Outlet, http: Arc<Client>, url: Option<&str>) -> Result<Self, SourceError> {
        Ok(Self { http, base: base_url(url, outlet.site)?, outlet })
    }

    /// The items of the feed as it is now, if it has changed; else those of the earlier reply.
    pub async fn items(&self, now: Timestamp) -> Result<Collected, SourceError> {
        let url = self.base.url(self.outlet.path, &[]);
        // Feeds come under a dozen media types, so none is asked for; what it is shows in its root element.
        let get = Get::new(url, Lane::Background, Expect::Any)
            .deadline(DEADLINE)
            .bytes_max(BYTES_MAX)
            .attempts_max(ATTEMPTS_MAX)
            .conditional();
        read(&self.http, &get, |body| parse::parse(self.outlet, body, now)).await
    }
}
