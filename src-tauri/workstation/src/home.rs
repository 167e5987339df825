//! Where a workspace lives, and what is in its folder.

use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// A workspace folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    path: PathBuf,
    demo: bool,
}

impl Home {
    /// The folder named, else the platform's convention; for the demo, the folder `demo` within it.
    ///
    /// # Errors
    /// `no_home` when the platform names no folder and none was given.
    pub fn resolve(named: Option<PathBuf>, demo: bool) -> Result<Self> {
        let base = match named {
            Some(path) => path,
            None => dirs::data_dir().map(|dir| dir.join("oh-my-coins")).ok_or_else(|| {
                Error::usage("no_home", "this system names no folder for application data: use --home DIR or OMC_HOME")
            })?,
        };
        let path = if demo { base.join("demo") } else { base };
        Ok(Self { path: std::path::absolute(&path).unwrap_or(path), demo })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether this is the demo workspace on the simulated world.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// Makes the folder, readable by its owner alone.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn make(&self) -> Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path).map_err(Error::io(format!("cannot make the folder {}", self.path.display())))
    }

    /// A folder within this one that is a workspace for a moment.
    pub(crate) fn aside(&self, name: &str) -> Self {
        Self { path: self.path.join(name), demo: self.demo }
    }

    /// Where files go that a person saves without naming a place.
    #[must_use]
    pub fn exports(&self) -> PathBuf {
        self.path.join("exports")
    }

    /// Where sweeps are written while they run, and stay for a while.
    pub(crate) fn sweeps(&self) -> PathBuf {
        self.path.join("sweeps")
    }

    /// Where trained models are.
    pub(crate) fn models(&self) -> PathBuf {
        self.path.join("models")
    }

    /// Where backtests and examinations are kept for a while.
    pub(crate) fn runs(&self) -> PathBuf {
        self.path.join("runs")
    }

    /// What the Lab's sessions made, by content.
    pub(crate) fn artefacts(&self) -> PathBuf {
        self.path.join("artefacts")
    }

    pub(crate) fn latch(&self) -> PathBuf {
        self.path.join("kill.latch")
    }

    pub(crate) fn halt(&self) -> PathBuf {
        self.path.join("halted")
    }

    pub(crate) fn receipts(&self) -> PathBuf {
        self.path.join("kill-receipts")
    }

    /// The local socket; in the temporary folder when the home's path is too long for one.
    pub(crate) fn socket(&self) -> PathBuf {
        const SOCKET_PATH_BYTES_MAX: usize = 100;
        let inside = self.path.join("omc.sock");
        if inside.as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
            return inside;
        }
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(self.path.as_os_str().as_encoded_bytes());
        let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        std::env::temp_dir().join(format!("omc-{short}.sock"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_has_its_own_folder() {
        let home = Home::resolve(Some("/x".into()), true).unwrap();
        assert_eq!(home.path(), Path::new("/x/demo"));
        assert_ne!(home, Home::resolve(Some("/x".into()), false).unwrap());
    }

    #[test]
    fn a_deep_folder_still_has_a_socket_of_its_own() {
        let deep =
            |name: &str| Home::resolve(Some(PathBuf::from(format!("/{}/{name}", "d".repeat(120)))), false).unwrap();
        assert!(deep("a").socket().as_os_str().len() < 100);
        assert_ne!(deep("a").socket(), deep("b").socket());
    }
}
