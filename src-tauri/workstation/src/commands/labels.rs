//! The trader's labels on trades.
//!
//! A trade has one word of the trader, which names one label or several with commas between; the last word counts. Deliberately
//! absent: labels of movements.

use crate::{Error, Result, Workstation};
use books::{Labels, RowId};
use domain::{Fact, Name, TradeId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{FactPlace, RecordedTrade};

/// The labels a trader's word names, as they stand in it.
pub(crate) fn labels_in(word: &str) -> impl Iterator<Item = &str> {
    word.split(',').map(str::trim).filter(|label| !label.is_empty())
}

/// A word in its one form: each label once, a comma and a space between. None when it names none.
pub(crate) fn word_of(text: &str) -> Result<Option<Name>> {
    let mut labels: Vec<&str> = Vec::new();
    for label in labels_in(text) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    let bad = |error: domain::TickerError| Error::usage("bad_tag", error.to_string());
    (!labels.is_empty()).then(|| Name::parse(&labels.join(", ")).map_err(bad)).transpose()
}

/// The labels of trades for the books, and what their numbers stand for.
#[derive(Debug, Default)]
pub(crate) struct Labelled {
    pub labels: Labels,
    names: Vec<String>,
}

impl Labelled {
    fn of(words: &HashMap<FactPlace, Name>) -> Self {
        let names: BTreeSet<&str> = words.values().flat_map(|word| labels_in(word.as_str())).collect();
        // Numbers above that of no label, in the order of the names.
        let numbers: HashMap<&str, u32> = names.iter().copied().zip(1u32..).collect();
        let row = |(place, word): (&FactPlace, &Name)| {
            let labels = labels_in(word.as_str()).filter_map(|label| numbers.get(label).copied());
            (RowId { device: place.device, seq: place.seq }, labels.collect())
        };
        let by_row: BTreeMap<RowId, BTreeSet<u32>> = words.iter().map(row).collect();
        Self { labels: Labels::new(by_row), names: names.into_iter().map(ToOwned::to_owned).collect() }
    }

    /// The label of a number; empty for none.
    pub fn name(&self, number: u32) -> String {
        let at = (number as usize).checked_sub(1);
        at.and_then(|at| self.names.get(at)).cloned().unwrap_or_default()
    }
}

impl Workstation {
    /// The trader's word on each trade that has one, by its place.
    pub(crate) async fn tags(&self) -> Result<HashMap<FactPlace, Name>> {
        let mut by_trade: HashMap<TradeId, Name> = HashMap::new();
        for recorded in self.store().book_facts().await? {
            match recorded.fact {
                Fact::TradeTagged { trade, tag: Some(tag) } => by_trade.insert(trade, tag),
                Fact::TradeTagged { trade, tag: None } => by_trade.remove(&trade),
                _ => None,
            };
        }
        let ids: Vec<TradeId> = by_trade.keys().copied().collect();
        let trades = self.store().trades_by_id(&ids).await?;
        let placed = |trade: RecordedTrade| {
            Some((FactPlace { device: trade.device, seq: trade.seq }, by_trade.remove(&trade.id)?))
        };
        Ok(trades.into_iter().filter_map(placed).collect())
    }

    /// The same for figures by label.
    pub(crate) async fn labelled(&self) -> Result<Labelled> {
        Ok(Labelled::of(&self.tags().await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_with_each_label_once_and_no_label_is_no_word() {
        let word = |text: &str| word_of(text).unwrap().map(|name| name.to_string());
        assert_eq!(word(" breakout ,dip,, breakout").as_deref(), Some("breakout, dip"));
        assert_eq!(word(" , ,"), None);
        assert_eq!(word_of("a\nb").unwrap_err().code(), "bad_tag");
    }
}
