//! The steps to the first order with real money, each with how it stands. It tells and changes nothing: what lets an order
//! pass is the gate's business alone.

use crate::desk::Desk;
use crate::dto::{ReadinessStep, ReadinessView};
use crate::{Result, Workstation, kill};
use domain::{ApprovalRule, Book, Denial, Mandate, Timestamp};
use floor::LimitName;

/// The secrets an account at CoinSpot needs.
const KEY: [&str; 2] = ["coinspot_key", "coinspot_secret"];
/// The step that is the trader's own doing and no condition.
const LAST: &str = "first_order";

impl Workstation {
    /// What stands between this workspace and an order with real money.
    ///
    /// # Errors
    /// The store's.
    pub async fn readiness(&self) -> Result<ReadinessView> {
        let trouble = if self.home().is_demo() { None } else { self.inner.secrets.refresh(&KEY).await };
        let has = |name: &&str| self.home().is_demo() || self.inner.secrets.origin(name).is_some();
        let lacking: Vec<&str> = KEY.iter().filter(|name| !has(name)).copied().collect();
        let key = match trouble {
            Some(trouble) if !lacking.is_empty() => todo("key", crate::Error::from(trouble).to_string(), UNLOCK),
            _ if lacking.is_empty() => done("key", "Key and secret of CoinSpot are at hand"),
            _ => todo("key", format!("Not stored: {}", lacking.join(" and ")), STORE),
        };
        // What is at hand is compared with what was declared where the outside is known.
        let _ = self.outside().await;
        let (killed, now) = (kill::is_pulled(self.home()), self.now());
        let desk = self.desk().await?;
        let steps = vec![
            key,
            declared(&desk, self.check_key(&desk.authority).err().as_ref()),
            limits(&desk),
            lease(&desk),
            mandate(&desk, now),
            open(&desk, killed),
            first_order(&desk),
        ];
        Ok(ReadinessView { live: steps.iter().all(|step| step.done || step.step == LAST), steps })
    }
}

const STORE: &str = "Make a key at CoinSpot that cannot withdraw, and store both parts";
const UNLOCK: &str =
    "Unlock the keyring, or give the key for one run in OMC_SECRET_COINSPOT_KEY and OMC_SECRET_COINSPOT_SECRET";

fn done(step: &str, found: impl Into<String>) -> ReadinessStep {
    ReadinessStep { step: step.to_owned(), done: true, found: found.into(), next: None }
}

fn todo(step: &str, found: impl Into<String>, next: &str) -> ReadinessStep {
    ReadinessStep { step: step.to_owned(), done: false, found: found.into(), next: Some(next.to_owned()) }
}

fn declared(desk: &Desk, off: Option<&Denial>) -> ReadinessStep {
    match desk.authority.key() {
        Some(_) if off.is_some_and(|off| off.code == "key_changed") => todo(
            "declared",
            "Another key than the one at hand was declared",
            "Look at the rights of this key at CoinSpot, then declare it: omc key declare --no-withdrawals",
        ),
        Some((_, at)) => done("declared", format!("You declared on {at} that the key cannot withdraw")),
        None => todo(
            "declared",
            "Nobody declared that the key cannot withdraw",
            "Look at the key's rights at CoinSpot, then store it again and tick that it cannot withdraw",
        ),
    }
}

fn limits(desk: &Desk) -> ReadinessStep {
    let limits = desk.limits.of(Book::Live);
    match (limits.get(LimitName::MaxOrderAud), limits.get(LimitName::MaxDayAud)) {
        (Some(order), Some(day)) => {
            done("limits", format!("One live order may cost {order} AUD, the buys of a day {day} AUD"))
        }
        _ => todo(
            "limits",
            "A live order, or a day's buys, may cost any amount",
            "Set max_order_aud and max_day_aud of the live book",
        ),
    }
}

fn lease(desk: &Desk) -> ReadinessStep {
    if desk.authority.has_lease() {
        done("lease", "This machine holds the trading lease")
    } else {
        todo(
            "lease",
            "This machine does not hold the trading lease",
            "Take the lease, once no other machine trades with this account",
        )
    }
}

fn mandate(desk: &Desk, now: Timestamp) -> ReadinessStep {
    let Some(mandate) = desk.authority.mandate(Book::Live, Mandate::MANUAL) else {
        let next = "Grant a mandate for orders by hand: start with 10 AUD an order, asking always";
        return todo("mandate", "No mandate lets orders by hand trade with real money", next);
    };
    if mandate.until.is_some_and(|until| now >= until) {
        return todo("mandate", "The mandate of orders by hand has expired", "Grant it again");
    }
    let asks = match mandate.approval {
        ApprovalRule::Always => "you are asked about each".to_owned(),
        ApprovalRule::Never => "you are never asked".to_owned(),
        ApprovalRule::Above(most) => format!("you are asked above {} AUD", most.amount()),
    };
    let order = mandate.max_order.map_or_else(String::new, |most| format!(", one may cost {} AUD", most.amount()));
    done("mandate", format!("Orders by hand may trade with real money: {asks}{order}"))
}

fn open(desk: &Desk, killed: bool) -> ReadinessStep {
    if killed {
        return todo(
            "open",
            "The kill switch is pulled",
            "Open trading again; live mandates must then be granted again",
        );
    }
    match &desk.halted {
        Some(why) => todo("open", format!("Trading is halted: {why}"), "Run omc verify"),
        None => done("open", "Trading is open"),
    }
}

fn first_order(desk: &Desk) -> ReadinessStep {
    let filled = desk.orders.filled_of(Book::Live);
    let placed = desk.orders.counts().keys().any(|(book, _)| *book == Book::Live);
    if filled > 0 {
        let orders = if filled == 1 { "order" } else { "orders" };
        return done(LAST, format!("{filled} live {orders} filled"));
    }
    let found = if placed { "No live order has filled yet" } else { "No live order was placed yet" };
    todo(LAST, found, "Buy for 10 AUD, and look at it in CoinSpot's own window")
}

#[cfg(test)]
mod tests;
