//! Movements and the trader's words on them, folded from the journal's facts.
//!
//! Invariants: the last word counts; what a source told is never lost. Deliberately absent: what a movement does to parcels and
//! tax, which is the books'.

use crate::dto::{MovementView, SerialDecimal};
use domain::{
    Book, Coin, Decimal, Direction, Fact, Money, Moved, Movement, MovementId, Name, Note, Price, Timestamp, Trade,
    TradeId, Verdict, Why,
};
use std::collections::{BTreeMap, HashMap};

/// A movement as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub id: MovementId,
    pub movement: Movement,
    /// The last word on why and on the value.
    pub why: Option<Why>,
    pub value: Option<Money>,
    /// The value of the last word, if it had one.
    pub valued: Option<Money>,
    pub judged_at: Option<Timestamp>,
    pub paired_with: Option<MovementId>,
}

/// A trade that was told otherwise, and nobody has said yet which is true.
#[derive(Debug, Clone)]
pub(crate) struct Doubt {
    pub known: TradeId,
    pub told: Trade,
    pub at: Timestamp,
}

/// All of them, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub movements: Vec<Standing>,
    pub doubts: Vec<Doubt>,
    pub settled: BTreeMap<(TradeId, TradeId), Verdict>,
    /// Prices the trader gave.
    pub prices: BTreeMap<(Coin, Timestamp), Price>,
}

impl Folded {
    /// The fold over the facts of the books.
    pub fn of(facts: impl IntoIterator<Item = Fact>) -> Self {
        let mut folded = Self::default();
        let mut places: HashMap<MovementId, usize> = HashMap::new();
        for fact in facts {
            match fact {
                Fact::Movement { movement } if movement.book == Book::Live => folded.add(&mut places, *movement),
                Fact::MovementJudged { movement, why, value, at } => {
                    if let Some(standing) = places.get(&movement).and_then(|place| folded.movements.get_mut(*place)) {
                        standing.judge(why, value, at);
                    }
                }
                Fact::PriceGiven { coin, moment, price: Some(price), .. } => {
                    folded.prices.insert((coin, moment), price);
                }
                Fact::PriceGiven { coin, moment, price: None, .. } => {
                    folded.prices.remove(&(coin, moment));
                }
                Fact::Noted { note: Note::Doubt { known, told }, at } => {
                    folded.doubts.push(Doubt { known, told: *told, at });
                }
                Fact::Noted { note: Note::Settled { known, told, verdict }, .. } => {
                    folded.settled.insert((known, told), verdict);
                }
                Fact::Noted { note: Note::Paired { out, into }, .. } => {
                    for (one, other) in [(out, into), (into, out)] {
                        if let Some(standing) = places.get(&one).and_then(|place| folded.movements.get_mut(*place)) {
                            standing.paired_with = Some(other);
                        }
                    }
                }
                _ => {}
            }
        }
        let settled = &folded.settled;
        folded.doubts.retain(|doubt| !settled.contains_key(&(doubt.known, doubt.told.id())));
        folded.movements.sort_by_key(|standing| standing.movement.time);
        folded
    }

    fn add(&mut self, places: &mut HashMap<MovementId, usize>, movement: Movement) {
        let id = movement.id();
        // Two devices may have imported one file: one movement.
        if places.contains_key(&id) {
            return;
        }
        places.insert(id, self.movements.len());
        let why = if let Moved::Coins { why, .. } = &movement.what { Some(*why) } else { None };
        let value = movement.value;
        self.movements.push(Standing { id, movement, why, value, valued: None, judged_at: None, paired_with: None });
    }

    pub fn get(&self, id: MovementId) -> Option<&Standing> {
        self.movements.iter().find(|standing| standing.id == id)
    }
}

impl Standing {
    fn judge(&mut self, why: Why, value: Option<Money>, at: Timestamp) {
        if matches!(self.movement.what, Moved::Coins { .. }) {
            self.why = Some(why);
        }
        self.value = value.or(self.movement.value);
        self.valued = value;
        self.judged_at = Some(at);
    }

    /// Coins in or out: the way, the coin, how many.
    pub fn coins(&self) -> Option<(Direction, Coin, Decimal)> {
        match &self.movement.what {
            Moved::Coins { direction, coin, quantity, .. } => Some((*direction, *coin, quantity.decimal())),
            _ => None,
        }
    }

    /// Whether a person must say why.
    pub fn lacks_reason(&self) -> bool {
        self.why == Some(Why::Unknown)
    }

    /// Whether its worth matters and nobody knows it.
    pub fn lacks_value(&self) -> bool {
        // What the network takes is disposed of, whatever the rest is.
        let paid_in_coins = self.movement.network_fee.is_some_and(|fee| !fee.is_zero());
        let matters = match (&self.movement.what, self.why) {
            (Moved::Swap { .. }, _) => true,
            (Moved::Coins { .. }, Some(Why::OwnWallet | Why::Lost)) => paid_in_coins,
            (Moved::Coins { .. }, Some(why)) => why != Why::Unknown,
            _ => false,
        };
        matters && self.value.is_none()
    }

    pub fn view(&self) -> MovementView {
        let Movement { time, what, fee, network_fee, venue, party, external_id, note, .. } = &self.movement;
        let hand = |name: &Option<Name>| Some(name.as_ref().map_or_else(|| "manual".to_owned(), Name::to_string));
        let way = |direction: Direction| Some(if direction == Direction::In { "in" } else { "out" }.to_owned());
        let mut view = MovementView {
            id: self.id,
            time: *time,
            kind: String::new(),
            direction: None,
            coin: None,
            quantity: SerialDecimal(Decimal::ZERO),
            to_coin: None,
            to_quantity: None,
            from: None,
            to: None,
            why: self.why.map(|why| why.code().to_owned()),
            value: self.value.map(|value| SerialDecimal(value.amount())),
            fee: fee.map(|fee| SerialDecimal(fee.amount())),
            network_fee: *network_fee,
            venue: venue.as_ref().map(Name::to_string),
            party: party.clone(),
            external_id: external_id.clone(),
            note: note.clone(),
            judged_at: self.judged_at,
            paired_with: self.paired_with,
            unresolved: self.lacks_reason() || self.lacks_value(),
        };
        match what {
            Moved::Cash { direction, amount } => {
                view.kind = "cash".to_owned();
                (view.direction, view.quantity) = (way(*direction), SerialDecimal(amount.amount()));
            }
            Moved::Coins { direction, coin, quantity, .. } => {
                view.kind = "coins".to_owned();
                (view.direction, view.coin) = (way(*direction), Some(*coin));
                view.quantity = SerialDecimal(quantity.decimal());
            }
            Moved::Swap { gave, gave_quantity, got, got_quantity } => {
                view.kind = "swap".to_owned();
                (view.coin, view.quantity) = (Some(*gave), SerialDecimal(gave_quantity.decimal()));
                (view.to_coin, view.to_quantity) = (Some(*got), Some(*got_quantity));
            }
            Moved::Between { coin, quantity, from, to } => {
                view.kind = "between".to_owned();
                (view.coin, view.quantity) = (Some(*coin), SerialDecimal(quantity.decimal()));
                (view.from, view.to) = (hand(from), hand(to));
            }
        }
        view
    }
}
