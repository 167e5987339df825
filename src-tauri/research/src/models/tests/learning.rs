use super::*;
use crate::truth::{Check, Market, feature_leaks};
use proptest::prelude::*;
use std::sync::{Arc, OnceLock};

fn walked(dataset: &Dataset, recipe: &Recipe) -> Walked {
    walk_forward(dataset, recipe, &PLAN, &Search::None, &mut go).unwrap()
}

/// Candles whose moves go on, as samples.
fn edge() -> &'static Dataset {
    static EDGE: OnceLock<Dataset> = OnceLock::new();
    EDGE.get_or_init(|| learn_from(&moving(3, 1_600, 0.6), &FEW, direction(1)).unwrap())
}

/// Candles that wander, as samples.
fn nothing(seed: u64) -> Dataset {
    learn_from(&moving(seed, 1_600, 0.0), &FEW, direction(4)).unwrap()
}

#[test]
fn every_learner_finds_what_was_planted_where_it_was_not_trained() {
    for kind in LearnerKind::ALL {
        let walked = walked(edge(), &recipe(kind));
        let skill = walked.skill(edge());
        assert!(skill.auc.unwrap() > 0.7 && skill.is_shown(), "{}: {skill:?}", kind.as_str());
        let accuracy = walked.classified.accuracy.unwrap();
        assert!(accuracy > walked.baselines.majority.accuracy.unwrap() + 0.1, "{}: {accuracy}", kind.as_str());
        // That moves go on is what the other baseline says: it is no worse than what was learned, and told as well.
        assert!(walked.baselines.previous.accuracy.unwrap() > 0.6);
        assert_eq!(walked.regressed.is_some(), kind == LearnerKind::Ridge);
        assert!(walked.regressed.is_none_or(|regressed| regressed.r2.unwrap() > 0.1));
        assert_eq!((walked.folds.len(), walked.fits), (3, 3));
        let tested: Vec<usize> = walked.predictions.iter().map(|one| one.row).collect();
        assert_eq!(tested, (walked.folds[0].test.start..edge().len()).collect::<Vec<_>>(), "each once, in order");
    }
}

#[test]
fn where_there_is_nothing_nothing_is_shown() {
    for kind in LearnerKind::ALL {
        for seed in [21, 22] {
            let dataset = nothing(seed);
            let skill = walked(&dataset, &recipe(kind)).skill(&dataset);
            assert!(!skill.is_shown(), "{} {seed}: {skill:?}", kind.as_str());
        }
    }
}

#[test]
fn what_lies_behind_a_tests_beginning_changes_nothing_that_is_known_before_it() {
    let candles = moving(5, 1_200, 0.3);
    let label = LabelSpec { kind: LabelKind::Quantile { above: 0.6 }, ..direction(12) };
    let dataset = learn_from(&candles, &FEW, label).unwrap();
    let search = Search::Random { budget: 2 };
    for kind in LearnerKind::ALL {
        let recipe = Recipe {
            calibration: if kind.says_returns() { Calibration::None } else { Calibration::Platt },
            ..recipe(kind)
        };
        let base = walk_forward(&dataset, &recipe, &PLAN, &search, &mut go).unwrap();
        let start = base.folds[1].test.start;
        let mut poisoned = dataset.clone();
        let mut table = Table::new(FEW.len());
        for row in 0..dataset.len() {
            let values = dataset.table.row(row);
            let spoilt: Vec<f64> = values.iter().map(|value| 1_000.0 - 7.0 * value).collect();
            table.push(if row < start { values } else { &spoilt });
            if dataset.ends.end(row) >= start {
                let sample = &mut poisoned.samples[row];
                sample.net = -sample.net;
            }
        }
        poisoned.table = Arc::new(table);
        let other = walk_forward(&poisoned, &recipe, &PLAN, &search, &mut go).unwrap();
        assert_eq!(base.folds[0].fitted, other.folds[0].fitted, "{}", kind.as_str());
        assert_eq!(base.folds[1].fitted, other.folds[1].fitted, "{}", kind.as_str());
        assert_eq!(base.folds[1].tried, other.folds[1].tried, "{}", kind.as_str());
        assert_ne!(base.folds[2].fitted, other.folds[2].fitted, "the third was trained on it");
    }
}

#[test]
fn shuffled_labels_teach_nothing_unless_the_training_knows_the_test() {
    let recipe = Recipe {
        learner: recipe(LearnerKind::Forest).learner.set("leaf", 1.0).unwrap(),
        ..recipe(LearnerKind::Forest)
    };
    let control = label_control(edge(), &recipe, &PLAN, 3, &mut go).unwrap();
    assert!(control.is_clean() && control.aucs.len() == 9 && control.fits == 9, "{control:?}");
    // The same forest, trained on everything: it remembers labels it is then asked for.
    let all: Vec<usize> = (0..edge().len()).collect();
    let test = walked(edge(), &recipe).folds[0].test.clone();
    let round = |round| {
        let shuffled = shuffled_labels(edge(), &mut Random::new(1, round));
        let fitted = recipe.fit(&shuffled, &all).unwrap();
        let said = |row| (fitted.score(shuffled.table.row(row)), shuffled.is_up(row, None));
        roc_auc(&test.clone().map(said).collect::<Vec<_>>()).unwrap()
    };
    let leaky = LabelControl::of((0..3).map(round).collect(), test.len() / 2, test.len() / 2, 3);
    assert!(!leaky.is_clean() && leaky.mean > 0.6, "{leaky:?}");
}

#[test]
fn a_column_made_of_labels_and_a_scaler_that_saw_everything_are_caught_by_the_look_for_leaks() {
    let market = Market::of(btc(), Interval::H1, moving(8, 700, 0.3));
    let honest =
        |market: &Market| table_of(market.bars()).into_iter().map(|row| vec![row.values[0]]).collect::<Vec<_>>();
    assert!(feature_leaks(&market, 3, &honest).unwrap().is_clean());
    let label = |market: &Market| {
        let outcomes = outcomes(market.bars(), Interval::H1, &direction(1));
        outcomes.into_iter().map(|outcome| vec![outcome.ok().map(|outcome| outcome.net)]).collect::<Vec<_>>()
    };
    assert_eq!(feature_leaks(&market, 3, &label).unwrap().failed(), [Check::Truncate, Check::Poison]);
    let scaled = |market: &Market| {
        let rows = table_of(market.bars());
        let mut table = Table::new(1);
        rows.iter().for_each(|row| table.push(&[row.values[0].unwrap_or(0.0)]));
        let scaled = Scaler::fit(&table).scale(&table);
        scaled.each().map(|row| vec![Some(row[0])]).collect::<Vec<_>>()
    };
    let caught = feature_leaks(&market, 3, &scaled).unwrap().failed();
    assert!(caught.contains(&Check::Truncate) && caught.contains(&Check::Poison), "{caught:?}");
}

#[test]
fn the_same_samples_and_seed_are_the_same_bytes_on_any_thread() {
    for kind in LearnerKind::ALL {
        let recipe = Recipe {
            calibration: if kind.says_returns() { Calibration::None } else { Calibration::Isotonic },
            ..recipe(kind)
        };
        let search = Search::Bayes { budget: 2 };
        let make = || {
            let thresholds = Thresholds::usual(kind, &edge().label);
            train(edge(), &recipe, &PLAN, &search, thresholds, &mut go).unwrap().model.write().unwrap()
        };
        let threads: Vec<_> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..2).map(|_| scope.spawn(make)).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert!(threads[0] == threads[1], "{}", kind.as_str());
        let (bytes, id) = &threads[0];
        assert_eq!(id_of(bytes), *id);
    }
}

#[test]
fn chances_are_calibrated_by_samples_the_learner_did_not_see() {
    let all: Vec<usize> = (0..800).collect();
    let calibrated = Recipe { calibration: Calibration::Platt, ..recipe(LearnerKind::Logistic) };
    let fitted = calibrated.fit(edge(), &all).unwrap();
    // The last fifth calibrates; labels one ahead take the sample before it out of the rest.
    let head: Vec<usize> = (0..639).collect();
    let plain = recipe(LearnerKind::Logistic).fit(edge(), &head).unwrap();
    assert_eq!(fitted.weights, plain.weights);
    assert!(fitted.calibrated.is_some());
}

#[test]
fn balanced_classes_find_more_of_the_rare_one() {
    let label = LabelSpec { kind: LabelKind::Quantile { above: 0.85 }, ..direction(1) };
    let dataset = learn_from(&moving(3, 1_600, 0.6), &FEW, label).unwrap();
    for kind in [LearnerKind::Logistic, LearnerKind::Boosting, LearnerKind::Forest] {
        let recall = |is_balanced| {
            let walked = walked(&dataset, &Recipe { is_balanced, ..recipe(kind) });
            walked.classified.recall.unwrap()
        };
        let (plain, balanced) = (recall(false), recall(true));
        assert!(balanced > plain + 0.2, "{}: {plain} {balanced}", kind.as_str());
    }
}

#[test]
fn the_planted_column_counts_most() {
    for kind in LearnerKind::ALL {
        let walked = walked(edge(), &recipe(kind));
        let found = importance(edge(), &walked, 3, 1, &mut go).unwrap();
        assert_eq!((found[0].feature.as_str(), found[0].measured), ("return_1", 9), "{}: {found:?}", kind.as_str());
        assert!(found[0].mean > 5.0 * found[1].mean.abs(), "{}: {found:?}", kind.as_str());
    }
    assert_eq!(
        importance(edge(), &walked(edge(), &recipe(LearnerKind::Ridge)), 0, 1, &mut go).unwrap_err().code(),
        "bad_setting"
    );
}

#[test]
fn one_class_a_column_that_stands_still_and_too_large_a_forest_are_no_hang_and_no_panic() {
    let all: Vec<usize> = (0..edge().len()).collect();
    let costly = LabelSpec { costs: Costs { fee_bps: 2_000.0, spread_bps: 0.0 }, ..direction(1) };
    let dataset = learn_from(&moving(3, 700, 0.6), &FEW, costly).unwrap();
    let rows: Vec<usize> = (0..dataset.len()).collect();
    let mut still = edge().clone();
    let mut table = Table::new(FEW.len());
    edge().table.each().for_each(|row| table.push(&[row[0], 3.0, row[2], row[3], row[4]]));
    still.table = Arc::new(table);
    for kind in [LearnerKind::Logistic, LearnerKind::Boosting, LearnerKind::Forest] {
        assert_eq!(recipe(kind).fit(&dataset, &rows).unwrap_err().code(), "one_class");
        let fitted = recipe(kind).fit(&still, &all).unwrap();
        assert_eq!(fitted.explain(still.table.row(9)).contributions[1], 0.0);
        assert_eq!(recipe(kind).fit(edge(), &all[..7]).unwrap_err().code(), "too_little_data");
    }
    let deep = recipe(LearnerKind::Forest).learner.set("trees", 500.0).unwrap().set("depth", 14.0).unwrap();
    let deep = Recipe { learner: deep.set("leaf", 1.0).unwrap(), ..recipe(LearnerKind::Forest) };
    let error = deep.fit(edge(), &all).unwrap_err();
    assert!(error.code() == "bad_setting" && error.to_string().contains("nodes"), "{error}");
}

#[test]
fn a_training_that_is_stopped_ends_before_its_next_fit_and_a_walk_that_can_not_be_is_named() {
    let mut left = 4;
    let mut watch = |progress: Progress| {
        assert_eq!(progress.of, 12);
        left -= 1;
        left > 0
    };
    let search = Search::Random { budget: 2 };
    let thresholds = Thresholds::usual(LearnerKind::Logistic, &edge().label);
    let error = train(edge(), &recipe(LearnerKind::Logistic), &PLAN, &search, thresholds, &mut watch).unwrap_err();
    assert_eq!(error, ModelError::Stopped { fits: 3 });
    let refused = |plan: WalkPlan, thresholds| {
        train(edge(), &recipe(LearnerKind::Logistic), &plan, &Search::None, thresholds, &mut go).unwrap_err().code()
    };
    assert_eq!(refused(WalkPlan { folds: 0, ..PLAN }, thresholds), "bad_setting");
    assert_eq!(refused(WalkPlan { embargo: 5_000, ..PLAN }, thresholds), "too_little_data");
    assert_eq!(refused(PLAN, Thresholds { enter: 0.4, exit: 0.6 }), "bad_setting");
    assert_eq!(refused(PLAN, Thresholds { enter: f64::NAN, exit: 0.6 }), "bad_setting");
}

fn fitted(kind: LearnerKind) -> &'static Fitted {
    static FITTED: OnceLock<Vec<Fitted>> = OnceLock::new();
    let all: Vec<usize> = (0..edge().len()).collect();
    let made = FITTED.get_or_init(|| LearnerKind::ALL.map(|kind| recipe(kind).fit(edge(), &all).unwrap()).into());
    &made[LearnerKind::ALL.iter().position(|one| *one == kind).unwrap()]
}

proptest! {
    #[test]
    fn what_the_columns_add_comes_to_the_score(
        one in -0.05f64..0.05, six in -0.1f64..0.1, wild in 0.0f64..0.05, far in -4.0f64..4.0, rsi in 0.0f64..100.0,
    ) {
        let row = [one, six, wild, far, rsi];
        for kind in LearnerKind::ALL {
            let explained = fitted(kind).explain(&row);
            let sum = explained.base + explained.contributions.iter().sum::<f64>();
            prop_assert!((sum - explained.score).abs() < 1e-9, "{}: {sum} {}", kind.as_str(), explained.score);
            prop_assert_eq!(explained.score.to_bits(), fitted(kind).score(&row).to_bits());
            let biggest = explained.biggest(2);
            prop_assert!(biggest[0].1.abs() >= biggest[1].1.abs());
        }
    }
}
