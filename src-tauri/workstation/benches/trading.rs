//! Trading under load, on the staging exchange over loopback, each figure next to a floor of the same run:
//!
//! `cargo bench -p workstation --bench trading [-- signal [ORDERS] | kill [TIMES] | paper [ORDERS] | live [ORDERS]]`, all unless told;
//! `paper` and `live` also take `--minutes N` instead: 1,000 orders a minute for so long by the machine's own clock.
//!
//! - `signal`: an algorithm's live signal until its order's bytes are at the exchange, without the time the exchange was read
//! - `kill`: the switch pulled over 50 resting live orders until every cancel is there, and confirmed
//! - `paper`, `live`: 1,000 orders a minute of driven time, an hour of them unless told: what memory does, and that nothing is lost
//!
//! As a test all are short, and what is promised without a clock holds.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may stop at the first surprise")]

use domain::{Decimal, DrivenClock, Timestamp};
use ledgers::Secret;
use staging::{Account, Clock, Request, Staging};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use workstation::dto::{AlgorithmRequest, KillRequest, MandateRequest, OrderRequest, RiskRequest, parse_side};
use workstation::{Book, Home, Mode, Reached, Workstation};

const START: Timestamp = Timestamp::from_millis(1_790_000_040_000);
/// Between two orders, at 1,000 a minute.
const APART: Duration = Duration::from_millis(60);
const HOUR: u64 = 60_000;
const RESTING: usize = 50;
/// Live orders that rest before they are taken back together.
const BATCH: u64 = 100;
const COINS: [&str; 16] = [
    "BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "LTC", "USDT", "TRX", "EOS", "LINK", "BCH", "NEO", "XLM", "GAS", "POWR",
];

struct World {
    staging: Staging,
    clock: Arc<DrivenClock>,
    ws: Workstation,
    folder: tempfile::TempDir,
}

fn words<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn mandate(holder: &str) -> MandateRequest {
    MandateRequest {
        holder: holder.to_owned(),
        book: Book::Live,
        approval: "never".to_owned(),
        max_order_aud: None,
        max_day_aud: None,
        coins: Vec::new(),
        hours: None,
        until: None,
    }
}

impl World {
    /// A workspace that may trade live by itself, and much money at the exchange.
    async fn start() -> Self {
        let coins = vec![("BTC".to_owned(), Decimal::from(10))];
        let account = Account { aud: Decimal::from(10_000_000), coins, ..Account::default() };
        let clock = Clock::Driven { start_ms: START.millis() };
        let staging = Staging::start(staging::Options { seed: 7, clock, account, ..Default::default() }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("home")), false).unwrap();
        let url = staging.url().to_owned();
        let secret = |text: &str| Secret::new(text.to_owned());
        let secrets = [("coinspot_key", "staging-key"), ("coinspot_secret", "staging-secret")];
        let reached = Reached {
            coinspot: url.clone(),
            coinspot_web: url,
            others: sources::REGISTRY
                .iter()
                .map(|entry| (entry.service.to_owned(), staging.url_of(entry.service).to_owned()))
                .collect(),
            secrets: secrets.map(|(name, value)| (name.to_owned(), secret(value))).into(),
            pace: 2_000,
            ..Reached::default()
        };
        let clock = Arc::new(DrivenClock::at(START));
        let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), reached).await.unwrap();
        let loose = words([
            ("max_order_aud", "1000000"),
            ("max_day_aud", "1000000000"),
            ("max_orders_per_minute", "1000"),
            ("max_price_age_s", "3600"),
            ("price_collar_pct", "90"),
            ("max_spread_pct", "50"),
            ("max_coin_pct", "100"),
            ("max_algorithm_pct", "100"),
            ("max_day_loss_pct", "100"),
            ("max_drawdown_pct", "100"),
        ]);
        for book in [Book::Paper, Book::Live] {
            ws.limits_set(book, &loose, true).await.unwrap();
        }
        ws.key_declare().await.unwrap();
        ws.mandate_set(&mandate("manual")).await.unwrap();
        ws.collect(&["coinspot_prices".to_owned()]).await.unwrap();
        Self { staging, clock, ws, folder }
    }

    fn pass(&self, by: Duration) {
        self.clock.advance_micros(i64::try_from(by.as_micros()).unwrap());
        self.staging.advance(by);
    }

    /// So many percent of what a buyer pays for BTC now.
    fn price(&self, percent: i64) -> String {
        let ask = self.staging.world().at(self.staging.now_ms()).quote("BTC").unwrap().ask.unwrap();
        (ask * Decimal::new(percent, 2)).round_dp(2).to_string()
    }
}

fn order(book: Book, side: &str, quantity: &str, limit: Option<String>) -> OrderRequest {
    OrderRequest {
        coin: "BTC".into(),
        side: parse_side(side).unwrap(),
        book,
        quantity: Some(quantity.into()),
        aud: None,
        limit,
        again: true,
        until: None,
    }
}

fn at(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn summary(times: &[Duration]) -> String {
    let at = |percent| at(times.to_vec(), percent);
    format!("median {:?}, p99 {:?}", at(50), at(99))
}

/// What one durable write of an order's size costs here: a bare file, and a fact in a journal of its own.
async fn durable(folder: &std::path::Path, count: usize) -> (Vec<Duration>, Vec<Duration>) {
    let mut bare = File::create(folder.join("bare")).unwrap();
    let home = folder.join("journal");
    std::fs::create_dir_all(&home).unwrap();
    let store = store::Store::open(&home, domain::DeviceId::from_bytes([1; 16]), START).await.unwrap();
    let (mut files, mut commits) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let begun = Instant::now();
        bare.write_all(&[7; 400]).unwrap();
        bare.sync_data().unwrap();
        files.push(begun.elapsed());
        let begun = Instant::now();
        store.append(&[domain::Fact::AskTime { seconds: 60 }], START).await.unwrap();
        commits.push(begun.elapsed());
    }
    store.close().await;
    (files, commits)
}

/// Notes when a signal is acted on, and how far its order came when.
#[derive(Clone, Default)]
struct Signals(Arc<Mutex<Vec<Instant>>>, Arc<Mutex<Vec<(Instant, String)>>>);

/// The name of a step.
struct Step(String);

impl tracing::field::Visit for Step {
    fn record_str(&mut self, _: &tracing::field::Field, value: &str) {
        self.0 = value.to_owned();
    }
    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
}

impl tracing::Subscriber for Signals {
    fn enabled(&self, of: &tracing::Metadata<'_>) -> bool {
        ["workstation::signal", "workstation::step"].contains(&of.target())
    }
    fn event(&self, event: &tracing::Event<'_>) {
        let now = Instant::now();
        if event.metadata().target() == "workstation::signal" {
            self.0.lock().unwrap().push(now);
        } else {
            let mut step = Step(String::new());
            event.record(&mut step);
            self.1.lock().unwrap().push((now, step.0));
        }
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

fn is_order(request: &Request) -> bool {
    request.method == "POST"
        && ["/my/buy", "/my/sell", "/my/buy/now", "/my/sell/now"].iter().any(|end| request.path.ends_with(end))
}

/// It is the way of an order that is measured: losses in a market that goes nowhere would soon lock the algorithm.
async fn algorithm(world: &World) {
    let changes = words([("enabled", "0")]);
    world.ws.risk_set(&RiskRequest::Protections { changes }).await.unwrap();
    world.ws.mandate_set(&mandate("cross")).await.unwrap();
    let request = AlgorithmRequest {
        name: "cross".into(),
        strategy: "sma_cross".into(),
        coins: COINS.map(str::to_owned).to_vec(),
        interval: "1m".into(),
        capital_pct: "50".into(),
        orders: Some("instant".into()),
        params: words([("fast", "1"), ("slow", "2"), ("share", "1")]),
    };
    world.ws.algorithm_set(&request, true).await.unwrap();
    for word in [None, Some("UNPROVEN")] {
        world.ws.algorithm_promote("cross", word).await.unwrap();
    }
}

async fn signal(wanted: usize, signals: &Signals) {
    let world = World::start().await;
    algorithm(&world).await;
    world.staging.forget_requests();
    let (mut all, mut own, mut read, mut asked) = (Vec::new(), Vec::new(), Vec::new(), 0);
    // Of several coins that speak at one moment the first waits for none of the others.
    let mut alone = Vec::new();
    let mut parts: BTreeMap<(usize, String), Vec<Duration>> = BTreeMap::new();
    // As long as it takes, but not for ever.
    for _ in 0..12 * 60 * 48 {
        world.pass(Duration::from_secs(5));
        signals.0.lock().unwrap().clear();
        signals.1.lock().unwrap().clear();
        world.staging.forget_requests();
        world.ws.drive().await.unwrap();
        let begun = std::mem::take(&mut *signals.0.lock().unwrap());
        let steps = std::mem::take(&mut *signals.1.lock().unwrap());
        let requests = world.staging.requests();
        asked += begun.len();
        for (number, from) in begun.iter().enumerate() {
            let until = begun.get(number + 1);
            let its = requests
                .iter()
                .filter(|request| request.arrived >= *from && until.is_none_or(|until| request.arrived < *until));
            let its: Vec<&Request> = its.collect();
            let Some(sent) = its.iter().position(|request| is_order(request)) else { continue };
            let reading: Duration = its[..sent].iter().filter_map(|read| Some(read.answered? - read.arrived)).sum();
            let whole = its[sent].arrived - *from;
            all.push(whole);
            read.push(reading);
            own.push(whole.saturating_sub(reading));
            if number == 0 {
                alone.push(whole.saturating_sub(reading));
            }
            let (mut last, arrived) = (*from, its[sent].arrived);
            let on_way = steps.iter().filter(|(at, _)| *at >= *from && *at < arrived);
            let on_way = on_way.map(|(at, name)| (*at, name.as_str())).chain([(arrived, "at the exchange")]);
            for (number, (at, name)) in on_way.enumerate() {
                // Without what the exchange took of it.
                let reading: Duration = its[..sent]
                    .iter()
                    .filter(|read| read.arrived >= last && read.arrived < at)
                    .filter_map(|read| Some(read.answered?.min(at) - read.arrived))
                    .sum();
                let part = (at - last).saturating_sub(reading);
                parts.entry((number, name.to_owned())).or_default().push(part);
                last = at;
            }
        }
        if own.len() >= wanted {
            break;
        }
    }
    let (files, commits) = durable(world.folder.path(), wanted.max(20)).await;
    println!("signal to wire: {} orders of {asked} signals", own.len());
    println!("  from the signal to the order's bytes at the exchange: {}", summary(&all));
    println!("  of it the exchange read meanwhile: {}", summary(&read));
    println!("  so our own: {}", summary(&own));
    println!("    where no order of the same moment came before it, {} orders: {}", alone.len(), summary(&alone));
    println!("  our own, step by step:");
    for ((_, name), times) in parts.iter().filter(|(_, times)| times.len() * 4 >= own.len()) {
        println!("    {name}: {}", summary(times));
    }
    println!("  a bare durable write: {}; a bare durable fact in a journal: {}", summary(&files), summary(&commits));
    let on_top = at(own.clone(), 99).saturating_sub(at(commits.clone(), 50));
    println!("  p99 of our own on top of one bare durable fact: {on_top:?} (goal <= 3 ms; three are on the way)");
    let ratio = at(own, 50).as_secs_f64() / at(commits, 50).as_secs_f64();
    println!("  our own median is {ratio:.1} times one bare durable fact");
    world.ws.close().await;
}

async fn kill(times: usize) {
    let world = World::start().await;
    let (mut sent, mut confirmed) = (Vec::new(), Vec::new());
    for _ in 0..times {
        for number in 0..RESTING {
            world.pass(APART);
            let limit = world.price(50 + i64::try_from(number % 10).unwrap());
            let placed = world.ws.order_place(&order(Book::Live, "buy", "0.001", Some(limit))).await.unwrap();
            assert_eq!(placed.state, "open", "{:?}", placed.reason);
        }
        world.staging.forget_requests();
        let begun = Instant::now();
        let receipt = world.ws.kill(&KillRequest::default()).await.unwrap();
        let whole = begun.elapsed();
        assert_eq!((receipt.cancelled.len(), receipt.unconfirmed.len()), (RESTING, 0), "{:?}", receipt.notes);
        let requests = world.staging.requests();
        let cancels: Vec<&Request> =
            requests.iter().filter(|request| request.path.contains("/cancel") && request.arrived >= begun).collect();
        assert!(!cancels.is_empty());
        sent.push(cancels.iter().map(|cancel| cancel.arrived - begun).max().unwrap());
        confirmed.push(whole);
        assert_eq!(world.staging.truth().resting.len(), 0);
        // The journal learns of it before the switch is opened again.
        for _ in 0..4 {
            world.pass(Duration::from_secs(20));
            let _ = world.ws.reconcile().await;
        }
        world.ws.unkill().await.unwrap();
        world.ws.mandate_set(&mandate("manual")).await.unwrap();
    }
    println!("kill over {RESTING} resting live orders, {times} times");
    println!("  until the last cancel was at the exchange: {} (goal <= 100 ms)", summary(&sent));
    println!("  until all were confirmed and the receipt written: {} (goal <= 2 s)", summary(&confirmed));
    world.ws.close().await;
}

fn rss_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// What memory did, and how much of it a thousand orders kept after the first quarter.
fn told(what: &str, memory: &[u64], orders: u64, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    let mb: Vec<String> = memory.iter().map(|bytes| format!("{:.0}", *bytes as f64 / 1e6)).collect();
    println!("{what}: {orders} orders in {seconds:.0} s ({:.0} a second)", orders as f64 / seconds);
    println!("  memory at each twelfth, MB: {}", mb.join(" "));
    let settled = memory.len() / 4;
    if let (Some(first), Some(last)) = (memory.get(settled), memory.last()) {
        let per = orders as f64 / 12.0 * (memory.len() - 1 - settled) as f64 / 1_000.0;
        println!("  growth for a thousand orders: {:.0} kB", (*last as f64 - *first as f64) / 1e3 / per.max(0.001));
    }
}

/// Waits until an order's turn has come by the machine's own clock.
async fn in_turn(begun: Instant, number: u64, paced: bool) {
    if paced {
        let due = begun + APART * u32::try_from(number).unwrap();
        tokio::time::sleep_until(due.into()).await;
    }
}

async fn paper(orders: u64, paced: bool) {
    let world = World::start().await;
    let (begun, mut memory) = (Instant::now(), Vec::new());
    for number in 0..orders {
        in_turn(begun, number, paced).await;
        world.pass(APART);
        let side = if number % 2 == 0 { "buy" } else { "sell" };
        let placed = world.ws.order_place(&order(Book::Paper, side, "0.00001", None)).await.unwrap();
        assert_eq!(placed.state, "filled", "{:?}", placed.reason);
        if (number + 1) % (orders / 12).max(1) == 0 {
            world.staging.forget_requests();
            memory.push(rss_bytes());
        }
    }
    told("paper, 1,000 orders a minute", &memory, orders, begun);
    let known = world.ws.orders().await.unwrap().orders;
    let outcomes = known.iter().filter(|order| order.state == "filled").count() as u64;
    println!("  {orders} asked for, {} in the journal, {outcomes} filled, {} lost", known.len(), orders - outcomes);
    assert_eq!(outcomes, orders, "each has its outcome");
    let trades = world.ws.history(&workstation::dto::TradesRequest::of(Book::Paper)).await.unwrap().trades;
    assert_eq!((known.len() as u64, trades.len() as u64), (orders, orders), "nothing is lost");
    books_are_equal(&world).await;
    assert!(world.ws.verify().await.unwrap().ok);
    world.ws.close().await;
}

/// The cash and the coins that the fills leave are those of the wallet.
async fn books_are_equal(world: &World) {
    let trades = world.ws.history(&workstation::dto::TradesRequest::of(Book::Paper)).await.unwrap().trades;
    let (mut cash, mut coins) = (Decimal::from(100_000), Decimal::ZERO);
    for trade in &trades {
        let (value, quantity) = (trade.price.decimal() * trade.quantity.decimal(), trade.quantity.decimal());
        let buys = trade.side == parse_side("buy").unwrap();
        cash += if buys { -value - trade.fee.0 } else { value - trade.fee.0 };
        coins += if buys { quantity } else { -quantity };
    }
    let status = world.ws.status().await.unwrap();
    assert_eq!(status.paper.cash.0, cash, "the wallet's cash is what the fills left");
    let held = world.ws.positions(Book::Paper, None).await.unwrap();
    let held: Decimal = held.positions.iter().map(|position| position.quantity.decimal()).sum();
    assert_eq!(held, coins, "the books hold what the fills left");
}

/// Orders rest and are taken back a hundred at a time; one in two hundred fills, as on a day with less than a page of history.
async fn live(orders: u64, paced: bool) {
    let world = World::start().await;
    let (begun, mut memory) = (Instant::now(), Vec::new());
    for number in 0..orders {
        in_turn(begun, number, paced).await;
        world.pass(APART);
        let percent = if number % 200 == 7 { 110 } else { 60 };
        let placed =
            world.ws.order_place(&order(Book::Live, "buy", "0.001", Some(world.price(percent)))).await.unwrap();
        assert!(["open", "filled"].contains(&placed.state), "{:?}", placed.reason);
        if (number + 1) % BATCH == 0 || number + 1 == orders {
            world.pass(Duration::from_secs(2));
            world.ws.order_cancel_all().await.unwrap();
        }
        if (number + 1) % (orders / 12).max(1) == 0 {
            world.staging.forget_requests();
            memory.push(rss_bytes());
        }
    }
    told("live on staging, 1,000 orders a minute", &memory, orders, begun);
    for _ in 0..6 {
        world.pass(Duration::from_secs(20));
        let _ = world.ws.reconcile().await;
    }
    let (known, truth) = (world.ws.orders().await.unwrap().orders, world.staging.truth());
    let filled: Decimal = known.iter().map(|order| order.filled.decimal()).sum();
    let executed: Decimal = truth.executed.iter().map(|row| row.amount).sum();
    assert_eq!((known.len() as u64, truth.placed, truth.resting.len()), (orders, orders, 0), "nothing is lost");
    assert_eq!(filled, executed, "every fill is booked once");
    let open = known.iter().filter(|order| !["filled", "cancelled"].contains(&order.state)).count();
    assert_eq!(open, 0, "nothing is left in between");
    assert!(world.ws.verify().await.unwrap().ok);
    world.ws.close().await;
}

fn main() {
    let measuring = std::env::args().any(|arg| arg == "--bench");
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let wants = |name: &str| args.is_empty() || args.iter().any(|arg| arg == name);
    let minutes = std::env::args().skip_while(|arg| arg != "--minutes").nth(1).and_then(|arg| arg.parse::<u64>().ok());
    let told = args.iter().find_map(|arg| arg.replace('_', "").parse::<u64>().ok());
    let count = minutes.map(|minutes| minutes * 1_000).or(told);
    let some = told.and_then(|count| usize::try_from(count).ok());
    let signals = Signals::default();
    tracing::subscriber::set_global_default(signals.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if wants("signal") {
            signal(some.unwrap_or(if measuring { 600 } else { 2 }), &signals).await;
        }
        if wants("kill") {
            kill(some.unwrap_or(if measuring { 40 } else { 1 })).await;
        }
        if wants("paper") {
            paper(count.unwrap_or(if measuring { HOUR } else { 24 }), minutes.is_some()).await;
        }
        if wants("live") {
            live(count.unwrap_or(if measuring { HOUR } else { 24 }), minutes.is_some()).await;
        }
    });
}
