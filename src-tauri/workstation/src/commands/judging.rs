//! What the gate is told of the world: prices, balances, limits, mandates.

use super::trading::FEES;
use crate::desk::Desk;
use crate::dto::HeadroomRow;
use crate::risk::Wildness;
use crate::when::{DEFAULT_ZONE, minute_of_day, today};
use crate::{Error, Result, Workstation, kill};
use domain::{Book, Coin, Denial, Name, OrderId, Price, Proposal, Quote};
use floor::{Approved, Elsewhere, Exposure, GateContext, Order, Preview, Reservation};
use ledgers::{Ledger, ReferencePrice};

/// What the gate looks at beside the desk.
pub(crate) struct Beside {
    /// The coin's own prices of late.
    recent: Vec<Quote>,
    /// What other venues say.
    elsewhere: Option<ReferencePrice>,
    /// Why no signal may rest on the prices now.
    unfit: Option<Denial>,
    /// How wild the market is.
    pub market: Wildness,
    /// The same order, asked for just now; only a new one is held against it.
    pub repeats: Option<OrderId>,
    /// The order that is to be changed: what it sets aside is judged anew and not twice.
    pub releases: Option<OrderId>,
}

impl Beside {
    /// How many other venues agree on the coin's price; none when there is no such price.
    pub(crate) fn agreeing(&self) -> Option<usize> {
        self.elsewhere.as_ref().map(|there| there.venues.len())
    }
}

/// What stands at risk beside an order that is to be changed.
fn beside_released<'a>(of: Exposure<'a>, proposal: &Proposal, released: Reservation) -> Result<Exposure<'a>> {
    let algorithm = match proposal.algorithm {
        Some(_) => of.algorithm.checked_sub(released.cash)?,
        None => of.algorithm,
    };
    Ok(Exposure { coin: of.coin.checked_sub(released.cash)?, algorithm, ..of })
}

impl Workstation {
    /// Whether the kill switch keeps this order from leaving; read immediately before every send.
    pub(crate) fn stops(&self, proposal: &Proposal) -> bool {
        kill::is_pulled(self.home()) && !self.inner.passes.covers(self.home(), proposal)
    }

    /// Asks the gate about an order as things stand now.
    pub(crate) fn judge(
        &self,
        desk: &mut Desk,
        proposal: &Proposal,
        beside: &Beside,
    ) -> Result<Result<Approved, Denial>> {
        if let Err(denial) = desk.algorithms.may_buy(proposal) {
            return Ok(Err(denial));
        }
        if let Err(denial) = desk.risk.protections.may_buy(proposal, &desk.risk.own, self.now()) {
            return Ok(Err(denial));
        }
        let judged = self.with_context(desk, proposal, beside, |context| floor::judge(proposal, context))?;
        Ok(match (proposal.book, judged) {
            (Book::Live, Ok(approved)) => self.check_key(&desk.authority).map(|()| approved),
            (_, judged) => judged,
        })
    }

    /// How much of each limit that adds up is used, and would be after an order.
    pub(crate) fn headroom(&self, desk: &mut Desk, proposal: &Proposal, beside: &Beside) -> Result<Vec<HeadroomRow>> {
        let quote = desk.quotes.get(&proposal.coin).copied();
        let Proposal { side, kind, quantity, .. } = *proposal;
        let Some(price) = floor::reference_price(kind, side, quote.as_ref()) else { return Ok(Vec::new()) };
        let Ok(worst) = Preview::of(quantity, side, price, FEES.of(kind)) else { return Ok(Vec::new()) };
        let room =
            self.with_context(desk, proposal, beside, |context| floor::headroom(proposal, worst.total, context))?;
        Ok(room.iter().map(HeadroomRow::from).collect())
    }

    /// Hands out what the gate looks at.
    fn with_context<T>(
        &self,
        desk: &mut Desk,
        proposal: &Proposal,
        beside: &Beside,
        of: impl FnOnce(&GateContext<'_>) -> T,
    ) -> Result<T> {
        let now = self.now();
        let quote = desk.quotes.get(&proposal.coin).copied();
        let recent_prices: Vec<Price> = beside
            .recent
            .iter()
            .filter(|tick| quote.is_none_or(|quote| tick.seen < quote.seen))
            .filter_map(Quote::candle_price)
            .collect();
        let changed = beside.releases.and_then(|id| desk.orders.get(id));
        let released = changed.map(|order| order.reservation(&FEES)).transpose()?.unwrap_or(Reservation::NONE);
        let available = |error: paper::WalletError| Error::Halted(error.to_string());
        let (cash_available, coins_available) = match proposal.book {
            Book::Paper => (
                desk.wallet.available_cash(&desk.orders).map_err(available)?.checked_add(released.cash)?,
                desk.wallet
                    .available_coins(proposal.coin, &desk.orders)
                    .map_err(available)?
                    .checked_add(released.coins)?,
            ),
            Book::Live => desk.live.available(proposal.coin, &desk.orders, released),
        };
        let day = today(now, DEFAULT_ZONE);
        let holder = floor::holder(proposal);
        let filled = desk.bought_since(proposal.book, Some(holder), day, now)?;
        let theirs = desk.orders.reserved_cash_of(proposal.book, holder).checked_sub(released.cash)?;
        let holder_bought_today = filled.checked_add(theirs)?;
        let limits = desk.limits_now(proposal.book, beside.market);
        let bought_today = desk.bought_since(proposal.book, None, day, now)?;
        let worth = desk.worth(proposal.book, now);
        let liquidates = self.inner.passes.covers(self.home(), proposal);
        // What the person typed for needs no mandate, asks nobody again and is not one order too many.
        let lent = liquidates.then(|| desk.authority.liquidating());
        let context = GateContext {
            killed: self.stops(proposal),
            now,
            coin_known: quote.is_some() || desk.quotes.is_empty(),
            quote,
            recent_prices: &recent_prices,
            elsewhere: beside.elsewhere.as_ref().map(|there| Elsewhere { price: there.price, venues: &there.venues }),
            unfit: beside.unfit.as_ref(),
            fees: FEES,
            cash_available,
            coins_available,
            bought_today,
            open_buys: desk.orders.reserved_cash(proposal.book).checked_sub(released.cash)?,
            orders_last_minute: if liquidates { 0 } else { desk.orders.allowed_in_last_minute(proposal.book, now) },
            limits: &limits,
            authority: lent.as_ref().unwrap_or(&desk.authority),
            holder_bought_today,
            local_minute: minute_of_day(now, DEFAULT_ZONE),
            locked_by: desk.orders.locking(proposal.coin).map(Order::id),
            account_known: desk.live.is_fresh(now),
            exposure: beside_released(desk.exposure(proposal, now, &worth), proposal, released)?,
            repeats: beside.repeats,
        };
        Ok(of(&context))
    }

    /// What the gate looks at beside the desk. An algorithm's order rests on a signal, and that on the Exchange ledger.
    pub(crate) async fn beside(&self, coin: Coin, algorithm: Option<&Name>) -> Result<Beside> {
        let (recent, elsewhere) = (self.recent_prices(coin).await?, self.reference_of(coin).await?.ok());
        let unfit = match algorithm {
            Some(_) => self.ledger_fit(Ledger::Exchange).await?.err(),
            None => None,
        };
        Ok(Beside { recent, elsewhere, unfit, market: self.market_now().await?, repeats: None, releases: None })
    }
}
