//! What the trader says for the tax rules: rates, index numbers, details of a law, prices at its dates; folded from facts.
//!
//! Invariants: a name that is none and a value that does not fit change nothing; nothing that only the text of a law can say
//! has a default. Deliberately absent: what the rules make of it (the engine's).

use super::books::{parse_coin, parse_method};
use crate::dto::{RegimeRow, SerialDecimal, SnapshotRow, TaxChange, TaxSettings};
use crate::when::DEFAULT_ZONE;
use crate::{Error, Result, Workstation};
use books::{DeemedGain, FIRST_YEAR, LAST_YEAR, Method, Quarter, REGIMES, Reform, reset_moment};
use domain::{
    Coin, Decimal, Fact, FiledYear, Interval, Name, ParcelPick, PickedSale, Price, TaxPrice, Timestamp, parse_decimal,
};
use std::collections::{BTreeMap, HashMap};
use store::Recorded;

/// What every page about tax says.
pub(crate) const NO_ADVICE: &str =
    "This is not tax advice: a calculation by the rules named here, from the trades this workspace knows.";
/// The local day at whose end what is held is taken as sold and bought again.
const RESET_DAY: &str = "2027-06-30";
const LAW: &str = "law_2027";
const CONFIRMED: &str = "confirmed";
const RATE: &str = "marginal_rate_pct";
const METHOD: &str = "method";
const EARLIER_LOSSES: &str = "earlier_losses_";
const CPI: &str = "cpi_";
/// What the law itself has to say.
const DETAILS: [&str; 4] = ["deemed_gain", "indexation_months", "factor_decimals", "indexes_losses"];
const CHANGES_MAX: usize = 200;
const MONTHS_MAX: u32 = 600;
const FACTOR_DECIMALS_MAX: u32 = 10;
const AUD_MAX: i64 = 1_000_000_000;
/// How long before the end of the day a stored price may lie.
const SNAPSHOT_WITHIN_MICROS: i64 = 3_600_000_000;
const SNAPSHOT_COINS_MAX: usize = 2_000;

/// Everything the trader said, as it stands.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub settings: BTreeMap<String, String>,
    /// By year, first filing first.
    pub filed: BTreeMap<i32, Vec<FiledYear>>,
    /// The last word on each sale that still has a pick.
    pub picks: Vec<ParcelPick>,
    /// Prices at the end of 30 June 2027.
    pub prices: BTreeMap<Coin, TaxPrice>,
}

impl Said {
    /// Folds facts; words of several devices count by when they were said.
    pub fn of(facts: &[Recorded]) -> Self {
        let at = |recorded: &Recorded| match &recorded.fact {
            Fact::YearFiled { filed } => filed.at,
            Fact::ParcelsPicked { pick } => pick.at,
            Fact::TaxSet { at, .. } | Fact::TaxPrices { at, .. } => *at,
            _ => recorded.recorded_at,
        };
        let mut order: Vec<&Recorded> = facts.iter().collect();
        order.sort_by_key(|recorded| (at(recorded), recorded.device, recorded.seq));
        let mut said = Self::default();
        let mut picks: HashMap<PickedSale, ParcelPick> = HashMap::new();
        for recorded in order {
            match &recorded.fact {
                Fact::YearFiled { filed } => said.filed.entry(filed.fy).or_default().push((**filed).clone()),
                Fact::ParcelsPicked { pick } => {
                    picks.insert(pick.sale, (**pick).clone());
                }
                Fact::TaxSet { changes, .. } => changes.iter().for_each(|(name, value)| said.set(name, value)),
                Fact::TaxPrices { day, prices, .. } if day.as_str() == RESET_DAY => {
                    said.prices.extend(prices.iter().map(|price| (price.coin, price.clone())));
                }
                _ => {}
            }
        }
        said.picks = picks.into_values().filter(|pick| !pick.parcels.is_empty()).collect();
        said.picks.sort_by_key(|pick| pick.at);
        said
    }

    fn set(&mut self, name: &Name, value: &str) {
        if value.is_empty() {
            self.settings.remove(name.as_str());
        } else {
            self.settings.insert(name.as_str().to_owned(), value.to_owned());
        }
    }

    fn number(&self, name: &str) -> Option<Decimal> {
        parse_decimal(self.settings.get(name)?).ok()
    }

    /// The trader's marginal rate in percent.
    pub fn rate_pct(&self) -> Option<Decimal> {
        self.number(RATE)
    }

    /// The method of years that nobody filed.
    pub fn method(&self) -> Method {
        self.settings.get(METHOD).and_then(|name| Method::parse(name)).unwrap_or_default()
    }

    /// The last method each filed year has.
    pub fn methods(&self) -> BTreeMap<i32, Method> {
        let last =
            |(fy, filings): (&i32, &Vec<FiledYear>)| Some((*fy, Method::parse(filings.last()?.method.as_str())?));
        self.filed.iter().filter_map(last).collect()
    }

    /// Losses from before this history, by the year they are brought into.
    pub fn earlier_losses(&self) -> BTreeMap<i32, Decimal> {
        let of = |(name, _): (&String, &String)| {
            Some((name.strip_prefix(EARLIER_LOSSES)?.parse().ok()?, self.number(name)?))
        };
        self.settings.iter().filter_map(of).collect()
    }

    pub fn is_law(&self) -> bool {
        self.settings.get(LAW).is_some_and(|value| value == CONFIRMED)
    }

    /// What the law has to say and nobody repeated here.
    pub fn missing_details(&self) -> Vec<String> {
        let lacks = |name: &&&str| !self.settings.contains_key(**name);
        DETAILS.iter().filter(lacks).map(|name| (*name).to_owned()).collect()
    }

    /// The rules from 1 July 2027 on; none while they are no law, or lack a detail.
    pub fn reform(&self, coins: &BTreeMap<u32, Coin>) -> Option<Reform> {
        if !self.is_law() {
            return None;
        }
        let whole = |name: &str| self.settings.get(name)?.parse::<u32>().ok();
        let cpi = |(name, _): (&String, &String)| Some((Quarter::parse(name.strip_prefix(CPI)?)?, self.number(name)?));
        let price = |(number, coin): (&u32, &Coin)| Some((*number, self.prices.get(coin)?.price));
        Some(Reform {
            deemed_gain: DeemedGain::parse(self.settings.get(DETAILS[0])?)?,
            indexation_months: whole(DETAILS[1])?,
            factor_decimals: whole(DETAILS[2])?,
            indexes_losses: self.settings.get(DETAILS[3])? == "yes",
            cpi: self.settings.iter().filter_map(cpi).collect(),
            prices: coins.iter().filter_map(price).collect(),
        })
    }

    fn view(&self) -> TaxSettings {
        let regime = |regime: &books::Regime| RegimeRow {
            name: regime.name.to_owned(),
            from_year: regime.from_year,
            standing: match (regime.settled, self.is_law()) {
                (true, _) => "law",
                (false, true) => "confirmed",
                (false, false) => "bill",
            }
            .to_owned(),
            months: regime.months,
            discount_pct: regime.discount_pct,
            minimum_tax_pct: regime.minimum_tax_pct,
            missing: if regime.settled { Vec::new() } else { self.missing_details() },
        };
        let priced = |price: &TaxPrice| SnapshotRow {
            coin: price.coin,
            price: SerialDecimal(price.price.decimal()),
            source: price.source.to_string(),
            seen: price.seen,
        };
        TaxSettings {
            settings: self.settings.clone(),
            regimes: REGIMES.iter().map(regime).collect(),
            snapshot: self.prices.values().map(priced).collect(),
            filed: self.methods().into_iter().map(|(fy, method)| (fy, method.code().to_owned())).collect(),
            picked_sales: u32::try_from(self.picks.len()).unwrap_or(u32::MAX),
            notes: vec![
                NO_ADVICE.to_owned(),
                "Rules from 1 July 2027 (Tax Reform No. 1 Bill) are used only once you confirm that they are law; what \
                 their text decides has no default."
                    .to_owned(),
            ],
        }
    }
}

fn bad(name: &str, value: &str, instead: &str) -> Error {
    Error::usage("bad_tax_setting", format!("{name}: '{}' is {instead}", ledgers::inert(value)))
}

/// A value in its one form.
fn checked(name: &str, value: &str) -> Result<String> {
    let number = |least: Decimal, most: Decimal, instead: &str| {
        let read = parse_decimal(value).ok().filter(|number| *number >= least && *number <= most);
        read.map(|number| number.normalize().to_string()).ok_or_else(|| bad(name, value, instead))
    };
    let whole = |most: u32| {
        let read = value.parse::<u32>().ok().filter(|number| *number <= most);
        let instead = format!("no whole number up to {most}");
        read.map(|number| number.to_string()).ok_or_else(|| bad(name, value, &instead))
    };
    let aud_max = Decimal::from(AUD_MAX);
    match name {
        RATE => number(Decimal::ZERO, Decimal::ONE_HUNDRED, "no percentage from 0 to 100"),
        METHOD => Ok(tax_method(Some(value))?.code().to_owned()),
        "deemed_gain" => {
            let known = DeemedGain::ALL.map(DeemedGain::code).join(", ");
            DeemedGain::parse(value)
                .map(|known| known.code().to_owned())
                .ok_or_else(|| bad(name, value, &format!("none of {known}")))
        }
        "indexation_months" => whole(MONTHS_MAX),
        "factor_decimals" => whole(FACTOR_DECIMALS_MAX),
        "indexes_losses" if matches!(value, "yes" | "no") => Ok(value.to_owned()),
        "indexes_losses" => Err(bad(name, value, "neither yes nor no")),
        _ if name.strip_prefix(CPI).is_some_and(|quarter| Quarter::parse(quarter).is_some()) => {
            number(Decimal::new(1, 6), Decimal::from(1_000_000), "no index number above 0")
        }
        _ if is_year(name.strip_prefix(EARLIER_LOSSES)) => number(Decimal::ZERO, aud_max, "no amount of AUD from 0"),
        _ => {
            let words = format!(
                "'{}' is nothing the tax rules ask for: use {RATE}, {METHOD}, {EARLIER_LOSSES}YEAR, {CPI}2027Q2 or {}",
                ledgers::inert(name),
                DETAILS.join(", ")
            );
            Err(Error::usage("bad_tax_setting", words))
        }
    }
}

fn is_year(text: Option<&str>) -> bool {
    text.and_then(|year| year.parse().ok()).is_some_and(|year: i32| (FIRST_YEAR..=LAST_YEAR).contains(&year))
}

/// A name as it is kept: quarters in capitals.
fn canonical(name: &str) -> String {
    let quarter = name.strip_prefix(CPI).and_then(Quarter::parse);
    quarter.map_or_else(|| name.to_owned(), |quarter| format!("{CPI}{quarter}"))
}

/// A method the tax office takes; `fifo` when none is named.
pub(crate) fn tax_method(name: Option<&str>) -> Result<Method> {
    let method = parse_method(name)?;
    if method == Method::Average {
        let words = "the tax office takes averages for identical parcels of one day only: use fifo, lifo or hifo";
        return Err(Error::usage("bad_method", words));
    }
    Ok(method)
}

fn read_changes(changes: &BTreeMap<String, String>) -> Result<Vec<(Name, String)>> {
    if changes.is_empty() || changes.len() > CHANGES_MAX {
        let words = format!("say 1 to {CHANGES_MAX} things at once, such as {RATE}=37");
        return Err(Error::usage("bad_tax_setting", words));
    }
    let read = |(name, value): (&String, &String)| {
        // What is not known can't be taken back either.
        let value = if value.is_empty() { known(name).map(|()| String::new())? } else { checked(name, value.trim())? };
        let name = Name::parse(&canonical(name)).map_err(|error| Error::usage("bad_tax_setting", error.to_string()))?;
        Ok((name, value))
    };
    changes.iter().map(read).collect()
}

fn known(name: &str) -> Result<()> {
    let sample = match name {
        METHOD => "fifo",
        "deemed_gain" => "in_year",
        "indexes_losses" => "yes",
        _ => "1",
    };
    checked(name, sample).map(|_| ())
}

impl Workstation {
    /// What the trader said for tax, as it stands.
    pub(crate) async fn said(&self) -> Result<Said> {
        Ok(Said::of(&self.store().book_facts().await?))
    }

    /// What stands for the tax rules.
    ///
    /// # Errors
    /// The store's.
    pub async fn tax_settings(&self) -> Result<TaxSettings> {
        Ok(self.said().await?.view())
    }

    /// Takes something the trader says for the tax rules.
    ///
    /// # Errors
    /// `bad_tax_setting`, `bad_method`, `day_not_over`, `bad_price`, those of a pick; the store's.
    pub async fn tax_change(&self, change: &TaxChange) -> Result<TaxSettings> {
        self.require_writer()?;
        let at = self.now();
        let fact = match change {
            TaxChange::Set { changes } => Fact::TaxSet { changes: read_changes(changes)?, at },
            TaxChange::Law { confirmed } => {
                let name = Name::parse(LAW).map_err(|error| Error::Halted(error.to_string()))?;
                let value = if *confirmed { CONFIRMED.to_owned() } else { String::new() };
                Fact::TaxSet { changes: vec![(name, value)], at }
            }
            TaxChange::Snapshot { prices } => self.snapshot(prices).await?,
            TaxChange::Pick { sale, parcels } => self.picked(sale, parcels).await?,
        };
        let mut desk = self.desk().await?;
        self.record(&mut desk, vec![fact]).await?;
        drop(desk);
        self.tax_settings().await
    }

    /// Prices at the end of 30 June 2027: those given, and stored candles' closes for the other coins that ever traded.
    async fn snapshot(&self, given: &BTreeMap<String, String>) -> Result<Fact> {
        let end = reset_moment(DEFAULT_ZONE).ok_or_else(|| Error::Halted("no end of June 2027".to_owned()))?;
        if self.now() < end {
            let words = "prices of 30 June 2027 can be noted once that day is over";
            return Err(Error::refused("day_not_over", words));
        }
        let (at, person) = (self.now(), name("person")?);
        let noted = self.said().await?.prices;
        let mut prices = BTreeMap::new();
        for coin in self.store().coins().await?.into_values().take(SNAPSHOT_COINS_MAX) {
            if noted.contains_key(&coin) {
                continue; // only a person's word changes what was noted
            }
            if let Some(price) = self.close_before(coin, end).await? {
                prices.insert(coin, price);
            }
        }
        for (coin, text) in given {
            let coin = parse_coin(coin)?;
            let price = Price::parse(text).map_err(|error| Error::usage("bad_price", format!("{coin}: {error}")))?;
            prices.insert(coin, TaxPrice { coin, price, source: person.clone(), seen: at });
        }
        if prices.is_empty() {
            let words =
                "no further price of the last hour of 30 June 2027 is stored: give them, such as --price BTC=150000";
            return Err(Error::refused("no_prices", words));
        }
        Ok(Fact::TaxPrices { day: name(RESET_DAY)?, prices: prices.into_values().collect(), at })
    }

    /// The close of the last stored candle within the hour before a moment, the finest first.
    async fn close_before(&self, coin: Coin, end: Timestamp) -> Result<Option<TaxPrice>> {
        for interval in [Interval::M1, Interval::M5, Interval::M15, Interval::H1] {
            let from = end.plus_micros(-SNAPSHOT_WITHIN_MICROS);
            let candles = self.store().candles(coin, interval, from, end).await?;
            if let Some(last) = candles.last() {
                let seen = last.time.plus_micros(interval.seconds() * 1_000_000).min(end);
                let source = name(&format!("candles {interval}"))?;
                return Ok(Some(TaxPrice { coin, price: last.close, source, seen }));
            }
        }
        Ok(None)
    }
}

fn name(text: &str) -> Result<Name> {
    Name::parse(text).map_err(|error| Error::Halted(error.to_string()))
}
