//! Named moments at which a debug build dies when the environment says so, as by `kill -9`: for the tests of what the next start
//! makes of it. A release build knows none of them.

/// Dies here when `OMC_CRASH_AT` names this moment.
pub(super) fn point(name: &str) {
    if cfg!(debug_assertions) && std::env::var("OMC_CRASH_AT").is_ok_and(|at| at == name) {
        std::process::abort();
    }
}
