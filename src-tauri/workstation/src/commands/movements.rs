//! What moved without a trade, and what the trader says of it.
//!
//! Invariants: nothing a source told is changed, words on it are facts of their own; what makes no sense is refused whole.
//! Deliberately absent: guessing why coins moved.

use super::books::parse_coin;
use crate::dto::{BooksDone, BooksRequest, MovementRequest, MovementView, Movements};
use crate::import::{Fields, movement, possible};
use crate::movements::{Folded, Standing};
use crate::when::{DEFAULT_ZONE, moment};
use crate::{Error, Result, Workstation};
use domain::{
    Direction, Fact, FactHash, Money, Moved, Movement, MovementId, Name, Note, Price, Quantity, Timestamp, TradeId,
    Verdict, Why, parse_decimal,
};
use store::{Entry, ImportSource};

/// How long a transfer may be under way, and clocks differ.
const UNDER_WAY_MICROS: i64 = 30 * 86_400 * 1_000_000;
const CLOCKS_MICROS: i64 = 3_600 * 1_000_000;

fn bad(message: impl Into<String>) -> Error {
    Error::usage("bad_movement", message)
}

fn movement_id(text: &str) -> Result<MovementId> {
    MovementId::parse(text).map_err(|error| bad(error.to_string()))
}

fn trade_id(text: &str) -> Result<TradeId> {
    TradeId::parse(text).map_err(|error| Error::usage("bad_trade", error.to_string()))
}

/// AUD from zero on.
fn money(what: &str, text: &str) -> Result<Money> {
    parse_decimal(text)
        .ok()
        .filter(|value| !value.is_sign_negative() || value.is_zero())
        .map(Money::aud)
        .ok_or_else(|| bad(format!("{what}: '{}' is no amount of AUD", ledgers::inert(text))))
}

impl Workstation {
    /// Movements, oldest first.
    ///
    /// # Errors
    /// A bad coin, or the store's.
    pub async fn movements(&self, coin: Option<&str>, unresolved: bool) -> Result<Movements> {
        let coin = coin.map(parse_coin).transpose()?;
        let folded = self.folded_movements().await?;
        let mut movements: Vec<MovementView> = folded.movements.iter().map(Standing::view).collect();
        movements.retain(|view| coin.is_none_or(|coin| view.coin == Some(coin) || view.to_coin == Some(coin)));
        movements.retain(|view| !unresolved || view.unresolved);
        Ok(Movements { movements })
    }

    pub(crate) async fn folded_movements(&self) -> Result<Folded> {
        Ok(Folded::of(self.store().book_facts().await?.into_iter().map(|recorded| recorded.fact)))
    }

    /// Takes the trader's word.
    ///
    /// # Errors
    /// `bad_movement`, `bad_trade`, `unknown_movement`, `movement_known`, `not_a_pair`, `nothing_to_settle`; the store's.
    pub async fn books_say(&self, request: &BooksRequest) -> Result<BooksDone> {
        match request {
            BooksRequest::Add { movement } => self.movement_add(movement).await,
            BooksRequest::Judge { id, why, value } => {
                self.movement_judge(movement_id(id)?, why.as_deref(), value.as_deref()).await
            }
            BooksRequest::Pair { out, into } => self.movements_pair(movement_id(out)?, movement_id(into)?).await,
            BooksRequest::Price { coin, at, price } => self.price_give(coin, at, price).await,
            BooksRequest::Settle { known, told, verdict } => {
                let verdict = Verdict::parse(verdict).ok_or_else(|| {
                    let known = Verdict::ALL.map(Verdict::code).join(", ");
                    Error::usage("bad_verdict", format!("'{}' is none of {known}", ledgers::inert(verdict)))
                })?;
                self.trade_settle(trade_id(known)?, trade_id(told)?, verdict).await
            }
        }
    }

    async fn movement_add(&self, asked: &MovementRequest) -> Result<BooksDone> {
        let time = moment(&asked.time, DEFAULT_ZONE)?.to_string();
        let fields = Fields {
            time: &time,
            kind: &asked.kind,
            direction: &asked.direction,
            coin: &asked.coin,
            quantity: &asked.quantity,
            value: &asked.value,
            fee: &asked.fee,
            network_fee: &asked.network_fee,
            party: &asked.party,
            external_id: &asked.external_id,
            note: &asked.note,
            venue: &asked.venue,
            to_coin: &asked.to_coin,
            to_quantity: &asked.to_quantity,
            from: &asked.from,
            to: &asked.to,
        };
        let movement = movement(&fields).map_err(bad)?;
        let id = movement.id();
        let entry = possible(Entry::from(movement), self.now()).map_err(bad)?;
        let format = Name::parse("by_hand").map_err(|error| bad(error.to_string()))?;
        let source = ImportSource { format, file: FactHash::of(&id), read: 1, rejected: 0 };
        let outcome = self.store().import([entry], source, self.now()).await?;
        if outcome.imported == 0 {
            let words = "the books have this movement already; a second one like it needs an external id of its own";
            return Err(Error::refused("movement_known", words));
        }
        self.done("added", id).await
    }

    async fn movement_judge(&self, id: MovementId, why: Option<&str>, value: Option<&str>) -> Result<BooksDone> {
        let mut desk = self.desk().await?;
        let folded = self.folded_movements().await?;
        let standing = known(&folded, id)?;
        let value = value.map(|text| money("value", text)).transpose()?;
        if why.is_none() && value.is_none() {
            return Err(bad("say what it was, or what it was worth"));
        }
        let parsed = match why {
            None => standing.why.unwrap_or(Why::Unknown),
            Some(code) => reason(standing, code)?,
        };
        if matches!(standing.movement.what, Moved::Cash { .. } | Moved::Between { .. }) {
            return Err(bad("money and transfers between books need no reason and no value"));
        }
        // A word without a value leaves the one said before.
        let value = value.or(standing.valued);
        let facts = vec![Fact::MovementJudged { movement: id, why: parsed, value, at: self.now() }];
        self.record(&mut desk, facts).await?;
        drop(desk);
        self.done("noted", id).await
    }

    async fn movements_pair(&self, out: MovementId, into: MovementId) -> Result<BooksDone> {
        let mut desk = self.desk().await?;
        let folded = self.folded_movements().await?;
        let (left, arrived) = (known(&folded, out)?, known(&folded, into)?);
        let missing = pairable(left, arrived).map_err(|words| Error::refused("not_a_pair", words))?;
        let at = self.now();
        let own = |side: &Standing| {
            let (movement, value) = (side.id, side.valued);
            Fact::MovementJudged { movement, why: Why::OwnWallet, value, at }
        };
        let mut facts = vec![own(left), own(arrived), Fact::Noted { note: Note::Paired { out, into }, at }];
        if let Some(missing) = missing {
            facts.push(Fact::Movement { movement: Box::new(network_fee(left, missing)) });
        }
        self.record(&mut desk, facts).await?;
        drop(desk);
        self.done("paired", out).await
    }

    /// A price at a moment. Movements of that moment that lack a value are worth it from here on.
    async fn price_give(&self, coin: &str, at: &str, price: &str) -> Result<BooksDone> {
        let (coin, moment) = (parse_coin(coin)?, moment(at, DEFAULT_ZONE)?);
        let price = match price {
            "none" => None,
            text => Some(Price::parse(text).map_err(|error| bad(format!("price: {error}")))?),
        };
        if moment > self.now() {
            return Err(bad(format!("{moment} is in the future")));
        }
        let mut desk = self.desk().await?;
        let folded = self.folded_movements().await?;
        let at = self.now();
        let mut facts = vec![Fact::PriceGiven { coin, moment, price, at }];
        for standing in folded.movements.iter().filter(|standing| standing.movement.time == moment) {
            let Some(price) = price.filter(|_| standing.lacks_value() || standing.lacks_reason()) else { continue };
            let quantity = match &standing.movement.what {
                Moved::Coins { coin: of, quantity, .. } if *of == coin => *quantity,
                Moved::Swap { got, got_quantity, .. } if *got == coin => *got_quantity,
                _ => continue,
            };
            let value = Some(price.times(quantity)?);
            let why = standing.why.unwrap_or(Why::Unknown);
            facts.push(Fact::MovementJudged { movement: standing.id, why, value, at });
        }
        let valued = facts.len() - 1;
        self.record(&mut desk, facts).await?;
        Ok(BooksDone {
            done: format!("price noted; {valued} movements of that moment are valued by it"),
            movement: None,
        })
    }

    async fn trade_settle(&self, known: TradeId, told: TradeId, verdict: Verdict) -> Result<BooksDone> {
        let mut desk = self.desk().await?;
        let folded = self.folded_movements().await?;
        let doubt = folded.doubts.iter().find(|doubt| doubt.known == known && doubt.told.id() == told);
        let twins = self.store().twins().await?;
        let is_twin = twins.iter().any(|(one, other)| one.id == known && other.id == told);
        if doubt.is_none() && !is_twin {
            let words = "no trade was told twice under these ids: see `omc actions`";
            return Err(Error::refused("nothing_to_settle", words));
        }
        let mut facts = Vec::new();
        if let Some(doubt) = doubt.filter(|_| verdict != Verdict::Same) {
            facts.push(Fact::Trade(doubt.told.clone()));
        }
        facts.push(Fact::Noted { note: Note::Settled { known, told, verdict }, at: self.now() });
        self.record(&mut desk, facts).await?;
        let done = match verdict {
            Verdict::Same => "one trade, as it was known first",
            Verdict::Corrected => "one trade, as it was told later",
            Verdict::Both => "two trades",
        };
        Ok(BooksDone { done: done.to_owned(), movement: None })
    }

    async fn done(&self, done: &str, id: MovementId) -> Result<BooksDone> {
        let folded = self.folded_movements().await?;
        Ok(BooksDone { done: done.to_owned(), movement: folded.get(id).map(Standing::view) })
    }
}

fn known(folded: &Folded, id: MovementId) -> Result<&Standing> {
    let words = || format!("the books have no movement {id}: see `omc movements`");
    folded.get(id).ok_or_else(|| Error::refused("unknown_movement", words()))
}

/// Why, checked against the way coins went.
fn reason(standing: &Standing, code: &str) -> Result<Why> {
    let known = Why::ALL.map(Why::code).join(", ");
    let why = Why::parse(code).ok_or_else(|| bad(format!("'{}' is none of {known}", ledgers::inert(code))))?;
    let Some((direction, ..)) = standing.coins() else {
        return Err(bad("only coins that came or went have a reason"));
    };
    if standing.paired_with.is_some() && why != Why::OwnWallet {
        return Err(Error::refused("movement_paired", "it is one side of a transfer of your own"));
    }
    if !why.fits(direction) {
        let way = if direction == Direction::In { "come in" } else { "go out" };
        return Err(bad(format!("coins can't {way} for this reason: {code}")));
    }
    Ok(why)
}

/// Whether two movements can be one transfer, and what is missing on the way without being told as a fee.
pub(crate) fn pairable(left: &Standing, arrived: &Standing) -> std::result::Result<Option<Quantity>, String> {
    let (Some((Direction::Out, coin, sent)), Some((Direction::In, other, got))) = (left.coins(), arrived.coins())
    else {
        return Err("a transfer is coins that left and coins that arrived".into());
    };
    if coin != other {
        return Err(format!("{coin} left and {other} arrived"));
    }
    if left.paired_with.is_some() || arrived.paired_with.is_some() {
        return Err("one of them has its other side already".into());
    }
    let took = arrived.movement.time.micros() - left.movement.time.micros();
    if !(-CLOCKS_MICROS..=UNDER_WAY_MICROS).contains(&took) {
        return Err(format!(
            "{} left and {} arrived: no transfer takes that long",
            left.movement.time, arrived.movement.time
        ));
    }
    if got > sent {
        return Err(format!("{got} {coin} arrived and only {sent} left"));
    }
    let missing = sent - got;
    if missing.is_zero() {
        return Ok(None);
    }
    // Some sources count the fee in what left: then it is told already, and not to be counted again.
    if left.movement.network_fee.is_some_and(|told| told.decimal() == missing) {
        return Ok(None);
    }
    Quantity::new(missing).map(Some).map_err(|error| error.to_string())
}

/// What was lost on the way, as a fee paid in coins.
fn network_fee(left: &Standing, missing: Quantity) -> Movement {
    let share = |value: Money| {
        let sent = left.coins().map(|(_, _, sent)| sent).filter(|sent| !sent.is_zero())?;
        value.amount().checked_mul(missing.decimal())?.checked_div(sent).map(Money::aud)
    };
    let what = match &left.movement.what {
        Moved::Coins { coin, .. } => {
            Moved::Coins { direction: Direction::Out, coin: *coin, quantity: missing, why: Why::Fee }
        }
        other => other.clone(),
    };
    Movement {
        what,
        value: left.value.and_then(share),
        fee: None,
        network_fee: None,
        external_id: Some(format!("fee of {}", left.id)),
        note: Some("network fee: what left and did not arrive".to_owned()),
        occurrence: 0,
        ..left.movement.clone()
    }
}

/// How long ago, for lists.
pub(crate) fn age_s(since: Timestamp, now: Timestamp) -> i64 {
    now.seconds_since(since).max(0)
}
