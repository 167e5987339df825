//! The walls of the house as data. A new crate is added to [`ROOMS`] with the crates it may depend on; arrows point up
//! this table only. `docs/ARCHITECTURE.md` says what each room is for.

/// Where a crate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Values that everything speaks in; no I/O.
    Values,
    /// Decides, does no I/O.
    Engine,
    /// Talks to the outside or to the disk.
    Adapter,
    /// Wires engines and adapters into the one API.
    Workstation,
    /// A face over the one API.
    Face,
    /// Beside the house: the simulated world, the tests, the tools.
    Beside,
}

/// A crate, its layer, and the workspace crates it may depend on.
#[derive(Debug)]
pub struct Room {
    /// The package's name.
    pub name: &'static str,
    /// Its layer.
    pub layer: Layer,
    /// The workspace crates it may name outside its tests.
    pub may_use: &'static [&'static str],
}

const fn room(name: &'static str, layer: Layer, may_use: &'static [&'static str]) -> Room {
    Room { name, layer, may_use }
}

/// Every room there is or will be.
pub const ROOMS: &[Room] = &[
    room("domain", Layer::Values, &[]),
    room("books", Layer::Engine, &["domain"]),
    room("floor", Layer::Engine, &["domain"]),
    room("paper", Layer::Engine, &["domain", "floor"]),
    room("ledgers", Layer::Engine, &["domain"]),
    room("research", Layer::Engine, &["domain", "floor", "paper", "books"]),
    room("lab", Layer::Engine, &["domain", "research"]),
    room("omc-http", Layer::Adapter, &["domain"]),
    room("coinspot", Layer::Adapter, &["omc-http", "domain", "floor", "ledgers"]),
    room("sources", Layer::Adapter, &["omc-http", "domain", "ledgers"]),
    room("llm", Layer::Adapter, &["omc-http", "domain", "lab"]),
    room("store", Layer::Adapter, &["domain", "floor", "ledgers", "lab"]),
    room("sync", Layer::Adapter, &["domain", "floor", "ledgers", "lab"]),
    room("reports", Layer::Adapter, &["domain", "books"]),
    room(
        "workstation",
        Layer::Workstation,
        &[
            "domain", "books", "floor", "paper", "ledgers", "research", "lab", "omc-http", "coinspot", "sources",
            "llm", "store", "sync", "reports", "staging",
        ],
    ),
    room("oh-my-coins", Layer::Face, &["workstation"]),
    room("cli", Layer::Face, &["workstation"]),
    room("staging", Layer::Beside, &["domain"]),
    room("journeys", Layer::Beside, &["staging", "workstation"]),
    room("tidy", Layer::Beside, &[]),
    room("xtask", Layer::Beside, &[]),
];

/// What any crate's tests may use besides.
pub const TESTS_MAY_USE: &[&str] = &["staging"];

/// A library from outside that only some crates may name.
#[derive(Debug)]
pub struct Fence {
    /// The library, or the first part of its name before a hyphen.
    pub package: &'static str,
    /// The crates that may name it.
    pub owners: &'static [&'static str],
    /// Whether tests are held to it too.
    pub tests_too: bool,
}

/// Who may name what.
pub const FENCES: &[Fence] = &[
    Fence { package: "tauri", owners: &["oh-my-coins"], tests_too: true },
    Fence { package: "wry", owners: &["oh-my-coins"], tests_too: true },
    Fence { package: "sqlx", owners: &["store", "sync"], tests_too: false },
    Fence { package: "libsqlite3", owners: &["store"], tests_too: false },
    Fence { package: "rusqlite", owners: &["store"], tests_too: false },
    Fence { package: "tokio-postgres", owners: &["sync"], tests_too: false },
    Fence { package: "reqwest", owners: &["omc-http"], tests_too: false },
    Fence { package: "keyring", owners: &["workstation"], tests_too: true },
];

/// A feature that a crate must not switch on, because it belongs to another room: (crate, library, feature, room).
pub const FOREIGN_FEATURES: &[(&str, &str, &str, &str)] =
    &[("store", "sqlx", "postgres", "sync"), ("sync", "sqlx", "sqlite", "store")];

/// What values and engines never name: they decide, others do.
pub const IO_LIBRARIES: &[&str] = &["tokio", "async-std", "hyper", "reqwest", "sqlx", "rusqlite", "tracing-subscriber"];

/// Lines from which a file is told, and from which it is refused.
pub const LINES_TOLD: usize = 600;
/// See [`LINES_TOLD`].
pub const LINES_MAX: usize = 1200;

/// Marks of unfinished work, spelled in halves so that this file passes its own rule.
pub const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
];

/// Words that tell about the machine or the tools a file was written with: they are no part of the product.
pub const MACHINE_WORDS: &[&str] = &[
    concat!("cla", "ude"),
    concat!("sub", "agent"),
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("registry.", "npmjs.org"),
    concat!("static.", "crates.io"),
];

/// The room of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// Whether this crate decides without doing I/O.
#[must_use]
pub fn is_pure(name: &str) -> bool {
    find(name).is_some_and(|room| matches!(room.layer, Layer::Values | Layer::Engine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arrow_of_the_table_ends_in_a_room_of_the_table() {
        for room in ROOMS {
            for other in room.may_use {
                assert!(find(other).is_some(), "{} may use {other}, which is no room", room.name);
            }
        }
    }

    #[test]
    fn engines_use_values_and_engines_only() {
        for room in ROOMS.iter().filter(|room| is_pure(room.name)) {
            assert!(room.may_use.iter().all(|other| is_pure(other)), "{} is an engine", room.name);
        }
    }

    #[test]
    fn no_arrow_points_back() {
        for (place, room) in ROOMS.iter().enumerate().filter(|(_, room)| room.layer != Layer::Workstation) {
            let earlier = |other: &str| ROOMS[..place].iter().any(|before| before.name == other);
            assert!(room.may_use.iter().all(|other| earlier(other)), "{} uses a later room", room.name);
        }
    }
}
