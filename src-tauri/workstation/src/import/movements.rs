//! Our own CSV of movements: what came and went without being bought or sold for money.
//!
//! `kind` is `cash` (AUD paid in or out), a reason of coins that came or went (`own_wallet`, `airdrop`, `staking`, `payment`,
//! `gift`, `fee`, `lost`, `opening`, or `unknown` while nobody knows), `swap` (then `coin` and `quantity` were given, and `to_coin`
//! and `to_quantity` got), or `between` (parcels from one algorithm's books, `from`, to another's, `to`).

use super::{TradeFileError, coin_of, find_columns, native};
use domain::{Book, Direction, Money, Moved, Movement, Name, Quantity, Timestamp, Why};

/// The header as we write it; [`MORE`] may follow.
pub const HEADER: &str = "time,kind,direction,coin,quantity,value,fee,network_fee,party,external_id,note";
const MORE: [&str; 5] = ["venue", "to_coin", "to_quantity", "from", "to"];
const PARTY_CHARS_MAX: usize = 200;
const NOTE_CHARS_MAX: usize = 400;

/// Where each column stands.
pub struct Columns {
    places: [usize; 11],
    more: [Option<usize>; 5],
}

/// The fields of one row, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields<'a> {
    pub time: &'a str,
    pub kind: &'a str,
    pub direction: &'a str,
    pub coin: &'a str,
    pub quantity: &'a str,
    pub value: &'a str,
    pub fee: &'a str,
    pub network_fee: &'a str,
    pub party: &'a str,
    pub external_id: &'a str,
    pub note: &'a str,
    pub venue: &'a str,
    pub to_coin: &'a str,
    pub to_quantity: &'a str,
    pub from: &'a str,
    pub to: &'a str,
}

impl Columns {
    pub fn find(header: &csv::StringRecord) -> Result<Self, TradeFileError> {
        let places = find_columns(
            header,
            [
                "time",
                "kind",
                "direction",
                "coin",
                "quantity",
                "value",
                "fee",
                "network_fee",
                "party",
                "external_id",
                "note",
            ],
        )?;
        let is_known = |name: &str| HEADER.split(',').chain(MORE).any(|known| known.eq_ignore_ascii_case(name));
        if let Some(unknown) = header.iter().find(|name| !is_known(name)) {
            let more = MORE.join(",");
            let words = format!("column '{unknown}' is none of '{HEADER}', nor of '{more}' that may follow");
            return Err(TradeFileError::UnknownHeader(words));
        }
        let mut more = [None; 5];
        for (place, name) in more.iter_mut().zip(MORE) {
            let found: Vec<usize> = header
                .iter()
                .enumerate()
                .filter(|(_, column)| column.eq_ignore_ascii_case(name))
                .map(|(at, _)| at)
                .collect();
            if found.len() > 1 {
                return Err(TradeFileError::UnknownHeader(format!("column '{name}' stands twice")));
            }
            *place = found.first().copied();
        }
        Ok(Self { places, more })
    }

    pub fn movement(&self, fields: &csv::StringRecord) -> Result<Movement, String> {
        let [time, kind, direction, coin, quantity, value, fee, network_fee, party, external_id, note] =
            self.places.map(|place| fields.get(place).unwrap_or_default());
        let [venue, to_coin, to_quantity, from, to] =
            self.more.map(|place| place.and_then(|place| fields.get(place)).unwrap_or_default());
        movement(&Fields {
            time,
            kind,
            direction,
            coin,
            quantity,
            value,
            fee,
            network_fee,
            party,
            external_id,
            note,
            venue,
            to_coin,
            to_quantity,
            from,
            to,
        })
    }
}

/// A movement from its words, in a file or typed.
pub(crate) fn movement(fields: &Fields<'_>) -> Result<Movement, String> {
    let time = Timestamp::parse(fields.time).map_err(|error| error.to_string())?;
    let text = |what: &str, text: &str, most: usize| -> Result<Option<String>, String> {
        if text.chars().count() > most {
            return Err(format!("{what} has more than {most} characters"));
        }
        Ok((!text.is_empty()).then(|| text.to_owned()))
    };
    let name = |what: &str, text: &str| -> Result<Option<Name>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        Name::parse(text).map(Some).map_err(|error| format!("{what}: {error}"))
    };
    let what = what(fields, &name)?;
    let network_fee = optional_quantity("network_fee", fields.network_fee)?;
    if network_fee.is_some() && matches!(what, Moved::Cash { .. } | Moved::Between { .. }) {
        return Err("network_fee: only coins that moved over a network pay one".into());
    }
    Ok(Movement {
        book: Book::Live,
        time,
        what,
        value: optional_money("value", fields.value)?,
        fee: optional_money("fee", fields.fee)?.filter(|fee| !fee.amount().is_zero()),
        network_fee,
        venue: name("venue", fields.venue)?,
        party: text("party", fields.party, PARTY_CHARS_MAX)?,
        external_id: text("external_id", fields.external_id, native::EXTERNAL_ID_CHARS_MAX)?,
        note: text("note", fields.note, NOTE_CHARS_MAX)?,
        occurrence: 0,
    })
}

fn what(fields: &Fields<'_>, name: &impl Fn(&str, &str) -> Result<Option<Name>, String>) -> Result<Moved, String> {
    let kind = fields.kind.to_ascii_lowercase();
    let is_cash = kind == "cash" || fields.coin.eq_ignore_ascii_case("AUD");
    if is_cash && kind != "cash" {
        return Err(format!("AUD is money: its kind is cash, not '{}'", clip(fields.kind)));
    }
    if kind != "swap" && !(fields.to_coin.is_empty() && fields.to_quantity.is_empty()) {
        return Err("to_coin and to_quantity belong to a swap".into());
    }
    match kind.as_str() {
        "cash" => {
            if !fields.coin.is_empty() && !fields.coin.eq_ignore_ascii_case("AUD") {
                let coin = coin_of("coin", fields.coin)?;
                return Err(format!("{coin} is a coin: cash is AUD"));
            }
            let amount = native::quantity(fields.quantity)?;
            Ok(Moved::Cash { direction: direction(fields.direction)?, amount: Money::aud(amount.decimal()) })
        }
        "swap" => {
            let (gave, got) = (coin_of("coin", fields.coin)?, coin_of("to_coin", fields.to_coin)?);
            if gave == got {
                return Err(format!("a swap of {gave} for {got} is none"));
            }
            let got_quantity = native::quantity(fields.to_quantity).map_err(|error| format!("to_{error}"))?;
            Ok(Moved::Swap { gave, gave_quantity: native::quantity(fields.quantity)?, got, got_quantity })
        }
        "between" => {
            let hand = |name: &Name| name.as_str() != "manual";
            let (from, to) = (name("from", fields.from)?.filter(hand), name("to", fields.to)?.filter(hand));
            if from == to {
                return Err("from and to are the same books".into());
            }
            let (coin, quantity) = (coin_of("coin", fields.coin)?, native::quantity(fields.quantity)?);
            Ok(Moved::Between { coin, quantity, from, to })
        }
        code => {
            let why = Why::parse(code).ok_or_else(|| {
                let known: Vec<&str> = Why::ALL.iter().map(|why| why.code()).collect();
                format!("kind '{}' is none of cash, swap, between, {}", clip(fields.kind), known.join(", "))
            })?;
            let direction = only_way(why).map_or_else(
                || direction(fields.direction),
                |way| {
                    if fields.direction.is_empty() { Ok(way) } else { direction(fields.direction) }
                },
            )?;
            if !why.fits(direction) {
                return Err(format!("coins can't go {} for this reason: {}", way_word(direction), why.code()));
            }
            let (coin, quantity) = (coin_of("coin", fields.coin)?, native::quantity(fields.quantity)?);
            Ok(Moved::Coins { direction, coin, quantity, why })
        }
    }
}

/// The way coins go for a reason, if there is one only.
fn only_way(why: Why) -> Option<Direction> {
    match (why.fits(Direction::In), why.fits(Direction::Out)) {
        (true, false) => Some(Direction::In),
        (false, true) => Some(Direction::Out),
        _ => None,
    }
}

const fn way_word(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}

fn direction(text: &str) -> Result<Direction, String> {
    match text {
        _ if text.eq_ignore_ascii_case("in") => Ok(Direction::In),
        _ if text.eq_ignore_ascii_case("out") => Ok(Direction::Out),
        _ => Err(format!("direction '{}' is neither in nor out", clip(text))),
    }
}

fn clip(text: &str) -> String {
    text.chars().take(20).collect()
}

/// AUD, or nothing. Another currency's code behind the number is asked about.
pub(super) fn optional_money(what: &str, text: &str) -> Result<Option<Money>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = match text.rsplit_once(' ') {
        Some((number, unit)) if unit.eq_ignore_ascii_case("AUD") => number.trim(),
        Some((_, unit)) => return Err(format!("{what} is in {}: what is it in AUD?", clip(unit))),
        None => text,
    };
    native::fee(number).map(Some).map_err(|error| error.replacen("fee", what, 1))
}

pub(super) fn optional_quantity(what: &str, text: &str) -> Result<Option<Quantity>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let quantity = Quantity::parse(text).map_err(|error| format!("{what}: {error}"))?;
    Ok((!quantity.is_zero()).then_some(quantity))
}
