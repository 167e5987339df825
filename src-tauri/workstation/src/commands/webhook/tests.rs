//! What is told to a webhook, over real sockets: once, signed, a few times when it fails, and recorded.

use super::*;
use crate::fixtures::START;
use crate::{Home, Mode, Reached};
use domain::DrivenClock;
use ledgers::Ledger;
use ledgers::alerts::Call;
use staging::{Fault, Faults, Options, Rule, Staging};
use std::collections::BTreeMap;
use std::sync::Arc;

struct World {
    ws: Workstation,
    clock: Arc<DrivenClock>,
    staging: Staging,
    _folder: tempfile::TempDir,
}

async fn world() -> World {
    let staging = Staging::start(Options { seed: 3, ..Options::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
    let clock = Arc::new(DrivenClock::at(START));
    let secret = |name: &str, value: String| (name.to_owned(), Secret::new(value));
    let secrets = BTreeMap::from([
        secret("webhook_url", format!("{}/webhook", staging.url())),
        secret("webhook_secret", "quiet".to_owned()),
    ]);
    let reached = Reached { secrets, pace: 1_000, ..Reached::default() };
    let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), reached).await.unwrap();
    World { ws, clock, staging, _folder: folder }
}

async fn set(world: &World, pairs: &[(&str, &str)]) {
    let changes = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    world.ws.alerts_set(&changes).await.unwrap();
}

async fn raise(world: &World, subject: &str, severity: u8) {
    let call = Call {
        rule: "listing",
        subject: subject.to_owned(),
        ledger: Ledger::Catalyst,
        severity,
        title: format!("{subject} <is> listed"),
        detail: String::new(),
        url: None,
        observation: None,
        origin: format!("test|{subject}"),
    };
    world.ws.raise(call).await.unwrap();
}

fn posts(world: &World) -> Vec<staging::Request> {
    world.staging.requests().into_iter().filter(|request| request.path == "/webhook").collect()
}

#[tokio::test]
async fn an_alert_is_told_once_signed_with_its_bytes_and_recorded() {
    let world = world().await;
    raise(&world, "EARLY", 9).await;
    world.ws.send_tellings().await.unwrap();
    assert_eq!(posts(&world).len(), 0, "off unless it is turned on");
    set(&world, &[("webhook", "on")]).await;
    raise(&world, "MILD", 6).await;
    raise(&world, "ASTER", 9).await;
    world.ws.send_tellings().await.unwrap();
    world.ws.send_tellings().await.unwrap();
    let posts = posts(&world);
    assert_eq!(posts.len(), 1, "told from severity 7 on, and once");
    let body: serde_json::Value = serde_json::from_str(&posts[0].body).unwrap();
    assert_eq!(
        (&body["change"], &body["alert"]["subject"], &body["alert"]["severity"]),
        (&json!("raised"), &json!("ASTER"), &json!(9))
    );
    let header = |name: &str| posts[0].headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let signed = signature(&Secret::new("quiet".to_owned()), posts[0].body.as_bytes()).unwrap();
    assert_eq!(header("x-omc-signature"), Some(signed));
    let view = world.ws.webhook().await.unwrap();
    assert_eq!(
        (view.deliveries.len(), view.deliveries[0].state.as_str(), view.deliveries[0].status),
        (1, "delivered", Some(200))
    );
    assert_eq!(header("x-omc-delivery").as_ref(), Some(&view.deliveries[0].id));
    let shown = serde_json::to_string(&view).unwrap();
    assert!(!shown.contains("/webhook") && !shown.contains("quiet"), "{shown}");
}

#[tokio::test]
async fn one_that_fails_is_told_again_a_few_times_with_the_same_bytes_and_then_given_up() {
    let world = world().await;
    set(&world, &[("webhook", "on")]).await;
    let broken = Fault::Status { code: 500, body: String::new(), content_type: "text/plain".into(), retry_after: None };
    world.staging.set_faults(Faults::none().with(Rule::on("/webhook", broken))).unwrap();
    raise(&world, "ASTER", 9).await;
    let mut waits = Vec::new();
    for _ in 0..12 {
        world.ws.send_tellings().await.unwrap();
        let one = world.ws.webhook().await.unwrap().deliveries.remove(0);
        let Some(next) = one.next_at else { break };
        waits.push(next.seconds_since(world.ws.now()));
        world.ws.send_tellings().await.unwrap();
        world.clock.advance_micros(waits.last().unwrap() * MICROS);
    }
    assert_eq!(waits, AGAIN_S, "never before it is due, and less and less often");
    let told = posts(&world);
    assert!(told.len() <= AGAIN_S.len() + 1 && told.len() >= 2, "{}", told.len());
    assert!(told.iter().all(|post| post.body == told[0].body));
    let one = world.ws.webhook().await.unwrap().deliveries.remove(0);
    assert_eq!((one.state.as_str(), one.attempts), ("failed", 5));
}

#[tokio::test]
async fn a_refusal_or_a_redirect_is_not_repeated_and_nothing_is_followed() {
    for (code, error) in [(404, "refused"), (302, "redirected")] {
        let world = world().await;
        set(&world, &[("webhook", "on")]).await;
        let says = Fault::Status { code, body: String::new(), content_type: "text/plain".into(), retry_after: None };
        world.staging.set_faults(Faults::none().with(Rule::on("/webhook", says))).unwrap();
        let view = world.ws.webhook_test().await.unwrap();
        let one = &view.deliveries[0];
        assert_eq!((one.change.as_str(), one.state.as_str(), one.error.as_deref()), ("test", "failed", Some(error)));
        world.clock.advance_micros(600 * MICROS);
        world.ws.send_tellings().await.unwrap();
        assert_eq!(world.staging.requests().len(), 1);
    }
}

#[test]
fn plain_http_is_spoken_to_this_machine_alone_and_words_hold_no_part_of_an_address() {
    let of = |text: &str| address(&Secret::new(text.to_owned()));
    assert!(of("http://127.0.0.1:9/hook").is_ok() && of("https://hooks.example/T0/secret").is_ok());
    for bad in ["http://hooks.example/T0/secret", "ftp://x/secret", "https://me:secret@hooks.example/", "secret"] {
        let error = of(bad).unwrap_err();
        assert_eq!(error.code(), "bad_webhook");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
