//! Sessions as people and scripts see them: from the steps in the journal alone.

use crate::dto::{LabArtefact, LabChoice, LabEntry, LabField, LabQuestion};
use domain::session::{Answer, AnsweredBy, Asking, Change, Gate, Question, Returned, Speaker, Stage, Step};
use domain::{SessionId, Timestamp};
use serde_json::Value;
use std::collections::HashSet;

/// The longest words of an entry; all of them are in the journal.
const WORDS_MAX: usize = 2_000;

fn short(text: &str) -> String {
    text.chars().take(WORDS_MAX).collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// What silence, or a person, says.
fn answer_words(answer: &Answer) -> String {
    let pairs = |pairs: &[(domain::Name, String)]| {
        let said: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
        said.join("; ")
    };
    match answer {
        Answer::Accept => "accept".to_owned(),
        Answer::Choose(key) => format!("choose {key}"),
        Answer::Edit(fields) => format!("edit {}", pairs(fields)),
        Answer::Respond(said) => pairs(said),
        Answer::Reject(why) => format!("reject: {why}"),
        Answer::Ignore => "go on without an answer".to_owned(),
    }
}

/// A question as it waits.
pub(crate) fn question_view(session: SessionId, asked: &Question, asked_at: Timestamp) -> LabQuestion {
    let is_question = matches!(asked.gate, Gate::Clarify | Gate::Other);
    let (form, options): (&str, &[&str]) = match &asked.asking {
        Asking::Clarify(_) => ("clarify", &["answer", "reject"]),
        Asking::Choose { .. } => ("choose", &["approve", "answer", "reject"]),
        Asking::Approve => ("approve", &["approve", "reject"]),
        Asking::Edit(_) => ("edit", &["approve", "answer", "reject"]),
    };
    let choices = match &asked.asking {
        Asking::Choose { cards, recommended } => cards
            .iter()
            .map(|card| LabChoice {
                id: card.key.to_string(),
                title: card.title.clone(),
                pros: card.pros.clone(),
                cons: card.cons.clone(),
                recommended: card.key == *recommended,
            })
            .collect(),
        _ => Vec::new(),
    };
    let fields = match &asked.asking {
        Asking::Clarify(items) => items
            .iter()
            .map(|item| LabField {
                id: item.key.to_string(),
                words: item.words.clone(),
                value: item.default.clone(),
                options: item.options.clone(),
            })
            .collect(),
        Asking::Edit(fields) => fields
            .iter()
            .map(|field| LabField {
                id: field.key.to_string(),
                words: field.words.clone(),
                value: Some(field.value.clone()),
                options: Vec::new(),
            })
            .collect(),
        _ => Vec::new(),
    };
    LabQuestion {
        id: asked.id.to_string(),
        kind: if is_question { "question" } else { "gate" }.to_owned(),
        session: session.to_string(),
        gate: asked.gate.as_str().to_owned(),
        form: form.to_owned(),
        stage: asked.stage.as_str().to_owned(),
        question: asked.words.clone(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        choices,
        fields,
        default: asked.default.as_ref().map(answer_words),
        expires_at: asked.expires,
        asked_at,
    }
}

fn change_words(change: &Change) -> String {
    match change {
        Change::Model(name) => format!("model {name}"),
        Change::Features(names) => {
            format!("features {}", names.iter().map(domain::Name::as_str).collect::<Vec<_>>().join(", "))
        }
        Change::Parameters(pairs) => {
            let said: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("parameters {}", said.join(", "))
        }
        Change::Split { tests, embargo_bars } => {
            let embargo = embargo_bars.map_or_else(|| "the usual embargo".to_owned(), |bars| format!("embargo {bars}"));
            format!("{tests} tests, {embargo}")
        }
        Change::Period { interval, from, to } => format!("{interval} candles from {from} to {to}"),
        Change::Coins(coins) => {
            format!("coins {}", coins.iter().map(domain::Coin::as_str).collect::<Vec<_>>().join(", "))
        }
    }
}

/// One step in words.
fn entry(step: &Step, at: Timestamp, stage: Stage) -> LabEntry {
    let plain = |kind: &str, words: String| LabEntry {
        at,
        stage: stage.as_str().to_owned(),
        kind: kind.to_owned(),
        words: short(&words),
        tool: None,
        args: Value::Null,
        call: None,
        artefacts: Vec::new(),
        took_ms: None,
        stale: false,
    };
    match step {
        Step::Started(start) => plain("started", start.goal.clone()),
        Step::Moved { stage, status, why } if why.is_empty() => plain("stage", format!("{stage}: {}", status.as_str())),
        Step::Moved { stage, status, why } => plain("stage", format!("{stage}: {}: {why}", status.as_str())),
        Step::Planned { brief } => LabEntry { args: json(brief), ..plain("plan", "the plan".to_owned()) },
        Step::Said { who: Speaker::Lab, words } => plain("thought", words.clone()),
        Step::Said { who: Speaker::Person, words } => plain("person", words.clone()),
        Step::Called(called) => LabEntry {
            tool: Some(called.tool.to_string()),
            args: json(&called.args),
            call: Some(called.call),
            ..plain("call", called.why.clone())
        },
        Step::Returned { call, took_ms, returned: Returned::Done { result, artefacts } } => LabEntry {
            args: json(result),
            call: Some(*call),
            took_ms: Some(*took_ms),
            artefacts: artefacts.iter().map(|made| made.id.to_string()).collect(),
            ..plain("result", artefacts.first().map_or_else(|| "done".to_owned(), |made| made.title.clone()))
        },
        Step::Returned { call, took_ms, returned: Returned::Failed(why) } => LabEntry {
            call: Some(*call),
            took_ms: Some(*took_ms),
            ..plain("failure", format!("{} [{}]", why.message, why.code))
        },
        Step::Asked(asked) => plain("question", asked.words.clone()),
        Step::Answered { answer, by, .. } => {
            let who = match by {
                AnsweredBy::Person => "you",
                AnsweredBy::Timeout => "nobody in time, so",
                AnsweredBy::Auto => "by itself",
            };
            plain("answer", format!("{who}: {}", answer_words(answer)))
        }
        Step::Forked { stage, change: None, .. } => plain("rewind", format!("back to {stage}")),
        Step::Forked { stage, change: Some(change), .. } => {
            plain("rewind", format!("back to {stage}: {}", change_words(change)))
        }
        Step::Reserved { tokens, cost, .. } => plain("reserved", format!("{tokens} tokens, {cost} at most")),
        Step::Thought { tokens, cost, took_ms, failed, .. } => LabEntry {
            took_ms: Some(*took_ms),
            ..plain(
                if failed.is_some() { "failure" } else { "model" },
                failed.as_ref().map_or_else(
                    || format!("{tokens} tokens, {cost}"),
                    |why| format!("{} [{}]", why.message, why.code),
                ),
            )
        },
        Step::Linked { from, artefact } => LabEntry {
            artefacts: vec![artefact.id.to_string()],
            ..plain("link", format!("{} of session {from}", artefact.title))
        },
        Step::Ended { outcome, why } => plain("end", format!("{outcome:?}: {}", why.message)),
    }
}

/// Everything that happened, oldest first; what a person went back from is stale.
pub(crate) fn timeline_of(steps: &[(Timestamp, Step)]) -> Vec<LabEntry> {
    let mut entries: Vec<(Stage, LabEntry)> = Vec::with_capacity(steps.len());
    let mut now = Stage::Understanding;
    for (at, step) in steps {
        match step {
            Step::Moved { stage, .. } => now = *stage,
            Step::Called(called) => now = called.stage,
            Step::Asked(asked) => now = asked.stage,
            Step::Forked { stage, .. } => {
                now = *stage;
                for (of, entry) in &mut entries {
                    entry.stale |= *of >= *stage && entry.kind != "started";
                }
            }
            _ => {}
        }
        entries.push((now, entry(step, *at, now)));
    }
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// What it made or was given, each once, the oldest first.
pub(crate) fn artefacts_of(steps: &[(Timestamp, Step)]) -> Vec<LabArtefact> {
    let mut known = HashSet::new();
    let mut made = Vec::new();
    for (_, step) in steps {
        let more: &[domain::session::Artefact] = match step {
            Step::Returned { returned: Returned::Done { artefacts, .. }, .. } => artefacts,
            Step::Linked { artefact, .. } => std::slice::from_ref(artefact),
            _ => &[],
        };
        for one in more {
            if known.insert(one.id) {
                made.push(LabArtefact {
                    id: one.id.to_string(),
                    kind: one.kind.to_string(),
                    title: one.title.clone(),
                    bytes: one.bytes,
                });
            }
        }
    }
    made
}
