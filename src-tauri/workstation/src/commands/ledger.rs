//! The four ledgers as data: what was said, by whom, since when it is known here, and what it is taken to mean.

use super::books::parse_coin;
use super::meaning::give_meaning;
use crate::dto::{LedgerView, MeaningRow, ObservationRow, Said, SerialDecimal};
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Result, Workstation};
use coinspot::{COIN_LIST_SOURCE, PRICES_SOURCE};
use domain::{Coin, Name, Quote, QuoteKind, Timestamp};
use ledgers::{Ledger, ObservationKind, Payload};
use serde::Deserialize;
use store::{ObservationFilter, StoredObservation};
use ts_rs::TS;

/// The kind of the Exchange ledger's prices.
const PRICE: &str = "price";
/// The kind of other venues' prices.
pub(super) const REFERENCE: &str = "reference";

/// Which part of a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct LedgerRequest {
    /// `exchange`, `glass`, `human` or `catalyst`.
    pub ledger: String,
    /// Ticker.
    #[ts(optional)]
    pub coin: Option<String>,
    /// Such as `news` or `price`.
    #[ts(optional)]
    pub kind: Option<String>,
    /// A source's name.
    #[ts(optional)]
    pub source: Option<String>,
    /// Date or time.
    #[ts(optional)]
    pub from: Option<String>,
    /// Date or time, itself outside.
    #[ts(optional)]
    pub to: Option<String>,
    /// Only what was known then, as it was known then.
    #[ts(optional)]
    pub as_of: Option<String>,
    /// Zone of plain dates.
    #[ts(optional)]
    pub timezone: Option<String>,
    /// Only the newest so many.
    #[ts(optional)]
    pub limit: Option<usize>,
    /// Only catalysts that matter at least so much, 1 to 10.
    #[ts(optional)]
    pub min_severity: Option<u8>,
}

/// A request that was read.
pub(super) struct Asked {
    ledger: Ledger,
    pub coin: Option<Coin>,
    kinds: Vec<ObservationKind>,
    prices: bool,
    references: bool,
    pub source: Option<Name>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub as_of: Option<Timestamp>,
    pub limit: Option<usize>,
    min_severity: Option<u8>,
}

fn read(request: &LedgerRequest) -> Result<Asked> {
    let ledger = Ledger::parse(&request.ledger).ok_or_else(|| {
        let names = Ledger::ALL.map(Ledger::as_str).join(", ");
        Error::usage("unknown_ledger", format!("'{}' is no ledger: use {names}", ledgers::inert(&request.ledger)))
    })?;
    let zone = request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
    let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, zone)).transpose();
    let mut kinds: Vec<ObservationKind> = ObservationKind::of(ledger).collect();
    let (mut prices, mut references) = (ledger == Ledger::Exchange, ledger == Ledger::Exchange);
    if let Some(kind) = request.kind.as_deref() {
        let mut known: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        known.extend(prices.then_some(PRICE));
        known.extend(references.then_some(REFERENCE));
        if !known.contains(&kind) {
            let words =
                if known.is_empty() { "it has none yet".to_owned() } else { format!("use {}", known.join(", ")) };
            let shown = ledgers::inert(kind);
            return Err(Error::usage("unknown_kind", format!("'{shown}' is no kind of the {ledger} ledger: {words}")));
        }
        prices &= kind == PRICE;
        references &= kind == REFERENCE;
        kinds.retain(|known| known.as_str() == kind);
    }
    Ok(Asked {
        ledger,
        coin: request.coin.as_deref().map(parse_coin).transpose()?,
        kinds,
        prices,
        references,
        source: request.source.as_deref().map(super::market::feed_id).transpose()?,
        from: time(&request.from)?,
        to: time(&request.to)?,
        as_of: time(&request.as_of)?,
        limit: request.limit,
        min_severity: request.min_severity,
    })
}

fn said(payload: Payload) -> Said {
    match payload {
        Payload::News { title, url, summary, outlet, author } => Said::News { title, url, summary, outlet, author },
        Payload::FearGreed { value, label } => Said::Mood { value, label },
        Payload::Announcement { title, url, text, section, edited_at } => {
            Said::Announcement { title, url, text, section: section.map(|section| section.to_string()), edited_at }
        }
        Payload::Post { title, url, text, community, author, score, comments } => {
            Said::Post { title, url, text, community, author, score, comments }
        }
        Payload::Filing { accession, form, items, filer, cik, title, url, report_date } => {
            Said::Filing { accession, form, items, filer, cik, title, url, report_date }
        }
        Payload::Event { rule, subject, title, detail, severity: _ } => {
            Said::Event { rule: rule.as_str().to_owned(), subject, title, detail }
        }
        Payload::Tvl(figure)
        | Payload::Fees(figure)
        | Payload::Revenue(figure)
        | Payload::ChainTvl(figure)
        | Payload::StablecoinSupply(figure) => Said::Figure {
            subject: figure.subject,
            name: figure.name,
            amount: SerialDecimal(figure.amount.amount()),
            currency: figure.amount.currency().to_string(),
        },
        Payload::Treasury { company, symbol, coin: _, holdings, value } => Said::Treasury {
            company,
            symbol,
            holdings,
            value: value.map(|value| SerialDecimal(value.amount())),
            currency: value.map(|value| value.currency().to_string()),
        },
    }
}

fn row_of(stored: StoredObservation, asked: Option<Coin>, meaning: Option<MeaningRow>) -> ObservationRow {
    let id = stored.id();
    let observation = stored.observation;
    ObservationRow {
        id,
        kind: observation.kind().as_str().to_owned(),
        coin: asked.or_else(|| observation.coins.first().copied()),
        coins: observation.coins,
        event_time: observation.event_time,
        published_at: observation.published_at,
        first_seen: stored.first_seen,
        revision: stored.revision,
        source: observation.source,
        said: said(observation.payload),
        meaning,
    }
}

/// A change of a price: it happened for us when it was seen, and is never revised.
fn price_row(quote: &Quote) -> ObservationRow {
    let source = source_of(quote.kind);
    ObservationRow {
        id: format!("{source}:{}:{}", quote.coin, quote.seen.micros()),
        kind: PRICE.to_owned(),
        source: source.to_owned(),
        coin: Some(quote.coin),
        coins: vec![quote.coin],
        event_time: quote.seen,
        published_at: None,
        first_seen: quote.seen,
        revision: 1,
        said: Said::Price { market: format!("{}/AUD", quote.coin), bid: quote.bid, ask: quote.ask, last: quote.last },
        meaning: None,
    }
}

const fn source_of(kind: QuoteKind) -> &'static str {
    match kind {
        QuoteKind::Book => PRICES_SOURCE.name,
        QuoteKind::Instant => COIN_LIST_SOURCE.name,
    }
}

impl Workstation {
    /// What a ledger holds, oldest event first: each thing in its newest wording, or as it was known at a moment.
    ///
    /// # Errors
    /// A bad ledger, coin, kind, source or time; the store's.
    pub async fn ledger(&self, request: &LedgerRequest) -> Result<LedgerView> {
        let asked = read(request)?;
        let mut observations = Vec::new();
        if !asked.kinds.is_empty() {
            let filter = ObservationFilter {
                kinds: Some(asked.kinds.clone()),
                source: asked.source.clone(),
                coin: asked.coin,
                from: asked.from,
                to: asked.to,
                as_of: asked.as_of,
                // How much something matters is judged after it was read.
                limit: asked.limit.filter(|_| asked.min_severity.is_none()),
            };
            let stored = self.store().observations(&filter).await?;
            let meanings = give_meaning(&stored);
            let rows = stored.into_iter().zip(meanings).map(|(stored, meaning)| row_of(stored, asked.coin, meaning));
            observations.extend(rows);
        }
        if asked.prices {
            observations.extend(self.price_rows(&asked).await?);
        }
        if asked.references {
            observations.extend(self.reference_rows(&asked).await?);
        }
        if asked.prices || asked.references {
            observations.sort_by_key(|row| row.event_time);
        }
        if let Some(least) = asked.min_severity {
            let severity = |row: &ObservationRow| row.meaning.as_ref().and_then(|meaning| meaning.severity);
            observations.retain(|row| severity(row).is_some_and(|severity| severity >= least));
        }
        let skip = observations.len().saturating_sub(asked.limit.unwrap_or(usize::MAX));
        observations.drain(..skip);
        Ok(LedgerView { ledger: asked.ledger.as_str().to_owned(), observations })
    }

    async fn price_rows(&self, asked: &Asked) -> Result<Vec<ObservationRow>> {
        let end = Timestamp::from_micros(i64::MAX);
        // Seen at the moment itself counts as known.
        let known = asked.as_of.map_or(end, |moment| moment.plus_micros(1));
        let (from, to) = (asked.from.unwrap_or(Timestamp::from_micros(i64::MIN)), asked.to.unwrap_or(end).min(known));
        let wanted =
            |quote: &Quote| asked.source.as_ref().is_none_or(|source| source.as_str() == source_of(quote.kind));
        // A limit of rows of one source can't be given to the store, which doesn't know sources.
        let limit = if asked.source.is_none() { asked.limit } else { None };
        let quotes = self.store().newest_ticks(asked.coin, from, to, limit).await?;
        Ok(quotes.iter().filter(|quote| wanted(quote)).map(price_row).collect())
    }
}
