//! Charts as SVG and PNG: fixed sizes, one font, nothing to fetch.
//!
//! A picture rounds to what an eye can see, so amounts become doubles here; no figure is read from a chart.

mod equity;

pub use equity::EquityDay;

use crate::ReportError;
use crate::pdf::letters;
use domain::Decimal;
use plotters::prelude::*;
use plotters::style::FontTransform;
use resvg::tiny_skia::{Pixmap, Transform};

/// How its points are drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawn {
    /// A bar each, up or down from zero.
    Bars,
    /// A line with the area to zero.
    Line,
    /// These days of a book, with its falls and its trades; the chart's own points are not looked at.
    Equity(Vec<EquityDay>),
    /// The same of a run over history, beside what holding would have been worth, or where that is empty alone.
    Run(Vec<EquityDay>, Vec<Option<Decimal>>),
    /// Prices with what was bought and sold at them; the equity of each day is its price.
    Traded(Vec<EquityDay>),
}

/// A picture of some figures in AUD.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// How.
    pub drawn: Drawn,
    /// What stands under each point, and its amount.
    pub points: Vec<(String, Decimal)>,
}

/// The sizes charts are drawn in.
const SIZE: (u32, u32) = (760, 264);
const SIZE_EQUITY: (u32, u32) = (760, 380);
/// How many pixels of a PNG each of these is wide.
const PNG_SCALE: f32 = 2.0;
/// The most points a chart draws; more would be finer than its pixels.
const POINTS_MAX: usize = 2000;
const LABELS_MAX: usize = 12;
const INK: RGBColor = RGBColor(71, 85, 105);
const GRID: RGBColor = RGBColor(226, 232, 240);
const AXIS: RGBColor = RGBColor(148, 163, 184);
const UP: RGBColor = RGBColor(21, 128, 61);
const DOWN: RGBColor = RGBColor(185, 28, 28);
const LINE: RGBColor = RGBColor(37, 99, 235);

fn seen(amount: Decimal) -> f64 {
    amount.to_string().parse().unwrap_or(0.0)
}

/// An amount on the axis.
fn axis(value: &f64, step: f64) -> String {
    let places = match step {
        step if step >= 1.0 => 0,
        step if step >= 0.01 => 2,
        _ => 8,
    };
    let text = format!("{value:.places$}");
    crate::figures::figure(&text, crate::Shown::Whole)
}

impl Chart {
    /// How wide and high it is.
    pub(crate) fn size(&self) -> (u32, u32) {
        if matches!(self.drawn, Drawn::Equity(_) | Drawn::Run(..)) { SIZE_EQUITY } else { SIZE }
    }

    /// The picture with the bundled letters.
    pub(crate) fn tree(&self) -> Result<usvg::Tree, ReportError> {
        usvg::Tree::from_str(&self.svg()?, &letters()).map_err(|error| ReportError::Chart(error.to_string()))
    }

    /// The picture as PNG, with the bundled letters.
    ///
    /// # Errors
    /// [`ReportError::Chart`] when it can't be drawn.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        let failed = |what: &str| ReportError::Chart(what.to_owned());
        let (wide, high) = self.size();
        let scaled = |pixels: u32| (pixels as f32 * PNG_SCALE) as u32;
        let mut pixels = Pixmap::new(scaled(wide), scaled(high)).ok_or_else(|| failed("it has no size"))?;
        resvg::render(&self.tree()?, Transform::from_scale(PNG_SCALE, PNG_SCALE), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| failed(&error.to_string()))
    }

    /// The picture as SVG.
    ///
    /// # Errors
    /// [`ReportError::Chart`] when it can't be drawn.
    pub fn svg(&self) -> Result<String, ReportError> {
        let mut out = String::new();
        self.draw(&mut out).map_err(|error| ReportError::Chart(error.to_string()))?;
        Ok(out)
    }

    fn points(&self) -> Vec<(&str, f64)> {
        // A line too fine for its pixels keeps every so many points and the last.
        let step = self.points.len().div_ceil(POINTS_MAX).max(1);
        let last = self.points.len().saturating_sub(1);
        let kept = self.points.iter().enumerate().filter(|(at, _)| at % step == 0 || *at == last);
        kept.map(|(_, (label, amount))| (label.as_str(), seen(*amount))).collect()
    }

    fn draw(&self, out: &mut String) -> Result<(), Box<dyn std::error::Error>> {
        let root = SVGBackend::with_string(out, self.size()).into_drawing_area();
        root.fill(&WHITE)?;
        match &self.drawn {
            Drawn::Equity(days) => equity::draw(days, &[], &root)?,
            Drawn::Run(days, held) => equity::draw(days, held, &root)?,
            Drawn::Traded(days) => equity::prices(days, &root)?,
            Drawn::Bars | Drawn::Line => return self.bars(&root),
        }
        Ok(root.present()?)
    }

    /// Bars or a line over named points.
    fn bars(
        &self,
        root: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let points = self.points();
        let lowest = points.iter().map(|(_, y)| *y).fold(0.0, f64::min);
        let highest = points.iter().map(|(_, y)| *y).fold(0.0, f64::max);
        let room = if highest > lowest { (highest - lowest) * 0.06 } else { 1.0 };
        let (low, high) = (if lowest < 0.0 { lowest - room } else { 0.0 }, highest + room);
        let many = points.len().max(1);
        let mut chart = ChartBuilder::on(root)
            .margin(6)
            .margin_right(14)
            .x_label_area_size(24)
            .y_label_area_size(78)
            .build_cartesian_2d(-0.6..many as f64 - 0.4, low..high)?;
        let text = ("Inter", 11).into_font().color(&INK).transform(FontTransform::None);
        let step = (high - low) / 6.0;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(AXIS)
            .x_labels(many.min(LABELS_MAX))
            .y_labels(6)
            .x_label_formatter(&|x| label(&points, *x))
            .y_label_formatter(&|y| axis(y, step))
            .label_style(text)
            .draw()?;
        match &self.drawn {
            Drawn::Bars => {
                let half = 0.36;
                chart.draw_series(points.iter().enumerate().map(|(at, (_, y))| {
                    let colour = if *y < 0.0 { DOWN } else { UP };
                    Rectangle::new([(at as f64 - half, 0.0), (at as f64 + half, *y)], colour.filled())
                }))?;
            }
            Drawn::Line => {
                let line = points.iter().enumerate().map(|(at, (_, y))| (at as f64, *y));
                chart.draw_series(AreaSeries::new(line.clone(), 0.0, LINE.mix(0.10)))?;
                chart.draw_series(LineSeries::new(line, LINE.stroke_width(2)))?;
            }
            Drawn::Equity(_) | Drawn::Run(..) | Drawn::Traded(_) => {}
        }
        chart.draw_series(std::iter::once(PathElement::new([(-0.6, 0.0), (many as f64 - 0.4, 0.0)], AXIS)))?;
        Ok(root.present()?)
    }
}

fn label(points: &[(&str, f64)], x: f64) -> String {
    if x < -0.01 || (x - x.round()).abs() > 0.01 {
        return String::new();
    }
    points.get(x.round() as usize).map_or_else(String::new, |(label, _)| label.chars().take(14).collect())
}
