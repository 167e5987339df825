//! The account's history imported from the staging exchange: in stretches, with full pages and faults, beside exports and our own
//! fills.

use super::{World, habits};
use crate::commands::ImportOptions;
use crate::dto::{ActionFix, BalancesCompared, BooksRequest, HistoryImport, MovementRequest};
use domain::{Decimal, OrderKind};
use staging::{Dates, Executed, Fault, Habits, Resting, Rule, Side, Transfer, TransferKind};

const DAY_MS: i64 = 86_400_000;
/// 1 March 2026, 00:00 UTC.
const MARCH_MS: i64 = 1_772_323_200_000;

fn row(n: i64, at_ms: i64) -> Executed {
    Executed {
        order: (n % 3 == 0).then(|| format!("{:024x}", n / 6)),
        side: if n % 5 == 0 { Side::Sell } else { Side::Buy },
        coin: if n % 2 == 0 { "BTC" } else { "ETH" }.into(),
        amount: Decimal::new(100 + n % 7, 4),
        rate: Decimal::new(9_000_000 + n % 11, 2),
        fee: Decimal::new(9_00, 2),
        at_ms,
    }
}

/// So many trades from March on, one every `every_ms`.
fn rows(count: i64, every_ms: i64) -> Vec<Executed> {
    (0..count).map(|n| row(n, MARCH_MS + n * every_ms + 12_345)).collect()
}

fn transfers() -> Vec<Transfer> {
    let moved = |kind, coin: &str, amount: i64, status: &str, hours: i64| Transfer {
        kind,
        coin: coin.into(),
        amount: Decimal::new(amount, 1),
        aud: Decimal::from(100),
        fee: Decimal::new(5, 4),
        party: "bc1qthere".into(),
        status: status.into(),
        at_ms: MARCH_MS + hours * 3_600_000 + 7_000,
    };
    vec![
        moved(TransferKind::Deposit, "AUD", 50_000, "completed", 1),
        moved(TransferKind::Sent, "BTC", 5, "", 30),
        moved(TransferKind::Received, "ETH", 20, "", 60),
        moved(TransferKind::Deposit, "AUD", 70_000, "rejected", 61),
        moved(TransferKind::Withdrawal, "AUD", 10_000, "completed", 90),
    ]
}

/// What CoinSpot's website would export of the same rows: local time to the minute, newest first, no ids.
fn export(rows: &[Executed]) -> String {
    let header = "Transaction Date,Type,Market,Amount,Rate inc. fee,Rate ex. fee,Fee,Fee AUD (inc GST),GST AUD,\
                  Total AUD,Total (inc GST)\n";
    let line = |row: &Executed| {
        let at =
            chrono::DateTime::from_timestamp_millis(row.at_ms).unwrap().with_timezone(&chrono_tz::Australia::Sydney);
        let (date, side) = (at.format("%d/%m/%Y %I:%M %p"), if row.side == Side::Buy { "Buy" } else { "Sell" });
        let Executed { coin, amount, rate, fee, .. } = row;
        let total = amount * rate;
        format!("{date},{side},{coin}/AUD,{amount},{rate},{rate},{fee} AUD,{fee},0,{total},{total} AUD\n")
    };
    header.to_owned() + &rows.iter().rev().map(line).collect::<String>()
}

async fn read(world: &World, from: Option<&str>) -> crate::Result<HistoryImport> {
    world.ws.import_history(from, |_| {}).await
}

fn counts(done: &HistoryImport) -> (u64, u64, u64) {
    (done.read, done.imported, done.duplicates)
}

#[tokio::test]
async fn history_of_full_pages_comes_in_whole_and_once() {
    let world = World::start().await;
    // 700 of one day, which no page holds, and 900 over the weeks after.
    let mut all = rows(700, 60_000);
    all.extend((0..900).map(|n| row(n + 700, MARCH_MS + 2 * DAY_MS + n * 3_600_000)));
    world.staging.remember(&all, &transfers());
    let first = read(&world, Some("2026-02-01")).await.unwrap();
    assert_eq!((counts(&first), first.incomplete.len()), ((1_605, 1_604, 0), 0), "one deposit was rejected");
    assert_eq!((first.left_out_count, first.stretches), (1, 3));
    assert!(first.left_out[0].reason.contains("rejected"));
    let again = read(&world, Some("2026-02-01")).await.unwrap();
    assert_eq!(counts(&again), (1_605, 0, 1_604));
    let later = read(&world, None).await.unwrap();
    assert!(later.from > first.from, "it goes on where the last run ended");
    assert!(world.ws.store().verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn the_export_and_the_api_are_one_history_whichever_comes_first() {
    let all = rows(400, 1_900_000);
    for export_first in [true, false] {
        let world = World::start().await;
        world.staging.remember(&all, &[]);
        let file = std::io::Cursor::new(export(&all));
        if export_first {
            let imported = world.ws.import("x.csv", file.clone(), &ImportOptions::default()).await.unwrap();
            assert_eq!(imported.imported, 400);
        }
        let by_api = read(&world, Some("2026-02-01")).await.unwrap();
        assert_eq!(by_api.imported, if export_first { 0 } else { 400 });
        assert_eq!(by_api.doubts, 0);
        let imported = world.ws.import("x.csv", file, &ImportOptions::default()).await.unwrap();
        assert_eq!((imported.imported, imported.duplicates), (0, 400));
    }
}

#[tokio::test]
async fn a_fault_in_the_middle_keeps_what_was_read_and_the_next_run_goes_on() {
    let world = World::start().await;
    world.staging.remember(&rows(300, 12 * 3_600_000), &[]);
    let withdrawals = "/api/v2/ro/my/withdrawals";
    let down = Fault::Status { code: 503, body: String::new(), content_type: "text/plain".into(), retry_after: None };
    world.fault(vec![Rule { after: 1, ..Rule::on(withdrawals, down) }]);
    let failed = read(&world, Some("2026-02-01")).await.unwrap_err();
    assert_eq!(failed.code(), "http_status", "{failed}");
    let kept = world.ws.store().load_rows(None).await.unwrap().len();
    assert!((1..300).contains(&kept), "the first stretch is kept: {kept}");
    world.fault(vec![]);
    let rest = read(&world, None).await.unwrap();
    assert_eq!(world.ws.store().load_rows(None).await.unwrap().len(), 300);
    assert_eq!(rest.imported, 300 - kept as u64);
}

#[tokio::test]
async fn a_reading_that_is_stopped_keeps_what_it_read_and_the_next_one_goes_on_there() {
    let world = World::start().await;
    world.staging.remember(&rows(300, 12 * 3_600_000), &[]);
    let mut told = Vec::new();
    let stop_after_the_first = |progress: &crate::dto::HistoryProgress| {
        told.push((progress.running, progress.stretches, progress.of));
        assert!(world.ws.stop_history().running);
    };
    let stopped = world.ws.import_history(Some("2026-02-01"), stop_after_the_first).await.unwrap_err();
    assert_eq!(stopped.code(), "cancelled");
    assert_eq!(told, [(true, 1, 3)]);
    let kept = world.ws.store().load_rows(None).await.unwrap().len();
    assert!((1..300).contains(&kept), "{kept}");
    assert!(!world.ws.history_progress().running);
    let rest = read(&world, None).await.unwrap();
    assert_eq!((rest.imported, rest.stretches), (300 - kept as u64, 2));
}

#[tokio::test]
async fn a_balance_the_books_do_not_explain_is_an_action_until_they_do() {
    let world = World::start().await;
    let bought = Executed { side: Side::Buy, coin: "ETH".into(), ..row(1, MARCH_MS) };
    world.staging.remember(&[bought], &[]);
    let done = read(&world, Some("2026-02-01")).await.unwrap();
    assert_eq!(
        done.balances,
        Some(BalancesCompared { coins: 1, differ: 1, aud_differs: Some(true) }),
        "it is in no balance"
    );
    let of_balance = async || {
        let open = world.ws.actions().await.unwrap().actions;
        open.into_iter().find(|item| item.id == "balance:ETH")
    };
    let item = of_balance().await.unwrap();
    assert!(item.words.contains("held 0 ETH") && item.words.contains("0.0101 less than the 0.0101"), "{}", item.words);
    assert!(item.words.contains("the buy of this amount on 1 March 2026"), "{}", item.words);
    assert!(item.words.contains("31 January 2026, the first day that was read"), "{}", item.words);
    assert_eq!(item.fix, ActionFix::Import);

    let sent = MovementRequest {
        time: "2026-04-01".to_owned(),
        kind: "own_wallet".to_owned(),
        direction: "out".to_owned(),
        coin: "ETH".to_owned(),
        quantity: "0.0101".to_owned(),
        ..MovementRequest::default()
    };
    world.ws.books_say(&BooksRequest::Add { movement: Box::new(sent) }).await.unwrap();
    assert!(of_balance().await.is_none(), "it went to a wallet of one's own");
}

#[tokio::test]
async fn money_the_books_do_not_explain_is_an_action_until_a_deposit_does() {
    let world = World::start().await;
    let done = read(&world, Some("2026-02-01")).await.unwrap();
    assert_eq!(done.balances.and_then(|of| of.aud_differs), Some(true), "nobody told where the money came from");
    let of_money = async || {
        let open = world.ws.actions().await.unwrap().actions;
        open.into_iter().find(|item| item.id == "balance:AUD")
    };
    let item = of_money().await.unwrap();
    assert!(item.words.contains("no deposit or withdrawal is known: their history may be missing"), "{}", item.words);
    let owned = item.words.split(' ').nth(2).unwrap().to_owned();
    assert!(
        item.command.ends_with(&format!("--direction in --coin AUD --quantity {owned} --time DATE")),
        "{}",
        item.command
    );
    let add = async |quantity: &str| {
        let paid = MovementRequest {
            time: "2026-03-01".to_owned(),
            kind: "cash".to_owned(),
            direction: "in".to_owned(),
            coin: "AUD".to_owned(),
            quantity: quantity.to_owned(),
            ..MovementRequest::default()
        };
        world.ws.books_say(&BooksRequest::Add { movement: Box::new(paid) }).await.unwrap();
    };
    add("5").await;
    let less = of_money().await.unwrap();
    assert!(
        less.words.contains("the 5 there by the books") && less.words.contains("some of its deposits"),
        "{}",
        less.words
    );
    add(&(owned.parse::<Decimal>().unwrap() - Decimal::from(5)).to_string()).await;
    assert!(of_money().await.is_none());
}

#[tokio::test]
async fn a_day_the_exchange_does_not_tell_in_full_is_named_and_stays_open() {
    let world = World::start().await;
    world.staging.set_habits(Habits { history_dates: Dates::Refused, ..habits() });
    world.staging.remember(&rows(700, 60_000), &[]);
    let done = read(&world, Some("2026-02-01")).await.unwrap();
    assert_eq!(done.incomplete, ["2026-03-01"]);
    assert!((500..700).contains(&done.imported), "what is told of it is there: {}", done.imported);
    let open = world.ws.actions().await.unwrap();
    assert!(open.actions.iter().any(|item| item.kind == "gap" && item.words.contains("2026-03-01")), "{open:?}");
}

#[tokio::test]
async fn our_own_fills_are_not_told_twice_and_what_may_become_one_is_left() {
    let world = World::start().await;
    let filled = world.propose(OrderKind::Limit(world.price(120)), "0.01").await;
    world.reconcile(5).await;
    assert_eq!(world.state(filled).await, "filled");
    let trades = world.ws.store().load_rows(None).await.unwrap().len();
    assert!(trades > 0);
    let done = read(&world, Some("2026-09-01")).await.unwrap();
    assert_eq!((done.imported, done.duplicates), (0, trades as u64));
    assert_eq!(done.balances.map(|of| (of.coins, of.differ)), Some((1, 0)));

    let resting = world.buy().await;
    world.reconcile(5).await;
    assert_eq!(world.state(resting).await, "open");
    let by_hand = Resting {
        id: String::new(),
        side: Side::Buy,
        coin: "BTC".into(),
        amount: Decimal::new(2, 2),
        rate: world.price(120).decimal(),
        created_ms: 0,
    };
    world.staging.place_by_hand(&by_hand).unwrap();
    world.pass(5);
    let held = read(&world, Some("2026-09-01")).await.unwrap();
    assert_eq!(held.imported, 0, "it could be the resting order's");
    assert!(held.left_out_count > 0 && held.left_out.iter().any(|row| row.reason.contains("is not over")), "{held:?}");
    assert_eq!(world.ws.store().load_rows(None).await.unwrap().len(), trades);
}
