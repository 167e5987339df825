//! Open parcels, what used them, and the parcels a person picks for a sale.
//!
//! Invariants: a pick names a sale and parcels of its coin that are there to be sold; it is refused once the sale's year is
//! filed; the last word on a sale counts. Deliberately absent: matching (the engine's).

use super::books::{Ledgered, parse_book, parse_coin};
use super::tax::Ground;
use super::taxlaw::{NO_ADVICE, Said, tax_method};
use crate::dto::{OpenParcel, ParcelUse, ParcelsRequest, ParcelsView, PickedParcel, SerialDecimal};
use crate::when::DEFAULT_ZONE;
use crate::{Error, Result, Workstation};
use books::{
    Disposal, FinancialYear, ParcelView, Picks, RowId, RowRef, Told, days_to_discount, discounted_from, regime,
};
use domain::{
    Book, Coin, Fact, Money, MovementId, OrderId, ParcelOrigin, ParcelPick, PickedSale, Quantity, Side, TradeId,
    TradeRow,
};
use std::collections::{BTreeMap, HashMap};
use store::Recorded;

const PARCELS_MAX: usize = 5_000;
const PICKED_MAX: usize = 200;
/// Disposals told of one parcel, the last ones.
const USES_MAX: usize = 100;

/// Every movement's place in the journal.
fn movement_rows(facts: &[Recorded]) -> HashMap<MovementId, RowId> {
    let told = Told::all(facts.iter().map(|of| (of.device, of.seq, of.recorded_at, &of.fact)));
    told.iter().map(|told| (told.id, RowId { device: told.device, seq: told.seq })).collect()
}

/// A row, and how many of its coins.
type Part = (RowId, Quantity);

/// Cuts the parcels picked for an order into what each of its fills takes.
fn split(picked: &[Part], fills: &[Part]) -> Result<Vec<(RowId, Vec<Part>)>> {
    let mut left: Vec<Part> = picked.to_vec();
    let mut of_fills = Vec::with_capacity(fills.len());
    for (fill, wanted) in fills {
        let (mut wanted, mut taken) = (*wanted, Vec::new());
        for (parcel, quantity) in &mut left {
            let part = wanted.min(*quantity);
            if part.is_zero() {
                continue;
            }
            taken.push((*parcel, part));
            *quantity = quantity.checked_sub(part)?;
            wanted = wanted.checked_sub(part)?;
        }
        if !taken.is_empty() {
            of_fills.push((*fill, taken));
        }
    }
    Ok(of_fills)
}

impl Workstation {
    /// The parcels picked for sales, as every question to the books takes them.
    pub(crate) async fn picks(&self) -> Result<Picks> {
        let facts = self.store().book_facts().await?;
        self.row_picks(&Said::of(&facts), &facts, None).await
    }

    /// The picks as rows of the journal. One whose sale or parcel is not known here yet has no row.
    /// `imagined` is a fill of an order that is only looked at.
    pub(crate) async fn row_picks(
        &self,
        said: &Said,
        facts: &[Recorded],
        imagined: Option<(OrderId, RowId, Quantity)>,
    ) -> Result<Picks> {
        if said.picks.is_empty() {
            return Ok(Picks::default());
        }
        let named = said.picks.iter().flat_map(|pick| {
            let of = |(parcel, _): &(ParcelOrigin, Quantity)| match parcel {
                ParcelOrigin::Trade(trade) => Some(*trade),
                ParcelOrigin::Movement(_) => None,
            };
            let sale = if let PickedSale::Trade(trade) = pick.sale { Some(trade) } else { None };
            pick.parcels.iter().filter_map(of).chain(sale).collect::<Vec<_>>()
        });
        let places = self.store().trade_places(&named.collect::<Vec<_>>()).await?;
        let row = |id: &TradeId| places.get(id).map(|&(device, seq)| RowId { device, seq });
        let movements = movement_rows(facts);
        let mut fills = self.fills(said).await?;
        if let Some((order, row, quantity)) = imagined {
            fills.entry(order).or_default().push((row, quantity));
        }
        let mut by_sale = BTreeMap::new();
        for pick in &said.picks {
            let parcels: Vec<(RowId, Quantity)> = pick
                .parcels
                .iter()
                .filter_map(|(origin, quantity)| {
                    let place = match origin {
                        ParcelOrigin::Trade(id) => row(id),
                        ParcelOrigin::Movement(id) => movements.get(id).copied(),
                    };
                    Some((place?, *quantity))
                })
                .collect();
            match pick.sale {
                PickedSale::Trade(id) => by_sale.extend(row(&id).map(|sale| (sale, parcels))),
                PickedSale::Order(id) => {
                    by_sale.extend(split(&parcels, fills.get(&id).map_or(&[][..], Vec::as_slice))?);
                }
            }
        }
        Ok(Picks::new(by_sale))
    }

    /// The fills of the orders that have picks, oldest first.
    async fn fills(&self, said: &Said) -> Result<HashMap<OrderId, Vec<(RowId, Quantity)>>> {
        let mut fills: HashMap<OrderId, Vec<(RowId, Quantity)>> = HashMap::new();
        if !said.picks.iter().any(|pick| matches!(pick.sale, PickedSale::Order(_))) {
            return Ok(fills);
        }
        for recorded in self.store().trades_of_orders().await? {
            let place = RowId { device: recorded.device, seq: recorded.seq };
            if let Some(order) = recorded.trade.order {
                fills.entry(order).or_default().push((place, recorded.trade.quantity));
            }
        }
        Ok(fills)
    }

    /// Open parcels with what they are worth, when they come to twelve months, and what used them.
    ///
    /// # Errors
    /// `bad_book`, `bad_coin`, `bad_method`; the store's.
    pub async fn parcels(&self, request: &ParcelsRequest) -> Result<ParcelsView> {
        let book = request.book.as_deref().map_or(Ok(Book::Live), parse_book)?;
        let coin = request.coin.as_deref().map(parse_coin).transpose()?;
        let method = request.method.as_deref().map(|name| tax_method(Some(name))).transpose()?;
        let ground = self.tax_ground(book, method, DEFAULT_ZONE).await?;
        let number = coin.map(|coin| ground.ledgered.coin_number(coin).unwrap_or(u32::MAX));
        let limit = request.limit.unwrap_or(PARCELS_MAX).min(PARCELS_MAX);
        let (total, held) = self
            .with_open(&ground, |open| {
                let mut positions = open.positions(&|_| None)?;
                positions.retain(|held| number.is_none_or(|number| held.coin == number));
                let all = positions.iter().flat_map(|held| held.parcels.iter().map(|parcel| (held.coin, *parcel)));
                let held = all.take(limit).map(|(coin, parcel)| {
                    let uses = open.uses(RowId::from(&parcel.row));
                    let skip = uses.len().saturating_sub(USES_MAX);
                    Open { coin, parcel, uses: uses.skip(skip).copied().collect() }
                });
                Ok((positions.iter().map(|held| held.parcels.len()).sum(), held.collect::<Vec<_>>()))
            })
            .await?;
        let mut parcels = self.open_parcels(&ground, &held).await?;
        parcels.sort_by(|a, b| (a.coin, a.acquired, &a.id).cmp(&(b.coin, b.acquired, &b.id)));
        let mut notes = vec![NO_ADVICE.to_owned()];
        if total > limit {
            notes.insert(0, format!("The first {limit} of {total} parcels: name a coin."));
        }
        let method = ground.query.method.code().to_owned();
        Ok(ParcelsView { book, method, parcels, total, notes })
    }

    async fn open_parcels(&self, ground: &Ground, held: &[Open]) -> Result<Vec<OpenParcel>> {
        let mut wanted: Vec<RowId> = Vec::new();
        for open in held {
            wanted.push(RowId::from(&open.parcel.row));
            wanted.extend(open.uses.iter().map(|slice| RowId::from(&slice.sale)));
        }
        let ids = self.row_names(ground, &wanted).await?;
        held.iter().map(|open| open_parcel(ground, open, &ids)).collect()
    }

    /// The ids of rows: trades' and movements'.
    pub(crate) async fn row_names(&self, ground: &Ground, rows: &[RowId]) -> Result<HashMap<RowId, String>> {
        let mut names: HashMap<RowId, String> =
            movement_rows(&ground.facts).into_iter().map(|(id, row)| (row, id.to_string())).collect();
        let mut wanted: Vec<(u32, u64)> =
            rows.iter().filter(|row| !names.contains_key(row)).map(|row| (row.device, row.seq)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let found = self.store().trade_ids(&wanted).await?;
        names.extend(found.into_iter().map(|((device, seq), id)| (RowId { device, seq }, id.to_string())));
        Ok(names)
    }

    /// Looks whether parcels can be picked for a sale of a coin that is still to be ordered; how many there are.
    ///
    /// # Errors
    /// `bad_coin`, `unknown_parcel`, `bad_pick`; the store's.
    pub async fn parcels_check(
        &self,
        book: Book,
        coin: &str,
        quantity: &str,
        parcels: &[PickedParcel],
    ) -> Result<usize> {
        let wanted = WantedSale { coin: parse_coin(coin)?, quantity: Quantity::parse(quantity)?, time: None };
        let ground = self.tax_ground(book, None, DEFAULT_ZONE).await?;
        Ok(self.parcels_named(&ground, parcels, &wanted).await?.len())
    }

    /// A pick as a fact, once it is known to make sense.
    pub(super) async fn picked(&self, sale: &str, parcels: &[PickedParcel]) -> Result<Fact> {
        let (book, sale, wanted) = self.sale_of(sale).await?;
        let ground = self.tax_ground(book, None, DEFAULT_ZONE).await?;
        let time = wanted.time.unwrap_or_else(|| self.now());
        let year = FinancialYear::of(time, ground.query.zone).number();
        if ground.query.filed.contains_key(&year) {
            let words = format!("the year {year} was filed: the parcels of its sales stand");
            return Err(Error::refused("year_filed", words));
        }
        let picked = self.parcels_named(&ground, parcels, &wanted).await?;
        Ok(Fact::ParcelsPicked { pick: Box::new(ParcelPick { sale, parcels: picked, at: self.now() }) })
    }

    /// The sale of an order's or a trade's id.
    async fn sale_of(&self, text: &str) -> Result<(Book, PickedSale, WantedSale)> {
        let unknown = || {
            let words = format!("'{}' is no sale: give the id of a trade or an order", ledgers::inert(text));
            Error::usage("unknown_sale", words)
        };
        let no_sale = || Error::usage("unknown_sale", "parcels are picked for sales: that is a buy");
        if let Ok(id) = OrderId::parse(text) {
            let here = self.desk().await?.orders.get(id).cloned();
            let order = if here.is_some() { here } else { self.past_order(id).await? };
            if let Some(order) = order {
                let proposal = order.proposal();
                if proposal.side != Side::Sell {
                    return Err(no_sale());
                }
                let wanted = WantedSale { coin: proposal.coin, quantity: proposal.quantity, time: None };
                return Ok((proposal.book, PickedSale::Order(id), wanted));
            }
        }
        let id = TradeId::parse(text).map_err(|_| unknown())?;
        let places = self.store().trade_places(&[id]).await?;
        let place = places.get(&id).copied().ok_or_else(unknown)?;
        let trade = self.store().trades_at(&[place]).await?.pop().ok_or_else(unknown)?.trade;
        if trade.side != Side::Sell {
            return Err(no_sale());
        }
        let wanted = WantedSale { coin: trade.coin, quantity: trade.quantity, time: Some(trade.time) };
        Ok((trade.book, PickedSale::Trade(id), wanted))
    }

    /// The parcels that were named, each of the sale's coin and acquired before it.
    async fn parcels_named(
        &self,
        ground: &Ground,
        parcels: &[PickedParcel],
        sale: &WantedSale,
    ) -> Result<Vec<(ParcelOrigin, Quantity)>> {
        if parcels.len() > PICKED_MAX {
            return Err(Error::usage("bad_pick", format!("a sale has {PICKED_MAX} picked parcels at most")));
        }
        let movements = movement_rows(&ground.facts);
        let mut picked: Vec<(ParcelOrigin, Quantity)> = Vec::with_capacity(parcels.len());
        for PickedParcel { parcel, quantity } in parcels {
            let shown = ledgers::inert(parcel);
            let unknown = || Error::usage("unknown_parcel", format!("'{shown}' is no parcel of {}", sale.coin));
            let trade = TradeId::parse(parcel).map_err(|_| unknown())?;
            let places = self.store().trade_places(&[trade]).await?;
            let movement = MovementId::parse(parcel).ok().filter(|id| movements.contains_key(id));
            let (origin, place) = match (places.get(&trade), movement) {
                (Some(&(device, seq)), _) => (ParcelOrigin::Trade(trade), RowId { device, seq }),
                (None, Some(id)) => (ParcelOrigin::Movement(id), movements.get(&id).copied().ok_or_else(unknown)?),
                (None, None) => return Err(unknown()),
            };
            let came = came_of(&ground.ledgered, place, sale.coin).ok_or_else(unknown)?;
            if sale.time.is_some_and(|time| came.time > time) {
                return Err(Error::usage("bad_pick", format!("parcel {shown} came after the sale")));
            }
            let quantity = Quantity::parse(quantity)?;
            if quantity.is_zero() || quantity > came.quantity {
                let words = format!("parcel {shown} had {} {}: pick some of these", came.quantity, sale.coin);
                return Err(Error::usage("bad_pick", words));
            }
            if picked.iter().any(|(known, _)| *known == origin) {
                return Err(Error::usage("bad_pick", format!("parcel {shown} is named twice")));
            }
            picked.push((origin, quantity));
        }
        let sum = picked.iter().map(|(_, quantity)| *quantity).try_fold(Quantity::ZERO, Quantity::checked_add)?;
        if sum > sale.quantity {
            let words = format!("{sum} {} are picked for a sale of {}", sale.coin, sale.quantity);
            return Err(Error::usage("bad_pick", words));
        }
        Ok(picked)
    }
}

/// A sale that parcels are picked for; an order's is still to come.
struct WantedSale {
    coin: Coin,
    quantity: Quantity,
    time: Option<domain::Timestamp>,
}

/// An open parcel with the last disposals that used some of it.
struct Open {
    coin: u32,
    parcel: ParcelView,
    uses: Vec<Disposal>,
}

/// How many coins came by a row; rows are in the order of time.
fn came(ledgered: &Ledgered, of: &RowRef) -> Option<Quantity> {
    let rows = ledgered.rows.as_slice();
    let first = rows.partition_point(|row| row.time < of.time);
    let then = rows.get(first..)?.iter().take_while(|row| row.time == of.time);
    let own = |row: &&TradeRow| row.side == Side::Buy && RowRef::from(*row) == *of;
    then.filter(own).last().map(|row| row.quantity)
}

fn came_of(ledgered: &Ledgered, place: RowId, coin: Coin) -> Option<&TradeRow> {
    let number = ledgered.coin_number(coin)?;
    let own = |row: &&TradeRow| row.side == Side::Buy && row.coin == number && RowId::from(*row) == place;
    ledgered.rows.iter().find(own)
}

fn open_parcel(ground: &Ground, open: &Open, ids: &HashMap<RowId, String>) -> Result<OpenParcel> {
    let Open { coin, parcel, uses } = open;
    let coin = *coin;
    let came = came(&ground.ledgered, &parcel.row);
    let (zone, now) = (ground.query.zone, ground.query.now);
    let months = regime(FinancialYear::of(now, zone)).months;
    let value = ground.ledgered.price(coin).map(|valuation| valuation.price.times(parcel.quantity)).transpose()?;
    let gain = value.zip(parcel.cost).map(|(value, cost)| value.checked_sub(cost)).transpose()?;
    let serial = |money: Money| SerialDecimal(money.amount());
    let id_of = |row: &RowRef| ids.get(&RowId::from(row)).cloned();
    let used = |slice: &Disposal| ParcelUse {
        time: slice.disposed,
        quantity: slice.quantity,
        gain: serial(slice.gain),
        id: id_of(&slice.sale),
    };
    Ok(OpenParcel {
        id: id_of(&parcel.row).unwrap_or_default(),
        coin: ground.ledgered.coin(coin)?,
        acquired: parcel.acquired,
        acquired_quantity: came.unwrap_or(parcel.quantity),
        quantity: parcel.quantity,
        cost: parcel.cost.map(serial),
        value: value.map(serial),
        gain: gain.map(serial),
        days_to_discount: days_to_discount(parcel.acquired, now, months, zone),
        discountable_from: discounted_from(parcel.acquired, months, zone).map(|day| day.to_string()),
        used_by: uses.iter().map(used).collect(),
    })
}
