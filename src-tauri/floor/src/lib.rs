//! The order path: proposals, limits, approval, the order machine and the Venue port; pure.
//!
//! Invariants: an order's state is a fold over facts and nothing else; every order passes [`judge`] before it can
//! become an [`ApprovedOrder`], and a [`Venue`] takes nothing else; what is missing (a limit, a price, a readable kill
//! switch) refuses the order; no float touches an amount. Deliberately absent: clocks, randomness, I/O, and anything
//! that answers "probably": an order whose fate nobody knows is `unknown`, and only evidence or a person ends that.

mod algorithms;
mod authority;
mod drift;
mod equity;
mod execution;
mod expiry;
mod exposure;
#[cfg(test)]
mod fixtures;
mod gate;
mod limits;
mod order;
mod orders;
mod own;
mod protections;
mod reconcile;
mod signals;
mod sizing;
mod twap;
mod venue;
mod volatile;
mod watch;
mod words;

pub use algorithms::{Algorithm, Algorithms, EVIDENCE_FILLS, EVIDENCE_S, SignalLine, UNPROVEN};
pub use authority::{Asked, Authority, Leave, holder};
pub use drift::{Drift, Unexplained};
pub use equity::{Balances, EquityPoint, paid_in};
pub use execution::{Execution, Group, TOLERANCE_BPS, slippage_bps};
pub use expiry::{Ended, Over, over};
pub use exposure::{Bid, Counts, Exposure, Headroom, Held, Worth, is_dust};
pub use gate::{Approved, ApprovedOrder, Elsewhere, GateContext, Reservation, headroom, judge};
pub use limits::{BookLimits, LimitError, LimitName, Limits, Loosened};
pub use order::{Fill, Order, OrderError};
pub use orders::{Child, Orders};
pub use own::{Close, Own, OwnBook, OwnBooks};
pub use protections::{Lock, ProtectionError, Protections, Rule};
pub use reconcile::{Claimed, Finding, Match, QUIET_POLLS, QUIET_S, Quiet, Unresolved, kept_before};
pub use signals::{Portfolio, REASON_CHARS_MAX, order_of};
pub use sizing::{FeeRates, Preview, SizingError, preview, quantity_for, reference_price};
pub use twap::{APART_S_MIN, OVER_S_MAX, Running, SLICES_MAX, Slice, Twaps};
pub use venue::{Depth, Level, Venue};
pub use volatile::{WILD_RATIO, wildness};
pub use watch::{Note, REFUSED, ResolveError, Step, Watch};
pub use words::{aud, number};
