//! CoinSpot's order history export. A row's price is `Rate ex. fee` and its fee the exact `Fee`, not the rounded
//! `Fee AUD (inc GST)`; times are local, to the minute, and carry no zone.

use super::native::{fee, quantity, side};
use super::{TradeFileError, find_columns};
use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use domain::{Book, Coin, Name, Price, Timestamp, Trade};

/// Where each column we use stands.
pub struct Columns {
    date: usize,
    kind: usize,
    market: usize,
    amount: usize,
    rate: usize,
    fee: usize,
}

impl Columns {
    pub fn find(header: &csv::StringRecord) -> Result<Self, TradeFileError> {
        let [date, kind, market, amount, rate, fee] =
            find_columns(header, ["Transaction Date", "Type", "Market", "Amount", "Rate ex. fee", "Fee"])?;
        Ok(Self { date, kind, market, amount, rate, fee })
    }

    pub fn trade(&self, fields: &csv::StringRecord, zone: Tz) -> Result<Trade, String> {
        let field = |place: usize| fields.get(place).unwrap_or_default();
        let price = ungrouped(field(self.rate))?;
        let (fee_amount, fee_currency) = field(self.fee).rsplit_once(' ').unwrap_or((field(self.fee), "AUD"));
        if !fee_currency.eq_ignore_ascii_case("AUD") {
            return Err(format!("the fee is in {fee_currency}: only AUD fees can be booked so far"));
        }
        Ok(Trade {
            book: Book::Live,
            time: local_time(field(self.date), zone)?,
            coin: aud_market(field(self.market))?,
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
}

/// The coin of an AUD market such as `BTC/AUD`.
fn aud_market(market: &str) -> Result<Coin, String> {
    let shown: String = market.chars().take(30).collect();
    let (coin, currency) = market.split_once('/').ok_or_else(|| format!("market '{shown}' has no '/'"))?;
    if !currency.eq_ignore_ascii_case("AUD") {
        return Err(format!("market '{shown}' is not in AUD: only AUD markets can be booked so far"));
    }
    Coin::parse(coin).map_err(|error| error.to_string())
}

/// `D/MM/YYYY H:MM`, or with `hh:mm AM/PM`. Of an hour that the clocks repeat, the first is taken; one they leave out
/// is refused.
fn local_time(text: &str, zone: Tz) -> Result<Timestamp, String> {
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
fn ungrouped(text: &str) -> Result<String, String> {
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
