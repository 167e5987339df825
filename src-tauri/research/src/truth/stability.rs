//! Is a choice of parameters a plateau or a lucky peak?

use super::missing::{Figure, Missing};

/// One parameter of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// Its values in order.
    pub values: Vec<String>,
}

/// Every combination of the values of its axes; the last axis turns fastest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    /// The parameters.
    pub axes: Vec<Axis>,
}

impl Grid {
    /// How many points; none when there are more than fit a number.
    #[must_use]
    pub fn points(&self) -> Option<usize> {
        self.axes.iter().try_fold(1usize, |points, axis| points.checked_mul(axis.values.len()))
    }

    /// The place of a point on each axis.
    #[must_use]
    pub fn steps(&self, point: usize) -> Vec<usize> {
        let mut left = point;
        let mut steps: Vec<usize> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            let count = axis.values.len().max(1);
            steps.push(left % count);
            left /= count;
        }
        steps.reverse();
        steps
    }

    /// The values of a point by name.
    pub fn values(&self, point: usize) -> impl Iterator<Item = (&str, &str)> {
        let steps = self.steps(point);
        self.axes
            .iter()
            .zip(steps)
            .filter_map(|(axis, step)| axis.values.get(step).map(|value| (axis.name.as_str(), value.as_str())))
    }

    fn point(&self, steps: &[usize]) -> usize {
        self.axes.iter().zip(steps).fold(0, |point, (axis, step)| point * axis.values.len() + step)
    }
}

/// A choice and what surrounds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stability {
    /// The score of the choice.
    pub score: f64,
    /// How much of it the neighbours keep in the mean; 1 is all, below 0 they lose.
    pub kept: Figure,
    /// The worst neighbour.
    pub worst: Option<f64>,
    /// Points within one step on every axis that have a score.
    pub neighbours: usize,
    /// Scores over two axes, the others as chosen.
    pub map: Option<HeatMap>,
}

/// Scores over two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// Down.
    pub rows: Axis,
    /// Across.
    pub columns: Axis,
    /// Row by row; none where there is no such point.
    pub cells: Vec<Vec<Option<f64>>>,
    /// Row and column of the choice.
    pub chosen: (usize, usize),
}

impl Stability {
    /// Looks around a choice. None when it has no score itself.
    #[must_use]
    pub fn of(grid: &Grid, scores: &[Option<f64>], chosen: usize) -> Option<Self> {
        let score_at = |point: usize| scores.get(point).copied().flatten().filter(|score| score.is_finite());
        let score = score_at(chosen)?;
        let home = grid.steps(chosen);
        let around: Vec<f64> = neighbours(grid, &home).into_iter().filter_map(score_at).collect();
        let kept = match around.len() {
            0 => Err(Missing::TooFewTrials { have: 1, need: 2 }),
            _ if score <= 0.0 => Err(Missing::NotAbove),
            count => Ok(around.iter().sum::<f64>() / count as f64 / score),
        };
        let worst = around.iter().copied().min_by(f64::total_cmp);
        Some(Self { score, kept, worst, neighbours: around.len(), map: HeatMap::of(grid, &score_at, &home) })
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self.kept {
            Ok(kept) if kept >= 0.7 => {
                format!("A plateau: {} neighbouring settings keep {:.0} % of its score.", self.neighbours, kept * 100.0)
            }
            Ok(kept) if kept >= 0.3 => {
                format!("A slope: {} neighbouring settings keep {:.0} % of its score.", self.neighbours, kept * 100.0)
            }
            Ok(kept) => format!(
                "A peak: {} neighbouring settings keep {:.0} % of its score. One step aside and little of it is left.",
                self.neighbours,
                kept * 100.0
            ),
            Err(missing) => format!("Nothing can be said about its surroundings: {missing}."),
        }
    }
}

/// Every other point within one step on every axis.
fn neighbours(grid: &Grid, home: &[usize]) -> Vec<usize> {
    let mut found: Vec<Vec<usize>> = vec![Vec::new()];
    for (axis, step) in grid.axes.iter().zip(home) {
        let near = step.saturating_sub(1)..(step + 2).min(axis.values.len());
        found = found
            .iter()
            .flat_map(|steps| near.clone().map(move |step| steps.iter().copied().chain([step]).collect()))
            .collect();
    }
    found.into_iter().filter(|steps| steps != home).map(|steps| grid.point(&steps)).collect()
}

impl HeatMap {
    /// Over the first two axes that have more than one value.
    fn of(grid: &Grid, score_at: &impl Fn(usize) -> Option<f64>, home: &[usize]) -> Option<Self> {
        let mut wide = (0..grid.axes.len()).filter(|axis| grid.axes[*axis].values.len() > 1);
        let (down, across) = (wide.next()?, wide.next()?);
        let (rows, columns) = (grid.axes[down].clone(), grid.axes[across].clone());
        let cell = |row: usize, column: usize| {
            let mut steps = home.to_vec();
            (steps[down], steps[across]) = (row, column);
            score_at(grid.point(&steps))
        };
        let row = |row: usize| (0..columns.values.len()).map(|column| cell(row, column)).collect();
        let cells = (0..rows.values.len()).map(row).collect();
        Some(Self { cells, chosen: (home[down], home[across]), rows, columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(sizes: &[usize]) -> Grid {
        let axis = |(number, size): (usize, &usize)| Axis {
            name: format!("p{number}"),
            values: (0..*size).map(|value| value.to_string()).collect(),
        };
        Grid { axes: sizes.iter().enumerate().map(axis).collect() }
    }

    #[test]
    fn points_and_steps_are_each_others_inverse() {
        let grid = grid(&[3, 1, 4]);
        assert_eq!(grid.points(), Some(12));
        for point in 0..12 {
            assert_eq!(grid.point(&grid.steps(point)), point);
        }
        assert_eq!(grid.values(7).collect::<Vec<_>>(), [("p0", "1"), ("p1", "0"), ("p2", "3")]);
    }

    #[test]
    fn a_plateau_keeps_its_score_and_a_peak_does_not() {
        let grid = grid(&[3, 3]);
        let flat = vec![Some(2.0); 9];
        let plateau = Stability::of(&grid, &flat, 4).unwrap();
        assert_eq!((plateau.kept, plateau.neighbours), (Ok(1.0), 8));
        assert!(plateau.words().starts_with("A plateau"));
        let mut alone = vec![Some(0.0); 9];
        alone[4] = Some(2.0);
        alone[0] = Some(-1.0);
        alone[8] = None;
        let peak = Stability::of(&grid, &alone, 4).unwrap();
        assert_eq!((peak.kept, peak.worst, peak.neighbours), (Ok(-1.0 / 7.0 / 2.0), Some(-1.0), 7));
        assert!(peak.words().starts_with("A peak"));
        let map = peak.map.unwrap();
        assert_eq!(
            (map.cells[0][0], map.cells[1][1], map.cells[2][2], map.chosen),
            (Some(-1.0), Some(2.0), None, (1, 1))
        );
        // In a corner there are three.
        assert_eq!(Stability::of(&grid, &flat, 0).unwrap().neighbours, 3);
    }

    #[test]
    fn one_point_or_a_losing_one_has_no_surroundings_to_keep() {
        let alone = Stability::of(&grid(&[1, 1]), &[Some(1.0)], 0).unwrap();
        assert_eq!((alone.kept.is_err(), alone.map), (true, None));
        assert_eq!(Stability::of(&grid(&[2]), &[Some(-1.0), Some(0.5)], 0).unwrap().kept, Err(Missing::NotAbove));
        assert_eq!(Stability::of(&grid(&[2]), &[None, Some(0.5)], 0), None);
    }
}
