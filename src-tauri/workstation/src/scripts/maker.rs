//! What the points of a grid are made from, by a strategy's name: built in, a script, or a model.

use super::made::{Unmade, make};
use super::model::{ModelMaker, is_model};
use super::{SCRIPT, SCRIPT_CODE, SOURCE};
use crate::Home;
use crate::commands::Job;
use research::sweep::{BuiltIn, MadePoint, Maker};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Points of a script's grid: each starts a process several times.
const SCRIPT_POINTS_MAX: u64 = 2_000;
/// Processes of scripts at a time.
pub(crate) const CHILDREN_MAX: usize = 16;

/// What makes a strategy at any setting, and what is set of it.
pub(crate) type Making = (Arc<dyn Maker>, BTreeMap<String, String>);

/// What makes a strategy at any setting, and what is set of it. Nothing more is made once the job was ended.
pub(crate) fn maker(home: &Home, name: &str, set: &BTreeMap<String, String>, job: &Arc<Job>) -> Result<Making, Unmade> {
    if is_model(name) {
        let (model, rest) = ModelMaker::of(home, name, set)?;
        return Ok((Arc::new(model), rest));
    }
    if name != SCRIPT {
        return Ok((Arc::new(BuiltIn::of(name)?), set.clone()));
    }
    // Its text with nothing set: whatever fails later is for the values.
    let mut rest = set.clone();
    let text: BTreeMap<String, String> = rest.remove_entry(SOURCE).into_iter().collect();
    let plain = make(home, SCRIPT, &text)?.params;
    Ok((Arc::new(ScriptMaker { home: home.clone(), text, plain, job: Arc::clone(job) }), rest))
}

/// A script at any setting of its parameters.
struct ScriptMaker {
    home: Home,
    /// Its text, as a parameter.
    text: BTreeMap<String, String>,
    /// Its parameters as its text sets them.
    plain: BTreeMap<String, String>,
    job: Arc<Job>,
}

impl Maker for ScriptMaker {
    fn name(&self) -> &str {
        SCRIPT
    }

    fn code(&self) -> u32 {
        SCRIPT_CODE
    }

    fn points_max(&self) -> u64 {
        SCRIPT_POINTS_MAX
    }

    fn place(&self, name: &str) -> Result<usize, Unmade> {
        let place = self.plain.keys().position(|known| known == name && name != SOURCE);
        place.ok_or_else(|| {
            let words = format!("the script has no parameter '{}' in its PARAMS", ledgers::inert(name));
            Unmade::new("bad_parameter", words)
        })
    }

    fn is_number(&self, name: &str) -> bool {
        self.plain.get(name).is_some_and(|value| domain::parse_decimal(value).is_ok())
    }

    fn whole(&self, name: &str) -> Option<(u32, u32)> {
        self.plain.get(name)?.parse::<u32>().ok().map(|_| (0, u32::MAX))
    }

    fn canonical(&self, name: &str, text: &str, set: &BTreeMap<String, String>) -> Result<String, Unmade> {
        let with = set.clone().into_iter().chain([(name.to_owned(), text.to_owned())]).collect();
        match self.made(&with) {
            Ok(mut made) => Ok(made.params.remove(name).unwrap_or_else(|| text.to_owned())),
            // Beside other values it may do.
            Err(unmade) if unmade.is_of_point => Ok(text.to_owned()),
            Err(unmade) => Err(unmade),
        }
    }

    fn made(&self, set: &BTreeMap<String, String>) -> Result<MadePoint, Unmade> {
        if self.job.is_cancelled() {
            return Err(Unmade::new("cancelled", "cancelled"));
        }
        let all = set.iter().chain(&self.text).map(|(name, value)| (name.clone(), value.clone())).collect();
        match make(&self.home, SCRIPT, &all) {
            Ok(made) => Ok(MadePoint { params: made.params, strategy: made.strategy, rule: None }),
            Err(unmade) => {
                let is_of_point = !matches!(unmade.code, "bad_parameter" | "script_process");
                Err(Unmade { is_of_point, ..unmade })
            }
        }
    }
}
