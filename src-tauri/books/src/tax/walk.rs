//! The walk through a history, year by year: each disposal becomes lines of its year.
//!
//! Invariants: a year that is closed is not opened again; telling how a year stands changes nothing, so that more rows can
//! follow. Deliberately absent: which rows are handed in, and keeping the walk ([`super::GrownYear`] does both).

use super::pattern::Around;
use super::regime::{NoFactor, REFORM_YEAR};
use super::year::{Part, TaxDisposal, TaxQuery, TaxYear, Unresolved};
use super::{
    DAY_MICROS, DAYS_AROUND, DeemedGain, FinancialYear, Reform, is_discounted, local_day, regime, reset_moment,
};
use crate::books::{Books, Disposal};
use crate::error::{BooksError, RowRef};
use crate::pnl::{NoPrice, PnlQuery, PnlReport, UnknownBasis};
use domain::{Decimal, Money, Quantity, Side, Timestamp, TradeRow};

/// Gains and losses of one year, before anything is set against anything.
#[derive(Debug, Default, Clone, Copy)]
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

/// Where the walk stands.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    query: TaxQuery,
    books: Books,
    slices: Vec<Disposal>,
    begun: FinancialYear,
    year: FinancialYear,
    last: FinancialYear,
    reset: Option<Timestamp>,
    from: Timestamp,
    to: Timestamp,
    sums: Sums,
    brought: Decimal,
    /// The first lines of the last year, at most so many, and how many it has.
    lines: Vec<TaxDisposal>,
    most: usize,
    told: usize,
    /// The lines at a loss of the row at hand, and the sales of the last year that had some.
    losing: Vec<TaxDisposal>,
    around: Around,
    /// From when on purchases matter for that, and until when.
    looked_at: (Timestamp, Timestamp),
    unresolved: Vec<Unresolved>,
    /// What the books had listed when the year began.
    before: Option<PnlReport>,
    years: Vec<TaxYear>,
}

const NO_CALENDAR: BooksError = BooksError::SumTooLarge { what: "the year" };

/// A line, or what it lacks.
type Told = Result<TaxDisposal, Unresolved>;

/// A year as it stands.
struct Closed {
    year: TaxYear,
    /// The losses it leaves.
    left: Decimal,
    /// What the books list by now.
    report: PnlReport,
}

impl Walk {
    /// A walk from one year to another, of which it keeps the first `most` lines.
    pub fn begin(query: &TaxQuery, year: FinancialYear, last: FinancialYear, most: usize) -> Result<Self, BooksError> {
        let (from, to) = year.bounds(query.zone).ok_or(NO_CALENDAR)?;
        let (last_from, last_to) = last.bounds(query.zone).ok_or(NO_CALENDAR)?;
        let around = DAYS_AROUND * DAY_MICROS;
        let pnl = PnlQuery {
            method: query.method_of(year),
            zone: query.zone,
            picks: query.picks.clone(),
            ..PnlQuery::of(query.book)
        };
        let brought = query.earlier_losses.get(&year.number()).copied().unwrap_or_default();
        Ok(Self {
            query: query.clone(),
            books: Books::new(pnl),
            slices: Vec::new(),
            begun: year,
            year,
            last,
            reset: query.reform.as_ref().and_then(|_| reset_moment(query.zone)),
            from,
            to,
            sums: Sums::default(),
            brought,
            lines: Vec::new(),
            most,
            told: 0,
            losing: Vec::new(),
            around: Around::default(),
            looked_at: (last_from.plus_micros(-around), last_to.plus_micros(around)),
            unresolved: Vec::new(),
            before: None,
            years: Vec::new(),
        })
    }

    pub fn query(&self) -> &TaxQuery {
        &self.query
    }

    pub fn last(&self) -> FinancialYear {
        self.last
    }

    /// Whether the years of a question go on from here: all is as it was asked, and the same has come due.
    pub fn answers(&self, query: &TaxQuery, last: FinancialYear) -> bool {
        let came_due = |now: Timestamp| self.reset.is_some_and(|reset| now >= reset);
        last == self.last
            && came_due(query.now) == came_due(self.query.now)
            && *query == TaxQuery { now: query.now, ..self.query.clone() }
    }

    /// Whether a row belongs to a year that is closed already.
    pub fn is_late(&self, row: &TradeRow) -> bool {
        row.time < self.from && self.year > self.begun
    }

    /// Takes the next row; one behind the last year only says what was bought then.
    pub fn walk(&mut self, row: &TradeRow) -> Result<(), BooksError> {
        while row.time >= self.to && self.year < self.last {
            self.turn()?;
        }
        let looked_at = row.time >= self.looked_at.0 && row.time <= self.looked_at.1;
        if looked_at && row.side == Side::Buy && row.is_trade() {
            self.around.bought(row);
        }
        if row.time < self.to { self.take(row) } else { Ok(()) }
    }

    /// Goes on to the last year.
    pub fn catch_up(&mut self) -> Result<(), BooksError> {
        while self.year < self.last {
            self.turn()?;
        }
        Ok(())
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
        if !self.losing.is_empty() {
            self.around.sold(&self.losing);
            self.losing.clear();
        }
        taken
    }

    /// The year that is walked through as it stands, behind the years before; the lines of the last year are among it.
    pub fn years(&self) -> Result<Vec<TaxYear>, BooksError> {
        let mut years = self.years.clone();
        years.push(self.closed(self.lines.clone())?.year);
        Ok(years)
    }

    /// The same at the end of the walk.
    pub fn into_years(mut self) -> Result<Vec<TaxYear>, BooksError> {
        let lines = std::mem::take(&mut self.lines);
        let closed = self.closed(lines)?;
        self.years.push(closed.year);
        Ok(self.years)
    }

    /// The last year as it stands, and with one more sale, of which alone it has the lines.
    pub fn with(&self, sale: &TradeRow) -> Result<(TaxYear, TaxYear), BooksError> {
        let before = self.closed(Vec::new())?.year;
        // The sale uses parcels of its coin alone; only what is taken as sold is of every coin.
        let books = if self.deems() { self.books.clone() } else { self.books.only(sale.coin) };
        let mut more = Self {
            query: self.query.clone(),
            books,
            slices: Vec::new(),
            lines: Vec::new(),
            most: usize::MAX,
            losing: Vec::new(),
            around: Around::default(),
            unresolved: self.unresolved.clone(),
            before: self.before.clone(),
            years: Vec::new(),
            ..*self
        };
        more.take(sale)?;
        let lines = std::mem::take(&mut more.lines);
        let mut after = more.closed(lines)?.year;
        after.disposals.retain(|line| line.sale == Some(RowRef::from(sale)));
        Ok((before, after))
    }

    /// When the open parcels of a coin were acquired, and how many coins are left of each.
    pub fn held(&self, coin: u32) -> Result<Vec<(Timestamp, Quantity)>, BooksError> {
        let positions = self.books.only(coin).positions(&|_| None)?;
        Ok(positions.into_iter().flat_map(|held| held.parcels).map(|held| (held.acquired, held.quantity)).collect())
    }

    fn slice(&mut self, slice: &Disposal) -> Result<(), BooksError> {
        let (first, second) = self.lines_of(slice)?;
        for told in std::iter::once(first).chain(second) {
            match told {
                Ok(line) => self.count(line)?,
                Err(what) => miss(&mut self.unresolved, what),
            }
        }
        Ok(())
    }

    /// The lines of one slice: under the bill's rules two, where the parcel was held before them.
    fn lines_of(&self, slice: &Disposal) -> Result<(Told, Option<Told>), BooksError> {
        let line = whole(slice);
        let reformed = self.reset.filter(|_| self.year.number() >= REFORM_YEAR);
        let (Some(reform), Some(reset)) = (&self.query.reform, reformed) else {
            return Ok((Ok(self.discounted(line, line.proceeds, line.disposed)?), None));
        };
        if slice.acquired >= reset {
            return Ok((self.indexed(line, reform)?, None));
        }
        let Some(price) = reform.prices.get(&slice.coin) else {
            return Ok((Err(Unresolved::NoResetPrice(slice.coin)), None));
        };
        let large = |_| BooksError::TooLarge { what: "the value at the reset", coin: slice.coin };
        let value = price.times(slice.quantity).map_err(large)?;
        let since = TaxDisposal { part: Part::SinceReform, acquired: reset, cost_base: value, ..line };
        let since = self.indexed(since, reform)?;
        let held_to = match reform.deemed_gain {
            DeemedGain::InYear => return Ok((since, None)),
            DeemedGain::OnDisposalHeldToSale => slice.disposed,
            DeemedGain::OnDisposalHeldToReset => reset.plus_micros(-1),
        };
        let sold = TaxDisposal { part: Part::BeforeReform, disposed: reset.plus_micros(-1), ..line };
        Ok((Ok(self.discounted(sold, value, held_to)?), Some(since)))
    }

    /// A line by the rules of the discount.
    fn discounted(&self, line: TaxDisposal, proceeds: Money, held_to: Timestamp) -> Result<TaxDisposal, BooksError> {
        let gain = less(proceeds, line.cost_base)?;
        let months = regime(self.year).months;
        let discount = gain.amount() > Decimal::ZERO && is_discounted(line.acquired, held_to, months, self.query.zone);
        Ok(TaxDisposal { proceeds, gain, discount, ..line })
    }

    /// A line by the rules of indexation.
    fn indexed(&self, line: TaxDisposal, reform: &Reform) -> Result<Told, BooksError> {
        let zone = self.query.zone;
        let plain = less(line.proceeds, line.cost_base)?;
        let long = reform.indexation_months == 0
            || is_discounted(line.acquired, line.disposed, reform.indexation_months, zone);
        let is_loss = plain.amount() <= Decimal::ZERO;
        if !long || (is_loss && !reform.indexes_losses) {
            return Ok(Ok(TaxDisposal { gain: plain, ..line }));
        }
        let factor = match reform.factor(local_day(line.acquired, zone), local_day(line.disposed, zone)) {
            Ok(factor) => factor,
            Err(NoFactor::Missing(quarter)) => return Ok(Err(Unresolved::NoIndex(quarter))),
            Err(NoFactor::Fell(from, to)) => return Ok(Err(Unresolved::IndexFell(from, to))),
        };
        let large = BooksError::TooLarge { what: "the indexed cost base", coin: line.coin };
        let indexed = line.cost_base.amount().checked_mul(factor).ok_or(large)?;
        let mut added = Money::aud(indexed).checked_sub(line.cost_base).map_err(|_| NO_CALENDAR)?;
        if !reform.indexes_losses && added.amount() > plain.amount() {
            added = plain;
        }
        let cost_base = line.cost_base.checked_add(added).map_err(|_| NO_CALENDAR)?;
        let gain = less(line.proceeds, cost_base)?;
        Ok(Ok(TaxDisposal { cost_base, indexation: added, gain, ..line }))
    }

    fn count(&mut self, line: TaxDisposal) -> Result<(), BooksError> {
        self.sums.add(line.gain.amount(), line.discount)?;
        if self.year == self.last {
            self.told += 1;
            if self.lines.len() < self.most {
                self.lines.push(line);
            }
            if line.cause.is_none() && line.gain.amount() < Decimal::ZERO {
                self.losing.push(line);
            }
        }
        Ok(())
    }

    /// Whether what is held at the end of the year is taken as sold then.
    fn deems(&self) -> bool {
        let due = self.reset.is_some_and(|reset| self.to == reset && self.query.now >= reset);
        due && self.query.reform.as_ref().is_some_and(|reform| reform.deemed_gain == DeemedGain::InYear)
    }

    /// What is held when the bill's rules begin is taken as sold.
    fn deemed(&self, unresolved: &mut Vec<Unresolved>) -> Result<Vec<TaxDisposal>, BooksError> {
        let mut lines = Vec::new();
        let (Some(reform), Some(reset)) = (&self.query.reform, self.reset.filter(|_| self.deems())) else {
            return Ok(lines);
        };
        let sold = reset.plus_micros(-1);
        for position in self.books.positions(&|_| None)? {
            let Some(price) = reform.prices.get(&position.coin) else {
                miss(unresolved, Unresolved::NoResetPrice(position.coin));
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
                lines.push(self.discounted(line, value, sold)?);
            }
        }
        Ok(lines)
    }

    /// Closes the year and begins the next with what it leaves: its losses, its parcels, and perhaps another method.
    fn turn(&mut self) -> Result<(), BooksError> {
        let closed = self.closed(Vec::new())?;
        (self.brought, self.before) = (closed.left, Some(closed.report));
        self.years.push(closed.year);
        (self.sums, self.unresolved) = (Sums::default(), Vec::new());
        self.year = self.year.next();
        (self.from, self.to) = self.year.bounds(self.query.zone).ok_or(NO_CALENDAR)?;
        let earlier = self.query.earlier_losses.get(&self.year.number()).copied().unwrap_or_default();
        let large = BooksError::SumTooLarge { what: "the losses" };
        self.brought = self.brought.checked_add(earlier).ok_or(large)?;
        self.books.turn_to(self.query.method_of(self.year));
        Ok(())
    }

    /// The year if nothing more happens in it, with these of its lines.
    fn closed(&self, mut lines: Vec<TaxDisposal>) -> Result<Closed, BooksError> {
        let (mut sums, mut told, mut unresolved) = (self.sums, self.told, self.unresolved.clone());
        for line in self.deemed(&mut unresolved)? {
            sums.add(line.gain.amount(), line.discount)?;
            if self.year == self.last {
                told += 1;
                if lines.len() < self.most {
                    lines.push(line);
                }
            }
        }
        let (discounted, other, left) = sums.after(self.brought)?;
        let cut = discounted * Decimal::from(regime(self.year).discount_pct) / Decimal::ONE_HUNDRED;
        let report = self.books.report(&|_| None)?;
        let money = |amount: Decimal| Money::aud(amount.normalize());
        let (patterns, patterns_found) = self.around.told();
        let year = TaxYear {
            year: self.year,
            method: self.query.method_of(self.year),
            from: self.from,
            to: self.to,
            disposals: lines,
            lines: told,
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
            unresolved,
            patterns,
            patterns_found,
        };
        Ok(Closed { year, left, report })
    }
}

fn miss(unresolved: &mut Vec<Unresolved>, what: Unresolved) {
    if let Err(at) = unresolved.binary_search(&what) {
        unresolved.insert(at, what);
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
