//! A decision in the making: which steps follow from an event.
//!
//! Invariants: no bound is passed (a call that would is not made, and the session ends with that word); a gate that is not
//! passed is asked in place of the call behind it; a call is kept before it runs; an answer counts once, by its question's
//! id; three failures in a row open the breaker. Deliberately absent: retries by themselves, which whoever thinks decides.

use crate::action::{Action, Draft};
use crate::decide::{Effect, Event, Thought};
use crate::error::Refused;
use crate::planner::{self, Known};
use crate::question::{ITEMS_MAX, check_start, expiry, fits, mode_of};
use crate::quoted::Quoted;
use crate::session::{Asked, BREAKER_FAILURES, Session};
use crate::tools::{Outcome, Tool, cut};
use domain::session::{
    Answer, AnsweredBy, Artefact, Asking, Called, Card, Change, Gate, GateMode, Outcome as Ending, Question, Returned,
    Speaker, Stage, StageStatus, Start, Step, WORDS_CHARS_MAX, bounded,
};
use domain::{Denial, Money, Name, QuestionId, SessionId, Timestamp};

/// Actions that may follow from one event.
const ACTIONS_MAX: usize = 64;
/// Artefacts of one call.
const ARTEFACTS_MAX: usize = 20;

/// A decision in the making.
pub(crate) struct Desk<'a> {
    pub session: Session,
    pub steps: Vec<Step>,
    now: Timestamp,
    known: &'a Known,
}

/// Whether more may follow.
#[derive(PartialEq, Eq)]
enum Then {
    More,
    Wait,
}

impl<'a> Desk<'a> {
    pub fn new(session: Session, now: Timestamp, known: &'a Known) -> Self {
        Self { session, steps: Vec::new(), now, known }
    }

    fn push(&mut self, step: Step) {
        self.session.apply(&step, self.now);
        self.steps.push(step);
    }

    pub fn take(&mut self, event: &Event) -> Result<(), Refused> {
        if let Event::Start(start) = event {
            return self.begin(start);
        }
        if self.session.start().is_none() {
            return Err(Refused::NotStarted);
        }
        if let Some(ended) = self.session.ended() {
            let goes_back = matches!(event, Event::Override(_) | Event::Rewind(_));
            if ended.outcome == Ending::Cancelled || !goes_back {
                return Err(Refused::Over { code: ended.why.code.clone() });
            }
        }
        match event {
            Event::Start(_) | Event::Tick => self.tick(),
            Event::Returned { call, took_ms, returned } => return self.returned(*call, *took_ms, returned),
            Event::Answered { question, answer } => return self.answered(*question, answer),
            Event::Override(change) => return self.overridden(change),
            Event::Rewind(stage) => return self.rewind(*stage),
            Event::Cancel { why } => self.end(Ending::Cancelled, "cancelled", why.clone()),
            Event::Said(words) => self.say(Speaker::Person, words),
            Event::Link { from, artefact } => return self.link(*from, artefact),
            Event::Reserve { turn, tokens, cost } => return self.reserve(*turn, *tokens, *cost),
            Event::Thought(thought) => return self.thought(thought),
        }
        Ok(())
    }

    fn begin(&mut self, start: &Start) -> Result<(), Refused> {
        if self.session.start().is_some() {
            return Err(Refused::AlreadyStarted);
        }
        check_start(start)?;
        let goal = bounded(&start.goal, WORDS_CHARS_MAX);
        self.push(Step::Started(Start { goal, ..start.clone() }));
        self.push(Step::Moved { stage: Stage::Understanding, status: StageStatus::Active, why: String::new() });
        Ok(())
    }

    fn tick(&mut self) {
        let now = self.now;
        let over = |question: &Question| question.expires.is_some_and(|expires| expires <= now);
        let expired: Vec<Question> =
            self.session.open_questions().map(|asked| asked.question.clone()).filter(over).collect();
        for question in expired {
            if let Some(default) = question.default.clone() {
                self.settle(&question, default, AnsweredBy::Timeout);
            }
        }
    }

    fn returned(&mut self, number: u32, took_ms: u64, returned: &Returned) -> Result<(), Refused> {
        let call = self.session.call(number).ok_or(Refused::NoCall(number))?;
        let Some(tool) = call.tool.as_ref().filter(|_| call.is_open()) else {
            return Err(Refused::CallClosed(number));
        };
        let failed = |code: &str, words: String| Returned::Failed(Denial::new(code, words));
        let returned = match returned {
            Returned::Done { artefacts, .. } if artefacts.len() > ARTEFACTS_MAX => {
                failed("bad_result", format!("it made {} artefacts: {ARTEFACTS_MAX} at most", artefacts.len()))
            }
            Returned::Done { result, artefacts } => match Outcome::read(tool, result) {
                // As we read it, not as it was written: bounds hold, and nothing rides along.
                Ok(outcome) => Returned::Done { result: outcome.json(), artefacts: artefacts.clone() },
                Err(bad) => failed("bad_result", bad.to_string()),
            },
            Returned::Failed(why) => failed(&cut(&why.code), bounded(&why.message, 1_000)),
        };
        self.push(Step::Returned { call: number, took_ms, returned });
        Ok(())
    }

    fn answered(&mut self, id: QuestionId, answer: &Answer) -> Result<(), Refused> {
        let asked = self.session.question(id).ok_or(Refused::NoQuestion(id))?;
        let closed = |how| Refused::QuestionClosed { question: id, how };
        if asked.answered.is_some() {
            return Err(closed("answered"));
        }
        if !asked.is_open() {
            return Err(closed("withdrawn"));
        }
        if asked.question.expires.is_some_and(|expires| expires <= self.now) {
            return Err(closed("expired"));
        }
        let question = asked.question.clone();
        fits(&question, answer)?;
        if self.session.is_builtin() {
            planner::takes(&self.session, &question, answer, self.known).map_err(Refused::DoesNotFit)?;
        }
        self.settle(&question, answer.clone(), AnsweredBy::Person);
        Ok(())
    }

    /// Keeps an answer and what follows from it at once.
    fn settle(&mut self, question: &Question, answer: Answer, by: AnsweredBy) {
        self.push(Step::Answered { question: question.id, answer: answer.clone(), by });
        match (question.gate, answer) {
            (Gate::Breaker, Answer::Reject(why)) => self.end(Ending::Failed, "given_up", why),
            (Gate::Breaker, Answer::Choose(key)) if key.as_str() == "abort" => {
                self.end(Ending::Failed, "given_up", "A person gave it up after failures.".to_owned());
            }
            (Gate::Breaker, Answer::Respond(pairs)) => {
                for (_, words) in &pairs {
                    self.say(Speaker::Person, words);
                }
            }
            (Gate::Deployment | Gate::Other | Gate::Breaker, _) => {}
            (gate, Answer::Reject(why)) => {
                let why = if why.is_empty() { format!("A person said no at the gate {}.", gate.as_str()) } else { why };
                self.end(Ending::Cancelled, "rejected", why);
            }
            _ => {}
        }
    }

    fn overridden(&mut self, change: &Change) -> Result<(), Refused> {
        planner::check_change(change, self.known).map_err(Refused::BadChange)?;
        self.fork(change.stage(), Some(change.clone()))
    }

    fn rewind(&mut self, stage: Stage) -> Result<(), Refused> {
        if !self.session.has_reached(stage) {
            return Err(Refused::NotReached(stage));
        }
        self.fork(stage, None)
    }

    fn fork(&mut self, stage: Stage, change: Option<Change>) -> Result<(), Refused> {
        if let Some(passed) = self.passed() {
            return Err(Refused::Bound(passed));
        }
        let branch = self.session.branch().saturating_add(1);
        self.push(Step::Forked { branch, stage, change });
        Ok(())
    }

    fn link(&mut self, from: SessionId, artefact: &Artefact) -> Result<(), Refused> {
        if from == self.session.id() {
            return Err(Refused::BadChange("it is this session's own".to_owned()));
        }
        if self.session.linked().len() >= ARTEFACTS_MAX {
            return Err(Refused::Bound("linked artefacts"));
        }
        self.push(Step::Linked { from, artefact: artefact.clone() });
        Ok(())
    }

    fn reserve(&mut self, turn: u32, tokens: u64, cost: Money) -> Result<(), Refused> {
        let wanted = self.session.pending().iter().any(
            |effect| matches!(effect, Effect::AskModel { turn: wanted, is_reserved: false, .. } if *wanted == turn),
        );
        let Some(bounds) = self.session.start().map(|start| start.bounds).filter(|_| wanted) else {
            return Err(Refused::NoTurn(turn));
        };
        let used = self.session.used();
        let sum = used.cost.checked_add(cost).map_err(|error| Refused::Setting(error.to_string()))?;
        if cost.amount().is_sign_negative() && !cost.amount().is_zero() {
            return Err(Refused::Setting("a cost is never below zero".to_owned()));
        }
        if used.tokens.saturating_add(tokens) > bounds.tokens {
            self.bound("tokens");
        } else if sum.amount() > bounds.cost.amount() {
            self.bound("cost");
        } else if let Some(passed) = self.passed() {
            self.bound(passed);
        } else {
            self.push(Step::Reserved { turn, tokens, cost });
        }
        Ok(())
    }

    fn thought(&mut self, thought: &Thought) -> Result<(), Refused> {
        let reserved = self.session.turn().filter(|turn| turn.number == thought.turn);
        let Some(reserved) = reserved else {
            return Err(Refused::NoTurn(thought.turn));
        };
        // A provider that used more than was set aside is held to what it says: the next one may then not be paid.
        let cost = if thought.cost.currency() == reserved.cost.currency() { thought.cost } else { reserved.cost };
        let failed = thought.wants.as_ref().err().map(|why| Denial::new(&cut(&why.code), bounded(&why.message, 1_000)));
        let (turn, tokens, took_ms) = (thought.turn, thought.tokens, thought.took_ms);
        self.push(Step::Thought { turn, tokens, cost, took_ms, failed });
        let mut waits = false;
        for action in thought.wants.iter().flatten().take(ACTIONS_MAX) {
            // Questions may stand side by side; whatever else was wanted is wanted again when they are answered.
            let is_question = matches!(action, Action::Ask(_));
            if self.session.ended().is_none() && (!waits || is_question) {
                waits |= self.act(action.clone()) == Then::Wait;
            }
        }
        Ok(())
    }

    /// Thinks on until something must be waited for.
    pub fn go_on(&mut self) {
        for _ in 0..ACTIONS_MAX {
            let waits =
                self.session.open_questions().next().is_some() || self.session.calls().any(|call| call.is_open());
            if self.session.ended().is_some() || waits {
                return;
            }
            if self.session.failures() >= BREAKER_FAILURES {
                self.break_off();
                return;
            }
            if !self.session.is_builtin() {
                return;
            }
            let wants = planner::next(&self.session, self.now, self.known);
            if wants.is_empty() {
                break;
            }
            for action in wants {
                if self.session.ended().is_some() || self.act(action) == Then::Wait {
                    break;
                }
            }
        }
        let words = "The planner found nothing more to do and no end. This is a fault of the program.".to_owned();
        self.end(Ending::Failed, "stuck", words);
    }

    fn act(&mut self, action: Action) -> Then {
        match action {
            Action::Say(words) => self.say(Speaker::Lab, &words),
            Action::Plan(brief) => {
                if self.within() {
                    self.push(Step::Planned { brief });
                }
            }
            Action::Call { tool, why } => return self.call(tool, &why),
            Action::Ask(draft) => return self.ask(draft),
            Action::Complete { why } => self.complete(why),
            Action::Finish { code, words } => self.end(Ending::Completed, code, words),
            Action::GiveUp { code, words } => self.end(Ending::Failed, code, words),
        }
        Then::More
    }

    fn say(&mut self, who: Speaker, words: &str) {
        let words = bounded(words, WORDS_CHARS_MAX);
        self.push(Step::Said { who, words });
    }

    fn complete(&mut self, why: String) {
        let Some(stage) = self.session.stage() else { return };
        self.push(Step::Moved { stage, status: StageStatus::Complete, why: bounded(&why, 1_000) });
        if let Some(next) = stage.next() {
            self.push(Step::Moved { stage: next, status: StageStatus::Active, why: String::new() });
        }
    }

    fn end(&mut self, outcome: Ending, code: &str, words: String) {
        if outcome == Ending::Completed
            && let Some(stage) = self.session.stage()
        {
            self.push(Step::Moved { stage, status: StageStatus::Complete, why: String::new() });
        }
        self.push(Step::Ended { outcome, why: Denial::new(code, bounded(&words, WORDS_CHARS_MAX)) });
    }

    /// The bound that leaves room for nothing more.
    fn passed(&self) -> Option<&'static str> {
        let (bounds, used) = (self.session.start()?.bounds, self.session.used());
        match () {
            () if used.steps >= bounds.steps => Some("steps"),
            () if used.calls >= bounds.calls => Some("calls"),
            () if used.work_ms >= bounds.work_ms => Some("work"),
            () => None,
        }
    }

    fn within(&mut self) -> bool {
        let passed = self.passed();
        if let Some(which) = passed {
            self.bound(which);
        }
        passed.is_none()
    }

    fn bound(&mut self, which: &'static str) {
        let words = format!(
            "The session has used up its {which}. What it found so far stands in its calls; start another with a larger bound."
        );
        self.end(Ending::Failed, &format!("bound_{which}"), words);
    }

    fn call(&mut self, tool: Tool, why: &str) -> Then {
        if !self.within() {
            return Then::Wait;
        }
        if let Some(why_not) = self.refusal(&tool) {
            self.refused_call(&tool, why, why_not);
            return Then::More;
        }
        for gate in gates_of(&tool) {
            if !self.session.at_gate(gate).is_some_and(|asked| asked.is_passed()) {
                let asked = self.ask(at_gate(gate, &tool, why));
                if asked == Then::Wait || !self.within() {
                    return Then::Wait;
                }
            }
        }
        self.kept_call(&tool, why);
        Then::More
    }

    fn kept_call(&mut self, tool: &Tool, why: &str) -> u32 {
        let call = self.session.next_call();
        let stage = self.session.stage().unwrap_or(Stage::Deployment);
        // Every tool's name is one.
        if let Ok(name) = Name::parse(tool.name()) {
            self.push(Step::Called(Called { call, stage, tool: name, args: tool.args(), why: bounded(why, 500) }));
        }
        call
    }

    /// A call that can't be made is one that failed: it is seen, counted, and bounded like any other.
    fn refused_call(&mut self, tool: &Tool, why: &str, why_not: Denial) {
        let call = self.kept_call(tool, why);
        self.push(Step::Returned { call, took_ms: 0, returned: Returned::Failed(why_not) });
    }

    fn refusal(&self, tool: &Tool) -> Option<Denial> {
        if let Err(bad) = tool.check() {
            return Some(Denial::new("bad_arguments", bad.to_string()));
        }
        let stage = self.session.stage()?;
        if stage < tool.earliest() {
            let words =
                format!("{} may be called from the stage {} on, and this is {stage}", tool.name(), tool.earliest());
            return Some(Denial::new("too_early", words));
        }
        if let Some(foreign) = tool.artefacts().into_iter().find(|id| !self.session.may_use(*id)) {
            let words = format!("{foreign} was not made in this session, and nobody linked it");
            return Some(Denial::new("foreign_artefact", words));
        }
        let chosen = self.session.at_gate(Gate::ModelChoice).is_some_and(|asked| asked.is_passed());
        if matches!(tool, Tool::Evaluate(_)) && !chosen {
            let words = "a person chooses the model before it is examined: ask at the gate model_choice";
            return Some(Denial::new("not_chosen", words));
        }
        let refused =
            self.session.at_gate(Gate::Deployment).is_some_and(|asked| asked.answered.is_some() && !asked.is_passed());
        if matches!(tool, Tool::Propose(_)) && refused {
            return Some(Denial::new("rejected", "a person said no to handing it on"));
        }
        None
    }

    fn ask(&mut self, draft: Draft) -> Then {
        let same = |asked: &&Asked| {
            let question = &asked.question;
            question.gate == draft.gate && question.words == draft.words && question.asking == draft.asking
        };
        if self.session.open_questions().any(|asked| same(&asked)) {
            return Then::Wait;
        }
        if !self.within() {
            return Then::Wait;
        }
        if !is_askable(&draft.asking) {
            self.say(Speaker::Lab, "A question could not be asked: it needs one to three items, or two to ten cards.");
            return Then::More;
        }
        let Some(start) = self.session.start() else { return Then::Wait };
        let mut mode = mode_of(start, draft.gate);
        if draft.default.is_none() {
            mode = GateMode::Required;
        }
        let default = if mode == GateMode::Required { None } else { draft.default };
        let question = Question {
            id: self.session.next_question(),
            stage: self.session.stage().unwrap_or(Stage::Deployment),
            gate: draft.gate,
            words: bounded(&draft.words, 2_000),
            asking: draft.asking,
            expires: expiry(mode, self.now),
            default: default.clone(),
        };
        self.push(Step::Asked(question.clone()));
        match (mode, default) {
            (GateMode::Auto, Some(default)) => {
                self.settle(&question, default, AnsweredBy::Auto);
                Then::More
            }
            _ => Then::Wait,
        }
    }

    fn break_off(&mut self) {
        let last = self.session.calls().rev().find_map(|call| call.failed().map(|why| (call, why)));
        let words = last.map_or_else(
            || "It failed three times in a row.".to_owned(),
            |(call, why)| {
                // Why a tool failed may be somebody else's words.
                let said = Quoted::new(&why.message, call.called.tool.as_str(), None);
                format!("It failed three times in a row, last with {said}")
            },
        );
        let card = |key: &str, title: &str, pro: &str, con: &str| {
            Name::parse(key).ok().map(|key| Card {
                key,
                title: title.to_owned(),
                pros: vec![pro.to_owned()],
                cons: vec![con.to_owned()],
                artefact: None,
            })
        };
        let cards: Vec<Card> = [
            card(
                "retry",
                "Go on, and try again what is needed",
                "it may have been a passing fault",
                "it may fail again",
            ),
            card("abort", "Give it up", "nothing more is used up", "the session ends without a report"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let Some(recommended) = cards.first().map(|card| card.key.clone()) else { return };
        self.ask(Draft { gate: Gate::Breaker, words, asking: Asking::Choose { cards, recommended }, default: None });
    }
}

fn is_askable(asking: &Asking) -> bool {
    match asking {
        Asking::Clarify(items) => (1..=ITEMS_MAX).contains(&items.len()),
        Asking::Choose { cards, recommended } => {
            (1..=10).contains(&cards.len()) && cards.iter().any(|card| card.key == *recommended)
        }
        Asking::Approve => true,
        Asking::Edit(fields) => (1..=30).contains(&fields.len()),
    }
}

/// Gates a call waits behind.
fn gates_of(tool: &Tool) -> Vec<Gate> {
    match tool {
        Tool::Sweep(_) | Tool::Backtest(_) | Tool::Train(_) | Tool::Evaluate(_) => vec![Gate::Training],
        Tool::Propose(_) => vec![Gate::Deployment],
        Tool::Report(_) | Tool::Chart(_) | Tool::Compare(_) | Tool::ScriptCheck(_) => Vec::new(),
        _ => vec![Gate::DataFetch],
    }
}

fn at_gate(gate: Gate, tool: &Tool, why: &str) -> Draft {
    let words = match gate {
        Gate::DataFetch => "Read stored candles and observations for this?".to_owned(),
        Gate::Training => {
            format!("Try strategies or models on this data? Every setting counts as a trial. First: {why}")
        }
        Gate::Deployment => format!("Hand this to the Floor as a draft for paper trading? {why}"),
        _ => format!("Go on with {}? {why}", tool.name()),
    };
    Draft { gate, words, asking: Asking::Approve, default: Some(Answer::Accept) }
}
