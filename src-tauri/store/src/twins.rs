//! One trade told by several devices: it counts once.
//!
//! Invariant: the telling that was recorded first counts (then the smaller device id, then the smaller sequence), whichever
//! came first, so that every device counts the same one. Deliberately absent: tellings whose identities differ.

use crate::foreign::known_tellings;
use crate::open::Inner;
use crate::projection::insert_sorted;
use crate::script::Script;
use crate::{FactPlace, Result};
use domain::{DeviceId, Timestamp, TradeId};
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// A trade as one device told it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Telling {
    pub id: TradeId,
    pub recorded_at: Timestamp,
    pub device: DeviceId,
    pub place: FactPlace,
}

impl Telling {
    fn key(&self) -> (Timestamp, DeviceId, u64) {
        (self.recorded_at, self.device, self.place.seq)
    }
}

/// Those that count, and the others.
fn parted(told: impl IntoIterator<Item = Telling>) -> (HashMap<TradeId, Telling>, Vec<Telling>) {
    let mut counting: HashMap<TradeId, Telling> = HashMap::new();
    let mut others = Vec::new();
    for one in told {
        match counting.get_mut(&one.id) {
            None => drop(counting.insert(one.id, one)),
            Some(known) if one.key() < known.key() => others.push(std::mem::replace(known, one)),
            Some(_) => others.push(one),
        }
    }
    (counting, others)
}

fn write_twins(script: &mut Script, twins: &[Telling]) {
    let after = "ON CONFLICT DO NOTHING";
    script.rows("INSERT INTO trade_twins (device, seq, id) VALUES", 3, twins, after, |out, twin| {
        out.add(twin.place.device).add(twin.place.seq as i64).add(twin.id.bytes().as_slice());
    });
}

/// Writes the identities of trades just taken in; how many of them another telling had, or has now.
pub(crate) async fn settle(inner: &Inner, conn: &mut SqliteConnection, told: Vec<Telling>) -> Result<u64> {
    let known = known_tellings(inner, conn, &told).await?;
    let (counting, twins) = parted(known.into_iter().chain(told));
    let mut rows: Vec<_> = counting.values().map(|one| (one.id, one.place.device, one.place.seq)).collect();
    rows.sort_unstable();
    let mut script = Script::default();
    let replace = "ON CONFLICT (id) DO UPDATE SET device = excluded.device, seq = excluded.seq";
    script.rows("INSERT INTO trade_ids (id, device, seq) VALUES", 3, &rows, replace, |out, (id, device, seq)| {
        out.add(id.bytes().as_slice()).add(*device).add(*seq as i64);
    });
    write_twins(&mut script, &twins);
    script.run(conn).await.map_err(|error| inner.failed(&error))?;
    Ok(twins.len() as u64)
}

/// Writes the identities of all trades into empty tables.
pub(crate) async fn write_all(inner: &Inner, conn: &mut SqliteConnection, mut told: Vec<Telling>) -> Result<()> {
    told.sort_unstable_by_key(|one| (one.id, one.key()));
    let mut twins = Vec::new();
    told.dedup_by(|later, first| {
        let again = later.id == first.id;
        twins.extend(again.then_some(*later));
        again
    });
    insert_sorted(inner, conn, told.iter().map(|one| (one.id, one.place.device, one.place.seq)).collect()).await?;
    let mut script = Script::default();
    write_twins(&mut script, &twins);
    script.run(conn).await.map(|_| ()).map_err(|error| inner.failed(&error))
}
