//! The real window, driven through WebDriver as a person uses it: what is on screen, in files and there again after a
//! restart. One window at a time. Skipped, with a line that says so, where there is no display; in CI it must run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[cfg(target_os = "linux")]
mod approvals;
#[cfg(target_os = "linux")]
mod books;
#[cfg(target_os = "linux")]
mod dashboard;
#[cfg(target_os = "linux")]
mod floor;
#[cfg(target_os = "linux")]
mod lab;
#[cfg(target_os = "linux")]
mod measure;
#[cfg(target_os = "linux")]
mod pictures;
#[cfg(target_os = "linux")]
mod security;
#[cfg(target_os = "linux")]
mod states;
#[cfg(target_os = "linux")]
mod trading;
