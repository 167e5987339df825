//! Builds the list of what the window may ask, from `ipc/names.rs` and `capabilities/`.

use std::path::Path;
use tauri_build::{AppManifest, Attributes};

#[path = "ipc/names.rs"]
mod names;

fn main() {
    let capabilities = "src-tauri/desktop/capabilities";
    // A path that is not there would have this script run every time.
    for watched in [capabilities, "src-tauri/desktop/ipc/names.rs", "ui/dist"] {
        if Path::new(watched).exists() {
            println!("cargo:rerun-if-changed={watched}");
        }
    }
    let attributes = Attributes::new()
        .capabilities_path_pattern("./src-tauri/desktop/capabilities/**/*")
        .app_manifest(AppManifest::new().commands(names::COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
        std::process::exit(1);
    }
}
