//! CoinSpot's announcements: listings, delistings, maintenance, from its help centre's JSON.
//!
//! The key is the article's id. It happened when the article was created; this wording was published when it was edited
//! last. (`updated_at` also moves when somebody votes, and is not read.) Drafts are left out.

mod client;
mod parse;
mod source;

use ledgers::{Ledger, SourceInfo};
use std::time::Duration;

pub use source::{AnnouncementsSource, open};

/// The announcements as a source.
pub const INFO: SourceInfo =
    SourceInfo { name: "coinspot_announcements", ledger: Ledger::Catalyst, cadence: Duration::from_secs(45) };
/// Who announces.
pub const NAME: &str = "CoinSpot's help centre";
/// Where it is documented to live.
pub const SITE: &str = "https://coinspot.zendesk.com";
