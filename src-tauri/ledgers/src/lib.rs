//! What observations mean: candle building, freshness, the Source port; pure.
//!
//! Prices become candles ([`CandleBuilder`] live, [`fold`] in bulk), fine candles become coarse ones ([`aggregate`]), and
//! what is missing is named ([`gaps`]), never filled. [`FeedJudge`] says by content, not by timestamp, whether a feed still
//! moves, [`JumpGuard`] and [`ReferenceGuard`] set prices aside that are off by orders of magnitude. [`parse_candles`] reads candle files strictly. [`Source`] is what every collected service looks like from here.
//!
//! Invariants: no candle holds a price nobody saw; a closed candle is never rewritten by a late price; a volume is known only
//! when every part of it is. Deliberately absent: files, sockets, clocks (times are arguments), and what to store where.

pub mod alerts;
mod candle_csv;
mod candles;
mod feed;
mod kinds;
pub mod meaning;
mod missing;
mod observation;
mod payload;
mod plausible;
mod plausible_figures;
mod quality;
mod reference;
pub mod rules;
mod schedule;
mod setting;
mod shape;
mod source;

pub use candle_csv::{BadLine, CandleCsvError, ParsedCandles, parse_candles};
pub use candles::{CandleBuilder, CandleError, Gap, Pushed, Tick, aggregate, fold, gaps};
pub use feed::{FeedJudge, FeedState, Fingerprint};
pub use meaning::Meaning;
pub use missing::{DAYS_COMPARED, GapReason, Heard, Missing, missing_days, overrun, silence, silence_allowed};
pub use observation::{Observation, ObservationKind, Undated};
pub use payload::{DayFigure, EventRule, Payload};
pub use plausible::{JUMP_MAX, JumpGuard, ReferenceGuard};
pub use plausible_figures::{FLOW_JUMP_MAX, FigureGuard, STOCK_JUMP_MAX};
pub use quality::{
    AGREES_PCT, Counts, DEGRADED_BELOW, DISAGREES_PCT, FAILING_BELOW, Parts, STALE_TIMES, Standing, WEIGHTS, Weights,
    agreement, interval_of, ledger_standing, received,
};
pub use reference::{LeftOut, NoReference, REFERENCE_AGE_MAX_S, ReferencePrice, VenuePrice, percent_apart, reference};
pub use schedule::{Outcome, Schedule};
pub use setting::{BadSetting, find_setting};
pub use shape::{Shape, ShapeGuard, shape_of};
pub use source::{
    CollectError, Collected, Collecting, Ledger, NothingSet, Reference, Rejected, Secret, Setting, SettingKind,
    Settings, Source, SourceInfo, inert,
};
