//! Cargo's companions, installed once into the target folder at fixed versions.

use std::path::PathBuf;
use std::process::Command;

use crate::place;
use crate::process::{Outcome, cargo, command, run};

/// A companion program and the version the project is checked with.
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Checks licences, bans and sources.
pub const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
/// Measures line coverage.
pub const COVERAGE: Tool = Tool { name: "cargo-llvm-cov", version: "0.9.1" };

impl Tool {
    /// The program, installed first when it isn't there.
    pub fn ready(&self) -> Outcome<Command> {
        let home = place::target().join("tools").join(format!("{}-{}", self.name, self.version));
        let program: PathBuf = home.join("bin").join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX));
        if !program.is_file() {
            self.install(&home)?;
        }
        Ok(command(program))
    }

    /// Unoptimised, because it runs for seconds and the release profile optimises the whole program in one pass.
    fn install(&self, home: &std::path::Path) -> Outcome {
        let mut install = cargo(&["install", "--locked", "--debug", self.name, "--version", self.version, "--root"]);
        install.arg(home).env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        install.env_remove("CARGO_TARGET_DIR"); // a folder of its own, removed afterwards
        run(&mut install)
    }
}
