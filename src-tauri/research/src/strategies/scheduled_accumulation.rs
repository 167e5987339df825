//! Buys for a fixed amount at a local time, every day, week or month.
//!
//! One buy a slot, whatever happens; of slots that went by unattended the newest one is made up for, and only that.

use super::Described;
use crate::parameters::{Kind, Parameter, ParameterError, Parameters};
use crate::plan::{Every, Plan};
use crate::strategy::{Asked, Strategy};
use crate::view::View;
use domain::{Money, Signal, SignalAction, SignalSize};
use floor::Portfolio;

pub(super) const DESCRIBED: Described = Described {
    name: "scheduled_accumulation",
    words: "Buys for a fixed amount at a local time, every day, week or month; it never sells. A slot it slept through is made \
up for once, and only the newest.",
    code: 1,
    parameters: &[
        Parameter {
            name: "aud",
            words: "AUD a buy costs, fee included",
            kind: Kind::Decimal { min: 1, max: 1_000_000, decimals: 2 },
            default: "25",
        },
        Parameter { name: "every", words: "how often", kind: Kind::Choice(&["day", "week", "month"]), default: "week" },
        Parameter {
            name: "on",
            words: "the day of the week (1 is Monday) or of the month; means nothing for every day",
            kind: Kind::Whole { min: 1, max: 28 },
            default: "1",
        },
        Parameter { name: "at", words: "the local time", kind: Kind::Time, default: "09:00" },
        Parameter { name: "timezone", words: "whose local time", kind: Kind::Zone, default: "Australia/Sydney" },
    ],
    build,
};

fn build(parameters: &Parameters) -> Result<Box<dyn Strategy>, ParameterError> {
    let on = parameters.whole("on");
    let every = match parameters.choice("every") {
        "day" => Every::Day,
        "week" if on <= 7 => Every::Week(on),
        "week" => return Err(ParameterError::Together("a week has the days 1 (Monday) to 7")),
        _ => Every::Month(on),
    };
    let plan = Plan { every, minute: parameters.minute("at"), zone: parameters.zone("timezone") };
    Ok(Box::new(ScheduledAccumulation { plan, amount: Money::aud(parameters.decimal("aud")) }))
}

struct ScheduledAccumulation {
    plan: Plan,
    amount: Money,
}

impl Strategy for ScheduledAccumulation {
    fn warm_up(&self) -> usize {
        0
    }

    fn asked(&self) -> Asked {
        Asked::AnyTime
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        let coin = view.coin();
        let Some(slot) = self.plan.newest(view.now()) else { return Vec::new() };
        // Whether the slot was used stands in the facts, so that no restart can buy it twice.
        if slot <= portfolio.done_until(coin) {
            return Vec::new();
        }
        vec![Signal {
            action: SignalAction::Buy,
            coin,
            size: SignalSize::Aud(self.amount),
            slot,
            confidence: None,
            reason: format!("due by its plan at {slot}"),
            evidence: vec![format!("plan {slot}")],
        }]
    }
}
