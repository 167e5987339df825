//! The worked year of docs/tax.md is what the engine computes.

use crate::support::{dec, time};
use books::{FinancialYear, Method, Numbers, TaxQuery, Told, income, rows_of, tax_year};
use domain::{
    Book, Coin, Decimal, Direction, Fact, Money, Moved, Movement, Price, Quantity, RowKind, Side, Timestamp, TradeRow,
    Why,
};

const PAGE: &str = include_str!("../../../../docs/tax.md");
const SYDNEY: chrono_tz::Tz = chrono_tz::Australia::Sydney;

/// The cells of the table that stands under a mark.
fn table(mark: &str) -> Vec<Vec<String>> {
    let after = PAGE.split(&format!("<!-- {mark} -->\n")).nth(1).unwrap_or_else(|| panic!("no table {mark}"));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    after.lines().take_while(|line| line.starts_with('|')).skip(2).map(cells).collect()
}

fn number(coin: &str) -> u32 {
    if coin == "BTC" { 1 } else { 2 }
}

fn row(at: usize, cells: &[String]) -> TradeRow {
    TradeRow {
        time: time(&format!("{}T02:00:00Z", cells[0])),
        recorded_at: Timestamp::default(),
        seq: at as u64,
        quantity: Quantity::parse(&cells[3]).unwrap(),
        price: Price::parse(&cells[4]).unwrap(),
        fee: dec(&cells[5]),
        device: 1,
        coin: number(&cells[2]),
        algorithm: 0,
        side: if cells[1] == "buy" { Side::Buy } else { Side::Sell },
        book: Book::Live,
        kind: RowKind::Trade,
    }
}

fn reward(cells: &[String]) -> Movement {
    let quantity = Quantity::parse(&cells[3]).unwrap();
    Movement {
        book: Book::Live,
        time: time(&format!("{}T02:00:00Z", cells[0])),
        what: Moved::Coins {
            direction: Direction::In,
            coin: Coin::parse(&cells[2]).unwrap(),
            quantity,
            why: Why::parse(&cells[1]).unwrap(),
        },
        value: Some(Price::parse(&cells[4]).unwrap().times(quantity).unwrap()),
        fee: None,
        network_fee: None,
        venue: None,
        party: None,
        external_id: None,
        note: None,
        occurrence: 0,
    }
}

/// The rows of the page, and what came as income.
fn history() -> (Vec<TradeRow>, Vec<Fact>) {
    let (mut rows, mut facts) = (Vec::new(), Vec::new());
    for (at, cells) in table("trades").iter().enumerate() {
        if Why::parse(&cells[1]).is_some() {
            facts.push(Fact::Movement { movement: Box::new(reward(cells)) });
        } else {
            rows.push(row(at, cells));
        }
    }
    let told = told(&facts);
    let mut numbers = Numbers { coin: &mut |coin| number(coin.as_str()), name: &mut |_| 0 };
    rows.extend(rows_of(&told, &mut numbers).rows);
    rows.sort_by(TradeRow::fold_order);
    (rows, facts)
}

fn told(facts: &[Fact]) -> Vec<Told<'_>> {
    Told::all(facts.iter().enumerate().map(|(at, fact)| (2, at as u64, Timestamp::default(), fact)))
}

fn year(method: Method) -> books::TaxYear {
    let query = TaxQuery::of(Book::Live, method, SYDNEY, time("2025-08-01T00:00:00Z"));
    tax_year(&history().0, &query, FinancialYear::new(2025).unwrap()).unwrap()
}

#[test]
fn the_disposals_of_the_worked_year_are_those_on_the_page() {
    let shown: Vec<Vec<String>> = table("disposals");
    let computed = year(Method::Fifo).disposals;
    assert_eq!(shown.len(), computed.len());
    let day = |time: Timestamp| time.to_utc().with_timezone(&SYDNEY).date_naive().to_string();
    for (cells, line) in shown.iter().zip(&computed) {
        assert_eq!((number(&cells[0]), &cells[1], &cells[2]), (line.coin, &day(line.acquired), &day(line.disposed)));
        let sums = [line.quantity.decimal(), line.proceeds.amount(), line.cost_base.amount(), line.gain.amount()];
        let read: Vec<Decimal> = cells[3..7].iter().map(|cell| dec(cell)).collect();
        assert_eq!(read, sums, "{cells:?}");
        assert_eq!(cells[7] == "yes", line.discount, "{cells:?}");
    }
}

#[test]
fn the_sums_of_the_worked_year_are_those_on_the_page() {
    let year = year(Method::Fifo);
    let facts = history().1;
    let income = income(&told(&facts), FinancialYear::new(2025).unwrap(), SYDNEY).unwrap();
    let gains = year.discount_gains.checked_add(year.other_gains).unwrap();
    let computed: [(&str, Money); 10] = [
        ("capital gains", gains),
        ("of these with the discount", year.discount_gains),
        ("of these without", year.other_gains),
        ("losses of the year", year.losses),
        ("losses brought forward", year.losses_brought_forward),
        ("losses applied", year.losses_applied),
        ("discount", year.discount),
        ("net capital gain", year.net_capital_gain),
        ("losses carried forward", year.losses_carried_forward),
        ("other income", income.total),
    ];
    let shown = table("year");
    assert_eq!(shown.len(), computed.len());
    for (cells, (name, sum)) in shown.iter().zip(computed) {
        assert_eq!((cells[0].as_str(), dec(&cells[1])), (name, sum.amount()));
    }
}

#[test]
fn each_method_comes_to_what_the_page_says_and_the_repurchase_is_pointed_out() {
    let shown = table("methods");
    assert_eq!(shown.len(), 3);
    for cells in &shown {
        let year = year(Method::parse(&cells[0]).unwrap());
        let computed = (year.net_capital_gain.amount(), year.losses_carried_forward.amount());
        assert_eq!((dec(&cells[1]), dec(&cells[2])), computed, "{cells:?}");
    }
    let found = year(Method::Fifo).patterns;
    assert_eq!(found.iter().map(|one| one.loss.amount()).collect::<Vec<_>>(), [dec("2819.60")]);
}
