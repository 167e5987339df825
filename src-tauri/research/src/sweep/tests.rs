use super::*;
use crate::vector::{Bars, Setup};
use domain::{BasisPoints, Candle, Coin, Decimal, FactHash, Interval, Money, Name, Price, Timestamp, Trials, Tried};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

fn coin(text: &str) -> Coin {
    Coin::parse(text).unwrap()
}

fn grid(axes: &[&str]) -> Result<Grid, GridError> {
    let axes: Vec<String> = axes.iter().map(|axis| (*axis).to_owned()).collect();
    Grid::read("sma_cross", &BTreeMap::new(), &axes)
}

fn candles(count: i64) -> Vec<Candle> {
    let one = |n: i64| {
        let price = Price::new(Decimal::new(5_000_000 + (n * n * 7_919) % 900_007, 2)).unwrap();
        Candle::of(Timestamp::from_micros(n * Interval::H1.micros()), price)
    };
    (0..count).map(one).collect()
}

fn setup() -> Setup {
    Setup { cash: Money::aud(Decimal::from(100_000)), fee: BasisPoints(10), first: 0, keep_fills: false }
}

fn header(grid: &Grid, lanes: &[(&str, u64)]) -> Header {
    let lane = |(name, count): &(&str, u64)| LaneHeader {
        coin: coin(name),
        interval: Interval::H1,
        from: Timestamp::default(),
        to: Timestamp::from_micros(*count as i64 * Interval::H1.micros()),
        candles: *count,
        data: data_hash(coin(name), Interval::H1, &candles(*count as i64)).to_string(),
        warm_up: 0,
        fed: String::new(),
    };
    Header {
        omc_sweep: Header::FORMAT,
        strategy: "sma_cross".into(),
        code: 1,
        axes: grid.axes().to_vec(),
        fixed: grid.fixed(),
        execution: "next_open".into(),
        cash: "100000".into(),
        fee_bps: 10,
        lanes: lanes.iter().map(lane).collect(),
        points_a_lane: grid.points(),
        block_points: BLOCK_POINTS,
    }
}

/// The file of some of the blocks, made on so many threads.
fn file(grid: &Grid, threads: usize, wanted: impl Fn(u64) -> bool) -> String {
    let lanes = [("BTC", 700), ("ETH", 900)];
    let header = header(grid, &lanes);
    let mut text = header.line().unwrap();
    for (place, (name, count)) in lanes.iter().enumerate() {
        let bars = Bars::new(Interval::H1, &candles(*count as i64));
        let lane = Lane { coin: coin(name), interval: Interval::H1, bars: &bars, event_path: None };
        let (first, before) = (header.blocks_a_lane() * place as u64, header.points_a_lane * place as u64);
        let jobs: Vec<u64> = (first..first + header.blocks_a_lane()).filter(|block| wanted(*block)).collect();
        let work = |block: &u64| run_block(grid, &lane, setup(), before, (block - first) * BLOCK_POINTS);
        assert!(in_order(&jobs, threads, work, |place, rows| {
            text.push_str(&block_line(jobs[place], &rows).unwrap());
            ControlFlow::Continue(())
        }));
    }
    text
}

#[test]
fn a_grid_is_read_in_the_order_of_the_strategys_parameters() {
    let read = grid(&["slow=60..255:5", "fast=5..53:2"]).unwrap();
    assert_eq!(read.points(), 1_000);
    assert_eq!(read.axes()[0].name, "fast");
    assert_eq!(read.axes()[0].values.len(), 25);
    assert_eq!(read.swept(0), [("fast".into(), "5".into()), ("slow".into(), "60".into())]);
    assert_eq!(read.swept(999), [("fast".into(), "53".into()), ("slow".into(), "255".into())]);
    assert_eq!(read.swept(41), [("fast".into(), "7".into()), ("slow".into(), "65".into())]);
    assert_eq!(read.fixed(), [("share".into(), "100".into())]);
    assert_eq!(grid(&["fast=3, 1,2"]).unwrap().axes()[0].values, ["3", "1", "2"]);
}

#[test]
fn a_grid_that_can_not_be_is_named_before_anything_runs() {
    let code = |axes: &[&str]| grid(axes).map(|_| ()).unwrap_err().code();
    assert_eq!(code(&[]), "bad_axes");
    assert_eq!(code(&["fast"]), "bad_axis");
    assert_eq!(code(&["fast=9..5"]), "bad_axis");
    assert_eq!(code(&["fast=1..5:0"]), "bad_axis");
    assert_eq!(code(&["fast=1..5:0.5"]), "bad_parameter");
    assert_eq!(code(&["fast="]), "bad_parameter");
    assert_eq!(code(&["speed=1"]), "unknown_parameter");
    assert_eq!(code(&["fast=1,2", "fast=3"]), "axis_twice");
    assert_eq!(code(&["fast=5,05"]), "axis_twice");
    assert_eq!(code(&["fast=40..50", "slow=10..20"]), "no_point");
    assert_eq!(code(&["fast=1..500", "slow=1..500", "share=1..100"]), "too_many_points");
    assert_eq!(code(&["fast=1..99999999999999999999"]), "too_many_points");
    let set = BTreeMap::from([("fast".to_owned(), "3".to_owned())]);
    assert_eq!(Grid::read("sma_cross", &set, &["fast=1,2".into()]).map(|_| ()).unwrap_err().code(), "axis_twice");
    assert_eq!(Grid::read("sma", &set, &["fast=1,2".into()]).map(|_| ()).unwrap_err().code(), "unknown_strategy");
}

#[test]
fn the_bytes_are_the_same_for_any_threads_and_put_together_from_shards() {
    let grid = grid(&["fast=2..20", "slow=10..40:2"]).unwrap();
    let whole = file(&grid, 1, |_| true);
    assert_eq!(file(&grid, 4, |_| true), whole);
    let shards: Vec<String> = [2, 0, 1].map(|shard| file(&grid, 2, move |block| block % 3 == shard)).into();
    let merged = merge(&shards).unwrap();
    assert_eq!(merged, whole);
    let rows = read(&merged).unwrap().rows().unwrap();
    assert_eq!(rows.len() as u64, 2 * grid.points());
    assert!(rows.iter().enumerate().all(|(place, row)| row.point == place as u64));
    let left = rows.iter().filter(|row| row.told == Told::Left { left: "bad_parameter".into() }).count();
    assert!(left > 0, "fast must be less than slow");
    assert_eq!(merge(&shards[..2]).unwrap_err().code(), "sweep_incomplete");
    assert_eq!(merge(&[]).unwrap_err().code(), "no_files");
    // A file twice is no contradiction.
    assert_eq!(merge(&[whole.clone(), whole.clone()]).unwrap(), whole);
}

#[test]
fn a_torn_end_is_left_off_and_damage_before_it_is_an_error() {
    let grid = grid(&["fast=2..20", "slow=10..40:2"]).unwrap();
    let whole = file(&grid, 2, |_| true);
    for cut in (whole.find('\n').unwrap() + 1..whole.len()).step_by(997) {
        let parts = read(&whole[..cut]).unwrap();
        assert!(parts.whole_bytes <= cut);
        assert_eq!(whole[..parts.whole_bytes].matches('\n').count(), parts.blocks.len() + 1);
    }
    assert_eq!(read(&whole).unwrap().whole_bytes, whole.len());
    assert_eq!(read("").unwrap_err().code(), "sweep_damaged");
    let digit = whole.rfind("final_equity").unwrap() + 16;
    let mut forged = whole.clone().into_bytes();
    forged[digit] = if forged[digit] == b'9' { b'8' } else { b'9' };
    assert_eq!(read(std::str::from_utf8(&forged).unwrap()).unwrap_err().code(), "sweep_damaged");
    let other = whole.replacen("\"fee_bps\":10", "\"fee_bps\":11", 1);
    assert_eq!(merge(&[whole, other]).unwrap_err().code(), "sweep_different");
}

#[test]
fn a_strategy_without_a_vectorised_form_goes_the_event_path_or_says_why_not() {
    let set = BTreeMap::new();
    let grid = Grid::read("scheduled_accumulation", &set, &["aud=10,20".into()]).unwrap();
    let bars = Bars::new(Interval::H1, &candles(10));
    let seen = AtomicUsize::new(0);
    let event_path = |point: u64| {
        seen.fetch_add(1, Ordering::Relaxed);
        Err(format!("asked_for_{}", grid.setting(point)["aud"]))
    };
    let lane = Lane { coin: coin("BTC"), interval: Interval::H1, bars: &bars, event_path: Some(&event_path) };
    let rows = run_block(&grid, &lane, setup(), 0, 0);
    assert_eq!(seen.load(Ordering::Relaxed), 2);
    assert_eq!(rows[1].told, Told::Left { left: "asked_for_20".into() });
    let lane = Lane { coin: coin("BTC"), interval: Interval::H1, bars: &bars, event_path: None };
    assert_eq!(run_block(&grid, &lane, setup(), 0, 0)[0].told, Told::Left { left: "event_path_only".into() });
}

#[test]
fn a_fee_is_swept_vectorised_and_what_that_path_does_not_know_goes_the_event_path() {
    let own = grid(&["fast=2"]).unwrap();
    let grid = grid(&["latency_bars=0,2", "fast=2,3", "fee_bps=0,50"]).unwrap();
    let names: Vec<&str> = grid.axes().iter().map(|axis| axis.name.as_str()).collect();
    assert_eq!(names, ["fast", "fee_bps", "latency_bars"], "costs stand behind the parameters");
    assert_eq!(grid.setting(7), BTreeMap::from([("fast".to_owned(), "3".to_owned())]), "a cost is no parameter");
    let seen = std::sync::Mutex::new(Vec::new());
    let event_path = |point: u64| {
        seen.lock().unwrap().push((point, grid.charges(point).of(Cost::Latency)));
        Err("asked".to_owned())
    };
    let bars = Bars::new(Interval::H1, &candles(400));
    let lane = Lane { coin: coin("BTC"), interval: Interval::H1, bars: &bars, event_path: Some(&event_path) };
    let rows = run_block(&grid, &lane, setup(), 0, 0);
    assert_eq!(*seen.lock().unwrap(), [1, 3, 5, 7].map(|point| (point, Some(2))));
    let Told::Ran(free) = &rows[0].told else { panic!("{rows:?}") };
    let Told::Ran(dear) = &rows[2].told else { panic!("{rows:?}") };
    assert!(
        free.fees.amount().is_zero() && dear.fees.amount() > free.fees.amount() && dear.entries == free.entries,
        "{free:?} {dear:?}"
    );
    let alone = run_block(&own, &lane, Setup { fee: BasisPoints(50), ..setup() }, 2, 0);
    assert_eq!(alone[0], rows[2], "the fee of an axis is the fee that could be set");
}

#[test]
fn a_cost_that_can_not_be_is_named() {
    let code = |axes: &[&str]| grid(axes).map(|_| ()).unwrap_err().code();
    assert_eq!(code(&["fast=2", "fee_bps=1001"]), "bad_setting");
    assert_eq!(code(&["fast=2", "latency_bars=0..1:0.5"]), "bad_setting");
    assert_eq!(code(&["fast=2", "fee_bps=5,05"]), "axis_twice");
    let asked = |texts: &[&str]| costs(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    assert_eq!(asked(&["fee_bps=0,50", "latency_bars=1..2"]).unwrap().len(), 4);
    let code = |text: &str| asked(&[text]).unwrap_err().code();
    assert_eq!((code("fast=2"), code("fee_bps"), code("spread_bps=2001")), ("bad_axis", "bad_axis", "bad_setting"));
    assert_eq!((code("fee_bps=1,1"), code("latency_bars=0..200")), ("axis_twice", "too_many_points"));
}

#[test]
fn points_are_ranked_and_a_heat_map_takes_the_best_over_the_other_axes() {
    let grid = grid(&["fast=2,3,12", "slow=10,20", "share=50,100"]).unwrap();
    let (lanes, count) = ([("BTC", 700)], 700);
    let lane = Lane {
        coin: coin("BTC"),
        interval: Interval::H1,
        bars: &Bars::new(Interval::H1, &candles(count)),
        event_path: None,
    };
    let rows = run_block(&grid, &lane, setup(), 0, 0);
    let header = header(&grid, &lanes);
    for measure in Measure::ALL {
        let ranked = ranked(&rows, measure);
        assert_eq!(ranked.len(), 10, "fast 12 over slow 10 can't be");
        let figures: Vec<f64> = ranked.iter().filter_map(|one| measure.of(one.figures)).collect();
        let falls = figures
            .windows(2)
            .all(|pair| if measure == Measure::Drawdown { pair[0] <= pair[1] } else { pair[0] >= pair[1] });
        assert!(falls, "{measure:?} {figures:?}");
    }
    let heat = heat(&header, &rows, 0, (0, 1), Measure::Return).unwrap();
    assert_eq!((heat.cells.len(), heat.cells[0].len()), (2, 3));
    assert_eq!(heat.cells[0][2], None);
    let cell = |point: usize| match &rows[point].told {
        Told::Ran(figures) => figures.earned,
        Told::Left { left } => panic!("{left}"),
    };
    assert_eq!(heat.cells[1][1], Some(cell(6).max(cell(7))));
    assert!(super::heat(&header, &rows, 0, (1, 1), Measure::Return).is_none());
}

#[test]
fn work_is_delivered_in_order_and_an_early_end_ends_it() {
    let jobs: Vec<usize> = (0..200).collect();
    let slow_first = |job: &usize| {
        if job.is_multiple_of(7) {
            std::thread::yield_now();
        }
        *job
    };
    let mut told = Vec::new();
    assert!(in_order(&jobs, 5, slow_first, |place, done| {
        told.push((place, done));
        ControlFlow::Continue(())
    }));
    assert_eq!(told, jobs.iter().map(|job| (*job, *job)).collect::<Vec<_>>());
    let begun = AtomicUsize::new(0);
    let count = |job: &usize| {
        begun.fetch_add(1, Ordering::Relaxed);
        *job
    };
    assert!(!in_order(&jobs, 2, count, |place, _| if place == 3 {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }));
    assert!(begun.load(Ordering::Relaxed) <= 3 + 1 + 2 * 4, "it runs no further ahead than it may");
    let dies = |job: &usize| if *job == 5 { panic!("planted") } else { *job };
    assert!(!in_order(&jobs, 2, dies, |_, _| ControlFlow::Continue(())));
}

#[test]
fn trials_are_counted_once_a_sweep_on_overlapping_candles_of_the_same_coin_and_interval() {
    let at = |hour: i64| Timestamp::from_micros(hour * Interval::H1.micros());
    let trials = |id: u8, shard, tried: &[(&str, Interval, i64, i64, u64)]| Trials {
        id: FactHash([id; 32]),
        shard,
        strategy: Name::parse("sma_cross").unwrap(),
        code: 1,
        grid: FactHash([0; 32]),
        tried: tried
            .iter()
            .map(|(name, interval, from, to, trials)| Tried {
                coin: coin(name),
                interval: *interval,
                from: at(*from),
                to: at(*to),
                candles: 1,
                data: FactHash([1; 32]),
                trials: *trials,
            })
            .collect(),
        best: None,
    };
    let told = [
        trials(1, None, &[("BTC", Interval::H1, 0, 100, 1_000), ("ETH", Interval::H1, 0, 100, 7)]),
        trials(1, None, &[("BTC", Interval::H1, 0, 100, 1_000), ("ETH", Interval::H1, 0, 100, 7)]),
        trials(2, Some((1, 2)), &[("BTC", Interval::H1, 50, 150, 30)]),
        trials(2, Some((2, 2)), &[("BTC", Interval::H1, 50, 150, 31)]),
        trials(3, Some((1, 2)), &[("BTC", Interval::H1, 50, 150, 30)]),
        trials(3, None, &[("BTC", Interval::H1, 50, 150, 61)]),
        trials(4, None, &[("BTC", Interval::D1, 0, 100, 500)]),
    ];
    let on = |name: &str, from, to| trials_on(&told, coin(name), Interval::H1, (at(from), at(to)));
    assert_eq!(on("BTC", 0, 200), 1_000 + 61 + 61);
    assert_eq!(on("BTC", 100, 200), 61 + 61, "a window that ends where another begins does not overlap it");
    assert_eq!(on("BTC", 0, 50), 1_000);
    assert_eq!(on("ETH", 0, 200), 7);
    assert_eq!(on("ETH", 100, 200), 0);
}

#[test]
fn the_hash_of_data_depends_on_every_candle_and_on_nothing_else() {
    let (btc, eth) = (coin("BTC"), coin("ETH"));
    let hash = |coin, interval, count| data_hash(coin, interval, &candles(count));
    let base = hash(btc, Interval::H1, 5_000);
    assert_eq!(base, hash(btc, Interval::H1, 5_000));
    assert_ne!(base, hash(eth, Interval::H1, 5_000));
    assert_ne!(base, hash(btc, Interval::H4, 5_000));
    assert_ne!(base, hash(btc, Interval::H1, 4_999));
    let mut other = candles(5_000);
    other[4_500].high = Price::parse("99999").unwrap();
    assert_ne!(base, data_hash(btc, Interval::H1, &other));
}
