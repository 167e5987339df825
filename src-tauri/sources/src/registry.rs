//! Every source here, one line each.

use crate::error::SourceError;
use crate::{announcements, fear_greed, rss};
use ledgers::{Source, SourceInfo};
use omc_http::Client;
use std::sync::Arc;

type Open = fn(Arc<Client>, Option<&str>) -> Result<Box<dyn Source>, SourceError>;

/// A known source: who it is and how to open it.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    /// Its stable name, ledger and cadence.
    pub info: SourceInfo,
    /// Whose words they are: to be named beside them.
    pub publisher: &'static str,
    /// Its documented site.
    pub site: &'static str,
    /// The service in `OMC_<SERVICE>_URL`.
    pub service: &'static str,
    open: Open,
}

impl Registered {
    /// Opens it at its documented address, or where `url` (the value of `OMC_<SERVICE>_URL`) says.
    ///
    /// # Errors
    /// [`SourceError::Http`] when the replacement is no address we would ask.
    pub fn open(&self, http: Arc<Client>, url: Option<&str>) -> Result<Box<dyn Source>, SourceError> {
        (self.open)(http, url)
    }
}

const fn news(outlet: &'static rss::Outlet, service: &'static str, open: Open) -> Registered {
    Registered { info: outlet.info, publisher: outlet.name, site: outlet.site, service, open }
}

const fn other(
    info: SourceInfo,
    (publisher, site): (&'static str, &'static str),
    service: &'static str,
    open: Open,
) -> Registered {
    Registered { info, publisher, site, service, open }
}

/// Every source of this crate.
pub const REGISTRY: &[Registered] = &[
    news(&rss::COINDESK, "NEWS_COINDESK", |http, url| rss::open(&rss::COINDESK, http, url)),
    news(&rss::COINTELEGRAPH, "NEWS_COINTELEGRAPH", |http, url| rss::open(&rss::COINTELEGRAPH, http, url)),
    news(&rss::DECRYPT, "NEWS_DECRYPT", |http, url| rss::open(&rss::DECRYPT, http, url)),
    news(&rss::CRYPTOSLATE, "NEWS_CRYPTOSLATE", |http, url| rss::open(&rss::CRYPTOSLATE, http, url)),
    news(&rss::NEWSBTC, "NEWS_NEWSBTC", |http, url| rss::open(&rss::NEWSBTC, http, url)),
    other(fear_greed::INFO, (fear_greed::NAME, fear_greed::SITE), "FEARGREED", fear_greed::open),
    other(announcements::INFO, (announcements::NAME, announcements::SITE), "ZENDESK", announcements::open),
];

/// The source of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Registered> {
    REGISTRY.iter().find(|entry| entry.info.name == name)
}

/// All sources, each where `url_of` its service says (none or an empty text: its documented address).
///
/// # Errors
/// [`SourceError::Http`] when a replacement is no address we would ask.
pub fn open_all(
    http: &Arc<Client>,
    url_of: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Box<dyn Source>>, SourceError> {
    REGISTRY.iter().map(|entry| entry.open(Arc::clone(http), url_of(entry.service).as_deref())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_services_are_told_apart() {
        let names: HashSet<_> = REGISTRY.iter().map(|entry| entry.info.name).collect();
        let services: HashSet<_> = REGISTRY.iter().map(|entry| entry.service).collect();
        assert_eq!((names.len(), services.len()), (REGISTRY.len(), REGISTRY.len()));
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(names.iter().all(|name| name.chars().all(good)));
        assert!(find("fear_greed").is_some() && find("none").is_none());
    }
}
