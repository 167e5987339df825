use crate::commands::LedgerRequest;
use crate::commands::collect::known_sources;
use crate::dto::OrderRequest;
use crate::fixtures::{World, book, coin, elsewhere};
use coinspot::PRICES_SOURCE;
use domain::{Book, Side};
use ledgers::SourceInfo;

/// Two sources that stand for venues: any two that bring no prices of ours.
fn venues() -> (SourceInfo, SourceInfo) {
    let mut others = known_sources().into_iter().filter(|info| info.ledger != ledgers::Ledger::Exchange);
    (others.next().unwrap(), others.next().unwrap())
}

fn buy() -> OrderRequest {
    OrderRequest {
        coin: "btc".to_owned(),
        side: Side::Buy,
        book: Book::Paper,
        quantity: Some("1".to_owned()),
        aud: None,
        limit: None,
        again: false,
        until: None,
    }
}

#[tokio::test]
async fn an_order_is_held_against_other_venues_while_they_answer() {
    let (kraken, btc_markets) = venues();
    let world = World::of(&[PRICES_SOURCE, kraken, btc_markets]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000), ("ETH", 10)]));
    world.tell(kraken, elsewhere("kraken", &[("BTC", 1_001)]));
    world.tell(btc_markets, elsewhere("btc_markets", &[("BTC", 999)]));
    for source in [PRICES_SOURCE, kraken, btc_markets] {
        assert_eq!(world.run(source).await.status, "ok");
    }
    assert_eq!(world.ws.reference_of(coin("BTC")).await.unwrap().unwrap().price.to_string(), "1000");
    assert_eq!(world.ws.order_preview(&buy()).await.unwrap().denial, None);
    world.pass(1);
    for (source, venue) in [(kraken, "kraken"), (btc_markets, "btc_markets")] {
        world.tell(source, elsewhere(venue, &[("BTC", 900)]));
        world.run(source).await;
    }
    let denial = world.ws.order_preview(&buy()).await.unwrap().denial.unwrap();
    assert_eq!(denial.code, "price_collar");
    assert!(denial.message.contains("btc_markets, kraken (two sources)"), "{}", denial.message);
    world.silence(kraken, "timeout");
    assert_eq!(world.run(kraken).await.status, "failed");
    assert!(world.ws.order_preview(&buy()).await.unwrap().denial.is_some(), "its last word counts for a while");
    world.pass(31);
    assert_eq!(world.ws.order_preview(&buy()).await.unwrap().denial, None, "silent venues are no measure");
}

#[tokio::test]
async fn venues_prices_are_a_kind_of_the_exchange_ledger_as_known_then() {
    let (kraken, _) = venues();
    let world = World::of(&[kraken]).await;
    for aud in [100, 100, 101] {
        world.tell(kraken, elsewhere("kraken", &[("BTC", aud)]));
        world.run(kraken).await;
        world.pass(30);
    }
    let asked = |as_of: Option<i64>| LedgerRequest {
        ledger: "exchange".to_owned(),
        kind: Some("reference".to_owned()),
        source: Some("kraken".to_owned()),
        as_of: as_of.map(|second| crate::fixtures::START.plus_micros(second * 1_000_000).to_string()),
        ..LedgerRequest::default()
    };
    let rows = world.ws.ledger(&asked(None)).await.unwrap().observations;
    assert_eq!(rows.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["reference", "reference"]);
    assert_eq!(world.ws.ledger(&asked(Some(59))).await.unwrap().observations, rows[..1]);
    assert_eq!(world.ws.ledger(&asked(Some(60))).await.unwrap().observations, rows);
}

#[tokio::test]
async fn a_price_that_cannot_be_true_is_counted_as_flawed_and_a_stranger_is_not() {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000), ("ETH", 10)]));
    world.run(PRICES_SOURCE).await;
    let mut says = book(&[("BTC", 100_000), ("ETH", 11)]);
    if let Some(ether) = says.quotes.last_mut() {
        std::mem::swap(&mut ether.bid, &mut ether.ask);
    }
    says.rejected.push(ledgers::Rejected::new("rhoc", "not_a_number", "bid is NaN"));
    world.tell(PRICES_SOURCE, says);
    world.pass(8);
    world.run(PRICES_SOURCE).await;
    let run = world.ws.store().runs(None, 1).await.unwrap().remove(0);
    assert_eq!((run.rejected, run.flawed), (2, 2), "a jump and a crossed price: {run:?}");
}
