//! CoinSpot as the switch sees it.

use super::sweep::{Rests, Said};
use coinspot::{Account, Cancelled};
use domain::{Side, Timestamp, VenueOrder};
use std::sync::Arc;

/// The account our live orders rest in.
pub(crate) struct LiveVenue(pub Arc<Account>);

impl Rests for LiveVenue {
    async fn resting(&self, now: Timestamp) -> Result<Vec<VenueOrder>, String> {
        self.0.resting(now).await.map_err(|error| error.to_string())
    }

    async fn cancel(&self, side: Side, venue_order_id: &str, now: Timestamp) -> Said {
        match self.0.cancel(side, venue_order_id, now).await {
            Ok(Cancelled::Accepted) => Said::Taken,
            Ok(Cancelled::Refused { .. }) => Said::Gone,
            Err(error) => Said::Unclear(error.to_string()),
        }
    }
}
