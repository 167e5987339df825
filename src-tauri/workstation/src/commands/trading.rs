//! The one order path: proposal → gate → approval → durable intent → venue → fills → books.

use super::books::parse_coin;
use super::ledgered::BEYOND;
use crate::desk::Desk;
use crate::dto::{Event, OrderPreview, OrderRequest, OrderView, Orders, Refusal, SerialDecimal};
use crate::{Error, Result, Workstation, kill};
use domain::{
    Book, Coin, Decimal, Denial, Fact, Money, Name, OrderId, OrderKind, OrderState, Price, Proposal, Quantity,
    QuoteKind, Side, Size, Terms, Timestamp, parse_decimal,
};
use floor::{Approved, Depth, FeeRates, Leave, Order, Venue};
use paper::{Market, Outcome};
use std::time::Duration;

/// A price younger than this is not fetched again for an order.
const PRICE_FRESH_S: i64 = 10;
/// How long an order waits for fresher prices before it is judged by what is known.
const REFRESH_WITHIN: Duration = Duration::from_secs(8);
pub(crate) const FEES: FeeRates = FeeRates::COINSPOT;

/// An order somebody wants, by hand or by an algorithm; not judged, perhaps not sized.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub book: Book,
    pub coin: Coin,
    pub side: Side,
    pub kind: OrderKind,
    pub size: Size,
    pub algorithm: Option<Name>,
    pub terms: Terms,
    /// Meant, though the same order was asked for just now.
    pub again: bool,
}

impl Wanted {
    fn proposal(&self, quantity: Quantity) -> Proposal {
        let Self { book, coin, side, kind, .. } = *self;
        Proposal { book, coin, side, kind, quantity, algorithm: self.algorithm.clone() }
    }
}

fn parse(request: &OrderRequest, now: Timestamp) -> Result<Wanted> {
    let bad = |what: &str, error: &dyn std::fmt::Display| Error::usage("bad_amount", format!("{what}: {error}"));
    let size = match (&request.quantity, &request.aud) {
        (Some(text), None) => Size::Quantity(Quantity::parse(text).map_err(|error| bad("quantity", &error))?),
        (None, Some(text)) => Size::Aud(Money::aud(parse_decimal(text).map_err(|error| bad("aud", &error))?)),
        _ => return Err(Error::usage("bad_size", "give exactly one of quantity and aud")),
    };
    let kind = match &request.limit {
        Some(text) => OrderKind::Limit(Price::parse(text).map_err(|error| bad("limit", &error))?),
        None => OrderKind::Instant,
    };
    let until = request.until.as_deref().map(|text| super::execution::until(text, now)).transpose()?;
    if until.is_some() && kind == OrderKind::Instant {
        return Err(Error::usage(
            "until_needs_limit",
            "an instant order trades at once: only one with a limit can end",
        ));
    }
    Ok(Wanted {
        book: request.book,
        coin: parse_coin(&request.coin)?,
        side: request.side,
        kind,
        size,
        algorithm: None,
        again: request.again,
        terms: Terms { until, ..Terms::default() },
    })
}

pub(crate) fn refusal(denial: &Denial) -> Refusal {
    Refusal { code: denial.code.clone(), message: denial.message.clone() }
}

impl Workstation {
    /// What an order would come to now, and whether it would be taken.
    ///
    /// # Errors
    /// Words that make no sense; the store's.
    pub async fn order_preview(&self, request: &OrderRequest) -> Result<OrderPreview> {
        let asked = parse(request, self.now())?;
        let (beside, warnings) = (self.beside(asked.coin, None).await?, self.price_warnings().await?);
        // A live order is judged by what the venue says of the account just now, and so is its preview.
        if asked.book == Book::Live && !self.desk().await?.live.is_fresh(self.now()) {
            self.look_at_account().await;
        }
        let mut desk = self.desk().await?;
        let quote = desk.quotes.get(&asked.coin).copied();
        let fee_pct = SerialDecimal(FEES.of(asked.kind).ratio() * Decimal::ONE_HUNDRED);
        let sized = floor::preview(asked.coin, asked.side, asked.kind, asked.size, quote.as_ref(), &FEES);
        let preview = match sized {
            Ok(preview) => preview,
            Err(error) => {
                let denial = Some(Refusal { code: error.code().to_owned(), message: error.to_string() });
                return Ok(OrderPreview {
                    quantity: None,
                    price: None,
                    value: None,
                    fee: None,
                    total: None,
                    fee_pct,
                    asks: false,
                    denial,
                    warnings,
                    headroom: Vec::new(),
                });
            }
        };
        let proposal = asked.proposal(preview.quantity);
        let judged = self.judge(&mut desk, &proposal, &beside)?;
        let serial = |money: Money| Some(SerialDecimal(money.amount()));
        Ok(OrderPreview {
            quantity: Some(preview.quantity),
            price: Some(preview.price),
            value: serial(preview.value),
            fee: serial(preview.fee),
            total: serial(preview.total),
            fee_pct,
            asks: judged.as_ref().is_ok_and(|approved| approved.leave() == Leave::Ask),
            denial: judged.err().as_ref().map(refusal),
            warnings,
            headroom: self.headroom(&mut desk, &proposal, &beside)?,
        })
    }

    /// Places an order; returns when the venue has answered. A denied order is an answer, not an error.
    ///
    /// # Errors
    /// Words that make no sense, an amount that cannot be sized, halted trading, the store's.
    pub async fn order_place(&self, request: &OrderRequest) -> Result<OrderView> {
        let id = self.propose(parse(request, self.now())?).await?;
        if request.book == Book::Live {
            self.follow(id).await;
        }
        let order = self.view(&*self.desk().await?, id)?;
        if order.state == OrderState::Unknown.as_str() {
            return Err(Error::OrderUnknown { order: Box::new(order) });
        }
        Ok(order)
    }

    /// The one way in: sizes an order, judges it, and sends it, asks a person, or records why not.
    ///
    /// # Errors
    /// An amount that cannot be sized, halted trading, the store's.
    pub(crate) async fn propose(&self, wanted: Wanted) -> Result<OrderId> {
        self.require_writer()?;
        self.refresh_prices(wanted.coin).await;
        let depth = self.depth_for(wanted.coin, wanted.kind).await;
        let mut beside = self.beside(wanted.coin, wanted.algorithm.as_ref()).await?;
        if wanted.side == Side::Buy {
            self.refresh_held(wanted.book).await;
        }
        if wanted.book == Book::Live {
            self.look_unless_fresh().await;
        }
        let mut desk = self.desk().await?;
        self.check_halted(&desk)?;
        self.note_equity(&mut desk, wanted.book).await?;
        let quote = desk.quotes.get(&wanted.coin).copied();
        let price = floor::reference_price(wanted.kind, wanted.side, quote.as_ref());
        let quantity = match (wanted.size, price) {
            (Size::Quantity(quantity), _) => quantity,
            (size, Some(price)) => floor::quantity_for(size, wanted.side, price, FEES.of(wanted.kind))
                .map_err(|error| Error::refused(error.code(), error.to_string()))?,
            (_, None) => {
                let words = format!("there is no price for {} now, so the order can't be sized in AUD", wanted.coin);
                return Err(Error::refused("price_missing", words));
            }
        };
        let proposal = wanted.proposal(quantity);
        // A slice of a larger order is meant to look like the one before.
        if !wanted.again && wanted.terms.parent.is_none() {
            let within_s = desk.limits.of(proposal.book).repeat_window_s().unwrap_or(0);
            beside.repeats = desk.orders.twin(&proposal, self.now(), within_s);
        }
        let arrival = quote.and_then(|quote| Price::new(quote.mid()?).ok());
        let terms = Terms { arrival: wanted.terms.arrival.or(arrival), ..wanted.terms };
        let id = OrderId::new(self.now(), crate::clock::random()?);
        let mut facts = vec![
            Fact::OrderProposed { order: id, proposal: proposal.clone() },
            Fact::OrderTerms { order: id, terms: terms.clone() },
        ];
        let liquidates = self.inner.passes.covers(self.home(), &proposal);
        let by = |usual| if liquidates { "liquidation" } else { usual };
        match self.judge(&mut desk, &proposal, &beside)? {
            Err(denial) => {
                facts.push(Fact::OrderDenied { order: id, denial });
                self.record(&mut desk, facts).await?;
            }
            Ok(approved) if approved.leave() == Leave::Ask => {
                let ask = approved.ask(id, &terms, desk.ask_until(self.now(), &terms));
                facts.push(Fact::ApprovalAsked { order: id, ask });
                self.record(&mut desk, facts).await?;
            }
            Ok(approved) if proposal.book == Book::Paper => {
                self.send_paper(&mut desk, id, facts, approved, by("paper"), depth.as_ref()).await?;
            }
            Ok(_) => {
                self.record(&mut desk, facts).await?;
                drop(desk);
                self.send_live(id, by("mandate")).await?;
            }
        }
        Ok(id)
    }

    /// Records the intent durably, looks at the kill switch once more, then lets the paper venue have the order.
    pub(crate) async fn send_paper(
        &self,
        desk: &mut Desk,
        id: OrderId,
        mut facts: Vec<Fact>,
        approved: Approved,
        by: &str,
        depth: Option<&Depth>,
    ) -> Result<()> {
        let proposal = approved.proposal().clone();
        let by = Name::parse(by).map_err(|error| Error::usage("bad_name", error.to_string()))?;
        let (approval, order) = approved.approve(id, by);
        facts.extend([approval, Fact::OrderIntended { order: id }]);
        self.record(desk, facts).await?;
        let market = Market { killed: self.stops(&proposal), ..self.market(desk, proposal.coin, depth) };
        let outcome = desk.venue.place(order, &market);
        self.record_outcomes(desk, vec![outcome]).await
    }

    /// All orders, newest last.
    ///
    /// # Errors
    /// The store's.
    pub async fn orders(&self) -> Result<Orders> {
        let desk = self.desk().await?;
        Ok(Orders { orders: desk.orders.iter().map(|order| desk.order_view(order)).collect() })
    }

    /// Takes an order back; what was filled stays filled. Always allowed.
    ///
    /// # Errors
    /// `order_not_found`, `order_final`, the store's.
    pub async fn order_cancel(&self, id: &str) -> Result<OrderView> {
        let id = OrderId::parse(id).map_err(|error| Error::usage("bad_order_id", error.to_string()))?;
        self.require_writer()?;
        let mut desk = self.desk().await?;
        let Some(order) = desk.orders.get(id) else {
            return Err(Error::refused("order_not_found", format!("there is no order {id}")));
        };
        let (is_live, state) = (order.proposal().book == Book::Live, order.state());
        if is_live && !state.is_final() && (order.is_resting() || order.locks_market()) {
            drop(desk);
            return self.order_cancel_live(id, "by_person").await;
        }
        if !order.can_cancel() {
            let words = format!("order {id} is {} already: nothing is left to cancel", order.state());
            return Err(Error::refused("order_final", words));
        }
        self.cancel(&mut desk, &[id], "by_person").await?;
        self.view(&desk, id)
    }

    /// Takes every resting order back.
    ///
    /// # Errors
    /// The store's.
    pub async fn order_cancel_all(&self) -> Result<Orders> {
        self.require_writer()?;
        let (mut ids, live) = {
            let mut desk = self.desk().await?;
            let ids = desk.resting();
            self.cancel(&mut desk, &ids, "by_person").await?;
            let live: Vec<OrderId> = desk.orders.resting(Book::Live).map(Order::id).collect();
            (ids, live)
        };
        if !live.is_empty() {
            self.cancel_live(&live, "by_person").await;
            ids.extend(live);
        }
        let desk = self.desk().await?;
        Ok(Orders { orders: ids.iter().map(|id| self.view(&desk, *id)).collect::<Result<_>>()? })
    }

    pub(crate) async fn cancel(&self, desk: &mut Desk, ids: &[OrderId], reason: &str) -> Result<()> {
        let reason = Name::parse(reason).map_err(|error| Error::usage("bad_reason", error.to_string()))?;
        let facts = ids.iter().map(|id| Fact::OrderCancelled { order: *id, reason: reason.clone() }).collect();
        self.record(desk, facts).await
    }

    /// Looks again at the resting orders of some coins, after their prices moved.
    pub(crate) async fn recheck(&self, coins: &[Coin]) -> Result<()> {
        for coin in coins {
            let depth = if self.resting_wants_depth(*coin).await? { self.depth(*coin).await } else { None };
            let mut guard = self.desk().await?;
            let desk = &mut *guard;
            if self.check_halted(desk).is_err() {
                return Ok(());
            }
            // What is over must not be filled by the price that has just come.
            self.end_here(desk).await?;
            let market = self.market(desk, *coin, depth.as_ref());
            let resting: Vec<&Order> = desk.orders.resting(Book::Paper).collect();
            let outcomes = desk.venue.recheck(*coin, resting, &market);
            self.record_outcomes(desk, outcomes).await?;
        }
        Ok(())
    }

    /// Refuses when facts contradict each other, or a proof found something wrong.
    pub(crate) fn check_halted(&self, desk: &Desk) -> Result<()> {
        let reason = desk.halted.clone().or_else(|| crate::halt::reason(self.home()));
        reason.map_or(Ok(()), |reason| Err(Error::Halted(reason)))
    }

    async fn resting_wants_depth(&self, coin: Coin) -> Result<bool> {
        let desk = self.desk().await?;
        let Some(quote) = desk.quotes.get(&coin) else { return Ok(false) };
        Ok(paper::wants_depth(desk.orders.resting(Book::Paper), quote))
    }

    async fn record_outcomes(&self, desk: &mut Desk, outcomes: Vec<Outcome>) -> Result<()> {
        let mut facts = Vec::new();
        for outcome in outcomes {
            match outcome.rests {
                Some(rest) => desk.rests.insert(outcome.order, rest),
                None => desk.rests.remove(&outcome.order),
            };
            facts.extend(outcome.facts);
        }
        self.record(desk, facts).await
    }

    /// What the venue is told of a coin; the kill switch is read here, immediately before the order could fill.
    fn market<'a>(&self, desk: &Desk, coin: Coin, depth: Option<&'a Depth>) -> Market<'a> {
        Market {
            now: self.now(),
            killed: kill::is_pulled(self.home()),
            quote: desk.quotes.get(&coin).copied(),
            depth,
            max_price_age_s: desk.limits.of(Book::Paper).max_price_age_s().unwrap_or(0),
        }
    }

    /// Fetches prices when those of the coin are not fresh. What cannot be had is judged by what is known.
    pub(crate) async fn refresh_prices(&self, coin: Coin) {
        let Ok(desk) = self.desk().await else { return };
        let fresh = desk.quotes.get(&coin).is_some_and(|quote| quote.age_s(self.now()) <= PRICE_FRESH_S);
        drop(desk);
        if !fresh {
            let _ = tokio::time::timeout(REFRESH_WITHIN, self.collect_prices_for(coin)).await;
        }
    }

    /// Fetches the coin list when something held that only it prices has no fresh bid. What cannot be had stays unknown.
    async fn refresh_held(&self, book: Book) {
        let Ok(desk) = self.desk().await else { return };
        let worth = desk.worth(book, self.now());
        let is_book = |coin: &Coin| desk.quotes.get(coin).is_some_and(|quote| quote.kind == QuoteKind::Book);
        let unpriced = worth.unpriced().find(|coin| !is_book(coin)).or_else(|| worth.unpriced().next());
        drop(desk);
        if let Some(coin) = unpriced {
            let _ = tokio::time::timeout(REFRESH_WITHIN, self.collect_prices_for(coin)).await;
        }
    }

    /// The depth, for a limit order the market has come to.
    pub(crate) async fn depth_for(&self, coin: Coin, kind: OrderKind) -> Option<Depth> {
        let OrderKind::Limit(_) = kind else { return None };
        let has_book = {
            let desk = self.desk().await.ok()?;
            desk.quotes.get(&coin).is_some_and(|quote| quote.kind == QuoteKind::Book)
        };
        if has_book { self.depth(coin).await } else { None }
    }

    pub(crate) fn view(&self, desk: &Desk, id: OrderId) -> Result<OrderView> {
        let order = desk.orders.get(id).ok_or_else(|| Error::Halted(format!("order {id} was not recorded")))?;
        Ok(desk.order_view(order))
    }

    /// Appends facts durably, then takes them into the desk and tells who listens.
    pub(crate) async fn record(&self, desk: &mut Desk, facts: Vec<Fact>) -> Result<()> {
        if facts.is_empty() {
            return Ok(());
        }
        let appended = self.store().append(&facts, self.now()).await?;
        let asked: Vec<OrderId> = facts
            .iter()
            .filter_map(|fact| if let Fact::ApprovalAsked { order, .. } = fact { Some(*order) } else { None })
            .collect();
        let mut refold = false;
        for (fact, appended) in facts.into_iter().zip(appended) {
            let trade = match &fact {
                Fact::Trade(trade) => Some(store::RecordedTrade {
                    id: trade.id(),
                    device: appended.device,
                    seq: appended.seq,
                    recorded_at: appended.recorded_at,
                    trade: trade.clone(),
                }),
                _ => None,
            };
            desk.take(&fact, appended.recorded_at, trade.as_ref());
            if let Some(row) = &appended.row {
                if !desk.coins.contains_key(&row.coin) {
                    // A coin only movements knew has its number in the dictionary from now on.
                    refold |= desk.coins.keys().any(|&number| number >= BEYOND);
                    desk.coins.extend(self.store().coins().await?);
                }
                refold |= !desk.take_row(row)?;
            }
            refold |= matches!(&fact, Fact::Movement { movement } if movement.book == Book::Paper);
            refold |= matches!(fact, Fact::MovementJudged { .. });
            self.tell_of(desk, &fact, trade.as_ref());
        }
        if refold {
            self.refold_books(desk).await?;
        }
        for order in asked {
            self.tell_asked(desk, order);
        }
        self.tell_status(desk);
        Ok(())
    }

    fn tell_of(&self, desk: &Desk, fact: &Fact, trade: Option<&store::RecordedTrade>) {
        if let Some(recorded) = trade {
            self.tell(Event::Trade { trade: super::books::trade_view(recorded) });
        }
        if let Fact::AlgorithmSet { name, .. }
        | Fact::AlgorithmMoved { name, .. }
        | Fact::SignalTaken { name, .. }
        | Fact::SignalSettled { name, .. } = fact
        {
            self.tell(Event::Algorithm { name: name.to_string() });
        }
        if let Some(order) = fact.order().and_then(|id| desk.orders.get(id)) {
            self.tell(Event::Order { order: desk.order_view(order) });
        }
    }
}

/// Orders that were about to be sent when the process ended. The paper venue is this process, so they never were.
pub(crate) fn interrupted(desk: &Desk) -> Vec<Fact> {
    let words = "the workstation ended before the order was placed; it was not placed";
    desk.orders
        .open()
        .filter(|order| order.proposal().book == Book::Paper)
        .filter(|order| order.state() == OrderState::Sending)
        .map(|order| Fact::OrderRejected { order: order.id(), denial: Denial::new("interrupted", words) })
        .collect()
}

#[cfg(test)]
mod tests;
