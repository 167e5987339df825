//! What collected text is taken to mean, by words alone: coins, terms, sentiment, the kind of an announcement, severity, and
//! which headlines tell the same story.
//!
//! Invariants: pure, the same in, the same out; time grows with the text's length, output is bounded; everything tells
//! which words gave it; text stays data, whatever it says. Deliberately absent: storage, and judging by a model. A model's
//! judgement is a [`Meaning`] too, with its own `by`: whoever asks one fills the type, bounded as here, and it stands
//! beside the lexicon's, never in its place.

mod announced;
mod clusters;
mod coins;
mod lexicon;
mod mentions;
mod severity;
mod taxonomy;
mod text;
mod words;

pub use announced::{Announced, AnnouncedKind, Grave};
pub use clusters::{Story, WITHIN_HOURS, clusters};
pub use coins::{DOUBTFUL, MAIN, Main, Standing};
pub use lexicon::{Sentiment, WORDS_MAX, WordHit};
pub use mentions::{COINS_MAX, Coins, MENTIONS_MAX, Mention};
pub use severity::Severity;
pub use taxonomy::{Horizon, TAXONOMY, TERMS_MAX, Term, TermHit, Theme, taxonomy_score};
pub use text::CHARS_READ_MAX;

use crate::observation::Observation;
use crate::payload::{EventRule, Payload};
use domain::Coin;
use mentions::Voice;
use serde::{Deserialize, Serialize};
use text::Text;

/// Who judges here. Another table, weight or rule is another number.
pub const LEXICON: &str = "lexicon-1";

/// What an observation is taken to mean, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// Who judged: [`LEXICON`], or a model and its version.
    pub by: String,
    /// The coins it speaks of.
    pub mentions: Vec<Mention>,
    /// How it sounds; none when no word of the lexicon stands in it, and for our own events.
    pub sentiment: Option<Sentiment>,
    /// The terms of the taxonomy it holds; [`taxonomy_score`] is their sum.
    pub terms: Vec<TermHit>,
    /// For announcements: what it is.
    pub announced: Option<Announced>,
    /// For catalysts: how much it matters.
    pub severity: Option<Severity>,
}

/// To four decimals, which is all a score of words can bear.
fn rounded(score: f64) -> f64 {
    let rounded = (score * 10_000.0).round() / 10_000.0;
    // No negative nothing.
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// A summary without the line that outlets' software puts below it ("The post … appeared first on …"): it says the headline
/// again, and would count it twice.
fn without_footer(summary: &str) -> &str {
    let Some(end) = summary.rfind(" appeared first on ") else { return summary };
    summary[..end].rfind("The post ").map_or(summary, |begin| &summary[..begin])
}

/// The words of an observation, headline first, and who speaks; none for figures.
fn spoken(payload: &Payload) -> Option<(&str, &str, Voice)> {
    match payload {
        Payload::News { title, summary, .. } => Some((title, without_footer(summary), Voice::Anybody)),
        Payload::Post { title, text, .. } => Some((title, text, Voice::Anybody)),
        Payload::Announcement { title, text, .. } => Some((title, text, Voice::Venue)),
        Payload::Filing { title, filer, .. } => Some((title, filer, Voice::Anybody)),
        Payload::Event { title, .. } => Some((title, "", Voice::Anybody)),
        _ => None,
    }
}

/// The coins an observation is about, at most [`COINS_MAX`]: those its source names, then those its words name, in their
/// order.
#[must_use]
pub fn coins_of(observation: &Observation, known: &Coins) -> Vec<Coin> {
    let mut coins = observation.coins.clone();
    match &observation.payload {
        Payload::Treasury { coin, .. } => coins.push(*coin),
        Payload::Event { rule: EventRule::LargeMove | EventRule::SpreadBlowOut, subject, .. } => {
            coins.extend(Coin::parse(subject));
        }
        _ => {}
    }
    if let Some((title, text, voice)) = spoken(&observation.payload) {
        let joined = format!("{title}\n{text}");
        coins.extend(known.mentions(&Text::read(&joined), voice).iter().map(|mention| mention.coin));
    }
    let mut met = std::collections::HashSet::new();
    coins.retain(|coin| met.insert(*coin));
    coins.truncate(COINS_MAX);
    coins
}

/// What an observation is taken to mean; none for prices, moods and figures.
#[must_use]
pub fn meaning(observation: &Observation, known: &Coins) -> Option<Meaning> {
    let payload = &observation.payload;
    let (title, text, voice) = spoken(payload)?;
    let joined = format!("{title}\n{text}");
    let read = Text::read(&joined);
    let is_ours = matches!(payload, Payload::Event { .. });
    let announced = matches!(payload, Payload::Announcement { .. })
        .then(|| announced::announced(&Text::read(title), &Text::read(text)));
    Some(Meaning {
        by: LEXICON.to_owned(),
        mentions: known.mentions(&read, voice),
        sentiment: if is_ours { None } else { lexicon::sentiment(&read) },
        terms: if is_ours { Vec::new() } else { taxonomy::terms(&read) },
        severity: severity::severity(payload, announced.as_ref()),
        announced,
    })
}

#[cfg(test)]
mod tests;
