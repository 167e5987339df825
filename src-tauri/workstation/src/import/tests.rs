use super::*;
use chrono_tz::Australia::Sydney;
use domain::{Decimal, Side};

const NATIVE: &str = "time,coin,side,quantity,price,fee,algorithm,venue,external_id\n";
const COINSPOT: &str = "Transaction Date,Type,Market,Amount,Rate inc. fee,Rate ex. fee,Fee,Fee AUD (inc GST),GST AUD,\
                        Total AUD,Total (inc GST)\n";

const MOVEMENTS: &str = "time,kind,direction,coin,quantity,value,fee,network_fee,party,external_id,note\n";
const TRANSFERS: &str = "Transaction Date,Type,Coin,Status,Fee,Amount,Address,Txid,Aud\n";

fn read(text: impl AsRef<[u8]>) -> Result<ImportFile, TradeFileError> {
    let reading = Reading { zone: Sydney, now: Timestamp::parse("2026-07-01T00:00:00Z").unwrap() };
    read_file(text.as_ref(), None, reading)
}

impl ImportFile {
    fn trades(&self) -> Vec<Trade> {
        let trade = |entry: &Entry| if let Entry::Trade(trade) = entry { Some(trade.clone()) } else { None };
        self.entries.iter().filter_map(trade).collect()
    }

    fn movements(&self) -> Vec<Movement> {
        let movement =
            |entry: &Entry| if let Entry::Movement(movement) = entry { Some((**movement).clone()) } else { None };
        self.entries.iter().filter_map(movement).collect()
    }
}

#[test]
fn the_native_file_is_read_exactly() {
    let file = read(format!("{NATIVE}2024-07-01T10:00:00+10:00,btc,BUY,0.5,90000.10,45.00005,sma_cross,kraken,x1\n"));
    let trade = &file.unwrap().trades()[0];
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
    let trade = &file.trades()[0];
    assert_eq!(trade.time.to_string(), "2021-08-31T05:07:00Z", "3:07 PM in Sydney's winter");
    assert_eq!(trade.price.to_string(), "1605.58");
    assert_eq!(trade.fee.amount().to_string(), "12.456");
}

#[test]
fn coinspot_exports_are_turned_oldest_first_and_ties_keep_their_order() {
    let row = |date: &str, amount: &str| format!("{date},Buy,XLM/AUD,{amount},0.5,0.495,0.1 AUD,0.1,0.01,10,10 AUD\n");
    let newest_first = [row("2/09/2021 5:52", "3"), row("1/09/2021 5:52", "2"), row("1/09/2021 5:52", "1")].concat();
    let file = read(format!("{COINSPOT}{newest_first}")).unwrap();
    let amounts: Vec<String> = file.trades().iter().map(|trade| trade.quantity.to_string()).collect();
    assert_eq!(amounts, ["1", "2", "3"]);
}

#[test]
fn two_equal_rows_are_two_trades_and_the_same_file_again_names_the_same_ones() {
    let row = "2024-07-01T00:00:00Z,BTC,buy,1,2,3,,,\n";
    let ids =
        || -> Vec<TradeId> { read(format!("{NATIVE}{row}{row}")).unwrap().trades().iter().map(Trade::id).collect() };
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
        assert_eq!((file.read, file.trades().len()), (2, 1), "{line}");
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
    let trades = file.trades();
    let ids: Vec<_> = trades.iter().map(|trade| trade.external_id.as_deref()).collect();
    assert_eq!(ids, [Some("x1"), Some("-7")], "the id as it was before the report made it inert");
    assert_eq!(file.rejected[0].line, 4);
    assert!(file.rejected[0].reason.contains("paper trade"));
    let theirs = read(format!("{NATIVE}2024-07-01T00:00:00Z,BTC,buy,1,2,3,,,'-7\n")).unwrap();
    assert_eq!(
        theirs.trades()[0].external_id.as_deref(),
        Some("'-7"),
        "a file that is not our report is taken as it is"
    );
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
    assert_eq!(read(text).unwrap().trades().len(), 1);
}

#[test]
fn fees_and_markets_in_other_currencies_are_refused_not_guessed() {
    let row = |market: &str, fee: &str| {
        format!("{COINSPOT}2/09/2021 5:52,Buy,{market},3,0.5,0.495,{fee},0.1,0.01,10,10 AUD\n")
    };
    assert!(read(row("BTC/USD", "0.1 AUD")).unwrap().rejected[0].reason.contains("not in AUD"));
    assert!(read(row("BTC/AUD", "0.1 USDT")).unwrap().rejected[0].reason.contains("USDT"));
    assert!(read(row("BTC/AUD", "\"1,00 AUD\"")).unwrap().rejected[0].reason.contains("not a number"));
}

#[test]
fn an_hour_the_clocks_skip_is_refused_and_a_repeated_one_is_the_first() {
    let row = |date: &str| format!("{COINSPOT}{date},Buy,BTC/AUD,3,0.5,0.495,0.1 AUD,0.1,0.01,10,10 AUD\n");
    assert!(read(row("3/10/2021 2:30")).unwrap().rejected[0].reason.contains("does not exist"));
    assert_eq!(read(row("4/04/2021 2:30")).unwrap().trades()[0].time.to_string(), "2021-04-03T15:30:00Z");
}

#[test]
fn what_lies_in_the_future_is_refused_unless_clocks_can_differ_so_much() {
    let row = |time: &str| format!("{NATIVE}{time},BTC,buy,1,2,3,,,\n");
    assert_eq!(read(row("2026-07-01T00:09:00Z")).unwrap().trades().len(), 1);
    assert!(read(row("2026-07-01T00:11:00Z")).unwrap().rejected[0].reason.contains("in the future"));
    let moved = format!("{MOVEMENTS}2027-01-01T00:00:00Z,gift,in,BTC,1,,,,,,\n");
    assert!(read(moved).unwrap().rejected[0].reason.contains("in the future"));
}

#[test]
fn the_smallest_and_the_largest_quantities_are_read_exactly() {
    for quantity in ["0.00000001", "1000000000000"] {
        let file = read(format!("{NATIVE}2024-07-01T00:00:00Z,SHIB,sell,{quantity},0.00000001,0,,,\n")).unwrap();
        assert_eq!(file.trades()[0].quantity.to_string(), quantity);
        let file = read(format!("{MOVEMENTS}2024-07-01T00:00:00Z,airdrop,,SHIB,{quantity},,,,,,\n")).unwrap();
        let Moved::Coins { quantity: read, .. } = file.movements()[0].what else { panic!("{file:?}") };
        assert_eq!(read.to_string(), quantity);
    }
}

#[test]
fn native_movements_of_every_kind_are_read() {
    let header = format!("{},venue,to_coin,to_quantity,from,to\n", MOVEMENTS.trim_end());
    let rows = "2024-07-01T00:00:00Z,cash,in,AUD,1000,,,,my bank,,,coinspot,,,,\n\
                2024-07-02T00:00:00Z,own_wallet,out,BTC,0.25,20000,,0.0001,bc1q,0xab,cold,coinspot,,,,\n\
                2024-07-03T00:00:00Z,opening,,ETH,2,4000,,,,,,,,,,\n\
                2024-07-04T00:00:00Z,swap,,BTC,0.5,45000,450,,,,,kraken,ETH,10,,\n\
                2024-07-05T00:00:00Z,between,,BTC,0.1,,,,,,,,,,manual,dip\n";
    let file = read(format!("{header}{rows}")).unwrap();
    assert_eq!((file.layout, file.rejected.len()), (Layout::Movements, 0), "{:?}", file.rejected);
    let [cash, wallet, opening, swap, between] = file.movements().try_into().unwrap();
    assert!(
        matches!(cash.what, Moved::Cash { direction: domain::Direction::In, amount } if amount == domain::Money::aud(Decimal::from(1000)))
    );
    assert_eq!(wallet.network_fee.unwrap().to_string(), "0.0001");
    assert!(matches!(opening.what, Moved::Coins { direction: domain::Direction::In, why: domain::Why::Opening, .. }));
    assert!(matches!(swap.what, Moved::Swap { gave_quantity, got_quantity, .. }
        if gave_quantity.to_string() == "0.5" && got_quantity.to_string() == "10"));
    assert!(matches!(&between.what, Moved::Between { from: None, to: Some(to), .. } if to.as_str() == "dip"));
}

#[test]
fn every_bad_movement_is_named_with_its_reason() {
    let bad = [
        ("cash,in,USD,100,,,,,,", "what was it worth in AUD"),
        ("cash,in,BTC,100,,,,,,", "cash is AUD"),
        ("gift,in,AUD,100,,,,,,", "its kind is cash"),
        ("gift,in,EUR,100,,,,,,", "what was it worth in AUD"),
        ("gift,in,BTC,1,100 USD,,,,,", "what is it in AUD"),
        ("gift,in,BTC,1,,3 USDT,,,,", "what is it in AUD"),
        ("gift,,BTC,1,,,,,,", "neither in nor out"),
        ("lost,in,BTC,1,,,,,,", "can't go in"),
        ("airdrop,out,BTC,1,,,,,,", "can't go out"),
        ("stolen,out,BTC,1,,,,,,", "is none of"),
        ("swap,,BTC,1,,,,,,", "coin"),
        ("gift,in,BTC,0,,,,,,", "quantity is zero"),
        ("gift,in,BTC,-1,,,,,,", "quantity"),
        ("gift,in,BTC,NaN,,,,,,", "quantity"),
        ("gift,in,BTC,1,-5,,,,,", "below zero"),
        ("cash,in,AUD,5,,,0.1,,,", "network_fee"),
    ];
    for (row, reason) in bad {
        let file = read(format!("{MOVEMENTS}2024-07-01T00:00:00Z,{row}\n")).unwrap();
        assert_eq!(file.entries.len(), 0, "{row}");
        assert!(file.rejected[0].reason.contains(reason), "{row}: {}", file.rejected[0].reason);
    }
}

#[test]
fn a_coinspot_row_of_two_coins_is_a_swap_of_what_was_paid_for_what_was_got() {
    let row = |kind: &str, total: &str| {
        format!("{COINSPOT}2/09/2021 5:52,{kind},BTC/USDT,0.5,40400,40000,200 USDT,270,24.55,27270,{total} USDT\n")
    };
    let swap = |text: String| {
        let file = read(text).unwrap();
        assert!(file.rejected.is_empty(), "{:?}", file.rejected);
        file.movements().remove(0)
    };
    let amounts = |movement: &Movement| match &movement.what {
        Moved::Swap { gave, gave_quantity, got, got_quantity } => {
            (gave.to_string(), gave_quantity.to_string(), got.to_string(), got_quantity.to_string())
        }
        other => panic!("{other:?}"),
    };
    let bought = swap(row("Buy", "\"20,200\""));
    let words = |parts: [&str; 4]| (parts[0].to_owned(), parts[1].to_owned(), parts[2].to_owned(), parts[3].to_owned());
    assert_eq!(amounts(&bought), words(["USDT", "20200", "BTC", "0.5"]));
    assert_eq!(bought.value.unwrap().amount(), Decimal::from(27_000), "what was got, without the fee");
    assert_eq!(bought.fee.unwrap().amount(), Decimal::from(270));
    let sold = swap(row("Sell", "19800"));
    assert_eq!(amounts(&sold), words(["BTC", "0.5", "USDT", "19800"]));
    assert_eq!(sold.value.unwrap().amount(), Decimal::from(27_270));
    assert_eq!(amounts(&swap(row("Swap", "20200"))), amounts(&bought), "the fee is on top: the market's coin was paid");
    assert_eq!(amounts(&swap(row("Swap", "19800"))), amounts(&sold));
    let asked = read(row("Swap", "20000")).unwrap();
    assert!(asked.rejected[0].reason.contains("doesn't say which coin was given"));
}

#[test]
fn coinspots_sends_and_receives_become_movements_nobody_has_explained_yet() {
    let rows = "31/08/2021 03:07 PM,Send,BTC,Completed,0.0005,0.25,bc1qthere,0xfeed,\"$20,000.10\"\n\
                30/08/2021 03:07 PM,Receive,ETH,Completed,0.001,\"1,000.5\",0xhere,,\n\
                29/08/2021 03:07 PM,Send,BTC,Cancelled,0,0.1,bc1q,,\n\
                28/08/2021 03:07 PM,Deposit,AUD,Completed,,500,,,500\n";
    let file = read(format!("{TRANSFERS}{rows}")).unwrap();
    assert_eq!((file.layout, file.read, file.rejected.len()), (Layout::CoinSpotTransfers, 4, 0), "{:?}", file.rejected);
    assert_eq!(file.left_out[0].line, 4);
    let [cash, received, sent] = file.movements().try_into().unwrap();
    assert!(matches!(cash.what, Moved::Cash { .. }));
    assert!(matches!(received.what, Moved::Coins { direction: domain::Direction::In, why: domain::Why::Unknown, .. }));
    assert_eq!((received.network_fee, received.value), (None, None), "the sender paid; no worth was told");
    assert_eq!(sent.time.to_string(), "2021-08-31T05:07:00Z");
    assert_eq!(sent.external_id.as_deref(), Some("0xfeed"));
    assert_eq!(sent.value.unwrap().amount().to_string(), "20000.10");
    assert_eq!(sent.network_fee.unwrap().to_string(), "0.0005");
}

#[test]
fn a_named_family_finds_its_own_layout_or_says_what_is_missing() {
    let reading = Reading { zone: Sydney, now: Timestamp::parse("2026-07-01T00:00:00Z").unwrap() };
    let layout = |text: &str, family| read_file(text.as_bytes(), Some(family), reading).map(|file| file.layout);
    assert_eq!(layout(MOVEMENTS, Family::Omc).unwrap(), Layout::Movements);
    assert_eq!(layout(TRANSFERS, Family::CoinSpot).unwrap(), Layout::CoinSpotTransfers);
    assert!(layout(NATIVE, Family::CoinSpot).unwrap_err().to_string().contains("Transaction Date"));
}
