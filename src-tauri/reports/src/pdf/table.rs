//! How a table lies on pages: the width of its columns, the height of its rows, where pages end.

use super::text::Face;
use super::{LANDSCAPE, MARGIN, PORTRAIT};
use crate::csv_file::Cell;
use crate::document::Sheet;
use chrono_tz::Tz;

/// The sizes tried, the first that fits.
const SIZES: [f32; 2] = [8.0, 7.0];
/// Between columns, in ems.
const GAP: f32 = 1.1;
const TEXT_LEAST: f32 = 38.0;
/// A text longer than this is folded rather than given room.
const TEXT_MOST: f32 = 210.0;

/// A column as it lies.
pub(crate) struct Lane {
    /// Where it begins.
    pub x: f32,
    /// How wide it is, without the gap.
    pub wide: f32,
    /// Whether it is pushed right.
    pub right: bool,
    /// The digits after the point of the number that has most.
    pub places: usize,
}

/// A table as it lies.
pub(crate) struct Lay {
    pub landscape: bool,
    pub size: f32,
    pub lanes: Vec<Lane>,
}

pub(crate) fn heading(name: &str) -> String {
    name.replace('_', " ")
}

/// The digits after the point.
pub(crate) fn places(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

/// How far the point of a number stands from where it would with all the places of its column.
pub(crate) fn shift(face: &Face, size: f32, text: &str, most: usize) -> f32 {
    let here = places(text);
    let point = if here == 0 && most > 0 { face.width(".", size) } else { 0.0 };
    (most - here.min(most)) as f32 * face.width("0", size) + point
}

impl Lay {
    pub(crate) fn of(sheet: &Sheet, regular: &Face, bold: &Face, zone: Tz) -> Self {
        let rough: Vec<(f32, bool, usize)> =
            (0..sheet.columns.len()).map(|at| natural(sheet, at, regular, bold, zone)).collect();
        let least: f32 = rough.iter().map(|(wide, ..)| wide + GAP).sum::<f32>() - GAP;
        let room = |landscape: bool| if landscape { LANDSCAPE.0 } else { PORTRAIT.0 } - 2.0 * MARGIN;
        let tries = [(false, SIZES[0]), (false, SIZES[1]), (true, SIZES[0]), (true, SIZES[1])];
        let (landscape, size) =
            tries.into_iter().find(|(wide, size)| least * size <= room(*wide)).unwrap_or((true, SIZES[1]));
        let mut wides: Vec<f32> = rough.iter().map(|(wide, ..)| wide * size).collect();
        let gaps = GAP * size * sheet.columns.len().saturating_sub(1) as f32;
        squeeze(&mut wides, &rough, room(landscape) - gaps);
        let spare = (room(landscape) - gaps - wides.iter().sum::<f32>()).max(0.0);
        // A table of few columns keeps together instead of being torn to both edges of the page.
        let between = (spare / sheet.columns.len().max(2) as f32).min(16.0);
        let mut x = MARGIN;
        let lanes = wides.iter().zip(&rough).map(|(wide, (_, right, places))| {
            let lane = Lane { x, wide: *wide, right: *right, places: *places };
            x += wide + GAP * size + between;
            lane
        });
        Self { landscape, size, lanes: lanes.collect() }
    }

    pub(crate) fn line_height(&self) -> f32 {
        (self.size * 1.3).round()
    }

    /// Where the table ends on the right.
    pub(crate) fn right(&self) -> f32 {
        self.lanes.last().map_or(MARGIN, |lane| lane.x + lane.wide)
    }

    /// The lines of each cell of a row.
    pub(crate) fn cells(&self, sheet: &Sheet, row: &[Cell], face: &Face, zone: Tz) -> Vec<Vec<String>> {
        let cells = row.iter().zip(&self.lanes).enumerate();
        cells
            .map(|(at, (cell, lane))| {
                let words = sheet.words(at, cell, zone);
                if matches!(cell, Cell::Number(_)) && lane.right {
                    let shift = shift(face, self.size, &words, lane.places);
                    if face.width(&words, self.size) + shift <= lane.wide + 0.01 {
                        return vec![words];
                    }
                }
                face.lines(&words, self.size, lane.wide).into_iter().map(str::to_owned).collect()
            })
            .collect()
    }

    pub(crate) fn height(&self, cells: &[Vec<String>]) -> f32 {
        cells.iter().map(Vec::len).max().unwrap_or(1).max(1) as f32 * self.line_height() + 3.0
    }
}

/// The width a column would like, in ems and its gap; whether it is pushed right; its places.
fn natural(sheet: &Sheet, at: usize, regular: &Face, bold: &Face, zone: Tz) -> (f32, bool, usize) {
    let right = sheet.is_number(at);
    let name = sheet.columns.get(at).map_or(0.0, |column| bold.width(&heading(column.name), 1.0));
    let (mut whole, mut text, mut most) = (0f32, name, 0usize);
    let total = sheet.columns.get(at).filter(|column| column.totalled).and_then(|_| sheet.total(at));
    let total = total.map(Cell::Number);
    for cell in sheet.rows.iter().filter_map(|row| row.get(at)).chain(&total) {
        let words = sheet.words(at, cell, zone);
        if right && matches!(cell, Cell::Number(_)) {
            let before = words.split_once('.').map_or(words.as_str(), |(before, _)| before);
            // The bold of a total is wider.
            whole = whole.max(bold.width(before, 1.0));
            most = most.max(places(&words));
        } else {
            text = text.max(regular.width(&words, 1.0));
        }
    }
    let point = if most > 0 { bold.width(".", 1.0) } else { 0.0 };
    let figures = whole + point + most as f32 * bold.width("0", 1.0);
    let words = if right { text } else { text.min(TEXT_MOST / SIZES[0]) };
    (figures.max(words) + 0.02, right, most)
}

/// Takes what is too much off the texts first, the widest first; then off everything.
fn squeeze(wides: &mut [f32], rough: &[(f32, bool, usize)], room: f32) {
    let over = wides.iter().sum::<f32>() - room;
    if over <= 0.0 {
        return;
    }
    let spare = |wide: f32, right: bool| if right { 0.0 } else { (wide - TEXT_LEAST).max(0.0) };
    let spares: f32 = wides.iter().zip(rough).map(|(wide, (_, right, _))| spare(*wide, *right)).sum();
    let taken = if spares > 0.0 { (over / spares).min(1.0) } else { 0.0 };
    for (wide, (_, right, _)) in wides.iter_mut().zip(rough) {
        *wide -= spare(*wide, *right) * taken;
    }
    let sum: f32 = wides.iter().sum();
    if sum > room {
        wides.iter_mut().for_each(|wide| *wide *= room / sum);
    }
}
