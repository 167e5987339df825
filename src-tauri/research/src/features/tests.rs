use super::*;
use domain::{Decimal, Price, Quantity};
use proptest::prelude::*;

const HOUR: i64 = Interval::H1.micros();

fn hour(number: i64) -> Timestamp {
    Timestamp::from_micros(number * HOUR)
}

fn candle(number: i64, cents: i64, volume: Option<u32>) -> Candle {
    let price = |cents: i64| Price::new(Decimal::new(cents.max(1), 2)).unwrap();
    let volume = volume.map(|volume| Quantity::new(Decimal::from(volume)).unwrap());
    Candle { high: price(cents + 7), low: price(cents - 5), volume, ..Candle::of(hour(number), price(cents)) }
}

fn candles(count: i64) -> Vec<Candle> {
    (0..count).map(|at| candle(at, 10_000 + (at * 7_919) % 613 + at, Some((at % 5) as u32))).collect()
}

fn told(key: u32, known_hour: i64, at_hour: i64, value: Option<f64>) -> Told {
    Told { key, series: 0, known_at: hour(known_hour), at: hour(at_hour), value }
}

/// A column of the ledgers over hours that close from 1 on.
fn column(name: &str, inputs: LedgerInputs, hours: i64) -> Vec<Option<f64>> {
    let place = features(false, true).iter().position(|feature| feature.name == name).unwrap();
    let rows = feature_rows(&candles(hours), Interval::H1, hour(0), false, Some(inputs));
    rows.iter().map(|row| row.values[place]).collect()
}

#[test]
fn what_was_first_seen_after_a_close_is_not_in_its_row() {
    // Happened in hour 1, known here in hour 3: the closes at 1 and 2 know nothing, the one at 3 does.
    let mood = vec![told(1, 3, 1, Some(0.5))];
    let shown = column("mood_24h", LedgerInputs { mood, ..LedgerInputs::default() }, 4);
    assert_eq!(shown, [None, None, Some(0.5), Some(0.5)]);
    let a_moment_late = Told { known_at: hour(3).plus_micros(1), ..told(1, 3, 1, Some(0.5)) };
    let shown = column("mood_24h", LedgerInputs { mood: vec![a_moment_late], ..LedgerInputs::default() }, 4);
    assert_eq!(shown, [None, None, None, Some(0.5)]);
}

#[test]
fn what_was_revised_is_the_old_word_before_its_revision_and_the_new_one_after() {
    let events = vec![told(1, 1, 1, Some(8.0)), told(1, 3, 1, Some(2.0)), told(1, 5, 1, None)];
    let shown = column("event_severity", LedgerInputs { events, ..LedgerInputs::default() }, 6);
    let faded = |severity: f64, hours: f64| Some(severity * (-hours / 24.0).exp2());
    assert_eq!(shown, [Some(8.0), faded(8.0, 1.0), faded(2.0, 2.0), faded(2.0, 3.0), None, None]);
}

#[test]
fn what_nobody_said_is_missing_and_never_nothing() {
    let rows = feature_rows(&candles(3), Interval::H1, hour(0), true, Some(LedgerInputs::default()));
    let ledgers = features(true, true).iter().position(|feature| feature.set == FeatureSet::Ledger).unwrap();
    assert!(rows.iter().all(|row| row.values[ledgers..].iter().all(Option::is_none)));
    // Too few candles for any average; the only words are those on the last two closes and the day's volume.
    assert_eq!(rows[0].values.iter().flatten().count(), 0, "{:?}", rows[0]);
    // Volumes nobody tells leave no trace of volume.
    let silent: Vec<Candle> = (0..80).map(|at| candle(at, 10_000 + at, None)).collect();
    let rows = feature_rows(&silent, Interval::H1, hour(0), true, None);
    let named = |name: &str| features(true, false).iter().position(|feature| feature.name == name).unwrap();
    for name in ["vwap_gap_24", "day_vwap_gap", "obv_share_24", "volume_zscore_48"] {
        assert!(rows.iter().all(|row| row.values[named(name)].is_none()), "{name}");
    }
    assert!(rows[79].values[named("sma_gap_20")].is_some());
}

#[test]
fn a_mood_is_the_mean_of_a_day_and_what_is_older_is_gone() {
    let mood = vec![told(1, 1, 1, Some(1.0)), told(2, 2, 2, Some(0.0)), told(3, 26, 40, Some(-1.0))];
    let shown = column("mood_24h", LedgerInputs { mood, ..LedgerInputs::default() }, 41);
    assert_eq!((shown[0], shown[1], shown[23]), (Some(1.0), Some(0.5), Some(0.5)));
    assert_eq!((shown[24], shown[25]), (Some(0.0), None), "24 hours after it, each is gone");
    assert_eq!((shown[38], shown[39]), (None, Some(-1.0)), "what is dated ahead waits for its time");
}

#[test]
fn a_change_is_of_the_figures_that_have_both_days_as_they_were_known() {
    let day = |series: u32, key: u32, day: i64, value: f64| Told {
        series,
        // Known at the end of its day.
        known_at: hour((day + 1) * 24),
        ..told(key, 0, day * 24, Some(value))
    };
    let mut tvl = vec![day(1, 1, 0, 100.0), day(1, 2, 7, 150.0), day(2, 3, 7, 900.0)];
    tvl.push(Told { known_at: hour(8 * 24 + 5), ..day(1, 1, 0, 75.0) });
    let shown = column("tvl_change_7d", LedgerInputs { tvl, ..LedgerInputs::default() }, 9 * 24);
    let at = |close: i64| shown[close as usize - 1];
    assert_eq!(at(8 * 24 - 1), None, "the figure of the day is known from its end");
    assert_eq!(at(8 * 24), Some(0.5), "the second protocol has nothing to compare with");
    assert_eq!(at(8 * 24 + 4), Some(0.5));
    assert_eq!(at(8 * 24 + 5), Some(1.0), "the figure of the first day was revised");
}

#[test]
fn what_stands_too_long_counts_no_more() {
    let once = |value| vec![told(1, 2, 2, Some(value))];
    let inputs =
        LedgerInputs { spread: once(12.5), quality: once(0.9), fear_greed: once(20.0), ..LedgerInputs::default() };
    assert_eq!(column("spread_bps", inputs.clone(), 4), [None, Some(12.5), None, None]);
    assert_eq!(column("exchange_quality", inputs.clone(), 4), [None, Some(0.9), None, None]);
    let fear = column("fear_greed", inputs, 80);
    assert_eq!((fear[0], fear[1], fear[72], fear[73]), (None, Some(20.0), Some(20.0), None));
}

#[test]
fn daily_features_change_when_a_day_has_closed_and_not_before() {
    let place = features(true, false).iter().position(|feature| feature.name == "daily_return_7").unwrap();
    let candles = candles(24 * 10);
    let rows = feature_rows(&candles, Interval::H1, hour(0), true, None);
    let close = |day: usize| f64::try_from(candles[day * 24 + 23].close.decimal()).unwrap();
    let expected = |day: usize| Some(close(day).ln() - close(day - 7).ln());
    // The eighth day closes with the candle that begins at its 23rd hour.
    assert_eq!((rows[7 * 24 + 22].values[place], rows[7 * 24 + 23].values[place]), (None, expected(7)));
    assert_eq!(rows[8 * 24 + 22].values[place], expected(7));
    assert_eq!(rows[8 * 24 + 23].values[place], expected(8));
}

#[test]
fn every_column_has_its_own_name_and_speaks_when_there_is_enough() {
    let columns = features(true, true);
    let names: std::collections::BTreeSet<&str> = columns.iter().map(|feature| feature.name).collect();
    assert_eq!(names.len(), columns.len());
    let rows = feature_rows(&candles(24 * 22), Interval::H1, hour(24 * 21), true, None);
    assert_eq!((rows.len(), rows[0].time, rows[0].known_at), (24, hour(24 * 21), hour(24 * 21 + 1)));
    for (feature, value) in columns.iter().zip(&rows[23].values) {
        assert!(value.is_some(), "{} says nothing", feature.name);
    }
}

proptest! {
    #[test]
    fn what_comes_later_changes_no_row(
        said in proptest::collection::vec((0u32..6, 0i64..90, 0i64..90, proptest::option::of(-1.0f64..1.0)), 0..60),
        cut in 1i64..80,
    ) {
        let mood: Vec<Told> = said.iter().map(|(key, known, at, value)| told(*key, *known, *at, *value)).collect();
        let known: Vec<Told> = mood.iter().copied().filter(|told| told.known_at <= hour(cut)).collect();
        let inputs = |mood: Vec<Told>| Some(LedgerInputs { mood: mood.clone(), events: mood, ..LedgerInputs::default() });
        let whole = feature_rows(&candles(90), Interval::H1, hour(0), true, inputs(mood));
        let short = feature_rows(&candles(cut), Interval::H1, hour(0), true, inputs(known));
        prop_assert_eq!(&whole[..cut as usize], &short[..]);
    }

    #[test]
    fn the_join_is_what_a_look_at_everything_known_at_each_close_gives(
        said in proptest::collection::vec((0u32..6, 0i64..60, 0i64..60, proptest::option::of(-1.0f64..1.0)), 0..60),
    ) {
        let mood: Vec<Told> = said.iter().map(|(key, known, at, value)| told(*key, *known, *at, *value)).collect();
        let shown = column("mood_24h", LedgerInputs { mood: mood.clone(), ..LedgerInputs::default() }, 60);
        for (place, shown) in shown.iter().enumerate() {
            let close = hour(place as i64 + 1);
            let mut newest: std::collections::BTreeMap<u32, Told> = std::collections::BTreeMap::new();
            let mut known: Vec<&Told> = mood.iter().filter(|told| told.known_at <= close).collect();
            known.sort_by_key(|told| told.known_at);
            newest.extend(known.into_iter().map(|told| (told.key, *told)));
            let age = |told: &Told| close.micros() - told.at.micros();
            let in_window = |told: &&Told| (0..24 * HOUR).contains(&age(told));
            let values: Vec<f64> = newest.values().filter(in_window).filter_map(|told| told.value).collect();
            let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
            prop_assert_eq!(shown.is_some(), mean.is_some());
            let apart = shown.zip(mean).map_or(0.0, |(shown, mean)| (shown - mean).abs());
            prop_assert!(apart < 1e-12, "{:?} {:?}", shown, mean);
        }
    }
}
