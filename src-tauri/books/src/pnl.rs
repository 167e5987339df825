//! The question and the answer of a P&L report.

use crate::error::{BooksError, RowRef};
use crate::labels::Labels;
use crate::matching::{Board, GroupId, Matcher, Method, Missed, Pool, Pooling, Tally, Units, Unpriced};
use crate::metrics::{Metrics, Outcome};
use crate::period::Period;
use crate::picks::{Picks, RowId};
use crate::position::Holding;
use chrono_tz::Tz;
use domain::{Book, Decimal, Money, Price, Quantity, Timestamp, TradeRow};
use std::collections::{BTreeMap, BTreeSet};

/// A price to value holdings at, and how old it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Valuation {
    /// AUD for one coin.
    pub price: Price,
    /// Seconds since it was seen.
    pub age_s: i64,
}

/// The price of a coin by its number; none is "no price".
pub type Prices<'a> = &'a dyn Fn(u32) -> Option<Valuation>;

/// What the groups of a report are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupBy {
    /// One group a coin.
    #[default]
    Coin,
    /// One group an algorithm; each has its own parcels.
    Algorithm,
    /// Calendar days.
    Day,
    /// ISO weeks.
    Week,
    /// Calendar months.
    Month,
    /// Calendar years.
    Year,
    /// The trader's labels ([`PnlQuery::labels`]): a trade counts in each of its own.
    Label,
}

impl GroupBy {
    pub(crate) fn period(self) -> Option<Period> {
        match self {
            Self::Coin | Self::Algorithm | Self::Label => None,
            Self::Day => Some(Period::Day),
            Self::Week => Some(Period::Week),
            Self::Month => Some(Period::Month),
            Self::Year => Some(Period::Year),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PnlQuery {
    /// Whose money; rows of the other book are skipped.
    pub book: Book,
    /// Which parcels a sale uses up first.
    pub method: Method,
    /// What the groups are.
    pub by: GroupBy,
    /// Only this coin.
    pub coin: Option<u32>,
    /// Only this algorithm (0 is by hand), with its own parcels, so that the answer is that algorithm's group.
    pub algorithm: Option<u32>,
    /// Sales and fees from this moment on.
    pub from: Option<Timestamp>,
    /// Sales and fees before this moment.
    pub to: Option<Timestamp>,
    /// Where days begin.
    pub zone: Tz,
    /// Parcels a person picked; they go before the method is asked.
    pub picks: Picks,
    /// The labels of trades; only looked at when the groups are labels.
    pub labels: Labels,
}

impl PnlQuery {
    /// Everything of one book, by coin; days begin in Sydney.
    #[must_use]
    pub fn of(book: Book) -> Self {
        Self {
            book,
            method: Method::Fifo,
            by: GroupBy::Coin,
            coin: None,
            algorithm: None,
            from: None,
            to: None,
            zone: chrono_tz::Australia::Sydney,
            picks: Picks::default(),
            labels: Labels::default(),
        }
    }

    /// Which parcels lie together for this question.
    #[must_use]
    pub fn pooling(&self) -> Pooling {
        if self.by == GroupBy::Algorithm || self.algorithm.is_some() { Pooling::ByAlgorithm } else { Pooling::ByCoin }
    }

    #[inline]
    fn in_window(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time < to)
    }

    /// Whether a row matters at all. A skipped row shares no parcel with one that isn't; so other algorithms' rows are
    /// folded too, as parcels can come from them.
    #[inline]
    pub(crate) fn takes(&self, row: &TradeRow) -> bool {
        row.book == self.book && self.coin.is_none_or(|coin| row.coin == coin)
    }

    /// Whether a row that is folded is in the figures.
    #[inline]
    pub(crate) fn counts(&self, row: &TradeRow) -> bool {
        self.in_window(row.time) && self.asks_of(row.algorithm)
    }

    /// Whether an algorithm's parcels are asked for; those of a coin's one pool always are.
    #[inline]
    pub(crate) fn asks_of(&self, algorithm: u32) -> bool {
        self.algorithm.is_none_or(|asked| asked == algorithm)
    }
}

/// What a group is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKey {
    /// Number of a coin.
    Coin(u32),
    /// Number of an algorithm; 0 is by hand.
    Algorithm(u32),
    /// `2024-10-06`, `2024-W40`, `2024-10` or `2024`.
    Period(String),
    /// Number of a label; [`crate::NO_LABEL`] of trades without one.
    Label(u32),
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it is of.
    pub key: GroupKey,
    /// Proceeds less cost of what was sold in the window, fees included, as far as the cost is known.
    pub realised: Money,
    /// Gain of the coins held now at the given prices: the sum over those that have a price. None for a period (what is
    /// held belongs to none), and none when coins are held and none of them has a price.
    pub unrealised: Option<Money>,
    /// Fees in AUD of everything in the window, buys and sales.
    pub fees: Money,
    /// What coins were worth that came as income; not in `realised`.
    pub income: Money,
    /// Coins sold with a known cost; none where the group sums over different coins.
    pub quantity: Option<Quantity>,
    /// What the sold coins had cost, fees included.
    pub cost: Money,
    /// Sales and swaps with a known cost.
    pub trades: u64,
    /// Those that gained after fees.
    pub wins: u64,
    /// Those that lost after fees; the rest broke even.
    pub losses: u64,
}

/// Coins that went and nobody knows what for: they are held no more, and in no other figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPrice {
    /// Number of the coin.
    pub coin: u32,
    /// How many, in the window.
    pub quantity: Quantity,
    /// What those of them with a known cost had cost.
    pub cost: Money,
}

/// Picked coins that could not be used: the parcel did not have them then, or the sale was smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissedPick {
    /// The sale; so much more of it went by the method.
    pub sale: RowRef,
    /// The parcel that was picked.
    pub parcel: RowId,
    /// How many coins.
    pub quantity: Quantity,
}

/// Coins sold that were never seen coming in, or came at no known cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownBasis {
    /// Number of the coin.
    pub coin: u32,
    /// How many, in the window.
    pub quantity: Quantity,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PnlReport {
    /// Which parcels sales used up first.
    pub method: Method,
    /// Which parcels lay together.
    pub pooling: Pooling,
    /// Start of the window.
    pub from: Option<Timestamp>,
    /// End of the window, which is not in it.
    pub to: Option<Timestamp>,
    /// Gain of the sales and other disposals in the window after fees, as far as their cost is known.
    pub realised: Money,
    /// Gain of what is held after the last trade, whatever the window, at the prices given: the sum over the priced
    /// coins, the rest is in `unpriced`. None when coins are held and none has a price.
    pub unrealised: Option<Money>,
    /// Realised and unrealised.
    pub total: Option<Money>,
    /// Fees in AUD of everything in the window.
    pub fees: Money,
    /// What coins were worth that came as income in the window; a gain besides the realised one.
    pub income: Money,
    /// What coins were worth that came as gifts or were there before the records begin: no gain, but more to hold.
    pub received: Money,
    /// What coins were worth that went as payments, gifts and network fees in the window: proceeds that brought no money.
    pub spent: Money,
    /// What the matched sales brought, after fees.
    pub proceeds: Money,
    /// What the coins of the matched sales had cost, fees included.
    pub cost: Money,
    /// Coins and algorithms by number, periods by time. A coin or algorithm without trades in the window is listed when it
    /// holds something.
    pub groups: Vec<Group>,
    /// How good the sales were.
    pub metrics: Metrics,
    /// Held coins without a price, by number.
    pub unpriced: Vec<u32>,
    /// Age of the oldest price used.
    pub oldest_price_age_s: Option<i64>,
    /// Coins sold in the window without a known cost, by number.
    pub unknown_basis: Vec<UnknownBasis>,
    /// Coins that went in the window at no known price, by number.
    pub no_price: Vec<NoPrice>,
    /// Picked parcels that could not be used, in the order of the sales.
    pub missed_picks: Vec<MissedPick>,
    /// What a reader should know before comparing this with another report.
    pub note: Option<&'static str>,
}

const OWN_PARCELS: &str = "each algorithm sells its own parcels of a coin here; by coin and by period all parcels of a coin \
are one pool, so the sums can differ";

const BY_LABEL: &str =
    "a sale and every fee count under the labels of their own trade, what is held under those of its purchase";

const SEVERAL_LABELS: &str = "trades with several labels count under each of them, so these sums add up to more trades than the total has; a sale \
and every fee count under the labels of their own trade, what is held under those of its purchase";

/// What is held, summed the ways a report needs.
#[derive(Default)]
struct Held {
    total: Sum,
    groups: BTreeMap<GroupId, Sum>,
    unpriced: BTreeSet<u32>,
    oldest: Option<i64>,
}

/// A sum that knows whether anything went into it.
#[derive(Default, Clone, Copy)]
struct Sum {
    amount: Decimal,
    priced: bool,
    unpriced: bool,
}

impl Sum {
    fn add(&mut self, unrealised: Option<Money>) -> Option<()> {
        match unrealised {
            Some(gain) => {
                self.amount = self.amount.checked_add(gain.amount())?;
                self.priced = true;
            }
            None => self.unpriced = true,
        }
        Some(())
    }

    fn join(&mut self, other: Self) -> Option<()> {
        self.amount = self.amount.checked_add(other.amount)?;
        self.priced |= other.priced;
        self.unpriced |= other.unpriced;
        Some(())
    }

    /// None when something is held and nothing of it has a price.
    fn money(self) -> Option<Money> {
        (self.priced || !self.unpriced).then(|| Money::aud(self.amount.normalize()))
    }
}

impl Held {
    fn of<N: Units>(matcher: &Matcher<N>, query: &PnlQuery, prices: Prices<'_>) -> Result<Self, BooksError> {
        let mut held = Self::default();
        for pool in matcher.pools().iter().filter(|pool| !pool.is_empty() && query.asks_of(pool.algorithm)) {
            let holding = Holding::of(pool, prices)?;
            let large = || BooksError::SumTooLarge { what: "the unrealised gain" };
            held.total.add(holding.unrealised).ok_or_else(large)?;
            let id = match query.by {
                GroupBy::Coin => Some(GroupId::Coin(holding.coin)),
                GroupBy::Algorithm => Some(GroupId::Algorithm(holding.algorithm)),
                _ => None,
            };
            if let Some(id) = id {
                held.groups.entry(id).or_default().add(holding.unrealised).ok_or_else(large)?;
            }
            if query.by == GroupBy::Label {
                held.add_parcels(pool, query, prices)?;
            }
            if holding.unrealised.is_none() {
                held.unpriced.insert(holding.coin);
            }
            held.oldest = held.oldest.max(holding.price_age_s);
        }
        Ok(held)
    }

    /// The parcels of a pool, each under the labels of its purchase. What came at no known cost gains nothing.
    fn add_parcels<N: Units>(
        &mut self,
        pool: &Pool<N>,
        query: &PnlQuery,
        prices: Prices<'_>,
    ) -> Result<(), BooksError> {
        let large = || BooksError::SumTooLarge { what: "the unrealised gain" };
        let price = prices(pool.coin);
        for parcel in pool.parcels() {
            let gain = |valuation: Valuation| -> Option<Money> {
                let Some(cost) = &parcel.cost else { return Some(Money::ZERO_AUD) };
                let quantity = Quantity::new(N::coins(&N::count(&parcel.quantity))?).ok()?;
                let value = valuation.price.times(quantity).ok()?;
                value.checked_sub(Money::aud(N::money(cost)?)).ok()
            };
            let unrealised = price.map(|valuation| gain(valuation).ok_or_else(large)).transpose()?;
            let id = GroupId::Labels(query.labels.set((&parcel.origin).into()));
            self.groups.entry(id).or_default().add(unrealised).ok_or_else(large)?;
        }
        Ok(())
    }

    /// The sums of sets of labels, spread over the labels.
    fn by_label(&self, labels: &Labels) -> Result<Self, BooksError> {
        let mut spread = Self::default();
        for (id, sum) in &self.groups {
            let GroupId::Labels(set) = id else { continue };
            for label in labels.labels(*set) {
                let joined = spread.groups.entry(GroupId::Label(*label)).or_default().join(*sum);
                joined.ok_or(BooksError::SumTooLarge { what: "the unrealised gain" })?;
            }
        }
        Ok(spread)
    }
}

/// The groups of a report by label, and whether a trade in them has several.
fn label_groups<N: Units>(query: &PnlQuery, board: &Board<N>, held: &Held) -> Result<(Vec<Group>, bool), BooksError> {
    let spread = held.by_label(&query.labels)?;
    let mut tallies: BTreeMap<GroupId, Tally<N>> = spread.groups.keys().map(|id| (*id, Tally::default())).collect();
    let mut several = false;
    let sets = board.groups.iter().map(|(id, _)| id).chain(held.groups.keys());
    for id in sets {
        several |= matches!(id, GroupId::Labels(set) if query.labels.labels(*set).len() > 1);
    }
    for (id, tally) in &board.groups {
        let GroupId::Labels(set) = id else { continue };
        for label in query.labels.labels(*set) {
            tallies.entry(GroupId::Label(*label)).or_default().add(tally);
        }
    }
    let groups = tallies.iter().map(|(id, tally)| group(query, *id, tally, &spread));
    Ok((groups.collect::<Result<_, _>>()?, several))
}

fn sum_money<N: Units>(sum: &N::Sum, what: &'static str) -> Result<Money, BooksError> {
    N::money(sum).map(Money::aud).ok_or(BooksError::SumTooLarge { what })
}

fn sum_coins<N: Units>(sum: &N::Sum) -> Result<Quantity, BooksError> {
    let coins = N::coins(sum).and_then(|coins| Quantity::new(coins).ok());
    coins.ok_or(BooksError::SumTooLarge { what: "the quantity sold" })
}

fn group<N: Units>(query: &PnlQuery, id: GroupId, tally: &Tally<N>, held: &Held) -> Result<Group, BooksError> {
    let one_coin = query.by == GroupBy::Coin || query.coin.is_some();
    let key = match (id, query.by.period()) {
        (GroupId::Coin(coin), _) => GroupKey::Coin(coin),
        (GroupId::Algorithm(algorithm), _) => GroupKey::Algorithm(algorithm),
        (GroupId::Period(first), Some(period)) => GroupKey::Period(period.key(first)),
        (GroupId::Period(first), None) => GroupKey::Period(first.to_string()),
        (GroupId::Label(label) | GroupId::Labels(label), _) => GroupKey::Label(label),
    };
    let unrealised = match id {
        GroupId::Period(_) => None,
        _ => held.groups.get(&id).copied().unwrap_or_default().money(),
    };
    Ok(Group {
        key,
        realised: sum_money::<N>(&tally.realised(), "the realised gain")?,
        unrealised,
        fees: sum_money::<N>(&tally.fees, "the sum of fees")?,
        income: sum_money::<N>(&tally.income, "the income")?,
        quantity: if one_coin { Some(sum_coins::<N>(&tally.quantity)?) } else { None },
        cost: sum_money::<N>(&tally.cost, "the cost")?,
        trades: tally.trades,
        wins: tally.wins,
        losses: tally.losses,
    })
}

fn metrics<N: Units>(board: &Board<N>, total: &Tally<N>) -> Metrics {
    Metrics::of(&Outcome {
        trades: total.trades,
        wins: total.wins,
        losses: total.losses,
        won: N::money(&board.won),
        lost: N::money(&board.lost),
        largest_win: N::money(&board.largest_win),
        largest_loss: N::money(&board.largest_loss),
    })
}

fn no_price<N: Units>(board: &Board<N>) -> Result<Vec<NoPrice>, BooksError> {
    let mut unpriced: Vec<_> = board.unpriced.iter().collect();
    unpriced.sort_by_key(|(coin, _)| **coin);
    let line = |(&coin, sum): (&u32, &Unpriced<N>)| {
        Ok(NoPrice { coin, quantity: sum_coins::<N>(&sum.quantity)?, cost: sum_money::<N>(&sum.cost, "the cost")? })
    };
    unpriced.into_iter().map(line).collect()
}

fn missed_picks<N: Units>(board: &Board<N>) -> Result<Vec<MissedPick>, BooksError> {
    let line = |missed: &Missed<N>| {
        let quantity = sum_coins::<N>(&N::count(&missed.quantity))?;
        Ok(MissedPick { sale: missed.sale, parcel: missed.parcel, quantity })
    };
    board.missed.iter().map(line).collect()
}

/// The lines of a report, and what a reader should know of them.
fn groups<N: Units>(
    query: &PnlQuery,
    board: &Board<N>,
    held: &Held,
) -> Result<(Vec<Group>, Option<&'static str>), BooksError> {
    if query.by == GroupBy::Label {
        let (groups, several) = label_groups(query, board, held)?;
        return Ok((groups, Some(if several { SEVERAL_LABELS } else { BY_LABEL })));
    }
    let empty = Tally::default();
    let mut lines: BTreeMap<GroupId, &Tally<N>> = held.groups.keys().map(|id| (*id, &empty)).collect();
    lines.extend(board.groups.iter().map(|(id, tally)| (*id, tally)));
    let lines = lines.into_iter().map(|(id, tally)| group(query, id, tally, held));
    Ok((lines.collect::<Result<_, _>>()?, (query.pooling() == Pooling::ByAlgorithm).then_some(OWN_PARCELS)))
}

/// Makes the report from the folded books.
pub(crate) fn report<N: Units>(
    query: &PnlQuery,
    matcher: &Matcher<N>,
    board: &Board<N>,
    prices: Prices<'_>,
) -> Result<PnlReport, BooksError> {
    let held = Held::of(matcher, query, prices)?;
    let (groups, note) = groups(query, board, &held)?;
    let total = board.total();
    let realised = sum_money::<N>(&total.realised(), "the realised gain")?;
    let unrealised = held.total.money();
    let sum = unrealised.map(|unrealised| realised.checked_add(unrealised)).transpose();
    let mut unknown: Vec<_> = board.unknown.iter().collect();
    unknown.sort_by_key(|(coin, _)| **coin);
    let unknown = unknown.into_iter().map(|(&coin, sum)| Ok(UnknownBasis { coin, quantity: sum_coins::<N>(sum)? }));
    Ok(PnlReport {
        method: query.method,
        pooling: query.pooling(),
        from: query.from,
        to: query.to,
        realised,
        unrealised,
        total: sum.map_err(|_| BooksError::SumTooLarge { what: "the total gain" })?,
        fees: sum_money::<N>(&total.fees, "the sum of fees")?,
        income: sum_money::<N>(&total.income, "the income")?,
        received: sum_money::<N>(&board.received, "what was received")?,
        spent: sum_money::<N>(&board.spent, "what was spent")?,
        proceeds: sum_money::<N>(&total.proceeds, "the proceeds")?,
        cost: sum_money::<N>(&total.cost, "the cost")?,
        groups,
        metrics: metrics(board, &total),
        unpriced: held.unpriced.into_iter().collect(),
        oldest_price_age_s: held.oldest,
        unknown_basis: unknown.collect::<Result<_, BooksError>>()?,
        no_price: no_price(board)?,
        missed_picks: missed_picks(board)?,
        note,
    })
}
