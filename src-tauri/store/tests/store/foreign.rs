//! Facts of other devices.

use crate::support::{NOW, device, execute, receipt, trade};
use domain::{DeviceId, Fact, FactHash, SealedFact, TradeId};
use proptest::prelude::*;
use std::path::Path;
use store::{Received, Store};

async fn open(home: &Path, byte: u8) -> Store {
    Store::open(home, device(byte), NOW).await.unwrap()
}

async fn all_of(store: &Store, of: DeviceId) -> Vec<SealedFact> {
    store.sealed_facts(of, 0, usize::MAX).await.unwrap()
}

/// Every trade that counts, in the order they are folded in, with words for numbers.
async fn counted(store: &Store) -> Vec<(TradeId, String)> {
    let ends = store.chain_ends().await.unwrap();
    let mut all = Vec::new();
    for trade in store.trades(&store::TradeFilter::default()).await.unwrap() {
        let mut from = String::new();
        for end in &ends {
            if store.link_at(end.device, trade.seq).await.unwrap()
                == Some(store.hash_at(store::FactPlace { device: trade.device, seq: trade.seq }).await.unwrap())
            {
                from = format!("{} {}", end.device, trade.seq);
            }
        }
        all.push((trade.id, from));
    }
    all
}

#[tokio::test]
async fn what_another_device_recorded_counts_here_as_there_and_its_orders_are_not_ours() {
    let (home_a, home_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(home_a.path(), 1).await, open(home_b.path(), 2).await);
    let at = |n: i64| NOW.plus_micros(n);
    a.append(&(0..6).map(|n| Fact::Trade(trade(n))).collect::<Vec<_>>(), at(1)).await.unwrap();
    // Two of them are known to both.
    b.append(&(4..9).map(|n| Fact::Trade(trade(n))).collect::<Vec<_>>(), at(2)).await.unwrap();
    let received = b.receive_facts(device(1), &all_of(&a, device(1)).await).await.unwrap();
    assert_eq!(received, Received { applied: 7, twins: 2, ..Received::default() });
    let received = a.receive_facts(device(2), &all_of(&b, device(2)).await).await.unwrap();
    assert_eq!(received, Received { applied: 6, twins: 2, ..Received::default() });
    assert_eq!(counted(&a).await.len(), 9, "each trade once");
    assert_eq!(counted(&a).await, counted(&b).await);
    assert_eq!(a.chain_ends().await.unwrap(), b.chain_ends().await.unwrap());
    for store in [&a, &b] {
        assert!(store.verify().await.unwrap().is_sound(), "{:?}", store.verify().await.unwrap());
    }
    let of_desk: Vec<u32> = b.desk_facts(None).await.unwrap().iter().map(|fact| fact.device).collect();
    assert!(!of_desk.is_empty() && of_desk.iter().all(|device| *device == 1), "{of_desk:?}");
    assert_eq!(b.mine().await.unwrap().unwrap()[&2], 0);
    // The next own trade knows the coins that came, and everything folds to the same again.
    b.append(&[Fact::Trade(trade(50))], at(3)).await.unwrap();
    let before = counted(&b).await;
    assert!(b.verify().await.unwrap().is_sound());
    b.rebuild_projections().await.unwrap();
    assert!(b.verify().await.unwrap().is_sound());
    assert_eq!(counted(&b).await, before);
    let again = b.receive_facts(device(1), &all_of(&a, device(1)).await).await.unwrap();
    assert_eq!(again, Received { known: 7, ..Received::default() });
    b.close().await;
    assert!(open(home_b.path(), 3).await.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_run_that_does_not_follow_or_is_another_leaves_no_trace() {
    let (home_a, home_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(home_a.path(), 1).await, open(home_b.path(), 2).await);
    a.append(&(0..4).map(|n| Fact::Trade(trade(n))).collect::<Vec<_>>(), NOW).await.unwrap();
    let run = all_of(&a, device(1)).await;
    let refused = async |run: &[SealedFact]| b.receive_facts(device(1), run).await.unwrap_err().code();
    let mut changed = run.clone();
    changed[3].body[5] ^= 1;
    assert_eq!(refused(&changed).await, "broken_chain");
    let mut gap = run.clone();
    gap.remove(2);
    assert_eq!(refused(&gap).await, "broken_chain");
    assert_eq!(refused(&run[1..]).await, "broken_chain", "its beginning is missing");
    assert_eq!(b.receive_facts(device(7), &run).await.unwrap_err().code(), "broken_chain", "another's chain");
    assert_eq!(b.heads().await.unwrap().len(), 1);
    assert!(counted(&b).await.is_empty());
    b.receive_facts(device(1), &run[..3]).await.unwrap();
    let fork = SealedFact { hash: FactHash([9; 32]), ..run[1].clone() };
    assert_eq!(refused(&[run[0].clone(), fork]).await, "forked");
    let own = all_of(&b, device(2)).await;
    let at = |end: &SealedFact| {
        let (_, body) = receipt(1).encode().unwrap();
        let hash = FactHash::link(&end.hash, &device(2), end.seq + 1, NOW, 41, &body);
        SealedFact { seq: end.seq + 1, recorded_at: NOW, kind: 41, body, hash }
    };
    let ahead = [own.last().map(at).unwrap()];
    assert_eq!(b.receive_facts(device(2), &ahead).await.unwrap_err().code(), "forked", "only we write under our name");
    assert!(b.verify().await.unwrap().is_sound());
    b.append(&[Fact::Trade(trade(9))], NOW).await.unwrap();
}

/// The facts of a device, with one nobody can read at a place.
fn with_a_riddle(of: DeviceId, mut facts: Vec<SealedFact>, at: usize) -> Vec<SealedFact> {
    facts[at].kind = 60_000;
    let mut before = facts[at - 1].hash;
    for fact in &mut facts[at..] {
        fact.hash = fact.link(&before, &of);
        before = fact.hash;
    }
    facts
}

#[tokio::test]
async fn facts_of_a_newer_version_wait_with_all_that_follow_and_are_handed_on_as_they_came() {
    let (home_a, home_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(home_a.path(), 1).await, open(home_b.path(), 2).await);
    a.append(&[Fact::Trade(trade(1)), receipt(1), Fact::Trade(trade(2)), receipt(2)], NOW).await.unwrap();
    let run = with_a_riddle(device(1), all_of(&a, device(1)).await, 2);
    let received = b.receive_facts(device(1), &run[..3]).await.unwrap();
    assert_eq!((received.applied, received.waiting), (2, 1));
    let received = b.receive_facts(device(1), &run[3..]).await.unwrap();
    assert_eq!((received.applied, received.waiting), (0, 2));
    assert_eq!(counted(&b).await.len(), 1);
    assert_eq!(all_of(&b, device(1)).await, run, "whole for the next device");
    let waiting = b.waiting_facts().await.unwrap();
    assert_eq!((waiting[0].first_seq, waiting[0].kind, waiting[0].facts), (3, 60_000, 3));
    assert_eq!(b.apply_waiting_facts().await.unwrap(), Received::default(), "nobody can read it yet");
    assert_eq!(b.kills_to_heed().await.unwrap().len(), 1, "a kill is heeded though it waits");
    assert!(b.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn what_waited_is_applied_once_it_can_be_read() {
    let (home_a, home_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(home_a.path(), 1).await, open(home_b.path(), 2).await);
    a.append(&(0..9).map(|n| Fact::Trade(trade(n))).collect::<Vec<_>>(), NOW).await.unwrap();
    b.receive_facts(device(1), &all_of(&a, device(1)).await).await.unwrap();
    let whole = counted(&b).await;
    b.close().await;
    // As an older version would have left it that could not read the fifth fact.
    execute(
        home_b.path(),
        "INSERT INTO waiting_facts SELECT * FROM facts WHERE device = 2 AND seq >= 5; \
         DELETE FROM facts WHERE device = 2 AND seq >= 5",
    )
    .await;
    let b = open(home_b.path(), 2).await;
    b.rebuild_projections().await.unwrap();
    assert_eq!(counted(&b).await.len(), 3);
    assert_eq!(b.apply_waiting_facts().await.unwrap().applied, 6);
    assert_eq!(counted(&b).await, whole);
    assert!(b.waiting_facts().await.unwrap().is_empty());
    assert!(b.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_kill_elsewhere_is_to_be_heeded_unless_it_was_ended_there() {
    let (home_a, home_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(home_a.path(), 1).await, open(home_b.path(), 2).await);
    let mut sent = 0;
    let mut carry = async || {
        let new = a.sealed_facts(device(1), sent, usize::MAX).await.unwrap();
        sent += new.len() as u64;
        b.receive_facts(device(1), &new).await.unwrap();
        b.kills_to_heed().await.unwrap()
    };
    a.append(&[receipt(1), Fact::KillCleared], NOW).await.unwrap();
    assert_eq!(carry().await, [], "it is over");
    a.append(&[receipt(2)], NOW).await.unwrap();
    let kills = carry().await;
    assert_eq!(kills.len(), 1);
    a.append(&[Fact::KillCleared], NOW).await.unwrap();
    assert_eq!(carry().await, [], "ended before it was carried out here");
    a.append(&[receipt(3)], NOW).await.unwrap();
    let kills = carry().await;
    b.kills_heeded(&kills).await.unwrap();
    assert_eq!(b.kills_to_heed().await.unwrap(), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Three devices with trades some of which they share, carried to each other in any parts and any order.
    #[test]
    fn whichever_facts_come_first_the_same_trades_count(
        told in prop::collection::vec((1u8..4, 0u64..24, 0i64..3), 1..40),
        carried in prop::collection::vec((0usize..3, 0usize..3, 1usize..9), 0..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let homes = [(); 3].map(|()| tempfile::tempdir().unwrap());
            let mut stores = Vec::new();
            for (n, home) in homes.iter().enumerate() {
                stores.push(open(home.path(), n as u8 + 1).await);
            }
            let carry = async |from: usize, to: usize, most: usize| {
                let of = device(from as u8 + 1);
                let ends = stores[to].chain_ends().await.unwrap();
                let after = ends.iter().find(|end| end.device == of).map_or(0, |end| end.seq);
                let run = stores[from].sealed_facts(of, after, most).await.unwrap();
                if !run.is_empty() && from != to {
                    stores[to].receive_facts(of, &run).await.unwrap();
                }
            };
            let mut carried = carried.into_iter();
            for (by, n, at) in told {
                // What a device knows already it does not tell again.
                let fact = Fact::Trade(trade(n));
                let _ = stores[usize::from(by) - 1].append(&[fact], NOW.plus_micros(at)).await;
                if let Some((from, to, most)) = carried.next() {
                    carry(from, to, most).await;
                }
            }
            for from in 0..3 {
                for to in 0..3 {
                    carry(from, to, usize::MAX).await;
                }
            }
            let first = counted(&stores[0]).await;
            for store in &stores {
                prop_assert_eq!(&counted(store).await, &first);
                let report = store.verify().await.unwrap();
                prop_assert!(report.is_sound(), "{:?}", report);
                prop_assert_eq!(store.chain_ends().await.unwrap(), stores[0].chain_ends().await.unwrap());
            }
            Ok(())
        })?;
    }
}
