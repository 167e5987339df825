//! Processes as the system shows them: who started whom, what they use, and ending them by their numbers.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A process and everything it started, itself first.
#[must_use]
pub fn tree(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(&process) = tree.get(next) {
        tree.extend(parents.iter().filter(|(_, parent)| *parent == process).map(|(pid, _)| *pid));
        next += 1;
    }
    tree
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold blanks and brackets; what follows the last bracket does not.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// How long ago a process was started; the kernel counts hundredths of a second.
#[must_use]
pub fn running_for(pid: u32) -> Option<Duration> {
    const STARTED: usize = 19;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let hundredths: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(STARTED)?.parse().ok()?;
    let uptime: f64 = fs::read_to_string("/proc/uptime").ok()?.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_secs_f64((uptime - hundredths / 100.0).max(0.0)))
}

/// The name of a process's program.
pub fn name(pid: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/comm")).ok().map(|name| name.trim().to_owned())
}

/// Whether a process is there and not merely waiting to be collected by its parent.
pub fn alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// Memory of processes, each shared page counted once, in KiB.
#[must_use]
pub fn pss_kib(pids: &[u32]) -> u64 {
    let of = |pid: &u32| {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    pids.iter().filter_map(of).sum()
}

/// Sends a signal, such as `TERM`, to processes; those that are gone are no error.
pub fn signal(name: &str, pids: &[u32]) {
    let mut kill = Command::new("kill");
    kill.arg(format!("-{name}")).args(pids.iter().map(u32::to_string)).stderr(Stdio::null());
    let _ = kill.status();
}
