//! CoinSpot's send and receive export: coins that came from, or went to, somewhere else. Why, it doesn't tell: that is asked
//! of the trader. Only what was completed happened.

use super::coinspot::{local_time, plain, ungrouped};
use super::{Row, TradeFileError, coin_of, find_columns, native};
use chrono_tz::Tz;
use domain::{Book, Coin, Direction, Money, Moved, Movement, Name, Quantity, Why};

/// Where each column we use stands.
pub struct Columns {
    places: [usize; 9],
}

impl Columns {
    pub fn find(header: &csv::StringRecord) -> Result<Self, TradeFileError> {
        let names = ["Transaction Date", "Type", "Coin", "Status", "Fee", "Amount", "Address", "Txid", "Aud"];
        Ok(Self { places: find_columns(header, names)? })
    }

    pub fn row(&self, fields: &csv::StringRecord, zone: Tz) -> Result<Row, String> {
        let [date, kind, coin, status, fee, amount, address, txid, aud] =
            self.places.map(|place| fields.get(place).unwrap_or_default());
        let clip = |text: &str| text.chars().take(20).collect::<String>();
        if !is_done(status) {
            return Ok(Row::LeftOut(format!("its status is '{}': only what is completed is imported", clip(status))));
        }
        let direction = match kind.to_ascii_lowercase().as_str() {
            "send" | "sent" | "withdraw" | "withdrawal" => Direction::Out,
            "receive" | "received" | "deposit" => Direction::In,
            _ => return Err(format!("type '{}' is neither Send nor Receive", clip(kind))),
        };
        let time = local_time(date, zone)?;
        let bounded = |what: &str, text: &str| {
            let text = plain(text);
            let most = native::EXTERNAL_ID_CHARS_MAX;
            if text.as_ref().is_some_and(|text| text.chars().count() > most) {
                Err(format!("{what} has more than {most} characters"))
            } else {
                Ok(text)
            }
        };
        let (what, value, network_fee) = if coin.eq_ignore_ascii_case("AUD") {
            let amount = number("Amount", amount, "AUD")?.ok_or("Amount is zero")?;
            (Moved::Cash { direction, amount: Money::aud(amount.decimal()) }, None, None)
        } else {
            let coin: Coin = coin_of("Coin", coin)?;
            let quantity = number("Amount", amount, coin.as_str())?.ok_or("Amount is zero")?;
            let worth = number("Aud", aud, "AUD")?.map(|aud| Money::aud(aud.decimal()));
            let why = Why::Unknown;
            (Moved::Coins { direction, coin, quantity, why }, worth, number("Fee", fee, coin.as_str())?)
        };
        Ok(Row::from(Movement {
            book: Book::Live,
            time,
            what,
            value,
            fee: None,
            // What is received has been paid for by its sender.
            network_fee: network_fee.filter(|_| direction == Direction::Out),
            venue: Some(Name::parse("coinspot").map_err(|error| error.to_string())?),
            party: bounded("Address", address)?,
            external_id: bounded("Txid", txid)?,
            note: None,
            occurrence: 0,
        }))
    }
}

/// Whether a status says that it happened.
pub(crate) fn is_done(status: &str) -> bool {
    let known = ["completed", "complete", "confirmed", "success", "successful", "sent", "received", "ok"];
    known.iter().any(|done| status.eq_ignore_ascii_case(done))
}

/// A number that may have its unit behind it and a sign in front of it; none when it is empty or zero.
fn number(what: &str, text: &str, unit: &str) -> Result<Option<Quantity>, String> {
    let (digits, behind) = text.rsplit_once(' ').unwrap_or((text, unit));
    if !behind.eq_ignore_ascii_case(unit) {
        let shown: String = behind.chars().take(20).collect();
        return Err(format!("{what} is in {shown} where {unit} is expected"));
    }
    let digits = digits.trim().trim_start_matches(['-', '$']);
    if digits.is_empty() {
        return Ok(None);
    }
    let quantity = Quantity::parse(&ungrouped(digits)?).map_err(|error| format!("{what}: {error}"))?;
    Ok((!quantity.is_zero()).then_some(quantity))
}
