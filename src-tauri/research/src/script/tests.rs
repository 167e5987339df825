use super::*;
use crate::strategy::Strategy;
use crate::view::{History, View};
use domain::{Candle, Coin, Decimal, Interval, Price, Quantity, Signal, SignalAction, SignalSize, Timestamp};
use floor::Portfolio;
use proptest::prelude::*;
use std::collections::BTreeMap;

const CROSS: &str = r#"
PARAMS = {"fast": 2, "slow": 5}

def inputs(p):
    return {"fast": "sma(%d)" % p["fast"], "slow": "sma(%d)" % p["slow"]}

def on_candle(now, state, p):
    before = state.get("above")
    above = before if now.fast == now.slow else now.fast > now.slow
    state["above"] = above
    if before == False and above and not now.held:
        return buy(reason = "crossed above")
    if above == False and now.held:
        return close(reason = "is below")
"#;

fn none() -> BTreeMap<String, String> {
    BTreeMap::new()
}

fn set(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn btc() -> Coin {
    Coin::parse("BTC").unwrap()
}

/// Walks a strategy over closes; what it holds is what its own signals say.
fn walk(strategy: &mut dyn Strategy, cents: &[u32]) -> Vec<(usize, SignalAction, SignalSize)> {
    let (mut history, mut portfolio, mut said) = (History::default(), Portfolio::default(), Vec::new());
    for (number, close) in cents.iter().enumerate() {
        let price = Price::new(Decimal::new(i64::from((*close).max(1)), 2)).unwrap();
        let at = |number: usize| Timestamp::from_micros(number as i64 * Interval::H1.micros());
        history.push(btc(), Candle::of(at(number), price));
        for Signal { action, size, .. } in
            strategy.on_candle(&View::new(&history, btc(), Interval::H1, at(number + 1)), &portfolio)
        {
            let held = if action == SignalAction::Buy { "1" } else { "0" };
            portfolio.holdings.insert(btc(), Quantity::parse(held).unwrap());
            said.push((number, action, size));
        }
    }
    said
}

fn scripted(source: &str, set: &BTreeMap<String, String>) -> Scripted<Local> {
    Scripted::new(Local::read(source, set).unwrap())
}

/// What became of a script that is walked over ten candles.
fn failure(body: &str) -> Denial {
    let mut strategy = scripted(body, &none());
    walk(&mut strategy, &[100; 10]);
    strategy.failure().unwrap()
}

fn unreadable(source: &str) -> String {
    Local::read(source, &none()).err().unwrap().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_script_decides_what_the_same_rule_built_in_decides(
        cents in proptest::collection::vec(1u32..500, 0..60), fast in 1u32..5, more in 1u32..5,
    ) {
        let (fast, slow) = (fast.to_string(), (fast + more).to_string());
        let parameters = set(&[("fast", &fast), ("slow", &slow)]);
        let (_, mut built) = crate::build("sma_cross", &parameters).unwrap();
        let mut script = scripted(CROSS, &parameters);
        prop_assert_eq!(walk(&mut script, &cents), walk(&mut *built, &cents));
        prop_assert_eq!(script.failure(), None);
        prop_assert_eq!(script.warm_up(), built.warm_up());
    }
}

#[test]
fn every_example_trades_on_a_market_that_swings_and_never_fails() {
    for (name, source) in EXAMPLES {
        let mut script = scripted(source, &none());
        let mut said = 0;
        let (mut history, mut portfolio) = (History::default(), Portfolio::default());
        for number in 0..1_200_usize {
            let swing = (number as f64 / 40.0).sin() * 40.0 + (number as f64 / 7.0).sin() * 15.0 + number as f64 / 20.0;
            let price = Price::new(Decimal::new(((200.0 + swing) * 100.0) as i64, 2)).unwrap();
            let at = |number: usize| Timestamp::from_micros(number as i64 * Interval::H1.micros());
            let volume = Quantity::parse(if number % 40 < 12 { "30" } else { "5" }).ok();
            history.push(btc(), Candle { volume, ..Candle::of(at(number), price) });
            for signal in script.on_candle(&View::new(&history, btc(), Interval::H1, at(number + 1)), &portfolio) {
                let held = if signal.action == SignalAction::Buy { "1" } else { "0" };
                portfolio.holdings.insert(btc(), Quantity::parse(held).unwrap());
                said += 1;
            }
        }
        assert_eq!(script.failure(), None, "{name}");
        assert!(said >= 4, "{name}: {said}");
    }
}

#[test]
fn a_script_tells_its_parameters_and_what_it_looks_at() {
    let local = Local::read(CROSS, &set(&[("slow", "50")])).unwrap();
    let summary = local.summary();
    assert_eq!(summary.warm_up, 51);
    assert_eq!(summary.parameters, [("fast".into(), "2".into()), ("slow".into(), "50".into())]);
    assert_eq!(summary.inputs, ["fast", "slow"]);
}

#[test]
fn a_parameter_that_is_none_or_of_another_kind_is_refused() {
    let refused = |name: &str, value: &str| Local::read(CROSS, &set(&[(name, value)])).err().unwrap().to_string();
    assert!(refused("fsat", "3").contains("'fsat'"));
    assert!(refused("fast", "3.5").contains("fast"));
}

#[test]
fn formulas_are_those_of_every_strategy_and_look_back() {
    let source = r#"
def inputs(p):
    return {"top": "highest(high, 3) ago 1", "was": "close ago 2", "average": "ema(3)", "strength": "rsi(2)"}
def on_candle(now, state, p):
    return buy(aud = str(int(now.top)) + "." + str(int(now.was)))
"#;
    let mut script = scripted(source, &none());
    let said = walk(&mut script, &[100, 500, 300, 200, 700]);
    assert_eq!(script.failure(), None);
    let aud = |text: &str| SignalSize::Aud(domain::Money::aud(domain::parse_decimal(text).unwrap()));
    assert_eq!(said, [(3, SignalAction::Buy, aud("5.5")), (4, SignalAction::Buy, aud("5.3"))]);
}

#[test]
fn a_bomb_of_steps_of_depth_or_of_what_is_kept_is_stopped_and_named() {
    let endless = "def on_candle(now, state, p):\n    for i in range(1000000000):\n        x = i\n";
    assert_eq!(failure(endless).code, "script_exhausted");
    let deep = "def f(n):\n    return f(n + 1)\ndef on_candle(now, state, p):\n    return f(0)\n";
    assert_eq!(failure(deep).code, "script_exhausted");
    let hoard = "def on_candle(now, state, p):\n    state[\"all\"] = [i for i in range(20000)]\n";
    assert_eq!(failure(hoard).code, "script_exhausted");
    let fat = "def on_candle(now, state, p):\n    all, one = [], \"x\" * 1000\n    for i in range(100000):\n        all.append(one + str(i))\n";
    assert!(failure(fat).to_string().contains("MB"));
    assert!(
        unreadable("for i in range(1000000000):\n    x = i\ndef on_candle(now, state, p):\n    pass\n")
            .contains("steps")
    );
}

#[test]
fn what_fails_names_the_line() {
    let said = failure("def on_candle(now, state, p):\n    x = 1\n    return now.nothing\n");
    assert_eq!(said.code, "script_failed");
    assert!(said.to_string().contains("line 3"), "{said}");
    assert!(unreadable("def on_candle(now, state, p)\n    pass\n").contains("line 1"));
    assert!(unreadable("x = 1\n").contains("on_candle"));
}

#[test]
fn nothing_of_the_machine_can_be_reached() {
    for call in ["open(\"/etc/passwd\")", "load(\"x\", \"y\")", "time()", "eval(\"1\")", "__import__(\"os\")"] {
        let source = format!("def on_candle(now, state, p):\n    return {call}\n");
        assert!(Local::read(&source, &none()).is_err(), "{call}");
    }
}

#[test]
fn an_answer_that_is_no_decision_is_refused_whole() {
    let answers = [
        "7",
        "\"buy\"",
        "{}",
        "buy(share = 0)",
        "buy(share = 1.5)",
        "buy(share = float(\"nan\"))",
        "buy(aud = 12.5)",
        "buy(aud = \"1e3\")",
        "buy(aud = \"1\", quantity = \"1\")",
        "buy(reason = 3)",
        "[buy()] * 5",
        "[buy(), None]",
        "{\"action\": \"withdraw\", \"share\": 1, \"reason\": \"\"}",
    ];
    for answer in answers {
        let said = failure(&format!("def on_candle(now, state, p):\n    return {answer}\n"));
        assert_eq!(said.code, "script_answer", "{answer}: {said}");
    }
}

#[test]
fn every_formula_there_is_can_be_written_and_speaks_when_it_is_warm() {
    for (name, takes) in FORMULAS {
        let numbers = takes.split(", ").filter(|one| !one.is_empty()).zip(["2", "4", "3"]).map(|(_, number)| number);
        let formula = format!("{name}({})", numbers.collect::<Vec<_>>().join(", "));
        let mut input = inputs::Input::parse("x", &formula).unwrap();
        let bar = |n: usize| {
            let close = 100.0 + (n * 7 % 5) as f64;
            Bar { time: 0, open: close, high: close + 1.0, low: close - 1.0, close, volume: Some(2.0) }
        };
        let said: Vec<Option<f64>> = (0..input.warm_up + 3).map(|n| input.push(&bar(n))).collect();
        assert!(said[input.warm_up - 1..].iter().all(Option::is_some), "{formula}: {said:?}");
    }
}

#[test]
fn a_formula_that_is_none_is_refused_with_its_name() {
    for formula in ["smaa(3)", "sma(0)", "sma(3", "sma(5001)", "close ago 0", "sma(price, 3)", ""] {
        let source =
            format!("def inputs(p):\n    return {{\"x\": \"{formula}\"}}\ndef on_candle(now, state, p):\n    pass\n");
        assert!(unreadable(&source).contains("input x"), "{formula}");
    }
    let own = "def inputs(p):\n    return {\"close\": \"close\"}\ndef on_candle(now, state, p):\n    pass\n";
    assert!(unreadable(own).contains("input close"));
}

#[test]
fn what_it_keeps_outlives_the_candle_and_nothing_else_does() {
    let source = r#"
KEPT = [0]
def on_candle(now, state, p):
    state["n"] = state.get("n", 0) + 1
    if state["n"] == 3:
        return buy(share = 0.25)
    if state["n"] == 5:
        KEPT.append(1)
"#;
    let mut script = scripted(source, &none());
    let said = walk(&mut script, &[100; 4]);
    assert_eq!(said, [(2, SignalAction::Buy, SignalSize::Share(domain::BasisPoints(2_500)))]);
    // What stands at its top is frozen: keeping something there fails, and says so.
    let mut script = scripted(source, &none());
    walk(&mut script, &[100; 6]);
    assert_eq!(script.failure().unwrap().code, "script_failed");
}
