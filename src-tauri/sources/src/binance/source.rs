//! Binance as a collected source.

use super::INFO;
use super::client::Binance;
use crate::error::SourceError;
use crate::registry::Opening;
use domain::Timestamp;
use ledgers::{Collecting, Source, SourceInfo};

/// Binance as a source.
#[derive(Debug)]
pub struct BinanceSource(Binance);

/// The source at its documented address, or where `url` says.
///
/// # Errors
/// [`SourceError::Http`] when the replacement is no address we would ask.
pub fn open(opening: Opening<'_>) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(BinanceSource(Binance::new(opening.http, opening.url)?)))
}

impl Source for BinanceSource {
    fn info(&self) -> SourceInfo {
        INFO
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.prices(now).await.map_err(|error| error.of(INFO)) })
    }
}
