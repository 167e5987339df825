//! RSS 2.0 as its items' fields, read without building a tree.
//!
//! Invariants: no document type declaration, so no entity is ever defined, let alone expanded; depth, items and the length
//! of a field are bounded; a feed that breaks off brings the items before the break.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

const DEPTH_MAX: usize = 32;
/// Items read of one feed; feeds have ten to fifty.
pub const ITEMS_MAX: usize = 100;
const FIELD_BYTES_MAX: usize = 64 << 10;
const AUTHORS_MAX: usize = 8;

/// One item as it came: text that may still hold HTML.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Item {
    pub title: Option<String>,
    pub link: Option<String>,
    pub guid: Option<String>,
    /// Whether the guid says that it is no link.
    pub guid_is_no_link: bool,
    pub date: Option<String>,
    pub summary: Option<String>,
    pub authors: Vec<String>,
}

/// What a document held.
#[derive(Debug, Default)]
pub struct Document {
    pub items: Vec<Item>,
    /// Items beyond [`ITEMS_MAX`].
    pub more: usize,
    /// Why reading stopped before the end.
    pub broken: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Link,
    Guid,
    Date,
    Summary,
    Author,
}

/// Reads a document, or says why it is no RSS at all.
pub fn read(text: &str) -> Result<Document, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk::default();
    loop {
        let step = match reader.read_event() {
            Ok(Event::Eof) if walk.depth == 0 => break,
            Ok(Event::Eof) => Err("it ends in the middle".to_owned()),
            Ok(event) => walk.step(&event),
            Err(error) => Err(error.to_string()),
        };
        if let Err(reason) = step {
            if !walk.is_rss {
                return Err(reason);
            }
            walk.document.broken = Some(reason);
            break;
        }
    }
    if walk.is_rss { Ok(walk.document) } else { Err("it has no element at all".to_owned()) }
}

/// Where in the document reading stands.
#[derive(Debug, Default)]
struct Walk {
    document: Document,
    is_rss: bool,
    depth: usize,
    item: Option<(usize, Item)>,
    field: Option<(usize, Field, String)>,
}

impl Walk {
    fn step(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(start) => self.start(start)?,
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(entity) => self.text(&resolved(entity)),
            Event::DocType(_) => return Err("it has a document type declaration".to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("elements are nested deeper than {DEPTH_MAX}"));
        }
        let name = start.name();
        let name: &str = name.as_ref();
        if self.depth == 1 {
            if name != "rss" || self.is_rss {
                return Err(format!("its root is <{name:.20}>, not <rss>"));
            }
            self.is_rss = true;
        }
        if self.item.is_none() && self.depth == 3 && name == "item" {
            self.item = Some((self.depth, Item::default()));
        } else if let (Some((at, item)), None) = (&mut self.item, &self.field)
            && self.depth == *at + 1
            && let Some(field) = field(name)
        {
            if field == Field::Guid {
                item.guid_is_no_link = start.attributes_raw().contains("false");
            }
            self.field = Some((self.depth, field, String::new()));
        }
        Ok(())
    }

    fn end(&mut self) {
        if let Some((_, field, text)) = self.field.take_if(|(at, ..)| *at == self.depth)
            && let Some((_, item)) = &mut self.item
        {
            item.put(field, text);
        }
        if let Some((_, item)) = self.item.take_if(|(at, _)| *at == self.depth) {
            if self.document.items.len() < ITEMS_MAX {
                self.document.items.push(item);
            } else {
                self.document.more += 1;
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn text(&mut self, text: &str) {
        if let Some((_, _, field)) = &mut self.field {
            let mut room = FIELD_BYTES_MAX.saturating_sub(field.len()).min(text.len());
            while !text.is_char_boundary(room) {
                room -= 1;
            }
            field.push_str(text.get(..room).unwrap_or_default());
        }
    }
}

impl Item {
    /// The first of a kind counts, for authors all do.
    fn put(&mut self, field: Field, text: String) {
        let place = match field {
            Field::Title => &mut self.title,
            Field::Link => &mut self.link,
            Field::Guid => &mut self.guid,
            Field::Date => &mut self.date,
            Field::Summary => &mut self.summary,
            Field::Author => {
                if self.authors.len() < AUTHORS_MAX {
                    self.authors.push(text);
                }
                return;
            }
        };
        place.get_or_insert(text);
    }
}

/// The fields read; `media:title`, `atom:link` and full texts are others.
fn field(name: &str) -> Option<Field> {
    Some(match name {
        "title" => Field::Title,
        "link" => Field::Link,
        "guid" => Field::Guid,
        "pubDate" => Field::Date,
        "description" => Field::Summary,
        "dc:creator" => Field::Author,
        _ => return None,
    })
}

/// The five entities of XML and numbered characters; any other name stays as written, for HTML to know.
fn resolved(entity: &BytesRef<'_>) -> String {
    let name = entity.xml10_content();
    match name.as_ref() {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        _ if entity.is_char_ref() => entity.resolve_char_ref().ok().flatten().map(String::from).unwrap_or_default(),
        other => format!("&{other};"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rss(inside: &str) -> String {
        format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Feed</title>{inside}</channel></rss>")
    }

    fn one(inside: &str) -> Item {
        read(&rss(&format!("<item>{inside}</item>"))).unwrap().items.remove(0)
    }

    #[test]
    fn text_cdata_and_entities_join_into_one_field() {
        let item = one("<title>A &amp; B &#8217; &#x41; &rsquo; <![CDATA[<b>c</b>]]> AT&T</title>");
        assert_eq!(item.title.unwrap(), "A & B ’ A &rsquo; <b>c</b> AT&T");
    }

    #[test]
    fn only_the_items_own_fields_are_read() {
        let item = one(
            "<media:group><title>no</title><link>no</link></media:group><atom:link href='no'/><media:title>no</media:title>\
             <title>yes</title><title>second</title><guid isPermaLink='false'>id</guid><content:encoded>long</content:encoded>\
             <dc:creator>A</dc:creator><dc:creator>B</dc:creator>",
        );
        let expected = Item {
            title: Some("yes".into()),
            guid: Some("id".into()),
            guid_is_no_link: true,
            authors: vec!["A".into(), "B".into()],
            ..Item::default()
        };
        assert_eq!(item, expected);
    }

    #[test]
    fn entities_are_never_defined() {
        let bomb = "<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]>";
        let error =
            read(&format!("{bomb}<rss><channel><item><title>&a;&b;</title></item></channel></rss>")).unwrap_err();
        assert!(error.contains("document type"), "{error}");
        assert_eq!(one("<title>&a;</title>").title.unwrap(), "&a;");
    }

    #[test]
    fn what_is_no_feed_says_what_it_is() {
        for text in ["", "  ", "{}", "<!DOCTYPE html><html></html>", "<html><rss></rss></html>", "<feed></feed>", "<"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_feed_that_breaks_off_brings_the_whole_items_before() {
        let whole = rss("<item><title>1</title></item><item><title>2</title></item>");
        let cut = &whole[..whole.len() - 40];
        for broken in [cut.to_owned(), whole.replace("2</title>", "2</titel>")] {
            let document = read(&broken).unwrap();
            assert_eq!(document.items.len(), 1, "{broken}");
            assert!(document.broken.is_some());
        }
    }

    #[test]
    fn depth_items_and_fields_are_bounded() {
        let deep = rss(&format!("<item><title>1</title></item>{}", "<a>".repeat(100_000)));
        assert!(read(&deep).unwrap().broken.unwrap().contains("deeper"));
        let many = read(&rss(&"<item><title>1</title></item>".repeat(ITEMS_MAX + 7))).unwrap();
        assert_eq!((many.items.len(), many.more), (ITEMS_MAX, 7));
        assert_eq!(one(&format!("<title>{}</title>", "ß".repeat(100_000))).title.unwrap().len(), FIELD_BYTES_MAX);
    }
}
