//! Rules about files: how they open, how long they are, and words that don't belong in them.

use crate::crates::Member;
use crate::table::{self, LINES_MAX, LINES_TOLD, MACHINE_WORDS, UNFINISHED};
use crate::{Breach, breach};

/// A tracked text file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Relative to the project, with forward slashes.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl Source {
    fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Whether people write it: the bindings are written from the Rust types.
    fn is_code(&self) -> bool {
        let code = ["rs", "ts", "js", "mjs", "svelte", "css", "html", "sql", "sh"].contains(&self.extension());
        (code || self.path.starts_with(".ci/")) && !self.path.starts_with("ui/src/ipc/bindings/")
    }
}

/// The library and the programs of every crate open by saying what they are.
pub fn opens_with_docs(members: &[Member], sources: &[Source]) -> Vec<Breach> {
    let entries = members.iter().flat_map(|member| &member.entries);
    let silent = entries.filter(|entry| {
        let source = sources.iter().find(|source| source.path == **entry);
        source.is_some_and(|source| !source.text.trim_start().starts_with("//!"))
    });
    silent.map(|entry| breach("opens_with_docs", entry, "must open with `//!` and its purpose")).collect()
}

/// Code that grows long, longest first.
pub fn long(sources: &[Source]) -> Vec<(String, usize)> {
    let counted = sources.iter().filter(|source| source.is_code());
    let mut long: Vec<(String, usize)> =
        counted.map(|source| (source.path.clone(), source.text.lines().count())).collect();
    long.retain(|(_, lines)| *lines > LINES_TOLD);
    long.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
    long
}

/// Code beyond any patience.
pub fn too_long(sources: &[Source]) -> Vec<Breach> {
    let long = long(sources).into_iter().filter(|(_, lines)| *lines > LINES_MAX);
    long.map(|(path, lines)| breach("too_long", path, format!("has {lines} lines, more than {LINES_MAX}: split it")))
        .collect()
}

/// Marks of unfinished work: finish it, or open an issue.
pub fn unfinished(sources: &[Source]) -> Vec<Breach> {
    let code = sources.iter().filter(|source| source.is_code());
    code.flat_map(|source| {
        lines_with(source, |line| UNFINISHED.iter().find(|mark| holds_word(line, mark)).copied()).map(
            |(place, mark)| breach("unfinished", place, format!("holds {mark}: finish it, or open an issue for it")),
        )
    })
    .collect()
}

/// Words about the machine a file was written on.
pub fn machine_words(sources: &[Source]) -> Vec<Breach> {
    let find = |line: &str| {
        let line = line.to_lowercase();
        MACHINE_WORDS.iter().find(|word| line.contains(**word)).copied()
    };
    sources
        .iter()
        .flat_map(|source| {
            lines_with(source, find).map(|(place, word)| {
                breach("machine_words", place, format!("holds `{word}`, which is no part of the product"))
            })
        })
        .collect()
}

/// Values and engines are told the time and given their randomness.
pub fn ambient_inputs(members: &[Member], sources: &[Source]) -> Vec<Breach> {
    const AMBIENT: [&str; 6] =
        ["SystemTime::now(", "Instant::now(", "Utc::now(", "Local::now(", "rand::rng(", "thread_rng("];
    let pure: Vec<String> = members
        .iter()
        .filter(|member| table::is_pure(&member.name))
        .map(|member| format!("{}/src/", member.folder))
        .collect();
    let held = sources.iter().filter(|source| pure.iter().any(|folder| source.path.starts_with(folder.as_str())));
    held.flat_map(|source| {
        lines_with(source, |line| AMBIENT.iter().find(|call| line.contains(**call)).copied()).map(|(place, call)| {
            breach("ambient_inputs", place, format!("calls {call}): take time and randomness as arguments"))
        })
    })
    .collect()
}

/// The lines in which something is found, as `path:line`.
fn lines_with<'a, F>(source: &'a Source, find: F) -> impl Iterator<Item = (String, &'static str)> + use<'a, F>
where
    F: Fn(&str) -> Option<&'static str> + 'a,
{
    let numbered = source.text.lines().zip(1_u32..);
    numbered.filter_map(move |(line, number)| Some((format!("{}:{number}", source.path), find(line)?)))
}

/// Whether a line holds the mark as a word of its own.
fn holds_word(line: &str, mark: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(mark).any(|(at, found)| {
        let before = line[..at].chars().next_back();
        let after = line[at + found.len()..].chars().next();
        let open_ended = mark.ends_with('(');
        !before.is_some_and(is_letter) && (open_ended || !after.is_some_and(is_letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    fn engine() -> Member {
        Member {
            name: "books".to_owned(),
            description: "Fills become parcels".to_owned(),
            folder: "src-tauri/books".to_owned(),
            entries: vec!["src-tauri/books/src/lib.rs".to_owned()],
            dependencies: Vec::new(),
        }
    }

    #[test]
    fn a_library_that_does_not_open_with_its_purpose_is_a_breach() {
        let path = "src-tauri/books/src/lib.rs";
        assert_eq!(opens_with_docs(&[engine()], &[source(path, "mod parcel;\n")]).len(), 1);
        assert!(opens_with_docs(&[engine()], &[source(path, "//! Fills become parcels.\n")]).is_empty());
    }

    #[test]
    fn long_code_is_told_and_very_long_code_refused() {
        let of = |lines: usize| [source("src-tauri/books/src/a.rs", &"x\n".repeat(lines))];
        assert!(long(&of(LINES_TOLD)).is_empty());
        assert_eq!(long(&of(LINES_TOLD + 1)).len(), 1);
        assert!(too_long(&of(LINES_MAX)).is_empty());
        assert_eq!(too_long(&of(LINES_MAX + 1)).len(), 1);
    }

    #[test]
    fn generated_bindings_and_lock_files_may_be_long() {
        let text = "x\n".repeat(LINES_MAX + 1);
        assert!(too_long(&[source("ui/src/ipc/bindings/All.ts", &text), source("Cargo.lock", &text)]).is_empty());
    }

    #[test]
    fn every_mark_of_unfinished_work_is_found_with_its_line() {
        for mark in UNFINISHED {
            let found = unfinished(&[source("ui/src/a.ts", &format!("let a;\n// {mark} later\n"))]);
            assert_eq!(found.len(), 1, "{mark}");
            assert_eq!(found[0].place, "ui/src/a.ts:2");
        }
    }

    #[test]
    fn a_mark_inside_a_longer_word_is_no_mark() {
        let text = format!("const A{}B: u8 = 1; // MAX{}\n", UNFINISHED[2], UNFINISHED[2]);
        assert!(unfinished(&[source("a.rs", &text)]).is_empty());
    }

    #[test]
    fn words_about_the_machine_are_found_in_any_file_and_case() {
        for word in MACHINE_WORDS {
            let found = machine_words(&[source("docs/a.md", &format!("see {}here\n", word.to_uppercase()))]);
            assert_eq!(found.len(), 1, "{word}");
        }
    }

    #[test]
    fn an_engine_that_asks_for_the_time_is_a_breach() {
        let text = "let now = Utc::now();\n";
        assert_eq!(ambient_inputs(&[engine()], &[source("src-tauri/books/src/a.rs", text)]).len(), 1);
        assert!(ambient_inputs(&[engine()], &[source("src-tauri/store/src/a.rs", text)]).is_empty());
    }
}
