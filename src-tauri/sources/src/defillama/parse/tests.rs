//! The parser on replies of our own making: each form, each trap, each bad day.

use super::*;

const DAY: i64 = 86_400;

/// Noon of 20 November 2026.
fn now() -> Timestamp {
    Timestamp::parse("2026-11-20T12:00:00Z").unwrap()
}

/// The beginning of today, in seconds.
fn today() -> i64 {
    now().micros() / 1_000_000 / DAY * DAY
}

fn wanted(kind: ObservationKind) -> Wanted {
    Wanted { kind, subject: "aave", name: "Aave", since_day: today() / DAY - 730 }
}

fn fees(days: &str) -> Result<Found, SourceError> {
    parse(format!(r#"{{"totalDataChart":[{days}]}}"#).as_bytes(), wanted(ObservationKind::Fees), now())
}

fn amounts(found: &Found) -> Vec<(String, String)> {
    let amount = |payload: &Payload| match payload {
        Payload::Tvl(figure) | Payload::Fees(figure) | Payload::Revenue(figure) => figure.amount.to_string(),
        Payload::ChainTvl(figure) | Payload::StablecoinSupply(figure) => figure.amount.to_string(),
        other => panic!("{other:?}"),
    };
    found.collected.observations.iter().map(|found| (found.key.clone(), amount(&found.payload))).collect()
}

fn is_one(found: &Found, amount: &str) {
    assert_eq!(amounts(found), [("aave:2026-11-19".to_owned(), amount.to_owned())]);
}

#[test]
fn each_form_of_reply_brings_its_closed_days_exactly() {
    let (yesterday, noon) = (today() - DAY, today() + DAY / 2);
    for (kind, body) in [
        (
            ObservationKind::Tvl,
            format!(
                r#"{{"name":"Aave","chainTvls":{{"Ethereum":{{"tvl":[{{"date":{yesterday},"totalLiquidityUSD":1}}]}}}},
                "tvl":[{{"date":{yesterday},"totalLiquidityUSD":12345678901.123456}},{{"date":{noon},"totalLiquidityUSD":1}}]}}"#
            ),
        ),
        (
            ObservationKind::Fees,
            format!(r#"{{"total24h":9,"totalDataChart":[[{yesterday},12345678901.123456],[{},3]]}}"#, today()),
        ),
        (ObservationKind::Revenue, format!(r#"{{"totalDataChart":[["{yesterday}",1.2345678901123456e10]]}}"#)),
        (ObservationKind::ChainTvl, format!(r#"[{{"date":{yesterday},"tvl":12345678901.123456}}]"#)),
        (
            ObservationKind::StablecoinSupply,
            format!(
                r#"[{{"date":"{yesterday}","totalCirculating":{{"peggedUSD":12345678901.123456}},"totalBridgedToUSD":{{}}}}]"#
            ),
        ),
    ] {
        let found = parse(body.as_bytes(), wanted(kind), now()).unwrap();
        is_one(&found, "12345678901.123456 USD");
        assert_eq!((found.collected.rejected.as_slice(), found.newest_day), ([].as_slice(), Some(yesterday / DAY)));
        let one = &found.collected.observations[0];
        assert_eq!((one.kind(), one.event_time.to_string().as_str()), (kind, "2026-11-19T00:00:00Z"));
        assert_eq!(one.published_at.unwrap().to_string(), "2026-11-20T00:00:00Z", "known at its end");
    }
}

#[test]
fn a_day_that_is_not_over_is_left_out_without_a_word() {
    let (yesterday, late) = (today() - DAY, today() - 600);
    let found = fees(&format!("[{yesterday},5],[{},6],[{},7]", today(), today() + 100)).unwrap();
    is_one(&found, "5 USD");
    // Shortly after midnight the newest point may still be one of the evening before.
    let found = fees(&format!("[{yesterday},5],[{late},6]")).unwrap();
    is_one(&found, "5 USD");
    assert!(found.collected.rejected.is_empty());
}

#[test]
fn zero_is_a_figure_and_nothing_is_none() {
    let found = fees(&format!("[{},0],[{},null],[{},1]", today() - 3 * DAY, today() - 2 * DAY, today() - DAY)).unwrap();
    let keys: Vec<_> = amounts(&found).into_iter().map(|(key, amount)| format!("{key} {amount}")).collect();
    assert_eq!(keys, ["aave:2026-11-17 0 USD", "aave:2026-11-19 1 USD"]);
    assert_eq!(found.collected.rejected[0].code, "missing");
}

#[test]
fn each_bad_day_costs_itself() {
    let good = format!("[{},1]", today() - DAY);
    let day = today() - 2 * DAY;
    for (bad, code) in [
        (format!(r#"[{day},"NaN"]"#), "not_a_number"),
        (format!("[{day},1e400]"), "not_a_number"),
        (format!("[{day},-1]"), "out_of_range"),
        (format!("[{day},1e16]"), "out_of_range"),
        (format!("[{day},[1]]"), "wrong_type"),
        (format!("[{day},true]"), "wrong_type"),
        (format!("[{day}]"), "missing"),
        ("[null,1]".to_owned(), "missing"),
        (r#"["NaN",1]"#.to_owned(), "not_a_number"),
        ("[1.5,1]".to_owned(), "not_a_number"),
        (format!("[{},1]", day * 1000), "bad_date"),
        (format!("[{},1]", today() + 40 * DAY), "bad_date"),
        ("[-86400,1]".to_owned(), "bad_date"),
        (format!("[{},1]", day + 60), "bad_date"),
        (r#"{"date":1}"#.to_owned(), "wrong_type"),
        ("7".to_owned(), "wrong_type"),
        (good.clone(), "duplicate"),
    ] {
        let found = fees(&format!("{good},{bad}")).unwrap();
        is_one(&found, "1 USD");
        assert_eq!(found.collected.rejected[0].code, code, "{bad}");
        let turned = fees(&format!("{bad},{good}")).unwrap();
        assert_eq!((amounts(&turned), turned.collected.rejected.len()), (amounts(&found), 1), "{bad}");
    }
    let found = fees(&format!("[{day},1],{good},[{},2]", today() - DAY)).unwrap();
    assert_eq!(amounts(&found).len(), 1, "of two figures of a day none is believed");
}

#[test]
fn a_protocol_may_pay_out_more_than_it_takes() {
    let body = format!(r#"{{"totalDataChart":[[{},-12.5]]}}"#, today() - DAY);
    is_one(&parse(body.as_bytes(), wanted(ObservationKind::Revenue), now()).unwrap(), "-12.5 USD");
}

#[test]
fn only_the_days_wanted_are_taken() {
    let days: Vec<String> = (1..900).map(|ago| format!("[{},1]", today() - ago * DAY)).collect();
    let found = fees(&days.join(",")).unwrap();
    assert_eq!((found.collected.observations.len(), found.collected.rejected.len()), (730, 0));
    let since_day = today() / DAY - 2;
    let body = format!(r#"{{"totalDataChart":[{}]}}"#, days.join(","));
    let later = parse(body.as_bytes(), Wanted { since_day, ..wanted(ObservationKind::Fees) }, now()).unwrap();
    assert_eq!(later.collected.observations.len(), 2);
}

#[test]
fn a_reply_of_another_form_has_its_code() {
    for (kind, body, code) in [
        (ObservationKind::Fees, "", "not_json"),
        (ObservationKind::Fees, "NaN", "not_json"),
        (ObservationKind::Fees, "{}", "schema_changed"),
        (ObservationKind::Fees, "[]", "schema_changed"),
        (ObservationKind::Fees, r#"{"totalDataChart":{}}"#, "schema_changed"),
        (ObservationKind::Fees, r#"{"totalDataChart":[[null,null]]}"#, "schema_changed"),
        (ObservationKind::Tvl, r#"{"message":"Protocol not found"}"#, "schema_changed"),
        (ObservationKind::Tvl, r#"{"tvl":[{"day":1}]}"#, "schema_changed"),
        (ObservationKind::ChainTvl, "{}", "schema_changed"),
        (ObservationKind::StablecoinSupply, r#"[{"date":"1","circulating":{}}]"#, "schema_changed"),
    ] {
        assert_eq!(parse(body.as_bytes(), wanted(kind), now()).unwrap_err().code(), code, "{kind} {body}");
    }
    let new = fees(&format!("[{},1]", today())).unwrap();
    assert_eq!(
        (new.collected.observations.len(), new.newest_day),
        (0, None),
        "a project of today has no closed day yet"
    );
}
