//! Rules about crates: who depends on whom, who names what, and whether each says what it is for.

use crate::table::{self, FENCES, FOREIGN_FEATURES, IO_LIBRARIES, ROOMS, TESTS_MAY_USE};
use crate::{Breach, breach};

/// For what a dependency is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyKind {
    /// In the crate itself.
    Normal,
    /// In its build script.
    Build,
    /// In its tests and benches.
    Tests,
}

/// One line of a manifest's dependencies.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// For what.
    pub kind: DependencyKind,
    /// The features switched on.
    pub features: Vec<String>,
}

/// A crate of the workspace.
#[derive(Debug, Clone)]
pub struct Member {
    /// The package's name.
    pub name: String,
    /// What it says of itself.
    pub description: String,
    /// Its folder, relative to the project.
    pub folder: String,
    /// The first files of its library and programs, relative to the project.
    pub entries: Vec<String>,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
}

/// Every crate has a place in the table.
pub fn known(members: &[Member]) -> Vec<Breach> {
    let strangers = members.iter().filter(|member| table::find(&member.name).is_none());
    strangers
        .map(|member| {
            breach(
                "known",
                &member.name,
                "is in no layer: add it to ROOMS in src-tauri/tidy/src/table.rs, and to docs/ARCHITECTURE.md",
            )
        })
        .collect()
}

/// Arrows point up the table.
pub fn direction(members: &[Member]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for member in members {
        let Some(room) = table::find(&member.name) else { continue };
        for dependency in &member.dependencies {
            let name = dependency.name.as_str();
            let ours = ROOMS.iter().any(|room| room.name == name) || members.iter().any(|other| other.name == name);
            let tests = dependency.kind == DependencyKind::Tests && TESTS_MAY_USE.contains(&name);
            // A crate may name itself in its tests, to switch a feature on.
            if ours && !tests && !room.may_use.contains(&name) && name != member.name {
                let why = format!("may not depend on {name}: it may use [{}]", room.may_use.join(", "));
                breaches.push(breach("direction", &member.name, why));
            }
        }
    }
    breaches
}

/// Only the owners of a fenced library name it, and nobody switches on a feature of another room.
pub fn outside_names(members: &[Member]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for member in members {
        for dependency in &member.dependencies {
            let fenced = FENCES.iter().filter(|fence| is_of(&dependency.name, fence.package));
            for fence in fenced.filter(|fence| fence.tests_too || dependency.kind != DependencyKind::Tests) {
                if !fence.owners.contains(&member.name.as_str()) {
                    let why = format!("names {}: only {} may", dependency.name, fence.owners.join(" and "));
                    breaches.push(breach("outside_names", &member.name, why));
                }
            }
            for (crate_name, library, feature, owner) in FOREIGN_FEATURES {
                let switched_on = dependency.features.iter().any(|name| name == feature);
                if member.name == *crate_name && dependency.name == *library && switched_on {
                    let why = format!("switches on {library}'s {feature}, which belongs to {owner}");
                    breaches.push(breach("outside_names", &member.name, why));
                }
            }
        }
    }
    breaches
}

/// Values and engines decide; they have no library that does I/O.
pub fn pure_engines(members: &[Member]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for member in members.iter().filter(|member| table::is_pure(&member.name)) {
        for dependency in member.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            if IO_LIBRARIES.contains(&dependency.name.as_str()) {
                let why = format!("is pure and may not use {}: return an effect instead", dependency.name);
                breaches.push(breach("pure_engines", &member.name, why));
            }
        }
    }
    breaches
}

/// Every crate says its purpose in a line.
pub fn described(members: &[Member]) -> Vec<Breach> {
    let silent = members.iter().filter(|member| member.description.trim().len() < 10);
    silent.map(|member| breach("described", &member.name, "needs a description in its Cargo.toml")).collect()
}

fn is_of(name: &str, library: &str) -> bool {
    name.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, dependencies: &[(&str, DependencyKind, &[&str])]) -> Member {
        Member {
            name: name.to_owned(),
            description: "A crate in an example".to_owned(),
            folder: format!("src-tauri/{name}"),
            entries: Vec::new(),
            dependencies: dependencies
                .iter()
                .map(|(name, kind, features)| Dependency {
                    name: (*name).to_owned(),
                    kind: *kind,
                    features: features.iter().map(|feature| (*feature).to_owned()).collect(),
                })
                .collect(),
        }
    }

    use DependencyKind::{Build, Normal, Tests};

    #[test]
    fn a_crate_outside_the_table_is_told_where_to_be_added() {
        let found = known(&[member("cellar", &[]), member("books", &[])]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "cellar");
        assert!(found[0].why.contains("table.rs"));
    }

    #[test]
    fn an_engine_that_uses_an_adapter_is_a_breach() {
        let found = direction(&[member("books", &[("domain", Normal, &[]), ("store", Normal, &[])])]);
        assert_eq!(found.len(), 1);
        assert!(found[0].why.contains("store"));
    }

    #[test]
    fn a_face_that_reaches_past_the_workstation_is_a_breach() {
        assert_eq!(direction(&[member("cli", &[("workstation", Normal, &[]), ("books", Normal, &[])])]).len(), 1);
    }

    #[test]
    fn tests_may_use_the_staging_world_and_the_crate_itself_may_not() {
        assert!(direction(&[member("coinspot", &[("staging", Tests, &[])])]).is_empty());
        assert_eq!(direction(&[member("coinspot", &[("staging", Normal, &[])])]).len(), 1);
        assert_eq!(direction(&[member("books", &[("paper", Tests, &[])])]).len(), 1);
    }

    #[test]
    fn only_the_app_names_tauri_even_in_tests() {
        let members = [member("workstation", &[("tauri-build", Build, &[])]), member("cli", &[("tauri", Tests, &[])])];
        assert_eq!(outside_names(&members).len(), 2);
        assert!(outside_names(&[member("oh-my-coins", &[("tauri", Normal, &[])])]).is_empty());
    }

    #[test]
    fn only_the_store_names_sqlite_and_only_the_sync_postgres() {
        assert_eq!(outside_names(&[member("workstation", &[("sqlx", Normal, &["sqlite"])])]).len(), 1);
        assert_eq!(outside_names(&[member("store", &[("sqlx", Normal, &["sqlite", "postgres"])])]).len(), 1);
        assert_eq!(outside_names(&[member("sync", &[("libsqlite3-sys", Normal, &[])])]).len(), 1);
        assert!(outside_names(&[member("store", &[("sqlx", Normal, &["sqlite"])])]).is_empty());
    }

    #[test]
    fn an_engine_with_an_io_library_is_a_breach() {
        assert_eq!(pure_engines(&[member("floor", &[("tokio", Normal, &[])])]).len(), 1);
        assert!(pure_engines(&[member("floor", &[("tokio", Tests, &[])])]).is_empty());
        assert!(pure_engines(&[member("store", &[("tokio", Normal, &[])])]).is_empty());
    }

    #[test]
    fn a_crate_without_a_purpose_is_a_breach() {
        let mut silent = member("books", &[]);
        silent.description = "TBD".to_owned();
        assert_eq!(described(&[silent]).len(), 1);
    }
}
