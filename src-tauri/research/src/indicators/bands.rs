//! Bands and channels around the price, in its unit.

use super::averages::Ema;
use super::direction::Atr;
use super::series::{Bar, Series};
use super::spread::{Moments, map_moments, moments};
use super::window::{Extreme, Window};
use std::collections::VecDeque;

/// A band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bands {
    /// Its upper edge.
    pub upper: f64,
    /// Its middle.
    pub middle: f64,
    /// Its lower edge.
    pub lower: f64,
}

impl Bands {
    fn around(middle: f64, reach: f64) -> Self {
        Self { upper: middle + reach, middle, lower: middle - reach }
    }

    /// Where a price stands: 0 at the lower edge, 1 at the upper one, a half in a band of nothing.
    #[must_use]
    pub fn place(&self, price: f64) -> f64 {
        let width = self.upper - self.lower;
        if width > 0.0 { (price - self.lower) / width } else { 0.5 }
    }
}

/// Bollinger's bands (Bollinger on Bollinger Bands, 2001): the plain mean of the last `period` values, and `width` standard
/// deviations of the population to each side. Speaks from value `period` on.
#[derive(Debug, Clone)]
pub struct Bollinger {
    window: Window,
    width: f64,
}

impl Bollinger {
    /// Over so many values, at least one; so many deviations wide.
    #[must_use]
    pub fn new(period: usize, width: f64) -> Self {
        Self { window: Window::new(period), width }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<Bands> {
        let width = self.width;
        self.window.push(value).map(|window| banded(moments(window), width))
    }

    /// Of every value.
    #[must_use]
    pub fn series(values: &[f64], period: usize, width: f64) -> Series<Bands> {
        map_moments(values, period, |moments| banded(moments, width))
    }
}

fn banded(moments: Moments, width: f64) -> Bands {
    Bands::around(moments.mean, moments.deviation * width)
}

/// Donchian's channel: the highest high and the lowest low of the last `period` bars, this one too, and the middle between them.
/// Speaks from bar `period` on.
#[derive(Debug, Clone)]
pub struct Donchian {
    highest: Extreme,
    lowest: Extreme,
}

impl Donchian {
    /// Over so many bars, at least one.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { highest: Extreme::highest(period), lowest: Extreme::lowest(period) }
    }

    /// Takes the next bar.
    pub fn push(&mut self, bar: &Bar) -> Option<Bands> {
        let (upper, lower) = (self.highest.push(bar.high), self.lowest.push(bar.low));
        let (upper, lower) = (upper?, lower?);
        Some(Bands { upper, middle: f64::midpoint(upper, lower), lower })
    }

    /// Of every bar.
    #[must_use]
    pub fn series(bars: &[Bar], period: usize) -> Series<Bands> {
        let mut one = Self::new(period);
        Series::streamed(bars.iter().map(|bar| one.push(bar)))
    }
}

/// Keltner's channel in Raschke's form: the exponential mean of the closes, and `width` average true ranges (Wilder's) to each
/// side. Speaks once both do: from bar `max(period, range + 1)` on.
#[derive(Debug, Clone)]
pub struct Keltner {
    middle: Ema,
    range: Atr,
    width: f64,
}

impl Keltner {
    /// Over so many closes and so many ranges, each at least one; so many ranges wide.
    #[must_use]
    pub fn new(period: usize, range: usize, width: f64) -> Self {
        Self { middle: Ema::new(period), range: Atr::new(range), width }
    }

    /// Takes the next bar.
    pub fn push(&mut self, bar: &Bar) -> Option<Bands> {
        let (middle, range) = (self.middle.push(bar.close), self.range.push(bar));
        Some(Bands::around(middle?, range? * self.width))
    }

    /// Of every bar.
    #[must_use]
    pub fn series(bars: &[Bar], period: usize, range: usize, width: f64) -> Series<Bands> {
        let mut one = Self::new(period, range, width);
        Series::streamed(bars.iter().map(|bar| one.push(bar)))
    }
}

/// Ichimoku's lines as they stand over a bar: the spans are those drawn there, made `base − 1` bars before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cloud {
    /// The middle of the short range (tenkan).
    pub conversion: f64,
    /// The middle of the medium range (kijun).
    pub base: f64,
    /// The leading span A over this bar.
    pub span_a: f64,
    /// The leading span B over this bar.
    pub span_b: f64,
}

/// Hosoda's Ichimoku: middles of the ranges of `conversion`, `base` and `span` bars (9, 26, 52). The spans are shifted forward by
/// `base` bars, this one counted, as they are drawn: what stands over a bar was known before it. Speaks from bar
/// `span + base − 1` on, for periods in this order.
#[derive(Debug, Clone)]
pub struct Ichimoku {
    conversion: Donchian,
    base: Donchian,
    span: Donchian,
    ahead: VecDeque<(f64, f64)>,
    shift: usize,
}

impl Ichimoku {
    /// Over so many bars, each at least one.
    #[must_use]
    pub fn new(conversion: usize, base: usize, span: usize) -> Self {
        let [conversion, middle, span] = [conversion, base, span].map(Donchian::new);
        Self { conversion, base: middle, span, ahead: VecDeque::new(), shift: base.max(1) }
    }

    /// Takes the next bar.
    pub fn push(&mut self, bar: &Bar) -> Option<Cloud> {
        let [conversion, base, span] =
            [&mut self.conversion, &mut self.base, &mut self.span].map(|range| range.push(bar).map(|band| band.middle));
        let (conversion, base) = (conversion?, base?);
        self.ahead.push_back((f64::midpoint(conversion, base), span?));
        if self.ahead.len() > self.shift {
            self.ahead.pop_front();
        }
        let (span_a, span_b) = self.ahead.front().copied().filter(|_| self.ahead.len() == self.shift)?;
        Some(Cloud { conversion, base, span_a, span_b })
    }

    /// Of every bar.
    #[must_use]
    pub fn series(bars: &[Bar], conversion: usize, base: usize, span: usize) -> Series<Cloud> {
        let mut one = Self::new(conversion, base, span);
        Series::streamed(bars.iter().map(|bar| one.push(bar)))
    }
}
