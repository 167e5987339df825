//! Running other programs: one way, which prints what it runs and turns a bad exit into words.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::place;

/// Why a command ends early.
#[derive(Debug)]
pub enum Stop {
    /// The command line makes no sense: exit 2.
    Usage(String),
    /// Something failed: exit 1.
    Failed(String),
}

/// What every command of this tool returns.
pub type Outcome<T = ()> = Result<T, Stop>;

/// Shorthand for a failure with a message.
pub fn failed<T>(why: impl Into<String>) -> Outcome<T> {
    Err(Stop::Failed(why.into()))
}

/// A command in the project's folder, without what `cargo run` added to the environment: build scripts that watch
/// those variables would run again on every change between `cargo` and `cargo xtask`.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(place::root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO_PRIMARY_PACKAGE" {
            command.env_remove(&name);
        }
    }
    command
}

/// Cargo, the same one that started this tool.
pub fn cargo(args: &[&str]) -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

/// npm in `ui/`.
pub fn npm(args: &[&str]) -> Command {
    let mut command = command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(args).current_dir(place::root().join("ui"));
    command
}

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program());
    std::iter::once(name).chain(command.get_args()).map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Prints the command, runs it with this terminal, and fails when it does.
pub fn run(command: &mut Command) -> Outcome {
    let shown = line(command);
    println!("$ {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => failed(format!("`{shown}` ended with {status}")),
        Err(error) => failed(format!("`{shown}` could not be started: {error}")),
    }
}

/// Runs the command out of sight and returns what it printed; on failure everything it said is in the message.
pub fn capture(command: &mut Command) -> Outcome<String> {
    let shown = line(command);
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => failed(format!(
            "{}{}`{shown}` ended with {}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
            output.status
        )),
        Err(error) => failed(format!("`{shown}` could not be started: {error}")),
    }
}

/// What a program prints, or nothing when it isn't there or fails.
pub fn asked(program: &str, args: &[&str]) -> Option<String> {
    capture(command(program).args(args)).ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_a_person_would_type_it() {
        let mut command = Command::new("/opt/bin/cargo");
        command.args(["fmt", "--all"]);
        assert_eq!(line(&command), "cargo fmt --all");
    }

    #[test]
    fn a_program_that_fails_is_a_failure_with_its_words() {
        let Err(Stop::Failed(why)) = capture(&mut cargo(&["no-such-subcommand"])) else {
            panic!("an unknown subcommand passed");
        };
        assert!(why.contains("no-such-subcommand"), "{why}");
    }
}
