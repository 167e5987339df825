use super::*;
use crate::dto::{AlgorithmRequest, BacktestView};
use crate::fixtures::{START, World, coin};
use coinspot::PRICES_SOURCE;
use domain::{Candle, Price, Quantity, Quote, QuoteKind, Trade};
use ledgers::Collected;

const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;

/// A world with hourly candles of these (open, close) that ended just now.
async fn with_candles(prices: &[(i64, i64)]) -> World {
    let world = World::of(&[PRICES_SOURCE]).await;
    let first = Interval::H1.floor(START).plus_micros(-(prices.len() as i64) * HOUR);
    let price = |aud: i64| Price::new(Decimal::from(aud)).unwrap();
    let one = |(place, (open, close)): (usize, &(i64, i64))| Candle {
        time: first.plus_micros(place as i64 * HOUR),
        open: price(*open),
        high: price(*open.max(close)),
        low: price(*open.min(close)),
        close: price(*close),
        volume: Some(Quantity::parse("5").unwrap()),
    };
    let candles: Vec<Candle> = prices.iter().enumerate().map(one).collect();
    world.ws.store().save_candles(coin("BTC"), Interval::H1, store::CandleSource::Import, &candles).await.unwrap();
    world
}

fn request(fast: &str, slow: &str) -> BacktestRequest {
    BacktestRequest {
        strategy: "sma_cross".to_owned(),
        coins: vec!["btc".to_owned()],
        interval: "1h".to_owned(),
        params: [("fast", fast), ("slow", slow)].map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..BacktestRequest::default()
    }
}

async fn run(world: &World, request: &BacktestRequest) -> Result<BacktestView> {
    world.ws.backtest(request, &Arc::default()).await
}

const UP_AND_DOWN: [(i64, i64); 9] =
    [(500, 300), (300, 200), (200, 100), (100, 90), (90, 400), (410, 500), (500, 150), (140, 140), (140, 140)];

#[tokio::test]
async fn a_run_over_stored_candles_is_told_in_full_and_leaves_only_that_it_was_tried() {
    let world = with_candles(&UP_AND_DOWN).await;
    let before = world.ws.store().journal_length().await.unwrap();
    let view = run(&world, &BacktestRequest { cash: Some("1000".into()), ..request("1", "3") }).await.unwrap();
    assert_eq!((view.bars, view.orders, view.fills, view.execution.as_str()), (9, 2, 2, "next_open"));
    assert_eq!(view.final_equity.to_string(), "340.78117071");
    assert_eq!(view.earned.unwrap().to_string(), "-0.6592188293");
    assert_eq!((view.sharpe, view.sharpe_reason.as_deref()), (None, Some("too_few_days")));
    assert!(view.note.unwrap().contains("1 sale, fewer than 30"));
    let trade = &view.trades[1];
    assert_eq!((trade.price.to_string(), trade.fee.to_string()), ("140".into(), "0.341122292".into()));
    assert_eq!(trade.gain.unwrap().to_string(), "-659.21882929");
    // Held from 500 to 140, without fees.
    assert_eq!(view.buy_and_hold.final_equity.value.unwrap().to_string(), "280");
    assert_eq!(world.ws.store().journal_length().await.unwrap(), before + 1);
}

#[tokio::test]
async fn what_makes_no_sense_is_named_before_anything_is_read() {
    let world = with_candles(&UP_AND_DOWN).await;
    let good = request("1", "3");
    let text = |text: &str| Some(text.to_owned());
    for (bad, code) in [
        (BacktestRequest { strategy: "luck".into(), ..good.clone() }, "unknown_strategy"),
        (request("3", "3"), "bad_parameter"),
        (BacktestRequest { coins: vec![], ..good.clone() }, "bad_coins"),
        (BacktestRequest { coins: vec!["b t".into()], ..good.clone() }, "bad_coin"),
        (BacktestRequest { coins: vec!["BTC".into(), "btc:4h".into()], ..good.clone() }, "coin_twice"),
        (BacktestRequest { coins: vec!["BTC:2h".into()], ..good.clone() }, "bad_interval"),
        (BacktestRequest { interval: "2m".into(), ..good.clone() }, "bad_interval"),
        (BacktestRequest { cash: text("-5"), ..good.clone() }, "bad_setting"),
        (BacktestRequest { cash: text("1e9"), ..good.clone() }, "bad_setting"),
        (BacktestRequest { fee_bps: Some(5_000), ..good.clone() }, "bad_setting"),
        (BacktestRequest { orders: text("market"), ..good.clone() }, "bad_orders"),
        (BacktestRequest { offset_bps: Some(5), ..good.clone() }, "bad_orders"),
        (BacktestRequest { execution: text("best"), ..good.clone() }, "bad_execution"),
        (BacktestRequest { limits: text("none"), ..good.clone() }, "bad_limits"),
        (BacktestRequest { capital_pct: text("0"), ..good.clone() }, "bad_capital"),
        (BacktestRequest { from: text("yesterday"), ..good.clone() }, "bad_time"),
        (BacktestRequest { from: text("2024-01-02"), to: text("2024-01-02"), ..good.clone() }, "empty_window"),
        (BacktestRequest { coins: vec!["DOGE".into()], ..good.clone() }, "no_candles"),
        (BacktestRequest { to: text("2015-01-01"), ..good.clone() }, "no_candles"),
        (request("1", "8"), "too_little_data"),
    ] {
        assert_eq!(run(&world, &bad).await.unwrap_err().code(), code, "{bad:?}");
    }
}

#[tokio::test]
async fn a_run_that_is_cancelled_ends_with_its_code() {
    let prices: Vec<(i64, i64)> = (0..9_000).map(|hour| (100 + hour % 7, 100 + (hour + 1) % 7)).collect();
    let world = with_candles(&prices).await;
    let job = Arc::<Job>::default();
    job.cancel();
    assert_eq!(world.ws.backtest(&request("1", "3"), &job).await.unwrap_err().code(), "cancelled");
}

fn quoted(aud: i64) -> Collected {
    let price = Price::new(Decimal::from(aud)).ok();
    let (bid, ask, last) = (price, price, price);
    let quote = Quote { coin: coin("BTC"), kind: QuoteKind::Book, bid, ask, last, seen: START };
    Collected { quotes: vec![quote], ..Collected::default() }
}

async fn tick(world: &World, seconds: i64, aud: i64) {
    world.pass(seconds);
    world.tell(PRICES_SOURCE, quoted(aud));
    world.run(PRICES_SOURCE).await;
}

/// A minute that opens and closes at these; the algorithms are asked about the one before it right after its open.
async fn minute(world: &World, open: i64, close: i64) {
    tick(world, 1, open).await;
    world.pass(2);
    world.ws.step_algorithms().await.unwrap();
    tick(world, 12, open + 7).await;
    tick(world, 15, close - 7).await;
    tick(world, 15, close).await;
    world.pass(15);
}

/// What was traded, without when: side, coins, price, fee.
fn line(side: domain::Side, quantity: Quantity, price: Price, fee: Decimal) -> String {
    format!("{side} {quantity} @{price} fee {}", fee.normalize())
}

#[tokio::test]
async fn on_the_same_ticks_paper_and_backtest_make_the_same_fills_and_refusals() {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.clock.set(Interval::M1.floor(START).plus_micros(MINUTE));
    // A wave that crosses itself again and again, with opens that are not the closes before.
    let path: Vec<(i64, i64)> = (0..70)
        .map(|at: i64| {
            let wave = |at: i64| {
                100_000 + [0, 300, 500, 400, 100, -200, -500, -300, -100, 50][at as usize % 10] * (1 + at / 30)
            };
            (wave(at) + 13, wave(at + 1))
        })
        .collect();
    for (open, close) in &path[..5] {
        minute(&world, *open, *close).await;
    }
    let made = AlgorithmRequest {
        name: "cross".to_owned(),
        strategy: "sma_cross".to_owned(),
        coins: vec!["BTC".to_owned()],
        interval: "1m".to_owned(),
        capital_pct: "10".to_owned(),
        orders: Some("instant".to_owned()),
        params: request("1", "3").params,
    };
    world.ws.algorithm_set(&made, true).await.unwrap();
    world.ws.algorithm_promote("cross", None).await.unwrap();
    let from = world.ws.now();
    for (open, close) in &path[5..] {
        minute(&world, *open, *close).await;
    }
    let paper: Vec<Trade> =
        world.ws.store().trades_of_orders().await.unwrap().into_iter().map(|one| one.trade).collect();
    let on_paper: Vec<String> =
        paper.iter().map(|trade| line(trade.side, trade.quantity, trade.price, trade.fee.amount())).collect();
    let tried = BacktestRequest {
        interval: "1m".to_owned(),
        cash: Some("100000".to_owned()),
        capital_pct: Some("10".to_owned()),
        orders: Some("instant".to_owned()),
        limits: Some("paper".to_owned()),
        from: Some(from.to_string()),
        ..request("1", "3")
    };
    let view = run(&world, &tried).await.unwrap();
    let tested: Vec<String> =
        view.trades.iter().map(|trade| line(trade.side, trade.quantity, trade.price, trade.fee.0)).collect();
    assert_eq!(tested, on_paper);
    assert!(tested.len() >= 4, "{tested:?}");
    let minutes = |time: Timestamp| Interval::M1.floor(time);
    let (there, here): (Vec<_>, Vec<_>) =
        (paper.iter().map(|one| minutes(one.time)).collect(), view.trades.iter().map(|one| one.time).collect());
    assert_eq!(here, there, "in the same minutes");
    // The automatic stop after a sale refused the same buys in both.
    let orders = world.ws.orders().await.unwrap().orders;
    let denied = orders.iter().filter(|order| order.reason_code.as_deref() == Some("protected")).count() as u64;
    let refused = view.refused.iter().find(|row| row.code == "protected").map_or(0, |row| row.count);
    assert!(denied > 0 && refused == denied, "{denied} on paper, {:?}", view.refused);
}
