//! The rules hold for this project.

use std::path::Path;

#[test]
fn the_house_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let report = tidy::check(&root).expect("the crates and files of the project can be listed");
    let told: Vec<String> = report.breaches.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{} breaches:\n{}", told.len(), told.join("\n"));
}

#[test]
fn the_look_reaches_the_whole_tree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let report = tidy::check(&root).expect("the crates and files of the project can be listed");
    assert!(report.crates >= 15, "only {} crates were looked at", report.crates);
    assert!(report.sources >= 50, "only {} files were looked at", report.sources);
}
