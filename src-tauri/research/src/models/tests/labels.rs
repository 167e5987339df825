use super::*;

const FREE: Costs = Costs { fee_bps: 0.0, spread_bps: 0.0 };

/// Hourly candles from open, high, low and close, in whole dollars.
fn candles(bars: &[[i64; 4]]) -> Vec<Candle> {
    let dollars = |dollars: i64| Price::new(Decimal::from(dollars)).unwrap();
    let candle = |(number, [open, high, low, close]): (usize, &[i64; 4])| Candle {
        time: Timestamp::from_micros(number as i64 * HOUR),
        open: dollars(*open),
        high: dollars(*high),
        low: dollars(*low),
        close: dollars(*close),
        volume: None,
    };
    bars.iter().enumerate().map(candle).collect()
}

fn barriers(take: f64, stop: f64, horizon: usize) -> LabelSpec {
    let kind = LabelKind::TripleBarrier { take: Width::Bps(take), stop: Width::Bps(stop) };
    LabelSpec { kind, horizon, costs: FREE }
}

fn first(bars: &[[i64; 4]], spec: &LabelSpec) -> Result<Outcome, NoLabel> {
    outcomes(&candles(bars), Interval::H1, spec)[0]
}

#[test]
fn a_direction_buys_at_the_next_open_and_must_earn_its_fees_and_spread() {
    let bars = [[100, 100, 100, 100], [200, 210, 190, 205], [205, 220, 205, 210]];
    let free = direction(2);
    let outcome = first(&bars, &free).unwrap();
    assert!((outcome.net - 0.05).abs() < 1e-12 && outcome.is_up == Some(true) && outcome.end == 2, "{outcome:?}");
    // 5 % before costs: 1 % a side leaves 2.9 %, 3 % leave nothing.
    let costly = |fee_bps, spread_bps| LabelSpec { costs: Costs { fee_bps, spread_bps }, ..free };
    let net = first(&bars, &costly(100.0, 0.0)).unwrap().net;
    assert!((net - (1.05 * 0.99 / 1.01 - 1.0)).abs() < 1e-12, "{net}");
    assert_eq!(first(&bars, &costly(300.0, 0.0)).unwrap().is_up, Some(false));
    // Half the spread on each side is as much as a fee.
    assert_eq!(first(&bars, &costly(0.0, 200.0)).unwrap().net, net);
    let break_even = costly(100.0, 0.0).round_trip();
    assert!((break_even - (1.01 / 0.99 - 1.0)).abs() < 1e-12);
}

#[test]
fn of_three_barriers_the_first_that_is_met_counts() {
    let flat = [100, 100, 100, 100];
    let up = [flat, [100, 104, 99, 103], [103, 111, 100, 108], flat];
    let outcome = first(&up, &barriers(1_000.0, 500.0, 3)).unwrap();
    assert!((outcome.net - 0.1).abs() < 1e-12, "sold at the barrier, not at the high: {outcome:?}");
    assert_eq!((outcome.is_up, outcome.end), (Some(true), 2));
    let down = first(&[flat, [100, 104, 99, 103], [103, 104, 94, 108], flat], &barriers(1_000.0, 500.0, 3)).unwrap();
    assert!((down.net + 0.05).abs() < 1e-12 && down.is_up == Some(false) && down.end == 2);
    let neither = first(&[flat, [100, 104, 99, 103], [103, 104, 99, 102], flat], &barriers(1_000.0, 500.0, 2)).unwrap();
    assert!((neither.net - 0.02).abs() < 1e-12, "time: sold at the last close");
    assert_eq!((neither.is_up, neither.end), (Some(false), 2));
}

#[test]
fn a_candle_that_met_both_barriers_met_the_lower_one_first() {
    let flat = [100, 100, 100, 100];
    let both = first(&[flat, [100, 111, 94, 108], flat], &barriers(1_000.0, 500.0, 2)).unwrap();
    assert_eq!((both.is_up, both.end), (Some(false), 1));
}

#[test]
fn what_opens_beyond_a_barrier_is_sold_at_its_open() {
    let flat = [100, 100, 100, 100];
    let spec = barriers(1_000.0, 500.0, 3);
    let fell = first(&[flat, flat, [80, 120, 80, 120], flat], &spec).unwrap();
    assert!((fell.net + 0.2).abs() < 1e-12 && fell.is_up == Some(false));
    let rose = first(&[flat, flat, [120, 120, 80, 80], flat], &spec).unwrap();
    assert!((rose.net - 0.2).abs() < 1e-12 && rose.is_up == Some(true));
}

#[test]
fn a_barrier_may_be_as_wide_as_prices_vary() {
    let candles = moving(1, 200, 0.0);
    let kind = |times| LabelKind::TripleBarrier { take: Width::Volatility(times), stop: Width::Volatility(times) };
    let met = |times| {
        let spec = LabelSpec { kind: kind(times), horizon: 8, costs: FREE };
        let outcomes = outcomes(&candles, Interval::H1, &spec);
        assert_eq!(outcomes[10], Err(NoLabel::NoPrice), "no deviation is known yet");
        let ends = outcomes[30..150].iter().enumerate().map(|(at, outcome)| outcome.unwrap().end - at - 30);
        ends.sum::<usize>()
    };
    assert!(met(0.2) < met(1.0) && met(1.0) < met(20.0), "wider ones are met later");
}

#[test]
fn there_is_no_label_over_a_hole_at_the_end_or_where_nobody_traded() {
    let mut bars = candles(&[[100, 100, 100, 100]; 6]);
    bars.remove(3);
    let found = outcomes(&bars, Interval::H1, &direction(2));
    assert_eq!(found[0].unwrap().end, 2);
    assert_eq!(found[1..], [Err(NoLabel::Gap), Err(NoLabel::Gap), Err(NoLabel::Unfinished), Err(NoLabel::Unfinished)]);
    let mut silent = candles(&[[100, 100, 100, 100]; 5]);
    silent[2].volume = Some(Quantity::ZERO);
    let found = outcomes(&silent, Interval::H1, &direction(2));
    assert_eq!(found[0], Err(NoLabel::NoVolume), "it would sell there");
    assert_eq!(found[1], Err(NoLabel::NoVolume), "it would buy there");
    assert!(found[2].is_ok());
}

#[test]
fn quantiles_lie_between_neighbours_and_settings_that_can_not_be_are_named() {
    assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5), Some(2.5));
    assert_eq!(
        (quantile(&[4.0, 1.0], 1.0), quantile(&[4.0, 1.0], 0.0), quantile(&[], 0.5)),
        (Some(4.0), Some(1.0), None)
    );
    let bad = |spec: LabelSpec| spec.check().unwrap_err().code();
    assert_eq!(bad(direction(0)), "bad_setting");
    assert_eq!(bad(direction(HORIZON_MAX + 1)), "bad_setting");
    assert_eq!(bad(LabelSpec { costs: Costs { fee_bps: f64::NAN, spread_bps: 0.0 }, ..direction(1) }), "bad_setting");
    assert_eq!(bad(LabelSpec { kind: LabelKind::Quantile { above: 1.0 }, ..direction(1) }), "bad_setting");
    assert_eq!(bad(barriers(0.0, 10.0, 3)), "bad_setting");
}
