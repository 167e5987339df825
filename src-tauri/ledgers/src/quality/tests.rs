use super::*;
use proptest::prelude::*;

const DAY_S: u64 = 86_400;

/// A day of a feed of sixteen coins that runs every eight seconds, as good as can be.
fn good() -> Counts {
    Counts {
        expected: 1_440 * 16,
        received: 1_440 * 16,
        age: Some(Duration::from_secs(8)),
        cadence: Duration::from_secs(8),
        taken: 10_800 * 16,
        flawed: 0,
    }
}

fn standing(counts: Counts) -> Standing {
    Parts::of(&counts).standing()
}

fn near(found: Option<f64>, wanted: f64) -> bool {
    found.is_some_and(|found| (found - wanted).abs() < 1e-9)
}

#[test]
fn the_worked_example_of_the_manual_holds() {
    let counts =
        Counts { received: 17_280, age: Some(Duration::from_secs(105)), taken: 129_600, flawed: 1_309, ..good() };
    let parts = Parts { agreement: Some(0.9375), ..Parts::of(&counts) };
    assert!(near(parts.coverage, 0.75) && near(parts.freshness, 0.75), "{parts:?}");
    assert!(parts.validity.is_some_and(|part| (part - 0.99).abs() < 1e-4));
    assert!(parts.score().is_some_and(|score| (score - 0.8261).abs() < 1e-4), "{:?}", parts.score());
    assert_eq!(parts.standing(), Standing::Good);
}

#[test]
fn one_row_in_a_day_is_no_coverage() {
    let parts = Parts::of(&Counts { received: 16, ..good() });
    assert!(near(parts.coverage, 1.0 / 1_440.0), "presence is not coverage");
    assert_ne!(parts.standing(), Standing::Good);
}

#[test]
fn one_coin_missing_all_day_is_missing_and_a_burst_does_not_make_up_for_it() {
    assert_eq!(received(&[16, 0, 40], 16), 32);
    assert_eq!(received(&[15; 1_440], 16), 1_440 * 15);
}

#[test]
fn age_counts_its_days() {
    let aged = |age_s| Parts::of(&Counts { age: Some(Duration::from_secs(age_s)), ..good() });
    assert!(near(aged(60).freshness, 1.0) && near(aged(150).freshness, 0.5) && near(aged(240).freshness, 0.0));
    for days in 1..4 {
        let parts = aged(days * DAY_S + 5);
        assert!(near(parts.freshness, 0.0), "five seconds and {days} days are not five seconds");
        assert_eq!(parts.standing(), Standing::Failing);
    }
}

#[test]
fn freshness_is_measured_against_its_own_cadence() {
    let daily = Counts { age: Some(Duration::from_secs(2 * DAY_S)), cadence: Duration::from_secs(DAY_S), ..good() };
    assert!(near(Parts::of(&daily).freshness, 1.0));
}

#[test]
fn what_was_never_there_is_unknown_and_not_good() {
    let nothing = Counts { cadence: Duration::from_secs(8), ..Counts::default() };
    assert_eq!(Parts::of(&nothing), Parts::default());
    assert_eq!((Parts::default().score(), standing(nothing)), (None, Standing::Unknown));
    assert!(!Standing::Unknown.is_fit() && !Standing::Failing.is_fit() && Standing::Degraded.is_fit());
    assert_eq!(Parts::mean(&[]), Parts::default());
    assert_eq!(Parts::mean(&[Parts::default(), Parts::default()]).standing(), Standing::Unknown);
}

#[test]
fn a_source_that_was_asked_and_never_answered_is_failing() {
    assert_eq!(standing(Counts { received: 0, age: None, taken: 0, ..good() }), Standing::Failing);
}

#[test]
fn crossed_jumping_and_doubled_items_lower_validity() {
    let parts = Parts::of(&Counts { taken: 90, flawed: 10, ..good() });
    assert!(near(parts.validity, 0.9));
    assert_eq!(standing(Counts { taken: 0, flawed: 10, ..good() }), Standing::Failing, "all of it was bad");
}

#[test]
fn a_price_agrees_within_one_percent_and_not_at_all_beyond_five() {
    let at = |hundredths| agreement(Decimal::new(hundredths, 2));
    assert_eq!((at(0), at(100), at(-100), at(300), at(-500), at(990_000)), (1.0, 1.0, 1.0, 0.5, 0.0, 0.0));
}

#[test]
fn a_ledger_fails_with_the_source_everything_rests_on() {
    let (well, dead) = (Parts::of(&good()), Parts::of(&Counts { age: Some(Duration::from_secs(DAY_S)), ..good() }));
    let mean = Parts::mean(&[well, well, well, dead]);
    assert_eq!(mean.standing(), Standing::Good);
    assert_eq!(ledger_standing(&mean, [dead.standing()]), Standing::Failing);
    assert_eq!(ledger_standing(&mean, [well.standing()]), Standing::Good);
    assert_eq!(ledger_standing(&mean, []), Standing::Good, "one outlet of many may be silent");
}

#[test]
fn the_weights_are_shares_of_one_whole() {
    let sum = WEIGHTS.coverage + WEIGHTS.freshness + WEIGHTS.validity + WEIGHTS.agreement;
    assert!(near(Some(sum), 1.0));
    assert!(near(Parts::of(&good()).score(), 1.0));
}

fn counts() -> impl Strategy<Value = Counts> {
    (1_u64..50_000, 0_u64..50_000, 0_u64..1_000_000, 1_u64..100_000, 1_u64..100_000, 0_u64..100_000).prop_map(
        |(expected, received, age_s, cadence_s, taken, flawed)| Counts {
            expected,
            received,
            age: Some(Duration::from_secs(age_s)),
            cadence: Duration::from_secs(cadence_s),
            taken,
            flawed,
        },
    )
}

proptest! {
    #[test]
    fn every_figure_lies_between_nothing_and_all(counts in counts(), agree in proptest::option::of(0.0_f64..=1.0)) {
        let parts = Parts { agreement: agree, ..Parts::of(&counts) };
        for part in [parts.coverage, parts.freshness, parts.validity, parts.agreement, parts.score()].into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&part), "{parts:?}");
        }
    }

    #[test]
    fn one_more_missing_bad_or_older_thing_never_raises_a_score(
        counts in counts(), agree in 0.0_f64..=1.0, less in 0.0_f64..=1.0, later_s in 0_u64..1_000_000,
    ) {
        let score = |counts: Counts, agreement| Parts { agreement: Some(agreement), ..Parts::of(&counts) }.score().unwrap();
        let before = score(counts, agree);
        let worse = [
            Counts { received: counts.received.saturating_sub(1), taken: counts.taken - 1, ..counts },
            Counts { expected: counts.expected + 1, ..counts },
            Counts { flawed: counts.flawed + 1, ..counts },
            Counts { taken: counts.taken - 1, flawed: counts.flawed + 1, ..counts },
            Counts { age: counts.age.map(|age| age + Duration::from_secs(later_s)), ..counts },
        ];
        for (case, counts) in worse.into_iter().enumerate() {
            prop_assert!(score(counts, agree) <= before + 1e-12, "case {case}");
        }
        prop_assert!(score(counts, agree * less) <= before + 1e-12);
    }

    #[test]
    fn a_price_further_off_never_agrees_more(hundredths in 0_i64..2_000, more in 0_i64..2_000) {
        let at = |hundredths| agreement(Decimal::new(hundredths, 2));
        prop_assert!(at(hundredths + more) <= at(hundredths));
        prop_assert_eq!(at(-hundredths), at(hundredths));
    }

    #[test]
    fn a_worse_source_never_raises_its_ledger(all in proptest::collection::vec(counts(), 1..8)) {
        let parts = |all: &[Counts]| Parts::mean(&all.iter().map(Parts::of).collect::<Vec<_>>());
        let mut worse = all.clone();
        worse[0].received = worse[0].received.saturating_sub(1);
        worse[0].flawed += 1;
        prop_assert!(parts(&worse).score().unwrap() <= parts(&all).score().unwrap() + 1e-12);
    }
}
