//! Training a model: features as of each close, labels after them, a walk forward, and what it all comes to.
//!
//! Invariants: what is told first is what it did where it was not trained; a model is kept whole or not at all, and only at the
//! end; what was tried is noted whatever came out of it; one that is ended leaves nothing. Deliberately absent: how anything
//! learns (`research::models`).

mod ask;
mod shelf;
#[cfg(test)]
mod tests;
mod trade;
mod verdict;
mod view;

use super::backtest::Ends;
use super::features::FeatureTable;
use super::reporting::Job;
use crate::dto::{TrainRequest, TrainView};
use crate::shelf::Shelf;
use crate::{Error, Result, Workstation};
use ask::Asked;
use domain::{BestTrial, FactHash, Money, Name, Trials, Tried};
use research::models::{self, Dataset, Importance, LabelControl, ModelError, Progress, Trained};
use research::sweep;
use std::path::Path;
use std::sync::Arc;
use trade::Traded;

impl From<ModelError> for Error {
    fn from(error: ModelError) -> Self {
        let (code, message) = (error.code(), error.to_string());
        match error {
            ModelError::Stopped { .. } => reports::ReportError::Cancelled.into(),
            ModelError::Bad { .. } | ModelError::UnknownFeature { .. } => Self::Usage { code, message },
            _ => Self::refused(code, message),
        }
    }
}

/// All that came out of a training.
struct Learned {
    dataset: Dataset,
    trained: Trained,
    importance: Vec<Importance>,
    control: LabelControl,
    /// What trading each test came to, or the code of why it can't be traded.
    traded: std::result::Result<Traded, &'static str>,
    bytes: Vec<u8>,
}

impl Workstation {
    /// Trains a model and keeps it. The job tells how far it is, and ends it.
    ///
    /// # Errors
    /// What makes no sense, by name; `no_candles`, `too_little_data`, `one_class`, `no_features`, `too_many_models`, `cancelled`
    /// and the others of [`ModelError`]; the file system's and the store's.
    pub async fn train(&self, request: &TrainRequest, out: Option<&Path>, job: &Arc<Job>) -> Result<TrainView> {
        let asked = Arc::new(ask::read(request)?);
        let shelf = Shelf::of(self.home());
        shelf.room()?;
        if let Some(out) = out {
            super::reporting::fit(out)?;
        }
        let table = self.feature_table(&asked.table).await?;
        job.at(0, 0)?;
        let _ends = Ends(Arc::clone(job));
        let learned = tokio::task::spawn_blocking({
            let (asked, job) = (Arc::clone(&asked), Arc::clone(job));
            move || learn(&asked, &table, &job)
        });
        let learned = learned.await.map_err(|broken| {
            Error::refused("training_broken", format!("the training broke off in the middle: {broken}"))
        })??;
        let id = models::id_of(&learned.bytes);
        let trials = trials(&asked, &learned, id)?;
        let earlier = self.earlier_trials(&trials).await?;
        let mut view = view::of(&asked, &learned, id, (&trials, earlier));
        let (done, all) = job.progress();
        job.at(done, all)?;
        // What was tried is known before its result can be used.
        if let Err(error) = self.note_trials(trials).await {
            view.notes.push(format!("these trials are not in the journal, so they won't be counted: {error}"));
        }
        shelf.keep(&learned.bytes)?;
        if let Some(out) = out {
            reports::write_file(out, &learned.bytes)?;
        }
        view.model = shelf::row(&shelf, &id.to_string());
        Ok(view)
    }

    /// Trials on the same candles, without these themselves: asked again, a training says the same.
    async fn earlier_trials(&self, own: &Trials) -> Result<u64> {
        let all = self.all_trials().await?;
        let others = || all.iter().map(|(_, trials)| trials).filter(|trials| trials.id != own.id);
        let count = |one: &Tried| sweep::trials_on(others(), one.coin, one.interval, (one.from, one.to));
        Ok(own.tried.first().map_or(0, count))
    }
}

/// Learns, on a thread of its own.
fn learn(asked: &Asked, table: &FeatureTable, job: &Job) -> Result<Learned> {
    let window = table.candles.get(table.first..).unwrap_or_default();
    let (coin, interval) = (asked.coin, asked.interval);
    let dataset = Dataset::new(coin, interval, window, &table.columns, &table.rows, &asked.columns, asked.label)?;
    let plan = asked.plan(dataset.len());
    let steps = Steps::of(asked, &dataset);
    let told = |before: u64| move |progress: Progress| job.at(before + progress.fits, steps.all).is_ok();
    let trained = models::train(&dataset, &asked.recipe, &plan, &asked.search, asked.thresholds, &mut told(0))?;
    let rounds = asked.rounds;
    let importance =
        models::importance(&dataset, &trained.walked, rounds, asked.recipe.seed, &mut told(steps.training))?;
    // With the settings that were chosen, so that it had what the model had.
    let recipe = trained.model.recipe.clone();
    let before = steps.training + steps.importance;
    let control = models::label_control(&dataset, &recipe, &plan, rounds, &mut told(before))?;
    let traded = match trained.model.live() {
        Err(error) => Err(error.code()),
        Ok(()) => {
            Ok(trade::trade(asked, &dataset, &trained, &table.candles, job, (before + steps.control, steps.all))?)
        }
    };
    let (bytes, _) = trained.model.write().map_err(ModelError::from)?;
    job.at(steps.all, steps.all)?;
    Ok(Learned { dataset, trained, importance, control, traded, bytes })
}

/// How many steps each part takes at most.
#[derive(Clone, Copy)]
struct Steps {
    training: u64,
    importance: u64,
    control: u64,
    all: u64,
}

impl Steps {
    fn of(asked: &Asked, dataset: &Dataset) -> Self {
        let folds = asked.folds as u64;
        let training = (folds + 1) * (asked.search.budget() as u64 + 1);
        let (importance, control) = (folds * dataset.columns.len() as u64, folds * asked.rounds as u64);
        Self { training, importance, control, all: training + importance + control + folds }
    }
}

/// The fact that so many settings were tried on these candles.
fn trials(asked: &Asked, learned: &Learned, id: FactHash) -> Result<Trials> {
    let (dataset, trained) = (&learned.dataset, &learned.trained);
    let strategy = format!("model_{}", asked.recipe.learner.kind.as_str());
    let name = |text: &str| Name::parse(text).map_err(|error| Error::usage("bad_setting", error.to_string()));
    let (from, to) = (trained.model.origin.from, trained.model.origin.to);
    let count = trained.walked.folds.iter().map(|fold| fold.tried.len()).sum::<usize>() + trained.tried.len();
    let tried = Tried {
        coin: asked.coin,
        interval: asked.interval,
        from,
        to,
        candles: dataset.len() as u64,
        data: dataset.data,
        trials: (count as u64).max(1),
    };
    // It is known by what it learned: the same settings on the same candles are the same bytes.
    let best = |equity: Money| -> Result<BestTrial> {
        let parameters = vec![(name("model")?, id.to_string())];
        Ok(BestTrial { coin: asked.coin, interval: asked.interval, parameters, final_equity: equity })
    };
    Ok(Trials {
        id: FactHash::of(&("omc_train", id, &tried)),
        shard: None,
        strategy: name(&strategy)?,
        code: crate::scripts::MODEL_CODE,
        grid: FactHash::of(&("omc_train_grid", &asked.settings())),
        tried: vec![tried],
        best: learned.traded.as_ref().ok().map(|traded| best(traded.equity)).transpose()?,
    })
}
