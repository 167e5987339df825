//! An order of several devices' facts that is the same on every device.
//!
//! Facts of one device keep their sequence. Among devices the clocks decide, each held to never go back; then the device's id.
//! A workspace that knows no other device keeps the order its devices came in. Deliberately absent: a bound on a clock that
//! was years ahead: what that device says next is the last word until the others' clocks get there.

use crate::open::Inner;
use crate::{Result, StoreError};
use domain::DeviceId;
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// The devices' ids by number; none when there is no other's.
pub(crate) struct SameOrder(Option<HashMap<u32, DeviceId>>);

impl SameOrder {
    pub(crate) async fn of(inner: &Inner, conn: &mut SqliteConnection) -> Result<Self> {
        let rows: Vec<(u32, Vec<u8>, i64)> = sqlx::query_as("SELECT no, id, own FROM devices")
            .fetch_all(conn)
            .await
            .map_err(|error| inner.failed(&error))?;
        if rows.iter().all(|(.., own)| *own != 2) {
            return Ok(Self(None));
        }
        let id = |(no, id, _): (u32, Vec<u8>, i64)| {
            let id = DeviceId::from_slice(&id).map_err(|error| StoreError::damaged("the table of devices", error))?;
            Ok((no, id))
        };
        Ok(Self(Some(rows.into_iter().map(id).collect::<Result<_>>()?)))
    }

    /// Sorts facts that come by device and sequence. `key` gives the number of the device and when it was recorded.
    pub(crate) fn sort<T>(&self, facts: &mut Vec<T>, key: impl Fn(&T) -> (u32, i64)) {
        let Some(ids) = &self.0 else { return };
        let mut latest: HashMap<u32, i64> = HashMap::new();
        let mut keyed: Vec<_> = std::mem::take(facts)
            .into_iter()
            .map(|fact| {
                let (device, at) = key(&fact);
                let latest = latest.entry(device).or_insert(at);
                *latest = at.max(*latest);
                ((*latest, ids.get(&device).copied()), fact)
            })
            .collect();
        // Stable: a device's facts of one moment stay in sequence.
        keyed.sort_by_key(|(key, _)| *key);
        facts.extend(keyed.into_iter().map(|(_, fact)| fact));
    }
}
