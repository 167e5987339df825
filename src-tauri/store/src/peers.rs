//! What is kept of the trader's devices: their pinned keys, and what they signed about where their chains stood.
//!
//! Invariant: a key once kept is never replaced. Deliberately absent: what the bytes mean and whether they are true; who
//! writes them here has checked that.

use crate::script::Script;
use crate::{Result, Store, StoreError};
use domain::DeviceId;

/// A device of the trader's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Which.
    pub device: DeviceId,
    /// Its public key.
    pub public_key: Vec<u8>,
    /// The trader's signature under device and key.
    pub certificate: Vec<u8>,
}

/// What a device signed about its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerClaim {
    /// Whose chain.
    pub device: DeviceId,
    /// Up to which fact.
    pub seq: u64,
    /// What was signed.
    pub body: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

fn id(bytes: &[u8]) -> Result<DeviceId> {
    DeviceId::from_slice(bytes).map_err(|error| StoreError::damaged("the table of the trader's devices", error))
}

impl Store {
    /// The trader's devices, by id.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn peers(&self) -> Result<Vec<Peer>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let rows: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)> =
            sqlx::query_as("SELECT device, public_key, certificate FROM peers ORDER BY device")
                .fetch_all(&mut *conn)
                .await
                .map_err(|error| inner.failed(&error))?;
        let peer = |(device, public_key, certificate): (Vec<u8>, _, _)| {
            Ok(Peer { device: id(&device)?, public_key, certificate })
        };
        rows.into_iter().map(peer).collect()
    }

    /// Keeps devices that are not known yet.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn keep_peers(&self, peers: &[Peer]) -> Result<()> {
        let mut script = Script::default();
        let insert = "INSERT INTO peers (device, public_key, certificate) VALUES";
        script.rows(insert, 3, peers, "ON CONFLICT DO NOTHING", |out, peer| {
            out.add(peer.device.bytes().as_slice()).add(peer.public_key.as_slice()).add(peer.certificate.as_slice());
        });
        self.write(script).await.map(|_| ())
    }

    /// What a device signed: the first claim at this fact or later, and the newest one of all.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn peer_claims(&self, device: DeviceId, from_seq: u64) -> Result<(Option<PeerClaim>, Option<PeerClaim>)> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let mut found = Vec::with_capacity(2);
        for query in [
            "SELECT seq, body, signature FROM peer_claims WHERE device = ?1 AND seq >= ?2 ORDER BY seq LIMIT 1",
            "SELECT seq, body, signature FROM peer_claims WHERE device = ?1 AND ?2 >= 0 ORDER BY seq DESC LIMIT 1",
        ] {
            let row: Option<(i64, Vec<u8>, Vec<u8>)> = sqlx::query_as(query)
                .bind(device.bytes().as_slice())
                .bind(i64::try_from(from_seq).unwrap_or(i64::MAX))
                .fetch_optional(&mut *conn)
                .await
                .map_err(|error| inner.failed(&error))?;
            found.push(row.map(|(seq, body, signature)| PeerClaim { device, seq: seq as u64, body, signature }));
        }
        let newest = found.pop().flatten();
        Ok((found.pop().flatten(), newest))
    }

    /// Keeps a claim, and forgets the device's earlier ones but for those at multiples of `every`.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn keep_claim(&self, claim: &PeerClaim, every: u64) -> Result<()> {
        let mut script = Script::default();
        let insert = "INSERT INTO peer_claims (device, seq, body, signature) VALUES";
        let replace = "ON CONFLICT (device, seq) DO UPDATE SET body = excluded.body, signature = excluded.signature";
        script.rows(insert, 4, std::slice::from_ref(claim), replace, |out, claim| {
            out.add(claim.device.bytes().as_slice()).add(claim.seq as i64);
            out.add(claim.body.as_slice()).add(claim.signature.as_slice());
        });
        let forget = "WITH old (every, device, until) AS (VALUES";
        let those = ") DELETE FROM peer_claims WHERE EXISTS (SELECT 1 FROM old \
                     WHERE old.device = peer_claims.device AND seq < until AND seq % every > 0)";
        script.rows(forget, 3, std::slice::from_ref(claim), those, |out, claim| {
            out.add(every.max(1) as i64).add(claim.device.bytes().as_slice()).add(claim.seq as i64);
        });
        self.write(script).await.map(|_| ())
    }
}
