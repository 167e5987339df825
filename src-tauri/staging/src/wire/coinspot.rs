//! CoinSpot's public half: `/pubapi/v2`, `/tradecoins`, `/charts/history`.
//!
//! JSON is written by hand: numbers must reach the wire digit by digit, and faults write what no serialiser would.

use super::View;
use super::http::Reply;
use super::page;
use crate::faults::PriceChange;
use crate::world::{Book, Candle, Coin, Kind, Level, Quote};

const PUBLIC_V2: &str = "/pubapi/v2/";

/// Answers one GET.
pub(crate) fn answer(view: &View<'_>, path: &str, query: &str) -> Reply {
    match path {
        "/tradecoins" => return Reply::html(200, page::coin_list(view)),
        "/charts/history" => return history(view, query),
        "/pubapi/latest" => return Reply::json(200, latest(view)),
        _ => {}
    }
    let parts: Vec<&str> = path.strip_prefix(PUBLIC_V2).map(|rest| rest.split('/').collect()).unwrap_or_default();
    match parts.as_slice() {
        ["latest"] => Reply::json(200, latest(view)),
        ["latest", rest @ ..] => pair(view, rest).map_or_else(|refusal| refusal, |pair| pair.latest(view)),
        ["buyprice", rest @ ..] => {
            pair(view, rest).map_or_else(|refusal| refusal, |pair| pair.rate(view, pair.quote.ask))
        }
        ["sellprice", rest @ ..] => {
            pair(view, rest).map_or_else(|refusal| refusal, |pair| pair.rate(view, pair.quote.bid))
        }
        ["orders", "open", rest @ ..] => pair(view, rest).map_or_else(|refusal| refusal, |pair| pair.open_orders(view)),
        _ => Reply::not_found(path),
    }
}

/// A coin in a market.
struct Pair<'w> {
    coin: &'w Coin,
    key: String,
    market: String,
    quote: Quote,
    book: Book,
}

/// The pair of `{coin}` or `{coin}/{market}`, or the refusal.
fn pair<'w>(view: &View<'w>, parts: &[&str]) -> Result<Pair<'w>, Reply> {
    let (name, market) = match parts {
        [coin] => (*coin, "aud"),
        [coin, market] => (*coin, *market),
        _ => return Err(Reply::not_found("")),
    };
    if market != market.to_lowercase() {
        return Err(Reply::not_found(market)); // the market segment is case sensitive
    }
    let refused = || Reply::json(400, r#"{"status":"error","message":"Coin not found"}"#.to_owned());
    let moment = view.moment;
    let named = |coin: &&Coin| name.eq_ignore_ascii_case(&coin.ticker) || name.eq_ignore_ascii_case(&coin.key);
    let coin = moment.world().coins().iter().find(named).filter(|coin| !view.is_missing(coin)).ok_or_else(refused)?;
    let found = match market {
        "aud" => moment.quote(&coin.ticker).zip(moment.book(&coin.ticker)),
        "usdt" if coin.ticker == "BTC" => moment.btc_in_usdt().zip(moment.btc_in_usdt_book()),
        _ => None,
    };
    let (quote, book) = found.ok_or_else(refused)?;
    let key = if market == "aud" { coin.key.clone() } else { format!("{}_{market}", coin.key) };
    Ok(Pair { coin, key, market: market.to_uppercase(), quote, book })
}

impl Pair<'_> {
    fn price(&self, view: &View<'_>, price: Option<rust_decimal::Decimal>) -> String {
        view.price(&self.coin.ticker, &self.key, price)
    }

    fn latest(&self, view: &View<'_>) -> Reply {
        let object = price_object(view, &self.coin.ticker, &self.key, &self.quote);
        Reply::json(200, format!(r#"{{"status":"ok","message":"ok","prices":{object}}}"#))
    }

    fn rate(&self, view: &View<'_>, rate: Option<rust_decimal::Decimal>) -> Reply {
        let (rate, coin, market) = (self.price(view, rate), &self.coin.ticker, &self.market);
        Reply::json(200, format!(r#"{{"status":"ok","message":"ok","rate":"{rate}","market":"{coin}/{market}"}}"#))
    }

    fn open_orders(&self, view: &View<'_>) -> Reply {
        let crossed = view.changes_of(&self.coin.ticker, &self.key).any(|change| change == PriceChange::Crossed);
        let (mut buys, mut sells) = (self.side(view, &self.book.buys), self.side(view, &self.book.sells));
        if crossed {
            std::mem::swap(&mut buys, &mut sells);
        }
        Reply::json(200, format!(r#"{{"status":"ok","message":"ok","buyorders":[{buys}],"sellorders":[{sells}]}}"#))
    }

    fn side(&self, view: &View<'_>, levels: &[Level]) -> String {
        let order = |level: &Level| {
            let rate = number(&self.price(view, Some(level.rate)));
            let (amount, total) = (level.amount.normalize(), level.total.normalize());
            let (coin, market) = (&self.coin.ticker, &self.market);
            format!(r#"{{"amount":{amount},"rate":{rate},"total":{total},"coin":"{coin}","market":"{coin}/{market}"}}"#)
        };
        levels.iter().map(order).collect::<Vec<_>>().join(",")
    }
}

/// Every key of `/latest`: the coins with a book, two dead old tickers, one pair in another market.
fn latest(view: &View<'_>) -> String {
    let moment = view.moment;
    let mut rows = Vec::new();
    for coin in moment.world().coins().iter().filter(|coin| coin.kind == Kind::Book && !view.is_missing(coin)) {
        if let Some(quote) = moment.quote_of(coin) {
            rows.push(row(view, &coin.ticker, &coin.key, &quote));
        }
    }
    let nothing = Quote { bid: None, ask: None, last: None };
    rows.push(row(view, "RHOC", "rhoc", &nothing));
    rows.push(row(view, "BCC", "bcc", &Quote { last: Some(rust_decimal::Decimal::new(4_500, 2)), ..nothing }));
    if let Some(quote) = moment.btc_in_usdt() {
        rows.push(row(view, "BTC_USDT", "btc_usdt", &quote));
    }
    format!(r#"{{"status":"ok","prices":{{{}}}}}"#, rows.join(","))
}

fn row(view: &View<'_>, ticker: &str, key: &str, quote: &Quote) -> String {
    format!(r#""{key}":{}"#, price_object(view, ticker, key, quote))
}

fn price_object(view: &View<'_>, ticker: &str, key: &str, quote: &Quote) -> String {
    let (mut bid, mut ask) = (view.price(ticker, key, quote.bid), view.price(ticker, key, quote.ask));
    if view.changes_of(ticker, key).any(|change| change == PriceChange::Crossed) {
        std::mem::swap(&mut bid, &mut ask);
    }
    let last = view.price(ticker, key, quote.last);
    format!(r#"{{"bid":"{bid}","ask":"{ask}","last":"{last}"}}"#)
}

/// A price where JSON wants a number: as it is if it is one, else in quotes.
fn number(text: &str) -> String {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-') && text != "-";
    if is_number { text.to_owned() } else { format!("\"{text}\"") }
}

fn history(view: &View<'_>, query: &str) -> Reply {
    let field = |name: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    let error = |what: &str| Reply::json(200, format!(r#"{{"s":"error","errmsg":"{what}"}}"#));
    let seconds =
        |name: &str| field(name).and_then(|(_, value)| value.parse::<i64>().ok()).map(|s| s.clamp(0, 1 << 40));
    let (Some(from), Some(to)) = (seconds("from"), seconds("to")) else { return error("invalid_range") };
    let Some(interval_ms) = field("resolution").and_then(|(_, value)| interval_ms(value)) else {
        return error("unknown_resolution");
    };
    let symbol = field("symbol").map(|(_, value)| value.to_uppercase()).unwrap_or_default();
    let Some(coin) = view.moment.world().coin(&symbol) else { return error("unknown_symbol") };
    let missing = view.is_missing(coin);
    let candles = if missing { Vec::new() } else { view.moment.candles(&symbol, interval_ms, from * 1000, to * 1000) };
    Reply::json(200, chart(view, coin, &candles))
}

fn interval_ms(resolution: &str) -> Option<i64> {
    let minutes = match resolution {
        "1" => 1,
        "5" => 5,
        "15" => 15,
        "30" => 30,
        "60" => 60,
        "240" => 240,
        "D" | "1D" => 1_440,
        _ => return None,
    };
    Some(minutes * 60_000)
}

fn chart(view: &View<'_>, coin: &Coin, candles: &[Candle]) -> String {
    let column = |value: &dyn Fn(&Candle) -> String| candles.iter().map(value).collect::<Vec<_>>().join(",");
    let prices = |pick: fn(&Candle) -> rust_decimal::Decimal| {
        column(&|candle| number(&view.price(&coin.ticker, &coin.key, Some(pick(candle)))))
    };
    let status = if candles.is_empty() { "no_data" } else { "ok" };
    let times = column(&|candle| (candle.start_ms / 1000).to_string());
    let (open, high, low, close) = (prices(|c| c.open), prices(|c| c.high), prices(|c| c.low), prices(|c| c.close));
    format!(r#"{{"s":"{status}","t":[{times}],"o":[{open}],"h":[{high}],"l":[{low}],"c":[{close}]}}"#)
}
