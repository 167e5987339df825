use super::*;
use crate::desk::{Desk, NOW, aud, coin, id, limit, market, price, quantity, quote};

fn trade(side: Side, coins: &str, at: &str, fee: &str) -> Trade {
    Trade {
        book: Book::Paper,
        time: NOW,
        coin: coin("BTC"),
        side,
        quantity: quantity(coins),
        price: price(at),
        fee: aud(fee),
        algorithm: None,
        venue: None,
        external_id: None,
        order: None,
        occurrence: 0,
    }
}

fn with(cash: &str) -> Wallet {
    let mut wallet = Wallet::default();
    wallet.apply(&Wallet::reset(aud(cash)).unwrap()).unwrap();
    wallet
}

#[test]
fn a_wallet_follows_its_trades_to_the_last_digit() {
    let mut wallet = with("1000");
    wallet.apply(&Fact::Trade(trade(Side::Buy, "2", "100", "0.2"))).unwrap();
    wallet.apply(&Fact::Trade(trade(Side::Sell, "0.5", "110", "0.055"))).unwrap();
    assert_eq!((wallet.cash(), wallet.coins(coin("BTC"))), (aud("854.745"), quantity("1.5")));
    assert_eq!(wallet.holdings().collect::<Vec<_>>(), [(coin("BTC"), quantity("1.5"))]);
}

#[test]
fn a_trade_beyond_the_wallet_is_an_error_and_changes_nothing() {
    let mut wallet = with("100");
    let before = wallet.clone();
    let error = wallet.apply(&Fact::Trade(trade(Side::Buy, "1", "100", "0.01"))).unwrap_err();
    assert_eq!(error.code(), "wallet_cash_negative");
    let error = wallet.apply(&Fact::Trade(trade(Side::Sell, "0.1", "100", "0"))).unwrap_err();
    assert_eq!(error.code(), "wallet_coins_negative");
    assert_eq!(wallet, before);
    wallet.apply(&Fact::Trade(trade(Side::Buy, "1", "100", "0"))).unwrap();
    assert_eq!(wallet.cash(), aud("0"));
}

#[test]
fn live_trades_never_touch_paper_money() {
    let mut wallet = with("100");
    let before = wallet.clone();
    wallet.apply(&Fact::Trade(Trade { book: Book::Live, ..trade(Side::Buy, "50", "100", "0") })).unwrap();
    assert_eq!(wallet, before);
}

#[test]
fn a_reset_leaves_only_the_new_cash() {
    let mut wallet = with("1000");
    wallet.apply(&Fact::Trade(trade(Side::Buy, "2", "100", "0.2"))).unwrap();
    wallet.apply(&Wallet::reset(aud("5")).unwrap()).unwrap();
    assert_eq!(wallet, with("5"));
    assert_eq!(Wallet::reset(aud("-1")).unwrap_err().code(), "wallet_cash_bad");
    let usd = Money::new(Decimal::ONE, Currency::parse("USD").unwrap());
    assert_eq!(wallet.apply(&Fact::PaperReset { cash: usd }).unwrap_err().code(), "wallet_cash_bad");
    assert_eq!(wallet, with("5"));
}

#[test]
fn what_open_orders_set_aside_is_not_free() {
    let mut desk = Desk::new("1000", "3");
    let far = market(quote("90", "110"), None);
    desk.order(1, limit(Side::Buy, "100", "2"), &far);
    desk.order(2, limit(Side::Sell, "120", "1"), &far);
    assert_eq!(
        desk.wallet.available_cash(&desk.orders).unwrap(),
        desk.wallet.cash().checked_sub(aud("200.2")).unwrap()
    );
    assert_eq!(desk.wallet.available_coins(coin("BTC"), &desk.orders).unwrap(), quantity("2"));
    let denied = desk.order_at(id(3), limit(Side::Sell, "120", "2.1"), quote("90", "110"), &far).unwrap_err();
    assert_eq!(denied.code, "insufficient_coins");
    let denied = desk.order_at(id(4), limit(Side::Buy, "100", "8"), quote("90", "110"), &far).unwrap_err();
    assert_eq!(denied.code, "insufficient_funds");
    desk.cancel(id(1));
    assert_eq!(desk.wallet.available_cash(&desk.orders).unwrap().amount(), desk.wallet.cash().amount());
}

#[test]
fn folds_of_different_journals_are_noticed() {
    let mut desk = Desk::new("1000", "3");
    let far = market(quote("90", "110"), None);
    desk.order(1, limit(Side::Buy, "100", "2"), &far);
    desk.order(2, limit(Side::Sell, "120", "1"), &far);
    let other = with("10");
    assert_eq!(other.available_cash(&desk.orders).unwrap_err().code(), "wallet_over_reserved");
    assert_eq!(other.available_coins(coin("BTC"), &desk.orders).unwrap_err().code(), "wallet_over_reserved");
}

#[test]
fn money_comes_and_goes_but_never_more_than_there_is() {
    let mut wallet = with("10");
    wallet.pay(aud("5.5")).unwrap();
    wallet.pay(aud("-15")).unwrap();
    assert_eq!(wallet.cash(), aud("0.5"));
    assert_eq!(wallet.pay(aud("-0.51")).unwrap_err().code(), "wallet_cash_bad");
    assert_eq!(wallet.cash(), aud("0.5"));
}
