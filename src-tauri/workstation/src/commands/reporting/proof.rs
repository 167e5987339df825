//! Proving a report: the journal as it was then is folded again, the same file is made of it, and the two are compared.

use super::seal::{Seal, VERSION};
use super::{Job, ReportRequest, rendered};
use crate::clock::random;
use crate::dto::{ReportDifference, VerifiedDevice, VerifiedReport};
use crate::{Error, Mode, Reached, Result, Workstation};
use domain::{Clock, DeviceId, Timestamp};
use reports::Format;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::DeviceHead;

/// The largest file that is looked at.
const FILE_BYTES_MAX: u64 = 1 << 30;
const SEAL_BYTES_MAX: u64 = 16 << 20;
/// Seals that were left behind which are looked at.
const LEFT_MAX: usize = 4;

/// A folder that goes when it is no longer needed.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is a copy of facts that stand in the workspace beside it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The moment a report was made: time stands still while it is made again.
struct Then(Timestamp);

impl Clock for Then {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl Workstation {
    /// Proves a report that this workspace wrote, perhaps long ago: its heads are in the journal, and the journal up to
    /// them gives the same file. What is wrong is in the answer.
    ///
    /// # Errors
    /// `not_found`, `not_a_report`, `unknown_version`; the file system's and the store's.
    pub async fn verify_report(&self, file: &Path) -> Result<VerifiedReport> {
        let bytes = read_report(file)?;
        let format = reports::seal::recognised(&bytes);
        let mut first = None;
        for (seal, left) in carried(file, &bytes, format)? {
            let proven = match parse(&seal, file) {
                Ok(seal) => self.verify_sealed(file, &bytes, format, &seal).await,
                Err(error) => Err(error),
            };
            match (proven, left) {
                (Ok(report), Some(left)) if report.ok => {
                    let message = format!(
                        "{}; the program ended before its seal was in its place: it is {}, and writing the report again mends that",
                        report.message,
                        left.display()
                    );
                    return Ok(VerifiedReport { message, ..report });
                }
                (Ok(report), _) if report.ok => return Ok(report),
                (proven, _) => first = first.or(Some(proven)),
            }
        }
        first.unwrap_or_else(|| Err(unsealed(file, format)))
    }

    /// The same with one seal that may be the file's.
    async fn verify_sealed(&self, file: &Path, bytes: &[u8], format: Format, seal: &Seal) -> Result<VerifiedReport> {
        let (heads, missing) = self.held(seal).await?;
        let mut report = answer(file, bytes, seal);
        report.later_facts = self.store().journal_length().await?.saturating_sub(heads.iter().map(|h| h.facts).sum());
        if let Some((code, message)) = missing {
            return Ok(judged(report, code, message));
        }
        if seal.format != format.as_str() {
            let message = format!("its seal is of a {} file, and this is {}", seal.format, format.as_str());
            return Ok(judged(report, "changed", message));
        }
        self.compared(report, seal, &heads, bytes, format).await
    }

    /// The same for a file of the exports folder alone: the window reads no other.
    ///
    /// # Errors
    /// `not_exported` for another; those of [`Self::verify_report`].
    pub async fn verify_exported(&self, file: &Path) -> Result<VerifiedReport> {
        if file.parent() != Some(self.home().exports().as_path()) {
            let words = format!("{} is not in the exports folder: use omc verify --report", file.display());
            return Err(Error::usage("not_exported", words));
        }
        self.verify_report(file).await
    }

    /// The heads as this journal has them, and what is wrong with the first that it hasn't.
    async fn held(&self, seal: &Seal) -> Result<(Vec<DeviceHead>, Option<(&'static str, String)>)> {
        let (mut heads, known) = (Vec::new(), self.store().heads().await?);
        for head in &seal.heads {
            let Some(of) = known.iter().find(|known| known.device.to_string() == head.device) else {
                let message =
                    format!("it is of the journal of device {}, which is not in this workspace", short(&head.device));
                return Ok((heads, Some(("foreign_journal", message))));
            };
            if of.facts < head.facts {
                let message = format!(
                    "it was made when device {} had {} facts, and there are {} here: a newer copy of this workspace made it, or facts are gone (omc verify)",
                    short(&head.device),
                    head.facts,
                    of.facts
                );
                return Ok((heads, Some(("journal_shorter", message))));
            }
            let device =
                DeviceId::parse(&head.device).map_err(|error| Error::refused("bad_seal", error.to_string()))?;
            let link = self.store().link_at(device, head.facts).await?;
            let Some(link) = link.filter(|link| link.to_string() == head.head) else {
                let message = format!("fact {} of device {} is another one here", head.facts, short(&head.device));
                return Ok((heads, Some(("journal_differs", message))));
            };
            heads.push(DeviceHead { device, facts: head.facts, head: link });
        }
        Ok((heads, None))
    }

    async fn compared(
        &self,
        mut report: VerifiedReport,
        seal: &Seal,
        heads: &[DeviceHead],
        file: &[u8],
        format: Format,
    ) -> Result<VerifiedReport> {
        let name = random::<8>()?.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let home = self.home().aside(&format!("proving-{name}"));
        home.make()?;
        let _scratch = Scratch(home.path().to_path_buf());
        self.store().copy_until(heads, &seal.prices, home.path()).await?;
        let then = Arc::new(Then(seal.generated_at));
        let past = Self::open_at(&home, Mode::Read, then, Reached::default()).await?;
        let made = past.again(seal, format).await;
        past.close().await;
        let (should, content, sealed_so) = match made? {
            Made::Damaged(message) => return Ok(judged(report, "journal_damaged", message)),
            Made::File { bytes, content, sealed_so } => (bytes, content, sealed_so),
        };
        if should == file && sealed_so {
            report.ok = true;
            let message = "the journal gives the same file, byte for byte".to_owned();
            return Ok(judged(report, "genuine", message));
        }
        report.differences = reports::differences(format, file, &should)
            .into_iter()
            .map(|found| ReportDifference { place: found.place, file: found.file, journal: found.should })
            .collect();
        Ok(if seal.layout != reports::LAYOUT {
            let figures = if content == seal.content_sha256 {
                "are those of the journal"
            } else {
                "are not those of the journal"
            };
            let message = format!(
                "version {} wrote it in another layout, so its bytes can't be compared; the figures its seal names {figures}: make the report anew and compare",
                seal.program
            );
            judged(report, "other_layout", message)
        } else if content != seal.content_sha256 {
            judged(report, "figures_differ", "the journal up to its heads gives other figures".to_owned())
        } else if should == file {
            judged(report, "changed", "its rows are those of the journal, but its seal was changed".to_owned())
        } else {
            judged(report, "changed", "it was changed after it was written".to_owned())
        })
    }

    /// Makes a report again in a workspace that ends where it ended.
    async fn again(&self, seal: &Seal, format: Format) -> Result<Made> {
        let proof = self.store().verify().await?;
        if let Some(problem) = proof.problems.first() {
            return Ok(Made::Damaged(format!("the journal it is of is damaged: {}", problem.message)));
        }
        let request = ReportRequest {
            kind: seal.kind.clone(),
            format: seal.format.clone(),
            book: seal.book,
            pnl: seal.request.clone(),
            fy: seal.fy,
            generated_at: Some(seal.generated_at),
            job: Arc::new(Job::default()),
        };
        let mut document = self.sealed(&request, format, Some(&seal.closes)).await?;
        let mut anew = parse(document.seal.as_deref().unwrap_or_default(), self.home().path())?;
        let content = std::mem::take(&mut anew.content_sha256);
        // Its own words on who made it; all else in it is made again.
        let own = Seal { program: seal.program.clone(), layout: seal.layout, content_sha256: content.clone(), ..anew };
        document.seal = Some(own.text()?);
        let bytes = rendered(document, format, request.job).await?;
        Ok(Made::File { bytes, content, sealed_so: own == *seal })
    }
}

enum Made {
    Damaged(String),
    /// `sealed_so`: with the same seal, which a CSV does not hold itself.
    File {
        bytes: Vec<u8>,
        content: String,
        sealed_so: bool,
    },
}

fn short(device: &str) -> String {
    device.chars().take(8).collect()
}

fn read(file: &Path, most: u64) -> Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", file.display());
    let opened = std::fs::File::open(file).map_err(Error::io(cannot()))?;
    let mut bytes = Vec::new();
    opened.take(most + 1).read_to_end(&mut bytes).map_err(Error::io(cannot()))?;
    if bytes.len() as u64 > most {
        return Err(Error::refused("file_too_large", format!("{} is larger than any report", file.display())));
    }
    Ok(bytes)
}

/// The bytes of a report; where only the seal of a CSV is there, that is told.
fn read_report(file: &Path) -> Result<Vec<u8>> {
    let beside = reports::seal::beside(file);
    if !file.exists() && beside.exists() {
        let words = format!(
            "{} is not there, only its seal ({}): it was moved or removed; write the report again",
            file.display(),
            beside.display()
        );
        return Err(Error::refused("not_a_report", words));
    }
    read(file, FILE_BYTES_MAX)
}

/// The seals that may be a file's: the one inside it; of a CSV the one beside it, then those a process left behind that ended
/// before one was in its place, with where they lie.
fn carried(file: &Path, bytes: &[u8], format: Format) -> Result<Vec<(String, Option<PathBuf>)>> {
    if format != Format::Csv {
        return Ok(reports::seal::inside(bytes, format).map(|seal| (seal, None)).into_iter().collect());
    }
    let text = |path: &Path| Ok::<_, Error>(String::from_utf8_lossy(&read(path, SEAL_BYTES_MAX)?).into_owned());
    let beside = reports::seal::beside(file);
    let mut seals = Vec::new();
    if beside.exists() {
        seals.push((text(&beside)?, None));
    }
    for left in reports::seal::left_beside(file, LEFT_MAX) {
        seals.push((text(&left)?, Some(left)));
    }
    Ok(seals)
}

fn unsealed(file: &Path, format: Format) -> Error {
    let hint = match format {
        Format::Csv => {
            let beside = reports::seal::beside(file);
            format!("; a CSV's lies beside it, as {}: keep the two together", beside.display())
        }
        _ => String::new(),
    };
    Error::refused("not_a_report", format!("{} carries no seal of a report{hint}", file.display()))
}

fn parse(text: &str, file: &Path) -> Result<Seal> {
    let broken = || Error::refused("not_a_report", format!("the seal of {} can't be read", file.display()));
    let value: serde_json::Value = serde_json::from_str(text).map_err(|_| broken())?;
    let version = value.get("omc_report").and_then(serde_json::Value::as_u64).ok_or_else(broken)?;
    if version != VERSION {
        let words = format!(
            "{} has a seal of version {version}, and this program knows {VERSION}: use a newer one",
            file.display()
        );
        return Err(Error::refused("unknown_version", words));
    }
    serde_json::from_value(value).map_err(|_| broken())
}

fn answer(file: &Path, bytes: &[u8], seal: &Seal) -> VerifiedReport {
    let device = |head: &super::seal::SealedHead| VerifiedDevice {
        device: head.device.clone(),
        facts: head.facts,
        head: head.head.clone(),
    };
    VerifiedReport {
        ok: false,
        code: String::new(),
        message: String::new(),
        file: file.display().to_string(),
        sha256: Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        kind: seal.kind.clone(),
        format: seal.format.clone(),
        book: seal.book,
        generated_at: seal.generated_at,
        program: seal.program.clone(),
        rows: seal.rows,
        devices: seal.heads.iter().map(device).collect(),
        later_facts: 0,
        differences: vec![],
    }
}

fn judged(report: VerifiedReport, code: &str, message: String) -> VerifiedReport {
    VerifiedReport { code: code.to_owned(), message, ..report }
}
