//! Equity over time in words.

use super::{aud, aud_or_dash};
use crate::print::table;
use workstation::dto::{BenchmarkView, CurvePoint, EquityCurve, MetricView, SerialDecimal};

/// Figures that are AUD, counts or days; all others are ratios.
const AUD: [&str; 9] = [
    "gain",
    "realised",
    "fees",
    "expectancy",
    "average_win",
    "average_loss",
    "largest_win",
    "largest_loss",
    "turnover",
];
const COUNTS: [&str; 3] = ["days", "daily_returns", "sales"];

pub fn equity(curve: &EquityCurve) -> String {
    let mut out = String::new();
    for note in &curve.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    let days = |count: u32| if count == 1 { "day".to_owned() } else { format!("{count} days") };
    for lacking in &curve.unpriced {
        let (coin, first, last) = (lacking.coin, &lacking.first, &lacking.last);
        out.push_str(&format!("no price of {coin} on {} from {first} to {last}\n", days(lacking.days)));
    }
    let heading = format!("{} · by {} · {} · {} · AUD\n\n", curve.book, curve.by, curve.timezone, curve.method);
    out.push_str(&heading);
    let header = [
        "date",
        "equity",
        "cash",
        "holdings",
        "flow",
        "gain",
        "return",
        "drawdown",
        "realised",
        "unrealised",
        "valued at",
    ];
    let rows: Vec<_> = curve.points.iter().map(point).collect();
    out.push_str(&table(&header, &[1, 2, 3, 4, 5, 6, 7, 8, 9], &rows));
    let figures: Vec<_> = curve.metrics.iter().map(|(name, view)| vec![name.clone(), figure(name, view)]).collect();
    out.push_str(&format!("\n{}", table(&["figure", ""], &[1], &figures)));
    if let Some(fall) = &curve.drawdown {
        let end = fall.recovered.as_ref().map_or("not recovered yet".to_owned(), |day| format!("recovered {day}"));
        let depth = fall.depth.to_percent_text();
        out.push_str(&format!(
            "\ndeepest fall {depth} from {} to {}, {end} ({} days)\n",
            fall.start, fall.trough, fall.days
        ));
    }
    let held: Vec<_> = curve.benchmarks.iter().map(benchmark).collect();
    out.push_str(&format!("\n{}", table(&["instead", "of", "at the end", "return"], &[2, 3], &held)));
    out
}

fn point(point: &CurvePoint) -> Vec<String> {
    let share = |ratio: Option<SerialDecimal>| ratio.map_or("-".to_owned(), SerialDecimal::to_percent_text);
    let valued = match (&point.valued_at, point.complete) {
        (_, false) => {
            let coins: Vec<String> = point.unpriced.iter().map(ToString::to_string).collect();
            format!("no price: {}", coins.join(", "))
        }
        (Some(at), true) => at.clone(),
        (None, true) => String::new(),
    };
    vec![
        format!("{}{}", point.date, if point.running { "…" } else { "" }),
        aud_or_dash(point.equity),
        aud_or_dash(point.cash),
        aud_or_dash(point.holdings),
        aud_or_dash(point.flow),
        aud_or_dash(point.gain),
        share(point.earned),
        share(point.drawdown),
        aud(point.realised),
        aud_or_dash(point.unrealised),
        valued,
    ]
}

fn figure(name: &str, view: &MetricView) -> String {
    match (view.value, &view.reason) {
        (Some(value), _) if AUD.contains(&name) => aud(value),
        (Some(value), _) if COUNTS.contains(&name) => value.to_string(),
        (Some(value), _) => value.0.round_dp(4).normalize().to_string(),
        (None, reason) => format!("- ({})", reason.as_deref().unwrap_or("not known")),
    }
}

fn benchmark(view: &BenchmarkView) -> Vec<String> {
    let coins: Vec<String> = view.coins.iter().map(ToString::to_string).collect();
    let figure = |view: &MetricView, words: fn(SerialDecimal) -> String| match (view.value, &view.reason) {
        (Some(value), _) => words(value),
        (None, reason) => format!("- ({})", reason.as_deref().unwrap_or("not known")),
    };
    vec![
        view.name.clone(),
        coins.join(" "),
        figure(&view.last, aud),
        figure(&view.time_weighted_return, SerialDecimal::to_percent_text),
    ]
}
