//! Filing a year: from then its method and zone are set, and what comes out otherwise later is told.
//!
//! Invariants: a filing is a fact and is never changed, a second one is a revision; a year that is not over, or has rules that
//! are no law, is not filed; nothing is filed when the figure is not the one that was looked at. A year that was not filed
//! itself goes by the method of the next year that was, as that one's figures stand on it. Deliberately absent: sending
//! anything to anybody.

use super::tax::{Ground, check_law, open_ends, parse_year};
use super::taxlaw::{NO_ADVICE, Said, tax_method};
use crate::dto::{Difference, FileRequest, FiledOtherwise, FiledRevision, FiledView, Filing, SerialDecimal};
use crate::when::{DEFAULT_ZONE, zone};
use crate::{Error, Result, Workstation};
use books::{FinancialYear, Income, Method, TaxYear};
use domain::{Book, Decimal, Fact, FiledHead, FiledYear, Money, Name, parse_decimal};
use std::collections::BTreeMap;

const NOTE_CHARS_MAX: usize = 1_000;

/// A year's figures by their stable names.
pub(crate) fn sums(year: &TaxYear, income: &Income) -> Result<BTreeMap<&'static str, Decimal>> {
    let gains = year.discount_gains.checked_add(year.other_gains)?;
    let all: [(&'static str, Money); 10] = [
        ("capital_gains", gains),
        ("discount_gains", year.discount_gains),
        ("other_gains", year.other_gains),
        ("capital_losses", year.losses),
        ("losses_brought_forward", year.losses_brought_forward),
        ("losses_applied", year.losses_applied),
        ("discount", year.discount),
        ("net_capital_gain", year.net_capital_gain),
        ("losses_carried_forward", year.losses_carried_forward),
        ("other_income", income.total),
    ];
    Ok(all.into_iter().map(|(name, money)| (name, money.amount())).collect())
}

/// The filed figures that come out otherwise now.
fn differences(filed: &FiledYear, now: &BTreeMap<&'static str, Decimal>) -> Result<Vec<Difference>> {
    let mut differ = Vec::new();
    for (name, filed) in &filed.sums {
        // A figure of a later version is nothing this one can compare.
        let Some(now) = now.get(name.as_str()) else { continue };
        if *now != filed.amount() {
            let difference = Money::aud(*now).checked_sub(*filed)?;
            differ.push(Difference {
                name: name.to_string(),
                filed: SerialDecimal(filed.amount()),
                now: SerialDecimal(*now),
                difference: SerialDecimal(difference.amount()),
            });
        }
    }
    Ok(differ)
}

fn revision(filed: &FiledYear) -> FiledRevision {
    let head = |head: &FiledHead| format!("{}:{}:{}", head.device, head.facts, head.head);
    FiledRevision {
        revision: filed.revision,
        at: filed.at,
        method: filed.method.to_string(),
        note: ledgers::inert(&filed.note),
        journal: filed.journal.iter().map(head).collect(),
        sums: filed.sums.iter().map(|(name, sum)| (name.to_string(), SerialDecimal(sum.amount()))).collect(),
    }
}

/// A year as it was filed, and what is otherwise now; none when it was not filed.
pub(crate) fn filed_view(ground: &Ground, year: &TaxYear, income: &Income) -> Result<Option<FiledView>> {
    let fy = year.year.number();
    let Some((last, earlier)) = ground.said.filed.get(&fy).and_then(|filings| filings.split_last()) else {
        return Ok(None);
    };
    Ok(Some(FiledView {
        fy,
        last: revision(last),
        timezone: last.zone.to_string(),
        earlier: earlier.iter().map(revision).collect(),
        differs: differences(last, &sums(year, income)?)?,
    }))
}

/// The filed years before the last of these, and how they come out now.
fn others(ground: &Ground, years: &[TaxYear]) -> Result<Vec<FiledOtherwise>> {
    let before = years.split_last().map_or(&[][..], |(_, before)| before);
    let mut differ = Vec::new();
    for year in before {
        let fy = year.year.number();
        let Some(filed) = ground.said.filed.get(&fy).and_then(|filings| filings.last()) else { continue };
        // Days of another zone make other years: such a filing is compared when it is looked at itself.
        if filed.zone.as_str() != ground.query.zone.name() {
            continue;
        }
        let differs = differences(filed, &sums(year, &ground.income(year.year)?)?)?;
        if !differs.is_empty() {
            differ.push(FiledOtherwise { fy, differs });
        }
    }
    Ok(differ)
}

/// Which earlier filed years come out otherwise now.
pub(crate) fn others_differ(ground: &Ground, years: &[TaxYear]) -> Result<Vec<i32>> {
    Ok(others(ground, years)?.into_iter().map(|other| other.fy).collect())
}

impl Workstation {
    /// Files a year, or shows what would be filed.
    ///
    /// # Errors
    /// `bad_year`, `bad_method`, `bad_timezone`, `year_not_over`, `law_unsettled`, `law_details_missing`, `bad_note`,
    /// `figures_changed`, `already_filed`; the store's.
    pub async fn tax_file(&self, request: &FileRequest) -> Result<Filing> {
        let preview = request.preview.unwrap_or_default();
        if !preview {
            self.require_writer()?;
        }
        let year = parse_year(request.fy)?;
        let note = request.note.clone().unwrap_or_default();
        if note.chars().count() > NOTE_CHARS_MAX {
            return Err(Error::usage("bad_note", format!("a note has {NOTE_CHARS_MAX} characters at most")));
        }
        let ground = self.filing_ground(request, year).await?;
        if self.now() < year_end(year, &ground)? {
            let words = format!("{} ends on 30 June {}: it can be filed once it is over", year.number(), year.number());
            return Err(Error::refused("year_not_over", words));
        }
        let (filed, filing) = self.filing(&ground, year, note, preview).await?;
        self.check_expected(request, &filing)?;
        if preview {
            return Ok(filing);
        }
        let mut desk = self.desk().await?;
        let filings = |said: &Said| said.filed.get(&request.fy).map_or(0, Vec::len);
        if filings(&self.said().await?) != filings(&ground.said) {
            let words = format!("{} was filed meanwhile: look at it again", request.fy);
            return Err(Error::refused("figures_changed", words));
        }
        self.record(&mut desk, vec![Fact::YearFiled { filed: Box::new(filed) }]).await?;
        Ok(filing)
    }

    fn check_expected(&self, request: &FileRequest, filing: &Filing) -> Result<()> {
        let Some(expected) = request.expect_net.as_deref() else { return Ok(()) };
        let expected = parse_decimal(expected)?;
        let net = filing.sums.get("net_capital_gain").map(|net| net.0).unwrap_or_default();
        if expected == net {
            return Ok(());
        }
        let words = format!("the net capital gain is {net} now, not {expected}: look at it again, then file");
        Err(Error::refused("figures_changed", words))
    }

    /// What the year is computed from if it is filed as asked.
    async fn filing_ground(&self, request: &FileRequest, year: FinancialYear) -> Result<Ground> {
        let said = self.said().await?;
        check_law(year, &said)?;
        let last = said.filed.get(&request.fy).and_then(|filings| filings.last());
        let as_before = last.and_then(|filed| Method::parse(filed.method.as_str()));
        let method = match request.method.as_deref() {
            Some(name) => tax_method(Some(name))?,
            None => as_before.unwrap_or_else(|| {
                // Before a filed year its method counts already.
                said.methods().range(request.fy..).next().map_or_else(|| said.method(), |(_, method)| *method)
            }),
        };
        let zone_name = request.timezone.as_deref().or(last.map(|filed| filed.zone.as_str()));
        let zone = zone_name.map_or(Ok(DEFAULT_ZONE), zone)?;
        let mut ground = self.tax_ground(Book::Live, Some(method), zone).await?;
        ground.query.filed.insert(request.fy, method);
        Ok(ground)
    }

    async fn filing(
        &self,
        ground: &Ground,
        year: FinancialYear,
        note: String,
        preview: bool,
    ) -> Result<(FiledYear, Filing)> {
        // Later filed years may stand on this one: every one of them is looked at.
        let last =
            ground.said.filed.keys().next_back().and_then(|fy| FinancialYear::new(*fy)).unwrap_or(year).max(year);
        let (years, _) = ground.years(last)?;
        let Some(own) = years.iter().find(|computed| computed.year == year) else {
            return Err(Error::Halted("the year was not computed".to_owned()));
        };
        let income = ground.income(year)?;
        let (sums, fy) = (sums(own, &income)?, year.number());
        let before = ground.said.filed.get(&fy).and_then(|filings| filings.last());
        let method = ground.query.method_of(year);
        let mut others = later_and_earlier(ground, &years)?;
        others.retain(|other| other.fy != fy);
        let differs = before.map_or(Ok(Vec::new()), |before| differences(before, &sums))?;
        let heads = self.store().heads().await?;
        let journal = heads.iter().map(|head| FiledHead { device: head.device, facts: head.facts, head: head.head });
        let filed = FiledYear {
            fy,
            revision: before.map_or(1, |before| before.revision + 1),
            method: name(method.code())?,
            zone: name(ground.query.zone.name())?,
            sums: sums.iter().map(|(of, sum)| Ok((name(of)?, Money::aud(*sum)))).collect::<Result<_>>()?,
            journal: journal.collect(),
            note,
            at: self.now(),
        };
        if let Some(before) = before.filter(|before| !preview && as_before(before, &filed)) {
            let words = format!("{fy} was filed with the same figures already, as revision {}", before.revision);
            return Err(Error::refused("already_filed", words));
        }
        let mut notes = open_ends(own, &income, ground)?;
        notes.push(NO_ADVICE.to_owned());
        let filing = Filing {
            fy,
            revision: filed.revision,
            method: method.code().to_owned(),
            recorded: !preview,
            sums: sums.iter().map(|(name, sum)| ((*name).to_owned(), SerialDecimal(*sum))).collect(),
            differs,
            others,
            notes,
        };
        Ok((filed, filing))
    }
}

fn as_before(before: &FiledYear, now: &FiledYear) -> bool {
    (&before.method, &before.zone, &before.sums, &before.note) == (&now.method, &now.zone, &now.sums, &now.note)
}

/// All filed years among these that come out otherwise.
fn later_and_earlier(ground: &Ground, years: &[TaxYear]) -> Result<Vec<FiledOtherwise>> {
    let mut all = others(ground, years)?;
    if let Some(last) = years.last()
        && let Some(filed) = ground.said.filed.get(&last.year.number()).and_then(|filings| filings.last())
        && filed.zone.as_str() == ground.query.zone.name()
    {
        let differs = differences(filed, &sums(last, &ground.income(last.year)?)?)?;
        if !differs.is_empty() {
            all.push(FiledOtherwise { fy: last.year.number(), differs });
        }
    }
    Ok(all)
}

fn year_end(year: FinancialYear, ground: &Ground) -> Result<domain::Timestamp> {
    let bounds = year.bounds(ground.query.zone);
    bounds.map(|(_, to)| to).ok_or_else(|| Error::Halted(format!("{} has no end", year.number())))
}

fn name(text: &str) -> Result<Name> {
    Name::parse(text).map_err(|error| Error::Halted(error.to_string()))
}
