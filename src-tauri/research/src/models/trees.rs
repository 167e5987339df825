//! Trees in a plain form of our own, whoever grew them.
//!
//! Invariants, checked when they are read: every child comes after its parent and has one parent only, so that there are no circles
//! and every walk ends; every number is finite. A row goes left where its value is below the threshold, right where it is not,
//! and to `missing` where there is none.

use super::table::MAGNITUDE_MAX;
use serde::{Deserialize, Serialize};

/// Nodes of one model, all trees together, at most.
pub const NODES_MAX: usize = 400_000;
/// Trees of one model at most.
pub const TREES_MAX: usize = 2_000;

/// One tree, a column for each property of its nodes; the first is the root.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// The column a node asks for.
    pub feature: Vec<u32>,
    /// Below it goes left.
    pub threshold: Vec<f64>,
    /// The left child; 0 in a leaf.
    pub left: Vec<u32>,
    /// The right child; 0 in a leaf.
    pub right: Vec<u32>,
    /// Where it goes without a value: one of the two; 0 in a leaf.
    pub missing: Vec<u32>,
    /// What a leaf says; what its samples would say in the mean, where it is none.
    pub value: Vec<f64>,
}

/// One node, while a tree is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub feature: usize,
    pub threshold: f64,
    /// Left, right, missing; none in a leaf.
    pub children: Option<[usize; 3]>,
    pub value: f64,
}

impl Tree {
    pub(super) fn push(&mut self, node: Node) {
        let [left, right, missing] = node.children.unwrap_or_default().map(|child| child as u32);
        let (feature, threshold) =
            if node.children.is_some() { (node.feature as u32, node.threshold) } else { (0, 0.0) };
        self.feature.push(feature);
        self.threshold.push(threshold);
        self.left.push(left);
        self.right.push(right);
        self.missing.push(missing);
        self.value.push(node.value);
    }

    /// How many nodes it has.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.value.len()
    }

    /// The child a row goes to; none in a leaf.
    fn next(&self, node: usize, row: &[f64]) -> Option<usize> {
        if self.left[node] == 0 {
            return None;
        }
        let value = row[self.feature[node] as usize];
        let child = if value.is_nan() {
            self.missing[node]
        } else if value < self.threshold[node] {
            self.left[node]
        } else {
            self.right[node]
        };
        Some(child as usize)
    }

    /// What it says about a row.
    #[must_use]
    pub fn predict(&self, row: &[f64]) -> f64 {
        let mut node = 0;
        while let Some(next) = self.next(node, row) {
            node = next;
        }
        self.value[node]
    }

    /// Adds, for each column, what the steps that asked for it changed; gives what the root says (Saabas).
    fn contribute(&self, row: &[f64], share: f64, contributions: &mut [f64]) -> f64 {
        let mut node = 0;
        while let Some(next) = self.next(node, row) {
            contributions[self.feature[node] as usize] += share * (self.value[next] - self.value[node]);
            node = next;
        }
        share * self.value[0]
    }

    fn check(&self, columns: usize) -> Result<(), String> {
        let nodes = self.nodes();
        let lengths = [self.feature.len(), self.threshold.len(), self.left.len(), self.right.len(), self.missing.len()];
        if nodes == 0 || lengths.iter().any(|length| *length != nodes) {
            return Err("a tree's columns are of different lengths, or empty".into());
        }
        let odd = |number: &f64| !number.is_finite() || number.abs() > MAGNITUDE_MAX;
        if self.value.iter().chain(&self.threshold).any(odd) {
            return Err("a tree holds a number that is none".into());
        }
        let mut parents = vec![0u8; nodes];
        for node in 0..nodes {
            let [left, right, missing] = [self.left[node], self.right[node], self.missing[node]];
            if left == 0 && right == 0 && missing == 0 {
                continue;
            }
            let child = |child: u32| (child as usize) > node && (child as usize) < nodes;
            if !child(left) || !child(right) || left == right || (missing != left && missing != right) {
                return Err(format!("node {node} of a tree has a child that can't be one"));
            }
            if self.feature[node] as usize >= columns {
                return Err(format!("node {node} of a tree asks for a column there isn't"));
            }
            for child in [left, right] {
                let count = &mut parents[child as usize];
                *count = count.saturating_add(1);
            }
        }
        if parents.iter().skip(1).any(|count| *count != 1) {
            return Err("a node of a tree has no parent, or several".into());
        }
        Ok(())
    }
}

/// Trees that say something together: `base` and `share` of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trees {
    /// What is said before the first tree.
    pub base: f64,
    /// Whether the trees' mean counts, or their sum.
    pub is_mean: bool,
    /// The trees.
    pub trees: Vec<Tree>,
}

impl Trees {
    /// What they say about a row.
    #[must_use]
    pub fn predict(&self, row: &[f64]) -> f64 {
        if self.is_mean {
            let sum = self.trees.iter().fold(0.0, |sum, tree| sum + tree.predict(row));
            return self.base + sum / self.trees.len().max(1) as f64;
        }
        self.trees.iter().fold(self.base, |sum, tree| sum + tree.predict(row))
    }

    /// What each column added to it, and what is said without any.
    #[must_use]
    pub fn contributions(&self, row: &[f64]) -> (f64, Vec<f64>) {
        let mut contributions = vec![0.0; row.len()];
        let share = if self.is_mean { 1.0 / self.trees.len().max(1) as f64 } else { 1.0 };
        let roots = self.trees.iter().map(|tree| tree.contribute(row, share, &mut contributions));
        let base = self.base + roots.collect::<Vec<_>>().iter().sum::<f64>();
        (base, contributions)
    }

    /// Nodes of all of them.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.trees.iter().map(Tree::nodes).sum()
    }

    /// Whether they can be walked, over so many columns.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self, columns: usize) -> Result<(), String> {
        if !(-MAGNITUDE_MAX..=MAGNITUDE_MAX).contains(&self.base)
            || self.trees.is_empty()
            || self.trees.len() > TREES_MAX
        {
            return Err(format!("it has {} trees: 1 to {TREES_MAX} can be", self.trees.len()));
        }
        if self.nodes() > NODES_MAX {
            return Err(format!("its trees have {} nodes: at most {NODES_MAX} can be", self.nodes()));
        }
        self.trees.iter().try_for_each(|tree| tree.check(columns))
    }
}
