//! The walk through a history, year by year: each disposal as lines of the schedule, and what a year comes to.

use super::regime::{NoFactor, REFORM_YEAR};
use super::{DeemedGain, FinancialYear, Quarter, Reform, is_discounted, local_day, regime, reset_moment};
use crate::books::{Books, Disposal};
use crate::error::{BooksError, RowRef};
use crate::matching::Method;
use crate::picks::Picks;
use crate::pnl::{MissedPick, NoPrice, PnlQuery, PnlReport, UnknownBasis};
use chrono_tz::Tz;
use domain::{Book, Cause, Decimal, Money, Quantity, RoundingStrategy, RowKind, Side, Timestamp, TradeRow};
use std::collections::BTreeMap;

/// Decimals a share of a fee is told with, where it is only told.
const SHARE_DECIMALS: u32 = 20;

/// The first year that is walked through.
const CALENDAR_YEAR: i32 = 1990;

/// How years are computed.
#[derive(Debug, Clone)]
pub struct TaxQuery {
    /// Whose money.
    pub book: Book,
    /// Where days begin.
    pub zone: Tz,
    /// The method of years that nobody filed.
    pub method: Method,
    /// The methods of the years that were filed, by year.
    pub filed: BTreeMap<i32, Method>,
    /// Parcels picked for some sales; these come before any method.
    pub picks: Picks,
    /// What the trader says of the bill; none while it isn't law.
    pub reform: Option<Reform>,
    /// Losses from before this history, and the year they are brought into.
    pub earlier_losses: BTreeMap<i32, Decimal>,
    /// Now: what lies ahead is not taken as having happened.
    pub now: Timestamp,
}

impl TaxQuery {
    /// A method for every year, and nothing filed or picked.
    #[must_use]
    pub fn of(book: Book, method: Method, zone: Tz, now: Timestamp) -> Self {
        let (picks, filed, earlier_losses) = (Picks::default(), BTreeMap::new(), BTreeMap::new());
        Self { book, zone, method, filed, picks, reform: None, earlier_losses, now }
    }

    /// The method of a year: the one it was filed by; before a filed year, the one of the next filed year, whose figures
    /// stand on it; after the last filed year, the one that is asked for.
    #[must_use]
    pub fn method_of(&self, year: FinancialYear) -> Method {
        self.filed.range(year.number()..).next().map_or(self.method, |(_, method)| *method)
    }

    fn has_law(&self, year: FinancialYear) -> bool {
        year.is_settled() || self.reform.is_some()
    }
}

/// Which part of a disposal's gain a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// What arose until 30 June 2027.
    BeforeReform,
    /// What arose since.
    SinceReform,
}

/// One line of the schedule: what came from one parcel, or the part of it under one set of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxDisposal {
    /// Number of the coin.
    pub coin: u32,
    /// The row the parcel came by.
    pub parcel: RowRef,
    /// The row it went by; none for a parcel that is only taken as sold.
    pub sale: Option<RowRef>,
    /// Why it went; none for a sale.
    pub cause: Option<Cause>,
    /// When the parcel was acquired, or is taken as acquired.
    pub acquired: Timestamp,
    /// When it was disposed of, or is taken as disposed of.
    pub disposed: Timestamp,
    /// Coins.
    pub quantity: Quantity,
    /// What they brought, after their share of the sale's fee.
    pub proceeds: Money,
    /// Their share of the sale's fee, off the proceeds already.
    pub sale_costs: Money,
    /// What they had cost, with everything.
    pub cost_base: Money,
    /// Of the cost base: what was paid for the coins, or their value when they came.
    pub purchase: Money,
    /// Of the cost base: their share of the purchase's fee.
    pub incidental: Money,
    /// Of the cost base: what indexation adds.
    pub indexation: Money,
    /// Proceeds less cost base; below zero for a loss.
    pub gain: Money,
    /// Whether it is a gain that the discount halves.
    pub discount: bool,
    /// Which part.
    pub part: Part,
}

/// What stands in no figure of a year until somebody says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unresolved {
    /// Nobody noted what a coin was worth at the end of 30 June 2027; by its number.
    NoResetPrice(u32),
    /// Nobody gave the index number of a quarter.
    NoIndex(Quarter),
    /// Prices fell between two quarters, and what the law makes of that is not known here.
    IndexFell(Quarter, Quarter),
}

/// A year's capital gains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxYear {
    /// Which year.
    pub year: FinancialYear,
    /// Which parcels sales used up first.
    pub method: Method,
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
    /// One line a parcel, in the order of the sales; only of the year that was asked for.
    pub disposals: Vec<TaxDisposal>,
    /// Gains held long enough for the discount, before losses and discount.
    pub discount_gains: Money,
    /// The other gains, before losses.
    pub other_gains: Money,
    /// Losses of the year, as an amount above zero.
    pub losses: Money,
    /// Losses left from earlier years.
    pub losses_brought_forward: Money,
    /// Losses used against this year's gains.
    pub losses_applied: Money,
    /// Losses left for later years.
    pub losses_carried_forward: Money,
    /// What the discount leaves out.
    pub discount: Money,
    /// What goes on the return; never below zero.
    pub net_capital_gain: Money,
    /// Coins sold in the year that were never seen coming in, or came at no known cost: in no figure above.
    pub unknown_basis: Vec<UnknownBasis>,
    /// Coins that went in the year at no known price: in no figure above.
    pub no_price: Vec<NoPrice>,
    /// Picked parcels that could not be used for sales of the year.
    pub missed_picks: Vec<MissedPick>,
    /// What the rules need and nobody said: what depends on it is in no figure above.
    pub unresolved: Vec<Unresolved>,
}

/// Gains and losses of one year, before anything is set against anything.
#[derive(Default, Clone, Copy)]
struct Sums {
    discounted: Decimal,
    other: Decimal,
    losses: Decimal,
}

impl Sums {
    fn add(&mut self, gain: Decimal, discount: bool) -> Result<(), BooksError> {
        let (sum, by) = match (gain < Decimal::ZERO, discount) {
            (true, _) => (&mut self.losses, -gain),
            (false, true) => (&mut self.discounted, gain),
            (false, false) => (&mut self.other, gain),
        };
        *sum = sum.checked_add(by).ok_or(BooksError::SumTooLarge { what: "the year's gains" })?;
        Ok(())
    }

    /// Sets losses against gains, those without discount first: what is left of both kinds of gains, and of the losses.
    fn after(self, brought: Decimal) -> Result<(Decimal, Decimal, Decimal), BooksError> {
        let large = BooksError::SumTooLarge { what: "the losses" };
        let losses = self.losses.checked_add(brought).ok_or(large)?;
        let against_other = losses.min(self.other);
        let against_discounted = (losses - against_other).min(self.discounted);
        let left = losses - against_other - against_discounted;
        Ok((self.discounted - against_discounted, self.other - against_other, left))
    }
}

/// The capital gains of a year over a whole history of rows, in [`TradeRow::fold_order`].
///
/// # Errors
/// [`BooksError::NoLaw`] for a year whose rules wait for their law; rows out of order, or a figure beyond a decimal.
pub fn tax_year(rows: &[TradeRow], query: &TaxQuery, year: FinancialYear) -> Result<TaxYear, BooksError> {
    let mut years = tax_years(rows, query, year)?;
    years.pop().ok_or(BooksError::SumTooLarge { what: "the year" })
}

/// Every year from the first row's to one, whose lines come with it; one pass.
///
/// # Errors
/// As [`tax_year`].
pub fn tax_years(rows: &[TradeRow], query: &TaxQuery, last: FinancialYear) -> Result<Vec<TaxYear>, BooksError> {
    let mut walk = walked(rows, query, last, None)?;
    walk.close()?;
    if let Some(year) = walk.years.last_mut() {
        tell_elements(rows, None, query.book, &mut year.disposals);
    }
    Ok(walk.years)
}

/// The walk up to the end of the last year, which is not closed yet; with `only`, it keeps the lines of that sale alone.
fn walked<'a>(
    rows: &[TradeRow],
    query: &'a TaxQuery,
    last: FinancialYear,
    only: Option<RowRef>,
) -> Result<Walk<'a>, BooksError> {
    if !query.has_law(last) {
        return Err(BooksError::NoLaw { year: last.number() });
    }
    let own = |row: &&TradeRow| row.book == query.book;
    let first = rows.iter().find(own).map_or(last, |row| FinancialYear::of(row.time, query.zone)).min(last);
    let first = query.earlier_losses.keys().next().map_or(first, |year| first.min(FinancialYear(*year)));
    // A mistyped date may lie thousands of years back; what lies before the calendar counts in its first year.
    let first = first.max(FinancialYear(CALENDAR_YEAR)).min(last);
    let mut walk = Walk::begin(query, first, last)?;
    walk.only = only;
    for row in rows.iter().filter(own) {
        while row.time >= walk.to && walk.year < last {
            walk.turn()?;
        }
        if row.time >= walk.to {
            break;
        }
        walk.take(row)?;
    }
    while walk.year < last {
        walk.turn()?;
    }
    Ok(walk)
}

/// A year as it stands, and with one more sale at its end, of which alone it has the lines; one pass.
///
/// # Errors
/// As [`tax_year`].
pub(super) fn year_with(
    rows: &[TradeRow],
    query: &TaxQuery,
    year: FinancialYear,
    sale: &TradeRow,
) -> Result<(TaxYear, TaxYear), BooksError> {
    let mut walk = walked(rows, query, year, Some(sale.into()))?;
    let open = (walk.sums, walk.brought, walk.before.clone(), walk.unresolved.clone());
    walk.close()?;
    let as_it_stands = walk.years.pop().ok_or(NO_CALENDAR)?;
    (walk.sums, walk.brought, walk.before, walk.unresolved) = open;
    walk.take(sale)?;
    walk.close()?;
    let mut with = walk.years.pop().ok_or(NO_CALENDAR)?;
    tell_elements(rows, Some(sale), query.book, &mut with.disposals);
    Ok((as_it_stands, with))
}

/// Where the walk stands.
struct Walk<'a> {
    query: &'a TaxQuery,
    books: Books,
    slices: Vec<Disposal>,
    year: FinancialYear,
    last: FinancialYear,
    reset: Option<Timestamp>,
    from: Timestamp,
    to: Timestamp,
    sums: Sums,
    brought: Decimal,
    lines: Vec<TaxDisposal>,
    /// The one sale whose lines are kept; none keeps all.
    only: Option<RowRef>,
    unresolved: Vec<Unresolved>,
    /// What the books had listed when the year began.
    before: Option<PnlReport>,
    years: Vec<TaxYear>,
}

const NO_CALENDAR: BooksError = BooksError::SumTooLarge { what: "the year" };

impl<'a> Walk<'a> {
    fn begin(query: &'a TaxQuery, year: FinancialYear, last: FinancialYear) -> Result<Self, BooksError> {
        let (from, to) = year.bounds(query.zone).ok_or(NO_CALENDAR)?;
        let pnl = PnlQuery {
            method: query.method_of(year),
            zone: query.zone,
            picks: query.picks.clone(),
            ..PnlQuery::of(query.book)
        };
        let brought = query.earlier_losses.get(&year.number()).copied().unwrap_or_default();
        Ok(Self {
            query,
            books: Books::new(pnl),
            slices: Vec::new(),
            year,
            last,
            reset: query.reform.as_ref().and_then(|_| reset_moment(query.zone)),
            from,
            to,
            sums: Sums::default(),
            brought,
            lines: Vec::new(),
            only: None,
            unresolved: Vec::new(),
            before: None,
            years: Vec::new(),
        })
    }

    fn take(&mut self, row: &TradeRow) -> Result<(), BooksError> {
        if row.side == Side::Buy {
            return self.books.apply(row);
        }
        let mut slices = std::mem::take(&mut self.slices);
        slices.clear();
        let folded = self.books.apply_each(row, &mut |slice| slices.push(*slice));
        let taken = folded.and_then(|()| slices.iter().try_for_each(|slice| self.slice(slice)));
        self.slices = slices;
        taken
    }

    /// The lines of one slice: under the bill's rules two, where the parcel was held before them.
    fn slice(&mut self, slice: &Disposal) -> Result<(), BooksError> {
        let line = whole(slice);
        let query = self.query;
        match (&query.reform, self.reset) {
            (Some(reform), Some(reset)) if self.year.number() >= REFORM_YEAR => {
                if slice.acquired >= reset {
                    return self.indexed(line, reform);
                }
                let Some(price) = reform.prices.get(&slice.coin) else {
                    return self.miss(Unresolved::NoResetPrice(slice.coin));
                };
                let large = |_| BooksError::TooLarge { what: "the value at the reset", coin: slice.coin };
                let value = price.times(slice.quantity).map_err(large)?;
                if reform.deemed_gain != DeemedGain::InYear {
                    let held_to = match reform.deemed_gain {
                        DeemedGain::OnDisposalHeldToSale => slice.disposed,
                        _ => reset.plus_micros(-1),
                    };
                    let sold = TaxDisposal { part: Part::BeforeReform, disposed: reset.plus_micros(-1), ..line };
                    self.sold_for(sold, value, held_to)?;
                }
                let since = TaxDisposal { part: Part::SinceReform, acquired: reset, cost_base: value, ..line };
                self.indexed(since, reform)
            }
            _ => self.sold_for(line, line.proceeds, line.disposed),
        }
    }

    /// A line by the rules of the discount.
    fn sold_for(&mut self, line: TaxDisposal, proceeds: Money, held_to: Timestamp) -> Result<(), BooksError> {
        let gain = less(proceeds, line.cost_base)?;
        let months = regime(self.year).months;
        let discount = gain.amount() > Decimal::ZERO && is_discounted(line.acquired, held_to, months, self.query.zone);
        self.count(TaxDisposal { proceeds, gain, discount, ..line })
    }

    /// A line by the rules of indexation.
    fn indexed(&mut self, line: TaxDisposal, reform: &Reform) -> Result<(), BooksError> {
        let zone = self.query.zone;
        let plain = less(line.proceeds, line.cost_base)?;
        let long = reform.indexation_months == 0
            || is_discounted(line.acquired, line.disposed, reform.indexation_months, zone);
        let is_loss = plain.amount() <= Decimal::ZERO;
        if !long || (is_loss && !reform.indexes_losses) {
            return self.count(TaxDisposal { gain: plain, ..line });
        }
        let factor = match reform.factor(local_day(line.acquired, zone), local_day(line.disposed, zone)) {
            Ok(factor) => factor,
            Err(NoFactor::Missing(quarter)) => return self.miss(Unresolved::NoIndex(quarter)),
            Err(NoFactor::Fell(from, to)) => return self.miss(Unresolved::IndexFell(from, to)),
        };
        let large = BooksError::TooLarge { what: "the indexed cost base", coin: line.coin };
        let indexed = line.cost_base.amount().checked_mul(factor).ok_or(large)?;
        let mut added = Money::aud(indexed).checked_sub(line.cost_base).map_err(|_| NO_CALENDAR)?;
        if !reform.indexes_losses && added.amount() > plain.amount() {
            added = plain;
        }
        let cost_base = line.cost_base.checked_add(added).map_err(|_| NO_CALENDAR)?;
        let gain = less(line.proceeds, cost_base)?;
        self.count(TaxDisposal { cost_base, indexation: added, gain, ..line })
    }

    fn count(&mut self, line: TaxDisposal) -> Result<(), BooksError> {
        self.sums.add(line.gain.amount(), line.discount)?;
        if self.year == self.last && (self.only.is_none() || line.sale == self.only) {
            self.lines.push(line);
        }
        Ok(())
    }

    fn miss(&mut self, what: Unresolved) -> Result<(), BooksError> {
        if let Err(at) = self.unresolved.binary_search(&what) {
            self.unresolved.insert(at, what);
        }
        Ok(())
    }

    /// What is held when the bill's rules begin is taken as sold.
    fn deem(&mut self) -> Result<(), BooksError> {
        let (Some(reform), Some(reset)) = (&self.query.reform, self.reset) else { return Ok(()) };
        let due = self.to == reset && self.query.now >= reset;
        if !due || reform.deemed_gain != DeemedGain::InYear {
            return Ok(());
        }
        let sold = reset.plus_micros(-1);
        for position in self.books.positions(&|_| None)? {
            let Some(price) = reform.prices.get(&position.coin) else {
                self.miss(Unresolved::NoResetPrice(position.coin))?;
                continue;
            };
            for parcel in position.parcels {
                // Coins of unknown cost are listed when they are sold.
                let Some(cost) = parcel.cost else { continue };
                let large = |_| BooksError::TooLarge { what: "the value at the reset", coin: position.coin };
                let value = price.times(parcel.quantity).map_err(large)?;
                let line = TaxDisposal {
                    coin: position.coin,
                    parcel: parcel.row,
                    sale: None,
                    cause: None,
                    acquired: parcel.acquired,
                    disposed: sold,
                    quantity: parcel.quantity,
                    proceeds: value,
                    sale_costs: Money::ZERO_AUD,
                    cost_base: cost,
                    purchase: cost,
                    incidental: Money::ZERO_AUD,
                    indexation: Money::ZERO_AUD,
                    gain: Money::ZERO_AUD,
                    discount: false,
                    part: Part::BeforeReform,
                };
                self.sold_for(line, value, sold)?;
            }
        }
        Ok(())
    }

    /// Closes the year and begins the next with what it leaves: its losses, its parcels, and perhaps another method.
    fn turn(&mut self) -> Result<(), BooksError> {
        self.close()?;
        self.year = self.year.next();
        (self.from, self.to) = self.year.bounds(self.query.zone).ok_or(NO_CALENDAR)?;
        let earlier = self.query.earlier_losses.get(&self.year.number()).copied().unwrap_or_default();
        let large = BooksError::SumTooLarge { what: "the losses" };
        self.brought = self.brought.checked_add(earlier).ok_or(large)?;
        self.books.turn_to(self.query.method_of(self.year));
        Ok(())
    }

    fn close(&mut self) -> Result<(), BooksError> {
        self.deem()?;
        let sums = std::mem::take(&mut self.sums);
        let (discounted, other, left) = sums.after(self.brought)?;
        let cut = discounted * Decimal::from(regime(self.year).discount_pct) / Decimal::ONE_HUNDRED;
        let report = self.books.report(&|_| None)?;
        let money = |amount: Decimal| Money::aud(amount.normalize());
        self.years.push(TaxYear {
            year: self.year,
            method: self.query.method_of(self.year),
            from: self.from,
            to: self.to,
            disposals: std::mem::take(&mut self.lines),
            discount_gains: money(sums.discounted),
            other_gains: money(sums.other),
            losses: money(sums.losses),
            losses_brought_forward: money(self.brought),
            losses_applied: money(sums.losses + self.brought - left),
            losses_carried_forward: money(left),
            discount: money(cut),
            net_capital_gain: money(discounted - cut + other),
            unknown_basis: new_unknown(self.before.as_ref(), &report),
            no_price: new_no_price(self.before.as_ref(), &report)?,
            missed_picks: report.missed_picks.iter().filter(|missed| missed.sale.time >= self.from).copied().collect(),
            unresolved: std::mem::take(&mut self.unresolved),
        });
        (self.brought, self.before) = (left, Some(report));
        Ok(())
    }
}

fn whole(slice: &Disposal) -> TaxDisposal {
    TaxDisposal {
        coin: slice.coin,
        parcel: slice.parcel,
        sale: Some(slice.sale),
        cause: slice.cause,
        acquired: slice.acquired,
        disposed: slice.disposed,
        quantity: slice.quantity,
        proceeds: slice.proceeds,
        sale_costs: Money::ZERO_AUD,
        cost_base: slice.cost,
        purchase: slice.cost,
        incidental: Money::ZERO_AUD,
        indexation: Money::ZERO_AUD,
        gain: slice.gain,
        discount: false,
        part: Part::Whole,
    }
}

fn less(from: Money, what: Money) -> Result<Money, BooksError> {
    from.checked_sub(what).map_err(|_| BooksError::SumTooLarge { what: "a gain" })
}

/// What the year added to a list that the books keep over all years.
fn new_unknown(before: Option<&PnlReport>, now: &PnlReport) -> Vec<UnknownBasis> {
    let listed = |coin: u32| {
        let of = |line: &&UnknownBasis| line.coin == coin;
        before.and_then(|report| report.unknown_basis.iter().find(of)).map_or(Quantity::ZERO, |line| line.quantity)
    };
    let added = now.unknown_basis.iter().filter_map(|line| {
        let quantity = line.quantity.checked_sub(listed(line.coin)).ok()?;
        (!quantity.is_zero()).then_some(UnknownBasis { quantity, ..*line })
    });
    added.collect()
}

fn new_no_price(before: Option<&PnlReport>, now: &PnlReport) -> Result<Vec<NoPrice>, BooksError> {
    let mut added = Vec::new();
    for line in &now.no_price {
        let listed = before.and_then(|report| report.no_price.iter().find(|listed| listed.coin == line.coin));
        let (quantity, cost) = listed.map_or((Quantity::ZERO, Money::ZERO_AUD), |line| (line.quantity, line.cost));
        let large = |_| BooksError::TooLarge { what: "what went without a price", coin: line.coin };
        let quantity = line.quantity.checked_sub(quantity).map_err(large)?;
        if !quantity.is_zero() {
            added.push(NoPrice { quantity, cost: less(line.cost, cost)?, ..*line });
        }
    }
    Ok(added)
}

/// Says how much of each line's sums are fees. It only tells: no gain depends on it. `more` stands behind the rows.
fn tell_elements(rows: &[TradeRow], more: Option<&TradeRow>, book: Book, lines: &mut [TaxDisposal]) {
    // Rows are in the order of time, and a line knows the moment of its rows.
    let row_of = |place: RowRef, side: Side, cause: Option<Cause>| {
        let first = rows.partition_point(|row| row.time < place.time);
        let then = rows.get(first..).unwrap_or_default().iter().take_while(|row| row.time == place.time);
        let fits = |row: &&TradeRow| {
            let told = if row.side == Side::Buy || row.kind == RowKind::Trade { None } else { row.cause() };
            row.book == book && RowRef::from(*row) == place && row.side == side && told == cause
        };
        then.chain(more).filter(fits).last()
    };
    let share = |of: Option<&TradeRow>, part: Quantity| {
        let Some(paid) = of else { return Decimal::ZERO };
        let share = paid.fee.checked_mul(part.decimal()).and_then(|fee| fee.checked_div(paid.quantity.decimal()));
        share.unwrap_or_default().round_dp_with_strategy(SHARE_DECIMALS, RoundingStrategy::ToZero).normalize()
    };
    for line in lines {
        let bought = row_of(line.parcel, Side::Buy, None);
        let sold = line.sale.and_then(|sale| row_of(sale, Side::Sell, line.cause));
        // What is taken as sold or bought at a value has no fee of its own.
        let (of_purchase, of_sale) = match line.part {
            Part::Whole => (share(bought, line.quantity), share(sold, line.quantity)),
            Part::BeforeReform => (share(bought, line.quantity), Decimal::ZERO),
            Part::SinceReform => (Decimal::ZERO, share(sold, line.quantity)),
        };
        let plain = line.cost_base.amount() - line.indexation.amount();
        line.incidental = Money::aud(of_purchase);
        line.purchase = Money::aud((plain - of_purchase).normalize());
        line.sale_costs = Money::aud(of_sale);
    }
}
