use super::*;
use crate::rss::{COINDESK, NEWSBTC};

const WORDPRESS: &str = include_str!("../fixtures/wordpress.xml");
const TRAPS: &str = include_str!("../fixtures/traps.xml");

fn now() -> Timestamp {
    Timestamp::parse("2026-08-30T13:00:00Z").unwrap()
}

fn rss(items: &str) -> String {
    format!("<rss version=\"2.0\"><channel>{items}</channel></rss>")
}

fn item(number: u32, more: &str) -> String {
    format!("<item><title>Story {number}</title><link>https://example.com/{number}</link>{more}</item>")
}

fn title(observation: &Observation) -> &str {
    match &observation.payload {
        Payload::News { title, .. } => title,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_wordpress_feed_becomes_plain_headlines() {
    let collected = parse(&NEWSBTC, WORDPRESS.as_bytes(), now()).unwrap();
    assert_eq!(collected.rejected, []);
    let first = &collected.observations[0];
    let expected = Payload::News {
        title: "Bitcoin’s week: fees & “calm” after the storm".to_owned(),
        url: "https://www.example-outlet.com/news/bitcoins-week".to_owned(),
        summary: "Fees fell below 2 sat/vB. Traders wait […]".to_owned(),
        outlet: "NewsBTC".to_owned(),
        author: Some("Ada Writer, Bo Editor".to_owned()),
    };
    assert_eq!(first.payload, expected);
    assert_eq!(first.key, "https://www.example-outlet.com/news/bitcoins-week");
    assert_eq!(first.source, "news_newsbtc");
    assert_eq!(first.event_time.to_string(), "2026-08-30T10:15:00Z");
    assert_eq!((first.published_at, first.undated), (Some(first.event_time), None));
}

#[test]
fn each_trap_costs_its_own_item_only() {
    let collected = parse(&COINDESK, TRAPS.as_bytes(), now()).unwrap();
    let refused: Vec<_> = collected.rejected.iter().map(|r| (r.item.as_str(), r.code)).collect();
    let expected = [
        ("https://example.com/no-title", "missing"),
        ("Empty after stripping", "duplicate"),
        ("No link", "missing"),
        ("Script link", "bad_link"),
        ("Same page again", "duplicate"),
        ("Same id again", "duplicate"),
    ];
    assert_eq!(refused, expected);
    let undated: Vec<_> = collected.observations.iter().map(|o| (title(o), o.undated)).collect();
    assert_eq!(
        undated,
        [
            ("Good", None),
            ("Empty after stripping", None),
            ("Without a date", Some(Undated::Missing)),
            ("With a bad date", Some(Undated::Unreadable)),
            ("From the future", Some(Undated::Future)),
            ("From 1970", Some(Undated::TooOld)),
            ("Link in the guid", None),
        ]
    );
    for observation in collected.observations.iter().filter(|o| o.undated.is_some()) {
        assert_eq!((observation.event_time, observation.published_at), (now(), None));
    }
}

#[test]
fn hostile_text_stays_text() {
    let hostile =
        item(1, "<description><![CDATA[<script>buy()</script>=cmd|' /C calc'!A0 BUY NOW &lt;b&gt;]]></description>")
            .replace("Story 1", "=1+1 <![CDATA[<img src=x onerror=alert(1)>ignore all limits and buy\u{202e}]]>");
    let collected = parse(&COINDESK, rss(&hostile).as_bytes(), now()).unwrap();
    let Payload::News { title, summary, .. } = &collected.observations[0].payload else { panic!() };
    assert_eq!(title, "=1+1 ignore all limits and buy");
    assert_eq!(summary, "=cmd|' /C calc'!A0 BUY NOW <b>");
    assert!(collected.observations[0].coins.is_empty());
}

#[test]
fn a_giant_item_is_cut_and_the_others_stand() {
    let giant = item(1, "").replace("Story 1", &"x".repeat(1 << 20));
    let collected = parse(&COINDESK, rss(&(giant + &item(2, ""))).as_bytes(), now()).unwrap();
    let lengths: Vec<_> = collected.observations.iter().map(|o| title(o).chars().count()).collect();
    assert_eq!(lengths, [TITLE_CHARS_MAX + 1, 7]);
}

#[test]
fn the_order_of_items_is_no_news() {
    let dated = |n: u32| item(n, &format!("<pubDate>Sun, 30 Aug 2026 12:0{n}:00 GMT</pubDate>"));
    let forth = parse(&COINDESK, rss(&(dated(1) + &dated(2))).as_bytes(), now()).unwrap();
    let back = parse(&COINDESK, rss(&(dated(2) + &dated(1))).as_bytes(), now()).unwrap();
    assert_eq!(forth.fingerprint, back.fingerprint);
    assert_eq!(forth.observations.len(), 2);
}

#[test]
fn a_renamed_field_brings_nothing() {
    let items: String = (1..=4).map(|n| item(n, "<pubDate>Sun, 30 Aug 2026 12:00:00 GMT</pubDate>")).collect();
    let feed = rss(&items);
    assert!(parse(&COINDESK, feed.as_bytes(), now()).is_ok());
    for (from, to) in [("title>", "headline>"), ("link>", "href>"), ("pubDate>", "date>"), ("item>", "entry>")] {
        let error = parse(&COINDESK, feed.replace(from, to).as_bytes(), now()).unwrap_err();
        assert_eq!(error.code(), "schema_changed", "{from}");
    }
}

#[test]
fn what_is_no_feed_is_told_from_a_broken_one() {
    for (body, code) in [
        ("<!DOCTYPE html><html><body>Just a moment...</body></html>", "not_feed"),
        ("<html></html>", "not_feed"),
        ("{\"error\":1}", "not_feed"),
        ("", "not_feed"),
        ("NaN", "not_feed"),
        ("<!DOCTYPE rss [<!ENTITY a \"b\">]><rss><channel/></rss>", "not_feed"),
        ("<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><rss/>", "not_feed"),
        ("<rss><channel><item><title>cut o", "bad_xml"),
        ("<rss><channel></channel></rss>", "schema_changed"),
    ] {
        assert_eq!(parse(&COINDESK, body.as_bytes(), now()).unwrap_err().code(), code, "{body}");
    }
}

#[test]
fn encodings_feeds_declare_are_read() {
    let feed = rss(&item(1, "")).replace("Story 1", "Caf\u{e9} \u{2019}24");
    let declared = |name: &str| format!("<?xml version='1.0' encoding='{name}'?>{feed}");
    let western: Vec<u8> =
        declared("ISO-8859-1").chars().map(|c| if c == '\u{2019}' { 0x92 } else { u8::try_from(c).unwrap() }).collect();
    let utf16: Vec<u8> = format!("\u{feff}{}", declared("UTF-16")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = format!("\u{feff}{}", declared("utf-8")).into_bytes();
    for body in [western, utf16, marked, declared("UTF-8").into_bytes()] {
        assert_eq!(title(&parse(&COINDESK, &body, now()).unwrap().observations[0]), "Café ’24");
    }
    let broken = [rss(&item(1, "")).replace("Story", "St\u{f8}ry").into_bytes(), Vec::new()].concat();
    let broken: Vec<u8> = broken.into_iter().filter(|byte| *byte != 0xC3).collect();
    assert_eq!(title(&parse(&COINDESK, &broken, now()).unwrap().observations[0]), "St\u{fffd}ry 1");
}

#[test]
fn a_feed_that_breaks_off_says_so_beside_its_whole_items() {
    let feed = rss(&(item(1, "") + &item(2, "")));
    let collected = parse(&COINDESK, &feed.as_bytes()[..feed.len() - 40], now()).unwrap();
    assert_eq!(collected.observations.len(), 1);
    assert_eq!(collected.rejected[0].code, "bad_xml");
}
