//! `omc features`.

use crate::commands::Done;
use crate::print::{Out, table};
use clap::Args;
use workstation::Workstation;
use workstation::dto::{FeaturesRequest, FeaturesView};

#[derive(Debug, Args)]
pub struct FeaturesArgs {
    /// Such as BTC
    #[arg(long)]
    pub coin: String,
    /// 1m, 5m, 15m, 1h, 4h or 1d
    #[arg(long)]
    pub interval: String,
    /// price, ledger or all [default: all]
    #[arg(long)]
    pub set: Option<String>,
    /// Date or RFC 3339 time of the first candle [default: the first there is]
    #[arg(long)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside [default: now]
    #[arg(long)]
    pub to: Option<String>,
    /// IANA zone of plain dates [default: Australia/Sydney]
    #[arg(long)]
    pub timezone: Option<String>,
    /// Only the newest so many rows
    #[arg(long)]
    pub limit: Option<usize>,
    /// All rows as CSV; an empty cell is what is not known
    #[arg(long)]
    pub csv: bool,
}

/// What was known at each close.
pub async fn run(ws: &Workstation, args: FeaturesArgs, out: &Out) -> Done {
    let FeaturesArgs { coin, interval, set, from, to, timezone, limit, csv } = args;
    let request = FeaturesRequest { coin, interval, set, from, to, timezone, limit };
    out.result(&ws.features(&request).await?, if csv { as_csv } else { words })
}

/// In the shortest digits that read back as the same number. Nothing in it is text from outside.
fn as_csv(view: &FeaturesView) -> String {
    let names = view.features.iter().map(|feature| feature.name.as_str());
    let mut text = ["time", "known_at"].into_iter().chain(names).collect::<Vec<_>>().join(",");
    for row in &view.rows {
        text.push_str(&format!("\n{},{}", row.time, row.known_at));
        for value in &row.values {
            text.push(',');
            if let Some(value) = value {
                text.push_str(&value.to_string());
            }
        }
    }
    text
}

/// The newest row in full, and how much is known of each column.
fn words(view: &FeaturesView) -> String {
    let (Some(first), Some(last)) = (view.rows.first(), view.rows.last()) else {
        return "no rows".to_owned();
    };
    let holes = match view.missing {
        0 => String::new(),
        1 => " · 1 candle missing between them".to_owned(),
        missing => format!(" · {missing} candles missing between them"),
    };
    let heading = format!(
        "{} {} · {} rows from {} to {}{holes}\nknown at {}, the newest close:\n\n",
        view.coin,
        view.interval,
        view.rows.len(),
        first.time,
        last.time,
        last.known_at
    );
    let rows: Vec<Vec<String>> = view
        .features
        .iter()
        .zip(&last.values)
        .map(|(feature, value)| {
            vec![
                feature.name.clone(),
                value.map_or_else(|| "not known".to_owned(), |value| format!("{value:+.6}")),
                feature.unit.clone(),
                feature.known.to_string(),
                feature.words.clone(),
            ]
        })
        .collect();
    heading + &table(&["feature", "value", "unit", "rows known", "what it is"], &[1, 3], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use workstation::Timestamp;
    use workstation::dto::{FeatureColumn, FeatureValues};

    fn view() -> FeaturesView {
        let column = |name: &str, known| FeatureColumn {
            name: name.to_owned(),
            set: "price".to_owned(),
            unit: "ratio".to_owned(),
            words: "something".to_owned(),
            known,
        };
        let row = |hour: i64, values: Vec<Option<f64>>| FeatureValues {
            time: Timestamp::from_millis(hour * 3_600_000),
            known_at: Timestamp::from_millis((hour + 1) * 3_600_000),
            values,
        };
        FeaturesView {
            coin: serde_json::from_str("\"BTC\"").unwrap(),
            interval: "1h".to_owned(),
            set: "all".to_owned(),
            missing: 1,
            features: vec![column("a", 1), column("b", 2)],
            rows: vec![row(0, vec![None, Some(0.1)]), row(2, vec![Some(-1e-9), Some(50.0)])],
        }
    }

    #[test]
    fn a_table_of_commas_has_an_empty_cell_for_what_is_not_known_and_reads_back_exactly() {
        let csv = as_csv(&view());
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "time,known_at,a,b");
        assert_eq!(lines[1], "1970-01-01T00:00:00Z,1970-01-01T01:00:00Z,,0.1");
        let cell = lines[2].split(',').nth(2).unwrap();
        assert_eq!(cell.parse::<f64>(), Ok(-1e-9));
    }

    #[test]
    fn the_words_show_the_newest_row_and_what_is_missing() {
        let words = words(&view());
        assert!(words.contains("2 rows from 1970-01-01T00:00:00Z") && words.contains("1 candle missing"), "{words}");
        assert!(words.contains("+50.000000"), "{words}");
        let unknown = FeaturesView { rows: view().rows[..1].to_vec(), ..view() };
        assert!(super::words(&unknown).contains("not known"));
    }
}
