use crate::fixtures::{START, World};
use domain::{ApprovalRule, Book, Decimal, Fact, Mandate, Money, Name};

async fn undone(world: &World) -> Vec<String> {
    let view = world.ws.readiness().await.unwrap();
    view.steps.into_iter().filter(|step| !step.done).map(|step| step.step).collect()
}

async fn record(world: &World, facts: Vec<Fact>) {
    let mut desk = world.ws.desk().await.unwrap();
    world.ws.record(&mut desk, facts).await.unwrap();
}

fn by_hand(until: Option<domain::Timestamp>) -> Fact {
    let mandate = Mandate {
        holder: Name::parse(Mandate::MANUAL).unwrap(),
        book: Book::Live,
        approval: ApprovalRule::Always,
        max_order: Some(Money::aud(Decimal::from(10))),
        max_day: None,
        coins: Vec::new(),
        hours: None,
        until,
    };
    Fact::MandateSet { mandate }
}

#[tokio::test]
async fn a_fresh_workspace_lacks_the_key_its_declaration_a_mandate_and_the_first_order() {
    let world = World::of(&[]).await;
    assert_eq!(undone(&world).await, ["key", "declared", "mandate", "first_order"]);
    assert!(!world.ws.readiness().await.unwrap().live);
}

#[tokio::test]
async fn a_step_is_undone_again_when_what_it_rests_on_goes() {
    let world = World::of(&[]).await;
    let key = Fact::KeyDeclared { fingerprint: [7; 16], at: START };
    record(&world, vec![key, by_hand(Some(START.plus_micros(60_000_000)))]).await;
    assert_eq!(undone(&world).await, ["key", "first_order"]);
    world.pass(61);
    assert_eq!(undone(&world).await, ["key", "mandate", "first_order"], "it has expired");
    record(&world, vec![by_hand(None), Fact::Lease { held: false }]).await;
    assert_eq!(undone(&world).await, ["key", "lease", "first_order"]);
    world.ws.kill(&crate::dto::KillRequest::default()).await.unwrap();
    assert_eq!(undone(&world).await, ["key", "lease", "open", "first_order"]);
    world.ws.unkill().await.unwrap();
    assert_eq!(undone(&world).await, ["key", "lease", "mandate", "first_order"], "a kill ends the live mandates");
}
