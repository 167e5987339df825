//! From a session to its report.

use super::{Block, Confidence, Figure, Report, Section};
use crate::planner::run::{Run, knows, table};
use crate::planner::{Brief, Governance, Rule, Target, effective, governed};
use crate::quoted::Quoted;
use crate::session::{Call, Session};
use crate::tools::{Backtest, EvaluateArgs, Evaluation, Outcome, RunArgs, Statistics, Tool, Training};
use domain::ArtefactId;
use domain::session::Speaker;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rows of a ledger that are quoted.
const QUOTES_MAX: usize = 8;

/// Writes the report of a session whose plan is that of the built-in planner; none before there is a plan.
#[must_use]
pub fn write(session: &Session) -> Option<Report> {
    let brief = effective(session)?;
    let start = session.start()?;
    let run = Run { session, brief: &brief };
    let mut sections = vec![goal(&run, &start.goal), data(&run), method(&run)];
    sections.extend(match brief.target {
        Target::Strategy => strategy(&run),
        Target::Predict => prediction(&run),
        Target::Explain => explanation(&run),
        Target::Compare | Target::Accumulate => runs(&run),
    });
    sections.push(doubts(&run));
    let (recommendation, confidence) = recommend(&run);
    sections.push(section(
        "Recommendation",
        vec![
            Block::Words(recommendation),
            Block::Words(format!("Confidence: {}.", confidence.words())),
            Block::Words("What is written here is about the past. It is no advice and no promise.".to_owned()),
        ],
    ));
    sections.push(sources(session));
    let coins: Vec<String> = brief.coins.iter().map(ToString::to_string).collect();
    let title = format!("{}: {}", coins.join(", "), brief.target.words());
    Some(Report { title, sections, confidence })
}

/// What the numbers of a session's report are held against: its plan, its rules, what its tools answered, and its counts.
#[must_use]
pub fn evidence(session: &Session) -> Vec<Value> {
    let mut all: Vec<Value> = session
        .calls()
        .filter(|call| call.stands)
        .filter_map(|call| call.outcome().and_then(|outcome| serde_json::to_value(outcome).ok()))
        .collect();
    let standing = session.calls().filter(|call| call.stands).filter_map(|call| call.tool.as_ref());
    all.extend(standing.filter_map(|tool| serde_json::to_value(tool).ok()));
    if let Some(brief) = effective(session) {
        all.extend(serde_json::to_value(&brief));
        let run = Run { session, brief: &brief };
        let governance = Governance::usual(brief.max_drawdown_pct);
        all.push(json!({
            "examined": run.examined().len(), "models": run.trained().len(),
            "rules": [governance.sharpe_min, governance.drawdown_pct_max, governance.win_rate_min, governance.trades_min],
        }));
    }
    all.push(json!({ "goal": session.start().map(|start| start.goal.clone()), "counts": counts(session) }));
    let titles: Vec<&str> = session.artefacts().map(|artefact| artefact.title.as_str()).collect();
    all.push(json!(titles));
    all
}

fn section(title: &str, blocks: Vec<Block>) -> Section {
    Section { title: title.to_owned(), blocks }
}

fn percent(value: Option<f64>) -> String {
    value
        .filter(|value| value.is_finite())
        .map_or_else(|| "not known".to_owned(), |value| format!("{:+.2} %", value * 100.0))
}

fn ratio(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| "not known".to_owned(), |value| format!("{value:.2}"))
}

fn share(value: Option<f64>) -> String {
    value
        .filter(|value| value.is_finite())
        .map_or_else(|| "not known".to_owned(), |value| format!("{:.1} %", value * 100.0))
}

fn figure(name: &str, value: impl ToString) -> Figure {
    Figure { name: name.to_owned(), value: value.to_string() }
}

fn source(call: &Call) -> Option<ArtefactId> {
    call.artefacts().first().map(|artefact| artefact.id)
}

fn goal(run: &Run<'_>, goal: &str) -> Section {
    let brief = run.brief;
    let coins: Vec<String> = brief.coins.iter().map(ToString::to_string).collect();
    let understood = format!(
        "Understood as: {} for {}, on {} candles from {} to {}.",
        brief.target.words(),
        coins.join(", "),
        brief.interval,
        brief.from,
        brief.to
    );
    let mut blocks = vec![Block::Quote(Quoted::new(goal, "the trader", None)), Block::Words(understood)];
    if !brief.assumptions.is_empty() {
        blocks.push(Block::Words("Taken for granted, as nothing was told:".to_owned()));
        blocks.push(Block::List(brief.assumptions.clone()));
    }
    let changes: Vec<String> = run.session.changes().iter().map(ToString::to_string).collect();
    if !changes.is_empty() {
        blocks.push(Block::Words("Set otherwise by a person on the way:".to_owned()));
        blocks.push(Block::List(changes));
    }
    section("Goal", blocks)
}

fn standing<'a, T>(run: &Run<'a>, pick: impl Fn(&'a Call) -> Option<T>) -> Vec<T> {
    run.session.calls().filter(|call| call.stands).filter_map(pick).collect()
}

fn data(run: &Run<'_>) -> Section {
    let found = standing(run, |call| match call.outcome() {
        Some(Outcome::Statistics(statistics)) => Some((statistics, call)),
        _ => None,
    });
    let mut blocks = Vec::new();
    for (statistics, call) in found {
        blocks.push(Block::Figures {
            of: source(call),
            title: format!("{}: quality {}", statistics.coin, statistics.grade.words()),
            figures: of_statistics(statistics),
        });
        if !statistics.warnings.is_empty() {
            blocks.push(Block::List(statistics.warnings.clone()));
        }
    }
    for (pair, call) in standing(run, |call| match call.outcome() {
        Some(Outcome::Correlation(found)) => Some((found, call)),
        _ => None,
    }) {
        let figures = pair
            .pairs
            .iter()
            .map(|pair| {
                figure(
                    &format!("{} with {}", pair.a, pair.b),
                    format!("{} over {} bars", ratio(pair.pearson), pair.bars),
                )
            })
            .collect();
        blocks.push(Block::Figures {
            of: source(call),
            title: "How returns go together (Pearson)".to_owned(),
            figures,
        });
    }
    for table in standing(run, table) {
        let words = format!("To learn from there were {} rows of {} columns.", table.rows, table.columns.len());
        blocks.push(Block::Words(words));
    }
    section("Data and its quality", blocks)
}

fn of_statistics(one: &Statistics) -> Vec<Figure> {
    let moment = |at: Option<domain::Timestamp>| at.map_or_else(|| "not known".to_owned(), |at| at.to_string());
    vec![
        figure("candles", one.candles),
        figure("missing", one.missing),
        figure("from", moment(one.from)),
        figure("to", moment(one.to)),
        figure("return of the coin", percent(one.earned)),
        figure("volatility of a year", share(one.volatility)),
        figure("deepest fall", percent(one.max_drawdown)),
        figure("best bar", format!("{} at {}", percent(one.best_bar), moment(one.best_at))),
        figure("worst bar", format!("{} at {}", percent(one.worst_bar), moment(one.worst_at))),
    ]
}

fn counts(session: &Session) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for call in session.calls().filter(|call| call.stands && call.outcome().is_some()) {
        if let Some(tool) = &call.tool {
            *counts.entry(tool.name()).or_default() += 1;
        }
    }
    counts
}

fn method(run: &Run<'_>) -> Section {
    let Brief { tests, fee_bps, spread_bps, .. } = run.brief;
    let how = match run.brief.target {
        Target::Strategy => format!(
            "Strategies were searched on the first half of the candles only. What made money there was examined by walking forward over the second half in {tests} tests: each runs what was best before it. A fee of {fee_bps} and a spread of {spread_bps} hundredths of a percent are paid on every trade."
        ),
        Target::Predict => format!(
            "Each model learned walk-forward in {tests} folds, and every figure is from candles it did not learn from. Its label is the direction after fees, {} candles ahead.",
            run.brief.horizon_bars
        ),
        Target::Explain => "The largest moves were looked up, and what the ledgers knew around them. That something happened before a move does not make it the cause.".to_owned(),
        Target::Compare => "Each coin was held over the same candles with the same money.".to_owned(),
        Target::Accumulate => "The same money was put in week by week, and at once, over the same candles. Nothing was chosen, so nothing is flattered by a choice.".to_owned(),
    };
    let calls = counts(run.session).into_iter().map(|(tool, count)| figure(tool, count)).collect();
    let calls = Block::Figures { of: None, title: "Calls of tools that came back".to_owned(), figures: calls };
    section("Method", vec![Block::Words(how), calls])
}

fn strategy(run: &Run<'_>) -> Vec<Section> {
    let examined = run.examined();
    if examined.is_empty() {
        let words = "No strategy made money even on the candles it was chosen on, or none could be examined. There is nothing out of sample to show.";
        let nothing = section("Out of sample", vec![Block::Words(words.to_owned())]);
        return vec![nothing, section("In sample, for completeness", in_sample(run))];
    }
    let each = |blocks: fn(&Run<'_>, &EvaluateArgs, &Evaluation, &Call) -> Vec<Block>| {
        examined.iter().flat_map(|(args, found, call)| blocks(run, args, found, call)).collect()
    };
    vec![
        section("Out of sample", each(out_of_sample)),
        section(
            "Baselines",
            each(|run, args, found, call| {
                let figures =
                    vec![figure("the strategy", percent(found.earned)), figure("the coin itself", percent(found.hold))];
                let title = format!("{}: against holding {}", found.strategy, args.run.window.coin);
                let mut blocks = vec![Block::Figures { of: source(call), title, figures }];
                blocks.extend(held(run, args.run.window.coin));
                blocks
            }),
        ),
        section(
            "Costs and worse conditions",
            each(|_, args, found, call| {
                let mut figures = vec![
                    figure("fee, hundredths of a percent", args.run.fee_bps),
                    figure("spread, hundredths of a percent", args.run.spread_bps),
                ];
                figures.extend(found.stress.iter().map(|one| figure(&one.name.replace('_', " "), percent(one.earned))));
                vec![Block::Figures {
                    of: source(call),
                    title: format!("{}: return under other conditions", found.strategy),
                    figures,
                }]
            }),
        ),
        section("Luck and overfitting", each(luck)),
        section("In sample, for completeness", in_sample(run)),
        section(
            "Look-ahead",
            each(|_, _, found, call| {
                let figures = found.leaks.iter().map(|one| figure(&one.name, &one.outcome)).collect();
                vec![Block::Figures {
                    of: source(call),
                    title: format!("{}: does it know what it can't?", found.strategy),
                    figures,
                }]
            }),
        ),
    ]
}

/// The coin bought and held with the same money, after fees, over the second half.
fn held(run: &Run<'_>, coin: domain::Coin) -> Option<Block> {
    let held = |call: &Call| match (&call.tool, call.outcome()) {
        (Some(Tool::Backtest(args)), Some(Outcome::Backtest(found)))
            if args.window.coin == coin && found.strategy.as_str() == "buy_and_hold" =>
        {
            let figures =
                vec![figure("return", percent(found.earned)), figure("deepest fall", percent(found.max_drawdown))];
            Some(Block::Figures { of: source(call), title: format!("{coin} bought and held, after fees"), figures })
        }
        _ => None,
    };
    run.session.calls().filter(|call| call.stands).find_map(held)
}

/// Where choices were made: it comes last, and says that it flatters.
fn in_sample(run: &Run<'_>) -> Vec<Block> {
    let one = |(_, found, call): &(&EvaluateArgs, &Evaluation, &Call)| {
        let figures = vec![
            figure("return where it was chosen", percent(found.in_sample_return)),
            figure("Sharpe ratio there", ratio(found.in_sample_sharpe)),
        ];
        Block::Figures { of: source(call), title: format!("{}: flattered by the choice", found.strategy), figures }
    };
    run.examined().iter().map(one).chain(searched(run)).collect()
}

/// What every search came to where it was made.
fn searched(run: &Run<'_>) -> Vec<Block> {
    let one = |call: &Call| match (&call.tool, call.outcome()) {
        (Some(Tool::Sweep(args)), Some(Outcome::Sweep(found))) => {
            let best = found.best.first();
            let figures = vec![
                figure("settings tried", found.points),
                figure("of them made money", share(found.winning)),
                figure("the best returned", percent(best.and_then(|best| best.earned))),
                figure("its Sharpe ratio of a year", ratio(best.and_then(|best| best.sharpe))),
            ];
            let title = format!("{} on {}: the search", found.strategy, args.run.window.coin);
            Some(Block::Figures { of: source(call), title, figures })
        }
        _ => None,
    };
    run.session.calls().filter(|call| call.stands).filter_map(one).collect()
}

fn out_of_sample(run: &Run<'_>, args: &EvaluateArgs, found: &Evaluation, call: &Call) -> Vec<Block> {
    let figures = vec![
        figure("verdict", found.verdict.replace('_', " ")),
        figure("return", percent(found.earned)),
        figure("Sharpe ratio of a year", ratio(found.sharpe)),
        figure("deepest fall", percent(found.max_drawdown)),
        figure("trades", found.trades),
        figure("share of trades that gained", share(found.win_rate)),
        figure("bars tested", found.bars),
    ];
    let title = format!("{} on {}", found.strategy, args.run.window.coin);
    let params: Vec<String> = found.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let rules = governed(found, &Governance::usual(run.brief.max_drawdown_pct));
    vec![
        Block::Words(found.words.clone()),
        Block::Figures { of: source(call), title, figures },
        Block::Words(if params.is_empty() {
            "It would run from here on with its usual parameters.".to_owned()
        } else {
            format!("What would run from here on: {}.", params.join(", "))
        }),
        Block::List(rules.iter().map(rule).collect()),
    ]
}

fn rule(rule: &Rule) -> String {
    let name = rule.name.replace('_', " ");
    let shown = |value: f64| match rule.name {
        "trades" => format!("{value:.0}"),
        "sharpe" => format!("{value:.2}"),
        _ => format!("{:.1} %", value.abs() * 100.0),
    };
    let passed = if rule.is_passed { "passed" } else { "not passed" };
    match (rule.name, rule.found) {
        ("no_leaks_no_luck", _) => format!("Rule '{name}': {passed}."),
        (_, Some(found)) => format!("Rule '{name}': {} asked, {} found: {passed}.", shown(rule.asked), shown(found)),
        (_, None) => format!("Rule '{name}': {} asked, not known: {passed}.", shown(rule.asked)),
    }
}

fn luck(_: &Run<'_>, _: &EvaluateArgs, found: &Evaluation, call: &Call) -> Vec<Block> {
    let mut figures = vec![
        figure("trials ever made on this data", found.trials),
        figure("probability that its Sharpe ratio is above 0", share(found.probabilistic_sharpe)),
        figure("after all trials (deflated)", share(found.deflated_sharpe)),
        figure("probability that choosing chose luck", share(found.overfitting)),
        figure("kept of what the trainings promised", share(found.efficiency)),
    ];
    figures.extend(
        found
            .controls
            .iter()
            .map(|one| figure(&format!("chance does as well ({})", one.name.replace('_', " ")), share(one.p))),
    );
    let words = found.controls.iter().map(|one| one.words.clone()).collect();
    vec![Block::Figures { of: source(call), title: found.strategy.to_string(), figures }, Block::List(words)]
}

fn prediction(run: &Run<'_>) -> Vec<Section> {
    let trained = run.trained();
    if trained.is_empty() {
        let words = "No model could be trained here. There is nothing to show.".to_owned();
        return vec![section("Out of sample", vec![Block::Words(words)])];
    }
    let table = |(one, call): &(&Training, &Call)| {
        let figures = vec![
            figure("rows tested", one.tested),
            figure("area under the ROC curve", ratio(one.auc)),
            figure("right", share(one.accuracy)),
            figure("right by the best simple guess", share(one.baseline)),
            figure("Brier score", ratio(one.brier)),
        ];
        Block::Figures { of: source(call), title: one.learner.to_string(), figures }
    };
    let control = |(one, call): &(&Training, &Call)| {
        let figures = vec![figure("area with shuffled labels", ratio(one.shuffled_auc))];
        Block::Figures { of: source(call), title: one.learner.to_string(), figures }
    };
    let matters = |(one, _): &(&Training, &Call)| {
        let names: Vec<String> = one.important.iter().map(ToString::to_string).collect();
        format!("{}: {}", one.learner, names.join(", "))
    };
    vec![
        section("Out of sample", trained.iter().map(table).collect()),
        section("Luck and leaks", trained.iter().map(control).collect()),
        section("What mattered", vec![Block::List(trained.iter().map(matters).collect())]),
    ]
}

fn explanation(run: &Run<'_>) -> Vec<Section> {
    let mut moves = Vec::new();
    for (found, call) in standing(run, |call| match call.outcome() {
        Some(Outcome::Anomalies(found)) => Some((found, call)),
        _ => None,
    }) {
        let figures = found
            .bars
            .iter()
            .take(QUOTES_MAX)
            .map(|bar| {
                figure(&bar.at.to_string(), format!("{} ({:.1} deviations)", percent(Some(bar.earned)), bar.deviations))
            })
            .collect();
        moves.push(Block::Figures { of: source(call), title: "Moves far from the others".to_owned(), figures });
    }
    let mut said = Vec::new();
    for (found, call) in standing(run, |call| match call.outcome() {
        Some(Outcome::Rows(found)) => Some((found, call)),
        _ => None,
    }) {
        let of = source(call).map_or_else(String::new, |id| format!(" (artefact {id})"));
        said.push(Block::Words(format!("{} rows in the ledger, the weightiest first{of}:", found.total)));
        said.extend(found.rows.iter().take(QUOTES_MAX).map(|row| Block::Quote(row.words.held())));
    }
    if said.is_empty() {
        said.push(Block::Words("The ledgers could not be read, or hold nothing of that time.".to_owned()));
    }
    vec![section("What moved", moves), section("What was known around it, in the words of others", said)]
}

fn runs(run: &Run<'_>) -> Vec<Section> {
    let made = standing(run, |call| match (&call.tool, call.outcome()) {
        (Some(Tool::Backtest(args)), Some(Outcome::Backtest(found))) => Some((args, found, call)),
        _ => None,
    });
    let table = |(args, found, call): &(&RunArgs, &Backtest, &Call)| Block::Figures {
        of: source(call),
        title: format!("{} on {}", found.strategy.as_str().replace('_', " "), args.window.coin),
        figures: vec![
            figure("AUD at the end", &found.final_equity),
            figure("return", percent(found.earned)),
            figure("return of the coin", percent(found.hold)),
            figure("deepest fall", percent(found.max_drawdown)),
            figure("Sharpe ratio of a year", ratio(found.sharpe)),
            figure("AUD of fees", &found.fees),
        ],
    };
    vec![section("What it came to", made.iter().map(table).collect())]
}

fn doubts(run: &Run<'_>) -> Section {
    let mut lines: Vec<String> = run
        .examined()
        .into_iter()
        .flat_map(|(_, found, _)| found.reasons.iter().map(|reason| format!("{}: {reason}", found.strategy)))
        .collect();
    lines.extend(run.trained().into_iter().flat_map(|(one, _)| one.notes.clone()));
    if run.examined().len() > 1 {
        lines.push(format!(
            "{} candidates were examined one after the other: each look is another chance for luck.",
            run.examined().len()
        ));
    }
    let failed = run.session.calls().filter(|call| call.stands);
    let failed: std::collections::BTreeSet<&str> =
        failed.filter(|call| call.failed().is_some()).map(|call| call.called.tool.as_str()).collect();
    lines.extend(
        failed
            .into_iter()
            .map(|tool| format!("The tool {tool} failed at least once; what it would have told may be missing here.")),
    );
    if run.session.lines().any(|line| line.who == Speaker::Person) {
        lines.push("A person said things on the way that the built-in planner does not act on.".to_owned());
    }
    lines.push("Candles are of one exchange and may hold errors that no check found; a market can change for good at any time.".to_owned());
    section("What could be wrong", vec![Block::List(lines)])
}

fn recommend(run: &Run<'_>) -> (String, Confidence) {
    match run.brief.target {
        Target::Strategy => match run.winner() {
            Some((args, found, _)) if found.verdict == "holds_up" => {
                let words = format!("{} on {} passed every rule out of sample and held up in everything that was asked. Try it on paper first.", found.strategy, args.run.window.coin);
                (words, Confidence::Moderate)
            }
            Some((args, found, _)) => {
                let words = format!("{} on {} passed every rule out of sample, but it is not shown to be more than luck. If at all, on paper.", found.strategy, args.run.window.coin);
                (words, Confidence::Low)
            }
            None => ("Nothing held up. Trade none of this.".to_owned(), Confidence::None),
        },
        Target::Predict => match run.trained().first() {
            Some((best, _)) if knows(best) => {
                let words = format!("The {} model knows a little more than a guess. Whether that is worth its fees is not shown here.", best.learner);
                (words, Confidence::Low)
            }
            Some(_) => ("No model knows more than a guess would. Trade none of this.".to_owned(), Confidence::None),
            None => ("No model could be trained.".to_owned(), Confidence::None),
        },
        Target::Explain => ("Read what was known around the moves, and judge for yourself; nothing here shows a cause.".to_owned(), Confidence::None),
        Target::Compare => ("What was better over these candles need not be better over the next.".to_owned(), Confidence::None),
        Target::Accumulate => ("Buying by a plan spreads the price paid; it does not make a falling coin rise. Decide by what you can bear to see fall.".to_owned(), Confidence::None),
    }
}

fn sources(session: &Session) -> Section {
    let mut lines: Vec<String> = Vec::new();
    for call in session.calls().filter(|call| call.stands) {
        for artefact in call.artefacts() {
            let line = format!("{} — {} ({})", artefact.id, artefact.title, artefact.kind);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    section("Evidence", vec![Block::List(lines)])
}
