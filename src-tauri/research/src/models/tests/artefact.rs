use super::*;
use domain::FactHash;
use proptest::prelude::*;
use serde_json::Value;
use std::sync::OnceLock;

fn written(kind: LearnerKind) -> (Model, Vec<u8>, FactHash) {
    static MODELS: OnceLock<Vec<(Model, Vec<u8>, FactHash)>> = OnceLock::new();
    let make = |kind| {
        let (_, _, model) = model(kind, &FEW);
        let (bytes, id) = model.write().unwrap();
        (model, bytes, id)
    };
    let place = LearnerKind::ALL.iter().position(|one| *one == kind).unwrap();
    MODELS.get_or_init(|| LearnerKind::ALL.map(make).into())[place].clone()
}

/// The document of a model with something in it changed.
fn changed(kind: LearnerKind, path: &str, value: Value) -> Result<Model, ArtefactError> {
    let mut document: Value = serde_json::from_slice(&written(kind).1).unwrap();
    *document.pointer_mut(path).unwrap_or_else(|| panic!("there is no {path}")) = value;
    Model::read(&serde_json::to_vec(&document).unwrap(), None)
}

#[test]
fn what_is_written_is_read_again_to_the_bit() {
    for kind in LearnerKind::ALL {
        let (model, bytes, id) = written(kind);
        let read = Model::read(&bytes, Some(id)).unwrap();
        assert_eq!(read, model);
        assert_eq!(read.write().unwrap(), (bytes, id));
        let row = [0.013, -0.02, 61.5, 0.011, 1.7];
        assert_eq!(read.fitted.score(&row).to_bits(), model.fitted.score(&row).to_bits());
        assert_eq!(read.environment["forust-ml"], "0.8.0");
    }
}

#[test]
fn a_changed_byte_is_noticed_by_its_id() {
    let (_, mut bytes, id) = written(LearnerKind::Logistic);
    let place = bytes.iter().rposition(u8::is_ascii_digit).unwrap();
    bytes[place] = if bytes[place] == b'1' { b'2' } else { b'1' };
    assert_eq!(Model::read(&bytes, Some(id)).unwrap_err().code(), "model_altered");
}

#[test]
fn a_file_that_was_cut_off_is_never_a_model() {
    let (_, bytes, _) = written(LearnerKind::Boosting);
    for end in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        assert_eq!(Model::read(&bytes[..end], None).unwrap_err().code(), "model_unreadable", "{end}");
    }
}

#[test]
fn trees_with_circles_strangers_or_orphans_are_refused() {
    let first = "/fitted/weights/trees/trees/0";
    let at = |column: &str| format!("{first}/{column}/0");
    let refused = |path: &str, value: Value| changed(LearnerKind::Boosting, path, value).unwrap_err().code();
    assert_eq!(refused(&at("left"), 0.into()), "model_invalid");
    assert_eq!(refused(&at("right"), 4_000_000_000u32.into()), "model_invalid");
    assert_eq!(refused(&at("feature"), 99.into()), "model_invalid");
    assert_eq!(refused(&at("missing"), 3.into()), "model_invalid");
    assert_eq!(refused(&format!("{first}/value"), Value::Array(vec![])), "model_invalid");
    assert_eq!(refused(&at("left"), (-1).into()), "model_unreadable");
    assert_eq!(refused(&at("threshold"), Value::Null), "model_unreadable");
    assert_eq!(refused("/fitted/weights/trees/trees", Value::Array(vec![])), "model_invalid");
}

#[test]
fn a_child_that_points_back_is_a_circle_and_refused() {
    let mut trees = Trees {
        base: 0.0,
        is_mean: false,
        trees: vec![Tree {
            feature: vec![0; 5],
            threshold: vec![0.5; 5],
            left: vec![1, 3, 0, 0, 0],
            right: vec![2, 4, 0, 0, 0],
            missing: vec![1, 3, 0, 0, 0],
            value: vec![0.0; 5],
        }],
    };
    trees.check(1).unwrap();
    trees.trees[0].left[1] = 1;
    trees.trees[0].missing[1] = 1;
    assert!(trees.check(1).is_err(), "a node that is its own child");
    trees.trees[0].left[1] = 2;
    trees.trees[0].missing[1] = 2;
    assert!(trees.check(1).is_err(), "two parents");
}

#[test]
fn numbers_that_are_none_and_counts_that_do_not_fit_are_refused() {
    let refused = |path: &str, value: Value| changed(LearnerKind::Logistic, path, value).unwrap_err().code();
    assert_eq!(refused("/fitted/weights/line/coefficients/0", Value::Null), "model_unreadable");
    assert_eq!(refused("/fitted/weights/line/coefficients", Value::Array(vec![1.0.into()])), "model_invalid");
    assert_eq!(refused("/fitted/weights/line/scaler/deviation/0", (-1.0).into()), "model_invalid");
    assert_eq!(refused("/fitted/weights/line/coefficients/0", 1e300.into()), "model_invalid");
    assert_eq!(refused("/fitted/weights/line/scaler/deviation/0", 1e-300.into()), "model_invalid");
    assert_eq!(refused("/thresholds/enter", 7.into()), "model_invalid");
    assert_eq!(refused("/thresholds/exit", 0.9.into()), "model_invalid");
    assert_eq!(refused("/label/horizon", 0.into()), "model_invalid");
    assert_eq!(refused("/recipe/learner/settings/l2", 1e9.into()), "model_invalid");
    assert_eq!(refused("/recipe/learner/kind", "forest".into()), "model_invalid");
    assert_eq!(refused("/features/0", "moon_phase".into()), "unknown_feature");
    assert_eq!(refused("/features/0", "return_6".into()), "model_invalid");
    assert_eq!(refused("/name", "pickle".into()), "model_unreadable");
    assert_eq!(refused("/format", 2.into()), "model_version");
    // Too great a number for an f64 is no number.
    let text = String::from_utf8(written(LearnerKind::Logistic).1).unwrap();
    let huge = text.replacen("\"intercept\":", "\"intercept\":1e999,\"was\":", 1);
    assert_eq!(Model::read(huge.as_bytes(), None).unwrap_err().code(), "model_unreadable");
    let more = text.replacen('{', "{\"run\":\"me\",", 1);
    assert_eq!(Model::read(more.as_bytes(), None).unwrap_err().code(), "model_unreadable", "nothing unknown is let in");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(Model::read(deep.as_bytes(), None).unwrap_err().code(), "model_unreadable");
    assert_eq!(Model::read(&vec![b' '; MODEL_BYTES_MAX + 1], None).unwrap_err().code(), "model_too_large");
}

#[test]
fn features_of_the_ledgers_or_made_otherwise_keep_a_model_from_running() {
    let model = changed(LearnerKind::Logistic, "/features/0", "mood_24h".into()).unwrap();
    let refused = |model: Model| ModelStrategy::new(std::sync::Arc::new(model)).map(|_| ()).unwrap_err().code();
    assert_eq!(refused(model), "features_not_live");
    assert_eq!(refused(changed(LearnerKind::Logistic, "/features_recipe", 99.into()).unwrap()), "features_changed");
}

proptest! {
    #[test]
    fn whatever_bytes_come_reading_ends_in_a_model_or_a_name(
        garbage in proptest::collection::vec(any::<u8>(), 0..400), place in any::<proptest::sample::Index>(),
    ) {
        let _ = Model::read(&garbage, None);
        let mut bytes = written(LearnerKind::Forest).1;
        let at = place.index(bytes.len());
        let end = (at + garbage.len()).min(bytes.len());
        bytes[at..end].copy_from_slice(&garbage[..end - at]);
        if let Ok(model) = Model::read(&bytes, None) {
            prop_assert!(model.fitted.score(&[0.0; 5]).is_finite());
        }
    }
}
