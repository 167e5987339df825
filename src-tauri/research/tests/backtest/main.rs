//! Strategies on history: what comes out is what can be worked out by hand, and what other engines come to.

mod path;
mod peers;
mod refusals;
mod worked;
