//! The peers' generated fills: other engines reached these sums.

use crate::support::{dec, live, no_prices, time};
use books::{GroupBy, PnlQuery, pnl};
use domain::{Book, Decimal, Price, Quantity, RowKind, Side, Timestamp, TradeRow};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

fn number(numbers: &mut HashMap<String, u32>, name: &str) -> u32 {
    let next = numbers.len() as u32 + 1;
    *numbers.entry(name.to_owned()).or_insert(next)
}

fn generated(count: &str) -> Option<Vec<TradeRow>> {
    let Ok(recorded) = std::env::var("OMC_RECORDED") else {
        eprintln!("skipped: OMC_RECORDED is not set");
        return None;
    };
    let script = PathBuf::from(recorded).join("../peers/gen.py");
    let file = std::env::temp_dir().join(format!("books-fills-{}-{count}.csv", std::process::id()));
    let ran = Command::new("python3").arg(&script).args(["fills", count]).arg(&file).status();
    if !ran.is_ok_and(|status| status.success()) {
        eprintln!("skipped: python3 could not run {}", script.display());
        return None;
    }
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let (mut coins, mut algorithms) = (HashMap::new(), HashMap::new());
    let rows = text.lines().skip(1).enumerate().map(|(seq, line)| {
        let field: Vec<_> = line.split(',').collect();
        TradeRow {
            time: time(field[0]),
            recorded_at: Timestamp::from_micros(0),
            seq: seq as u64,
            quantity: Quantity::parse(field[3]).unwrap(),
            price: Price::parse(field[4]).unwrap(),
            fee: dec(field[5]),
            device: 1,
            coin: number(&mut coins, field[1]),
            algorithm: number(&mut algorithms, field[6]),
            side: if field[2] == "buy" { Side::Buy } else { Side::Sell },
            book: Book::Live,
            kind: RowKind::Trade,
        }
    });
    Some(rows.collect())
}

/// Count, gross by coin and by algorithm, net by coin and by algorithm.
const SUMS: [(&str, [&str; 4]); 2] = [
    ("10000", ["1459.6154646549", "824.1458812560", "-2689.4238752751", "-3325.5289254240"]),
    ("100000", ["-2380.4417403982", "-1862.4561544558", "-55813.1187904082", "-55294.6152158258"]),
];

#[test]
fn the_peers_sums_are_reached() {
    for (count, [gross_coin, gross_algorithm, net_coin, net_algorithm]) in SUMS {
        let Some(rows) = generated(count) else { return };
        let by_algorithm = PnlQuery { by: GroupBy::Algorithm, ..live() };
        let free: Vec<_> = rows.iter().map(|row| TradeRow { fee: Decimal::ZERO, ..*row }).collect();
        let realised = |rows: &[TradeRow], query: &PnlQuery| pnl(rows, query, &no_prices).unwrap().realised.amount();
        assert_eq!(realised(&free, &live()), dec(gross_coin));
        assert_eq!(realised(&free, &by_algorithm), dec(gross_algorithm));
        // They cut each share of a fee at 1e-8.
        let near = |value: Decimal, expected: &str| (value - dec(expected)).abs() < dec("0.02");
        assert!(near(realised(&rows, &live()), net_coin), "{}", realised(&rows, &live()));
        assert!(near(realised(&rows, &by_algorithm), net_algorithm), "{}", realised(&rows, &by_algorithm));
        assert!(pnl(&rows, &by_algorithm, &no_prices).unwrap().unknown_basis.is_empty());
    }
}
