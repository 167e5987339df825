//! The capital gains of a financial year.

use super::actions::unresolved;
use super::books::{Ledgered, amount, unknown_basis};
use super::filing::{filed_view, others_differ};
use super::kept::LINES_KEPT;
use super::taxlaw::{NO_ADVICE, Said, tax_method};
use crate::dto::{IncomeRow, NoPriceRow, ReturnItem, SerialDecimal, Tax, TaxEstimate, TaxRequest, TaxRow, WashRow};
use crate::when::{DEFAULT_ZONE, zone};
use crate::{Error, Result, Workstation};
use books::{
    FIRST_YEAR, FinancialYear, Income, LAST_YEAR, Method, Part, Pattern, Question, RowId, TaxDisposal, TaxQuery,
    TaxYear, Told, Unresolved, income, rate_of, regime, tax_years,
};
use chrono_tz::Tz;
use domain::{Book, Decimal, Money};
use std::collections::BTreeMap;
use store::Recorded;

/// Everything a year is computed from.
pub(crate) struct Ground {
    pub ledgered: Ledgered,
    pub said: Said,
    pub facts: Vec<Recorded>,
    pub query: TaxQuery,
}

impl Ground {
    /// The years to one, and what came as income in it.
    pub fn years(&self, last: FinancialYear) -> Result<(Vec<TaxYear>, Income)> {
        Ok((tax_years(&self.ledgered.rows, &self.query, last)?, self.income(last)?))
    }

    pub fn income(&self, year: FinancialYear) -> Result<Income> {
        Ok(income(&self.told(), year, self.query.zone)?)
    }

    pub fn told(&self) -> Vec<Told<'_>> {
        let of = |recorded: &Recorded| (recorded.device, recorded.seq, recorded.recorded_at);
        let all = Told::all(self.facts.iter().map(|recorded| {
            let (device, seq, at) = of(recorded);
            (device, seq, at, &recorded.fact)
        }));
        all.into_iter().filter(|told| told.movement.book == self.query.book).collect()
    }
}

/// The financial year that ends in this one.
pub(crate) fn parse_year(fy: i32) -> Result<FinancialYear> {
    FinancialYear::new(fy).ok_or_else(|| {
        let words = format!("{fy} is no financial year: use the year it ends in, {FIRST_YEAR} to {LAST_YEAR}");
        Error::usage("bad_year", words)
    })
}

/// Refuses a year whose rules are no law yet, or lack what the law has to say.
pub(crate) fn check_law(year: FinancialYear, said: &Said) -> Result<()> {
    if year.is_settled() {
        return Ok(());
    }
    if !said.is_law() {
        let words = format!(
            "the rules of {} come from a bill that this program does not know to be law: once it is, confirm it with \
             `omc tax regime --confirm`",
            year.number()
        );
        return Err(Error::refused("law_unsettled", words));
    }
    let missing = said.missing_details();
    if missing.is_empty() {
        return Ok(());
    }
    let words = format!("say what the law says first, with `omc tax set`: {}", missing.join(", "));
    Err(Error::refused("law_details_missing", words))
}

impl Workstation {
    /// What years are computed from, with a method for those nobody filed.
    pub(crate) async fn tax_ground(&self, book: Book, method: Option<Method>, zone: Tz) -> Result<Ground> {
        let facts = self.store().book_facts().await?;
        let said = Said::of(&facts);
        let ledgered = self.ledgered(book).await?;
        let picks = self.row_picks(&said, &facts, None).await?;
        let query = TaxQuery {
            filed: if book == Book::Live { said.methods() } else { BTreeMap::new() },
            picks,
            reform: said.reform(&ledgered.coins),
            earlier_losses: if book == Book::Live { said.earlier_losses() } else { BTreeMap::new() },
            ..TaxQuery::of(book, method.unwrap_or_else(|| said.method()), zone, self.now())
        };
        Ok(Ground { ledgered, said, facts, query })
    }

    /// The capital gains of a financial year, from the live trades.
    ///
    /// # Errors
    /// `bad_year`, `bad_method`, `bad_timezone`, `year_filed`, `law_unsettled`, `law_details_missing`; the store's.
    pub async fn tax(&self, request: &TaxRequest) -> Result<Tax> {
        let (mut tax, ground, lines) = self.tax_of(request).await?;
        let rows = lines.iter().flat_map(|line| line.sale.iter().chain([&line.parcel]));
        let rows: Vec<RowId> = rows.map(RowId::from).collect();
        let names = self.row_names(&ground, &rows).await?;
        for (row, line) in tax.disposals.iter_mut().zip(&lines) {
            row.sale = line.sale.as_ref().and_then(|sale| names.get(&RowId::from(sale)).cloned());
            row.parcel = names.get(&RowId::from(&line.parcel)).cloned();
        }
        Ok(tax)
    }

    /// The years to one, with the first of its lines.
    async fn first_lines(&self, ground: &Ground, year: FinancialYear, most: usize) -> Result<Vec<TaxYear>> {
        let rows = &ground.ledgered.rows;
        let mut years = self.with_year(ground, &ground.query, year, |grown| grown.years(rows)).await?;
        if let Some(year) = years.last_mut() {
            year.disposals.truncate(most.min(LINES_KEPT));
        }
        Ok(years)
    }

    /// The same without the ids of its rows, which files don't show; and what it was computed from.
    ///
    /// # Errors
    /// As [`Self::tax`].
    pub(super) async fn tax_of(&self, request: &TaxRequest) -> Result<(Tax, Ground, Vec<TaxDisposal>)> {
        let year = parse_year(request.fy)?;
        let asked_zone = request.timezone.as_deref().map(zone).transpose()?;
        let method = request.method.as_deref().map(|name| tax_method(Some(name))).transpose()?;
        let said = self.said().await?;
        check_law(year, &said)?;
        let filed_zone = said.filed.get(&request.fy).and_then(|filings| filings.last());
        let filed_zone = filed_zone.map(|filed| zone(filed.zone.as_str())).transpose()?;
        let zone = filed_zone.or(asked_zone).unwrap_or(DEFAULT_ZONE);
        let ground = self.tax_ground(Book::Live, method, zone).await?;
        if let (Some(asked), Some(filed)) = (method, ground.query.filed.get(&request.fy))
            && asked != *filed
        {
            let (fy, by) = (request.fy, filed.code());
            let words = format!(
                "{fy} was filed by {by}, and one year has one method: `omc tax file --fy {fy} --method {} --preview` \
                 shows what another filing would change",
                asked.code()
            );
            return Err(Error::refused("year_filed", words));
        }
        let (years, income) = match request.lines {
            None => ground.years(year)?,
            Some(most) => (self.first_lines(&ground, year, most).await?, ground.income(year)?),
        };
        let mut tax = view(&ground, &years, &income)?;
        if let Some(asked) = method.filter(|asked| asked.code() != tax.method) {
            let (fy, by) = (request.fy, &tax.method);
            tax.notes.push(format!("{fy} goes by {by}, not {}: a later year was filed by it.", asked.code()));
        }
        let lines = years.into_iter().next_back().map(|year| year.disposals).unwrap_or_default();
        Ok((tax, ground, lines))
    }
}

/// The trader's rate of what the year comes to: a rough figure, told as one. None without a rate.
fn estimate(ground: &Ground, year: &TaxYear, income: Money) -> Result<Option<TaxEstimate>> {
    let Some(own) = ground.said.rate_pct() else { return Ok(None) };
    let rate = rate_of(year.year, own);
    let large = || Error::Halted("the estimate is beyond a decimal".to_owned());
    let of = |money: Money, pct: Decimal| money.amount().checked_mul(pct)?.checked_div(Decimal::ONE_HUNDRED);
    let gain = of(year.net_capital_gain, rate).ok_or_else(large)?;
    let tax = of(income, own).and_then(|income| income.checked_add(gain)).ok_or_else(large)?;
    Ok(Some(TaxEstimate { rate_pct: SerialDecimal(rate), tax: SerialDecimal(tax.normalize()) }))
}

/// What a year lists as not known, in words, each beginning with `Unresolved`.
pub(crate) fn open_ends(year: &TaxYear, income: &Income, ground: &Ground) -> Result<Vec<String>> {
    let ledgered = &ground.ledgered;
    let mut notes = unresolved(&unknown_basis(&year.unknown_basis, ledgered)?);
    if !year.no_price.is_empty() {
        let coin = |line: &books::NoPrice| Ok(format!("{} {}", line.quantity, ledgered.coin(line.coin)?));
        let list = year.no_price.iter().map(coin).collect::<Result<Vec<_>>>()?;
        notes.push(format!("Unresolved: went at no known value, and in no figure: {}.", list.join(", ")));
    }
    if income.without_value > 0 {
        let (count, known) = (income.without_value, income.events.len());
        notes.push(format!("Unresolved: {count} of {known} incomes have no value, and are in no figure."));
    }
    let inside = |question: &&Question| question.time >= year.from && question.time < year.to;
    let unexplained = |question: &&Question| question.standing == books::Unsettled::Unexplained;
    let count = ledgered.questions.iter().filter(inside).filter(unexplained).count();
    if count > 0 {
        notes.push(format!("Unresolved: nobody has said what {count} movements of the year were: `omc movements`."));
    }
    if !year.missed_picks.is_empty() {
        let count = year.missed_picks.len();
        notes.push(format!(
            "Unresolved: {count} picked parcels were not there to be sold; the method took their place."
        ));
    }
    for open in &year.unresolved {
        notes.push(match open {
            Unresolved::NoResetPrice(coin) => format!(
                "Unresolved: nobody noted what {} was worth at the end of 30 June 2027: `omc tax snapshot`.",
                ledgered.coin(*coin)?
            ),
            Unresolved::NoIndex(quarter) => {
                format!("Unresolved: nobody gave the CPI of {quarter}: `omc tax set cpi_{quarter}=…`.")
            }
            Unresolved::IndexFell(from, to) => {
                format!(
                    "Unresolved: the CPI fell from {from} to {to}, and what the law makes of that is not known here."
                )
            }
        });
    }
    Ok(notes)
}

fn notes(ground: &Ground, year: &TaxYear, income: &Income) -> Result<Vec<String>> {
    let mut notes = open_ends(year, income, ground)?;
    let reformed = ground.query.reform.is_none() && ground.said.is_law() && year.year.number() == 2027;
    if reformed && ground.query.now >= year.to {
        notes.push(
            "Unresolved: what the law says of gains until 30 June 2027 is not said yet: `omc tax regime`.".into(),
        );
    }
    notes.push(NO_ADVICE.to_owned());
    notes.push("Fees of a buy are in the cost base, fees of a sale are off the proceeds.".to_owned());
    if let Some(least) = regime(year.year).minimum_tax_pct {
        notes.push(format!(
            "From 1 July 2027 the least tax on a gain is {least} %: that is of the tax, not of this sum."
        ));
    }
    Ok(notes)
}

fn tax_row(line: &TaxDisposal, ledgered: &Ledgered) -> Result<TaxRow> {
    let event = match (line.sale, line.cause) {
        (None, _) => "deemed",
        (_, None) => "sale",
        (_, Some(cause)) => cause.code(),
    };
    Ok(TaxRow {
        coin: ledgered.coin(line.coin)?,
        acquired: line.acquired,
        disposed: line.disposed,
        quantity: line.quantity,
        proceeds: amount(line.proceeds),
        cost_base: amount(line.cost_base),
        gain: amount(line.gain),
        discount: line.discount,
        event: event.to_owned(),
        part: match line.part {
            Part::Whole => "whole",
            Part::BeforeReform => "before",
            Part::SinceReform => "since",
        }
        .to_owned(),
        sale_costs: amount(line.sale_costs),
        purchase: amount(line.purchase),
        incidental: amount(line.incidental),
        indexation: amount(line.indexation),
        sale: None,
        parcel: None,
    })
}

fn wash_row(pattern: &Pattern, ledgered: &Ledgered) -> Result<WashRow> {
    Ok(WashRow {
        coin: ledgered.coin(pattern.coin)?,
        sold: pattern.sold,
        quantity: pattern.quantity,
        loss: amount(pattern.loss),
        bought: pattern.bought,
        nearest: pattern.nearest,
    })
}

/// As the individual's return wants it.
fn return_items(year: &TaxYear, gains: Money, income: Money) -> Vec<ReturnItem> {
    let item = |label: &str, name: &str, money: Money| ReturnItem {
        label: label.to_owned(),
        name: name.to_owned(),
        amount: amount(money),
    };
    vec![
        item("18H", "Total current year capital gains", gains),
        item("18A", "Net capital gain", year.net_capital_gain),
        item("18V", "Net capital losses carried forward to later income years", year.losses_carried_forward),
        item("24", "Other income (rewards, airdrops, pay in coins)", income),
    ]
}

fn view(ground: &Ground, years: &[TaxYear], income: &Income) -> Result<Tax> {
    let Some(year) = years.last() else { return Err(Error::Halted("no year was computed".to_owned())) };
    let ledgered = &ground.ledgered;
    let gains = year.discount_gains.checked_add(year.other_gains)?;
    let row = |event: &books::IncomeEvent| IncomeRow {
        movement: event.movement,
        time: event.time,
        coin: event.coin,
        quantity: event.quantity,
        why: event.why.code().to_owned(),
        value: event.value.map(amount),
    };
    let no_price = |line: &books::NoPrice| -> Result<NoPriceRow> {
        Ok(NoPriceRow { coin: ledgered.coin(line.coin)?, quantity: line.quantity, cost: amount(line.cost) })
    };
    let mut notes = notes(ground, year, income)?;
    if year.patterns_found > 0 {
        notes.push(format!(
            "{} sales at a loss have the same coin bought within 30 days: TR 2008/1 asks why. This is no judgement.",
            year.patterns_found
        ));
    }
    Ok(Tax {
        fy: year.year.number(),
        method: year.method.code().to_owned(),
        from: year.from,
        to: year.to,
        timezone: ground.query.zone.name().to_owned(),
        disposals: year.disposals.iter().map(|line| tax_row(line, ledgered)).collect::<Result<_>>()?,
        lines: year.lines,
        capital_gains: amount(gains),
        discount_gains: amount(year.discount_gains),
        other_gains: amount(year.other_gains),
        capital_losses: amount(year.losses),
        losses_brought_forward: amount(year.losses_brought_forward),
        losses_applied: amount(year.losses_applied),
        losses_carried_forward: amount(year.losses_carried_forward),
        discount: amount(year.discount),
        net_capital_gain: amount(year.net_capital_gain),
        unknown_basis: unknown_basis(&year.unknown_basis, ledgered)?,
        regime: regime(year.year).name.to_owned(),
        return_items: return_items(year, gains, income.total),
        other_income: amount(income.total),
        income: income.events.iter().map(row).collect(),
        no_price: year.no_price.iter().map(no_price).collect::<Result<_>>()?,
        wash: year.patterns.iter().map(|pattern| wash_row(pattern, ledgered)).collect::<Result<_>>()?,
        estimate: estimate(ground, year, income.total)?,
        filed: filed_view(ground, year, income)?,
        filed_otherwise: others_differ(ground, years)?,
        notes,
    })
}
