use super::*;
use crate::truth::market::tests::bars;
use crate::truth::{Axis, Check, Deal, Difference, Outcome};
use domain::{Side, Timestamp};

/// A plain desk: in while the fast average of the closes is above the slow one, all in, at the next open, for a fee.
fn trade(
    closes: &[f64],
    opens: &[f64],
    first: usize,
    (fast, slow): (usize, usize),
    late: usize,
    fee: f64,
) -> Vec<(usize, bool, f64, f64, f64)> {
    let mean = |bar: usize, period: usize| closes[bar + 1 - period..=bar].iter().sum::<f64>() / period as f64;
    let (mut cash, mut coins, mut deals) = (100.0, 0.0, Vec::new());
    for bar in first.max(slow)..closes.len().saturating_sub(1 + late) {
        let is_above = mean(bar, fast) > mean(bar, slow);
        let at = bar + 1 + late;
        let price = opens[at];
        if is_above && coins == 0.0 && cash > 0.0 {
            coins = cash / (price * (1.0 + fee));
            deals.push((at, true, coins, price, coins * price * fee));
            cash = 0.0;
        } else if !is_above && coins > 0.0 {
            deals.push((at, false, coins, price, coins * price * fee));
            cash = coins * price * (1.0 - fee);
            coins = 0.0;
        }
    }
    deals
}

fn float(price: domain::Price) -> f64 {
    f64::try_from(price.decimal()).unwrap()
}

fn simulate(grid: &Grid, job: &Job<'_>) -> Record {
    let steps: Vec<usize> = grid.values(job.point).map(|(_, value)| value.parse().unwrap()).collect();
    let closes: Vec<f64> = job.bars.iter().map(|bar| float(bar.close)).collect();
    let opens: Vec<f64> = job.bars.iter().map(|bar| float(bar.open)).collect();
    let fee = 0.001 * f64::from(job.conditions.fee_times) + f64::from(job.conditions.spread_bps) / 20_000.0;
    let late = job.conditions.latency_bars as usize;
    let deals: Vec<Deal> = trade(&closes, &opens, job.first, (steps[0], steps[1]), late, fee)
        .into_iter()
        .map(|(bar, is_buy, quantity, price, fee)| Deal {
            at: job.bars[bar].time,
            side: if is_buy { Side::Buy } else { Side::Sell },
            quantity,
            price,
            fee,
        })
        .collect();
    Record::of(job.bars, 100.0, &deals).after(job.first)
}

fn grid(fast: std::ops::RangeInclusive<usize>, slow: impl Iterator<Item = usize>) -> Grid {
    let axis = |name: &str, values: Vec<usize>| Axis {
        name: name.into(),
        values: values.iter().map(ToString::to_string).collect(),
    };
    Grid { axes: vec![axis("fast", fast.collect()), axis("slow", slow.collect())] }
}

fn clean() -> Result<Leaks, LeakError> {
    let checks = Check::ALL.map(|check| (check, Outcome::Passed(1))).to_vec();
    Ok(Leaks { checks, bars: 1, decisions: 1 })
}

fn examine(bars: &[Candle], grid: &Grid, plan: &Plan, leaks: Result<Leaks, LeakError>) -> Report {
    let points: Vec<usize> = (0..grid.points().unwrap()).collect();
    let study = Study { grid, points: &points, fixed: None, bars, first: 60, warm_up: 60, plan };
    study.examine(leaks, &mut |job| Ok::<_, ()>(simulate(grid, job))).unwrap()
}

/// Prices that trend up and down in long stretches, or walk.
fn series(seed: u64, count: usize, trend: f64) -> Vec<Candle> {
    turning(seed, count, trend, 60.0)
}

fn turning(seed: u64, count: usize, trend: f64, stretch: f64) -> Vec<Candle> {
    let mut random = Random::new(seed, 9);
    let (mut price, mut drift) = (1_000_000.0f64, trend);
    let cents: Vec<i64> = (0..count)
        .map(|_| {
            if random.unit() < 1.0 / stretch {
                drift = if random.unit() < 0.5 { trend } else { -trend };
            }
            price *= 1.0 + drift + (random.unit() - 0.5) / 50.0;
            price as i64
        })
        .collect();
    bars(&cents)
}

fn quick() -> Plan {
    Plan { controls: 19, parts: 8, bootstrap: Bootstrap { draws: 100, ..Bootstrap::default() }, ..Plan::default() }
}

#[test]
fn a_true_edge_on_a_trending_series_holds_up() {
    let report = examine(&turning(1, 4_000, 0.008, 12.0), &grid(2..=6, (8..=16).step_by(2)), &quick(), clean());
    assert_eq!(report.verdict, Verdict::HoldsUp, "{:#?}", report.reasons);
    assert_eq!((report.in_sample.trials, report.out_of_sample.folds.len()), (25, 5));
    assert!(report.out_of_sample.figures.total_return > 0.5);
    assert!(report.controls.iter().all(|(_, control)| control.unwrap().p <= 0.05));
    assert!(report.stress[4].figures.total_return < report.out_of_sample.figures.total_return);
}

#[test]
fn the_best_of_five_hundred_on_a_random_walk_is_called_overfitted() {
    let wide = grid(2..=21, (25..=49).step_by(1));
    assert_eq!(wide.points(), Some(500));
    let plan = Plan { keeps_choices: true, ..quick() };
    let report = examine(&series(3, 1_200, 0.0), &wide, &plan, clean());
    assert!(report.in_sample.figures.total_return > 0.0, "it looks good where it was chosen");
    assert_eq!(report.verdict, Verdict::Overfitted, "{:#?}", report.reasons);
    assert_eq!(report.in_sample.deflated.unwrap().trials, 500);
}

#[test]
fn no_random_walk_holds_up_and_most_that_look_good_are_called_overfitted() {
    let plan = Plan { controls: 0, ..quick() };
    let small = grid(2..=8, (10..=30).step_by(5));
    let verdict = |seed| examine(&series(seed, 700, 0.0), &small, &plan, clean()).verdict;
    let verdicts: Vec<Verdict> = (30..50).map(verdict).collect();
    let count = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
    assert_eq!(count(Verdict::HoldsUp), 0);
    assert!(count(Verdict::Overfitted) > 2 * count(Verdict::Unproven), "{verdicts:?}");
}

#[test]
fn what_leaks_means_nothing_however_good_it_looks() {
    let bars = series(1, 3_000, 0.003);
    let mut leaks = clean().unwrap();
    let difference = Difference { at: Timestamp::default(), said: "buy".into(), instead: "nothing".into() };
    leaks.checks[2].1 = Outcome::Failed(difference);
    let report = examine(&bars, &grid(2..=3, 10..=11), &quick(), Ok(leaks));
    assert_eq!((report.verdict, report.reasons[0].code), (Verdict::Leaks, "poison"));
}

#[test]
fn trials_made_before_are_held_against_it() {
    let bars = series(1, 3_000, 0.0009);
    let small = grid(4..=6, (20..=30).step_by(5));
    let of = |earlier_trials| {
        examine(&bars, &small, &Plan { earlier_trials, ..quick() }, clean()).in_sample.deflated.unwrap()
    };
    let (fresh, tired) = (of(0), of(100_000));
    assert_eq!((fresh.trials, tired.trials), (9, 100_009));
    assert!(tired.to_beat > fresh.to_beat && tired.probability < fresh.probability);
}

#[test]
fn a_choice_is_made_before_its_test_and_tested_on_bars_it_never_saw() {
    let bars = series(2, 1_000, 0.002);
    let small = grid(2..=3, 10..=11);
    let plan = Plan { controls: 0, embargo: Some(7), ..quick() };
    let points = [0, 1, 2, 3];
    let study = Study { grid: &small, points: &points, fixed: None, bars: &bars, first: 60, warm_up: 20, plan: &plan };
    let mut windows = Vec::new();
    let run = &mut |job: &Job<'_>| {
        if job.step == Step::Test {
            windows.push((job.bars[job.first].time, job.bars.last().unwrap().time, job.first));
        }
        Ok::<_, ()>(simulate(&small, job))
    };
    let report = study.examine(clean(), run).unwrap();
    // Half of 940 bars train, then the embargo, behind the 60 that warm up.
    assert_eq!(windows[0].0, bars[60 + 470 + 7].time);
    assert!(windows.windows(2).all(|pair| pair[0].1 < pair[1].0));
    assert_eq!(windows.last().unwrap().1, bars[999].time);
    assert!(windows.iter().all(|window| window.2 == 21), "it warms up on the bars before: {windows:?}");
    assert_eq!(report.out_of_sample.figures.bars, 940 - 477);
    assert_eq!(report.out_of_sample.folds.iter().map(|fold| fold.trained).collect::<Vec<_>>()[0], 470);
    // No controls at all is said, and never taken for having passed.
    assert!(report.reasons.iter().any(|reason| reason.code == "shuffled_dates"));
}

#[test]
fn controls_choose_anew_on_every_shuffled_series_and_only_before_each_test() {
    let bars = series(2, 900, 0.002);
    let small = grid(2..=4, 10..=12);
    let points: Vec<usize> = (0..9).collect();
    let of = |keeps_choices| {
        let plan = Plan { keeps_choices, controls: 19, stresses: vec![(Cost::Fee, 0)], ..quick() };
        let study =
            Study { grid: &small, points: &points, fixed: None, bars: &bars, first: 60, warm_up: 20, plan: &plan };
        let (mut jobs, mut chosen, mut training) = (0, Vec::new(), Vec::new());
        let run = &mut |job: &Job<'_>| {
            jobs += 1;
            let record = simulate(&small, job);
            match (job.step, job.bars.len()) {
                // Half of 840 bars train first: what it shows there is all that the first choice can know.
                (Step::Control, 900) => training.push((sharpe(&record.returns[..420]), job.bars[59..].to_vec())),
                (Step::Control, _) => chosen.push((job.point, job.bars[job.first].time, training.len())),
                _ => {}
            }
            Ok::<_, ()>(record)
        };
        let report = study.examine(clean(), run).unwrap();
        assert_eq!(jobs, study.jobs());
        (report, chosen, training)
    };
    let (report, chosen, training) = of(false);
    assert_eq!((chosen.len(), training.len()), (19 * 5, 19 * 9));
    for (point, _, seen) in chosen.iter().step_by(5) {
        let scores: Vec<f64> = training[seen - 9..*seen].iter().map(|(score, _)| *score).collect();
        assert!(scores.iter().all(|score| *score <= scores[*point]), "{point} of {scores:?}");
    }
    let begin = report.out_of_sample.folds[1].from;
    let close = |bars: &[Candle]| float(bars.iter().rfind(|bar| bar.time < begin).unwrap().close);
    let real = close(&bars);
    for (_, shuffled) in &training {
        assert!((close(shuffled) / real - 1.0).abs() < 1e-6, "what the coin did in each test stays");
    }
    assert_ne!(training[0].1[1..100], bars[60..159], "and its order does not");
    let (cheap, kept, none) = of(true);
    assert!(
        none.is_empty()
            && kept.iter().zip(report.out_of_sample.folds.iter().cycle()).all(|(one, fold)| one.0 == fold.point)
    );
    assert!(chosen.iter().zip(&kept).any(|(anew, kept)| anew.0 != kept.0));
    assert_eq!(
        (cheap.controls[0].0, report.controls[0].0),
        (ControlKind::ShuffledDates, ControlKind::ShuffledDatesChosenAnew)
    );
    assert_eq!(cheap.out_of_sample, report.out_of_sample);
    let asked = cheap.stress.last().unwrap();
    assert_eq!((asked.conditions.label(), cheap.stress.len()), ("fee_bps 0".to_owned(), 6));
}

#[test]
fn a_choice_does_not_change_with_what_comes_after_its_training() {
    let bars = series(2, 1_000, 0.002);
    let small = grid(2..=5, 10..=14);
    let plan = Plan { controls: 0, ..quick() };
    let chosen = |bars: &[Candle]| {
        let report = examine(bars, &small, &plan, clean());
        let first = &report.out_of_sample.folds[0];
        (first.point, first.in_sample_sharpe.to_bits())
    };
    let mut other = bars.clone();
    other[540..].copy_from_slice(&series(77, 1_000, -0.004)[540..]);
    assert_eq!(chosen(&bars), chosen(&other));
}

#[test]
fn a_given_point_is_not_chosen_and_its_neighbours_are_no_trials() {
    let bars = series(1, 1_000, 0.003);
    let small = grid(2..=4, 10..=12);
    let plan = quick();
    let points: Vec<usize> = (0..9).collect();
    let study =
        Study { grid: &small, points: &points, fixed: Some(4), bars: &bars, first: 60, warm_up: 20, plan: &plan };
    let mut jobs = 0;
    let run = &mut |job: &Job<'_>| {
        jobs += 1;
        Ok::<_, ()>(simulate(&small, job))
    };
    let report = study.examine(clean(), run).unwrap();
    assert!(report.out_of_sample.folds.iter().all(|fold| fold.point == 4));
    assert_eq!((report.in_sample.point, report.in_sample.trials), (4, 1));
    assert!(report.in_sample.overfitting.is_err());
    assert_eq!(report.in_sample.stability.unwrap().neighbours, 8);
    assert_eq!(jobs, study.jobs());
}

#[test]
fn the_same_bars_and_seed_give_the_same_report() {
    let bars = series(4, 800, 0.001);
    let small = grid(2..=3, 10..=11);
    let of = || format!("{:?}", examine(&bars, &small, &quick(), clean()));
    assert_eq!(of(), of());
}

#[test]
fn too_few_bars_no_points_and_a_run_that_ends_are_named() {
    let bars = series(4, 250, 0.0);
    let small = grid(2..=3, 10..=11);
    let plan = quick();
    let study = Study { grid: &small, points: &[0], fixed: None, bars: &bars, first: 60, warm_up: 20, plan: &plan };
    let ended = |study: &Study<'_>| study.examine(clean(), &mut |_| Err::<Record, _>("cancelled")).unwrap_err();
    assert_eq!(ended(&study), StudyError::TooFewBars { have: 190 });
    assert_eq!(ended(&Study { first: 20, points: &[], ..study }), StudyError::NoPoints);
    assert_eq!(ended(&Study { first: 20, ..study }), StudyError::Run("cancelled"));
    let many = Plan { controls: 100_000, ..quick() };
    assert_eq!(ended(&Study { first: 20, points: &[0, 1, 2], plan: &many, ..study }).code(), Some("too_many_runs"));
}
