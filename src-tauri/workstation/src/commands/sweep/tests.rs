use super::super::reporting::Job;
use super::record::whole_lines;
use crate::dto::{SweepLook, SweepRequest, SweepView};
use crate::fixtures::{World, coin};
use domain::{Candle, Decimal, Interval, Price, Timestamp};
use research::sweep;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::CandleSource;

const HOUR: i64 = Interval::H1.micros();

async fn world() -> World {
    let world = World::of(&[]).await;
    for (name, count) in [("BTC", 700i64), ("ETH", 400)] {
        let one = |n: i64| {
            let price = Price::new(Decimal::new(5_000_000 + (n * n * 7_919) % 900_007, 2)).unwrap();
            Candle::of(Timestamp::from_micros((400_000 + n) * HOUR), price)
        };
        let candles: Vec<Candle> = (0..count).map(one).collect();
        world.ws.store().save_candles(coin(name), Interval::H1, CandleSource::Import, &candles).await.unwrap();
    }
    world
}

fn request() -> SweepRequest {
    SweepRequest {
        strategy: "sma_cross".into(),
        axes: vec!["fast=2..21".into(), "slow=10..60:2".into()],
        coins: vec!["btc".into(), "ETH".into()],
        intervals: vec!["1h".into()],
        threads: Some(2),
        look: SweepLook { by: None, top: Some(3) },
        ..SweepRequest::default()
    }
}

async fn swept(world: &World, request: &SweepRequest, out: &Path) -> (SweepView, Vec<u8>) {
    let view = world.ws.sweep(request, Some(out), &Arc::default()).await.unwrap();
    (view, std::fs::read(out).unwrap())
}

fn only_file(world: &World) -> PathBuf {
    let entries: Vec<_> = std::fs::read_dir(world.ws.home().sweeps()).unwrap().map(|one| one.unwrap().path()).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries[0].clone()
}

#[tokio::test]
async fn a_sweep_is_the_same_in_one_go_on_one_thread_and_from_shards_and_its_trials_count_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (whole, shards) = (world().await, world().await);
    let (view, bytes) = swept(&whole, &request(), &path("whole")).await;
    assert_eq!((view.points, view.ran + view.left["bad_parameter"], view.top.len()), (2 * 520, 2 * 520, 3));
    assert!(view.left["bad_parameter"] > 0 && view.heat.len() == 2 && view.heat[0].cells.len() == 26);
    assert!(view.lanes[0].trials < 520 && view.lanes[0].trials + view.lanes[1].trials == view.ran);
    let (again, single) = swept(&whole, &SweepRequest { threads: Some(1), ..request() }, &path("again")).await;
    assert_eq!((&again, &single), (&view, &bytes), "asked again it is the same, and no new trial");
    let mut parts = Vec::new();
    for part in 1..=3 {
        let asked = SweepRequest { shard: Some(format!("{part}/3")), ..request() };
        let (one, _) = swept(&shards, &asked, &path(&part.to_string())).await;
        assert!(one.points < view.points && one.shard.as_deref() == Some(&*format!("{part}/3")));
        parts.push(path(&part.to_string()));
    }
    let counted = shards.ws.trials("BTC", "1h", None, None, None).await.unwrap();
    assert_eq!((counted.trials, counted.made.len()), (view.lanes[0].trials, 3), "shards count before they are merged");
    let merged = shards.ws.sweep_merge(&parts, Some(&path("merged")), &request().look).await.unwrap();
    assert_eq!(std::fs::read(path("merged")).unwrap(), bytes);
    assert_eq!(serde_json::to_string(&merged).unwrap(), serde_json::to_string(&view).unwrap());
    assert_eq!(shards.ws.sweep_merge(&parts[..2], None, &request().look).await.unwrap_err().code(), "sweep_incomplete");
}

#[tokio::test]
async fn a_sweep_that_was_ended_goes_on_where_its_file_ends_and_redoes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let world = world().await;
    let (view, bytes) = swept(&world, &request(), &folder.path().join("whole")).await;
    let file = only_file(&world);
    // Two whole blocks, the first with a figure no run would give, and the beginning of a third.
    let text = whole_lines(bytes.clone());
    let mut rows = sweep::read(&text).unwrap().rows().unwrap();
    rows.truncate(sweep::BLOCK_POINTS as usize);
    rows[0].told = sweep::Told::Left { left: "planted".into() };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let planted = sweep::block_line(0, &rows).unwrap();
    let torn = [lines[0], &planted, lines[2], &lines[3][..40]].concat();
    std::fs::write(&file, &torn).unwrap();
    let (resumed, now) = swept(&world, &request(), &folder.path().join("resumed")).await;
    assert_eq!(resumed.left.get("planted"), Some(&1));
    assert_eq!(now, [lines[0], &planted, &lines[2..].concat()].concat().into_bytes());
    // What can't be a part of it is run again.
    std::fs::write(&file, torn.replacen("planted", "forged!", 1)).unwrap();
    let (afresh, now) = swept(&world, &request(), &folder.path().join("afresh")).await;
    assert_eq!((afresh, now), (view, bytes));
}

#[tokio::test]
async fn a_cancelled_sweep_keeps_what_it_did_and_notes_no_trial() {
    let world = world().await;
    let job = Arc::<Job>::default();
    job.cancel();
    assert_eq!(world.ws.sweep(&request(), None, &job).await.unwrap_err().code(), "cancelled");
    assert_eq!(world.ws.trials("BTC", "1h", None, None, None).await.unwrap().trials, 0);
    let job = Arc::<Job>::default();
    let (watched, ws, asked) = (Arc::clone(&job), world.ws.clone(), SweepRequest { threads: Some(1), ..request() });
    let running = tokio::spawn(async move { ws.sweep(&asked, None, &watched).await });
    while job.progress().0 == 0 {
        tokio::task::yield_now().await;
    }
    job.cancel();
    match running.await.unwrap() {
        Err(error) => assert_eq!(error.code(), "cancelled"),
        Ok(view) => assert_eq!(view.points, 1_040, "it was done before it could be ended"),
    }
    let text = whole_lines(std::fs::read(only_file(&world)).unwrap());
    assert!(!sweep::read(&text).unwrap().blocks.is_empty());
    assert!(world.ws.sweep(&request(), None, &Arc::default()).await.is_ok());
}

#[tokio::test]
async fn a_window_bounds_what_is_traded_and_the_same_prices_have_the_same_hash() {
    let world = world().await;
    let at = |hour: i64| Timestamp::from_micros((400_000 + hour) * HOUR).to_string();
    let asked = |from: i64, to: i64, fee: u32, axes: &str| SweepRequest {
        axes: vec![axes.into()],
        coins: vec!["BTC".into()],
        from: Some(at(from)),
        to: Some(at(to)),
        fee_bps: Some(fee),
        ..request()
    };
    let ask = async |request: SweepRequest| world.ws.sweep(&request, None, &Arc::default()).await.unwrap();
    let first = ask(asked(100, 400, 10, "fast=2..5")).await;
    assert_eq!((first.lanes[0].candles, first.lanes[0].trials), (300, 4));
    let dearer = ask(asked(100, 400, 100, "fast=2..9")).await;
    assert_eq!(dearer.lanes[0].data, first.lanes[0].data, "fees and settings are no data");
    assert_eq!(dearer.lanes[0].trials, 4 + 8);
    let after = ask(asked(400, 600, 10, "fast=2..5")).await;
    assert_eq!(after.lanes[0].trials, 4, "another window is other data");
    assert_eq!(ask(asked(399, 600, 10, "fast=2..5")).await.lanes[0].trials, 4 + 12 + 4, "one candle is enough");
}

#[tokio::test]
async fn a_strategy_that_only_the_event_path_runs_is_swept_and_a_backtest_is_one_trial() {
    let world = world().await;
    let asked = SweepRequest {
        strategy: "scheduled_accumulation".into(),
        axes: vec!["aud=10,20,30".into()],
        coins: vec!["BTC".into()],
        ..request()
    };
    let view = world.ws.sweep(&asked, None, &Arc::default()).await.unwrap();
    assert_eq!((view.ran, view.lanes[0].trials), (3, 3), "{:?}", view.left);
    assert!(view.top.iter().all(|point| point.entries > 10));
    let single = |aud: &str, fee| crate::dto::BacktestRequest {
        strategy: "scheduled_accumulation".into(),
        coins: vec!["BTC".into()],
        interval: "1h".into(),
        params: [("aud".to_owned(), aud.to_owned())].into(),
        fee_bps: Some(fee),
        ..crate::dto::BacktestRequest::default()
    };
    let run = async |request| world.ws.backtest(&request, &Arc::default()).await.unwrap();
    let told = run(single("20", 10)).await;
    let point = view.top.iter().find(|point| point.params["aud"] == "20").unwrap();
    assert_eq!(told.final_equity, point.final_equity, "a point of a sweep is that very backtest");
    let trials = async || world.ws.trials("BTC", "1h", None, None, None).await.unwrap().trials;
    assert_eq!(trials().await, 3 + 1);
    run(single("20", 10)).await;
    assert_eq!(trials().await, 3 + 1, "the same again is no new trial");
    run(single("20", 50)).await;
    assert_eq!(trials().await, 3 + 2);
}

#[tokio::test]
async fn what_makes_no_sense_is_named() {
    let world = world().await;
    let code = async |change: &dyn Fn(&mut SweepRequest)| {
        let mut asked = request();
        change(&mut asked);
        world.ws.sweep(&asked, None, &Arc::default()).await.unwrap_err().code()
    };
    assert_eq!(code(&|asked| asked.strategy = "sma".into()).await, "unknown_strategy");
    assert_eq!(code(&|asked| asked.coins.clear()).await, "bad_lanes");
    assert_eq!(code(&|asked| asked.intervals = vec!["2h".into()]).await, "bad_interval");
    assert_eq!(code(&|asked| asked.coins = vec!["DOGE".into()]).await, "no_candles");
    assert_eq!(code(&|asked| asked.cash = Some("0".into())).await, "bad_setting");
    assert_eq!(code(&|asked| asked.fee_bps = Some(1_001)).await, "bad_setting");
    assert_eq!(code(&|asked| asked.threads = Some(0)).await, "bad_setting");
    assert_eq!(code(&|asked| asked.shard = Some("5/4".into())).await, "bad_shard");
    assert_eq!(code(&|asked| asked.look.by = Some("luck".into())).await, "bad_measure");
    assert_eq!(code(&|asked| asked.axes = vec!["fast=1..500".into(), "slow=2..500".into()]).await, "too_many_points");
    let empty =
        |asked: &mut SweepRequest| (asked.from, asked.to) = (Some("2020-02-01".into()), Some("2020-01-01".into()));
    assert_eq!(code(&empty).await, "empty_window");
}
