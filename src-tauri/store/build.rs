//! Rebuilds when a migration is added: the compiler only watches those it knows.
#![allow(clippy::print_stdout, reason = "that is how a build script speaks")]

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
