use super::*;
use crate::fixtures::{dec, name};

#[test]
fn a_new_book_starts_with_the_promised_limits() {
    let shown = |book| Limits::defaults(book).iter().map(|(_, value)| value.unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(shown(Book::Paper), ["25000", "100000", "10", "3", "2", "60"]);
    assert_eq!(shown(Book::Live), ["100", "500", "10", "3", "2", "60"]);
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
    for later in NOT_YET {
        assert_eq!(refused(later, "20"), "limit_not_enforced_yet");
    }
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
