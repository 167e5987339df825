//! CoinSpot's private half: balances, resting orders, history; orders placed, taken back and given another limit.
//!
//! Every call is a POST signed over the exact bytes sent (HMAC-SHA512, lower-case hex) with a number that only ever rises. One
//! call is in flight a key, so that numbers arrive in order; where the next one comes from is a port, because the last one
//! must survive a restart. A key that only reads is enough for everything but orders. What an order's reply means is decided in
//! `echo`: anything short of the whole acknowledgement is "unknown". Deliberately absent: withdrawals and swaps, for which there is
//! no call in this program at all; what becomes of an order whose reply was lost.

mod calls;
mod cancel;
mod echo;
mod history;
mod look;
mod parse;
mod sign;
mod trade;
mod turn;

pub use calls::{Account, Keys, NonceError, Nonces, Rights};
pub use cancel::Cancelled;
pub use echo::Answer;
pub use history::Stretch;
pub use parse::{Balance, Completed, OpenOrder, Transfer, TransferKind};
pub use trade::{Placing, Sending, Trader};
pub use turn::Turn;
