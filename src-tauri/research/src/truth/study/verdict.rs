//! From figures to one word, and why.
//!
//! The first that fits: `leaks` when a check failed; `loses` when it made no money even where it was chosen; `overfitted` when
//! it was chosen among several and made none where it wasn't, or the choice is worse than a coin, or luck explains more than
//! half, or neither its deflated number nor that where it wasn't chosen is shown, while alone it would be, or while it kept
//! less than half of what it had promised; `unproven` while anything that should be shown is not; `holds_up`.

use super::report::Report;
use crate::truth::{ControlVerdict, Figure, few_trades};

/// From here on a probability counts as shown.
const SHOWN: f64 = 0.95;
/// A coin.
const COIN: f64 = 0.5;

/// What an examination comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It knows what it can't.
    Leaks,
    /// It makes no money.
    Loses,
    /// What it made was luck of the choice.
    Overfitted,
    /// Not shown, one way or the other.
    Unproven,
    /// Everything that was asked of it is shown.
    HoldsUp,
}

impl Verdict {
    /// The stable code for scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leaks => "leaks",
            Self::Loses => "loses",
            Self::Overfitted => "overfitted",
            Self::Unproven => "unproven",
            Self::HoldsUp => "holds_up",
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Leaks => "It looks at what it can't know yet: none of its numbers mean anything.",
            Self::Loses => "It makes no money.",
            Self::Overfitted => "Overfitted: what it made is the luck of having been chosen.",
            Self::Unproven => "Unproven: these bars don't show that it is more than luck.",
            Self::HoldsUp => "It holds up in everything that was asked of it. That is no promise.",
        }
    }
}

/// Something that speaks against a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The stable code for scripts.
    pub code: &'static str,
    /// In words.
    pub words: String,
    /// What it makes of the verdict at best.
    pub verdict: Verdict,
}

impl Report {
    pub(super) fn judge(&mut self) {
        let mut reasons = Vec::new();
        self.knowing(&mut reasons);
        self.choosing(&mut reasons);
        self.proving(&mut reasons);
        self.resting(&mut reasons);
        self.verdict = Verdict::HoldsUp;
        for worse in [Verdict::Unproven, Verdict::Overfitted, Verdict::Loses, Verdict::Leaks] {
            if reasons.iter().any(|reason| reason.verdict == worse) {
                self.verdict = worse;
            }
        }
        self.reasons = reasons;
    }

    fn knowing(&self, reasons: &mut Vec<Reason>) {
        let mut say = |code, verdict, words: String| reasons.push(Reason { code, words, verdict });
        match &self.leaks {
            Ok(leaks) => {
                for check in leaks.failed() {
                    say(check.as_str(), Verdict::Leaks, format!("Check {}: {}.", check.as_str(), check.words()));
                }
                if leaks.decisions == 0 {
                    say(
                        "no_decisions",
                        Verdict::Unproven,
                        "It decided nothing while it was looked at for leaks.".into(),
                    );
                }
            }
            Err(few) => say("leaks_untold", Verdict::Unproven, format!("Whether it leaks can't be told: {few}.")),
        }
    }

    fn choosing(&self, reasons: &mut Vec<Reason>) {
        let mut say = |code, verdict, words: String| reasons.push(Reason { code, words, verdict });
        let (inside, outside) = (&self.in_sample, &self.out_of_sample);
        let made = outside.figures.total_return;
        if inside.figures.total_return <= 0.0 {
            let words =
                format!("Even the best it can do on all of these bars is {}.", percent(inside.figures.total_return));
            say("loses_in_sample", Verdict::Loses, words);
        } else if made <= 0.0 {
            let was_chosen = inside.overfitting.is_ok();
            let verdict = if was_chosen { Verdict::Overfitted } else { Verdict::Loses };
            let words = format!(
                "It made {} where it was chosen and {} where it wasn't.",
                percent(inside.figures.total_return),
                percent(made)
            );
            say("loses_out_of_sample", verdict, words);
        }
        if let Ok(chosen) = inside.overfitting
            && chosen.probability > COIN
        {
            let words = format!(
                "In {:.0} % of {} ways to halve the record the best of {} trials on one half came out in the worse part on the other.",
                chosen.probability * 100.0,
                chosen.choices,
                chosen.trials
            );
            say("choice_worse_than_coin", Verdict::Overfitted, words);
        }
        match inside.deflated {
            Ok(deflated) if deflated.probability < SHOWN => {
                let shown = |figure: Figure| figure.is_ok_and(|figure| figure >= SHOWN);
                let fades = outside.efficiency().is_ok_and(|kept| kept < COIN);
                let by_trying = !shown(outside.probabilistic) && (fades || shown(inside.probabilistic));
                let is_luck = deflated.trials > 1 && (deflated.probability < COIN || by_trying);
                let verdict = if is_luck { Verdict::Overfitted } else { Verdict::Unproven };
                let words = format!(
                    "After {} trials on this data the probability that its Sharpe ratio is more than the luckiest trial's is {:.0} %.",
                    deflated.trials,
                    deflated.probability * 100.0
                );
                say("deflated", verdict, words);
            }
            Ok(_) => {}
            Err(missing) => {
                say("deflated_untold", Verdict::Unproven, format!("What luck explains can't be told: {missing}."))
            }
        }
    }

    fn proving(&self, reasons: &mut Vec<Reason>) {
        let mut say = |code, words: String| reasons.push(Reason { code, words, verdict: Verdict::Unproven });
        match self.out_of_sample.probabilistic {
            Ok(shown) if shown < SHOWN => say(
                "not_shown",
                format!(
                    "Where it wasn't chosen, its Sharpe ratio is above 0 with a probability of {:.0} %.",
                    shown * 100.0
                ),
            ),
            Ok(_) => {}
            Err(missing) => say("not_shown", format!("Where it wasn't chosen nothing can be shown: {missing}.")),
        }
        for (kind, control) in &self.controls {
            match control {
                Ok(control) if control.verdict == ControlVerdict::Timing => {}
                Ok(control) => say(kind.as_str(), control.words()),
                Err(missing) => say(kind.as_str(), format!("A control can't be told: {missing}.")),
            }
        }
    }

    fn resting(&self, reasons: &mut Vec<Reason>) {
        let mut say = |code, words: String| reasons.push(Reason { code, words, verdict: Verdict::Unproven });
        let outside = self.out_of_sample.figures;
        if let Some(words) = few_trades(outside.trades) {
            say("few_trades", format!("Where it wasn't chosen it rests on {words}."));
        }
        let hard = self.stress.iter().filter(|one| one.conditions.name != "all_at_once" && one.conditions.is_usual());
        for stressed in hard.filter(|one| outside.total_return > 0.0 && one.figures.total_return <= 0.0) {
            let words = format!(
                "Under {} it makes {} instead of {}.",
                stressed.conditions.name.replace('_', " "),
                percent(stressed.figures.total_return),
                percent(outside.total_return)
            );
            say("fragile", words);
        }
        let kept = self.in_sample.stability.as_ref().and_then(|around| around.kept.ok());
        if let (Some(around), Some(kept)) = (&self.in_sample.stability, kept)
            && kept < 0.3
        {
            say("peak", around.words());
        }
    }
}

fn percent(value: f64) -> String {
    format!("{:+.2} %", value * 100.0)
}
