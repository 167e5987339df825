//! Whole sessions.

use crate::world::{Fake, World, coin, known, name, start};
use domain::session::{Change, Gate, GateMode, Outcome as Ending, Stage, StageStatus, Step};
use lab::tools::Tool;
use lab::{Effect, Event, State, report};

const GOAL: &str = "find a momentum strategy for BTC on 1h over the last year, max drawdown 20%";

fn code(world: &World) -> String {
    world.session.ended().expect("it ended").why.code.clone()
}

fn tools(world: &World) -> Vec<&str> {
    world.session.calls().filter(|call| call.stands).map(|call| call.called.tool.as_str()).collect()
}

#[test]
fn a_goal_becomes_a_plan_trials_a_choice_an_examination_a_report_and_a_proposal() {
    let mut world = World::started(GOAL, Fake::default());
    assert_eq!(world.open().unwrap().gate, Gate::Plan);
    assert_eq!(world.session.state(), State::Waiting);
    assert_eq!(world.session.status(Stage::Understanding), StageStatus::Waiting);
    world.say("tests=4").unwrap();
    world.settle();
    assert_eq!(world.open().unwrap().gate, Gate::Training);
    world.say("yes").unwrap();
    world.settle();
    assert_eq!(world.open().unwrap().gate, Gate::ModelChoice);
    world.say("ema_cross").unwrap();
    world.settle();
    let last = world.open().unwrap();
    assert_eq!((last.gate, last.expires, last.default), (Gate::Deployment, None, None));
    assert!(world.session.report().is_some(), "the report comes before the proposal");
    world.later(90 * 86_400);
    world.event(&Event::Tick).unwrap();
    assert_eq!(world.open().unwrap().gate, Gate::Deployment, "silence never hands anything on");
    world.say("yes").unwrap();
    world.settle();
    assert_eq!((world.session.state(), code(&world).as_str()), (State::Completed, "proposed"));
    assert!(Stage::ALL.into_iter().all(|stage| world.session.status(stage) == StageStatus::Complete));
    let examined: Vec<_> = world
        .session
        .calls()
        .filter_map(|call| match &call.tool {
            Some(Tool::Evaluate(args)) => Some((args.run.strategy.to_string(), args.tests)),
            _ => None,
        })
        .collect();
    assert_eq!(examined, [("ema_cross".to_owned(), 4)], "the person's choice and edit reach the run");
}

#[test]
fn what_does_not_hold_up_is_said_and_nothing_is_proposed() {
    let mut world = World::started(GOAL, Fake { edge: false, ..Fake::default() });
    world.finish();
    assert_eq!(code(&world), "nothing_to_propose");
    assert_eq!(tools(&world).iter().filter(|tool| **tool == "evaluate").count(), 3, "three looks, and no more");
    assert!(!tools(&world).contains(&"propose"));
    let report = report::write(&world.session).unwrap();
    assert_eq!(report.confidence, report::Confidence::None);
    assert!(report.markdown().contains("Trade none of this"));
}

#[test]
fn a_no_before_deployment_ends_it_without_a_proposal_and_with_its_report() {
    let mut world = World::started(GOAL, Fake::default());
    for _ in 0..3 {
        world.say("yes").unwrap();
        world.settle();
    }
    world.say("no").unwrap();
    world.settle();
    assert_eq!((world.session.state(), code(&world).as_str()), (State::Completed, "not_handed_on"));
    assert!(!tools(&world).contains(&"propose"));
    assert!(world.session.report().is_some());
}

#[test]
fn a_no_before_training_ends_it_before_anything_is_tried() {
    let mut world = World::started(GOAL, Fake::default());
    world.say("yes").unwrap();
    world.settle();
    world.say("no").unwrap();
    assert_eq!((world.session.state(), code(&world).as_str()), (State::Cancelled, "rejected"));
    assert!(!tools(&world).iter().any(|tool| matches!(*tool, "sweep" | "backtest" | "evaluate" | "train")));
}

#[test]
fn silence_counts_as_the_stated_default_only_after_its_time() {
    let mut world = World::started(GOAL, Fake::default());
    let expires = world.open().unwrap().expires.unwrap();
    assert_eq!(world.session.wakes_at(), Some(expires));
    world.now = expires.plus_micros(-1);
    assert!(world.event(&Event::Tick).unwrap().is_empty());
    world.now = expires;
    assert_eq!(world.say("yes").unwrap_err().code(), "question_closed", "a late yes is no yes");
    world.event(&Event::Tick).unwrap();
    assert!(world.open().is_none());
    assert!(matches!(
        world.journal.iter().find_map(|(step, _)| match step {
            Step::Answered { by, .. } => Some(*by),
            _ => None,
        }),
        Some(domain::session::AnsweredBy::Timeout)
    ));
}

#[test]
fn gates_left_to_themselves_ask_nobody_but_before_deployment() {
    let mut begin = start(GOAL);
    begin.gates = [Gate::Plan, Gate::Training, Gate::ModelChoice].map(|gate| (gate, GateMode::Auto)).to_vec();
    let mut world = World::new(7, Fake::default());
    world.event(&Event::Start(begin.clone())).unwrap();
    world.settle();
    assert_eq!(world.open().unwrap().gate, Gate::Deployment);
    begin.gates.push((Gate::Deployment, GateMode::Auto));
    assert_eq!(World::new(8, Fake::default()).event(&Event::Start(begin)).unwrap_err().code(), "bad_session");
}

#[test]
fn an_override_forks_what_comes_after_it_and_erases_nothing() {
    let mut world = World::started(GOAL, Fake::default());
    world.finish();
    let calls = world.session.calls().count();
    world.event(&Event::Override(Change::Model(name("bollinger")))).unwrap();
    assert_eq!(world.session.branch(), 1);
    assert_eq!(world.session.status(Stage::Exploration), StageStatus::Complete);
    assert_eq!(world.session.status(Stage::Deployment), StageStatus::Stale);
    world.finish();
    assert_eq!(code(&world), "proposed");
    assert!(world.session.calls().count() > calls);
    let examined: Vec<_> = world
        .session
        .calls()
        .filter_map(|call| match &call.tool {
            Some(Tool::Evaluate(args)) => Some((args.run.strategy.to_string(), call.stands)),
            _ => None,
        })
        .collect();
    assert_eq!(examined.last().unwrap(), &("bollinger".to_owned(), true));
    assert!(examined.iter().filter(|(name, _)| name != "bollinger").all(|(_, stands)| !stands));
    let coverage = world.session.calls().filter(|call| call.called.tool.as_str() == "coverage").count();
    assert_eq!(coverage, 1, "what stands above the change is not done again");
}

#[test]
fn every_change_reaches_the_run() {
    use domain::{Interval, Timestamp};
    let (from, to) =
        (Timestamp::parse("2025-01-01T00:00:00Z").unwrap(), Timestamp::parse("2026-01-01T00:00:00Z").unwrap());
    let mut world = World::started(GOAL, Fake::default());
    world.finish();
    for change in [
        Change::Coins(vec![coin("ETH")]),
        Change::Period { interval: Interval::H4, from, to },
        Change::Split { tests: 7, embargo_bars: Some(9) },
        Change::Parameters(vec![(name("fast"), "7".into()), (name("slow"), "70".into())]),
        Change::Model(name("sma_cross")),
        Change::Parameters(vec![(name("fast"), "7".into()), (name("slow"), "70".into())]),
    ] {
        world.event(&Event::Override(change)).unwrap();
        world.finish();
    }
    let last = world.session.calls().rev().find_map(|call| match &call.tool {
        Some(Tool::Evaluate(args)) if call.stands => Some(args.clone()),
        _ => None,
    });
    let last = last.unwrap();
    assert_eq!((last.run.window.coin, last.run.window.interval), (coin("ETH"), Interval::H4));
    assert_eq!((last.tests, last.embargo_bars, last.grid.len()), (7, Some(9), 0));
    assert_eq!(last.run.params.get("fast").map(String::as_str), Some("7"));
    assert_eq!(last.run.strategy.as_str(), "sma_cross");
}

#[test]
fn going_back_to_a_stage_does_it_anew_and_to_one_not_reached_is_refused() {
    let mut world = World::started(GOAL, Fake::default());
    assert_eq!(world.event(&Event::Rewind(Stage::Modelling)).unwrap_err().code(), "stage_not_reached");
    world.say("yes").unwrap();
    world.settle();
    let question = world.open().unwrap().id;
    world.event(&Event::Rewind(Stage::Acquisition)).unwrap();
    assert!(!world.session.question(question).unwrap().stands);
    let late = Event::Answered { question, answer: domain::session::Answer::Accept };
    assert_eq!(world.event(&late).unwrap_err().code(), "question_closed");
    world.settle();
    let again = world.session.calls().filter(|call| call.called.tool.as_str() == "coverage").count();
    assert_eq!(again, 2);
    world.event(&Event::Rewind(Stage::Understanding)).unwrap();
    assert_eq!(world.open().unwrap().gate, Gate::Plan, "the plan is made anew");
    let ahead = world.event(&Event::Rewind(Stage::Exploration)).unwrap_err();
    assert_eq!(ahead.code(), "stage_not_reached", "going back does not go forward to what is stale");
}

#[test]
fn cancelling_stops_what_runs_and_nothing_follows() {
    let mut world = World::started(GOAL, Fake::default());
    world.say("yes").unwrap();
    let running: Vec<u32> = world.session.calls().filter(|call| call.is_open()).map(|call| call.called.call).collect();
    assert!(!running.is_empty());
    let effects = world.event(&Event::Cancel { why: "enough".into() }).unwrap();
    assert!(running.iter().all(|call| effects.contains(&Effect::StopTool { call: *call })));
    assert!(effects.contains(&Effect::Finish));
    assert_eq!(world.session.ended().unwrap().outcome, Ending::Cancelled);
    assert!(world.session.pending().is_empty());
    for event in [
        Event::Tick,
        Event::Rewind(Stage::Understanding),
        Event::Said("hello".into()),
        Event::Cancel { why: String::new() },
    ] {
        assert_eq!(world.event(&event).unwrap_err().code(), "session_over");
    }
}

#[test]
fn three_failures_open_the_breaker_and_a_person_decides() {
    let fake = Fake { failing: vec![("coverage", "disk on fire".into())], ..Fake::default() };
    let mut world = World::started(GOAL, fake.clone());
    world.say("yes").unwrap();
    world.settle();
    assert_eq!((world.ran.len(), world.open().unwrap().gate), (3, Gate::Breaker));
    let mut given_up = world.clone();
    given_up.say("abort").unwrap();
    assert_eq!((given_up.session.state(), code(&given_up).as_str()), (State::Failed, "given_up"));
    let mut again = world.clone();
    again.say("retry").unwrap();
    again.settle();
    assert_eq!((again.ran.len(), again.open().unwrap().gate), (6, Gate::Breaker));
    world.fake = Fake::default();
    world.say("the disk is new, go ahead").unwrap();
    world.settle();
    assert_eq!(world.open().unwrap().gate, Gate::Training);
}

#[test]
fn a_tool_the_session_can_do_without_may_fail() {
    let fake = Fake { failing: vec![("anomalies", "no".into()), ("chart", "no".into())], ..Fake::default() };
    let mut world = World::started(GOAL, fake);
    world.finish();
    assert_eq!(code(&world), "proposed");
    assert!(report::write(&world.session).unwrap().markdown().contains("The tool anomalies failed at least once"));
}

#[test]
fn too_little_data_is_looked_for_further_back_and_then_asked_about() {
    let mut world = World::started(GOAL, Fake { candles: 400, ..Fake::default() });
    world.say("yes").unwrap();
    world.settle();
    let question = world.open().unwrap();
    assert_eq!(question.gate, Gate::Other);
    assert!(question.words.contains("400 of BTC"), "{}", question.words);
    let mut no = world.clone();
    no.say("no").unwrap();
    assert_eq!(code(&no), "too_few_candles");
    world.finish();
    assert_eq!(world.session.state(), State::Completed);
    let mut none = World::started(GOAL, Fake { candles: 0, ..Fake::default() });
    none.finish();
    assert_eq!((none.session.state(), code(&none).as_str()), (State::Failed, "no_candles"));
}

#[test]
fn candles_with_holes_are_asked_about() {
    let mut world = World::started(GOAL, Fake { missing: 2_000, ..Fake::default() });
    world.say("yes").unwrap();
    world.settle();
    assert!(world.open().unwrap().words.contains("2000 are missing"));
    world.say("no").unwrap();
    assert_eq!(code(&world), "poor_data");
}

#[test]
fn every_kind_of_goal_comes_to_its_report_and_its_numbers_are_the_evidences() {
    for (goal, used) in [
        (GOAL, "evaluate"),
        ("predict the direction of BTC over the next 4 hours", "train"),
        ("why did ETH fall last week", "query"),
        ("compare BTC and ETH over the last 6 months", "compare"),
        ("accumulate SOL every week with $5,000", "backtest"),
    ] {
        for edge in [true, false] {
            let mut world = World::started(goal, Fake { edge, ..Fake::default() });
            world.finish();
            assert_eq!(world.session.state(), State::Completed, "{goal}: {:?}", world.session.ended());
            assert!(tools(&world).contains(&used), "{goal}: {:?}", tools(&world));
            let markdown = report::write(&world.session).unwrap().markdown();
            assert_eq!(report::check(&markdown, &report::evidence(&world.session)), Vec::<String>::new(), "{goal}");
            let invented = format!("{markdown}\nIts F1 score was 0.82731.");
            assert_eq!(report::check(&invented, &report::evidence(&world.session)).len(), 1);
        }
    }
}

#[test]
fn the_report_is_the_one_that_was_read_and_found_good() {
    let mut world = World::started(GOAL, Fake::default());
    world.finish();
    let markdown = report::write(&world.session).unwrap().markdown();
    if std::env::var_os("OMC_WRITE_GOLDEN").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/report.md"), &markdown).unwrap();
    }
    assert_eq!(markdown, include_str!("report.md"));
    let place = |title: &str| markdown.find(title).unwrap_or_else(|| panic!("no section {title}"));
    let order = [
        "## Goal",
        "## Data",
        "## Method",
        "## Out of sample",
        "## Baselines",
        "## Costs",
        "## Luck",
        "## In sample",
        "## Look-ahead",
        "## What could be wrong",
        "## Recommendation",
        "## Evidence",
    ];
    assert!(order.windows(2).all(|two| place(two[0]) < place(two[1])));
}

#[test]
fn a_report_needs_no_coin_list() {
    let mut world = World::started(GOAL, Fake::default());
    world.known = lab::Known::default();
    assert_ne!(world.known, known());
    world.finish();
    assert_eq!(code(&world), "proposed");
}

#[test]
fn a_session_of_ten_thousand_steps_is_folded_while_one_waits() {
    use domain::session::Speaker;
    let mut world = World::started(GOAL, Fake::default());
    world.finish();
    let at = world.now;
    let said = (0..10_000).map(|number| (Step::Said { who: Speaker::Lab, words: format!("thought {number}") }, at));
    let ended = world.journal.len() - 1;
    world.journal.splice(ended..ended, said);
    let began = std::time::Instant::now();
    let session = world.folded();
    let took = began.elapsed();
    println!("10,000 steps folded in {took:?}");
    assert!(session.lines().count() >= 10_000 && session.state() == State::Completed);
    assert!(took.as_millis() < 3_000, "ten times what opening may take, as this is not built for speed: {took:?}");
}
