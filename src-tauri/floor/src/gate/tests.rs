use super::*;
use crate::fixtures::{NOW, aud, btc, coin, context, dec, id, limit, name, price, proposal, quantity, quote};
use crate::{BookLimits, Limits};
use domain::{ApprovalRule, LimitChange, Mandate, OrderKind::Instant, Side::Buy, Side::Sell};
use proptest::prelude::*;

fn paper() -> Limits {
    Limits::defaults(Book::Paper)
}

/// The code of the refusal, or `ok`.
fn verdict(proposal: &Proposal, context: &GateContext<'_>) -> String {
    judge(proposal, context).map_or_else(|denial| denial.code, |_| "ok".to_owned())
}

fn with(proposal: &Proposal, change: impl FnOnce(&mut GateContext<'_>)) -> String {
    let limits = paper();
    let mut context = context(&limits);
    change(&mut context);
    verdict(proposal, &context)
}

fn sample() -> Proposal {
    limit(Buy, "100000", "0.1")
}

#[test]
fn an_ordinary_order_passes_and_sets_aside_its_worst_case() {
    let limits = paper();
    let passed = judge(&sample(), &context(&limits)).unwrap();
    assert_eq!(passed.reservation(), Reservation { cash: aud("10010"), coins: Quantity::ZERO });
    let (fact, order) = passed.approve(id(1), name("paper"));
    assert_eq!(fact, Fact::OrderApproved { order: id(1), by: name("paper") });
    assert_eq!((order.id(), order.worst_price(), order.fee()), (id(1), price("100000"), BasisPoints(10)));

    let sale = judge(&proposal(Sell, Instant, "2"), &context(&limits)).unwrap();
    assert_eq!(sale.reservation(), Reservation { cash: Money::ZERO_AUD, coins: quantity("2") });
    let (_, order) = sale.approve(id(2), name("paper"));
    assert_eq!((order.worst_price(), order.fee()), (price("99900"), BasisPoints(100)));
}

#[test]
fn a_pulled_kill_switch_refuses_before_anything_else() {
    let live = Proposal { book: Book::Live, ..sample() };
    assert_eq!(with(&live, |c| c.killed = true), "killed");
    assert_eq!(with(&sample(), |c| c.killed = true), "killed");
}

#[test]
fn an_order_with_real_money_needs_all_that_allows_it() {
    let limits = Limits::defaults(Book::Live);
    let tiny = Proposal { book: Book::Live, ..limit(Buy, "100000", "0.0001") };
    assert_eq!(verdict(&tiny, &context(&limits)), "key_missing");
    let mut authority = Authority::default();
    authority.apply(&Fact::KeyDeclared { fingerprint: [1; 16], at: NOW });
    let with = |authority: &Authority, change: fn(&mut GateContext<'_>)| {
        let mut context = GateContext { authority, account_known: true, ..context(&limits) };
        change(&mut context);
        verdict(&tiny, &context)
    };
    assert_eq!(with(&authority, |_| {}), "mandate_missing");
    let mandate = Mandate {
        holder: name("manual"),
        book: Book::Live,
        approval: ApprovalRule::Always,
        max_order: Some(aud("50")),
        max_day: None,
        coins: vec![],
        hours: None,
        until: None,
    };
    authority.apply(&Fact::MandateSet { mandate });
    assert_eq!(with(&authority, |_| {}), "ok");
    assert_eq!(with(&authority, |c| c.locked_by = Some(id(3))), "market_locked");
    assert_eq!(with(&authority, |c| c.account_known = false), "account_unknown");
    assert_eq!(with(&authority, |c| c.killed = true), "killed");
    let twice = Proposal { quantity: quantity("0.0009"), ..tiny.clone() };
    let context = GateContext { authority: &authority, account_known: true, ..context(&limits) };
    assert_eq!(verdict(&twice, &context), "mandate_max_order");
}

#[test]
fn an_approval_is_bound_to_everything_that_would_be_sent() {
    let limits = paper();
    let hash = |proposal: &Proposal, number: u8, terms: &Terms| {
        judge(proposal, &context(&limits)).unwrap().ask(id(number), terms, NOW).hash
    };
    let plain = hash(&sample(), 1, &Terms::default());
    assert_eq!(plain, hash(&sample(), 1, &Terms::default()));
    let other_terms = Terms { until: Some(NOW), ..Terms::default() };
    for other in [
        hash(&sample(), 2, &Terms::default()),
        hash(&limit(Buy, "100000", "0.2"), 1, &Terms::default()),
        hash(&limit(Buy, "100001", "0.1"), 1, &Terms::default()),
        hash(&limit(Sell, "100000", "0.1"), 1, &Terms::default()),
        hash(&Proposal { algorithm: Some(name("x")), ..sample() }, 1, &Terms::default()),
        hash(&sample(), 1, &other_terms),
    ] {
        assert_ne!(plain, other);
    }
}

#[test]
fn each_missing_limit_refuses_every_order() {
    assert_eq!(verdict(&sample(), &context(&Limits::MISSING)), "limit_missing");
    for limit in LimitName::ALL {
        let mut limits = paper();
        // A damaged fact leaves its limit without a value.
        assert!(limits.apply(&LimitChange::new(name(limit.as_str()), dec("-1"))).is_err());
        let denial = judge(&sample(), &context(&limits)).unwrap_err();
        assert_eq!(denial.code, "limit_missing");
        assert!(denial.message.contains(limit.as_str()), "{}", denial.message);
    }
}

#[test]
fn no_coins_and_a_ninth_decimal_are_refused() {
    assert_eq!(with(&limit(Buy, "100000", "0"), |_| ()), "quantity_zero");
    assert_eq!(with(&limit(Buy, "100000", "0.100000001"), |_| ()), "too_many_decimals");
    assert_eq!(with(&limit(Buy, "100000.000000001", "0.1"), |_| ()), "too_many_decimals");
    assert_eq!(with(&limit(Buy, "100000.0000000100", "0.1000000000"), |_| ()), "ok");
}

#[test]
fn a_coin_without_prices_is_refused_and_told_from_one_that_does_not_exist() {
    assert_eq!(with(&sample(), |c| c.quote = None), "price_missing");
    assert_eq!(
        with(&sample(), |c| {
            c.quote = None;
            c.coin_known = false;
        }),
        "coin_unknown"
    );
    assert_eq!(with(&sample(), |c| c.quote = Some(Quote { bid: None, ..btc() })), "price_missing");
    assert_eq!(with(&sample(), |c| c.quote = Some(Quote { ask: None, ..btc() })), "price_missing");
    assert_eq!(with(&sample(), |c| c.quote = Some(Quote { coin: coin("ETH"), ..btc() })), "price_missing");
}

#[test]
fn a_limit_for_an_instant_only_coin_is_refused() {
    let instant_only = Some(quote(QuoteKind::Instant, "90000", "110000"));
    assert_eq!(with(&sample(), |c| c.quote = instant_only), "no_order_book");
    assert_eq!(with(&proposal(Buy, Instant, "0.1"), |c| c.quote = instant_only), "ok");
}

#[test]
fn a_price_is_good_for_exactly_its_allowed_age() {
    let aged = |micros: i64| with(&sample(), |c| c.now = NOW.plus_micros(micros));
    assert_eq!(aged(60_000_000), "ok");
    assert_eq!(aged(60_000_001), "price_stale");
    assert_eq!(aged(-60_000_000), "ok");
    assert_eq!(aged(-60_000_001), "price_stale", "a clock set back must not keep a price young for ever");
    assert_eq!(with(&sample(), |c| c.now = Timestamp::from_micros(i64::MIN)), "price_stale");
}

#[test]
fn a_crossed_quote_is_refused_and_a_locked_one_is_not() {
    assert_eq!(with(&sample(), |c| c.quote = Some(quote(QuoteKind::Book, "100101", "100100"))), "price_crossed");
    assert_eq!(with(&sample(), |c| c.quote = Some(quote(QuoteKind::Book, "100100", "100100"))), "ok");
}

#[test]
fn a_spread_of_the_book_up_to_the_limit_passes() {
    let spread =
        |bid: &str, ask: &str| with(&limit(Buy, "99", "1"), |c| c.quote = Some(quote(QuoteKind::Book, bid, ask)));
    assert_eq!(spread("99", "101"), "ok");
    assert_eq!(spread("98.99", "101"), "spread_too_wide");
}

#[test]
fn a_limit_may_give_away_no_more_than_the_collar() {
    let judged =
        |side, at: &str| with(&limit(side, at, "0.1"), |c| c.quote = Some(quote(QuoteKind::Book, "100", "100")));
    assert_eq!(judged(Buy, "103"), "ok");
    assert_eq!(judged(Buy, "103.01"), "price_collar");
    assert_eq!(judged(Sell, "97"), "ok");
    assert_eq!(judged(Sell, "96.99"), "price_collar");
    assert_eq!(judged(Buy, "10000"), "price_collar", "a hundred times the price");
}

#[test]
fn a_limit_far_on_the_safe_side_rests() {
    assert_eq!(with(&limit(Buy, "1", "0.1"), |_| ()), "ok");
    assert_eq!(with(&limit(Sell, "9999999", "0.1"), |_| ()), "ok");
}

#[test]
fn a_market_far_off_its_own_history_is_refused_for_every_kind_of_order() {
    let history: Vec<Price> = ["100", "101", "99", "100", "10000"].map(price).to_vec();
    let limits = paper();
    let at = |bid: &str, ask: &str, order: &Proposal| {
        let quote = Some(quote(QuoteKind::Book, bid, ask));
        verdict(order, &GateContext { recent_prices: &history, quote, ..context(&limits) })
    };
    assert_eq!(at("103", "103", &proposal(Buy, Instant, "1")), "ok", "one glitch in the history does not matter");
    assert_eq!(at("103.1", "103.1", &proposal(Buy, Instant, "1")), "price_collar");
    assert_eq!(at("10000", "10000", &proposal(Sell, Instant, "1")), "price_collar");
    assert_eq!(at("96.9", "96.9", &limit(Buy, "50", "1")), "price_collar");
}

#[test]
fn the_collar_says_what_it_compared() {
    let limits = paper();
    let history = [price("50000")];
    let off_history = GateContext { recent_prices: &history, ..context(&limits) };
    let words = judge(&sample(), &off_history).unwrap_err().message;
    assert!(words.contains("its own recent prices") && words.contains("100 %") && words.contains("50,000"), "{words}");
    let words = judge(&limit(Buy, "150000", "0.1"), &context(&limits)).unwrap_err().message;
    assert!(words.contains("above the ask 100,100"), "{words}");
}

#[test]
fn the_collar_compares_with_other_venues_where_they_are_and_else_with_history() {
    let venues = ["btc_markets".to_owned(), "kraken".to_owned()];
    let limits = paper();
    let history = [price("50000")];
    let against = |there: Option<&str>| GateContext {
        recent_prices: &history,
        elsewhere: there.map(|text| Elsewhere { price: price(text), venues: &venues }),
        ..context(&limits)
    };
    assert_eq!(
        verdict(&sample(), &against(Some("100000"))),
        "ok",
        "its own history does not count beside other venues"
    );
    assert_eq!(verdict(&sample(), &against(Some("103092.8"))), "price_collar");
    assert_eq!(verdict(&sample(), &against(Some("103092.7"))), "ok");
    assert_eq!(verdict(&sample(), &against(None)), "price_collar");
    let words = judge(&sample(), &against(Some("80000"))).unwrap_err().message;
    assert!(words.contains("25 %") && words.contains("80,000 of btc_markets, kraken (two sources)"), "{words}");
}

#[test]
fn prices_that_cannot_be_trusted_stop_an_algorithm_and_not_a_person() {
    let limits = paper();
    let unfit = Denial::new("ledger_failing", "The Exchange ledger is failing: coinspot_prices is silent.");
    let context = GateContext { unfit: Some(&unfit), ..context(&limits) };
    let algorithm = Proposal { algorithm: Some(name("sma_cross")), ..sample() };
    assert_eq!(judge(&algorithm, &context).unwrap_err(), unfit);
    assert_eq!(verdict(&sample(), &context), "ok");
    assert_eq!(verdict(&algorithm, &GateContext { unfit: None, ..context }), "ok");
}

#[test]
fn only_the_newest_prices_make_the_median() {
    let mut prices = vec![price("1"); 500];
    assert_eq!(median(&prices), Some(dec("1")));
    prices.extend(vec![price("7"); MEDIAN_PRICES_MAX]);
    assert_eq!(median(&prices), Some(dec("7")));
    assert_eq!(median(&[price("3"), price("1")]), Some(dec("1")));
    assert_eq!(median(&[]), None);
}

#[test]
fn a_buy_up_to_the_order_limit_passes_with_its_fee() {
    let judged = |coins: &str| with(&limit(Buy, "100000", coins), |_| ());
    assert_eq!(judged("0.24975024"), "ok"); // 24,999.999 AUD with the fee
    assert_eq!(judged("0.24975025"), "max_order_aud");
}

#[test]
fn the_day_counts_what_was_bought_and_what_open_buys_may_still_buy() {
    let day = |bought: &str, open: &str| {
        with(&sample(), |c| {
            c.bought_today = aud(bought);
            c.open_buys = aud(open);
        })
    };
    assert_eq!(day("89990", "0"), "ok");
    assert_eq!(day("89990.01", "0"), "max_day_aud");
    assert_eq!(day("50000", "39990.01"), "max_day_aud");
}

#[test]
fn a_sale_is_not_bound_by_the_limits_on_buying() {
    assert_eq!(with(&limit(Sell, "100000", "9"), |c| c.bought_today = aud("100000")), "ok");
}

#[test]
fn the_eleventh_order_in_a_minute_is_refused() {
    assert_eq!(with(&sample(), |c| c.orders_last_minute = 9), "ok");
    assert_eq!(with(&sample(), |c| c.orders_last_minute = 10), "too_many_orders");
}

#[test]
fn a_buy_needs_its_cost_with_the_fee_and_a_sale_its_coins() {
    assert_eq!(with(&sample(), |c| c.cash_available = aud("10010")), "ok");
    assert_eq!(with(&sample(), |c| c.cash_available = aud("10009.99")), "insufficient_funds");
    assert_eq!(with(&limit(Sell, "100000", "10"), |_| ()), "ok");
    assert_eq!(with(&limit(Sell, "100000", "10.00000001"), |_| ()), "insufficient_coins");
    assert_eq!(with(&limit(Sell, "100000", "0.1"), |c| c.coins_available = Quantity::ZERO), "insufficient_coins");
}

#[test]
fn less_than_a_cent_is_dust() {
    assert_eq!(with(&limit(Buy, "100000", "0.0000001"), |_| ()), "ok");
    assert_eq!(with(&limit(Buy, "99999", "0.0000001"), |_| ()), "dust");
    assert_eq!(with(&limit(Sell, "100000", "0.00000001"), |_| ()), "dust");
}

#[test]
fn a_value_beyond_every_number_is_refused_and_does_not_panic() {
    let huge = "79228162514264337593543950335";
    assert_eq!(with(&limit(Sell, huge, huge), |_| ()), "amount_too_large");
    assert_eq!(with(&limit(Buy, "100000", huge), |_| ()), "amount_too_large");
    assert_eq!(with(&sample(), |c| c.quote = Some(quote(QuoteKind::Book, huge, huge))), "price_missing");
    assert_eq!(with(&sample(), |c| c.open_buys = aud(huge)), "max_day_aud");
    assert_eq!(with(&sample(), |c| c.cash_available = aud(&format!("-{huge}"))), "insufficient_funds");
}

#[test]
fn a_changed_limit_binds_at_once() {
    let mut limits = BookLimits::default();
    let changes = vec![Limits::parse_change("max_order_aud", "5000").unwrap()];
    limits.apply(&Fact::LimitsSet { book: Book::Paper, changes }).unwrap();
    let denial = judge(&sample(), &context(limits.of(Book::Paper))).unwrap_err();
    assert_eq!(denial.code, "max_order_aud");
    assert_eq!(
        denial.message,
        "Buying this BTC costs 10,010.00 AUD with its fee; one order may cost 5,000.00 AUD (max_order_aud)."
    );
}

proptest! {
    #[test]
    fn nothing_that_passes_breaks_a_limit_or_the_balance(
        sell in any::<bool>(), instant in any::<bool>(),
        coins in 0_i64..5_000_000_000, at in 1_i64..40_000_000, cash in 0_i64..4_000_000, held in 0_i64..3_000_000_000,
        bought in 0_i64..12_000_000,
    ) {
        let side = if sell { Sell } else { Buy };
        let kind = if instant { Instant } else { OrderKind::Limit(Price::new(Decimal::new(at, 2)).unwrap()) };
        let order = Proposal { quantity: Quantity::new(Decimal::new(coins, 8)).unwrap(), ..proposal(side, kind, "1") };
        let limits = paper();
        let context = GateContext {
            cash_available: Money::aud(Decimal::new(cash, 2)),
            coins_available: Quantity::new(Decimal::new(held, 8)).unwrap(),
            bought_today: Money::aud(Decimal::new(bought, 2)),
            ..context(&limits)
        };
        if let Ok(passed) = judge(&order, &context) {
            let aside = passed.reservation();
            prop_assert!(aside.cash.amount() <= context.cash_available.amount());
            prop_assert!(aside.cash.amount() <= Decimal::from(25_000));
            prop_assert!(aside.coins <= context.coins_available);
            if side == Buy {
                prop_assert!(aside.cash.amount() + context.bought_today.amount() <= Decimal::from(100_000));
                prop_assert!(passed.worst_price.decimal() <= dec("100100") * dec("1.03"));
            } else {
                prop_assert!(passed.worst_price.decimal() >= dec("99900") * dec("0.97"));
            }
        }
    }
}
