use super::*;
use crate::features::Feature;

#[test]
fn a_sample_is_a_row_with_the_label_of_its_candle_and_knows_where_that_ends() {
    let candles = moving(1, 400, 0.0);
    let dataset = learn_from(&candles, &FEW, direction(4)).unwrap();
    let rows = table_of(&candles);
    let outcomes = outcomes(&candles, Interval::H1, &direction(4));
    for (at, sample) in dataset.samples.iter().enumerate() {
        let place = candles.iter().position(|candle| candle.time == sample.time).unwrap();
        assert_eq!(sample.net, outcomes[place].unwrap().net);
        assert_eq!(sample.known_at, rows[place].known_at);
        assert_eq!(dataset.ends.end(at), (at + 4).min(dataset.len() - 1), "no row lies between that was left out");
    }
    // 49 rows warm the columns up, the last four have no future.
    assert_eq!((dataset.len(), dataset.dropped.unfinished), (400 - dataset.dropped.absent - 4, 4));
    assert!(dataset.dropped.absent > 40);
    assert_eq!(dataset.columns, FEW, "in the order of the table");
}

#[test]
fn a_label_that_looks_over_rows_that_were_left_out_still_ends_behind_them() {
    let mut candles = moving(1, 300, 0.0);
    // Nobody traded in candle 200: rows 196 to 199 have no label, and 195's is the last before them.
    candles[200].volume = Some(Quantity::ZERO);
    let dataset = learn_from(&candles, &["return_1"], direction(3)).unwrap();
    let at = |place: usize| dataset.samples.iter().position(|sample| sample.time == candles[place].time);
    assert_eq!((at(197), at(199)), (None, None), "they would sell or buy in it");
    assert_eq!(dataset.dropped.no_volume, 2);
    let (before, behind) = (at(198).unwrap(), at(201).unwrap());
    assert_eq!(dataset.ends.end(before), behind, "candle 201 is the last it looks at");
}

#[test]
fn what_was_left_out_is_counted_and_named() {
    let mut candles = moving(2, 300, 0.0);
    for candle in &mut candles {
        candle.volume = None;
    }
    let dataset = learn_from(&candles, &["return_1", "vwap_gap_24", "obv_share_24"], direction(1)).unwrap();
    assert_eq!(dataset.columns, ["return_1"]);
    assert_eq!(dataset.dropped.absent_columns, ["vwap_gap_24", "obv_share_24"]);
    let flat: Vec<Candle> =
        (0..300).map(|at| Candle { time: Timestamp::from_micros(at * HOUR), ..candles[0] }).collect();
    let error = learn_from(&flat, &["return_1", "rsi_14"], direction(1)).unwrap_err();
    assert_eq!(error.code(), "no_features");
    assert!(error.to_string().contains("return_1, rsi_14"), "{error}");
    let error = learn_from(&candles[..70], &FEW, direction(5)).unwrap_err();
    assert_eq!(error.code(), "too_little_data");
    assert!(error.to_string().contains("have an absent feature") && error.to_string().contains("zscore_48"), "{error}");
    assert_eq!(learn_from(&candles, &["moon_phase"], direction(1)).unwrap_err().code(), "unknown_feature");
}

#[test]
fn rows_of_other_candles_are_no_samples() {
    let candles = moving(2, 200, 0.0);
    let columns = features(true, false);
    let make = |rows: &[FeatureRow], columns: &[&Feature]| {
        Dataset::new(btc(), Interval::H1, &candles, columns, rows, &[], direction(1)).map(|_| ()).unwrap_err().code()
    };
    let mut rows = table_of(&candles);
    assert_eq!(make(&rows, &columns[..3]), "rows_misaligned");
    rows[7].time = rows[7].time.plus_micros(1);
    assert_eq!(make(&rows, &columns), "rows_misaligned");
    let mut rows = table_of(&candles);
    rows.swap(3, 4);
    assert_eq!(make(&rows, &columns), "rows_misaligned");
}

#[test]
fn a_quantile_is_that_of_the_samples_that_are_trained_on() {
    let candles = moving(4, 400, 0.0);
    let label = LabelSpec { kind: LabelKind::Quantile { above: 0.7 }, ..direction(2) };
    let dataset = learn_from(&candles, &["return_1"], label).unwrap();
    let train: Vec<usize> = (0..200).collect();
    let threshold = dataset.threshold(&train);
    let ups = train.iter().filter(|row| dataset.is_up(**row, threshold)).count();
    assert_eq!(ups, 60, "three in ten of those trained on");
    let other = dataset.threshold(&(100..300).collect::<Vec<_>>());
    assert_ne!(threshold, other);
}

#[test]
fn the_same_samples_have_the_same_hash_and_others_another() {
    let candles = moving(5, 300, 0.0);
    let hash = |candles: &[Candle], horizon| learn_from(candles, &FEW, direction(horizon)).unwrap().hash();
    assert_eq!(hash(&candles, 2), hash(&candles, 2));
    assert_ne!(hash(&candles, 2), hash(&candles, 3));
    let mut changed = candles.clone();
    changed[299].close = changed[299].open;
    assert_ne!(hash(&candles, 2), hash(&changed, 2));
}
