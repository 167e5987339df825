//! Every source here, one line each.

use crate::error::SourceError;
use crate::{
    announcements, binance, btc_markets, coingecko_treasuries, cryptopanic, defillama, fear_greed, independent_reserve,
    kraken, reddit, rss, sec_edgar,
};
use ledgers::{Setting, Settings, Source, SourceInfo};
use omc_http::Client;
use std::sync::Arc;

/// What a source is opened with.
#[derive(Clone)]
pub struct Opening<'a> {
    /// The way out.
    pub http: Arc<Client>,
    /// In place of the documented address: the value of `OMC_<SERVICE>_URL`; none or an empty text is the documented one.
    pub url: Option<&'a str>,
    /// What a person set, read anew at each run.
    pub settings: Arc<dyn Settings>,
}

type Open = fn(Opening<'_>) -> Result<Box<dyn Source>, SourceError>;

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
    /// What a person may set for it.
    pub settings: &'static [Setting],
    open: Open,
}

impl Registered {
    /// Opens it.
    ///
    /// # Errors
    /// [`SourceError::Http`] when the replacement is no address we would ask.
    pub fn open(&self, opening: Opening<'_>) -> Result<Box<dyn Source>, SourceError> {
        (self.open)(opening)
    }
}

const fn news(outlet: &'static rss::Outlet, service: &'static str, open: Open) -> Registered {
    Registered { info: outlet.info, publisher: outlet.name, site: outlet.site, service, settings: &[], open }
}

const fn other(
    info: SourceInfo,
    (publisher, site): (&'static str, &'static str),
    service: &'static str,
    open: Open,
) -> Registered {
    Registered { info, publisher, site, service, settings: &[], open }
}

impl Registered {
    const fn with(self, settings: &'static [Setting]) -> Self {
        Self { settings, ..self }
    }
}

/// Every source of this crate.
pub const REGISTRY: &[Registered] = &[
    news(&rss::COINDESK, "NEWS_COINDESK", |opening| rss::open(&rss::COINDESK, opening)),
    news(&rss::COINTELEGRAPH, "NEWS_COINTELEGRAPH", |opening| rss::open(&rss::COINTELEGRAPH, opening)),
    news(&rss::DECRYPT, "NEWS_DECRYPT", |opening| rss::open(&rss::DECRYPT, opening)),
    news(&rss::CRYPTOSLATE, "NEWS_CRYPTOSLATE", |opening| rss::open(&rss::CRYPTOSLATE, opening)),
    news(&rss::NEWSBTC, "NEWS_NEWSBTC", |opening| rss::open(&rss::NEWSBTC, opening)),
    other(fear_greed::INFO, (fear_greed::NAME, fear_greed::SITE), "FEARGREED", fear_greed::open),
    other(announcements::INFO, (announcements::NAME, announcements::SITE), "ZENDESK", announcements::open),
    other(kraken::INFO, (kraken::NAME, kraken::SITE), "KRAKEN", kraken::open),
    other(btc_markets::INFO, (btc_markets::NAME, btc_markets::SITE), "BTCMARKETS", btc_markets::open),
    other(sec_edgar::INFO, (sec_edgar::NAME, sec_edgar::SITE), "SEC", sec_edgar::open).with(sec_edgar::SETTINGS),
    other(
        independent_reserve::INFO,
        (independent_reserve::NAME, independent_reserve::SITE),
        "INDEPENDENTRESERVE",
        independent_reserve::open,
    ),
    other(binance::INFO, (binance::NAME, binance::SITE), "BINANCE", binance::open),
    other(cryptopanic::INFO, (cryptopanic::NAME, cryptopanic::SITE), "CRYPTOPANIC", cryptopanic::open)
        .with(cryptopanic::SETTINGS),
    other(reddit::INFO, (reddit::NAME, reddit::SITE), "REDDIT", reddit::open).with(reddit::SETTINGS),
    other(defillama::INFO, (defillama::NAME, defillama::SITE), "DEFILLAMA", defillama::open),
    other(
        coingecko_treasuries::INFO,
        (coingecko_treasuries::NAME, coingecko_treasuries::SITE),
        "COINGECKO",
        coingecko_treasuries::open,
    ),
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
    settings: &Arc<dyn Settings>,
) -> Result<Vec<Box<dyn Source>>, SourceError> {
    let open = |entry: &Registered| {
        let (http, settings) = (Arc::clone(http), Arc::clone(settings));
        entry.open(Opening { http, url: url_of(entry.service).as_deref(), settings })
    };
    REGISTRY.iter().map(open).collect()
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
