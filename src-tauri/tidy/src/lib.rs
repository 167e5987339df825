//! House rules as a test: dependency direction, who names what, file sizes, descriptions.
//!
//! Every rule is a pure function from what the tree holds to the breaches found in it, with a test that shows it a bad
//! example; [`check`] gathers the tree and applies them all. Deliberately absent: anything the compiler, clippy, the
//! formatter or the interface's linter already says.

mod crates;
mod interface;
mod promises;
mod sources;
pub mod table;
mod tree;

pub use crates::{Dependency, DependencyKind, Member};
pub use sources::Source;
pub use tree::TreeError;

use std::fmt;
use std::path::Path;

/// A rule that a place in the tree breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// The crate or file.
    pub place: String,
    /// The rule's name.
    pub rule: &'static str,
    /// What is wrong there and what to do.
    pub why: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.place, self.why, self.rule)
    }
}

fn breach(rule: &'static str, place: impl Into<String>, why: impl Into<String>) -> Breach {
    Breach { place: place.into(), rule, why: why.into() }
}

/// What a look at the whole tree found.
#[derive(Debug)]
pub struct Report {
    /// Crates looked at.
    pub crates: usize,
    /// Source files looked at.
    pub sources: usize,
    /// Files that grow large, longest first: told, not refused.
    pub long: Vec<(String, usize)>,
    /// What must be mended.
    pub breaches: Vec<Breach>,
}

/// Applies every rule to the project in this folder.
///
/// # Errors
/// [`TreeError`] when the crates or the tracked files can't be listed.
pub fn check(root: &Path) -> Result<Report, TreeError> {
    let members = tree::members(root)?;
    let sources = tree::sources(root)?;
    let rules = [
        crates::known(&members),
        crates::direction(&members),
        crates::outside_names(&members),
        crates::pure_engines(&members),
        crates::described(&members),
        sources::opens_with_docs(&members, &sources),
        sources::too_long(&sources),
        sources::unfinished(&sources),
        sources::machine_words(&sources),
        sources::ambient_inputs(&members, &sources),
        interface::one_bridge(&sources),
        interface::feature_walls(&sources),
        promises::promises(&sources),
    ];
    let mut breaches: Vec<Breach> = rules.into_iter().flatten().collect();
    breaches.sort();
    Ok(Report { crates: members.len(), sources: sources.len(), long: sources::long(&sources), breaches })
}
