//! The parser on replies of our own making, with each field wrong in turn.

use super::*;
use crate::sec_edgar::FILERS;
use ledgers::Undated;
use serde_json::json;

const REPLY: &str = include_str!("../fixtures/submissions.json");

fn now() -> Timestamp {
    Timestamp::parse("2026-11-20T12:00:00Z").unwrap()
}

fn coinbase() -> Filer {
    FILERS[0]
}

fn reply() -> Value {
    serde_json::from_str(REPLY).unwrap()
}

fn parsed(reply: &Value) -> Result<Found, SourceError> {
    parse(reply.to_string().as_bytes(), coinbase(), Habit::Unknown, now())
}

/// The newest filing with one cell changed.
fn with(column: &str, cell: Value) -> Value {
    let mut reply = reply();
    reply["filings"]["recent"][column][0] = cell;
    reply
}

#[test]
fn columns_become_filings_and_those_older_than_a_month_are_left_out() {
    let found = parse(REPLY.as_bytes(), coinbase(), Habit::Unknown, now()).unwrap();
    assert_eq!((found.habit, found.collected.rejected.as_slice()), (Habit::Utc, [].as_slice()));
    let [first, second, third] = found.collected.observations.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (first.key.as_str(), first.event_time.to_string().as_str()),
        ("0001679788-26-000042", "2026-11-19T21:05:11Z")
    );
    assert_eq!((first.published_at, first.undated), (Some(first.event_time), None));
    let expected = Payload::Filing {
        accession: "0001679788-26-000042".to_owned(),
        form: "8-K".to_owned(),
        items: vec!["2.02".to_owned(), "9.01".to_owned()],
        filer: "Coinbase Global, Inc.".to_owned(),
        cik: "0001679788".to_owned(),
        title: "EARNINGS RELEASE".to_owned(),
        url: "https://www.sec.gov/Archives/edgar/data/1679788/000167978826000042/coin-20261118.htm".to_owned(),
        report_date: Some("2026-11-18".to_owned()),
    };
    assert_eq!(first.payload, expected);
    let of = |found: &Observation| match &found.payload {
        Payload::Filing { url, items, report_date, title, .. } => {
            (url.clone(), items.len(), report_date.clone(), title.clone())
        }
        other => panic!("{other:?}"),
    };
    let (url, items, report, _) = of(second);
    assert!(url.ends_with("/1679788/000110465926077777/xslF345X05/wk-form4_1.xml"), "{url}");
    assert_eq!((items, report), (0, None), "empty cells are none");
    let (url, _, _, title) = of(third);
    assert!(url.ends_with("/1679788/000167978826000040"), "a name that is none leads to the folder: {url}");
    assert_eq!(title, "");
}

#[test]
fn a_clock_proven_earlier_holds_when_nothing_proves_one_now() {
    let mut reply = reply();
    reply["filings"]["recent"]["acceptanceDateTime"][1] = json!("2026-11-18T16:05:00.000Z");
    let first = |known| {
        let found = parse(reply.to_string().as_bytes(), coinbase(), known, now()).unwrap();
        found.collected.observations[1].event_time.to_string()
    };
    // 21:05, 16:05, 12:15 and 22:01 could all be either clock's.
    assert_eq!(first(Habit::Utc), "2026-11-18T16:05:00Z");
    assert_eq!(first(Habit::NewYork), "2026-11-18T21:05:00Z");
    assert_eq!(first(Habit::Unknown), "2026-11-18T21:05:00Z");
}

#[test]
fn each_bad_filing_costs_itself() {
    for (reply, code) in [
        (with("accessionNumber", Value::Null), "missing"),
        (with("accessionNumber", json!("")), "missing"),
        (with("accessionNumber", json!("../../etc/passwd")), "bad_accession"),
        (with("accessionNumber", json!(7)), "wrong_type"),
        (with("filingDate", json!("")), "missing"),
        (with("filingDate", json!("NaN")), "bad_date"),
        (with("form", json!("")), "missing"),
        (with("form", json!(8)), "wrong_type"),
        (with("items", json!(["8.01"])), "wrong_type"),
        (with("primaryDocument", json!({"a": 1})), "wrong_type"),
        (with("accessionNumber", json!("0001104659-26-077777")), "duplicate"),
    ] {
        let found = parsed(&reply).unwrap();
        assert_eq!(found.collected.observations.len(), 2, "{code}");
        assert_eq!(found.collected.rejected[0].code, code);
    }
}

#[test]
fn a_time_of_acceptance_that_cannot_be_leaves_it_undated() {
    for (cell, why) in [
        (json!(""), Undated::Missing),
        (json!("NaN"), Undated::Unreadable),
        (json!("2027-11-19T21:05:11.000Z"), Undated::Future),
        (json!("1970-01-01T00:00:00.000Z"), Undated::TooOld),
    ] {
        let found = parsed(&with("acceptanceDateTime", cell)).unwrap();
        let first = &found.collected.observations[0];
        assert_eq!((first.undated, first.published_at, first.event_time), (Some(why), None, now()));
    }
}

#[test]
fn a_reply_that_cannot_be_trusted_brings_nothing() {
    let changed = |change: fn(&mut Value)| {
        let mut reply = reply();
        change(&mut reply);
        parsed(&reply).unwrap_err().code()
    };
    assert_eq!(
        changed(|reply| drop(reply["filings"]["recent"]["form"].as_array_mut().unwrap().pop())),
        "unequal_columns"
    );
    assert_eq!(changed(|reply| reply["filings"]["recent"]["items"] = json!([])), "unequal_columns");
    assert_eq!(changed(|reply| reply["filings"]["recent"]["form"] = json!("8-K")), "schema_changed");
    assert_eq!(
        changed(|reply| drop(reply["filings"]["recent"].as_object_mut().unwrap().remove("form"))),
        "schema_changed"
    );
    assert_eq!(changed(|reply| reply["filings"] = json!({})), "schema_changed");
    assert_eq!(changed(|reply| reply["cik"] = Value::Null), "schema_changed");
    assert_eq!(changed(|reply| reply["cik"] = json!("1073349")), "wrong_subject");
    assert_eq!(changed(|reply| (reply["name"], reply["tickers"]) = (json!("Block"), json!(["XYZ"]))), "wrong_subject");
    for (body, code) in [("", "not_json"), ("NaN", "not_json"), ("[]", "not_json"), ("{}", "schema_changed")] {
        assert_eq!(parse(body.as_bytes(), coinbase(), Habit::Unknown, now()).unwrap_err().code(), code, "{body}");
    }
}

#[test]
fn hostile_words_stay_words_and_lead_nowhere() {
    let mut reply = with("primaryDocDescription", json!("=1+1 <script>fetch('/buy')</script>BUY NOW\u{202e}"));
    reply["filings"]["recent"]["primaryDocument"][0] = json!("../../../evil.htm?x=<script>");
    let found = parsed(&reply).unwrap();
    let Payload::Filing { title, url, .. } = &found.collected.observations[0].payload else { panic!() };
    assert_eq!(title, "=1+1 BUY NOW");
    assert_eq!(url, "https://www.sec.gov/Archives/edgar/data/1679788/000167978826000042");
    let giant = parsed(&with("primaryDocDescription", json!("y".repeat(1 << 20)))).unwrap();
    let Payload::Filing { title, .. } = &giant.collected.observations[0].payload else { panic!() };
    assert_eq!(title.chars().count(), TITLE_CHARS_MAX + 1);
}
