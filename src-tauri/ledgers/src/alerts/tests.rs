use super::*;
use crate::meaning::{Coins, meaning};

const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

fn announcement(title: &str, age_s: i64) -> Observation {
    let event_time = NOW.plus_micros(-age_s * 1_000_000);
    let (text, url) = ("<b>now</b>\u{202e}\nhere".to_owned(), "https://example.com/1".to_owned());
    Observation {
        source: "coinspot_announcements".to_owned(),
        key: "1".to_owned(),
        coins: Vec::new(),
        event_time,
        published_at: Some(event_time),
        undated: None,
        payload: Payload::Announcement { title: title.to_owned(), url, text, section: None, edited_at: None },
    }
}

fn called(observation: &Observation) -> Option<Call> {
    call_of(observation, "id", meaning(observation, &Coins::default()).as_ref(), NOW)
}

fn call(severity: u8) -> Call {
    Call { severity, ..called(&announcement("New coin listing: Aster (ASTER)", 0)).unwrap() }
}

fn raised(severity: u8, age_s: i64) -> Raised {
    Raised { severity, last_at: NOW.plus_micros(-age_s * 1_000_000) }
}

#[test]
fn a_listing_calls_and_an_old_one_or_other_news_does_not() {
    let of = |title: &str, age_s| called(&announcement(title, age_s)).map(|call| call.rule);
    assert_eq!(of("New coin listing: Aster (ASTER)", 60), Some(LISTING));
    assert_eq!(of("Delisting of Aster (ASTER): see also our new listings", 60), Some(DELISTING));
    assert_eq!(of("Trading halted in ASTER", 60), Some(ANNOUNCEMENT));
    assert_eq!(of("Scheduled maintenance", 60), None);
    assert_eq!(of("New coin listing: Aster (ASTER)", NEWS_AGE_MAX_S + 1), None);
}

#[test]
fn a_filing_calls_when_it_is_severe_and_says_why() {
    let filing = |form: &str, item: &str| {
        let payload = Payload::Filing {
            accession: "1".to_owned(),
            form: form.to_owned(),
            items: vec![item.to_owned()],
            filer: "Example Corp".to_owned(),
            cik: "1".to_owned(),
            title: String::new(),
            url: "https://example.com/1".to_owned(),
            report_date: None,
        };
        called(&Observation { payload, ..announcement("", 60) })
    };
    assert_eq!(filing("10-Q", "").map(|call| call.rule), None);
    let call = filing("8-K", "1.03").unwrap();
    assert_eq!((call.rule, call.severity, call.title.as_str()), (FILING, 10, "Example Corp: 8-K"));
    assert!(call.detail.contains("bankruptcy"), "{}", call.detail);
}

#[test]
fn the_text_of_a_call_is_one_plain_line_and_bounded() {
    let long = announcement(&format!("New listing\n\u{1b}[31m{}", "x".repeat(5_000)), 0);
    let call = called(&long).unwrap();
    assert!(
        call.title.starts_with("New listing [31m x") || call.title.starts_with("New listing [31mx"),
        "{}",
        call.title
    );
    assert_eq!(call.title.chars().count(), TITLE_CHARS_MAX + 1);
    assert_eq!(call.detail, "<b>now</b> here");
}

#[test]
fn one_cause_raises_once_and_more_of_the_same_is_counted_while_it_cools_down() {
    let policy = Policy::default();
    let decided = |call: &Call, origin, topic| decide(call, &policy, origin, topic, NOW);
    assert_eq!(decided(&call(8), None, None), Decision::Raise);
    assert_eq!(decided(&call(8), Some(raised(8, 1)), None), Decision::Ignore, "after a restart, too");
    assert_eq!(decided(&call(8), None, Some(raised(8, HOUR_S - 1))), Decision::Repeat);
    assert_eq!(decided(&call(8), None, Some(raised(8, HOUR_S))), Decision::Raise, "it cooled down");
    assert_eq!(decided(&call(9), None, Some(raised(8, 1))), Decision::Repeat);
    assert_eq!(decided(&call(10), None, Some(raised(8, 1))), Decision::Worse);
    assert_eq!(decided(&call(10), Some(raised(8, 1)), None), Decision::Worse);
    assert_eq!(decided(&call(8), None, Some(raised(8, -9_999))), Decision::Raise, "the clock was set back");
}

#[test]
fn what_is_slight_or_muted_raises_nothing() {
    let muted = Policy { muted: [LISTING.to_owned()].into(), ..Policy::default() };
    assert_eq!(decide(&call(10), &muted, None, None, NOW), Decision::Ignore);
    assert_eq!(decide(&call(SEVERITY_MIN - 1), &Policy::default(), None, None, NOW), Decision::Ignore);
    assert_eq!(decide(&call(SEVERITY_MIN), &Policy::default(), None, None, NOW), Decision::Raise);
}

#[test]
fn troubles_of_one_source_are_one_topic() {
    assert!([SOURCE_FAILING, SHAPE_CHANGED, "feed_outage"].into_iter().all(|rule| topic(rule) == SOURCE_TOPIC));
    assert_eq!(topic(LISTING), LISTING);
    assert!(RULES.into_iter().all(|rule| cool_down_s(topic(rule)) >= HOUR_S));
}
