//! Events in, effects out: what may happen to a session, and what is to be done about it.
//!
//! Invariants: steps are kept before anything is done about them; what is to be done is a function of the fold, so that it is
//! the same after a crash. Deliberately absent: what follows from what, which is the desk's.

use crate::action::Action;
use crate::desk::Desk;
use crate::error::Refused;
use crate::planner::{self, Known};
use crate::session::Session;
use crate::tools::Tool;
use domain::session::{Answer, Artefact, Change, Question, Returned, Stage, Start, Step};
use domain::{Denial, Money, QuestionId, SessionId, Timestamp};

/// The longest a call may take, whatever is left of the session's work.
const CALL_MS_MAX: u64 = 10 * 60 * 1_000;
/// Tokens of one thought.
const TURN_TOKENS_MAX: u64 = 8_000;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A person wants something.
    Start(Start),
    /// Time went by: questions nobody answered count as their default, and a session that was left in the middle goes on.
    Tick,
    /// A call came to its end.
    Returned {
        /// Which.
        call: u32,
        /// Milliseconds it took, by a clock that doesn't step.
        took_ms: u64,
        /// What became of it.
        returned: Returned,
    },
    /// A person answered.
    Answered {
        /// Which question.
        question: QuestionId,
        /// What.
        answer: Answer,
    },
    /// A person sets something otherwise than the plan says.
    Override(Change),
    /// A person goes back to a stage.
    Rewind(Stage),
    /// A person ends it.
    Cancel {
        /// Why; may be empty.
        why: String,
    },
    /// A person says something.
    Said(String),
    /// A person lets it use what another session made.
    Link {
        /// The other session.
        from: SessionId,
        /// What.
        artefact: Artefact,
    },
    /// This is the most a thought will cost: it is set aside before the model is asked.
    Reserve {
        /// The thought that is wanted, as in [`Effect::AskModel`].
        turn: u32,
        /// Tokens at most.
        tokens: u64,
        /// Cost at most.
        cost: Money,
    },
    /// A model answered, or didn't. One that was asked before a crash and whose answer was lost comes back failed, at what
    /// was set aside for it.
    Thought(Thought),
}

/// A model's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Thought {
    /// Which.
    pub turn: u32,
    /// Tokens used.
    pub tokens: u64,
    /// What they cost.
    pub cost: Money,
    /// Milliseconds it took.
    pub took_ms: u64,
    /// What it wants, or why there is no answer.
    pub wants: Result<Vec<Action>, Denial>,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Keep these steps, all or none, durably, and apply them. Always the first; the others only after it.
    Append(Vec<Step>),
    /// Run a tool, and come back with [`Event::Returned`] in at most so many milliseconds.
    CallTool {
        /// The call's number.
        call: u32,
        /// What to run.
        tool: Tool,
        /// The time it has.
        ms_max: u64,
    },
    /// Stop a call: its result changes nothing any more.
    StopTool {
        /// Which.
        call: u32,
    },
    /// Show a question.
    Ask(Box<Question>),
    /// Take a question away.
    Withdraw(QuestionId),
    /// Ask the session's model. Not reserved yet: say what it costs at most ([`Event::Reserve`]). Reserved: ask, and come
    /// back with [`Event::Thought`].
    AskModel {
        /// The number of the thought.
        turn: u32,
        /// In which stage.
        stage: Stage,
        /// Tokens it may use.
        tokens_max: u64,
        /// Whether its cost is set aside.
        is_reserved: bool,
    },
    /// Call [`Event::Tick`] now: the session stands between two steps.
    GoOn,
    /// It is over.
    Finish,
}

impl Session {
    /// What is still to be done, as of now: the same after a crash as before it.
    #[must_use]
    pub fn pending(&self) -> Vec<Effect> {
        if self.ended().is_some() || self.start().is_none() {
            return Vec::new();
        }
        let ms_max = self.work_left().min(CALL_MS_MAX);
        let mut pending: Vec<Effect> = self
            .calls()
            .filter(|call| call.is_open())
            .filter_map(|call| Some(Effect::CallTool { call: call.called.call, tool: call.tool.clone()?, ms_max }))
            .collect();
        pending.extend(self.open_questions().map(|asked| Effect::Ask(Box::new(asked.question.clone()))));
        match self.turn() {
            Some(turn) => pending.push(self.ask_model(turn.number, turn.tokens, true)),
            None if !pending.is_empty() => {}
            None if self.is_builtin() => pending.push(Effect::GoOn),
            None => {
                let tokens = self.tokens_left().min(TURN_TOKENS_MAX);
                pending.push(self.ask_model(self.turns() + 1, tokens, false));
            }
        }
        pending
    }

    /// What follows from an event.
    ///
    /// # Errors
    /// [`Refused`]: the event changes nothing.
    pub fn decide(&self, event: &Event, now: Timestamp, known: &Known) -> Result<Vec<Effect>, Refused> {
        let mut desk = Desk::new(self.clone(), now, known);
        desk.take(event)?;
        desk.go_on();
        Ok(self.effects(desk))
    }

    fn effects(&self, desk: Desk<'_>) -> Vec<Effect> {
        if desk.steps.is_empty() {
            return Vec::new();
        }
        let (before, after) = (self.pending(), desk.session.pending());
        let mut effects = vec![Effect::Append(desk.steps)];
        for gone in &before {
            match gone {
                Effect::CallTool { call, .. } if !after.iter().any(|one| is_call(one, *call)) => {
                    // One that came back by itself needs no stopping.
                    let dropped = desk.session.call(*call).is_some_and(|call| call.status() == "dropped");
                    effects.extend(dropped.then_some(Effect::StopTool { call: *call }));
                }
                Effect::Ask(question) if !after.contains(gone) => effects.push(Effect::Withdraw(question.id)),
                _ => {}
            }
        }
        let is_new = |effect: &Effect| match effect {
            Effect::CallTool { call, .. } => !before.iter().any(|one| is_call(one, *call)),
            other => !before.contains(other),
        };
        effects.extend(after.into_iter().filter(is_new));
        if self.ended().is_none() && desk.session.ended().is_some() {
            effects.push(Effect::Finish);
        }
        effects
    }

    pub(crate) fn is_builtin(&self) -> bool {
        self.start().is_some_and(|start| start.model.as_str() == planner::NAME)
    }

    fn ask_model(&self, turn: u32, tokens_max: u64, is_reserved: bool) -> Effect {
        let stage = self.stage().unwrap_or(Stage::Deployment);
        Effect::AskModel { turn, stage, tokens_max, is_reserved }
    }

    fn work_left(&self) -> u64 {
        self.start().map_or(0, |start| start.bounds.work_ms.saturating_sub(self.used().work_ms))
    }

    fn tokens_left(&self) -> u64 {
        self.start().map_or(0, |start| start.bounds.tokens.saturating_sub(self.used().tokens))
    }
}

fn is_call(effect: &Effect, number: u32) -> bool {
    matches!(effect, Effect::CallTool { call, .. } if *call == number)
}
