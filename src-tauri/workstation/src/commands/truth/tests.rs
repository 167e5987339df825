use super::super::reporting::Job;
use crate::dto::{BacktestDeposit, BacktestRequest, EvaluateRequest, EvaluateView};
use crate::fixtures::{World, coin};
use domain::{Candle, Decimal, Interval, Price, Timestamp};
use research::truth::Random;
use std::sync::Arc;
use store::CandleSource;

const HOUR: i64 = Interval::H1.micros();

/// Bars that trend up and down in stretches, or walk.
async fn world(count: i64, trend: f64) -> World {
    let world = World::of(&[]).await;
    let mut random = Random::new(1, 3);
    let (mut price, mut drift, mut open) = (50_000.0f64, trend, 5_000_000i64);
    let one = |n: i64| {
        if random.unit() < 0.06 {
            drift = if random.unit() < 0.5 { trend } else { -trend };
        }
        price *= 1.0 + drift + (random.unit() - 0.5) / 60.0;
        let close = (price * 100.0) as i64;
        let of = |cents: i64| Price::new(Decimal::new(cents.max(1), 2)).unwrap();
        let (low, high) = (of(open.min(close)), of(open.max(close)));
        let time = Timestamp::from_micros((400_000 + n) * HOUR);
        let candle = Candle { time, open: of(open), high, low, close: of(close), volume: None };
        open = close;
        candle
    };
    let candles: Vec<Candle> = (0..count).map(one).collect();
    world.ws.store().save_candles(coin("BTC"), Interval::H1, CandleSource::Import, &candles).await.unwrap();
    world
}

fn request(grid: &[&str]) -> EvaluateRequest {
    EvaluateRequest {
        run: BacktestRequest {
            strategy: "sma_cross".into(),
            coins: vec!["BTC".into()],
            interval: "1h".into(),
            ..BacktestRequest::default()
        },
        grid: grid.iter().map(|axis| (*axis).to_owned()).collect(),
        tests: Some(3),
        controls: Some(19),
        draws: Some(100),
        ..EvaluateRequest::default()
    }
}

async fn evaluate(world: &World, request: &EvaluateRequest) -> EvaluateView {
    world.ws.evaluate(request, &Arc::default()).await.unwrap()
}

#[tokio::test]
async fn an_examination_goes_through_the_backtest_and_the_trend_shows_out_of_sample() {
    let world = world(900, 0.012).await;
    let asked = request(&["fast=2..3", "slow=6..10:2"]);
    let view = evaluate(&world, &asked).await;
    assert_eq!((view.points, view.out_of_sample.tests.len(), view.in_sample.deflated.trials), (6, 3, 6));
    assert!(view.out_of_sample.all.earned.unwrap().0 > Decimal::ZERO, "{:?}", view.reasons);
    assert!(view.leaks.clean && view.leaks.checks.len() == 4, "{:?}", view.leaks);
    assert_eq!(view.controls[0].verdict.as_deref(), Some("timing"), "{:?}", view.controls);
    // Costs are the engine's: twice the fees leave less.
    assert!(view.stress[0].change.unwrap().0 < Decimal::ZERO);
    // What the backtest says of the choice over all of it is what the examination says.
    let run = BacktestRequest { params: view.in_sample.params.clone(), ..asked.run.clone() };
    let backtest = world.ws.backtest(&run, &Arc::default()).await.unwrap();
    let (one, other) = (view.in_sample.all.earned.unwrap().0, backtest.earned.unwrap().0);
    assert!((one - other).abs() < Decimal::new(1, 8), "{one} is not {other}");
    assert_eq!(view.in_sample.all.trades, backtest.trades.len() as u64 / 2);
}

#[tokio::test]
async fn trials_are_kept_and_count_against_the_next_examination_but_not_against_the_same_again() {
    let world = world(500, 0.0).await;
    let first = evaluate(&world, &request(&["fast=2..4", "slow=10,20"])).await;
    let again = evaluate(&world, &request(&["fast=2..4", "slow=10,20"])).await;
    assert_eq!((first.in_sample.deflated.trials, first.in_sample.deflated.earlier_trials), (6, 0));
    assert_eq!(again, first, "asked again it is the same");
    let next = evaluate(&world, &request(&["fast=5,6", "slow=10,20"])).await;
    assert_eq!((next.in_sample.deflated.trials, next.in_sample.deflated.earlier_trials), (10, 6));
}

#[tokio::test]
async fn given_parameters_are_not_chosen_and_their_surroundings_are_shown() {
    let world = world(500, 0.0).await;
    let mut asked = request(&[]);
    asked.run.params = [("fast".to_owned(), "5".to_owned()), ("slow".to_owned(), "20".to_owned())].into();
    let view = evaluate(&world, &asked).await;
    assert!(!view.in_sample.chosen && view.in_sample.overfitting_reason.is_some());
    assert_eq!((&view.in_sample.params["fast"], &view.in_sample.params["slow"]), (&"5".to_owned(), &"20".to_owned()));
    let stability = view.in_sample.stability.unwrap();
    assert_eq!(
        (stability.neighbours, stability.map.unwrap().columns),
        (8, vec!["18".into(), "20".into(), "22".into()])
    );
}

#[tokio::test]
async fn what_can_not_be_examined_is_named() {
    let world = world(260, 0.0).await;
    let code = async |change: &dyn Fn(&mut EvaluateRequest)| {
        let mut asked = request(&["fast=2..4"]);
        change(&mut asked);
        world.ws.evaluate(&asked, &Arc::default()).await.unwrap_err().code().to_owned()
    };
    assert_eq!(code(&|asked| asked.run.coins = vec!["BTC".into(), "ETH".into()]).await, "bad_coins");
    assert_eq!(code(&|asked| asked.run.execution = Some("close".into())).await, "bad_execution");
    let paid = BacktestDeposit { time: "2024-01-01".into(), aud: "5".into() };
    assert_eq!(code(&|asked| asked.run.deposits = vec![paid.clone()]).await, "bad_setting");
    assert_eq!(code(&|asked| asked.controls = Some(18)).await, "bad_setting");
    assert_eq!(code(&|asked| asked.grid = vec!["speed=1..3".into()]).await, "unknown_parameter");
    assert_eq!(code(&|asked| asked.grid = vec!["fast=1..400".into(), "slow=401..500".into()]).await, "too_many_points");
    assert_eq!(code(&|asked| asked.run.coins = vec!["ETH".into()]).await, "no_candles");
    let late = |asked: &mut EvaluateRequest| asked.run.from = Some(Timestamp::from_micros(400_100 * HOUR).to_string());
    assert_eq!(code(&late).await, "too_little_data");
    let job = Arc::<Job>::default();
    job.cancel();
    let cancelled = world.ws.evaluate(&request(&["fast=2..4"]), &job).await.unwrap_err();
    assert_eq!(cancelled.code(), "cancelled");
}
