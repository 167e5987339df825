//! What is tried: the axes of a grid, and the setting of each of its points.

use super::charges::{Charges, Cost};
use super::maker::{BuiltIn, MadePoint, Maker, Unmade, stepped};
use crate::parameters::{ParameterError, cut};
use domain::{Decimal, parse_decimal};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most points of a sweep: its results are looked at as a whole.
pub const POINTS_MAX: u64 = 250_000;
const AXES_MAX: usize = 8;
/// Costs that are looked at one by one.
const COSTS_MAX: usize = 100;
const AXIS_CHARS_MAX: usize = 100_000;

/// Why there is no grid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// The strategy or a value of it.
    #[error(transparent)]
    Unmade(#[from] Unmade),
    /// An axis that can't be read.
    #[error("the axis '{axis}' can't be read: write name=1,2,3 or name=from..to:step, both ends inside")]
    Axis {
        /// What was written.
        axis: String,
    },
    /// A value of a cost that can't be.
    #[error("{name} can't be '{value}': use a whole number from 0 to {most}")]
    Cost {
        /// The cost.
        name: &'static str,
        /// Its value.
        value: String,
        /// The most.
        most: u32,
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
    NoPoint(Unmade),
}

impl From<ParameterError> for GridError {
    fn from(error: ParameterError) -> Self {
        Self::Unmade(error.into())
    }
}

impl GridError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unmade(unmade) => unmade.code,
            Self::Axis { .. } => "bad_axis",
            Self::Cost { .. } => "bad_setting",
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
    /// The parameter, or a cost.
    pub name: String,
    /// Its values as canonical text, in the order they were given.
    pub values: Vec<String>,
}

/// Everything that is tried in each lane.
#[derive(Clone)]
pub struct Grid {
    maker: Arc<dyn Maker>,
    axes: Vec<Axis>,
    set: BTreeMap<String, String>,
    fixed: Vec<(String, String)>,
}

impl Grid {
    /// A grid of a strategy that is built in.
    ///
    /// # Errors
    /// [`GridError`].
    pub fn read(strategy: &str, set: &BTreeMap<String, String>, axes: &[String]) -> Result<Self, GridError> {
        Self::of(Arc::new(BuiltIn::of(strategy)?), set, axes)
    }

    /// Reads `name=1,2,3` and `name=from..to:step`; what is not swept is set, or the default. Axes stand in the order of
    /// the strategy's parameters, however they were given, and those of costs behind them.
    ///
    /// # Errors
    /// [`GridError`].
    pub fn of(maker: Arc<dyn Maker>, set: &BTreeMap<String, String>, axes: &[String]) -> Result<Self, GridError> {
        if axes.is_empty() || axes.len() > AXES_MAX {
            return Err(GridError::Axes(axes.len()));
        }
        let mut read: BTreeMap<(usize, usize), Axis> = BTreeMap::new();
        for text in axes {
            let (place, axis) = axis(&*maker, text)?;
            let name = axis.name.clone();
            if set.contains_key(&name) || read.insert(place, axis).is_some() {
                return Err(GridError::Twice(name));
            }
        }
        let points = read.values().try_fold(1u64, |all, axis| all.checked_mul(axis.values.len() as u64));
        let (points, most) = (points.unwrap_or(u64::MAX), maker.points_max());
        if points > most {
            return Err(GridError::TooManyPoints { points, most });
        }
        let axes: Vec<Axis> = read.into_values().map(|axis| canonical(&*maker, axis, set)).collect::<Result<_, _>>()?;
        Self { maker, axes, set: set.clone(), fixed: Vec::new() }.begun()
    }

    /// A grid of a single point: what is set.
    ///
    /// # Errors
    /// [`GridError`].
    pub fn single(maker: Arc<dyn Maker>, set: &BTreeMap<String, String>) -> Result<Self, GridError> {
        Self { maker, axes: Vec::new(), set: set.clone(), fixed: Vec::new() }.begun()
    }

    /// With what is set beside its axes. A misspelt parameter fails at every point: told once, before anything runs.
    fn begun(mut self) -> Result<Self, GridError> {
        let mut refused = None;
        for point in 0..self.points() {
            match self.made(point) {
                Ok(made) => {
                    let is_fixed = |name: &String| !self.axes.iter().any(|axis| axis.name == *name);
                    self.fixed = made.params.into_iter().filter(|(name, _)| is_fixed(name)).collect();
                    return Ok(self);
                }
                Err(unmade) if unmade.is_of_point => refused = Some(unmade),
                Err(unmade) => return Err(unmade.into()),
            }
        }
        Err(refused.map_or(GridError::Axes(0), GridError::NoPoint))
    }

    /// What makes its strategies.
    #[must_use]
    pub fn maker(&self) -> &dyn Maker {
        &*self.maker
    }

    /// The axes, the last turning fastest.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// What is set beside them, as canonical text; defaults included.
    #[must_use]
    pub fn fixed(&self) -> Vec<(String, String)> {
        self.fixed.clone()
    }

    /// Points in each lane.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.axes.iter().map(|axis| axis.values.len() as u64).product()
    }

    /// What is swept at a point, axis by axis.
    #[must_use]
    pub fn swept(&self, point: u64) -> Vec<(String, String)> {
        Self::swept_of(&self.axes, point)
    }

    /// What these axes say at a point.
    #[must_use]
    pub fn swept_of(axes: &[Axis], point: u64) -> Vec<(String, String)> {
        let value = |(axis, place): (&Axis, usize)| Some((axis.name.clone(), axis.values.get(place)?.clone()));
        axes.iter().zip(places(axes, point)).filter_map(value).collect()
    }

    /// The parameters that are set at a point; the rest is the default. Costs are none.
    #[must_use]
    pub fn setting(&self, point: u64) -> BTreeMap<String, String> {
        let swept = self.swept(point).into_iter().filter(|(name, _)| Cost::parse(name).is_none());
        self.set.clone().into_iter().chain(swept).collect()
    }

    /// The costs that are swept at a point.
    #[must_use]
    pub fn charges(&self, point: u64) -> Charges {
        let swept = self.swept(point);
        let one = |(name, text): &(String, String)| Cost::parse(name).and_then(|cost| Some((cost, cost.read(text)?)));
        swept.iter().filter_map(one).fold(Charges::default(), |charges, (cost, value)| charges.with(cost, value))
    }

    /// The strategy at a point.
    ///
    /// # Errors
    /// [`Unmade`], of that point alone for values that do not fit each other.
    pub fn made(&self, point: u64) -> Result<MadePoint, Unmade> {
        self.maker.made(&self.setting(point))
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

/// An axis whose values are as they were written, and its place: parameters first, then costs.
fn axis(maker: &dyn Maker, text: &str) -> Result<((usize, usize), Axis), GridError> {
    let bad = || GridError::Axis { axis: cut(text) };
    if text.len() > AXIS_CHARS_MAX {
        return Err(bad());
    }
    let (name, values) = text.split_once('=').ok_or_else(bad)?;
    let name = name.trim();
    let (place, is_number) = match Cost::parse(name) {
        // A parameter of that name would be swept by mistake, or not at all.
        Some(_) if maker.place(name).is_ok() => return Err(GridError::Twice(name.to_owned())),
        Some(cost) => ((1, cost as usize), true),
        None => ((0, maker.place(name)?), maker.is_number(name)),
    };
    let values = match values.split_once("..") {
        Some((from, rest)) if is_number => range(from, rest).ok_or_else(bad)??,
        Some(_) => return Err(bad()),
        None => values.split(',').map(|value| value.trim().to_owned()).collect(),
    };
    Ok((place, Axis { name: name.to_owned(), values }))
}

/// Costs to look at one by one, written as axes are: `fee_bps=0,10,50`.
///
/// # Errors
/// [`GridError`].
pub fn costs(texts: &[String]) -> Result<Vec<(Cost, u32)>, GridError> {
    let mut costs: Vec<(Cost, u32)> = Vec::new();
    for text in texts {
        let bad = || GridError::Axis { axis: cut(text) };
        let (name, values) = text.split_once('=').ok_or_else(bad)?;
        let cost = Cost::parse(name.trim()).ok_or_else(bad)?;
        let values = match values.split_once("..") {
            Some((from, rest)) => range(from, rest).ok_or_else(bad)??,
            None => values.split(',').map(|value| value.trim().to_owned()).collect(),
        };
        for value in values {
            let bad = || GridError::Cost { name: cost.as_str(), value: cut(&value), most: cost.most() };
            let one = (cost, cost.read(&value).ok_or_else(bad)?);
            if costs.contains(&one) {
                return Err(GridError::Twice(format!("{}={value}", cost.as_str())));
            }
            costs.push(one);
            if costs.len() > COSTS_MAX {
                return Err(GridError::TooManyPoints { points: costs.len() as u64, most: COSTS_MAX as u64 });
            }
        }
    }
    Ok(costs)
}

/// The values of `from` and `to:step`; none for text that says no such thing.
fn range(from: &str, rest: &str) -> Option<Result<Vec<String>, GridError>> {
    let (to, step) = rest.split_once(':').unwrap_or((rest, "1"));
    let number = |text: &str| parse_decimal(text.trim()).ok();
    let (from, to, step): (Decimal, Decimal, Decimal) = (number(from)?, number(to)?, number(step)?);
    let too_many = |points| GridError::TooManyPoints { points, most: POINTS_MAX };
    Some(stepped(from, to, step, POINTS_MAX)?.map_err(too_many))
}

/// The axis with its values as canonical text, each once.
fn canonical(maker: &dyn Maker, axis: Axis, set: &BTreeMap<String, String>) -> Result<Axis, GridError> {
    let mut kept: Vec<String> = Vec::with_capacity(axis.values.len());
    let mut known: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
    for text in &axis.values {
        let value = match Cost::parse(&axis.name) {
            Some(cost) => {
                let bad = || GridError::Cost { name: cost.as_str(), value: cut(text), most: cost.most() };
                cost.read(text).ok_or_else(bad)?.to_string()
            }
            None => maker.canonical(&axis.name, text, set)?,
        };
        if !known.insert(value.clone()) {
            return Err(GridError::Twice(format!("{}={value}", axis.name)));
        }
        kept.push(value);
    }
    Ok(Axis { values: kept, ..axis })
}
