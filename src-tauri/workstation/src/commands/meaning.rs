//! What stored observations are taken to mean, in the shape that leaves the workstation.
//!
//! Invariants: coins are those noted when the observation came, so that they are as old as it is; everything else is judged
//! when it is read, from its words alone, and headlines are clustered among what is shown. So a view as of a moment holds
//! nothing that came later. Deliberately absent: the judging itself, which is the engine's.

use crate::dto::{MeaningRow, MentionRow, TermRow, WordRow};
use ledgers::meaning::{Coins, Story, TermHit, WordHit, clusters, meaning, taxonomy_score};
use ledgers::{Meaning, Payload};
use std::collections::{BTreeSet, HashMap};
use store::StoredObservation;

/// A headline and whose it is; none for what is told once by its nature.
fn headline(payload: &Payload) -> Option<(&str, &str)> {
    match payload {
        Payload::News { title, outlet, .. } => Some((title, outlet)),
        Payload::Post { title, community, .. } => Some((title, community)),
        _ => None,
    }
}

/// A story told more than once: the place of its first telling, and how many outlets tell it.
#[derive(Debug, Clone, Copy)]
struct Shared {
    first: usize,
    outlets: u32,
}

/// For each observation the story it shares with others.
fn shared(stored: &[StoredObservation], ids: &[String]) -> Vec<Option<Shared>> {
    let (mut places, mut outlets, mut stories) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (stored, id)) in stored.iter().zip(ids).enumerate() {
        let Some((title, outlet)) = headline(&stored.observation.payload) else { continue };
        let (event_time, first_seen) = (stored.observation.event_time, stored.first_seen);
        places.push(place);
        outlets.push(outlet);
        stories.push(Story { id, title, outlet, event_time, first_seen });
    }
    let firsts = clusters(&stories);
    let mut tellings: HashMap<usize, (usize, BTreeSet<&str>)> = HashMap::new();
    for (first, outlet) in firsts.iter().zip(outlets) {
        let (count, by) = tellings.entry(*first).or_default();
        *count += 1;
        by.insert(outlet);
    }
    let mut shared = vec![None; stored.len()];
    for (place, first) in places.iter().zip(&firsts) {
        let (Some((count, by)), Some(first)) = (tellings.get(first), places.get(*first)) else { continue };
        if let Some(row) = shared.get_mut(*place).filter(|_| *count > 1) {
            *row = Some(Shared { first: *first, outlets: by.len() as u32 });
        }
    }
    shared
}

fn row(judged: Meaning, stored: &StoredObservation) -> MeaningRow {
    let taxonomy = taxonomy_score(&judged.terms);
    let mut mentions: Vec<MentionRow> = Vec::new();
    for mention in judged.mentions {
        let known = stored.observation.coins.contains(&mention.coin);
        if known && !mentions.iter().any(|row| row.coin == mention.coin && row.matched == mention.matched) {
            mentions.push(MentionRow { coin: mention.coin, matched: mention.matched });
        }
    }
    let word = |hit: WordHit| WordRow { word: hit.word, weight: hit.weight };
    let term = |hit: TermHit| TermRow {
        term: hit.term,
        theme: hit.theme.as_str().to_owned(),
        direction: hit.direction,
        impact: hit.impact,
        horizon: hit.horizon.as_str().to_owned(),
        context: hit.context,
    };
    let (sentiment, words) = judged.sentiment.map_or((None, Vec::new()), |told| (Some(told.score), told.words));
    let (severity, severity_reason) = judged.severity.map(|severity| (severity.level, severity.reason)).unzip();
    MeaningRow {
        by: judged.by,
        sentiment,
        words: words.into_iter().map(word).collect(),
        taxonomy,
        terms: judged.terms.into_iter().map(term).collect(),
        mentions,
        announced: judged.announced.map(|announced| announced.kind.as_str().to_owned()),
        severity,
        severity_reason,
        cluster: None,
        outlets: 1,
    }
}

/// What each observation is taken to mean; none for moods and figures.
pub(super) fn give_meaning(stored: &[StoredObservation]) -> Vec<Option<MeaningRow>> {
    let known = Coins::new(stored.iter().flat_map(|stored| stored.observation.coins.iter().copied()));
    let ids: Vec<String> = stored.iter().map(StoredObservation::id).collect();
    let shared = shared(stored, &ids);
    let judge = |(stored, shared): (&StoredObservation, &Option<Shared>)| {
        let mut row = row(meaning(&stored.observation, &known)?, stored);
        if let Some(Shared { first, outlets }) = *shared {
            row.cluster = ids.get(first).cloned();
            row.outlets = outlets;
        }
        Some(row)
    };
    stored.iter().zip(&shared).map(judge).collect()
}
