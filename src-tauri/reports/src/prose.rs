//! A written report as one page of HTML that needs nothing else: no script, no address, nothing to fetch.
//!
//! Invariants: what is read is a small part of Markdown (headings, paragraphs, lists, quotes, tables, rules, fenced text,
//! `**strong**` and `` `code` ``), everything else stands there as the text it is; nothing of the text becomes a tag, an
//! address or an attribute. Deliberately absent: links, pictures, raw HTML.

use crate::html::{STYLE, escaped};
use std::fmt::Write as _;

const MORE_STYLE: &str = "blockquote{margin:0;border-left:3px solid #94a3b8;padding-left:8px;color:#334155}\
pre{background:#f1f5f9;padding:8px;overflow:auto}code{font-family:ui-monospace,monospace;font-size:12px}\
td,th{white-space:normal}";

/// What stands open between two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Paragraph,
    List,
    Numbers,
    Quote,
    Table,
    Fence,
}

impl Open {
    const fn end(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Paragraph => "</p>\n",
            Self::List => "</ul>\n",
            Self::Numbers => "</ol>\n",
            Self::Quote => "</p></blockquote>\n",
            Self::Table => "</tbody></table>\n",
            Self::Fence => "</code></pre>\n",
        }
    }
}

struct Page {
    out: String,
    open: Open,
}

impl Page {
    fn close(&mut self) {
        self.out.push_str(self.open.end());
        self.open = Open::Nothing;
    }

    fn open(&mut self, what: Open, start: &str) {
        if self.open != what {
            self.close();
            self.out.push_str(start);
            self.open = what;
        }
    }

    fn line(&mut self, line: &str, next: Option<&str>) {
        let text = line.trim();
        if self.open == Open::Fence {
            if text == "```" {
                self.close();
            } else {
                let _ = writeln!(self.out, "{}", escaped(line));
            }
            return;
        }
        if self.open == Open::Table && is_rule_of_table(text) {
            return;
        }
        if text.starts_with("```") {
            self.close();
            self.open(Open::Fence, "<pre><code>");
        } else if text.is_empty() {
            self.close();
        } else if let Some((level, words)) = heading(text) {
            self.close();
            let _ = writeln!(self.out, "<h{level}>{}</h{level}>", inline(words));
        } else if text == "---" {
            self.close();
            self.out.push_str("<hr>\n");
        } else if let Some(cells) = cells(text) {
            self.row(&cells, next);
        } else if let Some(words) = text.strip_prefix("- ").or_else(|| text.strip_prefix("* ")) {
            self.open(Open::List, "<ul>\n");
            let _ = writeln!(self.out, "<li>{}</li>", inline(words));
        } else if let Some(words) = numbered(text) {
            self.open(Open::Numbers, "<ol>\n");
            let _ = writeln!(self.out, "<li>{}</li>", inline(words));
        } else if let Some(words) = text.strip_prefix('>') {
            self.open(Open::Quote, "<blockquote><p>");
            let _ = writeln!(self.out, "{}", inline(words.trim_start()));
        } else {
            self.open(Open::Paragraph, "<p>");
            let _ = writeln!(self.out, "{}", inline(text));
        }
    }

    fn row(&mut self, cells: &[&str], next: Option<&str>) {
        let is_head = self.open != Open::Table && next.is_some_and(|line| is_rule_of_table(line.trim()));
        if is_head {
            self.close();
            self.out.push_str("<table><thead><tr>");
            for cell in cells {
                let _ = write!(self.out, "<th scope=\"col\">{}</th>", inline(cell));
            }
            self.out.push_str("</tr></thead>\n<tbody>\n");
            self.open = Open::Table;
            return;
        }
        self.open(Open::Table, "<table><tbody>\n");
        self.out.push_str("<tr>");
        for cell in cells {
            let class = if is_number(cell) { " class=\"n\"" } else { "" };
            let _ = write!(self.out, "<td{class}>{}</td>", inline(cell));
        }
        self.out.push_str("</tr>\n");
    }
}

fn heading(text: &str) -> Option<(usize, &str)> {
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    let words = text.get(level..)?.strip_prefix(' ')?;
    (1..=4).contains(&level).then_some((level, words))
}

fn numbered(text: &str) -> Option<&str> {
    let (number, words) = text.split_once(". ")?;
    (!number.is_empty() && number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(words)
}

fn cells(text: &str) -> Option<Vec<&str>> {
    let inner = text.strip_prefix('|')?.strip_suffix('|')?;
    let mut cells = Vec::new();
    let mut from = 0;
    for (at, _) in inner.match_indices('|') {
        // A bar with a backslash before it belongs to the text.
        if !inner.get(..at).is_some_and(|before| before.ends_with('\\')) {
            cells.push(inner.get(from..at)?.trim());
            from = at + 1;
        }
    }
    cells.push(inner.get(from..)?.trim());
    Some(cells)
}

fn is_rule_of_table(text: &str) -> bool {
    text.starts_with('|') && text.contains('-') && text.bytes().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' '))
}

fn is_number(cell: &str) -> bool {
    let plain = cell.trim_start_matches(['-', '+', '−']).trim_end_matches(['%', ' ']);
    plain.bytes().any(|byte| byte.is_ascii_digit())
        && plain.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

/// Words of a line: strong, code, and a backslash before what is meant as it stands.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut is_strong) = (text, false);
    while let Some(at) = rest.find(['\\', '`', '*']) {
        let (before, from) = rest.split_at(at);
        out.push_str(&escaped(before));
        if let Some(escape) = from.strip_prefix('\\') {
            let taken = escape.chars().next().filter(char::is_ascii_punctuation);
            out.push_str(&escaped(&taken.unwrap_or('\\').to_string()));
            rest = taken.map_or(escape, |c| &escape[c.len_utf8()..]);
        } else if let Some((code, after)) = from.strip_prefix('`').and_then(|code| code.split_once('`')) {
            let _ = write!(out, "<code>{}</code>", escaped(code));
            rest = after;
        } else if let Some(after) = from.strip_prefix("**").filter(|after| is_strong || after.contains("**")) {
            out.push_str(if is_strong { "</strong>" } else { "<strong>" });
            is_strong = !is_strong;
            rest = after;
        } else {
            let (mark, after) = from.split_at(1);
            out.push_str(mark);
            rest = after;
        }
    }
    out.push_str(&escaped(rest));
    if is_strong {
        out.push_str("</strong>");
    }
    out
}

/// The page of a report written in that part of Markdown.
#[must_use]
pub fn prose_page(title: &str, markdown: &str) -> String {
    let title = escaped(title);
    let head = format!(
        "<!doctype html>\n<html lang=\"en-AU\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <style>{STYLE}{MORE_STYLE}</style></head>\n<body>\n"
    );
    let mut page = Page { out: head, open: Open::Nothing };
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        page.line(line, lines.peek().copied());
    }
    page.close();
    page.out.push_str("</body></html>\n");
    page.out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(markdown: &str) -> String {
        let page = prose_page("t", markdown);
        page.split_once("<body>\n").unwrap().1.replace("</body></html>\n", "")
    }

    #[test]
    fn headings_lists_and_tables_become_a_page() {
        assert_eq!(body("# One\n\ntext\nmore\n"), "<h1>One</h1>\n<p>text\nmore\n</p>\n");
        assert_eq!(body("- a\n- b\n"), "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n");
        let table = body("| name | return |\n| --- | ---: |\n| a\\|b | −3.20 % |\n");
        assert!(table.contains("<th scope=\"col\">name</th>"), "{table}");
        assert!(table.contains("<td>a|b</td><td class=\"n\">−3.20 %</td>"), "{table}");
        assert!(!table.contains("---"), "{table}");
    }

    #[test]
    fn nothing_in_the_text_becomes_a_tag_or_an_address() {
        let hostile = "# <script>x</script>\n\n<img src=x onerror=y> [a](javascript:z) `<b>` **<i>**\n\n| <u> |\n| - |\n| \"'& |\n\n```\n<style>\n```\n> <a href=q>\n";
        let page = body(hostile);
        for tag in ["<script", "<img", "<b>", "<i>", "<u>", "<style", "<a ", "href=\"", "src=\""] {
            assert!(!page.contains(tag), "{tag} in {page}");
        }
        assert!(page.contains("[a](javascript:z)"), "an address stays text: {page}");
        assert!(page.contains("<code>&lt;b&gt;</code> <strong>&lt;i&gt;</strong>"), "{page}");
    }

    #[test]
    fn marks_that_close_nothing_stay_marks() {
        assert_eq!(body("2 * 3 ** 4 ` x \\* \\q"), "<p>2 * 3 ** 4 ` x * \\q\n</p>\n");
        assert_eq!(body("```\nopen"), "<pre><code>open\n</code></pre>\n");
    }
}
