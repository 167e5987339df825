//! Where things are: the project, its target folder, its crates.

use std::path::{Path, PathBuf};

/// The project's top folder. Cargo says it at run time; the compiled-in path is for a binary started by hand.
pub fn root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    manifest.ancestors().nth(2).map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// The target folder in use: this program was built into it, whichever of Cargo's settings chose it.
pub fn target() -> PathBuf {
    let built = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.to_path_buf()));
    built.unwrap_or_else(|| root().join("target"))
}

/// A debug binary of the workspace.
pub fn binary(name: &str) -> PathBuf {
    target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The manifests of the workspace's crates, in name order. The app itself has no benches and is left out.
pub fn manifests() -> Vec<PathBuf> {
    let root = root();
    let mut found: Vec<PathBuf> = std::fs::read_dir(root.join("src-tauri"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("Cargo.toml"))
        .chain([root.join("tests/Cargo.toml")])
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}
