//! CoinSpot's order history export. A row's price is `Rate ex. fee` and its fee the exact `Fee`, not the rounded
//! `Fee AUD (inc GST)`; times are local, to the minute, and carry no zone.
//!
//! A row of a market that isn't in AUD is a swap of two coins: what was paid or credited is `Total (inc GST)`, its worth `Total AUD`.
//! A row of type `Swap` doesn't say which coin was given; the fee does, since it is on top of what is paid and off what is
//! credited. Where there is none, nothing is guessed: the row is refused with the question.

use super::native::{fee, quantity, side};
use super::{OTHER_MONEY, Row, TradeFileError, coin_of, find_columns};
use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use domain::{Book, Coin, Decimal, Money, Moved, Movement, Name, Price, Quantity, Side, Timestamp, Trade};

/// Where each column we use stands.
pub struct Columns {
    date: usize,
    kind: usize,
    market: usize,
    amount: usize,
    rate: usize,
    fee: usize,
    /// Only swaps need these: `Fee AUD (inc GST)`, `Total AUD`, `Total (inc GST)`.
    swap: Option<[usize; 3]>,
}

impl Columns {
    pub fn find(header: &csv::StringRecord) -> Result<Self, TradeFileError> {
        let [date, kind, market, amount, rate, fee] =
            find_columns(header, ["Transaction Date", "Type", "Market", "Amount", "Rate ex. fee", "Fee"])?;
        let swap = find_columns(header, ["Fee AUD (inc GST)", "Total AUD", "Total (inc GST)"]).ok();
        Ok(Self { date, kind, market, amount, rate, fee, swap })
    }

    pub fn row(&self, fields: &csv::StringRecord, zone: Tz) -> Result<Row, String> {
        let market = fields.get(self.market).unwrap_or_default();
        let shown = || market.chars().take(30).collect::<String>();
        let (base, quote) = market.split_once('/').ok_or_else(|| format!("market '{}' has no '/'", shown()))?;
        if quote.eq_ignore_ascii_case("AUD") {
            let coin = Coin::parse(base).map_err(|error| error.to_string())?;
            return self.trade(fields, coin, zone).map(Row::from);
        }
        if OTHER_MONEY.iter().any(|money| quote.eq_ignore_ascii_case(money)) {
            let ask = "what was it worth in AUD? Import it as native trades, with prices in AUD";
            return Err(format!("market '{}' is not in AUD: {ask}", shown()));
        }
        self.swap(fields, (coin_of("market", base)?, coin_of("market", quote)?), zone).map(Row::from)
    }

    fn trade(&self, fields: &csv::StringRecord, coin: Coin, zone: Tz) -> Result<Trade, String> {
        let field = |place: usize| fields.get(place).unwrap_or_default();
        let price = ungrouped(field(self.rate))?;
        let (fee_amount, fee_currency) = field(self.fee).rsplit_once(' ').unwrap_or((field(self.fee), "AUD"));
        if !fee_currency.eq_ignore_ascii_case("AUD") {
            return Err(format!("the fee is in {fee_currency}, and the market in AUD: what is the fee in AUD?"));
        }
        Ok(Trade {
            book: Book::Live,
            time: local_time(field(self.date), zone)?,
            coin,
            side: side(field(self.kind))?,
            quantity: quantity(&ungrouped(field(self.amount))?)?,
            price: Price::parse(&price).map_err(|error| format!("Rate ex. fee: {error}"))?,
            fee: fee(&ungrouped(fee_amount)?)?,
            algorithm: None,
            venue: Some(Name::parse("coinspot").map_err(|error| error.to_string())?),
            external_id: None,
            order: None,
            occurrence: 0,
        })
    }

    fn swap(&self, fields: &csv::StringRecord, (base, quote): (Coin, Coin), zone: Tz) -> Result<Movement, String> {
        let field = |place: usize| fields.get(place).unwrap_or_default();
        let Some([fee_aud, total_aud, total]) = self.swap.map(|places| places.map(field)) else {
            return Err("a swap needs the columns 'Fee AUD (inc GST)', 'Total AUD' and 'Total (inc GST)'".into());
        };
        let amount = quantity(&ungrouped(field(self.amount))?)?;
        let rate = Price::parse(&ungrouped(field(self.rate))?).map_err(|error| format!("Rate ex. fee: {error}"))?;
        let (digits, unit) = total.rsplit_once(' ').unwrap_or((total, quote.as_str()));
        if !unit.eq_ignore_ascii_case(quote.as_str()) {
            let shown: String = unit.chars().take(20).collect();
            return Err(format!("Total (inc GST) is in {shown}, and the market in {quote}"));
        }
        let total = quantity(&ungrouped(digits.trim())?).map_err(|error| format!("Total (inc GST): {error}"))?;
        let side = swap_side(field(self.kind), amount, rate, total)?;
        let fee = aud(fee_aud).map_err(|error| format!("Fee AUD (inc GST): {error}"))?;
        let worth = aud(total_aud).map_err(|error| format!("Total AUD: {error}"))?;
        let what = match side {
            Side::Buy => Moved::Swap { gave: quote, gave_quantity: total, got: base, got_quantity: amount },
            Side::Sell => Moved::Swap { gave: base, gave_quantity: amount, got: quote, got_quantity: total },
        };
        // What was paid holds the fee; what was credited doesn't.
        let value = match (side, worth, fee) {
            (Side::Buy, Some(worth), Some(fee)) => Some(worth.checked_sub(fee).map_err(|error| error.to_string())?),
            (_, worth, _) => worth,
        };
        Ok(Movement {
            book: Book::Live,
            time: local_time(field(self.date), zone)?,
            what,
            value,
            fee,
            network_fee: None,
            venue: Some(Name::parse("coinspot").map_err(|error| error.to_string())?),
            party: None,
            external_id: None,
            note: Some(format!("{base}/{quote} at {rate}")),
            occurrence: 0,
        })
    }
}

/// Which way a swap went, seen from the market's first coin.
fn swap_side(kind: &str, amount: Quantity, rate: Price, total: Quantity) -> Result<Side, String> {
    if !kind.eq_ignore_ascii_case("swap") {
        return side(kind);
    }
    let bare = rate.times(amount).map_err(|error| error.to_string())?.amount();
    // Fees begin at a thousandth; less is rounding.
    let rounding = bare * Decimal::new(5, 4);
    match total.decimal() - bare {
        fee if fee > rounding => Ok(Side::Buy),
        fee if fee < -rounding => Ok(Side::Sell),
        _ => Err("this swap doesn't say which coin was given: write Buy where the market's first coin was got, Sell where it \
                  was given, as its type"
            .into()),
    }
}

/// AUD; none when it is empty or zero.
fn aud(text: &str) -> Result<Option<Money>, String> {
    let (digits, unit) = text.rsplit_once(' ').unwrap_or((text, "AUD"));
    if !unit.eq_ignore_ascii_case("AUD") {
        return Err(format!("is in {}", unit.chars().take(20).collect::<String>()));
    }
    let digits = digits.trim().trim_start_matches('$');
    if digits.is_empty() {
        return Ok(None);
    }
    Ok(Some(fee(&ungrouped(digits)?)?).filter(|money| !money.amount().is_zero()))
}

/// Text from outside on one line; none when there is nothing in it.
pub(super) fn plain(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty() && text != "-")
}

/// `D/MM/YYYY H:MM`, or with `hh:mm AM/PM`. Of an hour that the clocks repeat, the first is taken; one they leave out
/// is refused.
pub(super) fn local_time(text: &str, zone: Tz) -> Result<Timestamp, String> {
    let bad = || {
        let shown: String = text.chars().take(30).collect();
        format!("'{shown}' is not a date such as 31/08/2021 3:07 PM or 31/08/2021 15:07")
    };
    let local = ["%d/%m/%Y %I:%M %p", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .ok_or_else(bad)?;
    let moment = zone
        .from_local_datetime(&local)
        .earliest()
        .ok_or_else(|| format!("{text} does not exist in {zone}: the clocks skip that hour"))?;
    Ok(Timestamp::from_utc(moment.to_utc()))
}

/// A number without its thousands separators; wrongly placed ones are refused.
pub(super) fn ungrouped(text: &str) -> Result<String, String> {
    if !text.contains(',') {
        return Ok(text.to_owned());
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first_fits = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
    if !first_fits || groups.any(|group| group.len() != 3) || fraction.contains(',') {
        return Err(format!("'{}' is not a number", text.chars().take(30).collect::<String>()));
    }
    Ok(text.replace(',', ""))
}
