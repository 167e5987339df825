//! Bounds, and what models may want.

use crate::world::{Fake, World, name, start};
use domain::session::{Asking, Gate, Item, Stage};
use domain::{Decimal, Denial, Money, Timestamp};
use lab::tools::{CoverageArgs, EvaluateArgs, RunArgs, Tool, Window};
use lab::{Action, Draft, Effect, Event, State, Thought};
use std::collections::BTreeMap;

fn aud(amount: u32) -> Money {
    Money::aud(Decimal::from(amount))
}

fn model(tokens: u64, cost: Money) -> World {
    let mut world = World::new(3, Fake::default());
    let mut begin = start("find a strategy for BTC");
    begin.model = name("anthropic:some");
    (begin.bounds.tokens, begin.bounds.cost) = (tokens, cost);
    world.event(&Event::Start(begin)).unwrap();
    world
}

fn turn(world: &World) -> u32 {
    let asked = world.session.pending().into_iter().find_map(|effect| match effect {
        Effect::AskModel { turn, .. } => Some(turn),
        _ => None,
    });
    asked.expect("a model is asked")
}

fn think(world: &mut World, wants: Result<Vec<Action>, Denial>) {
    let turn = turn(world);
    world.event(&Event::Reserve { turn, tokens: 100, cost: aud(1) }).unwrap();
    let cost = Money::ZERO_AUD;
    world.event(&Event::Thought(Thought { turn, tokens: 60, cost, took_ms: 9, wants })).unwrap();
}

fn window() -> Window {
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let (from, to) = (at("2025-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"));
    Window { coin: crate::world::coin("BTC"), interval: domain::Interval::H1, from, to }
}

fn run() -> RunArgs {
    RunArgs {
        strategy: name("sma_cross"),
        params: BTreeMap::new(),
        window: window(),
        cash: Decimal::from(10_000),
        fee_bps: 10,
        spread_bps: 0,
    }
}

#[test]
fn a_call_that_would_pass_the_bound_is_not_made_and_the_session_says_so() {
    for calls in [1, 2, 5, 9] {
        let mut world = World::new(7, Fake::default());
        let mut begin = start("find a strategy for BTC on 1h");
        begin.bounds.calls = calls;
        world.event(&Event::Start(begin)).unwrap();
        world.finish();
        assert_eq!(world.session.used().calls, calls);
        assert_eq!(
            (world.session.state(), world.session.ended().unwrap().why.code.as_str()),
            (State::Failed, "bound_calls")
        );
        assert_eq!(
            world.event(&Event::Rewind(Stage::Modelling)).unwrap_err().code(),
            if world.session.status(Stage::Modelling) == Default::default() {
                "stage_not_reached"
            } else {
                "session_bound"
            }
        );
    }
}

#[test]
fn work_is_bounded_by_what_tools_took_and_not_by_the_wall() {
    let mut world = World::new(7, Fake::default());
    let mut begin = start("find a strategy for BTC on 1h");
    begin.bounds.work_ms = 60;
    world.event(&Event::Start(begin)).unwrap();
    world.later(20 * 60); // a person takes their time
    world.say("yes").unwrap();
    let left = world.session.pending().into_iter().find_map(|effect| match effect {
        Effect::CallTool { ms_max, .. } => Some(ms_max),
        _ => None,
    });
    assert_eq!(left, Some(60));
    world.finish();
    assert_eq!(world.session.ended().unwrap().why.code, "bound_work");
}

#[test]
fn what_a_thought_may_cost_is_set_aside_before_and_never_more_than_there_is() {
    let mut world = model(1_000, aud(5));
    let first = turn(&world);
    assert_eq!(
        world.event(&Event::Reserve { turn: first + 1, tokens: 1, cost: aud(0) }).unwrap_err().code(),
        "no_turn"
    );
    world.event(&Event::Reserve { turn: first, tokens: 900, cost: aud(4) }).unwrap();
    assert_eq!((world.session.used().tokens, world.session.used().cost), (900, aud(4)));
    assert_eq!(world.event(&Event::Reserve { turn: first, tokens: 1, cost: aud(1) }).unwrap_err().code(), "no_turn");
    let thought =
        Thought { turn: first, tokens: 100, cost: aud(1), took_ms: 5, wants: Ok(vec![Action::Say("hm".into())]) };
    world.event(&Event::Thought(thought.clone())).unwrap();
    assert_eq!((world.session.used().tokens, world.session.used().cost), (100, aud(1)));
    assert_eq!(world.event(&Event::Thought(thought)).unwrap_err().code(), "no_turn", "an answer counts once");
    let next = turn(&world);
    world.event(&Event::Reserve { turn: next, tokens: 10, cost: aud(5) }).unwrap();
    assert_eq!(world.session.ended().unwrap().why.code, "bound_cost");
    assert_eq!(world.session.used().cost, aud(1));
}

#[test]
fn a_thought_that_fails_three_times_opens_the_breaker() {
    let mut world = model(10_000, aud(50));
    for _ in 0..3 {
        think(&mut world, Err(Denial::new("overloaded", "try later")));
    }
    assert_eq!(world.open().unwrap().gate, Gate::Breaker);
    world.say("retry").unwrap();
    assert_eq!(turn(&world), 4);
}

#[test]
fn a_model_is_held_to_the_list_the_stage_the_gates_and_the_bounds_of_arguments() {
    let mut world = model(10_000, aud(50));
    let call = |tool: Tool| vec![Action::Call { tool, why: "I want to".into() }];
    let failed = |world: &World| world.session.calls().last().unwrap().failed().map(|why| why.code.clone());
    think(&mut world, Ok(call(Tool::Backtest(run()))));
    assert_eq!(failed(&world).as_deref(), Some("too_early"));
    let many = vec![crate::world::coin("BTC"); 2];
    let Window { interval, from, to, .. } = window();
    think(&mut world, Ok(vec![Action::Complete { why: String::new() }]));
    think(&mut world, Ok(call(Tool::Coverage(CoverageArgs { coins: many, interval, from, to }))));
    assert_eq!(failed(&world).as_deref(), Some("bad_arguments"));
    let done = || Action::Complete { why: String::new() };
    think(&mut world, Ok(vec![done(), done(), done()]));
    think(&mut world, Ok(call(Tool::Backtest(run()))));
    assert_eq!(world.open().unwrap().gate, Gate::Training, "the gate is asked in place of the call");
    world.say("yes").unwrap();
    think(&mut world, Ok(call(Tool::Backtest(run()))));
    assert!(world.run_one());
    think(&mut world, Ok(vec![done()]));
    let args = EvaluateArgs { run: run(), grid: vec![], tests: 5, embargo_bars: None, seed: 1 };
    think(&mut world, Ok(call(Tool::Evaluate(args))));
    assert_eq!(failed(&world).as_deref(), Some("not_chosen"));
    assert!(Tool::read("order", "{}").is_err());
    assert!(Tool::read("coverage", r#"{"coins":["BTC"],"interval":"1h","from":"2025-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z","path":"/etc/passwd"}"#).is_err());
}

#[test]
fn a_card_of_too_many_questions_is_not_asked() {
    let mut world = model(10_000, aud(50));
    let item =
        |number: u32| Item { key: name(&format!("q{number}")), words: "?".into(), options: vec![], default: None };
    let draft = |many: u32| {
        Action::Ask(Draft {
            gate: Gate::Other,
            words: "?".into(),
            asking: Asking::Clarify((0..many).map(item).collect()),
            default: None,
        })
    };
    think(&mut world, Ok(vec![draft(4)]));
    assert!(world.open().is_none());
    think(&mut world, Ok(vec![draft(3)]));
    let question = world.open().unwrap();
    assert_eq!(world.say("q0=1").unwrap_err().code(), "answer_does_not_fit");
    assert_eq!(world.session.question(question.id).unwrap().answered, None);
    world.say(r#"{"q0":"1","q1":2,"q2":"three"}"#).unwrap();
}

#[test]
fn questions_asked_side_by_side_are_answered_by_their_ids_in_any_order() {
    let mut world = model(10_000, aud(50));
    let draft = |words: &str| {
        Action::Ask(Draft { gate: Gate::Other, words: words.into(), asking: Asking::Approve, default: None })
    };
    think(&mut world, Ok(vec![draft("one?"), draft("two?"), draft("one?"), Action::Complete { why: String::new() }]));
    let open: Vec<_> = world.session.open_questions().map(|asked| asked.question.id).collect();
    assert_eq!(open.len(), 2, "the same question is asked once");
    assert_eq!(world.session.stage(), Some(Stage::Understanding), "nothing goes on beside an open question");
    let mut answer = |question, code: Option<&str>| {
        let answered = world.event(&Event::Answered { question, answer: domain::session::Answer::Accept });
        assert_eq!(answered.err().map(|refused| refused.code()), code);
        world.session.open_questions().count()
    };
    assert_eq!(answer(open[1], None), 1);
    assert_eq!(answer(open[1], Some("question_closed")), 1);
    assert_eq!(answer(domain::QuestionId::from_bytes([9; 16]), Some("no_question")), 1);
    assert_eq!(answer(open[0], None), 0);
    assert_eq!(turn(&world), 2, "only then is the model asked again");
}
