//! A strategy from its name and what is set about it, whether it is built in or a person's script.
//!
//! A script is the strategy `script`, and its text is its parameter `source`: so a version of an algorithm holds the very text
//! that decides, and another text is another version.

use super::LockedScript;
use super::model::{ModelMaker, is_model};
use crate::Home;
use domain::{Coin, Interval, Timestamp};
use research::Strategy;
use research::script::{Decider, ScriptError, Scripted};
use std::collections::BTreeMap;

/// The strategy that is a script.
pub const SCRIPT: &str = "script";
/// Its parameter that is its text.
pub const SOURCE: &str = "source";
/// The number of the interpreter; another one may decide otherwise.
pub(crate) const SCRIPT_CODE: u32 = 1;
const SHOWN_DIGITS: usize = 16;

/// A strategy at its very beginning.
pub(crate) struct Made {
    pub name: &'static str,
    pub code: u32,
    /// All of its parameters as canonical text.
    pub params: BTreeMap<String, String>,
    pub strategy: Box<dyn Strategy>,
    /// What it learned from, where it did.
    pub trained: Option<Trained>,
}

/// What a model learned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trained {
    pub coin: Coin,
    pub interval: Interval,
    /// The beginning of the first candle.
    pub from: Timestamp,
    /// The end of the last one that a label looked at.
    pub until: Timestamp,
}

impl Trained {
    /// That it is used on what it learned from.
    pub fn fits(&self, lanes: impl IntoIterator<Item = (Coin, Interval)>) -> crate::Result<()> {
        let own = (self.coin, self.interval);
        let Some((coin, interval)) = lanes.into_iter().find(|lane| *lane != own) else { return Ok(()) };
        let words = format!(
            "the model learned from {} {} and can't decide about {coin} {interval}: train one for it",
            self.coin, self.interval
        );
        Err(crate::Error::usage("model_market", words))
    }
}

pub(crate) use research::sweep::Unmade;

fn failed(error: &ScriptError) -> Unmade {
    Unmade::new(error.code(), error.to_string())
}

impl From<Unmade> for crate::Error {
    fn from(unmade: Unmade) -> Self {
        match unmade.code {
            "cancelled" => reports::ReportError::Cancelled.into(),
            code => Self::Usage { code, message: unmade.words },
        }
    }
}

/// Makes a strategy for one coin. A script starts its process here and a model is read, so this is not for a thread that others
/// wait for.
pub(crate) fn make(home: &Home, name: &str, set: &BTreeMap<String, String>) -> Result<Made, Unmade> {
    if is_model(name) {
        let (model, rest) = ModelMaker::of(home, name, set)?;
        return model.made(&rest);
    }
    if name != SCRIPT {
        let described = research::described(name)?;
        let (parameters, strategy) = research::build(described.name, set)?;
        let params = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect();
        return Ok(Made { name: described.name, code: described.code, params, strategy, trained: None });
    }
    let mut own = set.clone();
    let Some(source) = own.remove(SOURCE) else {
        return Err(Unmade::new("bad_parameter", "a script is a file: give --strategy FILE.star"));
    };
    let program = std::env::current_exe().map_err(|error| {
        let words = format!("this program can't find itself to run a script beside it: {error}");
        Unmade::new("script_process", words)
    })?;
    let script = LockedScript::start(&program, &source, &own).map_err(|error| failed(&error))?;
    let mut params: BTreeMap<String, String> = script.summary().parameters.iter().cloned().collect();
    params.insert(SOURCE.to_owned(), source);
    let strategy = Box::new(Scripted::new(script));
    Ok(Made { name: SCRIPT, code: SCRIPT_CODE, params, strategy, trained: None })
}

/// Parameters as they are shown: a script's text by the beginning of its SHA-256.
pub(crate) fn shown(strategy: &str, params: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let shown = |(name, value): (String, String)| {
        let is_text = strategy == SCRIPT && name == SOURCE;
        let value = if is_text { digest(&value) } else { value };
        (name, value)
    };
    params.into_iter().map(shown).collect()
}

fn digest(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256 {}", hex.get(..SHOWN_DIGITS).unwrap_or_default())
}
