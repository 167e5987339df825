//! A model as a strategy: it buys where the model is sure enough and sells where it no longer is.
//!
//! Features come from the very code that made the table it learned from, candle by candle. It says nothing while one of them is
//! absent. Deliberately absent: sizes (it always says all of its capital; what of it is used is the Floor's matter) and features
//! of the ledgers, which a view doesn't hold: a model with such is refused when the strategy is made.

use super::{ArtefactError, Model};
use crate::features::{PriceStream, features};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{BasisPoints, Denial, Signal, SignalAction, SignalSize, Timestamp};
use floor::Portfolio;
use std::sync::Arc;

/// Contributions named in a reason.
const NAMED: usize = 3;

/// A model that decides.
pub struct ModelStrategy {
    model: Arc<Model>,
    stream: PriceStream,
    /// Of each column of the model, the place among the price features.
    places: Vec<usize>,
    fed: Option<Timestamp>,
    failure: Option<Denial>,
}

impl ModelStrategy {
    /// At its very beginning.
    ///
    /// # Errors
    /// [`ArtefactError::NotLive`], [`ArtefactError::Features`], [`ArtefactError::UnknownFeature`].
    pub fn new(model: Arc<Model>) -> Result<Self, ArtefactError> {
        model.live()?;
        let all = features(true, false);
        let place = |name: &String| {
            let place = all.iter().position(|feature| feature.name == name);
            place.ok_or_else(|| ArtefactError::UnknownFeature(name.clone()))
        };
        let places = model.features.iter().map(place).collect::<Result<_, _>>()?;
        let stream = PriceStream::new(model.interval);
        Ok(Self { model, stream, places, fed: None, failure: None })
    }

    /// What it reads at the newest candle, once; none where a feature is absent or the candle was seen.
    fn row(&mut self, view: &View<'_>) -> Option<Vec<f64>> {
        let candles = view.candles();
        let newest = candles.last().filter(|newest| self.fed.is_none_or(|fed| fed < newest.time))?;
        self.fed = Some(newest.time);
        let said = self.stream.push(candles);
        self.places.iter().map(|place| said.get(*place).copied().flatten()).collect()
    }

    fn fits(&self, view: &View<'_>) -> Result<(), Denial> {
        let Model { coin, interval, .. } = *self.model;
        if (view.coin(), view.interval()) == (coin, interval) {
            return Ok(());
        }
        let words = format!(
            "the model was trained on {coin} {interval} and is asked about {} {}: train one for it",
            view.coin(),
            view.interval()
        );
        Err(Denial::new("model_market", words))
    }

    fn reason(&self, said: f64, row: &[f64]) -> String {
        let explained = self.model.fitted.explain(row);
        let named = explained.biggest(NAMED).into_iter().map(|(place, added)| {
            let name = self.model.features.get(place).map_or("", String::as_str);
            format!("{name} {:.4} ({added:+.3})", row.get(place).copied().unwrap_or(0.0))
        });
        let named = named.collect::<Vec<_>>().join(", ");
        if self.model.fitted.kind.says_returns() {
            format!("expected return {:+.3} % after costs; most by {named}", said * 100.0)
        } else {
            format!("probability {:.1} %; most by {named}", said * 100.0)
        }
    }
}

impl Strategy for ModelStrategy {
    fn warm_up(&self) -> usize {
        self.model.warm_up()
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        if self.failure.is_some() {
            return Vec::new();
        }
        if let Err(denial) = self.fits(view) {
            self.failure = Some(denial);
            return Vec::new();
        }
        let Some(row) = self.row(view) else { return Vec::new() };
        let said = self.model.fitted.says(&row);
        if !said.is_finite() {
            // It would compare as neither sure nor unsure, and hold on for ever.
            let words = format!("the model said no number at {}: don't use it", view.now());
            self.failure = Some(Denial::new("model_not_finite", words));
            return Vec::new();
        }
        let coin = view.coin();
        let action = if said >= self.model.thresholds.enter && !portfolio.is_in(coin) {
            SignalAction::Buy
        } else if said < self.model.thresholds.exit && portfolio.holds(coin) {
            SignalAction::Close
        } else {
            return Vec::new();
        };
        let sure = if action == SignalAction::Buy { said } else { 1.0 - said };
        let is_chance = !self.model.fitted.kind.says_returns();
        vec![Signal {
            action,
            coin,
            size: SignalSize::Share(BasisPoints(10_000)),
            slot: view.now(),
            confidence: is_chance.then_some((sure.clamp(0.0, 1.0) * 10_000.0).round() as u16),
            reason: self.reason(said, &row),
            evidence: vec![view.evidence()],
        }]
    }

    fn failure(&self) -> Option<Denial> {
        self.failure.clone()
    }
}
