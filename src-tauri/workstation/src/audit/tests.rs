use super::*;
use domain::FactError;

#[test]
fn every_kind_that_is_read_has_a_name_and_no_other() {
    for number in 0..=500 {
        let read = !matches!(Fact::decode(number, &[]), Err(FactError::UnknownKind(_)));
        assert_eq!(KINDS.iter().any(|(known, _)| *known == number), read, "kind {number}");
    }
    let mut names: Vec<&str> = KINDS.iter().map(|(_, name)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), KINDS.len());
}

#[test]
fn names_go_with_their_numbers() {
    let order = OrderId::from_bytes([1; 16]);
    let (name, at) = (Name::parse("dip").unwrap(), domain::Timestamp::default());
    let why = domain::Denial::new("x", "x");
    let (by, coin) = (name.clone(), Coin::parse("BTC").unwrap());
    let outcome = SignalOutcome::Ordered(order);
    let facts = [
        Fact::AlgorithmMoved { name: name.clone(), to: domain::AlgorithmState::Paper, by, why, at },
        Fact::SignalSettled { name, coin, slot: at, outcome },
        Fact::OrderIntended { order },
        Fact::OrderExpired { order },
        Fact::KillCleared,
        Fact::Lease { held: true },
        Fact::Killed { receipt: String::new() },
        Fact::ApprovalAnswered { order, words: String::new() },
        Fact::OrderOpened { order, venue_order_id: None },
    ];
    for fact in facts {
        let (number, _) = fact.encode().unwrap();
        assert!(KINDS.contains(&(number, kind(&fact))), "{fact:?}");
    }
}

#[test]
fn words_from_outside_stay_one_bounded_line() {
    let order = OrderId::from_bytes([1; 16]);
    let words = format!("<script>\n\u{1b}[31mbuy everything\t{}", "x".repeat(5_000));
    let said = words_of(&Fact::ApprovalAnswered { order, words });
    assert!(said.why.starts_with("<script>  [31mbuy everything x") && said.why.ends_with('…'), "{}", said.why);
    assert!(said.why.chars().all(|c| !c.is_control()));
    assert_eq!((said.why.chars().count(), said.who.as_str()), (WORDS_MAX + 1, YOU));
}

fn words_of(fact: &Fact) -> Line {
    words(fact, &Orders::default())
}
