//! The child: it takes the rights from itself, then reads a script and answers candle by candle until nobody asks.

use super::frame::{Ask, Reply, read, write};
use research::script::{Decider, Local, ScriptError};
use std::io::{Read, Write};
use std::process::ExitCode;

/// Memory beside what the program has mapped when it begins.
#[cfg(unix)]
const MEMORY_BYTES: u64 = 512 << 20;
/// Processor time of all its life: a backtest of many years takes minutes of it.
#[cfg(unix)]
const CPU_S: u64 = 3_600;

/// Computes one script for the process that started this one; what `main` does when [`super::CHILD_ARGUMENT`] is its only
/// argument. Nothing else of the workstation runs in it.
#[must_use]
pub fn run_script_child() -> ExitCode {
    // Before the bounds: no file is opened after them.
    let answers = answers();
    if confine().is_err() {
        // Without bounds no script is read; the other side sees the end.
        return ExitCode::FAILURE;
    }
    let served = answers.and_then(|mut answers| serve(&mut std::io::stdin().lock(), &mut answers));
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Standard output as it is: what `std` makes of it looks for lines in every answer and may send one in two parts.
#[cfg(unix)]
fn answers() -> std::io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    std::io::stdout().as_fd().try_clone_to_owned().map(Into::into)
}

#[cfg(not(unix))]
fn answers() -> std::io::Result<std::io::Stdout> {
    Ok(std::io::stdout())
}

fn serve(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<()> {
    let mut local: Option<Local> = None;
    while let Some(ask) = read(from)? {
        let reply = match (ask, &mut local) {
            (Ask::Read { source, set }, None) => match Local::read(&source, &set) {
                Ok(script) => Reply::Ready(local.insert(script).summary().clone()),
                Err(error) => Reply::Failed(error),
            },
            (Ask::Candle(bar, standing), Some(script)) => match script.decide(&bar, standing) {
                Ok(answers) => Reply::Said(answers),
                Err(error) => Reply::Failed(error),
            },
            _ => Reply::Failed(ScriptError::Process("was asked out of turn".to_owned())),
        };
        let failed = matches!(reply, Reply::Failed(_));
        write(to, &reply)?;
        if failed {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(unix)]
fn confine() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let to = |resource, most: u64| {
        // Never more than it was allowed already.
        let most = getrlimit(resource).maximum.map_or(most, |before| before.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    };
    to(Resource::As, mapped().saturating_add(MEMORY_BYTES))?;
    to(Resource::Cpu, CPU_S)?;
    to(Resource::Core, 0)?;
    to(Resource::Fsize, 0)?;
    to(Resource::Nofile, 0)?;
    to(Resource::Nproc, 0)?;
    Ok(())
}

/// Bytes of address space this program has; where that can't be told, as much as a window's libraries take.
#[cfg(unix)]
fn mapped() -> u64 {
    const PAGE_BYTES: u64 = 4_096;
    const ELSEWHERE: u64 = 4 << 30;
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    pages.map_or(ELSEWHERE, |pages| pages.saturating_mul(PAGE_BYTES))
}

#[cfg(not(unix))]
fn confine() -> std::io::Result<()> {
    Ok(())
}
