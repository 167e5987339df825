//! Setup, run, test, bench, bindings: cargo xtask.
fn main() {}
