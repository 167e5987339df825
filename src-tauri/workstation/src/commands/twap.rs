//! Orders cut into slices over time: started, looked at, stopped by a person; each slice goes the one way all orders go.

use super::books::parse_coin;
use super::trading::Wanted;
use crate::dto::{SerialDecimal, TwapRequest, TwapRow, TwapsView};
use crate::{Error, Result, Workstation};
use domain::{
    Decimal, Fact, Money, Name, OrderId, OrderKind, Price, Quantity, Size, Terms, Timestamp, Twap, parse_decimal,
};
use floor::{APART_S_MIN, Child, OVER_S_MAX, Running, SLICES_MAX, Slice};
use std::time::Duration;
use tokio::time::sleep;

const LOOKED_EVERY: Duration = Duration::from_secs(1);

fn parse(request: &TwapRequest, now: Timestamp) -> Result<Twap> {
    let bad = |what: &str, error: &dyn std::fmt::Display| Error::usage("bad_amount", format!("{what}: {error}"));
    let total = Money::aud(parse_decimal(&request.aud).map_err(|error| bad("aud", &error))?);
    if total != total.to_cents() || total.amount() < Decimal::from(request.slices) {
        return Err(bad("aud", &"whole cents, and at least a dollar a slice"));
    }
    let limit = request.limit.as_deref().map(Price::parse).transpose().map_err(|error| bad("limit", &error))?;
    let over = super::execution::until(&request.over, now)?.seconds_since(now);
    let over_s = u32::try_from(over).unwrap_or(u32::MAX);
    let slices = request.slices;
    if !(2..=SLICES_MAX).contains(&slices) || over_s > OVER_S_MAX || over_s / u32::from(slices) < APART_S_MIN {
        let words = format!("2 to {SLICES_MAX} slices, at least {APART_S_MIN} s apart, within seven days");
        return Err(Error::usage("bad_twap", words));
    }
    let (book, side, coin) = (request.book, request.side, parse_coin(&request.coin)?);
    Ok(Twap { book, coin, side, total, limit, start: now, over_s, slices })
}

impl Workstation {
    /// Starts one. The first slice is due at once; slices are sent while the workstation runs.
    ///
    /// # Errors
    /// `bad_amount`, `bad_twap`, `bad_until`; the store's.
    pub async fn twap_start(&self, request: &TwapRequest) -> Result<TwapsView> {
        self.require_writer()?;
        let twap = parse(request, self.now())?;
        let id = OrderId::new(self.now(), crate::clock::random()?);
        {
            let mut desk = self.desk().await?;
            self.check_halted(&desk)?;
            self.record(&mut desk, vec![Fact::TwapStarted { id, twap }]).await?;
        }
        self.twaps().await
    }

    /// Stops one: no slice begins any more. A slice that rests ends in its own time, or is cancelled like any order.
    ///
    /// # Errors
    /// `twap_not_found`, `twap_over`; the store's.
    pub async fn twap_stop(&self, id: &str) -> Result<TwapsView> {
        let id = OrderId::parse(id).map_err(|error| Error::usage("bad_order_id", error.to_string()))?;
        self.require_writer()?;
        {
            let mut desk = self.desk().await?;
            let running = desk.twaps.get(id);
            let running = running.ok_or_else(|| Error::refused("twap_not_found", format!("there is no TWAP {id}")))?;
            if running.is_over(self.now()) {
                return Err(Error::refused("twap_over", format!("TWAP {id} is over already")));
            }
            let reason = Name::parse("by_person").map_err(|error| Error::usage("bad_reason", error.to_string()))?;
            self.record(&mut desk, vec![Fact::TwapStopped { id, reason }]).await?;
        }
        self.twaps().await
    }

    /// All of them, newest last.
    ///
    /// # Errors
    /// The store's.
    pub async fn twaps(&self) -> Result<TwapsView> {
        let (desk, now) = (self.desk().await?, self.now());
        let twaps = desk.twaps.iter().map(|(id, running)| row(id, running, &desk.orders.children(id), now)).collect();
        Ok(TwapsView { twaps })
    }

    /// Begins slices as they are due, again and again.
    pub(crate) async fn watch_twaps(&self) {
        loop {
            sleep(LOOKED_EVERY).await;
            if let Err(error) = self.begin_slices().await {
                tracing::warn!(code = error.code(), "slices could not be begun: {error}");
            }
        }
    }

    /// Begins the slices that are due: that one begins is durable before it is proposed, so that it is never proposed twice.
    pub(crate) async fn begin_slices(&self) -> Result<()> {
        let due = {
            let mut desk = self.desk().await?;
            if self.check_halted(&desk).is_err() || crate::kill::is_pulled(self.home()) {
                return Ok(());
            }
            let due = desk.twaps.due(self.now());
            let begun = due.iter().map(|slice| Fact::TwapSlice { id: slice.parent, number: slice.number }).collect();
            self.record(&mut desk, begun).await?;
            due
        };
        for slice in due {
            let (parent, number) = (slice.parent, slice.number);
            if let Err(error) = self.propose(wanted(slice)).await {
                tracing::warn!(code = error.code(), twap = %parent, slice = number, "a slice was not proposed: {error}");
            }
        }
        Ok(())
    }
}

fn wanted(slice: Slice) -> Wanted {
    let Twap { book, coin, side, limit, .. } = slice.twap;
    let until = limit.map(|_| slice.until);
    Wanted {
        book,
        coin,
        side,
        kind: limit.map_or(OrderKind::Instant, OrderKind::Limit),
        size: Size::Aud(slice.size),
        algorithm: None,
        terms: Terms { parent: Some(slice.parent), until, ..Terms::default() },
        again: true,
    }
}

fn row(id: OrderId, running: &Running, children: &[Child], now: Timestamp) -> TwapRow {
    let Twap { book, coin, side, total, limit, start, over_s, slices } = running.twap;
    let sum = |of: fn(&(Decimal, Quantity)) -> Decimal| {
        let done = children.iter().filter_map(|child| child.traded.as_ref());
        done.map(of).try_fold(Decimal::ZERO, Decimal::checked_add)
    };
    let (traded, filled) = (sum(|(value, _)| *value).unwrap_or_default(), sum(|(_, filled)| filled.decimal()));
    let arrival = children.first().and_then(|child| child.arrival);
    let average = filled.and_then(|filled| traded.checked_div(filled));
    let slippage = arrival.zip(average).and_then(|(arrival, average)| floor::slippage_bps(side, arrival, average));
    let state = match (&running.stopped, running.is_over(now)) {
        (Some(_), _) => "stopped",
        (None, true) => "over",
        (None, false) => "running",
    };
    TwapRow {
        id,
        book,
        coin,
        side,
        aud: SerialDecimal(total.amount()),
        limit,
        start,
        end: start.plus_micros(i64::from(over_s) * 1_000_000),
        slices,
        begun: running.begun,
        arrival,
        average: average.map(|average| SerialDecimal(average.round_dp(8).normalize())),
        slippage_bps: slippage.map(SerialDecimal),
        over_tolerance: slippage.is_some_and(|slippage| slippage > floor::TOLERANCE_BPS),
        traded: SerialDecimal(traded.round_dp(8).normalize()),
        state: state.to_owned(),
        reason: running.stopped.as_ref().map(Name::to_string),
        orders: children.iter().map(|child| child.order.to_string()).collect(),
    }
}

#[cfg(test)]
mod tests;
