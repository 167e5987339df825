//! What stands in each table, a page at a time.

use crate::commands::books::trade_view;
use crate::dto::FeaturesRequest;
use crate::{Error, Result, Workstation};
use domain::{Candle, Coin, Interval, Quantity, Timestamp};
use ledgers::{ObservationKind, Payload};
use reports::{Field, Holds, Value};
use std::collections::HashMap;
use store::{CandleSource, RecordedTrade, RevisionPlace, StoredObservation};

/// Observations and trades read at a time.
const PAGE: usize = 2_000;

/// Rows that are still to be read.
pub(super) enum Pages {
    Candles {
        coin: Coin,
        interval: Interval,
        window: Option<(Timestamp, Timestamp)>,
    },
    Features {
        coin: Coin,
        interval: Interval,
        window: Option<(Timestamp, Timestamp)>,
    },
    Observations {
        kind: ObservationKind,
        window: (Timestamp, Timestamp),
        after: Option<RevisionPlace>,
        coins: Vec<Coin>,
    },
    Trades {
        places: Vec<(u32, u64)>,
        at: usize,
    },
}

type Row = Vec<Value>;

fn fields(columns: &[(&str, Holds)]) -> Vec<Field> {
    columns.iter().map(|(name, holds)| Field::of(name, *holds)).collect()
}

impl Pages {
    /// The columns, and the next rows; none at the end.
    pub async fn next(&mut self, ws: &Workstation, demo: bool) -> Result<(Vec<Field>, Option<Vec<Row>>)> {
        match self {
            Self::Candles { coin, interval, window } => {
                let Some(window) = window.take() else { return Ok((vec![], None)) };
                Ok((candle_fields(), Some(candles(ws, *coin, *interval, window, demo).await?)))
            }
            Self::Features { coin, interval, window } => {
                let Some(window) = window.take() else { return Ok((vec![], None)) };
                features(ws, *coin, *interval, window, demo).await
            }
            Self::Observations { kind, window, after, coins } => {
                let page = ws.store().revisions_page(*kind, *window, after.as_ref(), PAGE).await?;
                let Some(last) = page.last() else { return Ok((vec![], None)) };
                *after = Some(RevisionPlace::of(last));
                let wanted = |one: &&StoredObservation| {
                    coins.is_empty() || one.observation.coins.iter().any(|coin| coins.contains(coin))
                };
                let rows = page.iter().filter(wanted).map(|one| observation(one, demo)).collect::<Result<_>>()?;
                Ok((observation_fields(), Some(rows)))
            }
            Self::Trades { places, at } => {
                let part: Vec<(u32, u64)> = places.iter().skip(*at).take(PAGE).copied().collect();
                if part.is_empty() {
                    return Ok((vec![], None));
                }
                *at += part.len();
                let trades = ws.store().trades_at(&part).await?;
                Ok((trade_fields(), Some(trades.iter().map(|one| trade(one, demo)).collect())))
            }
        }
    }
}

fn candle_fields() -> Vec<Field> {
    use Holds::{Moment, Number, Text, Truth};
    fields(&[
        ("time", Moment),
        ("close_time", Moment),
        ("open", Number),
        ("high", Number),
        ("low", Number),
        ("close", Number),
        ("volume", Number),
        ("source", Text),
        ("demo", Truth),
    ])
}

/// The candles of a window that were over by its end, each with where it came from.
async fn candles(
    ws: &Workstation,
    coin: Coin,
    interval: Interval,
    (from, to): (Timestamp, Timestamp),
    demo: bool,
) -> Result<Vec<Row>> {
    let stored = ws.store().candles_from(coin, interval, from, to).await?;
    let known: HashMap<Timestamp, Option<CandleSource>> =
        stored.into_iter().map(|(candle, source)| (candle.time, source)).collect();
    let row = |candle: &Candle| {
        let end = candle.time.plus_micros(interval.micros());
        let source = match known.get(&candle.time) {
            Some(source) => source.map(CandleSource::as_str),
            None => Some("made"),
        };
        let prices = [candle.open, candle.high, candle.low, candle.close].map(|price| Value::Number(price.decimal()));
        let times = [Value::Moment(candle.time), Value::Moment(end)];
        let rest = [Value::number(candle.volume.map(Quantity::decimal)), Value::text(source), Value::Truth(demo)];
        (end <= to).then(|| times.into_iter().chain(prices).chain(rest).collect())
    };
    Ok(ws.compose(coin, interval, from, to).await?.iter().filter_map(row).collect())
}

/// What was known at each close of a window; nothing where no candle closed in it.
async fn features(
    ws: &Workstation,
    coin: Coin,
    interval: Interval,
    (from, to): (Timestamp, Timestamp),
    demo: bool,
) -> Result<(Vec<Field>, Option<Vec<Row>>)> {
    let asked = FeaturesRequest {
        coin: coin.to_string(),
        interval: interval.to_string(),
        from: Some(from.to_string()),
        to: Some(to.to_string()),
        ..FeaturesRequest::default()
    };
    let view = match ws.features(&asked).await {
        Err(Error::Refused { code, .. }) if code == "no_candles" => return Ok((vec![], None)),
        told => told?,
    };
    let mut columns = fields(&[("time", Holds::Moment), ("known_at", Holds::Moment)]);
    columns.extend(view.features.iter().map(|feature| Field::of(&feature.name, Holds::Ratio)));
    columns.push(Field::of("demo", Holds::Truth));
    let row = |row: crate::dto::FeatureValues| {
        let values = row.values.into_iter().map(|value| value.map_or(Value::Empty, Value::Ratio));
        let times = [Value::Moment(row.time), Value::Moment(row.known_at)];
        times.into_iter().chain(values).chain([Value::Truth(demo)]).collect()
    };
    Ok((columns, Some(view.rows.into_iter().map(row).collect())))
}

fn observation_fields() -> Vec<Field> {
    use Holds::{Moment, Number, Text, Truth, Whole};
    fields(&[
        ("id", Text),
        ("source", Text),
        ("key", Text),
        ("revision", Whole),
        ("event_time", Moment),
        ("published_at", Moment),
        ("first_seen", Moment),
        ("undated", Text),
        ("coins", Text),
        ("title", Text),
        ("url", Text),
        ("subject", Text),
        ("amount", Number),
        ("unit", Text),
        ("said", Text),
        ("demo", Truth),
    ])
}

fn word(value: &impl serde::Serialize) -> Result<String> {
    let value = serde_json::to_value(value).map_err(|error| Error::refused("bad_parquet", error.to_string()))?;
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn observation(stored: &StoredObservation, demo: bool) -> Result<Row> {
    let said = &stored.observation;
    let coins: Vec<String> = said.coins.iter().map(ToString::to_string).collect();
    let (title, url, subject, amount, unit) = parts(&said.payload);
    Ok(vec![
        Value::Text(stored.id()),
        Value::Text(said.source.clone()),
        Value::Text(said.key.clone()),
        Value::Whole(i64::from(stored.revision)),
        Value::Moment(said.event_time),
        said.published_at.map_or(Value::Empty, Value::Moment),
        Value::Moment(stored.first_seen),
        Value::text(said.undated.as_ref().map(word).transpose()?),
        Value::text((!coins.is_empty()).then(|| coins.join(" "))),
        Value::text(title),
        Value::text(url),
        Value::text(subject),
        Value::number(amount),
        Value::text(unit),
        Value::Text(word(&said.payload)?),
        Value::Truth(demo),
    ])
}

type Parts<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<domain::Decimal>, Option<String>);

/// What the kinds have in common: title, link, subject, amount, unit.
fn parts(payload: &Payload) -> Parts<'_> {
    match payload {
        Payload::News { title, url, .. }
        | Payload::Post { title, url, .. }
        | Payload::Announcement { title, url, .. } => (Some(title), Some(url), None, None, None),
        Payload::Filing { title, url, filer, .. } => (Some(title), Some(url), Some(filer), None, None),
        Payload::Event { title, subject, .. } => (Some(title), None, Some(subject), None, None),
        Payload::FearGreed { value, label } => {
            (Some(label), None, None, Some((*value).into()), Some("index".to_owned()))
        }
        Payload::Tvl(figure)
        | Payload::Fees(figure)
        | Payload::Revenue(figure)
        | Payload::ChainTvl(figure)
        | Payload::StablecoinSupply(figure) => {
            let unit = figure.amount.currency().to_string();
            (Some(&figure.name), None, Some(&figure.subject), Some(figure.amount.amount()), Some(unit))
        }
        Payload::Treasury { company, coin, holdings, .. } => {
            (None, None, Some(company), Some(holdings.decimal()), Some(coin.to_string()))
        }
    }
}

fn trade_fields() -> Vec<Field> {
    use Holds::{Moment, Number, Text, Truth};
    fields(&[
        ("id", Text),
        ("time", Moment),
        ("recorded_at", Moment),
        ("book", Text),
        ("coin", Text),
        ("side", Text),
        ("quantity", Number),
        ("price", Number),
        ("fee", Number),
        ("algorithm", Text),
        ("venue", Text),
        ("external_id", Text),
        ("order_id", Text),
        ("demo", Truth),
    ])
}

fn trade(recorded: &RecordedTrade, demo: bool) -> Row {
    let trade = trade_view(recorded);
    vec![
        Value::Text(trade.id.to_string()),
        Value::Moment(trade.time),
        Value::Moment(recorded.recorded_at),
        Value::Text(trade.book.to_string()),
        Value::Text(trade.coin.to_string()),
        Value::Text(trade.side.to_string()),
        Value::Number(trade.quantity.decimal()),
        Value::Number(trade.price.decimal()),
        Value::Number(trade.fee.0),
        Value::text(trade.algorithm),
        Value::text(trade.venue),
        Value::text(trade.external_id),
        Value::text(trade.order_id.map(|id| id.to_string())),
        Value::Truth(demo),
    ]
}
