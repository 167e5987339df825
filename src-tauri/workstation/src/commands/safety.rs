//! The paper wallet.

use crate::dto::Status;
use crate::{Error, Result, Workstation};
use domain::{Decimal, Money, parse_decimal};

/// The most a paper wallet starts with: what is earned on top must still be a number.
const PAPER_CASH_AUD_MAX: i64 = 1_000_000_000_000;

impl Workstation {
    /// A fresh paper wallet: this cash, no coins, no resting orders. History stays.
    ///
    /// # Errors
    /// An amount that is none; the store's.
    pub async fn paper_reset(&self, cash: &str) -> Result<Status> {
        self.require_writer()?;
        let cash = parse_decimal(cash).map_err(|error| Error::usage("bad_amount", format!("cash: {error}")))?;
        if cash < Decimal::ZERO || cash > Decimal::from(PAPER_CASH_AUD_MAX) || cash.normalize().scale() > 2 {
            return Err(Error::usage(
                "bad_amount",
                format!("cash: {cash} is not an amount of AUD, from 0 to {PAPER_CASH_AUD_MAX}, in cents"),
            ));
        }
        let reset = paper::Wallet::reset(Money::aud(cash))
            .map_err(|error| Error::Usage { code: error.code(), message: error.to_string() })?;
        let mut desk = self.desk().await?;
        let resting = desk.resting();
        self.cancel(&mut desk, &resting, "paper_reset").await?;
        self.record(&mut desk, vec![reset]).await?;
        drop(desk);
        self.status().await
    }
}
