use super::*;
use crate::desk::{
    Desk, NOW, aud, coin, depth, fills, id, limit, market, price, proposal, quantity, quote, rejected, rests,
};
use domain::{Money, OrderKind::Instant, OrderState, Side::Buy, Side::Sell};
use floor::Depth;

#[test]
fn an_instant_buy_fills_whole_at_the_ask_with_one_percent() {
    let mut desk = Desk::new("1000", "0");
    let outcome = desk.order(1, proposal(Buy, Instant, "2"), &market(quote("99", "100"), None));
    assert_eq!((fills(&outcome), outcome.rests), (vec!["2@100".to_owned()], None));
    assert_eq!(outcome.facts[0], Fact::OrderOpened { order: id(1), venue_order_id: None });
    assert_eq!(desk.get(1).state(), OrderState::Filled);
    assert_eq!((desk.wallet.cash(), desk.wallet.coins(coin("BTC"))), (aud("798"), quantity("2")));
}

#[test]
fn an_instant_sale_fills_whole_at_the_bid_less_one_percent() {
    let mut desk = Desk::new("1", "2");
    let before = desk.wallet.cash();
    desk.order(1, proposal(Sell, Instant, "2"), &market(quote("99", "100"), None));
    assert_eq!(desk.wallet.cash().checked_sub(before).unwrap(), aud("196.02"));
    assert_eq!(desk.wallet.holdings().count(), 0);
}

#[test]
fn a_trade_says_where_it_is_from_and_for_whom() {
    let mut desk = Desk::new("1000", "0");
    let asked = Proposal { algorithm: Some(Name::parse("sma_cross").unwrap()), ..limit(Buy, "101", "2") };
    let outcome = desk.order(1, asked, &market(quote("99", "100"), Some(&depth(&[], &[("100", "1"), ("101", "1")]))));
    let Fact::Trade(second) = &outcome.facts[2] else { panic!("a trade") };
    assert_eq!((second.book, second.order, second.time), (Book::Paper, Some(id(1)), NOW));
    assert_eq!(second.venue.as_ref().map(Name::as_str), Some("paper"));
    assert_eq!(second.algorithm.as_ref().map(Name::as_str), Some("sma_cross"));
    assert_eq!(second.external_id, Some(format!("{}/2", id(1))));
    assert_eq!(second.fee, Money::aud(domain::Decimal::new(101, 3)), "0.1 % of 101, not rounded");
}

#[test]
fn an_instant_order_is_refused_when_the_price_moved_away_after_it_was_judged() {
    let mut desk = Desk::new("1000", "2");
    let judged = quote("99", "100");
    let buy = desk.order_at(id(1), proposal(Buy, Instant, "1"), judged, &market(quote("99", "100.01"), None)).unwrap();
    assert_eq!(rejected(&buy), "price_moved");
    assert_eq!(desk.get(1).state(), OrderState::Rejected);
    let sale =
        desk.order_at(id(2), proposal(Sell, Instant, "1"), judged, &market(quote("98.99", "100"), None)).unwrap();
    assert_eq!(rejected(&sale), "price_moved");
    let better = desk.order_at(id(3), proposal(Buy, Instant, "1"), judged, &market(quote("98", "99"), None)).unwrap();
    assert_eq!(fills(&better), ["1@99"]);
}

#[test]
fn an_instant_order_needs_a_fresh_uncrossed_price_and_no_kill_switch() {
    let good = quote("99", "100");
    let stale = Quote { seen: NOW.plus_micros(-60_000_001), ..good };
    let ahead = Quote { seen: NOW.plus_micros(60_000_001), ..good };
    let cases = [
        ("killed", Market { killed: true, ..market(good, None) }),
        ("price_stale", market(stale, None)),
        ("price_stale", market(ahead, None)),
        ("price_stale", Market { now: NOW.plus_micros(1), max_price_age_s: 0, ..market(good, None) }),
        ("price_missing", market(Quote { ask: None, ..good }, None)),
        ("price_missing", Market { quote: None, ..market(good, None) }),
        ("price_missing", market(Quote { coin: coin("ETH"), ..good }, None)),
        ("price_crossed", market(quote("101", "100"), None)),
    ];
    for (number, (code, market)) in (1..).zip(cases) {
        let mut desk = Desk::new("1000", "0");
        let outcome = desk.order_at(id(number), proposal(Buy, Instant, "1"), good, &market).unwrap();
        assert_eq!(rejected(&outcome), code);
        assert_eq!(desk.wallet.cash(), aud("1000"));
    }
}

#[test]
fn a_limit_order_takes_the_best_levels_at_their_price_and_the_rest_rests() {
    let mut desk = Desk::new("1000", "0");
    let book = depth(&[("99", "9")], &[("102", "9"), ("100", "1"), ("101", "0.5")]);
    let outcome = desk.order(1, limit(Buy, "101.5", "3"), &market(quote("99", "100"), Some(&book)));
    assert_eq!((fills(&outcome), rests(&outcome)), (vec!["1@100".to_owned(), "0.5@101".to_owned()], "used_up"));
    let order = desk.get(1);
    assert_eq!((order.state(), order.remaining()), (OrderState::PartiallyFilled, quantity("1.5")));
    assert_eq!(desk.wallet.cash(), aud("849.3495"), "1000 − (100 + 50.5) × 1.001");
}

#[test]
fn a_limit_sale_takes_the_highest_bids_first() {
    let mut desk = Desk::new("1", "3");
    let book = depth(&[("97", "9"), ("99", "1"), ("98", "1")], &[("100", "9")]);
    let outcome = desk.order(1, limit(Sell, "98", "3"), &market(quote("99", "100"), Some(&book)));
    assert_eq!((fills(&outcome), rests(&outcome)), (vec!["1@99".to_owned(), "1@98".to_owned()], "used_up"));
}

#[test]
fn without_depth_nothing_is_invented() {
    let mut desk = Desk::new("1000", "0");
    let outcome = desk.order(1, limit(Buy, "100", "1"), &market(quote("99", "100"), None));
    assert_eq!((outcome.facts.len(), rests(&outcome)), (1, "no_depth"));
    assert_eq!(desk.get(1).state(), OrderState::Open);
    let old = Depth::new(vec![], depth(&[], &[("100", "9")]).asks().to_vec(), NOW.plus_micros(-60_000_001));
    assert_eq!(rests(&desk.recheck(&market(quote("99", "100"), Some(&old)))[0]), "no_depth");
}

#[test]
fn an_order_that_waited_for_the_depth_takes_it_at_its_price() {
    let mut desk = Desk::new("1000", "0");
    desk.order(1, limit(Buy, "105", "1"), &market(quote("99", "100"), None));
    let book = depth(&[], &[("100", "9")]);
    assert_eq!(fills(&desk.recheck(&market(quote("99", "100"), Some(&book)))[0]), ["1@100"]);
}

#[test]
fn a_resting_order_fills_at_its_limit_when_the_market_crosses_it() {
    let mut desk = Desk::new("1000", "1");
    let book = depth(&[("95", "9")], &[("105", "9")]);
    desk.order(1, limit(Buy, "98", "1"), &market(quote("95", "105"), Some(&book)));
    desk.order(2, limit(Sell, "102", "1"), &market(quote("95", "105"), Some(&book)));
    assert!(desk.recheck(&market(quote("95", "98.01"), Some(&book))).iter().all(|one| rests(one) == "waiting"));
    let fallen = depth(&[("96", "9")], &[("97", "9")]);
    let outcomes = desk.recheck(&market(quote("96", "97"), Some(&fallen)));
    assert_eq!((outcomes.len(), fills(&outcomes[0])), (2, vec!["1@98".to_owned()]));
    let risen = depth(&[("103", "9")], &[("104", "9")]);
    let outcomes = desk.recheck(&market(quote("103", "104"), Some(&risen)));
    assert_eq!((outcomes.len(), fills(&outcomes[0])), (1, vec!["1@102".to_owned()]));
}

#[test]
fn a_resting_order_fills_at_exactly_its_limit() {
    let mut desk = Desk::new("1000", "0");
    desk.order(1, limit(Buy, "98", "1"), &market(quote("95", "105"), None));
    let book = depth(&[], &[("98", "9")]);
    assert_eq!(fills(&desk.recheck(&market(quote("95", "98"), Some(&book)))[0]), ["1@98"]);
}

#[test]
fn the_same_coins_on_offer_are_taken_once_until_the_level_changes() {
    let mut desk = Desk::new("10000", "0");
    let book = depth(&[], &[("100", "2")]);
    let now = market(quote("99", "100"), Some(&book));
    assert_eq!(fills(&desk.order(1, limit(Buy, "100", "1.5"), &now)), ["1.5@100"]);
    let second = desk.order(2, limit(Buy, "100", "3"), &now);
    assert_eq!((fills(&second), rests(&second)), (vec!["0.5@100".to_owned()], "used_up"));
    assert_eq!(rests(&desk.recheck(&now)[0]), "used_up");
    let changed = depth(&[], &[("100", "1.75")]);
    let outcome = &desk.recheck(&market(quote("99", "100"), Some(&changed)))[0];
    assert_eq!((fills(outcome), rests(outcome)), (vec!["1.75@100".to_owned()], "used_up"));
    let gone = depth(&[], &[("101", "1")]);
    desk.recheck(&market(quote("99", "100"), Some(&gone)));
    assert!(desk.venue.taken.is_empty(), "the memory is no larger than the book");
    let back = depth(&[], &[("100", "1.75")]);
    assert_eq!(fills(&desk.recheck(&market(quote("99", "100"), Some(&back)))[0]), ["0.75@100"]);
}

#[test]
fn each_side_remembers_what_it_took_by_itself() {
    let mut desk = Desk::new("10000", "3");
    let book = depth(&[("100", "1"), ("99", "1")], &[("100", "1"), ("101", "1")]);
    let now = market(quote("100", "100"), Some(&book));
    assert_eq!(fills(&desk.order(1, limit(Buy, "101", "2"), &now)), ["1@100", "1@101"]);
    assert_eq!(fills(&desk.order(2, limit(Sell, "99", "2"), &now)), ["1@100", "1@99"]);
    assert_eq!(rests(&desk.order(3, limit(Buy, "101", "2"), &now)), "used_up");
    assert!(desk.get(3).filled().is_zero());
}

#[test]
fn among_sales_the_lower_limit_goes_first() {
    let mut desk = Desk::new("1", "3");
    let far = market(quote("90", "110"), None);
    desk.order(1, limit(Sell, "102", "1"), &far);
    desk.order(2, limit(Sell, "101", "1"), &far);
    let book = depth(&[("103", "1.5")], &[]);
    let outcomes = desk.recheck(&market(quote("103", "104"), Some(&book)));
    assert_eq!(outcomes.iter().map(|one| one.order).collect::<Vec<_>>(), [id(2), id(1)]);
    assert_eq!((fills(&outcomes[0]), fills(&outcomes[1])), (vec!["1@101".to_owned()], vec!["0.5@102".to_owned()]));
}

#[test]
fn where_quote_and_depth_disagree_the_worse_price_counts() {
    let mut desk = Desk::new("10000", "9");
    let cheap = depth(&[("105", "9")], &[("90", "9")]);
    let asks = Depth::new(vec![], cheap.asks().to_vec(), NOW);
    assert_eq!(fills(&desk.order(1, limit(Buy, "101", "1"), &market(quote("99", "100"), Some(&asks)))), ["1@100"]);
    let bids = Depth::new(cheap.bids().to_vec(), vec![], NOW);
    assert_eq!(fills(&desk.order(2, limit(Sell, "95", "1"), &market(quote("99", "100"), Some(&bids)))), ["1@99"]);
    let dear = depth(&[], &[("103", "9")]);
    let outcome = desk.order(3, limit(Buy, "101", "1"), &market(quote("99", "100"), Some(&dear)));
    assert_eq!((fills(&outcome), rests(&outcome)), (vec![], "used_up"));
}

#[test]
fn a_broken_or_old_market_or_a_kill_switch_fills_no_resting_order() {
    let mut desk = Desk::new("1000", "0");
    desk.order(1, limit(Buy, "98", "1"), &market(quote("95", "105"), None));
    let book = depth(&[], &[("97", "9")]);
    let good = quote("96", "97");
    let crossed = depth(&[("99", "1")], &[("97", "9")]);
    let cases = [
        ("killed", Market { killed: true, ..market(good, Some(&book)) }),
        ("price_stale", Market { now: NOW.plus_micros(60_000_001), ..market(good, Some(&book)) }),
        ("price_crossed", market(quote("98", "97"), Some(&book))),
        ("price_crossed", market(good, Some(&crossed))),
        ("price_missing", market(Quote { bid: None, ..good }, Some(&book))),
        ("price_missing", market(Quote { coin: coin("ETH"), ..good }, Some(&book))),
        ("no_depth", market(Quote { kind: QuoteKind::Instant, ..good }, Some(&book))),
    ];
    for (code, market) in cases {
        let outcomes = desk.recheck(&market);
        assert_eq!((rests(&outcomes[0]), outcomes[0].facts.len()), (code, 0));
    }
    assert_eq!(fills(&desk.recheck(&market(good, Some(&book)))[0]), ["1@98"]);
}

#[test]
fn a_limit_order_is_refused_by_a_coin_without_a_book_and_while_killed() {
    let mut desk = Desk::new("1000", "0");
    let instant_only = Quote { kind: QuoteKind::Instant, ..quote("99", "100") };
    let outcome =
        desk.order_at(id(1), limit(Buy, "100", "1"), quote("99", "100"), &market(instant_only, None)).unwrap();
    assert_eq!(rejected(&outcome), "no_order_book");
    let killed = Market { killed: true, ..market(quote("99", "100"), None) };
    let outcome = desk.order_at(id(2), limit(Buy, "100", "1"), quote("99", "100"), &killed).unwrap();
    assert_eq!(rejected(&outcome), "killed");
    assert_eq!(desk.wallet.available_cash(&desk.orders).unwrap().amount(), aud("1000").amount());
}

#[test]
fn the_better_limit_goes_first_and_then_the_older_order() {
    let mut desk = Desk::new("10000", "0");
    let far = market(quote("90", "110"), None);
    desk.order(3, limit(Buy, "98", "1"), &far);
    desk.order(2, limit(Buy, "99", "1"), &far);
    desk.order(1, limit(Buy, "98", "1"), &far);
    let book = depth(&[], &[("97", "2.5")]);
    let outcomes = desk.recheck(&market(quote("96", "97"), Some(&book)));
    assert_eq!(outcomes.iter().map(|one| one.order).collect::<Vec<_>>(), [id(2), id(3), id(1)]);
    assert_eq!((fills(&outcomes[0]), fills(&outcomes[1])), (vec!["1@99".to_owned()], vec!["1@98".to_owned()]));
    assert_eq!(fills(&outcomes[2]), ["0.5@98"]);
}

#[test]
fn other_coins_and_orders_that_are_over_are_passed_over() {
    let mut desk = Desk::new("10000", "0");
    let far = market(quote("90", "110"), None);
    desk.order(1, limit(Buy, "98", "1"), &far);
    desk.order(2, limit(Buy, "98", "1"), &far);
    desk.cancel(id(2));
    let book = depth(&[], &[("97", "9")]);
    let now = market(quote("96", "97"), Some(&book));
    assert!(desk.venue.recheck(coin("ETH"), desk.orders.iter(), &now).is_empty());
    let outcomes = desk.venue.recheck(coin("BTC"), desk.orders.iter(), &now);
    assert_eq!(outcomes.iter().map(|one| one.order).collect::<Vec<_>>(), [id(1)]);
}

#[test]
fn depth_is_wanted_only_when_the_quote_has_come_to_a_resting_limit() {
    let mut desk = Desk::new("10000", "1");
    let far = market(quote("90", "110"), None);
    desk.order(1, limit(Buy, "98", "1"), &far);
    desk.order(2, limit(Sell, "102", "1"), &far);
    let wanted = |desk: &Desk, quote: Quote| wants_depth(desk.orders.resting(Book::Paper), &quote);
    assert!(!wanted(&desk, quote("99", "101")));
    assert!(wanted(&desk, quote("97", "98")));
    assert!(wanted(&desk, quote("102", "103")));
    assert!(!wanted(&desk, Quote { coin: coin("ETH"), ..quote("97", "98") }));
    assert!(!wanted(&desk, Quote { ask: None, ..quote("97", "98") }));
    desk.cancel(id(1));
    assert!(!wanted(&desk, quote("97", "98")));
}

#[test]
fn after_a_restart_resting_orders_go_on_from_their_facts() {
    let mut desk = Desk::new("1000", "0");
    let book = depth(&[], &[("100", "1")]);
    desk.order(1, limit(Buy, "101", "3"), &market(quote("99", "100"), Some(&book)));
    let mut again = Desk::default();
    for fact in desk.facts {
        again.take(fact);
    }
    let more = depth(&[], &[("100", "5")]);
    let outcome = &again.recheck(&market(quote("99", "100"), Some(&more)))[0];
    assert_eq!(fills(outcome), ["2@101"]);
    let Fact::Trade(trade) = &outcome.facts[0] else { panic!("a trade") };
    assert_eq!(trade.external_id, Some(format!("{}/2", id(1))), "fills are numbered on");
    assert_eq!(trade.price, price("101"));
}

#[test]
fn what_was_taken_of_a_level_is_on_offer_again_only_once_the_level_is_said_to_be_new() {
    let mut desk = Desk::new("1000", "0");
    let book = depth(&[("99", "1")], &[("100", "1")]);
    let at = market(quote("99", "100"), Some(&book));
    assert_eq!(fills(&desk.order(1, limit(Buy, "100", "3"), &at)), ["1@100"]);
    assert_eq!(fills(&desk.recheck(&at)[0]), Vec::<String>::new());
    desk.venue.refreshed(coin("ETH"));
    assert_eq!(fills(&desk.recheck(&at)[0]), Vec::<String>::new());
    desk.venue.refreshed(coin("BTC"));
    assert_eq!(fills(&desk.recheck(&at)[0]), ["1@100"]);
}
