//! An examination as a report: the verdict and what speaks against it, out of sample first, then every test's numbers.

use crate::commands::backtest::{count, ending, or_why, params, percent, plain, seal};
use crate::commands::reporting::{Job, fit, format, rendered, text, write};
use crate::dto::{
    EvaluateRequest, EvaluateView, FileReport, SerialDecimal, TruthBand, TruthFigures, TruthInSample, TruthMap,
    TruthOutOfSample,
};
use crate::{Result, Workstation};
use chrono_tz::Tz;
use domain::{Candle, Decimal, Timestamp};
use reports::{Cell, Chart, Column, Document, Drawn, Sheet};
use research::sweep::data_hash;
use std::path::Path;
use std::sync::Arc;

const WATERMARK: &str = "HISTORY";
const NO_PROMISE: &str = "Nothing here is a promise. The verdict says only which questions were asked and answered; parameters that were found on this data \
outside of this workspace are no trial that any number here can know of.";

impl Workstation {
    /// Examines a strategy and writes a report of it, whole or not at all. The same candles, journal and moment give the same
    /// bytes.
    ///
    /// # Errors
    /// Those of [`Self::evaluate`]; `report_not_available`, `not_a_file`; the file system's.
    pub async fn evaluate_reported(
        &self,
        request: &EvaluateRequest,
        out: &Path,
        generated_at: Option<Timestamp>,
        job: &Arc<Job>,
    ) -> Result<(EvaluateView, FileReport)> {
        let format = format(&ending(out))?;
        // Before the work, not after it.
        fit(out)?;
        let view = self.evaluate(request, job).await?;
        let run = self.read_backtest(&request.run).await?;
        let mut data = String::new();
        if let [(coin, interval)] = run.lanes[..] {
            let candles = self.backtest_candles(coin, interval, &run).await?;
            let inside = |candle: &&Candle| candle.time >= view.from && candle.time < view.to;
            let candles: Vec<Candle> = candles.iter().filter(inside).copied().collect();
            data = data_hash(coin, interval, &candles).to_string();
        }
        let (costs, zone) = (run.setup.costs, run.zone);
        let mut document = document(&view, zone, generated_at.unwrap_or_else(|| self.now()));
        let fee = if run.setup.way == research::backtest::Way::Instant { costs.fees.instant } else { costs.fees.book };
        document.about.extend([
            ("orders", format!("{}, {} bars late", run.setup.way.as_str(), costs.latency_bars)),
            ("costs", format!("fee {} bps, spread {} bps, slippage {} bps", fee.0, costs.spread.0, costs.slippage.0)),
            ("cash", format!("{} AUD", run.setup.cash.amount().normalize())),
            ("data", data),
        ]);
        self.mark_history(&mut document);
        seal(&mut document)?;
        // The job of the examination ended with it.
        let bytes = rendered(document, format, Arc::default()).await?;
        let file = write(out, view.out_of_sample.tests.len() as u64, &bytes)?;
        Ok((view, file))
    }

    /// The same into the exports folder, under a name that says what it is.
    ///
    /// # Errors
    /// As [`Self::evaluate_reported`].
    pub async fn evaluate_to_exports(
        &self,
        request: &EvaluateRequest,
        format: &str,
        job: &Arc<Job>,
    ) -> Result<FileReport> {
        let made = self.read_backtest(&request.run).await?;
        let out = self.export_path(&format!("evaluation-{}", made.strategy), format)?;
        Ok(self.evaluate_reported(request, &out, None, job).await?.1)
    }
}

fn document(view: &EvaluateView, zone: Tz, generated_at: Timestamp) -> Document {
    let mut notes = vec![view.words.clone()];
    notes.extend(view.reasons.iter().map(|reason| format!("Unresolved: {}", reason.words)));
    notes.extend(view.out_of_sample.all.note.iter().map(|note| format!("Unresolved: {note}")));
    notes.extend(view.notes.iter().cloned());
    notes.push(NO_PROMISE.to_owned());
    let mut sheets = vec![tests(&view.out_of_sample), outside(&view.out_of_sample), controls(view), stress(view)];
    sheets.extend([regimes(view), inside(&view.in_sample), checks(view)]);
    sheets.extend(view.in_sample.stability.as_ref().and_then(|around| around.map.as_ref()).map(map));
    Document {
        title: format!(
            "Examination: {} on {} {}: {}",
            view.strategy,
            view.coin,
            view.interval,
            view.verdict.replace('_', " ")
        ),
        watermark: Some(WATERMARK),
        about: vec![
            ("strategy", format!("{}, code {}", view.strategy, view.code)),
            ("parameters", params(&view.in_sample.params)),
            ("chosen", if view.in_sample.chosen { "among several".to_owned() } else { "no: given".to_owned() }),
            ("from", view.from.to_string()),
            ("to", view.to.to_string()),
            ("execution", view.execution.clone()),
            ("points", view.points.to_string()),
            (
                "trials",
                format!(
                    "{} on this data, {} of them before",
                    view.in_sample.deflated.trials, view.in_sample.deflated.earlier_trials
                ),
            ),
            // The letters of a PDF have no root.
            ("Sharpe ratios", view.sharpe_basis.replace('√', "the root of ")),
            ("seed", view.seed.to_string()),
        ],
        notes,
        charts: charts(view, zone),
        sheets,
        generated_at,
        zone,
        seal: None,
    }
}

fn figure_columns(first: &'static str) -> Vec<Column> {
    let mut columns = vec![Column::of(first)];
    columns.extend(
        ["return_%", "coin_%", "sharpe", "deepest_fall_%", "in_market_%"].map(|name| Column::of(name).figures()),
    );
    columns.extend([Column::of("trades"), Column::of("bars")]);
    columns
}

fn figures(name: &str, figures: &TruthFigures) -> Vec<Cell> {
    vec![
        text(name),
        percent(figures.earned),
        percent(figures.hold),
        or_why(&figures.sharpe, plain),
        percent(figures.max_drawdown),
        percent(figures.exposure),
        count(figures.trades),
        count(figures.bars),
    ]
}

fn day(time: Timestamp) -> String {
    time.to_string().get(..10).unwrap_or_default().to_owned()
}

/// The tests in a row, then each.
fn tests(outside: &TruthOutOfSample) -> Sheet {
    let mut columns = figure_columns("test");
    columns.extend([Column::of("setting"), Column::of("sharpe_in_training").figures()]);
    let with = |mut row: Vec<Cell>, setting: Cell, trained: Cell| {
        row.extend([setting, trained]);
        row
    };
    let mut rows = vec![with(figures("all tests in a row", &outside.all), Cell::Empty, Cell::Empty)];
    for test in &outside.tests {
        let name = format!("{} to {}", day(test.from), day(test.to));
        rows.push(with(figures(&name, &test.out_of_sample), text(params(&test.params)), plain(test.in_sample_sharpe)));
    }
    Sheet { name: "Out of sample", columns, rows }
}

type Named = (&'static str, Cell);

/// Figures by name, with what they are beside them: three columns, so that no cover takes them.
fn named(name: &'static str, rows: impl IntoIterator<Item = (&'static str, Cell, &'static str)>) -> Sheet {
    let row = |(name, value, words): (&'static str, Cell, &'static str)| vec![text(name), value, text(words)];
    let columns = vec![Column::of("figure"), Column::of("value").figures(), Column::of("what_it_is")];
    Sheet { name, columns, rows: rows.into_iter().map(row).collect() }
}

fn ends(name: [&'static str; 2], band: TruthBand, shown: impl Fn(Option<SerialDecimal>) -> Cell) -> [Named; 2] {
    [(name[0], shown(band.low)), (name[1], shown(band.high))]
}

fn outside(outside: &TruthOutOfSample) -> Sheet {
    const DRAWS: &str = "the bars' returns drawn again in blocks; 95 % of the draws lie between";
    let mut rows = vec![
        (
            "probability that its Sharpe ratio is above 0, %",
            or_why(&outside.probabilistic_sharpe, percent),
            "with its skew and kurtosis",
        ),
        ("bars until that is 95 %", or_why(&outside.minimum_record_bars, plain), "the least length of a record"),
        ("kept of the training's Sharpe ratio, %", or_why(&outside.efficiency, percent), "100 is all of it"),
        ("skew", or_why(&outside.skew, plain), "of the bars' returns"),
        ("kurtosis", or_why(&outside.kurtosis, plain), "3 for a normal"),
    ];
    match (&outside.intervals, &outside.intervals_reason) {
        (Some(found), _) => {
            let bands = ends(["return, lower, %", "return, upper, %"], found.earned, percent)
                .into_iter()
                .chain(ends(["Sharpe ratio, lower", "Sharpe ratio, upper"], found.sharpe, plain))
                .chain(ends(["deepest fall, lower, %", "deepest fall, upper, %"], found.max_drawdown, percent));
            rows.extend(bands.map(|(name, value)| (name, value, DRAWS)));
            rows.push(("draws that lost, %", percent(found.loss), "of all draws"));
        }
        (None, reason) => rows.push(("bands", text(reason.as_deref().unwrap_or("none").replace('_', " ")), DRAWS)),
    }
    if let Some(found) = &outside.reshuffled {
        const ORDERS: &str = "the same trades in other orders";
        rows.push(("deepest fall in the middle order, %", percent(found.median), ORDERS));
        rows.push(("deepest fall of 1 in 20 orders, %", percent(found.bad), ORDERS));
    }
    named("Out of sample, how sure", rows)
}

fn controls(view: &EvaluateView) -> Sheet {
    let columns = vec![
        Column::of("control"),
        Column::of("verdict"),
        Column::of("return_%").figures(),
        Column::of("median_control_%").figures(),
        Column::of("beaten_%").figures(),
        Column::of("p").figures(),
        Column::of("controls"),
        Column::of("in_words"),
    ];
    let row = |one: &crate::dto::TruthControl| {
        let verdict = one.verdict.as_ref().or(one.reason.as_ref());
        vec![
            text(one.kind.replace('_', " ")),
            verdict.map_or(Cell::Empty, |verdict| text(verdict.replace('_', " "))),
            percent(one.earned),
            percent(one.median),
            percent(one.percentile),
            plain(one.p),
            count(one.controls),
            text(&one.words),
        ]
    };
    Sheet { name: "Controls", columns, rows: view.controls.iter().map(row).collect() }
}

fn stress(view: &EvaluateView) -> Sheet {
    let mut columns = figure_columns("condition");
    columns.push(Column::of("change_%").figures());
    let row = |one: &crate::dto::TruthStress| {
        let mut row = figures(&one.name.replace('_', " "), &one.figures);
        row.push(percent(one.change));
        row
    };
    Sheet { name: "Under stress", columns, rows: view.stress.iter().map(row).collect() }
}

fn regimes(view: &EvaluateView) -> Sheet {
    let columns = vec![
        Column::of("while_the_coin_was"),
        Column::of("bars"),
        Column::of("return_%").figures(),
        Column::of("coin_%").figures(),
        Column::of("sharpe").figures(),
    ];
    let row = |one: &crate::dto::TruthRegime| {
        vec![text(&one.name), count(one.bars), percent(one.earned), percent(one.hold), or_why(&one.sharpe, plain)]
    };
    Sheet { name: "Regimes", columns, rows: view.regimes.iter().map(row).collect() }
}

fn inside(inside: &TruthInSample) -> Sheet {
    const HERE: &str = "where it was chosen: flattered by having been";
    let flattered = if inside.chosen { HERE } else { "as given, over all bars" };
    let (all, deflated) = (&inside.all, &inside.deflated);
    let mut rows = vec![
        ("return, %", percent(all.earned), flattered),
        ("holding instead, %", percent(all.hold), "from the first open to the last close"),
        ("Sharpe ratio of a year", or_why(&all.sharpe, plain), flattered),
        ("deepest fall, %", percent(all.max_drawdown), flattered),
        ("trades", count(all.trades), "in and out again"),
        ("probability above 0, %", or_why(&inside.probabilistic_sharpe, percent), "had it been the only trial"),
        ("trials on this data", count(deflated.trials), "all that were ever made here"),
        ("Sharpe ratio to beat", plain(deflated.to_beat), "of the luckiest of as many worthless settings"),
        ("deflated: probability of more than luck, %", or_why(&deflated.probability, percent), "after all trials"),
    ];
    match (&inside.overfitting, &inside.overfitting_reason) {
        (Some(found), _) => {
            rows.push((
                "probability of overfitting, %",
                percent(found.probability),
                "the best of one half in the worse half of the other",
            ));
            rows.push(("probability of loss, %", percent(found.loss), "of the best, where it was not chosen"));
        }
        (None, reason) => {
            let why = reason.as_deref().unwrap_or("none").replace('_', " ");
            rows.push(("probability of overfitting", text(why), "why there is none"));
        }
    }
    if let Some(around) = &inside.stability {
        rows.push(("kept by neighbours, %", or_why(&around.kept, percent), "of its score, one step away in the mean"));
        rows.push(("Sharpe ratio of the worst neighbour", plain(around.worst), "one step away"));
    }
    named("In sample", rows)
}

fn checks(view: &EvaluateView) -> Sheet {
    let columns = ["check", "outcome", "compared", "at", "said", "instead", "in_words"].map(Column::of).to_vec();
    let row = |check: &crate::dto::TruthCheck| {
        vec![
            text(&check.name),
            text(&check.outcome),
            count(check.compared),
            check.at.map_or(Cell::Empty, Cell::Time),
            check.said.as_ref().map_or(Cell::Empty, text),
            check.instead.as_ref().map_or(Cell::Empty, text),
            check.words.as_ref().map_or(Cell::Empty, text),
        ]
    };
    let mut rows: Vec<Vec<Cell>> = view.leaks.checks.iter().map(row).collect();
    if let Some(reason) = &view.leaks.reason {
        let mut row = vec![text("none"), text(reason.replace('_', " "))];
        row.resize(columns.len(), Cell::Empty);
        rows.push(row);
    }
    Sheet { name: "Look-ahead", columns, rows }
}

/// Sharpe ratios around the choice, a row a point: a grid would have columns nobody named.
fn map(map: &TruthMap) -> Sheet {
    let mut rows = Vec::new();
    for (down, cells) in map.rows.iter().zip(&map.cells) {
        for (across, cell) in map.columns.iter().zip(cells) {
            let setting = format!("{}={down} {}={across}", map.down, map.across);
            rows.push(vec![text(setting), plain(*cell), text("Sharpe ratio of a year")]);
        }
    }
    let columns = vec![Column::of("setting"), Column::of("score").figures(), Column::of("what_it_is")];
    Sheet { name: "Neighbourhood", columns, rows }
}

fn charts(view: &EvaluateView, zone: Tz) -> Vec<Chart> {
    let share = |value: Option<SerialDecimal>| value.and_then(|value| value.0.checked_mul(Decimal::ONE_HUNDRED));
    let local = |time: Timestamp| time.to_utc().with_timezone(&zone).format("%Y-%m-%d").to_string();
    let tests =
        view.out_of_sample.tests.iter().filter_map(|test| Some((local(test.from), share(test.out_of_sample.earned)?)));
    let stress = view.stress.iter().filter_map(|one| Some((one.name.replace('_', " "), share(one.figures.earned)?)));
    let chart =
        |title: &str, points: Vec<(String, Decimal)>| Chart { title: title.to_owned(), drawn: Drawn::Bars, points };
    let charts = [
        chart("Return of each test out of sample, %, by the day it begins", tests.collect()),
        chart("Return out of sample under worse conditions, %", stress.collect()),
    ];
    charts.into_iter().filter(|chart| chart.points.len() > 1).collect()
}
