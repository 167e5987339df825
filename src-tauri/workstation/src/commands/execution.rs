//! How well orders were executed, and orders whose time is over: their own, or the one their book gives every order.

use crate::desk::Desk;
use crate::dto::{ExecutionGroup, ExecutionRow, ExecutionView, SerialDecimal};
use crate::{Error, Result, Workstation};
use domain::{Book, Decimal, Fact, Name, OrderId, Timestamp};
use floor::{Ended, Execution, Order, Over};
use std::time::Duration;
use tokio::time::sleep;

/// Orders told one by one.
const ORDERS_TOLD_MAX: usize = 500;
/// How often orders are looked at whose time may be over.
const LOOKED_EVERY: Duration = Duration::from_secs(1);
/// The longest an order may be asked to rest.
const RESTS_MAX_S: i64 = 366 * 86_400;

/// When an order ends: a moment or a date, or how long from now, such as `90s`, `30m`, `2h`, `1d`.
pub(crate) fn until(text: &str, now: Timestamp) -> Result<Timestamp> {
    let text = text.trim();
    let end = match span_s(text) {
        Some(seconds) => now.plus_micros(seconds.saturating_mul(1_000_000)),
        None => crate::when::moment(text, crate::when::DEFAULT_ZONE)?,
    };
    let rests_s = end.seconds_since(now);
    if end > now && rests_s <= RESTS_MAX_S {
        return Ok(end);
    }
    Err(Error::usage("bad_until", "an order ends later than now and within a year: such as 30m, 2h or a time"))
}

fn span_s(text: &str) -> Option<i64> {
    let number = text.get(..text.len().checked_sub(1)?)?;
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        _ => return None,
    };
    number.parse::<u32>().ok().map(|number| i64::from(number) * unit)
}

impl Workstation {
    /// How well the orders of a book were executed.
    ///
    /// # Errors
    /// The store's.
    pub async fn execution(&self, book: Book) -> Result<ExecutionView> {
        let desk = self.desk().await?;
        let of_book = desk.orders.iter().rev().filter(|order| order.proposal().book == book);
        let all = of_book.filter_map(|order| Some((order, Execution::of(order)?)));
        Ok(ExecutionView {
            book,
            tolerance_bps: SerialDecimal(floor::TOLERANCE_BPS),
            groups: desk.orders.executed(book).into_iter().map(group).collect(),
            orders: all.take(ORDERS_TOLD_MAX).map(|told| row(&told)).collect(),
        })
    }

    /// Ends orders whose time is over, again and again.
    pub(crate) async fn watch_ends(&self) {
        loop {
            sleep(LOOKED_EVERY).await;
            if let Err(error) = self.end_orders().await {
                tracing::warn!(code = error.code(), "orders whose time is over could not be ended: {error}");
            }
        }
    }

    /// Ends the orders whose time is over, live ones too.
    pub(crate) async fn end_orders(&self) -> Result<()> {
        let live = {
            let mut desk = self.desk().await?;
            self.end_here(&mut desk).await?
        };
        for (id, why) in live {
            // It is tried again while the order rests.
            if let Err(error) = self.order_cancel_live(id, why.code()).await {
                tracing::warn!(code = error.code(), order = %id, "its time is over and it could not be taken back: {error}");
            }
        }
        Ok(())
    }

    /// Ends those that never left and those of the paper book; the live ones that rest are told.
    pub(crate) async fn end_here(&self, desk: &mut Desk) -> Result<Vec<(OrderId, Ended)>> {
        let (mut facts, mut live) = (Vec::new(), Vec::new());
        let since = |order| desk.rests_since.get(&order).copied();
        for over in floor::over(&desk.orders, &desk.limits, self.now(), since) {
            match over {
                Over::Expires(order) => facts.push(Fact::OrderExpired { order }),
                Over::IsTakenBack(order, Book::Paper, why) => {
                    let reason =
                        Name::parse(why.code()).map_err(|error| Error::usage("bad_reason", error.to_string()))?;
                    facts.push(Fact::OrderCancelled { order, reason });
                }
                Over::IsTakenBack(order, Book::Live, why) => live.push((order, why)),
            }
        }
        self.record(desk, facts).await?;
        Ok(live)
    }
}

fn shown(value: Decimal) -> SerialDecimal {
    SerialDecimal(value.round_dp(8).normalize())
}

fn row((order, execution): &(&Order, Execution)) -> ExecutionRow {
    let proposal = order.proposal();
    ExecutionRow {
        order: execution.order,
        time: order.id().time(),
        coin: proposal.coin,
        side: proposal.side,
        algorithm: proposal.algorithm.as_ref().map(Name::to_string),
        filled: execution.filled,
        arrival: execution.arrival,
        average: shown(execution.average),
        slippage_bps: execution.slippage_bps.map(SerialDecimal),
        over_tolerance: execution.is_over(),
        fees: shown(execution.fees),
        first_fill_ms: execution.first_fill_ms,
        last_fill_ms: execution.last_fill_ms,
    }
}

fn group(((algorithm, coin), group): ((Option<Name>, domain::Coin), floor::Group)) -> ExecutionGroup {
    ExecutionGroup {
        algorithm: algorithm.map(|name| name.to_string()),
        coin,
        orders: group.orders,
        known: group.known,
        over_tolerance: group.over,
        value: shown(group.value),
        slippage_bps: group.slippage_bps().map(SerialDecimal),
        fees: shown(group.fees),
    }
}

#[cfg(test)]
mod tests;
