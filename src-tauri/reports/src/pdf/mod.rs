//! A report as pages of A4: what it is and what is unresolved first, then charts, then tables with their headers on
//! every page.
//!
//! Invariants: the same document gives the same bytes (no clock, no random ids, no font of the machine); every row and
//! every character is somewhere. It is laid out first, so that pages know how many they are, and then drawn page by page.

mod draw;
mod plan;
mod table;
mod text;

pub(crate) use text::{BOLD, REGULAR};

use crate::document::{Document, Watch};
use crate::{ReportError, seal};
use chrono::{Datelike, Timelike};
use draw::Pen;
use krilla::SerializeSettings;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use plan::{Item, Page, Plan};
use std::sync::Arc;
use text::Face;

/// Width and height of a page, in points.
pub(crate) const PORTRAIT: (f32, f32) = (595.28, 841.89);
pub(crate) const LANDSCAPE: (f32, f32) = (841.89, 595.28);
pub(crate) const MARGIN: f32 = 42.0;
const PRODUCER: &str = "Oh My Coins";

pub(crate) fn pages(document: &Document, watch: Watch<'_>) -> Result<Vec<u8>, ReportError> {
    let (regular, bold) = (Face::of(REGULAR)?, Face::of(BOLD)?);
    let plan = Plan::of(document, &regular, &bold);
    let charts = document.charts.iter().map(crate::Chart::tree).collect::<Result<Vec<_>, _>>()?;
    let settings = SerializeSettings { enable_tagging: false, ..SerializeSettings::default() };
    let mut file = krilla::Document::new_with(settings);
    file.set_metadata(metadata(document));
    let all = plan.pages.len();
    for (number, page) in plan.pages.iter().enumerate() {
        if !watch(number as u64, all as u64) {
            return Err(ReportError::Cancelled);
        }
        let (wide, high) = page.size();
        let size = PageSettings::from_wh(wide, high).ok_or_else(|| ReportError::Pdf("no such page".to_owned()))?;
        let mut sheet = file.start_page_with(size);
        let mut pen = Pen { surface: sheet.surface(), regular: &regular, bold: &bold };
        draw_page(&mut pen, document, &plan, page, &charts);
        pen.foot(document, page, number + 1, all);
        drop(pen);
        sheet.finish();
    }
    if let Some(text) = &document.seal {
        attach(&mut file, document, text)?;
    }
    file.finish().map_err(|error| ReportError::Pdf(format!("{error:?}")))
}

fn draw_page(pen: &mut Pen<'_, '_>, document: &Document, plan: &Plan, page: &Page, charts: &[usvg::Tree]) {
    if let Some(word) = document.watermark {
        pen.watermark(word, page.size());
    }
    if !page.first {
        pen.head(document, page);
    }
    for item in &page.items {
        match item {
            Item::Words { x, y, size, strong, tone, text } => {
                pen.words((*x, *y), text, *size, *strong, *tone);
            }
            Item::Bar { x, y, wide, high, tone } => pen.bar((*x, *y), (*wide, *high), *tone),
            Item::Picture { at, y, wide } => {
                if let (Some(tree), Some(chart)) = (charts.get(*at), document.charts.get(*at)) {
                    let (w, h) = chart.size();
                    pen.picture(tree, (MARGIN, *y), (*wide, *wide * h as f32 / w as f32));
                }
            }
            Item::Rows { sheet, from, to, y, total } => {
                let (Some(of), Some(lay)) = (document.sheets.get(*sheet), plan.lays.get(*sheet)) else { continue };
                pen.rows(of, lay, (*from, *to), *y, *total, document.zone);
            }
        }
    }
}

/// The bundled letters for pictures.
pub(crate) fn letters() -> usvg::Options<'static> {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.set_sans_serif_family("Inter");
    usvg::Options { font_family: "Inter".to_owned(), fontdb: Arc::new(fonts), ..Default::default() }
}

fn made(document: &Document) -> DateTime {
    let time = document.generated_at.to_utc();
    let year = u16::try_from(time.year()).unwrap_or(1970);
    let part = |value: u32| u8::try_from(value).unwrap_or(0);
    DateTime::new(year)
        .month(part(time.month()))
        .day(part(time.day()))
        .hour(part(time.hour()))
        .minute(part(time.minute()))
        .second(part(time.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn metadata(document: &Document) -> Metadata {
    let id = document.content_sha256().unwrap_or_default();
    Metadata::new()
        .title(document.title.clone())
        .creator(PRODUCER.to_owned())
        .producer(PRODUCER.to_owned())
        .language("en-AU".to_owned())
        .creation_date(made(document))
        .document_id(format!("{id}-{}", document.generated_at))
}

fn attach(file: &mut krilla::Document, document: &Document, text: &str) -> Result<(), ReportError> {
    let seal = EmbeddedFile {
        path: seal::ATTACHED.to_owned(),
        mime_type: MimeType::new("text/plain"),
        description: Some("what omc verify --report reads".to_owned()),
        association_kind: AssociationKind::Supplement,
        data: seal::wrapped(text).into_bytes().into(),
        modification_date: Some(made(document)),
        compress: Some(false),
        location: None,
    };
    file.embed_file(seal).ok_or_else(|| ReportError::Pdf("two files of one name".to_owned()))
}
