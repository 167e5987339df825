//! News feeds: five outlets, one shape.
//!
//! The key is the canonical link. A title, a link and a short summary are kept, never the article: it belongs to the outlet. A
//! date that is missing, unreadable or in the future leaves the item undated, with the reason; the item still counts.

mod client;
mod parse;
mod source;
mod xml;

use ledgers::{Ledger, SourceInfo};
use std::time::Duration;

pub use source::{RssSource, open};

/// An outlet: where its feed is and what it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlet {
    /// The source its items come as.
    pub info: SourceInfo,
    /// Its name.
    pub name: &'static str,
    /// Its site.
    pub site: &'static str,
    /// Where on the site the feed is; an empty last segment is a slash at the end.
    pub path: &'static [&'static str],
}

const fn outlet(source: &'static str, name: &'static str, site: &'static str, path: &'static [&'static str]) -> Outlet {
    let info = SourceInfo { name: source, ledger: Ledger::Human, cadence: Duration::from_secs(300) };
    Outlet { info, name, site, path }
}

/// CoinDesk; with a slash at the end it redirects.
pub const COINDESK: Outlet =
    outlet("news_coindesk", "CoinDesk", "https://www.coindesk.com", &["arc", "outboundfeeds", "rss"]);
/// Cointelegraph.
pub const COINTELEGRAPH: Outlet = outlet("news_cointelegraph", "Cointelegraph", "https://cointelegraph.com", &["rss"]);
/// Decrypt.
pub const DECRYPT: Outlet = outlet("news_decrypt", "Decrypt", "https://decrypt.co", &["feed"]);
/// CryptoSlate; may block a bare client.
pub const CRYPTOSLATE: Outlet = outlet("news_cryptoslate", "CryptoSlate", "https://cryptoslate.com", &["feed", ""]);
/// NewsBTC; may block a bare client.
pub const NEWSBTC: Outlet = outlet("news_newsbtc", "NewsBTC", "https://www.newsbtc.com", &["feed", ""]);

/// All outlets.
pub const OUTLETS: [Outlet; 5] = [COINDESK, COINTELEGRAPH, DECRYPT, CRYPTOSLATE, NEWSBTC];
