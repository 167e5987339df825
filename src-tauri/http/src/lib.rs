//! The one way out: deadlines, byte caps, backoff, breaker, rate lanes.
//!
//! Every request of the workstation to the outside goes through one [`Client`]. What it promises:
//!
//! - a reply or an error before the deadline of the request, whatever the other side does; dropping the future ends it;
//! - never more than the asked number of bytes in memory, counted after unpacking;
//! - no redirect is followed; plain http only to this machine;
//! - repeats only what is safe to repeat, with exponential backoff, full jitter and a clamped `Retry-After`;
//! - one failing host does not disturb another, and within a host one [`Lane`] does not disturb another: each lane
//!   has its own rate, its own places and its own circuit breaker with a single probe, so that collectors can't take trading's;
//! - an error never holds what follows the `?` of an address.
//!
//! What a host's clock says beside ours is measured on the way ([`Client::skew_ms`]).
//!
//! Waits run on tokio's clock, stamps come from a [`domain::Clock`], jitter from a seed handed in. What must leave at most once is a
//! [`Post`], sent by [`Client::post_once`]; a question asked with a form ([`Get::form`]) may be repeated like any other. Deliberately absent: cookies, HTTP/2, reading the environment.

mod attempt;
mod base;
mod breaker;
mod cache;
mod client;
mod error;
mod host;
mod post;
mod request;
mod retry;
mod skew;

pub use base::{Base, base_url};
pub use client::{Client, Options};
pub use error::HttpError;
pub use host::{LaneLimit, LaneLimits};
pub use post::{Answer, Post, PostError};
pub use request::{Expect, Get, Lane, Reply};
pub use reqwest::Url;
