//! The models there are: listed, shown, explained at a moment, removed by hand.

use crate::dto::{FeaturesRequest, ModelAbout, ModelContribution, ModelExplanation, ModelRow, ModelView, ModelsView};
use crate::scripts::{MODEL, MODEL_ID};
use crate::shelf::{MODELS_MAX, Shelf};
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Result, Workstation};
use domain::{AlgorithmState, FactHash, Timestamp};
use research::features::FeatureRow;
use research::models::{ArtefactError, MODEL_BYTES_MAX, Model};
use std::time::UNIX_EPOCH;

/// A model of the shelf, whole.
pub(crate) fn read(shelf: &Shelf, id: &str) -> std::result::Result<Model, (&'static str, String)> {
    let bytes = shelf.read(id, MODEL_BYTES_MAX).map_err(|error| (error.code(), error.to_string()))?;
    let failed = |error: ArtefactError| (error.code(), error.to_string());
    Model::read(&bytes, FactHash::parse(id)).map_err(failed)
}

fn about(model: &Model) -> ModelAbout {
    ModelAbout {
        model: model.fitted.kind.as_str().to_owned(),
        coin: model.coin,
        interval: model.interval.to_string(),
        label: model.label.kind.as_str().to_owned(),
        horizon: model.label.horizon as u64,
        from: model.origin.from,
        to: model.origin.to,
        samples: model.origin.samples as u64,
        roc_auc: model.evidence.roc_auc,
        accuracy: model.evidence.accuracy,
        majority_accuracy: model.evidence.majority_accuracy,
        enter: model.thresholds.enter,
        exit: model.thresholds.exit,
    }
}

/// A model in short, also one that can't be read.
pub(super) fn row(shelf: &Shelf, id: &str) -> ModelRow {
    let found = shelf.about(id);
    let since = found.and_then(|(_, at)| at.duration_since(UNIX_EPOCH).ok());
    let at = since.and_then(|since| i64::try_from(since.as_secs()).ok()).map(|s| Timestamp::from_millis(s * 1_000));
    let model = read(shelf, id);
    ModelRow {
        id: id.to_owned(),
        at,
        bytes: found.map_or(0, |(bytes, _)| bytes),
        broken: model.as_ref().err().map(|(code, _)| (*code).to_owned()),
        not_live: model.as_ref().ok().and_then(|model| model.live().err()).map(|error| error.code().to_owned()),
        about: model.as_ref().ok().map(about),
    }
}

impl Workstation {
    /// The models there are, the newest first.
    ///
    /// # Errors
    /// The file system's.
    pub async fn models(&self) -> Result<ModelsView> {
        let shelf = Shelf::of(self.home());
        // Every one is read and held against its name.
        let listed = tokio::task::spawn_blocking(move || -> Result<Vec<ModelRow>> {
            Ok(shelf.ids()?.iter().map(|id| row(&shelf, id)).collect())
        });
        let mut models = listed.await.map_err(|broken| Error::Halted(format!("models broke off: {broken}")))??;
        models.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.id.cmp(&other.id)));
        Ok(ModelsView { models, most: MODELS_MAX as u64 })
    }

    async fn model_read(&self, typed: &str) -> Result<(Shelf, String, Model)> {
        let (shelf, typed) = (Shelf::of(self.home()), typed.to_owned());
        let found = tokio::task::spawn_blocking(move || -> Result<(Shelf, String, Model)> {
            let id = shelf.find(typed.strip_prefix("model:").unwrap_or(&typed))?;
            let model = read(&shelf, &id).map_err(|(code, words)| Error::refused(code, words))?;
            Ok((shelf, id, model))
        });
        found.await.map_err(|broken| Error::Halted(format!("a model broke off: {broken}")))?
    }

    /// One model in full, by the beginning of its id.
    ///
    /// # Errors
    /// `model_unknown`, `model_ambiguous`, `model_missing`, `model_altered` and the others of a file that is no model.
    pub async fn model(&self, typed: &str) -> Result<ModelView> {
        let (shelf, id, model) = self.model_read(typed).await?;
        let evidence = &model.evidence;
        let figures = [
            ("accuracy", evidence.accuracy),
            ("majority_accuracy", evidence.majority_accuracy),
            ("roc_auc", evidence.roc_auc),
            ("pr_auc", evidence.pr_auc),
            ("brier", evidence.brier),
            ("log_loss", evidence.log_loss),
            ("rmse", evidence.rmse),
            ("r2", evidence.r2),
        ];
        Ok(ModelView {
            model: row(&shelf, &id),
            features: model.features.clone(),
            settings: model.recipe.learner.settings.clone(),
            calibration: model.recipe.calibration.as_str().to_owned(),
            balanced: model.recipe.is_balanced,
            seed: model.recipe.seed,
            fee_bps: model.label.costs.fee_bps,
            spread_bps: model.label.costs.spread_bps,
            candles: model.origin.candles.clone(),
            data: model.origin.data.clone(),
            folds: evidence.folds as u64,
            fits: evidence.fits,
            evidence: figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            environment: model.environment.clone(),
            file: shelf.path(&id).display().to_string(),
            algorithms: self.deciding_by(&id).await?.into_iter().map(|(name, _)| name).collect(),
        })
    }

    /// Algorithms whose version decides by a model.
    async fn deciding_by(&self, id: &str) -> Result<Vec<(String, AlgorithmState)>> {
        let desk = self.desk().await?;
        let decides = |one: &&floor::Algorithm| {
            one.version().is_some_and(|version| {
                let is_it = |(name, value): &(domain::Name, String)| name.as_str() == MODEL_ID && value == id;
                version.strategy.as_str() == MODEL && version.params.iter().any(is_it)
            })
        };
        Ok(desk.algorithms.iter().filter(decides).map(|one| (one.name().to_string(), one.state())).collect())
    }

    /// Removes a model, by a person's word.
    ///
    /// # Errors
    /// `model_in_use` while an algorithm that isn't stopped decides by it; those of [`Self::model`].
    pub async fn model_remove(&self, typed: &str) -> Result<ModelsView> {
        let shelf = Shelf::of(self.home());
        let id = shelf.find(typed.strip_prefix("model:").unwrap_or(typed))?;
        let over = [AlgorithmState::Stopped, AlgorithmState::Error];
        let using = self.deciding_by(&id).await?;
        if let Some((name, _)) = using.iter().find(|(_, state)| !over.contains(state)) {
            let words =
                format!("the algorithm {name} decides by this model: stop it first, or give it another version");
            return Err(Error::refused("model_in_use", words));
        }
        shelf.remove(&id)?;
        self.models().await
    }

    /// Why a model says what it says at the newest close by a moment.
    ///
    /// # Errors
    /// `no_candles`, `features_absent`; a bad time; those of [`Self::model`] and of features.
    pub async fn model_explain(&self, typed: &str, at: &str, timezone: Option<&str>) -> Result<ModelExplanation> {
        let (_, id, model) = self.model_read(typed).await?;
        let zone = timezone.map_or(Ok(DEFAULT_ZONE), zone)?;
        let step = model.interval.micros();
        // The newest candle that has closed by then.
        let close = model.interval.floor(moment(at, zone)?.min(self.now()));
        let request = FeaturesRequest {
            coin: model.coin.to_string(),
            interval: model.interval.to_string(),
            set: Some(if model.live().is_ok() { "price" } else { "all" }.to_owned()),
            from: Some(close.plus_micros(-step).to_string()),
            to: Some(close.to_string()),
            timezone: None,
            limit: None,
        };
        let table = self.feature_table(&request).await?;
        let Some(row) = table.rows.last() else {
            return Err(Error::refused("no_candles", format!("there is no closed candle of {} then", model.coin)));
        };
        let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        explained(&id, &model, &names, row)
    }
}

fn explained(id: &str, model: &Model, names: &[&str], row: &FeatureRow) -> Result<ModelExplanation> {
    let mut values = Vec::with_capacity(model.features.len());
    for name in &model.features {
        let place = names.iter().position(|known| known == name);
        let value = place.and_then(|place| row.values.get(place).copied().flatten());
        values.push(value.ok_or_else(|| {
            let words = format!("{name} is not known at {}: the model says nothing then", row.known_at);
            Error::refused("features_absent", words)
        })?);
    }
    let told = model.fitted.explain(&values);
    let says = model.fitted.says(&values);
    let thresholds = model.thresholds;
    let stands = if says >= thresholds.enter {
        "enter"
    } else if says < thresholds.exit {
        "exit"
    } else {
        "between"
    };
    let one = |(place, added): (usize, f64)| ModelContribution {
        feature: model.features.get(place).cloned().unwrap_or_default(),
        value: values.get(place).copied().unwrap_or_default(),
        added,
    };
    Ok(ModelExplanation {
        id: id.to_owned(),
        coin: model.coin,
        interval: model.interval.to_string(),
        candle: row.time,
        known_at: row.known_at,
        says,
        kind: if model.fitted.kind.says_returns() { "return" } else { "chance" }.to_owned(),
        stands: stands.to_owned(),
        score: told.score,
        base: told.base,
        unit: told.unit.to_owned(),
        method: told.method.to_owned(),
        trained_on: row.time >= model.origin.from && row.known_at <= model.origin.to,
        contributions: told.biggest(values.len()).into_iter().map(one).collect(),
    })
}
