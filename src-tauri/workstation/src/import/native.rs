//! Our own trade CSV.

use super::{TradeFileError, find_columns};
use domain::{Book, Coin, Money, Name, Price, Quantity, Side, Timestamp, Trade, parse_decimal};

/// The header as we write it.
pub const HEADER: &str = "time,coin,side,quantity,price,fee,algorithm,venue,external_id";
/// What the trades report adds behind it. They are read back so that a report can be imported again.
const REPORTED: [&str; 3] = ["book", "order_id", "id"];
pub(super) const EXTERNAL_ID_CHARS_MAX: usize = 200;

/// Where each column stands.
pub struct Columns {
    time: usize,
    coin: usize,
    side: usize,
    quantity: usize,
    price: usize,
    fee: usize,
    algorithm: usize,
    venue: usize,
    external_id: usize,
    book: Option<usize>,
    /// Whether our report wrote it: its text cells were made inert.
    reported: bool,
}

impl Columns {
    pub fn find(header: &csv::StringRecord) -> Result<Self, TradeFileError> {
        let [time, coin, side, quantity, price, fee, algorithm, venue, external_id] = find_columns(
            header,
            ["time", "coin", "side", "quantity", "price", "fee", "algorithm", "venue", "external_id"],
        )?;
        let is_known = |name: &str| HEADER.split(',').chain(REPORTED).any(|known| known.eq_ignore_ascii_case(name));
        if let Some(unknown) = header.iter().find(|name| !is_known(name)) {
            return Err(TradeFileError::UnknownHeader(format!("column '{unknown}' is none of '{HEADER}'")));
        }
        let place = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
        let (book, reported) = (place("book"), place("id").is_some());
        Ok(Self { time, coin, side, quantity, price, fee, algorithm, venue, external_id, book, reported })
    }

    pub fn trade(&self, fields: &csv::StringRecord) -> Result<Trade, String> {
        let field = |place: usize| fields.get(place).unwrap_or_default();
        let text = |place: usize| if self.reported { as_it_was(field(place)) } else { field(place) };
        match self.book.map_or("", field) {
            "" | "live" => {}
            "paper" => return Err("is a paper trade: paper money never becomes a live trade".into()),
            other => return Err(format!("book '{}' is not live", other.chars().take(20).collect::<String>())),
        }
        let external_id = text(self.external_id);
        if external_id.chars().count() > EXTERNAL_ID_CHARS_MAX {
            return Err(format!("external_id has more than {EXTERNAL_ID_CHARS_MAX} characters"));
        }
        Ok(Trade {
            book: Book::Live,
            time: Timestamp::parse(field(self.time)).map_err(|error| error.to_string())?,
            coin: Coin::parse(field(self.coin)).map_err(|error| error.to_string())?,
            side: side(field(self.side))?,
            quantity: quantity(field(self.quantity))?,
            price: Price::parse(field(self.price)).map_err(|error| format!("price: {error}"))?,
            fee: fee(field(self.fee))?,
            algorithm: name("algorithm", text(self.algorithm))?.filter(|name| name.as_str() != "manual"),
            venue: name("venue", text(self.venue))?,
            external_id: (!external_id.is_empty()).then(|| external_id.to_owned()),
            order: None,
            occurrence: 0,
        })
    }
}

/// A text cell of our report without the apostrophe that made it inert.
fn as_it_was(cell: &str) -> &str {
    let begins_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches([' ', '"', '\'']).starts_with(begins_formula) => rest,
        _ => cell,
    }
}

pub fn side(text: &str) -> Result<Side, String> {
    match text {
        _ if text.eq_ignore_ascii_case("buy") => Ok(Side::Buy),
        _ if text.eq_ignore_ascii_case("sell") => Ok(Side::Sell),
        _ => Err(format!("side '{}' is neither buy nor sell", text.chars().take(20).collect::<String>())),
    }
}

pub fn quantity(text: &str) -> Result<Quantity, String> {
    let quantity = Quantity::parse(text).map_err(|error| format!("quantity: {error}"))?;
    if quantity.is_zero() { Err("quantity is zero".into()) } else { Ok(quantity) }
}

pub fn fee(text: &str) -> Result<Money, String> {
    let amount = parse_decimal(text).map_err(|error| format!("fee: {error}"))?;
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err(format!("fee {amount} is below zero"));
    }
    Ok(Money::aud(amount))
}

fn name(what: &str, text: &str) -> Result<Option<Name>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    Name::parse(text).map(Some).map_err(|error| format!("{what}: {error}"))
}
