use super::*;
use crate::fixtures::{START, World, coin};
use coinspot::PRICES_SOURCE;
use domain::{Decimal, Price};

const HOUR: i64 = 3_600_000_000;

/// Hourly candles that ended just now, the last one first in time order.
async fn with_candles(world: &World, hours: std::ops::Range<i64>) {
    let end = Interval::H1.floor(START);
    let price = |aud: i64| Price::new(Decimal::from(aud)).unwrap();
    let candles: Vec<Candle> = hours
        .rev()
        .map(|back| {
            let aud = 100 + (back * 7919) % 60;
            let [low, high] = [price(aud - 3), price(aud + 3)];
            Candle { time: end.plus_micros(-back * HOUR), open: price(aud), high, low, close: price(aud), volume: None }
        })
        .collect();
    world.ws.store().save_candles(coin("BTC"), Interval::H1, store::CandleSource::Import, &candles).await.unwrap();
}

async fn world() -> World {
    let world = World::of(&[PRICES_SOURCE]).await;
    with_candles(&world, 1..41).await;
    world
}

fn request(fast: &str) -> BacktestRequest {
    BacktestRequest {
        strategy: "sma_cross".to_owned(),
        coins: vec!["BTC".to_owned()],
        interval: "1h".to_owned(),
        params: [("fast", fast), ("slow", "9")].map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..BacktestRequest::default()
    }
}

async fn run(world: &World, fast: &str) -> RanBacktest {
    let ran = world.ws.backtest_kept(&request(fast), &Arc::default()).await.unwrap();
    assert_eq!(ran.not_kept, None);
    ran
}

#[tokio::test]
async fn a_run_is_kept_beyond_its_window_as_it_was_and_the_same_again_takes_its_place() {
    let world = world().await;
    let ran = run(&world, "2").await;
    let other = run(&world, "3").await;
    assert_eq!(run(&world, "2").await, ran);
    let listed: Vec<String> = world.ws.kept_runs().await.unwrap().runs.into_iter().map(|run| run.id).collect();
    assert_eq!(listed.len(), 2);
    assert!(listed.contains(&ran.run.id) && listed.contains(&other.run.id));
    let shown = world.ws.kept_run(&ran.run.id).await.unwrap();
    assert_eq!((shown.changed.len(), shown.evaluate), (0, None));
    let body = shown.backtest.unwrap();
    assert_eq!(body["result"], serde_json::to_value(&ran.result).unwrap());
    assert_eq!(body["request"], serde_json::to_value(request("2")).unwrap());
}

#[tokio::test]
async fn a_run_says_that_its_candles_are_no_longer_those_it_ran_on() {
    let world = world().await;
    let bounded =
        BacktestRequest { to: Some(Interval::H1.floor(START).plus_micros(-2 * HOUR).to_string()), ..request("2") };
    let bounded = world.ws.backtest_kept(&bounded, &Arc::default()).await.unwrap().run;
    let all = run(&world, "2").await.run;
    // Older ones than any there was: what had no beginning has read less than there is now.
    with_candles(&world, 41..44).await;
    for id in [&bounded.id, &all.id] {
        let changed = world.ws.kept_run(id).await.unwrap().changed;
        assert!(changed[0].contains("it ran on"), "{changed:?}");
    }
    let again = run(&world, "2").await.run;
    assert_ne!(again.id, all.id);
    assert_eq!(world.ws.kept_run(&again.id).await.unwrap().changed, Vec::<String>::new());
}

#[tokio::test]
async fn an_examination_is_kept_with_its_verdict() {
    let world = World::of(&[PRICES_SOURCE]).await;
    with_candles(&world, 1..301).await;
    let asked =
        EvaluateRequest { run: request("2"), controls: Some(19), draws: Some(100), ..EvaluateRequest::default() };
    let ran = world.ws.evaluate_kept(&asked, &Arc::default()).await.unwrap();
    assert_eq!(ran.run.verdict.as_ref(), Some(&ran.result.verdict));
    let shown = world.ws.kept_run(&ran.run.id).await.unwrap();
    assert_eq!(shown.evaluate.unwrap()["result"]["verdict"], serde_json::json!(ran.result.verdict));
    assert_eq!((shown.backtest, shown.changed.len()), (None, 0));
}

#[tokio::test]
async fn a_file_that_is_not_what_was_written_is_named_and_hides_no_other() {
    let world = world().await;
    let (good, bad) = (run(&world, "2").await.run.id, run(&world, "3").await.run.id);
    let path = file_of(&world.ws.home().runs(), &bad);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"fills\":", "\"fills\":1", 1)).unwrap();
    let code = |refused: Result<KeptRun>| refused.unwrap_err().code().to_owned();
    assert_eq!(code(world.ws.kept_run(&bad).await), "run_damaged");
    std::fs::write(&path, text.lines().next().unwrap()).unwrap();
    assert_eq!(code(world.ws.kept_run(&bad).await), "run_damaged");
    std::fs::write(&path, "nothing").unwrap();
    assert_eq!(code(world.ws.kept_run(&bad).await), "run_damaged");
    let listed = world.ws.kept_runs().await.unwrap();
    assert_eq!((listed.runs.len(), listed.unreadable), (1, 1));
    assert!(world.ws.kept_run(&good).await.is_ok());
    assert_eq!(code(world.ws.kept_run("../../secrets").await), "unknown_run");
    assert_eq!(code(world.ws.kept_run(&"0".repeat(ID_DIGITS)).await), "unknown_run");
}

#[tokio::test]
async fn a_run_that_can_not_be_kept_is_shown_and_says_so() {
    let world = world().await;
    std::fs::write(world.ws.home().runs(), "in the way").unwrap();
    let ran = world.ws.backtest_kept(&request("2"), &Arc::default()).await.unwrap();
    assert!(ran.not_kept.is_some());
    assert!(ran.result.bars > 0);
}

#[tokio::test]
async fn the_oldest_go_when_there_are_too_many() {
    let world = world().await;
    let folder = world.ws.home().runs();
    std::fs::create_dir_all(&folder).unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    for number in 0..FILES_KEPT + 5 {
        let path = folder.join(format!("old{number}.json"));
        std::fs::write(&path, "x").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    }
    let kept = run(&world, "2").await.run.id;
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), FILES_KEPT);
    assert!(file_of(&folder, &kept).exists());
}
