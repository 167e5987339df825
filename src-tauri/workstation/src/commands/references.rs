//! What other venues say: kept as it comes, asked for as one price to judge our own by.

use super::ledger::{Asked, REFERENCE};
use crate::dto::{ObservationRow, Said};
use crate::{Result, Workstation};
use domain::{Coin, Timestamp};
use ledgers::{Collected, NoReference, Reference, ReferenceGuard, ReferencePrice, SourceInfo, VenuePrice};
use store::ReferenceFilter;

/// Changes of venues' prices are kept this long.
const KEPT_MICROS: i64 = 7 * 86_400 * 1_000_000;

fn row(change: &VenuePrice) -> ObservationRow {
    let market = format!("{}/{}", change.coin, change.currency);
    ObservationRow {
        id: format!("{}:{market}:{}", change.venue, change.since.micros()),
        kind: REFERENCE.to_owned(),
        source: change.venue.clone(),
        coin: Some(change.coin),
        coins: vec![change.coin],
        event_time: change.since,
        published_at: change.at,
        first_seen: change.since,
        revision: 1,
        said: Said::Price { market, bid: change.bid, ask: change.ask, last: change.last },
        meaning: None,
    }
}

/// How many of the prices can't be true: a bid above its ask.
fn crossed(references: &[Reference]) -> u64 {
    let is_crossed =
        |reference: &&Reference| matches!((reference.bid, reference.ask), (Some(bid), Some(ask)) if bid > ask);
    references.iter().filter(is_crossed).count() as u64
}

impl Workstation {
    /// What other venues agree a coin is worth now, in AUD, or why there is no reference.
    ///
    /// # Errors
    /// The store's.
    pub async fn reference_of(&self, coin: Coin) -> Result<Result<ReferencePrice, NoReference>> {
        Ok(ledgers::reference(coin, &self.venue_prices().await?, self.now()))
    }

    /// Moves prices that jump further than prices do to what was refused: they are held against the ones that stand.
    pub(crate) async fn sift_references(&self, info: SourceInfo, collected: &mut Collected) -> Result<()> {
        if collected.references.is_empty() {
            return Ok(());
        }
        let stands = self.store().references(None).await?.into_iter().filter(|price| price.venue == info.name);
        let measure = |price: VenuePrice| {
            let VenuePrice { coin, currency, bid, ask, last, at, seen, .. } = price;
            (Reference { venue: info.name, coin, currency, bid, ask, last, at }, seen)
        };
        ReferenceGuard::new(stands.map(measure)).sift(collected, self.now());
        Ok(())
    }

    /// Keeps what a run brought of other venues' prices.
    pub(crate) async fn take_references(&self, run: &mut store::Run, references: &[Reference]) -> Result<bool> {
        if references.is_empty() {
            return Ok(false);
        }
        let changed = self.store().save_references(references, self.now()).await?;
        self.inner.lately.note_written();
        run.new += changed as u64;
        run.duplicate += (references.len() - changed) as u64;
        run.flawed += crossed(references);
        Ok(changed > 0)
    }

    /// The changes of other venues' prices, as observations.
    pub(super) async fn reference_rows(&self, asked: &Asked) -> Result<Vec<ObservationRow>> {
        // Seen at the moment itself counts as known.
        let known = asked.as_of.map(|moment| moment.plus_micros(1));
        let filter = ReferenceFilter {
            coin: asked.coin,
            venue: asked.source.as_ref().map(ToString::to_string),
            from: asked.from,
            to: match (asked.to, known) {
                (Some(to), Some(known)) => Some(to.min(known)),
                (to, known) => to.or(known),
            },
            limit: asked.limit,
        };
        Ok(self.store().reference_changes(&filter).await?.iter().map(row).collect())
    }

    /// Forgets what is older than is kept.
    pub(crate) async fn prune_references(&self, now: Timestamp) -> Result<()> {
        self.store().prune_references(now.plus_micros(-KEPT_MICROS)).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
