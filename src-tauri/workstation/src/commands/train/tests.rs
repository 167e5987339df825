use super::super::reporting::Job;
use crate::dto::{BacktestRequest, EvaluateRequest, TrainRequest, TrainView};
use crate::fixtures::{World, coin};
use domain::{Candle, Decimal, Interval, Price, Quantity, Timestamp};
use research::truth::Random;
use std::sync::Arc;
use store::CandleSource;

const HOUR: i64 = Interval::H1.micros();
const FIRST: i64 = 400_000;

/// Hours that walk; with an edge, an hour tells which way the next three go.
async fn world(count: i64, edge: f64) -> World {
    let world = World::of(&[]).await;
    let mut random = Random::new(7, 5);
    let (mut price, mut open, mut drift) = (50_000.0f64, 5_000_000i64, 0.0f64);
    let one = |n: i64| {
        if n % 4 == 0 {
            drift = if random.unit() < 0.5 { edge } else { -edge };
        }
        price *= 1.0 + drift + (random.unit() - 0.5) / 100.0;
        let close = (price * 100.0) as i64;
        let of = |cents: i64| Price::new(Decimal::new(cents.max(1), 2)).unwrap();
        let (low, high) = (of(open.min(close) - 100), of(open.max(close) + 100));
        let volume = Quantity::new(Decimal::new(100 + n % 17, 2)).ok();
        let time = Timestamp::from_micros((FIRST + n) * HOUR);
        let candle = Candle { time, open: of(open), high, low, close: of(close), volume };
        open = close;
        candle
    };
    let candles: Vec<Candle> = (0..count).map(one).collect();
    world.ws.store().save_candles(coin("BTC"), Interval::H1, CandleSource::Import, &candles).await.unwrap();
    world
}

fn request() -> TrainRequest {
    TrainRequest {
        model: "logistic".into(),
        coin: "btc".into(),
        interval: "1h".into(),
        from: Some(Timestamp::from_micros((FIRST + 650) * HOUR).to_string()),
        features: ["return_1", "return_6", "rsi_14", "zscore_48"].map(str::to_owned).into(),
        horizon: Some(1),
        folds: Some(3),
        controls: Some(3),
        ..TrainRequest::default()
    }
}

async fn train(world: &World, request: &TrainRequest) -> TrainView {
    world.ws.train(request, None, &Arc::default()).await.unwrap()
}

#[tokio::test]
async fn a_planted_edge_is_found_where_it_was_not_trained_and_the_model_is_a_strategy() {
    let world = world(2_600, 0.012).await;
    let view = train(&world, &request()).await;
    let auc = view.out_of_sample.measures.roc_auc.value.unwrap();
    assert!(auc > 0.7, "{auc} {:?}", view.reasons);
    assert_eq!(view.verdict, "edge", "{:?}", view.reasons);
    assert!(view.control.clean && view.importance[0].feature == "return_1", "{:?}", view.importance);
    let trading = view.out_of_sample.trading.as_ref().unwrap();
    assert!(trading.all.earned.unwrap().0 > Decimal::ZERO && view.out_of_sample.tests.len() == 3);
    assert!(view.out_of_sample.baselines.iter().all(|one| one.measures.roc_auc.value.unwrap() < auc));
    // Asked again it is the same model and no new trial; a second training counts the first.
    assert_eq!(train(&world, &request()).await, view);
    let models = world.ws.models().await.unwrap().models;
    assert_eq!((models.len(), models[0].broken.clone(), &models[0].id), (1, None, &view.model.id));
    let other = train(&world, &TrainRequest { seed: Some(2), horizon: Some(2), ..request() }).await;
    assert_eq!((other.trials, other.earlier_trials), (1, 1));
    // It trades in a backtest, which says that it had seen these candles; and is not examined on them.
    let name = format!("model:{}", &view.model.id[..8]);
    let run = BacktestRequest {
        strategy: name,
        coins: vec!["BTC".into()],
        interval: "1h".into(),
        ..BacktestRequest::default()
    };
    let traded = world.ws.backtest(&run, &Arc::default()).await.unwrap();
    assert!(traded.fills > 20 && traded.strategy == "model" && traded.params["model"] == view.model.id);
    assert!(traded.notes.iter().any(|note| note.contains("learned from candles")), "{:?}", traded.notes);
    let examined = EvaluateRequest { run: run.clone(), ..EvaluateRequest::default() };
    let refused = world.ws.evaluate(&examined, &Arc::default()).await.unwrap_err();
    assert_eq!(refused.code(), "model_saw_this");
    let elsewhere = BacktestRequest { interval: "4h".into(), ..run };
    assert_eq!(world.ws.backtest(&elsewhere, &Arc::default()).await.unwrap_err().code(), "model_market");
}

#[tokio::test]
async fn on_a_random_walk_no_edge_is_claimed() {
    let world = world(2_600, 0.0).await;
    for model in ["logistic", "forest"] {
        let settings = if model == "forest" { [("trees".to_owned(), 10.0)].into() } else { [].into() };
        let view = train(&world, &TrainRequest { model: model.into(), settings, ..request() }).await;
        assert!(
            matches!(view.verdict.as_str(), "no_edge" | "unproven"),
            "{model} {}: {:?}",
            view.verdict,
            view.reasons
        );
        assert!(view.reasons.iter().any(|reason| reason.code == "not_told"), "{:?}", view.reasons);
        assert!(view.control.clean, "{:?}", view.control);
    }
}

#[tokio::test]
async fn what_was_said_is_explained_and_a_model_that_was_altered_or_is_gone_is_not_used() {
    let world = world(1_700, 0.012).await;
    let view = train(&world, &TrainRequest { model: "ridge".into(), ..request() }).await;
    let id = view.model.id.clone();
    let at = Timestamp::from_micros((FIRST + 1_500) * HOUR + HOUR / 2).to_string();
    let told = world.ws.model_explain(&id[..10], &at, None).await.unwrap();
    assert_eq!(told.known_at, Timestamp::from_micros((FIRST + 1_500) * HOUR));
    assert!(told.trained_on && told.kind == "return" && told.contributions.len() == 4);
    let sum: f64 = told.base + told.contributions.iter().map(|one| one.added).sum::<f64>();
    assert!((sum - told.score).abs() < 1e-12, "{told:?}");
    let shown = world.ws.model(&id).await.unwrap();
    assert_eq!((shown.features.len(), shown.model.broken.clone()), (4, None));
    let run = |strategy: String| BacktestRequest {
        strategy,
        coins: vec!["BTC".into()],
        interval: "1h".into(),
        ..BacktestRequest::default()
    };
    let code = async |strategy: String| world.ws.backtest(&run(strategy), &Arc::default()).await.unwrap_err().code();
    assert_eq!(code("model:ffffffff".into()).await, "model_unknown");
    let file = std::path::PathBuf::from(&shown.file);
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 20;
    bytes[last] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(code(format!("model:{id}")).await, "model_altered");
    assert_eq!(world.ws.models().await.unwrap().models[0].broken.as_deref(), Some("model_altered"));
    assert!(world.ws.model_remove(&id[..8]).await.unwrap().models.is_empty());
    assert_eq!(code(format!("model:{id}")).await, "model_missing");
}

#[tokio::test]
async fn a_training_that_is_ended_leaves_nothing_and_what_makes_no_sense_is_named() {
    let world = world(900, 0.0).await;
    let job = Arc::<Job>::default();
    job.cancel();
    assert_eq!(world.ws.train(&request(), None, &job).await.unwrap_err().code(), "cancelled");
    assert!(world.ws.models().await.unwrap().models.is_empty());
    assert_eq!(world.ws.trials("BTC", "1h", None, None, None).await.unwrap().trials, 0);
    let code = async |change: &dyn Fn(&mut TrainRequest)| {
        let mut asked = request();
        change(&mut asked);
        world.ws.train(&asked, None, &Arc::default()).await.unwrap_err().code()
    };
    assert_eq!(code(&|asked| asked.model = "oracle".into()).await, "unknown_model");
    assert_eq!(code(&|asked| asked.label = Some("luck".into())).await, "unknown_label");
    assert_eq!(code(&|asked| asked.search = Some("prayer".into())).await, "unknown_search");
    assert_eq!(code(&|asked| asked.features = vec!["mood".into()]).await, "unknown_feature");
    assert_eq!(code(&|asked| asked.horizon = Some(0)).await, "bad_setting");
    assert_eq!(code(&|asked| asked.budget = Some(5)).await, "bad_setting");
    assert_eq!(code(&|asked| asked.enter = Some(0.2)).await, "bad_setting");
    assert_eq!(code(&|asked| asked.take = Some("1s".into())).await, "bad_setting");
    assert_eq!(code(&|asked| asked.settings = [("depth".to_owned(), 2.0)].into()).await, "bad_setting");
    assert_eq!(code(&|asked| asked.coin = "DOGE".into()).await, "no_candles");
    let late = |asked: &mut TrainRequest| asked.from = Some(Timestamp::from_micros((FIRST + 870) * HOUR).to_string());
    assert_eq!(code(&late).await, "too_little_data");
}
