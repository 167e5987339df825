//! The account at one moment, in the Floor's words.
//!
//! Only AUD markets are told. What happened in another market is left out: its rate is in another currency, and what it did to
//! balances stays unexplained, so that nothing is concluded from it.

use super::calls::Account;
use super::history::Told;
use super::parse::{Completed, OpenOrder, is_aud};
use crate::error::CoinSpotError;
use domain::{Decimal, Look, Timestamp, VenueFill, VenueOrder};
use omc_http::Lane;

const DAY_MICROS: i64 = 86_400 * 1_000_000;

impl Account {
    /// Balances, resting orders, and what was executed since the UTC day before `from`, asked for now.
    ///
    /// # Errors
    /// [`CoinSpotError`]; a history that may lack rows is none, but a look that is not complete.
    pub async fn look(&self, from: Timestamp, now: Timestamp) -> Result<Look, CoinSpotError> {
        self.look_in(Lane::Trading, from, now).await
    }

    /// The same in another lane: [`Lane::Background`] for what can wait.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub async fn look_in(&self, lane: Lane, from: Timestamp, now: Timestamp) -> Result<Look, CoinSpotError> {
        // Resting orders first: what is filled meanwhile then shows twice and never not at all.
        let open = self.open_orders_in(lane, now).await?;
        let Told { rows, incomplete } = self.history(lane, from.plus_micros(-DAY_MICROS), now).await?;
        let balances = self.balances_in(lane, now).await?;
        let cash =
            balances.iter().find(|held| held.of.as_str() == "AUD").map_or(Decimal::ZERO, |aud| aud.total.decimal());
        let coins =
            balances.iter().filter(|held| held.of.as_str() != "AUD").map(|held| (held.of, held.total)).collect();
        Ok(Look {
            at: now,
            open: open.into_iter().filter_map(resting).collect(),
            done: rows.into_iter().filter_map(fill).collect(),
            complete: incomplete.is_empty(),
            coins,
            cash,
        })
    }

    /// What rests on the AUD books now, asked for as urgently as a cancel.
    ///
    /// # Errors
    /// [`CoinSpotError`].
    pub async fn resting(&self, now: Timestamp) -> Result<Vec<VenueOrder>, CoinSpotError> {
        Ok(self.open_orders_in(Lane::Cancels, now).await?.into_iter().filter_map(resting).collect())
    }
}

fn resting(order: OpenOrder) -> Option<VenueOrder> {
    let OpenOrder { id, side, coin, market, amount, rate, created } = order;
    let here = market.is_none_or(|market| is_aud(&market));
    here.then_some(VenueOrder { id, side, coin, left: amount, rate, created })
}

fn fill(row: Completed) -> Option<VenueFill> {
    let Completed { id, side, coin, instant, market, amount, rate, fee, at, .. } = row;
    is_aud(&market).then_some(VenueFill { id, side, coin, instant, amount, rate, fee, at })
}
