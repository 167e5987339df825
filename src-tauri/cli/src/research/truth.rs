//! `omc evaluate`.

use super::backtest::BacktestArgs;
use super::watched::watched;
use crate::commands::Done;
use crate::print::{Out, table};
use clap::Args;
use std::sync::Arc;
use workstation::commands::Job;
use workstation::dto::{
    EvaluateRequest, EvaluateView, MetricView, SerialDecimal, TruthBand, TruthFigures, TruthInSample, TruthMap,
    TruthOutOfSample,
};
use workstation::{Error, Workstation};

#[derive(Debug, Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    run: BacktestArgs,
    /// Values to choose among, such as fast=5..50:5 or fast=5,10,20 [default: the parameters are given, not chosen]
    #[arg(long, value_name = "NAME=VALUES")]
    grid: Vec<String>,
    /// Tests of the walk forward, over the later half [default: 5]
    #[arg(long)]
    tests: Option<u32>,
    /// Every training is as long as the first, instead of beginning with the first bar
    #[arg(long)]
    rolling: bool,
    /// Bars left out between a training and its test [default: a hundredth of all]
    #[arg(long)]
    embargo_bars: Option<u32>,
    /// Runs of each control [default: 99]
    #[arg(long)]
    controls: Option<u32>,
    /// Controls keep the choices made on the real bars: quicker, and kinder to a choice
    #[arg(long)]
    keep_choices: bool,
    /// Costs to look at beside the usual ones, such as fee_bps=0,10,50; spread_bps, slippage_bps, latency_bars
    #[arg(long, value_name = "COST=VALUES")]
    stress: Vec<String>,
    /// Bars of a block that is shuffled [default: 5]
    #[arg(long)]
    block_bars: Option<u32>,
    /// Draws of the bootstrap [default: 1000]
    #[arg(long)]
    draws: Option<u32>,
    /// Of everything the examination draws [default: 1]
    #[arg(long)]
    draw_seed: Option<u64>,
}

impl EvaluateArgs {
    fn request(self) -> Result<EvaluateRequest, Error> {
        Ok(EvaluateRequest {
            run: self.run.request()?,
            grid: self.grid,
            tests: self.tests,
            rolling: self.rolling,
            embargo_bars: self.embargo_bars,
            controls: self.controls,
            keep_choices: self.keep_choices,
            stress: self.stress,
            block_bars: self.block_bars,
            draws: self.draws,
            seed: self.draw_seed,
        })
    }
}

/// Examines, with progress where somebody watches.
pub async fn run(ws: &Workstation, args: EvaluateArgs, out: &Out) -> Done {
    let report = args.run.report()?;
    let keep = args.run.keep;
    let request = args.request()?;
    let job = Arc::<Job>::default();
    if let Some((file, at)) = report {
        let (view, file) = watched(ws.evaluate_reported(&request, &file, at, &job), &job, "runs", out).await?;
        out.result(&view, words)?;
        out.say(&format!("{} · sha256 {}", file.file, file.sha256));
        return Ok(());
    }
    let view = if keep {
        let ran = watched(ws.evaluate_kept(&request, &job), &job, "runs", out).await?;
        super::runs::say_kept(&ran.run, ran.not_kept.as_deref(), out);
        ran.result
    } else {
        watched(ws.evaluate(&request, &job), &job, "runs", out).await?
    };
    out.result(&view, words)
}

fn percent(value: Option<SerialDecimal>) -> String {
    value.map_or_else(|| "-".to_owned(), SerialDecimal::to_percent_text)
}

fn number(value: Option<SerialDecimal>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{:.2}", value.0))
}

fn or_why(view: &MetricView, shown: impl Fn(Option<SerialDecimal>) -> String) -> String {
    view.reason.as_ref().map_or_else(|| shown(view.value), |reason| format!("({reason})"))
}

fn band(band: TruthBand, shown: impl Fn(Option<SerialDecimal>) -> String) -> String {
    format!("{} to {}", shown(band.low), shown(band.high))
}

fn params(params: &std::collections::BTreeMap<String, String>) -> String {
    params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn words(view: &EvaluateView) -> String {
    let mut out = format!("{}\n", view.words);
    for reason in &view.reasons {
        out.push_str(&format!("  - {}\n", reason.words));
    }
    for note in &view.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    out.push_str(&format!(
        "\n{} · {} {} · {} to {} · {} points · {}\n",
        view.strategy, view.coin, view.interval, view.from, view.to, view.points, view.execution
    ));
    out.push_str(&outside(&view.out_of_sample));
    out.push_str(&conditions(view));
    out.push_str(&inside(&view.in_sample));
    out.push_str(&leaks(view));
    out.push_str(&format!("\nSharpe ratios: {}; seed {}", view.sharpe_basis, view.seed));
    out
}

const FIGURES: [&str; 7] = ["", "return", "coin", "Sharpe", "deepest", "in market", "trades"];
const RIGHT: [usize; 6] = [1, 2, 3, 4, 5, 6];

fn row(name: &str, figures: &TruthFigures) -> Vec<String> {
    vec![
        name.to_owned(),
        percent(figures.earned),
        percent(figures.hold),
        or_why(&figures.sharpe, number),
        percent(figures.max_drawdown),
        percent(figures.exposure),
        figures.trades.to_string(),
    ]
}

fn outside(outside: &TruthOutOfSample) -> String {
    let mut rows = vec![row("all tests", &outside.all)];
    for test in &outside.tests {
        let name = format!("{} {}", test.from.to_string().get(..10).unwrap_or_default(), params(&test.params));
        rows.push(row(&name, &test.out_of_sample));
    }
    let mut out = format!("\nOut of sample: chosen before, tested after\n{}\n", table(&FIGURES, &RIGHT, &rows));
    if let Some(note) = &outside.all.note {
        out.push_str(&format!("note: {note}\n"));
    }
    let mut rows = vec![
        ("Sharpe above 0, probability", or_why(&outside.probabilistic_sharpe, percent)),
        (
            "bars until that is 95 %",
            or_why(&outside.minimum_record_bars, |bars| bars.map_or_else(|| "-".into(), |bars| bars.0.to_string())),
        ),
        ("kept of the training's Sharpe", or_why(&outside.efficiency, percent)),
    ];
    match (&outside.intervals, &outside.intervals_reason) {
        (Some(found), _) => rows.extend([
            ("return, 95 % of draws", band(found.earned, percent)),
            ("Sharpe, 95 % of draws", band(found.sharpe, number)),
            ("deepest fall, 95 % of draws", band(found.max_drawdown, percent)),
            ("draws that lost", percent(found.loss)),
        ]),
        (None, reason) => rows.push(("draws", format!("({})", reason.as_deref().unwrap_or("-")))),
    }
    if let Some(found) = &outside.reshuffled {
        rows.push((
            "deepest fall, trades in other orders",
            format!("{}, 1 in 20 beyond {}", percent(found.median), percent(found.bad)),
        ));
    }
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    out.push_str(&format!("{}\n", table(&["figure", ""], &[1], &rows)));
    out
}

fn conditions(view: &EvaluateView) -> String {
    let mut out = String::from("\nControls\n");
    for control in &view.controls {
        out.push_str(&format!("  {}: {}\n", control.kind.replace('_', " "), control.words));
    }
    let rows: Vec<Vec<String>> = view.stress.iter().map(|one| row(&one.name.replace('_', " "), &one.figures)).collect();
    out.push_str(&format!("\nUnder stress\n{}\n", table(&FIGURES, &RIGHT, &rows)));
    let regime = |one: &workstation::dto::TruthRegime| {
        vec![
            one.name.clone(),
            one.bars.to_string(),
            percent(one.earned),
            percent(one.hold),
            or_why(&one.sharpe, number),
        ]
    };
    match &view.regimes_reason {
        Some(reason) => out.push_str(&format!("\nRegimes: ({reason})\n")),
        None => {
            let rows: Vec<Vec<String>> = view.regimes.iter().map(regime).collect();
            let head = ["while the coin was", "bars", "return", "coin", "Sharpe"];
            out.push_str(&format!("\n{}\n", table(&head, &[1, 2, 3, 4], &rows)));
        }
    }
    out
}

fn inside(inside: &TruthInSample) -> String {
    let title = if inside.chosen {
        "In sample: the best of all, flattered by having been chosen"
    } else {
        "In sample: as given"
    };
    let rows = [row(&params(&inside.params), &inside.all)];
    let mut out = format!("\n{title}\n{}\n", table(&FIGURES, &RIGHT, &rows));
    let deflated = &inside.deflated;
    let mut rows = vec![
        ("trials on this data", format!("{} ({} before)", deflated.trials, deflated.earlier_trials)),
        ("Sharpe of the luckiest of as many worthless ones", number(deflated.to_beat)),
        ("more than that, probability", or_why(&deflated.probability, percent)),
        ("above 0 had it been the only one, probability", or_why(&inside.probabilistic_sharpe, percent)),
    ];
    match (&inside.overfitting, &inside.overfitting_reason) {
        (Some(found), _) => rows.push(("probability of overfitting", percent(found.probability))),
        (None, reason) => rows.push(("probability of overfitting", format!("({})", reason.as_deref().unwrap_or("-")))),
    }
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    out.push_str(&format!("{}\n", table(&["figure", ""], &[1], &rows)));
    if let Some(around) = &inside.stability {
        out.push_str(&format!("{}\n", around.words));
        out.push_str(&around.map.as_ref().map(map).unwrap_or_default());
    }
    out
}

/// The widest map that is drawn; all of it is in the JSON.
const COLUMNS_MAX: usize = 12;

fn map(map: &TruthMap) -> String {
    if map.columns.len() > COLUMNS_MAX {
        return String::new();
    }
    let corner = format!("{} ↓ {} →", map.down, map.across);
    let head: Vec<&str> = std::iter::once(corner.as_str()).chain(map.columns.iter().map(String::as_str)).collect();
    let right: Vec<usize> = (1..head.len()).collect();
    let row = |(name, cells): (&String, &Vec<Option<SerialDecimal>>)| {
        std::iter::once(name.clone()).chain(cells.iter().map(|cell| number(*cell))).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = map.rows.iter().zip(&map.cells).map(row).collect();
    format!("{}\n", table(&head, &right, &rows))
}

fn leaks(view: &EvaluateView) -> String {
    if let Some(reason) = &view.leaks.reason {
        return format!("\nLook-ahead: ({reason})\n");
    }
    let mut out = format!("\nLook-ahead, over {} bars and {} decisions\n", view.leaks.bars, view.leaks.decisions);
    for check in &view.leaks.checks {
        let told = match (&check.words, check.at) {
            (Some(words), Some(at)) => {
                let (said, instead) = (check.said.as_deref().unwrap_or("-"), check.instead.as_deref().unwrap_or("-"));
                format!("failed at {at}: {words}. It said {said}, then {instead}.")
            }
            _ => check.outcome.clone(),
        };
        out.push_str(&format!("  {}: {told}\n", check.name));
    }
    out
}
