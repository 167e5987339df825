use super::*;
use crate::algorithm::{OrderStyle, SignalAction, SignalSize};
use crate::amount::BasisPoints;
use crate::candle::Interval;
use crate::mandate::{ApprovalRule, Hours};
use crate::movement::tests::sample as moved;
use crate::note::{Note, Verdict};
use crate::order::{Amendment, DeniedAmendment, SignalSource};
use crate::tax::{FiledHead, ParcelOrigin, PickedSale};
use crate::ticker::Coin;
use crate::trade::{Side, tests::sample};
use crate::trials::{BestTrial, Tried};
use crate::venue::{Look, VenueOrder};

fn every_kind() -> Vec<Fact> {
    let order = OrderId::new(Timestamp::from_millis(5), [1; 10]);
    let name = |s: &str| Name::parse(s).unwrap();
    let proposal = Proposal {
        book: Book::Paper,
        coin: Coin::parse("BTC").unwrap(),
        side: Side::Buy,
        kind: OrderKind::Limit(Price::parse("86500").unwrap()),
        quantity: Quantity::parse("0.0042").unwrap(),
        algorithm: Some(name("sma_cross")),
    };
    let denial = Denial::new("price_stale", "BTC's price is 90 s old");
    vec![
        Fact::Created { device: DeviceId::from_bytes([9; 16]) },
        Fact::Restored { from: DeviceId::from_bytes([1; 16]), from_seq: 7, from_hash: FactHash([3; 32]) },
        Fact::Trade(sample()),
        Fact::Imported {
            format: name("coinspot"),
            file: FactHash([4; 32]),
            read: 59,
            imported: 59,
            duplicates: 0,
            rejected: 0,
        },
        Fact::PaperReset { cash: Money::aud(Decimal::from(100_000)) },
        Fact::OrderProposed { order, proposal },
        Fact::OrderDenied { order, denial: denial.clone() },
        Fact::OrderApproved { order, by: name("paper") },
        Fact::OrderIntended { order },
        Fact::OrderOpened { order, venue_order_id: Some("abc".into()) },
        Fact::OrderCancelled { order, reason: name("by_person") },
        Fact::OrderRejected { order, denial },
        Fact::LimitsSet {
            book: Book::Live,
            changes: vec![LimitChange::new(name("max_order_aud"), Decimal::new(1005, 1))],
        },
        Fact::Killed { receipt: "{}".into() },
        Fact::KillCleared,
        Fact::TwapStarted {
            id: order,
            twap: Twap {
                book: Book::Paper,
                coin: Coin::parse("BTC").unwrap(),
                side: Side::Sell,
                total: Money::aud(Decimal::from(1_200)),
                limit: Some(Price::parse("86500").unwrap()),
                start: Timestamp::from_millis(5),
                over_s: 3_600,
                slices: 12,
            },
        },
        Fact::TwapSlice { id: order, number: 3 },
        Fact::TwapStopped { id: order, reason: name("by_person") },
        Fact::AlgorithmSet { name: name("dip"), version: Box::new(version()), at: Timestamp::from_millis(3) },
        Fact::AlgorithmMoved {
            name: name("dip"),
            to: AlgorithmState::Error,
            by: name("guard"),
            why: Denial::new("algorithm_stalled", "it took too long"),
            at: Timestamp::from_millis(3),
        },
        Fact::SignalTaken {
            name: name("dip"),
            version: version().hash(),
            book: Book::Live,
            signal: Box::new(Signal {
                action: SignalAction::Buy,
                coin: Coin::parse("BTC").unwrap(),
                size: SignalSize::Share(BasisPoints(5_000)),
                slot: Timestamp::from_millis(2),
                confidence: Some(7_500),
                reason: "RSI 28".into(),
                evidence: vec!["candles BTC 1h".into()],
            }),
            at: Timestamp::from_millis(3),
        },
        Fact::SignalSettled {
            name: name("dip"),
            coin: Coin::parse("BTC").unwrap(),
            slot: Timestamp::from_millis(2),
            outcome: SignalOutcome::Ordered(order),
        },
        Fact::AskTime { seconds: 300 },
        Fact::LiveIntended { order, intent: Box::new(intent()) },
        Fact::OrderUnknown { order, why: Denial::new("timeout", "no answer within 10 s") },
        Fact::OrderResolved {
            order,
            resolution: Resolution::Placed { venue_order_id: Some("x".into()) },
            by: name("evidence"),
            why: "one match".into(),
        },
        Fact::RowTaken { order, row: intent().before.done.remove(0) },
        Fact::OrderSought { order, at: Timestamp::from_millis(7), anything: false },
        Fact::CancelAsked { order, reason: name("by_person") },
        Fact::OrderTerms {
            order,
            terms: Terms {
                until: Some(Timestamp::from_millis(9)),
                parent: Some(order),
                arrival: Some(Price::parse("86500").unwrap()),
                signal: Some(SignalSource {
                    version: FactHash([8; 32]),
                    reason: "fast crossed above slow".into(),
                    confidence: Some(7_100),
                    evidence: vec!["candles BTC 1h".into()],
                }),
            },
        },
        Fact::OrderEdited { order, kind: OrderKind::Instant, quantity: Quantity::parse("0.1").unwrap() },
        Fact::ApprovalAsked {
            order,
            ask: Ask {
                hash: FactHash([5; 32]),
                price: Price::parse("86500").unwrap(),
                mid: Price::parse("86490.5").unwrap(),
                expires: Timestamp::from_millis(77),
            },
        },
        Fact::ApprovalAnswered { order, words: "not before ten".into() },
        Fact::OrderExpired { order },
        Fact::OrderAmended { order, limit: Price::parse("86400").unwrap() },
        Fact::OrderNoted { order, note: OrderNote::AmendAsked(Box::new(amendment())) },
        Fact::MandateSet {
            mandate: Mandate {
                holder: name("manual"),
                book: Book::Live,
                approval: ApprovalRule::Above(Money::aud(Decimal::TEN)),
                max_order: Some(Money::aud(Decimal::ONE_HUNDRED)),
                max_day: None,
                coins: vec![Coin::parse("BTC").unwrap()],
                hours: Some(Hours { from: 540, to: 1020 }),
                until: Some(Timestamp::from_millis(99)),
            },
        },
        Fact::MandateRevoked { holder: name("manual"), book: Book::Live },
        Fact::KeyDeclared { fingerprint: [7; 16], at: Timestamp::from_millis(3) },
        Fact::Lease { held: true },
        Fact::WrittenDown { book: Book::Live, coin: Coin::parse("LUNA").unwrap(), why: "dead".into() },
        Fact::PeakReset {
            book: Book::Live,
            point: 70,
            point_at: Timestamp::from_micros(5),
            index: "0.85".to_owned(),
            from: Money::aud(Decimal::TEN),
            to: Money::aud(Decimal::TWO),
            at: Timestamp::from_micros(7),
        },
        Fact::VolatileSet { mode: VolatileMode::Off },
        Fact::ProtectionsSet { changes: vec![LimitChange::new(name("streak_losses"), Decimal::TWO)] },
        Fact::ProtectionLifted {
            book: Book::Paper,
            algorithm: name("sma_cross"),
            coin: Some(Coin::parse("BTC").unwrap()),
            rule: name("cooldown"),
            at: Timestamp::from_millis(9),
            why: "I looked".into(),
        },
        Fact::Movement { movement: Box::new(moved()) },
        Fact::TradeTagged { trade: sample().id(), tag: Some(name("breakout")) },
        Fact::MovementJudged {
            movement: moved().id(),
            why: Why::OwnWallet,
            value: Some(Money::aud(Decimal::ONE)),
            at: Timestamp::from_millis(3),
        },
        Fact::YearFiled { filed: Box::new(filed()) },
        Fact::ParcelsPicked {
            pick: Box::new(ParcelPick {
                sale: PickedSale::Order(order),
                parcels: vec![
                    (ParcelOrigin::Trade(sample().id()), Quantity::parse("0.5").unwrap()),
                    (ParcelOrigin::Movement(moved().id()), Quantity::parse("0.25").unwrap()),
                ],
                at: Timestamp::from_millis(3),
            }),
        },
        Fact::TaxSet { changes: vec![(name("marginal_rate_pct"), "37".into())], at: Timestamp::from_millis(3) },
        Fact::TaxPrices {
            day: name("2027-06-30"),
            prices: vec![TaxPrice {
                coin: Coin::parse("BTC").unwrap(),
                price: Price::parse("150000").unwrap(),
                source: name("coinspot"),
                seen: Timestamp::from_millis(2),
            }],
            at: Timestamp::from_millis(3),
        },
        Fact::PriceGiven {
            coin: Coin::parse("LUNA").unwrap(),
            moment: Timestamp::from_millis(2),
            price: Some(Price::parse("0.0001").unwrap()),
            at: Timestamp::from_millis(3),
        },
        Fact::Noted {
            note: Note::Doubt { known: sample().id(), told: Box::new(sample()) },
            at: Timestamp::from_millis(3),
        },
        Fact::Noted {
            note: Note::Settled { known: sample().id(), told: sample().id(), verdict: Verdict::Corrected },
            at: Timestamp::from_millis(3),
        },
        Fact::Trials { trials: Box::new(trials()), at: Timestamp::from_millis(3) },
        Fact::Session {
            session: SessionId::from_bytes([7; 16]),
            step: Box::new(crate::session::tests::sample()),
            at: Timestamp::from_millis(3),
        },
        Fact::Noted { note: Note::Paired { out: moved().id(), into: moved().id() }, at: Timestamp::from_millis(3) },
    ]
}

fn trials() -> Trials {
    let (coin, interval) = (Coin::parse("BTC").unwrap(), Interval::H1);
    Trials {
        id: FactHash([1; 32]),
        shard: Some((2, 3)),
        strategy: Name::parse("sma_cross").unwrap(),
        code: 1,
        grid: FactHash([2; 32]),
        tried: vec![Tried {
            coin,
            interval,
            from: Timestamp::from_millis(1),
            to: Timestamp::from_millis(3_600_001),
            candles: 1,
            data: FactHash([3; 32]),
            trials: 1_000,
        }],
        best: Some(BestTrial {
            coin,
            interval,
            parameters: vec![(Name::parse("fast").unwrap(), "51".into())],
            final_equity: Money::aud(Decimal::new(9_957_684, 2)),
        }),
    }
}

fn filed() -> FiledYear {
    FiledYear {
        fy: 2025,
        revision: 2,
        method: Name::parse("hifo").unwrap(),
        zone: Name::parse("Australia/Sydney").unwrap(),
        sums: vec![(Name::parse("net_capital_gain").unwrap(), Money::aud(Decimal::new(80_100, 2)))],
        journal: vec![FiledHead { device: DeviceId::from_bytes([9; 16]), facts: 7, head: FactHash([3; 32]) }],
        note: "with the late statement".into(),
        at: Timestamp::from_millis(3),
    }
}

fn intent() -> Intent {
    let coin = Coin::parse("BTC").unwrap();
    let (amount, rate) = (Quantity::parse("0.5").unwrap(), Price::parse("86500").unwrap());
    let at = Timestamp::from_millis(1_700_000_000_000);
    Intent {
        at,
        nonce: 1_700_000_000_000,
        body: r#"{"nonce":1700000000000}"#.into(),
        worst: rate,
        fee: BasisPoints(10),
        cash: Money::aud(Decimal::from(43_293)),
        coins: Quantity::ZERO,
        before: Look {
            at,
            open: vec![VenueOrder { id: "a".into(), side: Side::Buy, coin, left: amount, rate, created: Some(at) }],
            done: vec![VenueFill {
                id: None,
                side: Side::Sell,
                coin,
                instant: false,
                amount,
                rate,
                fee: Decimal::new(-5, 3),
                at,
            }],
            complete: true,
            coins: vec![(coin, amount)],
            cash: Decimal::new(1_000_001, 2),
        },
    }
}

fn amendment() -> Amendment {
    let price = |text: &str| Price::parse(text).unwrap();
    let at = Timestamp::from_millis(9);
    Amendment {
        at,
        by: Name::parse("person").unwrap(),
        ask: Some(Ask { hash: FactHash([3; 32]), price: price("86600"), mid: price("86550"), expires: at }),
        from: price("86500"),
        to: price("86600"),
        nonce: 12,
        body: "{}".into(),
    }
}

#[test]
fn every_note_of_an_order_comes_back_from_its_bytes() {
    let denial = || Denial::new("refused", "the exchange said no");
    let notes = [
        OrderNote::AmendAsked(Box::new(amendment())),
        OrderNote::AmendRefused(denial()),
        OrderNote::AmendDropped(denial()),
        OrderNote::Several,
        OrderNote::AmendDenied(Box::new(DeniedAmendment {
            at: Timestamp::from_millis(5),
            limit: Price::parse("86600").unwrap(),
            quantity: Quantity::parse("0.5").unwrap(),
            why: denial(),
        })),
        OrderNote::AmendRenamed("6a1".to_owned()),
        OrderNote::Follows("6a1".to_owned()),
    ];
    for (place, note) in notes.into_iter().enumerate() {
        let fact = Fact::OrderNoted { order: OrderId::new(Timestamp::from_millis(5), [1; 10]), note };
        let (kind, body) = fact.encode().unwrap();
        // The number of a note is part of the shipped layout.
        assert_eq!(usize::from(body[16]), place);
        assert_eq!(Fact::decode(kind, &body).unwrap(), fact);
    }
}

fn version() -> AlgorithmVersion {
    AlgorithmVersion {
        strategy: Name::parse("rsi_reversion").unwrap(),
        code: 1,
        params: vec![(Name::parse("period").unwrap(), "14".into())],
        coins: vec![Coin::parse("BTC").unwrap()],
        interval: Interval::H1,
        capital: BasisPoints(1_000),
        orders: OrderStyle::Instant,
    }
}

#[test]
fn every_fact_comes_back_from_its_bytes() {
    for fact in every_kind() {
        let (kind, body) = fact.encode().unwrap();
        assert_eq!(Fact::decode(kind, &body).unwrap(), fact);
    }
}

#[test]
fn kinds_are_numbered_once() {
    let facts = every_kind();
    let numbered = |fact: &Fact| (fact.encode().unwrap().0, std::mem::discriminant(fact));
    let both: std::collections::HashSet<_> = facts.iter().map(numbered).collect();
    let kinds: std::collections::HashSet<u16> = both.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds.len(), both.len());
}

#[test]
fn a_trade_takes_few_bytes() {
    let (_, body) = Fact::Trade(sample()).encode().unwrap();
    assert!(body.len() <= 64, "{} bytes", body.len());
}

#[test]
fn damaged_bytes_are_an_error_and_never_a_panic() {
    for fact in every_kind() {
        let (kind, body) = fact.encode().unwrap();
        for cut in 0..body.len() {
            assert!(Fact::decode(kind, &body[..cut]).is_err(), "{fact:?} cut at {cut}");
        }
        let mut longer = body.clone();
        longer.push(0);
        assert!(Fact::decode(kind, &longer).is_err());
    }
    assert_eq!(Fact::decode(999, &[]).unwrap_err(), FactError::UnknownKind(999));
}

#[test]
fn the_bytes_of_a_trade_never_change() {
    let (kind, body) = Fact::Trade(sample()).encode().unwrap();
    let hex: String = body.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!((kind, hex.as_str()), (10, TRADE_BYTES));
}

/// The shipped layout of kind 10; a difference here means old journals would no longer read.
const TRADE_BYTES: &str =
    "0180f0e6a69c87e8050553555348490007fa8f95cc0408a2f983fb0b0f988dcfb39ebf962300000108636f696e73706f74000000";

#[test]
fn zz_dump() {
    for fact in every_kind() {
        let (kind, body) = fact.encode().unwrap();
        let hex: String = body.iter().map(|b| format!("{b:02x}")).collect();
        println!("D {kind} {hex}");
    }
}
