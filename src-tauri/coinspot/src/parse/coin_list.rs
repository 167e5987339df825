//! `/tradecoins`: the coin list page, the only single call that covers the instant-only coins.

use super::{Refusal, Rows, decimal_text, nothing_left, price};
use crate::error::CoinSpotError;
use domain::{Coin, Quote, QuoteKind, Timestamp};
use ledgers::{Collected, Fingerprint};
use scraper::{ElementRef, Html, Selector};

/// Cells of a row, counted from 0.
const BUY_CELL: usize = 2;
const SELL_CELL: usize = 3;
const ROWS_MAX: usize = 10_000;

/// Reads the page: what one pays (Buy) is the ask, what one gets (Sell) the bid, both before the fee.
pub fn parse(body: &[u8], seen: Timestamp) -> Result<Collected, CoinSpotError> {
    let changed = |reason: String| CoinSpotError::PageChanged { reason };
    let selector = Selector::parse("tr[data-coin]").map_err(|error| changed(error.to_string()))?;
    let page = Html::parse_document(&String::from_utf8_lossy(body));
    let mut rows = Rows::default();
    let mut content = Vec::new();
    for row in page.select(&selector).take(ROWS_MAX) {
        let key = row.attr("data-coin").unwrap_or_default().trim();
        let (buy, sell) = cells(row);
        content.push(format!("{key}\n{}\n{}", buy.unwrap_or_default(), sell.unwrap_or_default()));
        rows.push(key, |coin| quote(coin, buy, sell, seen));
    }
    if content.is_empty() {
        return Err(changed("it has no row for a coin".to_owned()));
    }
    let (quotes, rejected) = rows.finish();
    if quotes.is_empty() {
        return Err(changed(nothing_left(&rejected, "rows")));
    }
    Ok(Collected { quotes, rejected, fingerprint: Some(Fingerprint::of(content)), ..Collected::default() })
}

/// The values of the Buy and the Sell cell.
fn cells<'a>(row: ElementRef<'a>) -> (Option<&'a str>, Option<&'a str>) {
    let mut cells = row.children().filter_map(ElementRef::wrap).filter(|cell| cell.value().name() == "td");
    let buy = cells.nth(BUY_CELL);
    let sell = cells.nth(SELL_CELL - BUY_CELL - 1);
    let value = |cell: Option<ElementRef<'a>>| cell.and_then(|cell| cell.attr("data-value"));
    (value(buy), value(sell))
}

fn quote(coin: Coin, buy: Option<&str>, sell: Option<&str>, seen: Timestamp) -> Result<Quote, Refusal> {
    let read = |field: &str, text: Option<&str>| {
        let text = text.ok_or_else(|| Refusal::new("missing", format!("{field} is missing")))?;
        price(field, decimal_text(field, text)?)
    };
    let (ask, bid) = (read("buy", buy)?, read("sell", sell)?);
    if ask < bid {
        return Err(Refusal::new("crossed", format!("buy {ask} is below sell {bid}")));
    }
    Ok(Quote { coin, kind: QuoteKind::Instant, bid: Some(bid), ask: Some(ask), last: None, seen })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn row(coin: &str, buy: &str, sell: &str) -> String {
        format!(
            r#"<tr data-coin="{coin}"><td></td><td data-value="n"><b>Name</b></td><td data-value="{buy}">$</td><td data-value="{sell}">$</td></tr>"#
        )
    }

    fn read(rows: &str) -> Result<Collected, CoinSpotError> {
        let page = format!("<!DOCTYPE html><html><body><table><tr><th>Coin</th></tr>{rows}</table></body></html>");
        parse(page.as_bytes(), SEEN)
    }

    fn refusal(bad: &str) -> &'static str {
        let collected = read(&format!("{}{bad}", row("BTC", "101", "100"))).unwrap();
        assert_eq!(collected.quotes.len(), 1, "{bad}");
        assert_eq!(collected.rejected.len(), 1, "{bad}");
        collected.rejected[0].code
    }

    #[test]
    fn buy_is_the_ask_and_sell_the_bid_of_an_instant_coin() {
        let collected = read(&row("pepe", "0.0000113", "1.1e-5")).unwrap();
        let quote = collected.quotes[0];
        assert_eq!((quote.coin.as_str(), quote.kind, quote.last), ("PEPE", QuoteKind::Instant, None));
        assert_eq!(quote.ask.unwrap().to_string(), "0.0000113");
        assert_eq!(quote.bid.unwrap().to_string(), "0.000011");
        assert_eq!(collected.rejected, []);
    }

    #[test]
    fn a_bad_row_is_refused_with_its_reason_and_the_others_are_kept() {
        assert_eq!(refusal(&row("ETH", "NaN", "1")), "not_a_number");
        assert_eq!(refusal(&row("ETH", "0", "0")), "not_positive");
        assert_eq!(refusal(&row("ETH", "1e400", "1")), "not_a_number");
        assert_eq!(refusal(&row("ETH", "1", "-1")), "not_positive");
        assert_eq!(refusal(&row("ETH", "1", "2")), "crossed");
        assert_eq!(refusal(&row("<b>x</b>", "2", "1")), "not_a_coin");
        assert_eq!(refusal(r#"<tr data-coin="ETH"><td></td><td></td><td>2</td><td>1</td></tr>"#), "missing");
        assert_eq!(refusal(r#"<tr data-coin="ETH"><td data-value="2"></td></tr>"#), "missing");
        assert_eq!(refusal(&format!("{}{}", row("ETH", "2", "1"), row("ETH", "3", "1"))), "duplicate");
    }

    #[test]
    fn a_page_without_known_rows_is_a_changed_page() {
        for page in ["", "<html><body>Just a moment...</body></html>", "{\"status\":\"ok\"}"] {
            assert_eq!(parse(page.as_bytes(), SEEN).unwrap_err().code(), "page_changed");
        }
        assert_eq!(read(&row("ETH", "", "")).unwrap_err().code(), "page_changed");
        assert_eq!(read("<tr data-name=\"ETH\"></tr>").unwrap_err().code(), "page_changed");
    }

    #[test]
    fn script_in_a_name_is_not_even_looked_at() {
        let hostile =
            row("ETH", "2", "1").replace("Name", "<script>document.write('<tr data-coin=EVIL>')</script> BUY");
        let collected = read(&hostile).unwrap();
        assert_eq!(collected.quotes.len(), 1);
        assert_eq!(collected.quotes[0].coin.as_str(), "ETH");
    }
}
