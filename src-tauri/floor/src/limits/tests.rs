use super::*;
use crate::fixtures::{dec, name};

#[test]
fn a_new_book_starts_with_the_promised_limits() {
    let shown = |book| Limits::defaults(book).iter().map(|(_, value)| value.unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(shown(Book::Paper), ["25000", "100000", "20", "30", "5", "15", "10", "3", "2", "60", "10", "0"]);
    assert_eq!(shown(Book::Live), ["100", "500", "20", "30", "5", "15", "10", "3", "2", "60", "10", "0"]);
}

#[test]
fn a_change_of_one_book_leaves_the_other() {
    let mut limits = BookLimits::default();
    let changes = vec![Limits::parse_change("price_collar_pct", "1.50").unwrap()];
    limits.apply(&Fact::LimitsSet { book: Book::Live, changes }).unwrap();
    assert_eq!(limits.of(Book::Live).get(LimitName::PriceCollarPct), Some(dec("1.5")));
    assert_eq!(limits.of(Book::Paper), &Limits::defaults(Book::Paper));
}

#[test]
fn unknown_names_and_bad_values_are_refused_by_name() {
    let refused = |limit: &str, value: &str| {
        let error = Limits::parse_change(limit, value).unwrap_err();
        assert!(error.to_string().contains(limit), "{error}");
        error.code()
    };
    assert_eq!(refused("max_order", "1"), "limit_name_unknown");
    for bad in ["NaN", "", "-1", "1e400", "1e2", "ten", "1,000", "79228162514264337593543950335"] {
        assert_eq!(refused("max_order_aud", bad), "limit_value_bad", "{bad}");
    }
    assert_eq!(refused("max_orders_per_minute", "1.5"), "limit_value_bad");
    assert_eq!(refused("price_collar_pct", "100.01"), "limit_value_bad");
    assert!(Limits::parse_change("max_price_age_s", "60.0").is_ok());
}

#[test]
fn a_damaged_change_leaves_its_limit_missing_and_the_others_taken() {
    let mut limits = BookLimits::default();
    let changes = vec![
        LimitChange::new(name("max_order_aud"), dec("-5")),
        LimitChange::new(name("max_day_aud"), dec("7")),
        LimitChange::new(name("no_such_limit"), dec("7")),
    ];
    let error = limits.apply(&Fact::LimitsSet { book: Book::Paper, changes }).unwrap_err();
    assert_eq!(error.code(), "limit_value_bad");
    assert_eq!(limits.of(Book::Paper).get(LimitName::MaxOrderAud), None);
    assert_eq!(limits.of(Book::Paper).get(LimitName::MaxDayAud), Some(dec("7")));
}

#[test]
fn other_facts_change_no_limit() {
    let mut limits = BookLimits::default();
    limits.apply(&Fact::KillCleared).unwrap();
    assert_eq!(limits, BookLimits::default());
}

#[test]
fn volatile_mode_halves_what_it_should_and_leaves_the_rest() {
    let (set, halved) = (Limits::defaults(Book::Live), Limits::defaults(Book::Live).halved());
    for name in LimitName::ALL {
        let half = if LimitName::HALVED.contains(&name) { Decimal::TWO } else { Decimal::ONE };
        assert_eq!(halved.get(name), set.get(name).map(|value| value / half), "{name}");
    }
    assert_eq!(Limits::MISSING.halved(), Limits::MISSING, "half of nothing is nothing");
}

#[test]
fn more_let_through_is_told_from_less() {
    let limits = Limits::defaults(Book::Live);
    let loosened = |limits: &Limits, name: &str, value: &str| {
        let changes = [Limits::parse_change(name, value).unwrap()];
        limits.loosened(&changes).count() == 1
    };
    assert!(loosened(&limits, "max_order_aud", "100.01"));
    assert!(!loosened(&limits, "max_order_aud", "100"));
    assert!(!loosened(&limits, "max_coin_pct", "19"));
    assert!(loosened(&limits, "repeat_window_s", "9"), "a shorter window lets more through");
    assert!(!loosened(&limits, "repeat_window_s", "11"));
    assert!(!loosened(&limits, "unfilled_minutes", "5"), "from resting for ever to five minutes");
    let mut bounded = limits.clone();
    bounded.apply(&Limits::parse_change("unfilled_minutes", "5").unwrap()).unwrap();
    assert_eq!(
        [("4", false), ("6", true), ("0", true)].map(|(to, _)| loosened(&bounded, "unfilled_minutes", to)),
        [false, true, true]
    );
    assert!(loosened(&Limits::MISSING, "max_order_aud", "1"), "a missing limit refuses everything");
}
