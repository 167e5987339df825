//! An order that is to have another limit, and one that has another than we know.

use super::*;
use domain::{Amendment, OrderNote, Price};

impl Desk {
    /// Asks for 91,000 in place of 90,000.
    fn amend(&mut self, number: u8, to: &str) {
        let amendment = Amendment {
            at: NOW,
            by: name("mandate"),
            ask: None,
            from: price("90000"),
            to: price(to),
            nonce: 77,
            body: String::new(),
        };
        let note = OrderNote::AmendAsked(Box::new(amendment));
        self.take(vec![Fact::OrderNoted { order: id(number), note }]);
    }

    fn order(&self, number: u8) -> &Order {
        self.orders.get(id(number)).unwrap()
    }

    /// Its limit, whether its market is closed, and the cash set aside for it.
    fn limit(&self, number: u8) -> (Option<Price>, bool, String) {
        let order = self.order(number);
        (order.limit(), order.locks_market(), self.orders.reserved_cash(Book::Live).amount().normalize().to_string())
    }
}

fn rests_at(rate: &str, left: &str) -> VenueOrder {
    VenueOrder { rate: price(rate), ..rests("a", left) }
}

#[test]
fn until_looks_show_which_limit_it_has_the_worse_one_is_set_aside_and_the_market_is_closed() {
    for (to, worse) in [("91000", "910.91"), ("89000", "900.9")] {
        let mut desk = Desk::default();
        desk.rest(1, "0.01", "a");
        desk.amend(1, to);
        assert_eq!(desk.limit(1), (Some(price("90000")), true, worse.to_owned()));
        // A restart folds the same.
        assert_eq!(desk.orders.clone().locking(coin("BTC")).map(Order::id), Some(id(1)));
        desk.look(&look(5, vec![rests_at(to, "0.01")], vec![]));
        let alone = if to == "91000" { "910.91" } else { "890.89" };
        assert_eq!(desk.limit(1), (Some(price(to)), false, alone.to_owned()));
    }
}

#[test]
fn the_old_limit_is_believed_after_many_looks_over_ten_minutes_or_after_few_with_a_refusal() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.amend(1, "91000");
    for seconds in [5, 150, 300, 450, 604] {
        desk.look(&look(seconds, vec![rests("a", "0.01")], vec![]));
        assert!(desk.order(1).amending().is_some(), "{seconds}");
    }
    desk.look(&look(605, vec![rests("a", "0.01")], vec![]));
    assert_eq!(desk.limit(1), (Some(price("90000")), false, "900.9".to_owned()));
    assert_eq!(desk.order(1).amend_dropped().unwrap().code, "not_amended");

    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.amend(1, "91000");
    desk.look(&look(1, vec![rests("a", "0.01")], vec![]));
    let refused = OrderNote::AmendRefused(Denial::new("venue_refused", "no"));
    desk.take(vec![Fact::OrderNoted { order: id(1), note: refused }]);
    desk.look(&look(5, vec![rests("a", "0.01")], vec![]));
    assert!(desk.order(1).amending().is_some(), "looks from before the refusal don't count");
    desk.look(&look(8, vec![rests("a", "0.01")], vec![]));
    assert_eq!(desk.order(1).amend_dropped().unwrap().code, "venue_refused");
}

#[test]
fn an_order_that_rests_at_another_limit_than_we_know_is_followed() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.look(&look(5, vec![rests_at("90000.0", "0.01")], vec![]));
    assert_eq!(desk.limit(1).0, Some(price("90000")));
    desk.look(&look(9, vec![rests_at("95000", "0.01")], vec![]));
    assert_eq!(desk.limit(1), (Some(price("95000")), false, "950.95".to_owned()));
    // An edit that was given up and arrives after all.
    desk.amend(1, "96000");
    let dropped = OrderNote::AmendDropped(Denial::new("not_amended", "no"));
    desk.take(vec![Fact::OrderNoted { order: id(1), note: dropped }]);
    desk.look(&look(12, vec![rests_at("96000", "0.01")], vec![]));
    assert_eq!(desk.limit(1).2, "960.96");
}

#[test]
fn a_fill_at_the_limit_before_is_still_its_fill_when_it_is_told_late_and_without_an_id() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.amend(1, "80000");
    desk.take(vec![Fact::OrderAmended { order: id(1), limit: price("80000") }]);
    desk.look(&look(5, vec![rests_at("80000", "0.006")], vec![row(None, "0.004")]));
    assert_eq!(desk.state(1), state(OrderState::PartiallyFilled, "0.004"));
}

#[test]
fn an_order_filled_at_the_new_limit_needs_no_look_that_shows_it() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.amend(1, "91000");
    let dearer = VenueFill { rate: price("91000"), ..row(None, "0.01") };
    for seconds in [5, 9] {
        desk.look(&look(seconds, vec![], vec![dearer.clone()]));
    }
    assert_eq!(desk.state(1), state(OrderState::Filled, "0.01"));
    assert!(desk.order(1).amending().is_none() && !desk.order(1).locks_market());
}

#[test]
fn an_order_that_may_rest_under_another_name_is_not_called_gone() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.amend(1, "91000");
    let renamed = VenueOrder { id: "b".into(), ..rests_at("91000", "0.01") };
    for seconds in [5, 30, 60, 90] {
        desk.look(&look(seconds, vec![renamed.clone()], vec![]));
        assert!(desk.order(1).locks_market(), "{seconds}");
    }
    // The person takes that one back on the website.
    for seconds in [120, 140, 160] {
        desk.look(&look(seconds, vec![], vec![]));
    }
    assert_eq!(desk.state(1).0, OrderState::Cancelled);
}

#[test]
fn two_things_that_could_be_an_order_are_remembered_by_the_next_process() {
    let mut desk = Desk::default();
    desk.lose(1, "0.01", "timeout");
    desk.look(&look(5, vec![rests("a", "0.01"), rests("b", "0.01")], vec![]));
    let mut restarted = desk.restarted();
    restarted.look(&look(9, vec![rests("b", "0.01")], vec![]));
    assert_eq!(restarted.state(1).0, OrderState::Unknown, "the other one may have been it");
    assert!(restarted.watch.note(id(1)).unwrap().may_be_closed(restarted.order(1)));
}

impl Desk {
    /// Was asked to move to 91,000, and the venue answered that it is called `b` now.
    fn renamed() -> Self {
        let mut desk = Self::default();
        desk.rest(1, "0.01", "a");
        desk.amend(1, "91000");
        desk.take(vec![Fact::OrderNoted { order: id(1), note: OrderNote::AmendRenamed("b".into()) }]);
        desk
    }

    fn venue_id(&self) -> Option<&str> {
        self.order(1).venue_order_id()
    }
}

fn other(name: &str, rate: &str, left: &str) -> VenueOrder {
    VenueOrder { id: name.into(), ..rests_at(rate, left) }
}

#[test]
fn an_order_the_venue_gave_another_id_is_followed_once_just_what_was_left_rests_under_it() {
    let mut desk = Desk::renamed();
    desk.look(&look(1, vec![], vec![]));
    assert_eq!((desk.venue_id(), desk.order(1).locks_market()), (Some("a"), true), "nothing shows it yet");
    desk.look(&look(2, vec![other("b", "91000", "0.01")], vec![]));
    assert_eq!((desk.venue_id(), desk.limit(1)), (Some("b"), (Some(price("91000")), false, "910.91".to_owned())));
    // The next process knows it; a row under either id is its fill, once.
    let mut desk = desk.restarted();
    let rows = vec![row(Some("a"), "0.003"), row(Some("b"), "0.002"), row(Some("a"), "0.003")];
    for seconds in [5, 9] {
        desk.look(&look(seconds, vec![other("b", "91000", "0.002")], rows.clone()));
    }
    assert_eq!(desk.state(1), state(OrderState::PartiallyFilled, "0.008"));
    for seconds in [20, 40, 60] {
        desk.look(&look(seconds, vec![], rows.clone()));
    }
    assert_eq!(desk.state(1).0, OrderState::Cancelled);
}

#[test]
fn an_order_that_was_filled_under_its_new_id_is_followed_by_its_rows() {
    let mut desk = Desk::renamed();
    let dearer = |coins| VenueFill { rate: price("91000"), ..row(Some("b"), coins) };
    desk.look(&look(2, vec![other("b", "91000", "0.006")], vec![dearer("0.004")]));
    assert_eq!((desk.venue_id(), desk.state(1)), (Some("b"), state(OrderState::PartiallyFilled, "0.004")));
    let mut desk = Desk::renamed();
    desk.look(&look(2, vec![], vec![dearer("0.01")]));
    assert_eq!(desk.state(1), state(OrderState::Filled, "0.01"));
}

#[test]
fn what_is_under_the_new_id_and_is_not_exactly_the_order_is_followed_by_nobody() {
    let mine = rests_at("90000", "0.01");
    for (what, open) in [
        ("another quantity", vec![other("b", "91000", "0.009")]),
        ("more than was left", vec![other("b", "91000", "0.011")]),
        ("another limit", vec![other("b", "91500", "0.01")]),
        ("another id", vec![other("c", "91000", "0.01")]),
        ("both rest", vec![mine, other("b", "91000", "0.01")]),
    ] {
        let mut desk = Desk::renamed();
        for seconds in [5, 200, 400, 600, 800, 1_000, 1_200] {
            desk.look(&look(seconds, open.clone(), vec![]));
            assert_eq!((desk.venue_id(), desk.order(1).locks_market()), (Some("a"), true), "{what} {seconds}");
        }
        assert_eq!(desk.orders.reserved_cash(Book::Live).amount().normalize().to_string(), "910.91", "{what}");
    }
}
