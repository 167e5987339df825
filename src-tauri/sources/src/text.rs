//! HTML becomes plain text: no tags, no scripts, no control characters, of bounded length.
//!
//! It is still what it said, also when that is "buy now" or begins with `=`: it is data, and whoever shows or exports it
//! escapes it for that place.

use scraper::Html;
use scraper::node::Node;

/// Markup looked at for each character wanted; what lies beyond is never parsed, for misnested markup costs more than its
/// length.
const MARKUP_BYTES_EACH: usize = 8;
const MARKUP_BYTES_MIN: usize = 2 << 10;
const MARKUP_BYTES_MAX: usize = 8 << 10;
/// Elements whose own text is none for readers.
const UNREAD: [&str; 4] = ["script", "style", "noscript", "iframe"];
const ELLIPSIS: char = '…';

/// The text of some HTML, at most so many characters.
pub fn plain(markup: &str, chars_max: usize) -> String {
    let markup = head(markup, (chars_max * MARKUP_BYTES_EACH).clamp(MARKUP_BYTES_MIN, MARKUP_BYTES_MAX));
    if !markup.contains(['<', '&']) {
        return tidy(markup, chars_max);
    }
    let html = Html::parse_fragment(markup);
    let mut text = String::new();
    for node in html.tree.root().descendants() {
        match node.value() {
            Node::Text(found) => {
                let before = node.prev_sibling().and_then(|before| before.value().as_element());
                if before.is_some_and(|element| !is_inline(element.name())) {
                    text.push(' ');
                }
                let above = node.parent().and_then(|above| above.value().as_element());
                if !above.is_some_and(|element| UNREAD.contains(&element.name())) {
                    text.push_str(found);
                }
            }
            Node::Element(element) if !is_inline(element.name()) => text.push(' '),
            _ => {}
        }
    }
    tidy(&text, chars_max)
}

/// The beginning of some markup, whole characters and tags only.
fn head(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or_default();
    match (head.rfind('<'), head.rfind('>')) {
        (Some(open), closed) if closed.is_none_or(|closed| closed < open) => head.get(..open).unwrap_or_default(),
        _ => head,
    }
}

fn is_inline(name: &str) -> bool {
    matches!(name, "a" | "b" | "i" | "em" | "strong" | "span" | "code" | "u" | "s" | "small" | "sup" | "sub" | "mark")
}

/// Characters nobody sees, among them those that turn text around.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One blank between words, nothing invisible, cut with an ellipsis.
fn tidy(text: &str, chars_max: usize) -> String {
    let mut out = String::new();
    let (mut length, mut blank) = (0, false);
    for c in text.chars().filter(|c| !is_hidden(*c)) {
        if c.is_whitespace() || c.is_control() {
            blank = length > 0;
            continue;
        }
        let needed = if blank { 2 } else { 1 };
        if length + needed > chars_max {
            out.push(ELLIPSIS);
            break;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
        }
        out.push(c);
        length += needed;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_words_stay_apart() {
        let html = "<p>We are adding <strong>XYZ</strong>.</p><ul><li>One</li><li>Two</li></ul>a<br>b";
        assert_eq!(plain(html, 100), "We are adding XYZ. One Two a b");
        assert_eq!(plain("no markup,\n\t 1 < 2 &amp; 3 > 2", 100), "no markup, 1 < 2 & 3 > 2");
        assert_eq!(plain("Bitcoin&#8217;s &quot;best&quot; &nbsp;week", 100), "Bitcoin’s \"best\" week");
    }

    #[test]
    fn scripts_styles_and_handlers_leave_nothing_behind() {
        let html = "a<script>fetch('/buy')</script><style>x{}</style><img src=x onerror=alert(1)><!-- c -->\
                    <a href='javascript:alert(1)'>link</a><iframe>f</iframe>";
        assert_eq!(plain(html, 100), "a link");
        assert_eq!(plain("<script>never closed", 100), "");
    }

    #[test]
    fn words_that_order_something_stay_the_words_they_are() {
        assert_eq!(plain("=HYPERLINK(\"http://x\") BUY NOW", 100), "=HYPERLINK(\"http://x\") BUY NOW");
    }

    #[test]
    fn hidden_and_turning_characters_are_gone() {
        assert_eq!(plain("a\u{202e}b\u{200b}c\u{0}d\u{1b}[2J\u{feff}", 100), "abc d [2J");
    }

    #[test]
    fn length_is_bounded_in_characters_and_work_in_bytes() {
        assert_eq!(plain("äöüß", 3), "äöü…");
        assert_eq!(plain("ab cd", 3), "ab…");
        assert_eq!(plain("abc", 3), "abc");
        let deep = "<b>".repeat(2_000_000) + "end";
        assert_eq!(plain(&deep, 10), "");
    }
}
