//! The interface's TypeScript types, written from the Rust ones by ts-rs: its derive makes a test for every exported
//! type, and running those tests writes the files. They are made aside first, so that the folder under `ui/` changes
//! only where a type did, and loses what no type stands behind any more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::place;
use crate::process::{Outcome, capture, cargo, failed};

/// Which build of the crate `workstation` to export from.
#[derive(Clone, Copy)]
pub enum Scope {
    /// That crate alone: quick while writing.
    WorkstationOnly,
    /// The whole workspace as the test run has already built it.
    AsTested,
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Regenerates `ui/src/ipc/bindings`.
pub fn write() -> Outcome {
    let fresh = generate(Scope::WorkstationOnly)?;
    let folder = committed();
    let present = read(&folder);
    let different = differences(&present, &fresh);
    for name in &different {
        let path = folder.join(name);
        let written = match fresh.get(name) {
            Some(text) => {
                path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text))
            }
            None => std::fs::remove_file(&path),
        };
        if let Err(error) = written {
            return failed(format!("{} could not be changed: {error}", path.display()));
        }
        println!("{} {}", if fresh.contains_key(name) { "wrote" } else { "removed" }, path.display());
    }
    println!("bindings: {} types, {} files changed", fresh.len(), different.len());
    Ok(())
}

/// Fails, naming the files, when `ui/src/ipc/bindings` is not what the types say.
pub fn check(scope: Scope) -> Outcome {
    let fresh = generate(scope)?;
    let different = differences(&read(&committed()), &fresh);
    if different.is_empty() {
        println!("bindings: {} types, none differs", fresh.len());
        return Ok(());
    }
    let names: Vec<String> = different.iter().map(|name| format!("  ui/src/ipc/bindings/{}", name.display())).collect();
    failed(format!("the bindings are out of date: run `cargo xtask bindings`\n{}", names.join("\n")))
}

fn committed() -> PathBuf {
    place::root().join("ui/src/ipc/bindings")
}

fn generate(scope: Scope) -> Outcome<Files> {
    let folder = place::target().join("bindings-fresh");
    if let Err(error) = std::fs::remove_dir_all(&folder)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return failed(format!("{} could not be emptied: {error}", folder.display()));
    }
    let mut export = match scope {
        Scope::WorkstationOnly => cargo(&["test", "--package", "workstation"]),
        Scope::AsTested => crate::gates::cargo_as_tested("test"),
    };
    export.args(["--lib", "export_bindings"]).env("TS_RS_EXPORT_DIR", &folder);
    println!("$ {}", crate::process::line(&export));
    capture(&mut export)?;
    let files = read(&folder);
    if files.is_empty() {
        return failed("no type exports a binding: mark the DTOs in `workstation` with #[derive(TS)] #[ts(export)]");
    }
    Ok(files)
}

/// All files under a folder by relative path; none when it isn't there.
fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if let (Ok(name), Ok(text)) = (path.strip_prefix(folder), std::fs::read(&path)) {
                files.insert(name.to_path_buf(), text);
            }
        }
    }
    files
}

fn differences(present: &Files, fresh: &Files) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = present.keys().chain(fresh.keys()).cloned().collect();
    names.sort();
    names.dedup();
    names.retain(|name| present.get(name) != fresh.get(name));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter().map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn changed_new_and_stale_files_are_all_named() {
        let present = files(&[("Same.ts", "a"), ("Changed.ts", "a"), ("Stale.ts", "a")]);
        let fresh = files(&[("Same.ts", "a"), ("Changed.ts", "b"), ("New.ts", "a")]);
        let named = differences(&present, &fresh);
        assert_eq!(named, ["Changed.ts", "New.ts", "Stale.ts"].map(PathBuf::from));
    }

    #[test]
    fn equal_folders_have_no_differences() {
        let one = files(&[("sub/Same.ts", "a")]);
        assert!(differences(&one, &one.clone()).is_empty());
    }
}
