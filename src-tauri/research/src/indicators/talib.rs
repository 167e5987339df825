//! Against TA-Lib: what it said once about a series of our own (fixtures/talib.csv), and what it says now where Python has it.

use super::*;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

const SCRIPT: &str = include_str!("fixtures/talib.py");

/// A wandering price in cents, by Knuth's linear congruence.
fn bars() -> Vec<Bar> {
    let mut state = 20_260_101u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64
    };
    let mut price = 3_000_000i64;
    let mut bar = |_| {
        let close = (price + next() % 40_001 - 20_000).max(100_000);
        let high = price.max(close) + next() % 9_000;
        let low = price.min(close) - next() % 9_000;
        price = close;
        let cents = |number: i64| number as f64 / 100.0;
        let volume = Some((next() % 500_000) as f64 / 1_000.0);
        Bar { high: cents(high), low: cents(low), close: cents(close), volume }
    };
    (0..160).map(&mut bar).collect()
}

type Columns = BTreeMap<String, Vec<Option<f64>>>;

fn columns(text: &str) -> Columns {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut columns = Columns::new();
    for line in lines {
        for (name, cell) in names.iter().zip(line.split(',')) {
            let cell = if cell.is_empty() { None } else { Some(cell.parse().unwrap()) };
            columns.entry((*name).to_owned()).or_default().push(cell);
        }
    }
    columns
}

fn ours(bars: &[Bar]) -> Columns {
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    let macd = Macd::series(&closes, 12, 26, 9).each();
    let bands = Bollinger::series(&closes, 20, 2.0).each();
    let adx = Adx::series(bars, 14).each();
    let slow = Stochastic::series(bars, 14, 3, 3).each();
    let channel = Donchian::series(bars, 20).each();
    fn of<T: Copy>(values: &[Option<T>], part: impl Fn(T) -> f64) -> Vec<Option<f64>> {
        values.iter().map(|value| value.map(&part)).collect()
    }
    let all: Vec<(&str, Vec<Option<f64>>)> = vec![
        ("sma_20", sma(&closes, 20)),
        ("ema_20", ema(&closes, 20)),
        ("wma_20", Wma::series(&closes, 20).each()),
        ("rsi_14", rsi(&closes, 14)),
        ("macd", of(&macd, |value| value.line)),
        ("macd_signal", of(&macd, |value| value.signal)),
        ("macd_histogram", of(&macd, |value| value.histogram)),
        ("bollinger_upper", of(&bands, |band| band.upper)),
        ("bollinger_middle", of(&bands, |band| band.middle)),
        ("bollinger_lower", of(&bands, |band| band.lower)),
        ("deviation_20", of(&bands, |band| (band.upper - band.middle) / 2.0)),
        ("atr_14", Atr::series(bars, 14).each()),
        ("adx_14", adx.iter().map(|value| value.and_then(|value| value.adx)).collect()),
        ("plus_di_14", of(&adx, |value| value.plus)),
        ("minus_di_14", of(&adx, |value| value.minus)),
        ("stochastic_k", of(&slow, |value| value.k)),
        ("stochastic_d", of(&slow, |value| value.d)),
        ("obv", Obv::series(bars).each()),
        ("highest_20", of(&channel, |band| band.upper)),
        ("lowest_20", of(&channel, |band| band.lower)),
        ("rocp_5", Returns::simple(5).each(&closes)),
    ];
    all.into_iter().map(|(name, values)| (name.to_owned(), values)).collect()
}

/// Equal to 1e-9, of the value or, where it is near nothing, of what it was made of.
fn compare(theirs: &Columns, bars: &[Bar]) {
    let ours = ours(bars);
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (name, theirs) in theirs {
        for (at, (mine, theirs)) in ours[name].iter().zip(theirs).enumerate() {
            let (Some(mine), Some(theirs)) = (mine, theirs) else {
                assert_eq!(mine, theirs, "{name} at {at} begins elsewhere");
                continue;
            };
            // A difference of prices can't be surer than the prices.
            let made_of = if name.starts_with("macd") { bars[at].close } else { 1.0 };
            let allowed = 1e-9 * theirs.abs().max(made_of);
            assert!((mine - theirs).abs() <= allowed, "{name} at {at}: {mine} is not {theirs}");
        }
    }
}

#[test]
fn what_talib_said_about_our_series_is_what_we_say() {
    compare(&columns(include_str!("fixtures/talib.csv")), &bars());
}

#[test]
fn what_talib_says_now_is_what_we_say() {
    let python = std::env::var("OMC_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_it = Command::new(&python).args(["-c", "import talib"]).output().is_ok_and(|done| done.status.success());
    if !has_it {
        println!("skipped: {python} has no TA-Lib (OMC_PYTHON names another python; pip install TA-Lib)");
        return;
    }
    let bars: Vec<Bar> = bars().into_iter().map(|bar| Bar { close: bar.close + 0.5, ..bar }).collect();
    let mut child =
        Command::new(&python).args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines: String =
        bars.iter().map(|bar| format!("{},{},{},{}\n", bar.high, bar.low, bar.close, bar.volume.unwrap())).collect();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    compare(&columns(&String::from_utf8(done.stdout).unwrap()), &bars);
}
