//! Companies and the coins they hold.

use super::View;
use super::http::Reply;
use super::page::HOSTILE;
use crate::faults::ItemChange;
use crate::world::Holding;
use serde_json::json;

const PREFIX: &str = "/api/v3/companies/public_treasury/";
const GIANT_CHARS: usize = 256 << 10;

/// Answers one GET, if the path is the service's.
pub(crate) fn answer(view: &View<'_>, path: &str) -> Option<Reply> {
    let coin = path.strip_prefix(PREFIX)?;
    let Some(holdings) = view.moment.holdings(coin) else {
        return Some(Reply::json(404, r#"{"error":"coin not found"}"#.to_owned()));
    };
    let mut companies: Vec<String> =
        holdings.iter().enumerate().map(|(place, holding)| company(view, holding, place == 0)).collect();
    view.arrange(&mut companies);
    let total: rust_decimal::Decimal = holdings.iter().map(|holding| holding.coins).sum();
    let companies = companies.join(",");
    Some(Reply::json(
        200,
        format!(
            r#"{{"total_holdings":{total},"total_value_usd":1.5e10,"market_cap_dominance":4.2,"companies":[{companies}]}}"#
        ),
    ))
}

fn company(view: &View<'_>, holding: &Holding, is_first: bool) -> String {
    let bent = |change: ItemChange| is_first && view.items.contains(&change);
    let symbol = holding.symbol.replace(' ', "");
    let mut coins = view
        .changes_of(&symbol, "COINGECKO")
        .fold(holding.coins.normalize().to_string(), |coins, change| change.apply(coins));
    if bent(ItemChange::Nan) {
        coins = "NaN".to_owned();
    }
    let is_number = coins == "1e400" || coins.parse::<f64>().is_ok_and(f64::is_finite);
    let coins = if is_number { coins } else { format!("\"{coins}\"") };
    let coins = if bent(ItemChange::Mistyped) { format!("[{coins}]") } else { coins };
    let name = match holding.company {
        _ if view.hostile_names => HOSTILE.to_owned(),
        name if bent(ItemChange::Giant) => name.to_owned() + &"x".repeat(GIANT_CHARS),
        name => name.to_owned(),
    };
    // The figure is put in by hand: it must reach the wire digit by digit.
    let rest = json!({"name": name, "symbol": holding.symbol, "country": "US"}).to_string();
    let value = holding.value_usd.normalize();
    format!(
        r#"{},"total_holdings":{coins},"total_entry_value_usd":0,"total_current_value_usd":{value},"percentage_of_total_supply":0.1}}"#,
        rest.trim_end_matches('}')
    )
}
