//! Trades and movements from files into the journal.

use crate::dto::TradeImport;
use crate::import::{Family, ImportFile, Layout, Reading, read_file};
use crate::when::{DEFAULT_ZONE, zone};
use crate::{Error, Result, Workstation};
use domain::{FactHash, Name};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;
use store::ImportSource;

/// How to read a trade file.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Whose layout: `auto` (or none), `omc` or `coinspot`.
    pub format: Option<String>,
    /// Import the good lines of a file with bad ones.
    pub skip_bad: bool,
    /// Zone of times that name none.
    pub timezone: Option<String>,
}

impl Workstation {
    /// Imports a trade file: all of it or, with a bad line, nothing (unless `skip_bad`). The same file again adds none.
    ///
    /// # Errors
    /// [`Error::BadLines`] naming every bad line, [`Error::TradeFile`], the store's.
    pub async fn import_file(&self, path: &Path, options: &ImportOptions) -> Result<TradeImport> {
        let name = path.display().to_string();
        let file = std::fs::File::open(path).map_err(Error::io(format!("cannot open {name}")))?;
        self.import(&name, file, options).await
    }

    /// Imports a trade file handed in as its bytes.
    ///
    /// # Errors
    /// As [`Self::import_file`].
    pub async fn import(
        &self,
        name: &str,
        input: impl Read + Send + 'static,
        options: &ImportOptions,
    ) -> Result<TradeImport> {
        let family = match options.format.as_deref() {
            None | Some("auto") => None,
            Some("omc") => Some(Family::Omc),
            Some("coinspot") => Some(Family::CoinSpot),
            Some(other) => {
                let words = format!("'{other}' is no format: use auto, omc or coinspot");
                return Err(Error::usage("bad_format", words));
            }
        };
        let zone = options.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
        let reading = Reading { zone, now: self.now() };
        let reading = tokio::task::spawn_blocking(move || {
            let mut hashed = Hashed { inner: input, hash: Sha256::new() };
            read_file(&mut hashed, family, reading).map(|file| (file, FactHash(hashed.hash.finalize().into())))
        });
        let (file, fingerprint) = reading
            .await
            .map_err(|error| Error::Halted(format!("reading {name} broke off: {error}")))?
            .map_err(|source| Error::TradeFile { file: name.to_owned(), source })?;
        if !file.rejected.is_empty() && !options.skip_bad {
            return Err(Error::BadLines { file: name.to_owned(), read: file.read, rejected: file.rejected });
        }
        self.store_file(file, fingerprint).await
    }

    async fn store_file(&self, mut file: ImportFile, fingerprint: FactHash) -> Result<TradeImport> {
        let (entries, held) = self.hold_back(std::mem::take(&mut file.entries)).await?;
        file.left_out.extend(held);
        let source = ImportSource {
            format: Name::parse(file.layout.as_str()).map_err(|error| Error::usage("bad_format", error.to_string()))?,
            file: fingerprint,
            read: file.read,
            rejected: (file.rejected.len() + file.left_out.len()) as u64,
        };
        let outcome = self.store().import(entries, source, self.now()).await?;
        self.inner.imported.notify_one();
        let found = match file.layout {
            Layout::Trades => None,
            Layout::Movements => Some("movements"),
            Layout::CoinSpotOrders => Some("CoinSpot order history"),
            Layout::CoinSpotTransfers => Some("CoinSpot sends and receives"),
        };
        Ok(TradeImport {
            read: file.read,
            imported: outcome.imported,
            duplicates: outcome.duplicates,
            rejected: file.rejected,
            found: found.map(ToOwned::to_owned),
            left_out: file.left_out,
            doubts: Some(outcome.doubts).filter(|doubts| *doubts > 0),
        })
    }
}

/// Fingerprints what passes through.
struct Hashed<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}
