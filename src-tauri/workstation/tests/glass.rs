//! The Glass ledger from the simulated world to its series, and figures that cannot be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use domain::Decimal;
use staging::world::Series;
use staging::{Clock, Fault, Faults, Options, PriceChange, Rule, Staging};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use workstation::commands::{GlassRequest, LedgerRequest};
use workstation::dto::{FigureSeries, GlassView, RunRow};
use workstation::{DrivenClock, Home, Mode, Reached, Timestamp, Workstation};

const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const DAY: Duration = Duration::from_secs(86_400);

struct World {
    staging: Staging,
    clock: Arc<DrivenClock>,
    ws: Workstation,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let clock = Clock::Driven { start_ms: START.millis() };
        let staging = Staging::start(Options { seed: 11, clock, ..Options::default() }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
        let others: BTreeMap<String, String> =
            staging.sites().map(|(service, url)| (service.to_owned(), url.to_owned())).collect();
        let at = staging.url().to_owned();
        let reached = Reached { coinspot: at.clone(), coinspot_web: at, others, ..Reached::default() };
        let clock = Arc::new(DrivenClock::at(START));
        let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), reached).await.unwrap();
        Self { staging, clock, ws, _folder: folder }
    }

    fn advance(&self, by: Duration) {
        self.staging.advance(by);
        self.clock.advance_micros(by.as_micros() as i64);
    }

    async fn collect(&self, name: &str) -> RunRow {
        self.ws.collect(&[name.to_owned()]).await.unwrap().runs.remove(0)
    }

    async fn glass(&self, days: u32) -> GlassView {
        self.ws.glass(&GlassRequest { days: Some(days) }).await.unwrap()
    }
}

fn series<'a>(view: &'a GlassView, kind: &str, subject: &str) -> &'a FigureSeries {
    view.series.iter().find(|series| series.kind == kind && series.subject == subject).unwrap()
}

#[tokio::test]
async fn figures_become_series_with_their_changes_and_sums_of_whole_days() {
    let world = World::start().await;
    let empty = world.glass(30).await;
    assert!(
        empty.tvl.is_none() && empty.series.is_empty() && empty.treasuries.is_empty() && empty.tvl_points.is_empty()
    );
    let run = world.collect("defillama").await;
    assert_eq!((run.status.as_str(), run.rejected), ("ok", 0), "{run:?}");
    let view = world.glass(30).await;
    let aave = series(&view, "tvl", "aave");
    let expected: Vec<_> = world.staging.world().at(START.millis()).series(Series::Tvl("aave")).unwrap();
    let closed: Vec<_> = expected.iter().filter(|day| day.is_closed).collect();
    let expected = &closed[closed.len() - 30..];
    assert_eq!(aave.points.len(), 30);
    for (point, day) in aave.points.iter().zip(expected) {
        assert_eq!((point.day.millis(), point.amount.0), (day.time_ms, day.amount.normalize()));
    }
    let (before, after) = (expected[28].amount, expected[29].amount);
    let change = ((after - before) * Decimal::ONE_HUNDRED / before).round_dp(2).normalize();
    assert_eq!((aave.latest.0, aave.change_1d_pct.unwrap().0), (after.normalize(), change));
    assert!(aave.change_7d_pct.is_some() && aave.change_30d_pct.is_none(), "thirty days before there is none in view");
    let newest: Decimal = view.series.iter().filter(|s| s.kind == "tvl").map(|s| s.latest.0).sum();
    assert_eq!(
        (view.tvl.unwrap().0, view.tvl_points.last().unwrap().amount.0),
        (newest.normalize(), newest.normalize())
    );
    assert_eq!((view.tvl_points.len(), view.fees_points.len()), (30, 30));
    assert!(view.series.is_sorted_by(|a, b| a.kind != b.kind || a.latest.0 >= b.latest.0), "the largest first");
    let refused = world.ws.glass(&GlassRequest { days: Some(0) }).await.unwrap_err();
    assert!(refused.is_usage() && refused.code() == "bad_days");
}

#[tokio::test]
async fn figures_in_other_units_are_set_aside_and_the_true_ones_are_taken_when_they_are_back() {
    let world = World::start().await;
    world.collect("defillama").await;
    let before = world.glass(400).await;
    world.advance(DAY);
    let hundredfold = |coin: Option<&str>| {
        let fault = Fault::Price { coin: coin.map(ToOwned::to_owned), change: PriceChange::Times100 };
        world.staging.set_faults(Faults::none().with(Rule::on("*", fault))).unwrap();
    };
    hundredfold(Some("aave"));
    let run = world.collect("defillama").await;
    assert_eq!((run.status.as_str(), run.rejected, run.revised), ("partial", 3, 0), "{run:?}");
    assert!(
        run.refused.iter().all(|item| item.code == "implausible_jump" && item.item.starts_with("aave:")),
        "{run:?}"
    );
    let after = world.glass(400).await;
    for kind in ["tvl", "fees", "revenue"] {
        assert_eq!(series(&after, kind, "aave"), series(&before, kind, "aave"), "the good figures stand as they were");
        assert_ne!(series(&after, kind, "lido").latest, series(&before, kind, "lido").latest, "the others go on");
    }
    assert_eq!(after.tvl_points.len(), before.tvl_points.len(), "no sum without one of its parts");
    world.advance(DAY);
    world.staging.clear_faults();
    let run = world.collect("defillama").await;
    assert_eq!((run.status.as_str(), run.rejected), ("ok", 0), "{run:?}");
    let back = world.glass(400).await;
    assert_eq!(series(&back, "tvl", "aave").points.len(), series(&before, "tvl", "aave").points.len() + 2);
}

#[tokio::test]
async fn what_companies_hold_is_found_by_its_coin_and_its_changes_are_in_coins() {
    let world = World::start().await;
    world.collect("coingecko_treasuries").await;
    world.advance(DAY * 9);
    let run = world.collect("coingecko_treasuries").await;
    assert_eq!((run.status.as_str(), run.rejected), ("ok", 0), "{run:?}");
    let view = world.glass(30).await;
    let largest = &view.treasuries[0];
    assert_eq!((largest.company.as_str(), largest.coin.as_str()), ("Strategy", "BTC"));
    assert_eq!(largest.change.unwrap().0, Decimal::from(320), "bought on one day in nine");
    let request = |coin: &str| LedgerRequest {
        ledger: "glass".to_owned(),
        coin: Some(coin.to_owned()),
        ..LedgerRequest::default()
    };
    let found = world.ws.ledger(&request("ETH")).await.unwrap().observations;
    assert_eq!(found.len(), 2 * view.treasuries.iter().filter(|row| row.coin.as_str() == "ETH").count());
    assert!(found.iter().all(|row| row.kind == "treasury" && row.coins.len() == 1));
    assert_eq!(world.ws.ledger(&request("DOGE")).await.unwrap().observations, []);
    let told: Vec<String> =
        world.ws.sources_view().await.unwrap().not_collected.into_iter().map(|row| row.name).collect();
    assert_eq!(told, ["Nansen", "Newscatcher", "Glassnode", "X", "ChainWalker", "Snapshot"]);
}
