//! Results to look at: the best points, and a heat map of two axes.

use super::blocks::{Figures, Row, Told};
use super::file::Header;
use super::grid::places;
use std::cmp::Ordering;

/// What points are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// The most money at the end.
    #[default]
    Return,
    /// The highest Sharpe ratio; points without one come last.
    Sharpe,
    /// The shallowest drawdown.
    Drawdown,
}

impl Measure {
    /// All.
    pub const ALL: [Self; 3] = [Self::Return, Self::Sharpe, Self::Drawdown];

    /// The name scripts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Sharpe => "sharpe",
            Self::Drawdown => "drawdown",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.as_str() == text)
    }

    /// The figure itself; none where it can't be told.
    #[must_use]
    pub fn of(self, figures: &Figures) -> Option<f64> {
        match self {
            Self::Return => Some(figures.earned),
            Self::Sharpe => figures.sharpe,
            Self::Drawdown => Some(figures.max_drawdown),
        }
    }

    /// The better one first.
    fn order(self, a: &Figures, b: &Figures) -> Ordering {
        match self {
            Self::Return => b.final_equity.amount().cmp(&a.final_equity.amount()),
            Self::Sharpe => match (a.sharpe, b.sharpe) {
                (Some(a), Some(b)) => b.total_cmp(&a),
                (a, b) => b.is_some().cmp(&a.is_some()),
            },
            Self::Drawdown => a.max_drawdown.total_cmp(&b.max_drawdown),
        }
    }
}

/// A point in its place.
#[derive(Debug, Clone, Copy)]
pub struct Ranked<'a> {
    /// Its number.
    pub point: u64,
    /// Its figures.
    pub figures: &'a Figures,
}

/// The best points first; equal ones in the order of their numbers.
#[must_use]
pub fn ranked(rows: &[Row], measure: Measure) -> Vec<Ranked<'_>> {
    let mut ranked: Vec<Ranked<'_>> = rows
        .iter()
        .filter_map(|row| match &row.told {
            Told::Ran(figures) => Some(Ranked { point: row.point, figures }),
            Told::Left { .. } => None,
        })
        .collect();
    ranked.sort_by(|a, b| measure.order(a.figures, b.figures).then(a.point.cmp(&b.point)));
    ranked
}

/// A lane's results along two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    /// The lane's place.
    pub lane: usize,
    /// The axis along the rows.
    pub x: String,
    /// The axis down the rows.
    pub y: String,
    /// Row by row of `y` the figure at each value of `x`: the best over all other axes; none where no point ran.
    pub cells: Vec<Vec<Option<f64>>>,
}

/// A heat map of a lane along two axes, by their places; none when there is no such lane or axis, or both are the same.
#[must_use]
pub fn heat(header: &Header, rows: &[Row], lane: usize, (x, y): (usize, usize), measure: Measure) -> Option<Heat> {
    let (across, down) = (header.axes.get(x)?, header.axes.get(y)?);
    if x == y || lane >= header.lanes.len() {
        return None;
    }
    let mut best: Vec<Vec<Option<&Figures>>> = vec![vec![None; across.values.len()]; down.values.len()];
    let first = header.points_a_lane * lane as u64;
    for row in rows {
        let Told::Ran(figures) = &row.told else { continue };
        let Some(point) = row.point.checked_sub(first).filter(|point| *point < header.points_a_lane) else { continue };
        let places = places(&header.axes, point);
        let (column, line) = (*places.get(x)?, *places.get(y)?);
        let cell = best.get_mut(line)?.get_mut(column)?;
        if cell.is_none_or(|known| measure.order(figures, known) == Ordering::Less) {
            *cell = Some(figures);
        }
    }
    let told = |cell: &Option<&Figures>| cell.and_then(|figures| measure.of(figures));
    let cells = best.iter().map(|line| line.iter().map(told).collect()).collect();
    Some(Heat { lane, x: across.name.clone(), y: down.name.clone(), cells })
}
