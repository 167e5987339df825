//! The bodies of the Lab's tools: each takes held arguments and answers with a bounded result and what it made.
//!
//! Invariants: a tool reads the workspace and writes artefacts by content, and facts that know themselves (trials, a draft of
//! an algorithm): run twice it leaves what one run leaves. An artefact says which tool made it of which arguments, candles
//! and other artefacts; a session reads its own artefacts only. A failure is an answer. Deliberately absent: when a tool may
//! be called (crate `lab`), and any tool that trades, reads a secret, or touches a file or the network.

mod data;
mod figures;
mod made;
mod strategy;

use super::artefacts;
use crate::{Error, Result, Workstation};
use domain::session::{Artefact, bounded};
use domain::{ArtefactId, Candle, Coin, Interval, Name, Timestamp};
use lab::Session;
use lab::tools::{Outcome, Tool, Window};
use research::sweep::data_hash;
use serde::Serialize;
use serde_json::{Value, json};

/// Candles one call reads at most: two years of minutes.
const CANDLES_MAX: i64 = 1_100_000;
/// The layout of artefacts.
const FORMAT: u32 = 1;
const TITLE_CHARS_MAX: usize = 200;

/// What a call came to.
pub(super) struct Done {
    pub outcome: Outcome,
    pub artefacts: Vec<Artefact>,
}

/// A call at work.
pub(super) struct Work<'a> {
    pub ws: &'a Workstation,
    /// Whose call it is.
    pub session: &'a Session,
    pub tool: &'a Tool,
    /// Threads it may use.
    pub threads: usize,
}

/// The candles an artefact was made of.
#[derive(Debug, Serialize)]
struct Data {
    coin: Coin,
    interval: String,
    from: Timestamp,
    to: Timestamp,
    candles: u64,
    hash: String,
}

/// Candles that were read for a call.
struct Stretch {
    coin: Coin,
    interval: Interval,
    from: Timestamp,
    to: Timestamp,
    candles: Vec<Candle>,
}

impl Stretch {
    fn data(&self) -> Data {
        Data {
            coin: self.coin,
            interval: self.interval.to_string(),
            from: self.from,
            to: self.to,
            candles: self.candles.len() as u64,
            hash: data_hash(self.coin, self.interval, &self.candles).to_string(),
        }
    }

    /// Candles that are not there between the first and the last.
    fn missing(&self) -> Result<u64> {
        let (Some(first), Some(end)) = (self.candles.first(), self.end()) else { return Ok(0) };
        let gaps = ledgers::gaps(&self.candles, self.interval, first.time, end)
            .map_err(|error| Error::Halted(format!("candles of {}: {error}", self.coin)))?;
        Ok(gaps.iter().map(|gap| gap.missing).sum())
    }

    /// The end of the last.
    fn end(&self) -> Option<Timestamp> {
        self.candles.last().map(|candle| candle.time.plus_micros(self.interval.micros()))
    }
}

impl Work<'_> {
    /// Runs the call.
    ///
    /// # Errors
    /// What the tool can meet, by its code.
    pub async fn run(&self) -> Result<Done> {
        self.tool.check().map_err(|bad| Error::refused("bad_arguments", bad.to_string()))?;
        for id in self.tool.artefacts() {
            self.own(id)?;
        }
        match self.tool {
            Tool::Coverage(args) => self.coverage(args).await,
            Tool::Query(args) => self.query(args).await,
            Tool::Statistics(window) => self.statistics(window).await,
            Tool::Features(args) => self.features(args).await,
            Tool::Anomalies(args) => self.anomalies(args).await,
            Tool::Correlation(args) => self.correlation(args).await,
            Tool::Sweep(args) => self.sweep(args).await,
            Tool::Backtest(args) => self.backtest(args).await,
            Tool::Evaluate(args) => self.evaluate(args).await,
            Tool::Train(args) => self.train(args).await,
            Tool::Compare(args) => self.compare(args),
            Tool::ScriptCheck(args) => self.script_check(args).await,
            Tool::Chart(args) => self.chart(args),
            Tool::Report(_) => self.report(),
            Tool::Propose(args) => self.propose(args).await,
        }
    }

    /// Refuses what is not this session's.
    fn own(&self, id: ArtefactId) -> Result<()> {
        if self.session.may_use(id) {
            return Ok(());
        }
        let words = format!("artefact {id} is none of this session, and nobody linked it");
        Err(Error::refused("artefact_of_another", words))
    }

    /// The closed candles of a stretch; those that are there.
    async fn candles(&self, coin: Coin, interval: Interval, from: Timestamp, to: Timestamp) -> Result<Stretch> {
        let to = to.min(interval.floor(self.ws.now()));
        let from = match self.ws.store().candle_bounds(coin, interval).await? {
            // Finer candles may reach further back, but not before anything at all.
            Some(bounds) => from.max(bounds.first.min(to)),
            None => from,
        };
        if to.micros().saturating_sub(from.micros()) / interval.micros() > CANDLES_MAX {
            let words = format!("more than {CANDLES_MAX} candles of {coin}: take longer ones, or a shorter time");
            return Err(Error::refused("too_many_rows", words));
        }
        let candles = if from < to { self.ws.compose(coin, interval, from, to).await? } else { Vec::new() };
        Ok(Stretch { coin, interval, from, to, candles })
    }

    async fn window(&self, window: &Window) -> Result<Stretch> {
        self.candles(window.coin, window.interval, window.from, window.to).await
    }

    /// Keeps bytes as they are.
    fn keep_bytes(&self, kind: &str, title: &str, bytes: &[u8]) -> Result<Artefact> {
        let id = artefacts::keep(self.ws.home(), bytes)?;
        let kind = Name::parse(kind).map_err(|error| Error::refused("bad_name", error.to_string()))?;
        Ok(Artefact { id, kind, title: bounded(title, TITLE_CHARS_MAX), bytes: bytes.len() as u64 })
    }

    /// Keeps a result with what it was made of.
    fn keep(&self, kind: &str, title: &str, data: &[Data], content: &impl Serialize) -> Result<Artefact> {
        let unwritable = |error: serde_json::Error| Error::refused("artefact_unwritable", error.to_string());
        let args: Value = serde_json::from_str(&self.tool.args()).map_err(unwritable)?;
        let whole = json!({
            "omc_artefact": FORMAT,
            "kind": kind,
            "title": title,
            "tool": self.tool.name(),
            "args": args,
            "made_from": self.tool.artefacts(),
            "data": data,
            "content": content,
        });
        self.keep_bytes(kind, title, &serde_json::to_vec(&whole).map_err(unwritable)?)
    }

    fn done(&self, outcome: Outcome, artefacts: Vec<Artefact>) -> Result<Done> {
        let read = Outcome::read(self.tool, &outcome.json());
        read.map_err(|bad| Error::refused("result_too_large", bad.to_string()))?;
        Ok(Done { outcome, artefacts })
    }

    /// A result that is its own artefact.
    fn told(&self, kind: &str, title: &str, data: &[Data], outcome: Outcome) -> Result<Done> {
        let artefact = self.keep(kind, title, data, &outcome)?;
        self.done(outcome, vec![artefact])
    }
}

fn name(text: &str) -> Result<Name> {
    Name::parse(text).map_err(|error| Error::refused("bad_name", error.to_string()))
}

/// A ratio for comparing.
fn number(value: Option<crate::dto::SerialDecimal>) -> Option<f64> {
    value.and_then(|value| f64::try_from(value.0).ok()).filter(|value| value.is_finite())
}
