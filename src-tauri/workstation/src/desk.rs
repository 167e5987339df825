//! The desk in memory: orders, wallet, limits and books, folded from the journal.
//!
//! Invariants: everything here is a fold over facts and prices, and can be dropped and made again; a fact that
//! contradicts the others halts trading and keeps the rest readable. Deliberately absent: I/O.

use crate::commands::approvals::ASK_S;
use crate::commands::books::trade_view;
use crate::dto::{AmendingView, CandidateView, ForeignRow, OrderView, SerialDecimal, Ticker, TradeView, UnknownView};
use crate::live::LiveAccount;
use crate::risk::Risk;
use crate::{Error, Result, kill};
use books::{Books, PnlQuery, Valuation};
use domain::{
    Ask, Book, Coin, Decimal, Fact, Mandate, Money, Name, OrderId, Price, Quantity, Quote, Side, Timestamp, TradeRow,
};
use floor::{Algorithms, Authority, BookLimits, Order, Orders};
use ledgers::{FeedJudge, JumpGuard};
use paper::{PaperVenue, Rest, Wallet};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use store::RecordedTrade;

/// How long a buy is remembered for the daily limit: longer than any local day.
const BUYS_KEPT_MICROS: i64 = 50 * 3_600 * 1_000_000;

/// Questions about one order that are remembered: the first and the newest ones.
const QUESTIONS_KEPT: usize = 8;

/// A question as it was put to a person, with the order as it was then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub ask: Ask,
    pub quantity: Quantity,
    pub limit: Option<Price>,
}

/// A buy, for the limits of its day.
struct Bought {
    at: Timestamp,
    book: Book,
    holder: Option<Name>,
    cost: Money,
}

/// The desk.
pub(crate) struct Desk {
    pub orders: Orders,
    pub limits: BookLimits,
    /// Mandates, key and lease.
    pub authority: Authority,
    /// What trades by itself.
    pub algorithms: Algorithms,
    /// Orders cut into slices.
    pub twaps: floor::Twaps,
    /// The live account as the venue last told of it.
    pub live: LiveAccount,
    pub wallet: Wallet,
    pub venue: PaperVenue,
    pub quotes: HashMap<Coin, Quote>,
    pub judges: HashMap<&'static str, FeedJudge>,
    pub guards: HashMap<&'static str, JumpGuard>,
    pub rests: HashMap<OrderId, Rest>,
    pub coins: BTreeMap<u32, Coin>,
    pub books: Books,
    /// Which orders are ours, for the kill switch.
    pub own: kill::Shared,
    /// What the limits on equity stand on.
    pub risk: Risk,
    /// What persons were asked about each order, oldest first.
    pub asked: HashMap<OrderId, Vec<Asked>>,
    /// How long a person has to decide.
    pub ask_s: u32,
    /// Since when each order rests with the limit it has.
    pub rests_since: HashMap<OrderId, Timestamp>,
    /// Kill receipts the journal has.
    pub receipts: HashSet<String>,
    /// Why trading is halted.
    pub halted: Option<String>,
    fills: HashMap<OrderId, Vec<TradeView>>,
    buys: VecDeque<Bought>,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            orders: Orders::default(),
            limits: BookLimits::default(),
            authority: Authority::default(),
            algorithms: Algorithms::default(),
            twaps: floor::Twaps::default(),
            live: LiveAccount::default(),
            wallet: Wallet::default(),
            venue: PaperVenue::default(),
            quotes: HashMap::new(),
            judges: HashMap::new(),
            guards: HashMap::new(),
            rests: HashMap::new(),
            coins: BTreeMap::new(),
            books: Books::new(PnlQuery::of(Book::Paper)),
            own: kill::Shared::default(),
            risk: Risk::default(),
            asked: HashMap::new(),
            ask_s: ASK_S,
            rests_since: HashMap::new(),
            receipts: HashSet::new(),
            halted: None,
            fills: HashMap::new(),
            buys: VecDeque::new(),
        }
    }

    /// Takes a fact of the journal, recorded at `at`. A trade comes with how it is recorded.
    pub fn take(&mut self, fact: &Fact, at: Timestamp, trade: Option<&RecordedTrade>) {
        let folded = self
            .orders
            .apply(fact)
            .map_err(|error| error.to_string())
            .and_then(|()| self.wallet.apply(fact).map_err(|error| error.to_string()))
            .and_then(|()| self.limits.apply(fact).map_err(|error| error.to_string()));
        if let Err(contradiction) = folded {
            self.halted.get_or_insert(contradiction);
        }
        self.authority.apply(fact);
        self.algorithms.apply(fact);
        self.twaps.apply(fact);
        self.risk.apply(fact);
        self.live.watch.take(fact, &self.orders);
        match fact {
            Fact::PaperReset { .. } => {
                self.books = Books::new(PnlQuery::of(Book::Paper));
                self.venue = PaperVenue::default();
                self.own.forget_paper();
                self.buys.retain(|bought| bought.book != Book::Paper);
            }
            Fact::OrderOpened { order, .. } | Fact::OrderAmended { order, .. } | Fact::OrderResolved { order, .. } => {
                self.rests_since.insert(*order, at);
            }
            Fact::AskTime { seconds } => self.ask_s = *seconds,
            Fact::ApprovalAsked { order, ask } => self.take_question(*order, *ask),
            Fact::Killed { receipt } => {
                self.receipts.insert(receipt.clone());
            }
            _ => {}
        }
        if let Some(recorded) = trade {
            self.take_trade(recorded);
        }
        if let Some(order) = fact.order().and_then(|id| self.orders.get(id)) {
            self.own.note(order);
            if order.state().is_final() {
                self.rests.remove(&order.id());
                self.rests_since.remove(&order.id());
            }
        }
    }

    fn take_question(&mut self, id: OrderId, ask: Ask) {
        let Some(order) = self.orders.get(id) else { return };
        let asked = Asked { ask, quantity: order.proposal().quantity, limit: order.limit() };
        let told = self.asked.entry(id).or_default();
        if told.len() >= QUESTIONS_KEPT {
            told.remove(1);
        }
        told.push(asked);
    }

    fn take_trade(&mut self, recorded: &RecordedTrade) {
        let trade = &recorded.trade;
        if let Some(order) = trade.order {
            self.fills.entry(order).or_default().push(trade_view(recorded));
        }
        if trade.side == Side::Buy
            && let Ok(cost) = trade.value().and_then(|value| value.checked_add(trade.fee))
        {
            let (at, book, holder) = (trade.time, trade.book, trade.algorithm.clone());
            self.buys.push_back(Bought { at, book, holder, cost });
        }
    }

    /// Takes a row into the paper books. False: it belongs earlier, so the books must be folded again.
    pub fn take_row(&mut self, row: &TradeRow) -> Result<bool> {
        match self.books.apply(row) {
            Ok(()) => Ok(true),
            Err(books::BooksError::OutOfOrder { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// What a book's buys since a moment cost, fees included; all of them, or those of one mandate's holder.
    pub fn bought_since(
        &mut self,
        book: Book,
        holder: Option<&str>,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Money> {
        let kept = now.plus_micros(-BUYS_KEPT_MICROS);
        self.buys.retain(|bought| bought.at >= kept);
        let is_his = |bought: &&Bought| {
            let by = bought.holder.as_ref().map_or(Mandate::MANUAL, Name::as_str);
            bought.book == book && bought.at >= since && holder.is_none_or(|holder| holder == by)
        };
        Ok(self.buys.iter().filter(is_his).map(|bought| bought.cost).try_fold(Money::ZERO_AUD, Money::checked_add)?)
    }

    /// One order.
    pub fn order(&self, id: OrderId) -> Result<&Order> {
        let unknown = || Error::refused("order_not_found", format!("there is no order {id}"));
        self.orders.get(id).ok_or_else(unknown)
    }

    /// The ids of paper orders that rest.
    pub fn resting(&self) -> Vec<OrderId> {
        self.orders.resting(Book::Paper).map(Order::id).collect()
    }

    /// The coins paper orders rest in.
    pub fn resting_coins(&self) -> HashSet<Coin> {
        self.orders.resting(Book::Paper).map(|order| order.proposal().coin).collect()
    }

    /// An order as both faces show it.
    pub fn order_view(&self, order: &Order) -> OrderView {
        let proposal = order.proposal();
        let reason = match (order.reason(), self.rests.get(&order.id())) {
            (Some(denial), _) => Some(if denial.message.is_empty() { denial.code.clone() } else { denial.to_string() }),
            (None, Some(rest)) if order.is_resting() => Some(rest.to_string()),
            (None, None) if order.is_resting() => order.amend_dropped().map(|why| format!("its limit stayed: {why}")),
            _ => None,
        };
        let amending = order.amending().map(|amending| AmendingView {
            to: amending.to,
            since: amending.at,
            refused: order.amend_refused().map(|why| why.message.clone()),
        });
        OrderView {
            id: order.id(),
            coin: proposal.coin,
            side: proposal.side,
            book: proposal.book,
            quantity: proposal.quantity,
            limit: order.limit(),
            state: order.state().as_str(),
            filled: order.filled(),
            fills: self.fills.get(&order.id()).cloned().unwrap_or_default(),
            venue_order_id: order.venue_order_id().map(ToOwned::to_owned),
            approval_id: order.ask().map(|_| order.id().to_string()),
            reason,
            reason_code: order.reason().map(|denial| denial.code.clone()),
            unknown: self.unknown_view(order),
            amending,
            time: order.id().time(),
            algorithm: proposal.algorithm.as_ref().map(Name::to_string),
            until: order.terms().until,
        }
    }

    /// What a person needs to know of an order nobody knows the fate of.
    fn unknown_view(&self, order: &Order) -> Option<UnknownView> {
        let why = order.reason().filter(|_| order.state() == domain::OrderState::Unknown)?;
        let note = self.live.watch.note(order.id());
        let (quiet, kept) = (note.map_or(floor::Quiet::NONE, floor::Note::quiet), order.sought());
        let longest = [quiet, kept].into_iter().max_by_key(|quiet| quiet.polls()).unwrap_or(kept);
        Some(UnknownView {
            code: why.code.clone(),
            why: why.message.clone(),
            since: order.intent().map_or_else(|| order.id().time(), |intent| intent.at),
            polls: longest.polls(),
            quiet_s: longest.span().map_or(0, |(since, until)| until.seconds_since(since)),
            may_be_closed: note.is_some_and(|note| note.may_be_closed(order)) || kept.may_be_closed(),
            finding: note.and_then(floor::Note::finding).map(finding_name).map(ToOwned::to_owned),
            candidates: note.map_or(&[][..], floor::Note::candidates).iter().map(candidate).collect(),
        })
    }

    /// Whether so much of a coin is worth less than the least order; never said of what has no price.
    pub fn is_dust(&self, coin: Coin, quantity: Quantity) -> bool {
        let bid = self.quotes.get(&coin).and_then(|quote| quote.bid);
        bid.and_then(|bid| bid.times(quantity).ok()).is_some_and(floor::is_dust)
    }

    fn valuation(&self, number: u32, now: Timestamp) -> Option<Valuation> {
        let quote = self.quotes.get(self.coins.get(&number)?)?;
        Some(Valuation { price: quote.bid?, age_s: quote.age_s(now) })
    }

    /// The paper book's figures at the prices of now.
    pub fn ticker(&self, now: Timestamp) -> Result<Ticker> {
        let report = self.books.report(&|number| self.valuation(number, now))?;
        let max_age_s = self.limits.of(Book::Paper).max_price_age_s().map_or(0, i64::from);
        let mut equity = Some(self.wallet.cash());
        let (mut unpriced, mut stale) = (Vec::new(), Vec::new());
        for (coin, quantity) in self.wallet.holdings() {
            let quote = self.quotes.get(&coin);
            let value = quote.and_then(|quote| quote.bid).and_then(|bid| bid.times(quantity).ok());
            equity = equity.zip(value).and_then(|(sum, value)| sum.checked_add(value).ok());
            if value.is_none() {
                unpriced.push(coin);
            } else if quote.is_some_and(|quote| quote.age_s(now) > max_age_s) {
                stale.push(coin);
            }
        }
        let available = self.wallet.available_cash(&self.orders).map_err(|error| Error::Halted(error.to_string()))?;
        let serial = |money: Money| SerialDecimal(money.amount());
        Ok(Ticker {
            cash: serial(self.wallet.cash()),
            available: serial(available),
            equity: equity.map(serial),
            realised: serial(report.realised),
            unrealised: report.unrealised.map(serial),
            fees: serial(report.fees),
            unpriced,
            stale,
            resting: u32::try_from(self.resting().len()).unwrap_or(u32::MAX),
        })
    }
}

fn finding_name(finding: &floor::Finding) -> &'static str {
    match finding {
        floor::Finding::One(_) => "one",
        floor::Finding::Several(_) => "several",
        floor::Finding::Similar(_) => "similar",
        floor::Finding::Nothing { unexplained: false } => "nothing",
        floor::Finding::Nothing { unexplained: true } => "unexplained_balance",
        floor::Finding::Incomplete => "incomplete",
    }
}

fn candidate(found: &floor::Match) -> CandidateView {
    CandidateView {
        venue_order_id: found.venue_order_id.clone(),
        resting: found.resting,
        rows: found.rows.iter().map(ForeignRow::of).collect(),
    }
}

/// A percentage with two decimals; none when the whole is nothing.
pub(crate) fn percent(part: Decimal, whole: Decimal) -> Option<SerialDecimal> {
    let ratio = part.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole)?;
    Some(SerialDecimal(ratio.round_dp(2)))
}
