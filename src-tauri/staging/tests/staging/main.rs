//! The simulated outside world, looked at through raw sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper of a test may fail it")]

mod client;
mod coinspot;
mod faults;
mod ledgers;
mod posts;
mod private;
mod replay;
mod server;
mod venues;
mod world;
