//! Waiting for a long job, told how far it is where somebody watches.

use crate::print::Out;
use std::io::IsTerminal;
use std::time::Duration;
use workstation::Error;
use workstation::commands::Job;

/// How often a terminal is told.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// What the job comes to. `unit` names what it counts, such as `bars`.
pub async fn watched<T>(
    asked: impl Future<Output = Result<T, Error>>,
    job: &Job,
    unit: &str,
    out: &Out,
) -> Result<T, Error> {
    tokio::pin!(asked);
    let watched = std::io::stderr().is_terminal();
    loop {
        tokio::select! {
            done = &mut asked => return done,
            () = tokio::time::sleep(TELL_EVERY) => {
                let (done, all) = job.progress();
                if watched && all > 0 {
                    let left = job.left_s().map_or_else(String::new, |left| format!(", {} left", duration(left)));
                    out.say(&format!("{done} of {all} {unit}{left}"));
                }
            }
        }
    }
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
