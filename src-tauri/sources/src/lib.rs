//! Every other collected service, one folder of one shape each.
//!
//! A folder has `client.rs` (asking), `parse.rs` (where JSON, XML and HTML end), `source.rs` (the [`ledgers::Source`]) and
//! `fixtures/`; one line in [`REGISTRY`] makes it known. `docs/adding-a-source.md` is the guide.
//!
//! Invariants: a run stores nothing, knows no schedule and never disturbs another source; one bad item never loses the rest;
//! what comes out is plain text of bounded length, never markup; a reply whose form changed brings nothing and says so.
//! Deliberately absent: CoinSpot's prices (the crate `coinspot`), keys, reading the environment, what a text means.

pub mod announcements;
pub mod binance;
pub mod btc_markets;
pub mod coingecko_treasuries;
pub mod cryptopanic;
pub mod defillama;
mod error;
pub mod fear_greed;
pub mod independent_reserve;
pub mod kraken;
mod link;
mod not_collected;
mod reading;
pub mod reddit;
mod reference;
mod registry;
mod round;
pub mod rss;
pub mod sec_edgar;
mod text;
mod when;

pub use error::SourceError;
pub use not_collected::{NOT_COLLECTED, NotCollected};
pub use registry::{Opening, REGISTRY, Registered, find, open_all};
