//! One task a session: runs the calls it waits for, hands their results back, and ends when only a person can go on.

use super::tools::{Done, Work};
use super::{Held, TASKS_KEPT, open};
use crate::commands::Job;
use crate::{Error, Result, Workstation};
use domain::Denial;
use domain::session::Returned;
use lab::tools::Tool;
use lab::{Effect, Event};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::{Id, JoinSet};

/// How soon a call is given up that nobody wants any more.
const HEED_EVERY: Duration = Duration::from_millis(50);
/// How often questions are looked at that silence answers.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// A call that came to its end.
struct Came {
    call: u32,
    took_ms: u64,
    returned: Returned,
}

impl Workstation {
    /// Goes on with a session as far as nobody is needed.
    pub(crate) fn go_on(&self, held: &Arc<Held>) {
        let (workstation, held) = (self.clone(), Arc::clone(held));
        let driver = tokio::spawn(async move {
            let _alone = held.driver.lock().await;
            open(&held.trouble).take();
            if let Err(error) = workstation.drive_on(&held).await {
                tracing::warn!(session = %held.id, code = error.code(), "a session could not go on: {error}");
                *open(&held.trouble) = Some((error.code(), error.to_string()));
                held.moves.send_modify(|count| *count += 1);
            }
        });
        let mut tasks = open(&self.inner.lab.tasks);
        tasks.retain(|task| !task.is_finished());
        // There are never so many: a session's later drivers end as soon as they have looked.
        if tasks.len() < TASKS_KEPT {
            tasks.push(driver.abort_handle());
        }
    }

    async fn drive_on(&self, held: &Arc<Held>) -> Result<()> {
        let mut moves = held.moves.subscribe();
        let mut running: JoinSet<Came> = JoinSet::new();
        let mut at_work: HashMap<u32, Id> = HashMap::new();
        loop {
            moves.mark_unchanged();
            let pending = held.state.lock().await.pending();
            let mut wanted = BTreeSet::new();
            let mut goes_on = false;
            for effect in pending {
                match effect {
                    Effect::CallTool { call, tool, ms_max } => {
                        wanted.insert(call);
                        if let Entry::Vacant(new) = at_work.entry(call) {
                            // Known before it runs, so that nobody cancels past it.
                            let job = Arc::<Job>::default();
                            open(&held.calls).insert(call, Arc::clone(&job));
                            let task = running.spawn(self.clone().call(Arc::clone(held), call, tool, ms_max, job));
                            new.insert(task.id());
                        }
                    }
                    Effect::GoOn => goes_on = true,
                    Effect::AskModel { .. } => {
                        let words = "this session thinks with a model, and only the built-in planner is there";
                        return Err(Error::refused("model_not_available", words));
                    }
                    _ => {}
                }
            }
            for (call, job) in open(&held.calls).iter() {
                if !wanted.contains(call) {
                    job.cancel();
                }
            }
            if goes_on {
                if !self.happen(held, &Event::Tick).await? {
                    return Err(Error::refused("session_stuck", "nothing follows from where the session stands"));
                }
                continue;
            }
            if running.is_empty() {
                return Ok(());
            }
            let came = tokio::select! {
                came = running.join_next_with_id() => came,
                _ = moves.changed() => continue,
            };
            let came = match came {
                None => continue,
                Some(Ok((_, came))) => came,
                Some(Err(broken)) => {
                    let Some(call) = at_work.iter().find(|(_, id)| **id == broken.id()).map(|(call, _)| *call) else {
                        continue;
                    };
                    let why = Denial::new("tool_broke_off", format!("the tool broke off in the middle: {broken}"));
                    Came { call, took_ms: 0, returned: Returned::Failed(why) }
                }
            };
            at_work.remove(&came.call);
            open(&held.calls).remove(&came.call);
            let Came { call, took_ms, returned } = came;
            match self.happen(held, &Event::Returned { call, took_ms, returned }).await {
                // A person went back, or ended it, before it came.
                Err(error) if matches!(error.code().as_str(), "call_closed" | "no_call" | "session_over") => {}
                happened => drop(happened?),
            }
        }
    }

    /// Runs one call, in the time it has and as long as it is wanted. A command that is dropped ends its own work.
    async fn call(self, held: Arc<Held>, call: u32, tool: Tool, ms_max: u64, job: Arc<Job>) -> Came {
        let cancelled = || Denial::new("cancelled", "nobody wants it any more");
        let Ok(_heavy) = heavy_of(&tool, &self).await else {
            return Came { call, took_ms: 0, returned: Returned::Failed(cancelled()) };
        };
        let began = Instant::now();
        let session = held.now().await;
        let threads = self.threads().await;
        let work = Work { ws: &self, session: &session, tool: &tool, threads };
        let returned = tokio::select! {
            done = Box::pin(work.run()) => match done {
                Ok(Done { outcome, artefacts }) => Returned::Done { result: outcome.json(), artefacts },
                Err(error) => Returned::Failed(Denial::new(&error.code(), error.to_string())),
            },
            () = unwanted(&job) => Returned::Failed(cancelled()),
            () = tokio::time::sleep(Duration::from_millis(ms_max)) => {
                let words = format!("{} took longer than the {} s it had", tool.name(), ms_max / 1_000);
                Returned::Failed(Denial::new("tool_too_slow", words))
            }
        };
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Came { call, took_ms, returned }
    }

    /// Threads of one call: all processors when it is the only session, one when there are others.
    async fn threads(&self) -> usize {
        let Ok(sessions) = self.sessions().await else { return 1 };
        let at_work = sessions.lock().await.values().filter(|held| held.driver.try_lock().is_err()).count();
        if at_work > 1 { 1 } else { self.inner.lab.processors }
    }

    /// Goes on with what was left in the middle, and takes silence for what it means, while the workstation runs.
    pub(crate) async fn run_sessions(&self) {
        let sessions = match self.sessions().await {
            Ok(sessions) => sessions,
            Err(error) => {
                tracing::warn!(code = error.code(), "the sessions could not be read: {error}");
                return std::future::pending().await;
            }
        };
        for held in sessions.lock().await.values().filter(|held| held.is_own) {
            self.go_on(held);
        }
        loop {
            tokio::time::sleep(WATCH_EVERY).await;
            let all: Vec<Arc<Held>> = sessions.lock().await.values().cloned().collect();
            for held in all {
                if let Err(error) = self.heed_silence(&held).await {
                    tracing::warn!(session = %held.id, code = error.code(), "a question could not be ended: {error}");
                }
            }
        }
    }

    /// Questions nobody answered in time count as their default, and the session goes on.
    pub(crate) async fn heed_silence(&self, held: &Arc<Held>) -> Result<()> {
        let wakes_at = held.state.lock().await.wakes_at();
        if wakes_at.is_some_and(|at| at <= self.now()) {
            self.happen(held, &Event::Tick).await?;
            self.go_on(held);
        }
        Ok(())
    }
}

/// Whether a call works a processor for a while.
async fn heavy_of(tool: &Tool, workstation: &Workstation) -> Result<Option<tokio::sync::OwnedSemaphorePermit>> {
    let is_light =
        matches!(tool, Tool::Query(_) | Tool::Compare(_) | Tool::Chart(_) | Tool::Report(_) | Tool::Propose(_));
    if is_light {
        return Ok(None);
    }
    let permit = Arc::clone(&workstation.inner.lab.heavy).acquire_owned().await;
    permit.map(Some).map_err(|_| Error::refused("cancelled", "the Lab is closing"))
}

async fn unwanted(job: &Job) {
    while !job.is_cancelled() {
        tokio::time::sleep(HEED_EVERY).await;
    }
}
