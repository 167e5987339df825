//! What a machine needs before it can build or test: checked on every start, installed only when missing.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::process::Command;

use crate::process::{Outcome, asked, capture, command, failed, npm, run};
use crate::{place, ui};

/// What the machine is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Build and run the command line only.
    Terminal,
    /// Build and open the window.
    Window,
    /// Build everything and run every test.
    Tests,
}

const COMPILER: [&str; 1] = ["build-essential"];
const BUILD: [&str; 10] = [
    "libwebkit2gtk-4.1-dev",
    "libgtk-3-dev",
    "librsvg2-dev",
    "libayatana-appindicator3-dev",
    "libxdo-dev",
    "libssl-dev",
    "libdbus-1-dev",
    "pkg-config",
    "file",
    "patchelf",
];
const TEST: [&str; 8] =
    ["xvfb", "xauth", "webkit2gtk-driver", "dbus-x11", "fonts-dejavu-core", "imagemagick", "procps", "postgresql"];
const NODE_AT_LEAST: (u32, u32) = (20, 19);

/// Checks everything `need` asks for and installs what may be installed.
pub fn setup(need: Need) -> Outcome {
    rust()?;
    system_packages(need)?;
    if need != Need::Terminal {
        node()?;
        ui::install()?;
    }
    Ok(())
}

fn rust() -> Outcome {
    let manifest = std::fs::read_to_string(place::root().join("Cargo.toml")).unwrap_or_default();
    let Some(wanted) = manifest.lines().find_map(|line| version(line.strip_prefix("rust-version = \"")?)) else {
        return failed("Cargo.toml names no rust-version");
    };
    let found = asked("rustc", &["--version"]).and_then(|text| version(text.strip_prefix("rustc ")?));
    match found {
        Some(found) if found >= wanted => Ok(()),
        _ => failed(format!("Rust {}.{} or newer is needed: run `rustup update stable`", wanted.0, wanted.1)),
    }
}

/// Node and npm, which build the interface.
pub fn node() -> Outcome {
    let (major, minor) = NODE_AT_LEAST;
    let found = asked("node", &["--version"]).and_then(|text| version(text.strip_prefix('v')?));
    match found {
        Some(found) if found >= NODE_AT_LEAST => {}
        Some(found) => {
            return failed(format!(
                "Node {}.{} is too old: install {major}.{minor} or newer from https://nodejs.org",
                found.0, found.1
            ));
        }
        None => return failed(format!("Node is missing: install {major}.{minor} or newer from https://nodejs.org")),
    }
    match capture(npm(&["--version"]).current_dir(place::root())) {
        Ok(_) => Ok(()),
        Err(_) => failed("npm is missing: it comes with Node from https://nodejs.org"),
    }
}

/// The first two numbers of a version text, as in `1.95.0 (hash)`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn wanted(need: Need) -> Vec<&'static str> {
    match need {
        Need::Terminal => COMPILER.to_vec(),
        Need::Window => [&COMPILER[..], &BUILD[..]].concat(),
        Need::Tests => [&COMPILER[..], &BUILD[..], &TEST[..]].concat(),
    }
}

fn system_packages(need: Need) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Ok(()); // a machine that linked this tool has the compiler, and the webview comes with the system
    }
    let apt = asked("apt-get", &["--version"]).is_some();
    if apt { debian_packages(need) } else { other_linux(need) }
}

fn debian_packages(need: Need) -> Outcome {
    let wanted = wanted(need);
    // Ends with 1 when a package is unknown, which is an answer here and not an error.
    let listing = command("dpkg-query").args(["-W", "-f=${Package} ${db:Status-Status}\\n"]).args(&wanted).output();
    let listing = match listing {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) => return failed(format!("dpkg-query could not be started: {error}")),
    };
    let missing = missing(&wanted, &listing);
    if missing.is_empty() {
        return Ok(());
    }
    println!("missing packages: {}", missing.join(" "));
    let root = asked("id", &["-u"]).as_deref() == Some("0");
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    if !root && !ci && !agreed(&missing)? {
        return failed("nothing was installed: run the command above, then try again");
    }
    install(&missing, !root)
}

fn missing<'a>(wanted: &[&'a str], listing: &str) -> Vec<&'a str> {
    let installed: BTreeSet<&str> = listing.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    wanted.iter().copied().filter(|package| !installed.contains(package)).collect()
}

fn agreed(missing: &[&str]) -> Outcome<bool> {
    let packages = missing.join(" ");
    println!("  sudo apt-get update && sudo apt-get install -y --no-install-recommends {packages}");
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("Run it now? [y/N] ");
    let mut answer = String::new();
    match std::io::stdout().flush().and_then(|()| std::io::stdin().read_line(&mut answer)) {
        Ok(_) => Ok(matches!(answer.trim(), "y" | "Y" | "yes")),
        Err(error) => failed(format!("the answer could not be read: {error}")),
    }
}

fn install(missing: &[&str], through_sudo: bool) -> Outcome {
    let apt = |args: &[&str]| {
        let mut apt = apt_get(through_sudo);
        apt.args(args);
        run(&mut apt)
    };
    if apt(&["update"]).is_err() {
        println!("the package lists could not be refreshed: trying with those at hand");
    }
    let install = [&["install", "-y", "--no-install-recommends"], missing].concat();
    if apt(&install).is_ok() {
        return Ok(());
    }
    println!("once more, after repairing what was left half-installed");
    apt(&["-y", "-f", "install"])?;
    apt(&install)
}

fn apt_get(through_sudo: bool) -> Command {
    if through_sudo {
        let mut sudo = command("sudo");
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        let mut apt = command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    }
}

fn other_linux(need: Need) -> Outcome {
    if need == Need::Terminal {
        return Ok(());
    }
    let libraries = ["webkit2gtk-4.1", "gtk+-3.0", "librsvg-2.0", "ayatana-appindicator3-0.1"];
    let mut lacking: Vec<&str> =
        libraries.into_iter().filter(|name| asked("pkg-config", &["--exists", name]).is_none()).collect();
    if need == Need::Tests {
        lacking.extend(["Xvfb", "WebKitWebDriver"].into_iter().filter(|program| !on_path(program)));
    }
    if lacking.is_empty() {
        return Ok(());
    }
    failed(format!(
        "this system lacks {}. Install, by the names of your system:\n  \
         Fedora: sudo dnf install webkit2gtk4.1-devel gtk3-devel librsvg2-devel libayatana-appindicator-gtk3-devel \
         libxdo-devel openssl-devel dbus-devel pkgconf gcc file patchelf (tests: xorg-x11-server-Xvfb webkitgtk4.1 \
         dbus-x11 dejavu-sans-fonts postgresql-server)\n  \
         Arch: sudo pacman -S webkit2gtk-4.1 gtk3 librsvg libayatana-appindicator xdotool openssl dbus base-devel file \
         patchelf (tests: xorg-server-xvfb ttf-dejavu postgresql)",
        lacking.join(", ")
    ))
}

/// Whether a program of this name can be started.
pub fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_missing_when_it_is_unknown_or_only_its_settings_remain() {
        let listing = "xvfb installed\nxauth config-files\n";
        assert_eq!(missing(&["xvfb", "xauth", "procps"], listing), ["xauth", "procps"]);
    }

    #[test]
    fn tests_need_everything_that_the_window_needs() {
        let tests = wanted(Need::Tests);
        assert!(wanted(Need::Window).iter().all(|package| tests.contains(package)));
        assert!(!wanted(Need::Window).contains(&"xvfb"));
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version("1.95.0 (59807616e 2026-04-14)"), Some((1, 95)));
        assert!(version("9.11.2") < version("20.0.0"));
        assert_eq!(version("none"), None);
    }
}
