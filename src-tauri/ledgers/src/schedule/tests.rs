use super::*;
use proptest::prelude::*;

const PRICES: SourceInfo = info("prices", Ledger::Exchange, 8);
const NEWS: SourceInfo = info("news", Ledger::Human, 300);
const FUNDAMENTALS: SourceInfo = info("fundamentals", Ledger::Glass, 86_400);
const FILINGS: SourceInfo = info("filings", Ledger::Catalyst, 600);
const HALF: u64 = u64::MAX / 2;

const fn info(name: &'static str, ledger: Ledger, cadence_s: u64) -> SourceInfo {
    SourceInfo { name, ledger, cadence: Duration::from_secs(cadence_s) }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + seconds * 1_000)
}

fn planned(infos: &[SourceInfo]) -> Schedule {
    let mut schedule = Schedule::new();
    for info in infos {
        schedule.add(*info, false, None, at(0));
    }
    schedule
}

fn started(schedule: &mut Schedule, now: Timestamp) -> Vec<&'static str> {
    std::iter::from_fn(|| schedule.start_next(now)).map(|info| info.name).collect()
}

#[test]
fn events_go_before_prices_before_talk_before_fundamentals() {
    let mut schedule = planned(&[FUNDAMENTALS, NEWS, PRICES, FILINGS]);
    assert_eq!(started(&mut schedule, at(0)), ["filings", "prices", "news", "fundamentals"]);
    assert_eq!(started(&mut schedule, at(9_999_999)), [""; 0], "a source that runs is not started again");
}

#[test]
fn slow_talkers_leave_room_for_prices() {
    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
    let mut schedule = planned(&NAMES.map(|name| info(name, Ledger::Human, 300)));
    assert_eq!(started(&mut schedule, at(0)), ["a", "b", "c", "d"]);
    schedule.add(PRICES, false, None, at(1));
    assert_eq!(started(&mut schedule, at(1)), ["prices"]);
    schedule.finished("a", Outcome::Answered, at(2), HALF);
    assert_eq!(started(&mut schedule, at(2)), ["e"]);
}

#[test]
fn a_restart_keeps_to_the_cadence_and_catches_up_after_an_outage() {
    let mut schedule = Schedule::new();
    schedule.add(FUNDAMENTALS, false, Some(at(-3_600)), at(0));
    schedule.add(NEWS, false, Some(at(-900)), at(0));
    // Written by a clock that ran ahead.
    schedule.add(FILINGS, false, Some(at(9_999_999)), at(0));
    assert_eq!(schedule.next_run("fundamentals"), Some(at(82_800)));
    assert_eq!(schedule.next_run("news"), Some(at(0)));
    assert_eq!(schedule.next_run("filings"), Some(at(600)));
}

#[test]
fn a_clock_set_back_makes_a_source_run_and_not_wait() {
    let mut schedule = planned(&[PRICES]);
    schedule.start_next(at(0));
    schedule.finished("prices", Outcome::Answered, at(1), HALF);
    assert_eq!(started(&mut schedule, at(2)), [""; 0]);
    assert_eq!(started(&mut schedule, at(-86_400)), ["prices"]);
}

#[test]
fn a_paused_source_runs_only_when_asked_and_goes_on_at_once_when_resumed() {
    let mut schedule = planned(&[NEWS]);
    assert!(schedule.set_paused("news", true, at(0)));
    assert_eq!((schedule.next_run("news"), schedule.idle(at(0))), (None, None));
    assert_eq!(started(&mut schedule, at(1_000)), [""; 0]);
    assert!(schedule.run_now("news", at(1_000)));
    assert_eq!(started(&mut schedule, at(1_000)), ["news"]);
    schedule.finished("news", Outcome::Answered, at(1_001), HALF);
    assert_eq!(started(&mut schedule, at(5_000)), [""; 0], "asked once, run once");
    schedule.set_paused("news", false, at(5_000));
    assert_eq!(schedule.next_run("news"), Some(at(5_000)));
    assert!(!schedule.set_paused("nobody", true, at(0)) && !schedule.run_now("nobody", at(0)));
}

#[test]
fn asking_for_a_run_makes_it_due_and_changes_nothing_for_others() {
    let mut schedule = planned(&[NEWS, FUNDAMENTALS]);
    started(&mut schedule, at(0));
    for name in ["news", "fundamentals"] {
        schedule.finished(name, Outcome::Answered, at(0), HALF);
    }
    schedule.run_now("fundamentals", at(10));
    assert_eq!(schedule.idle(at(10)), Some(Duration::ZERO));
    assert_eq!(started(&mut schedule, at(10)), ["fundamentals"]);
    let idle = schedule.idle(at(10)).map(|idle| idle.as_secs_f64().round());
    assert_eq!(idle, Some(290.0), "the other keeps its time");
}

#[test]
fn failures_wait_longer_and_a_success_forgets_them() {
    let mut schedule = planned(&[NEWS]);
    let fail = |schedule: &mut Schedule| schedule.finished("news", Outcome::Failed, at(0), u64::MAX).unwrap();
    let waits: Vec<i64> = (0..8).map(|_| fail(&mut schedule).seconds_since(at(0))).collect();
    assert_eq!(waits, [60, 120, 240, 480, 960, 1_920, 2_400, 2_400]);
    schedule.finished("news", Outcome::Answered, at(0), HALF);
    assert_eq!(fail(&mut schedule).seconds_since(at(0)), 60);
}

proptest! {
    #[test]
    fn an_answered_source_runs_within_a_tenth_of_its_cadence(draw: u64, cadence_s in 1u64..100_000) {
        let cadence = Duration::from_secs(cadence_s);
        let pause = jittered(cadence, draw);
        prop_assert!(pause >= cadence * 9 / 10 && pause <= cadence * 11 / 10);
    }

    #[test]
    fn a_failing_source_waits_some_time_and_never_longer_than_the_bound(draw: u64, failures: u32, cadence_s in 1u64..1_000_000) {
        let cadence = Duration::from_secs(cadence_s);
        let pause = backoff(cadence, failures, draw);
        prop_assert!(pause >= BACKOFF_MIN && pause <= BACKOFF_MAX);
        // Prices are back within minutes however long the service was away.
        prop_assert!(pause <= BACKOFF_FIRST.max(cadence * BACKOFF_CADENCES_MAX));
    }
}

#[test]
fn a_source_that_lacks_something_is_left_out_until_it_has_it_and_then_runs_at_once() {
    let mut schedule = planned(&[FILINGS]);
    assert!(schedule.set_lacking("filings", true, at(0)));
    schedule.run_now("filings", at(1));
    assert_eq!((schedule.next_run("filings"), schedule.idle(at(1))), (None, None));
    assert_eq!(started(&mut schedule, at(9_999)), [""; 0]);
    assert!(schedule.set_lacking("filings", false, at(10_000)));
    assert!(!schedule.set_lacking("filings", false, at(10_001)), "said again, it changes nothing");
    assert_eq!(schedule.next_run("filings"), Some(at(10_000)));
    assert_eq!(started(&mut schedule, at(10_000)), ["filings"]);
}
