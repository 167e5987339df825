//! What other venues say coins are worth: as it stands, and every change of it.
//!
//! Invariants: the newest word of a venue on a coin replaces the one before and remembers since when it holds; another word is
//! also appended to the changes, which are pruned by age. Deliberately absent: what the venues agree on (`ledgers` says).

use crate::script::Script;
use crate::{Result, Store, StoreError};
use domain::{Coin, Currency, Price, Timestamp};
use ledgers::{Reference, VenuePrice};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    venue: String,
    coin: String,
    currency: String,
    bid: Option<String>,
    ask: Option<String>,
    last: Option<String>,
    at: Option<i64>,
    since: i64,
    seen: i64,
}

fn venue_price(row: Row) -> Result<VenuePrice> {
    let what = format!("{}'s price of {}", row.venue, row.coin);
    let price = |text: Option<String>| {
        let price = text.as_deref().map(Price::parse).transpose();
        price.map_err(|error| StoreError::damaged(what.clone(), error))
    };
    Ok(VenuePrice {
        coin: Coin::parse(&row.coin).map_err(|error| StoreError::damaged(what.clone(), error))?,
        currency: Currency::parse(&row.currency).map_err(|error| StoreError::damaged(what.clone(), error))?,
        bid: price(row.bid)?,
        ask: price(row.ask)?,
        last: price(row.last)?,
        at: row.at.map(Timestamp::from_micros),
        seen: Timestamp::from_micros(row.seen),
        since: Timestamp::from_micros(row.since),
        venue: row.venue,
    })
}

fn text(price: Option<Price>) -> Option<String> {
    price.map(|price| price.to_string())
}

/// Which changes of venues' prices.
#[derive(Debug, Clone, Default)]
pub struct ReferenceFilter {
    /// Only this coin's.
    pub coin: Option<Coin>,
    /// Only this venue's.
    pub venue: Option<String>,
    /// Only those at or after.
    pub from: Option<Timestamp>,
    /// Only those before.
    pub to: Option<Timestamp>,
    /// Only the newest so many.
    pub limit: Option<usize>,
}

impl Store {
    /// Stores what venues said, all at once; how many prices say something else than before.
    ///
    /// # Errors
    /// What writing can meet; then nothing is stored.
    pub async fn save_references(&self, references: &[Reference], now: Timestamp) -> Result<usize> {
        let known = self.references(None).await?;
        let before = |reference: &Reference| {
            known.iter().find(|known| {
                (known.venue.as_str(), known.coin, known.currency)
                    == (reference.venue, reference.coin, reference.currency)
            })
        };
        let says_else = |reference: &&Reference| {
            before(reference).is_none_or(|known| {
                (known.bid, known.ask, known.last) != (reference.bid, reference.ask, reference.last)
            })
        };
        let changed: Vec<&Reference> = references.iter().filter(says_else).collect();
        let mut script = Script::default();
        let insert = "INSERT INTO venue_prices (venue, coin, currency, bid, ask, last, at, since, seen) VALUES";
        let newest = "ON CONFLICT (venue, coin, currency) DO UPDATE SET bid = excluded.bid, ask = excluded.ask, \
            last = excluded.last, at = excluded.at, since = excluded.since, seen = excluded.seen";
        script.rows(insert, 9, references, newest, |out, reference| {
            let since = before(reference).filter(|_| !says_else(&reference)).map_or(now, |known| known.since);
            out.add(reference.venue).add(reference.coin.as_str()).add(reference.currency.as_str());
            out.add(text(reference.bid)).add(text(reference.ask)).add(text(reference.last));
            out.add(reference.at.map(Timestamp::micros)).add(since.micros()).add(now.micros());
        });
        let insert = "INSERT INTO venue_price_changes (since, venue, coin, currency, bid, ask, last, at) VALUES";
        let last = "ON CONFLICT (since, venue, coin, currency) DO UPDATE SET bid = excluded.bid, ask = excluded.ask, \
            last = excluded.last, at = excluded.at";
        script.rows(insert, 8, &changed, last, |out, reference| {
            out.add(now.micros()).add(reference.venue).add(reference.coin.as_str()).add(reference.currency.as_str());
            out.add(text(reference.bid)).add(text(reference.ask)).add(text(reference.last));
            out.add(reference.at.map(Timestamp::micros));
        });
        let changed = changed.len();
        self.write(script).await?;
        Ok(changed)
    }

    /// What venues say as it stands: of one coin, or of all.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn references(&self, coin: Option<Coin>) -> Result<Vec<VenuePrice>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT venue, coin, currency, bid, ask, last, at, since, seen FROM venue_prices \
             WHERE ?1 IS NULL OR coin = ?1 ORDER BY coin, venue, currency",
        )
        .bind(coin.as_ref().map(Coin::as_str))
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        rows.into_iter().map(venue_price).collect()
    }

    /// The changes of what venues said, oldest first. They were first seen at their `since`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn reference_changes(&self, filter: &ReferenceFilter) -> Result<Vec<VenuePrice>> {
        let mut conn = self.inner().reader().await?;
        let mut rows: Vec<Row> = sqlx::query_as(
            "SELECT venue, coin, currency, bid, ask, last, at, since, since AS seen FROM venue_price_changes \
             WHERE since >= ?1 AND since < ?2 AND (?3 IS NULL OR coin = ?3) AND (?4 IS NULL OR venue = ?4) \
             ORDER BY since DESC, venue DESC, coin DESC, currency DESC LIMIT ?5",
        )
        .bind(filter.from.map_or(i64::MIN, Timestamp::micros))
        .bind(filter.to.map_or(i64::MAX, Timestamp::micros))
        .bind(filter.coin.as_ref().map(Coin::as_str))
        .bind(filter.venue.as_deref())
        .bind(filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX)))
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        rows.reverse();
        rows.into_iter().map(venue_price).collect()
    }

    /// Forgets the changes seen before a moment; how many. What stands stays.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn prune_references(&self, before: Timestamp) -> Result<u64> {
        let mut script = Script::default();
        script.rows("DELETE FROM venue_price_changes WHERE since <", 1, &[before], "", |out, before| {
            out.add(before.micros());
        });
        self.write(script).await
    }
}
