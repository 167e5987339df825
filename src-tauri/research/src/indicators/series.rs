//! What goes into an indicator and what comes out of it.

use domain::Candle;

/// One value for each input from the first that has one: no holes after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Series<T = f64> {
    first: usize,
    values: Vec<T>,
}

impl<T> Series<T> {
    pub(super) const fn new(first: usize, values: Vec<T>) -> Self {
        Self { first, values }
    }

    /// Of an indicator that, once it speaks, speaks at every input.
    pub(super) fn streamed(said: impl Iterator<Item = Option<T>>) -> Self {
        let (mut first, mut values) = (0, Vec::new());
        for one in said {
            match one {
                Some(value) => values.push(value),
                None => first += 1,
            }
        }
        Self { first, values }
    }

    /// The place of the first input that has a value.
    #[must_use]
    pub const fn first(&self) -> usize {
        self.first
    }

    /// The values, from [`Self::first`] on.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The value at an input.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&T> {
        self.values.get(place.checked_sub(self.first)?)
    }
}

impl<T: Copy> Series<T> {
    /// One for each input, those without a value too.
    #[must_use]
    pub fn each(&self) -> Vec<Option<T>> {
        let none = std::iter::repeat_n(None, self.first);
        none.chain(self.values.iter().copied().map(Some)).collect()
    }
}

/// What indicators read of a candle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Coins traded; none when nobody says.
    pub volume: Option<f64>,
}

impl Bar {
    /// Of a candle, for comparing; none when a price is no finite number.
    #[must_use]
    pub fn of(candle: &Candle) -> Option<Self> {
        let number = |decimal| f64::try_from(decimal).ok().filter(|number| number.is_finite());
        Some(Self {
            high: number(candle.high.decimal())?,
            low: number(candle.low.decimal())?,
            close: number(candle.close.decimal())?,
            volume: candle.volume.and_then(|volume| number(volume.decimal())),
        })
    }

    /// High, low and close in one: their mean.
    #[must_use]
    pub fn typical(&self) -> f64 {
        (self.high + self.low + self.close) / 3.0
    }
}
