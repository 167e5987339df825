//! A person in the loop: an order waits, is approved by holding the button, edited, rejected, or runs out of time.

use fantoccini::Locator;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use serde_json::{Value, json};
use staging::{Options, Staging};
use std::time::Duration;
use support::{Launch, Window, folder, skipped};

/// Longer than the button wants to be held.
const HELD: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread")]
async fn a_trader_approves_edits_rejects_and_lets_one_expire() {
    if skipped("approvals in the window") {
        return;
    }
    let folder = folder();
    let world = Staging::start(Options { seed: 7, ..Options::default() }).await.unwrap();
    let window = Window::open(&Launch::new(folder.path(), world.url())).await;
    a_mandate_is_granted(&window).await;

    // Amounts that differ: the same order again within seconds is refused.
    let first = an_order_waits(&window, "100").await;
    window.click("approval-approve").await;
    assert_eq!(state(&window, &first).await, "awaiting_approval", "a click is not enough");
    approve(&window, &first).await;
    until_it_is(&window, &first, "filled").await;

    let edited = an_order_waits(&window, "110").await;
    window.click("approval-edit").await;
    window.fill("approval-quantity", "0.0005").await;
    window.until("what the edit costs", "return words('approval-edited').includes('You pay')").await;
    approve(&window, &edited).await;
    until_it_is(&window, &edited, "filled").await;
    assert_eq!(order(&window, &edited).await["quantity"], "0.0005");

    let rejected = an_order_waits(&window, "120").await;
    window.click("approval-reject").await;
    window.fill("approval-words", "not before the news").await;
    window.click("approval-say").await;
    until_it_is(&window, &rejected, "denied").await;
    assert_eq!(order(&window, &rejected).await["reason"], "not before the news");

    let set = window.ask("approvals_set", json!({"changes": {"ask_s": "5"}})).await;
    assert_eq!(set["answer"]["ask_s"], 5, "{set}");
    let expired = an_order_waits(&window, "130").await;
    until_it_is(&window, &expired, "expired").await;
    window.until("nothing to wait", "return one('approval-card') === null").await;
    let trades = window.ask("history", json!({"book": "paper"})).await;
    assert_eq!(trades["answer"]["trades"].as_array().unwrap().len(), 2, "only what was approved was sent: {trades}");
    window.close().await;
}

async fn a_mandate_is_granted(window: &Window) {
    window.click("nav-floor").await;
    window.click("floor-mandates").await;
    window.click("mandate-grant-paper").await;
    window.click("mandate-confirm").await;
    window.until("the mandate", "return one('mandate-row')?.innerText.includes('by hand')").await;
}

/// Places an order for so many AUD, goes where the raised note leads, and returns the id of what waits there.
async fn an_order_waits(window: &Window, aud: &str) -> String {
    window.click("nav-floor").await;
    window.click("floor-desk").await;
    window.fill("ticket-coin", "BTC").await;
    window.fill("ticket-aud", aud).await;
    window.click("ticket-place").await;
    window.until("the raised note", "return words('approval-note').includes('PAPER')").await;
    window.click("approval-look").await;
    window
        .until("the card", "return words('approval-cost').includes('AUD') && words('approval-book') === 'PAPER'")
        .await;
    let approvals = window.ask("approvals", json!({})).await;
    approvals["answer"]["approvals"][0]["id"].as_str().unwrap_or_else(|| panic!("{approvals}")).to_owned()
}

/// Holds the button; once more when the market moved meanwhile and the card asks again.
async fn approve(window: &Window, id: &str) {
    for _ in 0..3 {
        hold(window, "approval-approve").await;
        for _ in 0..10 {
            if state(window, id).await != "awaiting_approval" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
}

async fn hold(window: &Window, id: &str) {
    window.until(&format!("{id} to be ready"), &format!("return one('{id}')?.disabled === false")).await;
    let element = window.client().find(Locator::Css(&format!("[data-testid={id}]"))).await.unwrap();
    let mouse = MouseActions::new("mouse".to_owned())
        .then(PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(PointerAction::Pause { duration: HELD })
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    window.client().perform_actions(mouse).await.unwrap();
}

async fn order(window: &Window, id: &str) -> Value {
    let orders = window.ask("orders", json!({})).await;
    let orders = orders["answer"]["orders"].as_array().unwrap().clone();
    orders.into_iter().find(|order| order["id"] == id).unwrap()
}

async fn state(window: &Window, id: &str) -> String {
    order(window, id).await["state"].as_str().unwrap().to_owned()
}

async fn until_it_is(window: &Window, id: &str, wanted: &str) {
    support::until(&format!("order {id} to be {wanted}"), || async {
        (state(window, id).await == wanted).then_some(())
    })
    .await;
}
