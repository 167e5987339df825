//! SQLite: the chained journal, its projections, observations, migrations, backups.
//!
//! Invariants: a fact and its projections are written in one transaction that is durable before the call returns;
//! facts are never changed; each device's facts are numbered 1, 2, 3… and chained by hash; the last head also stands
//! in a file beside the database, so that a removed tail is noticed; one process writes, any number read. A call that
//! is dropped half-way leaves the old state or the new. Deliberately absent: what facts mean (the engines fold them),
//! whether a quote is fresh (its feed's judge says), secrets, clocks, randomness.

mod alerts;
mod alike;
mod backup;
mod candles;
mod deliveries;
mod desk;
mod equity;
mod error;
mod feeds;
mod foreign;
mod gained;
mod gaps;
mod head;
mod history;
mod import;
mod journal;
mod observations;
mod open;
mod order;
mod pack;
mod page;
mod peers;
mod projection;
mod quality;
mod references;
mod schema;
mod script;
mod sessions;
mod settings;
mod sources;
mod statistics;
mod ticks;
mod twins;
mod until;
mod verify;

pub use alerts::{AlertFilter, StoredAlert};
pub use backup::{BackupReport, RestoreReport};
pub use candles::{CandleBounds, CandleCount, CandleSource};
pub use deliveries::Delivery;
pub use equity::StoredEquity;
pub use error::{Result, StoreError};
pub use feeds::{Feed, Refusal, Run, RunCause, RunStatus};
pub use foreign::{Received, Waiting};
pub use gained::Places;
pub use gaps::{GapFilter, GapState, StoredGap};
pub use history::{RecordedTrade, TradeFilter};
pub use import::{Entry, ImportOutcome, ImportSource};
pub use journal::{Appended, Recorded};
pub use observations::{ObservationCount, ObservationFilter, RevisionPlace, StoredObservation};
pub use open::Store;
pub use page::{FactPlace, JournalFact, JournalFilter, JournalPage};
pub use peers::{Peer, PeerClaim};
pub use quality::{RunSlot, StoredQuality};
pub use references::ReferenceFilter;
pub use settings::PartSize;
pub use sources::SourceSetting;
pub use statistics::{RunDay, RunSums};
pub use ticks::{Forgotten, TickBucket, TickSize};
pub use verify::{DeviceHead, PROJECTION_DIFFERS, Problem, VerifyReport};
