use super::*;
use crate::fixtures::{NOW, coin, fill, id, limit, name, quantity};
use domain::{ApprovalRule, BasisPoints, Interval, Money, OrderStyle, SignalAction, SignalSize};

fn version(capital: u32) -> AlgorithmVersion {
    AlgorithmVersion {
        strategy: name("sma_cross"),
        code: 1,
        params: vec![],
        coins: vec![coin("BTC")],
        interval: Interval::H1,
        capital: BasisPoints(capital),
        orders: OrderStyle::Instant,
    }
}

fn set(capital: u32, at: Timestamp) -> Fact {
    Fact::AlgorithmSet { name: name("cross"), version: Box::new(version(capital)), at }
}

fn moved(to: AlgorithmState, at: Timestamp) -> Fact {
    Fact::AlgorithmMoved { name: name("cross"), to, by: name("person"), why: Denial::new("x", "x"), at }
}

fn later(seconds: i64) -> Timestamp {
    NOW.plus_micros(seconds * 1_000_000)
}

fn after(facts: &[Fact]) -> Algorithms {
    let mut algorithms = Algorithms::default();
    facts.iter().for_each(|fact| algorithms.apply(fact));
    algorithms
}

fn signal(slot: Timestamp) -> Signal {
    Signal {
        action: SignalAction::Buy,
        coin: coin("BTC"),
        size: SignalSize::Share(BasisPoints(10_000)),
        slot,
        confidence: None,
        reason: "x".into(),
        evidence: vec![],
    }
}

fn mandated() -> Authority {
    let mut authority = Authority::default();
    let mandate = Mandate {
        holder: name("cross"),
        book: Book::Live,
        approval: ApprovalRule::Always,
        max_order: None,
        max_day: None,
        coins: vec![],
        hours: None,
        until: Some(later(30 * 86_400)),
    };
    authority.apply(&Fact::MandateSet { mandate });
    authority
}

/// The `number`th fill of the algorithm.
fn filled(number: u8, side: Side, coins: &str) -> Fact {
    let Fact::Trade(trade) = fill(id(1), number, &limit(side, "100", coins), coins, "100") else { panic!("no trade") };
    Fact::Trade(Trade { algorithm: Some(name("cross")), ..trade })
}

#[test]
fn a_draft_goes_to_paper_and_from_there_live_with_a_mandate_and_evidence() {
    let mut algorithms = after(&[set(1_000, NOW)]);
    let promote = |algorithms: &Algorithms, authority: &Authority, word, at| {
        algorithms.may_promote("cross", authority, word, at).map_err(|denial| denial.code)
    };
    let none = Authority::default();
    assert_eq!(promote(&algorithms, &none, None, NOW), Ok(AlgorithmState::Paper));
    algorithms.apply(&moved(AlgorithmState::Paper, NOW));
    assert_eq!(promote(&algorithms, &none, Some(UNPROVEN), NOW), Err("mandate_missing".into()));
    let mandated = mandated();
    assert_eq!(promote(&algorithms, &mandated, None, NOW), Err("evidence_missing".into()));
    assert_eq!(promote(&algorithms, &mandated, Some("unproven"), NOW), Err("evidence_missing".into()));
    assert_eq!(promote(&algorithms, &mandated, Some(UNPROVEN), NOW), Ok(AlgorithmState::Live));
    for number in 1..=5 {
        assert_eq!(promote(&algorithms, &mandated, None, later(EVIDENCE_S)), Err("evidence_missing".into()));
        algorithms.apply(&filled(number, Side::Buy, "1"));
    }
    assert_eq!(promote(&algorithms, &mandated, None, later(EVIDENCE_S - 1)), Err("evidence_missing".into()));
    assert_eq!(promote(&algorithms, &mandated, None, later(EVIDENCE_S)), Ok(AlgorithmState::Live));
    assert_eq!(promote(&algorithms, &mandated, None, later(30 * 86_400)), Err("mandate_missing".into()), "expired");
}

#[test]
fn another_version_is_a_draft_without_evidence_and_never_made_while_live() {
    let facts = [set(1_000, NOW), moved(AlgorithmState::Paper, NOW), filled(1, Side::Buy, "1")];
    let mut algorithms = after(&facts);
    assert_eq!(algorithms.may_edit("cross", &version(1_000)).unwrap_err().code, "algorithm_unchanged");
    algorithms.apply(&moved(AlgorithmState::Live, later(60)));
    assert_eq!(algorithms.may_edit("cross", &version(2_000)).unwrap_err().code, "algorithm_live");
    algorithms.apply(&moved(AlgorithmState::Paused, later(120)));
    assert!(algorithms.may_edit("cross", &version(2_000)).is_ok());
    algorithms.apply(&set(2_000, later(180)));
    let cross = algorithms.get("cross").unwrap();
    assert_eq!((cross.state(), cross.paper_fills(), cross.paper_s(later(999))), (AlgorithmState::Draft, 0, 0));
    assert_eq!((cross.versions().len(), cross.holdings(Book::Paper).count()), (2, 1), "what it holds stays");
    let resumed = algorithms.may_resume("cross", &mandated(), later(200));
    assert_eq!(resumed.unwrap_err().code, "algorithm_not_paused", "it does not slip back to live");
}

#[test]
fn a_pause_and_an_error_go_back_to_where_it_ran() {
    let mut algorithms = after(&[set(1_000, NOW), moved(AlgorithmState::Paper, NOW)]);
    assert!(algorithms.may_pause("cross").is_ok());
    algorithms.apply(&moved(AlgorithmState::Error, later(60)));
    assert_eq!(algorithms.may_pause("cross").unwrap_err().code, "algorithm_not_running");
    assert_eq!(algorithms.may_resume("cross", &Authority::default(), NOW), Ok(AlgorithmState::Paper));
    algorithms.apply(&moved(AlgorithmState::Live, later(70)));
    algorithms.apply(&moved(AlgorithmState::Paused, later(80)));
    let without = algorithms.may_resume("cross", &Authority::default(), later(90));
    assert_eq!(without.unwrap_err().code, "mandate_missing");
    assert_eq!(algorithms.may_resume("cross", &mandated(), later(90)), Ok(AlgorithmState::Live));
    assert_eq!(algorithms.get("cross").unwrap().paper_s(later(999)), 60, "only the time on paper counts");
}

#[test]
fn a_slot_is_taken_once_and_only_by_the_version_that_runs() {
    let mut algorithms = after(&[set(1_000, NOW), moved(AlgorithmState::Paper, NOW)]);
    let hash = version(1_000).hash();
    let take = |algorithms: &Algorithms, version, book, slot| {
        algorithms.may_take("cross", version, book, &signal(slot)).map_err(|denial| denial.code)
    };
    assert_eq!(take(&algorithms, hash, Book::Paper, later(5)), Ok(()));
    assert_eq!(take(&algorithms, hash, Book::Paper, NOW), Err("slot_done".into()), "from before it ran");
    assert_eq!(take(&algorithms, hash, Book::Live, later(5)), Err("algorithm_not_running".into()));
    assert_eq!(take(&algorithms, version(9).hash(), Book::Paper, later(5)), Err("version_changed".into()));
    let book = Book::Paper;
    let signal = Box::new(signal(later(5)));
    algorithms.apply(&Fact::SignalTaken { name: name("cross"), version: hash, book, signal, at: later(6) });
    assert_eq!(take(&algorithms, hash, Book::Paper, later(5)), Err("slot_done".into()));
    assert_eq!(take(&algorithms, hash, Book::Paper, later(4)), Err("slot_done".into()), "nor an earlier one");
    assert_eq!(take(&algorithms, hash, Book::Paper, later(6)), Ok(()));
    let cross = algorithms.get("cross").unwrap();
    assert!(cross.signals()[0].outcome.is_none());
    let outcome = SignalOutcome::Ordered(id(3));
    algorithms.apply(&Fact::SignalSettled { name: name("cross"), coin: coin("BTC"), slot: later(5), outcome });
    assert_eq!(algorithms.get("cross").unwrap().signals()[0].outcome, Some(SignalOutcome::Ordered(id(3))));
}

#[test]
fn its_book_is_its_own_fills_and_a_fresh_wallet_empties_the_paper_one() {
    let mut algorithms = after(&[set(1_000, NOW), moved(AlgorithmState::Paper, NOW)]);
    algorithms.apply(&filled(1, Side::Buy, "2"));
    algorithms.apply(&filled(2, Side::Sell, "0.5"));
    algorithms.apply(&fill(id(1), 3, &limit(Side::Buy, "100", "7"), "7", "100"));
    let held: Vec<_> = algorithms.get("cross").unwrap().holdings(Book::Paper).collect();
    assert_eq!(held, [(coin("BTC"), quantity("1.5"))]);
    algorithms.apply(&Fact::PaperReset { cash: Money::ZERO_AUD });
    assert_eq!(algorithms.get("cross").unwrap().holdings(Book::Paper).count(), 0);
}

#[test]
fn one_that_does_not_run_buys_nothing_and_may_sell() {
    let mut algorithms = after(&[set(1_000, NOW), moved(AlgorithmState::Paper, NOW)]);
    let order = |side| Proposal { algorithm: Some(name("cross")), ..limit(side, "100", "1") };
    assert!(algorithms.may_buy(&order(Side::Buy)).is_ok());
    let live = Proposal { book: Book::Live, ..order(Side::Buy) };
    assert_eq!(algorithms.may_buy(&live).unwrap_err().code, "algorithm_not_running");
    algorithms.apply(&moved(AlgorithmState::Stopped, later(1)));
    assert_eq!(algorithms.may_buy(&order(Side::Buy)).unwrap_err().code, "algorithm_not_running");
    assert!(algorithms.may_buy(&order(Side::Sell)).is_ok());
}

#[test]
fn on_another_machine_nothing_runs_by_itself() {
    let mut algorithms = after(&[set(1_000, NOW), moved(AlgorithmState::Paper, NOW)]);
    let (from, from_hash) = (domain::DeviceId::from_bytes([1; 16]), FactHash::GENESIS);
    algorithms.apply(&Fact::Restored { from, from_seq: 1, from_hash });
    assert_eq!(algorithms.get("cross").unwrap().state(), AlgorithmState::Paused);
}

#[test]
fn names_that_could_be_taken_for_something_else_are_refused() {
    let algorithms = after(&[set(1_000, NOW)]);
    for (bad, code) in [
        ("manual", "bad_algorithm_name"),
        ("Cross", "bad_algorithm_name"),
        ("a b", "bad_algorithm_name"),
        ("cross", "algorithm_exists"),
    ] {
        assert_eq!(algorithms.may_add(&name(bad)).unwrap_err().code, code, "{bad}");
    }
    assert!(algorithms.may_add(&name("cross-2")).is_ok());
}
