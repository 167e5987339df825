//! What a pen does.

use super::plan::{HEADER, Page, Tone};
use super::table::{Lay, heading, shift};
use super::text::Face;
use super::{MARGIN, PRODUCER};
use crate::csv_file::Cell;
use crate::document::{Document, Sheet};
use chrono_tz::Tz;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla_svg::{SurfaceExt, SvgSettings};

fn colour(tone: Tone) -> rgb::Color {
    match tone {
        Tone::Ink => rgb::Color::new(15, 23, 42),
        Tone::Muted => rgb::Color::new(71, 85, 105),
        Tone::Warn => rgb::Color::new(180, 83, 9),
        Tone::Accent => rgb::Color::new(37, 99, 235),
        Tone::Line => rgb::Color::new(203, 213, 225),
    }
}

fn fill(colour: rgb::Color) -> Fill {
    Fill { paint: colour.into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}

/// Where a bar begins, and how wide and high it is.
type Bar = ((f32, f32), (f32, f32));

pub(crate) struct Pen<'s, 'f> {
    pub surface: Surface<'s>,
    pub regular: &'f Face,
    pub bold: &'f Face,
}

impl Pen<'_, '_> {
    pub(crate) fn words(&mut self, (x, y): (f32, f32), text: &str, size: f32, strong: bool, tone: Tone) {
        if text.is_empty() {
            return;
        }
        let face = if strong { self.bold } else { self.regular };
        self.surface.set_fill(Some(fill(colour(tone))));
        self.surface.draw_glyphs(Point::from_xy(x, y), &face.glyphs(text), face.font.clone(), text, size, false);
    }

    fn words_right(&mut self, (x, y): (f32, f32), text: &str, size: f32, strong: bool, tone: Tone) {
        let face = if strong { self.bold } else { self.regular };
        self.words((x - face.width(text, size), y), text, size, strong, tone);
    }

    pub(crate) fn bar(&mut self, at: (f32, f32), size: (f32, f32), tone: Tone) {
        self.bars(&[(at, size)], tone);
    }

    /// Many bars of one colour in one stroke of the pen.
    fn bars(&mut self, bars: &[Bar], tone: Tone) {
        let mut path = PathBuilder::new();
        for ((x, y), (wide, high)) in bars {
            if let Some(rect) = Rect::from_xywh(*x, *y, *wide, *high) {
                path.push_rect(rect);
            }
        }
        if let Some(path) = path.finish() {
            self.surface.set_fill(Some(fill(colour(tone))));
            self.surface.draw_path(&path);
        }
    }

    pub(crate) fn picture(&mut self, tree: &usvg::Tree, (x, y): (f32, f32), (wide, high): (f32, f32)) {
        let Some(size) = Size::from_wh(wide, high) else { return };
        self.surface.push_transform(&Transform::from_translate(x, y));
        self.surface.draw_svg(tree, size, SvgSettings::default());
        self.surface.pop();
    }

    /// A word across the page, under everything else.
    pub(crate) fn watermark(&mut self, word: &str, (wide, high): (f32, f32)) {
        const SIZE: f32 = 128.0;
        let long = self.bold.width(word, SIZE);
        self.surface.push_transform(&Transform::from_rotate_at(-45.0, wide / 2.0, high / 2.0));
        self.surface.set_fill(Some(fill(rgb::Color::new(240, 242, 245))));
        let at = Point::from_xy((wide - long) / 2.0, high / 2.0 + SIZE * 0.36);
        self.surface.draw_glyphs(at, &self.bold.glyphs(word), self.bold.font.clone(), word, SIZE, false);
        self.surface.pop();
    }

    /// What every page but the first begins with.
    pub(crate) fn head(&mut self, document: &Document, page: &Page) {
        let (wide, _) = page.size();
        self.words((MARGIN, 38.0), &document.title, 8.5, true, Tone::Muted);
        let word = document.watermark.unwrap_or("LIVE");
        let tone = if document.watermark.is_some() { Tone::Warn } else { Tone::Muted };
        self.words_right((wide - MARGIN, 38.0), word, 8.5, true, tone);
        self.bar((MARGIN, 45.0), (wide - 2.0 * MARGIN, 0.5), Tone::Line);
    }

    pub(crate) fn foot(&mut self, document: &Document, page: &Page, number: usize, all: usize) {
        let (wide, high) = page.size();
        let y = high - 26.0;
        let local = crate::figures::moment(document.generated_at, document.zone);
        let made = format!("{PRODUCER} · generated {local} {}", document.zone.name());
        self.words((MARGIN, y), &made, 7.5, false, Tone::Muted);
        self.words_right((wide - MARGIN, y), &format!("page {number} of {all}"), 7.5, false, Tone::Muted);
    }

    /// The header, rows, and perhaps the total of a table.
    pub(crate) fn rows(&mut self, sheet: &Sheet, lay: &Lay, (from, to): (usize, usize), y: f32, total: bool, zone: Tz) {
        let step = lay.line_height();
        for (column, lane) in sheet.columns.iter().zip(&lay.lanes) {
            let (name, at) = (heading(column.name), y + HEADER - 6.0);
            if lane.right {
                self.words_right((lane.x + lane.wide, at), &name, lay.size, true, Tone::Muted);
            } else {
                self.words((lane.x, at), &name, lay.size, true, Tone::Muted);
            }
        }
        let (left, long) = (MARGIN, lay.right() - MARGIN);
        let mut lines = vec![((left, y + HEADER - 1.5), (long, 0.8))];
        let mut y = y + HEADER;
        for row in sheet.rows.get(from..to).unwrap_or_default() {
            let cells = lay.cells(sheet, row, self.regular, zone);
            for ((texts, lane), cell) in cells.iter().zip(&lay.lanes).zip(row) {
                for (line, text) in (0u8..).zip(texts) {
                    let base = y + step * (f32::from(line) + 1.0) - 2.0;
                    let number = matches!(cell, Cell::Number(_)) && texts.len() == 1;
                    self.cell(text, lane, base, (lay.size, false), number);
                }
            }
            y += lay.height(&cells);
            lines.push(((left, y - 0.5), (long, 0.35)));
        }
        self.bars(&lines, Tone::Line);
        if total {
            self.bar((left, y - 0.8), (long, 1.0), Tone::Muted);
            self.totals(sheet, lay, y + step + 1.0);
        }
    }

    fn cell(&mut self, text: &str, lane: &super::table::Lane, base: f32, (size, strong): (f32, bool), number: bool) {
        let face = if strong { self.bold } else { self.regular };
        if number {
            let right = lane.x + lane.wide - shift(face, size, text, lane.places);
            self.words_right((right, base), text, size, strong, Tone::Ink);
        } else if lane.right {
            self.words_right((lane.x + lane.wide, base), text, size, strong, Tone::Ink);
        } else {
            self.words((lane.x, base), text, size, strong, Tone::Ink);
        }
    }

    fn totals(&mut self, sheet: &Sheet, lay: &Lay, base: f32) {
        for (at, (column, lane)) in sheet.columns.iter().zip(&lay.lanes).enumerate() {
            let sum = if column.totalled { sheet.total(at) } else { None };
            match sum {
                Some(sum) => {
                    let text = crate::figures::figure(&sum, column.shown);
                    self.cell(&text, lane, base, (lay.size, true), true);
                }
                None if at == 0 => self.words((lane.x, base), "total", lay.size, true, Tone::Ink),
                None => {}
            }
        }
    }
}
