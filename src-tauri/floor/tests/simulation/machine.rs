//! The process that trades: what it keeps on disk, what it folds from that, and the steps of the order path.
//!
//! The steps are those of the workstation and in its order; what decides in them is the floor's own code. Each append may be
//! the last thing this process does: before it is durable, or right after.

use crate::bugs::Bug;
use crate::dice::Dice;
use crate::exchange::{Edit, Exchange, Fault, Reply, Wire};
use domain::{
    Amendment, Book, Coin, Decimal, Denial, Fact, FactHash, Intent, Look, Money, Name, OrderId, OrderKind, OrderNote,
    OrderState, Price, Proposal, Quantity, Quote, Resolution, Side, Terms, Timestamp,
};
use floor::{
    Approved, Authority, BookLimits, Exposure, FeeRates, GateContext, Leave, Order, Orders, REFUSED, Reservation,
    Watch, Worth, holder, judge, kept_before,
};
use std::collections::{BTreeMap, VecDeque};

/// How old the venue's word may be when an order is judged by it.
const FRESH_S: i64 = 10;
/// How long a person has to decide.
const ASK_MICROS: i64 = 300 * 1_000_000;
/// History that is read beyond what an order needs.
const REACH_MICROS: i64 = 1_200 * 1_000_000;

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// What survives the process.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    pub facts: Vec<Fact>,
    pub nonce: u64,
    /// The kill switch.
    pub latch: bool,
}

/// The process is gone.
#[derive(Debug)]
pub struct Crash;

/// What the world is like around a step.
pub struct Around<'a> {
    pub disk: &'a mut Disk,
    pub exchange: &'a mut Exchange,
    pub dice: &'a mut Dice,
    pub quotes: &'a BTreeMap<Coin, Quote>,
    /// True time.
    pub now: Timestamp,
    /// What the machine's clock says.
    pub clock: Timestamp,
    pub minute: u16,
    pub bug: Option<Bug>,
    /// Chances of a crash at an append, of a thousand.
    pub crashes: u64,
    pub fault: Fault,
    /// What reached the wire in this step.
    pub sent: Vec<Sent>,
}

/// Bytes on the wire.
#[derive(Debug, Clone)]
pub enum Sent {
    Order(Wire),
    Edit(Edit),
    Other { nonce: u64 },
}

/// A call that is under way; one a key.
#[derive(Debug, Clone)]
pub enum Flight {
    /// The intent is durable, nothing left yet.
    Intended(Wire),
    /// Bytes left; this will be heard.
    Posted(Wire, Reply),
    /// That another limit is asked for is durable, nothing left yet.
    Amending(Edit),
    /// Its bytes left; this will be heard.
    Edited(Edit, Reply),
    /// The venue was asked for the account; this is what it said then.
    Looking { begun: u64, look: Look },
}

/// An order that waits for its turn to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    order: OrderId,
    /// By whose leave.
    by: &'static str,
    /// What a person said yes to.
    hash: Option<FactHash>,
}

/// What the process holds in memory: a fold of the facts, and what it is doing.
#[derive(Debug, Clone)]
pub struct Machine {
    pub orders: Orders,
    pub authority: Authority,
    pub limits: BookLimits,
    pub watch: Watch,
    pub look: Option<Look>,
    pub flight: Option<Flight>,
    pub queue: VecDeque<Waiting>,
    pub cancels: VecDeque<OrderId>,
    bought: BTreeMap<String, Money>,
    /// A fact did not fit the others.
    pub contradiction: Option<String>,
}

impl Machine {
    pub fn empty() -> Self {
        Self {
            orders: Orders::default(),
            authority: Authority::default(),
            limits: BookLimits::default(),
            watch: Watch::default(),
            look: None,
            flight: None,
            queue: VecDeque::new(),
            cancels: VecDeque::new(),
            bought: BTreeMap::new(),
            contradiction: None,
        }
    }

    /// Reads the journal and settles what was going on when the last process ended.
    pub fn begin(&mut self, around: &mut Around<'_>) -> Result<(), Crash> {
        for fact in &around.disk.facts {
            let forgotten = around.bug == Some(Bug::ForgetClaimed) && matches!(fact, Fact::RowTaken { .. });
            self.take(fact, !forgotten);
        }
        self.watch.loaded(&self.orders, around.clock);
        let interrupted = self.interrupted(around);
        self.record(around, interrupted)
    }

    /// What is under way goes one step further.
    pub fn goes_on(&mut self, around: &mut Around<'_>, flight: Flight) -> Result<(), Crash> {
        self.flight = None;
        match flight {
            Flight::Intended(wire) => self.post(around, wire),
            Flight::Posted(wire, reply) => self.take_answer(around, &wire, reply),
            Flight::Amending(edit) => self.post_edit(around, edit),
            Flight::Edited(edit, reply) => self.take_edit_answer(around, &edit, &reply),
            Flight::Looking { begun, look } => self.pass(around, begun, &look),
        }
    }

    /// A person says yes to a question as they saw it.
    pub fn approve(&mut self, around: &mut Around<'_>, id: OrderId, hash: FactHash) {
        let Some(order) = self.orders.get(id) else { return };
        let twice = around.bug == Some(Bug::ApproveTwice) && order.state().is_final();
        let asked = order.state() == OrderState::AwaitingApproval
            && order.ask().is_some_and(|ask| ask.hash == hash || around.bug == Some(Bug::IgnoreHash));
        if twice || asked {
            self.queue.push_back(Waiting { order: id, by: "person", hash: Some(hash) });
        }
    }

    fn interrupted(&self, around: &Around<'_>) -> Vec<Fact> {
        let denial = || Denial::new("interrupted", "the workstation ended");
        let fact = |order: &Order| match order.state() {
            OrderState::AwaitingApproval if order.ask().is_none() => {
                Some(Fact::OrderDenied { order: order.id(), denial: denial() })
            }
            OrderState::Approved => Some(Fact::OrderCancelled { order: order.id(), reason: name("interrupted") }),
            OrderState::Sending if around.bug == Some(Bug::ForgetInterrupted) => {
                Some(Fact::OrderRejected { order: order.id(), denial: denial() })
            }
            OrderState::Sending => Some(Fact::OrderUnknown { order: order.id(), why: denial() }),
            _ => None,
        };
        self.orders.open().filter_map(fact).collect()
    }

    fn take(&mut self, fact: &Fact, watched: bool) {
        if let Err(error) = self.orders.apply(fact) {
            self.contradiction.get_or_insert(error.to_string());
        }
        self.authority.apply(fact);
        if let Err(error) = self.limits.apply(fact) {
            self.contradiction.get_or_insert(error.to_string());
        }
        if watched {
            self.watch.take(fact, &self.orders);
        }
        if let Fact::Trade(trade) = fact
            && trade.side == Side::Buy
            && let Ok(cost) = trade.value().and_then(|value| value.checked_add(trade.fee))
        {
            let by = trade.algorithm.as_ref().map_or("manual", Name::as_str).to_owned();
            let sum = self.bought.entry(by).or_insert(Money::ZERO_AUD);
            *sum = sum.checked_add(cost).unwrap_or(*sum);
        }
    }

    /// Appends facts durably, then takes them.
    pub fn record(&mut self, around: &mut Around<'_>, facts: Vec<Fact>) -> Result<(), Crash> {
        if facts.is_empty() {
            return Ok(());
        }
        if around.dice.per_mille(around.crashes) {
            return Err(Crash);
        }
        around.disk.facts.extend(facts.iter().cloned());
        if around.dice.per_mille(around.crashes) {
            return Err(Crash);
        }
        for fact in &facts {
            self.take(fact, true);
        }
        Ok(())
    }

    /// The account's turn: a number no call ever had.
    fn turn(&mut self, around: &mut Around<'_>) -> u64 {
        let now = u64::try_from(around.clock.millis()).unwrap_or(0);
        if around.bug == Some(Bug::NonceFromClock) {
            return now;
        }
        around.disk.nonce = (around.disk.nonce + 1).max(now);
        around.disk.nonce
    }

    fn judge(&self, around: &Around<'_>, proposal: &Proposal) -> Result<Approved, Denial> {
        self.judge_releasing(around, proposal, Reservation::NONE)
    }

    /// The same for an order that is changed: what it sets aside is judged anew and not twice.
    fn judge_releasing(
        &self,
        around: &Around<'_>,
        proposal: &Proposal,
        released: Reservation,
    ) -> Result<Approved, Denial> {
        let by = holder(proposal);
        let fresh = |look: &&Look| look.complete && around.clock.seconds_since(look.at).abs() <= FRESH_S;
        let look = self.look.as_ref();
        let (cash, coins) = look.map_or((Money::ZERO_AUD, Quantity::ZERO), |look| {
            let held = self.orders.reserved_cash(Book::Live).checked_sub(released.cash).unwrap();
            let cash = Money::aud(look.cash).checked_sub(held);
            let held = self.orders.reserved_coins(Book::Live, proposal.coin).checked_sub(released.coins).unwrap();
            let coins = look.coins_of(proposal.coin).checked_sub(held);
            (cash.unwrap_or(Money::ZERO_AUD), coins.unwrap_or(Quantity::ZERO))
        });
        let sum = self.bought.values().try_fold(Money::ZERO_AUD, |sum, one| sum.checked_add(*one));
        let theirs = self.bought.get(by).copied().unwrap_or(Money::ZERO_AUD);
        let reserved = self.orders.reserved_cash_of(Book::Live, by).checked_sub(released.cash).unwrap();
        let locked_by = self.orders.locking(proposal.coin).map(Order::id);
        // The limits on equity have tests of their own; here the book is rich, so that orders get past them.
        let worth = Worth { cash, held: Vec::new(), equity: Some(Money::aud(Decimal::from(1_000_000_000))) };
        let exposure = Exposure {
            worth: &worth,
            day_start: worth.equity,
            peak: worth.equity,
            coin: Money::ZERO_AUD,
            algorithm: Money::ZERO_AUD,
        };
        let context = GateContext {
            killed: around.disk.latch,
            now: around.clock,
            coin_known: true,
            quote: around.quotes.get(&proposal.coin).copied(),
            recent_prices: &[],
            elsewhere: None,
            unfit: None,
            limits: self.limits.of(Book::Live),
            fees: FeeRates::COINSPOT,
            cash_available: cash,
            coins_available: coins,
            bought_today: sum.unwrap_or(Money::ZERO_AUD),
            open_buys: self.orders.reserved_cash(Book::Live).checked_sub(released.cash).unwrap(),
            orders_last_minute: self.orders.allowed_in_last_minute(Book::Live, around.clock),
            authority: &self.authority,
            holder_bought_today: theirs.checked_add(reserved).unwrap_or(theirs),
            local_minute: around.minute,
            locked_by: if around.bug == Some(Bug::IgnoreLock) { None } else { locked_by },
            account_known: look.as_ref().is_some_and(fresh),
            exposure,
            repeats: None,
        };
        judge(proposal, &context)
    }

    /// The one way in: judges what somebody wants, and sends it, asks a person, or records why not.
    pub fn propose(&mut self, around: &mut Around<'_>, proposal: Proposal) -> Result<(), Crash> {
        self.look_at_account(around)?;
        let id = OrderId::new(around.clock, around.dice.bytes());
        let terms = Terms::default();
        let mut facts = vec![
            Fact::OrderProposed { order: id, proposal: proposal.clone() },
            Fact::OrderTerms { order: id, terms: terms.clone() },
        ];
        match self.judge(around, &proposal) {
            Err(denial) => facts.push(Fact::OrderDenied { order: id, denial }),
            Ok(approved) if approved.leave() == Leave::Ask => {
                let ask = approved.ask(id, &terms, around.clock.plus_micros(ASK_MICROS));
                facts.push(Fact::ApprovalAsked { order: id, ask });
            }
            Ok(_) => {
                self.record(around, facts)?;
                self.queue.push_back(Waiting { order: id, by: "mandate", hash: None });
                return Ok(());
            }
        }
        self.record(around, facts)
    }

    /// Asks the venue for balances, resting orders and history, where nothing else is under way, and holds all live orders
    /// against what it says.
    pub fn look_at_account(&mut self, around: &mut Around<'_>) -> Result<(), Crash> {
        if self.flight.is_some() {
            return Ok(());
        }
        let begun = self.watch.begun();
        self.look = None;
        match self.ask(around) {
            Some(look) => self.pass(around, begun, &look),
            None => Ok(()),
        }
    }

    fn ask(&mut self, around: &mut Around<'_>) -> Option<Look> {
        let nonce = self.turn(around);
        around.sent.push(Sent::Other { nonce });
        if around.exchange.is_down(around.now) {
            return None;
        }
        let reach = self.watch.reach(&self.orders, None).map_or(around.clock, |reach| reach.min(around.clock));
        Some(around.exchange.look(around.now, around.clock, reach.plus_micros(-REACH_MICROS)))
    }

    /// Judges again as of now and writes the intent down; nothing leaves yet.
    pub fn send_live(&mut self, around: &mut Around<'_>, waiting: Waiting) -> Result<(), Crash> {
        let Waiting { order: id, by, hash } = waiting;
        self.look_at_account(around)?;
        let Some(order) = self.orders.get(id) else { return Ok(()) };
        let again = around.bug == Some(Bug::ApproveTwice) && by == "person" && order.state().is_final();
        if order.state() != OrderState::AwaitingApproval && !again {
            return Ok(());
        }
        let (proposal, terms, ask) = (order.proposal().clone(), order.terms().clone(), order.ask().copied());
        let approved = match self.judge(around, &proposal) {
            Ok(approved) => approved,
            Err(_) if around.bug == Some(Bug::TrustOldVerdict) => {
                let Some(approved) = self.judge_leniently(around, &proposal) else { return Ok(()) };
                approved
            }
            Err(denial) => return self.record(around, vec![Fact::OrderDenied { order: id, denial }]),
        };
        let is_over = ask.is_some_and(|ask| around.clock >= ask.expires) && around.bug != Some(Bug::IgnoreExpiry);
        let asked = ask.is_some_and(|ask| Some(ask.hash) == hash && approved.is_asked(id, &terms, &ask));
        let fact = match (approved.leave(), by, ask) {
            (Leave::Go, _, None) => None,
            (Leave::Ask, "mandate", None) => {
                let ask = approved.ask(id, &terms, around.clock.plus_micros(ASK_MICROS));
                Some(Fact::ApprovalAsked { order: id, ask })
            }
            _ if is_over => Some(Fact::OrderExpired { order: id }),
            (_, "person", Some(_)) if asked || around.bug == Some(Bug::IgnoreHash) => None,
            _ => Some(Fact::OrderDenied { order: id, denial: Denial::new("approval_void", "another order") }),
        };
        if let Some(fact) = fact {
            return self.record(around, vec![fact]);
        }
        let Some(look) = self.look.clone() else { return Ok(()) };
        let wire = self.intend(around, id, approved, by, &look)?;
        self.flight = Some(Flight::Intended(wire));
        Ok(())
    }

    /// What a judge says that never heard of mandates, leases and the kill switch.
    fn judge_leniently(&self, around: &mut Around<'_>, proposal: &Proposal) -> Option<Approved> {
        let (latch, bug) = (std::mem::take(&mut around.disk.latch), around.bug.take());
        let paper = Proposal { book: Book::Paper, ..proposal.clone() };
        let judged = self.judge(around, &paper).ok();
        (around.disk.latch, around.bug) = (latch, bug);
        judged
    }

    fn intend(
        &mut self,
        around: &mut Around<'_>,
        id: OrderId,
        approved: Approved,
        by: &'static str,
        look: &Look,
    ) -> Result<Wire, Crash> {
        let nonce = self.turn(around);
        let reservation = approved.reservation();
        let (approval, order) = approved.approve(id, name(by));
        let Proposal { side, coin, kind, quantity, .. } = *order.proposal();
        let body = body(nonce, order.proposal(), order.worst_price());
        let intent = Intent {
            at: around.clock,
            nonce,
            body: body.clone(),
            worst: order.worst_price(),
            fee: order.fee(),
            cash: reservation.cash,
            coins: reservation.coins,
            before: kept_before(look, coin),
        };
        let wire = Wire { order: id, nonce, body, side, coin, kind, quantity, worst: order.worst_price() };
        if around.bug == Some(Bug::SendBeforeDurable) {
            around.sent.push(Sent::Order(wire.clone()));
        }
        self.record(around, vec![approval, Fact::LiveIntended { order: id, intent: Box::new(intent) }])?;
        Ok(wire)
    }

    /// Reads the kill switch, then lets the bytes leave.
    pub fn post(&mut self, around: &mut Around<'_>, wire: Wire) -> Result<(), Crash> {
        if around.disk.latch && around.bug != Some(Bug::IgnoreKill) {
            let denial = Denial::new("killed", "the kill switch was pulled before it left");
            return self.record(around, vec![Fact::OrderRejected { order: wire.order, denial }]);
        }
        around.sent.push(Sent::Order(wire.clone()));
        let fault = if around.exchange.is_down(around.now) { Fault::RequestLost } else { around.fault };
        let mut reply = around.exchange.place(around.now, &wire, fault);
        if reply == Reply::Silence && around.bug == Some(Bug::ResendOnSilence) {
            let again = Wire { nonce: self.turn(around), ..wire.clone() };
            around.sent.push(Sent::Order(again.clone()));
            reply = around.exchange.place(around.now, &again, Fault::None);
        }
        self.flight = Some(Flight::Posted(wire, reply));
        Ok(())
    }

    /// Writes down what the venue said of an order.
    pub fn take_answer(&mut self, around: &mut Around<'_>, wire: &Wire, reply: Reply) -> Result<(), Crash> {
        let order = wire.order;
        let placed = matches!(reply, Reply::Placed { .. });
        let fact = match reply {
            Reply::Placed { id } => Fact::OrderOpened { order, venue_order_id: id },
            Reply::Refused if around.bug == Some(Bug::BelieveRefusal) => {
                Fact::OrderRejected { order, denial: Denial::new("refused", "the venue said no") }
            }
            Reply::Refused => Fact::OrderUnknown { order, why: Denial::new(REFUSED, "the venue said no") },
            Reply::Silence => Fact::OrderUnknown { order, why: Denial::new("timeout", "no answer") },
        };
        self.record(around, vec![fact])?;
        // Pulled while it was on its way: what the switch cancelled did not have this one yet.
        if placed && around.disk.latch { self.order_cancel(around, order, "killed") } else { Ok(()) }
    }

    /// Somebody wants another limit for an order that rests. What a person would have to say yes to is left as it is.
    pub fn amend(&mut self, around: &mut Around<'_>, id: OrderId, to: Price) -> Result<(), Crash> {
        self.look_at_account(around)?;
        let Some(order) = self.orders.get(id).filter(|order| order.is_resting()) else { return Ok(()) };
        let (Some(from), Some(venue)) = (order.limit(), order.venue_order_id()) else { return Ok(()) };
        if order.amending().is_some() || order.cancel_asked().is_some() || from == to {
            return Ok(());
        }
        let venue_id = venue.to_owned();
        let proposal = Proposal { kind: OrderKind::Limit(to), quantity: order.remaining(), ..order.proposal().clone() };
        let released = order.reservation(&FeeRates::COINSPOT).unwrap();
        let judged = self.judge_releasing(around, &proposal, released);
        if !judged.is_ok_and(|approved| approved.leave() == Leave::Go) {
            return Ok(());
        }
        let nonce = self.turn(around);
        let (body, by) = (format!("{nonce} edit {venue_id} {to}"), name("mandate"));
        let amendment = Amendment { at: around.clock, by, ask: None, from, to, nonce, body: body.clone() };
        let edit = Edit { order: id, nonce, body, venue_id, to };
        if around.bug == Some(Bug::AmendBeforeDurable) {
            around.sent.push(Sent::Edit(edit.clone()));
        }
        let note = OrderNote::AmendAsked(Box::new(amendment));
        self.record(around, vec![Fact::OrderNoted { order: id, note }])?;
        self.flight = Some(Flight::Amending(edit));
        Ok(())
    }

    /// Reads the kill switch, then lets the bytes of another limit leave.
    fn post_edit(&mut self, around: &mut Around<'_>, edit: Edit) -> Result<(), Crash> {
        if around.disk.latch && around.bug != Some(Bug::IgnoreKill) {
            let why = Denial::new("killed", "the kill switch was pulled before it left");
            return self.note_edit(around, &edit, OrderNote::AmendDropped(why));
        }
        around.sent.push(Sent::Edit(edit.clone()));
        let fault = if around.exchange.is_down(around.now) { Fault::RequestLost } else { around.fault };
        let reply = around.exchange.edit(around.now, &edit, fault);
        if reply == Reply::Silence && around.bug == Some(Bug::AmendAgain) {
            let again = Edit { nonce: self.turn(around), ..edit.clone() };
            around.sent.push(Sent::Edit(again.clone()));
            around.exchange.edit(around.now, &again, Fault::None);
        }
        self.flight = Some(Flight::Edited(edit, reply));
        Ok(())
    }

    /// Writes down what the venue said of another limit; what it didn't say is for looks to find out.
    fn take_edit_answer(&mut self, around: &mut Around<'_>, edit: &Edit, reply: &Reply) -> Result<(), Crash> {
        let why = |words: &str| Denial::new("said", words);
        match reply {
            Reply::Placed { .. } if self.waits_for(edit) => {
                self.record(around, vec![Fact::OrderAmended { order: edit.order, limit: edit.to }])
            }
            Reply::Refused => self.note_edit(around, edit, OrderNote::AmendRefused(why("the venue said no"))),
            Reply::Silence if around.bug == Some(Bug::ForgetAmend) => {
                self.note_edit(around, edit, OrderNote::AmendDropped(why("no answer")))
            }
            _ => Ok(()),
        }
    }

    /// Whether nobody settled it meanwhile: a look, or a fill that ended the order.
    fn waits_for(&self, edit: &Edit) -> bool {
        let amending = self.orders.get(edit.order).and_then(Order::amending);
        amending.is_some_and(|amending| amending.nonce == edit.nonce)
    }

    fn note_edit(&mut self, around: &mut Around<'_>, edit: &Edit, note: OrderNote) -> Result<(), Crash> {
        if !self.waits_for(edit) {
            return Ok(());
        }
        self.record(around, vec![Fact::OrderNoted { order: edit.order, note }])
    }

    /// Begins to look for what became of all live orders.
    pub fn begin_pass(&mut self, around: &mut Around<'_>) {
        let begun = self.watch.begun();
        if let Some(look) = self.ask(around) {
            self.flight = Some(Flight::Looking { begun, look });
        }
    }

    /// Holds all live orders against the look; each step is a transaction of its own.
    pub fn pass(&mut self, around: &mut Around<'_>, begun: u64, look: &Look) -> Result<(), Crash> {
        self.look = Some(look.clone());
        for step in self.watch.pass(&self.orders, look, begun) {
            let late = self.orders.get(step.order).is_some_and(|order| order.state() == OrderState::Cancelled);
            if !(late && around.bug == Some(Bug::DropLateFills)) {
                self.record(around, step.facts)?;
            }
        }
        self.again(around)?;
        let asked = |order: &&Order| order.cancel_asked().is_some() && !self.cancels.contains(&order.id());
        let waiting: Vec<OrderId> = self.orders.resting(Book::Live).filter(asked).map(Order::id).collect();
        self.cancels.extend(waiting);
        Ok(())
    }

    /// The mistakes that a pass can make on purpose.
    fn again(&mut self, around: &mut Around<'_>) -> Result<(), Crash> {
        let unknown = |order: &&Order| order.state() == OrderState::Unknown;
        let unknown: Vec<OrderId> = self.orders.open().filter(unknown).map(Order::id).collect();
        for id in unknown {
            let Some(order) = self.orders.get(id) else { continue };
            let old = order.intent().is_some_and(|intent| around.clock.seconds_since(intent.at) > 60);
            let facts = match around.bug {
                Some(Bug::TimeOutUnknown) if old => vec![Fact::OrderResolved {
                    order: id,
                    resolution: Resolution::NotPlaced,
                    by: name("timer"),
                    why: "it took too long".to_owned(),
                }],
                Some(Bug::AdoptSimilar) => self.watch.adopt_by_person(order, None, "like it").unwrap_or_default(),
                _ => Vec::new(),
            };
            self.record(around, facts)?;
        }
        Ok(())
    }

    /// Somebody wants an order back.
    pub fn order_cancel(&mut self, around: &mut Around<'_>, id: OrderId, reason: &str) -> Result<(), Crash> {
        let Some(order) = self.orders.get(id) else { return Ok(()) };
        let reason = name(reason);
        match order.state() {
            OrderState::AwaitingApproval => self.record(around, vec![Fact::OrderCancelled { order: id, reason }]),
            OrderState::Open | OrderState::PartiallyFilled if order.limit().is_some() => {
                if !self.cancels.contains(&id) {
                    self.cancels.push_back(id);
                }
                self.record(around, vec![Fact::CancelAsked { order: id, reason }])
            }
            _ => Ok(()),
        }
    }

    /// Asks the venue to take an order back.
    pub fn cancel_live(&mut self, around: &mut Around<'_>, id: OrderId) {
        let venue_order_id = self.orders.get(id).and_then(Order::venue_order_id).map(ToOwned::to_owned);
        let Some(venue_order_id) = venue_order_id else { return };
        let nonce = self.turn(around);
        around.sent.push(Sent::Other { nonce });
        if around.exchange.is_down(around.now) || around.fault == Fault::RequestLost {
            return;
        }
        around.exchange.cancel(&venue_order_id);
        if around.fault != Fault::ReplyLost {
            self.watch.cancel_answered(id);
        }
    }

    /// A person changes an order before it is sent.
    pub fn edit(&mut self, around: &mut Around<'_>, id: OrderId, quantity: Quantity) -> Result<(), Crash> {
        let Some(order) = self.orders.get(id).filter(|order| order.state() == OrderState::AwaitingApproval) else {
            return Ok(());
        };
        let (mut proposal, terms, kind) = (order.proposal().clone(), order.terms().clone(), order.proposal().kind);
        proposal.quantity = quantity;
        let edited = Fact::OrderEdited { order: id, kind, quantity };
        let next = match self.judge(around, &proposal) {
            Err(denial) => Fact::OrderDenied { order: id, denial },
            Ok(approved) => {
                let ask = approved.ask(id, &terms, around.clock.plus_micros(ASK_MICROS));
                Fact::ApprovalAsked { order: id, ask }
            }
        };
        self.record(around, vec![edited, next])
    }

    /// Questions nobody answered in time.
    pub fn expire(&mut self, around: &mut Around<'_>) -> Result<(), Crash> {
        let over = |order: &&Order| order.ask().is_some_and(|ask| around.clock >= ask.expires);
        let facts: Vec<Fact> =
            self.orders.asked().filter(over).map(|order| Fact::OrderExpired { order: order.id() }).collect();
        self.record(around, facts)
    }
}

/// The bytes of an order.
fn body(nonce: u64, proposal: &Proposal, worst: Price) -> String {
    let rate = match proposal.kind {
        OrderKind::Limit(limit) => limit,
        OrderKind::Instant => worst,
    };
    format!("{nonce} {} {} {} {}", proposal.side, proposal.quantity, proposal.coin, rate)
}
