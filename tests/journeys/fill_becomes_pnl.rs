//! A fill becomes P&L and a line in a report.

use crate::desk::{STEP, btc, collect, decimal, open, place, request, world};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::sync::Arc;
use support::{folder, on_own_world};
use workstation::commands::ReportRequest;
use workstation::dto::PnlRequest;
use workstation::{Book, Workstation};

async fn pnl(desk: &Workstation) -> Value {
    json!(desk.pnl(&PnlRequest { book: Some("paper".into()), ..PnlRequest::default() }).await.unwrap())
}

async fn position(desk: &Workstation) -> Value {
    json!(desk.positions(Book::Paper, Some("BTC")).await.unwrap())["positions"][0].clone()
}

#[test]
fn buying_and_selling_half_is_the_gain_a_person_works_out_by_hand() {
    const NAME: &str = "fill_becomes_pnl::buying_and_selling_half_is_the_gain_a_person_works_out_by_hand";
    on_own_world(NAME, |port| async move {
        let (folder, world) = (folder(), world(port).await);
        let desk = open(folder.path()).await;
        collect(&desk).await;

        let bought = place(&desk, &request("buy", ("aud", "1000"), None)).await;
        assert_eq!(bought["state"], "filled", "{bought}");
        let buy = bought["fills"][0].clone();
        let quantity = decimal(&buy["quantity"]);
        let cost = quantity * decimal(&buy["price"]) + decimal(&buy["fee"]);
        assert!(cost <= Decimal::from(1000), "{cost} is within what was to be spent");
        assert_eq!(decimal(&position(&desk).await["cost"]), cost, "the fee is part of the cost");

        // Half of it is sold after the price moved.
        world.advance(STEP);
        collect(&desk).await;
        let half = (quantity / Decimal::TWO).round_dp(8);
        let sold = place(&desk, &request("sell", ("quantity", &half.to_string()), None)).await;
        assert_eq!(sold["state"], "filled", "{sold}");
        let sell = sold["fills"][0].clone();
        let proceeds = half * decimal(&sell["price"]) - decimal(&sell["fee"]);
        let gain = proceeds - cost * half / quantity;
        let report = pnl(&desk).await;
        assert!((decimal(&report["realised"]) - gain).abs() < Decimal::new(1, 12), "{gain} by hand, {report}");
        assert_eq!(decimal(&report["fees"]), decimal(&buy["fee"]) + decimal(&sell["fee"]));

        // The rest is worth what a seller gets now.
        world.advance(STEP);
        collect(&desk).await;
        let (held, bid) = (position(&desk).await, decimal(&btc(&desk).await["bid"]));
        assert_eq!(decimal(&held["quantity"]), quantity - half);
        assert_eq!(decimal(&held["market_value"]), (quantity - half) * bid);
        assert_eq!(decimal(&held["unrealised"]), (quantity - half) * bid - decimal(&held["cost"]));
        let report = pnl(&desk).await;
        assert_eq!(report["unrealised"], held["unrealised"]);
        assert_eq!(decimal(&report["total"]), decimal(&report["realised"]) + decimal(&report["unrealised"]));

        // The ticker, kept as fills arrive, says what the refold says, also after a restart.
        let ticker = json!(desk.status().await.unwrap())["paper"].clone();
        assert_eq!((&ticker["realised"], &ticker["unrealised"]), (&report["realised"], &report["unrealised"]));
        desk.close().await;
        let desk = open(folder.path()).await;
        assert_eq!(json!(desk.status().await.unwrap())["paper"], ticker);
        assert!(desk.verify().await.unwrap().ok);
        desk.close().await;
    });
}

#[test]
fn every_fill_is_a_line_of_the_report_with_every_digit() {
    on_own_world("fill_becomes_pnl::every_fill_is_a_line_of_the_report_with_every_digit", |port| async move {
        let (folder, _world) = (folder(), world(port).await);
        let desk = open(folder.path()).await;
        collect(&desk).await;
        for aud in ["100", "250.50"] {
            assert_eq!(place(&desk, &request("buy", ("aud", aud), None)).await["state"], "filled");
        }
        let file = folder.path().join("trades.csv");
        let asked = ReportRequest {
            kind: "trades".to_owned(),
            format: "csv".to_owned(),
            book: Book::Paper,
            pnl: PnlRequest::default(),
            fy: None,
            generated_at: None,
            job: Arc::default(),
        };
        let written = json!(desk.report(&asked, &file).await.unwrap());
        assert_eq!(written["rows"], 2);
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        let column = |name: &str| lines[0].iter().position(|title| *title == name).unwrap();
        let history = json!(desk.history(&workstation::dto::TradesRequest::of(Book::Paper)).await.unwrap());
        for (line, trade) in lines[1..].iter().zip(history["trades"].as_array().unwrap()) {
            for name in ["id", "time", "coin", "side", "quantity", "price", "fee", "book"] {
                assert_eq!(line[column(name)], trade[name].as_str().unwrap(), "{name}");
            }
        }
        desk.close().await;
    });
}
