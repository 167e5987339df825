//! Named moments at which a debug build dies when the environment says so, by a real `kill -9`: for the tests of what the next
//! start makes of it. A release build knows none of them.

/// Dies here when `OMC_CRASH_AT` names this moment.
pub(crate) fn point(name: &str) {
    if cfg!(debug_assertions) && std::env::var("OMC_CRASH_AT").is_ok_and(|at| at == name) {
        let _ = std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
        // Where there is no such command it dies all the same.
        std::process::abort();
    }
}
