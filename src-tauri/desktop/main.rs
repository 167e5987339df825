//! The program: reads where the workspace is, opens the window.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]
#![allow(clippy::print_stderr, reason = "what keeps a window from opening can only be said in the terminal")]

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use workstation::Home;

/// Oh My Coins: a desktop workstation for one person who trades crypto from Australia.
#[derive(Debug, Parser)]
#[command(name = "oh-my-coins", version)]
struct Arguments {
    /// The workspace folder; the system's folder for application data unless told.
    #[arg(long, value_name = "DIR", env = "OMC_HOME")]
    home: Option<PathBuf>,
    /// Open a separate workspace on a simulated world.
    #[arg(long)]
    demo: bool,
}

fn main() -> ExitCode {
    // First of all, and nothing else: this process is a script's.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == workstation::scripts::CHILD_ARGUMENT) {
        return workstation::scripts::run_script_child();
    }
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("OMC_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time().init();
    let home = match Home::resolve(arguments.home, arguments.demo) {
        Ok(home) => home,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    match desktop::open(home) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the window cannot be opened: {error}; `omc run` works in the terminal");
            ExitCode::FAILURE
        }
    }
}
