//! Independent Reserve: its codes, and one market a call, with prices as JSON numbers.

use super::View;
use super::http::{Reply, iso};
use super::venue::{Row, fields, rows};
use crate::world::Venue;

/// An unlisted currency is answered with what was true then: 2020-01-01.
const STALE_MS: i64 = 1_577_836_800_000;
/// A coin that is none of ours.
const OTHER: &str = "Pmgt";

/// Answers one GET, if the path is Independent Reserve's.
pub(crate) fn answer(view: &View<'_>, path: &str, query: &str) -> Option<Reply> {
    match path {
        "/Public/GetValidPrimaryCurrencyCodes" => Some(Reply::json(200, codes(view))),
        "/Public/GetMarketSummary" => Some(summary(view, query)),
        _ => None,
    }
}

/// A number as it is, else in quotes.
fn number(price: &str) -> String {
    let is_number = price.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    if is_number { price.to_owned() } else { format!("\"{price}\"") }
}

fn code(ticker: &str) -> String {
    if ticker == "BTC" {
        return "Xbt".to_owned();
    }
    let (first, rest) = ticker.split_at_checked(1).unwrap_or((ticker, ""));
    format!("{first}{}", rest.to_lowercase())
}

fn codes(view: &View<'_>) -> String {
    let all: Vec<String> =
        rows(view, Venue::IndependentReserve, number).iter().map(|row| format!("\"{}\"", code(&row.ticker))).collect();
    format!(r#"["{OTHER}",{}]"#, all.join(","))
}

fn summary(view: &View<'_>, query: &str) -> Reply {
    let field = |name| fields(query, name).next().unwrap_or_default();
    let (primary, secondary) = (field("primaryCurrencyCode"), field("secondaryCurrencyCode"));
    let all = rows(view, Venue::IndependentReserve, number);
    let Some(row) = all.iter().find(|row| code(&row.ticker).eq_ignore_ascii_case(&primary)) else {
        let body = r#"{"ErrorCode":"ValidationError","Message":"Invalid Primary Currency Code"}"#;
        return Reply::json(400, body.to_owned());
    };
    let Row { ticker, bid, ask, last, at_ms } = row;
    let is_listed = secondary.eq_ignore_ascii_case("aud");
    let at_ms = at_ms.map(|at| if is_listed { at } else { STALE_MS });
    let created = at_ms.map(|at| format!(r#""CreatedTimestampUtc":"{}","#, iso(at).replace('Z', ".1234567Z")));
    let (created, code) = (created.unwrap_or_default(), code(ticker));
    let second = if is_listed { "Aud" } else { "Eur" };
    Reply::json(
        200,
        format!(
            r#"{{{created}"CurrentHighestBidPrice":{bid},"CurrentLowestOfferPrice":{ask},"LastPrice":{last},"DayAvgPrice":1.0,"DayHighestPrice":1.0,"DayLowestPrice":1.0,"DayVolumeXbt":1.0,"DayVolumeXbtInSecondaryCurrrency":1.0,"PrimaryCurrencyCode":"{code}","SecondaryCurrencyCode":"{second}"}}"#
        ),
    )
}
