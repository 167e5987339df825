//! Fundamentals: JSON numbers a day, in four forms; the last day is not over.

use super::View;
use super::http::Reply;
use super::page::HOSTILE;
use crate::faults::ItemChange;
use crate::world::{DayAmount, Series};

const GIANT_CHARS: usize = 64 << 10;
const YEAR_S: i64 = 365 * 86_400;
const DAY_S: i64 = 86_400;

/// Answers one GET, if the path is the service's.
pub(crate) fn answer(view: &View<'_>, path: &str, query: &str) -> Option<Reply> {
    let field = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let (form, series) = match parts.as_slice() {
        ["protocol", name] => (Form::Protocol, Series::Tvl(name)),
        ["summary", "fees", name] if field("dataType") == Some("dailyRevenue") => {
            (Form::Summary, Series::Revenue(name))
        }
        ["summary", "fees", name] => (Form::Summary, Series::Fees(name)),
        ["v2", "historicalChainTvl", name] => (Form::Chain, Series::Chain(name)),
        ["stablecoincharts", "all"] => (Form::Stablecoin, Series::Stablecoin(field("stablecoin").unwrap_or_default())),
        _ => return None,
    };
    let unknown = || Reply::json(404, r#"{"message":"Protocol not found"}"#.to_owned());
    let Some(days) = view.moment.series(series) else { return Some(unknown()) };
    Some(Reply::json(200, body(view, form, series, &days)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Protocol,
    Summary,
    Chain,
    Stablecoin,
}

fn body(view: &View<'_>, form: Form, series: Series<'_>, days: &[DayAmount]) -> String {
    let newest_closed = days.iter().rposition(|day| day.is_closed);
    let mut all: Vec<String> = days
        .iter()
        .enumerate()
        .map(|(place, day)| item(view, form, series, day, Some(place) == newest_closed))
        .collect();
    view.arrange(&mut all);
    let days = all.join(",");
    let name = if view.hostile_names { HOSTILE } else { subject(series) }.replace('"', "");
    match form {
        Form::Protocol => format!(
            r#"{{"id":"1","name":"{name}","currentChainTvls":{{"Ethereum":1,"staking":2}},"chainTvls":{{"Ethereum":{{"tvl":[{{"date":1,"totalLiquidityUSD":1}}],"tokens":[]}}}},"tvl":[{days}]}}"#
        ),
        Form::Summary => format!(r#"{{"name":"{name}","total24h":1,"change_1d":0.5,"totalDataChart":[{days}]}}"#),
        Form::Chain | Form::Stablecoin => format!("[{days}]"),
    }
}

fn subject<'a>(series: Series<'a>) -> &'a str {
    match series {
        Series::Tvl(name) | Series::Fees(name) | Series::Revenue(name) | Series::Chain(name) => name,
        Series::Stablecoin(number) => number,
    }
}

fn item(view: &View<'_>, form: Form, series: Series<'_>, day: &DayAmount, is_newest: bool) -> String {
    let bent = |change: ItemChange| is_newest && view.items.contains(&change);
    let mut amount = day.amount.normalize().to_string();
    if is_newest {
        amount = view.changes_of(subject(series), "DEFILLAMA").fold(amount, |amount, change| change.apply(amount));
    }
    if bent(ItemChange::Nan) {
        amount = "NaN".to_owned();
    }
    let is_number = amount.parse::<f64>().is_ok_and(f64::is_finite) || amount == "1e400";
    let amount = if is_number { amount } else { format!("\"{amount}\"") };
    let amount = if bent(ItemChange::Mistyped) { format!("[{amount}]") } else { amount };
    // Money locked is told as of the moment, the others of a day that has begun.
    let seconds = if form == Form::Protocol { day.time_ms / 1000 } else { day.time_ms / 1000 / DAY_S * DAY_S };
    let seconds = seconds + if bent(ItemChange::Future) { YEAR_S } else { 0 };
    let date = if bent(ItemChange::Undated) { "null".to_owned() } else { seconds.to_string() };
    let giant = if bent(ItemChange::Giant) { "x".repeat(GIANT_CHARS) } else { String::new() };
    match form {
        Form::Protocol => format!(r#"{{"date":{date},"totalLiquidityUSD":{amount},"note":"{giant}"}}"#),
        Form::Summary if giant.is_empty() => format!("[{date},{amount}]"),
        Form::Summary => format!(r#"[{date},{amount},"{giant}"]"#),
        Form::Chain => format!(r#"{{"date":{date},"tvl":{amount},"note":"{giant}"}}"#),
        Form::Stablecoin => {
            let date = if date == "null" { date } else { format!("\"{date}\"") };
            format!(
                r#"{{"date":{date},"totalCirculating":{{"peggedUSD":{amount}}},"totalBridgedToUSD":{{"peggedUSD":0}},"note":"{giant}"}}"#
            )
        }
    }
}
