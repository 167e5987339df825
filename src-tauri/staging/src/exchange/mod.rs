//! The private half of the exchange: one account with its keys, balances, resting orders and history.
//!
//! Unlike the world it remembers: what was placed rests, is filled as the world moves, and shows in the history. Where it is
//! not known how the real one behaves ([`Habits`]), each possibility can be chosen. Money is exact; fees are 0.1 % on the book and
//! 1 % for instant trades, with a tenth of the whole as tax. Deliberately absent: withdrawals, swaps, stop orders.

mod account;
mod calls;
mod matching;

use crate::wire::http::Reply;
use crate::world::{Kind, World};
use account::{Done, Open, State};
use hmac::{Hmac, KeyInit, Mac};
use rust_decimal::Decimal;
use sha2::Sha512;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where the private half lives.
pub(crate) const PRIVATE: &str = "/api/v2/";
/// What only reads, below it.
const READING: &str = "/api/v2/ro/";

/// Who may do what, and what they own at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// A key that may trade.
    pub key: String,
    /// Its secret.
    pub secret: String,
    /// A key that may only read.
    pub reading_key: String,
    /// Its secret.
    pub reading_secret: String,
    /// Australian dollars.
    pub aud: Decimal,
    /// Coins by ticker.
    pub coins: Vec<(String, Decimal)>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            key: "staging-key".into(),
            secret: "staging-secret".into(),
            reading_key: "staging-reading-key".into(),
            reading_secret: "staging-reading-secret".into(),
            aud: Decimal::from(10_000),
            coins: Vec::new(),
        }
    }
}

/// How the exchange behaves where nobody has confirmed how the real one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// What was executed shows in the history so much later.
    pub history_lag_ms: i64,
    /// Whether the history's rows of a book order carry its id; else each row has one of its own.
    pub fills_keep_id: bool,
    /// Whether the history's rows have ids at all.
    pub history_has_ids: bool,
    /// Rates are cut to so many places, also in the echo.
    pub rate_places: u32,
    /// Whether amounts and rates come as text.
    pub numbers_as_text: bool,
    /// How a number is understood where the history is asked for a date.
    pub history_dates: Dates,
    /// Whether an order that gets another rate gets another id as well. Nobody has seen that.
    pub edits_rename: bool,
}

/// How a number is understood where a date is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dates {
    /// As seconds since 1970, to the second.
    #[default]
    Seconds,
    /// As milliseconds since 1970.
    Millis,
    /// As seconds since 1970, of which only the day counts.
    Days,
    /// Not at all: it is refused.
    Refused,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            history_lag_ms: 1_500,
            fills_keep_id: true,
            history_has_ids: true,
            rate_places: 8,
            numbers_as_text: false,
            history_dates: Dates::Seconds,
            edits_rename: false,
        }
    }
}

/// Which side of a trade the account was on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// It bought.
    Buy,
    /// It sold.
    Sell,
}

/// An order that rests on the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resting {
    /// The exchange's id.
    pub id: String,
    /// Which side.
    pub side: Side,
    /// Ticker.
    pub coin: String,
    /// Coins left.
    pub amount: Decimal,
    /// AUD a coin.
    pub rate: Decimal,
    /// When it was placed.
    pub created_ms: i64,
}

/// Something that was executed, whether the history shows it yet or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// The order it belongs to; none for an instant trade.
    pub order: Option<String>,
    /// Which side.
    pub side: Side,
    /// Ticker.
    pub coin: String,
    /// Coins.
    pub amount: Decimal,
    /// AUD a coin, without the fee.
    pub rate: Decimal,
    /// The fee with its tax, AUD.
    pub fee: Decimal,
    /// When.
    pub at_ms: i64,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Which way, and what.
    pub kind: TransferKind,
    /// Ticker; `AUD` of money.
    pub coin: String,
    /// How many.
    pub amount: Decimal,
    /// What it was worth, AUD.
    pub aud: Decimal,
    /// Coins the network took.
    pub fee: Decimal,
    /// The address on the other side.
    pub party: String,
    /// Such as `completed`; of money only.
    pub status: String,
    /// When.
    pub at_ms: i64,
}

/// The truth of the account, for a test to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Australian dollars, also those that are locked.
    pub aud: Decimal,
    /// Coins by ticker, also those that are locked; none of nothing.
    pub coins: Vec<(String, Decimal)>,
    /// What rests, oldest first.
    pub resting: Vec<Resting>,
    /// What was executed, oldest first.
    pub executed: Vec<Executed>,
    /// Orders ever placed, instant ones too.
    pub placed: u64,
}

/// The exchange's private half.
#[derive(Debug)]
pub(crate) struct Exchange {
    account: Account,
    state: Mutex<State>,
}

/// A request whose signature holds.
struct Call<'a> {
    /// The path below the base, such as `my/buy`.
    path: &'a str,
    body: serde_json::Map<String, serde_json::Value>,
}

fn refused(status: u16, message: &str) -> Reply {
    Reply::json(status, serde_json::json!({ "status": "error", "message": message }).to_string())
}

fn signature_of(secret: &str, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(body);
    Some(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Exchange {
    pub(crate) fn new(account: Account, now_ms: i64) -> Self {
        let state = State::new(account.aud, &account.coins, now_ms);
        Self { account, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_habits(&self, habits: Habits) {
        self.state().habits = habits;
    }

    /// Answers one POST of the private half.
    pub(crate) fn answer(&self, world: &World, now_ms: i64, path: &str, headers: Headers<'_>, body: &[u8]) -> Reply {
        let mut state = self.state();
        state.settle(world, now_ms);
        let call = match self.admit(&mut state, path, headers, body) {
            Ok(call) => call,
            Err(refusal) => return refusal,
        };
        calls::answer(&mut state, world, now_ms, &call).unwrap_or_else(|refusal| refusal)
    }

    /// Checks key, signature and nonce, in this order. A nonce once accepted is used up, whatever the call then says.
    fn admit<'a>(
        &self,
        state: &mut State,
        path: &'a str,
        headers: Headers<'_>,
        body: &[u8],
    ) -> Result<Call<'a>, Reply> {
        let (key, sign) = (headers.of("key"), headers.of("sign"));
        let account = &self.account;
        let (secret, reads_only) = if key == account.key {
            (&account.secret, false)
        } else if key == account.reading_key {
            (&account.reading_secret, true)
        } else {
            return Err(refused(401, "Invalid API key"));
        };
        if signature_of(secret, body).as_deref() != Some(sign) {
            return Err(refused(401, "Invalid signature"));
        }
        let Ok(serde_json::Value::Object(body)) = serde_json::from_slice(body) else {
            return Err(refused(400, "Invalid request"));
        };
        let Some(nonce) = body.get("nonce").and_then(serde_json::Value::as_u64) else {
            return Err(refused(400, "Nonce is required"));
        };
        let last = state.nonces.entry(key.to_owned()).or_default();
        if nonce <= *last {
            return Err(refused(400, "Invalid nonce"));
        }
        *last = nonce;
        match (path.strip_prefix(READING), path.strip_prefix(PRIVATE)) {
            (Some(path), _) => Ok(Call { path, body }),
            (None, Some(_)) if reads_only => Err(refused(401, "This API key is read only")),
            (None, Some(path)) if !is_reading(path) => Ok(Call { path, body }),
            _ => Err(Reply::not_found(path)),
        }
    }

    /// What happened before: the histories tell it from now on, and balances have it already.
    pub(crate) fn remember(&self, executed: &[Executed], transfers: &[Transfer]) {
        let mut state = self.state();
        for row in executed {
            let id = state.next_id();
            let Executed { order, side, coin, amount, rate, fee, at_ms } = row.clone();
            state.done.push(Done { row: id, order, side, coin, amount, rate, fee, at_ms });
        }
        state.done.sort_by_key(|done| done.at_ms);
        state.transfers.extend_from_slice(transfers);
        state.transfers.sort_by_key(|transfer| transfer.at_ms);
    }

    /// The truth at a time.
    pub(crate) fn truth(&self, world: &World, now_ms: i64) -> Truth {
        let mut state = self.state();
        state.settle(world, now_ms);
        state.truth()
    }

    /// An order made by hand on the website: it needs no key and no nonce.
    pub(crate) fn by_hand(&self, world: &World, now_ms: i64, wanted: &Resting) -> Result<String, String> {
        let mut state = self.state();
        state.settle(world, now_ms);
        state.place(world, now_ms, wanted.side, &wanted.coin, wanted.amount, wanted.rate).map(|open| open.id)
    }
}

/// What only the reading base has.
fn is_reading(path: &str) -> bool {
    let histories = ["my/sendreceive", "my/deposits", "my/withdrawals"];
    path.starts_with("my/balance") || path.starts_with("my/orders") || histories.contains(&path)
}

/// The headers of a request, their names in lower case.
#[derive(Clone, Copy)]
pub(crate) struct Headers<'a>(pub(crate) &'a [(String, String)]);

impl<'a> Headers<'a> {
    fn of(self, name: &str) -> &'a str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Whether a coin has a book.
fn has_book(world: &World, coin: &str) -> bool {
    world.coin(coin).is_some_and(|coin| coin.kind == Kind::Book)
}

impl Open {
    fn resting(&self) -> Resting {
        Resting {
            id: self.id.clone(),
            side: self.side,
            coin: self.coin.clone(),
            amount: self.left,
            rate: self.rate,
            created_ms: self.created_ms,
        }
    }
}

impl Done {
    fn executed(&self) -> Executed {
        Executed {
            order: self.order.clone(),
            side: self.side,
            coin: self.coin.clone(),
            amount: self.amount,
            rate: self.rate,
            fee: self.fee,
            at_ms: self.at_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_is_signed_as_published() {
        let body = r#"{"nonce":1700000000000,"cointype":"BTC","amount":"0.1","rate":"50000","markettype":"AUD"}"#;
        let published = "1117eff6a1d16e197bdfe246032f317017718710b20118392b59c5fecbb12bee46fd58de2ae098c70f3cb7d88019baab9e706b0036514909113aaa5614ce5eca";
        assert_eq!(signature_of("secret", body.as_bytes()).as_deref(), Some(published));
    }
}
