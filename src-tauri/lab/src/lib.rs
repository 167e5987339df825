//! The session machine of the Lab: a goal in plain words becomes stages, tool calls and questions to a person; pure.
//!
//! How whoever does the I/O drives it:
//!
//! 1. `Session::new(id)`, then [`Session::apply`] every [`domain::session::Step`] of that session in the journal's order: the
//!    fold. Nothing else is state.
//! 2. [`Session::pending`] says what is still to be done: calls to run, questions to show, a model to ask. After a kill it
//!    says the same again; a call that came back is never in it. A call that began and has no result is run again: every
//!    tool only reads, or writes by content, so that twice is once.
//! 3. Something happens: [`Session::decide`] answers with [`Effect`]s. The first is [`Effect::Append`]: its steps are kept
//!    in one transaction, durably, and applied; only then are the other effects carried out. [`Refused`] changes nothing.
//!
//! Invariants: events in, effects out; a step is decided from the fold, the event, the time and [`Known`] alone; no bound of
//! a session is passed; nothing happens after its end but a person going back; a session sees its own artefacts only, and
//! what a person linked. Text from outside ([`Quoted`]) is carried and shown, and nothing is ever decided from it.
//! Deliberately absent: I/O, clocks, randomness, tokens as they stream, and every tool that could trade, read secrets, or
//! touch files or the network: there is none.

mod action;
mod decide;
mod desk;
mod error;
pub mod planner;
mod question;
mod quoted;
pub mod report;
mod session;
pub mod tools;

pub use action::{Action, Draft};
pub use decide::{Effect, Event, Thought};
pub use error::Refused;
pub use planner::Known;
pub use question::{fits, mode_of, read_answer, usual_bounds, usual_mode};
pub use quoted::Quoted;
pub use session::{Asked, BREAKER_FAILURES, Call, Ended, Line, Session, State, Used};
