//! The price features of a coin, candle by candle, by the same code as the table.

use super::price::{FEATURES, Prices};
use super::{DAY_MICROS, WARM_UP_CANDLES, WARM_UP_DAYS};
use crate::indicators::Bar;
use domain::{Candle, Interval};

/// Counts up whenever a feature is computed otherwise: what was learned from the old ones means nothing with the new ones.
pub const FEATURES_RECIPE: u32 = 1;

/// Price features as the candles come.
pub struct PriceStream(Prices);

impl PriceStream {
    /// Of candles of this length.
    #[must_use]
    pub fn new(interval: Interval) -> Self {
        Self(Prices::new(interval))
    }

    /// What is known at the close of the newest of these candles, in the order of the price columns. Each candle is to come once.
    pub fn push(&mut self, candles: &[Candle]) -> Vec<Option<f64>> {
        let said = self.0.push(candles, candles.last().and_then(Bar::of));
        said.into_iter().map(|value| value.filter(|value| value.is_finite())).collect()
    }
}

/// Candles to be fed before these price columns say what they would say had they been fed for ever, to nine digits.
#[must_use]
pub fn warm_up_candles(interval: Interval, columns: &[String]) -> usize {
    let days = WARM_UP_DAYS * DAY_MICROS / interval.micros();
    let is_daily = |name: &String| FEATURES.iter().any(|one| one.name == name && one.name.starts_with("daily_"));
    let candles = if columns.iter().any(is_daily) { WARM_UP_CANDLES.max(days) } else { WARM_UP_CANDLES };
    usize::try_from(candles).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::feature_rows;
    use domain::{Decimal, Price, Quantity, Timestamp};

    /// Hourly candles of whole cents, by whole numbers only.
    fn candles(count: i64) -> Vec<Candle> {
        let price = |cents: i64| Price::new(Decimal::new(cents, 2)).unwrap();
        let candle = |at: i64| {
            let close = 100_000 + (at * 7_919) % 1_613 + 3 * at;
            let open = 100_000 + ((at - 1) * 7_919) % 1_613 + 3 * (at - 1);
            Candle {
                time: Timestamp::from_micros(at * Interval::H1.micros()),
                open: price(open),
                high: price(open.max(close) + 70),
                low: price(open.min(close) - 50),
                close: price(close),
                volume: Quantity::new(Decimal::from(1 + (at * 31) % 17)).ok(),
            }
        };
        (0..count).map(candle).collect()
    }

    #[test]
    fn candle_by_candle_it_says_what_the_table_says_to_the_bit() {
        let candles = candles(700);
        let rows = feature_rows(&candles, Interval::H1, Timestamp::default(), true, None);
        let mut stream = PriceStream::new(Interval::H1);
        let bits = |values: &[Option<f64>]| values.iter().map(|value| value.map(f64::to_bits)).collect::<Vec<_>>();
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(bits(&stream.push(&candles[..=at])), bits(&row.values), "{at}");
        }
        assert!(rows[699].values.iter().all(Option::is_some));
    }

    /// What the features of the seven-hundredth candle were when this recipe was written down.
    const WRITTEN_DOWN: [f64; 26] = [
        -0.0013836948790313386,
        0.007337431786957893,
        -0.001992687691438455,
        0.0044265606687132275,
        0.7867999284662962,
        0.0040424191516168495,
        0.004019693345900688,
        0.0037392587831435176,
        55.18953450342135,
        0.0005017580147853178,
        0.7115413086938189,
        0.7258761909897442,
        0.728883638511522,
        0.003921359384297841,
        35.05826329855383,
        27.464027019091365,
        13.422410252770387,
        81.33490844654496,
        57.38551019675312,
        0.004141994574570429,
        0.0028948466336975454,
        0.0003341711828204197,
        -0.9627906976744186,
        0.5678939895553998,
        0.0016740337835017272,
        0.09337833728619359,
    ];

    #[test]
    fn a_feature_that_is_computed_otherwise_counts_the_recipe_up() {
        assert_eq!(FEATURES_RECIPE, 1, "set WRITTEN_DOWN anew");
        let candles = candles(700);
        let mut stream = PriceStream::new(Interval::H1);
        let said = (0..700).map(|at| stream.push(&candles[..=at])).last().unwrap();
        for ((feature, said), written) in FEATURES.iter().zip(said).zip(WRITTEN_DOWN) {
            let said = said.unwrap();
            let near = (said - written).abs() <= 1e-9 * written.abs().max(1e-3);
            let name = feature.name;
            assert!(
                near,
                "{name} is {said:?} and was {written:?}, which models learned from: count FEATURES_RECIPE up"
            );
        }
    }
}
