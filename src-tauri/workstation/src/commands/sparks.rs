//! The last hours of several coins at a glance.

use super::books::parse_coin;
use crate::dto::{Spark, SparksView};
use crate::{Error, Result, Workstation};
use domain::{Candle, Coin, Interval, QuoteKind, Timestamp};
use std::collections::BTreeMap;

const HOURS_DEFAULT: u32 = 24;
const HOURS_MAX: u32 = 24 * 7;
/// Coins in one answer.
const COINS_MAX: usize = 600;

impl Workstation {
    /// The hourly closes of coins, or of those with an order book: the last is of the hour that runs. An hour without a
    /// candle is null.
    ///
    /// # Errors
    /// A bad coin or number; the store's.
    pub async fn sparks(&self, coins: &[String], hours: Option<u32>) -> Result<SparksView> {
        let hours = hours.unwrap_or(HOURS_DEFAULT);
        if !(1..=HOURS_MAX).contains(&hours) || coins.len() > COINS_MAX {
            let message = format!("sparks are of 1 to {HOURS_MAX} hours and of at most {COINS_MAX} coins");
            return Err(Error::usage("bad_sparks", message));
        }
        let mut asked: Vec<Coin> = coins.iter().map(|coin| parse_coin(coin)).collect::<Result<_>>()?;
        if asked.is_empty() {
            let desk = self.desk().await?;
            asked =
                desk.quotes.values().filter(|quote| quote.kind == QuoteKind::Book).map(|quote| quote.coin).collect();
            asked.sort();
        }
        let last = Interval::H1.floor(self.now());
        let first = last.plus_micros(-(i64::from(hours) - 1) * Interval::H1.micros());
        let mut sparks = Vec::with_capacity(asked.len());
        for coin in asked {
            let candles = self.compose(coin, Interval::H1, first, last.plus_micros(Interval::H1.micros())).await?;
            sparks.push(Spark { coin, closes: closes(&candles, first, hours) });
        }
        Ok(SparksView { sparks })
    }
}

fn closes(candles: &[Candle], first: Timestamp, hours: u32) -> Vec<Option<crate::dto::SerialDecimal>> {
    let by_time: BTreeMap<Timestamp, &Candle> = candles.iter().map(|candle| (candle.time, candle)).collect();
    let hour = |n: u32| first.plus_micros(i64::from(n) * Interval::H1.micros());
    (0..hours).map(|n| by_time.get(&hour(n)).map(|candle| crate::dto::SerialDecimal(candle.close.decimal()))).collect()
}
