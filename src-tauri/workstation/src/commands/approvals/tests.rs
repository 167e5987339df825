//! Promise 19: an order altered, replayed or expired after its approval is refused; and what a person decides, holds.

use super::*;
use crate::dto::{ApprovalView, MandateRequest, OrderRequest};
use crate::fixtures::{START, World, book, coin};
use crate::{Home, Mode, Reached};
use coinspot::PRICES_SOURCE;
use domain::DrivenClock;
use std::sync::Arc;

fn none() -> BTreeMap<String, String> {
    BTreeMap::new()
}

fn edit(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn mandate(holder: &str, book: Book, approval: &str) -> MandateRequest {
    MandateRequest {
        holder: holder.into(),
        book,
        approval: approval.into(),
        max_order_aud: None,
        max_day_aud: None,
        coins: vec![],
        hours: None,
        until: None,
    }
}

fn buy(quantity: &str, limit: Option<&str>) -> OrderRequest {
    OrderRequest {
        coin: "BTC".into(),
        side: Side::Buy,
        book: Book::Paper,
        quantity: Some(quantity.into()),
        aud: None,
        limit: limit.map(str::to_owned),
        again: true,
        until: None,
    }
}

/// A desk where BTC costs 1,000 AUD and every paper order by hand waits for a person.
async fn asking() -> World {
    let world = World::of(&[PRICES_SOURCE]).await;
    price(&world, 1_000).await;
    world.ws.limits_set(Book::Paper, &edit(&[("price_collar_pct", "100")]), false).await.unwrap();
    world.ws.mandate_set(&mandate("manual", Book::Paper, "always")).await.unwrap();
    world
}

async fn price(world: &World, aud: i64) {
    world.tell(PRICES_SOURCE, book(&[("BTC", aud)]));
    world.pass(1);
    world.run(PRICES_SOURCE).await;
}

async fn waiting(world: &World, request: &OrderRequest) -> ApprovalView {
    let order = world.ws.order_place(request).await.unwrap();
    assert_eq!(order.state, "awaiting_approval", "{order:?}");
    assert_eq!(order.approval_id, Some(order.id.to_string()));
    let all = world.ws.approvals().await.unwrap().approvals;
    all.into_iter().find(|approval| approval.id == order.id).expect("it waits")
}

async fn approve(world: &World, of: &ApprovalView) -> Result<OrderView> {
    world.ws.approve(&of.id.to_string(), Some(&of.card.hash), &none()).await
}

async fn state(world: &World, of: &ApprovalView) -> String {
    let orders = world.ws.orders().await.unwrap().orders;
    orders.iter().find(|order| order.id == of.id).unwrap().state.to_owned()
}

async fn trades(world: &World) -> usize {
    world.ws.history(&crate::dto::TradesRequest::of(Book::Paper)).await.unwrap().trades.len()
}

#[track_caller]
fn refused(result: Result<OrderView>, code: &str) {
    assert_eq!(result.unwrap_err().code(), code);
}

#[tokio::test]
async fn what_was_asked_about_is_sent_once_and_a_second_approval_is_refused() {
    let world = asking().await;
    let asked = waiting(&world, &buy("1", None)).await;
    assert_eq!(trades(&world).await, 0, "nothing is sent before a person says so");
    let sent = approve(&world, &asked).await.unwrap();
    assert_eq!((sent.state, trades(&world).await), ("filled", 1));
    refused(approve(&world, &asked).await, "approval_used");
    refused(world.ws.reject(&asked.id.to_string(), "too late").await, "approval_used");
    assert_eq!(trades(&world).await, 1);
    assert!(world.ws.approvals().await.unwrap().approvals.is_empty());
}

#[tokio::test]
async fn two_approvals_at_once_send_one_order() {
    let world = asking().await;
    let asked = waiting(&world, &buy("1", None)).await;
    let (one, two) = tokio::join!(approve(&world, &asked), approve(&world, &asked));
    let refused: Vec<String> = [&one, &two].iter().filter_map(|done| Some(done.as_ref().err()?.code())).collect();
    assert_eq!(refused.len(), 1, "{one:?} {two:?}");
    assert!(["approval_busy", "approval_used"].contains(&refused[0].as_str()), "{refused:?}");
    assert_eq!(trades(&world).await, 1);
}

#[tokio::test]
async fn an_approval_of_something_else_is_refused_and_nothing_is_sent() {
    let world = asking().await;
    let (one, two) = (waiting(&world, &buy("1", None)).await, waiting(&world, &buy("2", None)).await);
    let id = one.id.to_string();
    refused(world.ws.approve(&id, Some(&two.card.hash), &none()).await, "approval_changed");
    refused(world.ws.approve(&id, Some(""), &none()).await, "approval_changed");
    assert_eq!((state(&world, &one).await.as_str(), trades(&world).await), ("awaiting_approval", 0));
    let unknown = "00000000000000000000000000000000";
    refused(world.ws.approve(unknown, None, &none()).await, "approval_not_found");
    assert!(world.ws.approve("x", None, &none()).await.unwrap_err().is_usage());
}

#[tokio::test]
async fn a_question_nobody_answers_in_time_is_never_sent() {
    let world = asking().await;
    let asked = waiting(&world, &buy("1", None)).await;
    world.pass(i64::from(ASK_S) - 2);
    world.ws.expire_questions().await.unwrap();
    assert_eq!(state(&world, &asked).await, "awaiting_approval");
    world.pass(2);
    assert!(world.ws.approvals().await.unwrap().approvals.is_empty(), "what is over is not shown as open");
    refused(approve(&world, &asked).await, "approval_expired");
    assert_eq!(state(&world, &asked).await, "expired", "ended when it was touched");
    world.clock.advance_micros(-60_000_000);
    refused(approve(&world, &asked).await, "approval_expired");
    assert_eq!(trades(&world).await, 0);
}

#[tokio::test]
async fn a_clock_set_back_behind_the_order_ends_its_question() {
    let world = asking().await;
    let asked = waiting(&world, &buy("1", None)).await;
    world.pass(-3_600);
    refused(approve(&world, &asked).await, "approval_expired");
    assert_eq!(trades(&world).await, 0);
}

#[tokio::test]
async fn the_time_to_decide_is_a_setting_with_bounds_and_binds_the_next_question() {
    let world = asking().await;
    for bad in [("ask_s", "4"), ("ask_s", "86401"), ("ask_s", "soon"), ("tolerance_pct", "9")] {
        assert_eq!(world.ws.approvals_set(&edit(&[bad])).await.unwrap_err().code(), "bad_setting", "{bad:?}");
    }
    assert_eq!(world.ws.approvals_set(&edit(&[("ask_s", "30")])).await.unwrap().ask_s, 30);
    let asked = waiting(&world, &buy("1", None)).await;
    assert_eq!(asked.card.left_s, 30);
    world.pass(31);
    world.ws.expire_questions().await.unwrap();
    assert_eq!(state(&world, &asked).await, "expired");
}

#[tokio::test]
async fn a_price_that_moved_against_the_trader_is_asked_again_and_shows_what_changed() {
    let world = asking().await;
    let asked = waiting(&world, &buy("1", None)).await;
    price(&world, 1_006).await;
    refused(approve(&world, &asked).await, "approval_asked_again");
    assert_eq!(trades(&world).await, 0);
    let again = world.ws.approvals().await.unwrap().approvals.remove(0);
    assert_ne!(again.card.hash, asked.card.hash);
    let changed: Vec<_> =
        again.card.changed.iter().map(|one| (one.what.as_str(), one.before.as_str(), one.now.as_str())).collect();
    assert_eq!(changed, [("price", "1000.01", "1006.01")]);
    refused(approve(&world, &asked).await, "approval_changed");
    assert_eq!(approve(&world, &again).await.unwrap().state, "filled");
}

#[tokio::test]
async fn a_price_within_the_tolerance_or_better_is_sent_as_asked() {
    let world = asking().await;
    for aud in [1_004, 900] {
        price(&world, 1_000).await;
        let asked = waiting(&world, &buy("1", None)).await;
        price(&world, aud).await;
        assert_eq!(approve(&world, &asked).await.unwrap().state, "filled", "{aud}");
    }
}

#[tokio::test]
async fn what_the_gate_refuses_by_now_is_denied_with_its_reason() {
    let world = asking().await;
    let asked = waiting(&world, &buy("1", None)).await;
    world.ws.limits_set(Book::Paper, &edit(&[("max_order_aud", "500")]), false).await.unwrap();
    let card = world.ws.approvals().await.unwrap().approvals.remove(0).card;
    assert_eq!(card.refusal.unwrap().code, "max_order_aud", "the card says so before");
    let denied = approve(&world, &asked).await.unwrap();
    assert_eq!((denied.state, denied.reason_code.as_deref()), ("denied", Some("max_order_aud")));
    refused(approve(&world, &asked).await, "approval_ended");
}

#[tokio::test]
async fn after_a_kill_no_question_is_sent_nor_when_trading_opens_again() {
    let world = asking().await;
    let asked = waiting(&world, &buy("1", None)).await;
    kill::pull(world.ws.home(), world.ws.now()).unwrap();
    refused(approve(&world, &asked).await, "killed");
    world.ws.unkill().await.unwrap();
    refused(approve(&world, &asked).await, "killed");
    assert_eq!((state(&world, &asked).await.as_str(), trades(&world).await), ("cancelled", 0));
}

#[tokio::test]
async fn an_edit_is_judged_anew_and_sent_as_edited() {
    let world = asking().await;
    let asked = waiting(&world, &buy("1", Some("990"))).await;
    let id = asked.id.to_string();
    for (bad, code) in [
        (edit(&[("quantity", "x")]), "bad_edit"),
        (edit(&[("coin", "ETH")]), "bad_edit"),
        (edit(&[("quantity", "0")]), "quantity_zero"),
        (edit(&[("quantity", "1000")]), "max_order_aud"),
        (edit(&[("limit", "3000")]), "price_collar"),
    ] {
        refused(world.ws.approve(&id, Some(&asked.card.hash), &bad).await, code);
        let waits = world.ws.approvals().await.unwrap().approvals.remove(0);
        assert_eq!(waits.card.hash, asked.card.hash, "a refused edit changes nothing");
    }
    let sent =
        world.ws.approve(&id, Some(&asked.card.hash), &edit(&[("quantity", "0.5"), ("limit", "980")])).await.unwrap();
    let limit = sent.limit.unwrap().decimal().to_string();
    assert_eq!((sent.state, sent.quantity.decimal().to_string(), limit), ("open", "0.5".into(), "980".into()));
    refused(approve(&world, &asked).await, "approval_used");
    let instant = waiting(&world, &buy("1", None)).await;
    refused(world.ws.approve(&instant.id.to_string(), None, &edit(&[("limit", "990")])).await, "bad_edit");
}

#[tokio::test]
async fn a_rejection_keeps_its_words_and_an_answer_keeps_the_question_open() {
    let world = asking().await;
    let asked = waiting(&world, &buy("1", None)).await;
    let id = asked.id.to_string();
    for bad in ["", "  ", &"x".repeat(501)] {
        refused(world.ws.reject(&id, bad).await, "bad_words");
    }
    world.ws.answer(&id, "<b>why</b> now?\u{7}").await.unwrap();
    let open = world.ws.approvals().await.unwrap().approvals.remove(0);
    assert_eq!((open.card.answers, open.card.hash), (vec!["<b>why</b> now?".to_owned()], asked.card.hash.clone()));
    let denied = world.ws.reject(&id, "not before the news").await.unwrap();
    assert_eq!(denied.reason_code.as_deref(), Some("rejected_by_person"));
    assert_eq!(denied.reason.as_deref(), Some("not before the news"));
    refused(approve(&world, &asked).await, "approval_rejected");
    refused(world.ws.answer(&id, "too late").await, "approval_rejected");
}

#[tokio::test]
async fn the_one_that_ends_first_comes_first_and_is_answered_by_its_id() {
    let world = asking().await;
    let first = waiting(&world, &buy("1", None)).await;
    world.pass(5);
    let second = waiting(&world, &buy("2", None)).await;
    let ids = |view: ApprovalsView| view.approvals.iter().map(|approval| approval.id).collect::<Vec<_>>();
    assert_eq!(ids(world.ws.approvals().await.unwrap()), [first.id, second.id]);
    approve(&world, &second).await.unwrap();
    assert_eq!(ids(world.ws.approvals().await.unwrap()), [first.id]);
}

#[tokio::test]
async fn only_what_the_mandate_names_is_asked_about() {
    let world = asking().await;
    world.ws.mandate_set(&mandate("manual", Book::Paper, "above:500")).await.unwrap();
    assert_eq!(world.ws.order_place(&buy("0.1", None)).await.unwrap().state, "filled");
    assert_eq!(world.ws.order_place(&buy("1", None)).await.unwrap().state, "awaiting_approval");
    world.ws.mandate_revoke("manual", Book::Paper).await.unwrap();
    assert_eq!(world.ws.order_place(&buy("1", None)).await.unwrap().state, "filled");
}

#[tokio::test]
async fn a_sale_shows_the_parcels_it_would_use_and_every_card_its_sums() {
    let world = asking().await;
    world.ws.mandate_revoke("manual", Book::Paper).await.unwrap();
    world.ws.order_place(&buy("1", None)).await.unwrap();
    price(&world, 1_100).await;
    world.ws.order_place(&buy("1", None)).await.unwrap();
    world.ws.mandate_set(&mandate("manual", Book::Paper, "always")).await.unwrap();
    let sale = waiting(&world, &OrderRequest { side: Side::Sell, ..buy("1.5", None) }).await.card;
    let used = sale.sale.unwrap();
    let parcels: Vec<_> =
        used.parcels.iter().map(|one| (one.quantity.decimal().to_string(), one.cost.to_string())).collect();
    assert_eq!(
        parcels,
        [("1".into(), "1010.0101".into()), ("0.5".into(), "555.50505".to_owned())],
        "first in, first out"
    );
    assert!(used.without_parcel.is_zero());
    assert!(used.parcels.iter().all(|one| one.days_to_discount > Some(364)));
    let gain = used.parcels.iter().map(|one| one.gain.0).sum::<Decimal>();
    assert_eq!(used.gain.0, gain);
    let cost = sale.cost.unwrap();
    let brings = used.parcels.iter().map(|one| one.proceeds.0).sum::<Decimal>();
    assert_eq!(cost.total.0, brings, "the parcels bring what the order brings");
    assert_eq!(sale.exposure.coins_after.unwrap().decimal().normalize().to_string(), "0.5");
    let bought = waiting(&world, &buy("1", None)).await.card;
    let cost = bought.cost.unwrap();
    assert_eq!(
        (cost.value.to_string(), cost.fee.to_string(), cost.total.to_string()),
        ("1100.01".into(), "11.0001".into(), "1111.0101".into())
    );
    assert_eq!(cost.worst.unwrap().to_string(), "1116.5651505", "half a percent more may be sent");
    assert_eq!((bought.sale, bought.price.against_pct.unwrap().to_string()), (None, "0".into()));
}

#[tokio::test]
async fn the_system_is_told_of_a_question_once_and_of_one_asked_again() {
    let world = asking().await;
    let mut events = world.ws.events();
    let mut told = async || {
        let mut told = Vec::new();
        while let Some(event) = events.ready() {
            told.extend(world.ws.notification(&event).await.map(|notification| notification.title));
        }
        told
    };
    let asked = waiting(&world, &buy("1", None)).await;
    assert_eq!(told().await, ["PAPER · buy 1 BTC?"]);
    world.ws.answer(&asked.id.to_string(), "hm").await.unwrap();
    price(&world, 1_020).await;
    assert!(approve(&world, &asked).await.is_err());
    assert_eq!(told().await, ["PAPER · asked again: buy 1 BTC?"]);
    let again = world.ws.approvals().await.unwrap().approvals.remove(0);
    world.ws.approve(&again.id.to_string(), None, &edit(&[("quantity", "0.5")])).await.unwrap();
    assert_eq!(told().await, Vec::<String>::new(), "a person's own edit asks nobody");
}

#[tokio::test]
async fn a_restart_sends_nothing_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
    let clock = Arc::new(DrivenClock::at(START));
    let open = async || Workstation::open_at(&home, Mode::Write, clock.clone(), Reached::default()).await.unwrap();
    let proposal = Proposal {
        book: Book::Paper,
        coin: coin("BTC"),
        side: Side::Buy,
        kind: OrderKind::Instant,
        quantity: Quantity::parse("1").unwrap(),
        algorithm: None,
    };
    let ask = Ask {
        hash: domain::FactHash([7; 32]),
        price: Price::parse("1000").unwrap(),
        mid: Price::parse("1000").unwrap(),
        expires: START.plus_micros(60_000_000),
    };
    let ws = open().await;
    let [unasked, approved, asked] = [1, 2, 3].map(|n| OrderId::new(START, [n; 10]));
    let proposed = |order| Fact::OrderProposed { order, proposal: proposal.clone() };
    let facts = vec![
        proposed(unasked),
        proposed(approved),
        Fact::ApprovalAsked { order: approved, ask },
        Fact::OrderApproved { order: approved, by: Name::parse(PERSON).unwrap() },
        proposed(asked),
        Fact::ApprovalAsked { order: asked, ask },
    ];
    ws.record(&mut ws.desk().await.unwrap(), facts).await.unwrap();
    ws.close().await;

    let ws = open().await;
    let states =
        async |ws: &Workstation| ws.orders().await.unwrap().orders.iter().map(|order| order.state).collect::<Vec<_>>();
    assert_eq!(states(&ws).await, ["denied", "denied", "awaiting_approval"], "an open question survives");
    ws.close().await;
    clock.advance_micros(61_000_000);
    let ws = open().await;
    assert_eq!(states(&ws).await, ["denied", "denied", "expired"]);
    assert!(ws.history(&crate::dto::TradesRequest::of(Book::Paper)).await.unwrap().trades.is_empty());
    ws.close().await;
}
