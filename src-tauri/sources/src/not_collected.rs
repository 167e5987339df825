//! What is not collected, and why: the sources page says so.

/// A service that is not collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCollected {
    /// The service.
    pub name: &'static str,
    /// What it would bring.
    pub what: &'static str,
    /// Why it is not collected.
    pub why: &'static str,
}

const fn left_out(name: &'static str, what: &'static str, why: &'static str) -> NotCollected {
    NotCollected { name, what, why }
}

/// Every service that was thought of and left out.
pub const NOT_COLLECTED: &[NotCollected] = &[
    left_out(
        "Nansen",
        "what labelled wallets do",
        "it is paid for, and nobody has paid; it fits in as a source with a key",
    ),
    left_out("Newscatcher", "news of many outlets", "it is paid for; the outlets' own feeds are read instead"),
    left_out("Glassnode", "on-chain figures", "it is paid for; money locked and supply come from DefiLlama"),
    left_out("X", "posts of people and projects", "its API is paid for, and reading its pages is not allowed"),
    left_out("ChainWalker", "movements on chains", "it was part of an earlier system and has no public service"),
    left_out("Snapshot", "votes of protocols", "not yet: no rule here would use a vote"),
];
