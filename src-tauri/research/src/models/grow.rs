//! Trees, grown by libraries and taken over into our own form.
//!
//! Both run on one thread: the same samples and seed give the same trees, whatever else the machine does.

use super::trees::{NODES_MAX, Node, Tree, Trees};
use super::{Learner, ModelError, Table};
use forust_ml::objective::ObjectiveType;
use forust_ml::sampler::SampleMethod;
use forust_ml::{GradientBooster, Matrix};
use serde::Deserialize;
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Classes to learn from: 0 or 1 for each row, and what each weighs.
pub(super) struct Classes<'a> {
    pub table: &'a Table,
    pub targets: &'a [f64],
    pub weights: &'a [f64],
}

/// A library that panics must not take the desk with it.
fn caught<T>(learner: &'static str, run: impl FnOnce() -> Result<T, String>) -> Result<T, ModelError> {
    let panicked = || "the library behind it panicked: use other settings or columns".to_owned();
    let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(panicked()));
    result.map_err(|why| ModelError::Failed { learner, why })
}

/// Gradient boosting; rounds end early where those samples that are kept for it see no betterment.
pub(super) fn boosting(learner: &Learner, seed: u64, fit: &Classes, stop: &Classes) -> Result<Trees, ModelError> {
    let columns = fit.table.varying();
    let rows = fit.table.rows();
    let (data, held) = (fit.table.by_column(&columns), stop.table.by_column(&columns));
    let share = learner.get("rows");
    let sampling = if share < 1.0 { SampleMethod::Random } else { SampleMethod::None };
    let mut booster = GradientBooster::default()
        .set_objective_type(ObjectiveType::LogLoss)
        .set_iterations(learner.whole("rounds"))
        .set_learning_rate(learner.get("rate") as f32)
        .set_max_depth(learner.whole("depth"))
        .set_l2(learner.get("l2") as f32)
        .set_min_leaf_weight(learner.get("leaf") as f32)
        .set_subsample(share as f32)
        .set_sample_method(sampling)
        .set_seed(seed)
        .set_parallel(false);
    let has_stop = stop.table.rows() > 0;
    if has_stop {
        booster = booster.set_early_stopping_rounds(Some(learner.whole("patience")));
    }
    caught("boosting", || {
        let matrix = Matrix::new(&data, rows, columns.len());
        let watched =
            has_stop.then(|| vec![(Matrix::new(&held, stop.table.rows(), columns.len()), stop.targets, stop.weights)]);
        booster.fit(&matrix, fit.targets, fit.weights, watched).map_err(|error| error.to_string())
    })?;
    let kept = booster.prediction_iteration.unwrap_or(booster.trees.len()).min(booster.trees.len());
    let trees = booster.trees.iter().take(kept).map(|grown| boosted(grown, &columns)).collect();
    Ok(Trees { base: booster.base_score, is_mean: false, trees })
}

fn boosted(grown: &forust_ml::tree::Tree, columns: &[usize]) -> Tree {
    let mut tree = Tree::default();
    for node in &grown.nodes {
        let children = (!node.is_leaf).then_some([node.left_child, node.right_child, node.missing_node]);
        let feature = columns.get(node.split_feature).copied().unwrap_or(0);
        tree.push(Node { feature, threshold: node.split_value, children, value: f64::from(node.weight_value) });
    }
    tree
}

/// What we take over of a grown forest.
#[derive(Deserialize)]
struct Grown {
    forest_regressor: GrownForest,
}

#[derive(Deserialize)]
struct GrownForest {
    trees: Vec<GrownTree>,
}

#[derive(Deserialize)]
struct GrownTree {
    nodes: Vec<GrownNode>,
}

#[derive(Deserialize)]
struct GrownNode {
    output: f64,
    split_feature: usize,
    split_value: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

/// A random forest of regression trees on 0 and 1: their mean is a chance. (The library's classifier knows no chances.)
pub(super) fn forest(learner: &Learner, seed: u64, fit: &Classes) -> Result<Trees, ModelError> {
    let columns = fit.table.varying();
    let rows = fit.table.rows();
    let choices = (learner.get("columns") * columns.len() as f64).round().max(1.0) as usize;
    let (trees, depth, leaf) = (learner.whole("trees"), learner.whole("depth"), learner.whole("leaf").max(1));
    let nodes = trees.saturating_mul((2usize << depth.min(30)).min((2 * (rows / leaf)).max(2)) - 1);
    if nodes > NODES_MAX {
        let wanted = format!("its trees may have {NODES_MAX} nodes: use fewer or flatter ones, or larger leaves");
        return Err(ModelError::Bad { name: "a forest", value: format!("of up to {nodes} nodes"), wanted });
    }
    let parameters = RandomForestRegressorParameters::default()
        .with_n_trees(trees)
        .with_max_depth(depth as u16)
        .with_min_samples_leaf(leaf)
        .with_m(choices)
        .with_seed(seed);
    let is_even = fit.weights.iter().all(|weight| Some(weight) == fit.weights.first());
    let grown: Grown = caught("forest", || {
        let words = |error: smartcore::error::Failed| error.to_string();
        let data = DenseMatrix::new(rows, columns.len(), fit.table.by_column(&columns), true).map_err(words)?;
        let targets = fit.targets.to_vec();
        let grown = if is_even {
            RandomForestRegressor::fit(&data, &targets, parameters)
        } else {
            RandomForestRegressor::fit_with_weights(&data, &targets, fit.weights, parameters)
        };
        // Its trees can be had as text only.
        let text = serde_json::to_vec(&grown.map_err(words)?).map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|error| error.to_string())
    })?;
    let trees = grown.forest_regressor.trees.iter().map(|tree| planted(tree, &columns)).collect();
    Ok(Trees { base: 0.0, is_mean: true, trees })
}

fn planted(grown: &GrownTree, columns: &[usize]) -> Tree {
    let mut tree = Tree::default();
    for node in &grown.nodes {
        let children = node.true_child.zip(node.false_child).map(|(left, right)| [left, right, right]);
        let feature = columns.get(node.split_feature).copied().unwrap_or(0);
        // It goes left up to its value and with it; we go left below: the next number.
        let threshold = node.split_value.unwrap_or(0.0).next_up();
        tree.push(Node { feature, threshold, children, value: node.output });
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::LearnerKind;
    use crate::truth::Random;

    fn made(rows: usize, seed: u64) -> (Table, Vec<f64>, Vec<f64>) {
        let (mut random, mut table, mut targets) = (Random::new(seed, 0), Table::new(4), Vec::new());
        for _ in 0..rows {
            // A column that never moves lies between: neither library may see it.
            let row = [random.unit(), 7.0, random.unit() * 10.0, (random.unit() * 4.0).floor()];
            let is_up = (row[0] > 0.5) != (row[3] > 1.0);
            targets.push(if random.unit() < if is_up { 0.8 } else { 0.2 } { 1.0 } else { 0.0 });
            table.push(&row);
        }
        let weights = vec![1.0; rows];
        (table, targets, weights)
    }

    #[test]
    fn boosted_trees_say_in_our_form_what_the_library_says() {
        let (table, targets, weights) = made(600, 1);
        let learner = Learner::new(LearnerKind::Boosting).set("rounds", 30.0).unwrap();
        let classes = Classes { table: &table, targets: &targets, weights: &weights };
        let none = Classes { table: &Table::new(4), targets: &[], weights: &[] };
        let trees = boosting(&learner, 5, &classes, &none).unwrap();
        trees.check(4).unwrap();
        let mut booster = GradientBooster::default()
            .set_objective_type(ObjectiveType::LogLoss)
            .set_iterations(30)
            .set_learning_rate(0.1)
            .set_max_depth(3)
            .set_min_leaf_weight(5.0)
            .set_seed(5)
            .set_parallel(true);
        let columns = table.varying();
        assert_eq!(columns, [0, 2, 3]);
        let data = table.by_column(&columns);
        let matrix = Matrix::new(&data, 600, 3);
        booster.fit(&matrix, &targets, &weights, None).unwrap();
        // Ours grew on one thread, this one on several: the same trees, and so the same bits.
        let said = booster.predict(&matrix, false);
        for (row, said) in table.each().zip(said) {
            assert_eq!(trees.predict(row).to_bits(), said.to_bits());
        }
    }

    #[test]
    fn a_forest_says_in_our_form_what_the_library_says() {
        let (table, targets, weights) = made(400, 2);
        let learner = Learner::new(LearnerKind::Forest).set("trees", 20.0).unwrap();
        let learner = learner.set("leaf", 3.0).unwrap();
        let trees = forest(&learner, 9, &Classes { table: &table, targets: &targets, weights: &weights }).unwrap();
        trees.check(4).unwrap();
        let columns = table.varying();
        let data = DenseMatrix::new(400, 3, table.by_column(&columns), true).unwrap();
        let parameters = RandomForestRegressorParameters::default()
            .with_n_trees(20)
            .with_max_depth(6)
            .with_min_samples_leaf(3)
            .with_m(1)
            .with_seed(9);
        let said = RandomForestRegressor::fit(&data, &targets, parameters).unwrap().predict(&data).unwrap();
        for (row, said) in table.each().zip(said) {
            assert!((trees.predict(row) - said).abs() < 1e-12);
        }
        // Values that lie on a threshold fall as they do there.
        let deep: usize = trees.nodes();
        assert!(deep > 100, "{deep} nodes: the trees ask something");
    }

    #[test]
    fn rounds_end_when_those_kept_for_it_see_no_betterment() {
        let (table, targets, weights) = made(400, 3);
        // What is watched says the opposite of what is learned: the first round is the best.
        let against: Vec<f64> = targets.iter().map(|target| 1.0 - target).collect();
        let learner = Learner::new(LearnerKind::Boosting);
        let fit = Classes { table: &table, targets: &targets, weights: &weights };
        let watched = Classes { table: &table, targets: &against, weights: &weights };
        assert_eq!(boosting(&learner, 1, &fit, &watched).unwrap().trees.len(), 1);
        assert!(boosting(&learner, 1, &fit, &fit).unwrap().trees.len() > 20);
    }
}
