//! Scripts in a process of their own, with nothing but time and memory, and little of both.
//!
//! Invariants: a script is read, and asked, in a child only; the child bounds its own memory, processor time, files and
//! processes before it reads a script, and its environment is empty; a candle that takes too long ends the child, and
//! nothing but the child; it dies with this process. Where the machine has bubblewrap the child also has no network, no
//! file of the trader's and no process to see; where it has not, [`isolation`] says so. Deliberately absent: what a script
//! may say (`research::script`), and any way for it to ask for more.

mod child;
mod frame;
mod made;
mod maker;
mod model;
mod parent;

pub use child::run_script_child;
pub use frame::CHILD_ARGUMENT;
pub use made::{SCRIPT, SOURCE};
pub(crate) use made::{SCRIPT_CODE, Trained, make, shown};
pub(crate) use maker::{CHILDREN_MAX, maker};
pub(crate) use model::{MODEL, MODEL_CODE, MODEL_ID};
pub use parent::{Isolation, LockedScript, isolation};
pub use research::script::{Answer, Bar, Decider, Local, SOURCE_BYTES_MAX, ScriptError, Standing, Summary};
