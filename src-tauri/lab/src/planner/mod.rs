//! The built-in planner: what is done next in a session without a model. Deterministic; no key, no network.
//!
//! It goes through the whole session from its beginning each time it is asked, takes what is there, and stops at the first
//! thing that is missing: that is what is done next. So it needs no memory of its own, and stands after a crash where it
//! stood before. Deliberately absent: reading anything somebody else wrote. It decides from numbers, from what a person
//! answered, and from the goal.

mod brief;
mod goal;
mod judge;
pub(crate) mod run;
mod words;

pub use brief::Brief;
pub use goal::{Goal, Unfit, parse};
pub use judge::{Governance, Rule, governed};
pub use words::Target;

use crate::action::{Action, Draft};
use crate::session::Session;
use crate::tools::Learner;
use domain::session::{Answer, Asking, Change, Gate, Item, Question, Stage};
use domain::{Coin, Name, Timestamp};

/// The name of the built-in planner as a model.
pub const NAME: &str = "builtin";
/// The most a goal is split into: the rest of its coins is left for another session.
const EXPLAIN_DAYS_MAX: u32 = 90;

/// What is known beside a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Coins there are, with the names they go by; names come from outside.
    pub coins: Vec<(Coin, String)>,
}

/// What is wanted next; empty only when nothing is.
pub(crate) fn next(session: &Session, now: Timestamp, known: &Known) -> Vec<Action> {
    if session.stage() == Some(Stage::Understanding) {
        return understand(session, now, known);
    }
    let Some(brief) = effective(session) else {
        let words =
            "The plan of this session can't be read by this version. Go back to understanding, or start another.";
        return vec![Action::GiveUp { code: "plan_unreadable", words: words.to_owned() }];
    };
    run::next(session, &brief)
}

/// The plan of a session, with what persons set otherwise.
pub fn effective(session: &Session) -> Option<Brief> {
    Some(Brief::read(session.brief()?)?.changed(session.changes()))
}

fn understand(session: &Session, now: Timestamp, known: &Known) -> Vec<Action> {
    let Some(start) = session.start() else { return Vec::new() };
    let goal = parse(&start.goal, known);
    if let Some(unfit) = goal.unfit {
        return vec![Action::GiveUp { code: unfit.code(), words: unfit.words().to_owned() }];
    }
    let clarified = session.at_gate(Gate::Clarify).and_then(|asked| asked.answered.as_ref());
    let goal = match clarified {
        Some((Answer::Respond(pairs), ..)) => with_answers(goal, pairs, known),
        _ => goal,
    };
    let items = open(&goal);
    if clarified.is_none() && !items.is_empty() {
        let words = "Before I plan, tell me:".to_owned();
        return vec![Action::Ask(Draft { gate: Gate::Clarify, words, asking: Asking::Clarify(items), default: None })];
    }
    let (Some(target), false) = (goal.target, goal.coins.is_empty()) else {
        let words = "It is still open which coin or what is wanted: start again and name both.".to_owned();
        return vec![Action::GiveUp { code: "goal_open", words }];
    };
    let Some(brief) = session.brief().and_then(Brief::read) else {
        let mut brief = Brief::of(&goal, target, now);
        if target == Target::Explain {
            let most = brief.to.plus_micros(-i64::from(EXPLAIN_DAYS_MAX) * 86_400_000_000);
            brief.from = brief.from.max(most);
        }
        let said = summary(&brief);
        return vec![Action::Plan(brief.json()), Action::Say(said)];
    };
    let Some(asked) = session.at_gate(Gate::Plan) else {
        let words = "This is the plan. Change what you like, then let it run.".to_owned();
        let asking = Asking::Edit(brief.fields());
        return vec![Action::Ask(Draft { gate: Gate::Plan, words, asking, default: Some(Answer::Accept) })];
    };
    let edited = match &asked.answered {
        Some((Answer::Edit(pairs), ..)) => brief.edited(pairs, known).unwrap_or_else(|_| brief.clone()),
        _ => brief.clone(),
    };
    let done = Action::Complete { why: "the plan stands".to_owned() };
    if edited == brief { vec![done] } else { vec![Action::Plan(edited.json()), done] }
}

fn summary(brief: &Brief) -> String {
    let mut words = format!(
        "I understand: {} for {}, on {} candles from {} to {}.",
        brief.target.words(),
        brief::listed(&brief.coins),
        brief.interval,
        brief.from,
        brief.to
    );
    if !brief.assumptions.is_empty() {
        words.push_str(&format!(" I assume {}.", brief.assumptions.join("; ")));
    }
    words
}

fn item(key: &str, words: String, options: &[&str], default: Option<&str>) -> Option<Item> {
    let options = options.iter().map(|option| (*option).to_owned()).collect();
    Some(Item { key: Name::parse(key).ok()?, words, options, default: default.map(str::to_owned) })
}

/// What the goal leaves open: three questions at most.
fn open(goal: &Goal) -> Vec<Item> {
    let mut items = Vec::new();
    if goal.coins.is_empty() {
        let words = match goal.unknown.first() {
            Some(word) => format!("'{word}' is no coin that is known here. Which coin is it about?"),
            None => "Which coin is it about? A ticker such as BTC.".to_owned(),
        };
        items.push(item("coin", words, &[], None));
    } else if goal.target == Some(Target::Compare) && goal.coins.len() < 2 {
        items.push(item("coin", format!("{} compared with which coin?", goal.coins[0]), &[], None));
    }
    if goal.target.is_none() {
        let options: Vec<&str> = Target::ALL.iter().map(|(_, words)| *words).collect();
        items.push(item("target", "What do you want to know?".to_owned(), &options, None));
    }
    let timed = goal.interval.is_some() || goal.horizon_hours.is_some() || goal.days.is_some() || goal.from.is_some();
    let needs = matches!(goal.target, None | Some(Target::Strategy | Target::Predict));
    if needs && !timed {
        let words = "How long do you look ahead: which candles?".to_owned();
        items.push(item("interval", words, &["15m", "1h", "4h", "1d"], Some("1h")));
    }
    items.into_iter().flatten().collect()
}

fn with_answers(mut goal: Goal, pairs: &[(Name, String)], known: &Known) -> Goal {
    for (key, value) in pairs {
        let read = parse(value, known);
        match key.as_str() {
            "coin" => {
                for coin in brief::read_coins(value, known).unwrap_or_default() {
                    if !goal.coins.contains(&coin) {
                        goal.coins.push(coin);
                    }
                }
            }
            "target" => goal.target = target_of(value, known),
            "interval" => {
                goal.interval = read.interval;
                goal.horizon_hours = goal.horizon_hours.or(read.horizon_hours);
            }
            _ => {}
        }
    }
    goal
}

fn target_of(text: &str, known: &Known) -> Option<Target> {
    let text = text.trim().to_lowercase();
    let named = Target::ALL.iter().find(|(_, words)| *words == text).map(|(target, _)| *target);
    named.or_else(|| parse(&text, known).target)
}

/// Whether an answer can be acted on.
pub(crate) fn takes(session: &Session, question: &Question, answer: &Answer, known: &Known) -> Result<(), String> {
    match (question.gate, answer) {
        (Gate::Clarify, Answer::Respond(pairs)) => pairs.iter().try_for_each(|(key, value)| match key.as_str() {
            "coin" => brief::read_coins(value, known).map(|_| ()),
            "target" => target_of(value, known).map(|_| ()).ok_or_else(|| {
                let options: Vec<&str> = Target::ALL.iter().map(|(_, words)| *words).collect();
                format!("'{}' is none of: {}", crate::tools::cut(value), options.join(", "))
            }),
            "interval" => {
                let read = parse(value, known);
                let told = read.interval.is_some() || read.horizon_hours.is_some();
                if told { Ok(()) } else { Err("say 15m, 1h, 4h or 1d".to_owned()) }
            }
            _ => Ok(()),
        }),
        (Gate::Plan, Answer::Edit(pairs)) => {
            let brief = session.brief().and_then(Brief::read).ok_or("there is no plan to edit")?;
            brief.edited(pairs, known).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Whether a person's change can be made.
pub(crate) fn check_change(change: &Change, known: &Known) -> Result<(), String> {
    match change {
        Change::Model(name) => {
            let is_there = words::GRIDS.iter().any(|(known, _)| *known == name.as_str())
                || Learner::parse(name.as_str()).is_some();
            if is_there { Ok(()) } else { Err(format!("'{name}' is no strategy or learner the planner tries")) }
        }
        Change::Features(names) if names.len() > 100 => Err("100 features at most".to_owned()),
        Change::Parameters(pairs) if pairs.is_empty() || pairs.len() > 16 => Err("1 to 16 parameters".to_owned()),
        Change::Split { tests, .. } if !(2..=crate::tools::TESTS_MAX).contains(tests) => {
            Err(format!("tests is {tests}: use 2 to {}", crate::tools::TESTS_MAX))
        }
        Change::Period { from, to, .. } if from >= to => Err(format!("from {from} is not before to {to}")),
        Change::Coins(coins) => {
            let unknown = coins
                .iter()
                .find(|coin| !known.coins.is_empty() && !known.coins.iter().any(|(other, _)| other == *coin));
            match (coins.len(), unknown) {
                (_, Some(coin)) => Err(format!("{coin} is no coin that is known")),
                (1..=crate::tools::COINS_MAX, None) => Ok(()),
                (many, None) => Err(format!("{many} coins: use 1 to {}", crate::tools::COINS_MAX)),
            }
        }
        _ => Ok(()),
    }
}
