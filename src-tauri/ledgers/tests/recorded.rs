//! The engines against recorded market data; `OMC_RECORDED` names its folder, without it these say so and pass.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests may stop and say why")]

use domain::{Candle, Interval, Price, Quantity, Timestamp, parse_decimal_lossy};
use flate2::read::GzDecoder;
use ledgers::{Tick, aggregate, fold, gaps, parse_candles};
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

fn recorded(file: &str) -> Option<GzDecoder<File>> {
    let Some(folder) = std::env::var_os("OMC_RECORDED") else {
        println!("skipped: OMC_RECORDED is not set, so market/{file} was not read");
        return None;
    };
    let path = PathBuf::from(folder).join("market").join(file);
    Some(GzDecoder::new(File::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))))
}

fn candles(file: &str, interval: Interval) -> Option<Vec<Candle>> {
    let parsed = parse_candles(BufReader::new(recorded(file)?), interval).unwrap();
    assert_eq!(parsed.rejected, [], "{file}");
    Some(parsed.candles)
}

fn inner_gaps(candles: &[Candle], interval: Interval) -> Vec<ledgers::Gap> {
    let (first, last) = (candles.first().unwrap().time, candles.last().unwrap().time);
    gaps(candles, interval, first, last).unwrap()
}

#[test]
fn recorded_trades_become_the_recorded_candles() {
    let Some(trades) = recorded("freqtrade/XRP_ETH-trades.csv.gz") else { return };
    let mut rows = csv::Reader::from_reader(trades);
    let header = ["timestamp", "id", "type", "side", "price", "amount", "cost"];
    assert_eq!(rows.headers().unwrap(), header.as_slice());
    let ticks: Vec<Tick> = rows
        .records()
        .map(|row| {
            let row = row.unwrap();
            Tick {
                time: Timestamp::from_millis(row[0].parse().unwrap()),
                price: Price::new(parse_decimal_lossy(&row[4]).unwrap()).unwrap(),
                quantity: Some(Quantity::new(parse_decimal_lossy(&row[5]).unwrap()).unwrap()),
            }
        })
        .collect();
    assert_eq!(ticks.len(), 12_477);

    let expected = candles("freqtrade/XRP_ETH-1m.csv.gz", Interval::M1).unwrap();
    let (first, last) = (expected.first().unwrap().time, expected.last().unwrap().time);
    let built = fold(ticks, Interval::M1);
    let covered: Vec<Candle> = built.iter().copied().filter(|c| (first..=last).contains(&c.time)).collect();
    assert_eq!(expected.len(), 2469);
    let different: Vec<_> = expected.iter().zip(&covered).filter(|(a, b)| a != b).take(3).collect();
    assert!(different.is_empty(), "{different:#?}");
    assert_eq!(covered.len(), expected.len());
}

#[test]
fn the_538_missing_stretches_of_recorded_minutes_are_found() {
    let Some(minutes) = candles("freqtrade/UNITTEST_BTC-1m.csv.gz", Interval::M1) else { return };
    assert_eq!(minutes.len(), 13_681);
    let found = inner_gaps(&minutes, Interval::M1);
    assert_eq!(found.len(), 538);
    let span = minutes.last().unwrap().time.seconds_since(minutes[0].time) / 60 + 1;
    let missing: u64 = found.iter().map(|gap| gap.missing).sum();
    assert_eq!(missing, span.unsigned_abs() - minutes.len() as u64);
}

#[test]
fn the_maintenance_hours_of_recorded_hours_stay_gaps() {
    let Some(hours) = candles("binance_1h/BTC_USDT-1h.csv.gz", Interval::H1) else { return };
    let found = inner_gaps(&hours, Interval::H1);
    assert!((10..=11).contains(&found.len()), "{found:?}");
    assert!(found.iter().all(|gap| (1..=5).contains(&gap.missing)), "{found:?}");
    let days = aggregate(&hours, Interval::H1, Interval::D1).unwrap();
    assert!(inner_gaps(&days, Interval::D1).is_empty());
}
