use super::*;
use crate::fixtures::{aud, calm, cash_only, coin, context, dec, id, limit, name, price, quantity};
use crate::{GateContext, Limits, judge};
use domain::{Book, Side::Buy, Side::Sell};
use proptest::prelude::*;

fn worth(bid: Bid, written_down: bool) -> Worth {
    let held = [(coin("BTC"), quantity("2"))];
    Worth::of(aud("100"), held.into_iter(), |_| bid, |_| written_down)
}

#[test]
fn equity_is_cash_and_holdings_at_their_fresh_bids() {
    let worth = worth(Bid::Fresh(price("50")), true);
    assert_eq!(worth.equity, Some(aud("200")));
    assert_eq!(worth.held[0].counts, Counts::AtBid(price("50")), "a fresh bid counts, written down or not");
    assert_eq!(worth.value_of(coin("BTC")), aud("100"));
    assert_eq!(worth.part_of(coin("BTC"), quantity("0.5")), aud("25"));
    assert_eq!(worth.part_of(coin("BTC"), quantity("9")), aud("100"), "never more than is held");
    assert_eq!(worth.part_of(coin("ETH"), quantity("9")), aud("0"));
}

#[test]
fn a_holding_below_a_dollar_is_dust() {
    assert_eq!(["0.00", "0.99", "1", "1.01"].map(|worth| is_dust(aud(worth))), [true, true, false, false]);
}

#[test]
fn a_coin_without_a_fresh_bid_leaves_the_equity_unknown_unless_it_is_written_down_or_dust() {
    assert_eq!(worth(Bid::Stale(price("50")), false).equity, None);
    assert_eq!(worth(Bid::None, false).unpriced().collect::<Vec<_>>(), [coin("BTC")]);
    assert_eq!(worth(Bid::None, true).equity, Some(aud("100")));
    assert_eq!(worth(Bid::Stale(price("50")), true).equity, Some(aud("100")));
    assert_eq!(worth(Bid::Stale(price("0.49")), false).equity, Some(aud("100")), "98 cents");
    assert_eq!(worth(Bid::Stale(price("0.5")), false).equity, None, "a dollar matters");
    let huge = worth(Bid::Fresh(price("79228162514264337593543950335")), false);
    assert_eq!((huge.equity, huge.held[0].counts), (None, Counts::Unpriced), "beyond every number");
}

fn with(proposal: &Proposal, exposure: Exposure<'_>) -> String {
    let limits = Limits::defaults(Book::Paper);
    judge(proposal, &GateContext { exposure, ..context(&limits) })
        .map_or_else(|denial| denial.code, |_| "ok".to_owned())
}

/// 10,010 AUD with its fee.
fn buy() -> Proposal {
    limit(Buy, "100000", "0.1")
}

#[test]
fn what_is_unknown_refuses_buys_with_a_code_each_and_lets_sales_pass() {
    let unknown = worth(Bid::None, false);
    let (empty, rich) = (cash_only("0"), cash_only("100000"));
    let sale = limit(Sell, "100000", "0.1");
    for (exposure, code) in [
        (calm(&unknown), "equity_unknown"),
        (calm(&empty), "equity_zero"),
        (Exposure { day_start: None, ..calm(&rich) }, "day_start_unknown"),
        (Exposure { peak: None, ..calm(&rich) }, "peak_unknown"),
        (Exposure { peak: Some(aud("0")), ..calm(&rich) }, "peak_unknown"),
    ] {
        assert_eq!(with(&buy(), exposure), code);
        assert_eq!(with(&sale, exposure), "ok", "{code} must not lock the trader in");
    }
    let limits = Limits::defaults(Book::Paper);
    let denial = judge(&buy(), &GateContext { exposure: calm(&unknown), ..context(&limits) }).unwrap_err();
    assert!(denial.message.contains("no fresh bid for BTC."), "{}", denial.message);
}

#[test]
fn a_coin_may_take_exactly_its_share_of_the_equity_open_buys_included() {
    let worth = cash_only("100000");
    let held = |already: &str| with(&buy(), Exposure { coin: aud(already), ..calm(&worth) });
    assert_eq!(held("9990"), "ok", "20,000 of 100,000");
    assert_eq!(held("9990.01"), "max_coin_pct");
    assert_eq!(held("79228162514264337593543950335"), "max_coin_pct", "a share beyond every number");
}

#[test]
fn an_algorithm_may_take_exactly_its_share_and_a_person_is_not_bound_by_it() {
    let worth = cash_only("100000");
    let order = Proposal { algorithm: Some(name("sma_cross")), ..buy() };
    let held = |order: &Proposal, already: &str| with(order, Exposure { algorithm: aud(already), ..calm(&worth) });
    assert_eq!(held(&order, "19990"), "ok");
    assert_eq!(held(&order, "19990.01"), "max_algorithm_pct");
    assert_eq!(held(&buy(), "19990.01"), "ok");
    assert_eq!(held(&Proposal { side: Sell, ..order }, "90000"), "ok");
}

#[test]
fn buys_stop_when_the_day_or_the_fall_from_the_highest_went_beyond_the_limit() {
    let worth = cash_only("95000");
    let day = |start: &str| with(&buy(), Exposure { day_start: Some(aud(start)), ..calm(&worth) });
    assert_eq!(day("100000"), "ok", "exactly five percent");
    assert_eq!(day("100000.01"), "max_day_loss_pct");
    assert_eq!(day("50000"), "ok", "a gain");
    let fallen = |peak: &str| with(&buy(), Exposure { peak: Some(aud(peak)), ..calm(&worth) });
    assert_eq!(fallen("111764"), "ok");
    assert_eq!(fallen("111765"), "max_drawdown_pct");
    let sale = limit(Sell, "100000", "0.1");
    assert_eq!(with(&sale, Exposure { peak: Some(aud("999999")), ..calm(&worth) }), "ok");
}

#[test]
fn the_same_order_again_is_refused_until_it_is_meant() {
    let limits = Limits::defaults(Book::Paper);
    let denial = judge(&buy(), &GateContext { repeats: Some(id(7)), ..context(&limits) }).unwrap_err();
    assert_eq!(denial.code, "repeated_order");
    assert!(denial.message.contains(&id(7).to_string()), "{}", denial.message);
}

#[test]
fn headroom_tells_what_is_used_before_and_after_and_what_nobody_knows() {
    let limits = Limits::defaults(Book::Paper);
    let worth = cash_only("100000");
    let exposure = Exposure { coin: aud("5000"), day_start: Some(aud("104000")), ..calm(&worth) };
    let context = GateContext { exposure, bought_today: aud("1000"), ..context(&limits) };
    let of = |proposal: &Proposal, context: &GateContext<'_>, limit: LimitName| {
        let room = crate::headroom(proposal, aud("2000"), context);
        room.into_iter().find(|room| room.limit == limit)
    };
    let room = of(&buy(), &context, LimitName::MaxCoinPct).unwrap();
    assert_eq!((room.used, room.after, room.most), (Some(dec("5")), Some(dec("7")), dec("20")));
    let room = of(&limit(Sell, "1", "1"), &context, LimitName::MaxCoinPct).unwrap();
    assert_eq!(room.after, Some(dec("3")), "a sale makes room");
    let room = of(&buy(), &context, LimitName::MaxDayAud).unwrap();
    assert_eq!((room.used, room.after), (Some(dec("1000")), Some(dec("3000"))));
    let room = of(&buy(), &context, LimitName::MaxDayLossPct).unwrap();
    assert_eq!(room.used.map(|used| used.round_dp(4)), Some(dec("3.8462")));
    assert_eq!(of(&buy(), &context, LimitName::MaxAlgorithmPct), None, "no algorithm asks");
    let unknown = Worth { equity: None, ..worth.clone() };
    let context = GateContext { exposure: Exposure { worth: &unknown, ..exposure }, ..context };
    assert_eq!(of(&buy(), &context, LimitName::MaxCoinPct).unwrap().used, None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Orders of any size one after the other, each filled at once at its worst and the market falling in between.
    #[test]
    fn no_run_of_orders_passes_that_would_break_a_limit_on_equity(
        orders in prop::collection::vec((any::<bool>(), any::<bool>(), 1_i64..40_000_000, 950_i64..1_040), 1..40),
    ) {
        let limits = Limits::defaults(Book::Paper);
        let (mut cash, mut held, mut own) = (dec("300000"), Decimal::ZERO, Decimal::ZERO);
        let (start, mut peak, mut market) = (dec("300000"), dec("300000"), dec("100000"));
        for (sell, by_hand, coins, drift) in orders {
            market = (market * Decimal::from(drift) / dec("1000")).round_dp(2).max(dec("1000"));
            let quote = domain::Quote { bid: Price::new(market).ok(), ask: Price::new(market).ok(), ..crate::fixtures::btc() };
            let coins = Quantity::new(Decimal::new(coins, 8)).unwrap();
            let bid = Price::new(market).unwrap();
            let holding = Quantity::new(held).unwrap();
            let worth = Worth::of(
                Money::aud(cash),
                [(coin("BTC"), holding)].into_iter().filter(|(_, held)| !held.is_zero()),
                |_| Bid::Fresh(bid),
                |_| false,
            );
            let equity = worth.equity.unwrap();
            peak = peak.max(equity.amount());
            let algorithm = (!by_hand).then(|| name("sma_cross"));
            let order = Proposal { quantity: coins, algorithm, ..limit(if sell { Sell } else { Buy }, &market.to_string(), "1") };
            let exposure = Exposure {
                worth: &worth,
                day_start: Some(Money::aud(start)),
                peak: Some(Money::aud(peak)),
                coin: worth.value_of(coin("BTC")),
                algorithm: worth.part_of(coin("BTC"), Quantity::new(own).unwrap()),
            };
            let context = GateContext {
                quote: Some(quote),
                exposure,
                cash_available: Money::aud(cash),
                coins_available: holding,
                ..context(&limits)
            };
            let passed = judge(&order, &context);
            if sell {
                let covered = coins <= holding && market * coins.decimal() >= dec("0.01");
                prop_assert_eq!(passed.is_ok(), covered, "a covered sale always passes");
                if covered {
                    held -= coins.decimal();
                    cash += market * coins.decimal() * dec("0.999");
                    own = own.min(held);
                }
                continue;
            }
            let Ok(passed) = passed else { continue };
            let (fallen, dropped) = (dec("100") - equity.amount() * dec("100") / start, dec("100") - equity.amount() * dec("100") / peak);
            prop_assert!(fallen <= dec("5"), "bought after losing {fallen} %");
            prop_assert!(dropped <= dec("15"), "bought {dropped} % below the peak");
            held += coins.decimal();
            cash -= passed.reservation().cash.amount();
            own += if by_hand { Decimal::ZERO } else { coins.decimal() };
            let after = cash + held * market;
            prop_assert!(held * market <= after * dec("0.2") + dec("0.0000001"), "one coin");
            if !by_hand {
                prop_assert!(own * market <= after * dec("0.3") + dec("0.0000001"), "one algorithm");
            }
        }
    }
}
