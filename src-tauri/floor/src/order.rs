//! One order, folded from its facts.
//!
//! | state | may become, by |
//! |---|---|
//! | awaiting approval | approved, denied, expired, cancelled; edited, asked again |
//! | approved | sending (intent), denied (re-check at send), expired, cancelled |
//! | sending | open, rejected, unknown; filled (a fill may be told before the venue's answer) |
//! | open, partially filled | partially filled, filled, cancelled; asked for another limit, and then amended or not |
//! | unknown | open, rejected, filled: by evidence, or a person's word |
//! | cancelled | filled, when its fill arrives after all: the fill wins, what was not filled stays cancelled |
//!
//! Invariants: anything else is an error that changes nothing; fills never exceed what was ordered. An order that may
//! have left (`sending`, `unknown`) is never taken back or expired here, and no timer ends it. Deliberately absent: what
//! became of an `unknown` one, which is searched for in `reconcile`. While a venue across a network is asked for another
//! limit, nobody knows which of the two the order has: the worse one is set aside, and its market is closed to others.

use crate::gate::Reservation;
use crate::reconcile::{Finding, Quiet, Unresolved};
use crate::sizing::{FeeRates, Preview};
use domain::{
    Amendment, AmountError, Ask, BasisPoints, Denial, Fact, Intent, Money, Name, OrderId, OrderKind, OrderNote,
    OrderState, Price, Proposal, Quantity, Resolution, Side, Terms, Timestamp, Trade, TradeId, VenueFill,
};

/// Who resolves an order by their word.
pub(crate) const BY_PERSON: &str = "person";
/// Who resolves it by what the venue shows.
pub(crate) const BY_EVIDENCE: &str = "evidence";

/// Why a fact does not fit an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// A fact about an order that was never proposed.
    #[error("there is no order {0}")]
    NoSuchOrder(OrderId),
    /// The same order proposed twice.
    #[error("order {0} was proposed twice")]
    ProposedTwice(OrderId),
    /// A step the order can't take from where it stands.
    #[error("order {order} is {from} and can't be {step}")]
    IllegalStep {
        /// The order.
        order: OrderId,
        /// Where it stands.
        from: OrderState,
        /// What the fact wanted.
        step: &'static str,
    },
    /// A fill beyond what was ordered.
    #[error("order {order} has {remaining} left to fill, not {fill}")]
    Overfilled {
        /// The order.
        order: OrderId,
        /// What was left.
        remaining: Quantity,
        /// What the fill says.
        fill: Quantity,
    },
    /// A fill of nothing.
    #[error("a fill of order {0} has no coins")]
    EmptyFill(OrderId),
    /// The same fill twice.
    #[error("order {order} already has the fill {trade}")]
    FilledTwice {
        /// The order.
        order: OrderId,
        /// The fill.
        trade: TradeId,
    },
    /// A fill of another coin, side or book than the order's.
    #[error("a fill of order {order} has another {what} than the order")]
    Mismatch {
        /// The order.
        order: OrderId,
        /// What differs.
        what: &'static str,
    },
    /// A number that can't be computed.
    #[error("order {order}: {error}")]
    Amount {
        /// The order.
        order: OrderId,
        /// What went wrong.
        error: AmountError,
    },
}

impl OrderError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchOrder(_) => "no_such_order",
            Self::ProposedTwice(_) => "order_proposed_twice",
            Self::IllegalStep { .. } => "order_step_illegal",
            Self::Overfilled { .. } => "order_overfilled",
            Self::EmptyFill(_) => "fill_empty",
            Self::FilledTwice { .. } => "order_filled_twice",
            Self::Mismatch { .. } => "fill_mismatch",
            Self::Amount { .. } => "amount_too_large",
        }
    }
}

/// A part of an order that traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// The trade.
    pub trade: TradeId,
    /// When.
    pub time: Timestamp,
    /// Coins.
    pub quantity: Quantity,
    /// AUD for one coin, before the fee.
    pub price: Price,
    /// The fee.
    pub fee: Money,
}

/// An order and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    id: OrderId,
    proposal: Proposal,
    state: OrderState,
    filled: Quantity,
    remaining: Quantity,
    fills: Vec<Fill>,
    approved_by: Option<Name>,
    sent: bool,
    acknowledged: bool,
    venue_order_id: Option<String>,
    reason: Option<Denial>,
    terms: Terms,
    ask: Option<Ask>,
    answers: Vec<String>,
    intent: Option<Box<Intent>>,
    rows: Vec<VenueFill>,
    cancel_asked: Option<Name>,
    sought: Quiet,
    was_several: bool,
    amending: Option<Box<Amendment>>,
    amend_refused: Option<Denial>,
    amend_dropped: Option<Denial>,
    loosest: Option<Price>,
}

impl Order {
    /// A proposal that waits for the gate and for approval.
    pub(crate) fn proposed(id: OrderId, proposal: Proposal) -> Self {
        Self {
            id,
            remaining: proposal.quantity,
            proposal,
            state: OrderState::AwaitingApproval,
            filled: Quantity::ZERO,
            fills: Vec::new(),
            approved_by: None,
            sent: false,
            acknowledged: false,
            venue_order_id: None,
            reason: None,
            terms: Terms::default(),
            ask: None,
            answers: Vec::new(),
            intent: None,
            rows: Vec::new(),
            cancel_asked: None,
            sought: Quiet::default(),
            was_several: false,
            amending: None,
            amend_refused: None,
            amend_dropped: None,
            loosest: None,
        }
    }

    /// The other limit its venue was asked for, while nobody knows which one it has.
    #[must_use]
    pub fn amending(&self) -> Option<&Amendment> {
        self.amending.as_deref()
    }

    /// The venue's words, when it refused the other limit and looks have not settled it yet.
    #[must_use]
    pub const fn amend_refused(&self) -> Option<&Denial> {
        self.amend_refused.as_ref()
    }

    /// Why it has no other limit, when the last one it was to have did not come to be.
    #[must_use]
    pub const fn amend_dropped(&self) -> Option<&Denial> {
        self.amend_dropped.as_ref()
    }

    /// Whether a look ever showed two things that could be it.
    #[must_use]
    pub const fn was_several(&self) -> bool {
        self.was_several
    }

    /// How long it may live and where it came from.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What a person is asked about it; none when nobody is.
    #[must_use]
    pub const fn ask(&self) -> Option<&Ask> {
        self.ask.as_ref()
    }

    /// What persons said to it without deciding, oldest first.
    #[must_use]
    pub fn answers(&self) -> &[String] {
        &self.answers
    }

    /// What was durable before it was sent across a network. Once it is over, the bytes and what rested before are let go of.
    #[must_use]
    pub fn intent(&self) -> Option<&Intent> {
        self.intent.as_deref()
    }

    /// The rows of the venue's history that are its fills.
    #[must_use]
    pub fn rows(&self) -> &[VenueFill] {
        &self.rows
    }

    /// Why the venue is asked to take it back; none when it isn't.
    #[must_use]
    pub const fn cancel_asked(&self) -> Option<&Name> {
        self.cancel_asked.as_ref()
    }

    /// How long there has been nothing at the venue, as far as the journal tells.
    #[must_use]
    pub const fn sought(&self) -> Quiet {
        self.sought
    }

    /// Whether no other order may enter its market: nobody knows yet what it came to.
    #[must_use]
    pub fn locks_market(&self) -> bool {
        match self.state {
            OrderState::Unknown => true,
            OrderState::Sending => self.intent.is_some(),
            OrderState::Open | OrderState::PartiallyFilled => {
                self.intent.is_some() && (self.proposal.kind == OrderKind::Instant || self.amending.is_some())
            }
            _ => false,
        }
    }

    /// What to look for at the venue; none for an order that never left for one.
    #[must_use]
    pub fn unresolved(&self) -> Option<Unresolved> {
        let intent = self.intent.as_deref()?;
        let Proposal { side, coin, quantity, .. } = self.proposal;
        // A row of before it was amended may come late.
        let kind = self.loosest().map_or(OrderKind::Instant, OrderKind::Limit);
        let before = intent.before.clone();
        Some(Unresolved { order: self.id, side, coin, kind, quantity, intended: intent.at, before })
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> OrderId {
        self.id
    }

    /// What was asked for.
    #[must_use]
    pub const fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> OrderState {
        self.state
    }

    /// The limit price, when it has one.
    #[must_use]
    pub const fn limit(&self) -> Option<Price> {
        match self.proposal.kind {
            OrderKind::Limit(limit) => Some(limit),
            OrderKind::Instant => None,
        }
    }

    /// The limit that gives away the most of those it had or may have; none for an instant order.
    fn loosest(&self) -> Option<Price> {
        let side = self.proposal.side;
        let amending = self.amending.as_ref().map(|amending| amending.to);
        [self.limit(), self.loosest, amending].into_iter().flatten().reduce(|a, b| looser(side, a, b))
    }

    /// Coins traded so far.
    #[must_use]
    pub const fn filled(&self) -> Quantity {
        self.filled
    }

    /// Coins ordered and not traded.
    #[must_use]
    pub const fn remaining(&self) -> Quantity {
        self.remaining
    }

    /// The trades it made, in the order they were learnt.
    #[must_use]
    pub fn fills(&self) -> &[Fill] {
        &self.fills
    }

    /// Who or what allowed it.
    #[must_use]
    pub const fn approved_by(&self) -> Option<&Name> {
        self.approved_by.as_ref()
    }

    /// The venue's id, when it gave one.
    #[must_use]
    pub fn venue_order_id(&self) -> Option<&str> {
        self.venue_order_id.as_deref()
    }

    /// Why it was denied, rejected or cancelled.
    #[must_use]
    pub const fn reason(&self) -> Option<&Denial> {
        self.reason.as_ref()
    }

    /// Whether it rests at the venue, waiting to be met.
    #[must_use]
    pub const fn is_resting(&self) -> bool {
        matches!(self.state, OrderState::Open | OrderState::PartiallyFilled)
    }

    /// Whether it may still be taken back.
    #[must_use]
    pub const fn can_cancel(&self) -> bool {
        matches!(
            self.state,
            OrderState::AwaitingApproval | OrderState::Approved | OrderState::Open | OrderState::PartiallyFilled
        )
    }

    /// Whether money or coins are set aside for it: from its approval until nothing can happen to it.
    #[must_use]
    pub const fn holds_reservation(&self) -> bool {
        matches!(
            self.state,
            OrderState::Approved
                | OrderState::Sending
                | OrderState::Open
                | OrderState::PartiallyFilled
                | OrderState::Unknown
        )
    }

    /// What is set aside for what it can still do: a buy's worst case with its fee, a sale's coins. An instant paper buy's
    /// price stands in no fact before its fill, so it reserves nothing: the paper venue fills it at once.
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub fn reservation(&self, fees: &FeeRates) -> Result<Reservation, AmountError> {
        if self.holds_reservation() { self.worst_case(fees) } else { Ok(Reservation::NONE) }
    }

    fn worst_case(&self, fees: &FeeRates) -> Result<Reservation, AmountError> {
        let either =
            |limit| self.amending.as_ref().map_or(limit, |amending| looser(self.proposal.side, limit, amending.to));
        let worst = self.limit().map(either).or_else(|| self.intent.as_ref().map(|intent| intent.worst));
        match (self.proposal.side, worst) {
            (Side::Sell, _) => Ok(Reservation { cash: Money::ZERO_AUD, coins: self.remaining }),
            (Side::Buy, Some(worst)) => {
                let fee: BasisPoints = fees.of(self.proposal.kind);
                let cost = Preview::of(self.remaining, Side::Buy, worst, fee)?.total;
                Ok(Reservation { cash: cost, coins: Quantity::ZERO })
            }
            (Side::Buy, None) => Ok(Reservation::NONE),
        }
    }

    /// The fact that takes back what is not filled.
    ///
    /// # Errors
    /// [`OrderError::IllegalStep`] when it is over, or may be on its way.
    pub fn cancel(&self, reason: Name) -> Result<Fact, OrderError> {
        if !self.can_cancel() {
            return Err(OrderError::IllegalStep { order: self.id, from: self.state, step: "cancelled" });
        }
        Ok(Fact::OrderCancelled { order: self.id, reason })
    }

    fn step(&self, allowed: &[OrderState], step: &'static str) -> Result<(), OrderError> {
        if allowed.contains(&self.state) {
            Ok(())
        } else {
            Err(OrderError::IllegalStep { order: self.id, from: self.state, step })
        }
    }

    /// Takes a fact about this order. On an error nothing has changed.
    pub(crate) fn apply(&mut self, fact: &Fact, fees: &FeeRates) -> Result<(), OrderError> {
        use OrderState::{Approved, AwaitingApproval, Open, PartiallyFilled, Sending, Unknown};
        match fact {
            Fact::OrderProposed { .. } => return Err(OrderError::ProposedTwice(self.id)),
            Fact::OrderDenied { denial, .. } => {
                self.step(&[AwaitingApproval, Approved], "denied")?;
                self.close(OrderState::Denied, denial.clone());
            }
            Fact::OrderApproved { by, .. } => {
                self.step(&[AwaitingApproval], "approved")?;
                // Checked here once: later the remaining part only shrinks.
                self.worst_case(fees).map_err(|error| OrderError::Amount { order: self.id, error })?;
                self.approved_by = Some(by.clone());
                self.state = Approved;
            }
            Fact::OrderIntended { .. } => {
                self.step(&[Approved], "sent")?;
                self.sent = true;
                self.state = Sending;
            }
            Fact::OrderOpened { venue_order_id, .. } => self.opened(venue_order_id.as_ref())?,
            Fact::OrderCancelled { reason, .. } => {
                self.step(&[AwaitingApproval, Approved, Open, PartiallyFilled], "cancelled")?;
                let words = format!("{} of {} was taken back ({reason})", self.remaining, self.proposal.quantity);
                self.close(OrderState::Cancelled, Denial::new(reason.as_str(), words));
            }
            Fact::OrderRejected { denial, .. } => {
                self.step(&[Sending], "rejected")?;
                self.close(OrderState::Rejected, denial.clone());
            }
            Fact::Trade(trade) => self.fill(trade)?,
            Fact::LiveIntended { intent, .. } => {
                self.step(&[Approved], "sent")?;
                self.intent = Some(intent.clone());
                if let Err(error) = self.worst_case(fees) {
                    self.intent = None;
                    return Err(OrderError::Amount { order: self.id, error });
                }
                self.sent = true;
                self.state = Sending;
            }
            Fact::OrderUnknown { why, .. } => {
                // An instant order that was acknowledged has no id: without its row nobody knows what became of it.
                let acknowledged = matches!(self.proposal.kind, OrderKind::Instant) && self.intent.is_some();
                self.step(if acknowledged { &[Sending, Open] } else { &[Sending] }, "unknown")?;
                self.close(Unknown, why.clone());
            }
            Fact::OrderResolved { resolution, by, why, .. } => self.resolved(resolution, by, why)?,
            Fact::RowTaken { row, .. } => {
                self.step(&[Sending, Open, PartiallyFilled, Unknown, OrderState::Cancelled], "given a row")?;
                self.rows.push(row.clone());
            }
            Fact::OrderSought { at, anything, .. } => {
                self.step(&[Unknown], "sought")?;
                let nothing = Finding::Nothing { unexplained: *anything };
                self.sought.take(&nothing, *at);
            }
            Fact::CancelAsked { reason, .. } => {
                self.step(&[Open, PartiallyFilled], "asked back")?;
                self.cancel_asked = Some(reason.clone());
            }
            _ => return self.question(fact, fees),
        }
        Ok(())
    }

    /// What happens to it before it is sent, and a new limit afterwards.
    fn question(&mut self, fact: &Fact, fees: &FeeRates) -> Result<(), OrderError> {
        use OrderState::{Approved, AwaitingApproval, Open, PartiallyFilled};
        match fact {
            Fact::OrderTerms { terms, .. } => {
                self.step(&[AwaitingApproval], "given terms")?;
                self.terms = terms.clone();
            }
            Fact::OrderEdited { kind, quantity, .. } => {
                self.step(&[AwaitingApproval], "edited")?;
                (self.proposal.kind, self.proposal.quantity, self.remaining) = (*kind, *quantity, *quantity);
                self.ask = None;
            }
            Fact::ApprovalAsked { ask, .. } => {
                self.step(&[AwaitingApproval], "asked about")?;
                self.ask = Some(*ask);
            }
            Fact::ApprovalAnswered { words, .. } => {
                self.step(&[AwaitingApproval], "answered")?;
                self.answers.push(words.clone());
            }
            Fact::OrderExpired { .. } => {
                self.step(&[AwaitingApproval, Approved], "expired")?;
                self.close(OrderState::Expired, Denial::new("expired", "nobody decided in time"));
            }
            Fact::OrderAmended { limit, .. } => {
                self.step(&[Open, PartiallyFilled], "amended")?;
                let loosest = self.loosest();
                let kind = std::mem::replace(&mut self.proposal.kind, OrderKind::Limit(*limit));
                let amending = self.amending.take();
                if let Err(error) = self.worst_case(fees) {
                    (self.proposal.kind, self.amending) = (kind, amending);
                    return Err(OrderError::Amount { order: self.id, error });
                }
                (self.loosest, self.amend_refused, self.amend_dropped) = (loosest, None, None);
            }
            Fact::OrderNoted { note, .. } => self.noted(note, fees)?,
            _ => {}
        }
        Ok(())
    }

    fn noted(&mut self, note: &OrderNote, fees: &FeeRates) -> Result<(), OrderError> {
        use OrderState::{Open, PartiallyFilled, Unknown};
        let illegal = |step| Err(OrderError::IllegalStep { order: self.id, from: self.state, step });
        match note {
            OrderNote::Several => {
                self.step(&[Unknown, Open, PartiallyFilled], "seen twice")?;
                self.was_several = true;
            }
            OrderNote::AmendAsked(amendment) => {
                self.step(&[Open, PartiallyFilled], "asked to be amended")?;
                if self.amending.is_some() || self.limit().is_none() {
                    return illegal("asked to be amended");
                }
                self.amending = Some(amendment.clone());
                if let Err(error) = self.worst_case(fees) {
                    self.amending = None;
                    return Err(OrderError::Amount { order: self.id, error });
                }
                (self.amend_refused, self.amend_dropped) = (None, None);
            }
            OrderNote::AmendRefused(_) | OrderNote::AmendDropped(_) if self.amending.is_none() => {
                return illegal("left as it was");
            }
            OrderNote::AmendRefused(why) => self.amend_refused = Some(why.clone()),
            OrderNote::AmendDropped(why) => {
                self.loosest = self.loosest();
                (self.amending, self.amend_refused) = (None, None);
                self.amend_dropped = Some(why.clone());
            }
        }
        Ok(())
    }

    /// Nothing can happen to it any more: it has the limit that it had, as far as anybody knows.
    fn end_amending(&mut self) {
        self.loosest = self.loosest();
        (self.amending, self.amend_refused) = (None, None);
    }

    fn resolved(&mut self, resolution: &Resolution, by: &Name, why: &str) -> Result<(), OrderError> {
        self.step(&[OrderState::Unknown], "resolved")?;
        match resolution {
            Resolution::Placed { venue_order_id } => {
                self.state = if self.filled.is_zero() { OrderState::Open } else { OrderState::PartiallyFilled };
                self.acknowledged = true;
                self.venue_order_id.clone_from(venue_order_id);
                self.reason = None;
            }
            Resolution::NotPlaced => {
                let code = if by.as_str() == BY_PERSON { "closed_by_person" } else { "refused" };
                self.close(OrderState::Rejected, Denial::new(code, why));
            }
        }
        Ok(())
    }

    fn close(&mut self, state: OrderState, reason: Denial) {
        self.end_amending();
        self.state = state;
        self.reason = Some(reason);
    }

    /// It is over: what only served to find it at the venue is the journal's to keep. True when it was cancelled there: rows
    /// that come late are still held against the history before it.
    pub(crate) fn let_go(&mut self) -> bool {
        let Some(intent) = self.intent.as_deref_mut() else { return false };
        intent.body = String::new();
        intent.before.open = Vec::new();
        let may_be_late = self.state == OrderState::Cancelled;
        if !may_be_late {
            self.forget_history();
        }
        may_be_late
    }

    /// Whether no fact can be about it any more, but for rows that come late. One that is filled without an answer may get it yet.
    pub(crate) fn is_over_for_good(&self) -> bool {
        let waits = self.intent.is_some() && self.state == OrderState::Filled && !self.acknowledged;
        self.state.is_final() && !waits
    }

    /// No row is looked for any more.
    pub(crate) fn forget_history(&mut self) {
        if let Some(intent) = self.intent.as_deref_mut() {
            intent.before.done = Vec::new();
        }
    }

    /// The wallet it was to trade with is gone: whatever it was doing, it is over.
    pub(crate) fn end_with_wallet(&mut self, reason: Denial) {
        self.close(OrderState::Cancelled, reason);
    }

    fn opened(&mut self, venue_order_id: Option<&String>) -> Result<(), OrderError> {
        // A fill may have been told before the venue's answer: then only the venue's id is news.
        let filled_first = matches!(self.state, OrderState::PartiallyFilled | OrderState::Filled);
        if self.acknowledged || !filled_first {
            self.step(&[OrderState::Sending, OrderState::Unknown], "opened")?;
            self.state = if self.filled.is_zero() { OrderState::Open } else { OrderState::PartiallyFilled };
        }
        self.acknowledged = true;
        self.venue_order_id = venue_order_id.cloned();
        Ok(())
    }

    fn check_fill(&self, trade: &Trade) -> Result<(), OrderError> {
        use OrderState::{Cancelled, Filled, Open, PartiallyFilled, Sending, Unknown};
        self.step(&[Sending, Open, PartiallyFilled, Unknown, Cancelled, Filled], "filled")?;
        let mismatch = |what| Err(OrderError::Mismatch { order: self.id, what });
        if trade.book != self.proposal.book {
            return mismatch("book");
        }
        if trade.coin != self.proposal.coin {
            return mismatch("coin");
        }
        if trade.side != self.proposal.side {
            return mismatch("side");
        }
        if !self.sent {
            // Taken back before it was sent: it can't have traded.
            return Err(OrderError::IllegalStep { order: self.id, from: self.state, step: "filled" });
        }
        if trade.quantity.is_zero() {
            return Err(OrderError::EmptyFill(self.id));
        }
        Ok(())
    }

    fn fill(&mut self, trade: &Trade) -> Result<(), OrderError> {
        self.check_fill(trade)?;
        let id = trade.id();
        if self.fills.iter().any(|fill| fill.trade == id) {
            return Err(OrderError::FilledTwice { order: self.id, trade: id });
        }
        let over = OrderError::Overfilled { order: self.id, remaining: self.remaining, fill: trade.quantity };
        let remaining = self.remaining.checked_sub(trade.quantity).map_err(|_| over)?;
        let failed = |error| OrderError::Amount { order: self.id, error };
        self.filled = self.filled.checked_add(trade.quantity).map_err(failed)?;
        self.remaining = remaining;
        self.fills.push(Fill {
            trade: id,
            time: trade.time,
            quantity: trade.quantity,
            price: trade.price,
            fee: trade.fee,
        });
        if remaining.is_zero() {
            self.end_amending();
            self.state = OrderState::Filled;
            self.reason = None;
        } else if self.state != OrderState::Cancelled {
            self.state = OrderState::PartiallyFilled;
        }
        Ok(())
    }
}

/// Of two limits the one that gives away more.
fn looser(side: Side, a: Price, b: Price) -> Price {
    match side {
        Side::Buy => a.max(b),
        Side::Sell => a.min(b),
    }
}

#[cfg(test)]
mod tests;
