//! The one order path: proposal → gate → approval → durable intent → venue → fills → books.

use super::books::parse_coin;
use crate::desk::Desk;
use crate::dto::{Event, OrderPreview, OrderRequest, OrderView, Orders, Refusal, SerialDecimal};
use crate::when::{DEFAULT_ZONE, today};
use crate::{Error, Result, Workstation, kill};
use domain::{
    Book, Coin, Decimal, Denial, Fact, Money, Name, OrderId, OrderKind, Price, Proposal, Quantity, Quote, QuoteKind,
    Size, parse_decimal,
};
use floor::{Approved, Depth, Elsewhere, FeeRates, GateContext, Order, Venue};
use ledgers::{Ledger, ReferencePrice};
use paper::{Market, Outcome};
use std::time::Duration;

/// A price younger than this is not fetched again for an order.
const PRICE_FRESH_S: i64 = 10;
/// How long an order waits for fresher prices before it is judged by what is known.
const REFRESH_WITHIN: Duration = Duration::from_secs(8);
/// How far back own prices count for the collar.
const COLLAR_HISTORY_MICROS: i64 = 3_600 * 1_000_000;
const FEES: FeeRates = FeeRates::COINSPOT;

/// What the gate looks at beside the desk.
struct Beside {
    /// The coin's own prices of late.
    recent: Vec<Quote>,
    /// What other venues say.
    elsewhere: Option<ReferencePrice>,
    /// Why no signal may rest on the prices now.
    unfit: Option<Denial>,
}

/// A request whose words make sense.
struct Asked {
    coin: Coin,
    kind: OrderKind,
    size: Size,
}

fn parse(request: &OrderRequest) -> Result<Asked> {
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
    Ok(Asked { coin: parse_coin(&request.coin)?, kind, size })
}

fn refusal(denial: &Denial) -> Refusal {
    Refusal { code: denial.code.clone(), message: denial.message.clone() }
}

impl Workstation {
    /// What an order would come to now, and whether it would be taken.
    ///
    /// # Errors
    /// Words that make no sense; the store's.
    pub async fn order_preview(&self, request: &OrderRequest) -> Result<OrderPreview> {
        let asked = parse(request)?;
        let (beside, warnings) = (self.beside(asked.coin, None).await?, self.price_warnings().await?);
        let mut desk = self.desk().await?;
        let quote = desk.quotes.get(&asked.coin).copied();
        let fee_pct = SerialDecimal(FEES.of(asked.kind).ratio() * Decimal::ONE_HUNDRED);
        let sized = floor::preview(asked.coin, request.side, asked.kind, asked.size, quote.as_ref(), &FEES);
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
                    denial,
                    warnings,
                });
            }
        };
        let proposal = proposal(request, &asked, preview.quantity);
        let judged = self.judge(&mut desk, &proposal, &beside)?;
        let serial = |money: Money| Some(SerialDecimal(money.amount()));
        Ok(OrderPreview {
            quantity: Some(preview.quantity),
            price: Some(preview.price),
            value: serial(preview.value),
            fee: serial(preview.fee),
            total: serial(preview.total),
            fee_pct,
            denial: judged.err().as_ref().map(refusal),
            warnings,
        })
    }

    /// Places an order; returns when the venue has answered. A denied order is an answer, not an error.
    ///
    /// # Errors
    /// Words that make no sense, an amount that cannot be sized, halted trading, the store's.
    pub async fn order_place(&self, request: &OrderRequest) -> Result<OrderView> {
        let asked = parse(request)?;
        self.require_writer()?;
        self.refresh_prices(asked.coin).await;
        let depth = self.depth_for(&asked).await;
        let beside = self.beside(asked.coin, None).await?;
        let mut desk = self.desk().await?;
        self.check_halted(&desk)?;
        let quote = desk.quotes.get(&asked.coin).copied();
        let price = floor::reference_price(asked.kind, request.side, quote.as_ref());
        let quantity = match (asked.size, price) {
            (Size::Quantity(quantity), _) => quantity,
            (size, Some(price)) => floor::quantity_for(size, request.side, price, FEES.of(asked.kind))
                .map_err(|error| Error::refused(error.code(), error.to_string()))?,
            (_, None) => {
                let words = format!("there is no price for {} now, so the order can't be sized in AUD", asked.coin);
                return Err(Error::refused("price_missing", words));
            }
        };
        let proposal = proposal(request, &asked, quantity);
        let id = OrderId::new(self.now(), crate::clock::random()?);
        let proposed = Fact::OrderProposed { order: id, proposal: proposal.clone() };
        match self.judge(&mut desk, &proposal, &beside)? {
            Err(denial) => self.record(&mut desk, vec![proposed, Fact::OrderDenied { order: id, denial }]).await?,
            Ok(approved) => self.send(&mut desk, id, proposed, approved, depth.as_ref()).await?,
        }
        self.view(&desk, id)
    }

    /// Records the intent durably, looks at the kill switch once more, then lets the venue have the order.
    async fn send(
        &self,
        desk: &mut Desk,
        id: OrderId,
        proposed: Fact,
        approved: Approved,
        depth: Option<&Depth>,
    ) -> Result<()> {
        let coin = approved.proposal().coin;
        let by = Name::parse("paper").map_err(|error| Error::usage("bad_name", error.to_string()))?;
        let (approval, order) = approved.approve(id, by);
        self.record(desk, vec![proposed, approval, Fact::OrderIntended { order: id }]).await?;
        let market = self.market(desk, coin, depth);
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
        let mut desk = self.desk().await?;
        let ids = desk.resting();
        self.cancel(&mut desk, &ids, "by_person").await?;
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
            let market = self.market(desk, *coin, depth.as_ref());
            let resting: Vec<&Order> = desk.orders.resting(Book::Paper).collect();
            let outcomes = desk.venue.recheck(*coin, resting, &market);
            self.record_outcomes(desk, outcomes).await?;
        }
        Ok(())
    }

    /// Refuses when facts contradict each other, or a proof found something wrong.
    fn check_halted(&self, desk: &Desk) -> Result<()> {
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

    fn judge(&self, desk: &mut Desk, proposal: &Proposal, beside: &Beside) -> Result<Result<Approved, Denial>> {
        let now = self.now();
        let quote = desk.quotes.get(&proposal.coin).copied();
        let recent_prices: Vec<Price> = beside
            .recent
            .iter()
            .filter(|tick| quote.is_none_or(|quote| tick.seen < quote.seen))
            .filter_map(Quote::candle_price)
            .collect();
        let available = |error: paper::WalletError| Error::Halted(error.to_string());
        let paper = proposal.book == Book::Paper;
        let context = GateContext {
            killed: kill::is_pulled(self.home()),
            now,
            coin_known: quote.is_some() || desk.quotes.is_empty(),
            quote,
            recent_prices: &recent_prices,
            elsewhere: beside.elsewhere.as_ref().map(|there| Elsewhere { price: there.price, venues: &there.venues }),
            unfit: beside.unfit.as_ref(),
            fees: FEES,
            cash_available: if paper {
                desk.wallet.available_cash(&desk.orders).map_err(available)?
            } else {
                Money::ZERO_AUD
            },
            coins_available: if paper {
                desk.wallet.available_coins(proposal.coin, &desk.orders).map_err(available)?
            } else {
                Quantity::ZERO
            },
            bought_today: desk.bought_since(today(now, DEFAULT_ZONE), now)?,
            open_buys: desk.orders.reserved_cash(proposal.book),
            orders_last_minute: desk.orders.allowed_in_last_minute(proposal.book, now),
            limits: desk.limits.of(proposal.book),
        };
        Ok(floor::judge(proposal, &context))
    }

    /// What the gate looks at beside the desk. An algorithm's order rests on a signal, and that on the Exchange ledger.
    async fn beside(&self, coin: Coin, algorithm: Option<&Name>) -> Result<Beside> {
        let (recent, elsewhere) = (self.recent_prices(coin).await?, self.reference_of(coin).await?.ok());
        let unfit = match algorithm {
            Some(_) => self.ledger_fit(Ledger::Exchange).await?.err(),
            None => None,
        };
        Ok(Beside { recent, elsewhere, unfit })
    }

    async fn recent_prices(&self, coin: Coin) -> Result<Vec<Quote>> {
        let now = self.now();
        Ok(self.store().ticks(coin, now.plus_micros(-COLLAR_HISTORY_MICROS), now.plus_micros(1)).await?)
    }

    /// Fetches prices when those of the coin are not fresh. What cannot be had is judged by what is known.
    async fn refresh_prices(&self, coin: Coin) {
        let Ok(desk) = self.desk().await else { return };
        let fresh = desk.quotes.get(&coin).is_some_and(|quote| quote.age_s(self.now()) <= PRICE_FRESH_S);
        drop(desk);
        if !fresh {
            let _ = tokio::time::timeout(REFRESH_WITHIN, self.collect_prices_for(coin)).await;
        }
    }

    /// The depth, for a limit order the market has come to.
    async fn depth_for(&self, asked: &Asked) -> Option<Depth> {
        let OrderKind::Limit(_) = asked.kind else { return None };
        let has_book = {
            let desk = self.desk().await.ok()?;
            desk.quotes.get(&asked.coin).is_some_and(|quote| quote.kind == QuoteKind::Book)
        };
        if has_book { self.depth(asked.coin).await } else { None }
    }

    fn view(&self, desk: &Desk, id: OrderId) -> Result<OrderView> {
        let order = desk.orders.get(id).ok_or_else(|| Error::Halted(format!("order {id} was not recorded")))?;
        Ok(desk.order_view(order))
    }

    /// Appends facts durably, then takes them into the desk and tells who listens.
    pub(crate) async fn record(&self, desk: &mut Desk, facts: Vec<Fact>) -> Result<()> {
        if facts.is_empty() {
            return Ok(());
        }
        let appended = self.store().append(&facts, self.now()).await?;
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
            desk.take(&fact, trade.as_ref());
            if let Some(row) = &appended.row {
                if !desk.coins.contains_key(&row.coin) {
                    desk.coins = self.store().coins().await?;
                }
                refold |= !desk.take_row(row)?;
            }
            self.tell_of(desk, &fact, trade.as_ref());
        }
        if refold {
            self.refold_books(desk).await?;
        }
        self.tell_status(desk);
        Ok(())
    }

    fn tell_of(&self, desk: &Desk, fact: &Fact, trade: Option<&store::RecordedTrade>) {
        if let Some(recorded) = trade {
            self.tell(Event::Trade { trade: super::books::trade_view(recorded) });
        }
        if let Some(order) = fact.order().and_then(|id| desk.orders.get(id)) {
            self.tell(Event::Order { order: desk.order_view(order) });
        }
    }
}

fn proposal(request: &OrderRequest, asked: &Asked, quantity: Quantity) -> Proposal {
    Proposal { book: request.book, coin: asked.coin, side: request.side, kind: asked.kind, quantity, algorithm: None }
}

/// Orders that were about to be sent when the process ended. The paper venue is this process, so they never were.
pub(crate) fn interrupted(desk: &Desk) -> Vec<Fact> {
    let words = "the workstation ended before the order was placed; it was not placed";
    desk.orders
        .open()
        .filter(|order| order.proposal().book == Book::Paper)
        .filter(|order| order.state() == domain::OrderState::Sending)
        .map(|order| Fact::OrderRejected { order: order.id(), denial: Denial::new("interrupted", words) })
        .collect()
}

#[cfg(test)]
mod tests;
