//! What the private replies say. Numbers come as numbers or as text; both are read digit by digit.

use crate::error::CoinSpotError;
use crate::parse::{Refusal, check_status, coin, decimal, json, positive, price};
use domain::{Coin, Decimal, Price, Quantity, Side, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What the account owns of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// `AUD` or a coin's ticker.
    pub of: Coin,
    /// All of it.
    pub total: Quantity,
    /// What no order holds back; only a question for one coin tells.
    pub available: Option<Quantity>,
}

/// An order that rests on the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOrder {
    /// CoinSpot's id.
    pub id: String,
    /// Which side.
    pub side: Side,
    /// The coin.
    pub coin: Coin,
    /// The market, such as `BTC/AUD`.
    pub market: Option<String>,
    /// Coins left to trade.
    pub amount: Quantity,
    /// AUD a coin.
    pub rate: Price,
    /// When it was placed; none when the reply doesn't say readably.
    pub created: Option<Timestamp>,
}

/// A row of the history: something that was executed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Completed {
    /// CoinSpot's id; older replies have none, and it may be the order's or the row's own.
    pub id: Option<String>,
    /// Which side.
    pub side: Side,
    /// The coin.
    pub coin: Coin,
    /// Whether it was an instant trade, a stop or another that never stood on the book; else it met the book.
    pub instant: bool,
    /// The market, such as `BTC/AUD`.
    pub market: String,
    /// Coins.
    pub amount: Quantity,
    /// What a coin cost, in the market's currency, without the fee.
    pub rate: Price,
    /// The fee with its tax, AUD.
    pub fee: Decimal,
    /// What was paid or credited, in the market's currency, when the reply says so.
    pub total: Option<Decimal>,
    /// The same in AUD.
    pub aud_total: Option<Decimal>,
    /// When.
    pub at: Timestamp,
}

/// Which way something moved without a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferKind {
    /// Coins sent to somewhere else.
    Sent,
    /// Coins received from there.
    Received,
    /// Australian dollars paid in.
    Deposit,
    /// Australian dollars paid out.
    Withdrawal,
}

/// Something that moved without a trade.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Transfer {
    /// Which way.
    pub kind: TransferKind,
    /// The coin; `AUD` of money.
    pub coin: Coin,
    /// How many.
    pub amount: Quantity,
    /// What it was worth then, AUD, when the reply says so.
    pub aud: Option<Decimal>,
    /// Coins the network took, as told of what was sent.
    pub fee: Option<Quantity>,
    /// An address, or a bank's reference.
    pub party: Option<String>,
    /// The transaction's hash, when the reply has it.
    pub txid: Option<String>,
    /// Of money: how it stands, in CoinSpot's word.
    pub status: Option<String>,
    /// When.
    pub at: Timestamp,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    status: Option<String>,
    message: Option<String>,
    #[serde(borrow)]
    balances: Option<Vec<BTreeMap<String, Holding<'a>>>>,
    #[serde(borrow)]
    balance: Option<BTreeMap<String, Holding<'a>>>,
    #[serde(borrow)]
    buyorders: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    sellorders: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    rate: Option<&'a RawValue>,
    #[serde(borrow)]
    sendtransactions: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    receivetransactions: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    deposits: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    withdrawals: Option<Vec<Row<'a>>>,
}

#[derive(Deserialize)]
struct Holding<'a> {
    #[serde(borrow)]
    balance: Option<&'a RawValue>,
    #[serde(borrow)]
    available: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: Option<String>,
    coin: Option<String>,
    market: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    #[serde(borrow)]
    rate: Option<&'a RawValue>,
    created: Option<String>,
    solddate: Option<String>,
    #[serde(borrow, rename = "audfeeExGst")]
    fee: Option<&'a RawValue>,
    #[serde(borrow, rename = "audGst")]
    gst: Option<&'a RawValue>,
    #[serde(borrow)]
    total: Option<&'a RawValue>,
    #[serde(borrow)]
    audtotal: Option<&'a RawValue>,
    #[serde(borrow)]
    aud: Option<&'a RawValue>,
    #[serde(borrow)]
    sendfee: Option<&'a RawValue>,
    timestamp: Option<String>,
    address: Option<String>,
    reference: Option<String>,
    txid: Option<String>,
    status: Option<String>,
}

/// Whether a market trades for Australian dollars.
pub fn is_aud(market: &str) -> bool {
    market.rsplit_once('/').is_some_and(|(_, currency)| currency.eq_ignore_ascii_case("AUD"))
}

/// That a call worked, whatever else it says.
pub fn worked(body: &[u8]) -> Result<(), CoinSpotError> {
    envelope("account", body).map(|_| ())
}

/// The rate of an instant trade.
pub fn quote(body: &[u8]) -> Result<Price, CoinSpotError> {
    const WHAT: &str = "quote";
    let envelope = envelope(WHAT, body)?;
    decimal("rate", envelope.rate).and_then(|rate| price("rate", rate)).map_err(unusable(WHAT))
}

/// Reads a reply and its envelope.
fn envelope<'a>(what: &'static str, body: &'a [u8]) -> Result<Envelope<'a>, CoinSpotError> {
    let envelope: Envelope<'a> = json(what, body)?;
    check_status(what, envelope.status.as_deref(), envelope.message.as_deref())?;
    Ok(envelope)
}

/// A whole reply is needed here: one row that can't be read makes it unusable, since balances and histories are compared
/// with what we know.
fn unusable(what: &'static str) -> impl Fn(Refusal) -> CoinSpotError {
    move |refusal| CoinSpotError::SchemaChanged { what, reason: refusal.reason }
}

fn quantity(field: &str, raw: Option<&RawValue>) -> Result<Quantity, Refusal> {
    Quantity::new(decimal(field, raw)?).map_err(|error| positive(field, &error))
}

fn holding(key: &str, holding: &Holding<'_>) -> Result<Balance, Refusal> {
    let (of, _) = coin(key)?;
    let total = quantity("balance", holding.balance)?;
    let available = holding.available.map(|raw| quantity("available", Some(raw))).transpose()?;
    Ok(Balance { of, total, available })
}

/// All balances.
pub fn balances(body: &[u8]) -> Result<Vec<Balance>, CoinSpotError> {
    const WHAT: &str = "balances";
    let missing = || CoinSpotError::SchemaChanged { what: WHAT, reason: "it has no balances".to_owned() };
    let all = envelope(WHAT, body)?.balances.ok_or_else(missing)?;
    all.iter().flatten().map(|(key, held)| holding(key, held).map_err(unusable(WHAT))).collect()
}

/// The balance of one coin.
pub fn balance(body: &[u8]) -> Result<Balance, CoinSpotError> {
    const WHAT: &str = "balance";
    let missing = || CoinSpotError::SchemaChanged { what: WHAT, reason: "it has no balance".to_owned() };
    let found = envelope(WHAT, body)?.balance.ok_or_else(missing)?;
    let (key, held) = found.first_key_value().ok_or_else(missing)?;
    holding(key, held).map_err(unusable(WHAT))
}

fn both_sides<T>(
    what: &'static str,
    body: &[u8],
    read: impl Fn(Side, &Row<'_>) -> Result<T, Refusal>,
) -> Result<Vec<T>, CoinSpotError> {
    let envelope = envelope(what, body)?;
    let missing = || CoinSpotError::SchemaChanged { what, reason: "it lacks buyorders or sellorders".to_owned() };
    let (buys, sells) = (envelope.buyorders.ok_or_else(missing)?, envelope.sellorders.ok_or_else(missing)?);
    let sided = buys.iter().map(|row| (Side::Buy, row)).chain(sells.iter().map(|row| (Side::Sell, row)));
    sided.map(|(side, row)| read(side, row).map_err(unusable(what))).collect()
}

fn coin_of(row: &Row<'_>) -> Result<Coin, Refusal> {
    let named = row.coin.as_deref().ok_or_else(|| Refusal::new("missing", "coin is missing"))?;
    coin(named).map(|(coin, _)| coin)
}

/// The orders that rest.
pub fn open_orders(body: &[u8]) -> Result<Vec<OpenOrder>, CoinSpotError> {
    both_sides("open orders", body, |side, row| {
        Ok(OpenOrder {
            id: row.id.clone().ok_or_else(|| Refusal::new("missing", "id is missing"))?,
            side,
            coin: coin_of(row)?,
            market: row.market.clone(),
            amount: quantity("amount", row.amount)?,
            rate: price("rate", decimal("rate", row.rate)?)?,
            created: row.created.as_deref().and_then(|text| Timestamp::parse(text).ok()),
        })
    })
}

/// Rows of the history.
pub fn completed(body: &[u8]) -> Result<Vec<Completed>, CoinSpotError> {
    both_sides("completed orders", body, |side, row| {
        let missing = |field: &str| Refusal::new("missing", format!("{field} is missing"));
        let at = row.solddate.as_deref().ok_or_else(|| missing("solddate"))?;
        let at = Timestamp::parse(at).map_err(|error| Refusal::new("bad_time", format!("solddate: {error}")))?;
        let (fee, gst) = (decimal("audfeeExGst", row.fee)?, decimal("audGst", row.gst)?);
        let fee = fee.checked_add(gst).ok_or_else(|| Refusal::new("out_of_range", "the fee is beyond a number"))?;
        Ok(Completed {
            id: row.id.clone(),
            side,
            coin: coin_of(row)?,
            // Older replies name no type; then it may have met the book.
            instant: row.kind.as_deref().is_some_and(|kind| kind != "market"),
            market: row.market.clone().ok_or_else(|| missing("market"))?,
            amount: quantity("amount", row.amount)?,
            rate: price("rate", decimal("rate", row.rate)?)?,
            fee,
            total: row.total.map(|raw| decimal("total", Some(raw))).transpose()?,
            aud_total: row.audtotal.map(|raw| decimal("audtotal", Some(raw))).transpose()?,
            at,
        })
    })
}

/// What was sent and received.
pub fn sends(body: &[u8]) -> Result<Vec<Transfer>, CoinSpotError> {
    const WHAT: &str = "sends and receives";
    let Envelope { sendtransactions, receivetransactions, .. } = envelope(WHAT, body)?;
    moved(WHAT, [(TransferKind::Sent, sendtransactions), (TransferKind::Received, receivetransactions)])
}

/// What was paid in.
pub fn deposits(body: &[u8]) -> Result<Vec<Transfer>, CoinSpotError> {
    moved("deposits", [(TransferKind::Deposit, envelope("deposits", body)?.deposits)])
}

/// What was paid out.
pub fn withdrawals(body: &[u8]) -> Result<Vec<Transfer>, CoinSpotError> {
    moved("withdrawals", [(TransferKind::Withdrawal, envelope("withdrawals", body)?.withdrawals)])
}

fn moved<const N: usize>(
    what: &'static str,
    lists: [(TransferKind, Option<Vec<Row<'_>>>); N],
) -> Result<Vec<Transfer>, CoinSpotError> {
    let mut all = Vec::new();
    for (kind, rows) in lists {
        let missing = || CoinSpotError::SchemaChanged { what, reason: "a list is missing".to_owned() };
        for row in rows.ok_or_else(missing)? {
            all.push(transfer(kind, &row).map_err(unusable(what))?);
        }
    }
    Ok(all)
}

fn transfer(kind: TransferKind, row: &Row<'_>) -> Result<Transfer, Refusal> {
    let is_money = matches!(kind, TransferKind::Deposit | TransferKind::Withdrawal);
    let at = row.timestamp.as_deref().or(row.created.as_deref());
    let at = at.ok_or_else(|| Refusal::new("missing", "its time is missing"))?;
    let at = Timestamp::parse(at).map_err(|error| Refusal::new("bad_time", error.to_string()))?;
    let optional = |field: &str, raw: Option<&RawValue>| raw.map(|raw| decimal(field, Some(raw))).transpose();
    let fee = row.sendfee.map(|raw| quantity("sendfee", Some(raw))).transpose()?;
    let text = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    Ok(Transfer {
        kind,
        coin: if is_money { coin("AUD")?.0 } else { coin_of(row)? },
        amount: quantity("amount", row.amount)?,
        aud: optional("aud", row.aud)?,
        fee: fee.filter(|fee| !fee.is_zero()),
        party: text(if is_money { &row.reference } else { &row.address }),
        txid: text(&row.txid),
        status: text(&row.status),
        at,
    })
}
