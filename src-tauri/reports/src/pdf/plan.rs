//! What stands where, on which page.

use super::table::Lay;
use super::text::Face;
use super::{LANDSCAPE, MARGIN, PORTRAIT};
use crate::document::{Document, Sheet};

/// Below the running head, and above the foot.
pub(crate) const TOP: f32 = 62.0;
const BOTTOM: f32 = 48.0;
pub(crate) const HEADER: f32 = 17.0;
const NAME: f32 = 26.0;
const ABOUT: f32 = 118.0;
/// A chart or a table that would begin lower than this begins on the next page.
const LEAST: f32 = 90.0;

/// A colour by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Ink,
    Muted,
    Warn,
    Accent,
    Line,
}

/// Something on a page.
pub(crate) enum Item {
    Words {
        x: f32,
        y: f32,
        size: f32,
        strong: bool,
        tone: Tone,
        text: String,
    },
    Bar {
        x: f32,
        y: f32,
        wide: f32,
        high: f32,
        tone: Tone,
    },
    Picture {
        at: usize,
        y: f32,
        wide: f32,
    },
    /// Header, then the rows from..to, then perhaps the total.
    Rows {
        sheet: usize,
        from: usize,
        to: usize,
        y: f32,
        total: bool,
    },
}

pub(crate) struct Page {
    pub landscape: bool,
    pub first: bool,
    pub items: Vec<Item>,
}

impl Page {
    pub(crate) const fn size(&self) -> (f32, f32) {
        if self.landscape { LANDSCAPE } else { PORTRAIT }
    }
}

pub(crate) struct Plan {
    pub pages: Vec<Page>,
    pub lays: Vec<Lay>,
    y: f32,
}

/// Whether a table is figures by name, short enough for the cover.
fn is_brief(sheet: &Sheet) -> bool {
    sheet.columns.len() <= 2 && sheet.rows.len() <= 24
}

impl Plan {
    pub(crate) fn of(document: &Document, regular: &Face, bold: &Face) -> Self {
        let lays = document.sheets.iter().map(|sheet| Lay::of(sheet, regular, bold, document.zone)).collect();
        let mut plan = Self { pages: vec![], lays, y: 0.0 };
        plan.cover(document, regular, bold);
        // The sums are what a reader looks for: they stand before the charts and the long tables.
        let (brief, long): (Vec<usize>, Vec<usize>) =
            (0..document.sheets.len()).partition(|at| document.sheets.get(*at).is_some_and(is_brief));
        for sheet in brief {
            plan.table(document, sheet, regular);
        }
        plan.pictures(document, bold);
        for sheet in long {
            plan.table(document, sheet, regular);
        }
        plan
    }

    fn turn(&mut self, landscape: bool) {
        let first = self.pages.is_empty();
        self.pages.push(Page { landscape, first, items: vec![] });
        self.y = if first { MARGIN } else { TOP };
    }

    fn put(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.items.push(item);
        }
    }

    fn room(&self) -> f32 {
        self.pages.last().map_or(0.0, |page| page.size().1) - BOTTOM - self.y
    }

    fn paragraph(&mut self, face: &Face, text: &str, (x, size): (f32, f32), strong: bool, tone: Tone) {
        let step = (size * 1.4).round();
        for line in face.lines(text, size, PORTRAIT.0 - MARGIN - x) {
            if self.room() < step {
                self.turn(false);
            }
            self.y += step;
            self.put(Item::Words { x, y: self.y, size, strong, tone, text: line.to_owned() });
        }
    }

    /// What it is, what is unresolved, what a reader must know.
    fn cover(&mut self, document: &Document, regular: &Face, bold: &Face) {
        self.turn(false);
        self.paragraph(bold, "Oh My Coins", (MARGIN, 10.0), true, Tone::Accent);
        self.y += 14.0;
        self.paragraph(bold, &document.title, (MARGIN, 24.0), true, Tone::Ink);
        if let Some(word) = document.watermark {
            self.y += 2.0;
            self.paragraph(bold, word, (MARGIN, 12.0), true, Tone::Warn);
        }
        self.y += 16.0;
        for note in &document.notes {
            let tone = if note.starts_with("Unresolved") { Tone::Warn } else { Tone::Line };
            let (top, page) = (self.y, self.pages.len());
            self.paragraph(regular, note, (MARGIN + 11.0, 9.5), false, Tone::Ink);
            // A note that goes over to the next page has its bar there.
            let top = if page == self.pages.len() { top } else { TOP };
            self.put(Item::Bar { x: MARGIN, y: top + 3.0, wide: 2.5, high: self.y - top, tone });
            self.y += 9.0;
        }
        self.y += 10.0;
        for (name, value) in document.facts() {
            let before = self.y;
            self.paragraph(regular, &value, (MARGIN + ABOUT, 9.0), false, Tone::Ink);
            let y = if self.y > before { before + 13.0 } else { TOP + 13.0 };
            self.put(Item::Words { x: MARGIN, y, size: 9.0, strong: false, tone: Tone::Muted, text: name.to_owned() });
            self.y += 3.0;
        }
        for sheet in &document.sheets {
            let rows = if sheet.rows.len() == 1 { "row" } else { "rows" };
            let text = format!(
                "{}: {} {rows}",
                sheet.name,
                crate::figures::figure(&sheet.rows.len().to_string(), crate::Shown::Whole)
            );
            self.paragraph(regular, &text, (MARGIN + ABOUT, 9.0), false, Tone::Ink);
        }
    }

    fn pictures(&mut self, document: &Document, bold: &Face) {
        let wide = PORTRAIT.0 - 2.0 * MARGIN;
        for (at, chart) in document.charts.iter().enumerate() {
            let (w, h) = chart.size();
            let high = wide * h as f32 / w as f32;
            if at == 0 || self.room() < high + 40.0 {
                self.turn(false);
            }
            self.y += 6.0;
            self.paragraph(bold, &chart.title, (MARGIN, 11.0), true, Tone::Ink);
            self.put(Item::Picture { at, y: self.y + 6.0, wide });
            self.y += high + 18.0;
        }
    }

    fn table(&mut self, document: &Document, number: usize, regular: &Face) {
        let (Some(sheet), Some(lay)) = (document.sheets.get(number), self.lays.get(number)) else { return };
        let (landscape, step) = (lay.landscape, lay.line_height());
        let heights: Vec<f32> =
            sheet.rows.iter().map(|row| lay.height(&lay.cells(sheet, row, regular, document.zone))).collect();
        let brief = is_brief(sheet);
        let other = self.pages.last().is_none_or(|page| page.landscape != landscape || (page.first && !brief));
        let least = if brief { heights.iter().sum::<f32>() + NAME + HEADER } else { LEAST };
        if other || self.room() < least {
            self.turn(landscape);
        } else {
            self.y += 12.0;
        }
        self.y += NAME - 8.0;
        let name = sheet.name.to_owned();
        self.put(Item::Words { x: MARGIN, y: self.y - 4.0, size: 11.0, strong: true, tone: Tone::Ink, text: name });
        if sheet.rows.is_empty() {
            self.paragraph(regular, "no rows", (MARGIN, 9.0), false, Tone::Muted);
        }
        let totalled = sheet.columns.iter().any(|column| column.totalled) && !sheet.rows.is_empty();
        let (mut from, mut top) = (0, self.y);
        self.y += HEADER;
        for (at, high) in heights.into_iter().enumerate() {
            let last = at + 1 == sheet.rows.len();
            // The total stays with the last row.
            let wanted = if last && totalled { high + step + 6.0 } else { high };
            if self.room() < wanted && at > from {
                self.put(Item::Rows { sheet: number, from, to: at, y: top, total: false });
                self.turn(landscape);
                (from, top) = (at, self.y);
                self.y += HEADER;
            }
            self.y += high;
        }
        if !sheet.rows.is_empty() {
            self.put(Item::Rows { sheet: number, from, to: sheet.rows.len(), y: top, total: totalled });
            self.y += if totalled { step + 6.0 } else { 0.0 };
        }
    }
}
