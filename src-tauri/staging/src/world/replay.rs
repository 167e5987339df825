//! A recorded candle file as a price path: four quotes a candle.

use super::Candle;
use flate2::read::GzDecoder;
use rust_decimal::Decimal;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use thiserror::Error;

const MAX_CANDLES: usize = 5_000_000;
const MAX_BYTES: u64 = 1 << 30;
const MINUTE_MS: i64 = 60_000;

/// Why a candle file can't be replayed.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The file can't be opened or read.
    #[error("{file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A row isn't a candle.
    #[error("line {line}: {reason}; expected ts_ms,open,high,low,close,volume")]
    Row {
        /// Its line; the header is line 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no candle in it.
    #[error("no candle in the file")]
    Empty,
}

impl ReplayError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "replay_unreadable",
            Self::Row { .. } => "replay_bad_row",
            Self::Empty => "replay_empty",
        }
    }
}

/// The quotes of a recording, in order.
#[derive(Debug, Clone)]
pub struct Replay {
    coin: String,
    places: u32,
    interval_ms: i64,
    quotes: Vec<(i64, Decimal)>,
}

impl Replay {
    /// Reads `ts_ms,open,high,low,close,volume` from a file, unpacked first when its name ends in `.gz`. It drives BTC.
    pub fn from_file(path: &Path) -> Result<Self, ReplayError> {
        let unreadable = |source| ReplayError::Read { file: path.display().to_string(), source };
        let file = BufReader::new(File::open(path).map_err(unreadable)?);
        if path.extension().is_some_and(|end| end == "gz") {
            Self::from_reader(GzDecoder::new(file))
        } else {
            Self::from_reader(file)
        }
    }

    /// The same from any reader of plain CSV.
    pub fn from_reader(reader: impl Read) -> Result<Self, ReplayError> {
        let mut rows = csv::Reader::from_reader(reader.take(MAX_BYTES));
        let mut candles: Vec<Candle> = Vec::new();
        for (index, row) in rows.records().enumerate() {
            let line = index as u64 + 2;
            let bad = |reason: String| ReplayError::Row { line, reason };
            let candle = candle(&row.map_err(|e| bad(e.to_string()))?).map_err(bad)?;
            if candles.last().is_some_and(|before| before.start_ms >= candle.start_ms) {
                return Err(bad("its time isn't after that of the row before".into()));
            }
            if candles.len() == MAX_CANDLES {
                return Err(bad(format!("more than {MAX_CANDLES} candles")));
            }
            candles.push(candle);
        }
        Self::of(&candles)
    }

    /// From candles in rising order of time.
    pub fn of(candles: &[Candle]) -> Result<Self, ReplayError> {
        let gaps = candles.windows(2).filter_map(|pair| Some(pair.get(1)?.start_ms - pair.first()?.start_ms));
        let interval_ms = gaps.min().unwrap_or(MINUTE_MS).max(4);
        let quotes: Vec<(i64, Decimal)> = candles.iter().flat_map(|candle| quotes(candle, interval_ms)).collect();
        if quotes.is_empty() {
            return Err(ReplayError::Empty);
        }
        let places = quotes.iter().map(|(_, price)| price.normalize().scale()).max().unwrap_or(2).clamp(2, 12);
        Ok(Self { coin: "BTC".into(), places, interval_ms, quotes })
    }

    /// Drives another coin (upper-case ticker).
    pub fn for_coin(mut self, ticker: &str) -> Self {
        self.coin = ticker.to_uppercase();
        self
    }

    /// Moves the recording so that its first candle starts at a time.
    pub fn starting_at(mut self, start_ms: i64) -> Self {
        let shift = start_ms - self.start_ms();
        self.quotes.iter_mut().for_each(|quote| quote.0 += shift);
        self
    }

    /// The coin it drives.
    pub fn coin(&self) -> &str {
        &self.coin
    }

    /// Decimal places of its prices.
    pub fn places(&self) -> u32 {
        self.places
    }

    /// When its first candle starts.
    pub fn start_ms(&self) -> i64 {
        self.quotes.first().map_or(0, |quote| quote.0)
    }

    /// When its last candle ends.
    pub fn end_ms(&self) -> i64 {
        self.quotes.last().map_or(0, |quote| quote.0 + self.interval_ms - self.interval_ms / 4 * 3)
    }

    /// Length of a candle: the smallest distance between two.
    pub fn interval_ms(&self) -> i64 {
        self.interval_ms
    }

    /// The price at a time: the newest quote not after it, or the first one.
    pub fn price_at(&self, time_ms: i64) -> Decimal {
        let index = self.step_at(time_ms).saturating_sub(1);
        self.quotes.get(usize::try_from(index).unwrap_or(usize::MAX)).map_or(Decimal::ZERO, |quote| quote.1)
    }

    /// How many quotes have been shown by a time.
    pub(super) fn step_at(&self, time_ms: i64) -> u64 {
        self.quotes.partition_point(|quote| quote.0 <= time_ms) as u64
    }

    /// The candle of the quotes in `[start, end]`.
    pub(super) fn candle(&self, start_ms: i64, end_ms: i64) -> Option<Candle> {
        let from = self.quotes.partition_point(|quote| quote.0 < start_ms);
        let to = self.quotes.partition_point(|quote| quote.0 <= end_ms);
        let quotes = self.quotes.get(from..to)?;
        let prices = || quotes.iter().map(|quote| quote.1);
        let (open, close) = (prices().next()?, prices().next_back()?);
        Some(Candle { start_ms, open, high: prices().max()?, low: prices().min()?, close })
    }
}

fn quotes(candle: &Candle, interval_ms: i64) -> [(i64, Decimal); 4] {
    let rose = candle.close >= candle.open;
    let (second, third) = if rose { (candle.low, candle.high) } else { (candle.high, candle.low) };
    let quarter = interval_ms / 4;
    let start = candle.start_ms;
    [(start, candle.open), (start + quarter, second), (start + 2 * quarter, third), (start + 3 * quarter, candle.close)]
}

fn candle(row: &csv::StringRecord) -> Result<Candle, String> {
    let field = |i: usize, name: &str| row.get(i).map(str::trim).ok_or_else(|| format!("no {name}"));
    let price = |i: usize, name: &str| {
        let text = field(i, name)?;
        let parsed = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(text));
        let price = parsed.map_err(|_| format!("{name} {text:?} isn't a number"))?;
        if price <= Decimal::ZERO || price.normalize().scale() > 12 || price > Decimal::new(1_000_000_000, 0) {
            return Err(format!("{name} {text} isn't a price above 0, up to a billion, with at most 12 decimals"));
        }
        Ok(price)
    };
    let time = field(0, "ts_ms")?;
    let start_ms = time.parse::<i64>().map_err(|_| format!("ts_ms {time:?} isn't milliseconds since 1970"))?;
    let candle = Candle {
        start_ms,
        open: price(1, "open")?,
        high: price(2, "high")?,
        low: price(3, "low")?,
        close: price(4, "close")?,
    };
    if candle.low > candle.open.min(candle.close) || candle.high < candle.open.max(candle.close) {
        return Err("its open or close lies outside low and high".into());
    }
    if !(0..=253_402_300_799_999).contains(&start_ms) {
        return Err("its time lies outside 1970 to 9999".into());
    }
    Ok(candle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "ts_ms,open,high,low,close,volume\n\
        60000,100,104,99,101.5,1\n\
        120000,101.5,102,90,95,1\n\
        240000,95,96,94,95,1\n";

    fn at(replay: &Replay, second: i64) -> String {
        replay.price_at(second * 1000).normalize().to_string()
    }

    #[test]
    fn a_rising_candle_falls_first_and_a_falling_one_rises_first() {
        let replay = Replay::from_reader(FILE.as_bytes()).unwrap();
        assert_eq!([60, 75, 90, 105].map(|s| at(&replay, s)), ["100", "99", "104", "101.5"]);
        assert_eq!([120, 135, 150, 165].map(|s| at(&replay, s)), ["101.5", "102", "90", "95"]);
        assert_eq!(at(&replay, 74), "100");
    }

    #[test]
    fn a_missing_minute_keeps_the_price_and_has_no_candle() {
        let replay = Replay::from_reader(FILE.as_bytes()).unwrap();
        assert_eq!(at(&replay, 200), "95");
        assert_eq!(replay.candle(180_000, 239_999), None);
        assert_eq!(replay.end_ms(), 300_000);
    }

    #[test]
    fn a_bad_row_is_named_by_its_line() {
        for (bad, what) in [
            ("1,2,3", "line 5"),
            ("300000,1,NaN,1,1,0", "high"),
            ("300000,5,4,3,4,0", "outside"),
            ("240000,1,1,1,1,0", "after"),
        ] {
            let error = Replay::from_reader(format!("{FILE}{bad}\n").as_bytes()).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
            assert!(error.contains("line 5"), "{error}");
        }
        assert!(matches!(Replay::from_reader("ts_ms\n".as_bytes()), Err(ReplayError::Empty)));
    }

    #[test]
    fn it_can_be_moved_to_another_time_and_coin() {
        let replay = Replay::from_reader(FILE.as_bytes()).unwrap().for_coin("eth").starting_at(600_000);
        assert_eq!((replay.coin(), replay.start_ms(), replay.price_at(615_000)), ("ETH", 600_000, Decimal::new(99, 0)));
    }
}
