//! Questions and what fits them.
//!
//! | asked | accept | choose | edit | respond | reject | ignore |
//! |---|---|---|---|---|---|---|
//! | clarify | - | - | - | every item that has no default | ends the session | when every item has a default |
//! | choose | the recommended one | one of the keys | - | `guidance`, after failures | yes | when there is a default |
//! | approve | yes | - | - | - | yes | when there is a default |
//! | edit | as it stands | - | some of its fields | - | yes | when there is a default |

use crate::error::Refused;
use domain::session::{Answer, Asking, Bounds, Gate, GateMode, Item, Question, Start, WORDS_CHARS_MAX, bounded};
use domain::{Money, Name, Timestamp};
use std::collections::BTreeMap;

/// The most questions of one card.
pub(crate) const ITEMS_MAX: usize = 3;
/// The most characters of one value.
const VALUE_CHARS_MAX: usize = 1_000;
/// How long silence takes at a gate that need not be answered.
const TIMEOUT_S: u32 = 30 * 60;
/// The longest it may take.
const TIMEOUT_S_MAX: u32 = 30 * 24 * 3_600;

/// How a gate is kept unless the session says otherwise.
#[must_use]
pub const fn usual_mode(gate: Gate) -> GateMode {
    match gate {
        // It only reads what is stored here.
        Gate::DataFetch => GateMode::Auto,
        Gate::Plan | Gate::Training | Gate::ModelChoice | Gate::Other => GateMode::Optional { timeout_s: TIMEOUT_S },
        Gate::Clarify | Gate::Deployment | Gate::Breaker => GateMode::Required,
    }
}

/// How a gate is kept in a session. Nothing makes the gates before deployment and after failures anything but required.
#[must_use]
pub fn mode_of(start: &Start, gate: Gate) -> GateMode {
    let set = start.gates.iter().rev().find(|(of, _)| *of == gate).map(|(_, mode)| *mode);
    match (gate, set) {
        (Gate::Deployment | Gate::Breaker, _) | (_, None) => usual_mode(gate),
        (_, Some(mode)) => mode,
    }
}

/// When silence counts, for a question that is asked now.
#[must_use]
pub fn expiry(mode: GateMode, now: Timestamp) -> Option<Timestamp> {
    match mode {
        GateMode::Optional { timeout_s } => Some(now.plus_micros(i64::from(timeout_s) * 1_000_000)),
        GateMode::Auto | GateMode::Required => None,
    }
}

/// Bounds of a session nobody set any for.
#[must_use]
pub const fn usual_bounds() -> Bounds {
    Bounds { steps: 300, calls: 120, tokens: 500_000, cost: Money::ZERO_AUD, work_ms: 15 * 60 * 1_000 }
}

pub(crate) fn check_start(start: &Start) -> Result<(), Refused> {
    let most = domain::session::GOAL_CHARS_MAX;
    let characters = start.goal.trim().chars().count();
    if characters == 0 || start.goal.chars().count() > most {
        return Err(Refused::Goal { characters, most });
    }
    let bounds = &start.bounds;
    if !(1..=10_000).contains(&bounds.steps) || !(1..=1_000).contains(&bounds.calls) || bounds.work_ms == 0 {
        return Err(Refused::Setting("steps are 1 to 10000, calls 1 to 1000, and work takes time".to_owned()));
    }
    if bounds.cost.amount().is_sign_negative() && !bounds.cost.amount().is_zero() {
        return Err(Refused::Setting("the most it may cost is below zero".to_owned()));
    }
    let bad = start.gates.iter().find(|(gate, mode)| match (gate, mode) {
        (Gate::Deployment | Gate::Breaker, mode) => *mode != GateMode::Required,
        (_, GateMode::Optional { timeout_s }) => !(1..=TIMEOUT_S_MAX).contains(timeout_s),
        _ => false,
    });
    match bad {
        Some((gate, _)) => Err(Refused::Setting(format!("the gate {} can't be kept like that", gate.as_str()))),
        None => Ok(()),
    }
}

/// Whether an answer fits a question.
///
/// # Errors
/// [`Refused::DoesNotFit`].
pub fn fits(question: &Question, answer: &Answer) -> Result<(), Refused> {
    let fits = match (&question.asking, answer) {
        (_, Answer::Reject(why)) => short(why),
        (Asking::Clarify(items), Answer::Ignore) => all_answered(items, &[]),
        (_, Answer::Ignore) if question.default.is_some() => Ok(()),
        (_, Answer::Ignore) => Err("it must be answered".to_owned()),
        (Asking::Clarify(items), Answer::Respond(pairs)) => clarified(items, pairs),
        (Asking::Choose { .. } | Asking::Approve | Asking::Edit(_), Answer::Accept) => Ok(()),
        (Asking::Choose { cards, .. }, Answer::Choose(key)) => {
            let keys: Vec<&str> = cards.iter().map(|card| card.key.as_str()).collect();
            if keys.contains(&key.as_str()) { Ok(()) } else { Err(format!("'{key}' is none of {}", keys.join(", "))) }
        }
        (Asking::Choose { .. }, Answer::Respond(pairs)) if question.gate == Gate::Breaker => guidance(pairs),
        (Asking::Edit(fields), Answer::Edit(pairs)) => {
            let keys: Vec<&str> = fields.iter().map(|field| field.key.as_str()).collect();
            named(&keys, pairs)
        }
        (asking, _) => Err(format!("this one takes {}", takes(asking))),
    };
    fits.map_err(Refused::DoesNotFit)
}

const fn takes(asking: &Asking) -> &'static str {
    match asking {
        Asking::Clarify(_) => "words to each of its questions",
        Asking::Choose { .. } => "one of its keys, or yes for the recommended one",
        Asking::Approve => "yes or no",
        Asking::Edit(_) => "yes as it stands, or some of its fields otherwise",
    }
}

fn short(text: &str) -> Result<(), String> {
    let characters = text.chars().count();
    let plain = text.chars().all(|c| c == '\n' || !c.is_control());
    if !plain {
        return Err("a value has control characters".to_owned());
    }
    if characters <= VALUE_CHARS_MAX {
        Ok(())
    } else {
        Err(format!("a value has {characters} characters: {VALUE_CHARS_MAX} at most"))
    }
}

fn named(keys: &[&str], pairs: &[(Name, String)]) -> Result<(), String> {
    if pairs.is_empty() {
        return Err("nothing is said".to_owned());
    }
    for (place, (key, value)) in pairs.iter().enumerate() {
        if !keys.contains(&key.as_str()) {
            return Err(format!("'{key}' is none of {}", keys.join(", ")));
        }
        if pairs[..place].iter().any(|(other, _)| other == key) {
            return Err(format!("'{key}' is said twice"));
        }
        short(value)?;
    }
    Ok(())
}

fn guidance(pairs: &[(Name, String)]) -> Result<(), String> {
    named(&["guidance"], pairs)
}

fn clarified(items: &[Item], pairs: &[(Name, String)]) -> Result<(), String> {
    let keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
    named(&keys, pairs)?;
    for (key, value) in pairs {
        if value.trim().is_empty() {
            return Err(format!("'{key}' is empty"));
        }
    }
    all_answered(items, pairs)
}

fn all_answered(items: &[Item], pairs: &[(Name, String)]) -> Result<(), String> {
    let open = items.iter().find(|item| item.default.is_none() && !pairs.iter().any(|(key, _)| *key == item.key));
    open.map_or(Ok(()), |item| Err(format!("'{}' must be answered: {}", item.key, item.words)))
}

/// Reads an answer a person typed: `yes`, `no`, a card's key, `name=value` pairs, a JSON object of them, or, where one thing
/// is asked, plain words.
///
/// # Errors
/// [`Refused::DoesNotFit`].
pub fn read_answer(question: &Question, text: &str) -> Result<Answer, Refused> {
    let text = bounded(text.trim(), WORDS_CHARS_MAX);
    let answer = match (&question.asking, text.to_lowercase().as_str()) {
        (Asking::Clarify(_), "skip" | "ignore") | (_, "ignore" | "skip") => Answer::Ignore,
        (Asking::Clarify(items), _) => Answer::Respond(responses(items, &text)?),
        (_, "yes" | "y" | "ok" | "accept" | "approve" | "go" | "go on") => Answer::Accept,
        (_, "no" | "n" | "reject") => Answer::Reject(String::new()),
        (Asking::Choose { cards, .. }, lower) => match cards.iter().find(|card| card.key.as_str() == lower) {
            Some(card) => Answer::Choose(card.key.clone()),
            None if question.gate == Gate::Breaker => Answer::Respond(vec![(name("guidance")?, text)]),
            None => Answer::Choose(name(&text)?),
        },
        (Asking::Edit(_), _) => Answer::Edit(pairs(&text)?),
        (Asking::Approve, _) => return Err(Refused::DoesNotFit("say yes or no".to_owned())),
    };
    fits(question, &answer)?;
    Ok(answer)
}

fn name(text: &str) -> Result<Name, Refused> {
    Name::parse(text).map_err(|error| Refused::DoesNotFit(error.to_string()))
}

fn responses(items: &[Item], text: &str) -> Result<Vec<(Name, String)>, Refused> {
    // One thing asked: the words are its answer, unless they name it.
    match items {
        [only] if !text.starts_with('{') && !text.starts_with(&format!("{}=", only.key)) => {
            Ok(vec![(only.key.clone(), text.to_owned())])
        }
        _ => pairs(text),
    }
}

/// `{"name":"value"}`, or `name=value` one a line or after a semicolon.
fn pairs(text: &str) -> Result<Vec<(Name, String)>, Refused> {
    if text.starts_with('{') {
        let all: BTreeMap<String, serde_json::Value> = serde_json::from_str(text)
            .map_err(|error| Refused::DoesNotFit(format!("that is no JSON object: {error}")))?;
        return all
            .into_iter()
            .map(|(key, value)| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Ok((name(&key)?, text))
            })
            .collect();
    }
    text.split([';', '\n'])
        .filter(|part| !part.trim().is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').ok_or_else(|| {
                Refused::DoesNotFit(format!("'{}' has no name: write name=value", bounded(part.trim(), 40)))
            })?;
            Ok((name(key.trim())?, value.trim().to_owned()))
        })
        .collect()
}
