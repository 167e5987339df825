//! The trade history for a reader: searched, filtered, sorted and summed, a page at a time; and one trade with all that
//! led to it.
//!
//! Invariants: a page is bounded whatever is asked for; the rows are those the books keep in memory, and the same question on
//! the same rows is answered from memory too.
//! Deliberately absent: movements, which are no trades.

mod select;

use super::JournalRequest;
use super::books::{amount, parse_book, parse_coin, trade_view};
use super::labels::word_of;
use crate::dto::{
    History, JournalEntry, ParcelPart, SerialDecimal, TagView, TradeLine, TradeStory, TradeSums, TradesPage,
    TradesRequest,
};
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Result, Workstation};
use books::{Books, Disposal, PnlQuery, Turnover};
use chrono_tz::Tz;
use domain::{Book, Coin, Fact, Name, OrderId, Side, TradeId, TradeRow};
use select::{Group, Known, Picked, Selection, Sort, place};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use store::{FactPlace, RecordedTrade};

const PAGE: usize = 200;
const PAGE_MAX: usize = 1_000;
/// The longest search, and the most words of it.
const SEARCH_MAX: usize = 200;
const WORDS_MAX: usize = 8;
/// A shorter word is not looked for in ids: it would stand in most of them.
const ID_WORD_MIN: usize = 4;
/// Facts of an order's life that are told.
const STEPS_MAX: usize = 200;
/// Parts of parcels that are told of one trade.
const PARCELS_MAX: usize = 1_000;

/// An answered question: where its trades stand, in order, and their sums. Kept until another is asked or a trade comes.
pub(crate) struct Answered {
    request: TradesRequest,
    /// Which state of the rows.
    state: u64,
    tags: HashMap<FactPlace, Name>,
    all: usize,
    places: Vec<FactPlace>,
    found: Turnover,
    groups: Vec<(String, Turnover)>,
}

fn one_of<T: Copy>(known: &[(&str, T)], text: &str, code: &'static str) -> Result<T> {
    known.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        Error::usage(code, format!("'{}' is none of {}", ledgers::inert(text), names.join(", ")))
    })
}

fn told(key: &str, sums: &Turnover) -> TradeSums {
    TradeSums {
        key: key.to_owned(),
        trades: sums.trades(),
        bought: sums.bought().map(SerialDecimal),
        sold: sums.sold().map(SerialDecimal),
        fees: sums.fees().map(SerialDecimal),
    }
}

fn line(recorded: &RecordedTrade, tags: &HashMap<FactPlace, Name>) -> TradeLine {
    let tag = tags.get(&FactPlace { device: recorded.device, seq: recorded.seq });
    TradeLine {
        trade: trade_view(recorded),
        value: recorded.trade.value().ok().map(|value| SerialDecimal(value.amount())),
        tag: tag.map(ToString::to_string),
    }
}

/// A question read: which trades, their order, and what they are summed by.
struct Question {
    book: Book,
    zone: Tz,
    sort: Sort,
    group: Option<Group>,
    words: Vec<String>,
}

fn read(request: &TradesRequest) -> Result<Question> {
    let search = request.search.as_deref().unwrap_or_default();
    let words: Vec<String> = search.split_whitespace().map(str::to_owned).collect();
    if search.len() > SEARCH_MAX || words.len() > WORDS_MAX {
        let most = format!("a search has at most {WORDS_MAX} words and {SEARCH_MAX} letters");
        return Err(Error::usage("search_too_long", most));
    }
    Ok(Question {
        book: request.book.as_deref().map_or(Ok(Book::Live), parse_book)?,
        zone: request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?,
        sort: request.sort.as_deref().map_or(Ok(Sort::Time), |text| one_of(&Sort::ALL, text, "bad_sort"))?,
        group: request.group.as_deref().map(|text| one_of(&Group::ALL, text, "bad_group")).transpose()?,
        words,
    })
}

fn selection(request: &TradesRequest, question: &Question, known: &Known) -> Result<Selection> {
    let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, question.zone)).transpose();
    let coin = request.coin.as_deref().map(parse_coin).transpose()?;
    // What never traded has a number no row carries: an empty answer, not an error.
    let coin = coin.map(|coin| known.coins.iter().find(|(_, of)| **of == coin).map_or(u32::MAX, |(number, _)| *number));
    let named = |name: &str| known.names.iter().find(|(_, of)| of.as_str() == name).map_or(u32::MAX, |(no, _)| *no);
    let algorithm = request.algorithm.as_deref().map(|name| if name == "manual" { 0 } else { named(name) });
    let sides = [("buy", Side::Buy), ("sell", Side::Sell)];
    let side = request.side.as_deref().map(|text| one_of(&sides, text, "bad_side")).transpose()?;
    Ok(Selection {
        coin,
        side,
        algorithm,
        tag: request.tag.clone(),
        from: time(&request.from)?,
        to: time(&request.to)?,
        ..Selection::default()
    })
}

impl Workstation {
    /// A page of the trade history, with sums over all that was found.
    ///
    /// # Errors
    /// `bad_book`, `bad_coin`, `bad_side`, `bad_sort`, `bad_group`, `bad_time`, `bad_timezone`, `search_too_long`; the
    /// store's.
    pub async fn trades(&self, request: &TradesRequest) -> Result<TradesPage> {
        let question = read(request)?;
        let tags = self.tags().await?;
        let answered = self.answered(request, &question, &tags).await?;
        let offset = request.offset.unwrap_or(0).min(answered.places.len());
        let limit = request.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
        let page = answered.places.iter().skip(offset).take(limit).map(|place| (place.device, place.seq));
        let page: Vec<(u32, u64)> = page.collect();
        let trades = self.store().trades_at(&page).await?;
        Ok(TradesPage {
            all: answered.all,
            found: told("", &answered.found),
            offset,
            trades: trades.iter().map(|trade| line(trade, &tags)).collect(),
            groups: answered.groups.iter().map(|(key, sums)| told(key, sums)).collect(),
        })
    }

    /// All trades that are found, oldest first; with a limit the newest so many. What orders and pages them is not looked at.
    ///
    /// # Errors
    /// As [`Self::trades`].
    pub async fn history(&self, request: &TradesRequest) -> Result<History> {
        let by_time = TradesRequest { sort: None, ascending: Some(true), group: None, ..request.clone() };
        let answered = self.answered(&by_time, &read(&by_time)?, &self.tags().await?).await?;
        let skipped = request.limit.map_or(0, |limit| answered.places.len().saturating_sub(limit));
        let places: Vec<(u32, u64)> = answered.places.iter().skip(skipped).map(|at| (at.device, at.seq)).collect();
        drop(answered);
        let trades = self.store().trades_at(&places).await?;
        Ok(History { trades: trades.iter().map(trade_view).collect() })
    }

    /// The answer of before, if nothing it rests on changed; else a new one.
    async fn answered(
        &self,
        request: &TradesRequest,
        question: &Question,
        tags: &HashMap<FactPlace, Name>,
    ) -> Result<Arc<Answered>> {
        let request = TradesRequest { offset: None, limit: None, ..request.clone() };
        let mut kept = self.inner.history.lock().await;
        let (state, rows, coins, names) = self.history_rows(question.book).await?;
        let same = |before: &&Arc<Answered>| before.request == request && before.state == state && before.tags == *tags;
        if let Some(before) = kept.as_ref().filter(same) {
            return Ok(Arc::clone(before));
        }
        *kept = None; // its places are not to lie beside the new ones
        let known = Known { coins, names, tags: tags.clone() };
        let mut selection = selection(&request, question, &known)?;
        for word in &question.words {
            // What names a coin, a side or a day is not looked for in a million ids as well.
            let in_ids = word.chars().count() >= ID_WORD_MIN && !select::is_name(word, &known, question.zone);
            let said = if in_ids { self.store().trades_saying(word).await? } else { HashSet::new() };
            selection.word(word, said, &known, question.zone);
        }
        let (sort, ascending) = (question.sort, request.ascending.unwrap_or(false));
        let (group, zone) = (question.group, question.zone);
        let find = move || {
            let mut picked = Picked { rows: &rows, at: selection.of(&rows, &known) };
            let all = rows.iter().filter(|row| row.is_trade()).count();
            let found = select::summed(&picked);
            let groups = group.map(|by| select::grouped(&picked, by, &known, zone)).unwrap_or_default();
            picked.sort(sort, ascending, &known);
            let places = picked.iter().map(place).collect();
            Answered { request, state, tags: known.tags, all, places, found, groups }
        };
        // A million rows are sorted aside: the desk goes on meanwhile.
        let answered = tokio::task::spawn_blocking(find)
            .await
            .map_err(|error| Error::Halted(format!("the history could not be sorted: {error}")))?;
        let answered = Arc::new(answered);
        *kept = Some(Arc::clone(&answered));
        Ok(answered)
    }

    /// All trades of a book among other rows, the names behind their numbers, and which state of them this is.
    async fn history_rows(
        &self,
        book: Book,
    ) -> Result<(u64, Arc<Vec<TradeRow>>, BTreeMap<u32, Coin>, BTreeMap<u32, Name>)> {
        let kept = self.shelf(book).await?.trades()?;
        let rows = match kept.rows {
            Some(rows) => rows,
            None => Arc::new(self.store().load_rows(Some(book)).await?),
        };
        Ok((kept.state, rows, kept.coins, kept.names))
    }

    /// Puts labels on a trade, several with commas between, or takes them off when there is none.
    ///
    /// # Errors
    /// `unknown_trade`, `bad_tag`; the store's.
    pub async fn tag_trade(&self, trade: &str, tag: &str) -> Result<TagView> {
        let recorded = self.one_trade(trade).await?;
        let tag = word_of(tag)?;
        let view = TagView { trade: recorded.id, tag: tag.as_ref().map(ToString::to_string) };
        self.store().append(&[Fact::TradeTagged { trade: recorded.id, tag }], self.now()).await?;
        Ok(view)
    }

    async fn one_trade(&self, trade: &str) -> Result<RecordedTrade> {
        let id = TradeId::parse(trade).map_err(|error| Error::usage("bad_trade_id", error.to_string()))?;
        let found = self.store().trades_by_id(&[id]).await?.into_iter().next();
        found.ok_or_else(|| {
            Error::refused("unknown_trade", format!("there is no trade {id}: take an id the history gave"))
        })
    }

    /// One trade: its parcels, and what its order went through.
    ///
    /// # Errors
    /// `bad_trade_id`, `unknown_trade`; the store's.
    pub async fn trade_story(&self, trade: &str) -> Result<TradeStory> {
        let recorded = self.one_trade(trade).await?;
        let (steps, evidence) = match recorded.trade.order {
            Some(order) => (self.steps_of(order).await?, self.evidence_of(order).await?),
            None => (Vec::new(), Vec::new()),
        };
        Ok(TradeStory {
            line: line(&recorded, &self.tags().await?),
            seq: recorded.seq,
            recorded_at: recorded.recorded_at,
            hash: self.store().hash_at(FactPlace { device: recorded.device, seq: recorded.seq }).await?.to_string(),
            parcels: self.slices_of(&recorded).await?,
            steps,
            evidence,
        })
    }

    /// What an order went through, in words.
    async fn steps_of(&self, order: OrderId) -> Result<Vec<JournalEntry>> {
        let request = JournalRequest {
            order: Some(order.to_string()),
            oldest_first: Some(true),
            limit: Some(STEPS_MAX),
            ..JournalRequest::default()
        };
        Ok(self.journal(&request).await?.entries)
    }

    /// What the algorithm behind an order had looked at.
    async fn evidence_of(&self, order: OrderId) -> Result<Vec<String>> {
        let here = self.desk().await?.orders.get(order).cloned();
        let order = if here.is_some() { here } else { self.past_order(order).await? };
        let signal = order.as_ref().and_then(|order| order.terms().signal.as_ref());
        Ok(signal.map(|signal| signal.evidence.iter().map(|seen| ledgers::inert(seen)).collect()).unwrap_or_default())
    }

    /// The parcels a sale used, or the sales that used what was bought.
    async fn slices_of(&self, recorded: &RecordedTrade) -> Result<Vec<ParcelPart>> {
        let book = recorded.trade.book;
        let ledgered = self.ledgered(book).await?;
        let Some(coin) = ledgered.coin_number(recorded.trade.coin) else { return Ok(Vec::new()) };
        let mut books = Books::new(PnlQuery { coin: Some(coin), picks: self.picks().await?, ..PnlQuery::of(book) });
        let (mut parts, here) = (Vec::new(), (recorded.device, recorded.seq));
        let mut take = |part: &Disposal| {
            let own = [&part.parcel, &part.sale].into_iter().any(|row| (row.device, row.seq) == here);
            if own && parts.len() < PARCELS_MAX {
                parts.push(*part);
            }
        };
        for row in ledgered.rows.iter().filter(|row| row.coin == coin) {
            books.apply_each(row, &mut take)?;
        }
        let place = |part: &Disposal| (part.parcel.device, part.parcel.seq);
        let ids = self.store().trade_ids(&parts.iter().map(place).collect::<Vec<_>>()).await?;
        let view = |part: &Disposal| ParcelPart {
            id: ids.get(&place(part)).map(ToString::to_string),
            acquired: part.acquired,
            disposed: Some(part.disposed),
            quantity: part.quantity,
            cost: amount(part.cost),
            proceeds: amount(part.proceeds),
            gain: amount(part.gain),
            discount: None,
            days_to_discount: None,
        };
        Ok(parts.iter().map(view).collect())
    }
}

#[cfg(test)]
mod tests;
