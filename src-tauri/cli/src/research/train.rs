//! `omc train` and `omc models`.

use super::watched::watched;
use crate::commands::{Done, pairs};
use crate::print::{Out, table};
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use workstation::commands::Job;
use workstation::dto::{
    MetricView, ModelExplanation, ModelRow, ModelView, ModelsView, TrainFigure, TrainMeasures, TrainOutOfSample,
    TrainRequest, TrainView, TruthFigures,
};
use workstation::{Error, Workstation};

/// Digits of an id that are shown.
const ID_DIGITS: usize = 12;
/// Columns of a table of what counts.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
pub struct TrainArgs {
    /// logistic, boosting, forest or ridge
    #[arg(long)]
    model: String,
    /// Such as BTC
    #[arg(long)]
    coin: String,
    /// 1m, 5m, 15m, 1h, 4h or 1d
    #[arg(long)]
    interval: String,
    /// Date or RFC 3339 time of the first candle [default: the first there is]
    #[arg(long)]
    from: Option<String>,
    /// Date or RFC 3339 time, itself outside [default: now]
    #[arg(long)]
    to: Option<String>,
    /// IANA zone of plain dates [default: the workspace's]
    #[arg(long)]
    timezone: Option<String>,
    /// direction, triple_barrier or quantile [default: direction]
    #[arg(long)]
    label: Option<String>,
    /// Candles a label looks ahead [default: 24]
    #[arg(long)]
    horizon: Option<u32>,
    /// Of a triple barrier: 150bps, or 1.5s in deviations [default: 1s]
    #[arg(long)]
    take: Option<String>,
    /// Of a triple barrier, likewise [default: 1s]
    #[arg(long)]
    stop: Option<String>,
    /// Of a quantile: which one a return must be above to be up [default: 0.7]
    #[arg(long)]
    above: Option<f64>,
    /// The fee of each side in hundredths of a percent [default: 10]
    #[arg(long)]
    fee_bps: Option<u32>,
    /// Between bid and ask in hundredths of a percent [default: 0]
    #[arg(long)]
    spread_bps: Option<u32>,
    /// Columns of `omc features`, or price, ledger or all [default: price]
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
    /// Tests over the later half of the samples [default: 5]
    #[arg(long)]
    folds: Option<u32>,
    /// Samples left out before each test [default: a hundredth of all]
    #[arg(long)]
    embargo: Option<u32>,
    /// Every training is as long as the first, instead of beginning with the first sample
    #[arg(long)]
    rolling: bool,
    /// none, grid, random or bayes [default: none]
    #[arg(long)]
    search: Option<String>,
    /// Fits of each search [default: 20]
    #[arg(long)]
    budget: Option<u32>,
    /// A setting of the learner, such as depth=4
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Values of a setting for --search grid, such as depth=2,3,4 [default: evenly spread]
    #[arg(long, value_name = "NAME=VALUES")]
    grid: Vec<String>,
    /// The rarer class weighs as much as the other
    #[arg(long)]
    balanced: bool,
    /// none, platt or isotonic [default: platt]
    #[arg(long)]
    calibration: Option<String>,
    /// It buys from this chance, or return, on [default: 0.55, or 0]
    #[arg(long, allow_negative_numbers = true)]
    enter: Option<f64>,
    /// It sells below this chance, or return [default: 0.45, or what the costs are below 0]
    #[arg(long, allow_negative_numbers = true)]
    exit: Option<f64>,
    /// Shuffles of the labels, and of each column [default: 5]
    #[arg(long)]
    controls: Option<u32>,
    /// Of everything that is drawn [default: 1]
    #[arg(long)]
    seed: Option<u64>,
    /// Where the model is written as well
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// One model in full
    Show {
        /// Its id, or the first digits of it
        id: String,
    },
    /// Why it says what it says at a moment
    Explain {
        /// Its id, or the first digits of it
        id: String,
        /// Date or RFC 3339 time: the newest close by then
        #[arg(long)]
        at: String,
        /// IANA zone of a plain date [default: the workspace's]
        #[arg(long)]
        timezone: Option<String>,
    },
    /// Remove one for good
    Remove {
        /// Its id, or the first digits of it
        id: String,
    },
}

fn number(name: &str, text: &str) -> Result<f64, Error> {
    let bad = || Error::usage("bad_setting", format!("{name} can't be '{text}': give a number"));
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(bad)
}

fn request(args: TrainArgs) -> Result<TrainRequest, Error> {
    let one = |(name, text): (String, String)| number(&name, &text).map(|value| (name, value));
    let several = |(name, text): (String, String)| {
        let values = text.split(',').map(|text| number(&name, text)).collect::<Result<Vec<f64>, _>>();
        values.map(|values| (name.clone(), values))
    };
    let settings = pairs("bad_setting", "depth=4", &args.settings)?;
    let grid = pairs("bad_setting", "depth=2,3,4", &args.grid)?;
    Ok(TrainRequest {
        model: args.model,
        coin: args.coin,
        interval: args.interval,
        from: args.from,
        to: args.to,
        timezone: args.timezone,
        label: args.label,
        horizon: args.horizon,
        take: args.take,
        stop: args.stop,
        above: args.above,
        fee_bps: args.fee_bps,
        spread_bps: args.spread_bps,
        features: args.features,
        folds: args.folds,
        embargo: args.embargo,
        rolling: args.rolling,
        search: args.search,
        budget: args.budget,
        settings: settings.into_iter().map(one).collect::<Result<BTreeMap<_, _>, _>>()?,
        grid: grid.into_iter().map(several).collect::<Result<BTreeMap<_, _>, _>>()?,
        balanced: args.balanced,
        calibration: args.calibration,
        enter: args.enter,
        exit: args.exit,
        controls: args.controls,
        seed: args.seed,
    })
}

/// Trains, with progress where somebody watches.
pub async fn run(ws: &Workstation, args: TrainArgs, out: &Out) -> Done {
    let file = args.out.clone();
    let (request, job) = (request(args)?, Arc::<Job>::default());
    let asked = ws.train(&request, file.as_deref(), &job);
    let view = watched(asked, &job, "steps", out).await?;
    out.result(&view, trained)
}

/// The models there are.
pub async fn models(ws: &Workstation, command: Option<ModelsCommand>, out: &Out) -> Done {
    match command {
        None => out.result(&ws.models().await?, listed),
        Some(ModelsCommand::Show { id }) => out.result(&ws.model(&id).await?, shown),
        Some(ModelsCommand::Explain { id, at, timezone }) => {
            out.result(&ws.model_explain(&id, &at, timezone.as_deref()).await?, explained)
        }
        Some(ModelsCommand::Remove { id }) => out.result(&ws.model_remove(&id).await?, listed),
    }
}

fn plain(figure: &TrainFigure) -> String {
    match (figure.value, &figure.reason) {
        (Some(value), _) => format!("{value:.3}"),
        (None, Some(reason)) => format!("({reason})"),
        (None, None) => "-".to_owned(),
    }
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

fn metric(view: &MetricView) -> String {
    match (view.value, &view.reason) {
        (Some(value), _) => value.to_percent_text(),
        (None, Some(reason)) => format!("({reason})"),
        (None, None) => "-".to_owned(),
    }
}

fn short(id: &str) -> String {
    id.chars().take(ID_DIGITS).collect()
}

fn trained(view: &TrainView) -> String {
    let mut out = format!("{}\n", view.words);
    for reason in &view.reasons {
        out.push_str(&format!("  - {}\n", reason.words));
    }
    for note in &view.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    let data = &view.data;
    out.push_str(&format!(
        "\n{} {} · {} to {} · {} samples of {} rows · {} features\n",
        data.coin,
        data.interval,
        data.from,
        data.to,
        data.samples,
        data.rows,
        data.features.len()
    ));
    let left: Vec<String> = data.left.iter().map(|(why, count)| format!("{count} {}", why.replace('_', " "))).collect();
    if !left.is_empty() {
        out.push_str(&format!("left out: {}\n", left.join(", ")));
    }
    for (what, columns) in [("absent", &data.absent), ("constant", &data.constant)] {
        if !columns.is_empty() {
            out.push_str(&format!("{what} everywhere, and left out: {}\n", columns.join(", ")));
        }
    }
    out.push_str(&outside(&view.out_of_sample));
    out.push_str(&format!("\n{}\n", view.control.words));
    let worth: Vec<Vec<String>> = view
        .importance
        .iter()
        .take(SHOWN)
        .map(|one| vec![one.feature.clone(), format!("{:+.4}", one.mean), format!("{:.4}", one.spread)])
        .collect();
    out.push_str(&format!("\n{}\n", table(&["what is lost without", "mean", "spread"], &[1, 2], &worth)));
    out.push_str(&format!(
        "\nWhere it was trained, to be held against the above: accuracy {}, area {}\n",
        plain(&view.in_sample.accuracy),
        plain(&view.in_sample.roc_auc)
    ));
    out.push_str(&format!(
        "{} settings tried ({} trials before), {} fits, seed {}\nkept as model:{}",
        view.trials,
        view.earlier_trials,
        view.fits,
        view.seed,
        short(&view.model.id)
    ));
    out
}

const MEASURES: [&str; 8] = ["", "samples", "up", "accuracy", "precision", "recall", "area", "log loss"];
const RIGHT: [usize; 7] = [1, 2, 3, 4, 5, 6, 7];

fn row(name: &str, of: &TrainMeasures) -> Vec<String> {
    vec![
        name.to_owned(),
        of.samples.to_string(),
        of.ups.to_string(),
        plain(&of.accuracy),
        plain(&of.precision),
        plain(&of.recall),
        plain(&of.roc_auc),
        plain(&of.log_loss),
    ]
}

fn traded(name: &str, of: &TruthFigures) -> Vec<String> {
    let percent = |value: Option<workstation::dto::SerialDecimal>| {
        value.map_or_else(|| "-".to_owned(), workstation::dto::SerialDecimal::to_percent_text)
    };
    vec![
        name.to_owned(),
        percent(of.earned),
        percent(of.hold),
        percent(of.max_drawdown),
        percent(of.exposure),
        of.trades.to_string(),
    ]
}

fn outside(outside: &TrainOutOfSample) -> String {
    let mut rows = vec![row("all tests", &outside.measures)];
    for test in &outside.tests {
        rows.push(row(test.from.to_string().get(..10).unwrap_or_default(), &test.measures));
    }
    rows.extend(outside.baselines.iter().map(|one| row(&one.name, &one.measures)));
    let mut out = format!("\nOut of sample: learned before, tested after\n{}\n", table(&MEASURES, &RIGHT, &rows));
    out.push_str(&format!("luck tells up from the rest as well with a probability of {}\n", plain(&outside.luck)));
    if let Some(errors) = &outside.errors {
        let (rmse, mae, r2) = (plain(&errors.rmse), plain(&errors.mae), plain(&errors.r2));
        out.push_str(&format!("returns: rmse {rmse}, mean error {mae}, explained {r2}\n"));
    }
    let bins: Vec<Vec<String>> = outside
        .calibration
        .iter()
        .map(|bin| {
            let range = format!("{:.0} to {:.0} %", bin.from * 100.0, bin.to * 100.0);
            vec![range, format!("{:.3}", bin.said), format!("{:.3}", bin.came), bin.samples.to_string()]
        })
        .collect();
    if !bins.is_empty() {
        out.push_str(&format!("\n{}\n", table(&["chance", "said", "came true", "samples"], &[1, 2, 3], &bins)));
    }
    match (&outside.trading, &outside.trading_reason) {
        (Some(trading), _) => {
            let mut rows = vec![traded("all tests", &trading.all)];
            for test in &outside.tests {
                let name = test.from.to_string();
                rows.extend(test.trading.as_ref().map(|of| traded(name.get(..10).unwrap_or_default(), of)));
            }
            let head = ["traded", "return", "coin", "deepest", "in market", "trades"];
            out.push_str(&format!("\n{}\n", table(&head, &[1, 2, 3, 4, 5], &rows)));
            out.push_str(&format!(
                "Sharpe above 0, probability {}; after all trials {}\n{}\n",
                metric(&trading.probabilistic_sharpe),
                metric(&trading.deflated_sharpe),
                trading.control.words
            ));
        }
        (None, reason) => out.push_str(&format!("\nIt can't trade ({})\n", reason.as_deref().unwrap_or("-"))),
    }
    out
}

fn model(row: &ModelRow) -> Vec<String> {
    let Some(about) = &row.about else {
        let broken = row.broken.clone().unwrap_or_default();
        return vec![short(&row.id), format!("({broken})"), String::new(), String::new(), String::new(), String::new()];
    };
    let live = row.not_live.as_ref().map_or_else(|| "can trade".to_owned(), |code| format!("can't trade ({code})"));
    vec![
        short(&row.id),
        format!("{} of {} {}", about.model, about.coin, about.interval),
        format!("{} in {}", about.label, about.horizon),
        format!("{} to {}", about.from, about.to),
        share(about.roc_auc),
        live,
    ]
}

fn listed(view: &ModelsView) -> String {
    if view.models.is_empty() {
        return "no models: `omc train` makes one".to_owned();
    }
    let rows: Vec<Vec<String>> = view.models.iter().map(model).collect();
    table(&["id", "model", "label", "learned from", "area out of sample", ""], &[4], &rows)
}

fn shown(view: &ModelView) -> String {
    let mut rows: Vec<Vec<String>> = vec![
        vec!["id".to_owned(), view.model.id.clone()],
        vec!["file".to_owned(), view.file.clone()],
        vec!["features".to_owned(), view.features.join(", ")],
        vec!["calibration".to_owned(), view.calibration.clone()],
        vec!["seed".to_owned(), view.seed.to_string()],
        vec!["tests, fits".to_owned(), format!("{}, {}", view.folds, view.fits)],
        vec!["candles".to_owned(), view.candles.clone()],
        vec!["samples".to_owned(), view.data.clone()],
        vec!["algorithms".to_owned(), view.algorithms.join(", ")],
    ];
    rows.extend(view.settings.iter().map(|(name, value)| vec![name.clone(), value.to_string()]));
    rows.extend(view.evidence.iter().map(|(name, value)| vec![format!("out of sample: {name}"), share(*value)]));
    rows.extend(view.environment.iter().map(|(name, value)| vec![name.clone(), value.clone()]));
    format!("{}\n\n{}", model(&view.model).join(" · "), table(&["", ""], &[], &rows))
}

fn explained(view: &ModelExplanation) -> String {
    let says = match view.kind.as_str() {
        "chance" => format!("{:.1} % that it goes up", view.says * 100.0),
        _ => format!("a return of {:+.3} % after costs", view.says * 100.0),
    };
    let stands = match view.stands.as_str() {
        "enter" => "it would buy",
        "exit" => "it would sell",
        _ => "it would do nothing",
    };
    let trained = if view.trained_on { "\nnote: it learned from this candle: it had seen what came next" } else { "" };
    let rows: Vec<Vec<String>> = view
        .contributions
        .iter()
        .map(|one| vec![one.feature.clone(), format!("{:.6}", one.value), format!("{:+.4}", one.added)])
        .collect();
    let method = if view.method == "line" { "exact" } else { "by the steps down its trees" };
    format!(
        "{} {} at {}: {says}; {stands}{trained}\n\nscore {:.4} ({}) = {:.4} + what each column added, {method}\n\n{}",
        view.coin,
        view.interval,
        view.known_at,
        view.score,
        view.unit.replace('_', " "),
        view.base,
        table(&["column", "value", "added"], &[1, 2], &rows)
    )
}
