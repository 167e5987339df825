//! What the books promise, through their public face.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests may")]

mod defects;
mod equity;
mod grown;
mod labels;
mod movements;
mod naive;
mod peers;
mod properties;
mod recorded;
mod rp2;
mod rules;
mod support;
mod tax;
mod windows;
mod worked;
