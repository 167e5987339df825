//! Sessions of the Lab in words.

use super::{Line, WORKSTATION, YOU, inert, line};
use domain::SessionId;
use domain::session::{Answer, AnsweredBy, Outcome, Returned, Speaker, Step};

/// What the Lab does is the workstation's doing, save for what a person said.
pub(super) fn words(session: SessionId, step: &Step) -> Line {
    let short: String = session.to_string().chars().take(12).collect();
    let what = |text: String| inert(&format!("Lab {short}: {text}"));
    match step {
        Step::Started(start) => line(YOU, what(format!("began a session ({})", start.model)), &start.goal),
        Step::Moved { stage, status, why } => line(WORKSTATION, what(format!("{stage} is {}", status.as_str())), why),
        Step::Planned { .. } => line(WORKSTATION, what("wrote down what it understood and plans".into()), ""),
        Step::Said { who, words } => {
            let who = if *who == Speaker::Person { YOU } else { WORKSTATION };
            line(who, what("said something".into()), words)
        }
        Step::Called(called) => line(WORKSTATION, what(format!("call {}: {}", called.call, called.tool)), &called.why),
        Step::Returned { call, returned, .. } => match returned {
            Returned::Done { artefacts, .. } => {
                let titles: Vec<&str> = artefacts.iter().map(|artefact| artefact.title.as_str()).collect();
                line(WORKSTATION, what(format!("call {call} came back")), &titles.join("; "))
            }
            Returned::Failed(why) => {
                line(WORKSTATION, what(format!("call {call} failed [{}]", inert(&why.code))), &why.message)
            }
        },
        Step::Asked(question) => {
            line(WORKSTATION, what(format!("asked ({})", question.gate.as_str())), &question.words)
        }
        Step::Answered { answer, by, .. } => answered(&what, answer, *by),
        Step::Forked { stage, change, .. } => {
            let change = change.as_ref().map_or_else(String::new, ToString::to_string);
            line(YOU, what(format!("went back to {stage}")), &change)
        }
        Step::Reserved { turn, tokens, cost } => {
            line(WORKSTATION, what(format!("set {tokens} tokens and {cost} aside for thought {turn}")), "")
        }
        Step::Thought { turn, tokens, cost, failed, .. } => {
            let why = failed.as_ref().map_or("", |why| why.message.as_str());
            line(WORKSTATION, what(format!("thought {turn} used {tokens} tokens, {cost}")), why)
        }
        Step::Linked { from, artefact } => {
            line(YOU, what(format!("may use '{}' of session {from}", artefact.title)), "")
        }
        Step::Ended { outcome, why } => {
            let who = if *outcome == Outcome::Cancelled { YOU } else { WORKSTATION };
            let how = match outcome {
                Outcome::Completed => "came to its end",
                Outcome::Failed => "could not go on",
                Outcome::Cancelled => "was ended",
            };
            line(who, what(format!("{how} [{}]", inert(&why.code))), &why.message)
        }
    }
}

fn answered(what: &impl Fn(String) -> String, answer: &Answer, by: AnsweredBy) -> Line {
    let said = match answer {
        Answer::Accept => "yes".to_owned(),
        Answer::Choose(key) => format!("chose {key}"),
        Answer::Edit(pairs) | Answer::Respond(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
            pairs.join(" ")
        }
        Answer::Reject(why) => format!("no: {why}"),
        Answer::Ignore => "went on without an answer".to_owned(),
    };
    match by {
        AnsweredBy::Person => line(YOU, what("answered".into()), &said),
        AnsweredBy::Timeout => line(WORKSTATION, what("nobody answered in time".into()), &said),
        AnsweredBy::Auto => line(WORKSTATION, what("took a gate by itself".into()), &said),
    }
}
