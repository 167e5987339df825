//! Holds the coins that rose most, of all its coins, and looks who they are every so often.
//!
//! Looks happen at whole multiples of `every` candles since 1970, so that a restart looks at the same moments. In between it buys
//! what was chosen and sells what was not, so that a buy refused because the cash was still in another coin is made up for a
//! candle later. A coin that has not risen is not held, however strong it is among the weak. A coin nobody saw a price of for
//! longer than the look-back is not in the race.

use super::{Described, SHARE, says};
use crate::parameters::{Kind, Parameter, ParameterError, Parameters};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{BasisPoints, Candle, Coin, Signal, SignalAction, SignalSize, Timestamp};
use floor::Portfolio;

pub(super) const DESCRIBED: Described = Described {
    name: "momentum_rotation",
    words: "Of several coins it holds those that rose most over the look-back, if they rose at all; it looks again every so many \
candles and sells the others.",
    code: 1,
    parameters: &[
        Parameter {
            name: "lookback",
            words: "candles over which a coin's rise is measured",
            kind: Kind::Whole { min: 1, max: 500 },
            default: "30",
        },
        Parameter { name: "top", words: "coins held at most", kind: Kind::Whole { min: 1, max: 10 }, default: "2" },
        Parameter {
            name: "every",
            words: "candles from one look to the next",
            kind: Kind::Whole { min: 1, max: 500 },
            default: "24",
        },
        SHARE,
    ],
    build,
};

fn build(parameters: &Parameters) -> Result<Box<dyn Strategy>, ParameterError> {
    let [lookback, top, every] = ["lookback", "top", "every"].map(|name| parameters.whole(name));
    // What all of them take together, cut evenly.
    let size = SignalSize::Share(BasisPoints((parameters.whole(SHARE.name) * 100 / top).max(1)));
    Ok(Box::new(Rotation { lookback, top, every, size, looked: None }))
}

/// Where a coin stood at the newest look.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Look {
    at: Timestamp,
    /// From 1; none when it is not in the race.
    rank: Option<usize>,
    rise: f64,
    of: usize,
}

struct Rotation {
    lookback: u32,
    top: u32,
    every: u32,
    size: SignalSize,
    looked: Option<Look>,
}

/// The newest candle that had ended by a moment.
fn ended(candles: &[Candle], interval_micros: i64, by: Timestamp) -> Option<&Candle> {
    let count = candles.partition_point(|candle| candle.time.plus_micros(interval_micros) <= by);
    candles.get(count.checked_sub(1)?)
}

fn close(candle: &Candle) -> Option<f64> {
    f64::try_from(candle.close.decimal()).ok().filter(|close| close.is_finite() && *close > 0.0)
}

impl Rotation {
    /// How much a coin had risen by a moment.
    fn rise(&self, view: &View<'_>, coin: Coin, at: Timestamp) -> Option<f64> {
        let micros = view.interval().micros();
        let back = at.plus_micros(-micros * i64::from(self.lookback));
        let candles = view.candles_of(coin);
        let newest = ended(candles, micros, at).filter(|candle| candle.time.plus_micros(micros) > back)?;
        Some(close(newest)? / close(ended(candles, micros, back)?)? - 1.0)
    }

    fn look(&self, view: &View<'_>, at: Timestamp) -> Look {
        let rises = view.coins().filter_map(|coin| Some((coin, self.rise(view, coin, at)?)));
        let mut ranked: Vec<(Coin, f64)> = rises.collect();
        // Among equals the order of the alphabet.
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let place = ranked.iter().position(|(coin, _)| *coin == view.coin());
        let rise = place.and_then(|place| ranked.get(place)).map_or(0.0, |(_, rise)| *rise);
        Look { at, rank: place.map(|place| place + 1), rise, of: ranked.len() }
    }
}

impl Strategy for Rotation {
    fn warm_up(&self) -> usize {
        // The newest look may be all but one step old.
        (self.lookback + self.every + 1) as usize
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        let step = view.interval().micros() * i64::from(self.every);
        let at = Timestamp::from_micros(view.now().micros().div_euclid(step) * step);
        let look = match self.looked {
            Some(look) if look.at == at => look,
            _ => *self.looked.insert(self.look(view, at)),
        };
        let Some(rank) = look.rank else { return Vec::new() };
        let coin = view.coin();
        let is_chosen = rank <= self.top as usize && look.rise > 0.0;
        let action = match is_chosen {
            true if !portfolio.is_in(coin) => SignalAction::Buy,
            false if portfolio.holds(coin) => SignalAction::Close,
            _ => return Vec::new(),
        };
        let (rise, of, lookback) = (look.rise * 100.0, look.of, self.lookback);
        let words =
            format!("{rise:+.2} % over {lookback} candles was rank {rank} of {of} at {at}; it holds {}", self.top);
        says(view, action, self.size, words)
    }
}
