//! The steps of a Lab session as they stand in the journal.
//!
//! Invariants: a session is the fold of its steps and of nothing else; text is bounded and plain before it gets here
//! ([`bounded`]); arguments and results of tools are JSON text whose shape belongs to the Lab. Steps are one kind of fact;
//! new steps, questions and answers go to the end of their lists, and a step that needs another layout gets a new kind.
//! Deliberately absent: what may follow what (crate `lab`), tokens of a model as they stream, and the bytes of artefacts.

use crate::amount::Money;
use crate::candle::Interval;
use crate::clock::Timestamp;
use crate::ids::{ArtefactId, QuestionId, SessionId};
use crate::order::Denial;
use crate::ticker::{Coin, Name};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most characters of a goal.
pub const GOAL_CHARS_MAX: usize = 4_000;
/// The most characters of anything said in a session.
pub const WORDS_CHARS_MAX: usize = 8_000;

/// Text as one may keep it: no control characters but line ends, at most so many characters.
#[must_use]
pub fn bounded(text: &str, chars_max: usize) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(chars_max).collect()
}

/// The stages of a session, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// What is wanted.
    Understanding,
    /// Which data there is.
    Acquisition,
    /// Whether it can be trusted.
    Preparation,
    /// What it looks like.
    Exploration,
    /// What could work.
    Modelling,
    /// Whether it does where it wasn't chosen.
    Evaluation,
    /// What becomes of it.
    Deployment,
}

impl Stage {
    /// All, in their order.
    pub const ALL: [Self; 7] = [
        Self::Understanding,
        Self::Acquisition,
        Self::Preparation,
        Self::Exploration,
        Self::Modelling,
        Self::Evaluation,
        Self::Deployment,
    ];

    /// The name scripts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Understanding => "understanding",
            Self::Acquisition => "acquisition",
            Self::Preparation => "preparation",
            Self::Exploration => "exploration",
            Self::Modelling => "modelling",
            Self::Evaluation => "evaluation",
            Self::Deployment => "deployment",
        }
    }

    /// The stage of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| *stage > self)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageStatus {
    /// Not begun.
    #[default]
    Pending,
    /// Being worked on.
    Active,
    /// Done.
    Complete,
    /// Done once, before something above it was changed.
    Stale,
    /// A person is asked.
    Waiting,
}

impl StageStatus {
    /// The name scripts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Complete => "complete",
            Self::Stale => "stale",
            Self::Waiting => "waiting",
        }
    }
}

/// A point where a person may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// What the goal left open.
    Clarify,
    /// The plan, before it runs.
    Plan,
    /// Before data is read.
    DataFetch,
    /// Before anything is tried on it.
    Training,
    /// Which candidate goes on.
    ModelChoice,
    /// Before anything is handed to the Floor.
    Deployment,
    /// After failures.
    Breaker,
    /// Anything else a thinker wants to know.
    Other,
}

impl Gate {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Clarify,
        Self::Plan,
        Self::DataFetch,
        Self::Training,
        Self::ModelChoice,
        Self::Deployment,
        Self::Breaker,
        Self::Other,
    ];

    /// The name scripts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clarify => "clarify",
            Self::Plan => "plan",
            Self::DataFetch => "data_fetch",
            Self::Training => "training",
            Self::ModelChoice => "model_choice",
            Self::Deployment => "deployment",
            Self::Breaker => "breaker",
            Self::Other => "other",
        }
    }
}

/// Whether a person is asked at a gate, and what becomes of silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateMode {
    /// Nobody is asked: the default is taken, and noted.
    Auto,
    /// A person is asked; after so many seconds the default is taken.
    Optional {
        /// Seconds.
        timeout_s: u32,
    },
    /// A person is asked, and waited for.
    Required,
}

/// What a session may use up in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Steps: calls, questions, plans and thoughts.
    pub steps: u32,
    /// Calls of tools.
    pub calls: u32,
    /// Tokens of models.
    pub tokens: u64,
    /// What models may cost.
    pub cost: Money,
    /// Milliseconds of work: tools and models together, not what a person takes to answer.
    pub work_ms: u64,
}

/// What a session begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The goal in plain words.
    pub goal: String,
    /// Who thinks: `builtin`, or a model such as `anthropic:NAME`.
    pub model: Name,
    /// What it may use up.
    pub bounds: Bounds,
    /// How gates are kept that are not kept as usual.
    pub gates: Vec<(Gate, GateMode)>,
    /// Of everything that is drawn.
    pub seed: u64,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// Whoever thinks in this session.
    Lab,
    /// The trader.
    Person,
}

/// A tool is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// Its number in the session, from 1.
    pub call: u32,
    /// In which stage.
    pub stage: Stage,
    /// The tool's name.
    pub tool: Name,
    /// Its arguments, JSON.
    pub args: String,
    /// Why, in words.
    pub why: String,
}

/// Something a session made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact {
    /// The hash of its bytes.
    pub id: ArtefactId,
    /// What it is: `data`, `features`, `sweep`, `evaluation`, `model`, `chart`, `script`, `report`, `package` …
    pub kind: Name,
    /// In words.
    pub title: String,
    /// Its length.
    pub bytes: u64,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returned {
    /// It worked.
    Done {
        /// The result in short, JSON.
        result: String,
        /// What it made; the first is what the result is of.
        artefacts: Vec<Artefact>,
    },
    /// It didn't.
    Failed(Denial),
}

/// Something a clarification asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name in the answer.
    pub key: Name,
    /// What is asked.
    pub words: String,
    /// Answers that fit; empty when any text does.
    pub options: Vec<String>,
    /// What silence means; none when it must be answered.
    pub default: Option<String>,
}

/// One of several to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its name in the answer.
    pub key: Name,
    /// In words.
    pub title: String,
    /// What speaks for it.
    pub pros: Vec<String>,
    /// What speaks against it.
    pub cons: Vec<String>,
    /// What its figures are from.
    pub artefact: Option<ArtefactId>,
}

/// A line of something that can be edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name in the answer.
    pub key: Name,
    /// What it is.
    pub words: String,
    /// How it stands.
    pub value: String,
}

/// What is asked, and so which answers fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// One to three questions in one card.
    Clarify(Vec<Item>),
    /// One of several.
    Choose {
        /// To choose from.
        cards: Vec<Card>,
        /// The key of the one that is recommended.
        recommended: Name,
    },
    /// Yes or no.
    Approve,
    /// As it stands, or otherwise.
    Edit(Vec<Field>),
}

/// A person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its id.
    pub id: QuestionId,
    /// In which stage.
    pub stage: Stage,
    /// At which gate.
    pub gate: Gate,
    /// In words.
    pub words: String,
    /// What is asked.
    pub asking: Asking,
    /// When silence counts as the default; none when it never does.
    pub expires: Option<Timestamp>,
    /// What silence means; none when it must be answered.
    pub default: Option<Answer>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes; as recommended; as it stands.
    Accept,
    /// This card.
    Choose(Name),
    /// These fields otherwise, the rest as it stands.
    Edit(Vec<(Name, String)>),
    /// Words to what was asked, by name.
    Respond(Vec<(Name, String)>),
    /// No, and why.
    Reject(String),
    /// Go on without an answer.
    Ignore,
}

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A person.
    Person,
    /// Nobody in time.
    Timeout,
    /// The gate is kept by itself.
    Auto,
}

/// What a person sets otherwise than the plan says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// This strategy or learner.
    Model(Name),
    /// These features.
    Features(Vec<Name>),
    /// These parameters, instead of a search.
    Parameters(Vec<(Name, String)>),
    /// The walk forward.
    Split {
        /// Tests.
        tests: u32,
        /// Bars between a training and its test; none for the usual.
        embargo_bars: Option<u32>,
    },
    /// Other data of the same coins.
    Period {
        /// The length of a candle.
        interval: Interval,
        /// The first moment.
        from: Timestamp,
        /// The end, itself outside.
        to: Timestamp,
    },
    /// Other coins.
    Coins(Vec<Coin>),
}

impl Change {
    /// The first stage that doesn't stand any more.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Coins(_) | Self::Period { .. } => Stage::Acquisition,
            Self::Features(_) => Stage::Preparation,
            Self::Model(_) | Self::Parameters(_) => Stage::Modelling,
            Self::Split { .. } => Stage::Evaluation,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(name) => write!(f, "model {name}"),
            Self::Features(names) => write!(f, "features {}", listed(names)),
            Self::Parameters(pairs) => {
                f.write_str("parameters")?;
                pairs.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
            }
            Self::Split { tests, embargo_bars: None } => write!(f, "{tests} tests"),
            Self::Split { tests, embargo_bars: Some(bars) } => write!(f, "{tests} tests, {bars} bars between"),
            Self::Period { interval, from, to } => write!(f, "{interval} candles from {from} to {to}"),
            Self::Coins(coins) => write!(f, "coins {}", listed(coins)),
        }
    }
}

fn listed<T: fmt::Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It came to its end, whatever it found.
    Completed,
    /// It could not go on.
    Failed,
    /// A person ended it.
    Cancelled,
}

/// A step of a session. The order of these is part of the journal's layout: new ones go to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It began.
    Started(Start),
    /// A stage stands elsewhere.
    Moved {
        /// Which.
        stage: Stage,
        /// Where.
        status: StageStatus,
        /// Why, in words; may be empty.
        why: String,
    },
    /// What is understood and planned, JSON. The last one counts.
    Planned {
        /// The brief.
        brief: String,
    },
    /// Something was said.
    Said {
        /// By whom.
        who: Speaker,
        /// What.
        words: String,
    },
    /// A tool is called; it runs after this is kept.
    Called(Called),
    /// A call came to its end.
    Returned {
        /// Which.
        call: u32,
        /// Milliseconds it took.
        took_ms: u64,
        /// What became of it.
        returned: Returned,
    },
    /// A person is asked.
    Asked(Question),
    /// A question is answered; it never is again.
    Answered {
        /// Which.
        question: QuestionId,
        /// With what.
        answer: Answer,
        /// By whom.
        by: AnsweredBy,
    },
    /// A person went back: from this stage on nothing of before stands. Nothing is erased.
    Forked {
        /// The number of the history that stands from here on; the first is 0.
        branch: u32,
        /// The first stage that is done anew.
        stage: Stage,
        /// What is set otherwise; none when it is only done again.
        change: Option<Change>,
    },
    /// A model is about to be asked: this much is set aside for it.
    Reserved {
        /// The number of the thought, from 1.
        turn: u32,
        /// Tokens at most.
        tokens: u64,
        /// Cost at most.
        cost: Money,
    },
    /// A model answered, or didn't; what was set aside becomes what it used.
    Thought {
        /// Which.
        turn: u32,
        /// Tokens used.
        tokens: u64,
        /// What they cost.
        cost: Money,
        /// Milliseconds it took.
        took_ms: u64,
        /// Why there is no answer.
        failed: Option<Denial>,
    },
    /// A person lets this session use what another made.
    Linked {
        /// The other session.
        from: SessionId,
        /// What.
        artefact: Artefact,
    },
    /// It is over.
    Ended {
        /// How.
        outcome: Outcome,
        /// Why: a stable code, and words.
        why: Denial,
    },
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::fact::Fact;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    pub(crate) fn sample() -> Step {
        Step::Asked(Question {
            id: QuestionId::of(SessionId::from_bytes([7; 16]), 1),
            stage: Stage::Modelling,
            gate: Gate::ModelChoice,
            words: "Which one goes on?".into(),
            asking: Asking::Choose {
                cards: vec![Card {
                    key: name("sma_cross"),
                    title: "SMA 10/30".into(),
                    pros: vec!["simple".into()],
                    cons: vec!["few trades".into()],
                    artefact: Some(ArtefactId::of(b"sweep")),
                }],
                recommended: name("sma_cross"),
            },
            expires: Some(Timestamp::from_millis(9)),
            default: Some(Answer::Accept),
        })
    }

    fn every_step() -> Vec<Step> {
        let artefact = Artefact { id: ArtefactId::of(b"x"), kind: name("sweep"), title: "a sweep".into(), bytes: 1 };
        let bounds = Bounds { steps: 1, calls: 2, tokens: 3, cost: Money::ZERO_AUD, work_ms: 4 };
        let gates = vec![(Gate::Plan, GateMode::Optional { timeout_s: 60 })];
        let why = Denial::new("done", "It is done.");
        vec![
            Step::Started(Start { goal: "why did BTC fall".into(), model: name("builtin"), bounds, gates, seed: 1 }),
            Step::Moved { stage: Stage::Acquisition, status: StageStatus::Active, why: String::new() },
            Step::Planned { brief: "{}".into() },
            Step::Said { who: Speaker::Person, words: "go on".into() },
            Step::Called(Called {
                call: 1,
                stage: Stage::Acquisition,
                tool: name("coverage"),
                args: "{}".into(),
                why: "to know what there is".into(),
            }),
            Step::Returned {
                call: 1,
                took_ms: 12,
                returned: Returned::Done { result: "{}".into(), artefacts: vec![artefact.clone()] },
            },
            sample(),
            Step::Answered {
                question: QuestionId::from_bytes([1; 16]),
                answer: Answer::Choose(name("sma_cross")),
                by: AnsweredBy::Person,
            },
            Step::Forked { branch: 1, stage: Stage::Modelling, change: Some(Change::Model(name("ema_cross"))) },
            Step::Reserved { turn: 1, tokens: 4_000, cost: Money::ZERO_AUD },
            Step::Thought { turn: 1, tokens: 10, cost: Money::ZERO_AUD, took_ms: 3, failed: Some(why.clone()) },
            Step::Linked { from: SessionId::from_bytes([2; 16]), artefact },
            Step::Ended { outcome: Outcome::Completed, why },
        ]
    }

    #[test]
    fn every_step_keeps_its_place_in_the_layout_and_comes_back() {
        for (place, step) in every_step().into_iter().enumerate() {
            let session = SessionId::from_bytes([7; 16]);
            let fact = Fact::Session { session, step: Box::new(step), at: Timestamp::from_millis(3) };
            let (kind, body) = fact.encode().unwrap();
            assert_eq!((kind, usize::from(body[16])), (70, place));
            assert_eq!(Fact::decode(kind, &body).unwrap(), fact);
        }
    }

    #[test]
    fn questions_of_one_session_have_different_ids_and_the_same_again() {
        let session = SessionId::new(Timestamp::from_millis(5), [3; 10]);
        assert_eq!(QuestionId::of(session, 1), QuestionId::of(session, 1));
        assert_ne!(QuestionId::of(session, 1), QuestionId::of(session, 2));
        assert_ne!(QuestionId::of(session, 1), QuestionId::of(SessionId::from_bytes([0; 16]), 1));
    }

    #[test]
    fn kept_text_has_no_control_characters_and_an_end() {
        assert_eq!(bounded("a\u{1b}[31mb\u{0}\nc", 100), "a[31mb\nc");
        assert_eq!(bounded(&"é".repeat(50), 10).chars().count(), 10);
    }
}
