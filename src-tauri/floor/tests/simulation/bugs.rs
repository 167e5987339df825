//! Mistakes on purpose: each must be caught, or the checkers prove nothing.
//!
//! Deliberately absent: an incomplete look that counts as complete. It goes unnoticed, because balances that the rows don't
//! explain keep every decision open all the same.

/// A mistake of the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A lost reply is answered by sending again.
    ResendOnSilence,
    /// An order enters a market that is closed.
    IgnoreLock,
    /// Bytes leave before the intent is durable.
    SendBeforeDurable,
    /// The kill switch is not read before the bytes leave.
    IgnoreKill,
    /// The mandate and the lease are judged when an order is proposed, and not again.
    TrustOldVerdict,
    /// What was approved is sent as it was edited afterwards.
    IgnoreHash,
    /// An approval is honoured after its time.
    IgnoreExpiry,
    /// The same approval is used again for the order.
    ApproveTwice,
    /// The venue's refusal is believed at once.
    BelieveRefusal,
    /// A timer ends what nobody knows.
    TimeOutUnknown,
    /// The nonce is the clock's.
    NonceFromClock,
    /// What is like the order is taken for it.
    AdoptSimilar,
    /// Which rows were taken is forgotten when the process ends.
    ForgetClaimed,
    /// A cancelled order is over: its late fills are dropped.
    DropLateFills,
    /// What was being sent when the process ended counts as never sent.
    ForgetInterrupted,
    /// Another limit whose reply was lost counts as not asked for.
    ForgetAmend,
    /// A lost reply to another limit is answered by asking again.
    AmendAgain,
    /// The edit leaves before it is durable that it was asked for.
    AmendBeforeDurable,
}

impl Bug {
    pub const ALL: [Self; 18] = [
        Self::ResendOnSilence,
        Self::IgnoreLock,
        Self::SendBeforeDurable,
        Self::IgnoreKill,
        Self::TrustOldVerdict,
        Self::IgnoreHash,
        Self::IgnoreExpiry,
        Self::ApproveTwice,
        Self::BelieveRefusal,
        Self::TimeOutUnknown,
        Self::NonceFromClock,
        Self::AdoptSimilar,
        Self::ForgetClaimed,
        Self::DropLateFills,
        Self::ForgetInterrupted,
        Self::ForgetAmend,
        Self::AmendAgain,
        Self::AmendBeforeDurable,
    ];
}
