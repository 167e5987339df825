//! The interface: its packages, its build, and whether either is out of date.

use std::path::Path;
use std::time::SystemTime;

use crate::place;
use crate::process::{Outcome, failed, npm, run};

/// `npm ci` when the lock file is newer than what is installed.
pub fn install() -> Outcome {
    let ui = place::root().join("ui");
    let Some(locked) = modified(&ui.join("package-lock.json")) else {
        return failed("ui/package-lock.json is missing");
    };
    if modified(&ui.join("node_modules/.package-lock.json")).is_some_and(|installed| installed >= locked) {
        return Ok(());
    }
    run(&mut npm(&["ci"])).or_else(|_| {
        println!("once more: a cut connection is the usual reason");
        run(&mut npm(&["ci"]))
    })
}

/// `npm run build` when something under `ui/` is newer than what was built.
pub fn build_if_stale() -> Outcome {
    let ui = place::root().join("ui");
    let built = modified(&ui.join("dist/index.html"));
    if built.is_some_and(|built| newest(&ui, 0).is_some_and(|source| source <= built)) {
        return Ok(());
    }
    run(&mut npm(&["run", "build"]))
}

/// Every check of the interface, and its build.
pub fn gate() -> Outcome {
    for script in ["lint", "check", "test", "build"] {
        run(&mut npm(&["run", script]))?;
    }
    Ok(())
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

/// The newest change under a folder. Folders count too, because removing a file changes only its folder; the top one
/// doesn't, because building changes it.
fn newest(folder: &Path, depth: u32) -> Option<SystemTime> {
    const DEPTH_MAX: u32 = 16;
    let mut latest = if depth == 0 { None } else { modified(folder) };
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || matches!(name.as_ref(), "node_modules" | "dist" | "coverage" | "test-results") {
            continue;
        }
        let path = entry.path();
        let changed = if path.is_dir() && depth < DEPTH_MAX { newest(&path, depth + 1) } else { modified(&path) };
        latest = latest.max(changed);
    }
    latest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_sources_make_a_build_stale() {
        let folder = std::env::temp_dir().join(format!("xtask-ui-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("src")).unwrap();
        std::fs::create_dir_all(folder.join("dist")).unwrap();
        for name in ["src/app.ts", "dist/index.html"] {
            std::fs::write(folder.join(name), "x").unwrap();
        }
        let touch = |name: &str, seconds: u64| {
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            std::fs::File::open(folder.join(name)).unwrap().set_modified(at).unwrap();
        };
        touch("src/app.ts", 2_000);
        touch("src", 1_000);
        touch("dist/index.html", 9_000);
        let seen = newest(&folder, 0);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(seen, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(2_000)));
    }
}
