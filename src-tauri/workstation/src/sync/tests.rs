//! Two and three workspaces on a real Postgres, with faults in between.

mod postgres;
mod proxy;

use super::*;
use crate::dto::PnlRequest;
use crate::{Home, Mode, Reached, Secret};
use ::sync::JoinCode;
use domain::{
    Book, Coin, Decimal, DrivenClock, Fact, Money, OrderId, Price, Proposal, Quantity, Side, Timestamp, Trade,
};
use postgres::Database;
use proxy::{Fault, Proxy};
use std::path::Path;
use std::sync::Arc;

const START: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

/// A machine of the trader's, with a workspace.
struct Machine {
    ws: Workstation,
    _folder: Option<tempfile::TempDir>,
}

fn reached(url: &str, trader: u8, machine: u8) -> Reached {
    let secrets = [
        (URL, url.to_owned()),
        (TRADER_KEY, JoinCode::new([trader; 32]).reveal()),
        (MACHINE_SEED, hex(&[machine; 32])),
    ];
    let secrets = secrets.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    Reached { secrets, ..Reached::default() }
}

async fn open(folder: &Path, url: &str, trader: u8, machine: u8) -> Workstation {
    let home = Home::resolve(Some(folder.to_path_buf()), false).unwrap();
    let clock = Arc::new(DrivenClock::at(START.plus_micros(i64::from(machine))));
    Workstation::open_at(&home, Mode::Write, clock, reached(url, trader, machine)).await.unwrap()
}

impl Machine {
    async fn new(url: &str, machine: u8) -> Self {
        Self::of(url, 7, machine).await
    }

    async fn of(url: &str, trader: u8, machine: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { ws: open(folder.path(), url, trader, machine).await, _folder: Some(folder) }
    }

    async fn trades(&self, range: std::ops::Range<u64>) {
        let facts: Vec<Fact> = range.map(|n| Fact::Trade(trade(n))).collect();
        self.ws.store().append(&facts, self.ws.now()).await.unwrap();
    }

    async fn facts(&self) -> u64 {
        self.ws.store().journal_length().await.unwrap()
    }

    /// Everything the books say, and the journal's hash; the journal must be sound.
    async fn shown(&self) -> (String, String) {
        let verified = self.ws.verify().await.unwrap();
        assert!(verified.ok, "{verified:?}");
        let mut said = String::new();
        for by in ["coin", "month", "algorithm"] {
            let request = PnlRequest { by: Some(by.to_owned()), ..PnlRequest::default() };
            said += &serde_json::to_string(&self.ws.pnl(&request).await.unwrap()).unwrap();
        }
        said += &serde_json::to_string(&self.ws.positions(Book::Live, None).await.unwrap()).unwrap();
        (said, verified.journal)
    }
}

fn trade(n: u64) -> Trade {
    let coins = ["BTC", "ETH", "XRP", "SUSHI"];
    Trade {
        book: Book::Live,
        time: Timestamp::from_millis(1_600_000_000_000 + (n as i64 / 3) * 60_000),
        coin: Coin::parse(coins[(n % 4) as usize]).unwrap(),
        side: if n % 5 == 4 { Side::Sell } else { Side::Buy },
        quantity: Quantity::new(Decimal::new(1_000 + n as i64 * 7, 4)).unwrap(),
        price: Price::new(Decimal::new(10_000 + n as i64 * 31, 2)).unwrap(),
        fee: Money::aud(Decimal::new(n as i64 % 100, 2)),
        algorithm: None,
        venue: None,
        external_id: Some(format!("x{n}")),
        order: None,
        occurrence: 0,
    }
}

#[tokio::test]
async fn two_workspaces_with_different_trades_show_the_same_books_and_the_same_hash() {
    let Some(database) = Database::new() else { return };
    let (a, b) = (Machine::new(&database.url(), 1).await, Machine::new(&database.url(), 2).await);
    a.trades(0..40).await;
    // Offline until now; ten of them are known to both.
    b.trades(30..75).await;
    let made = a.ws.sync_init().await.unwrap();
    assert_eq!((made.did.as_str(), made.migrations), ("made", 1));
    assert_eq!(b.ws.sync_init().await.unwrap().did, "joined");
    let view = a.ws.sync_now().await.unwrap();
    assert_eq!((view.brief.state.as_str(), view.brief.behind, view.devices.len()), ("online", 0, 2));
    assert_eq!(a.shown().await, b.shown().await);
    assert_eq!(a.ws.store().load_rows(Some(Book::Live)).await.unwrap().len(), 75, "each trade once");
    assert_eq!(view.journal, a.shown().await.1);
    // Again, and nothing moves; what is recorded now reaches the other.
    assert_eq!(a.ws.sync_init().await.unwrap().migrations, 0);
    a.trades(80..81).await;
    a.ws.sync_now().await.unwrap();
    assert_eq!(b.ws.sync_now().await.unwrap().pulled, 1);
    assert_eq!(a.shown().await, b.shown().await);
    let proof = b.ws.sync_verify().await.unwrap();
    assert!(proof.ok, "{proof:?}");
    assert_eq!(proof.devices.iter().map(|device| device.signed).sum::<u64>(), b.facts().await);
}

#[tokio::test]
async fn an_order_and_a_wallet_belong_to_their_machine() {
    let Some(database) = Database::new() else { return };
    let (a, b) = (Machine::new(&database.url(), 1).await, Machine::new(&database.url(), 2).await);
    let order = OrderId::new(START, [1; 10]);
    let proposal = Proposal {
        coin: Coin::parse("BTC").unwrap(),
        side: Side::Buy,
        book: Book::Paper,
        kind: domain::OrderKind::Limit(Price::parse("10").unwrap()),
        quantity: Quantity::parse("1").unwrap(),
        algorithm: None,
    };
    let facts = [
        Fact::OrderProposed { order, proposal },
        Fact::OrderApproved { order, by: domain::Name::parse("paper").unwrap() },
        Fact::OrderIntended { order },
        Fact::OrderOpened { order, venue_order_id: None },
    ];
    a.ws.store().append(&facts, a.ws.now()).await.unwrap();
    let paper = Trade { book: Book::Paper, ..trade(1) };
    a.ws.store().append(&[Fact::Trade(paper)], a.ws.now()).await.unwrap();
    a.ws.sync_init().await.unwrap();
    let before = b.ws.desk().await.unwrap().ticker(START).unwrap();
    b.ws.sync_init().await.unwrap();
    assert_eq!(a.ws.orders().await.unwrap().orders.len(), 1);
    assert_eq!(b.ws.orders().await.unwrap().orders.len(), 0, "not ours to act on");
    assert_eq!(b.ws.desk().await.unwrap().ticker(START).unwrap(), before);
    a.ws.sync_now().await.unwrap();
    let of_paper = |ws: Workstation| async move {
        let request = PnlRequest { book: Some("paper".to_owned()), ..PnlRequest::default() };
        serde_json::to_string(&ws.pnl(&request).await.unwrap()).unwrap()
    };
    assert_eq!(of_paper(a.ws.clone()).await, of_paper(b.ws.clone()).await, "the books tell of all");
    // Also folded from the beginning.
    let home = b.ws.home().clone();
    b.ws.close().await;
    let again = open(home.path(), &database.url(), 7, 2).await;
    assert_eq!(again.desk().await.unwrap().ticker(START).unwrap(), before);
    assert_eq!(again.orders().await.unwrap().orders.len(), 0);
}

#[tokio::test]
async fn a_kill_on_one_machine_stops_all_and_one_that_was_ended_stops_nobody_again() {
    let Some(database) = Database::new() else { return };
    let (a, b) = (Machine::new(&database.url(), 1).await, Machine::new(&database.url(), 2).await);
    a.ws.sync_init().await.unwrap();
    b.ws.sync_init().await.unwrap();
    let sync = async |machine: &Machine| drop(machine.ws.sync_now().await.unwrap());
    let pulled = |machine: &Machine| crate::kill::is_pulled(machine.ws.home());
    crate::kill::pull(a.ws.home(), a.ws.now()).unwrap();
    a.ws.cancel_for_kill(false).await;
    a.ws.settle_receipts(&mut a.ws.desk().await.unwrap()).await.unwrap();
    sync(&a).await;
    assert!(!pulled(&b));
    sync(&b).await;
    assert!(pulled(&b), "a kill anywhere stops here");
    b.ws.settle_receipts(&mut b.ws.desk().await.unwrap()).await.unwrap();
    a.ws.unkill().await.unwrap();
    // What the second machine recorded when it stopped comes back, and stops nobody.
    for _ in 0..3 {
        sync(&b).await;
        sync(&a).await;
    }
    assert!(!pulled(&a), "it was ended here");
    assert!(pulled(&b), "and each machine is opened again by its own person");
    b.ws.unkill().await.unwrap();
    sync(&b).await;
    sync(&a).await;
    let c = Machine::new(&database.url(), 3).await;
    c.ws.sync_init().await.unwrap();
    assert!(!pulled(&c), "kills of the past stop nobody who comes later");
}

#[tokio::test]
async fn a_lost_acknowledgement_or_a_cut_anywhere_loses_and_doubles_nothing() {
    let Some(database) = Database::new() else { return };
    let proxy = Proxy::new(database.port()).await;
    let (a, b) = (Machine::new(&database.url_at(proxy.port()), 1).await, Machine::new(&database.url(), 2).await);
    a.ws.sync_init().await.unwrap();
    b.ws.sync_init().await.unwrap();
    let mut n = 0;
    let faults = (1..=6).map(Fault::CommitUnheard).chain((0..14).map(|step| Fault::CutAfter(400 + step * 700)));
    for fault in faults {
        for machine in [&a, &b] {
            machine.trades(n..n + 30).await;
            n += 30;
        }
        b.ws.sync_now().await.unwrap();
        // A connection of before would not meet it.
        *a.ws.inner.syncing.line.lock().await = None;
        proxy.set(Some(fault));
        match a.ws.sync_now().await {
            Err(error) => assert_eq!(error.code(), "server_unreachable", "{fault:?}: {error}"),
            Ok(_) => assert!(matches!(fault, Fault::CommitUnheard(_)), "{fault:?} did not happen"),
        }
        assert!(a.ws.verify().await.unwrap().ok);
        proxy.set(None);
    }
    a.ws.sync_now().await.unwrap();
    b.ws.sync_now().await.unwrap();
    assert_eq!(a.shown().await, b.shown().await);
    assert_eq!(a.ws.store().load_rows(None).await.unwrap().len() as u64, n);
    assert!(a.ws.sync_verify().await.unwrap().ok);
    assert!(proxy.faults() >= 18, "only {} faults happened", proxy.faults());
}

const CHILD_HOME: &str = "OMC_TEST_SYNC_HOME";
const CHILD_URL: &str = "OMC_TEST_SYNC_URL";

/// Not a test by itself: the process that gets killed runs it.
#[tokio::test]
async fn child_that_syncs() {
    let (Ok(home), Ok(url)) = (std::env::var(CHILD_HOME), std::env::var(CHILD_URL)) else { return };
    let ws = open(Path::new(&home), &url, 7, 1).await;
    loop {
        let _ = ws.sync_now().await;
    }
}

#[tokio::test]
async fn a_process_killed_in_the_middle_of_a_batch_goes_on_where_it_was() {
    let Some(database) = Database::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (first, b) = (open(folder.path(), &database.url(), 7, 1).await, Machine::new(&database.url(), 2).await);
    first.sync_init().await.unwrap();
    b.ws.sync_init().await.unwrap();
    let mut written = 0;
    let mut first = Some(first);
    for wait_ms in [0, 15, 40, 80, 160, 320] {
        let ws = match first.take() {
            Some(ws) => ws,
            None => open(folder.path(), &database.url(), 7, 1).await,
        };
        let a = Machine { ws, _folder: None };
        a.trades(written..written + 1_500).await;
        b.trades(written + 1_500..written + 3_000).await;
        written += 3_000;
        a.ws.close().await;
        b.ws.sync_now().await.unwrap();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["sync::tests::child_that_syncs", "--exact"])
            .env(CHILD_HOME, folder.path())
            .env(CHILD_URL, database.url())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(60 + wait_ms));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let a = Machine { ws: open(folder.path(), &database.url(), 7, 1).await, _folder: None };
    a.ws.sync_now().await.unwrap();
    b.ws.sync_now().await.unwrap();
    assert_eq!(a.shown().await, b.shown().await);
    assert_eq!(a.ws.store().load_rows(None).await.unwrap().len() as u64, written);
    assert!(a.ws.sync_verify().await.unwrap().ok);
}

#[tokio::test]
async fn whatever_is_wrong_with_the_server_is_named_and_the_journal_stays_as_it_was() {
    let Some(database) = Database::new() else { return };
    let a = Machine::new(&database.url(), 1).await;
    a.trades(0..20).await;
    a.ws.sync_init().await.unwrap();
    let (shown, facts) = (a.shown().await, a.facts().await);
    let at = async |url: String| {
        let home = a.ws.home().clone();
        let ws = Workstation::open_at(&home, Mode::Read, Arc::new(DrivenClock::at(START)), reached(&url, 7, 1)).await;
        ws.unwrap().sync_verify().await.unwrap_err().code()
    };
    assert_eq!(at(database.url().replace(postgres::PASSWORD, "wrong")).await, "wrong_password");
    assert_eq!(at(database.url_at(1)).await, "server_unreachable");
    assert_eq!(at(format!("{}_none", database.url())).await, "no_database");
    assert_eq!(at("postgres://me@db.example.com/x?sslmode=disable".to_owned()).await, "plaintext_refused");
    assert_eq!(at(format!("{}?sslmode=verify-full", database.url())).await, "tls_refused");
    database.run("CREATE ROLE stranger LOGIN PASSWORD 'pass'");
    assert_eq!(at(database.url_of("stranger", "pass")).await, "missing_rights");
    database.run("INSERT INTO omc.versions (version) VALUES (99)");
    assert_eq!(at(database.url()).await, "newer_server_schema");
    database.run("DELETE FROM omc.versions; INSERT INTO omc.versions (version) VALUES (0)");
    assert_eq!(at(database.url()).await, "older_server_schema");
    database.run("DROP SCHEMA omc CASCADE");
    assert_eq!(at(database.url()).await, "no_server_schema");
    assert_eq!(a.ws.sync_now().await.unwrap_err().code(), "no_server_schema");
    assert_eq!((a.shown().await, a.facts().await), (shown, facts));
    assert_eq!(a.ws.sync_status().await.unwrap().brief.state, "trouble");
    // Set up anew, it gets everything again.
    a.ws.sync_init().await.unwrap();
    assert!(a.ws.sync_verify().await.unwrap().ok);
}

#[tokio::test]
async fn another_traders_rows_are_out_of_reach_and_the_role_of_the_app_can_change_and_make_nothing() {
    let Some(database) = Database::new() else { return };
    let (a, other) = (Machine::new(&database.url(), 1).await, Machine::of(&database.url(), 8, 2).await);
    a.trades(0..5).await;
    a.ws.sync_init().await.unwrap();
    other.ws.sync_init().await.unwrap();
    assert_eq!(other.ws.sync_status().await.unwrap().devices.len(), 1, "nothing of the first trader's came");
    // A login that is the app and nothing more, and belongs to the first trader.
    let trader = JoinCode::new([7; 32]).trader();
    database.run("CREATE ROLE app LOGIN PASSWORD 'pass' IN ROLE omc_app");
    database.run(&format!("INSERT INTO omc.members VALUES (decode('{trader}', 'hex'), 'app')"));
    let own = format!("SET omc.trader = '{trader}'; ");
    let others = format!("SET omc.trader = '{}'; ", JoinCode::new([8; 32]).trader());
    let ask = |sql: String| database.ask("app", "pass", &sql);
    let facts = a.facts().await.to_string();
    assert_eq!(ask(format!("{own} SELECT count(*) FROM omc.facts")).unwrap(), facts);
    assert_eq!(ask(format!("{others} SELECT count(*) FROM omc.facts")).unwrap(), "0", "not its trader");
    assert_eq!(ask("SELECT count(*) FROM omc.facts".to_owned()).unwrap(), "0", "no trader named");
    for sql in [
        "DELETE FROM omc.facts",
        "UPDATE omc.facts SET body = ''",
        "TRUNCATE omc.facts",
        "DROP TABLE omc.facts",
        "ALTER TABLE omc.facts DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_rows ON omc.facts",
        "CREATE TABLE omc.mine (a int)",
        "DELETE FROM omc.checkpoints",
        "UPDATE omc.device_keys SET public_key = certificate",
        "SELECT * FROM omc.members",
        "INSERT INTO omc.members VALUES ('\\x00', 'app')",
    ] {
        assert!(ask(format!("{own} {sql}")).is_err(), "{sql}");
    }
    let sneak = format!(
        "{own} INSERT INTO omc.devices (trader, device) VALUES (decode('{}', 'hex'), decode(repeat('09', 16), 'hex'))",
        JoinCode::new([8; 32]).trader()
    );
    assert!(ask(sneak).is_err(), "nor can it write another's rows");
    // The app needs no more than that.
    let b = Machine::new(&database.url_of("app", "pass"), 3).await;
    b.ws.sync_init().await.unwrap();
    assert_eq!(b.facts().await, a.facts().await + 2);
    database.run("CREATE ROLE analyst LOGIN PASSWORD 'pass' IN ROLE omc_analyst");
    database.run(&format!("INSERT INTO omc.members VALUES (decode('{trader}', 'hex'), 'analyst')"));
    let reads = database.ask("analyst", "pass", &format!("{own} SELECT count(*) > 5 FROM omc.facts"));
    assert_eq!(reads.unwrap(), "t");
    let writes = format!(
        "{own} INSERT INTO omc.devices (trader, device) VALUES (decode('{trader}', 'hex'), decode(repeat('09', 16), 'hex'))"
    );
    assert!(database.ask("analyst", "pass", &writes).is_err());
}

#[tokio::test]
async fn a_second_device_needs_the_code_and_a_copied_workspace_is_noticed() {
    let Some(database) = Database::new() else { return };
    let a = Machine::new(&database.url(), 1).await;
    a.trades(0..3).await;
    a.ws.sync_init().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = Home::resolve(Some(folder.path().to_path_buf()), false).unwrap();
    let mut without = reached(&database.url(), 7, 2);
    without.secrets.remove(TRADER_KEY);
    let clock = Arc::new(DrivenClock::at(START));
    let ws = Workstation::open_at(&home, Mode::Write, clock, without).await.unwrap();
    assert_eq!(ws.sync_init().await.unwrap_err().code(), "no_keyring");
    // The same workspace on a machine with another seed.
    let copy = tempfile::tempdir().unwrap();
    let backup = copy.path().join("workspace.db");
    a.ws.store().backup(&backup).await.unwrap();
    std::fs::copy(a.ws.home().path().join("head"), copy.path().join("head")).unwrap();
    let copied = open(copy.path(), &database.url(), 7, 9).await;
    assert_eq!(copied.sync_now().await.unwrap_err().code(), "copied_workspace");
    // And on the same machine, gone on by itself.
    copied.close().await;
    let fork = Machine { ws: open(copy.path(), &database.url(), 7, 1).await, _folder: None };
    fork.trades(90..92).await;
    a.trades(80..82).await;
    a.ws.sync_now().await.unwrap();
    assert_eq!(fork.ws.sync_now().await.unwrap_err().code(), "forked");
    assert!(a.ws.sync_verify().await.unwrap().ok);
}

/// Three machines do anything in any order through a connection that fails; in the end all show the same.
async fn any_interleaving(database: &Database, seed: u64) {
    use rand::{Rng, SeedableRng};
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let proxy = Proxy::new(database.port()).await;
    let mut machines = Vec::new();
    for n in 0..3 {
        let machine = Machine::of(&database.url_at(proxy.port()), 100 + seed as u8, n + 1).await;
        machine.ws.sync_init().await.unwrap();
        machines.push(machine);
    }
    let mut told = std::collections::BTreeSet::new();
    for _ in 0..dice.random_range(6..20) {
        let machine = &machines[dice.random_range(0..3)];
        if dice.random_bool(0.5) {
            for _ in 0..dice.random_range(1..8) {
                let n = dice.random_range(0..60);
                told.insert(n);
                // What this machine knows already it does not tell again.
                let _ = machine.ws.store().append(&[Fact::Trade(trade(n))], machine.ws.now()).await;
            }
            continue;
        }
        proxy.set(match dice.random_range(0..4) {
            0 => Some(Fault::CommitUnheard(dice.random_range(1..5))),
            1 => Some(Fault::CutAfter(dice.random_range(100..9_000))),
            _ => None,
        });
        if let Err(error) = machine.ws.sync_now().await {
            assert_eq!(error.code(), "server_unreachable", "seed {seed}: {error}");
        }
        proxy.set(None);
    }
    for machine in machines.iter().chain(&machines) {
        let view = machine.ws.sync_now().await.unwrap();
        assert_eq!(view.brief.error, None, "seed {seed}");
    }
    let first = machines[0].shown().await;
    for machine in &machines {
        assert_eq!(machine.shown().await, first, "seed {seed}");
        assert_eq!(machine.ws.store().load_rows(None).await.unwrap().len(), told.len(), "seed {seed}");
    }
}

#[tokio::test]
async fn after_any_operations_and_faults_three_machines_on_a_real_server_show_the_same() {
    let Some(database) = Database::new() else { return };
    for seed in 0..20 {
        any_interleaving(&database, seed).await;
    }
}
