//! What the candles of a coin say at a close.

use super::{Feature, FeatureSet, feature};
use crate::coarse::closed_with;
use crate::indicators::{
    Adx, Atr, Bar, Bollinger, DayVwap, Donchian, Ema, Ichimoku, Keltner, Macd, Obv, Returns, Rsi, Sma, Stochastic,
    Volatility, Vwap, Wma, ZScore,
};
use domain::{Candle, Interval};
use std::collections::VecDeque;

const VOLUME_CANDLES: usize = 24;

const fn price(name: &'static str, unit: &'static str, words: &'static str) -> Feature {
    feature(FeatureSet::Price, name, unit, words)
}

pub(super) const FEATURES: [Feature; 26] = [
    price("return_1", "log ratio", "return over one candle"),
    price("return_6", "log ratio", "return over six candles"),
    price("return_24", "log ratio", "return over 24 candles"),
    price("volatility_24", "log ratio a candle", "sample deviation of the last 24 returns"),
    price("zscore_48", "deviations", "the close against the last 48"),
    price("sma_gap_20", "ratio", "the close above its plain average of 20"),
    price("ema_gap_50", "ratio", "the close above its exponential average of 50"),
    price("wma_gap_20", "ratio", "the close above its weighted average of 20"),
    price("rsi_14", "0 to 100", "Wilder's RSI"),
    price("macd_histogram", "of the close", "MACD(12, 26) less its signal of 9"),
    price("bollinger_20", "0 lower, 1 upper edge", "where the close stands in Bollinger(20, 2)"),
    price("keltner_20", "0 lower, 1 upper edge", "where the close stands in Keltner(20, 10, 2)"),
    price("donchian_20", "0 lower, 1 upper edge", "where the close stands in the range of 20 candles"),
    price("atr_14", "of the close", "Wilder's average true range"),
    price("plus_di_14", "0 to 100", "+DI"),
    price("minus_di_14", "0 to 100", "-DI"),
    price("adx_14", "0 to 100", "Wilder's ADX"),
    price("stochastic_k", "0 to 100", "slow stochastic(14, 3)"),
    price("stochastic_d", "0 to 100", "its average of 3"),
    price("cloud_gap", "ratio", "the close above the middle of Ichimoku's cloud over it"),
    price("vwap_gap_24", "ratio", "the close above the volume-weighted price of 24 candles"),
    price("day_vwap_gap", "ratio", "the close above the volume-weighted price of its UTC day so far"),
    price("obv_share_24", "-1 to 1", "change of the on-balance volume over 24 candles, of their volume"),
    price("volume_zscore_48", "deviations", "the volume against the last 48"),
    price("daily_return_7", "log ratio", "return over seven closed days"),
    price("daily_zscore_20", "deviations", "the last closed day's close against the last 20"),
];

/// On-balance volume and volume of the last candles.
#[derive(Default)]
struct Flow {
    obv: Obv,
    last: VecDeque<(f64, Option<f64>)>,
}

impl Flow {
    /// The change of the one over 24 candles, of the sum of the other; none while a volume is not known, or there was none.
    fn push(&mut self, bar: &Bar) -> Option<f64> {
        self.last.push_back((self.obv.push(bar), bar.volume));
        if self.last.len() <= VOLUME_CANDLES {
            return None;
        }
        let (before, now) = (self.last.front()?.0, self.last.back()?.0);
        let volume: Option<f64> = self.last.iter().skip(1).map(|(_, volume)| *volume).sum();
        self.last.pop_front();
        volume.filter(|volume| *volume > 0.0).map(|volume| (now - before) / volume)
    }
}

/// Every indicator, fed candle by candle.
pub(super) struct Prices {
    interval: Interval,
    returns: [Returns; 3],
    volatility: Volatility,
    zscore: ZScore,
    sma: Sma,
    ema: Ema,
    wma: Wma,
    rsi: Rsi,
    macd: Macd,
    bollinger: Bollinger,
    keltner: Keltner,
    donchian: Donchian,
    atr: Atr,
    adx: Adx,
    stochastic: Stochastic,
    cloud: Ichimoku,
    vwap: Vwap,
    day_vwap: DayVwap,
    flow: Flow,
    volume: ZScore,
    days: Days,
}

/// What the closed days say; it stands until the next one closes.
struct Days {
    returns: Returns,
    zscore: ZScore,
    said: [Option<f64>; 2],
}

const ZSCORE_CANDLES: usize = 48;

impl Prices {
    pub fn new(interval: Interval) -> Self {
        Self {
            interval,
            returns: [1, 6, 24].map(Returns::log),
            volatility: Volatility::new(24),
            zscore: ZScore::new(ZSCORE_CANDLES),
            sma: Sma::new(20),
            ema: Ema::new(50),
            wma: Wma::new(20),
            rsi: Rsi::new(14),
            macd: Macd::new(12, 26, 9),
            bollinger: Bollinger::new(20, 2.0),
            keltner: Keltner::new(20, 10, 2.0),
            donchian: Donchian::new(20),
            atr: Atr::new(14),
            adx: Adx::new(14),
            stochastic: Stochastic::new(14, 3, 3),
            cloud: Ichimoku::new(9, 26, 52),
            vwap: Vwap::new(VOLUME_CANDLES),
            day_vwap: DayVwap::new(),
            flow: Flow::default(),
            volume: ZScore::new(ZSCORE_CANDLES),
            days: Days { returns: Returns::log(7), zscore: ZScore::new(20), said: [None; 2] },
        }
    }

    /// The values at the close of the newest of these candles, in the order of [`FEATURES`]. `bar` is that candle.
    pub fn push(&mut self, candles: &[Candle], bar: Option<Bar>) -> [Option<f64>; FEATURES.len()] {
        let (Some(bar), Some(candle)) = (bar.filter(|bar| bar.close > 0.0), candles.last()) else {
            return [None; FEATURES.len()];
        };
        let close = bar.close;
        let gap = |level: Option<f64>| level.filter(|level| *level > 0.0).map(|level| close / level - 1.0);
        let [one, six, day] = self.returns.each_mut().map(|returns| returns.push(close));
        let directional = self.adx.push(&bar);
        let slow = self.stochastic.push(&bar);
        let cloud = self.cloud.push(&bar).map(|cloud| f64::midpoint(cloud.span_a, cloud.span_b));
        let [week, place] = self.days.push(candles, self.interval);
        [
            one,
            six,
            day,
            self.volatility.push(close),
            self.zscore.push(close),
            gap(self.sma.push(close)),
            gap(self.ema.push(close)),
            gap(self.wma.push(close)),
            self.rsi.push(close),
            self.macd.push(close).map(|macd| macd.histogram / close),
            self.bollinger.push(close).map(|band| band.place(close)),
            self.keltner.push(&bar).map(|band| band.place(close)),
            self.donchian.push(&bar).map(|band| band.place(close)),
            self.atr.push(&bar).map(|range| range / close),
            directional.map(|said| said.plus),
            directional.map(|said| said.minus),
            directional.and_then(|said| said.adx),
            slow.map(|said| said.k),
            slow.map(|said| said.d),
            gap(cloud),
            gap(self.vwap.push(&bar)),
            gap(self.day_vwap.push(candle.time, &bar)),
            self.flow.push(&bar),
            self.volume_score(&bar),
            week,
            place,
        ]
    }

    fn volume_score(&mut self, bar: &Bar) -> Option<f64> {
        let Some(volume) = bar.volume else {
            // A volume nobody knows is no nothing: counting begins anew behind it.
            self.volume = ZScore::new(ZSCORE_CANDLES);
            return None;
        };
        self.volume.push(volume)
    }
}

impl Days {
    fn push(&mut self, candles: &[Candle], interval: Interval) -> [Option<f64>; 2] {
        for day in closed_with(candles, interval, Interval::D1) {
            let close = Bar::of(&day).map(|bar| bar.close);
            self.said =
                [close.and_then(|close| self.returns.push(close)), close.and_then(|close| self.zscore.push(close))];
        }
        self.said
    }
}
