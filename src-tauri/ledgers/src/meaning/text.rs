//! A text cut into words once, for all that judge it; and phrases found in it.
//!
//! Invariants: one pass over a bounded part of the text ([`CHARS_READ_MAX`]), whatever it holds; a word never crosses a
//! sentence's end. Deliberately absent: what any word means.

use std::borrow::Cow;
use std::collections::HashMap;

/// What stands further back in a text is not read.
pub const CHARS_READ_MAX: usize = 20_000;
/// Characters shown on either side of what was found.
const AROUND_CHARS: usize = 50;
/// A line of fewer words is no shouting.
const SHOUTED_WORDS_MIN: usize = 3;

/// A word where it stands. A closing `'s` is no part of it.
#[derive(Debug)]
pub struct Word<'a> {
    /// As it stands.
    pub text: &'a str,
    /// In small letters, with straight apostrophes.
    pub lower: Cow<'a, str>,
    /// Its bytes in what was read.
    pub bytes: (usize, usize),
    /// Its characters.
    pub chars: (usize, usize),
    /// Which sentence it stands in.
    pub sentence: u32,
    /// Its line is in capitals only.
    pub shouted: bool,
}

/// A text, read.
#[derive(Debug)]
pub struct Text<'a> {
    raw: &'a str,
    /// Its words in order.
    pub words: Vec<Word<'a>>,
}

fn is_quote(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}')
}

/// Whether a character between two others belongs to their word: an apostrophe in "isn't", a point in "1.5".
fn joins(before: char, c: char, after: char) -> bool {
    (is_quote(c) && before.is_alphabetic() && after.is_alphabetic())
        || (matches!(c, '.' | ',') && before.is_ascii_digit() && after.is_ascii_digit())
}

fn lowered(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Owned(text.to_lowercase().replace('\u{2019}', "'"))
}

fn without_possessive(text: &str) -> &str {
    let stem = text.strip_suffix(['s', 'S']).and_then(|stem| stem.strip_suffix(is_quote));
    stem.filter(|stem| !stem.is_empty()).unwrap_or(text)
}

impl<'a> Text<'a> {
    /// Reads the first [`CHARS_READ_MAX`] characters.
    pub fn read(text: &'a str) -> Self {
        let further = if text.len() > CHARS_READ_MAX { text.char_indices().nth(CHARS_READ_MAX) } else { None };
        let end = further.map_or(text.len(), |(at, _)| at);
        let raw = &text[..end];
        let (mut words, mut sentence, mut line_from) = (Vec::new(), 0, 0);
        let mut word: Option<(usize, usize)> = None;
        let mut before = ' ';
        let mut chars = raw.char_indices().enumerate().peekable();
        while let Some((place, (at, c))) = chars.next() {
            let after = chars.peek().map_or(' ', |(_, (_, next))| *next);
            let inside = c.is_alphanumeric() || (word.is_some() && joins(before, c, after));
            if inside {
                word.get_or_insert((at, place));
            } else if let Some(start) = word.take() {
                push(&mut words, raw, start, at, sentence);
            }
            let stops = matches!(c, '.' | '!' | '?' | '\u{2026}') && after.is_whitespace();
            sentence += u32::from(stops || c == '\n');
            if c == '\n' {
                mark_shouting(&mut words, line_from);
                line_from = words.len();
            }
            before = c;
        }
        if let Some(start) = word {
            push(&mut words, raw, start, raw.len(), sentence);
        }
        mark_shouting(&mut words, line_from);
        Self { raw, words }
    }

    /// What stands between a word and the one before it.
    pub fn gap_before(&self, at: usize) -> &'a str {
        let from = at.checked_sub(1).and_then(|before| self.words.get(before)).map_or(0, |word| word.bytes.1);
        self.words.get(at).and_then(|word| self.raw.get(from..word.bytes.0)).unwrap_or_default()
    }

    /// What stands between a word and the next one.
    pub fn gap_after(&self, at: usize) -> &'a str {
        let Some(word) = self.words.get(at) else { return "" };
        let until = self.words.get(at + 1).map_or(self.raw.len(), |next| next.bytes.0);
        self.raw.get(word.bytes.1..until).unwrap_or_default()
    }

    /// The words around some of them, in one line.
    pub fn around(&self, bytes: (usize, usize)) -> String {
        let (head, tail) = (self.raw.get(..bytes.0).unwrap_or_default(), self.raw.get(bytes.1..).unwrap_or_default());
        let from = head.char_indices().rev().take(AROUND_CHARS).last().map_or(bytes.0, |(at, _)| at);
        let until = tail.char_indices().nth(AROUND_CHARS).map_or(self.raw.len(), |(at, _)| bytes.1 + at);
        let part = self.raw.get(from..until).unwrap_or_default();
        let plain: String = part.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        plain.trim().to_owned()
    }

    /// The text from a word to another one, as it stands.
    pub fn between(&self, first: usize, last: usize) -> &'a str {
        match (self.words.get(first), self.words.get(last)) {
            (Some(first), Some(last)) => self.raw.get(first.bytes.0..last.bytes.1).unwrap_or_default(),
            _ => "",
        }
    }
}

fn push<'a>(words: &mut Vec<Word<'a>>, raw: &'a str, start: (usize, usize), end: usize, sentence: u32) {
    let text = without_possessive(&raw[start.0..end]);
    let chars = (start.1, start.1 + text.chars().count());
    let lower = lowered(text);
    words.push(Word { text, lower, bytes: (start.0, start.0 + text.len()), chars, sentence, shouted: false });
}

fn mark_shouting(words: &mut [Word<'_>], from: usize) {
    let line = words.get_mut(from..).unwrap_or_default();
    let spoken = |word: &&mut Word<'_>| word.text.chars().filter(|c| c.is_alphabetic()).count() > 1;
    let loud = !line.iter().any(|word| word.text.chars().any(char::is_lowercase));
    if loud && line.iter_mut().filter(spoken).count() >= SHOUTED_WORDS_MIN {
        line.iter_mut().for_each(|word| word.shouted = true);
    }
}

/// How a phrase's letters must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// In any way.
    Any,
    /// As written: `SEC`, `Fed`.
    Exact,
    /// With a capital, as a name: `Stellar`.
    Capital,
}

/// Phrases of one or more words, each with what it stands for.
#[derive(Debug)]
pub struct Phrases<T> {
    by_first: HashMap<String, Vec<Phrase<T>>>,
}

#[derive(Debug)]
struct Phrase<T> {
    words: Vec<String>,
    case: Case,
    value: T,
}

impl<T> Phrases<T> {
    /// Of lines: the phrase, how its letters must stand, and its value.
    pub fn new<'p>(lines: impl IntoIterator<Item = (&'p str, Case, T)>) -> Self {
        let mut by_first: HashMap<String, Vec<Phrase<T>>> = HashMap::new();
        for (phrase, case, value) in lines {
            let written = if case == Case::Exact { phrase.to_owned() } else { phrase.to_lowercase() };
            let words: Vec<String> = written.split([' ', '-']).map(ToOwned::to_owned).collect();
            let Some(first) = words.first() else { continue };
            by_first.entry(first.to_lowercase()).or_default().push(Phrase { words, case, value });
        }
        by_first.values_mut().for_each(|same| same.sort_by_key(|phrase| std::cmp::Reverse(phrase.words.len())));
        Self { by_first }
    }

    /// The longest phrase that begins at a word: how many words it has, and its value.
    pub fn longest(&self, text: &Text<'_>, at: usize) -> Option<(usize, &T)> {
        let same = self.by_first.get(text.words.get(at)?.lower.as_ref())?;
        let found = same.iter().find(|phrase| phrase.stands(text, at))?;
        Some((found.words.len(), &found.value))
    }
}

impl<T> Phrase<T> {
    fn stands(&self, text: &Text<'_>, at: usize) -> bool {
        self.words.iter().enumerate().all(|(step, wanted)| {
            let Some(word) = text.words.get(at + step) else { return false };
            let spelled = match self.case {
                Case::Any => word.lower == *wanted,
                Case::Exact => word.text == wanted,
                Case::Capital => word.lower == *wanted && word.text.starts_with(char::is_uppercase),
            };
            spelled && (step == 0 || ties(text.gap_before(at + step)))
        })
    }
}

/// Whether two words with this between them are one expression: "rate cut", "rate-cut".
fn ties(gap: &str) -> bool {
    !gap.is_empty() && gap.chars().count() <= 2 && gap.chars().all(|c| c == '-' || (c.is_whitespace() && c != '\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Text::read(text).words.iter().map(|word| word.text.to_owned()).collect()
    }

    #[test]
    fn words_keep_their_apostrophes_and_points_and_lose_their_possessive() {
        assert_eq!(words("Bitcoin's 1.5% isn\u{2019}t $80,000."), ["Bitcoin", "1.5", "isn\u{2019}t", "80,000"]);
        assert_eq!(Text::read("isn\u{2019}t").words[0].lower, "isn't");
        assert_eq!(words("'quoted' a_b x/y"), ["quoted", "a", "b", "x", "y"]);
    }

    #[test]
    fn a_sentence_ends_at_its_stop_and_not_within_a_name() {
        let sentences = |text| Text::read(text).words.iter().map(|word| word.sentence).collect::<Vec<_>>();
        assert_eq!(sentences("Ether.fi rose. Then fell!\nNow"), [0, 0, 0, 1, 1, 3]);
    }

    #[test]
    fn a_line_in_capitals_is_shouted_and_a_ticker_alone_is_none() {
        let shouted = |text| Text::read(text).words.iter().map(|word| word.shouted).collect::<Vec<_>>();
        assert_eq!(shouted("FED NEAR CUT\nBTC ok"), [true, true, true, false, false]);
        assert_eq!(shouted("BTC ETH"), [false, false]);
    }

    #[test]
    fn the_longest_phrase_counts_and_only_in_its_spelling() {
        let phrases = Phrases::new([
            ("bitcoin", Case::Any, 1),
            ("Bitcoin Cash", Case::Any, 2),
            ("Fed", Case::Exact, 3),
            ("Near", Case::Capital, 4),
        ]);
        let at = |text: &str| phrases.longest(&Text::read(text), 0).map(|(words, value)| (words, *value));
        assert_eq!(at("bitcoin-cash rises"), Some((2, 2)));
        assert_eq!(at("Bitcoin. Cash"), Some((1, 1)));
        assert_eq!((at("Fed"), at("fed")), (Some((1, 3)), None));
        assert_eq!((at("Near"), at("near")), (Some((1, 4)), None));
    }

    #[test]
    fn the_surroundings_are_cut_between_characters() {
        let long = format!("{}BTC{}", "ü".repeat(300), "\n語".repeat(300));
        let text = Text::read(&long);
        let around = text.around((600, 603));
        assert!(around.contains("üBTC 語") && around.chars().count() <= 2 * AROUND_CHARS + 3, "{around}");
        assert_eq!(Text::read(&"x ".repeat(CHARS_READ_MAX)).words.len(), CHARS_READ_MAX / 2);
    }
}
