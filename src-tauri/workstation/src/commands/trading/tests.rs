use super::*;
use crate::fixtures::{World, book, coin};
use coinspot::PRICES_SOURCE;

#[tokio::test]
async fn a_failing_exchange_ledger_refuses_an_algorithm_and_warns_a_person() {
    let world = World::of(&[PRICES_SOURCE]).await;
    let algorithm = Name::parse("sma_cross").unwrap();
    let request = OrderRequest {
        coin: "BTC".to_owned(),
        side: Side::Buy,
        book: Book::Paper,
        quantity: Some("1".to_owned()),
        aud: None,
        limit: Some("1000".to_owned()),
        again: false,
        until: None,
    };
    let verdict = async |algorithm: Option<&Name>| {
        let beside = world.ws.beside(coin("BTC"), algorithm).await.unwrap();
        let asked = parse(&request, world.ws.now()).unwrap();
        let wanted = Proposal { algorithm: algorithm.cloned(), ..asked.proposal(Quantity::parse("1").unwrap()) };
        let mut desk = world.ws.desk().await.unwrap();
        world.ws.judge(&mut desk, &wanted, &beside).unwrap().map_or_else(|denial| denial, |_| Denial::new("ok", ""))
    };
    assert_eq!(verdict(Some(&algorithm)).await.code, "ledger_unknown", "nothing was ever measured");
    for step in 0..20 {
        world.pass(8);
        world.tell(PRICES_SOURCE, book(&[("BTC", 1_000 + step % 2)]));
        world.run(PRICES_SOURCE).await;
    }
    assert_eq!(verdict(Some(&algorithm)).await.code, "ok");
    assert_eq!(world.ws.order_preview(&request).await.unwrap().warnings, []);

    world.silence(PRICES_SOURCE, "offline");
    world.pass(3_600);
    world.run(PRICES_SOURCE).await;
    let denial = verdict(Some(&algorithm)).await;
    assert_eq!(denial.code, "ledger_failing");
    assert!(
        denial.message.contains("coinspot_prices is failing: its prices last moved 60 min ago"),
        "{}",
        denial.message
    );
    assert_eq!(verdict(None).await.code, "price_stale", "a person's order is judged by its price alone");
    let warnings = world.ws.order_preview(&request).await.unwrap().warnings;
    assert_eq!(warnings.iter().map(|warning| warning.code.as_str()).collect::<Vec<_>>(), ["ledger_failing"]);
}

#[tokio::test]
async fn a_preview_says_whether_the_card_will_ask() {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000)]));
    world.run(PRICES_SOURCE).await;
    let request = OrderRequest {
        coin: "BTC".to_owned(),
        side: Side::Buy,
        book: Book::Paper,
        quantity: Some("1".to_owned()),
        aud: None,
        limit: Some("1000".to_owned()),
        again: false,
        until: None,
    };
    assert!(!world.ws.order_preview(&request).await.unwrap().asks);
    let mandate = domain::Mandate {
        holder: Name::parse(domain::Mandate::MANUAL).unwrap(),
        book: Book::Paper,
        approval: domain::ApprovalRule::Always,
        max_order: None,
        max_day: None,
        coins: Vec::new(),
        hours: None,
        until: None,
    };
    world.ws.record(&mut world.ws.desk().await.unwrap(), vec![Fact::MandateSet { mandate }]).await.unwrap();
    assert!(world.ws.order_preview(&request).await.unwrap().asks);
}
