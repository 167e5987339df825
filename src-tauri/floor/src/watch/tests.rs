mod amended;
mod disputed;

use super::*;
use crate::fixtures::{NOW, coin, dec, id, limit, name, price, quantity};
use domain::{BasisPoints, Denial, Intent, Money, OrderKind, Quantity, Resolution};
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    NOW.plus_micros(seconds * 1_000_000)
}

fn look(seconds: i64, open: Vec<VenueOrder>, done: Vec<VenueFill>) -> Look {
    let mut cash = dec("10000");
    let mut coins = dec("1");
    for row in &done {
        coins += row.amount.decimal();
        cash -= row.amount.decimal() * row.rate.decimal() + row.fee;
    }
    let coins = vec![(coin("BTC"), Quantity::new(coins).unwrap())];
    Look { at: at(seconds), open, done, complete: true, coins, cash }
}

fn rests(id: &str, left: &str) -> VenueOrder {
    VenueOrder {
        id: id.into(),
        side: Side::Buy,
        coin: coin("BTC"),
        left: quantity(left),
        rate: price("90000"),
        created: Some(at(1)),
    }
}

fn row(id: Option<&str>, amount: &str) -> VenueFill {
    VenueFill {
        id: id.map(Into::into),
        side: Side::Buy,
        coin: coin("BTC"),
        instant: false,
        amount: quantity(amount),
        rate: price("90000"),
        fee: dec("0.05"),
        at: at(2),
    }
}

/// The desk as far as it matters here: orders and what is known of them.
#[derive(Default)]
struct Desk {
    orders: Orders,
    watch: Watch,
    journal: Vec<Fact>,
}

impl Desk {
    fn take(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            self.orders.apply(&fact).unwrap_or_else(|error| panic!("{error}: {fact:?}"));
            self.watch.take(&fact, &self.orders);
            self.journal.push(fact);
        }
    }

    /// A new process, that knows what was written down and no look.
    fn restarted(&self) -> Self {
        let mut desk = Self::default();
        desk.take(self.journal.clone());
        desk
    }

    fn send(&mut self, number: u8, kind: OrderKind, coins: &str, before: &Look) {
        let order = id(number);
        let proposal = Proposal { book: Book::Live, kind, ..limit(Side::Buy, "90000", coins) };
        let intent = Intent {
            at: NOW,
            nonce: u64::from(number),
            body: String::new(),
            worst: price("90000"),
            fee: BasisPoints(10),
            cash: Money::ZERO_AUD,
            coins: Quantity::ZERO,
            before: crate::kept_before(before, coin("BTC")),
        };
        self.take(vec![
            Fact::OrderProposed { order, proposal },
            Fact::OrderApproved { order, by: name("mandate") },
            Fact::LiveIntended { order, intent: Box::new(intent) },
        ]);
    }

    /// Order `number` for so many coins at 90,000, acknowledged as `venue`.
    fn rest(&mut self, number: u8, coins: &str, venue: &str) {
        self.send(number, OrderKind::Limit(price("90000")), coins, &look(0, vec![], vec![]));
        self.take(vec![Fact::OrderOpened { order: id(number), venue_order_id: Some(venue.into()) }]);
    }

    fn lose(&mut self, number: u8, coins: &str, code: &str) {
        self.send(number, OrderKind::Limit(price("90000")), coins, &look(0, vec![], vec![]));
        self.take(vec![Fact::OrderUnknown { order: id(number), why: Denial::new(code, "the venue's words") }]);
    }

    /// Looks, and writes down what it means. Whether it meant anything.
    fn look(&mut self, look: &Look) -> bool {
        let begun = self.watch.begun();
        let steps = self.watch.pass(&self.orders, look, begun);
        let any = !steps.is_empty();
        steps.into_iter().for_each(|step| self.take(step.facts));
        any
    }

    fn state(&self, number: u8) -> (OrderState, String) {
        let order = self.orders.get(id(number)).unwrap();
        (order.state(), order.filled().to_string())
    }
}

fn state(state: OrderState, filled: &str) -> (OrderState, String) {
    (state, filled.to_owned())
}

#[test]
fn fills_of_a_resting_order_are_taken_once_whatever_ids_rows_carry() {
    for ids in [[Some("a"), Some("a")], [Some("x"), Some("y")], [None, None]] {
        let mut desk = Desk::default();
        desk.rest(1, "0.01", "a");
        assert!(!desk.look(&look(5, vec![rests("a", "0.01")], vec![])), "nothing happened");
        let first = row(ids[0], "0.004");
        desk.look(&look(10, vec![rests("a", "0.006")], vec![first.clone()]));
        assert_eq!(desk.state(1), state(OrderState::PartiallyFilled, "0.004"), "{ids:?}");
        assert!(!desk.look(&look(12, vec![rests("a", "0.006")], vec![first.clone()])), "the same again is no news");
        let all = vec![row(ids[1], "0.006"), first.clone()];
        for seconds in [15, 18, 21] {
            desk.look(&look(seconds, vec![], all.clone()));
        }
        assert_eq!(desk.state(1), state(OrderState::Filled, "0.01"), "{ids:?}");
        let trades = desk.orders.get(id(1)).unwrap().fills().len();
        assert_eq!(trades, 2, "{ids:?}");
    }
}

#[test]
fn two_equal_rows_of_the_same_second_are_two_fills() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    let twins = vec![row(Some("a"), "0.005"), row(Some("a"), "0.005")];
    desk.look(&look(5, vec![], twins.clone()));
    assert_eq!(desk.state(1), state(OrderState::Filled, "0.01"));
    assert!(!desk.look(&look(8, vec![], twins)));
}

#[test]
fn a_history_that_lags_leaves_the_order_open_and_then_fills_it() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    for seconds in [5, 10, 20] {
        desk.look(&look(seconds, vec![], vec![]));
        assert_eq!(desk.state(1).0, OrderState::Open, "gone, and no row yet: {seconds}");
    }
    desk.look(&look(22, vec![], vec![row(Some("a"), "0.01")]));
    assert_eq!(desk.state(1), state(OrderState::Filled, "0.01"));
}

#[test]
fn an_order_cancelled_on_the_website_ends_and_a_fill_that_comes_late_wins() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    [5, 20, 40].into_iter().for_each(|seconds| {
        desk.look(&look(seconds, vec![], vec![]));
    });
    assert_eq!(desk.state(1), state(OrderState::Cancelled, "0"));
    assert_eq!(desk.orders.get(id(1)).unwrap().reason().unwrap().code, "at_venue");
    desk.look(&look(45, vec![], vec![row(Some("a"), "0.01")]));
    assert_eq!(desk.state(1), state(OrderState::Filled, "0.01"));
}

#[test]
fn a_cancel_counts_from_a_look_begun_after_its_answer() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.take(vec![Fact::CancelAsked { order: id(1), reason: name("by_person") }]);
    let early = desk.watch.begun();
    desk.watch.cancel_answered(id(1));
    let gone = look(5, vec![], vec![]);
    assert!(desk.watch.pass(&desk.orders, &gone, early).is_empty(), "begun before the answer");
    desk.look(&gone);
    assert_eq!(desk.state(1), state(OrderState::Cancelled, "0"));
    assert_eq!(desk.orders.get(id(1)).unwrap().reason().unwrap().code, "by_person");
}

#[test]
fn partly_filled_then_cancelled_keeps_exactly_what_was_filled() {
    // A row with a name nobody understands yet may be anybody's: it is told as not ours, and a person sees it.
    for (ids, filled, remaining) in [(Some("a"), "0.003", "0.007"), (Some("x"), "0", "0.01"), (None, "0.003", "0.007")]
    {
        let mut desk = Desk::default();
        desk.rest(1, "0.01", "a");
        desk.take(vec![Fact::CancelAsked { order: id(1), reason: name("by_person") }]);
        desk.watch.cancel_answered(id(1));
        desk.look(&look(5, vec![], vec![]));
        assert_eq!(desk.state(1), state(OrderState::Cancelled, "0"));
        // The history lags: the row of what filled before the cancel comes now.
        let done = vec![row(ids, "0.003")];
        desk.look(&look(8, vec![], done.clone()));
        desk.look(&look(11, vec![], done));
        assert_eq!(desk.state(1), state(OrderState::Cancelled, filled), "{ids:?}");
        assert_eq!(desk.orders.get(id(1)).unwrap().remaining(), quantity(remaining));
    }
}

#[test]
fn a_row_of_a_later_order_is_not_swallowed_by_a_cancelled_one() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.take(vec![Fact::CancelAsked { order: id(1), reason: name("by_person") }]);
    desk.watch.cancel_answered(id(1));
    desk.look(&look(1, vec![], vec![]));
    desk.rest(2, "0.02", "b");
    let later = VenueFill { at: at(30), ..row(None, "0.005") };
    desk.look(&look(31, vec![rests("b", "0.015")], vec![later.clone()]));
    desk.look(&look(34, vec![rests("b", "0.015")], vec![later]));
    assert_eq!(desk.state(1), state(OrderState::Cancelled, "0"));
    assert_eq!(desk.state(2), state(OrderState::PartiallyFilled, "0.005"));
}

#[test]
fn rows_of_two_orders_of_ours_are_told_apart_by_what_each_lacks() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.rest(2, "0.02", "b");
    let done = vec![row(None, "0.007"), row(None, "0.004")];
    desk.look(&look(5, vec![rests("a", "0.006"), rests("b", "0.013")], done));
    assert_eq!((desk.state(1).1.as_str(), desk.state(2).1.as_str()), ("0.004", "0.007"));
}

#[test]
fn a_row_with_another_orders_id_is_never_a_fill() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.rest(2, "0.01", "b");
    for seconds in [5, 9, 13] {
        desk.look(&look(seconds, vec![rests("b", "0.01")], vec![row(Some("b"), "0.01")]));
    }
    assert_eq!(desk.state(1), state(OrderState::Open, "0"), "it is gone, and that row is the other's");
}

#[test]
fn a_lost_order_that_shows_is_adopted_with_what_was_filled() {
    let mut desk = Desk::default();
    desk.lose(1, "0.01", "timeout");
    desk.look(&look(5, vec![rests("a", "0.004")], vec![row(Some("a"), "0.006")]));
    assert_eq!(desk.state(1), state(OrderState::PartiallyFilled, "0.006"));
    assert_eq!(desk.orders.get(id(1)).unwrap().venue_order_id(), Some("a"));
    desk.look(&look(8, vec![], vec![row(Some("a"), "0.006"), row(Some("a"), "0.004")]));
    assert_eq!(desk.state(1), state(OrderState::Filled, "0.01"));
}

#[test]
fn a_refusal_is_believed_after_quiet_looks_and_a_lost_reply_never() {
    for (code, closed) in [(REFUSED, true), ("timeout", false), ("interrupted", false)] {
        let mut desk = Desk::default();
        desk.lose(1, "0.01", code);
        desk.look(&look(1, vec![], vec![]));
        desk.look(&look(3, vec![], vec![]));
        assert_eq!(desk.state(1).0, OrderState::Unknown, "{code}: two looks 2 s apart");
        for minutes in 1..5_000 {
            desk.look(&look(60 * minutes, vec![], vec![]));
        }
        let order = desk.orders.get(id(1)).unwrap();
        assert_eq!(order.state() == OrderState::Rejected, closed, "{code}");
        if closed {
            let reason = order.reason().unwrap();
            assert_eq!((reason.code.as_str(), reason.message.as_str()), (REFUSED, "the venue's words"));
        }
    }
}

#[test]
fn a_refused_order_that_was_placed_all_the_same_is_adopted() {
    let mut desk = Desk::default();
    desk.lose(1, "0.01", REFUSED);
    desk.look(&look(1, vec![], vec![]));
    desk.look(&look(5, vec![rests("a", "0.01")], vec![]));
    assert_eq!(desk.state(1), state(OrderState::Open, "0"));
}

#[test]
fn a_person_may_close_an_order_only_after_quiet_looks_or_with_a_choice_before_them() {
    let mut desk = Desk::default();
    desk.lose(1, "0.01", "timeout");
    let close = |desk: &Desk| desk.watch.close_by_person(desk.orders.get(id(1)).unwrap(), "I looked");
    assert_eq!(close(&desk).unwrap_err().code(), "too_early");
    for seconds in [0, 150, 300, 450, 599] {
        desk.look(&look(seconds, vec![], vec![]));
    }
    assert_eq!(close(&desk).unwrap_err().code(), "too_early");
    desk.look(&look(600, vec![], vec![]));
    assert!(close(&desk).is_ok());
    desk.look(&look(725, vec![], vec![]));
    // A restart forgets looks and not what was written down.
    let mut restarted = desk.restarted();
    restarted.look(&look(726, vec![], vec![]));
    assert!(close(&restarted).is_ok());
    let facts = close(&desk).unwrap();
    desk.take(facts);
    assert_eq!(desk.orders.get(id(1)).unwrap().reason().unwrap().code, "closed_by_person");

    let mut desk = Desk::default();
    desk.lose(1, "0.01", "timeout");
    desk.look(&look(5, vec![rests("a", "0.01"), rests("b", "0.01"), rests("c", "0.5")], vec![]));
    assert_eq!(desk.state(1).0, OrderState::Unknown);
    let adopt = |desk: &Desk, venue| desk.watch.adopt_by_person(desk.orders.get(id(1)).unwrap(), venue, "mine");
    assert_eq!(adopt(&desk, None).unwrap_err().code(), "several_candidates");
    assert_eq!(adopt(&desk, Some("z")).unwrap_err().code(), "no_candidate");
    assert!(close(&desk).is_ok(), "both are a choice");
    let facts = adopt(&desk, Some("b")).unwrap();
    desk.take(facts);
    assert_eq!(desk.orders.get(id(1)).unwrap().venue_order_id(), Some("b"));
    assert_eq!(adopt(&desk, Some("a")).unwrap_err().code(), "order_not_unknown");
}

#[test]
fn once_two_things_could_be_it_the_one_that_is_left_is_no_evidence() {
    let mut desk = Desk::default();
    desk.lose(1, "0.06", "timeout");
    // Ours, and one made by hand for 0.07 of which a part is filled.
    desk.look(&look(3, vec![rests("a", "0.06"), rests("hand", "0.04")], vec![]));
    // Ours is taken back on the website; of the other's four rows three are told: it looks like 0.06.
    let rows = vec![row(Some("hand"), "0.01"), row(Some("hand"), "0.02")];
    desk.look(&look(8, vec![rests("hand", "0.03")], rows));
    assert_eq!(desk.state(1), state(OrderState::Unknown, "0"));
    let facts = desk.watch.adopt_by_person(desk.orders.get(id(1)).unwrap(), Some("hand"), "it is mine");
    assert!(facts.is_ok(), "a person may still say so");
}

#[test]
fn what_is_larger_than_the_order_can_not_be_adopted() {
    let mut desk = Desk::default();
    desk.lose(1, "0.01", "timeout");
    desk.look(&look(5, vec![rests("c", "0.5")], vec![]));
    let order = desk.orders.get(id(1)).unwrap();
    assert_eq!(desk.watch.adopt_by_person(order, Some("c"), "mine").unwrap_err().code(), "candidate_too_large");
}

#[test]
fn an_instant_order_waits_for_its_row_and_is_unknown_without() {
    let bought = VenueFill { instant: true, ..row(Some("r1"), "0.01") };
    let mut desk = Desk::default();
    desk.send(1, OrderKind::Instant, "0.01", &look(0, vec![], vec![]));
    desk.take(vec![Fact::OrderOpened { order: id(1), venue_order_id: None }]);
    desk.look(&look(5, vec![], vec![]));
    assert!(desk.orders.get(id(1)).unwrap().locks_market());
    desk.look(&look(8, vec![], vec![bought]));
    assert_eq!(desk.state(1), state(OrderState::Filled, "0.01"));

    let mut desk = Desk::default();
    desk.send(1, OrderKind::Instant, "0.01", &look(0, vec![], vec![]));
    desk.take(vec![Fact::OrderOpened { order: id(1), venue_order_id: None }]);
    [5, 20, 40, 60, 66].into_iter().for_each(|seconds| {
        desk.look(&look(seconds, vec![], vec![]));
    });
    assert_eq!(desk.state(1).0, OrderState::Unknown);
}

#[test]
fn an_incomplete_look_and_one_begun_too_early_say_nothing() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    let cut = Look { complete: false, ..look(5, vec![], vec![row(Some("a"), "0.01")]) };
    assert!(!desk.look(&cut));
    let begun = desk.watch.begun();
    desk.lose(2, "0.02", "timeout");
    let early = look(6, vec![rests("a", "0.01"), rests("b", "0.02")], vec![]);
    assert!(desk.watch.pass(&desk.orders, &early, begun).is_empty());
}

#[test]
fn what_is_not_ours_is_shown_and_what_could_be_is_not() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    let seen = look(5, vec![], vec![row(Some("a"), "0.01"), row(Some("hand"), "0.02")]);
    desk.look(&seen);
    assert_eq!(desk.state(1).0, OrderState::Filled);
    let (open, done) = desk.watch.foreign(&desk.orders, &seen);
    assert_eq!((open.len(), done.len()), (0, 1));
    let rested = look(6, vec![rests("hand2", "1")], vec![]);
    assert_eq!(desk.watch.foreign(&desk.orders, &rested).0.len(), 1);
    desk.lose(2, "0.5", "timeout");
    assert_eq!(desk.watch.foreign(&desk.orders, &rested).0.len(), 0, "it could be the lost one");
}

/// A venue in a few lines: one order of ours and one by hand, both in cents of a coin, with fills at chosen moments, a history
/// that lags, and a habit of ids.
#[derive(Debug, Clone)]
struct Play {
    fills: Vec<(bool, i64, i64)>,
    lag: i64,
    habit: u8,
    lost: bool,
    cancel_at: Option<i64>,
}

fn play() -> impl Strategy<Value = Play> {
    let fills = prop::collection::vec((any::<bool>(), 1_i64..4, 2_i64..40), 0..8);
    (fills, 0_i64..6, 0_u8..3, any::<bool>(), prop::option::of(5_i64..40))
        .prop_map(|(fills, lag, habit, lost, cancel_at)| Play { fills, lag, habit, lost, cancel_at })
}

impl Play {
    /// What the venue says at a second, and what it truly filled of ours by then.
    fn say(&self, now: i64) -> (Look, i64) {
        let (mut left, mut done) = ([6_i64, 7], Vec::new());
        let mut fills = self.fills.clone();
        fills.sort_by_key(|fill| fill.2);
        for (n, (ours, cents, when)) in fills.iter().enumerate() {
            let which = usize::from(!ours);
            let over = *ours && self.cancel_at.is_some_and(|at| at <= *when);
            let part = (*cents).min(left[which]);
            if part == 0 || *when > now || over {
                continue;
            }
            left[which] -= part;
            if when + self.lag <= now {
                let id = match self.habit {
                    0 => Some(["a", "hand"][which].to_owned()),
                    1 => Some(format!("r{n}")),
                    _ => None,
                };
                let amount = Quantity::new(domain::Decimal::new(part, 2)).unwrap();
                done.push(VenueFill { id, amount, at: at(*when), ..row(None, "1") });
            }
        }
        let cancelled = self.cancel_at.is_some_and(|at| at <= now);
        let mut open = Vec::new();
        for (id, left, gone) in [("a", left[0], cancelled), ("hand", left[1], false)] {
            if left > 0 && !gone {
                let left = Quantity::new(domain::Decimal::new(left, 2)).unwrap();
                open.push(VenueOrder { left, ..rests(id, "1") });
            }
        }
        (look(now, open, done), 6 - left[0])
    }
}

proptest! {
    /// Whatever is filled when, by whom, with which ids and how late: what is booked for our order is never more than what was
    /// filled of it, each row once; and where rows carry ids, in the end exactly that.
    #[test]
    fn no_play_of_the_venue_makes_a_fill_that_was_not(play in play()) {
        let mut desk = Desk::default();
        if play.lost { desk.lose(1, "0.06", "timeout") } else { desk.rest(1, "0.06", "a") }
        for now in 2..70 {
            if play.cancel_at == Some(now) && desk.orders.get(id(1)).unwrap().is_resting() {
                desk.take(vec![Fact::CancelAsked { order: id(1), reason: name("by_person") }]);
                desk.watch.cancel_answered(id(1));
            }
            let (look, truly) = play.say(now);
            desk.look(&look);
            let filled = desk.orders.get(id(1)).unwrap().filled().decimal();
            if play.habit == 0 {
                prop_assert!(filled <= domain::Decimal::new(truly, 2), "{filled} of {truly} at {now}");
            }
            prop_assert!(filled <= dec("0.06"));
        }
        let order = desk.orders.get(id(1)).unwrap();
        let known = order.venue_order_id() == Some("a");
        let (_, truly) = play.say(70);
        if play.habit == 0 && known {
            prop_assert_eq!(order.filled().decimal(), domain::Decimal::new(truly, 2));
        }
        let mut rows: Vec<_> = order.rows().to_vec();
        rows.sort();
        let (last, _) = play.say(70);
        for row in &rows {
            let count = |all: &[VenueFill]| all.iter().filter(|other| *other == row).count();
            prop_assert!(count(&rows) <= count(&last.done), "a row was counted twice");
        }
    }
}

#[test]
fn a_resolution_told_twice_is_refused_by_the_order() {
    let mut desk = Desk::default();
    desk.lose(1, "0.01", REFUSED);
    let gone =
        Fact::OrderResolved { order: id(1), resolution: Resolution::NotPlaced, by: name("evidence"), why: "no".into() };
    desk.take(vec![gone.clone()]);
    assert!(desk.orders.apply(&gone).is_err());
}

#[test]
fn an_order_found_by_the_id_of_its_row_does_not_teach_that_rows_carry_the_ids_of_orders() {
    let mut desk = Desk::default();
    desk.lose(1, "0.5", "timeout");
    let found = row(Some("r1"), "0.5");
    assert!(desk.look(&look(10, vec![], vec![found.clone()])));
    assert_eq!(desk.state(1), state(OrderState::Filled, "0.5"));
    desk.rest(2, "0.4", "o2");
    let part = VenueFill { at: at(20), ..row(Some("r2"), "0.1") };
    assert!(desk.look(&look(30, vec![rests("o2", "0.3")], vec![found, part])), "its row has an id of its own");
    assert_eq!(desk.state(2), state(OrderState::PartiallyFilled, "0.1"));
}

#[test]
fn rows_of_the_book_that_nobody_can_place_hold_up_no_instant_order() {
    let mut desk = Desk::default();
    desk.rest(1, "0.5", "o1");
    desk.send(2, OrderKind::Instant, "0.2", &look(3, vec![rests("o1", "0.5")], vec![]));
    desk.take(vec![Fact::OrderOpened { order: id(2), venue_order_id: None }]);
    let instant = VenueFill { instant: true, at: at(4), ..row(None, "0.2") };
    // A fifth of the first is gone and no row explains it yet.
    desk.look(&look(5, vec![rests("o1", "0.4")], vec![instant]));
    assert_eq!(desk.state(2), state(OrderState::Filled, "0.2"));
    assert_eq!(desk.state(1), state(OrderState::Open, "0"));
}

#[test]
fn a_cancelled_order_takes_no_late_row_that_is_named_while_names_are_not_understood() {
    let mut desk = Desk::default();
    desk.rest(1, "0.5", "o1");
    desk.take(vec![Fact::CancelAsked { order: id(1), reason: name("by_person") }]);
    desk.watch.cancel_answered(id(1));
    assert!(desk.look(&look(10, vec![], vec![])));
    assert_eq!(desk.state(1), state(OrderState::Cancelled, "0"));
    // An order made by hand, filled before any look showed it resting.
    let by_hand = VenueFill { at: at(9), ..row(Some("o9"), "0.25") };
    desk.look(&look(12, vec![], vec![by_hand.clone()]));
    assert_eq!(desk.state(1), state(OrderState::Cancelled, "0"));
    let own = VenueFill { at: at(9), ..row(Some("o1"), "0.5") };
    desk.look(&look(14, vec![], vec![by_hand, own]));
    assert_eq!(desk.state(1), state(OrderState::Filled, "0.5"));
}
