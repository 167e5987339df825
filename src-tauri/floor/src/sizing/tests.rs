use super::*;
use crate::fixtures::{aud, btc, coin, price, quantity, quote};
use domain::{OrderKind::Instant, Side::Buy, Side::Sell};
use proptest::prelude::*;

#[test]
fn a_thousand_dollars_buy_what_coinspot_gives_for_them() {
    // A real instant buy for 1,000 AUD brings 990.0990… AUD of coins.
    let coins = quantity_for(Size::Aud(aud("1000")), Buy, price("1"), BasisPoints(100)).unwrap();
    assert_eq!(coins, quantity("990.09900990"));
    let coins = quantity_for(Size::Aud(aud("1000")), Sell, price("1"), BasisPoints(100)).unwrap();
    assert_eq!(coins, quantity("1010.10101010"));
}

#[test]
fn a_quantity_stays_as_it_is() {
    let typed = Size::Quantity(quantity("0.123456789"));
    assert_eq!(quantity_for(typed, Buy, price("1"), BasisPoints(10)).unwrap(), quantity("0.123456789"));
}

#[test]
fn a_quotient_rounded_up_to_a_whole_step_is_taken_back() {
    let money = aud("296296296329629629629.99999999");
    let coins = quantity_for(Size::Aud(money), Buy, price("3"), BasisPoints(0)).unwrap();
    assert_eq!(coins, quantity("98765432109876543209.99999999"));
}

#[test]
fn money_that_is_nothing_negative_or_foreign_buys_nothing() {
    let code = |money| quantity_for(Size::Aud(money), Buy, price("1"), BasisPoints(10)).unwrap_err().code();
    assert_eq!(code(aud("0")), "amount_not_positive");
    assert_eq!(code(aud("-5")), "amount_not_positive");
    assert_eq!(code(Money::new(Decimal::ONE, Currency::parse("USD").unwrap())), "amount_not_aud");
    assert_eq!(
        quantity_for(Size::Aud(aud("1")), Sell, price("1"), BasisPoints(10_000)).unwrap_err().code(),
        "amount_too_large"
    );
}

#[test]
fn the_ticket_shows_price_value_fee_and_total() {
    let shown =
        preview(coin("BTC"), Buy, Instant, Size::Quantity(quantity("0.5")), Some(&btc()), &FeeRates::COINSPOT).unwrap();
    assert_eq!(
        (shown.price, shown.value, shown.fee, shown.total),
        (price("100100"), aud("50050"), aud("500.5"), aud("50550.5"))
    );
    let kind = OrderKind::Limit(price("110000"));
    let shown =
        preview(coin("BTC"), Sell, kind, Size::Quantity(quantity("0.5")), Some(&btc()), &FeeRates::COINSPOT).unwrap();
    assert_eq!(
        (shown.price, shown.value, shown.fee, shown.total),
        (price("110000"), aud("55000"), aud("55"), aud("54945"))
    );
}

#[test]
fn what_has_no_price_has_no_preview() {
    let size = Size::Aud(aud("100"));
    let code = |kind, quote: Option<Quote>| {
        preview(coin("BTC"), Buy, kind, size, quote.as_ref(), &FeeRates::COINSPOT).map_err(|error| error.code())
    };
    assert_eq!(code(Instant, None), Err("price_missing"));
    assert_eq!(code(Instant, Some(Quote { ask: None, ..btc() })), Err("price_missing"));
    assert_eq!(code(Instant, Some(Quote { coin: coin("ETH"), ..btc() })), Err("price_missing"));
    let limit = OrderKind::Limit(price("5"));
    assert_eq!(code(limit, Some(quote(QuoteKind::Instant, "4", "6"))), Err("no_order_book"));
    assert!(code(limit, None).is_ok(), "a limit needs no price to be sized");
}

proptest! {
    #[test]
    fn money_all_in_is_never_exceeded_and_hardly_left_over(
        cents in 1_i64..100_000_000, mantissa in 1_i64..10_000_000_000_000, scale in 0_u32..=8,
        bps in 0_u32..500, sell in any::<bool>(),
    ) {
        let side = if sell { Sell } else { Buy };
        let money = Money::aud(Decimal::new(cents, 2));
        let (price, rate) = (Price::new(Decimal::new(mantissa, scale)).unwrap(), BasisPoints(bps));
        let coins = quantity_for(Size::Aud(money), side, price, rate).unwrap();
        prop_assert!(coins.fits_venue());
        let total = Preview::of(coins, side, price, rate).unwrap().total.amount();
        prop_assert!(total <= money.amount());
        // Two steps more would be too much: what is left is less than their worth.
        let more = coins.checked_add(quantity("0.00000002")).unwrap();
        prop_assert!(Preview::of(more, side, price, rate).unwrap().total.amount() > money.amount());
    }
}
