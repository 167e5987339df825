//! The Lab: sessions, what they ask, what they made. Whatever a session read from outside is plain text here, cut to a bound.

use super::{ApprovalView, OrderView, SerialDecimal};
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// What a session is to find out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct LabRequest {
    /// In plain words.
    pub goal: String,
    /// Who thinks: `builtin`, the planner that needs no network, unless told.
    #[ts(optional)]
    pub model: Option<String>,
    /// When it stops to ask: `required` (every gate, the default), `optional` or `auto`.
    #[ts(optional)]
    pub gates: Option<String>,
}

/// One way to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LabChoice {
    /// What is written to choose it.
    pub id: String,
    /// What it is.
    pub title: String,
    /// What speaks for it.
    pub pros: Vec<String>,
    /// What speaks against it.
    pub cons: Vec<String>,
    /// The session would take this one.
    pub recommended: bool,
}

/// One of the things asked on a card, or one item of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LabField {
    /// What is written to name it.
    pub id: String,
    /// What is asked, or what the item is.
    pub words: String,
    /// What it holds, or what silence means.
    pub value: Option<String>,
    /// Answers that fit; empty when any text does.
    pub options: Vec<String>,
}

/// Something a session waits for a person to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LabQuestion {
    /// What an answer names.
    pub id: String,
    /// `gate` where it stops before doing something, else `question`.
    pub kind: String,
    /// The session.
    pub session: String,
    /// Where it stops: `clarify`, `plan`, `data_fetch`, `training`, `model_choice`, `deployment`, `breaker`, `other`.
    pub gate: String,
    /// `clarify`, `choose`, `approve` or `edit`.
    pub form: String,
    /// The stage it is in.
    pub stage: String,
    /// In a sentence.
    pub question: String,
    /// What may be done about it: `approve`, `reject`, `answer`, `edit`.
    pub options: Vec<String>,
    /// Cards to choose among; empty unless something is chosen.
    pub choices: Vec<LabChoice>,
    /// What is asked in detail, or what can be edited.
    pub fields: Vec<LabField>,
    /// What happens when nobody answers in time; null when it waits for ever.
    pub default: Option<String>,
    /// When that is.
    #[ts(type = "string | null")]
    pub expires_at: Option<Timestamp>,
    /// When it was asked.
    #[ts(type = "string")]
    pub asked_at: Timestamp,
}

/// A session, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SessionView {
    /// What it is known by.
    pub session_id: String,
    /// What it is to find out, as it was written.
    pub goal: String,
    /// Who thinks.
    pub model: String,
    /// `running`, `waiting`, `completed`, `failed` or `cancelled`.
    pub state: String,
    /// `understanding`, `acquisition`, `preparation`, `exploration`, `modelling`, `evaluation` or `deployment`.
    pub stage: String,
    /// What it waits for, oldest first.
    pub questions: Vec<LabQuestion>,
    /// The report in Markdown; null until there is one, and in lists.
    pub report: Option<String>,
    /// How it ended, in a sentence; null while it hasn't.
    pub outcome: Option<String>,
    /// The same as a code.
    pub outcome_code: Option<String>,
    /// When it began.
    #[ts(type = "string")]
    pub started_at: Timestamp,
    /// When something last happened in it.
    #[ts(type = "string")]
    pub moved_at: Timestamp,
}

/// `omc lab list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SessionsView {
    /// The newest first.
    pub sessions: Vec<SessionView>,
}

/// One stage of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LabStage {
    /// Its name.
    pub stage: String,
    /// `pending`, `active`, `waiting`, `complete` or `stale`.
    pub state: String,
}

/// Something that happened in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LabEntry {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// In which stage.
    pub stage: String,
    /// `stage`, `thought`, `call`, `result`, `failure`, `question`, `answer`, `override`, `rewind`, `note`, `end` …
    pub kind: String,
    /// In words.
    pub words: String,
    /// The tool, where one was called.
    pub tool: Option<String>,
    /// What it was called with, or what it said, as JSON.
    #[ts(type = "unknown")]
    pub args: Value,
    /// The number of the call.
    pub call: Option<u32>,
    /// What it made.
    pub artefacts: Vec<String>,
    /// How long it took.
    #[ts(type = "number | null")]
    pub took_ms: Option<u64>,
    /// It stands on a branch that was left by going back.
    pub stale: bool,
}

/// Something a session made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LabArtefact {
    /// The SHA-256 of its bytes.
    pub id: String,
    /// What it is, such as `backtest` or `report_markdown`.
    pub kind: String,
    /// In words.
    pub title: String,
    /// Its length.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// What a session used of what it may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LabSpent {
    /// What is counted: `steps`, `calls`, `tokens`, `aud`, `seconds`.
    pub what: String,
    /// Used.
    #[ts(type = "string")]
    pub used: SerialDecimal,
    /// At most.
    #[ts(type = "string")]
    pub most: SerialDecimal,
}

/// A session, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SessionDetail {
    /// In short.
    #[serde(flatten)]
    pub session: SessionView,
    /// Its stages, in order.
    pub stages: Vec<LabStage>,
    /// What happened, oldest first.
    pub timeline: Vec<LabEntry>,
    /// What it made.
    pub artefacts: Vec<LabArtefact>,
    /// What it used of what it may use.
    pub spent: Vec<LabSpent>,
}

/// A report of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LabReport {
    /// The session.
    pub session_id: String,
    /// As it was written.
    pub markdown: String,
    /// The same as a page; nothing in it runs or is fetched.
    pub html: String,
    /// The artefact of the Markdown.
    pub markdown_id: String,
    /// The artefact of the page.
    pub html_id: String,
    /// Sentences with a number that stands in none of its artefacts.
    pub unproven: Vec<String>,
}

/// `omc approvals`: everything that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingView {
    /// Orders and questions of sessions, the one that ends first first.
    pub approvals: Vec<Waiting>,
    /// How long a person has to decide about an order.
    pub ask_s: u32,
    /// How far the price may move against the trader before the question about an order is put again.
    pub tolerance_pct: SerialDecimal,
}

/// Something that waits for a person: an order, or what a session asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Waiting {
    /// An order.
    Order(Box<ApprovalView>),
    /// A question of a session.
    Session(Box<LabQuestion>),
}

/// What a decision came to: the order as it stands now, or the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Decided {
    /// The order.
    Order(Box<OrderView>),
    /// The session.
    Session(Box<SessionView>),
}
