//! Rounds against a server in memory that breaks off and lies.

use crate::memory::{Break, Memory};
use crate::{Claim, Identity, JoinCode, Journal, Peer, Result, SignedClaim, SyncError, Taken, round};
use domain::{ChainEnd, DeviceId, FactHash, SealedFact, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// A journal in memory: the chains, and what follows from them.
struct Chains {
    identity: Identity,
    chains: Mutex<BTreeMap<DeviceId, Vec<SealedFact>>>,
    peers: Mutex<Vec<Peer>>,
    claims: Mutex<BTreeMap<(DeviceId, u64), SignedClaim>>,
    /// The next so many runs are taken in, then the process ends.
    runs_left: Mutex<Option<u32>>,
}

fn device(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

fn identity(n: u8) -> Identity {
    Identity::new(device(n), &JoinCode::new([77; 32]), &[n; 32])
}

impl Chains {
    fn new(n: u8) -> Self {
        let own = Self {
            identity: identity(n),
            chains: Mutex::default(),
            peers: Mutex::default(),
            claims: Mutex::default(),
            runs_left: Mutex::default(),
        };
        own.append(0, b"begun");
        own
    }

    fn append(&self, at: i64, body: &[u8]) {
        let device = self.identity.device();
        let mut chains = self.chains.lock().unwrap();
        let chain = chains.entry(device).or_default();
        let end = chain.last().map_or(ChainEnd::none(device), |last| last.end(device));
        let (seq, recorded_at, kind) = (end.seq + 1, Timestamp::from_micros(at), 10);
        let hash = FactHash::link(&end.hash, &device, seq, recorded_at, kind, body);
        chain.push(SealedFact { seq, recorded_at, kind, body: body.to_vec(), hash });
    }

    fn facts_here(&self) -> usize {
        self.chains.lock().unwrap().values().map(Vec::len).sum()
    }

    /// What everything here comes to, in an order no arrival can change.
    fn folded(&self) -> Vec<u8> {
        let chains = self.chains.lock().unwrap();
        let mut facts: Vec<_> =
            chains.iter().flat_map(|(of, chain)| chain.iter().map(move |fact| (fact.recorded_at, *of, fact))).collect();
        facts.sort_by_key(|(at, of, fact)| (*at, *of, fact.seq));
        facts.iter().flat_map(|(_, _, fact)| fact.hash.0.into_iter().chain(fact.body.iter().copied())).collect()
    }
}

impl Journal for Chains {
    async fn ends(&self) -> Result<Vec<ChainEnd>> {
        let chains = self.chains.lock().unwrap();
        Ok(chains.iter().filter_map(|(device, chain)| Some(chain.last()?.end(*device))).collect())
    }

    async fn facts(&self, device: DeviceId, after: u64, most: usize) -> Result<Vec<SealedFact>> {
        let chains = self.chains.lock().unwrap();
        let chain = chains.get(&device).map_or(&[][..], Vec::as_slice);
        Ok(chain.iter().skip(after as usize).take(most).cloned().collect())
    }

    async fn receive(&self, device: DeviceId, facts: &[SealedFact]) -> Result<Taken> {
        if let Some(left) = self.runs_left.lock().unwrap().as_mut() {
            let ended = || SyncError::Journal { code: "killed", message: "the process ended".to_owned() };
            *left = left.checked_sub(1).ok_or_else(ended)?;
        }
        let mut chains = self.chains.lock().unwrap();
        let chain = chains.entry(device).or_default();
        for fact in facts {
            let end = chain.last().map_or(ChainEnd::none(device), |last| last.end(device));
            assert!(fact.follows(&end), "only proven runs come here, each behind what is known");
            chain.push(fact.clone());
        }
        Ok(Taken { applied: facts.len() as u64, ..Taken::default() })
    }

    async fn vouched(&self) -> Result<Vec<ChainEnd>> {
        Ok(Vec::new())
    }

    async fn peers(&self) -> Result<Vec<Peer>> {
        Ok(self.peers.lock().unwrap().clone())
    }

    async fn keep_peers(&self, peers: &[Peer]) -> Result<()> {
        self.peers.lock().unwrap().extend_from_slice(peers);
        Ok(())
    }

    async fn claims(&self, device: DeviceId, from_seq: u64) -> Result<(Option<SignedClaim>, Option<SignedClaim>)> {
        let claims = self.claims.lock().unwrap();
        let first = claims.range((device, from_seq)..=(device, u64::MAX)).next();
        let newest = claims.range((device, 0)..=(device, u64::MAX)).next_back();
        Ok((first.map(|(_, claim)| claim.clone()), newest.map(|(_, claim)| claim.clone())))
    }

    async fn keep_claim(&self, claim: &SignedClaim) -> Result<()> {
        self.claims.lock().unwrap().insert((claim.device, claim.seq), claim.clone());
        Ok(())
    }
}

async fn sync(chains: &Chains, server: &Memory) -> Result<crate::Outcome> {
    round(chains, &mut server.clone(), &chains.identity).await
}

#[tokio::test]
async fn what_one_device_leaves_another_finds_and_a_second_round_moves_nothing() {
    let (a, b, server) = (Chains::new(1), Chains::new(2), Memory::default());
    for n in 0..2_500_i64 {
        a.append(n, &n.to_le_bytes());
    }
    assert_eq!(sync(&a, &server).await.unwrap().pushed, 2_501);
    let outcome = sync(&b, &server).await.unwrap();
    assert_eq!((outcome.pulled, outcome.pushed, outcome.trouble), (2_501, 1, None));
    assert_eq!(sync(&a, &server).await.unwrap().pulled, 1);
    assert_eq!(a.folded(), b.folded());
    for device in [&a, &b] {
        let outcome = sync(device, &server).await.unwrap();
        assert_eq!((outcome.pulled, outcome.pushed, outcome.trouble), (0, 0, None));
    }
    assert_eq!(server.kept().checkpoints.len(), 2, "at the 1,000th and the 2,000th fact");
}

/// Three devices do anything in any order; the connection breaks anywhere, before or after the server kept what came, and so
/// does the process. In the end all have everything, once.
async fn any_interleaving(seed: u64) {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let (devices, server) = ([Chains::new(1), Chains::new(2), Chains::new(3)], Memory::default());
    let mut written = devices.len();
    for step in 0..dice.random_range(10..80) {
        let device = &devices[dice.random_range(0..3)];
        if dice.random_bool(0.6) {
            for _ in 0..dice.random_range(1..30) {
                // Clocks that stand, step back and are years off.
                let at = dice.random_range(0..4) * if dice.random_bool(0.1) { 1 << 50 } else { 1 };
                device.append(at, &[step as u8, dice.random()]);
                written += 1;
            }
            continue;
        }
        let how = if dice.random_bool(0.5) { Break::Before } else { Break::After };
        let breaks = dice.random_bool(0.6).then(|| (dice.random_range(0..12), how));
        *device.runs_left.lock().unwrap() = dice.random_bool(0.2).then(|| dice.random_range(0..3));
        let mut connection = server.clone();
        connection.breaks = breaks;
        match round(device, &mut connection, &device.identity).await {
            Ok(outcome) => assert_eq!(outcome.trouble, None, "seed {seed}"),
            Err(error) => assert!(error.is_offline() || error.code() == "killed", "seed {seed}: {error}"),
        }
        *device.runs_left.lock().unwrap() = None;
    }
    for device in devices.iter().chain(&devices) {
        assert_eq!(sync(device, &server).await.unwrap().trouble, None, "seed {seed}");
    }
    for device in &devices {
        assert_eq!(device.facts_here(), written, "seed {seed}: nothing lost, nothing twice");
        assert_eq!(device.folded(), devices[0].folded(), "seed {seed}");
        assert_eq!(device.ends().await.unwrap(), devices[0].ends().await.unwrap(), "seed {seed}");
    }
}

#[tokio::test]
async fn after_any_operations_partitions_and_crashes_three_devices_hold_the_same() {
    let seeds = std::env::var("OMC_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1_000);
    for seed in 0..seeds {
        any_interleaving(seed).await;
    }
}

/// A server that both devices used, and whose first device has more to say.
async fn used() -> (Chains, Chains, Memory) {
    let (a, b, server) = (Chains::new(1), Chains::new(2), Memory::default());
    a.append(5, b"early");
    sync(&a, &server).await.unwrap();
    sync(&b, &server).await.unwrap();
    for n in 0..10 {
        a.append(10 + n, &[n as u8]);
    }
    sync(&a, &server).await.unwrap();
    (a, b, server)
}

/// What the second device says of a server that was tampered with; its own journal must be as it was, but for what it may believe.
async fn refused(tamper: impl FnOnce(&mut crate::memory::Kept)) -> String {
    let (_, b, server) = used().await;
    tamper(&mut server.kept());
    let before = b.folded();
    let outcome = sync(&b, &server).await.map(|outcome| outcome.trouble);
    assert_eq!(b.folded(), before, "nothing was taken over");
    match outcome {
        Ok(trouble) => trouble.map_or("nothing", |error| error.code()).to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

#[tokio::test]
async fn a_server_that_makes_up_changes_moves_or_leaves_out_facts_is_refused_by_name() {
    let of = |kept: &crate::memory::Kept| kept.facts[&device(1)].clone();
    let changed = refused(|kept| kept.facts.get_mut(&device(1)).unwrap().get_mut(&7).unwrap().body = vec![99]);
    assert_eq!(changed.await, "broken_chain");
    let moved = refused(|kept| {
        let facts = of(kept);
        let mut at = |seq: u64, from: u64| {
            let fact = SealedFact { seq, ..facts[&from].clone() };
            kept.facts.get_mut(&device(1)).unwrap().insert(seq, fact);
        };
        at(6, 7);
        at(7, 6);
    });
    assert_eq!(moved.await, "broken_chain");
    let left_out = refused(|kept| drop(kept.facts.get_mut(&device(1)).unwrap().remove(&6)));
    assert_eq!(left_out.await, "broken_chain");
    // Well linked, and never signed.
    let made_up = refused(|kept| {
        let facts = kept.facts.get_mut(&device(1)).unwrap();
        let mut end = facts[&6].end(device(1));
        for seq in 7..=12 {
            let hash = FactHash::link(&end.hash, &device(1), seq, Timestamp::default(), 10, b"mine");
            let fact = SealedFact { seq, recorded_at: Timestamp::default(), kind: 10, body: b"mine".to_vec(), hash };
            end = fact.end(device(1));
            facts.insert(seq, fact);
        }
    });
    assert_eq!(made_up.await, "broken_chain");
    let unsigned = refused(|kept| drop(kept.heads.remove(&device(1))));
    assert_eq!(unsigned.await, "unproven_facts");
    let signed_by_another = refused(|kept| {
        let end = of(kept)[&12].end(device(1));
        let claim = Claim { end, seen: Vec::new() }.sign(&Identity::new(device(1), &JoinCode::new([77; 32]), &[9; 32]));
        kept.heads.insert(device(1), claim);
    });
    assert_eq!(signed_by_another.await, "bad_signature");
}

#[tokio::test]
async fn a_server_can_neither_add_a_device_nor_give_one_another_key() {
    let stranger = Identity::new(device(9), &JoinCode::new([1; 32]), &[9; 32]);
    let added = refused(|kept| {
        let keep = kept.facts[&device(1)].keys().copied().filter(|seq| *seq <= 2).collect::<BTreeSet<_>>();
        kept.facts.get_mut(&device(1)).unwrap().retain(|seq, _| keep.contains(seq));
        kept.heads.remove(&device(1));
        kept.devices.insert(device(9), Some(stranger.peer()));
    });
    assert_eq!(added.await, "bad_signature");
    let another = Identity::new(device(1), &JoinCode::new([77; 32]), &[9; 32]);
    let other_key = refused(|kept| {
        kept.devices.insert(device(1), Some(another.peer()));
    });
    assert_eq!(other_key.await, "device_key_changed");
}

#[tokio::test]
async fn facts_kept_back_from_one_device_are_missed_by_what_another_signed() {
    let (a, b, server) = used().await;
    let c = Chains::new(3);
    sync(&c, &server).await.unwrap();
    // The second device is shown an old state of the first; what the third signed says more.
    {
        let mut kept = server.kept();
        kept.facts.get_mut(&device(1)).unwrap().retain(|seq, _| *seq <= 2);
        kept.heads.remove(&device(1));
    }
    let outcome = sync(&b, &server).await.unwrap();
    let missed = SyncError::Withheld { device: device(1), shown: 2, by: device(3), seen: 12 };
    assert_eq!(outcome.trouble, Some(missed));
    // Whoever has them leaves them again.
    assert!(sync(&a, &server).await.unwrap().pushed >= 10);
    assert_eq!(sync(&b, &server).await.unwrap().trouble, None);
}

#[tokio::test]
async fn a_server_set_back_is_noticed_and_gets_everything_again_from_any_device() {
    let (a, b, server) = used().await;
    let old = server.kept().clone();
    sync(&b, &server).await.unwrap();
    a.append(99, b"later");
    sync(&a, &server).await.unwrap();
    sync(&b, &server).await.unwrap();
    *server.kept() = crate::memory::Kept::default();
    // Only the second device is left; it gives back the first one's facts too, with their signatures.
    let outcome = sync(&b, &server).await.unwrap();
    assert!(outcome.healed);
    let c = Chains::new(3);
    assert_eq!(sync(&c, &server).await.unwrap().trouble, None);
    assert_eq!(sync(&b, &server).await.unwrap().pulled, 1);
    assert_eq!(c.folded(), b.folded());
    *server.kept() = old;
    let outcome = sync(&a, &server).await.unwrap();
    assert!(outcome.healed);
    assert_eq!(outcome.trouble, None);
}

#[tokio::test]
async fn a_copy_of_a_workspace_that_goes_on_by_itself_is_noticed_before_anything_is_done() {
    let (a, _, server) = used().await;
    // The same device set back to its beginning, then going on.
    let back = Chains::new(1);
    *back.peers.lock().unwrap() = a.peers.lock().unwrap().clone();
    let behind = sync(&back, &server).await.unwrap_err();
    assert_eq!(behind, SyncError::Forked { device: device(1), seq: 2 });
    for n in 0..20 {
        back.append(70 + n, b"other");
    }
    let forked = sync(&back, &server).await.unwrap_err();
    assert_eq!(forked.code(), "forked");
    // On another machine it has another key.
    let copy = Chains { identity: Identity::new(device(1), &JoinCode::new([77; 32]), &[8; 32]), ..Chains::new(1) };
    assert_eq!(sync(&copy, &server).await.unwrap_err(), SyncError::Copied);
    assert_eq!(server.kept().facts[&device(1)].len(), 12);
}
