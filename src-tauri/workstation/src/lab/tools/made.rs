//! Tools on what the session made: side by side, as a picture, as a report; and scripts that are to be tried.

use super::{Done, Work, artefacts};
use crate::scripts::{SCRIPT, SOURCE};
use crate::{Error, Result};
use domain::{ArtefactId, Decimal, parse_decimal};
use lab::Quoted;
use lab::tools::{ChartArgs, CompareArgs, Compared, Comparison, Kept, Outcome, Reported, Script, ScriptArgs};
use reports::{Chart, Drawn};
use serde_json::Value;
use std::collections::BTreeMap;

impl Work<'_> {
    /// An artefact of ours, read; its figures.
    pub(super) fn content(&self, id: ArtefactId) -> Result<Value> {
        let bytes = artefacts::read(self.ws.home(), id)?;
        let whole: Value = serde_json::from_slice(&bytes)
            .map_err(|_| Error::refused("artefact_of_other_kind", format!("artefact {id} holds no figures")))?;
        Ok(whole)
    }

    pub(super) fn compare(&self, args: &CompareArgs) -> Result<Done> {
        let row = |id: &ArtefactId| {
            let whole = self.content(*id)?;
            let result = &whole["content"]["result"];
            // Of a sweep the best point stands for it.
            let best = &result["best"][0];
            let figures = if best.is_object() { best } else { result };
            if !figures.is_object() {
                let words =
                    format!("artefact {id} is no run of a strategy: compare backtests, sweeps and examinations");
                return Err(Error::refused("artefact_of_other_kind", words));
            }
            Ok(Compared {
                artefact: *id,
                name: whole["title"].as_str().unwrap_or_default().chars().take(200).collect(),
                earned: figures["return"].as_f64(),
                sharpe: figures["sharpe"].as_f64(),
                max_drawdown: figures["max_drawdown"].as_f64(),
            })
        };
        let rows = args.artefacts.iter().map(row).collect::<Result<Vec<_>>>()?;
        self.told("comparison", "side by side", &[], Outcome::Comparison(Comparison { rows }))
    }

    pub(super) async fn script_check(&self, args: &ScriptArgs) -> Result<Done> {
        let set = BTreeMap::from([(SOURCE.to_owned(), args.text.clone())]);
        let home = self.ws.home().clone();
        // A script is read in a process of its own, which takes a moment.
        let made = move || crate::scripts::make(&home, SCRIPT, &set).map(|made| made.params);
        let made = tokio::task::spawn_blocking(made).await;
        let made = made.map_err(|broken| Error::refused("strategy_panicked", broken.to_string()))?;
        let told = match made.map_err(Error::from) {
            Ok(mut params) => {
                params.remove(SOURCE);
                let kept = self.keep_bytes("script", "a strategy as a script", args.text.as_bytes())?;
                let told = Script { script: Some(kept.id), problem: None, params };
                return self.done(Outcome::Script(told), vec![kept]);
            }
            Err(error) if error.is_usage() => Script {
                script: None,
                problem: Some(Quoted::new(&error.to_string(), "script", None)),
                params: BTreeMap::new(),
            },
            Err(error) => return Err(error),
        };
        self.done(Outcome::Script(told), Vec::new())
    }

    pub(super) fn chart(&self, args: &ChartArgs) -> Result<Done> {
        let whole = self.content(args.of)?;
        let points = points(&whole);
        if points.is_empty() {
            let words = format!("artefact {} has nothing to draw: take a backtest or an examination", args.of);
            return Err(Error::refused("nothing_to_draw", words));
        }
        let drawn = if whole["kind"] == "backtest" { Drawn::Line } else { Drawn::Bars };
        let chart = Chart { title: args.title.clone(), drawn, points };
        let svg = chart.svg()?;
        let kept = self.keep_bytes("chart", &args.title, svg.as_bytes())?;
        self.done(Outcome::Kept(Kept { artefact: kept.id }), vec![kept])
    }

    /// Writes the report from the session itself, as Markdown and as a page.
    pub(super) fn report(&self) -> Result<Done> {
        let Some(written) = lab::report::write(self.session) else {
            return Err(Error::refused("no_plan", "there is no plan to report on"));
        };
        let text = written.markdown();
        let flagged = lab::report::check(&text, &lab::report::evidence(self.session));
        let markdown = self.keep_bytes("report_markdown", "the report", text.as_bytes())?;
        let page = reports::prose_page(&written.title, &text);
        let html = self.keep_bytes("report_html", "the report as a page", page.as_bytes())?;
        let told = Reported { markdown: markdown.id, html: Some(html.id), flagged };
        self.done(Outcome::Reported(told), vec![markdown, html])
    }
}

fn amount(value: &Value) -> Option<Decimal> {
    parse_decimal(value.as_str()?).ok()
}

/// The equity of a backtest, or what each test of an examination returned, in percent.
fn points(whole: &Value) -> Vec<(String, Decimal)> {
    let view = &whole["content"]["view"];
    let day = |value: &Value| value.as_str().and_then(|time| time.get(..10)).unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    if let Some(points) = view["equity"].as_array() {
        return points.iter().filter_map(|point| Some((day(&point["time"]), amount(&point["equity"])?))).collect();
    }
    let percent = |value: &Value| amount(value)?.checked_mul(Decimal::ONE_HUNDRED);
    let tests = list(&view["out_of_sample"]["tests"]);
    tests.iter().filter_map(|test| Some((day(&test["from"]), percent(&test["out_of_sample"]["return"])?))).collect()
}
