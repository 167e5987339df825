//! The account as a person sees it, and what the trader did on the website.

use super::LiveAccount;
use crate::desk::Desk;
use crate::dto::{AccountView, ForeignRow, LiveFigures, OwnedCoin, RestingView, SerialDecimal, UnexplainedView};
use crate::{Result, Workstation};
use domain::{Book, Coin, Look, OrderState, Quantity, Timestamp};
use ledgers::Ledger;
use ledgers::alerts::{Call, FOREIGN};
use omc_http::Lane;
use std::collections::BTreeSet;

/// Rows shown at most; the newest.
const ROWS_MAX: usize = 200;
/// What was told is remembered for so many ids and rows.
const TOLD_MAX: usize = 2_000;
const SEVERITY: u8 = 6;

impl Workstation {
    /// The account at the exchange, asked now; what it said last where it does not answer.
    ///
    /// # Errors
    /// `key_missing` without a key, the store's.
    pub async fn account_view(&self) -> Result<AccountView> {
        self.require_writer()?;
        match self.look(Lane::Trading).await {
            Err(error) if error.code() == "key_missing" => return Err(error),
            _ => {}
        }
        let desk = self.desk().await?;
        Ok(view(&desk))
    }

    /// Tells once what appeared at the exchange that was not made here.
    pub(super) async fn tell_foreign(&self) -> Result<()> {
        let call = {
            let mut desk = self.desk().await?;
            let Desk { orders, live, .. } = &mut *desk;
            let LiveAccount { look: Some(look), watch, told, began, .. } = live else { return Ok(()) };
            let (open, done) = watch.foreign(orders, look);
            let since = began.get_or_insert(look.at);
            let mut news = Vec::new();
            for order in open {
                if told.len() < TOLD_MAX && told.insert(order.id.clone()) {
                    news.push(format!("{} {} {} at {} rests", order.side, order.left, order.coin, order.rate));
                }
            }
            for row in done.iter().filter(|row| row.at >= *since) {
                let key = format!("{:?} {} {} {} {}", row.id, row.coin, row.amount, row.rate, row.at);
                if told.len() < TOLD_MAX && told.insert(key) {
                    news.push(format!("{} {} {} at {} was executed", row.side, row.amount, row.coin, row.rate));
                }
            }
            if news.is_empty() {
                return Ok(());
            }
            Call {
                rule: FOREIGN,
                subject: "coinspot".to_owned(),
                ledger: Ledger::Exchange,
                severity: SEVERITY,
                title: format!("On CoinSpot, not made here: {}", news.first().map_or("", String::as_str)),
                detail: news.join("; "),
                url: None,
                observation: None,
                origin: format!("foreign {}", look.at),
            }
        };
        self.raise(call).await
    }
}

fn view(desk: &Desk) -> AccountView {
    let live = &desk.live;
    let nothing = AccountView {
        at: None,
        complete: false,
        trouble: live.trouble.clone(),
        cash: None,
        coins: Vec::new(),
        resting: Vec::new(),
        foreign: Vec::new(),
        unexplained: Vec::new(),
        compared_since: live.drift.since(),
    };
    let Some(look) = &live.look else { return nothing };
    let resting = look.open.iter().map(|open| RestingView {
        venue_order_id: open.id.clone(),
        order: live.watch.owner(&open.id),
        coin: open.coin,
        side: open.side,
        left: open.left,
        limit: open.rate,
        created: open.created,
    });
    let (_, mut rows) = live.watch.foreign(&desk.orders, look);
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    // What the exchange took and does not tell the row of yet explains itself in a moment.
    let waits = awaited(desk, look);
    let told = live.unexplained.iter().filter(|line| match line.coin {
        Some(coin) => !waits.contains(&coin),
        None => waits.is_empty(),
    });
    let unexplained = told.map(|line| UnexplainedView {
        of: line.coin.map_or_else(|| "AUD".to_owned(), |coin| coin.to_string()),
        owned: SerialDecimal(line.owned),
        explained: SerialDecimal(line.explained),
    });
    AccountView {
        at: Some(look.at),
        complete: look.complete,
        cash: Some(SerialDecimal(look.cash)),
        coins: look.coins.iter().map(|(coin, quantity)| OwnedCoin { coin: *coin, quantity: *quantity }).collect(),
        resting: resting.collect(),
        foreign: rows.into_iter().take(ROWS_MAX).map(ForeignRow::of).collect(),
        unexplained: unexplained.collect(),
        ..nothing
    }
}

/// The coins of orders that the exchange took and whose fills its history does not tell yet.
fn awaited(desk: &Desk, look: &Look) -> BTreeSet<Coin> {
    let waits = |order: &&floor::Order| {
        let rests = look.open.iter().find(|open| Some(open.id.as_str()) == order.venue_order_id());
        rests.is_none_or(|open| open.left < order.remaining())
    };
    desk.orders.resting(Book::Live).filter(waits).map(|order| order.proposal().coin).collect()
}

/// The live book in figures; nothing while the account is not known.
pub(crate) fn figures(desk: &Desk, now: Timestamp) -> Option<LiveFigures> {
    let look = desk.live.look.as_ref()?;
    let most_s = desk.limits.of(Book::Live).max_price_age_s().map_or(0, i64::from);
    let value = |coin: Coin, owned: Quantity| {
        let quote = desk.quotes.get(&coin).filter(|quote| quote.age_s(now) <= most_s)?;
        Some(quote.bid?.times(owned).ok()?.amount())
    };
    let coins = look.coins.iter().filter(|(_, owned)| !owned.is_zero());
    let mut values = coins.map(|(coin, owned)| value(*coin, *owned));
    let equity = values.try_fold(look.cash, |sum, value| sum.checked_add(value?));
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    let unknown = desk.orders.open().filter(|order| order.state() == OrderState::Unknown);
    Some(LiveFigures {
        at: look.at,
        cash: SerialDecimal(look.cash),
        equity: equity.map(SerialDecimal),
        resting: count(desk.orders.resting(Book::Live).count()),
        unknown: count(unknown.count()),
        trouble: desk.live.trouble.clone(),
    })
}
