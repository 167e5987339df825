//! Whether written numbers are those of the evidence.
//!
//! | written | is that of the evidence when there is |
//! |---|---|
//! | `12`, `12.3` | a number that rounds to it at as many digits after the point |
//! | `12.3 %` | that, or a ratio that is it a hundred times |
//! | `+1.5`, `−1.5` | one of that sign; without a sign, one of either |
//! | `1,234` | 1234 |
//! | `2024-01-31…` | a text that begins with it |
//! | a hash, `1h`, a number inside a word | nothing: it is a name |
//!
//! A number written in a text of the evidence counts as one. What this can't see: a right number in a wrong sentence, and,
//! where the evidence is large, a small number that stands in it by chance.

use serde_json::Value;
use std::collections::BTreeSet;

const INTERVALS: [&str; 6] = ["1m", "5m", "15m", "1h", "4h", "1d"];
/// From so many hexadecimal digits on a word is a hash.
const HASH_DIGITS: usize = 12;

/// Sentences with a number that stands nowhere in the evidence.
#[must_use]
pub fn check(text: &str, evidence: &[Value]) -> Vec<String> {
    let mut leaves = Leaves::default();
    evidence.iter().for_each(|value| leaves.gather(value));
    sentences(text).filter(|sentence| !tokens(sentence).all(|token| leaves.hold(&token))).map(str::to_owned).collect()
}

/// Lines, cut where a sentence ends.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split_inclusive(". ")).map(str::trim).filter(|line| !line.is_empty())
}

#[derive(Default)]
struct Leaves {
    numbers: Vec<f64>,
    texts: BTreeSet<String>,
}

impl Leaves {
    fn gather(&mut self, value: &Value) {
        match value {
            Value::Number(number) => self.numbers.extend(number.as_f64()),
            Value::String(text) => {
                for token in tokens(text) {
                    let signed = token.value.map(|value| value * token.sign.map_or(1.0, f64::from));
                    self.numbers.extend(signed.filter(|_| !token.is_date));
                }
                self.texts.insert(text.clone());
            }
            Value::Array(all) => all.iter().for_each(|one| self.gather(one)),
            Value::Object(all) => all.values().for_each(|one| self.gather(one)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn hold(&self, token: &Token<'_>) -> bool {
        if token.is_date {
            return self.texts.iter().any(|text| text.contains(token.text));
        }
        let Some(value) = token.value else { return false };
        let half = 0.5 * 10f64.powi(-(token.decimals as i32)) * (1.0 + 1e-9) + 1e-12;
        let near = |found: f64| match token.sign {
            Some(-1) => (found + value).abs() <= half,
            Some(_) => (found - value).abs() <= half,
            None => (found.abs() - value).abs() <= half,
        };
        self.numbers.iter().any(|number| near(*number) || (token.is_percent && near(*number * 100.0)))
    }
}

/// A number as it is written.
#[derive(Debug, PartialEq)]
struct Token<'a> {
    text: &'a str,
    /// Without its sign.
    value: Option<f64>,
    sign: Option<i8>,
    decimals: usize,
    is_percent: bool,
    is_date: bool,
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-' || c == ':' || c == '.' || c == ',' || c == '\\'
}

/// The numbers of a text.
fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| c.is_alphanumeric() || c == '_')?;
            let before = rest[..start].chars().next_back();
            let word = &rest[start..];
            let end = word.find(|c: char| !in_word(c)).unwrap_or(word.len());
            let (word, after) = word.split_at(end);
            let word = word.trim_end_matches(['.', ',', ':', '-', '\\']);
            rest = after;
            if let Some(token) = token(word, before, after) {
                return Some(token);
            }
        }
    })
}

fn token<'a>(word: &'a str, before: Option<char>, after: &str) -> Option<Token<'a>> {
    let begins = word.starts_with(|c: char| c.is_ascii_digit());
    let is_hash = word.len() >= HASH_DIGITS
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic());
    if !begins || is_hash || INTERVALS.contains(&word) {
        return None;
    }
    let sign = match before {
        Some('-' | '−') => Some(-1),
        Some('+') => Some(1),
        _ => None,
    };
    let is_date = word.len() >= 10 && word.as_bytes()[4] == b'-' && word[..4].bytes().all(|byte| byte.is_ascii_digit());
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(word.len());
    let digits = word[..end].replace(',', "");
    let decimals = digits.split_once('.').map_or(0, |(_, after)| after.len());
    let is_percent = after.trim_start().starts_with('%');
    Some(Token { text: word, value: digits.parse().ok(), sign, decimals, is_percent, is_date })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn flagged(text: &str) -> usize {
        let evidence = json!({
            "return": -0.12345, "sharpe": 1.25, "trades": 41, "equity": "12345.67", "from": "2024-01-31T00:00:00Z",
            "words": "it rests on 7 trades", "control": "-0.0867787"
        });
        check(text, &[evidence]).len()
    }

    #[test]
    fn a_number_that_is_in_the_evidence_passes_as_it_is_rounded() {
        for good in [
            "It returned -12.3 % in 41 trades.",
            "It fell by 12 %.",
            "It fell by 12.35 %.", // half away, or to even: both are how people round
            "Sharpe 1.25, about 1.3 or 1.2.",
            "It ended with 12,345.67 AUD, from 2024-01-31 on.",
            "| trades | 41 |",
            "Since 2024-01-31T00:00:00Z on 1h candles, from 0123456789abcdef0123.",
            "It rests on 7 trades.",
            "Before costs it made -8.68 %.",
            "sma_cross10 is a name.",
        ] {
            assert_eq!(flagged(good), 0, "{good}");
        }
    }

    #[test]
    fn a_number_that_is_not_in_the_evidence_flags_its_sentence() {
        for bad in [
            "It returned +12.3 %.",
            "Before costs it made +8.68 %.",
            "It returned 14.5 %.",
            "It made 42 trades.",
            "Sharpe 1.26.",
            "It grew 12x.",
            "It began on 2024-02-01.",
            "| trades | 412 |",
            "F1 was 0.82.",
        ] {
            assert_eq!(flagged(bad), 1, "{bad}");
        }
        assert_eq!(check("It made 41 trades. It made 43. It made 41.", &[json!(41)]), ["It made 43."]);
    }
}
