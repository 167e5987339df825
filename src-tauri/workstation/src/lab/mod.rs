//! The Lab at work: sessions out of the journal, each driven by one task, their calls run and their questions put.
//!
//! Invariants: a session is decided under its own lock, by the machine of crate `lab`; its steps are durable before anything
//! follows from them, and a call's result before the next step; a call that came back never runs again, whatever ended in
//! between; as many heavy calls run at once as there are processors, none of them on a thread that serves others; a tool
//! that fails, or breaks off, is a step of its session. A session of another device is gone on with only when a person says
//! so. Deliberately absent: what follows from what (crate `lab`), and models: only the built-in planner thinks here.

pub(crate) mod artefacts;
mod runner;
#[cfg(test)]
mod tests;
mod tools;
mod view;

pub(crate) use view::{artefacts_of, question_view, timeline_of};

use crate::commands::Job;
use crate::dto::{Event as Told, SessionView};
use crate::{Error, Result, Workstation};
use domain::session::Step;
use domain::{Coin, Fact, SessionId, Timestamp};
use lab::{Effect, Event, Known, Refused, Session, State};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex as Lock, MutexGuard as Guard, PoisonError};
use store::FactPlace;
use tokio::sync::{Mutex, OnceCell, Semaphore, watch};
use tokio::task::AbortHandle;

/// Sessions that work at once.
pub(crate) const RUNNING_MAX: usize = 10;
/// Tasks of drivers that are remembered, so that closing ends them.
const TASKS_KEPT: usize = 1_024;

/// All sessions, as the holder of the workspace knows them.
pub(crate) struct Lab {
    sessions: OnceCell<Mutex<BTreeMap<SessionId, Arc<Held>>>>,
    /// One heavy call for each processor.
    heavy: Arc<Semaphore>,
    processors: usize,
    tasks: Lock<Vec<AbortHandle>>,
}

impl Default for Lab {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let heavy = Arc::new(Semaphore::new(processors));
        Self { sessions: OnceCell::new(), heavy, processors, tasks: Lock::default() }
    }
}

/// One session.
pub(crate) struct Held {
    pub id: SessionId,
    /// Whether its last step was taken on this device.
    pub is_own: bool,
    state: Mutex<Session>,
    /// One driver at a time.
    driver: Mutex<()>,
    /// Calls at work.
    calls: Lock<HashMap<u32, Arc<Job>>>,
    /// Counts what happened in it.
    moves: watch::Sender<u64>,
    /// Why nobody could go on with it.
    trouble: Lock<Option<(String, String)>>,
}

fn open<T>(lock: &Lock<T>) -> Guard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Held {
    fn new(session: Session, is_own: bool) -> Arc<Self> {
        Arc::new(Self {
            id: session.id(),
            is_own,
            state: Mutex::new(session),
            driver: Mutex::default(),
            calls: Lock::default(),
            moves: watch::Sender::new(0),
            trouble: Lock::default(),
        })
    }

    /// As it stands.
    pub async fn now(&self) -> Session {
        self.state.lock().await.clone()
    }
}

/// What a refusal is: words that make no sense, or a rule.
pub(crate) fn refused(refused: &Refused) -> Error {
    let (code, message) = (refused.code(), refused.to_string());
    match refused {
        Refused::Goal { .. } | Refused::Setting(_) | Refused::DoesNotFit(_) | Refused::BadChange(_) => {
            Error::usage(code, message)
        }
        _ => Error::refused(code, message),
    }
}

impl Workstation {
    /// All sessions, folded when they are first needed.
    pub(crate) async fn sessions(&self) -> Result<&Mutex<BTreeMap<SessionId, Arc<Held>>>> {
        self.inner.lab.sessions.get_or_try_init(|| async { self.fold_sessions().await.map(Mutex::new) }).await
    }

    pub(crate) async fn fold_sessions(&self) -> Result<BTreeMap<SessionId, Arc<Held>>> {
        let own = self.store().device_number().await?;
        let mut folded: BTreeMap<SessionId, (Session, u32)> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = self.store().session_facts(after).await?;
            let Some(last) = page.last() else { break };
            after = Some(FactPlace { device: last.device, seq: last.seq });
            for recorded in page {
                let device = recorded.device;
                let Fact::Session { session, step, at } = recorded.fact else { continue };
                let (folded, by) = folded.entry(session).or_insert_with(|| (Session::new(session), device));
                folded.apply(&step, at);
                *by = device;
            }
        }
        Ok(folded.into_iter().map(|(id, (session, by))| (id, Held::new(session, own == Some(by)))).collect())
    }

    /// One session that is there.
    pub(crate) async fn session_held(&self, id: SessionId) -> Result<Arc<Held>> {
        let found = self.sessions().await?.lock().await.get(&id).cloned();
        found.ok_or_else(|| no_session(&id.to_string()))
    }

    /// The coins a goal may speak of: those with candles or a price.
    pub(crate) async fn known_coins(&self) -> Result<Known> {
        let mut coins: BTreeSet<Coin> = self.store().candle_coins().await?.into_iter().collect();
        coins.extend(self.store().quotes().await?.into_iter().map(|quote| quote.coin));
        let names = |coin: &Coin| ledgers::meaning::MAIN.iter().find(|main| main.ticker == coin.as_str());
        let named = |coin: Coin| match names(&coin).and_then(|main| main.names.first()) {
            Some(name) => (coin, (*name).to_owned()),
            None => (coin, String::new()),
        };
        Ok(Known { coins: coins.into_iter().map(named).collect() })
    }

    /// Begins a session and drives it.
    pub(crate) async fn begin_session(&self, id: SessionId, start: domain::session::Start) -> Result<Arc<Held>> {
        let sessions = self.sessions().await?;
        let mut running = 0;
        for held in sessions.lock().await.values() {
            let is_at_work = held.driver.try_lock().is_err();
            running += usize::from(is_at_work);
        }
        if running >= RUNNING_MAX {
            let words = format!("{RUNNING_MAX} sessions work already: wait for one, or cancel one");
            return Err(Error::refused("too_many_sessions", words));
        }
        let held = Held::new(Session::new(id), true);
        self.happen(&held, &Event::Start(start)).await?;
        sessions.lock().await.insert(id, Arc::clone(&held));
        self.go_on(&held);
        Ok(held)
    }

    /// Something happens in a session: what follows is kept, then taken. [`Refused`] changes nothing.
    /// Whether anything did.
    pub(crate) async fn happen(&self, held: &Arc<Held>, event: &Event) -> Result<bool> {
        let known = self.known_coins().await?;
        let mut session = held.state.lock().await;
        let now = self.now();
        let effects = session.decide(event, now, &known).map_err(|why| refused(&why))?;
        let Some(Effect::Append(steps)) = effects.first() else { return Ok(false) };
        let fact = |step: &Step| Fact::Session { session: held.id, step: Box::new(step.clone()), at: now };
        self.store().append(&steps.iter().map(fact).collect::<Vec<_>>(), now).await?;
        steps.iter().for_each(|step| session.apply(step, now));
        let state = session.state();
        drop(session);
        for effect in &effects {
            if let Effect::StopTool { call } = effect
                && let Some(job) = open(&held.calls).get(call)
            {
                job.cancel();
            }
        }
        let asks = effects.iter().any(|effect| matches!(effect, Effect::Ask(_)));
        held.moves.send_modify(|count| *count += 1);
        self.tell(Told::Session { session: held.id.to_string(), state: state.as_str().to_owned(), asks });
        Ok(true)
    }

    /// Waits until a session asks, or is over.
    ///
    /// # Errors
    /// Why nobody could go on with it.
    pub(crate) async fn until_it_waits(&self, held: &Held) -> Result<()> {
        let mut moves = held.moves.subscribe();
        loop {
            if let Some((code, message)) = open(&held.trouble).clone() {
                return Err(Error::Refused { code, message });
            }
            if held.state.lock().await.state() != State::Running {
                return Ok(());
            }
            if moves.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// A session in short. Its report is read only for one that is looked at alone.
    pub(crate) fn session_view(&self, session: &Session, with_report: bool) -> SessionView {
        let report = session.report().filter(|_| with_report);
        let report = report.and_then(|id| artefacts::read(self.home(), id).ok());
        let start = session.start();
        let stage = session.stage().or_else(|| {
            // Of one that is over: how far it came.
            let reached =
                |stage: &domain::session::Stage| session.status(*stage) != domain::session::StageStatus::Pending;
            domain::session::Stage::ALL.into_iter().rev().find(reached)
        });
        SessionView {
            session_id: session.id().to_string(),
            goal: start.map(|start| start.goal.clone()).unwrap_or_default(),
            model: start.map(|start| start.model.to_string()).unwrap_or_default(),
            state: session.state().as_str().to_owned(),
            stage: stage.map_or("understanding", domain::session::Stage::as_str).to_owned(),
            questions: session
                .open_questions()
                .map(|asked| question_view(session.id(), &asked.question, asked.at))
                .collect(),
            report: report.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            outcome: session.ended().map(|ended| ended.why.message.clone()),
            outcome_code: session.ended().map(|ended| ended.why.code.clone()),
            started_at: session.started_at(),
            moved_at: session.last_at(),
        }
    }

    /// Ends all work on sessions; what was done is kept, and the rest is done again when somebody goes on.
    pub(crate) fn stop_sessions(&self) {
        for task in open(&self.inner.lab.tasks).drain(..) {
            task.abort();
        }
    }
}

pub(crate) fn no_session(id: &str) -> Error {
    Error::refused(
        "session_not_found",
        format!("there is no session {}: `omc lab list` names them", ledgers::inert(id)),
    )
}

/// Steps of one session with their moments, and the session they fold to.
pub(crate) fn folded(id: SessionId, facts: Vec<store::Recorded>) -> (Session, Vec<(Timestamp, Step)>) {
    let mut session = Session::new(id);
    let mut steps = Vec::with_capacity(facts.len());
    for recorded in facts {
        if let Fact::Session { session: of, step, at } = recorded.fact
            && of == id
        {
            session.apply(&step, at);
            steps.push((at, *step));
        }
    }
    (session, steps)
}
