//! A sentiment score of a text from a lexicon of our own, every word of it shown.
//!
//! Each word or phrase of [`super::words`] that stands in the text has a weight of -4 to 4. An intensifier within two words
//! before it changes that by [`INTENSIFIED`] or [`DAMPENED`]; a negation within three words before it, in the same sentence,
//! turns it around and takes a quarter off ([`NEGATED`]). The score is `s / √(s² + 15)` of the weights' sum `s`, to four decimals:
//! the normalisation, and the idea of valence words with negation and degree words, are those of VADER (Hutto and
//! Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM 2014). The words and
//! weights are not. Invariants: in [-1, 1]; the same text, the same score; the order of sentences says nothing; the weights
//! shown add up to `s`. Deliberately absent: irony, comparisons, who speaks.

use super::text::{Case, Phrases, Text};
use super::words::{DAMPENERS, INTENSIFIERS, LEXICON, NEGATIONS};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Words noted of a text; further ones don't count.
pub const WORDS_MAX: usize = 64;
/// A negation reaches so many words.
const NEGATION_REACH: usize = 3;
/// An intensifier reaches so many words.
const DEGREE_REACH: usize = 2;
/// Weights are counted in millionths, so that a sum is the same in any order.
const UNIT: i64 = 1_000_000;
/// A weight of the table, in tenths.
const TENTH: i64 = UNIT / 10;
/// After "very", in hundredths.
const INTENSIFIED: i64 = 130;
/// After "slightly", in hundredths.
const DAMPENED: i64 = 70;
/// After "not", in hundredths.
const NEGATED: i64 = -74;
/// How soon many words make it extreme.
const ALPHA: f64 = 15.0;

/// A word of the lexicon in a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordHit {
    /// As it stands, with the word that turned or changed it: `not … safe`.
    pub word: String,
    /// What it added.
    pub weight: f64,
}

/// A score and the words that gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sentiment {
    /// -1 (bearish) to 1 (bullish).
    pub score: f64,
    /// In the text's order.
    pub words: Vec<WordHit>,
}

struct Words {
    valence: Phrases<i64>,
    negations: HashSet<&'static str>,
    intensifiers: HashSet<&'static str>,
    dampeners: HashSet<&'static str>,
}

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words {
        valence: Phrases::new(LEXICON.iter().flat_map(|(tenths, words)| {
            words.split(',').map(|word| (word.trim(), Case::Any, i64::from(*tenths) * TENTH))
        })),
        negations: NEGATIONS.into_iter().collect(),
        intensifiers: INTENSIFIERS.into_iter().collect(),
        dampeners: DAMPENERS.into_iter().collect(),
    });

/// The word before one, within reach and in its sentence, that is among some.
fn before<'t>(text: &'t Text<'_>, at: usize, reach: usize, among: &HashSet<&str>) -> Option<&'t str> {
    let sentence = text.words.get(at)?.sentence;
    let near = text.words.get(at.saturating_sub(reach)..at)?.iter().rev();
    near.filter(|word| word.sentence == sentence).find(|word| among.contains(word.lower.as_ref())).map(|word| word.text)
}

/// The score of a text; none when no word of the lexicon stands in it.
pub(super) fn sentiment(text: &Text<'_>) -> Option<Sentiment> {
    let (mut words, mut sum, mut at) = (Vec::new(), 0_i64, 0);
    while at < text.words.len() && words.len() < WORDS_MAX {
        let Some((length, weight)) = WORDS.valence.longest(text, at) else {
            at += 1;
            continue;
        };
        let (hit, weight) = weigh(text, at, length, *weight);
        sum += weight;
        words.push(hit);
        at += length;
    }
    if words.is_empty() {
        return None;
    }
    let sum = sum as f64 / UNIT as f64;
    Some(Sentiment { score: super::rounded(sum / (sum * sum + ALPHA).sqrt()), words })
}

fn weigh(text: &Text<'_>, at: usize, length: usize, mut weight: i64) -> (WordHit, i64) {
    let mut parts = Vec::new();
    let negation = before(text, at, NEGATION_REACH, &WORDS.negations);
    if let Some(word) = negation {
        weight = weight * NEGATED / 100;
        parts.push(word);
    }
    let stronger = before(text, at, DEGREE_REACH, &WORDS.intensifiers).map(|word| (word, INTENSIFIED));
    let weaker = || before(text, at, DEGREE_REACH, &WORDS.dampeners).map(|word| (word, DAMPENED));
    if let Some((word, degree)) = stronger.or_else(weaker) {
        weight = weight * degree / 100;
        parts.push(word);
    }
    parts.push(text.between(at, at + length - 1));
    (WordHit { word: parts.join(" … "), weight: weight as f64 / UNIT as f64 }, weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn score(text: &str) -> Option<f64> {
        sentiment(&Text::read(text)).map(|told| told.score)
    }

    fn lexicon() -> Vec<(&'static str, i8)> {
        LEXICON.iter().flat_map(|(tenths, words)| words.split(',').map(|word| (word.trim(), *tenths))).collect()
    }

    #[test]
    fn good_news_are_positive_bad_ones_negative_and_others_have_no_score() {
        for (text, sign) in [
            ("Bitcoin surges to a record high as inflows grow", 1.0),
            ("Exchange insolvent after hackers drained its wallets", -1.0),
            ("Traders panic in a brutal sell-off", -1.0),
        ] {
            assert!(score(text).unwrap() * sign > 0.5, "{text}: {:?}", score(text));
        }
        assert_eq!(score("Developers met on Tuesday"), None);
        assert_eq!(score("gain, loss").map(|score| score.abs() < 0.2), Some(true));
    }

    #[test]
    fn every_word_is_shown_with_what_it_added() {
        let told = sentiment(&Text::read("Not safe. Prices sharply fall, slightly bullish")).unwrap();
        let words: Vec<_> = told.words.iter().map(|hit| (hit.word.as_str(), hit.weight)).collect();
        let weight = |word: &str| f64::from(lexicon().iter().find(|(known, _)| *known == word).unwrap().1) / 10.0;
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert_eq!(
            words.iter().map(|(word, _)| *word).collect::<Vec<_>>(),
            ["Not … safe", "sharply … fall", "slightly … bullish"]
        );
        assert!(near(words[0].1, weight("safe") * -0.74) && near(words[1].1, weight("fall") * 1.3));
        assert!(near(words[2].1, weight("bullish") * 0.7));
        let sum: f64 = words.iter().map(|(_, weight)| weight).sum();
        assert!((told.score - sum / (sum * sum + 15.0).sqrt()).abs() < 1e-4);
    }

    #[test]
    fn a_phrase_counts_once_and_as_a_whole() {
        let words = |text: &str| {
            sentiment(&Text::read(text))
                .map_or_else(Vec::new, |told| told.words.into_iter().map(|hit| hit.word).collect())
        };
        assert_eq!(
            words("An all-time high, a short squeeze, a rug pull"),
            ["all-time high", "short squeeze", "rug pull"]
        );
        assert_eq!(words("unsafe surgery in the gainsborough"), [""; 0]);
    }

    #[test]
    fn a_negation_turns_every_word_around_and_ends_with_its_sentence() {
        for (word, tenths) in lexicon() {
            let (plain, negated) = (score(word).unwrap(), score(&format!("not {word}")).unwrap());
            assert!(plain * f64::from(tenths) > 0.0 && plain * negated < 0.0, "{word}: {plain} {negated}");
            assert_eq!(score(&format!("It did not. {word}")), Some(plain), "{word}");
        }
    }

    #[test]
    fn the_lexicon_holds_each_word_once_and_no_word_that_changes_others() {
        let mut words: Vec<&str> = lexicon().iter().map(|(word, _)| *word).collect();
        let all = words.len();
        words.sort_unstable();
        let twice: Vec<_> = words.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert_eq!(twice, Vec::<&[&str]>::new());
        assert!(all >= 250, "{all}");
        assert!(lexicon().iter().all(|(word, tenths)| !word.is_empty() && *tenths != 0 && tenths.abs() <= 40));
        let changing = NEGATIONS.iter().chain(&INTENSIFIERS).chain(&DAMPENERS);
        assert_eq!(changing.copied().filter(|word| words.contains(word)).collect::<Vec<_>>(), [""; 0]);
    }

    proptest! {
        #[test]
        fn the_score_is_bounded_and_the_same_whatever_the_order_of_sentences(
            parts in prop::collection::vec("(not |very )?(surges|crash|gains|hack|safe|fear)( again)?", 1..20),
        ) {
            let text = |parts: &[String]| parts.iter().map(|part| format!("{part}. ")).collect::<String>();
            let turned: Vec<String> = parts.iter().rev().cloned().collect();
            let told = score(&text(&parts)).unwrap();
            prop_assert!((-1.0..=1.0).contains(&told));
            prop_assert_eq!(Some(told), score(&text(&turned)));
        }
    }
}
