//! Values, ids, facts, observations and clocks that every other crate speaks in; no I/O.
//!
//! Invariants: money, prices and quantities are exact decimals in newtypes; currencies never mix; times are UTC
//! microseconds; ids and times are always handed in. Deliberately absent: anything that reads a clock, a file or a
//! socket, and anything only one crate needs.

mod algorithm;
mod amount;
mod candle;
mod clock;
mod fact;
mod ids;
mod mandate;
mod movement;
mod note;
mod order;
mod quote;
mod row;
mod sealed;
pub mod session;
mod tax;
mod ticker;
mod trade;
mod trials;
mod twap;
mod venue;

pub use algorithm::{AlgorithmState, AlgorithmVersion, OrderStyle, Signal, SignalAction, SignalOutcome, SignalSize};
pub use amount::{AmountError, BasisPoints, Money, Price, Quantity, parse_decimal, parse_decimal_lossy};
pub use candle::{Candle, Interval, UnknownInterval};
pub use clock::{Clock, DrivenClock, Timestamp, TimestampError};
pub use fact::{Fact, FactError, LimitChange, VolatileMode};
pub use ids::{ArtefactId, DeviceId, FactHash, IdError, MovementId, OrderId, QuestionId, SessionId, TradeId};
pub use mandate::{ApprovalRule, Hours, Mandate};
pub use movement::{Direction, Moved, Movement, Why};
pub use note::{Note, Verdict};
pub use order::{
    Amendment, Ask, Denial, DeniedAmendment, OrderKind, OrderNote, OrderState, Proposal, Resolution, SignalSource,
    Size, Terms,
};
pub use quote::{Quote, QuoteKind};
pub use row::{Cause, RowKind, TradeRow, Worth};
pub use rust_decimal::{Decimal, RoundingStrategy};
pub use sealed::{ChainEnd, SealedFact};
pub use tax::{FiledHead, FiledYear, ParcelOrigin, ParcelPick, PickedSale, TaxPrice};
pub use ticker::{Coin, Currency, Name, TickerError};
pub use trade::{Book, Side, Trade};
pub use trials::{BestTrial, Trials, Tried};
pub use twap::Twap;
pub use venue::{Intent, Look, VenueFill, VenueOrder};
