//! The whole of it under one seed: time, persons, the venue, and a process that may end at any append.

use crate::bugs::Bug;
use crate::dice::Dice;
use crate::exchange::{Exchange, Fault, Habits, Ids, Owner};
use crate::machine::{Around, Crash, Disk, Machine, name};
use crate::referee::Referee;
use domain::{
    ApprovalRule, Book, Coin, Decimal, Denial, Fact, FactHash, LimitChange, Mandate, Money, OrderId, OrderKind,
    OrderNote, OrderState, Price, Proposal, Quantity, Quote, QuoteKind, Side, Timestamp, VenueFill,
};
use floor::{FeeRates, Order};
use std::collections::BTreeMap;

const START: i64 = 1_790_000_000_000_000;
const SECOND: i64 = 1_000_000;
const COINS: [&str; 3] = ["BTC", "ETH", "XRP"];
const HOLDERS: [Option<&str>; 3] = [None, Some("alpha"), Some("beta")];
const CASH: i64 = 100_000;
/// Chances of a crash at an append, of a thousand.
const CRASHES: u64 = 12;
/// Rounds of looking in which everything must become clear: more than an hour of them.
const ROUNDS_MAX: u32 = 90;

/// How often things happened: a simulation in which nothing happens proves nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub proposed: u64,
    pub posted: u64,
    pub unknown: u64,
    pub adopted: u64,
    pub by_person: u64,
    pub refused: u64,
    pub trades: u64,
    pub cancelled: u64,
    pub approved_by_person: u64,
    pub expired: u64,
    pub crashes: u64,
    pub kills: u64,
    pub killed_in_send: u64,
    pub hand_made: u64,
    pub unclear: u64,
    pub edits: u64,
    pub amended: u64,
    pub not_amended: u64,
    pub facts: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        let Self { proposed, posted, unknown, adopted, by_person, refused, trades, cancelled, .. } = other;
        self.proposed += proposed;
        self.posted += posted;
        self.unknown += unknown;
        self.adopted += adopted;
        self.by_person += by_person;
        self.refused += refused;
        self.trades += trades;
        self.cancelled += cancelled;
        self.approved_by_person += other.approved_by_person;
        self.expired += other.expired;
        self.crashes += other.crashes;
        self.kills += other.kills;
        self.killed_in_send += other.killed_in_send;
        self.hand_made += other.hand_made;
        self.unclear += other.unclear;
        self.edits += other.edits;
        self.amended += other.amended;
        self.not_amended += other.not_amended;
        self.facts += other.facts;
    }
}

/// What came of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub seed: u64,
    /// A fingerprint of everything that happened.
    pub trace: u64,
    /// The step at which a promise was broken, and which.
    pub broken: Option<(u32, String)>,
    pub tally: Tally,
}

struct World {
    dice: Dice,
    now: Timestamp,
    /// How far the machine's clock is off.
    off: i64,
    disk: Disk,
    machine: Option<Machine>,
    exchange: Exchange,
    quotes: BTreeMap<Coin, Quote>,
    referee: Referee,
    /// What persons saw and may still say yes to, again and again.
    seen: Vec<(OrderId, FactHash)>,
    last: Option<Proposal>,
    /// What was done by hand or paid in, in cash.
    bug: Option<Bug>,
    tally: Tally,
    trace: u64,
    hashed: usize,
    deposits: Decimal,
    crashes: u64,
    calm: bool,
}

/// Runs one seed.
pub fn run(seed: u64, steps: u32, bug: Option<Bug>) -> Outcome {
    run_telling(seed, steps, bug).0
}

/// Runs one seed, and tells the journal and what the venue did, for a person who looks for a cause.
pub fn run_telling(seed: u64, steps: u32, bug: Option<Bug>) -> (Outcome, Vec<String>) {
    let mut world = World::new(seed, bug);
    let mut broken = None;
    for step in 0..steps {
        if let Err(why) = world.step() {
            broken = Some((step, why));
            break;
        }
    }
    if broken.is_none() {
        broken = world.settle().err().map(|why| (steps, why));
    }
    world.tally.facts = world.disk.facts.len() as u64;
    let mut lines: Vec<String> = world.disk.facts.iter().map(|fact| format!("{fact:?}")).collect();
    lines.extend(world.exchange.done.iter().map(|done| format!("{done:?}")));
    lines.extend(world.exchange.resting.iter().map(|resting| format!("{resting:?}")));
    lines.push(format!("{:?}", world.exchange.habits));
    (Outcome { seed, trace: world.trace, broken, tally: world.tally }, lines)
}

fn coin(dice: &mut Dice) -> Coin {
    Coin::parse(COINS[dice.below(3) as usize]).unwrap()
}

fn quantity(units: i64) -> Quantity {
    Quantity::new(Decimal::new(units, 8)).unwrap()
}

impl World {
    fn new(seed: u64, bug: Option<Bug>) -> Self {
        let mut dice = Dice::new(seed);
        let ids = [Ids::OfOrder, Ids::OfRow, Ids::Missing][dice.below(3) as usize];
        let rate_places = [2, 4, 8][dice.below(3) as usize];
        let habits = Habits { ids, rate_places, lag_micros: dice.between(0, 24) * SECOND / 10 };
        let coins = COINS.iter().map(|coin| (Coin::parse(coin).unwrap(), Decimal::from(500))).collect();
        let now = Timestamp::from_micros(START);
        let mut world = Self {
            exchange: Exchange::new(habits, Decimal::from(CASH), coins),
            now,
            off: 0,
            disk: Disk::default(),
            machine: None,
            quotes: BTreeMap::new(),
            referee: Referee::new(),
            seen: Vec::new(),
            last: None,
            bug,
            tally: Tally::default(),
            trace: 0xcbf2_9ce4_8422_2325,
            hashed: 0,
            deposits: Decimal::ZERO,
            crashes: CRASHES,
            calm: false,
            dice,
        };
        world.found();
        world
    }

    /// A workspace that may trade.
    fn found(&mut self) {
        let set = |name_of: &str, value: i64| LimitChange::new(name(name_of), Decimal::from(value));
        let changes =
            vec![set("max_order_aud", 10_000), set("max_day_aud", 10_000_000), set("max_orders_per_minute", 60)];
        self.disk.facts.push(Fact::LimitsSet { book: Book::Live, changes });
        self.disk.facts.push(Fact::KeyDeclared { fingerprint: [1; 16], at: self.now });
        for (place, of) in HOLDERS.iter().enumerate() {
            let rule = [ApprovalRule::Always, ApprovalRule::Never, ApprovalRule::Above(Money::aud(Decimal::from(200)))];
            self.disk.facts.push(Fact::MandateSet { mandate: mandate(of.unwrap_or("manual"), rule[place]) });
        }
        for coin in COINS {
            let coin = Coin::parse(coin).unwrap();
            let at = Decimal::from(self.dice.between(60, 140));
            self.quotes.insert(coin, quote(coin, at, self.now));
        }
    }

    fn mark(&mut self, value: u64) {
        self.trace = (self.trace ^ value).wrapping_mul(0x0100_0000_01b3);
    }

    /// Does something with the machine; where there is none, nothing. A crash ends it.
    fn with(
        &mut self,
        fault: Fault,
        act: impl FnOnce(&mut Machine, &mut Around<'_>) -> Result<(), Crash>,
    ) -> Result<(), String> {
        let Some(mut machine) = self.machine.take() else { return Ok(()) };
        let killed = self.disk.latch;
        let mut around = Around {
            disk: &mut self.disk,
            exchange: &mut self.exchange,
            dice: &mut self.dice,
            quotes: &self.quotes,
            now: self.now,
            clock: self.now.plus_micros(self.off),
            minute: 600,
            bug: self.bug,
            crashes: if self.calm { 0 } else { self.crashes },
            fault,
            sent: Vec::new(),
        };
        let done = act(&mut machine, &mut around);
        let sent = std::mem::take(&mut around.sent);
        self.tally.posted += sent.iter().filter(|sent| matches!(sent, crate::machine::Sent::Order(_))).count() as u64;
        self.referee.judge_sent(&sent, killed)?;
        self.judge_facts()?;
        if let Some(contradiction) = machine.contradiction {
            return Err(format!("facts contradict each other: {contradiction}"));
        }
        if done.is_ok() {
            self.machine = Some(machine);
            return self.check_reservations();
        }
        self.tally.crashes += 1;
        Ok(())
    }

    /// The journal's news: to the referee, and into the trace.
    fn judge_facts(&mut self) -> Result<(), String> {
        self.referee.read(&self.disk.facts, &self.exchange)?;
        for place in self.hashed..self.disk.facts.len() {
            let Ok((kind, body)) = self.disk.facts[place].encode() else { continue };
            self.count(place);
            self.mark(u64::from(kind));
            for chunk in body.chunks(8) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                self.mark(u64::from_le_bytes(word));
            }
        }
        self.hashed = self.disk.facts.len();
        Ok(())
    }

    fn count(&mut self, place: usize) {
        let tally = &mut self.tally;
        match &self.disk.facts[place] {
            Fact::OrderProposed { .. } => tally.proposed += 1,
            Fact::OrderUnknown { .. } => tally.unknown += 1,
            Fact::OrderResolved { by, resolution, .. } => match (by.as_str(), resolution) {
                ("person", _) => tally.by_person += 1,
                (_, domain::Resolution::NotPlaced) => tally.refused += 1,
                _ => tally.adopted += 1,
            },
            Fact::Trade(_) => tally.trades += 1,
            Fact::OrderCancelled { .. } => tally.cancelled += 1,
            Fact::OrderApproved { by, .. } if by.as_str() == "person" => tally.approved_by_person += 1,
            Fact::OrderExpired { .. } => tally.expired += 1,
            Fact::OrderAmended { .. } => tally.amended += 1,
            Fact::OrderNoted { note: OrderNote::AmendAsked(_), .. } => tally.edits += 1,
            Fact::OrderNoted { note: OrderNote::AmendDropped(_), .. } => tally.not_amended += 1,
            Fact::OrderRejected { denial, .. } if denial.code == "killed" => tally.killed_in_send += 1,
            _ => {}
        }
    }

    /// What is set aside equals a fresh sum over the orders.
    fn check_reservations(&self) -> Result<(), String> {
        let Some(machine) = &self.machine else { return Ok(()) };
        let (mut cash, mut coins) = (Decimal::ZERO, BTreeMap::new());
        for order in machine.orders.open() {
            let held = order.reservation(&FeeRates::COINSPOT).map_err(|error| error.to_string())?;
            cash += held.cash.amount();
            *coins.entry(order.proposal().coin).or_insert(Decimal::ZERO) += held.coins.decimal();
        }
        if machine.orders.reserved_cash(Book::Live).amount() != cash {
            return Err(format!("{} set aside, {cash} by a fresh sum", machine.orders.reserved_cash(Book::Live)));
        }
        // Whatever truly rests is paid for by what is set aside.
        for resting in self.exchange.resting.iter().filter(|resting| resting.order.side == Side::Buy) {
            let Owner::Ours(id) = resting.owner else { continue };
            let order = machine.orders.get(id);
            let held = order.and_then(|order| order.reservation(&FeeRates::COINSPOT).ok());
            let wanted = resting.order.left.decimal() * resting.order.rate.decimal();
            if held.is_none_or(|held| held.cash.amount() < wanted) {
                return Err(format!("{id} rests for {wanted} and sets aside {held:?}"));
            }
        }
        match coins.iter().find(|(coin, sum)| machine.orders.reserved_coins(Book::Live, **coin).decimal() != **sum) {
            Some((coin, sum)) => Err(format!("{coin}: not {sum} is set aside")),
            None => Ok(()),
        }
    }

    /// One thing happens.
    fn step(&mut self) -> Result<(), String> {
        let passes = [100_000, 400_000, SECOND, 2 * SECOND, 5 * SECOND, 20 * SECOND];
        let longer = if self.dice.per_mille(6) { 400 * SECOND } else { 0 };
        self.now = self.now.plus_micros(*self.dice.pick(&passes).unwrap_or(&SECOND) + longer);
        self.exchange.arrive(self.now);
        let roll = self.dice.below(100);
        self.mark(roll);
        match roll {
            0..=3 => self.market_moves(),
            4..=15 => self.fills(),
            16..=17 => self.by_hand(),
            18 => self.trouble(),
            19 => self.clock_steps(),
            20..=30 => self.wants()?,
            31..=38 => self.persons()?,
            39 => self.rules_change(),
            40 if self.disk.latch || self.dice.per_mille(250) => self.kill_switch()?,
            41 if self.dice.per_mille(200) => {
                self.machine = None;
                self.tally.crashes += 1;
            }
            41..=45 => self.cancels()?,
            46..=48 => self.amends()?,
            _ => self.machine_goes_on()?,
        }
        self.judge_facts()
    }

    fn market_moves(&mut self) {
        for coin in COINS {
            let coin = Coin::parse(coin).unwrap();
            let moved = Decimal::new(self.dice.between(9_900, 10_101), 4);
            let Some(mid) = self.quotes.get(&coin).and_then(Quote::mid) else { continue };
            let mid = (mid * moved).round_dp(4).clamp(Decimal::from(40), Decimal::from(220));
            let seen = self.now.plus_micros(self.off);
            self.quotes.insert(coin, quote(coin, mid, seen));
        }
    }

    fn fills(&mut self) {
        let resting = self.exchange.resting.len() as u64;
        if resting > 0 {
            let place = self.dice.below(resting) as usize;
            self.exchange.fill(self.now, place, &mut self.dice);
            if self.dice.per_mille(250) {
                // Another part in the same second.
                self.exchange.fill(self.now, place, &mut self.dice);
            }
        }
    }

    /// The trader does something on the website: something like an order of ours, never to the digit.
    fn by_hand(&mut self) {
        self.tally.hand_made += 1;
        match self.dice.below(10) {
            0..=5 => self.order_by_hand(),
            6..=8 => {
                let resting = self.exchange.resting.len() as u64;
                let place = self.dice.below(resting.max(1)) as usize;
                if let Some(resting) = self.exchange.resting.get(place).map(|resting| resting.order.id.clone()) {
                    self.exchange.cancel(&resting);
                }
            }
            _ => {
                let paid = Decimal::from(self.dice.between(1, 50));
                self.exchange.cash += paid;
                self.deposits += paid;
            }
        }
    }

    fn order_by_hand(&mut self) {
        let Some(like) = self.last.clone() else { return };
        let off = quantity(self.dice.between(1_001, 99_999) * 2 + 1);
        let Ok(size) = like.quantity.checked_add(off) else { return };
        let mut limit = match like.kind {
            OrderKind::Limit(limit) => limit,
            OrderKind::Instant => Price::new(Decimal::from(77)).unwrap(),
        };
        if self.exchange.habits.ids != Ids::OfOrder {
            // Where rows don't say whose they are, one at our price or better can't be told from a fill of ours.
            let worse = if like.side == Side::Buy { Decimal::from(1_000) } else { Decimal::ONE };
            limit = Price::new(worse).unwrap();
        }
        self.exchange.rest(self.now, Owner::Hand, (like.side, like.coin), (size, limit));
    }

    fn trouble(&mut self) {
        let until = self.now.plus_micros(self.dice.between(1, 90) * SECOND);
        if self.dice.per_mille(500) {
            self.exchange.down_until = until;
        } else {
            self.exchange.partial_until = until;
        }
    }

    fn clock_steps(&mut self) {
        self.off = self.dice.between(-100, 100) * SECOND / if self.dice.per_mille(700) { 50 } else { 1 };
    }

    fn proposal(&mut self) -> Proposal {
        // Twins of an order that is under way can be told apart by nothing where rows don't say whose they are.
        let twins = self.exchange.habits.ids == Ids::OfOrder && self.dice.per_mille(150);
        if let Some(last) = self.last.clone().filter(|_| twins) {
            return last;
        }
        let coin = coin(&mut self.dice);
        let side = if self.dice.per_mille(550) { Side::Buy } else { Side::Sell };
        let mid = self.quotes.get(&coin).and_then(Quote::mid).unwrap_or(Decimal::ONE_HUNDRED);
        let at = (mid * Decimal::new(self.dice.between(98_500_000, 101_500_000), 8)).round_dp(8);
        let instant = self.dice.per_mille(250);
        let kind = if instant { OrderKind::Instant } else { OrderKind::Limit(Price::new(at).unwrap()) };
        let quantity = quantity(self.dice.between(1, 400) * 1_000_000 + self.dice.between(0, 999_999));
        let algorithm = HOLDERS[self.dice.below(3) as usize].map(name);
        Proposal { book: Book::Live, coin, side, kind, quantity, algorithm }
    }

    fn wants(&mut self) -> Result<(), String> {
        if self.machine.as_ref().is_none_or(|machine| machine.flight.is_some()) {
            return self.machine_goes_on();
        }
        if self.dice.per_mille(950) {
            let seen = self.now.plus_micros(self.off);
            self.quotes.values_mut().for_each(|quote| quote.seen = seen);
        }
        let proposal = self.proposal();
        self.last = Some(proposal.clone());
        self.with(Fault::None, |machine, around| machine.propose(around, proposal))
    }

    fn persons(&mut self) -> Result<(), String> {
        let Some(machine) = &self.machine else { return Ok(()) };
        let asked: Vec<(OrderId, FactHash)> =
            machine.orders.asked().filter_map(|order| Some((order.id(), order.ask()?.hash))).collect();
        let choice = self.dice.below(10);
        let old = self.dice.pick(&self.seen).copied().filter(|_| choice == 9);
        let Some((id, hash)) = old.or(self.dice.pick(&asked).copied()) else { return Ok(()) };
        if self.seen.len() < 64 {
            self.seen.push((id, hash));
        }
        match choice {
            0 => {
                let denial = Denial::new("rejected_by_person", "no");
                let denied = Fact::OrderDenied { order: id, denial };
                self.with(Fault::None, |machine, around| machine.record(around, vec![denied]))
            }
            1 => {
                let answered = Fact::ApprovalAnswered { order: id, words: "wait".to_owned() };
                self.with(Fault::None, |machine, around| machine.record(around, vec![answered]))
            }
            2 => {
                let size = quantity(self.dice.between(1, 300) * 1_000_000 + self.dice.between(0, 999_999));
                self.with(Fault::None, |machine, around| machine.edit(around, id, size))
            }
            3 => Ok(()),
            _ => {
                self.referee.hears_yes(id, hash);
                self.with(Fault::None, |machine, around| {
                    machine.approve(around, id, hash);
                    Ok(())
                })
            }
        }
    }

    fn rules_change(&mut self) {
        let holder = HOLDERS[self.dice.below(3) as usize].unwrap_or("manual");
        let fact = match self.dice.below(10) {
            0 if self.dice.per_mille(300) => Fact::Lease { held: false },
            0..=2 => Fact::Lease { held: true },
            3 if self.dice.per_mille(500) => Fact::MandateRevoked { holder: name(holder), book: Book::Live },
            4 => limit_fact("max_order_aud", if self.dice.per_mille(500) { 150 } else { 10_000 }),
            5 => limit_fact("max_orders_per_minute", if self.dice.per_mille(200) { 1 } else { 60 }),
            _ => {
                let above = ApprovalRule::Above(Money::aud(Decimal::from(self.dice.between(10, 400))));
                let rule = *self.dice.pick(&[ApprovalRule::Always, ApprovalRule::Never, above]).unwrap_or(&above);
                Fact::MandateSet { mandate: mandate(holder, rule) }
            }
        };
        let _ = self.with(Fault::None, |machine, around| machine.record(around, vec![fact]));
    }

    fn kill_switch(&mut self) -> Result<(), String> {
        if self.disk.latch {
            self.disk.latch = false;
            let mandates = HOLDERS.iter().map(|of| mandate(of.unwrap_or("manual"), ApprovalRule::Never));
            let mut facts = vec![Fact::KillCleared];
            facts.extend(mandates.map(|mandate| Fact::MandateSet { mandate }));
            return self.with(Fault::None, |machine, around| machine.record(around, facts));
        }
        self.disk.latch = true;
        self.tally.kills += 1;
        self.with(Fault::None, |machine, around| {
            let resting: Vec<OrderId> = machine.orders.resting(Book::Live).map(Order::id).collect();
            for id in resting {
                machine.order_cancel(around, id, "killed")?;
            }
            machine.record(around, vec![Fact::Killed { receipt: "{}".to_owned() }])
        })
    }

    fn cancels(&mut self) -> Result<(), String> {
        let Some(machine) = &self.machine else { return Ok(()) };
        let open: Vec<OrderId> = machine.orders.open().map(Order::id).collect();
        let Some(id) = self.dice.pick(&open).copied() else { return Ok(()) };
        self.with(Fault::None, |machine, around| machine.order_cancel(around, id, "by_person"))
    }

    /// Somebody wants another limit for an order that rests.
    fn amends(&mut self) -> Result<(), String> {
        let Some(machine) = self.machine.as_ref().filter(|machine| machine.flight.is_none()) else {
            return self.machine_goes_on();
        };
        let resting: Vec<(OrderId, Coin)> =
            machine.orders.resting(Book::Live).map(|order| (order.id(), order.proposal().coin)).collect();
        let Some((id, coin)) = self.dice.pick(&resting).copied() else { return Ok(()) };
        let seen = self.now.plus_micros(self.off);
        self.quotes.values_mut().for_each(|quote| quote.seen = seen);
        let mid = self.quotes.get(&coin).and_then(Quote::mid).unwrap_or(Decimal::ONE_HUNDRED);
        let to = (mid * Decimal::new(self.dice.between(98_500_000, 101_500_000), 8)).round_dp(8);
        let to = Price::new(to).unwrap();
        self.with(Fault::None, |machine, around| machine.amend(around, id, to))
    }

    fn fault(&mut self) -> Fault {
        if self.calm {
            return Fault::None;
        }
        match self.dice.below(20) {
            0 | 1 => Fault::RequestLost,
            2 | 3 => Fault::ReplyLost,
            4 => Fault::Late { micros: self.dice.between(1, 90) * SECOND },
            5 => Fault::RefusedButPlaced,
            6 => Fault::Refused,
            7 => Fault::WrongEcho,
            _ => Fault::None,
        }
    }

    /// The process does the next thing it has to, or starts again.
    fn machine_goes_on(&mut self) -> Result<(), String> {
        let fault = self.fault();
        let Some(machine) = &self.machine else {
            self.machine = Some(Machine::empty());
            return self.with(fault, Machine::begin);
        };
        let flight = machine.flight.clone();
        let (waiting, cancelling) = (machine.queue.front().cloned(), machine.cancels.front().copied());
        let choice = self.dice.below(4);
        self.with(fault, |machine, around| match flight {
            Some(flight) => machine.goes_on(around, flight),
            None if choice == 0 => machine.expire(around),
            None if choice != 1 && cancelling.is_some() => {
                let id = machine.cancels.pop_front();
                id.map_or(Ok(()), |id| {
                    machine.cancel_live(around, id);
                    Ok(())
                })
            }
            None if waiting.is_some() => {
                let first = machine.queue.pop_front();
                first.map_or(Ok(()), |waiting| machine.send_live(around, waiting))
            }
            None => {
                machine.begin_pass(around);
                Ok(())
            }
        })
    }

    /// No more faults, no more trades: everything must become clear, and the books equal the venue's truth.
    fn settle(&mut self) -> Result<(), String> {
        self.calm = true;
        (self.exchange.down_until, self.exchange.partial_until) = (self.now, self.now);
        self.off = 0;
        self.exchange.arrive(self.now.plus_micros(200 * SECOND));
        self.now = self.now.plus_micros(200 * SECOND);
        self.machine = None;
        for _ in 0..ROUNDS_MAX {
            self.now = self.now.plus_micros(61 * SECOND);
            if self.machine.is_none() {
                self.machine_goes_on()?;
            }
            self.with(Fault::None, |machine, around| {
                while let Some(flight) = machine.flight.clone() {
                    machine.goes_on(around, flight)?;
                }
                while let Some(id) = machine.cancels.pop_front() {
                    machine.cancel_live(around, id);
                }
                machine.begin_pass(around);
                let flight = machine.flight.clone();
                flight.map_or(Ok(()), |flight| machine.goes_on(around, flight))
            })?;
            self.person_decides()?;
            if self.differences().is_empty() {
                self.count_unclear();
                return self.check_fold();
            }
        }
        Err(self.differences().join("; "))
    }

    /// A person looks at the website and says what became of an order.
    fn person_decides(&mut self) -> Result<(), String> {
        let Some(machine) = &self.machine else { return Ok(()) };
        let mut facts = Vec::new();
        for order in machine.orders.open().filter(|order| order.state() == OrderState::Unknown) {
            if !self.exchange.knows(order.id()) {
                facts.push(machine.watch.close_by_person(order, "it is not there").unwrap_or_default());
                continue;
            }
            let candidates = machine.watch.note(order.id()).map_or(&[][..], |note| note.candidates());
            let its = |id: &str| self.exchange.owners.get(id) == Some(&Owner::Ours(order.id()));
            let id = candidates.iter().filter_map(|found| found.venue_order_id.as_deref()).find(|id| its(id));
            // What has no id, such as an instant order's row, can be named only where nothing else is there.
            let is_its = |row: &VenueFill| {
                self.exchange.done.iter().any(|done| done.row == *row && done.owner == Owner::Ours(order.id()))
            };
            let alone = matches!(candidates, [one] if !one.rows.is_empty() && one.rows.iter().all(is_its));
            if id.is_some() || alone {
                facts.push(machine.watch.adopt_by_person(order, id, "I saw it").unwrap_or_default());
            }
        }
        for facts in facts {
            self.with(Fault::None, |machine, around| machine.record(around, facts))?;
        }
        Ok(())
    }

    /// How the books differ from the venue's truth. Where its rows carry the ids of their orders, each order's fills are the
    /// true ones. Where they don't, a row that could be another order's is nobody's: such orders are counted.
    fn differences(&mut self) -> Vec<String> {
        let Some(machine) = &self.machine else { return vec!["there is no machine".to_owned()] };
        let mut told = Vec::new();
        for order in machine.orders.iter().filter(|order| order.intent().is_some()) {
            let (id, state) = (order.id(), order.state());
            let (filled, rests) = (self.exchange.filled(id), self.exchange.rests(id));
            let named = self.exchange.habits.ids == Ids::OfOrder;
            if named && (state == OrderState::Unknown || order.filled().decimal() != filled) {
                told.push(format!("{id} is {state} with {} filled, truly {filled}", order.filled()));
            } else if rests != order.is_resting() {
                told.push(format!("{id} is {state}, and truly {}", if rests { "rests" } else { "rests not" }));
            }
            let limit = order.limit().map(|limit| self.exchange.kept(limit));
            if rests && (order.amending().is_some() || limit != self.exchange.rate_of(id)) {
                told.push(format!("{id} has the limit {limit:?}, truly {:?}", self.exchange.rate_of(id)));
            }
        }
        let by_hand = self.exchange.done.iter().filter(|done| done.owner == Owner::Hand).map(|done| cash_of(&done.row));
        let cash = Decimal::from(CASH) + self.deposits + by_hand.sum::<Decimal>() + self.referee.cash;
        if told.is_empty() && self.exchange.habits.ids == Ids::OfOrder && cash != self.exchange.cash {
            told.push(format!("cash is {} at the venue and {cash} by our books", self.exchange.cash));
        }
        told
    }

    /// Orders whose fills nobody can tell for certain, where rows don't say whose they are.
    fn count_unclear(&mut self) {
        let Some(machine) = &self.machine else { return };
        let sent = machine.orders.iter().filter(|order| order.intent().is_some());
        let wrong = |order: &&Order| order.filled().decimal() != self.exchange.filled(order.id());
        self.tally.unclear += sent.filter(wrong).count() as u64;
    }

    /// What a new process reads is what this one holds.
    fn check_fold(&mut self) -> Result<(), String> {
        let held = self.machine.as_ref().map(|machine| machine.orders.clone());
        self.machine = Some(Machine::empty());
        self.with(Fault::None, Machine::begin)?;
        if self.machine.as_ref().map(|machine| &machine.orders) == held.as_ref() {
            return Ok(());
        }
        Err("a new process reads other orders than this one holds".to_owned())
    }
}

fn cash_of(row: &VenueFill) -> Decimal {
    let value = row.amount.decimal() * row.rate.decimal();
    match row.side {
        Side::Buy => -(value + row.fee),
        Side::Sell => value - row.fee,
    }
}

fn limit_fact(of: &str, value: i64) -> Fact {
    Fact::LimitsSet { book: Book::Live, changes: vec![LimitChange::new(name(of), Decimal::from(value))] }
}

fn quote(coin: Coin, mid: Decimal, seen: Timestamp) -> Quote {
    let price = |thousandth: i64| Price::new((mid * Decimal::new(thousandth, 3)).round_dp(4)).ok();
    Quote { coin, kind: QuoteKind::Book, bid: price(999), ask: price(1_001), last: None, seen }
}

fn mandate(holder: &str, approval: ApprovalRule) -> Mandate {
    Mandate {
        holder: name(holder),
        book: Book::Live,
        approval,
        max_order: None,
        max_day: None,
        coins: Vec::new(),
        hours: None,
        until: None,
    }
}
