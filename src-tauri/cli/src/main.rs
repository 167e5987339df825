//! omc: the workstation on a command line. Parses, calls one command of `workstation`, prints; nothing else.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a command line does")]

mod args;
mod commands;
mod print;
mod words;

use args::Cli;
use clap::Parser;
use clap::error::ErrorKind;
use print::{Failure, Out};
use std::process::ExitCode;
use workstation::dto::ErrorView;

fn main() -> ExitCode {
    let json = std::env::args_os().any(|arg| arg == "--json");
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            print!("{error}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let out = Out::new(json);
            out.failure(&ErrorView { code: "usage".into(), message: error.to_string() });
            return ExitCode::from(2);
        }
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("OMC_LOG").unwrap_or_else(|_| "warn".into());
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
        Err(Failure::Error(error)) => {
            out.failure(&error.view());
            ExitCode::from(if error.is_usage() { 2 } else { 1 })
        }
    }
}
