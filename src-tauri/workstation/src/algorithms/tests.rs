use super::*;
use crate::dto::{AlgorithmRequest, AlgorithmsView};
use crate::fixtures::{START, World, book, coin};
use coinspot::PRICES_SOURCE;
use domain::{BasisPoints, Decimal, Fact, SignalAction, SignalSize};

fn described(name: &str, strategy: &str, params: &[(&str, &str)]) -> AlgorithmRequest {
    AlgorithmRequest {
        name: name.to_owned(),
        strategy: strategy.to_owned(),
        coins: vec!["BTC".to_owned()],
        interval: "1m".to_owned(),
        capital_pct: "10".to_owned(),
        orders: Some("instant".to_owned()),
        params: params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    }
}

/// A world whose clock stands at the beginning of a minute, with prices that can be trusted.
async fn trusted() -> World {
    let world = World::of(&[PRICES_SOURCE]).await;
    let minute = domain::Interval::M1.floor(START).plus_micros(60_000_000);
    world.clock.set(minute);
    minutes(&world, &[100_000, 100_001, 100_000]).await;
    world
}

/// Minutes with these closes, and a look at the algorithms right after each.
async fn minutes(world: &World, closes: &[i64]) {
    for close in closes {
        for step in [1, 2, 3, 4, 5] {
            world.pass(if step == 1 { 8 } else { 10 });
            world.tell(PRICES_SOURCE, book(&[("BTC", close + i64::from(step != 5))]));
            world.run(PRICES_SOURCE).await;
        }
        world.pass(12 + 3);
        world.ws.step_algorithms().await.unwrap();
        world.pass(-3);
    }
}

async fn run_on_paper(world: &World, request: &AlgorithmRequest) {
    world.ws.algorithm_set(request, true).await.unwrap();
    world.ws.algorithm_promote(&request.name, None).await.unwrap();
}

async fn view(world: &World) -> AlgorithmsView {
    world.ws.algorithms().await.unwrap()
}

async fn said(world: &World, name: &str) -> Vec<(String, Option<String>)> {
    let detail = world.ws.algorithm(name).await.unwrap();
    let line = |row: crate::dto::SignalRow| (row.action, row.refusal.map(|refusal| refusal.code));
    detail.signals.into_iter().rev().map(line).collect()
}

#[tokio::test]
async fn a_cross_becomes_a_paper_order_of_its_own_book_once_and_is_closed_on_the_way_down() {
    let world = trusted().await;
    run_on_paper(&world, &described("cross", "sma_cross", &[("fast", "1"), ("slow", "2")])).await;
    minutes(&world, &[99_000, 98_000, 101_000, 101_500, 101_600]).await;
    assert_eq!(said(&world, "cross").await, [("buy".to_owned(), None)], "the cross, not the state");
    let row = view(&world).await.algorithms.remove(0);
    assert_eq!((row.state.as_str(), row.holdings.len(), row.paper_fills), ("paper", 1, 1));
    let spent = row.exposure.unwrap().0;
    assert!(spent > Decimal::from(9_000) && spent < Decimal::from(10_000), "a tenth of 100,000 less the fee: {spent}");
    assert!(row.heartbeat.seen.is_some() && row.heartbeat.candle.is_some() && row.heartbeat.note.is_none());
    minutes(&world, &[99_000]).await;
    let detail = world.ws.algorithm("cross").await.unwrap();
    assert_eq!(said(&world, "cross").await.last().unwrap(), &("close".to_owned(), None));
    assert_eq!(detail.algorithm.holdings, []);
    assert!(detail.algorithm.realised.0 < Decimal::ZERO, "{}", detail.algorithm.realised);
    assert_eq!(detail.orders.iter().map(|order| order.state).collect::<Vec<_>>(), ["filled", "filled"]);
    assert!(detail.orders.iter().all(|order| order.algorithm.as_deref() == Some("cross")));
}

#[tokio::test]
async fn a_rotation_sells_the_coin_that_fell_behind_and_asks_for_the_other_once_that_is_sold() {
    let world = trusted().await;
    let params = [("lookback", "2"), ("top", "1"), ("every", "1")];
    let coins = vec!["BTC".to_owned(), "ETH".to_owned()];
    run_on_paper(&world, &AlgorithmRequest { coins, ..described("rotation", "momentum_rotation", &params) }).await;
    let still = [(100_000, 5_000); 4];
    let turns = [(100_000, 5_100), (103_000, 5_080), (103_100, 5_070)];
    for (btc, eth) in still.into_iter().chain(turns) {
        for step in 1..=5 {
            world.pass(if step == 1 { 8 } else { 10 });
            let moved = i64::from(step != 5);
            world.tell(PRICES_SOURCE, book(&[("BTC", btc + moved), ("ETH", eth + moved)]));
            world.run(PRICES_SOURCE).await;
        }
        world.pass(12 + 3);
        world.ws.step_algorithms().await.unwrap();
        world.pass(-3);
    }
    let detail = world.ws.algorithm("rotation").await.unwrap();
    let told = |row: &crate::dto::SignalRow| (row.coin.to_string(), row.action.clone(), row.refusal.is_none());
    let said: Vec<_> = detail.signals.iter().rev().map(told).collect();
    let line = |coin: &str, action: &str| (coin.to_owned(), action.to_owned(), true);
    assert_eq!(said, [line("ETH", "buy"), line("ETH", "close"), line("BTC", "buy")]);
}

#[tokio::test]
async fn a_restart_in_the_middle_doubles_nothing_and_sees_what_it_would_have_seen() {
    let world = trusted().await;
    run_on_paper(&world, &described("cross", "sma_cross", &[("fast", "1"), ("slow", "2")])).await;
    minutes(&world, &[99_000, 98_000, 101_000]).await;
    assert_eq!(said(&world, "cross").await.len(), 1);
    // All that a process remembers is gone; the same candle is looked at again.
    forget(&world);
    world.pass(5);
    world.ws.step_algorithms().await.unwrap();
    assert_eq!(said(&world, "cross").await.len(), 1, "the slot is used");
    world.pass(-5);
    minutes(&world, &[101_500, 99_000]).await;
    let actions: Vec<String> = said(&world, "cross").await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(actions, ["buy", "close"]);
}

#[tokio::test]
async fn a_process_that_ended_between_taking_a_signal_and_its_order_leaves_no_order_and_never_two() {
    let world = trusted().await;
    run_on_paper(&world, &described("cross", "sma_cross", &[("fast", "1"), ("slow", "2")])).await;
    minutes(&world, &[99_000, 98_000]).await;
    let run = world.ws.current_run(&Name::parse("cross").unwrap()).await.unwrap().unwrap();
    let slot = domain::Interval::M1.floor(world.ws.now()).plus_micros(60_000_000);
    let signal = Box::new(buy(slot));
    let (name, version, book, at) = (run.name.clone(), run.hash, run.book, slot);
    let taken = Fact::SignalTaken { name, version, book, signal, at };
    world.ws.record(&mut world.ws.desk().await.unwrap(), vec![taken]).await.unwrap();
    forget(&world);
    minutes(&world, &[101_000]).await;
    let detail = world.ws.algorithm("cross").await.unwrap();
    assert_eq!((detail.signals.len(), detail.orders.len()), (1, 0));
    assert_eq!((detail.signals[0].order.as_ref(), detail.signals[0].refusal.as_ref()), (None, None));
}

#[tokio::test]
async fn a_candle_that_closed_long_ago_only_warms_up() {
    let world = trusted().await;
    run_on_paper(&world, &described("cross", "sma_cross", &[("fast", "1"), ("slow", "2")])).await;
    minutes(&world, &[99_000, 98_000]).await;
    // The machine sleeps right after the prices of a cross came in.
    for step in [1, 2] {
        world.pass(10);
        world.tell(PRICES_SOURCE, book(&[("BTC", 101_000 + step)]));
        world.run(PRICES_SOURCE).await;
    }
    world.pass(3 * 60);
    world.ws.step_algorithms().await.unwrap();
    assert_eq!(said(&world, "cross").await, []);
}

#[tokio::test]
async fn a_pulled_kill_and_prices_that_fail_act_on_nothing_and_say_so() {
    let world = trusted().await;
    run_on_paper(&world, &described("cross", "sma_cross", &[("fast", "1"), ("slow", "2")])).await;
    run_on_paper(&world, &described("saver", "scheduled_accumulation", &[("every", "day"), ("at", "00:00")])).await;
    minutes(&world, &[99_000, 98_000]).await;
    crate::kill::pull(world.ws.home(), world.ws.now()).unwrap();
    minutes(&world, &[101_000]).await;
    let detail = world.ws.algorithm("cross").await.unwrap();
    assert_eq!(detail.orders[0].reason_code.as_deref(), Some("killed"));
    assert_eq!(detail.algorithm.holdings, []);
    // A day later its plan is due: it waits, and says for what.
    world.pass(86_400);
    world.ws.step_algorithms().await.unwrap();
    let row = world.ws.algorithm("saver").await.unwrap();
    assert_eq!((row.signals.len(), row.orders.len()), (0, 0));
    assert_eq!(row.algorithm.heartbeat.note.unwrap().code, "killed");
}

#[tokio::test]
async fn a_plan_buys_once_a_slot_also_after_a_sleep() {
    let world = trusted().await;
    let plan = [("every", "day"), ("at", "00:00"), ("timezone", "UTC"), ("aud", "50")];
    run_on_paper(&world, &described("saver", "scheduled_accumulation", &plan)).await;
    let bought = async || world.ws.algorithm("saver").await.unwrap().orders.len();
    minutes(&world, &[100_000]).await;
    assert_eq!(bought().await, 0, "its first slot is yet to come");
    world.pass(3 * 86_400);
    // Ledger quality looks back a day: prices must have come again before anything rests on them.
    for _ in 0..3 {
        minutes(&world, &[100_000, 100_001]).await;
        *world.ws.inner.measured.lock().await = None;
    }
    let after = bought().await;
    assert!(after <= 1, "three slots went by: at most one is made up for, not {after}");
    forget(&world);
    minutes(&world, &[100_000]).await;
    assert!(bought().await <= 1);
}

fn buy(slot: Timestamp) -> Signal {
    Signal {
        action: SignalAction::Buy,
        coin: coin("BTC"),
        size: SignalSize::Share(BasisPoints(1)),
        slot,
        confidence: None,
        reason: "x".to_owned(),
        evidence: vec![],
    }
}

fn forget(world: &World) {
    let running = &world.ws.inner.algorithms;
    lock(&running.runners).clear();
    lock(&running.pulses).clear();
    lock(&running.said).clear();
}

struct Throws;
struct Hangs;
struct Floods;

impl Strategy for Throws {
    fn warm_up(&self) -> usize {
        0
    }
    fn on_candle(&mut self, _: &View<'_>, _: &Portfolio) -> Vec<Signal> {
        // Without the hook that prints: that alone may take longer than it may think.
        std::panic::resume_unwind(Box::new("it breaks"))
    }
}

impl Strategy for Hangs {
    fn warm_up(&self) -> usize {
        0
    }
    fn on_candle(&mut self, _: &View<'_>, _: &Portfolio) -> Vec<Signal> {
        std::thread::sleep(THINK_WITHIN * 3 / 2);
        Vec::new()
    }
}

impl Strategy for Floods {
    fn warm_up(&self) -> usize {
        0
    }
    fn on_candle(&mut self, view: &View<'_>, _: &Portfolio) -> Vec<Signal> {
        vec![buy(view.now()); 1_000]
    }
}

#[tokio::test]
async fn one_that_throws_hangs_or_floods_ends_with_its_reason_and_the_others_go_on() {
    let world = trusted().await;
    let own: [(&str, OwnStrategy); 3] =
        [("throws", || Box::new(Throws)), ("hangs", || Box::new(Hangs)), ("floods", || Box::new(Floods))];
    for (name, strategy) in own {
        lock(&world.ws.inner.algorithms.strategies).insert(Name::parse(name).unwrap(), strategy);
        run_on_paper(&world, &described(name, "sma_cross", &[])).await;
    }
    run_on_paper(&world, &described("cross", "sma_cross", &[("fast", "1"), ("slow", "2")])).await;
    minutes(&world, &[99_000, 98_000, 101_000]).await;
    let stands: Vec<(String, String, String)> =
        view(&world).await.algorithms.into_iter().map(|row| (row.name, row.state, row.why.code)).collect();
    let expected = [
        ("cross", "paper", "promoted"),
        ("floods", "error", "algorithm_flooded"),
        ("hangs", "error", "algorithm_stalled"),
        ("throws", "error", "algorithm_panicked"),
    ];
    assert_eq!(stands, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    assert_eq!(said(&world, "cross").await.len(), 1);
    assert_eq!(said(&world, "floods").await.len(), 1, "one slot, one signal, however often it is said");
    let alerts = world.ws.alerts(None, false).await.unwrap().alerts;
    let told: BTreeMap<&str, u8> =
        alerts.iter().filter(|a| a.rule == "algorithm").map(|a| (a.subject.as_str(), a.severity)).collect();
    assert_eq!(told, [("floods", 8), ("hangs", 8), ("throws", 8)].into());
}

#[tokio::test]
async fn stopping_sells_what_it_holds_or_keeps_it_and_pausing_keeps_it() {
    let world = trusted().await;
    run_on_paper(&world, &described("cross", "sma_cross", &[("fast", "1"), ("slow", "2")])).await;
    minutes(&world, &[99_000, 98_000, 101_000]).await;
    let paused = world.ws.algorithm_pause("cross", true).await.unwrap();
    assert_eq!((paused.algorithm.state.as_str(), paused.algorithm.holdings.len()), ("paused", 1));
    minutes(&world, &[99_000]).await;
    assert_eq!(said(&world, "cross").await.len(), 1, "paused, it says nothing");
    let kept = world.ws.algorithm_stop("cross", false).await.unwrap();
    assert_eq!((kept.algorithm.state.as_str(), kept.algorithm.holdings.len()), ("stopped", 1));
    let closed = world.ws.algorithm_stop("cross", true).await.unwrap();
    assert_eq!((closed.closing.len(), closed.failed.len(), closed.algorithm.holdings.len()), (1, 0, 0));
    assert_eq!(closed.closing[0].state, "filled");
}

#[tokio::test]
async fn live_is_refused_without_a_mandate_of_its_own() {
    let world = trusted().await;
    run_on_paper(&world, &described("cross", "sma_cross", &[])).await;
    let refused = world.ws.algorithm_promote("cross", Some("UNPROVEN")).await.unwrap_err();
    assert_eq!(refused.code(), "mandate_missing");
}

#[tokio::test]
async fn what_makes_no_sense_is_named() {
    let world = World::of(&[PRICES_SOURCE]).await;
    let good = described("cross", "sma_cross", &[]);
    for (bad, code) in [
        (AlgorithmRequest { name: "Cross".into(), ..good.clone() }, "bad_algorithm_name"),
        (AlgorithmRequest { strategy: "luck".into(), ..good.clone() }, "unknown_strategy"),
        (AlgorithmRequest { coins: vec![], ..good.clone() }, "bad_coins"),
        (AlgorithmRequest { interval: "2m".into(), ..good.clone() }, "bad_interval"),
        (AlgorithmRequest { capital_pct: "0".into(), ..good.clone() }, "bad_capital"),
        (AlgorithmRequest { capital_pct: "100.01".into(), ..good.clone() }, "bad_capital"),
        (AlgorithmRequest { capital_pct: "1.001".into(), ..good.clone() }, "bad_capital"),
        (AlgorithmRequest { orders: Some("market".into()), ..good.clone() }, "bad_orders"),
        (described("cross", "sma_cross", &[("fast", "9"), ("slow", "9")]), "bad_parameter"),
    ] {
        assert_eq!(world.ws.algorithm_set(&bad, true).await.unwrap_err().code(), code, "{bad:?}");
    }
    assert_eq!(world.ws.algorithm_set(&good, false).await.unwrap_err().code(), "algorithm_unknown");
    world.ws.algorithm_set(&good, true).await.unwrap();
    assert_eq!(world.ws.algorithm_set(&good, true).await.unwrap_err().code(), "algorithm_exists");
}

/// A model of minutes that swing around a price, trained on what came before now.
async fn learned(world: &World) -> crate::dto::TrainView {
    let end = domain::Interval::M1.floor(START).plus_micros(60_000_000);
    let mut random = research::truth::Random::new(3, 3);
    let mut open = 100_000i64;
    let one = |back: i64| {
        let close = 100_000 + random.below(1_201) as i64 - 600;
        let of = |price: i64| domain::Price::new(Decimal::from(price)).unwrap();
        let time = end.plus_micros(-back * 60_000_000);
        let (low, high) = (of(open.min(close)), of(open.max(close)));
        let candle = Candle { time, open: of(open), high, low, close: of(close), volume: None };
        open = close;
        candle
    };
    let candles: Vec<Candle> = (1..=1_500).rev().map(one).collect();
    let store = world.ws.store();
    store.save_candles(coin("BTC"), domain::Interval::M1, store::CandleSource::Import, &candles).await.unwrap();
    let asked = crate::dto::TrainRequest {
        model: "logistic".to_owned(),
        coin: "BTC".to_owned(),
        interval: "1m".to_owned(),
        to: Some(end.to_string()),
        features: vec!["return_1".to_owned(), "zscore_48".to_owned()],
        horizon: Some(1),
        folds: Some(2),
        controls: Some(1),
        ..crate::dto::TrainRequest::default()
    };
    world.ws.train(&asked, None, &Default::default()).await.unwrap()
}

#[tokio::test]
async fn a_model_decides_on_paper_by_the_bytes_it_was_added_with_and_one_that_was_altered_stops_alone() {
    let world = trusted().await;
    let model = learned(&world).await.model;
    // Whatever it says is enough to buy, and nothing is enough to sell.
    let always = [("enter", "0.01"), ("exit", "0.005")];
    run_on_paper(&world, &described("learned", &format!("model:{}", &model.id[..8]), &always)).await;
    run_on_paper(&world, &described("cross", "sma_cross", &[("fast", "1"), ("slow", "2")])).await;
    minutes(&world, &[100_100, 100_200]).await;
    assert_eq!(said(&world, "learned").await, [("buy".to_owned(), None)]);
    let detail = world.ws.algorithm("learned").await.unwrap();
    assert_eq!((detail.algorithm.paper_fills, &detail.algorithm.version.params["model"]), (1, &model.id));
    assert!(detail.signals[0].reason.contains("probability") && detail.signals[0].confidence_pct.is_some());
    assert_eq!(world.ws.model_remove(&model.id[..8]).await.unwrap_err().code(), "model_in_use");
    assert_eq!(world.ws.model(&model.id).await.unwrap().algorithms, ["learned"]);
    let other_market = AlgorithmRequest {
        coins: vec!["ETH".to_owned()],
        ..described("elsewhere", &format!("model:{}", &model.id[..8]), &[])
    };
    assert_eq!(world.ws.algorithm_set(&other_market, true).await.unwrap_err().code(), "model_market");
    let file = world.ws.home().models().join(format!("{}.json", model.id));
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 2;
    bytes[last] = b'!';
    std::fs::write(&file, bytes).unwrap();
    forget(&world);
    minutes(&world, &[100_300]).await;
    let stands: Vec<(String, String, String)> =
        view(&world).await.algorithms.into_iter().map(|row| (row.name, row.state, row.why.code)).collect();
    let expected = [("cross", "paper", "promoted"), ("learned", "error", "model_altered")];
    assert_eq!(stands, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
}
