//! A session as the fold of its steps.
//!
//! Invariants: total (a step that doesn't fit changes nothing, and none panics); the same steps give the same session. What
//! an earlier branch made stays to be seen, and stands no more. Deliberately absent: what may happen next, which `decide` says.

use crate::tools::{Outcome, Tool};
use domain::session::{
    Answer, AnsweredBy, Artefact, Called, Change, Gate, Question, Returned, Speaker, Stage, StageStatus, Start, Step,
};
use domain::{ArtefactId, Denial, Money, QuestionId, SessionId, Timestamp};
use std::sync::Arc;

/// Failures in a row that open the breaker.
pub const BREAKER_FAILURES: u32 = 3;

/// Where a session stands, in the words of scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Something is being done.
    Running,
    /// A person is asked.
    Waiting,
    /// It came to its end.
    Completed,
    /// It could not go on.
    Failed,
    /// A person ended it.
    Cancelled,
}

impl State {
    /// The name scripts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// In which stage.
    pub stage: Stage,
    /// By whom.
    pub who: Speaker,
    /// What.
    pub words: String,
}

/// What became of a call so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fate {
    /// It has not come back.
    Open,
    /// It worked.
    Done(Arc<Outcome>, Vec<Artefact>),
    /// It didn't.
    Failed(Denial),
    /// A person went back before it came.
    Dropped,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// As it was made.
    pub called: Called,
    /// The tool and its arguments; none when this version can't read them.
    pub tool: Option<Tool>,
    /// In which branch.
    pub branch: u32,
    /// Whether it belongs to what stands.
    pub stands: bool,
    /// When it was called.
    pub at: Timestamp,
    /// When it came back.
    pub returned_at: Option<Timestamp>,
    /// Milliseconds it took.
    pub took_ms: u64,
    pub(crate) fate: Fate,
}

impl Call {
    /// Whether it has not come back and is waited for.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.fate == Fate::Open
    }

    /// The name of where it stands: `open`, `done`, `failed`, `dropped`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self.fate {
            Fate::Open => "open",
            Fate::Done(..) => "done",
            Fate::Failed(_) => "failed",
            Fate::Dropped => "dropped",
        }
    }

    /// What it answered.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        if let Fate::Done(outcome, _) = &self.fate { Some(outcome) } else { None }
    }

    /// What it made.
    #[must_use]
    pub fn artefacts(&self) -> &[Artefact] {
        if let Fate::Done(_, artefacts) = &self.fate { artefacts } else { &[] }
    }

    /// Why it failed.
    #[must_use]
    pub const fn failed(&self) -> Option<&Denial> {
        if let Fate::Failed(why) = &self.fate { Some(why) } else { None }
    }
}

/// A question and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// In which branch.
    pub branch: u32,
    /// Whether it belongs to what stands.
    pub stands: bool,
    /// When it was asked.
    pub at: Timestamp,
    /// The answer, by whom and when.
    pub answered: Option<(Answer, AnsweredBy, Timestamp)>,
}

impl Asked {
    /// Whether an answer is waited for. One of an earlier branch, or of a session that ended, is withdrawn.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.stands && self.answered.is_none()
    }

    /// Whether it was answered with a yes of any kind.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.stands && matches!(&self.answered, Some((answer, ..)) if !matches!(answer, Answer::Reject(_)))
    }
}

/// What a session used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Steps.
    pub steps: u32,
    /// Calls.
    pub calls: u32,
    /// Tokens, with what is set aside.
    pub tokens: u64,
    /// Cost, with what is set aside.
    pub cost: Money,
    /// Milliseconds of work.
    pub work_ms: u64,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub outcome: domain::session::Outcome,
    /// Why.
    pub why: Denial,
    /// When.
    pub at: Timestamp,
}

/// A thought of a model that is being waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    pub number: u32,
    pub tokens: u64,
    pub cost: Money,
}

/// A session.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    id: SessionId,
    start: Option<Arc<Start>>,
    started_at: Timestamp,
    last_at: Timestamp,
    stages: [StageStatus; 7],
    branch: u32,
    brief: Option<Arc<str>>,
    lines: Vec<Arc<Line>>,
    calls: Vec<Arc<Call>>,
    questions: Vec<Arc<Asked>>,
    changes: Vec<Change>,
    linked: Vec<(SessionId, Artefact)>,
    used: Used,
    failures: u32,
    turns: u32,
    turn: Option<Turn>,
    ended: Option<Ended>,
}

impl Session {
    /// A session in which nothing has happened.
    #[must_use]
    pub fn new(id: SessionId) -> Self {
        let used = Used { steps: 0, calls: 0, tokens: 0, cost: Money::ZERO_AUD, work_ms: 0 };
        Self {
            id,
            start: None,
            started_at: Timestamp::default(),
            last_at: Timestamp::default(),
            stages: [StageStatus::Pending; 7],
            branch: 0,
            brief: None,
            lines: Vec::new(),
            calls: Vec::new(),
            questions: Vec::new(),
            changes: Vec::new(),
            linked: Vec::new(),
            used,
            failures: 0,
            turns: 0,
            turn: None,
            ended: None,
        }
    }

    /// Takes its next step.
    pub fn apply(&mut self, step: &Step, at: Timestamp) {
        if self.start.is_none() && !matches!(step, Step::Started(_)) {
            return;
        }
        self.last_at = at;
        match step {
            Step::Started(start) => self.begin(start, at),
            Step::Moved { stage, status, .. } => self.stages[*stage as usize] = *status,
            Step::Planned { brief } => {
                self.used.steps = self.used.steps.saturating_add(1);
                self.brief = Some(brief.as_str().into());
            }
            Step::Said { who, words } => {
                let line = Line { at, stage: self.here(), who: *who, words: words.clone() };
                self.lines.push(Arc::new(line));
            }
            Step::Called(called) => self.called(called, at),
            Step::Returned { call, took_ms, returned } => self.returned(*call, *took_ms, returned, at),
            Step::Asked(question) => self.asked(question, at),
            Step::Answered { question, answer, by } => self.answered(*question, answer, *by, at),
            Step::Forked { branch, stage, change } => self.forked(*branch, *stage, change.as_ref()),
            Step::Reserved { turn, tokens, cost } => {
                self.reserved(Turn { number: *turn, tokens: *tokens, cost: *cost })
            }
            Step::Thought { turn, tokens, cost, took_ms, failed } => {
                self.thought(Turn { number: *turn, tokens: *tokens, cost: *cost }, *took_ms, failed.is_some());
            }
            Step::Linked { from, artefact } => self.linked.push((*from, artefact.clone())),
            Step::Ended { outcome, why } => self.end(Ended { outcome: *outcome, why: why.clone(), at }),
        }
    }

    fn begin(&mut self, start: &Start, at: Timestamp) {
        if self.start.is_none() {
            self.used.cost = Money::new(domain::Decimal::ZERO, start.bounds.cost.currency());
            self.start = Some(Arc::new(start.clone()));
            self.started_at = at;
        }
    }

    fn called(&mut self, called: &Called, at: Timestamp) {
        self.used.steps = self.used.steps.saturating_add(1);
        self.used.calls = self.used.calls.saturating_add(1);
        let tool = Tool::read(called.tool.as_str(), &called.args).ok();
        let unreadable = Denial::new("call_unreadable", "this version can't read the call: update the application");
        self.calls.push(Arc::new(Call {
            called: called.clone(),
            fate: if tool.is_some() { Fate::Open } else { Fate::Failed(unreadable) },
            tool,
            branch: self.branch,
            stands: true,
            at,
            returned_at: None,
            took_ms: 0,
        }));
    }

    fn returned(&mut self, number: u32, took_ms: u64, returned: &Returned, at: Timestamp) {
        let Some(call) = self.calls.iter_mut().find(|call| call.called.call == number && call.is_open()) else {
            return;
        };
        let call = Arc::make_mut(call);
        call.fate = match (returned, &call.tool) {
            (Returned::Done { result, artefacts }, Some(tool)) => match Outcome::read(tool, result) {
                Ok(outcome) => Fate::Done(Arc::new(outcome), artefacts.clone()),
                Err(bad) => Fate::Failed(Denial::new("bad_result", bad.to_string())),
            },
            (Returned::Done { .. }, None) => return,
            (Returned::Failed(why), _) => Fate::Failed(why.clone()),
        };
        (call.took_ms, call.returned_at) = (took_ms, Some(at));
        let worked = call.failed().is_none();
        self.used.work_ms = self.used.work_ms.saturating_add(took_ms);
        self.failures = if worked { 0 } else { self.failures.saturating_add(1) };
    }

    fn asked(&mut self, question: &Question, at: Timestamp) {
        self.used.steps = self.used.steps.saturating_add(1);
        self.stages[question.stage as usize] = StageStatus::Waiting;
        let asked = Asked { question: question.clone(), branch: self.branch, stands: true, at, answered: None };
        self.questions.push(Arc::new(asked));
    }

    fn answered(&mut self, id: QuestionId, answer: &Answer, by: AnsweredBy, at: Timestamp) {
        let Some(asked) = self.questions.iter_mut().find(|asked| asked.question.id == id && asked.is_open()) else {
            return;
        };
        let asked = Arc::make_mut(asked);
        asked.answered = Some((answer.clone(), by, at));
        let (stage, gate) = (asked.question.stage, asked.question.gate);
        if gate == Gate::Breaker {
            self.failures = 0;
        }
        let others = self.questions.iter().any(|asked| asked.is_open() && asked.question.stage == stage);
        if !others && self.stages[stage as usize] == StageStatus::Waiting {
            self.stages[stage as usize] = StageStatus::Active;
        }
    }

    fn forked(&mut self, branch: u32, stage: Stage, change: Option<&Change>) {
        self.branch = branch;
        self.changes.extend(change.cloned());
        self.ended = None;
        self.failures = 0;
        for call in self.calls.iter_mut().filter(|call| call.called.stage >= stage && call.stands) {
            let call = Arc::make_mut(call);
            call.stands = false;
            if call.fate == Fate::Open {
                call.fate = Fate::Dropped;
            }
        }
        for asked in self.questions.iter_mut().filter(|asked| asked.question.stage >= stage && asked.stands) {
            Arc::make_mut(asked).stands = false;
        }
        if stage == Stage::Understanding {
            self.brief = None;
        }
        if !self.has_reached(stage) {
            return; // it has not come so far: what is done so far stands
        }
        for (place, status) in self.stages.iter_mut().enumerate().skip(stage as usize) {
            if place == stage as usize {
                *status = StageStatus::Active;
            } else if *status != StageStatus::Pending {
                *status = StageStatus::Stale;
            }
        }
    }

    fn reserved(&mut self, turn: Turn) {
        self.turns = turn.number;
        self.used.tokens = self.used.tokens.saturating_add(turn.tokens);
        self.used.cost = self.used.cost.checked_add(turn.cost).unwrap_or(self.used.cost);
        self.turn = Some(turn);
    }

    fn thought(&mut self, used: Turn, took_ms: u64, failed: bool) {
        let Some(turn) = self.turn.take_if(|turn| turn.number == used.number) else {
            return;
        };
        let cost = self.used.cost.checked_sub(turn.cost).and_then(|rest| rest.checked_add(used.cost));
        self.used.cost = cost.unwrap_or(self.used.cost);
        self.used.tokens = self.used.tokens.saturating_sub(turn.tokens).saturating_add(used.tokens);
        self.used.steps = self.used.steps.saturating_add(1);
        self.used.work_ms = self.used.work_ms.saturating_add(took_ms);
        if failed {
            self.failures = self.failures.saturating_add(1);
        }
    }

    fn end(&mut self, ended: Ended) {
        for asked in self.questions.iter_mut().filter(|asked| asked.is_open()) {
            Arc::make_mut(asked).stands = false;
        }
        for call in self.calls.iter_mut().filter(|call| call.is_open()) {
            Arc::make_mut(call).fate = Fate::Dropped;
        }
        for status in self.stages.iter_mut().filter(|status| **status == StageStatus::Waiting) {
            *status = StageStatus::Active;
        }
        self.turn = None;
        self.ended = Some(ended);
    }
}

/// What there is to see.
impl Session {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// What it began with; none before it began.
    #[must_use]
    pub fn start(&self) -> Option<&Start> {
        self.start.as_deref()
    }

    /// When it began.
    #[must_use]
    pub const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// When its last step was.
    #[must_use]
    pub const fn last_at(&self) -> Timestamp {
        self.last_at
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        use domain::session::Outcome;
        match &self.ended {
            Some(ended) => match ended.outcome {
                Outcome::Completed => State::Completed,
                Outcome::Failed => State::Failed,
                Outcome::Cancelled => State::Cancelled,
            },
            None if self.open_questions().next().is_some() => State::Waiting,
            None => State::Running,
        }
    }

    /// How it ended.
    #[must_use]
    pub const fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// Where a stage stands.
    #[must_use]
    pub const fn status(&self, stage: Stage) -> StageStatus {
        self.stages[stage as usize]
    }

    /// Whether a stage was reached, and no earlier one is being done anew.
    #[must_use]
    pub fn has_reached(&self, stage: Stage) -> bool {
        self.status(stage) != StageStatus::Pending && self.stage().is_none_or(|at| at >= stage)
    }

    /// The stage that is being worked on; none before the beginning and when all are done.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        let works = |stage: &Stage| matches!(self.status(*stage), StageStatus::Active | StageStatus::Waiting);
        Stage::ALL.into_iter().find(works)
    }

    fn here(&self) -> Stage {
        self.stage().unwrap_or(if self.start.is_none() { Stage::Understanding } else { Stage::Deployment })
    }

    /// The number of the history that stands; 0 until a person goes back.
    #[must_use]
    pub const fn branch(&self) -> u32 {
        self.branch
    }

    /// What is understood and planned, JSON; [`crate::planner::Brief`] when the built-in planner thinks.
    #[must_use]
    pub fn brief(&self) -> Option<&str> {
        self.brief.as_deref()
    }

    /// What was said.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter().map(AsRef::as_ref)
    }

    /// All calls, of all branches.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.calls.iter().map(AsRef::as_ref)
    }

    /// One call.
    #[must_use]
    pub fn call(&self, number: u32) -> Option<&Call> {
        self.calls().find(|call| call.called.call == number)
    }

    /// All questions, of all branches.
    pub fn questions(&self) -> impl DoubleEndedIterator<Item = &Asked> {
        self.questions.iter().map(AsRef::as_ref)
    }

    /// Questions an answer is waited for.
    pub fn open_questions(&self) -> impl Iterator<Item = &Asked> {
        self.questions().filter(|asked| asked.is_open())
    }

    /// One question.
    #[must_use]
    pub fn question(&self, id: QuestionId) -> Option<&Asked> {
        self.questions().find(|asked| asked.question.id == id)
    }

    /// The last question at a gate that belongs to what stands.
    #[must_use]
    pub fn at_gate(&self, gate: Gate) -> Option<&Asked> {
        self.questions().rev().find(|asked| asked.stands && asked.question.gate == gate)
    }

    /// What persons set otherwise, the oldest first; the last of a kind counts.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What of other sessions it may use.
    #[must_use]
    pub fn linked(&self) -> &[(SessionId, Artefact)] {
        &self.linked
    }

    /// Everything it made, of all branches, the oldest first.
    pub fn artefacts(&self) -> impl Iterator<Item = &Artefact> {
        self.calls().flat_map(Call::artefacts)
    }

    /// Whether it may use an artefact: its own, or one a person linked.
    #[must_use]
    pub fn may_use(&self, id: ArtefactId) -> bool {
        self.artefacts().any(|own| own.id == id) || self.linked.iter().any(|(_, other)| other.id == id)
    }

    /// The report that stands: its Markdown.
    #[must_use]
    pub fn report(&self) -> Option<ArtefactId> {
        let reported = |call: &Call| match call.outcome() {
            Some(Outcome::Reported(reported)) => Some(reported.markdown),
            _ => None,
        };
        self.calls().rev().filter(|call| call.stands).find_map(reported)
    }

    /// What it used up.
    #[must_use]
    pub const fn used(&self) -> Used {
        self.used
    }

    /// Failures in a row.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// The next moment at which silence counts.
    #[must_use]
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.open_questions().filter_map(|asked| asked.question.expires).min()
    }

    pub(crate) const fn turn(&self) -> Option<Turn> {
        self.turn
    }

    pub(crate) const fn turns(&self) -> u32 {
        self.turns
    }

    pub(crate) fn next_call(&self) -> u32 {
        self.calls.len() as u32 + 1
    }

    pub(crate) fn next_question(&self) -> QuestionId {
        QuestionId::of(self.id, self.questions.len() as u32 + 1)
    }
}
