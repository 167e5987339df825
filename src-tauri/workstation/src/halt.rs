//! Trading halted by a failed proof: a file that every process of this workspace reads before an order.
//!
//! Invariants: what `verify` finds wrong halts trading until a later proof passes; looking, cancelling and backups go
//! on; a file that cannot be read counts as a halt.

use crate::dto::Verified;
use crate::home::Home;
use crate::{Error, Result};
use std::fs;
use std::io::ErrorKind;

/// Why trading is halted; none when it is not.
pub(crate) fn reason(home: &Home) -> Option<String> {
    match fs::read_to_string(home.halt()) {
        Ok(reason) => Some(reason),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some(format!("{} cannot be read: {error}", home.halt().display())),
    }
}

/// Halts trading when a proof failed, and ends the halt when it passed.
pub(crate) fn settle(home: &Home, verified: &Verified) -> Result<()> {
    let file = home.halt();
    let Some(problem) = verified.problems.first() else {
        return match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::io("cannot end the halt of trading")(error))
            }
            _ => Ok(()),
        };
    };
    let place = problem.sequence.map_or_else(String::new, |sequence| format!("sequence {sequence}: "));
    fs::write(&file, format!("{place}{}", problem.message)).map_err(Error::io("cannot record the halt of trading"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::VerifyProblem;

    #[test]
    fn a_failed_proof_halts_until_one_passes() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().into()), false).unwrap();
        let problem =
            VerifyProblem { device: None, sequence: Some(7), code: "edited".into(), message: "was changed".into() };
        assert_eq!(reason(&home), None);
        settle(&home, &Verified { ok: false, devices: vec![], journal: String::new(), problems: vec![problem] })
            .unwrap();
        assert_eq!(reason(&home).unwrap(), "sequence 7: was changed");
        settle(&home, &Verified { ok: true, devices: vec![], journal: String::new(), problems: vec![] }).unwrap();
        assert_eq!(reason(&home), None);
    }

    #[test]
    fn a_halt_that_cannot_be_read_is_a_halt() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().into()), false).unwrap();
        fs::create_dir(home.halt()).unwrap();
        assert!(reason(&home).is_some());
    }
}
