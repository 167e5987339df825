//! Events in any order: duplicates, late results, answers to closed questions, ten sessions at once.

use crate::world::{Fake, World};
use domain::session::{Answer, Change, Returned, Stage, StageStatus};
use domain::{ArtefactId, Denial, Name, QuestionId};
use lab::{Effect, Event, State};
use proptest::prelude::*;

/// What a hand does next, whatever stands.
#[derive(Debug, Clone)]
enum Move {
    Run,
    RunAgain(u8),
    Fail,
    Accept,
    AnswerAgain(u8),
    Wrong,
    Tick(u32),
    Rewind(u8),
    Override(u8),
    Said,
    Cancel,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        12 => Just(Move::Run),
        2 => any::<u8>().prop_map(Move::RunAgain),
        1 => Just(Move::Fail),
        8 => Just(Move::Accept),
        2 => any::<u8>().prop_map(Move::AnswerAgain),
        2 => Just(Move::Wrong),
        2 => (0u32..4_000).prop_map(Move::Tick),
        1 => (0u8..7).prop_map(Move::Rewind),
        1 => any::<u8>().prop_map(Move::Override),
        1 => Just(Move::Said),
    ];
    proptest::collection::vec(prop_oneof![60 => one, 1 => Just(Move::Cancel)], 0..80)
}

fn change(number: u8) -> Change {
    let name = |text: &str| Name::parse(text).unwrap();
    match number % 3 {
        0 => Change::Model(name("bollinger")),
        1 => Change::Split { tests: 3 + u32::from(number % 5), embargo_bars: None },
        _ => Change::Coins(vec![domain::Coin::parse("ETH").unwrap()]),
    }
}

fn pick(world: &World, number: u8) -> Option<QuestionId> {
    let closed: Vec<QuestionId> =
        world.session.questions().filter(|asked| !asked.is_open()).map(|asked| asked.question.id).collect();
    closed.get(usize::from(number) % closed.len().max(1)).copied()
}

/// Does it, and looks at what may never be.
fn step(world: &mut World, next: &Move) {
    let was_cancelled = world.session.state() == State::Cancelled;
    let length = world.journal.len();
    match next {
        Move::Run => {
            world.run_one();
        }
        Move::RunAgain(number) => {
            let closed: Vec<u32> =
                world.session.calls().filter(|call| !call.is_open()).map(|call| call.called.call).collect();
            if let Some(call) = closed.get(usize::from(*number) % closed.len().max(1)) {
                let returned = Returned::Failed(Denial::new("late", "late"));
                world.event(&Event::Returned { call: *call, took_ms: 1, returned }).unwrap_err();
            }
        }
        Move::Fail => {
            let open = world.session.calls().find(|call| call.is_open()).map(|call| call.called.call);
            if let Some(call) = open {
                let returned = Returned::Failed(Denial::new("broken", "broken"));
                world.event(&Event::Returned { call, took_ms: 5, returned }).unwrap();
            }
        }
        Move::Accept => {
            if let Some(question) = world.open() {
                let _ = world.event(&Event::Answered { question: question.id, answer: Answer::Accept });
            }
        }
        Move::AnswerAgain(number) => {
            if let Some(question) = pick(world, *number) {
                let code = world.event(&Event::Answered { question, answer: Answer::Accept }).unwrap_err().code();
                assert!(matches!(code, "question_closed" | "session_over"), "{code}");
            }
        }
        Move::Wrong => {
            if let Some(question) = world.open() {
                let answer = Answer::Edit(vec![(Name::parse("nothing_there").unwrap(), "1".into())]);
                world.event(&Event::Answered { question: question.id, answer }).unwrap_err();
            }
        }
        Move::Tick(seconds) => {
            world.later(i64::from(*seconds));
            let _ = world.event(&Event::Tick);
        }
        Move::Rewind(stage) => {
            let _ = world.event(&Event::Rewind(Stage::ALL[usize::from(*stage) % 7]));
        }
        Move::Override(number) => {
            let _ = world.event(&Event::Override(change(*number)));
        }
        Move::Said => {
            let _ = world.event(&Event::Said("go on".into()));
        }
        Move::Cancel => {
            let _ = world.event(&Event::Cancel { why: String::new() });
        }
    }
    if was_cancelled {
        assert_eq!(world.journal.len(), length, "nothing after a cancel");
    }
    look(world);
}

fn look(world: &World) {
    let (session, used) = (&world.session, world.session.used());
    let bounds = session.start().unwrap().bounds;
    assert!(used.steps <= bounds.steps && used.calls <= bounds.calls, "{used:?}");
    if session.ended().is_some() {
        assert!(session.pending().is_empty());
        assert_eq!(session.open_questions().count(), 0);
    } else {
        // Something is always to be done, or a person to be waited for.
        assert!(!session.pending().is_empty());
        assert!(!session.pending().contains(&Effect::GoOn), "an event is always thought through to its end");
    }
    let works = |stage: &Stage| matches!(session.status(*stage), StageStatus::Active | StageStatus::Waiting);
    assert!(Stage::ALL.iter().filter(|stage| works(stage)).count() <= 1, "one stage at a time");
    let mut ran = world.ran.clone();
    ran.sort_unstable();
    ran.dedup();
    assert_eq!(ran.len(), world.ran.len(), "no call that came back runs again");
    let answers = |asked: &&lab::Asked| asked.answered.is_some();
    let answered = session.questions().filter(answers).count();
    let kept = world.journal.iter().filter(|(step, _)| matches!(step, domain::session::Step::Answered { .. })).count();
    assert_eq!(answered, kept, "a question is answered once");
    let proposed = session.calls().any(|call| call.called.tool.as_str() == "propose" && call.failed().is_none());
    let allowed = session.questions().any(|asked| {
        asked.question.gate == domain::session::Gate::Deployment
            && matches!(asked.answered, Some((Answer::Accept, domain::session::AnsweredBy::Person, _)))
    });
    assert!(!proposed || allowed, "nothing is handed on without a person's yes");
}

fn goal(number: u8) -> &'static str {
    [
        "find a strategy for BTC on 1h",
        "predict BTC on 4h",
        "why did ETH fall last week",
        "compare BTC and ETH over 1 year",
    ][usize::from(number) % 4]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_in_whatever_order_the_fold_is_the_session_and_no_bound_is_passed(
        moves in moves(), number in any::<u8>(), edge in any::<bool>(), calls in 3u32..60, steps in 5u32..120
    ) {
        let mut world = World::new(number, Fake { edge, ..Fake::default() });
        let mut start = crate::world::start(goal(number));
        (start.bounds.calls, start.bounds.steps) = (calls, steps);
        world.event(&Event::Start(start)).unwrap();
        for next in &moves {
            step(&mut world, next);
        }
    }

    #[test]
    fn steps_nobody_would_write_never_panic_and_never_pass_for_a_session(place in 0usize..40, other in 0usize..40) {
        let mut world = World::started(goal(0), Fake::default());
        world.finish();
        let mut journal = world.journal.clone();
        let (a, b) = (place % journal.len(), other % journal.len());
        journal.swap(a, b);
        let mut session = lab::Session::new(world.session.id());
        for (step, at) in &journal {
            session.apply(step, *at);
            let _ = session.pending();
        }
    }
}

#[test]
fn ten_sessions_at_once_come_out_as_each_does_alone() {
    let goals: Vec<&str> = (0u8..10).map(goal).collect();
    let fake = |number: usize| Fake { edge: number.is_multiple_of(2), ..Fake::default() };
    let alone: Vec<World> = goals
        .iter()
        .enumerate()
        .map(|(number, goal)| {
            let mut world = World::new(number as u8, fake(number));
            world.event(&Event::Start(crate::world::start(goal))).unwrap();
            world.finish();
            world
        })
        .collect();
    for seed in 0u64..6 {
        let mut worlds: Vec<World> = goals
            .iter()
            .enumerate()
            .map(|(number, goal)| {
                let mut world = World::new(number as u8, fake(number));
                world.folds = false;
                world.event(&Event::Start(crate::world::start(goal))).unwrap();
                world
            })
            .collect();
        let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        for _ in 0..2_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let world = &mut worlds[(state >> 33) as usize % 10];
            if !world.run_one()
                && let Some(question) = world.open()
            {
                world.event(&Event::Answered { question: question.id, answer: Answer::Accept }).unwrap();
            }
        }
        for (one, other) in worlds.iter().zip(&alone) {
            assert!(one.session.ended().is_some());
            assert_eq!(one.folded(), one.session);
            let steps = |world: &World| {
                let facts: Vec<_> = world.journal.iter().map(|(step, _)| step.clone()).collect();
                facts.len()
            };
            assert_eq!(steps(one), steps(other));
            assert_eq!(one.session.report(), other.session.report());
            let made =
                |world: &World| world.session.artefacts().map(|artefact| artefact.id).collect::<Vec<ArtefactId>>();
            assert_eq!(made(one), made(other));
        }
    }
}

#[test]
fn what_another_session_made_is_out_of_reach_until_a_person_links_it() {
    use domain::session::Artefact;
    use lab::tools::{ChartArgs, Tool};
    use lab::{Action, Thought};
    let mut other = World::new(1, Fake::default());
    other.event(&Event::Start(crate::world::start(goal(0)))).unwrap();
    other.finish();
    let theirs: Artefact = other.session.artefacts().next().unwrap().clone();

    let mut world = World::new(2, Fake::default());
    let mut start = crate::world::start(goal(0));
    start.model = Name::parse("ollama:some").unwrap();
    world.event(&Event::Start(start)).unwrap();
    let think = |world: &mut World, actions: Vec<Action>| {
        let turn = world.session.pending().into_iter().find_map(|effect| match effect {
            Effect::AskModel { turn, is_reserved: false, .. } => Some(turn),
            _ => None,
        });
        let (turn, cost) = (turn.unwrap(), domain::Money::ZERO_AUD);
        world.event(&Event::Reserve { turn, tokens: 100, cost }).unwrap();
        world.event(&Event::Thought(Thought { turn, tokens: 50, cost, took_ms: 5, wants: Ok(actions) })).unwrap();
    };
    let done = || Action::Complete { why: String::new() };
    think(&mut world, vec![done(), done(), done()]);
    let chart = Action::Call { tool: Tool::Chart(ChartArgs { of: theirs.id, title: "x".into() }), why: String::new() };
    think(&mut world, vec![chart.clone()]);
    assert_eq!(world.session.calls().last().unwrap().failed().unwrap().code, "foreign_artefact");
    assert!(world.ran.is_empty());
    world.event(&Event::Link { from: other.session.id(), artefact: theirs }).unwrap();
    think(&mut world, vec![chart]);
    assert!(world.session.calls().last().unwrap().is_open());
}
