//! The benchmarks: every `[[bench]]` of every crate, one after the other on an otherwise idle machine.

use crate::place;
use crate::process::{Outcome, cargo, failed, run};

/// Runs them all.
pub fn bench() -> Outcome {
    let manifests: Vec<String> = place::manifests().iter().flat_map(std::fs::read_to_string).collect();
    let found: Vec<(String, Vec<String>)> = manifests.iter().filter_map(|text| benches(text)).collect();
    if found.is_empty() {
        return failed("no crate has a [[bench]]");
    }
    // Every run names all of them, so that Cargo picks one set of features and compiles the dependencies once.
    let packages: Vec<&str> = found.iter().flat_map(|(package, _)| ["--package", package.as_str()]).collect();
    for name in found.iter().flat_map(|(_, names)| names) {
        println!();
        run(cargo(&["bench"]).args(&packages).args(["--bench", name]))?;
    }
    Ok(())
}

/// The package's name and the names of its benches, when it has some.
fn benches(manifest: &str) -> Option<(String, Vec<String>)> {
    let mut section = "";
    let (mut package, mut names) = (None, Vec::new());
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if let Some(name) = line.strip_prefix("name = \"").and_then(|rest| rest.split('"').next()) {
            match section {
                "[package]" => package = Some(name.to_owned()),
                "[[bench]]" => names.push(name.to_owned()),
                _ => {}
            }
        }
    }
    package.filter(|_| !names.is_empty()).map(|package| (package, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn benches_are_found_in_a_manifest() {
        let manifest = "[package]\nname = \"books\"\n\n[[bench]]\nname = \"matching\"\nharness = false\n\n[[bench]]\n\
                        name = \"fold\"\n\n[[test]]\nname = \"other\"\n";
        let expected = ("books".to_owned(), vec!["matching".to_owned(), "fold".to_owned()]);
        assert_eq!(benches(manifest), Some(expected));
        assert_eq!(benches("[package]\nname = \"paper\"\n"), None);
    }
}
