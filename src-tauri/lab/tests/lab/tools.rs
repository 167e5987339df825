//! What the tools say of themselves is what they take.

use crate::world::{Fake, World, coin, name};
use domain::{ArtefactId, Decimal, Interval, Timestamp};
use lab::tools::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn every() -> Vec<Tool> {
    let (from, to) =
        (Timestamp::parse("2025-01-01T00:00:00Z").unwrap(), Timestamp::parse("2026-01-01T00:00:00Z").unwrap());
    let (coins, interval) = (vec![coin("BTC"), coin("ETH")], Interval::H1);
    let window = Window { coin: coin("BTC"), interval, from, to };
    let run = RunArgs {
        strategy: name("sma_cross"),
        params: BTreeMap::new(),
        window: window.clone(),
        cash: Decimal::from(10_000),
        fee_bps: 10,
        spread_bps: 0,
    };
    let id = ArtefactId::of(b"x");
    vec![
        Tool::Coverage(CoverageArgs { coins: coins.clone(), interval, from, to }),
        Tool::Query(QueryArgs { ledger: Ledger::Human, coins: coins.clone(), as_of: to, from, to, limit: 20 }),
        Tool::Statistics(window.clone()),
        Tool::Features(FeaturesArgs { window: window.clone(), columns: vec![] }),
        Tool::Anomalies(AnomaliesArgs { window: window.clone(), deviations: 5.0 }),
        Tool::Correlation(CorrelationArgs { coins, interval, from, to }),
        Tool::Sweep(SweepArgs { run: run.clone(), grid: vec!["fast=5,10".into()] }),
        Tool::Backtest(run.clone()),
        Tool::Evaluate(EvaluateArgs { run: run.clone(), grid: vec![], tests: 5, embargo_bars: None, seed: 1 }),
        Tool::Train(TrainArgs {
            learner: Learner::Logistic,
            window,
            label: name("direction"),
            horizon: 4,
            features: vec![],
            folds: 5,
            fee_bps: 10,
            seed: 1,
        }),
        Tool::Compare(CompareArgs { artefacts: vec![id, ArtefactId::of(b"y")] }),
        Tool::ScriptCheck(ScriptArgs { text: "x = 1".into() }),
        Tool::Chart(ChartArgs { of: id, title: "x".into() }),
        Tool::Report(ReportArgs {}),
        Tool::Propose(ProposeArgs { evaluation: id, run, name: name("a"), capital_pct: 10, paper_days: 30 }),
    ]
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
}

/// What a schema names is what the arguments have, all the way down.
fn same(schema: &Value, args: &Value, at: &str) {
    if schema["type"] != "object" || schema.get("properties").is_none() {
        return;
    }
    assert_eq!(keys(&schema["properties"]), keys(args), "{at}");
    let required: BTreeSet<String> =
        schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    assert_eq!(required, keys(args), "{at}");
    for (name, inner) in schema["properties"].as_object().unwrap() {
        same(inner, &args[name], &format!("{at}.{name}"));
    }
}

#[test]
fn every_tool_is_declared_with_the_very_arguments_it_takes() {
    let tools = every();
    assert_eq!(tools.len(), declared().len());
    for (tool, declared) in tools.iter().zip(declared()) {
        assert_eq!((tool.name(), tool.earliest()), (declared.name, declared.earliest));
        let schema: Value = serde_json::from_str(declared.schema).unwrap();
        same(&schema, &serde_json::from_str(&tool.args()).unwrap(), tool.name());
        assert_eq!(Tool::read(tool.name(), &tool.args()).unwrap(), *tool);
        tool.check().unwrap();
    }
}

#[test]
fn a_result_comes_back_as_it_was_and_an_enormous_one_is_refused() {
    for tool in every() {
        if let domain::session::Returned::Done { result, .. } = Fake::default().answer(&tool) {
            assert_eq!(Outcome::read(&tool, &result).unwrap().json(), result);
        }
        assert!(Outcome::read(&tool, &format!("{{\"x\":\"{}\"}}", "y".repeat(RESULT_BYTES_MAX))).is_err());
    }
}

#[test]
fn a_result_that_is_none_is_a_failure_of_the_call() {
    use domain::session::Returned;
    let mut world = World::started("find a strategy for BTC on 1h", Fake::default());
    world.say("yes").unwrap();
    let returned = Returned::Done { result: "{\"coins\":7}".into(), artefacts: vec![] };
    world.event(&lab::Event::Returned { call: 1, took_ms: 1, returned }).unwrap();
    assert_eq!(world.session.call(1).unwrap().failed().unwrap().code, "bad_result");
    assert!(world.session.call(2).unwrap().is_open(), "it is called again");
}

#[test]
fn arguments_out_of_bounds_are_refused_with_what_would_do() {
    let mut bad = every();
    for tool in &mut bad {
        match tool {
            Tool::Coverage(args) => args.coins.clear(),
            Tool::Query(args) => args.limit = 51,
            Tool::Statistics(window) => window.to = window.from,
            Tool::Features(args) => args.window.to = args.window.from,
            Tool::Anomalies(args) => args.deviations = f64::NAN,
            Tool::Correlation(args) => args.coins.truncate(1),
            Tool::Sweep(args) => args.grid = vec!["a=1,2".into(); 5],
            Tool::Backtest(run) => run.strategy = name("no_such"),
            Tool::Evaluate(args) => args.tests = 1,
            Tool::Train(args) => args.label = name("price"),
            Tool::Compare(args) => args.artefacts.truncate(1),
            Tool::ScriptCheck(args) => args.text = "x".repeat(SCRIPT_CHARS_MAX + 1),
            Tool::Chart(args) => args.title.clear(),
            Tool::Report(_) => continue,
            Tool::Propose(args) => args.capital_pct = 101,
        }
        assert!(tool.check().is_err(), "{tool:?}");
    }
}
