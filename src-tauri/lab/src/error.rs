//! Why an event changes nothing.

use domain::QuestionId;
use domain::session::Stage;

/// Why an event is refused. The session stands as it stood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing before the beginning.
    #[error("the session has not begun")]
    NotStarted,
    /// It begins once.
    #[error("the session has begun already")]
    AlreadyStarted,
    /// There is no goal, or it is too long.
    #[error(
        "a goal has 1 to {most} characters, and this one {characters}: say in a sentence or two what you want to know"
    )]
    Goal {
        /// Characters given.
        characters: usize,
        /// The most.
        most: usize,
    },
    /// Bounds that allow nothing, or a gate kept in a way it can't be.
    #[error("the session can't begin like this: {0}")]
    Setting(String),
    /// Over is over.
    #[error("the session is over ({code}): start another, or go back to one of its stages if it was not cancelled")]
    Over {
        /// How it ended.
        code: String,
    },
    /// No such question in this session.
    #[error("this session has no question {0}")]
    NoQuestion(QuestionId),
    /// Answered, withdrawn or expired.
    #[error("question {question} is closed: it was {how}")]
    QuestionClosed {
        /// Which.
        question: QuestionId,
        /// `answered`, `withdrawn` or `expired`.
        how: &'static str,
    },
    /// An answer of another kind, or to something that wasn't asked.
    #[error("the answer doesn't fit the question: {0}")]
    DoesNotFit(String),
    /// No such call in this session.
    #[error("this session made no call {0}")]
    NoCall(u32),
    /// It came back before, or was given up.
    #[error("call {0} is closed: what came late changes nothing")]
    CallClosed(u32),
    /// It never came that far.
    #[error("the session has not reached {0} yet: there is nothing to go back to")]
    NotReached(Stage),
    /// A change that can't be made.
    #[error("this can't be changed so: {0}")]
    BadChange(String),
    /// A model is not asked now, or this is not the thought that was asked for.
    #[error("thought {0} is not being waited for")]
    NoTurn(u32),
    /// There would be more of it than may be used up.
    #[error("that would pass the session's bound of {0}")]
    Bound(&'static str),
}

impl Refused {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotStarted => "session_not_started",
            Self::AlreadyStarted => "session_started",
            Self::Goal { .. } => "bad_goal",
            Self::Setting(_) => "bad_session",
            Self::Over { .. } => "session_over",
            Self::NoQuestion(_) => "no_question",
            Self::QuestionClosed { .. } => "question_closed",
            Self::DoesNotFit(_) => "answer_does_not_fit",
            Self::NoCall(_) => "no_call",
            Self::CallClosed(_) => "call_closed",
            Self::NotReached(_) => "stage_not_reached",
            Self::BadChange(_) => "bad_change",
            Self::NoTurn(_) => "no_turn",
            Self::Bound(_) => "session_bound",
        }
    }
}
