use super::*;
use crate::fixtures::{NOW, aud, coin, name, price, quantity};
use domain::{DeviceId, FactHash, Hours, OrderKind};

fn mandate(approval: ApprovalRule) -> Mandate {
    Mandate {
        holder: name("manual"),
        book: Book::Live,
        approval,
        max_order: None,
        max_day: None,
        coins: vec![],
        hours: None,
        until: None,
    }
}

fn with(mandate: Mandate) -> Authority {
    let mut authority = Authority::default();
    authority.apply(&Fact::KeyDeclared { fingerprint: [1; 16], at: NOW });
    authority.apply(&Fact::MandateSet { mandate });
    authority
}

fn order(side: Side) -> Proposal {
    Proposal {
        book: Book::Live,
        coin: coin("BTC"),
        side,
        kind: OrderKind::Limit(price("100")),
        quantity: quantity("1"),
        algorithm: None,
    }
}

fn leave(authority: &Authority, side: Side, total: &str, bought: &str) -> Result<Leave, String> {
    let proposal = order(side);
    let asked = Asked { proposal: &proposal, total: aud(total), bought_today: aud(bought), now: NOW, minute: 600 };
    authority.leave(&asked).map_err(|denial| denial.code)
}

#[test]
fn live_needs_a_key_the_lease_and_a_mandate_of_its_holder() {
    let mut authority = Authority::default();
    let refused = |authority: &Authority| authority.check(&order(Side::Buy)).map_err(|denial| denial.code);
    assert_eq!(refused(&authority), Err("key_missing".into()));
    authority.apply(&Fact::KeyDeclared { fingerprint: [1; 16], at: NOW });
    authority.apply(&Fact::Lease { held: false });
    assert_eq!(refused(&authority), Err("lease_missing".into()));
    authority.apply(&Fact::Lease { held: true });
    assert_eq!(refused(&authority), Err("mandate_missing".into()));
    authority.apply(&Fact::MandateSet { mandate: mandate(ApprovalRule::Always) });
    assert_eq!(refused(&authority), Ok(()));
    let other = Proposal { algorithm: Some(name("sma_cross")), ..order(Side::Buy) };
    assert_eq!(authority.check(&other).unwrap_err().code, "mandate_missing");
    let paper = Proposal { book: Book::Paper, ..order(Side::Buy) };
    assert_eq!(Authority::default().check(&paper), Ok(()));
}

#[test]
fn a_mandate_taken_back_allows_nothing_and_leaves_the_others() {
    let mut authority = with(mandate(ApprovalRule::Never));
    authority.apply(&Fact::MandateSet { mandate: Mandate { holder: name("alpha"), ..mandate(ApprovalRule::Never) } });
    authority.apply(&Fact::MandateRevoked { holder: name("manual"), book: Book::Paper });
    assert_eq!(authority.check(&order(Side::Buy)), Ok(()), "that was the paper book's");
    authority.apply(&Fact::MandateRevoked { holder: name("manual"), book: Book::Live });
    assert_eq!(authority.check(&order(Side::Buy)).unwrap_err().code, "mandate_missing");
    assert!(authority.mandate(Book::Live, "alpha").is_some());
}

#[test]
fn the_key_and_the_lease_are_told_as_the_facts_have_them() {
    let mut authority = Authority::default();
    assert_eq!((authority.key(), authority.has_lease()), (None, true));
    authority.apply(&Fact::KeyDeclared { fingerprint: [1; 16], at: NOW });
    authority.apply(&Fact::KeyDeclared { fingerprint: [2; 16], at: NOW });
    authority.apply(&Fact::Lease { held: false });
    assert_eq!((authority.key(), authority.has_lease()), (Some(([2; 16], NOW)), false));
}

#[test]
fn a_cleared_kill_ends_every_live_mandate_and_a_restored_workspace_has_none() {
    let mut authority = with(mandate(ApprovalRule::Always));
    let paper = Mandate { book: Book::Paper, ..mandate(ApprovalRule::Always) };
    authority.apply(&Fact::MandateSet { mandate: paper });
    authority.apply(&Fact::KillCleared);
    assert_eq!(authority.mandates().map(|mandate| mandate.book).collect::<Vec<_>>(), [Book::Paper]);
    let restored = Fact::Restored { from: DeviceId::from_bytes([1; 16]), from_seq: 3, from_hash: FactHash([0; 32]) };
    authority.apply(&restored);
    assert_eq!((authority.mandates().count(), authority.key(), authority.has_lease()), (0, None, false));
}

#[test]
fn a_mandate_says_when_a_person_is_asked() {
    let above = ApprovalRule::Above(aud("50"));
    for (rule, total, expected) in [
        (ApprovalRule::Always, "1", Leave::Ask),
        (ApprovalRule::Never, "100", Leave::Go),
        (above, "50", Leave::Go),
        (above, "50.01", Leave::Ask),
    ] {
        assert_eq!(leave(&with(mandate(rule)), Side::Buy, total, "0"), Ok(expected), "{rule:?} {total}");
    }
}

#[test]
fn what_a_mandate_does_not_hold_for_is_refused() {
    let plain = mandate(ApprovalRule::Never);
    for (changed, code) in [
        (Mandate { until: Some(NOW), ..plain.clone() }, "mandate_expired"),
        (Mandate { coins: vec![coin("ETH")], ..plain.clone() }, "mandate_coin"),
        (Mandate { hours: Some(Hours { from: 601, to: 700 }), ..plain.clone() }, "mandate_hours"),
        (Mandate { max_order: Some(aud("99.99")), ..plain.clone() }, "mandate_max_order"),
        (Mandate { max_day: Some(aud("149.99")), ..plain.clone() }, "mandate_max_day"),
    ] {
        let authority = with(changed);
        assert_eq!(leave(&authority, Side::Buy, "100", "50"), Err(code.into()));
        let sale = leave(&authority, Side::Sell, "100", "50");
        let binds_sales = !code.starts_with("mandate_max");
        assert_eq!(sale.is_err(), binds_sales, "{code}");
    }
    let exact = Mandate { max_order: Some(aud("100")), max_day: Some(aud("150")), ..plain };
    assert_eq!(leave(&with(exact), Side::Buy, "100", "50"), Ok(Leave::Go));
}
