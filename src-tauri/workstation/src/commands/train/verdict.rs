//! From the figures of a training to one word, and why.
//!
//! The first that fits: `leaks` when labels that mean nothing were told apart; `no_edge` when up was told from the rest no better than
//! luck does where it was not trained, or no better than by who knows nothing; `unproven` while anything that should be shown is
//! not: a profit after costs, above 0 with 95 % and after all trials, by its timing, on thirty trades; `edge`.

use super::Learned;
use crate::dto::TruthReason;
use research::models::Measure;
use research::truth::{self, Control, ControlKind, ControlVerdict, Figure, Moments, Trials, normal_cdf};

/// From here on a probability counts as shown.
const SHOWN: f64 = 0.95;
/// Runs of the control of its times.
const CONTROLS: usize = 99;

/// What trading it shows.
pub(super) struct Shown {
    pub probabilistic: Figure,
    pub deflated: Figure,
    pub control: Result<Control, truth::Missing>,
}

impl Shown {
    /// Of the record out of sample, after so many trials on these candles.
    pub fn of(record: &truth::Record, trials: u64, seed: u64) -> Self {
        let moments = Moments::of(&record.returns);
        let (timed, permuted) = truth::permuted_signals(&record.held, &record.moves, CONTROLS, seed);
        Self {
            probabilistic: moments.and_then(|moments| moments.probabilistic(0.0)),
            deflated: moments
                .and_then(|moments| moments.deflated(Trials::of(&[], trials)))
                .map(|deflated| deflated.probability),
            control: Control::of(ControlKind::PermutedSignals, timed, &permuted),
        }
    }
}

/// How likely luck tells up from the rest at least as well; labels that overlap count as one (Mann and Whitney, 1947).
pub(super) fn luck(auc: Measure, ups: usize, samples: usize, horizon: usize) -> Measure {
    let apart = |count: usize| count as f64 / horizon.max(1) as f64;
    let (ups, downs) = (apart(ups), apart(samples.saturating_sub(ups)));
    auc.map(|auc| {
        let spread = ((ups + downs + 1.0) / (12.0 * ups * downs)).sqrt();
        normal_cdf((0.5 - auc) / spread)
    })
}

/// The verdict, its words, and what speaks against it.
pub(super) fn judge(learned: &Learned, shown: Option<&Shown>) -> (&'static str, &'static str, Vec<TruthReason>) {
    let mut reasons = Vec::new();
    let mut say = |code: &str, verdict: &str, words: String| {
        reasons.push(TruthReason { code: code.to_owned(), words, verdict: verdict.to_owned() });
    };
    let control = &learned.control;
    if !control.is_clean() {
        let words = format!(
            "Labels that mean nothing were told apart: the mean area under the curve is {:.3}, and luck alone stays within {:.3} of a half.",
            control.mean, control.allowed
        );
        say("labels_told", "leaks", words);
    }
    let walked = &learned.trained.walked;
    let out = &walked.classified;
    match luck(out.roc_auc, out.ups, out.samples, learned.dataset.label.horizon) {
        Ok(luck) if luck <= 1.0 - SHOWN => {}
        Ok(luck) => {
            let auc = out.roc_auc.unwrap_or(f64::NAN);
            let words = format!(
                "Where it was not trained its area under the curve is {auc:.3}, which luck reaches with a probability of {:.0} %.",
                luck * 100.0
            );
            say("not_told", "no_edge", words);
        }
        Err(missing) => say("not_told", "no_edge", format!("Where it was not trained nothing can be told: {missing}.")),
    }
    if let (Ok(own), Ok(majority)) = (out.log_loss, walked.baselines.majority.log_loss)
        && own >= majority
    {
        let words = format!(
            "Its chances are no better than saying how frequent up was in the training (log loss {own:.4}, and {majority:.4})."
        );
        say("majority_as_good", "unproven", words);
    }
    match (&learned.traded, shown) {
        (Ok(traded), Some(shown)) => trading(traded.record.figures(), shown, &mut say),
        (Err(code), _) => say(code, "unproven", "It can't trade, so that what it would come to can't be told.".into()),
        _ => {}
    }
    let is = |verdict: &str| reasons.iter().any(|reason| reason.verdict == verdict);
    let (verdict, words) = if is("leaks") {
        ("leaks", "Something of what it is tested on reaches its training: none of its numbers mean anything.")
    } else if is("no_edge") {
        ("no_edge", "No edge: where it was not trained it tells up from the rest no better than luck does.")
    } else if is("unproven") {
        (
            "unproven",
            "Unproven: it tells something apart where it was not trained, but what it would earn is not shown.",
        )
    } else {
        ("edge", "It held up where it was not trained, in everything that was asked of it. That is no promise.")
    };
    (verdict, words, reasons)
}

fn trading(figures: truth::Figures, shown: &Shown, say: &mut impl FnMut(&str, &str, String)) {
    if figures.total_return <= 0.0 {
        say("loses", "unproven", format!("Traded after costs it made {:+.2} %.", figures.total_return * 100.0));
    }
    let mut below = |code: &str, figure: Figure, what: &str| match figure {
        Ok(figure) if figure >= SHOWN => {}
        Ok(figure) => say(code, "unproven", format!("{what} with a probability of {:.0} %.", figure * 100.0)),
        Err(missing) => say(code, "unproven", format!("{what}: that can't be told: {missing}.")),
    };
    below("not_shown", shown.probabilistic, "Traded, its Sharpe ratio is above 0");
    below(
        "deflated",
        shown.deflated,
        "After all trials on this data its Sharpe ratio is more than the luckiest trial's",
    );
    match &shown.control {
        Ok(control) if control.verdict == ControlVerdict::Timing => {}
        Ok(control) => say("permuted_signals", "unproven", control.words()),
        Err(missing) => say("permuted_signals", "unproven", format!("A control can't be told: {missing}.")),
    }
    if let Some(words) = truth::few_trades(figures.trades) {
        say("few_trades", "unproven", format!("Traded, it rests on {words}."));
    }
}
