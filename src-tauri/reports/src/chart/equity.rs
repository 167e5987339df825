//! Equity over time with its fall from the peak below it, and where something was bought and sold.
//!
//! A day without an equity has no point: the line ends before it and begins anew behind it. Marks that would lie on each other
//! are drawn once. Buys and sales differ by form and place, not by colour alone.

use super::{AXIS, DOWN, GRID, INK, LABELS_MAX, LINE, POINTS_MAX, UP, axis, seen};
use domain::Decimal;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::FontTransform;

/// One day of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct EquityDay {
    /// What stands under it.
    pub label: String,
    /// AUD; none when something held has no price.
    pub equity: Option<Decimal>,
    /// How far the index stands below its peak, 0 to −1.
    pub drawdown: Option<f64>,
    /// Whether something was bought since the day before.
    pub bought: bool,
    /// Whether something was sold.
    pub sold: bool,
}

/// How high the pane of the drawdown is, and the strip that says what the marks are.
const FALL: u32 = 96;
const LEGEND: u32 = 18;
/// Marks closer than this lie on each other.
const MARKS_MAX: usize = 110;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Where a mark stands: its day, the height of the line there, and whether it is a buy.
type Mark = (f64, f64, bool);

/// The days that are drawn: of too many every so many, with what was done in between.
fn thinned(days: &[EquityDay]) -> Vec<EquityDay> {
    let step = days.len().div_ceil(POINTS_MAX).max(1);
    let joined = |part: &[EquityDay]| {
        let mut last = part.last()?.clone();
        last.bought = part.iter().any(|day| day.bought);
        last.sold = part.iter().any(|day| day.sold);
        Some(last)
    };
    days.chunks(step).filter_map(joined).collect()
}

/// The stretches of days that have a value, each as points.
fn runs(days: &[EquityDay], of: impl Fn(&EquityDay) -> Option<f64>) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = vec![vec![]];
    for (at, day) in days.iter().enumerate() {
        match (of(day), runs.last_mut()) {
            (Some(value), Some(run)) => run.push((at as f64, value)),
            _ => runs.push(vec![]),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// The marks, at most one of a kind for each stretch of days that lie together.
fn marks(days: &[EquityDay]) -> Vec<Mark> {
    let step = days.len().div_ceil(MARKS_MAX).max(1);
    let mut marks = Vec::new();
    for (nth, part) in days.chunks(step).enumerate() {
        for (buy, done) in
            [(true, part.iter().position(|day| day.bought)), (false, part.iter().position(|day| day.sold))]
        {
            let mark = done.and_then(|at| Some(((nth * step + at) as f64, seen(part.get(at)?.equity?), buy)));
            marks.extend(mark);
        }
    }
    marks
}

/// What holding was worth on the days that are drawn.
fn thinned_held(held: &[Option<Decimal>]) -> Vec<(f64, f64)> {
    let step = held.len().div_ceil(POINTS_MAX).max(1);
    let known = held.chunks(step).enumerate().filter_map(|(at, part)| Some((at as f64, seen((*part.last()?)?))));
    known.collect()
}

pub(super) fn draw(days: &[EquityDay], held: &[Option<Decimal>], root: &Area<'_>) -> Drawn {
    let (days, held) = (thinned(days), thinned_held(held));
    let (_, high) = root.dim_in_pixel();
    let (legend, rest) = root.split_vertically(LEGEND);
    let (upper, lower) = rest.split_vertically(high.saturating_sub(LEGEND + FALL));
    let marks = marks(&days);
    explain(&legend, !marks.is_empty(), !held.is_empty())?;
    line(&days, &held, &marks, false, &upper)?;
    fall(&days, &lower)
}

/// Prices alone, with the days below them.
pub(super) fn prices(days: &[EquityDay], root: &Area<'_>) -> Drawn {
    let days = thinned(days);
    let (legend, rest) = root.split_vertically(LEGEND);
    let marks = marks(&days);
    explain(&legend, !marks.is_empty(), false)?;
    line(&days, &[], &marks, true, &rest)
}

fn text() -> TextStyle<'static> {
    ("Inter", 11).into_font().color(&INK).transform(FontTransform::None)
}

/// A mark, below the line for a buy and above it for a sale.
fn mark(at: (i32, i32), buy: bool) -> Polygon<(i32, i32)> {
    let (x, y) = at;
    if buy {
        Polygon::new([(x, y + 3), (x - 4, y + 10), (x + 4, y + 10)], UP.filled())
    } else {
        Polygon::new([(x, y - 3), (x - 4, y - 10), (x + 4, y - 10)], DOWN.filled())
    }
}

fn explain(legend: &Area<'_>, is_marked: bool, is_held: bool) -> Drawn {
    if is_marked {
        legend.draw(&mark((90, 3), true))?;
        legend.draw(&Text::new("bought", (98, 5), text()))?;
        legend.draw(&mark((158, 16), false))?;
        legend.draw(&Text::new("sold", (166, 5), text()))?;
    }
    if is_held {
        legend.draw(&PathElement::new([(210, 11), (230, 11)], INK))?;
        legend.draw(&Text::new("held instead", (236, 5), text()))?;
    }
    Ok(())
}

fn line(days: &[EquityDay], held: &[(f64, f64)], marks: &[Mark], is_alone: bool, area: &Area<'_>) -> Drawn {
    let known = || days.iter().filter_map(|day| day.equity).map(seen).chain(held.iter().map(|(_, y)| *y));
    let (lowest, highest) = known().fold((f64::MAX, f64::MIN), |(low, high), y| (low.min(y), high.max(y)));
    let (lowest, highest) = if lowest <= highest { (lowest, highest) } else { (0.0, 1.0) };
    let room = if highest > lowest { (highest - lowest) * 0.10 } else { highest.abs().max(1.0) * 0.05 };
    let (low, high) = (lowest - room, highest + room);
    let last = days.len().max(1) as f64 - 0.4;
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .margin_right(14)
        .x_label_area_size(if is_alone { 24 } else { 0 })
        .y_label_area_size(78)
        .build_cartesian_2d(-0.6..last, low..high)?;
    let step = (high - low) / 6.0;
    let names: Vec<(&str, f64)> = days.iter().map(|day| (day.label.as_str(), 0.0)).collect();
    let named = |x: &f64| super::label(&names, *x);
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh().light_line_style(TRANSPARENT).bold_line_style(GRID).axis_style(AXIS);
    if is_alone {
        mesh.x_labels(days.len().clamp(1, LABELS_MAX)).x_label_formatter(&named);
    } else {
        mesh.disable_x_axis();
    }
    mesh.y_labels(6).y_label_formatter(&|y| axis(y, step)).label_style(text()).draw()?;
    if !held.is_empty() {
        chart.draw_series(LineSeries::new(held.iter().copied(), INK))?;
    }
    for run in runs(days, |day| day.equity.map(seen)) {
        if let [alone] = run.as_slice() {
            chart.draw_series(std::iter::once(Circle::new(*alone, 2, LINE.filled())))?;
        }
        chart.draw_series(LineSeries::new(run, LINE.stroke_width(2)))?;
    }
    let place = |(x, y, buy): &Mark| (chart.backend_coord(&(*x, *y)), *buy);
    let marks: Vec<((i32, i32), bool)> = marks.iter().map(place).collect();
    let (left, top) = area.get_base_pixel();
    for ((x, y), buy) in marks {
        area.draw(&mark((x - left, y - top), buy))?;
    }
    Ok(())
}

fn fall(days: &[EquityDay], area: &Area<'_>) -> Drawn {
    let deepest = days.iter().filter_map(|day| day.drawdown).fold(0.0, f64::min);
    let low = if deepest < 0.0 { deepest * 1.1 } else { -0.01 };
    let last = days.len().max(1) as f64 - 0.4;
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .margin_top(2)
        .margin_right(14)
        .x_label_area_size(24)
        .y_label_area_size(78)
        .build_cartesian_2d(-0.6..last, low..0.0)?;
    let names: Vec<(&str, f64)> = days.iter().map(|day| (day.label.as_str(), 0.0)).collect();
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(AXIS)
        .x_labels(days.len().clamp(1, LABELS_MAX))
        .y_labels(3)
        .x_label_formatter(&|x| super::label(&names, *x))
        .y_label_formatter(&|y| format!("{:.1} %", y * 100.0).replace("-0.0 %", "0.0 %").replace('-', "\u{2212}"))
        .label_style(text())
        .draw()?;
    for run in runs(days, |day| day.drawdown) {
        chart.draw_series(AreaSeries::new(run, 0.0, DOWN.mix(0.18)).border_style(DOWN))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(label: usize, equity: Option<i64>, bought: bool, sold: bool) -> EquityDay {
        EquityDay { label: label.to_string(), equity: equity.map(Decimal::from), drawdown: None, bought, sold }
    }

    #[test]
    fn a_day_without_an_equity_parts_the_line() {
        let days = [day(0, Some(5), false, false), day(1, None, false, false), day(2, Some(7), false, false)];
        assert_eq!(runs(&days, |day| day.equity.map(seen)), [vec![(0.0, 5.0)], vec![(2.0, 7.0)]]);
    }

    #[test]
    fn of_too_many_days_none_of_the_marks_is_lost_where_it_can_be_seen() {
        let days: Vec<_> = (0..5_000).map(|at| day(at, Some(1), at == 4_321, at % 2 == 0)).collect();
        let drawn = thinned(&days);
        assert!(drawn.len() <= POINTS_MAX && drawn.iter().filter(|day| day.bought).count() == 1);
        let marks = marks(&drawn);
        assert!(marks.len() <= 2 * MARKS_MAX + 2, "{}", marks.len());
        assert_eq!(marks.iter().filter(|(.., buy)| *buy).count(), 1);
        let unknown = [day(0, None, true, true)];
        assert!(super::marks(&unknown).is_empty(), "a mark stands on the line, and there is none");
    }
}
