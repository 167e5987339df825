//! What can be asked of a workstation, one file a place. Each validates, calls the engines and the store, converts.

pub(crate) mod alerts;
mod asking;
pub(crate) mod books;
pub(crate) mod collect;
mod gaps;
mod glass;
mod imports;
mod journal;
mod judging;
mod ledger;
mod market;
mod meaning;
mod quality;
mod readiness;
mod references;
mod reporting;
mod safety;
mod settings;
mod source_detail;
mod sparks;
mod storage;
mod system;
mod tax;
pub(crate) mod trading;

pub use alerts::Notification;
pub use asking::{Request, carry_out};
pub use books::{HistoryRequest, parse_book};
pub use glass::GlassRequest;
pub use imports::ImportOptions;
pub use journal::JournalRequest;
pub use ledger::LedgerRequest;
pub use market::CandlesRequest;
pub(crate) use market::{HISTORY, content, feed_id, feed_name, feeds};
pub use reporting::ReportRequest;
pub use safety::kill;
pub use system::{doctor, restore, staging};
