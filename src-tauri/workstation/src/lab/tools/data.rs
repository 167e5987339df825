//! Tools that look at what is stored: coverage, ledgers, candles in numbers, features, what stands out, what goes together.

use super::figures::{self, Returns};
use super::{Done, Work, name};
use crate::Result;
use crate::commands::LedgerRequest;
use crate::dto::{FeaturesRequest, FeaturesView, ObservationRow};
use domain::{Coin, Timestamp};
use lab::Quoted;
use lab::tools::{
    Anomalies, AnomaliesArgs, Anomaly, ColumnOf, Correlation, CorrelationArgs, Coverage, CoverageArgs, CoverageOf,
    Features, FeaturesArgs, LedgerRow, Outcome, Pair, QueryArgs, Rows, Window,
};
use ledgers::ObservationKind;
use research::statistics::{outliers, pearson, spearman};
use std::fmt::Write as _;
use store::ObservationFilter;

/// Observations of a coin that are counted at most.
const COUNTED_MAX: usize = 10_000;
/// Bars that are told at most.
const ANOMALIES_MAX: usize = 20;
/// Rows of a ledger that are looked through at most.
const LOOKED_MAX: usize = 2_000;

/// What isn't a price.
const KINDS: [ObservationKind; 5] = [
    ObservationKind::News,
    ObservationKind::Post,
    ObservationKind::Announcement,
    ObservationKind::Filing,
    ObservationKind::Event,
];

impl Work<'_> {
    pub(super) async fn coverage(&self, args: &CoverageArgs) -> Result<Done> {
        let (mut coins, mut data) = (Vec::new(), Vec::new());
        for coin in &args.coins {
            let read = self.candles(*coin, args.interval, args.from, args.to).await?;
            coins.push(CoverageOf {
                coin: *coin,
                candles: read.candles.len() as u64,
                from: read.candles.first().map(|candle| candle.time),
                to: read.end(),
                missing: read.missing()?,
                observations: self.mentions(*coin, args.from, args.to).await?,
            });
            data.push(read.data());
        }
        self.told("data", "what is stored", &data, Outcome::Coverage(Coverage { coins }))
    }

    /// What was said about a coin and was known by the end.
    async fn mentions(&self, coin: Coin, from: Timestamp, to: Timestamp) -> Result<u64> {
        let filter = ObservationFilter {
            kinds: Some(KINDS.to_vec()),
            coin: Some(coin),
            from: Some(from),
            to: Some(to),
            as_of: Some(to),
            limit: Some(COUNTED_MAX),
            ..ObservationFilter::default()
        };
        Ok(self.ws.store().observations(&filter).await?.len() as u64)
    }

    pub(super) async fn query(&self, args: &QueryArgs) -> Result<Done> {
        let ledger = match args.ledger {
            lab::tools::Ledger::Glass => "glass",
            lab::tools::Ledger::Human => "human",
            lab::tools::Ledger::Catalyst => "catalyst",
            lab::tools::Ledger::Exchange => "exchange",
        };
        let asked: Vec<Option<Coin>> =
            if args.coins.is_empty() { vec![None] } else { args.coins.iter().copied().map(Some).collect() };
        let mut found: Vec<ObservationRow> = Vec::new();
        for coin in asked {
            let request = LedgerRequest {
                ledger: ledger.to_owned(),
                coin: coin.map(|coin| coin.to_string()),
                kind: None,
                source: None,
                from: Some(args.from.to_string()),
                to: Some(args.to.to_string()),
                as_of: Some(args.as_of.to_string()),
                timezone: None,
                limit: Some(LOOKED_MAX),
                min_severity: None,
            };
            let more = self.ws.ledger(&request).await?.observations;
            found.extend(more.into_iter().filter(|row| row.first_seen <= args.as_of));
        }
        // One that speaks of two coins is one.
        found.sort_by(|a, b| (a.event_time, &a.id).cmp(&(b.event_time, &b.id)));
        found.dedup_by(|a, b| a.id == b.id);
        let total = found.len() as u64;
        found.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(b.event_time.cmp(&a.event_time)));
        found.truncate(args.limit as usize);
        let rows = found.iter().map(row).collect();
        self.told(
            "ledger",
            &format!("what the {ledger} ledger knew at {}", args.as_of),
            &[],
            Outcome::Rows(Rows { rows, total }),
        )
    }

    pub(super) async fn statistics(&self, window: &Window) -> Result<Done> {
        let read = self.window(window).await?;
        let told = figures::statistics(read.coin, window.interval, &read.candles, read.missing()?, read.end());
        let title = format!("{} {} candles in numbers", window.coin, window.interval);
        self.told("statistics", &title, &[read.data()], Outcome::Statistics(told))
    }

    pub(super) async fn features(&self, args: &FeaturesArgs) -> Result<Done> {
        let window = &args.window;
        let request = FeaturesRequest {
            coin: window.coin.to_string(),
            interval: window.interval.to_string(),
            set: None,
            from: Some(window.from.to_string()),
            to: Some(window.to.to_string()),
            timezone: None,
            limit: None,
        };
        let view = self.ws.features(&request).await?;
        let wanted = |name: &str| args.columns.is_empty() || args.columns.iter().any(|column| column.as_str() == name);
        let places: Vec<usize> =
            view.features.iter().enumerate().filter(|(_, column)| wanted(&column.name)).map(|(at, _)| at).collect();
        let columns = places.iter().map(|place| column(&view, *place)).collect::<Result<Vec<_>>>()?;
        let told = Features { rows: view.rows.len() as u64, columns };
        let read = self.window(window).await?;
        let title = format!("{} {} features as of each close", window.coin, window.interval);
        let mut made = vec![self.keep("features", &title, &[read.data()], &told)?];
        let table = table(&view, &places);
        if table.len() as u64 <= super::artefacts::BYTES_MAX {
            made.push(self.keep_bytes("feature_table", &title, table.as_bytes())?);
        }
        self.done(Outcome::Features(told), made)
    }

    pub(super) async fn anomalies(&self, args: &AnomaliesArgs) -> Result<Done> {
        let read = self.window(&args.window).await?;
        let returns = Returns::of(args.window.interval, &read.candles);
        let found = outliers(&returns.logs(), args.deviations);
        let bar = |(place, deviations): &(usize, f64)| {
            let (at, earned) = returns.at(*place)?;
            Some(Anomaly { at, earned, deviations: *deviations })
        };
        let bars = found.iter().take(ANOMALIES_MAX).filter_map(bar).collect();
        let told = Anomalies { total: found.len() as u64, bars };
        let title = format!("bars of {} far from the others", args.window.coin);
        self.told("anomalies", &title, &[read.data()], Outcome::Anomalies(told))
    }

    pub(super) async fn correlation(&self, args: &CorrelationArgs) -> Result<Done> {
        let (mut series, mut data) = (Vec::new(), Vec::new());
        for coin in &args.coins {
            let read = self.candles(*coin, args.interval, args.from, args.to).await?;
            data.push(read.data());
            series.push((*coin, Returns::of(args.interval, &read.candles)));
        }
        let mut pairs = Vec::new();
        for (place, (a, of_a)) in series.iter().enumerate() {
            for (b, of_b) in series.iter().skip(place + 1) {
                let both = of_a.beside(of_b);
                let (pearson, spearman) = (pearson(&both), spearman(&both));
                pairs.push(Pair { a: *a, b: *b, bars: both.len() as u64, pearson, spearman });
            }
        }
        self.told("correlation", "how returns go together", &data, Outcome::Correlation(Correlation { pairs }))
    }
}

/// How much a row matters, for choosing which are shown.
fn weight(row: &ObservationRow) -> f64 {
    value(row).map_or(0.0, f64::abs)
}

fn value(row: &ObservationRow) -> Option<f64> {
    let meaning = row.meaning.as_ref()?;
    meaning.severity.map(f64::from).or(meaning.sentiment)
}

fn row(row: &ObservationRow) -> LedgerRow {
    // What it says, whichever kind it is: its own words, else its figures as they are written.
    let said = serde_json::to_value(&row.said).unwrap_or_default();
    let text = ["title", "headline", "text", "name"].iter().find_map(|key| said.get(key)?.as_str().map(str::to_owned));
    let text = text.unwrap_or_else(|| said.to_string());
    LedgerRow {
        at: row.event_time,
        known_at: row.first_seen,
        words: Quoted::new(&text, &row.source, Some(row.first_seen)),
        value: value(row),
    }
}

fn column(view: &FeaturesView, place: usize) -> Result<ColumnOf> {
    let values: Vec<f64> = view.rows.iter().filter_map(|row| row.values.get(place).copied().flatten()).collect();
    let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    Ok(ColumnOf {
        name: name(view.features.get(place).map_or("", |column| &column.name))?,
        missing: (view.rows.len() - values.len()) as u64,
        mean: mean.filter(|mean| mean.is_finite()),
        last: view.rows.last().and_then(|row| row.values.get(place).copied().flatten()),
    })
}

/// The table as CSV: numbers and times only.
fn table(view: &FeaturesView, places: &[usize]) -> String {
    let mut out = String::from("time,known_at");
    for place in places {
        out.push(',');
        out.push_str(view.features.get(*place).map_or("", |column| &column.name));
    }
    out.push('\n');
    for row in &view.rows {
        let _ = write!(out, "{},{}", row.time, row.known_at);
        for place in places {
            out.push(',');
            if let Some(value) = row.values.get(*place).copied().flatten() {
                let _ = write!(out, "{value}");
            }
        }
        out.push('\n');
    }
    out
}
