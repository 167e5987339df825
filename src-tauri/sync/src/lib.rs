//! The journal to and from the trader's own Postgres, so that several devices hold the same facts.
//!
//! [`round`] brings a [`Journal`] and a [`Server`] together once: what is missing on either side goes over, and everything that
//! comes is proven before it is handed on. Invariants: a fact is believed only below a link its device signed (or a device
//! restored from it vouches for), and a device only with the trader's signature under its key, so that a server can neither
//! invent nor change nor leave out facts unnoticed; a round that ends anywhere is repeated without harm; nothing here waits
//! without an end. Deliberately absent: what facts mean, secrets' storage, clocks, observations, and a server of ours.

mod claim;
mod error;
mod identity;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
mod port;
mod postgres;
mod round;
mod schema;
mod verify;

pub use claim::{Claim, SignedClaim};
pub use error::{Result, SyncError};
pub use identity::{Identity, JoinCode, Peer, TraderId};
pub use port::{Journal, Look, Remote, Server, Taken};
pub use postgres::{Address, Postgres};
pub use round::{Outcome, round};
pub use schema::{MIGRATIONS, SERVER_SCHEMA, Setup};
pub use verify::{ServerChain, ServerProof, verify_server};

/// Every so many facts a signed claim is kept for good, so that a long chain is proven in parts; a push never crosses one.
pub const CHECKPOINT_FACTS: u64 = 1_000;
