//! Sweeps: one strategy at many settings, over coins and intervals.
//!
//! | word | meaning |
//! |---|---|
//! | axis | a parameter, or a cost, and the values it takes |
//! | lane | one coin at one interval, over the window |
//! | point | one setting in one lane; points are numbered lane by lane, the last axis turning fastest |
//! | block | neighbouring points of a lane that are run, written and resumed together |
//! | shard | every n-th block |
//!
//! Invariants: a point's figures depend on nothing but its setting and its candles, so that the bytes of a sweep are the same
//! for any number of threads, however often it was ended and resumed, and put together from shards; a point that the
//! vectorised path can't run goes the event path, or says why it did not. Deliberately absent: files, clocks, and where the candles come from.

mod blocks;
mod charges;
mod file;
mod grid;
mod maker;
mod order;
mod table;
#[cfg(test)]
mod tests;
mod trials;

pub use blocks::{EventPath, Figures, Lane, Row, Told, run_block};
pub use charges::{Charges, Cost};
pub use file::{FileError, Header, LaneHeader, Parts, block_line, merge, read};
pub use grid::{Axis, Grid, GridError, POINTS_MAX, costs};
pub use maker::{BuiltIn, MadePoint, Maker, Unmade};
pub use order::in_order;
pub use table::{Heat, Measure, Ranked, heat, ranked};
pub use trials::{DataHash, data_hash, trials_on};

/// Points of a block.
pub const BLOCK_POINTS: u64 = 128;
