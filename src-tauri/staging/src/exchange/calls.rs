//! What each private path answers. Numbers are written digit by digit, as numbers or as text.

use super::account::{COIN_PLACES, Done, INSTANT_FEE, Open, State};
use super::{Call, Dates, Side, Transfer, TransferKind, refused};
use crate::wire::http::{Reply, day_ms, iso_ms};
use crate::world::World;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use std::str::FromStr as _;

/// Rows the history gives when none is asked for, and at most.
const ROWS: usize = 200;
const ROWS_MAX: usize = 500;
const DAY_MS: i64 = 86_400_000;

type Answered = Result<Reply, Reply>;

pub(super) fn answer(state: &mut State, world: &World, now_ms: i64, call: &Call<'_>) -> Answered {
    let parts: Vec<&str> = call.path.split('/').collect();
    match parts.as_slice() {
        ["status"] => Ok(ok("")),
        ["my", "balances"] => Ok(balances(state, world, now_ms)),
        ["my", "balance", coin] => balance(state, world, now_ms, coin),
        ["my", "orders", "market", "open"] => Ok(open_orders(state, call)),
        ["my", "orders", "limit", "open"] => Ok(ok(r#","buyorders":[],"sellorders":[]"#)),
        ["my", "orders", "completed"] => completed(state, now_ms, call, false),
        ["my", "orders", "market", "completed"] => completed(state, now_ms, call, true),
        ["my", "sendreceive"] => {
            let (sent, received) = (TransferKind::Sent, TransferKind::Received);
            transfers(state, now_ms, call, &[("sendtransactions", sent), ("receivetransactions", received)])
        }
        ["my", "deposits"] => transfers(state, now_ms, call, &[("deposits", TransferKind::Deposit)]),
        ["my", "withdrawals"] => transfers(state, now_ms, call, &[("withdrawals", TransferKind::Withdrawal)]),
        ["my", "buy"] => place(state, world, now_ms, call, Side::Buy),
        ["my", "sell"] => place(state, world, now_ms, call, Side::Sell),
        ["quote", "buy", "now"] => quote(world, now_ms, call, Side::Buy),
        ["quote", "sell", "now"] => quote(world, now_ms, call, Side::Sell),
        ["my", "buy", "now"] => instant(state, world, now_ms, call, Side::Buy),
        ["my", "sell", "now"] => instant(state, world, now_ms, call, Side::Sell),
        ["my", "buy", "edit"] => edit(state, world, now_ms, call, Side::Buy),
        ["my", "sell", "edit"] => edit(state, world, now_ms, call, Side::Sell),
        ["my", "buy", "cancel"] => cancel(state, call, Side::Buy),
        ["my", "sell", "cancel"] => cancel(state, call, Side::Sell),
        ["my", "buy", "cancel", "all"] => Ok(cancel_all(state, call, Side::Buy)),
        ["my", "sell", "cancel", "all"] => Ok(cancel_all(state, call, Side::Sell)),
        _ => Err(Reply::not_found(call.path)),
    }
}

fn ok(fields: &str) -> Reply {
    Reply::json(200, format!(r#"{{"status":"ok","message":"ok"{fields}}}"#))
}

fn text<'a>(call: &'a Call<'_>, field: &str) -> Option<&'a str> {
    call.body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn decimal(call: &Call<'_>, field: &str) -> Result<Decimal, Reply> {
    let read = |text: &str| Decimal::from_str(text).ok();
    let found = match call.body.get(field) {
        Some(Value::String(text)) => read(text),
        Some(Value::Number(number)) => read(&number.to_string()),
        _ => None,
    };
    found.ok_or_else(|| refused(400, &format!("{field} is required")))
}

fn coin(call: &Call<'_>) -> Result<String, Reply> {
    text(call, "cointype").map(str::to_uppercase).ok_or_else(|| refused(400, "cointype is required"))
}

/// A number as this exchange writes it.
fn number(state: &State, value: Decimal) -> String {
    let digits = value.normalize();
    if state.habits.numbers_as_text { format!("\"{digits}\"") } else { digits.to_string() }
}

fn worth(world: &World, now_ms: i64, coin: &str) -> Decimal {
    world.at(now_ms).last(coin).unwrap_or_default()
}

fn balance_object(state: &State, world: &World, now_ms: i64, coin: &str, available: bool) -> String {
    let (held, rate) = match coin {
        "AUD" => (state.aud, Decimal::ONE),
        _ => (state.of(coin), worth(world, now_ms, coin)),
    };
    let free = state.available((coin != "AUD").then_some(coin));
    let free = if available { format!(r#","available":{}"#, number(state, free)) } else { String::new() };
    let worth = (held * rate).round_dp(2);
    let (held, worth, rate) = (number(state, held), number(state, worth), number(state, rate));
    format!(r#"{{"{coin}":{{"balance":{held}{free},"audbalance":{worth},"rate":{rate}}}}}"#)
}

fn balances(state: &State, world: &World, now_ms: i64) -> Reply {
    let held = state.coins.iter().filter(|(_, held)| !held.is_zero()).map(|(coin, _)| coin.as_str());
    let rows: Vec<String> =
        ["AUD"].into_iter().chain(held).map(|coin| balance_object(state, world, now_ms, coin, false)).collect();
    ok(&format!(r#","balances":[{}]"#, rows.join(",")))
}

fn balance(state: &State, world: &World, now_ms: i64, coin: &str) -> Answered {
    let coin = coin.to_uppercase();
    if coin != "AUD" && world.coin(&coin).is_none() {
        return Err(refused(400, "Coin not found"));
    }
    Ok(ok(&format!(r#","balance":{}"#, balance_object(state, world, now_ms, &coin, true))))
}

fn by_side<T>(rows: &[T], side_of: impl Fn(&T) -> Side, write: impl Fn(&T) -> String) -> String {
    let of = |side: Side| rows.iter().filter(|row| side_of(row) == side).map(&write).collect::<Vec<_>>().join(",");
    format!(r#","buyorders":[{}],"sellorders":[{}]"#, of(Side::Buy), of(Side::Sell))
}

fn open_orders(state: &State, call: &Call<'_>) -> Reply {
    let wanted = text(call, "cointype").map(str::to_uppercase);
    let rows: Vec<&Open> = state.open.iter().filter(|open| wanted.as_ref().is_none_or(|c| *c == open.coin)).collect();
    let write = |open: &&Open| {
        let (amount, rate) = (number(state, open.left), number(state, open.rate));
        let total = number(state, open.left * open.rate);
        let (id, coin, created) = (&open.id, &open.coin, iso_ms(open.created_ms));
        format!(
            r#"{{"id":"{id}","coin":"{coin}","market":"{coin}/AUD","amount":{amount},"created":"{created}","rate":{rate},"total":{total}}}"#
        )
    };
    ok(&by_side(&rows, |open| open.side, write))
}

/// A day as `YYYY-MM-DD`, or a number, as this exchange understands one: from when to before when.
fn dates(state: &State, call: &Call<'_>, field: &str) -> Result<Option<(i64, i64)>, Reply> {
    let bad = || refused(400, &format!("{field} is invalid"));
    let whole = |day: i64| Some((day, day + DAY_MS));
    let number = match call.body.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(day)) => return day_ms(day).map(whole).ok_or_else(bad),
        Some(Value::Number(number)) => number.as_i64().ok_or_else(bad)?,
        Some(_) => return Err(bad()),
    };
    match state.habits.history_dates {
        Dates::Seconds => Ok(Some((number * 1_000, (number + 1) * 1_000))),
        Dates::Millis => Ok(Some((number, number + 1))),
        Dates::Days => Ok(whole((number * 1_000).div_euclid(DAY_MS) * DAY_MS)),
        Dates::Refused => Err(bad()),
    }
}

fn completed(state: &State, now_ms: i64, call: &Call<'_>, book_only: bool) -> Answered {
    // Without a beginning only the last day is told.
    let from = dates(state, call, "startdate")?.map_or(now_ms - DAY_MS, |(from, _)| from);
    let to = dates(state, call, "enddate")?.map_or(i64::MAX, |(_, to)| to);
    let limit = match call.body.get("limit") {
        None => ROWS,
        Some(_) => decimal(call, "limit")?.try_into().unwrap_or(ROWS).clamp(1, ROWS_MAX),
    };
    let wanted = text(call, "cointype").map(str::to_uppercase);
    let shown = |done: &&Done| {
        done.at_ms >= from
            && done.at_ms < to
            && done.at_ms + state.habits.history_lag_ms <= now_ms
            && wanted.as_ref().is_none_or(|coin| *coin == done.coin)
            && (done.order.is_some() || !book_only)
    };
    // The newest first.
    let rows: Vec<&Done> = state.done.iter().rev().filter(shown).take(limit).collect();
    Ok(ok(&by_side(&rows, |done| done.side, |done| completed_row(state, done))))
}

/// Lists of what moved without a trade, each the newest first.
fn transfers(state: &State, now_ms: i64, call: &Call<'_>, lists: &[(&str, TransferKind)]) -> Answered {
    let from = dates(state, call, "startdate")?.map_or(now_ms - DAY_MS, |(from, _)| from);
    let to = dates(state, call, "enddate")?.map_or(i64::MAX, |(_, to)| to);
    let list = |(name, kind): &(&str, TransferKind)| {
        let shown = |row: &&Transfer| row.kind == *kind && row.at_ms >= from && row.at_ms < to && row.at_ms <= now_ms;
        let rows: Vec<String> =
            state.transfers.iter().rev().filter(shown).take(ROWS_MAX).map(|row| transfer_row(state, row)).collect();
        format!(r#","{name}":[{}]"#, rows.join(","))
    };
    Ok(ok(&lists.iter().map(list).collect::<String>()))
}

fn transfer_row(state: &State, row: &Transfer) -> String {
    let [amount, aud, fee] = [row.amount, row.aud, row.fee].map(|value| number(state, value));
    let (coin, party, status, at) = (&row.coin, &row.party, &row.status, iso_ms(row.at_ms));
    match row.kind {
        TransferKind::Sent => format!(
            r#"{{"timestamp":"{at}","amount":{amount},"coin":"{coin}","address":"{party}","aud":{aud},"sendfee":{fee}}}"#
        ),
        TransferKind::Received => {
            format!(
                r#"{{"timestamp":"{at}","amount":{amount},"coin":"{coin}","address":"{party}","aud":{aud},"from":""}}"#
            )
        }
        TransferKind::Deposit => {
            format!(r#"{{"amount":{amount},"created":"{at}","status":"{status}","type":"POLi","reference":"{party}"}}"#)
        }
        TransferKind::Withdrawal => format!(r#"{{"amount":{amount},"created":"{at}","status":"{status}"}}"#),
    }
}

fn completed_row(state: &State, done: &Done) -> String {
    let tax = (done.fee / Decimal::from(11)).round_dp(COIN_PLACES);
    let id = match &done.order {
        Some(order) if state.habits.fills_keep_id => order,
        _ => &done.row,
    };
    let id = if state.habits.history_has_ids { format!(r#""id":"{id}","#) } else { String::new() };
    let (kind, otc) = if done.order.is_some() { ("market", "") } else { ("instant", r#""otc":false,"#) };
    let [rate, amount, total, fee, tax] =
        [done.rate, done.amount, done.total(), done.fee - tax, tax].map(|value| number(state, value));
    let (coin, at) = (&done.coin, iso_ms(done.at_ms));
    format!(
        r#"{{{id}"coin":"{coin}","type":"{kind}",{otc}"market":"{coin}/AUD","rate":{rate},"amount":{amount},"total":{total},"solddate":"{at}","audfeeExGst":{fee},"audGst":{tax},"audtotal":{total}}}"#
    )
}

fn place(state: &mut State, world: &World, now_ms: i64, call: &Call<'_>, side: Side) -> Answered {
    let (coin, amount, rate) = (coin(call)?, decimal(call, "amount")?, decimal(call, "rate")?);
    if text(call, "markettype").is_some_and(|market| !market.eq_ignore_ascii_case("AUD")) {
        return Err(refused(400, "Market not found"));
    }
    let placed = state.place(world, now_ms, side, &coin, amount, rate).map_err(|words| refused(400, &words))?;
    let (amount, rate) = (number(state, placed.amount), number(state, placed.rate));
    let id = &placed.id;
    Ok(ok(&format!(r#","coin":"{coin}","market":"{coin}/AUD","amount":{amount},"rate":{rate},"id":"{id}""#)))
}

/// The rate of an instant trade, without its fee.
fn instant_rate(world: &World, now_ms: i64, coin: &str, side: Side) -> Result<Decimal, Reply> {
    let rates = world.at(now_ms).rates(coin).ok_or_else(|| refused(400, "Coin not found"))?;
    let rate = if side == Side::Buy { rates.buy } else { rates.sell };
    rate.filter(|rate| *rate > Decimal::ZERO).ok_or_else(|| refused(400, "Coin cannot be traded at the moment"))
}

fn quote(world: &World, now_ms: i64, call: &Call<'_>, side: Side) -> Answered {
    let rate = instant_rate(world, now_ms, &coin(call)?, side)?.normalize();
    Ok(ok(&format!(r#","rate":{rate}"#)))
}

/// Coins of an instant trade: as told, or what so many AUD buy or must be sold for, fee included.
fn instant_amount(call: &Call<'_>, rate: Decimal, side: Side) -> Result<Decimal, Reply> {
    let amount = decimal(call, "amount")?;
    let bad = || refused(400, "Invalid amount");
    if amount <= Decimal::ZERO {
        return Err(bad());
    }
    let coins = match text(call, "amounttype") {
        Some("coin") => amount,
        Some("aud") => {
            let with_fee = match side {
                Side::Buy => Decimal::ONE + INSTANT_FEE,
                Side::Sell => Decimal::ONE - INSTANT_FEE,
            };
            let unit = rate.checked_mul(with_fee).ok_or_else(bad)?;
            amount.checked_div(unit).ok_or_else(bad)?.round_dp_with_strategy(COIN_PLACES, RoundingStrategy::ToZero)
        }
        _ => return Err(refused(400, "amounttype is required")),
    };
    if coins > Decimal::ZERO { Ok(coins) } else { Err(bad()) }
}

fn instant(state: &mut State, world: &World, now_ms: i64, call: &Call<'_>, side: Side) -> Answered {
    let coin = coin(call)?;
    let rate = instant_rate(world, now_ms, &coin, side)?;
    guard(call, rate, side)?;
    let amount = instant_amount(call, rate, side)?;
    let total = amount.checked_mul(rate).ok_or_else(|| refused(400, "Invalid amount"))?;
    let short = match side {
        Side::Buy => total * (Decimal::ONE + INSTANT_FEE) > state.available(None),
        Side::Sell => amount > state.available(Some(&coin)),
    };
    if short {
        return Err(refused(400, "Insufficient funds"));
    }
    state.placed += 1;
    state.book(None, side, &coin, (amount, rate), now_ms);
    let (coins, total) = (number(state, amount), number(state, total));
    let told = if side == Side::Sell { format!(r#","rate":{}"#, number(state, rate)) } else { String::new() };
    Ok(ok(&format!(r#","coin":"{coin}","amount":{coins},"market":"{coin}/AUD"{told},"total":{total}"#)))
}

/// Whether the rate has moved further than the caller allows.
fn guard(call: &Call<'_>, rate: Decimal, side: Side) -> Result<(), Reply> {
    let (Ok(quoted), Ok(threshold)) = (decimal(call, "rate"), decimal(call, "threshold")) else { return Ok(()) };
    let direction = text(call, "direction").unwrap_or(if side == Side::Buy { "UP" } else { "DOWN" });
    let Some(moved) = (rate - quoted).checked_mul(Decimal::ONE_HUNDRED).and_then(|m| m.checked_div(quoted)) else {
        return Err(refused(400, "Invalid rate"));
    };
    let too_far = match direction {
        "UP" => moved > threshold,
        "DOWN" => -moved > threshold,
        _ => moved.abs() > threshold,
    };
    if too_far { Err(refused(400, "Rate has moved beyond the threshold")) } else { Ok(()) }
}

/// Another limit for what rests; the rate it has is asked for as a guard. What it crosses then is filled.
fn edit(state: &mut State, world: &World, now_ms: i64, call: &Call<'_>, side: Side) -> Answered {
    let (id, coin) = (text(call, "id").ok_or_else(|| refused(400, "id is required"))?.to_owned(), coin(call)?);
    let (rate, new) = (decimal(call, "rate")?, decimal(call, "newrate")?);
    let edited = state.edit(world, now_ms, side, (&id, &coin), (rate, new)).map_err(|words| refused(400, &words))?;
    let id = &edited.id;
    let [rate, new, amount, total] =
        [rate, edited.rate, edited.left, edited.left * edited.rate].map(|value| number(state, value));
    Ok(ok(&format!(
        r#","updated":true,"id":"{id}","coin":"{coin}","rate":{rate},"newrate":{new},"amount":{amount},"total":{total}"#
    )))
}

fn cancel(state: &mut State, call: &Call<'_>, side: Side) -> Answered {
    let id = text(call, "id").ok_or_else(|| refused(400, "id is required"))?;
    let found = state.open.iter().position(|open| open.id == id && open.side == side);
    let at = found.ok_or_else(|| refused(400, "Order not found"))?;
    state.open.remove(at);
    Ok(ok(""))
}

fn cancel_all(state: &mut State, call: &Call<'_>, side: Side) -> Reply {
    let wanted = text(call, "coin").map(str::to_uppercase);
    state.open.retain(|open| open.side != side || wanted.as_ref().is_some_and(|coin| *coin != open.coin));
    ok("")
}
