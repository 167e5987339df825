//! Opening, appending, reading back.

use crate::support::{NOW, device, execute, fresh, receipt, source, trade, trades};
use domain::{Book, Fact, Timestamp, TradeRow};
use store::{FactPlace, JournalFilter, Store, TradeFilter};

#[tokio::test]
async fn what_was_appended_is_there_after_opening_again() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let done = store.append(&[receipt(1), Fact::Trade(trade(3))], NOW).await.unwrap();
    assert_eq!(done.iter().map(|fact| fact.seq).collect::<Vec<_>>(), [2, 3]);
    store.append(&[receipt(2)], NOW.plus_micros(-5)).await.unwrap();
    store.close().await;

    let store = Store::open(home.path(), device(9), NOW).await.unwrap();
    assert_eq!(store.device(), device(1), "the candidate is for new workspaces only");
    let facts = store.control_facts().await.unwrap();
    let places: Vec<(u32, u64)> = facts.iter().map(|fact| (fact.device, fact.seq)).collect();
    assert_eq!(places, [(1, 1), (1, 2), (1, 4)]);
    assert_eq!(facts[0].fact, Fact::Created { device: device(1) });
    assert_eq!(facts[2].fact, receipt(2));
    assert_eq!(facts[2].recorded_at, NOW.plus_micros(-5), "the clock may go back");
    assert_eq!(store.load_rows(None).await.unwrap(), [done[1].row.unwrap()]);
    assert!(store.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn rows_come_in_fold_order_with_numbers_the_dictionaries_know() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    for n in (0..120).rev() {
        store.append(&[Fact::Trade(trade(n))], NOW.plus_micros(n as i64)).await.unwrap();
    }
    let rows = store.load_rows(None).await.unwrap();
    assert_eq!(rows.len(), 120);
    assert!(rows.is_sorted_by(|a, b| TradeRow::fold_order(a, b).is_lt()));
    let (coins, names) = (store.coins().await.unwrap(), store.names().await.unwrap());
    let whole = store.trades(&TradeFilter::default()).await.unwrap();
    for (row, whole) in rows.iter().zip(&whole) {
        assert_eq!(coins[&row.coin], whole.trade.coin);
        assert_eq!((row.algorithm != 0).then(|| names[&row.algorithm].clone()), whole.trade.algorithm);
        assert_eq!((row.time, row.quantity, row.price), (whole.trade.time, whole.trade.quantity, whole.trade.price));
        assert_eq!((row.fee, row.side, row.book), (whole.trade.fee.amount(), whole.trade.side, whole.trade.book));
        assert_eq!((row.seq, row.recorded_at, whole.trade.id()), (whole.seq, whole.recorded_at, whole.id));
    }
    let paper = store.load_rows(Some(Book::Paper)).await.unwrap();
    assert_eq!(paper, rows.iter().copied().filter(|row| row.book == Book::Paper).collect::<Vec<_>>());
}

#[tokio::test]
async fn history_is_filtered_and_the_limit_keeps_the_newest() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.import(trades(0..100), source(100), NOW).await.unwrap();
    let (from, to) = (trade(20).time, trade(40).time);
    let eth = domain::Coin::parse("eth").unwrap();
    let filter = TradeFilter { coin: Some(eth), from: Some(from), to: Some(to), ..TradeFilter::default() };
    let found: Vec<u64> = store.trades(&filter).await.unwrap().iter().map(|found| found.seq).collect();
    assert_eq!(found, [23, 28, 33, 38], "trade n has sequence n + 2; the end is not included");
    let newest = store.trades(&TradeFilter { limit: Some(1), ..filter }).await.unwrap();
    assert_eq!(newest[0].trade, trade(36));
    let of_orders = store.trades_of_orders().await.unwrap();
    let expected: Vec<_> = trades(0..100).into_iter().filter(|trade| trade.order.is_some()).collect();
    assert_eq!(of_orders.into_iter().map(|found| found.trade).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_known_trade_is_refused_and_nothing_of_that_append_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.append(&[Fact::Trade(trade(1))], NOW).await.unwrap();
    let error = store.append(&[receipt(1), Fact::Trade(trade(2)), Fact::Trade(trade(1))], NOW).await.unwrap_err();
    assert_eq!(error.code(), "duplicate_trade");
    assert!(error.to_string().contains(&trade(1).id().to_string()), "{error}");
    let twice = store.append(&[Fact::Trade(trade(5)), Fact::Trade(trade(5))], NOW).await.unwrap_err();
    assert_eq!(twice.code(), "duplicate_trade");
    let next = store.append(&[Fact::Trade(trade(2))], NOW).await.unwrap();
    assert_eq!(next[0].seq, 3);
    assert_eq!(store.load_rows(None).await.unwrap().len(), 2);
    assert!(store.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_fee_in_another_currency_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let mut foreign = trade(1);
    foreign.fee = domain::Money::new(domain::Decimal::ONE, domain::Currency::parse("USD").unwrap());
    assert_eq!(store.append(&[Fact::Trade(foreign)], NOW).await.unwrap_err().code(), "foreign_fee");
    assert_eq!(store.append(&[receipt(1)], NOW).await.unwrap()[0].seq, 2);
}

#[tokio::test]
async fn one_writes_and_others_read() {
    let home = tempfile::tempdir().unwrap();
    let missing = Store::open_reader(home.path()).await.unwrap_err();
    assert_eq!(missing.code(), "no_workspace");
    let writer = fresh(home.path()).await;
    assert_eq!(Store::open(home.path(), device(2), NOW).await.unwrap_err().code(), "workspace_in_use");
    let reader = Store::open_reader(home.path()).await.unwrap();
    assert_eq!(reader.append(&[receipt(1)], NOW).await.unwrap_err().code(), "read_only");
    for n in 0..20 {
        writer.append(&[Fact::Trade(trade(n))], NOW).await.unwrap();
        assert_eq!(reader.load_rows(None).await.unwrap().len() as u64, n + 1);
        assert!(reader.verify().await.unwrap().is_sound());
    }
    writer.close().await;
    assert_eq!(reader.load_rows(None).await.unwrap().len(), 20);
    let late = Store::open_reader(home.path()).await.unwrap();
    assert_eq!(late.load_rows(None).await.unwrap().len(), 20, "with no writer about");
    let again = Store::open(home.path(), device(2), NOW).await.unwrap();
    again.append(&[receipt(2)], NOW).await.unwrap();
}

#[tokio::test]
async fn many_tasks_append_at_once_and_the_chain_holds() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.append(&[Fact::Trade(trade(n))], NOW).await.unwrap()[0].seq })
        })
        .collect();
    let mut seqs = Vec::new();
    for task in tasks {
        seqs.push(task.await.unwrap());
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (2..42).collect::<Vec<u64>>());
    assert!(store.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn an_append_dropped_half_way_leaves_a_store_that_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let mut kept = 1;
    for n in 0..200u64 {
        let facts = [Fact::Trade(trade(n))];
        let append = store.append(&facts, NOW);
        // Polls the append a few times only, then drops it.
        let polls = n % 12;
        let mut append = Box::pin(append);
        let mut polled = 0;
        let done = std::future::poll_fn(|context| match append.as_mut().poll(context) {
            std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
            std::task::Poll::Pending if polled >= polls => std::task::Poll::Ready(None),
            std::task::Poll::Pending => {
                polled += 1;
                std::task::Poll::Pending
            }
        })
        .await;
        drop(append);
        if let Some(done) = done {
            kept = done.unwrap()[0].seq;
        }
    }
    let last = store.append(&[receipt(1)], NOW).await.unwrap()[0].seq;
    assert!(last > kept);
    let report = store.verify().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.devices[0].facts, last);
}

#[tokio::test]
async fn projections_are_rebuilt_to_the_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.import(trades(0..700), source(700), NOW).await.unwrap();
    for n in 700..760 {
        store.append(&[Fact::Trade(trade(n)), receipt(n)], NOW.plus_micros(n as i64)).await.unwrap();
    }
    let before = projected(home.path()).await;
    store.rebuild_projections().await.unwrap();
    assert_eq!(projected(home.path()).await, before);
    execute(home.path(), "UPDATE trades SET body = x'00'; DELETE FROM coins; DELETE FROM trade_ids WHERE seq > 3")
        .await;
    assert_eq!(store.verify().await.unwrap().problems[0].code, "projection_differs");
    store.rebuild_projections().await.unwrap();
    assert_eq!(projected(home.path()).await, before);
    store.append(&[Fact::Trade(trade(900))], NOW).await.unwrap();
    assert!(store.verify().await.unwrap().is_sound());
}

async fn projected(home: &std::path::Path) -> Vec<String> {
    let mut conn = crate::support::raw(home).await;
    let mut all = Vec::new();
    for query in [
        "SELECT chunk || ' ' || hex(body) FROM trades ORDER BY chunk",
        "SELECT hex(id) || ' ' || device || ' ' || seq FROM trade_ids ORDER BY id",
        "SELECT device || ' ' || seq FROM order_trades ORDER BY device, seq",
        "SELECT no || ' ' || text FROM coins ORDER BY no",
        "SELECT no || ' ' || text FROM names ORDER BY no",
    ] {
        let rows: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut conn).await.unwrap();
        assert!(!rows.is_empty());
        all.extend(rows);
    }
    all
}

#[tokio::test]
async fn times_far_outside_are_kept_as_they_are() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let mut far = Vec::new();
    for (n, micros) in [i64::MAX, i64::MIN, 0, -1, i64::MAX].into_iter().enumerate() {
        let mut trade = trade(n as u64);
        trade.time = Timestamp::from_micros(micros);
        far.push(trade);
    }
    let facts: Vec<Fact> = far.iter().cloned().map(Fact::Trade).collect();
    store.append(&facts, Timestamp::from_micros(i64::MIN)).await.unwrap();
    let mut times: Vec<Timestamp> = far.iter().map(|trade| trade.time).collect();
    times.sort_unstable();
    let rows = store.load_rows(None).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.time).collect::<Vec<_>>(), times);
    assert!(store.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn everything_runs_in_tasks_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let folder = home.path().to_path_buf();
    // Compiles only as long as every future here may move between threads.
    let task = tokio::spawn(async move {
        store.import(trades(0..10), source(10), NOW).await.unwrap();
        store.trades(&TradeFilter::default()).await.unwrap();
        store.trades_of_orders().await.unwrap();
        store.rebuild_projections().await.unwrap();
        let copy = folder.join("copy.db");
        store.backup(&copy).await.unwrap();
        store.close().await;
        assert_eq!(store.append(&[receipt(1)], NOW).await.unwrap_err().code(), "database");
        Store::restore(&copy, &folder, device(2), NOW).await.unwrap();
        let reader = Store::open_reader(&folder).await.unwrap();
        reader.verify().await.unwrap().is_sound()
    });
    assert!(task.await.unwrap());
}

#[tokio::test]
async fn a_page_names_the_damaged_fact_and_hides_no_other() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.append(&[receipt(1), Fact::Trade(trade(3)), receipt(2), Fact::KillCleared], NOW).await.unwrap();
    execute(home.path(), "UPDATE facts SET body = x'ff' WHERE seq = 4").await;
    let page = store.journal_page(&JournalFilter { limit: 3, ..JournalFilter::default() }).await.unwrap();
    let read: Vec<(u64, bool)> = page.facts.iter().map(|fact| (fact.place.seq, fact.fact.is_ok())).collect();
    assert_eq!(read, [(5, true), (4, false), (3, true)]);
    assert_eq!((page.total, page.next), (5, Some(FactPlace { device: 1, seq: 3 })));
    let order = trade(3).order;
    let of_order = store.journal_page(&JournalFilter { order, limit: 9, ..JournalFilter::default() }).await.unwrap();
    assert_eq!(of_order.facts.iter().map(|fact| fact.place.seq).collect::<Vec<_>>(), [3]);
    let kind = JournalFilter { kind: Some(41), oldest_first: true, limit: 9, ..JournalFilter::default() };
    let killed = store.journal_page(&kind).await.unwrap();
    assert_eq!(killed.facts.iter().map(|fact| fact.place.seq).collect::<Vec<_>>(), [2, 4]);
}

#[tokio::test]
async fn what_the_desk_folds_is_read_a_page_at_a_time_in_order_with_the_trades_of_orders_and_no_others() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.import(trades(0..100), source(100), NOW).await.unwrap();
    let receipts: Vec<Fact> = (1..=4_100).map(receipt).collect();
    store.append(&receipts, NOW).await.unwrap();
    let (mut read, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = store.desk_facts(after).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(FactPlace { device: last.device, seq: last.seq });
        pages += 1;
        read.extend(page);
    }
    assert!(pages > 2, "{pages}");
    assert!(read.is_sorted_by(|a, b| (a.device, a.seq) < (b.device, b.seq)));
    let control: Vec<_> = read.iter().filter(|read| !matches!(read.fact, Fact::Trade(_))).cloned().collect();
    assert_eq!(control, store.control_facts().await.unwrap());
    let of_orders: Vec<_> = store.trades_of_orders().await.unwrap().into_iter().map(|read| read.seq).collect();
    let trades: Vec<_> = read.iter().filter(|read| matches!(read.fact, Fact::Trade(_))).collect();
    assert_eq!(trades.iter().map(|read| read.seq).collect::<Vec<_>>(), of_orders);
    let Fact::Trade(first) = &trades[0].fact else { unreachable!() };
    let of_one = store.order_facts(first.order.unwrap()).await.unwrap();
    assert_eq!(of_one.len(), 1);
    assert_eq!(of_one[0], *trades[0]);
}
