//! CoinSpot's prices as collected sources.

use crate::client::CoinSpot;
use crate::error::CoinSpotError;
use domain::Timestamp;
use ledgers::{CollectError, Collecting, Ledger, Source, SourceInfo};
use std::time::Duration;

/// The price API: coins with an order book.
pub const PRICES_SOURCE: SourceInfo =
    SourceInfo { name: "coinspot_prices", ledger: Ledger::Exchange, cadence: Duration::from_secs(8) };
/// The coin list page: instant-only coins.
pub const COIN_LIST_SOURCE: SourceInfo =
    SourceInfo { name: "coinspot_coin_list", ledger: Ledger::Exchange, cadence: Duration::from_secs(45) };

/// The price API as a source.
#[derive(Debug, Clone)]
pub struct PricesSource(pub CoinSpot);

/// The coin list page as a source.
#[derive(Debug, Clone)]
pub struct CoinListSource(pub CoinSpot);

fn failed(source: SourceInfo) -> impl Fn(CoinSpotError) -> CollectError {
    move |error| CollectError { source_name: source.name, code: error.code(), message: error.to_string() }
}

impl Source for PricesSource {
    fn info(&self) -> SourceInfo {
        PRICES_SOURCE
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.latest(now).await.map_err(failed(PRICES_SOURCE)) })
    }
}

impl Source for CoinListSource {
    fn info(&self) -> SourceInfo {
        COIN_LIST_SOURCE
    }

    fn collect(&self, now: Timestamp) -> Collecting<'_> {
        Box::pin(async move { self.0.coin_list(now).await.map_err(failed(COIN_LIST_SOURCE)) })
    }
}
