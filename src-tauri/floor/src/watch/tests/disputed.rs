//! Rows that two orders of ours could own, while the venue has not shown whether rows carry their orders' ids.

use super::*;

/// The first rested and isn't there any more; the second, the same to the digit, was refused.
fn twins() -> Desk {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.lose(2, "0.01", REFUSED);
    desk
}

/// Shows these rows and nothing that rests, for longer than anything waits.
fn looks(desk: &mut Desk, rows: &[VenueFill]) {
    for seconds in [5, 9, 13, 40, 80, 700] {
        desk.look(&look(seconds, vec![], rows.to_vec()));
    }
}

fn is_undecided(desk: &Desk) -> bool {
    let finding = desk.watch.note(id(2)).and_then(Note::finding);
    desk.state(1) == state(OrderState::Open, "0")
        && desk.state(2) == state(OrderState::Unknown, "0")
        && desk.watch.note(id(1)).is_some_and(Note::is_unclear)
        && matches!(finding, Some(Finding::Several(_) | Finding::Similar(_)))
}

#[test]
fn a_row_that_an_order_that_is_gone_and_a_refused_one_could_both_own_is_a_persons_to_place() {
    for name in [Some("o2"), None] {
        let rows = [row(name, "0.01")];
        let mut desk = twins();
        looks(&mut desk, &rows);
        assert!(is_undecided(&desk), "{name:?}");
        let undecided = desk.restarted();

        // The second was placed: the first was taken back on the website.
        let facts = desk.watch.adopt_by_person(desk.orders.get(id(2)).unwrap(), name, "it is that one");
        desk.take(facts.unwrap());
        looks(&mut desk, &rows);
        assert_eq!(desk.state(2), state(OrderState::Filled, "0.01"));
        assert_eq!(desk.state(1), state(OrderState::Cancelled, "0"));

        // It was not: the row is the first's. Also after a restart.
        let mut desk = undecided;
        looks(&mut desk, &rows);
        assert!(is_undecided(&desk), "{name:?}");
        let facts = desk.watch.close_by_person(desk.orders.get(id(2)).unwrap(), "it is not there");
        desk.take(facts.unwrap());
        looks(&mut desk, &rows);
        assert_eq!(desk.state(1), state(OrderState::Filled, "0.01"));
        assert_eq!(desk.state(2), state(OrderState::Rejected, "0"));
    }
}

#[test]
fn rows_once_disputed_stay_so_over_a_restart_when_they_no_longer_add_up_to_the_refused_order() {
    let mut desk = twins();
    let mut rows = vec![row(Some("r1"), "0.006"), row(Some("r2"), "0.004")];
    looks(&mut desk, &rows);
    assert!(is_undecided(&desk));
    // One made by hand comes beside them: all together are the second no more, and two of them are still the first.
    rows.push(row(Some("r3"), "0.002"));
    let mut restarted = desk.restarted();
    for desk in [&mut desk, &mut restarted] {
        looks(desk, &rows);
        assert!(is_undecided(desk));
    }
}

#[test]
fn what_an_order_that_rests_lacks_is_not_taken_from_a_refused_one_of_that_amount() {
    let mut desk = Desk::default();
    desk.rest(1, "0.03", "a");
    desk.lose(2, "0.01", REFUSED);
    // Both are filled, and the history does not tell the first's row yet.
    let theirs = row(Some("o2"), "0.01");
    for seconds in [5, 9, 13] {
        desk.look(&look(seconds, vec![rests("a", "0.02")], vec![theirs.clone()]));
    }
    assert_eq!(desk.state(1), state(OrderState::Open, "0"));
    desk.look(&look(15, vec![rests("a", "0.02")], vec![theirs, row(Some("a"), "0.01")]));
    assert_eq!(desk.state(1), state(OrderState::PartiallyFilled, "0.01"));
    assert_eq!(desk.state(2), state(OrderState::Unknown, "0"), "a person decides");
}

#[test]
fn two_equal_rows_are_enough_for_two_equal_orders() {
    let mut desk = twins();
    looks(&mut desk, &[row(None, "0.01"), row(None, "0.01")]);
    assert_eq!(desk.state(1), state(OrderState::Filled, "0.01"));
    assert_eq!(desk.state(2), state(OrderState::Filled, "0.01"));
}

#[test]
fn a_cancelled_order_takes_no_late_row_of_one_that_several_things_could_be() {
    let mut desk = Desk::default();
    desk.rest(1, "0.01", "a");
    desk.take(vec![Fact::CancelAsked { order: id(1), reason: name("by_person") }]);
    desk.watch.cancel_answered(id(1));
    desk.look(&look(3, vec![], vec![]));
    assert_eq!(desk.state(1), state(OrderState::Cancelled, "0"));
    desk.lose(2, "0.01", "timeout");
    desk.look(&look(4, vec![rests("b", "0.01"), rests("c", "0.01")], vec![]));
    desk.look(&look(6, vec![], vec![row(None, "0.01")]));
    assert_eq!(desk.state(1), state(OrderState::Cancelled, "0"));
    assert_eq!(desk.state(2), state(OrderState::Unknown, "0"));
}
