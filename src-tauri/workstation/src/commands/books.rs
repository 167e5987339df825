//! Questions to the books: history, positions and P&L.

use super::labels::Labelled;
pub(crate) use super::ledgered::Ledgered;
use crate::dto::{
    ParcelView, Pnl, PnlGroup, PnlRequest, PositionView, Positions, SerialDecimal, TradeView, UnknownBasis,
};
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Result, Workstation};
use books::{GroupBy, GroupKey, Method, Metric, PnlQuery, PnlReport, Question, Unsettled};
use domain::{Book, Coin, Decimal, Money};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use store::RecordedTrade;

/// Reads `paper` or `live`.
///
/// # Errors
/// `bad_book`.
pub fn parse_book(text: &str) -> Result<Book> {
    match text {
        "paper" => Ok(Book::Paper),
        "live" => Ok(Book::Live),
        _ => Err(Error::usage("bad_book", format!("'{text}' is no book: use paper or live"))),
    }
}

pub(crate) fn parse_coin(text: &str) -> Result<Coin> {
    Coin::parse(text).map_err(|error| Error::usage("bad_coin", error.to_string()))
}

impl Workstation {
    /// What is held, coin by coin, valued at the bid.
    ///
    /// # Errors
    /// A bad coin, or the store's.
    pub async fn positions(&self, book: Book, coin: Option<&str>) -> Result<Positions> {
        let coin = coin.map(parse_coin).transpose()?;
        let query = PnlQuery { picks: self.picks().await?, ..PnlQuery::of(book) };
        let mut shelf = self.shelf(book).await?;
        let ledgered = self.ledgered_of(&shelf).await?;
        let held = shelf.books(&query)?.positions(&|number| ledgered.price(number))?;
        let mut positions = held.into_iter().map(|held| position_view(held, &ledgered)).collect::<Result<Vec<_>>>()?;
        positions.retain(|position| coin.is_none_or(|coin| position.coin == coin));
        positions.sort_by_key(|position| position.coin);
        Ok(Positions { positions })
    }

    /// Realised and unrealised P&L.
    ///
    /// # Errors
    /// A bad request, or the store's.
    pub async fn pnl(&self, request: &PnlRequest) -> Result<Pnl> {
        let book = request.book.as_deref().map_or(Ok(Book::Live), parse_book)?;
        let method = parse_method(request.method.as_deref())?;
        let zone = request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
        let by = request.by.as_deref().map(parse_group).transpose()?;
        let coin = request.coin.as_deref().map(parse_coin).transpose()?;
        let from = request.from.as_deref().map(|text| moment(text, zone)).transpose()?;
        let to = request.to.as_deref().map(|text| moment(text, zone)).transpose()?;
        let picks = self.picks().await?;
        let mut shelf = self.shelf(book).await?;
        let ledgered = self.ledgered_of(&shelf).await?;
        let by_label = by == Some(GroupBy::Label);
        let labelled = if by_label { self.labelled().await? } else { Labelled::default() };
        // A name that never traded has a number no row carries: an empty answer, not an error.
        let query = PnlQuery {
            method,
            by: by.unwrap_or_default(),
            coin: coin.map(|coin| ledgered.coin_number(coin).unwrap_or(u32::MAX)),
            algorithm: request.algorithm.as_deref().map(|name| ledgered.algorithm_number(name).unwrap_or(u32::MAX)),
            from,
            to,
            zone,
            picks,
            labels: labelled.labels.clone(),
            ..PnlQuery::of(book)
        };
        // Which prices were looked at is which coins are held.
        let held_by_hand = RefCell::new(BTreeSet::new());
        let price = |number: u32| {
            if ledgered.by_hand.contains(&number) {
                held_by_hand.borrow_mut().insert(number);
            }
            ledgered.price(number)
        };
        let report = shelf.books(&query)?.report(&price)?;
        let held_by_hand: Vec<u32> = held_by_hand.into_inner().into_iter().collect();
        pnl_view(report, by.is_some(), &ledgered, &labelled, &held_by_hand)
    }
}

pub(crate) fn parse_method(method: Option<&str>) -> Result<Method> {
    let Some(name) = method else { return Ok(Method::default()) };
    let known = Method::ALL.map(Method::code).join(", ");
    Method::parse(name).ok_or_else(|| Error::usage("bad_method", format!("'{name}' is no method: use {known}")))
}

fn parse_group(text: &str) -> Result<GroupBy> {
    Ok(match text {
        "coin" => GroupBy::Coin,
        "algorithm" => GroupBy::Algorithm,
        "day" => GroupBy::Day,
        "week" => GroupBy::Week,
        "month" => GroupBy::Month,
        "year" => GroupBy::Year,
        "tag" => GroupBy::Label,
        _ => {
            let words = format!("'{text}' is no grouping: use coin, algorithm, tag, day, week, month or year");
            return Err(Error::usage("bad_group", words));
        }
    })
}

pub(crate) fn amount(money: Money) -> SerialDecimal {
    SerialDecimal(money.amount())
}

/// A trade as both faces show it.
pub(crate) fn trade_view(recorded: &RecordedTrade) -> TradeView {
    let trade = &recorded.trade;
    TradeView {
        id: recorded.id,
        time: trade.time,
        coin: trade.coin,
        side: trade.side,
        quantity: trade.quantity,
        price: trade.price,
        fee: amount(trade.fee),
        algorithm: trade.algorithm.as_ref().map(ToString::to_string),
        book: trade.book,
        venue: trade.venue.as_ref().map(ToString::to_string),
        external_id: trade.external_id.clone(),
        order_id: trade.order,
    }
}

fn position_view(held: books::Position, ledgered: &Ledgered) -> Result<PositionView> {
    let parcels = held
        .parcels
        .iter()
        .map(|parcel| ParcelView {
            acquired: parcel.acquired,
            quantity: parcel.quantity,
            cost: parcel.cost.map(amount),
        })
        .collect();
    Ok(PositionView {
        coin: ledgered.coin(held.coin)?,
        quantity: held.quantity,
        cost: amount(held.cost),
        average_price: held.average_price.map(amount),
        market_value: held.market_value.map(amount),
        dust: held.market_value.is_some_and(floor::is_dust),
        unrealised: held.unrealised.map(amount),
        price_age_s: held.price_age_s,
        valued_at: ledgered.valued_at(held.coin).map(|by| by.code().to_owned()),
        parcels,
    })
}

fn pnl_view(
    mut report: PnlReport,
    grouped: bool,
    ledgered: &Ledgered,
    labelled: &Labelled,
    held_by_hand: &[u32],
) -> Result<Pnl> {
    let key = |key: &GroupKey| -> Result<String> {
        Ok(match key {
            GroupKey::Coin(number) => ledgered.coin(*number)?.to_string(),
            GroupKey::Algorithm(number) => ledgered.algorithm(*number),
            GroupKey::Period(period) => period.clone(),
            GroupKey::Label(number) => labelled.name(*number),
        })
    };
    let group = |group: &books::Group| -> Result<PnlGroup> {
        Ok(PnlGroup {
            key: key(&group.key)?,
            realised: amount(group.realised),
            unrealised: group.unrealised.map(amount),
            fees: amount(group.fees),
            quantity: group.quantity.map(|quantity| SerialDecimal(quantity.decimal())),
            cost: amount(group.cost),
            trades: group.trades,
            wins: group.wins,
            losses: group.losses,
        })
    };
    let mut groups: Vec<PnlGroup> =
        if grouped { report.groups.iter().map(group).collect::<Result<_>>()? } else { Vec::new() };
    if !report.groups.iter().any(|group| matches!(group.key, GroupKey::Period(_))) {
        groups.sort_by(|one, other| one.key.cmp(&other.key));
    }
    // By name: the numbers of coins are another on every machine.
    report.unpriced.sort_by_key(|number| ledgered.coin(*number).ok());
    report.unknown_basis.sort_by_key(|lost| ledgered.coin(lost.coin).ok());
    report.no_price.sort_by_key(|of| ledgered.coin(of.coin).ok());
    let mut notes: Vec<String> = report.note.iter().map(ToString::to_string).collect();
    notes.extend(no_price_words(&report.no_price, ledgered)?);
    notes.extend(unexplained_words(&ledgered.questions));
    notes.extend(by_hand_words(held_by_hand, ledgered)?);
    notes.extend(ledgered.afresh());
    Ok(Pnl {
        method: report.method.code().to_owned(),
        from: report.from,
        to: report.to,
        realised: amount(report.realised),
        unrealised: report.unrealised.map(amount),
        total: report.total.map(amount),
        fees: amount(report.fees),
        income: amount(report.income),
        received: amount(report.received),
        spent: amount(report.spent),
        proceeds: amount(report.proceeds),
        cost: amount(report.cost),
        groups,
        metrics: metrics(&report.metrics),
        unpriced: report.unpriced.iter().map(|number| ledgered.coin(*number)).collect::<Result<_>>()?,
        unknown_basis: unknown_basis(&report.unknown_basis, ledgered)?,
        no_price: no_price(&report.no_price, ledgered)?,
        notes,
    })
}

/// Coins valued at the trader's own word, in words; nothing when there is none.
fn by_hand_words(coins: &[u32], ledgered: &Ledgered) -> Result<Option<String>> {
    let named = |number: &u32| Ok(ledgered.coin(*number)?.to_string());
    let mut coins = coins.iter().map(named).collect::<Result<Vec<_>>>()?;
    coins.sort();
    let words = || format!("Valued at a price given by hand, for lack of a quote: {}.", coins.join(", "));
    Ok((!coins.is_empty()).then(words))
}

/// Coins sold that were never seen coming in, by name.
pub(crate) fn unknown_basis(unknown: &[books::UnknownBasis], ledgered: &Ledgered) -> Result<Vec<UnknownBasis>> {
    let named = |lost: &books::UnknownBasis| -> Result<UnknownBasis> {
        Ok(UnknownBasis { coin: ledgered.coin(lost.coin)?, quantity: SerialDecimal(lost.quantity.decimal()) })
    };
    unknown.iter().map(named).collect()
}

/// Coins that went at no known price, by name.
fn no_price(gone: &[books::NoPrice], ledgered: &Ledgered) -> Result<Vec<UnknownBasis>> {
    let named = |of: &books::NoPrice| -> Result<UnknownBasis> {
        Ok(UnknownBasis { coin: ledgered.coin(of.coin)?, quantity: SerialDecimal(of.quantity.decimal()) })
    };
    gone.iter().map(named).collect()
}

/// What went at no known price, in words; nothing when there is none.
pub(crate) fn no_price_words(gone: &[books::NoPrice], ledgered: &Ledgered) -> Result<Option<String>> {
    let coins = gone.iter().map(|of| Ok(format!("{} {}", of.quantity, ledgered.coin(of.coin)?)));
    let coins = coins.collect::<Result<Vec<_>>>()?;
    let words = || format!("Unresolved: gone at no known price, and in no figure: {}.", coins.join(", "));
    Ok((!coins.is_empty()).then(words))
}

/// Movements nobody has explained, in words; nothing when there is none.
pub(crate) fn unexplained_words(questions: &[Question]) -> Option<String> {
    let count = questions.iter().filter(|question| question.standing == Unsettled::Unexplained).count();
    let movements = if count == 1 { "movement has" } else { "movements have" };
    (count > 0).then(|| format!("Unresolved: {count} {movements} no reason yet and changed no figure."))
}

/// Figures about the sales. One there is too little data for is null.
fn metrics(metrics: &books::Metrics) -> BTreeMap<String, Option<SerialDecimal>> {
    let money = |metric: Metric<Money>| metric.ok().map(amount);
    let ratio = |metric: Metric<Decimal>| metric.ok().map(SerialDecimal);
    BTreeMap::from([
        ("win_rate".to_owned(), ratio(metrics.win_rate)),
        ("profit_factor".to_owned(), ratio(metrics.profit_factor)),
        ("average_win".to_owned(), money(metrics.average_win)),
        ("average_loss".to_owned(), money(metrics.average_loss)),
        ("largest_win".to_owned(), money(metrics.largest_win)),
        ("largest_loss".to_owned(), money(metrics.largest_loss)),
    ])
}
