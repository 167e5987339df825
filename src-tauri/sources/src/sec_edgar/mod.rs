//! Filings with the US securities regulator by companies and funds that live off crypto, from the SEC's EDGAR.
//!
//! The key is the accession number. A filing happened, and was published, when EDGAR accepted it; `acceptance.rs` says how that
//! moment is read, for its `Z` does not mean UTC with every filer. The link is built from the accession number and the name
//! of the document; links in a reply are never followed. Every request names a person to write to, as the SEC asks: without
//! [`SETTINGS`]' contact nothing is asked at all. At most eight requests a second leave, by their lane. Older filings than
//! 30 days, exhibits and full-text search are left out.

mod acceptance;
mod client;
mod filers;
mod parse;
mod source;

use ledgers::{Ledger, Setting, SettingKind, SourceInfo};
use std::time::Duration;

pub use filers::{FILERS, Filer};
pub use source::{SecEdgarSource, open};

/// The filings as a source.
pub const INFO: SourceInfo =
    SourceInfo { name: "sec_edgar", ledger: Ledger::Catalyst, cadence: Duration::from_secs(600) };
/// Who publishes them.
pub const NAME: &str = "SEC EDGAR";
/// Where the lists of filings are documented to live.
pub const SITE: &str = "https://data.sec.gov";
/// Where the documents are.
const ARCHIVE: &str = "https://www.sec.gov/Archives/edgar/data";

/// The setting with whom the SEC may write to.
const CONTACT: &str = "contact";
const CONTACT_CHARS_MAX: usize = 100;

/// What must be set before anything is asked.
pub const SETTINGS: &[Setting] = &[Setting {
    name: CONTACT,
    label: "Your e-mail address",
    help: "The SEC answers only those who say with each request whom to write to when something is wrong: a name and an \
           e-mail address, such as `Jo Trader jo@example.com`. It is sent to sec.gov and to nobody else.",
    kind: SettingKind::Text { chars_max: CONTACT_CHARS_MAX },
    required: true,
    default: "",
}];
