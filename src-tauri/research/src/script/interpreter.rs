//! A script on its heap: read once, frozen, and called candle by candle.
//!
//! Invariants: a call sees the frozen script and a fresh heap, which is gone after it: what it wants to keep is in its
//! state; so memory does not grow with the candles. It is asked once every input has a value.

use super::data::Data;
use super::inputs::{Bar, Input, parse};
use super::{Answer, SOURCE_BYTES_MAX, ScriptError};
use serde::{Deserialize, Serialize};
use starlark::codemap::FileSpanRef;
use starlark::environment::{FrozenModule, Globals, Module};
use starlark::eval::{BeforeStmtFuncDyn, Evaluator};
use starlark::syntax::{AstModule, Dialect};
use starlark::values::structs::AllocStruct;
use starlark::values::{OwnedFrozenValue, Value};
use starlark::{ErrorKind, PrintHandler};
use std::collections::BTreeMap;

/// Statements at one candle.
const STEPS_MAX: u64 = 200_000;
/// Bytes on its heap at one candle.
const HEAP_BYTES_MAX: usize = 32 << 20;
const CALLS_DEEP_MAX: usize = 50;
const MESSAGE_CHARS_MAX: usize = 300;
const WARM_UP_MAX: i64 = 200_000;
const PRELUDE: &str = include_str!("prelude.star");
const DIALECT: Dialect =
    Dialect { enable_load: false, enable_top_level_stmt: true, enable_f_strings: true, ..Dialect::Standard };

/// What it has of its coin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Coins it holds; for comparing with nothing, never an amount.
    pub held: f64,
    /// Whether an order of it is on its way.
    pub pending: bool,
}

/// What a script said about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Closed candles it wants to have seen before it is listened to.
    pub warm_up: usize,
    /// Its parameters as they are set, by name.
    pub parameters: Vec<(String, String)>,
    /// What it looks at, by name.
    pub inputs: Vec<String>,
}

/// A script at work on one coin.
pub(super) struct Interpreter {
    on_candle: OwnedFrozenValue,
    parameters: Data,
    inputs: Vec<Input>,
    warm_up: usize,
    state: Data,
}

struct Mute;

impl PrintHandler for Mute {
    fn println(&self, _: &str) -> starlark::Result<()> {
        Ok(())
    }
}

impl Interpreter {
    pub fn read(source: &str, set: &BTreeMap<String, String>) -> Result<Self, ScriptError> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(ScriptError::Unreadable(format!("it is longer than {SOURCE_BYTES_MAX} bytes")));
        }
        let prelude = freeze("prelude", PRELUDE, None)?;
        let module = freeze("script", source, Some(&prelude))?;
        let Some(on_candle) = value(&module, "on_candle")? else {
            return Err(ScriptError::Unreadable("it has no on_candle(now, state, p)".to_owned()));
        };
        let parameters = parameters(own(&module, "PARAMS")?, set)?;
        let wanted = call(&module, "inputs", &[&parameters])?.unwrap_or_else(Data::empty);
        let inputs = inputs(&wanted)?;
        let warm_up = match own(&module, "WARM_UP")? {
            None => inputs.iter().map(|input| input.warm_up).max().unwrap_or(0) + 1,
            Some(Data::Whole(candles)) if (0..=WARM_UP_MAX).contains(&candles) => candles as usize,
            Some(_) => return Err(ScriptError::Unreadable(format!("WARM_UP is a whole number up to {WARM_UP_MAX}"))),
        };
        Ok(Self { on_candle, parameters, inputs, warm_up, state: Data::empty() })
    }

    pub fn summary(&self) -> Summary {
        let Data::Dict(entries) = &self.parameters else {
            return Summary { warm_up: self.warm_up, parameters: Vec::new(), inputs: Vec::new() };
        };
        let parameters = entries.iter().filter_map(|(key, value)| Some((text(key)?, text(value)?))).collect();
        Summary { warm_up: self.warm_up, parameters, inputs: self.inputs.iter().map(|one| one.name.clone()).collect() }
    }

    /// Takes the next closed candle and says what is to be done.
    pub fn decide(&mut self, bar: &Bar, standing: Standing) -> Result<Vec<Answer>, ScriptError> {
        let values: Vec<Option<f64>> = self.inputs.iter_mut().map(|input| input.push(bar)).collect();
        let Some(values) = values.into_iter().collect::<Option<Vec<f64>>>() else { return Ok(Vec::new()) };
        let scratch = Module::new();
        let heap = scratch.heap();
        let own = [
            ("time", heap.alloc(bar.time)),
            ("open", heap.alloc(bar.open)),
            ("high", heap.alloc(bar.high)),
            ("low", heap.alloc(bar.low)),
            ("close", heap.alloc(bar.close)),
            ("volume", bar.volume.map_or_else(Value::new_none, |volume| heap.alloc(volume))),
            ("held", heap.alloc(standing.held)),
            ("pending", Value::new_bool(standing.pending)),
        ];
        let looked = self.inputs.iter().zip(values).map(|(input, value)| (input.name.as_str(), heap.alloc(value)));
        let now = heap.alloc(AllocStruct(own.into_iter().chain(looked)));
        let (state, parameters) = (self.state.alloc(heap), self.parameters.alloc(heap));
        let function = self.on_candle.owned_value(scratch.frozen_heap());
        let answer = bounded(&scratch, |eval| eval.eval_function(function, &[now, state, parameters], &[]))?;
        let answer = Answer::read(&Data::of(answer)?)?;
        self.state = Data::of(state)?;
        Ok(answer)
    }
}

/// What a script used up.
#[derive(Debug, thiserror::Error)]
enum Limit {
    #[error("more than {STEPS_MAX} steps at one candle")]
    Steps,
    #[error("more than {} MB at one candle", HEAP_BYTES_MAX >> 20)]
    Memory,
}

/// Counts statements, and looks at the heap before each.
struct Counter(u64);

impl<'a, 'e: 'a> BeforeStmtFuncDyn<'a, 'e> for Counter {
    fn call<'v>(&mut self, _: FileSpanRef<'_>, eval: &mut Evaluator<'v, 'a, 'e>) -> starlark::Result<()> {
        self.0 += 1;
        if self.0 > STEPS_MAX {
            return Err(starlark::Error::new_other(Limit::Steps));
        }
        if eval.heap().allocated_bytes() > HEAP_BYTES_MAX {
            return Err(starlark::Error::new_other(Limit::Memory));
        }
        Ok(())
    }
}

/// Runs something within the bounds, and says in what way it failed.
fn bounded<'v, 'a>(
    module: &'v Module,
    run: impl FnOnce(&mut Evaluator<'v, 'a, 'a>) -> starlark::Result<Value<'v>>,
) -> Result<Value<'v>, ScriptError>
where
    'v: 'a,
{
    let mut eval = Evaluator::new(module);
    eval.set_print_handler(&Mute);
    let counter: Box<dyn BeforeStmtFuncDyn<'_, '_>> = Box::new(Counter(0));
    eval.before_stmt_for_dap(counter.into());
    if let Err(error) = eval.set_max_callstack_size(CALLS_DEEP_MAX) {
        return Err(ScriptError::Failed(error.to_string()));
    }
    run(&mut eval).map_err(|error| match error.kind() {
        ErrorKind::StackOverflow(_) => {
            ScriptError::Exhausted(format!("calls within calls, more than {CALLS_DEEP_MAX} deep"))
        }
        ErrorKind::Other(inner) if inner.is::<Limit>() => ScriptError::Exhausted(inner.to_string()),
        _ => ScriptError::Failed(words(&error)),
    })
}

/// What went wrong, and in which line.
fn words(error: &starlark::Error) -> String {
    let place = error.span().map(|span| format!("line {}: ", span.resolve_span().begin.line + 1)).unwrap_or_default();
    let text = format!("{place}{}", error.without_diagnostic());
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MESSAGE_CHARS_MAX).collect()
}

fn freeze(name: &str, source: &str, prelude: Option<&FrozenModule>) -> Result<FrozenModule, ScriptError> {
    let unreadable = |error: ScriptError| match error {
        ScriptError::Failed(words) => ScriptError::Unreadable(words),
        other => other,
    };
    let ast = AstModule::parse(name, source.to_owned(), &DIALECT).map_err(|e| ScriptError::Unreadable(words(&e)))?;
    let module = Module::new();
    if let Some(prelude) = prelude {
        module.import_public_symbols(prelude);
    }
    bounded(&module, |eval| eval.eval_module(ast, &Globals::standard())).map_err(unreadable)?;
    module.freeze().map_err(|error| ScriptError::Unreadable(format!("{error:?}").chars().take(200).collect()))
}

/// What the script has under a name at its top.
fn value(module: &FrozenModule, name: &str) -> Result<Option<OwnedFrozenValue>, ScriptError> {
    module.get_option(name).map_err(|error| ScriptError::Unreadable(error.to_string()))
}

/// The same as data.
fn own(module: &FrozenModule, name: &str) -> Result<Option<Data>, ScriptError> {
    value(module, name)?.map(|value| Data::of(value.value())).transpose()
}

/// Calls a function of the script once; none when there is no such function.
fn call(module: &FrozenModule, name: &str, arguments: &[&Data]) -> Result<Option<Data>, ScriptError> {
    let Some(function) = value(module, name)? else { return Ok(None) };
    let scratch = Module::new();
    let function = function.owned_value(scratch.frozen_heap());
    let arguments: Vec<Value<'_>> = arguments.iter().map(|data| data.alloc(scratch.heap())).collect();
    let value = bounded(&scratch, |eval| eval.eval_function(function, &arguments, &[]))?;
    Data::of(value).map(Some)
}

fn inputs(wanted: &Data) -> Result<Vec<Input>, ScriptError> {
    let not = || ScriptError::Unreadable("inputs(p) answers with a dictionary of names and formulas".to_owned());
    let Data::Dict(entries) = wanted else { return Err(not()) };
    let pair = |(key, value): &(Data, Data)| match (key, value) {
        (Data::Text(name), Data::Text(formula)) => Ok((name.clone(), formula.clone())),
        _ => Err(not()),
    };
    let pairs = entries.iter().map(pair).collect::<Result<Vec<_>, _>>()?;
    parse(pairs.iter().map(|(name, formula)| (name.as_str(), formula.as_str())))
}

/// The parameters a script has, each as its default or as it is set, of the default's kind.
fn parameters(own: Option<Data>, set: &BTreeMap<String, String>) -> Result<Data, ScriptError> {
    let Some(Data::Dict(mut entries)) = own.or_else(|| Some(Data::empty())) else {
        return Err(ScriptError::Unreadable("PARAMS is a dictionary of names and defaults".to_owned()));
    };
    for (key, value) in &entries {
        if !matches!(key, Data::Text(_)) || text(value).is_none() {
            let words = "PARAMS has texts as names, and numbers, truths or texts as defaults";
            return Err(ScriptError::Unreadable(words.to_owned()));
        }
    }
    for (name, wanted) in set {
        let Some((_, value)) = entries.iter_mut().find(|(key, _)| matches!(key, Data::Text(own) if own == name)) else {
            let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
            return Err(ScriptError::Parameter(format!("the script has no parameter '{name}' in its PARAMS")));
        };
        let read = match value {
            Data::Whole(_) => wanted.parse().ok().map(Data::Whole),
            Data::Number(_) => wanted.parse().ok().filter(|number: &f64| number.is_finite()).map(Data::Number),
            Data::Truth(_) => match wanted.as_str() {
                "true" => Some(Data::Truth(true)),
                "false" => Some(Data::Truth(false)),
                _ => None,
            },
            _ => Some(Data::Text(wanted.clone())),
        };
        let refused = || ScriptError::Parameter(format!("{name} is no value of the kind its default in PARAMS has"));
        *value = read.ok_or_else(refused)?;
    }
    Ok(Data::Dict(entries))
}

fn text(data: &Data) -> Option<String> {
    Some(match data {
        Data::Truth(truth) => truth.to_string(),
        Data::Whole(whole) => whole.to_string(),
        Data::Number(number) => number.to_string(),
        Data::Text(text) => text.clone(),
        _ => return None,
    })
}
