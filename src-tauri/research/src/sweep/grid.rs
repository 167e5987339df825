//! What is tried: the axes of a grid, and the setting of each of its points.

use crate::parameters::{Kind, Parameter, ParameterError, Parameters, cut};
use crate::strategies::{Described, build, described};
use crate::strategy::Strategy;
use domain::{Decimal, parse_decimal};
use std::collections::BTreeMap;

/// The most points of a sweep: its results are looked at as a whole.
pub const POINTS_MAX: u64 = 250_000;
const AXES_MAX: usize = 8;
const AXIS_CHARS_MAX: usize = 100_000;

/// Why there is no grid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// The strategy or a value of it.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// An axis that can't be read.
    #[error("the axis '{axis}' can't be read: write name=1,2,3 or name=from..to:step, both ends inside")]
    Axis {
        /// What was written.
        axis: String,
    },
    /// A parameter that is there twice, or set and swept at once.
    #[error("{0} is given twice: set it, or sweep it along one axis")]
    Twice(String),
    /// Nothing to sweep, or too many axes.
    #[error("there are {0} axes: give 1 to {AXES_MAX}")]
    Axes(usize),
    /// Too much to try.
    #[error("the grid has {points} points and {most} can be tried at once: take fewer values, or sweep in parts")]
    TooManyPoints {
        /// How many.
        points: u64,
        /// The most.
        most: u64,
    },
    /// No point whose values fit each other.
    #[error("no point of the grid can be run: {0}")]
    NoPoint(ParameterError),
}

impl GridError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Parameter(error) => error.code(),
            Self::Axis { .. } => "bad_axis",
            Self::Twice(_) => "axis_twice",
            Self::Axes(_) => "bad_axes",
            Self::TooManyPoints { .. } => "too_many_points",
            Self::NoPoint(_) => "no_point",
        }
    }
}

/// A parameter and the values it takes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Axis {
    /// The parameter.
    pub name: String,
    /// Its values as canonical text, in the order they were given.
    pub values: Vec<String>,
}

/// Everything that is tried in each lane.
#[derive(Clone)]
pub struct Grid {
    described: &'static Described,
    axes: Vec<Axis>,
    fixed: BTreeMap<String, String>,
}

impl Grid {
    /// Reads `name=1,2,3` and `name=from..to:step`; what is not swept is set, or the default. Axes stand in the order of
    /// the strategy's parameters, however they were given.
    ///
    /// # Errors
    /// [`GridError`].
    pub fn read(strategy: &str, set: &BTreeMap<String, String>, axes: &[String]) -> Result<Self, GridError> {
        let described = described(strategy)?;
        if axes.is_empty() || axes.len() > AXES_MAX {
            return Err(GridError::Axes(axes.len()));
        }
        let mut read: BTreeMap<usize, Axis> = BTreeMap::new();
        for text in axes {
            let (place, axis) = axis(described, text)?;
            let name = axis.name.clone();
            if set.contains_key(&name) || read.insert(place, axis).is_some() {
                return Err(GridError::Twice(name));
            }
        }
        let grid = Self { described, axes: read.into_values().collect(), fixed: set.clone() };
        let points = grid.axes.iter().try_fold(1u64, |all, axis| all.checked_mul(axis.values.len() as u64));
        let points = points.unwrap_or(u64::MAX);
        if points > POINTS_MAX {
            return Err(GridError::TooManyPoints { points, most: POINTS_MAX });
        }
        // A misspelt parameter fails at every point: told once, before anything runs.
        let mut refused = None;
        for point in 0..points {
            match grid.built(point) {
                Ok(_) => return Ok(grid),
                Err(error @ ParameterError::Together(_)) => refused = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        Err(refused.map_or(GridError::Axes(0), GridError::NoPoint))
    }

    /// The strategy.
    #[must_use]
    pub const fn strategy(&self) -> &'static Described {
        self.described
    }

    /// The axes, the last turning fastest.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// What is set beside them, as canonical text; defaults included.
    #[must_use]
    pub fn fixed(&self) -> Vec<(String, String)> {
        let Ok(parameters) = self.any() else { return Vec::new() };
        let is_fixed = |name: &str| !self.axes.iter().any(|axis| axis.name == name);
        parameters
            .iter()
            .filter(|(name, _)| is_fixed(name))
            .map(|(name, value)| (name.into(), value.to_string()))
            .collect()
    }

    fn any(&self) -> Result<Parameters, ParameterError> {
        Parameters::read(self.described.name, self.described.parameters, &self.setting(0))
    }

    /// Points in each lane.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.axes.iter().map(|axis| axis.values.len() as u64).product()
    }

    /// What is swept at a point, axis by axis.
    #[must_use]
    pub fn swept(&self, point: u64) -> Vec<(String, String)> {
        let value = |(axis, place): (&Axis, usize)| Some((axis.name.clone(), axis.values.get(place)?.clone()));
        self.axes.iter().zip(places(&self.axes, point)).filter_map(value).collect()
    }

    /// What is set at a point; the rest is the default.
    #[must_use]
    pub fn setting(&self, point: u64) -> BTreeMap<String, String> {
        self.fixed.clone().into_iter().chain(self.swept(point)).collect()
    }

    /// All parameters at a point, and the strategy they make.
    ///
    /// # Errors
    /// [`ParameterError::Together`] for values that do not fit each other.
    pub fn built(&self, point: u64) -> Result<(Parameters, Box<dyn Strategy>), ParameterError> {
        build(self.described.name, &self.setting(point))
    }
}

/// The place on each axis of a point, the last axis turning fastest.
pub(super) fn places(axes: &[Axis], point: u64) -> Vec<usize> {
    let mut left = point;
    let mut places: Vec<usize> = Vec::with_capacity(axes.len());
    for axis in axes.iter().rev() {
        let count = axis.values.len().max(1) as u64;
        places.push((left % count) as usize);
        left /= count;
    }
    places.reverse();
    places
}

fn axis(described: &'static Described, text: &str) -> Result<(usize, Axis), GridError> {
    let bad = || GridError::Axis { axis: cut(text) };
    if text.len() > AXIS_CHARS_MAX {
        return Err(bad());
    }
    let (name, values) = text.split_once('=').ok_or_else(bad)?;
    let name = name.trim();
    let Some(place) = described.parameters.iter().position(|parameter| parameter.name == name) else {
        let set = BTreeMap::from([(name.to_owned(), String::new())]);
        let unknown = Parameters::read(described.name, described.parameters, &set).err();
        return Err(unknown.map_or_else(bad, Into::into));
    };
    let parameter = described.parameters.get(place).ok_or_else(bad)?;
    let texts = match values.split_once("..") {
        Some((from, rest)) => stepped(parameter, from, rest).ok_or_else(bad)??,
        None => values.split(',').map(|value| value.trim().to_owned()).collect(),
    };
    let mut kept: Vec<String> = Vec::with_capacity(texts.len());
    for text in texts {
        let value = canonical(described, parameter, &text)?;
        if kept.contains(&value) {
            return Err(GridError::Twice(format!("{name}={value}")));
        }
        kept.push(value);
    }
    if kept.is_empty() { Err(bad()) } else { Ok((place, Axis { name: name.to_owned(), values: kept })) }
}

/// The values from one end to the other; none for text that says no such thing.
fn stepped(parameter: &Parameter, from: &str, rest: &str) -> Option<Result<Vec<String>, GridError>> {
    if !matches!(parameter.kind, Kind::Whole { .. } | Kind::Decimal { .. }) {
        return None;
    }
    let (to, step) = rest.split_once(':').unwrap_or((rest, "1"));
    let number = |text: &str| parse_decimal(text.trim()).ok();
    let (from, to, step) = (number(from)?, number(to)?, number(step)?);
    if step <= Decimal::ZERO || from > to {
        return None;
    }
    let points = to.checked_sub(from)?.checked_div(step)?.trunc();
    let points = u64::try_from(points).unwrap_or(u64::MAX).saturating_add(1);
    if points > POINTS_MAX {
        return Some(Err(GridError::TooManyPoints { points, most: POINTS_MAX }));
    }
    let value = |number: u64| from.checked_add(step.checked_mul(Decimal::from(number))?);
    (0..points).map(|number| Some(value(number)?.normalize().to_string())).collect::<Option<Vec<_>>>().map(Ok)
}

fn canonical(described: &'static Described, parameter: &Parameter, text: &str) -> Result<String, GridError> {
    let set = BTreeMap::from([(parameter.name.to_owned(), text.to_owned())]);
    let read = Parameters::read(described.name, described.parameters, &set)?;
    let value = read.iter().find(|(name, _)| *name == parameter.name).map(|(_, value)| value.to_string());
    Ok(value.unwrap_or_default())
}
