//! The Floor: what the journal says of an order, why LIVE is refused, and the way there.

use serde_json::json;
use staging::{Options, Staging};
use support::{Launch, Window, folder, skipped};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_told_in_the_audit_and_live_leads_to_the_steps_that_lack() {
    if skipped("the floor") {
        return;
    }
    let folder = folder();
    let world = Staging::start(Options { seed: 7, ..Options::default() }).await.unwrap();
    let window = Window::open(&Launch::new(folder.path(), world.url())).await;
    window.until("BTC's price", "return one('market-row-BTC') !== null").await;
    window.click("nav-floor").await;
    window.fill("ticket-coin", "BTC").await;
    window.fill("ticket-aud", "500").await;
    window.until("the order to be ready", "return !one('ticket-place').disabled").await;
    window.until("how near it comes to the limits", "return one('ticket-headroom') !== null").await;
    window.click("ticket-place").await;
    window.until("the fill", "return one('order-row')?.dataset.state === 'filled'").await;

    window.click("floor-audit").await;
    let told = "return rows('audit-table').some((row) => row.includes('you') && row.includes('BTC'))";
    window.until("who asked for it", told).await;
    window.until("the proof", "return words('audit-proof').includes('chain proved')").await;

    window.click("floor-desk").await;
    window.click("ticket-book-live").await;
    window.until("the book, named", "return words('ticket-live').includes('real money')").await;
    window.fill("ticket-aud", "10").await;
    window.until("the refusal", "return words('ticket-verdict').includes('key_missing')").await;
    assert_eq!(window.look("return one('ticket-place').disabled").await, json!(true));
    window.click("ticket-remedy").await;
    window.until("the step that lacks", "return one('step-key')?.dataset.done === 'false'").await;
    window.close().await;
}
