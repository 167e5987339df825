//! What a session found, written down: a structure, its Markdown, and whether its numbers are its evidence's.
//!
//! Invariants: every figure names the artefact it is from; out of sample comes before in sample; what is missing is said to
//! be missing; words of others are quotations, plain, and never markup. The same session gives the same bytes.
//! Deliberately absent: HTML and PDF, which are made from the structure, and pictures, which are artefacts of their own.

mod numbers;
mod write;

pub use numbers::check;
pub use write::{evidence, write};

use crate::quoted::Quoted;
use domain::ArtefactId;

/// A figure of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// How it is written.
    pub value: String,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph of ours.
    Words(String),
    /// Lines of ours.
    List(Vec<String>),
    /// Figures of one artefact; none when they are of the session itself.
    Figures {
        /// Where they are from.
        of: Option<ArtefactId>,
        /// What they are.
        title: String,
        /// The figures.
        figures: Vec<Figure>,
    },
    /// Somebody else's words.
    Quote(Quoted),
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// How sure a recommendation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// There is nothing to be sure of.
    None,
    /// It may be luck.
    Low,
    /// It passed everything that was asked. That is no promise.
    Moderate,
}

impl Confidence {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Moderate => "moderate",
        }
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// Its sections, in their order.
    pub sections: Vec<Section>,
    /// How sure its recommendation is.
    pub confidence: Confidence,
}

/// Text as Markdown that shows exactly that text.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() => {}
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&' | '~' | '!' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

impl Report {
    /// As Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n", inert(&self.title));
        for section in &self.sections {
            out.push_str(&format!("\n## {}\n", inert(&section.title)));
            for block in &section.blocks {
                out.push('\n');
                write_block(&mut out, block);
            }
        }
        out
    }
}

fn write_block(out: &mut String, block: &Block) {
    match block {
        Block::Words(words) => out.push_str(&format!("{}\n", inert(words))),
        Block::List(lines) => lines.iter().for_each(|line| out.push_str(&format!("- {}\n", inert(line)))),
        Block::Figures { of, title, figures } => {
            out.push_str(&format!("| {} | |\n|---|---:|\n", inert(title)));
            for figure in figures {
                out.push_str(&format!("| {} | {} |\n", inert(&figure.name), inert(&figure.value)));
            }
            if let Some(of) = of {
                out.push_str(&format!("\nFrom artefact `{of}`.\n"));
            }
        }
        Block::Quote(quoted) => out.push_str(&format!("> {}\n", inert(&quoted.to_string()))),
    }
}
