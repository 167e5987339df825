//! The server's chains, followed from their first fact and held against the ones here.

use super::adapter::StoreJournal;
use crate::dto::{SyncProblem, SyncVerified, SyncVerifiedDevice};
use crate::{Result, Workstation};
use ::sync::verify_server;

impl Workstation {
    /// Proves what the server holds. Nothing is changed on either side.
    ///
    /// # Errors
    /// The keyring's, the server's and the store's; what the proof finds wrong is in the answer.
    pub async fn sync_verify(&self) -> Result<SyncVerified> {
        let mut linked = self.link().await?;
        let journal = StoreJournal(self.store().clone());
        let found = verify_server(&journal, &mut linked.server, &linked.identity).await?;
        let problem = |(device, error): &(domain::DeviceId, ::sync::SyncError)| SyncProblem {
            device: device.to_string(),
            code: error.code().to_owned(),
            message: error.to_string(),
        };
        let device = |chain: &::sync::ServerChain| SyncVerifiedDevice {
            device: chain.end.device.to_string(),
            facts: chain.end.seq,
            head: chain.end.hash.to_string(),
            signed: chain.signed,
        };
        Ok(SyncVerified {
            ok: found.problems.is_empty(),
            devices: found.chains.iter().map(device).collect(),
            problems: found.problems.iter().map(problem).collect(),
        })
    }
}
