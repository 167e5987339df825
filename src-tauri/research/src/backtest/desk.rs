//! The order path in memory: from a signal through the gate to the paper venue, its facts into orders, wallet and books.
//!
//! Invariants: every order passes [`floor::judge`] with what is true at its moment and reaches the venue as an
//! [`floor::ApprovedOrder`]; wallet and orders change by facts alone, save for money paid in, which is no fact of paper; what
//! a strategy sees of itself is made as on the Floor. Deliberately absent: a journal, and whom to ask.

use super::result::{Fill, Refused};
use super::setup::{Setup, Way};
use super::{BacktestError, market};
use books::{Books, PnlQuery, day_start};
use chrono::Timelike;
use domain::{
    Book, Coin, Decimal, Denial, Fact, FactHash, Money, Name, OrderId, OrderKind, Price, Proposal, Quantity, Quote,
    RowKind, Side, Signal, SignalSource, Terms, Timestamp, Trade, TradeRow,
};
use floor::{
    Authority, Bid, BookLimits, Depth, Ended, EquityPoint, Exposure, GateContext, LimitName, Limits, Orders, Over,
    OwnBooks, Portfolio, Venue, Worth,
};
use paper::{Market, Outcome, PaperVenue, Wallet};
use std::collections::{BTreeMap, VecDeque};

/// Fills kept: with their rows about half a gigabyte.
pub(super) const FILLS_MAX: usize = 2_000_000;
/// Fills whose reason is kept.
const REASONS_MAX: usize = 100_000;
const MINUTE_MICROS: i64 = 60_000_000;
const ALL_BPS: u32 = 10_000;

/// What is known of a coin as an order for it is made.
pub(super) struct Meets<'a> {
    /// Length of its bars.
    pub bar_micros: i64,
    /// Bid and ask.
    pub quote: Quote,
    /// Coins on offer.
    pub offer: Quantity,
    /// Its closes of the last hour, newest last.
    pub recent: &'a [Price],
}

/// A run's own desk.
pub(super) struct Desk<'s> {
    setup: &'s Setup,
    coins: Vec<Coin>,
    orders: Orders,
    wallet: Wallet,
    venue: PaperVenue,
    books: Books,
    authority: Authority,
    /// The limits again, of both books: what orders may rest by.
    book_limits: BookLimits,
    /// What protections look at, where there are any.
    own: OwnBooks,
    by: Name,
    /// What a seller gets, coin by coin.
    marks: Vec<Option<Price>>,
    held: Vec<Quantity>,
    /// Orders are open.
    pub is_busy: bool,
    pub portfolio: Portfolio,
    pub equity: Money,
    /// What is held, at the marks.
    pub holdings: Money,
    /// When orders were allowed, of the last minute.
    allowed: VecDeque<Timestamp>,
    /// The end of the trader's day and what was bought in it.
    day: (Timestamp, Timestamp),
    bought_today: Money,
    point: Option<EquityPoint>,
    flow: Money,
    keeps_points: bool,
    version: FactHash,
    pub fills: Vec<Fill>,
    pub rows: Vec<TradeRow>,
    pub refused: BTreeMap<String, Refused>,
    pub placed: u64,
    pub fees: Money,
}

impl<'s> Desk<'s> {
    pub fn open(setup: &'s Setup, coins: Vec<Coin>) -> Result<Self, BacktestError> {
        let start = Wallet::reset(setup.cash)?;
        let (mut wallet, mut orders) = (Wallet::default(), Orders::new(setup.costs.fees));
        wallet.apply(&start)?;
        orders.apply(&start)?;
        let binds = |name| setup.limits.get(name).is_none_or(|most| most < Decimal::ONE_HUNDRED);
        let mut desk = Self {
            orders,
            wallet,
            venue: PaperVenue::new(setup.costs.fees),
            books: Books::new(PnlQuery::of(Book::Paper)),
            authority: Authority::default(),
            book_limits: book_limits(&setup.limits),
            own: OwnBooks::default(),
            by: setup.algorithm.clone(),
            marks: vec![None; coins.len()],
            held: vec![Quantity::ZERO; coins.len()],
            is_busy: false,
            portfolio: Portfolio::default(),
            equity: setup.cash,
            holdings: Money::ZERO_AUD,
            allowed: VecDeque::new(),
            day: (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MIN)),
            bought_today: Money::ZERO_AUD,
            point: None,
            flow: Money::ZERO_AUD,
            keeps_points: binds(LimitName::MaxDayLossPct) || binds(LimitName::MaxDrawdownPct),
            version: FactHash::GENESIS,
            fills: Vec::new(),
            rows: Vec::new(),
            refused: BTreeMap::new(),
            placed: 0,
            fees: Money::ZERO_AUD,
            coins,
            setup,
        };
        desk.value()?;
        Ok(desk)
    }

    /// From when on slots count.
    pub fn begin(&mut self, since: Timestamp) {
        self.portfolio.since = since;
    }

    /// Another price of a coin.
    #[inline]
    pub fn mark(&mut self, lane: usize, price: Price) -> Result<(), BacktestError> {
        if let Some(mark) = self.marks.get_mut(lane) {
            *mark = Some(price);
        }
        if self.held.get(lane).is_some_and(|held| !held.is_zero()) { self.value() } else { Ok(()) }
    }

    /// Marks of all coins.
    pub fn marks(&self) -> &[Option<Price>] {
        &self.marks
    }

    pub fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// What it is worth and what of it is used, as the Floor tells an algorithm.
    fn value(&mut self) -> Result<(), BacktestError> {
        let mut held = Money::ZERO_AUD;
        for (quantity, mark) in self.held.iter().zip(&self.marks) {
            if let Some(mark) = mark.filter(|_| !quantity.is_zero()) {
                held = held.checked_add(mark.times(*quantity)?)?;
            }
        }
        self.holdings = held;
        self.equity = self.wallet.cash().checked_add(held)?;
        let has_all = self.setup.capital.0 == ALL_BPS;
        self.portfolio.capital = Some(if has_all { self.equity } else { self.setup.capital.of(self.equity)? });
        // Without an open order nothing is set aside.
        let used = if self.is_busy { held.checked_add(self.orders.reserved_cash(Book::Paper))? } else { held };
        self.portfolio.used = Some(used);
        Ok(())
    }

    /// Money paid in or taken out.
    pub fn pay(&mut self, amount: Money, time: Timestamp) -> Result<(), BacktestError> {
        let free = self.wallet.available_cash(&self.orders)?.checked_add(amount)?;
        if free.amount() < Decimal::ZERO {
            return Err(BacktestError::CashShort { amount, time });
        }
        self.wallet.pay(amount)?;
        self.flow = self.flow.checked_add(amount)?;
        self.value()
    }

    /// Keeps day start and peak where a limit is held against them.
    pub fn note(&mut self, now: Timestamp) {
        if self.keeps_points {
            self.note_point(now);
        }
    }

    fn note_point(&mut self, now: Timestamp) {
        self.turn_day(now);
        let flow = std::mem::replace(&mut self.flow, Money::ZERO_AUD);
        self.point = EquityPoint::next(self.point.as_ref(), now, self.day.0, self.equity, flow);
    }

    fn turn_day(&mut self, now: Timestamp) {
        if now < self.day.1 {
            return;
        }
        let zone = self.setup.trader_zone;
        let date = now.to_utc().with_timezone(&zone).date_naive();
        let begin = day_start(date, zone).unwrap_or(now).min(now);
        let end = date.succ_opt().and_then(|next| day_start(next, zone)).unwrap_or(now);
        self.day = (begin, end.max(now.plus_micros(1)));
        self.bought_today = Money::ZERO_AUD;
    }

    /// Uses a signal's slot, once.
    pub fn takes(&mut self, signal: &Signal, now: Timestamp) -> bool {
        if signal.slot <= self.portfolio.done_until(signal.coin) {
            let words = format!("{} of {} was acted on already, or lies before the window.", signal.slot, signal.coin);
            self.refuse(&Denial::new("slot_done", words), now);
            return false;
        }
        self.portfolio.done.insert(signal.coin, signal.slot);
        true
    }

    pub fn refuse(&mut self, denial: &Denial, now: Timestamp) {
        let row = self.refused.entry(denial.code.clone()).or_insert_with(|| Refused {
            code: denial.code.clone(),
            count: 0,
            first: now,
            words: denial.to_string(),
        });
        row.count += 1;
    }

    /// From a signal to an order at the venue. Says how many coins were traded.
    pub fn act(&mut self, signal: &Signal, meets: &Meets<'_>, now: Timestamp) -> Result<Quantity, BacktestError> {
        self.value()?;
        let (side, size) = match floor::order_of(signal, &self.coins, &self.portfolio, meets.quote.ask) {
            Ok(order) => order,
            Err(denial) => return self.refused(&denial, now),
        };
        let Some((kind, until)) = self.kind(side, meets, now) else {
            let words = format!("There is no price for {} now.", signal.coin);
            return self.refused(&Denial::new("price_missing", words), now);
        };
        let fees = &self.setup.costs.fees;
        let Some(price) = floor::reference_price(kind, side, Some(&meets.quote)) else { return Ok(Quantity::ZERO) };
        let quantity = match floor::quantity_for(size, side, price, fees.of(kind)) {
            Ok(quantity) => quantity,
            Err(error) => return self.refused(&Denial::new(error.code(), error.to_string()), now),
        };
        if price.times(quantity)?.amount() < self.setup.costs.minimum.amount() {
            let words = format!("{quantity} {} are worth less than an order must be.", signal.coin);
            return self.refused(&Denial::new("below_minimum", words), now);
        }
        let algorithm = Some(self.setup.algorithm.clone());
        let proposal = Proposal { book: Book::Paper, coin: signal.coin, side, kind, quantity, algorithm };
        let arrival = meets.quote.mid().and_then(|mid| Price::new(mid).ok());
        let terms = Terms { until, parent: None, arrival, signal: Some(self.source(signal)) };
        self.place(proposal, terms, meets, now)
    }

    fn refused(&mut self, denial: &Denial, now: Timestamp) -> Result<Quantity, BacktestError> {
        self.refuse(denial, now);
        Ok(Quantity::ZERO)
    }

    /// A limit or not, and until when, as the Floor makes an algorithm's orders.
    fn kind(&self, side: Side, meets: &Meets<'_>, now: Timestamp) -> Option<(OrderKind, Option<Timestamp>)> {
        let met = floor::reference_price(OrderKind::Instant, side, Some(&meets.quote))?;
        Some(match self.setup.way {
            Way::Instant => (OrderKind::Instant, None),
            Way::Book => (OrderKind::Limit(met), Some(now.plus_micros(meets.bar_micros))),
            Way::Resting { offset, bars } => {
                let limit = market::better(side, met, offset)?;
                let until = now.plus_micros(meets.bar_micros.saturating_mul(i64::from(bars)));
                (OrderKind::Limit(limit), Some(until))
            }
        })
    }

    fn source(&self, signal: &Signal) -> SignalSource {
        SignalSource {
            version: self.version,
            reason: signal.reason.clone(),
            confidence: signal.confidence,
            evidence: signal.evidence.clone(),
        }
    }

    fn place(
        &mut self,
        proposal: Proposal,
        terms: Terms,
        meets: &Meets<'_>,
        now: Timestamp,
    ) -> Result<Quantity, BacktestError> {
        self.placed += 1;
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&self.placed.to_be_bytes());
        let id = OrderId::new(now, bytes);
        let judged = self.judge(&proposal, meets, now)?;
        let _ = self.orders.let_leave();
        self.take(&Fact::OrderProposed { order: id, proposal })?;
        self.take(&Fact::OrderTerms { order: id, terms })?;
        let approved = match judged {
            Ok(approved) => approved,
            Err(denial) => {
                self.refuse(&denial, now);
                self.take(&Fact::OrderDenied { order: id, denial })?;
                return Ok(Quantity::ZERO);
            }
        };
        let (fact, order) = approved.approve(id, self.by.clone());
        self.take(&fact)?;
        self.allowed.push_back(now);
        self.take(&Fact::OrderIntended { order: id })?;
        let depth = market::depth(&meets.quote, meets.offer);
        self.venue.refreshed(meets.quote.coin);
        let outcome = self.venue.place(order, &self.market(&meets.quote, Some(&depth), now));
        let traded = self.take_all(outcome, now)?;
        self.settle()?;
        Ok(traded)
    }

    fn market<'a>(&self, quote: &Quote, depth: Option<&'a Depth>, now: Timestamp) -> Market<'a> {
        let max_price_age_s = self.setup.limits.max_price_age_s().unwrap_or(0);
        Market { now, killed: false, quote: Some(*quote), depth, max_price_age_s }
    }

    fn judge(
        &mut self,
        proposal: &Proposal,
        meets: &Meets<'_>,
        now: Timestamp,
    ) -> Result<Result<floor::Approved, Denial>, BacktestError> {
        self.note_point(now);
        while self.allowed.front().is_some_and(|at| at.plus_micros(MINUTE_MICROS) <= now) {
            self.allowed.pop_front();
        }
        if let Some(protections) = &self.setup.protections
            && let Err(denial) = protections.may_buy(proposal, &self.own, now)
        {
            return Ok(Err(denial));
        }
        let (coins, marks) = (&self.coins, &self.marks);
        let bid = |coin: Coin| {
            let place = coins.iter().position(|one| *one == coin);
            place.and_then(|place| marks.get(place).copied().flatten()).map_or(Bid::None, Bid::Fresh)
        };
        let worth = Worth::of(self.wallet.cash(), self.wallet.holdings(), bid, |_| false);
        let reserved = self.orders.reserved_cash(Book::Paper);
        let coin = worth.value_of(proposal.coin).checked_add(self.orders.open_buys_of(Book::Paper, proposal.coin))?;
        let exposure = Exposure {
            worth: &worth,
            day_start: self.point.as_ref().and_then(EquityPoint::day_start),
            peak: self.point.as_ref().and_then(EquityPoint::highest),
            coin,
            algorithm: self.holdings.checked_add(reserved)?,
        };
        let window_s = self.setup.limits.repeat_window_s().unwrap_or(0);
        let repeats = if window_s > 0 { self.orders.twin(proposal, now, window_s) } else { None };
        let local = now.to_utc().with_timezone(&self.setup.trader_zone);
        let context = GateContext {
            killed: false,
            now,
            coin_known: true,
            quote: Some(meets.quote),
            recent_prices: meets.recent,
            elsewhere: None,
            unfit: None,
            limits: &self.setup.limits,
            fees: self.setup.costs.fees,
            cash_available: self.wallet.available_cash(&self.orders)?,
            coins_available: self.wallet.available_coins(proposal.coin, &self.orders)?,
            bought_today: self.bought_today,
            open_buys: reserved,
            orders_last_minute: u32::try_from(self.allowed.len()).unwrap_or(u32::MAX),
            authority: &self.authority,
            holder_bought_today: self.bought_today.checked_add(reserved)?,
            local_minute: u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0),
            locked_by: None,
            account_known: false,
            exposure,
            repeats,
        };
        Ok(floor::judge(proposal, &context))
    }

    /// Takes back what has rested to its end.
    pub fn expire(&mut self, now: Timestamp) -> Result<(), BacktestError> {
        let rests = |order: OrderId| Some(order.time());
        let over: Vec<Over> = floor::over(&self.orders, &self.book_limits, now, rests).collect();
        for over in over {
            let (order, code) = match over {
                Over::Expires(id) => (id, Ended::TimeOver.code()),
                Over::IsTakenBack(id, _, why) => (id, why.code()),
            };
            let Ok(reason) = Name::parse(code) else { continue };
            self.take(&Fact::OrderCancelled { order, reason })?;
        }
        self.settle()
    }

    /// Lets resting orders of a coin meet another price. Says how many coins were traded.
    pub fn recheck(&mut self, quote: &Quote, offer: Quantity, now: Timestamp) -> Result<Quantity, BacktestError> {
        let depth = market::depth(quote, offer);
        self.venue.refreshed(quote.coin);
        let max_price_age_s = self.setup.limits.max_price_age_s().unwrap_or(0);
        let market = Market { now, killed: false, quote: Some(*quote), depth: Some(&depth), max_price_age_s };
        let outcomes = self.venue.recheck(quote.coin, self.orders.resting(Book::Paper), &market);
        let mut traded = Quantity::ZERO;
        for outcome in outcomes {
            traded = traded.checked_add(self.take_all(outcome, now)?)?;
        }
        self.settle()?;
        Ok(traded)
    }

    fn take_all(&mut self, outcome: Outcome, now: Timestamp) -> Result<Quantity, BacktestError> {
        let mut traded = Quantity::ZERO;
        for fact in outcome.facts {
            self.take(&fact)?;
            match &fact {
                Fact::Trade(trade) => {
                    self.filled(trade)?;
                    traded = traded.checked_add(trade.quantity)?;
                }
                Fact::OrderRejected { denial, .. } => self.refuse(denial, now),
                _ => {}
            }
        }
        Ok(traded)
    }

    fn take(&mut self, fact: &Fact) -> Result<(), BacktestError> {
        self.orders.apply(fact)?;
        self.wallet.apply(fact)?;
        if self.setup.protections.is_some() {
            self.own.apply(fact);
        }
        Ok(())
    }

    fn filled(&mut self, trade: &Trade) -> Result<(), BacktestError> {
        if self.fills.len() == FILLS_MAX {
            return Err(BacktestError::TooManyFills { most: FILLS_MAX, time: trade.time });
        }
        let Some(lane) = self.coins.iter().position(|coin| *coin == trade.coin) else { return Ok(()) };
        if let Some(held) = self.held.get_mut(lane) {
            *held = self.wallet.coins(trade.coin);
            if held.is_zero() {
                self.portfolio.holdings.remove(&trade.coin);
            } else {
                self.portfolio.holdings.insert(trade.coin, *held);
            }
        }
        self.turn_day(trade.time);
        if trade.side == Side::Buy {
            self.bought_today = self.bought_today.checked_sub(trade.cash_change()?)?;
        }
        let row = TradeRow {
            time: trade.time,
            recorded_at: trade.time,
            seq: self.rows.len() as u64 + 1,
            quantity: trade.quantity,
            price: trade.price,
            fee: trade.fee.amount(),
            device: 1,
            coin: u32::try_from(lane).unwrap_or(u32::MAX),
            algorithm: 1,
            side: trade.side,
            book: Book::Paper,
            kind: RowKind::Trade,
        };
        let mut gain = None;
        self.books.apply_each(&row, &mut |slice| {
            let before = gain.unwrap_or(Money::ZERO_AUD);
            gain = before.checked_add(slice.gain).ok();
        })?;
        self.rows.push(row);
        self.fees = self.fees.checked_add(trade.fee)?;
        let order = trade.order.and_then(|id| self.orders.get(id));
        let source = order.filter(|_| self.fills.len() < REASONS_MAX).and_then(|order| order.terms().signal.as_ref());
        let reason = source.map(|source| source.reason.clone().into_boxed_str());
        self.fills.push(Fill {
            time: trade.time,
            lane: row.coin,
            side: trade.side,
            quantity: trade.quantity,
            price: trade.price,
            fee: trade.fee,
            gain,
            reason,
        });
        Ok(())
    }

    /// After orders changed: what is pending, and what there is.
    fn settle(&mut self) -> Result<(), BacktestError> {
        self.portfolio.pending.clear();
        self.portfolio.pending.extend(self.orders.open().map(|order| order.proposal().coin));
        self.is_busy = !self.portfolio.pending.is_empty();
        self.value()
    }
}

/// The limits of a run as those of the paper book.
fn book_limits(limits: &Limits) -> BookLimits {
    let change =
        |(name, value): (LimitName, Option<Decimal>)| Limits::parse_change(name.as_str(), &value?.to_string()).ok();
    let changes = limits.iter().filter_map(change).collect();
    let mut both = BookLimits::default();
    // Each of these was read as a limit before.
    let _ = both.apply(&Fact::LimitsSet { book: Book::Paper, changes });
    both
}
