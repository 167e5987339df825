//! The store from outside, on real files.

mod import;
mod journal;
mod support;
