//! The one family of letters, bundled, so that pages are the same on every machine.
//!
//! Every character gets a glyph of its own: one the font lacks is drawn as its box, never left out. Deliberately absent:
//! kerning, ligatures and right-to-left lines, which figures, tickers and names do without.

use crate::ReportError;
use krilla::Data;
use krilla::text::{Font, GlyphId, KrillaGlyph};

pub(crate) const REGULAR: &[u8] = include_bytes!("../../../../assets/fonts/Inter-Regular.ttf");
pub(crate) const BOLD: &[u8] = include_bytes!("../../../../assets/fonts/Inter-SemiBold.ttf");

/// A weight of the family.
pub(crate) struct Face {
    pub font: Font,
    parsed: ttf_parser::Face<'static>,
    em: f32,
    /// Glyph and advance of the characters met most.
    ascii: Vec<(u16, f32)>,
}

impl Face {
    pub(crate) fn of(bytes: &'static [u8]) -> Result<Self, ReportError> {
        let unread = || ReportError::Pdf("the bundled font can't be read".to_owned());
        let font = Font::new(Data::from(bytes), 0).ok_or_else(unread)?;
        let parsed = ttf_parser::Face::parse(bytes, 0).map_err(|_| unread())?;
        let em = f32::from(parsed.units_per_em());
        let mut face = Self { font, parsed, em, ascii: Vec::new() };
        face.ascii = (0u8..128).map(|byte| face.looked_up(char::from(byte))).collect();
        Ok(face)
    }

    fn looked_up(&self, letter: char) -> (u16, f32) {
        // A line end or a tab inside a cell is a space; other controls show as boxes.
        let letter = if matches!(letter, '\n' | '\r' | '\t') { ' ' } else { letter };
        let glyph = self.parsed.glyph_index(letter).unwrap_or(ttf_parser::GlyphId(0));
        (glyph.0, f32::from(self.parsed.glyph_hor_advance(glyph).unwrap_or(0)) / self.em)
    }

    fn glyph(&self, letter: char) -> (u16, f32) {
        self.ascii.get(letter as usize).copied().unwrap_or_else(|| self.looked_up(letter))
    }

    /// How wide a text is.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.glyph(letter).1).sum::<f32>() * size
    }

    pub(crate) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyph = |(at, letter): (usize, char)| {
            let (id, advance) = self.glyph(letter);
            let range = at..at + letter.len_utf8();
            KrillaGlyph::new(GlyphId::new(u32::from(id)), advance, 0.0, 0.0, 0.0, range, None)
        };
        text.char_indices().map(glyph).collect()
    }

    /// Cuts a text into lines that fit: between words where it can, within one where it must.
    pub(crate) fn lines<'t>(&self, text: &'t str, size: f32, wide: f32) -> Vec<&'t str> {
        let mut lines = Vec::new();
        let mut rest = text;
        while !rest.is_empty() && self.width(rest, size) > wide {
            let at = self.cut(rest, size, wide);
            let (line, after) = rest.split_at(at);
            lines.push(line.trim_end());
            rest = after.trim_start_matches(' ');
        }
        if !rest.is_empty() || lines.is_empty() {
            lines.push(rest);
        }
        lines
    }

    /// Where a line that is too long ends; at least one character goes on it.
    fn cut(&self, text: &str, size: f32, wide: f32) -> usize {
        let (mut used, mut end, mut word) = (0.0, 0, None);
        for (at, letter) in text.char_indices() {
            used += self.glyph(letter).1 * size;
            if used > wide && at > 0 {
                break;
            }
            end = at + letter.len_utf8();
            if letter == ' ' {
                word = Some(end);
            }
        }
        word.unwrap_or(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_of_one_width_and_unknown_letters_are_a_box() {
        for bytes in [REGULAR, BOLD] {
            let face = Face::of(bytes).unwrap();
            let one = face.width("1", 10.0);
            assert!("0123456789".chars().all(|digit| (face.width(&digit.to_string(), 10.0) - one).abs() < 1e-6));
            assert!("AUD $ − – ’ é ł Ω ж".chars().all(|letter| face.glyph(letter).0 != 0));
            let glyphs = face.glyphs("a漢b");
            assert_eq!(glyphs.len(), 3, "nothing is dropped");
            assert_eq!(glyphs[1].glyph_id, GlyphId::new(0));
            assert!(glyphs[1].x_advance > 0.3, "a box one can see");
        }
    }

    #[test]
    fn long_text_is_cut_between_words_or_within_one_and_loses_nothing() {
        let face = Face::of(REGULAR).unwrap();
        assert_eq!(face.lines("sold without a known purchase", 10.0, 60.0).join(" "), "sold without a known purchase");
        let id = "0123456789abcdef0123456789abcdef";
        let lines = face.lines(id, 10.0, 50.0);
        assert!(lines.len() > 2 && lines.concat() == id);
        assert!(lines.iter().all(|line| face.width(line, 10.0) <= 50.0));
        assert_eq!(face.lines("漢", 10.0, 1.0), ["漢"], "a column too narrow for a letter ends all the same");
    }
}
