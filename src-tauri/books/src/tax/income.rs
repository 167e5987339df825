//! Ordinary income of a year: coins that came as airdrops, rewards or pay, at their value then.
//!
//! Invariant: one whose value nobody gave is listed and in no sum. Deliberately absent: what coins are worth later, which is a
//! capital gain.

use super::FinancialYear;
use crate::error::BooksError;
use crate::movements::Told;
use chrono_tz::Tz;
use domain::{Coin, Direction, Money, Moved, MovementId, Quantity, Timestamp, Why};

/// Coins that came in as income.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncomeEvent {
    /// The movement.
    pub movement: MovementId,
    /// When.
    pub time: Timestamp,
    /// The coin.
    pub coin: Coin,
    /// How many.
    pub quantity: Quantity,
    /// An airdrop, a staking reward, or a payment.
    pub why: Why,
    /// What they were worth, AUD; none when nobody said.
    pub value: Option<Money>,
}

/// A year's income.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Income {
    /// What came, oldest first.
    pub events: Vec<IncomeEvent>,
    /// The sum of the values that are known.
    pub total: Money,
    /// How many have no value.
    pub without_value: usize,
}

/// What a movement is as income; none when it is no income.
fn event(told: &Told<'_>) -> Option<IncomeEvent> {
    let Moved::Coins { direction: Direction::In, coin, quantity, .. } = &told.movement.what else { return None };
    let why = told.why().filter(|why| matches!(why, Why::Airdrop | Why::Staking | Why::Payment))?;
    let (coin, quantity, value) = (*coin, *quantity, told.value().map(Money::aud));
    Some(IncomeEvent { movement: told.id, time: told.movement.time, coin, quantity, why, value })
}

/// The income among some movements that falls in a year.
///
/// # Errors
/// [`BooksError::SumTooLarge`].
pub fn income(told: &[Told<'_>], year: FinancialYear, zone: Tz) -> Result<Income, BooksError> {
    let inside = |event: &IncomeEvent| FinancialYear::of(event.time, zone) == year;
    let mut events: Vec<IncomeEvent> = told.iter().filter_map(event).filter(inside).collect();
    events.sort_by_key(|event| (event.time, *event.movement.bytes()));
    let large = |_| BooksError::SumTooLarge { what: "the year's income" };
    let known: Vec<Money> = events.iter().filter_map(|event| event.value).collect();
    let total = known.iter().copied().try_fold(Money::ZERO_AUD, Money::checked_add).map_err(large)?;
    let without_value = events.len() - known.len();
    Ok(Income { events, total, without_value })
}
