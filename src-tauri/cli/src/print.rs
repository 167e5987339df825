//! What goes to standard output and standard error.

use serde::Serialize;
use std::io::{self, ErrorKind, Write};
use workstation::Error;
use workstation::dto::ErrorView;

/// Why a command ends with an exit code other than 0.
pub enum Failure {
    /// Everything was printed already: exit 1.
    Said,
    /// Print this.
    Error(Error),
    /// The command is done, but what it has to say could not be written.
    Output(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Where results are printed.
pub struct Out {
    json: bool,
}

impl Out {
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// One result: its JSON, or its words.
    pub fn result<T: Serialize>(&self, value: &T, words: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        match self.write(self.text(value, words)?.trim_end()) {
            // A closed pipe is the reader's choice, not our failure.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(Failure::Output),
        }
    }

    /// One line of a stream. False: nobody reads any more.
    pub fn line<T: Serialize>(&self, value: &T, words: impl FnOnce(&T) -> String) -> Result<bool, Failure> {
        let text = self.text(value, words)?;
        if text.is_empty() {
            return Ok(true);
        }
        match self.write(&text) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(Failure::Output(error)),
        }
    }

    fn text<T: Serialize>(&self, value: &T, words: impl FnOnce(&T) -> String) -> Result<String, Failure> {
        if self.json {
            serde_json::to_string(value).map_err(|error| Failure::Output(error.into()))
        } else {
            Ok(words(value))
        }
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()
    }

    /// An error, on standard error.
    pub fn failure(&self, error: &ErrorView) {
        let text = if self.json {
            serde_json::json!({ "error": error }).to_string()
        } else {
            format!("omc: {} [{}]", error.message, error.code)
        };
        // With standard error closed there is nobody left to tell; the exit code still says it.
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// A word to a person, on standard error; nothing with `--json`.
    pub fn say(&self, words: &str) {
        if !self.json {
            let _ = writeln!(io::stderr(), "{words}");
        }
    }
}

/// Rows under a header, columns as wide as they need; the columns named in `right` are aligned to the right.
pub fn table(header: &[&str], right: &[usize], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|name| name.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut out = String::new();
        for (place, (cell, width)) in cells.zip(&widths).enumerate() {
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            let (before, after) = if right.contains(&place) { (pad.as_str(), "") } else { ("", pad.as_str()) };
            out.push_str(&format!("{before}{cell}{after}  "));
        }
        out.trim_end().to_owned()
    };
    let mut out = line(&mut header.iter().copied());
    for row in rows {
        out.push('\n');
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_words_left() {
        let rows = vec![vec!["BTC".into(), "1.5".into()], vec!["DOGECOIN".into(), "12".into()]];
        assert_eq!(
            table(&["coin", "quantity"], &[1], &rows),
            "coin      quantity\nBTC            1.5\nDOGECOIN        12"
        );
    }
}
