//! A real CoinSpot export, with gains worked out by hand.

use crate::support::{dec, live, no_prices, time};
use books::{GroupKey, pnl};
use domain::{Book, Price, Quantity, RowKind, Side, Timestamp, TradeRow};

const COINS: [&str; 5] = ["COMP", "OMG", "SNX", "SUSHI", "XLM"];

/// `6/11/2021 22:16`; the zone does not matter for the order, so UTC.
fn export_time(text: &str) -> Timestamp {
    let number: Vec<u32> = text.split(['/', ' ', ':']).map(|part| part.parse().unwrap()).collect();
    let [day, month, year, hour, minute] = number[..] else { panic!("{text}") };
    time(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z"))
}

fn export() -> Option<Vec<TradeRow>> {
    let Ok(recorded) = std::env::var("OMC_RECORDED") else {
        eprintln!("skipped: OMC_RECORDED is not set");
        return None;
    };
    let file = format!("{recorded}/cost_basis/coinspot_orderhistory_2021/orderhistory_part.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    // Newest first, so the last line is the first trade.
    let rows = text.lines().skip(1).collect::<Vec<_>>().into_iter().rev().enumerate().map(|(seq, line)| {
        let field: Vec<_> = line.split(',').collect();
        let coin = field[2].split('/').next().unwrap();
        TradeRow {
            time: export_time(field[0]),
            recorded_at: Timestamp::from_micros(0),
            seq: seq as u64,
            quantity: Quantity::parse(field[3]).unwrap(),
            price: Price::parse(field[5]).unwrap(),
            fee: dec(field[6].split(' ').next().unwrap()),
            device: 1,
            coin: COINS.iter().position(|known| *known == coin).unwrap() as u32,
            algorithm: 0,
            side: if field[1] == "Buy" { Side::Buy } else { Side::Sell },
            book: Book::Live,
            kind: RowKind::Trade,
        }
    });
    Some(rows.collect())
}

#[test]
fn the_real_export_gains_what_was_worked_out_by_hand() {
    let Some(rows) = export() else { return };
    assert_eq!(rows.len(), 59);
    let report = pnl(&rows, &live(), &no_prices).unwrap();
    assert_eq!(report.realised.to_cents().amount(), dec("1022.51"));
    let gains: Vec<_> =
        report.groups.iter().map(|group| (group.key.clone(), group.realised.to_cents().amount())).collect();
    let expected = ["155.90", "86.28", "458.46", "299.43", "22.44"];
    let expected = expected.iter().enumerate().map(|(coin, gain)| (GroupKey::Coin(coin as u32), dec(gain)));
    assert_eq!(gains, expected.collect::<Vec<_>>());
    assert!(report.unknown_basis.is_empty());
    assert_eq!(report.metrics.trades, 15);
}
