//! What came and went without a trade, as rows that fold between the trades.
//!
//! | movement | rows | its value |
//! |---|---|---|
//! | airdrop, staking, payment in | a parcel, and income (ATO: ordinary income at market value when received) | is the parcel's cost |
//! | gift in | a parcel (market value substitution, ITAA 1997 s 112-20) | is its cost |
//! | opening balance | a parcel acquired at the movement's time | is its cost |
//! | swap | a disposal of what was given, a parcel of what was got (ATO: a coin-to-coin swap is a disposal) | is the proceeds of the one and, with the fee, the cost of the other |
//! | payment or gift out, fee in coins | a disposal (s 116-30 for gifts) | is the proceeds |
//! | lost | a disposal (CGT event C1) | is not asked: it brought nothing |
//! | to or from a wallet of one's own, or for a reason nobody has told | none: no disposal, the parcels stay (ATO) | is not asked |
//! | network fee on top of any of these | a disposal of the fee's coins | its share, by quantity |
//! | between algorithms | parcels change pools with their cost and day; by coin nothing happens | is not asked |
//! | money | none: it is no coin | |
//!
//! A value that is missing, below zero or not in AUD is unknown: what came then has an unknown cost (listed when sold, never
//! 0), what went is listed as without a price and is in no figure. All movements but those between algorithms are by hand.
//!
//! Rows of one movement stand together, the coins that went before those that came; among rows of one moment they have the
//! place of their fact ([`TradeRow::fold_order`]). Deliberately absent: names (rows speak the caller's numbers), and the
//! pairing of what left one wallet with what reached another: neither makes a row.

use crate::matching::SHARE_DECIMALS;
use domain::{
    Cause, Coin, Currency, Decimal, Direction, Fact, Money, Moved, Movement, MovementId, Name, Price, Quantity,
    RowKind, Side, Timestamp, TradeRow, Why, Worth,
};
use std::collections::BTreeMap;

/// A movement with its place in the journal and the trader's last word on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<'a> {
    /// Which.
    pub id: MovementId,
    /// As its source told it.
    pub movement: &'a Movement,
    /// Number of the device that recorded it.
    pub device: u32,
    /// Its sequence there.
    pub seq: u64,
    /// When.
    pub recorded_at: Timestamp,
    /// What the trader said it was.
    pub judged: Option<Why>,
    /// What the trader said all of it was worth.
    pub valued: Option<Money>,
}

impl<'a> Told<'a> {
    /// All movements among facts, each once, with the last word on each. A movement that two devices recorded is taken from
    /// the earlier record; words count by when they were said.
    pub fn all(facts: impl IntoIterator<Item = (u32, u64, Timestamp, &'a Fact)>) -> Vec<Self> {
        let mut told: BTreeMap<MovementId, Self> = BTreeMap::new();
        let mut words = Vec::new();
        for (device, seq, recorded_at, fact) in facts {
            match fact {
                Fact::Movement { movement } => {
                    let id = movement.id();
                    let one = Self { id, movement, device, seq, recorded_at, judged: None, valued: None };
                    let known = told.entry(id).or_insert_with(|| one.clone());
                    if (recorded_at, device, seq) < (known.recorded_at, known.device, known.seq) {
                        *known = one;
                    }
                }
                Fact::MovementJudged { movement, why, value, at } => {
                    words.push((*at, device, seq, *movement, *why, *value));
                }
                _ => {}
            }
        }
        words.sort_by_key(|&(at, device, seq, ..)| (at, device, seq));
        for (_, _, _, id, why, value) in words {
            if let Some(one) = told.get_mut(&id) {
                one.judged = Some(why);
                one.valued = value;
            }
        }
        let mut all: Vec<_> = told.into_values().collect();
        all.sort_by_key(|one| (one.movement.time, one.recorded_at, one.device, one.seq));
        all
    }

    /// Why coins moved: the trader's word if it fits the direction, else the source's. None of what has no reason: money,
    /// swaps, transfers between algorithms.
    #[must_use]
    pub fn why(&self) -> Option<Why> {
        let Moved::Coins { direction, why, .. } = &self.movement.what else { return None };
        Some(self.judged.filter(|judged| judged.fits(*direction)).unwrap_or(*why))
    }

    /// What all of it was worth in AUD then, by the trader's word or the source's; none when unknown, or when its fee is in
    /// other money, as nothing exact can be said then.
    #[must_use]
    pub fn value(&self) -> Option<Decimal> {
        let value = self.valued.or(self.movement.value)?;
        let foreign = self.movement.fee.is_some_and(|fee| fee.currency() != Currency::AUD);
        (value.currency() == Currency::AUD && !foreign && value.amount() >= Decimal::ZERO).then(|| value.amount())
    }
}

/// The numbers rows speak in.
pub struct Numbers<'a> {
    /// The number of a coin.
    pub coin: &'a mut dyn FnMut(Coin) -> u32,
    /// The number of an algorithm's name.
    pub name: &'a mut dyn FnMut(&Name) -> u32,
}

/// Why a movement is listed beside the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unsettled {
    /// Nobody has said why the coins moved.
    Unexplained,
    /// To or from a wallet of the trader's own; nothing is asked.
    OwnWallet,
    /// What it was worth is unknown, and the figures need it.
    NoValue,
}

impl Unsettled {
    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unexplained => "unexplained",
            Self::OwnWallet => "own_wallet",
            Self::NoValue => "no_value",
        }
    }
}

/// A movement listed beside the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Which.
    pub movement: MovementId,
    /// When it happened.
    pub time: Timestamp,
    /// Its coin; of a swap the one given.
    pub coin: Coin,
    /// How many, without the network's fee.
    pub quantity: Quantity,
    /// Which way.
    pub direction: Direction,
    /// Why it is listed.
    pub standing: Unsettled,
}

/// What movements fold to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// In [`TradeRow::fold_order`]; rows of one movement together.
    pub rows: Vec<TradeRow>,
    /// Movements a person may have to say something about, by time.
    pub questions: Vec<Question>,
}

/// The rows of movements as [`Told::all`] gives them.
#[must_use]
pub fn rows_of(told: &[Told<'_>], numbers: &mut Numbers<'_>) -> Folded {
    let mut folded = Folded::default();
    for one in told {
        fold(one, numbers, &mut folded);
    }
    folded.rows.sort_by(TradeRow::fold_order);
    folded
}

fn fold(told: &Told<'_>, numbers: &mut Numbers<'_>, folded: &mut Folded) {
    let mut write = Writer { told, numbers, folded };
    match &told.movement.what {
        Moved::Cash { .. } => {}
        Moved::Coins { direction, coin, quantity, .. } => write.coins(*direction, *coin, *quantity),
        Moved::Swap { gave, gave_quantity, got, got_quantity } => {
            write.swap((*gave, *gave_quantity), (*got, *got_quantity));
        }
        Moved::Between { coin, quantity, from, to } => write.between(*coin, *quantity, from.as_ref(), to.as_ref()),
    }
}

/// Writes the rows of one movement.
struct Writer<'a, 'b, 'n> {
    told: &'a Told<'b>,
    numbers: &'a mut Numbers<'n>,
    folded: &'a mut Folded,
}

impl Writer<'_, '_, '_> {
    fn coins(&mut self, direction: Direction, coin: Coin, quantity: Quantity) {
        let why = self.told.why().unwrap_or(Why::Unknown);
        let cause = match (why, direction) {
            (Why::Unknown, _) => return self.aside(direction, coin, quantity, Unsettled::Unexplained),
            (Why::OwnWallet, _) => return self.aside(direction, coin, quantity, Unsettled::OwnWallet),
            (Why::Airdrop | Why::Staking, _) | (Why::Payment, Direction::In) => Cause::Income,
            (Why::Payment, Direction::Out) => Cause::Payment,
            (Why::Gift, _) => Cause::Gift,
            (Why::Fee, _) => Cause::NetworkFee,
            (Why::Lost, _) => Cause::Lost,
            (Why::Opening, _) => Cause::Opening,
        };
        let worth = if cause == Cause::Lost { Some(Decimal::ZERO) } else { self.told.value() };
        if worth.is_none() {
            self.ask(direction, coin, quantity, Unsettled::NoValue);
        }
        let side = if direction == Direction::In { Side::Buy } else { Side::Sell };
        self.row(cause, side, coin, quantity, worth, self.fee());
        self.network_fee(coin, quantity, 0);
    }

    /// No disposal and no parcel; but the network's fee is gone all the same.
    fn aside(&mut self, direction: Direction, coin: Coin, quantity: Quantity, standing: Unsettled) {
        self.ask(direction, coin, quantity, standing);
        self.network_fee(coin, quantity, 0);
    }

    fn swap(&mut self, gave: (Coin, Quantity), got: (Coin, Quantity)) {
        let value = self.told.value();
        if value.is_none() {
            self.ask(Direction::Out, gave.0, gave.1, Unsettled::NoValue);
        }
        self.row(Cause::Swap, Side::Sell, gave.0, gave.1, value, Decimal::ZERO);
        self.network_fee(gave.0, gave.1, 0);
        self.row(Cause::Swap, Side::Buy, got.0, got.1, value, self.fee());
    }

    fn between(&mut self, coin: Coin, quantity: Quantity, from: Option<&Name>, to: Option<&Name>) {
        let [from, to] = [from, to].map(|name| name.map_or(0, |name| (self.numbers.name)(name)));
        for (side, algorithm) in [(Side::Sell, from), (Side::Buy, to)] {
            self.row(Cause::Between, side, coin, quantity, Some(Decimal::ZERO), Decimal::ZERO);
            self.by(algorithm);
        }
        self.network_fee(coin, quantity, from);
    }

    /// The coins the network took on top, at their share of the movement's value.
    fn network_fee(&mut self, coin: Coin, quantity: Quantity, algorithm: u32) {
        let Some(taken) = self.told.movement.network_fee.filter(|taken| !taken.is_zero()) else { return };
        let share = |value: Decimal| {
            let share = value.checked_mul(taken.decimal())?.checked_div(quantity.decimal())?;
            Some(share.round_dp(SHARE_DECIMALS))
        };
        let worth = self.told.value().and_then(share);
        if worth.is_none() && self.folded.questions.last().is_none_or(|last| !is_no_value(last, self.told.id)) {
            self.ask(Direction::Out, coin, taken, Unsettled::NoValue);
        }
        self.row(Cause::NetworkFee, Side::Sell, coin, taken, worth, Decimal::ZERO);
        self.by(algorithm);
    }

    /// The fee in AUD; with one in other money the whole movement has no value.
    fn fee(&self) -> Decimal {
        let fee = self.told.movement.fee.filter(|fee| fee.currency() == Currency::AUD);
        fee.map_or(Decimal::ZERO, Money::amount)
    }

    fn ask(&mut self, direction: Direction, coin: Coin, quantity: Quantity, standing: Unsettled) {
        let (movement, time) = (self.told.id, self.told.movement.time);
        self.folded.questions.push(Question { movement, time, coin, quantity, direction, standing });
    }

    fn row(&mut self, cause: Cause, side: Side, coin: Coin, quantity: Quantity, worth: Option<Decimal>, fee: Decimal) {
        let (price, worth) = match worth {
            None => (Decimal::ONE, Worth::Unknown),
            Some(value) if value.is_zero() => (Decimal::ONE, Worth::Nothing),
            Some(value) => (value, Worth::Known),
        };
        let Ok(price) = Price::new(price) else { return }; // a value is never below zero
        let Told { movement, device, seq, recorded_at, .. } = *self.told;
        self.folded.rows.push(TradeRow {
            time: movement.time,
            recorded_at,
            seq,
            quantity,
            price,
            fee,
            device,
            coin: (self.numbers.coin)(coin),
            algorithm: 0,
            side,
            book: movement.book,
            kind: RowKind::Moved { cause, worth },
        });
    }

    fn by(&mut self, algorithm: u32) {
        if let Some(row) = self.folded.rows.last_mut() {
            row.algorithm = algorithm;
        }
    }
}

fn is_no_value(question: &Question, movement: MovementId) -> bool {
    question.movement == movement && question.standing == Unsettled::NoValue
}
