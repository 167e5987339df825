//! What a script keeps between two candles, as plain data that outlives its heap.
//!
//! Invariants: bounded in size and depth; what can't be kept (a function, a number beyond 64 bits) is an error and never
//! quietly lost; the order of a dictionary stays.

use super::ScriptError;
use starlark::values::dict::{AllocDict, DictRef};
use starlark::values::float::UnpackFloat;
use starlark::values::list::AllocList;
use starlark::values::list::ListRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, UnpackValue, Value};

/// Values kept at most.
const VALUES_MAX: usize = 10_000;
/// Bytes of text kept at most.
const TEXT_MAX: usize = 100_000;
const DEPTH_MAX: usize = 16;

/// A value without a heap.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    None,
    Truth(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    List(Vec<Data>),
    Dict(Vec<(Data, Data)>),
}

/// What is left of the bounds.
struct Room {
    values: usize,
    text: usize,
}

impl Data {
    /// An empty dictionary.
    pub const fn empty() -> Self {
        Self::Dict(Vec::new())
    }

    /// Takes a value out of its heap.
    pub fn of(value: Value<'_>) -> Result<Self, ScriptError> {
        Self::read(value, DEPTH_MAX, &mut Room { values: VALUES_MAX, text: TEXT_MAX })
    }

    fn read(value: Value<'_>, depth: usize, room: &mut Room) -> Result<Self, ScriptError> {
        let too_large = || {
            let words = format!(
                "what it keeps is too large: at most {VALUES_MAX} values, {TEXT_MAX} bytes of text, {DEPTH_MAX} deep"
            );
            ScriptError::Exhausted(words)
        };
        room.values = room.values.checked_sub(1).ok_or_else(too_large)?;
        let deeper = depth.checked_sub(1).ok_or_else(too_large)?;
        let list = |items: &[Value<'_>], room: &mut Room| {
            items.iter().map(|item| Self::read(*item, deeper, room)).collect::<Result<Vec<_>, _>>().map(Self::List)
        };
        if value.is_none() {
            return Ok(Self::None);
        }
        if let Some(truth) = value.unpack_bool() {
            return Ok(Self::Truth(truth));
        }
        if let Some(text) = value.unpack_str() {
            room.text = room.text.checked_sub(text.len()).ok_or_else(too_large)?;
            return Ok(Self::Text(text.to_owned()));
        }
        if let Some(items) = ListRef::from_value(value) {
            return list(items.content(), room);
        }
        if let Some(items) = TupleRef::from_value(value) {
            return list(items.content(), room);
        }
        if let Some(entries) = DictRef::from_value(value) {
            let entry = |(key, value)| Ok((Self::read(key, deeper, room)?, Self::read(value, deeper, room)?));
            return entries.iter().map(entry).collect::<Result<Vec<_>, _>>().map(Self::Dict);
        }
        if let Ok(Some(whole)) = i64::unpack_value(value) {
            return Ok(Self::Whole(whole));
        }
        match UnpackFloat::unpack_value(value) {
            Ok(Some(number)) => Ok(Self::Number(number.0)),
            _ => Err(ScriptError::Failed(format!("a {} can't be kept between two candles", value.get_type()))),
        }
    }

    /// Puts it on a heap.
    pub fn alloc<'v>(&self, heap: &'v Heap) -> Value<'v> {
        match self {
            Self::None => Value::new_none(),
            Self::Truth(truth) => Value::new_bool(*truth),
            Self::Whole(whole) => heap.alloc(*whole),
            Self::Number(number) => heap.alloc(*number),
            Self::Text(text) => heap.alloc(text.as_str()),
            Self::List(items) => heap.alloc(AllocList(items.iter().map(|item| item.alloc(heap)))),
            Self::Dict(entries) => {
                heap.alloc(AllocDict(entries.iter().map(|(key, value)| (key.alloc(heap), value.alloc(heap)))))
            }
        }
    }

    /// An entry of a dictionary by its text.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Dict(entries) = self else { return None };
        entries.iter().find(|(key, _)| matches!(key, Self::Text(text) if text == name)).map(|(_, value)| value)
    }
}
