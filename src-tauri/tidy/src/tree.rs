//! Reading the project: its crates from Cargo, its files from git.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::crates::{Dependency, DependencyKind, Member};
use crate::sources::Source;

/// Why the tree could not be read.
#[derive(Debug)]
pub enum TreeError {
    /// A program that lists part of the tree failed.
    Listing {
        /// The program and its arguments.
        command: String,
        /// What it said.
        said: String,
    },
    /// Cargo's answer isn't what it documents.
    Metadata(String),
}

impl std::fmt::Display for TreeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Listing { command, said } => write!(f, "`{command}` failed: {said}"),
            Self::Metadata(why) => write!(f, "cargo metadata could not be read: {why}"),
        }
    }
}

impl std::error::Error for TreeError {}

/// The crates of the workspace.
pub fn members(root: &Path) -> Result<Vec<Member>, TreeError> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let text = output(root, &cargo, &["metadata", "--no-deps", "--format-version", "1", "--offline"])?;
    let metadata: Value = serde_json::from_slice(&text).map_err(|error| TreeError::Metadata(error.to_string()))?;
    let packages = list(&metadata, "packages");
    if packages.is_empty() {
        return Err(TreeError::Metadata("it lists no packages".to_owned()));
    }
    let top = string(&metadata, "workspace_root");
    Ok(packages.iter().map(|package| member(&top, package)).collect())
}

fn member(top: &str, package: &Value) -> Member {
    let manifest = relative(top, &string(package, "manifest_path"));
    let is_entry = |target: &&Value| {
        let kinds = list(target, "kind");
        ["lib", "bin", "proc-macro"].iter().any(|kind| kinds.iter().any(|found| found == kind))
    };
    Member {
        name: string(package, "name"),
        description: string(package, "description"),
        folder: manifest.trim_end_matches("Cargo.toml").trim_end_matches('/').to_owned(),
        entries: list(package, "targets")
            .iter()
            .filter(is_entry)
            .map(|target| relative(top, &string(target, "src_path")))
            .collect(),
        dependencies: list(package, "dependencies").iter().map(dependency).collect(),
    }
}

fn dependency(entry: &Value) -> Dependency {
    let kind = match entry.get("kind").and_then(Value::as_str) {
        Some("dev") => DependencyKind::Tests,
        Some("build") => DependencyKind::Build,
        _ => DependencyKind::Normal,
    };
    let features = list(entry, "features").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Dependency { name: string(entry, "name"), kind, features }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn string(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn relative(top: &str, path: &str) -> String {
    path.strip_prefix(top).unwrap_or(path).trim_start_matches(['/', '\\']).replace('\\', "/")
}

/// The tracked text files, and new ones that git doesn't ignore.
pub fn sources(root: &Path) -> Result<Vec<Source>, TreeError> {
    // A build machine may run as somebody else than the owner of its checkout; listing names is safe either way.
    let trust = ["-c", "safe.directory=*"];
    let listing =
        output(root, "git", &[&trust[..], &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]].concat())?;
    let names = listing.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut sources: Vec<Source> = names
        .filter_map(|name| {
            let path = String::from_utf8_lossy(name).into_owned();
            // A picture isn't text; a file removed and not yet committed isn't there.
            let text = std::fs::read_to_string(root.join(&path)).ok()?;
            Some(Source { path, text })
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn output(root: &Path, program: &str, args: &[&str]) -> Result<Vec<u8>, TreeError> {
    let failed = |said: String| TreeError::Listing { command: format!("{program} {}", args.join(" ")), said };
    let output =
        Command::new(program).args(args).current_dir(root).output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}
