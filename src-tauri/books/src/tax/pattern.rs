//! Sales at a loss with the same coin bought around them: pointed out, never judged.
//!
//! TR 2008/1 asks whether such a sale was made to obtain a tax benefit; a program can't know that. It can say where somebody
//! may ask. A purchase that the sale itself used up is no repurchase.

use super::year::TaxDisposal;
use domain::{Money, Quantity, Side, Timestamp, TradeRow};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Days before and after a sale that are looked at.
pub const DAYS_AROUND: i64 = 30;
const DAY_MICROS: i64 = 86_400_000_000;

/// A sale at a loss, and what was bought of the coin around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern {
    /// Number of the coin.
    pub coin: u32,
    /// When it was sold.
    pub sold: Timestamp,
    /// Coins sold at a loss.
    pub quantity: Quantity,
    /// The loss, as an amount above zero.
    pub loss: Money,
    /// Coins bought in the days before and after, without those that were sold.
    pub bought: Quantity,
    /// The purchase nearest to the sale.
    pub nearest: Timestamp,
}

/// The patterns among a year's lines, in their order.
#[must_use]
pub fn patterns(rows: &[TradeRow], lines: &[TaxDisposal]) -> Vec<Pattern> {
    let losing =
        |line: &&TaxDisposal| line.cause.is_none() && line.sale.is_some() && line.gain.amount().is_sign_negative();
    let mut sales: BTreeMap<(Timestamp, u32, u64), Vec<&TaxDisposal>> = BTreeMap::new();
    for line in lines.iter().filter(|line| losing(line) && !line.gain.amount().is_zero()) {
        if let Some(sale) = line.sale {
            sales.entry((sale.time, sale.device, sale.seq)).or_default().push(line);
        }
    }
    let coins: HashSet<u32> = sales.values().flatten().map(|line| line.coin).collect();
    let mut buys: HashMap<u32, Vec<&TradeRow>> = HashMap::new();
    for row in rows.iter().filter(|row| row.side == Side::Buy && row.is_trade() && coins.contains(&row.coin)) {
        buys.entry(row.coin).or_default().push(row);
    }
    sales.values().filter_map(|lines| pattern(lines, &buys)).collect()
}

fn pattern(lines: &[&TaxDisposal], buys: &HashMap<u32, Vec<&TradeRow>>) -> Option<Pattern> {
    let first = lines.first()?;
    let (coin, sold) = (first.coin, first.disposed);
    let around = DAYS_AROUND * DAY_MICROS;
    let buys = buys.get(&coin)?;
    let begin = buys.partition_point(|row| row.time < sold.plus_micros(-around));
    let used: HashSet<(u32, u64)> = lines.iter().map(|line| (line.parcel.device, line.parcel.seq)).collect();
    let (mut bought, mut nearest) = (Quantity::ZERO, None);
    for row in buys.iter().skip(begin).take_while(|row| row.time <= sold.plus_micros(around)) {
        if used.contains(&(row.device, row.seq)) {
            continue;
        }
        bought = bought.checked_add(row.quantity).ok()?;
        let distance = |time: Timestamp| (time.micros() - sold.micros()).abs();
        if nearest.is_none_or(|known| distance(row.time) < distance(known)) {
            nearest = Some(row.time);
        }
    }
    let quantity = lines.iter().map(|line| line.quantity).try_fold(Quantity::ZERO, Quantity::checked_add).ok()?;
    let loss = lines.iter().map(|line| line.gain).try_fold(Money::ZERO_AUD, Money::checked_sub).ok()?;
    Some(Pattern { coin, sold, quantity, loss, bought, nearest: nearest? })
}
