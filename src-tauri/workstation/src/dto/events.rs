//! What the workstation tells the window without being asked.

use super::{AlertRow, KillState, OrderView, PriceRow, Status, SyncBrief, Ticker, TradeView};
use serde::Serialize;
use ts_rs::TS;

/// What became of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AlertChange {
    /// It is new.
    Raised,
    /// It came again while it was cooling down.
    Repeated,
    /// It came again, clearly worse.
    Worse,
    /// It is over.
    Recovered,
    /// A person saw it.
    Seen,
}

/// One event. The window gets them in order; after a gap it asks for everything again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum Event {
    /// Prices that changed (ages move by themselves from `seen`).
    Prices {
        /// The changed rows.
        prices: Vec<PriceRow>,
    },
    /// An order is new or stands elsewhere.
    Order {
        /// The order, whole.
        order: OrderView,
    },
    /// A person is asked about an order, or asked again.
    Asked {
        /// The order, whole.
        order: OrderView,
        /// Something about it changed since it was asked before.
        again: bool,
    },
    /// A trade entered the books.
    Trade {
        /// The trade.
        trade: TradeView,
    },
    /// Daily closes came that the books lacked: ask for equity again.
    Closes {
        /// How many.
        #[ts(type = "number")]
        new: u64,
    },
    /// Events were lost because the listener was slow: ask for everything again.
    Missed {
        /// How many.
        #[ts(type = "number")]
        events: u64,
    },
    /// The figures of the paper book, or the kill switch, moved.
    Paper {
        /// The figures.
        paper: Ticker,
        /// The switch.
        kill: KillState,
        /// Why trading is halted.
        halted: Option<String>,
    },
    /// Something calls for attention, or is over.
    Alert {
        /// The alert, whole.
        alert: AlertRow,
        /// What became of it.
        change: AlertChange,
    },
    /// An algorithm stands elsewhere, or said something: ask for it again.
    Algorithm {
        /// Its name.
        name: String,
    },
    /// A session of the Lab moved: ask for it again.
    Session {
        /// Which.
        session: String,
        /// `running`, `waiting`, `completed`, `failed` or `cancelled`.
        state: String,
        /// It asks something it did not ask before.
        asks: bool,
    },
    /// Sync stands otherwise. Facts of other devices that came may change any book: ask again.
    Sync {
        /// How it stands.
        sync: SyncBrief,
        /// Facts that came.
        #[ts(type = "number")]
        pulled: u64,
    },
    /// The frame's figures, and the sources.
    Status {
        /// All of them.
        status: Box<Status>,
    },
}
