use super::*;
use chrono_tz::Australia::Sydney;
use domain::{Decimal, Side};

const NATIVE: &str = "time,coin,side,quantity,price,fee,algorithm,venue,external_id\n";
const COINSPOT: &str = "Transaction Date,Type,Market,Amount,Rate inc. fee,Rate ex. fee,Fee,Fee AUD (inc GST),GST AUD,\
                        Total AUD,Total (inc GST)\n";

fn read(text: impl AsRef<[u8]>) -> Result<TradeFile, TradeFileError> {
    read_trades(text.as_ref(), None, Sydney)
}

#[test]
fn the_native_file_is_read_exactly() {
    let file = read(format!("{NATIVE}2024-07-01T10:00:00+10:00,btc,BUY,0.5,90000.10,45.00005,sma_cross,kraken,x1\n"));
    let trade = &file.unwrap().trades[0];
    assert_eq!(trade.time.to_string(), "2024-07-01T00:00:00Z");
    assert_eq!((trade.coin.as_str(), trade.side), ("BTC", Side::Buy));
    assert_eq!(trade.fee.amount(), Decimal::from_str_exact("45.00005").unwrap());
    assert_eq!(trade.external_id.as_deref(), Some("x1"));
}

#[test]
fn a_coinspot_row_takes_the_exact_fee_and_the_rate_without_it() {
    let file = read(format!(
        "{COINSPOT}31/08/2021 03:07 PM,Sell,COMP/AUD,1.88933596,599.4,\"1,605.58\",\"12.456 AUD\",12.46,1.13,1144.13,1144.13 AUD\n"
    ))
    .unwrap();
    let trade = &file.trades[0];
    assert_eq!(trade.time.to_string(), "2021-08-31T05:07:00Z", "3:07 PM in Sydney's winter");
    assert_eq!(trade.price.to_string(), "1605.58");
    assert_eq!(trade.fee.amount().to_string(), "12.456");
}

#[test]
fn coinspot_exports_are_turned_oldest_first_and_ties_keep_their_order() {
    let row = |date: &str, amount: &str| format!("{date},Buy,XLM/AUD,{amount},0.5,0.495,0.1 AUD,0.1,0.01,10,10 AUD\n");
    let newest_first = [row("2/09/2021 5:52", "3"), row("1/09/2021 5:52", "2"), row("1/09/2021 5:52", "1")].concat();
    let file = read(format!("{COINSPOT}{newest_first}")).unwrap();
    let amounts: Vec<String> = file.trades.iter().map(|trade| trade.quantity.to_string()).collect();
    assert_eq!(amounts, ["1", "2", "3"]);
}

#[test]
fn two_equal_rows_are_two_trades_and_the_same_file_again_names_the_same_ones() {
    let row = "2024-07-01T00:00:00Z,BTC,buy,1,2,3,,,\n";
    let ids =
        || -> Vec<TradeId> { read(format!("{NATIVE}{row}{row}")).unwrap().trades.iter().map(Trade::id).collect() };
    assert_ne!(ids()[0], ids()[1]);
    assert_eq!(ids(), ids());
}

#[test]
fn every_bad_line_is_named_with_its_reason() {
    let good = "2024-07-01T00:00:00Z,BTC,buy,1,2,3,,,\n";
    let bad = [
        ("2024-13-01T00:00:00Z,BTC,buy,1,2,3,,,", "not a time"),
        ("2024-07-01,BTC,buy,1,2,3,,,", "not a time"),
        ("2024-07-01T00:00:00Z,=CMD(),buy,1,2,3,,,", "not a coin"),
        ("2024-07-01T00:00:00Z,BTC,hold,1,2,3,,,", "neither buy nor sell"),
        ("2024-07-01T00:00:00Z,BTC,buy,NaN,2,3,,,", "quantity"),
        ("2024-07-01T00:00:00Z,BTC,buy,0,2,3,,,", "quantity is zero"),
        ("2024-07-01T00:00:00Z,BTC,buy,-1,2,3,,,", "quantity"),
        ("2024-07-01T00:00:00Z,BTC,buy,1e400,2,3,,,", "quantity"),
        ("2024-07-01T00:00:00Z,BTC,buy,1,0,3,,,", "price"),
        ("2024-07-01T00:00:00Z,BTC,buy,1,2,-3,,,", "below zero"),
        ("2024-07-01T00:00:00Z,BTC,buy,1,2,,,,", "fee"),
        ("2024-07-01T00:00:00Z,BTC,buy,1,2,3", "fields"),
        ("2024-07-01T00:00:00Z,BTC,buy,1000000000000000001,0.000001,3,,,", "any coin"),
        ("2024-07-01T00:00:00Z,BTC,buy,9999999999,9999999999,3,,,", "mistyped"),
        ("2024-07-01T00:00:00Z,BTC,buy,9999999999999999,9999999999999999999999999999,3,,,", "mistyped"),
        ("2024-07-01T00:00:00Z,BTC,buy,1,2,1000000000000001,,,", "mistyped"),
        ("9999-12-31T23:59:59Z,BTC,buy,1,2,3,,,", "year"),
        ("0001-01-01T00:00:00Z,BTC,buy,1,2,3,,,", "year"),
    ];
    for (line, reason) in bad {
        let file = read(format!("{NATIVE}{good}{line}\n")).unwrap();
        assert_eq!((file.read, file.trades.len()), (2, 1), "{line}");
        assert_eq!(file.rejected[0].line, 3, "{line}");
        assert!(file.rejected[0].reason.contains(reason), "{line}: {}", file.rejected[0].reason);
    }
}

#[test]
fn a_trades_report_is_read_back_and_paper_money_in_it_is_refused() {
    let header = format!("{},book,order_id,id\n", NATIVE.trim_end());
    let row =
        |external: &str, book: &str| format!("2024-07-01T00:00:00Z,BTC,buy,1,2,3,,kraken,{external},{book},,ab\n");
    let file = read(format!("{header}{}{}{}", row("x1", "live"), row("'-7", ""), row("x3", "paper"))).unwrap();
    let ids: Vec<_> = file.trades.iter().map(|trade| trade.external_id.as_deref()).collect();
    assert_eq!(ids, [Some("x1"), Some("-7")], "the id as it was before the report made it inert");
    assert_eq!(file.rejected[0].line, 4);
    assert!(file.rejected[0].reason.contains("paper trade"));
    let theirs = read(format!("{NATIVE}2024-07-01T00:00:00Z,BTC,buy,1,2,3,,,'-7\n")).unwrap();
    assert_eq!(theirs.trades[0].external_id.as_deref(), Some("'-7"), "a file that is not our report is taken as it is");
}

#[test]
fn what_is_no_trade_file_is_refused_as_a_whole() {
    let code = |bytes: &[u8]| read(bytes).unwrap_err().code();
    assert_eq!(code(b""), "empty_file");
    assert_eq!(code(b"a,b,c\n1,2,3\n"), "unknown_format");
    assert_eq!(code(b"time,coin,side,quantity,price\n"), "unknown_format");
    assert_eq!(code(b"time,coin,side,quantity,price,fee,algorithm,venue,external_id,coin\n"), "unknown_format");
    assert_eq!(code(b"\xff\xfet\0i\0m\0e\0,\0\n\0"), "not_utf8");
    assert_eq!(code(&[0x7f, 0x45, 0x4c, 0x46, 0, 0, 1, 0xff]), "not_utf8");
    let mut giant = NATIVE.as_bytes().to_vec();
    giant.resize(1 << 20, b'x');
    assert_eq!(code(&giant), "line_too_long");
}

#[test]
fn a_line_that_is_not_text_is_one_bad_line() {
    let mut bytes = NATIVE.as_bytes().to_vec();
    bytes.extend_from_slice(b"2024-07-01T00:00:00Z,B\xffC,buy,1,2,3,,,\n");
    let file = read(bytes).unwrap();
    assert_eq!(file.rejected[0].line, 2);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_taken() {
    let text = format!("\u{feff}{}2024-07-01T00:00:00Z,BTC,buy,1,2,3,,,\r\n", NATIVE.replace('\n', "\r\n"));
    assert_eq!(read(text).unwrap().trades.len(), 1);
}

#[test]
fn fees_and_markets_in_other_currencies_are_refused_not_guessed() {
    let row = |market: &str, fee: &str| {
        format!("{COINSPOT}2/09/2021 5:52,Buy,{market},3,0.5,0.495,{fee},0.1,0.01,10,10 AUD\n")
    };
    assert!(read(row("BTC/USDT", "0.1 AUD")).unwrap().rejected[0].reason.contains("not in AUD"));
    assert!(read(row("BTC/AUD", "0.1 USDT")).unwrap().rejected[0].reason.contains("USDT"));
    assert!(read(row("BTC/AUD", "\"1,00 AUD\"")).unwrap().rejected[0].reason.contains("not a number"));
}

#[test]
fn an_hour_the_clocks_skip_is_refused_and_a_repeated_one_is_the_first() {
    let row = |date: &str| format!("{COINSPOT}{date},Buy,BTC/AUD,3,0.5,0.495,0.1 AUD,0.1,0.01,10,10 AUD\n");
    assert!(read(row("3/10/2021 2:30")).unwrap().rejected[0].reason.contains("does not exist"));
    assert_eq!(read(row("4/04/2021 2:30")).unwrap().trades[0].time.to_string(), "2021-04-03T15:30:00Z");
}
