//! CoinSpot's private half, as far as it reads: balances, resting orders, what was completed.
//!
//! Every call is a POST signed over the exact bytes sent (HMAC-SHA512, lower-case hex) with a number that only ever rises. One
//! call is in flight a key, so that numbers arrive in order; where the next one comes from is a port, because the last one
//! must survive a restart. A key that only reads is enough. Deliberately absent: placing orders; withdrawals, for which there
//! is no call in this program at all.

mod calls;
mod parse;
mod sign;

pub use calls::{Account, Keys, NonceError, Nonces};
pub use parse::{Balance, Completed, OpenOrder, Side};
