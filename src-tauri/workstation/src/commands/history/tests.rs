use super::*;
use crate::commands::ImportOptions;
use crate::dto::{OrderRequest, PnlRequest, TaxChange, TaxRequest};
use crate::fixtures::{World, book};
use coinspot::PRICES_SOURCE;
use domain::{ParcelOrigin, ParcelPick, PickedSale, Quantity};
use std::collections::BTreeMap;
use std::io::Cursor;

const FILE: &str = "time,coin,side,quantity,price,fee,algorithm,venue,external_id
2024-06-30T13:59:59Z,BTC,buy,1,100,1,,coinspot,AAA-1
2024-06-30T14:00:00Z,ETH,buy,10,20,2,sma_cross,coinspot,AAA-2
2024-08-01T00:00:00Z,BTC,sell,0.4,150,0.5,,kraken,BBB-3
2024-09-01T00:00:00Z,BTC,sell,0.6,90,0.5,sma_cross,coinspot,BBB-4
";

async fn imported() -> World {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.ws.import("trades.csv", Cursor::new(FILE), &ImportOptions::default()).await.unwrap();
    world
}

fn ids(page: &TradesPage) -> Vec<&str> {
    page.trades.iter().map(|line| line.trade.external_id.as_deref().unwrap_or("-")).collect()
}

async fn found(world: &World, request: TradesRequest) -> Vec<String> {
    ids(&world.ws.trades(&request).await.unwrap()).into_iter().map(str::to_owned).collect()
}

fn searching(words: &str) -> TradesRequest {
    TradesRequest { search: Some(words.to_owned()), ..Default::default() }
}

#[tokio::test]
async fn every_word_of_a_search_must_be_found_somewhere() {
    let world = imported().await;
    for (words, wanted) in [
        ("", vec!["BBB-4", "BBB-3", "AAA-2", "AAA-1"]),
        ("btc sell", vec!["BBB-4", "BBB-3"]),
        ("kraken", vec!["BBB-3"]),
        ("AAA-2", vec!["AAA-2"]),
        ("sma btc", vec!["BBB-4"]),
        ("manual", vec!["BBB-3", "AAA-1"]),
        // 14:00 UTC is midnight in Sydney: the first trade is of June.
        ("2024-07", vec!["AAA-2"]),
        ("2024-06-30", vec!["AAA-1"]),
        ("doge", vec![]),
    ] {
        assert_eq!(found(&world, searching(words)).await, wanted, "{words}");
    }
    let long = searching(&"x ".repeat(101));
    assert_eq!(world.ws.trades(&long).await.unwrap_err().code(), "search_too_long");
}

#[tokio::test]
async fn filters_sorting_and_pages_go_together_and_the_sums_are_of_all_that_was_found() {
    let world = imported().await;
    let request = TradesRequest {
        coin: Some("btc".to_owned()),
        sort: Some("value".to_owned()),
        ascending: Some(true),
        limit: Some(2),
        ..Default::default()
    };
    let page = world.ws.trades(&request).await.unwrap();
    assert_eq!(ids(&page), ["BBB-4", "BBB-3"], "54 and 60 AUD");
    assert_eq!((page.all, page.found.trades), (4, 3));
    let sums = [page.found.bought, page.found.sold, page.found.fees].map(|sum| sum.unwrap().0.to_string());
    assert_eq!(sums, ["100", "114", "2"]);
    let next = world.ws.trades(&TradesRequest { offset: Some(2), ..request }).await.unwrap();
    assert_eq!(ids(&next), ["AAA-1"]);
    for (request, code) in [
        (TradesRequest { sort: Some("luck".to_owned()), ..Default::default() }, "bad_sort"),
        (TradesRequest { group: Some("luck".to_owned()), ..Default::default() }, "bad_group"),
        (TradesRequest { side: Some("hold".to_owned()), ..Default::default() }, "bad_side"),
    ] {
        assert_eq!(world.ws.trades(&request).await.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn groups_sum_by_the_traders_months() {
    let world = imported().await;
    let request = TradesRequest { group: Some("month".to_owned()), ..Default::default() };
    let page = world.ws.trades(&request).await.unwrap();
    let groups: Vec<(&str, usize)> = page.groups.iter().map(|group| (group.key.as_str(), group.trades)).collect();
    assert_eq!(groups, [("2024-09", 1), ("2024-08", 1), ("2024-07", 1), ("2024-06", 1)]);
}

#[tokio::test]
async fn a_label_is_found_at_once_and_can_be_taken_off() {
    let world = imported().await;
    let of = |tag: &str| TradesRequest { tag: Some(tag.to_owned()), ..Default::default() };
    let all = world.ws.trades(&TradesRequest::default()).await.unwrap();
    let trade = all.trades[0].trade.id.to_string();
    assert!(found(&world, of("breakout")).await.is_empty());
    world.ws.tag_trade(&trade, "breakout").await.unwrap();
    assert_eq!(found(&world, of("breakout")).await, ["BBB-4"]);
    assert_eq!(found(&world, searching("break")).await, ["BBB-4"]);
    assert_eq!(found(&world, of("")).await, ["BBB-3", "AAA-2", "AAA-1"]);
    world.ws.tag_trade(&trade, " ").await.unwrap();
    assert!(found(&world, of("breakout")).await.is_empty());
    assert_eq!(world.ws.tag_trade(&trade, "a\nb").await.unwrap_err().code(), "bad_tag");
    assert_eq!(world.ws.tag_trade(&"0".repeat(32), "x").await.unwrap_err().code(), "unknown_trade");
}

#[tokio::test]
async fn a_trade_with_several_labels_is_found_by_each_and_counts_in_each_of_the_figures() {
    let world = imported().await;
    let page = world.ws.trades(&TradesRequest::default()).await.unwrap();
    let id = |at: usize| page.trades[at].trade.id.to_string();
    assert_eq!(world.ws.tag_trade(&id(0), "dip,breakout , dip").await.unwrap().tag.as_deref(), Some("dip, breakout"));
    world.ws.tag_trade(&id(1), "breakout").await.unwrap();
    let of = |tag: &str| TradesRequest { tag: Some(tag.to_owned()), ..Default::default() };
    assert_eq!(found(&world, of("dip")).await, ["BBB-4"]);
    assert_eq!(found(&world, of("breakout")).await, ["BBB-4", "BBB-3"]);
    let grouped =
        world.ws.trades(&TradesRequest { group: Some("tag".to_owned()), ..Default::default() }).await.unwrap();
    let counts: Vec<_> = grouped.groups.iter().map(|group| (group.key.as_str(), group.trades)).collect();
    assert_eq!(counts, [("", 2), ("breakout", 2), ("dip", 1)]);

    let pnl = |by: &str| PnlRequest { by: Some(by.to_owned()), ..Default::default() };
    let report = world.ws.pnl(&pnl("tag")).await.unwrap();
    let gains: Vec<_> =
        report.groups.iter().map(|of| (of.key.as_str(), of.realised.0.normalize().to_string(), of.trades)).collect();
    // 0.4 sold at 150 and 0.6 at 90, of a coin that cost 101: 19.1 and -7.1.
    assert_eq!(gains, [("", "0".to_owned(), 0), ("breakout", "12".to_owned(), 2), ("dip", "-7.1".to_owned(), 1)]);
    assert_eq!(report.realised, world.ws.pnl(&pnl("coin")).await.unwrap().realised);
    assert!(report.notes.iter().any(|note| note.contains("several labels")), "{:?}", report.notes);
}

#[tokio::test]
async fn a_row_of_a_tax_year_names_its_sale_and_tax_is_estimated_only_at_a_rate_that_was_said() {
    let world = imported().await;
    let asked = TaxRequest { fy: 2025, method: None, timezone: None, lines: None };
    let year = world.ws.tax(&asked).await.unwrap();
    assert_eq!(year.estimate, None);
    let sale = year.disposals[0].sale.clone().unwrap();
    let (story, bought) = (world.ws.trade_story(&sale).await.unwrap(), year.disposals[0].parcel.clone().unwrap());
    assert_eq!(story.line.trade.external_id.as_deref(), Some("BBB-3"));
    assert_eq!(world.ws.trade_story(&bought).await.unwrap().line.trade.external_id.as_deref(), Some("AAA-1"));
    let rate = BTreeMap::from([("marginal_rate_pct".to_owned(), "37".to_owned())]);
    world.ws.tax_change(&TaxChange::Set { changes: rate }).await.unwrap();
    let estimate = world.ws.tax(&asked).await.unwrap().estimate.unwrap();
    // 37 % of 19.1 - 7.1.
    assert_eq!((estimate.rate_pct.to_string(), estimate.tax.to_string()), ("37".to_owned(), "4.44".to_owned()));
}

#[tokio::test]
async fn a_sale_opens_into_its_parcels_and_a_buy_into_the_sales_that_used_it() {
    let world = imported().await;
    let page = world.ws.trades(&searching("btc")).await.unwrap();
    let story = async |at: usize| world.ws.trade_story(&page.trades[at].trade.id.to_string()).await.unwrap();
    let sale = story(0).await;
    let [part] = sale.parcels.as_slice() else { panic!("{:?}", sale.parcels) };
    assert_eq!(part.quantity.to_string(), "0.6");
    assert_eq!([part.cost, part.proceeds, part.gain].map(|of| of.0.normalize().to_string()), ["60.6", "53.5", "-7.1"]);
    let buy = story(2).await;
    assert_eq!(buy.parcels.len(), 2);
    assert!(buy.steps.is_empty() && buy.evidence.is_empty());
    assert_ne!(buy.hash, sale.hash);
    assert!(buy.hash.len() == 64 && buy.hash.bytes().all(|b| b.is_ascii_hexdigit()), "{}", buy.hash);
}

#[tokio::test]
async fn a_sale_opens_into_the_parcel_that_was_picked_for_it() {
    let world = World::of(&[PRICES_SOURCE]).await;
    let header = FILE.lines().next().unwrap();
    let file = format!(
        "{header}\n2024-01-01T00:00:00Z,BTC,buy,1,100,0,,,A\n2024-02-01T00:00:00Z,BTC,buy,1,200,0,,,B\n\
         2024-03-01T00:00:00Z,BTC,sell,1,300,0,,,C\n"
    );
    world.ws.import("trades.csv", Cursor::new(file), &ImportOptions::default()).await.unwrap();
    let page = world.ws.trades(&TradesRequest::default()).await.unwrap();
    let (sale, dear) = (page.trades[0].trade.id, page.trades[1].trade.id);
    let cost = async || world.ws.trade_story(&sale.to_string()).await.unwrap().parcels[0].cost.0.normalize();
    assert_eq!(cost().await.to_string(), "100");
    let pick = ParcelPick {
        sale: PickedSale::Trade(sale),
        parcels: vec![(ParcelOrigin::Trade(dear), Quantity::parse("1").unwrap())],
        at: world.ws.now(),
    };
    world.ws.store().append(&[Fact::ParcelsPicked { pick: Box::new(pick) }], world.ws.now()).await.unwrap();
    assert_eq!(cost().await.to_string(), "200");
}

#[tokio::test]
async fn a_fill_opens_into_what_its_order_went_through_and_a_new_one_is_seen_at_once() {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000)]));
    world.run(PRICES_SOURCE).await;
    let paper = TradesRequest { book: Some("paper".to_owned()), ..Default::default() };
    assert!(world.ws.trades(&paper).await.unwrap().trades.is_empty());
    let order = OrderRequest {
        coin: "BTC".to_owned(),
        side: Side::Buy,
        book: Book::Paper,
        quantity: Some("1".to_owned()),
        aud: None,
        limit: None,
        again: false,
        until: None,
    };
    world.ws.order_place(&order).await.unwrap();
    let page = world.ws.trades(&paper).await.unwrap();
    let story = world.ws.trade_story(&page.trades[0].trade.id.to_string()).await.unwrap();
    let kinds: Vec<&str> = story.steps.iter().map(|step| step.kind.as_str()).collect();
    assert_eq!((kinds.first(), kinds.contains(&"trade")), (Some(&"order_proposed"), true), "{kinds:?}");
}

#[tokio::test]
async fn trades_of_an_earlier_paper_wallet_stay_in_the_history_and_a_new_fill_joins_them() {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000)]));
    world.run(PRICES_SOURCE).await;
    let order = OrderRequest {
        coin: "BTC".to_owned(),
        side: Side::Buy,
        book: Book::Paper,
        quantity: Some("1".to_owned()),
        aud: None,
        limit: None,
        again: true,
        until: None,
    };
    let paper = TradesRequest { book: Some("paper".to_owned()), ..Default::default() };
    let count = async || {
        let page = world.ws.trades(&paper).await.unwrap();
        assert_eq!((page.all, page.found.trades), (page.trades.len(), page.trades.len()));
        page.trades.len()
    };
    world.ws.order_place(&order).await.unwrap();
    let before = count().await;
    world.ws.paper_reset("100000").await.unwrap();
    assert_eq!(count().await, before);
    world.ws.order_place(&order).await.unwrap();
    assert!(count().await > before);
    assert!(
        world.ws.positions(Book::Paper, None).await.unwrap().positions[0].quantity <= Quantity::parse("1").unwrap()
    );
}
