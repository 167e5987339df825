//! Limits and the paper wallet.

use crate::dto::{LimitsView, SerialDecimal, Status};
use crate::{Error, Result, Workstation};
use domain::{Book, Decimal, Fact, Money, parse_decimal};
use floor::Limits;
use std::collections::BTreeMap;

/// The most a paper wallet starts with: what is earned on top must still be a number.
const PAPER_CASH_AUD_MAX: i64 = 1_000_000_000_000;

impl Workstation {
    /// The limits that bind, per book.
    ///
    /// # Errors
    /// The store's.
    pub async fn limits(&self) -> Result<LimitsView> {
        let desk = self.desk().await?;
        let of = |book| {
            let limits = desk.limits.of(book).iter();
            limits.filter_map(|(name, value)| Some((name.as_str().to_owned(), SerialDecimal(value?)))).collect()
        };
        Ok(LimitsView { paper: of(Book::Paper), live: of(Book::Live) })
    }

    /// Changes limits of one book: all of the changes, or none.
    ///
    /// # Errors
    /// A name or value that is no limit's; the store's.
    pub async fn limits_set(&self, book: Book, changes: &BTreeMap<String, String>) -> Result<LimitsView> {
        self.require_writer()?;
        let changes = changes
            .iter()
            .map(|(name, value)| Limits::parse_change(name, value))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Error::Usage { code: error.code(), message: error.to_string() })?;
        if !changes.is_empty() {
            let mut desk = self.desk().await?;
            self.record(&mut desk, vec![Fact::LimitsSet { book, changes }]).await?;
        }
        self.limits().await
    }

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
