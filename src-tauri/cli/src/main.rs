//! omc: the workstation on a command line. Parses, calls one command of `workstation`, prints; nothing else.

mod alerts;
mod algorithms;
mod amend;
mod args;
mod books;
mod commands;
mod equity;
mod export;
mod lab;
mod print;
mod research;
mod sync;
mod tax;
mod trades;
mod words;

use args::{Cli, Command};
use clap::Parser;
use clap::error::ErrorKind;
use print::{Failure, Out};
use std::process::ExitCode;
use workstation::dto::ErrorView;

fn main() -> ExitCode {
    // First of all, and nothing else: this process is a script's.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == workstation::scripts::CHILD_ARGUMENT) {
        return workstation::scripts::run_script_child();
    }
    let json = std::env::args_os().any(|arg| arg == "--json");
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            // Unlike print!, which would end in a panic when the reader is gone.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            Out::new(json).failure(&usage(&error));
            return ExitCode::from(2);
        }
    };
    // With --json, standard error is for a program too: one document or nothing. What keeps running still logs.
    let quiet = cli.json && !matches!(cli.command, Command::Run { .. } | Command::Staging { .. });
    let default = if quiet { "off" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("OMC_LOG").unwrap_or_else(|_| default.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time().init();
    let out = Out::new(cli.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            out.failure(&ErrorView { code: "io".into(), message: format!("cannot start the runtime: {error}") });
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::run(cli, &out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Said) => ExitCode::FAILURE,
        Err(Failure::Output(error)) => {
            let words = format!("the command was carried out, but its answer could not be written: {error}");
            out.failure(&ErrorView { code: "cannot_write".into(), message: words });
            ExitCode::FAILURE
        }
        Err(Failure::Error(error)) => {
            out.failure(&error.view());
            ExitCode::from(if error.is_usage() { 2 } else { 1 })
        }
    }
}

/// What is wrong with the words, without clap's own prefix.
fn usage(error: &clap::Error) -> ErrorView {
    let text = error.to_string();
    let text = text.trim_end();
    ErrorView { code: "usage".into(), message: text.strip_prefix("error: ").unwrap_or(text).to_owned() }
}
