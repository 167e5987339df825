//! What a session is about to do: made from a goal and its clarifications, edited by a person, kept as JSON.
//!
//! Invariants: what was assumed is listed as such; an edit that can't be read is refused as a whole and changes nothing.

use super::Known;
use super::goal::{Goal, parse};
use super::words::{GRIDS, Target};
use crate::tools::{COINS_MAX, Learner, TESTS_MAX};
use domain::session::{Change, Field};
use domain::{Coin, Decimal, Interval, Name, Timestamp, parse_decimal};
use serde::{Deserialize, Serialize};

/// What the plan is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// What is wanted.
    pub target: Target,
    /// Of which coins.
    pub coins: Vec<Coin>,
    /// The length of a candle.
    pub interval: Interval,
    /// The first moment.
    pub from: Timestamp,
    /// The end, itself outside.
    pub to: Timestamp,
    /// Bars ahead.
    pub horizon_bars: u32,
    /// AUD to begin with.
    #[serde(with = "crate::tools::aud")]
    pub cash_aud: Decimal,
    /// The fee in hundredths of a percent.
    pub fee_bps: u32,
    /// Between bid and ask, in hundredths of a percent.
    pub spread_bps: u32,
    /// The deepest fall that is borne, percent.
    pub max_drawdown_pct: u32,
    /// Strategies that are tried, or learners.
    pub candidates: Vec<Name>,
    /// Parameters that are given instead of searched.
    pub params: Vec<(Name, String)>,
    /// Columns of features; all when empty.
    pub features: Vec<Name>,
    /// Tests of the walk forward.
    pub tests: u32,
    /// Bars between a training and its test; none for the usual.
    pub embargo_bars: Option<u32>,
    /// What was taken for granted.
    pub assumptions: Vec<String>,
}

const DAY_MICROS: i64 = 86_400_000_000;
const CASH_AUD: u32 = 10_000;
const FEE_BPS: u32 = 10;
const SPREAD_BPS: u32 = 10;
/// The governance's own bound; a person's may be tighter.
pub(super) const MAX_DRAWDOWN_PCT: u32 = 25;
const TESTS: u32 = 5;

fn usual_days(interval: Interval) -> u32 {
    match interval {
        Interval::M1 => 7,
        Interval::M5 => 30,
        Interval::M15 => 90,
        Interval::H1 => 365,
        Interval::H4 => 730,
        Interval::D1 => 1_460,
    }
}

/// The candle for looking so many hours ahead.
fn interval_for(hours: u32) -> Interval {
    match hours {
        ..=2 => Interval::M15,
        3..=48 => Interval::H1,
        49..=336 => Interval::H4,
        _ => Interval::D1,
    }
}

/// How what is taken for granted ends, so that it goes once a person says otherwise.
const NO_PERIOD: &str = "as no period was told";
const NO_LENGTH: &str = "as no length was told";
const NO_CASH: &str = "AUD to begin with";
const NO_FEE: &str = "as CoinSpot's book charges";

impl Brief {
    /// The plan of a goal whose target and coins are known.
    pub(super) fn of(goal: &Goal, target: Target, now: Timestamp) -> Self {
        let mut assumptions = Vec::new();
        let mut assume = |words: String| assumptions.push(words);
        let interval = goal.interval.or_else(|| goal.horizon_hours.map(interval_for)).unwrap_or_else(|| {
            let usual = if target == Target::Accumulate { Interval::D1 } else { Interval::H1 };
            assume(format!("candles of {usual}, {NO_LENGTH}"));
            usual
        });
        let to = interval.floor(goal.to.unwrap_or(now).min(now));
        let days = goal.days.unwrap_or_else(|| match (goal.from, target) {
            (Some(_), _) => 0,
            (None, Target::Explain) => 14,
            (None, _) => {
                assume(format!("the last {} days, {NO_PERIOD}", usual_days(interval)));
                usual_days(interval)
            }
        });
        let back = to.plus_micros(-i64::from(days) * DAY_MICROS);
        let from = interval.floor(goal.from.filter(|from| *from < to).unwrap_or(back));
        let horizon_bars = goal
            .horizon_hours
            .map_or(1, |hours| (i64::from(hours) * 3_600 / interval.seconds()).clamp(1, 1_000) as u32);
        let cash_aud = goal.cash.unwrap_or_else(|| {
            if matches!(target, Target::Strategy | Target::Accumulate) {
                assume(format!("{CASH_AUD} {NO_CASH}"));
            }
            Decimal::from(CASH_AUD)
        });
        let fee_bps = goal.fee_bps.unwrap_or_else(|| {
            if target == Target::Strategy {
                assume(format!("a fee of {FEE_BPS} hundredths of a percent, {NO_FEE}"));
            }
            FEE_BPS
        });
        Self {
            target,
            coins: goal.coins.clone(),
            interval,
            from,
            to,
            horizon_bars,
            cash_aud,
            fee_bps,
            spread_bps: SPREAD_BPS,
            max_drawdown_pct: goal.max_drawdown_pct.unwrap_or(MAX_DRAWDOWN_PCT),
            candidates: candidates(goal, target),
            params: Vec::new(),
            features: Vec::new(),
            tests: TESTS,
            embargo_bars: None,
            assumptions,
        }
    }

    /// Reads it as a fact keeps it.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// As a fact keeps it.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What a person may change before it runs.
    pub(super) fn fields(&self) -> Vec<Field> {
        let mut fields = vec![
            field("coins", "coins", listed(&self.coins)),
            field("interval", "length of a candle", self.interval.to_string()),
            field("from", "first moment", self.from.to_string()),
            field("to", "end", self.to.to_string()),
        ];
        if matches!(self.target, Target::Strategy | Target::Predict) {
            let what = if self.target == Target::Predict { "what learns" } else { "strategies to try" };
            fields.push(field("candidates", what, listed(&self.candidates)));
            fields.push(field("tests", "tests of the walk forward", self.tests.to_string()));
            fields.push(field("fee_bps", "fee, hundredths of a percent", self.fee_bps.to_string()));
        }
        if self.target == Target::Predict {
            fields.push(field("horizon_bars", "candles ahead", self.horizon_bars.to_string()));
        }
        if matches!(self.target, Target::Strategy | Target::Accumulate) {
            fields.push(field("cash_aud", "AUD to begin with", self.cash_aud.normalize().to_string()));
        }
        if self.target == Target::Strategy {
            fields.push(field(
                "max_drawdown_pct",
                "deepest fall that is borne, percent",
                self.max_drawdown_pct.to_string(),
            ));
        }
        fields.into_iter().flatten().collect()
    }

    /// The plan with some of its fields otherwise.
    ///
    /// # Errors
    /// Which can't be read, and what would do.
    pub(super) fn edited(&self, pairs: &[(Name, String)], known: &Known) -> Result<Self, String> {
        let mut brief = self.clone();
        for (key, value) in pairs {
            let value = value.trim();
            match key.as_str() {
                "coins" => brief.coins = read_coins(value, known)?,
                "interval" => {
                    brief.interval = value.parse().map_err(|error: domain::UnknownInterval| error.to_string())?
                }
                "from" => brief.from = moment(value)?,
                "to" => brief.to = moment(value)?,
                "candidates" => brief.candidates = read_candidates(value, self.target)?,
                "tests" => brief.tests = whole(value, 2, TESTS_MAX)?,
                "fee_bps" => brief.fee_bps = whole(value, 0, 1_000)?,
                "horizon_bars" => brief.horizon_bars = whole(value, 1, 1_000)?,
                "max_drawdown_pct" => brief.max_drawdown_pct = whole(value, 1, 100)?,
                "cash_aud" => {
                    let cash = parse_decimal(value).map_err(|error| error.to_string())?;
                    if cash < Decimal::ONE || cash > Decimal::from(1_000_000_000u32) {
                        return Err("cash_aud is 1 to 1000000000".to_owned());
                    }
                    brief.cash_aud = cash;
                }
                other => return Err(format!("'{other}' is no part of the plan")),
            }
        }
        if brief.from >= brief.to {
            return Err(format!("from {} is not before to {}", brief.from, brief.to));
        }
        if brief.target == Target::Compare && brief.coins.len() < 2 {
            return Err("a comparison needs two coins or more".to_owned());
        }
        brief.no_longer_assumes(self);
        Ok(brief)
    }

    /// What a person set otherwise is not taken for granted any more.
    fn no_longer_assumes(&mut self, before: &Self) {
        let set = [
            (NO_PERIOD, (self.from, self.to) != (before.from, before.to)),
            (NO_LENGTH, self.interval != before.interval),
            (NO_CASH, self.cash_aud != before.cash_aud),
            (NO_FEE, self.fee_bps != before.fee_bps),
        ];
        self.assumptions.retain(|words| !set.iter().any(|(end, is_set)| *is_set && words.ends_with(end)));
    }

    /// The plan with what persons set otherwise, the oldest first.
    #[must_use]
    pub fn changed(mut self, changes: &[Change]) -> Self {
        let before = self.clone();
        for change in changes {
            match change {
                Change::Model(name) => {
                    self.candidates = vec![name.clone()];
                    self.params.clear();
                }
                Change::Features(names) => self.features.clone_from(names),
                Change::Parameters(pairs) => self.params.clone_from(pairs),
                Change::Split { tests, embargo_bars } => (self.tests, self.embargo_bars) = (*tests, *embargo_bars),
                Change::Period { interval, from, to } => (self.interval, self.from, self.to) = (*interval, *from, *to),
                Change::Coins(coins) => self.coins.clone_from(coins),
            }
        }
        self.no_longer_assumes(&before);
        self
    }
}

fn field(key: &str, words: &str, value: String) -> Option<Field> {
    Some(Field { key: Name::parse(key).ok()?, words: words.to_owned(), value })
}

pub(super) fn listed<T: ToString>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn candidates(goal: &Goal, target: Target) -> Vec<Name> {
    let learners: Vec<&str> = goal.learners.iter().map(|learner| learner.as_str()).collect();
    let names: Vec<&str> = match target {
        Target::Strategy if goal.strategies.is_empty() => GRIDS.iter().map(|(name, _)| *name).collect(),
        Target::Strategy => goal.strategies.clone(),
        Target::Predict if learners.is_empty() => vec![Learner::Logistic.as_str(), Learner::Boosting.as_str()],
        Target::Predict => learners,
        _ => Vec::new(),
    };
    names.into_iter().filter_map(|name| Name::parse(name).ok()).collect()
}

/// Coins as a person writes them where coins are asked for: any case, by ticker or name.
pub(super) fn read_coins(text: &str, known: &Known) -> Result<Vec<Coin>, String> {
    let mut coins = parse(text, known).coins;
    let is_known = |coin: &Coin| known.coins.is_empty() || known.coins.iter().any(|(other, _)| other == coin);
    for part in text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        if let Some(coin) = Coin::parse(part).ok().filter(|coin| !known.coins.is_empty() && is_known(coin))
            && !coins.contains(&coin)
        {
            coins.push(coin);
        }
    }
    match coins.len() {
        0 => Err(format!("'{}' names no coin that is known: use a ticker such as BTC", crate::tools::cut(text))),
        1..=COINS_MAX => Ok(coins),
        many => Err(format!("{many} coins are too many: {COINS_MAX} at most")),
    }
}

fn read_candidates(text: &str, target: Target) -> Result<Vec<Name>, String> {
    let known = |name: &str| match target {
        Target::Predict => Learner::parse(name).is_some(),
        _ => GRIDS.iter().any(|(known, _)| *known == name),
    };
    let mut all: Vec<Name> = Vec::new();
    for part in text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        let name = Name::parse(part).ok().filter(|name| known(name.as_str()));
        let Some(name) = name else {
            let names: Vec<&str> = match target {
                Target::Predict => Learner::ALL.iter().map(|one| one.as_str()).collect(),
                _ => GRIDS.iter().map(|(name, _)| *name).collect(),
            };
            return Err(format!("'{}' is none of {}", crate::tools::cut(part), names.join(", ")));
        };
        if !all.contains(&name) {
            all.push(name);
        }
    }
    if all.is_empty() { Err("nothing to try".to_owned()) } else { Ok(all) }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    Timestamp::parse(&full).map_err(|error| error.to_string())
}

fn whole(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let value: Option<u32> = text.parse().ok().filter(|value| (least..=most).contains(value));
    value.ok_or_else(|| format!("'{}' is no whole number from {least} to {most}", crate::tools::cut(text)))
}
