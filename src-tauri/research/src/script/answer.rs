//! What a script says, and what that is to the Floor.
//!
//! Invariants: a share is held to hundredths of a percent and never rounds to nothing; amounts are decimal text, read once,
//! exactly; what names two sizes, none, or anything unknown is refused whole.

use super::ScriptError;
use super::data::Data;
use domain::{BasisPoints, Coin, Money, Quantity, Signal, SignalAction, SignalSize, Timestamp, parse_decimal};
use floor::REASON_CHARS_MAX;
use serde::{Deserialize, Serialize};

/// Decisions at one candle.
const ANSWERS_MAX: usize = 4;
const ALL_BPS: f64 = 10_000.0;

/// One decision of a script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What it asks for.
    pub action: SignalAction,
    /// How much.
    pub size: AnswerSize,
    /// How sure it says it is, in hundredths of a percent.
    pub confidence: Option<u16>,
    /// Why.
    pub reason: String,
}

/// How much a script asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnswerSize {
    /// A share of its capital, or of what it holds, in basis points.
    Share(u32),
    /// AUD as decimal text.
    Aud(String),
    /// Coins as decimal text.
    Quantity(String),
}

fn bad<T>(words: impl Into<String>) -> Result<T, ScriptError> {
    Err(ScriptError::Answer(words.into()))
}

impl Answer {
    /// Nothing, one decision, or a list of them.
    pub(super) fn read(data: &Data) -> Result<Vec<Self>, ScriptError> {
        match data {
            Data::None => Ok(Vec::new()),
            Data::List(items) if items.len() <= ANSWERS_MAX => items.iter().map(Self::one).collect(),
            Data::List(items) => bad(format!("{} at one candle, {ANSWERS_MAX} are the most", items.len())),
            one => Self::one(one).map(|one| vec![one]),
        }
    }

    fn one(data: &Data) -> Result<Self, ScriptError> {
        let action = match data.get("action") {
            Some(Data::Text(text)) if text == "buy" => SignalAction::Buy,
            Some(Data::Text(text)) if text == "sell" => SignalAction::Sell,
            Some(Data::Text(text)) if text == "close" => SignalAction::Close,
            _ => return bad("answer with buy(…), sell(…), close(…), a list of them, or None"),
        };
        let reason = match data.get("reason") {
            Some(Data::Text(text)) => text.chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect(),
            _ => return bad("a reason is a text"),
        };
        let confidence = match data.get("confidence") {
            None | Some(Data::None) => None,
            Some(sure) => Some(part(sure, "confidence")?),
        };
        Ok(Self { action, size: size(data)?, confidence: confidence.and_then(|bps| u16::try_from(bps).ok()), reason })
    }

    /// The signal it is, of a coin at a moment.
    ///
    /// # Errors
    /// [`ScriptError::Answer`] for an amount that is none.
    pub fn signal(self, coin: Coin, slot: Timestamp, evidence: String) -> Result<Signal, ScriptError> {
        let size = match &self.size {
            AnswerSize::Share(bps) => SignalSize::Share(BasisPoints(*bps)),
            AnswerSize::Aud(text) => match parse_decimal(text) {
                Ok(amount) => SignalSize::Aud(Money::aud(amount)),
                Err(error) => return bad(format!("aud: {error}")),
            },
            AnswerSize::Quantity(text) => match Quantity::parse(text) {
                Ok(quantity) => SignalSize::Quantity(quantity),
                Err(error) => return bad(format!("quantity: {error}")),
            },
        };
        let (action, confidence, reason) = (self.action, self.confidence, self.reason);
        Ok(Signal { action, coin, size, slot, confidence, reason, evidence: vec![evidence] })
    }
}

fn size(data: &Data) -> Result<AnswerSize, ScriptError> {
    let amount = |name: &str| match data.get(name) {
        None | Some(Data::None) => Ok(None),
        Some(Data::Text(text)) => Ok(Some(text.clone())),
        Some(Data::Whole(whole)) => Ok(Some(whole.to_string())),
        Some(_) => bad(format!("{name} is a whole number or a text such as \"12.50\", so that no digit is lost")),
    };
    match (amount("aud")?, amount("quantity")?) {
        (None, None) => part(data.get("share").unwrap_or(&Data::None), "share").map(AnswerSize::Share),
        (Some(aud), None) => Ok(AnswerSize::Aud(aud)),
        (None, Some(quantity)) => Ok(AnswerSize::Quantity(quantity)),
        (Some(_), Some(_)) => bad("give aud or quantity, not both"),
    }
}

/// A part of one, in basis points; at least one of them.
fn part(data: &Data, name: &str) -> Result<u32, ScriptError> {
    let number = match data {
        Data::Number(number) => *number,
        Data::Whole(whole) => *whole as f64,
        _ => f64::NAN,
    };
    if number > 0.0 && number <= 1.0 {
        // In range by the line above, so that the cast loses nothing but the part below a basis point.
        return Ok(((number * ALL_BPS).round() as u32).max(1));
    }
    bad(format!("{name} is more than 0 and at most 1"))
}
