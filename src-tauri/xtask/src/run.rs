//! Building the workstation and starting it: in a window where there is a display, else in this terminal.

use std::process::Command;

use crate::process::{Outcome, cargo, command, failed, line, run as run_command};
use crate::setup::{Need, setup};
use crate::{place, ui};

/// Starts the window, or `omc run`, with these arguments.
pub fn run(args: &[&str]) -> Outcome {
    if has_display() {
        setup(Need::Window)?;
        ui::build_if_stale()?;
        run_command(&mut cargo(&["build", "--package", "oh-my-coins", "--features", "tauri/custom-protocol"]))?;
        start(command(place::binary("oh-my-coins")).args(args))
    } else {
        println!("There is no display (DISPLAY and WAYLAND_DISPLAY are empty): running in this terminal, `omc run`.");
        setup(Need::Terminal)?;
        run_command(&mut cargo(&["build", "--package", "cli", "--bin", "omc"]))?;
        start(command(place::binary("omc")).args(args).arg("run"))
    }
}

fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Becomes the program where the system can, so that signals and the exit code are its own.
fn start(program: &mut Command) -> Outcome {
    println!("$ {}", line(program));
    if let Ok(here) = std::env::current_dir() {
        program.current_dir(here); // a relative path among the arguments means the caller's folder
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        let error = program.exec();
        failed(format!("`{}` could not be started: {error}", line(program)))
    }
    #[cfg(not(unix))]
    match program.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => failed(format!("the workstation ended with {status}")),
        Err(error) => failed(format!("`{}` could not be started: {error}", line(program))),
    }
}
