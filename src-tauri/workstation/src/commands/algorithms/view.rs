//! Algorithms as both faces show them.

use super::portfolio_of;
use crate::desk::{Desk, percent};
use crate::dto::{
    AlgorithmRow, Heartbeat, HeldCoin, Refusal, ScriptExample, SerialDecimal, SignalRow, StrategiesView,
    StrategyParameter, StrategyRow, VersionRow,
};
use crate::scripts::{SCRIPT, SCRIPT_CODE, SOURCE, SOURCE_BYTES_MAX};
use crate::{Result, Workstation};
use books::{GroupBy, GroupKey, PnlQuery};
use domain::{
    AlgorithmVersion, Book, Decimal, Denial, Money, Name, SignalAction, SignalOutcome, SignalSize, SignalSource,
    Timestamp,
};
use floor::SignalLine;
use research::{Kind, Parameter};
use std::collections::HashMap;

/// Digits of a version's hash that are shown.
const VERSION_DIGITS: usize = 12;

/// What an algorithm's fills came to in a book.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gain {
    realised: Money,
    unrealised: Option<Money>,
    fees: Money,
}

pub(crate) type Gains = HashMap<(Book, Name), Gain>;

fn refusal(denial: &Denial) -> Refusal {
    Refusal { code: denial.code.clone(), message: denial.message.clone() }
}

fn serial(money: Money) -> SerialDecimal {
    SerialDecimal(money.amount())
}

fn short(hash: domain::FactHash) -> String {
    hash.to_string().chars().take(VERSION_DIGITS).collect()
}

pub(super) fn version(at: Timestamp, version: &AlgorithmVersion) -> VersionRow {
    VersionRow {
        version: short(version.hash()),
        at,
        strategy: version.strategy.to_string(),
        code: version.code,
        params: crate::scripts::shown(
            version.strategy.as_str(),
            version.params.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
        ),
        coins: version.coins.clone(),
        interval: version.interval.to_string(),
        capital_pct: SerialDecimal(version.capital.ratio() * Decimal::ONE_HUNDRED),
        orders: version.orders.as_str().to_owned(),
    }
}

/// What became of a signal: also of one whose settling the end of a process came before.
fn outcome(line: &SignalLine, desk: &Desk) -> Option<SignalOutcome> {
    let slot = format!("slot {}", line.signal.slot);
    let is_it = |said: &SignalSource| said.version == line.version && said.evidence.contains(&slot);
    let unsettled = || desk.order_of_signal(line.signal.coin, is_it).map(SignalOutcome::Ordered);
    line.outcome.clone().or_else(unsettled)
}

pub(super) fn signal(line: &SignalLine, desk: &Desk) -> SignalRow {
    let said = &line.signal;
    let (order, refused) = match outcome(line, desk) {
        Some(SignalOutcome::Ordered(order)) => (Some(order.to_string()), None),
        Some(SignalOutcome::Refused(denial)) => (None, Some(refusal(&denial))),
        None => (None, None),
    };
    SignalRow {
        at: line.at,
        slot: said.slot,
        coin: said.coin,
        action: said.action.as_str().to_owned(),
        size: match said.size {
            _ if said.action == SignalAction::Close => "all it holds".to_owned(),
            SignalSize::Share(share) => {
                format!("{} %", SerialDecimal(share.ratio() * Decimal::ONE_HUNDRED))
            }
            SignalSize::Aud(money) => floor::aud(money),
            SignalSize::Quantity(quantity) => format!("{quantity} {}", said.coin),
        },
        confidence_pct: said.confidence.map(|hundredths| SerialDecimal(Decimal::new(i64::from(hundredths), 2))),
        reason: said.reason.clone(),
        evidence: said.evidence.clone(),
        book: line.book,
        version: short(line.version),
        order,
        refusal: refused,
    }
}

fn parameter(of: &Parameter) -> StrategyParameter {
    let (kind, min, max, choices) = match of.kind {
        Kind::Whole { min, max } => ("whole", Some(min), Some(max), &[][..]),
        Kind::Decimal { min, max, .. } => ("decimal", Some(min), Some(max), &[][..]),
        Kind::Choice(choices) => ("choice", None, None, choices),
        Kind::Time => ("time", None, None, &[][..]),
        Kind::Zone => ("zone", None, None, &[][..]),
    };
    StrategyParameter {
        name: of.name.to_owned(),
        words: of.words.to_owned(),
        kind: kind.to_owned(),
        min,
        max,
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        default: of.default.to_owned(),
        range: of.kind.words(),
    }
}

/// The strategy that is a person's own text. What its text lets be set stands in the text itself.
fn script(begin: String) -> StrategyRow {
    let source = StrategyParameter {
        name: SOURCE.to_owned(),
        words: "its text, in Starlark".to_owned(),
        kind: "text".to_owned(),
        min: None,
        max: None,
        choices: Vec::new(),
        default: begin,
        range: format!("use a script of at most {SOURCE_BYTES_MAX} bytes with on_candle(now, state, p)"),
    };
    let words = "A strategy of your own, as a script. It runs in a process that has no files and no network.";
    StrategyRow { name: SCRIPT.to_owned(), words: words.to_owned(), code: SCRIPT_CODE, parameters: vec![source] }
}

pub(super) fn strategies() -> StrategiesView {
    let row = |one: &research::Described| StrategyRow {
        name: one.name.to_owned(),
        words: one.words.to_owned(),
        code: one.code,
        parameters: one.parameters.iter().map(parameter).collect(),
    };
    let example = |(name, source): (&str, &str)| ScriptExample { name: name.to_owned(), source: source.to_owned() };
    let examples: Vec<ScriptExample> = research::script::EXAMPLES.map(example).into();
    let begin = examples.first().map(|one| one.source.clone()).unwrap_or_default();
    let strategies = research::strategies().iter().map(row).chain([script(begin)]).collect();
    StrategiesView { strategies, examples }
}

impl Workstation {
    /// What every algorithm's fills came to, book by book.
    pub(super) async fn gains(&self) -> Result<Gains> {
        let mut gains = Gains::new();
        for book in [Book::Paper, Book::Live] {
            let mut shelf = self.shelf(book).await?;
            let ledgered = self.ledgered_of(&shelf).await?;
            let query = PnlQuery { by: GroupBy::Algorithm, ..PnlQuery::of(book) };
            let report = shelf.books(&query)?.report(&|number| ledgered.price(number))?;
            for group in report.groups {
                let GroupKey::Algorithm(number) = group.key else { continue };
                if let Some(name) = ledgered.names.get(&number) {
                    let gain = Gain { realised: group.realised, unrealised: group.unrealised, fees: group.fees };
                    gains.insert((book, name.clone()), gain);
                }
            }
        }
        Ok(gains)
    }

    pub(super) async fn algorithm_row(&self, name: &Name, gains: &Gains) -> Result<AlgorithmRow> {
        let pulse = self.pulse(name).await;
        let desk = self.desk().await?;
        let one = desk.algorithms.find(name.as_str())?;
        let (made, now_made_of) = one
            .versions()
            .last()
            .ok_or_else(|| Denial::new("algorithm_unknown", format!("{name} is made of nothing")))?;
        let now = self.now();
        let book = one.book();
        let has = portfolio_of(&desk, one, book, now);
        let gain = gains.get(&(book, name.clone()));
        let share = has.used.zip(has.capital).and_then(|(used, capital)| percent(used.amount(), capital.amount()));
        Ok(AlgorithmRow {
            name: name.to_string(),
            state: one.state().as_str().to_owned(),
            since: one.since(),
            why: refusal(one.why()),
            book,
            version: version(*made, now_made_of),
            versions: u32::try_from(one.versions().len()).unwrap_or(u32::MAX),
            capital: has.capital.map(|money| serial(money.to_cents())),
            exposure: has.used.map(|money| serial(money.to_cents())),
            exposure_pct: share,
            holdings: has
                .holdings
                .iter()
                .filter(|(coin, quantity)| !desk.is_dust(**coin, **quantity))
                .map(|(coin, quantity)| HeldCoin { coin: *coin, quantity: *quantity })
                .collect(),
            realised: serial(gain.map_or(Money::ZERO_AUD, |gain| gain.realised)),
            unrealised: gain.map_or(Some(Money::ZERO_AUD), |gain| gain.unrealised).map(serial),
            fees: serial(gain.map_or(Money::ZERO_AUD, |gain| gain.fees)),
            paper_s: one.paper_s(now),
            paper_fills: one.paper_fills(),
            has_mandate: desk.authority.mandate(Book::Live, name.as_str()).is_some(),
            last_signal: one.signals().back().map(|line| signal(line, &desk)),
            heartbeat: Heartbeat { seen: pulse.seen, candle: pulse.candle, note: pulse.note.as_ref().map(refusal) },
        })
    }
}
