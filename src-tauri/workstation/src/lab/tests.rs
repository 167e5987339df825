use crate::dto::{Decided, LabRequest, SessionView};
use crate::fixtures::World;
use std::collections::BTreeMap;

async fn begun(world: &World, goal: &str) -> SessionView {
    let request = LabRequest { goal: goal.to_owned(), ..LabRequest::default() };
    let begun = world.ws.lab_start(&request).await.unwrap();
    settled(world, &begun.session_id).await
}

async fn settled(world: &World, id: &str) -> SessionView {
    let held = world.ws.session_held(domain::SessionId::parse(id).unwrap()).await.unwrap();
    world.ws.until_it_waits(&held).await.unwrap();
    world.ws.session_view(&held.now().await, true)
}

#[tokio::test]
async fn silence_counts_as_the_default_when_its_time_has_come_and_not_before() {
    let world = World::of(&[]).await;
    let asked = begun(&world, "find a strategy for BTC on 1h candles").await;
    assert_eq!((asked.state.as_str(), asked.questions[0].gate.as_str()), ("waiting", "plan"));
    let left = asked.questions[0].expires_at.unwrap().seconds_since(world.ws.now());
    world.pass(left - 1);
    world.ws.lab_resume(&asked.session_id).await.unwrap();
    assert_eq!(settled(&world, &asked.session_id).await.questions, asked.questions);
    world.pass(1);
    let refused = world.ws.lab_answer(&asked.questions[0].id, "yes").await.unwrap_err();
    assert_eq!(refused.code(), "question_closed", "what comes late counts no more");
    world.ws.lab_resume(&asked.session_id).await.unwrap();
    let ended = settled(&world, &asked.session_id).await;
    assert_eq!(ended.outcome_code.as_deref(), Some("no_candles"), "{ended:?}");
    let detail = world.ws.lab_show(&asked.session_id).await.unwrap();
    assert!(detail.timeline.iter().any(|entry| entry.words.starts_with("nobody in time")), "{detail:?}");
}

#[tokio::test]
async fn a_decision_goes_to_whom_its_id_names_and_to_orders_otherwise() {
    let world = World::of(&[]).await;
    let asked = begun(&world, "find a strategy for BTC on 1h candles").await;
    let other = begun(&world, "find a strategy for ETH on 1h candles").await;
    let waiting = world.ws.waiting().await.unwrap();
    assert_eq!(waiting.approvals.len(), 2);
    let none = BTreeMap::new();
    let unknown = world.ws.approve_any(&"ab".repeat(16), None, &none).await.unwrap_err();
    assert_eq!(unknown.code(), "approval_not_found");
    let decided = world.ws.reject_any(&asked.questions[0].id, "not now").await.unwrap();
    let Decided::Session(session) = decided else { panic!("{decided:?}") };
    assert_eq!((session.state.as_str(), session.outcome.as_deref()), ("cancelled", Some("not now")));
    // The other one stands as it stood.
    assert_eq!(settled(&world, &other.session_id).await, other);
    let steps = world.ws.lab_show(&other.session_id).await.unwrap();
    assert_eq!(steps.artefacts, []);
}

#[tokio::test]
async fn a_session_is_the_same_folded_anew_as_it_was_driven() {
    let world = World::of(&[]).await;
    let asked = begun(&world, "find a strategy for BTC on 1h candles").await;
    world.ws.lab_answer(&asked.questions[0].id, "yes").await.unwrap();
    let ended = settled(&world, &asked.session_id).await;
    assert_eq!(ended.state, "failed");
    assert_eq!(world.ws.lab_show(&asked.session_id).await.unwrap().session, ended);
    let again = world.ws.lab_rewind(&asked.session_id, "understanding", &BTreeMap::new()).await.unwrap();
    assert_eq!(again.outcome, None);
    let asked_again = settled(&world, &asked.session_id).await;
    assert_ne!(asked_again.questions[0].id, asked.questions[0].id, "another question, for the old one was answered");
    let timeline = world.ws.lab_show(&asked.session_id).await.unwrap().timeline;
    assert!(timeline.iter().any(|entry| entry.stale && entry.kind == "end"), "nothing is erased");
}
