//! The Lab's commands: sessions are begun, looked at, answered, gone back in, ended.
//!
//! Invariants: what is shown comes from the journal alone, whoever works on it; a decision about a session and one about an
//! order go by the same words, each to whom it belongs. Deliberately absent: how a session works (`crate::lab`).

use crate::clock::random;
use crate::dto::{
    Decided, FileReport, LabReport, LabRequest, LabSpent, LabStage, SerialDecimal, SessionDetail, SessionView,
    SessionsView, Waiting, WaitingView,
};
use crate::lab::{Held, artefacts, artefacts_of, folded, no_session, question_view, refused, timeline_of};
use crate::{Error, Result, Workstation};
use domain::session::{Answer, Change, Gate, GateMode, Question, Stage, Start};
use domain::{ArtefactId, Coin, Decimal, Name, OrderId, QuestionId, SessionId};
use lab::tools::Outcome;
use lab::{Event, Session, State, read_answer, usual_bounds};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Of everything a session draws.
const SEED: u64 = 1;
/// Who can be asked to think, by the first part of the name.
const PROVIDERS: [&str; 5] = ["openai", "anthropic", "gemini", "ollama", "compatible"];
/// What a change is written as.
const CHANGES: &str = "one of model=NAME, features=A,B, parameters=NAME:VALUE,…, coins=A,B, tests=N (with embargo_bars=N), \
                       or interval=, from= and to= together";

fn id_of(text: &str) -> Result<SessionId> {
    SessionId::parse(text).map_err(|error| Error::usage("bad_session_id", error.to_string()))
}

fn model(asked: Option<&str>) -> Result<Name> {
    let asked = asked.unwrap_or(lab::planner::NAME);
    if asked == lab::planner::NAME {
        return Name::parse(asked).map_err(|error| Error::usage("unknown_model", error.to_string()));
    }
    let provider = asked.split_once(':').map(|(provider, _)| provider);
    if provider.is_some_and(|provider| PROVIDERS.contains(&provider)) {
        let words = "models can't be asked in this version: use builtin, which needs no network";
        return Err(Error::refused("model_not_available", words));
    }
    let words = format!("'{}' is nobody who thinks: use builtin", ledgers::inert(asked));
    Err(Error::usage("unknown_model", words))
}

/// How gates are kept: the two that are always asked stay so.
fn gates(asked: Option<&str>) -> Result<Vec<(Gate, GateMode)>> {
    let set = |mode: GateMode| {
        let free = |gate: &Gate| !matches!(gate, Gate::Deployment | Gate::Breaker);
        Gate::ALL.into_iter().filter(free).map(|gate| (gate, mode)).collect()
    };
    match asked {
        None | Some("usual") => Ok(Vec::new()),
        Some("auto") => Ok(set(GateMode::Auto)),
        Some("required") => Ok(set(GateMode::Required)),
        Some(other) => {
            let words = format!("'{}' is no way to keep gates: use usual, required or auto", ledgers::inert(other));
            Err(Error::usage("bad_gates", words))
        }
    }
}

fn bad_change(words: impl Into<String>) -> Error {
    Error::usage("bad_change", format!("{}: write {CHANGES}", words.into()))
}

fn names(text: &str) -> Result<Vec<Name>> {
    let name = |part: &str| Name::parse(part.trim()).map_err(|error| bad_change(error.to_string()));
    text.split(',').map(name).collect()
}

/// What a person sets otherwise.
fn change(set: &BTreeMap<String, String>) -> Result<Option<Change>> {
    let keys: Vec<&str> = set.keys().map(String::as_str).collect();
    let get = |key: &str| set.get(key).map_or("", String::as_str);
    let number = |key: &str| get(key).parse::<u32>().map_err(|_| bad_change(format!("{key} is no whole number")));
    let time = |key: &str| {
        let zone = crate::when::DEFAULT_ZONE;
        crate::when::moment(get(key), zone)
    };
    Ok(Some(match keys.as_slice() {
        [] => return Ok(None),
        ["model"] => Change::Model(Name::parse(get("model")).map_err(|error| bad_change(error.to_string()))?),
        ["features"] => Change::Features(names(get("features"))?),
        ["coins"] => {
            let coin = |part: &str| Coin::parse(part.trim()).map_err(|error| bad_change(error.to_string()));
            Change::Coins(get("coins").split(',').map(coin).collect::<Result<_>>()?)
        }
        ["parameters"] => {
            let pair = |part: &str| {
                let (name, value) = part.split_once(':').ok_or_else(|| bad_change("a parameter has no value"))?;
                let name = Name::parse(name.trim()).map_err(|error| bad_change(error.to_string()))?;
                Ok((name, value.trim().to_owned()))
            };
            Change::Parameters(get("parameters").split(',').map(pair).collect::<Result<_>>()?)
        }
        ["tests"] => Change::Split { tests: number("tests")?, embargo_bars: None },
        ["embargo_bars", "tests"] => {
            Change::Split { tests: number("tests")?, embargo_bars: Some(number("embargo_bars")?) }
        }
        ["from", "interval", "to"] => {
            let interval = super::market::parse_interval(get("interval"))?;
            Change::Period { interval, from: time("from")?, to: time("to")? }
        }
        _ => return Err(bad_change(format!("{} can't be set together", keys.join(" and ")))),
    }))
}

impl Workstation {
    /// Begins a session, and goes on with it beside everything else.
    ///
    /// # Errors
    /// `bad_goal`, `unknown_model`, `model_not_available`, `bad_gates`, `too_many_sessions`; the store's.
    pub async fn lab_start(&self, request: &LabRequest) -> Result<SessionView> {
        self.require_writer()?;
        let start = Start {
            goal: request.goal.trim().to_owned(),
            model: model(request.model.as_deref())?,
            bounds: usual_bounds(),
            gates: gates(request.gates.as_deref())?,
            seed: SEED,
        };
        let held = self.begin_session(SessionId::new(self.now(), random()?), start).await?;
        Ok(self.session_view(&held.now().await, true))
    }

    /// All sessions, the newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn lab_list(&self) -> Result<SessionsView> {
        let mut sessions = Vec::new();
        for held in self.all_held().await? {
            sessions.push(self.session_view(&held.now().await, false));
        }
        sessions.reverse();
        Ok(SessionsView { sessions })
    }

    /// As they stand; a reader folds them anew, for another process writes them.
    async fn all_held(&self) -> Result<Vec<Arc<Held>>> {
        if self.store().is_writer() {
            return Ok(self.sessions().await?.lock().await.values().cloned().collect());
        }
        Ok(self.fold_sessions().await?.into_values().collect())
    }

    async fn looked_at(&self, id: &str) -> Result<(Session, Vec<(domain::Timestamp, domain::session::Step)>)> {
        let session = id_of(id)?;
        let (session, steps) = folded(session, self.store().facts_of_session(session).await?);
        if steps.is_empty() { Err(no_session(id)) } else { Ok((session, steps)) }
    }

    /// One session: stages, what happened, what it made and used.
    ///
    /// # Errors
    /// `bad_session_id`, `session_not_found`; the store's.
    pub async fn lab_show(&self, id: &str) -> Result<SessionDetail> {
        let (session, steps) = self.looked_at(id).await?;
        let stage = |stage: Stage| LabStage {
            stage: stage.as_str().to_owned(),
            state: session.status(stage).as_str().to_owned(),
        };
        Ok(SessionDetail {
            session: self.session_view(&session, true),
            stages: Stage::ALL.into_iter().map(stage).collect(),
            timeline: timeline_of(&steps),
            artefacts: artefacts_of(&steps),
            spent: spent(&session),
        })
    }

    /// Goes on with a session, also one that another device began.
    ///
    /// # Errors
    /// As [`Self::lab_show`].
    pub async fn lab_resume(&self, id: &str) -> Result<SessionView> {
        self.require_writer()?;
        let held = self.session_held(id_of(id)?).await?;
        self.heed_silence(&held).await?;
        self.go_on(&held);
        Ok(self.session_view(&held.now().await, true))
    }

    /// Ends a session. Its calls stop at once.
    ///
    /// # Errors
    /// `session_over`; as [`Self::lab_show`].
    pub async fn lab_cancel(&self, id: &str) -> Result<SessionView> {
        self.require_writer()?;
        let held = self.session_held(id_of(id)?).await?;
        self.happen(&held, &Event::Cancel { why: "A person ended it.".to_owned() }).await?;
        Ok(self.session_view(&held.now().await, true))
    }

    /// Goes back to a stage, perhaps with something set otherwise: what came after it goes stale.
    ///
    /// # Errors
    /// `unknown_stage`, `bad_change`, `stage_not_reached`, `session_over`, `session_bound`; as [`Self::lab_show`].
    pub async fn lab_rewind(&self, id: &str, stage: &str, set: &BTreeMap<String, String>) -> Result<SessionView> {
        self.require_writer()?;
        let held = self.session_held(id_of(id)?).await?;
        let known = Stage::ALL.map(Stage::as_str).join(", ");
        let to = Stage::parse(stage).ok_or_else(|| {
            Error::usage("unknown_stage", format!("'{}' is no stage: use {known}", ledgers::inert(stage)))
        })?;
        let event = match change(set)? {
            None => Event::Rewind(to),
            Some(change) if change.stage() == to => Event::Override(change),
            Some(change) => {
                let words = format!("that changes what is done from {} on: go back to it", change.stage());
                return Err(Error::usage("bad_change", words));
            }
        };
        self.happen(&held, &event).await?;
        self.go_on(&held);
        Ok(self.session_view(&held.now().await, true))
    }

    /// The report of a session.
    ///
    /// # Errors
    /// `no_report`, `artefact_missing`, `artefact_altered`; as [`Self::lab_show`].
    pub async fn lab_report(&self, id: &str) -> Result<LabReport> {
        let (session, _) = self.looked_at(id).await?;
        let stands = session.report();
        let reported = session.calls().rev().find_map(|call| match call.outcome() {
            Some(Outcome::Reported(reported)) if Some(reported.markdown) == stands => Some(reported.clone()),
            _ => None,
        });
        let Some(reported) = reported else {
            return Err(Error::refused("no_report", format!("session {id} has no report yet")));
        };
        let text = |artefact: ArtefactId| {
            artefacts::read(self.home(), artefact).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        Ok(LabReport {
            session_id: session.id().to_string(),
            markdown: text(reported.markdown)?,
            html: reported.html.map_or_else(|| Ok(String::new()), text)?,
            markdown_id: reported.markdown.to_string(),
            html_id: reported.html.map(|html| html.to_string()).unwrap_or_default(),
            unproven: reported.flagged,
        })
    }

    /// The report in a file.
    ///
    /// # Errors
    /// As [`Self::lab_report`]; `not_a_file`, the file system's.
    pub async fn lab_report_to(&self, id: &str, html: bool, out: &Path) -> Result<FileReport> {
        super::reporting::fit(out)?;
        let report = self.lab_report(id).await?;
        let text = if html { report.html } else { report.markdown };
        let sha256 = reports::write_file(out, text.as_bytes())?;
        Ok(FileReport { file: out.display().to_string(), rows: text.lines().count() as u64, sha256 })
    }

    /// Something a session made, or was given: its JSON, else its text.
    ///
    /// # Errors
    /// `bad_artefact`, `artefact_of_another`, `artefact_missing`, `artefact_altered`; as [`Self::lab_show`].
    pub async fn lab_artefact(&self, id: &str, artefact: &str) -> Result<Value> {
        let (session, _) = self.looked_at(id).await?;
        let wanted = ArtefactId::parse(artefact).map_err(|error| Error::usage("bad_artefact", error.to_string()))?;
        if !session.may_use(wanted) {
            let words = format!("artefact {wanted} is none of session {id}");
            return Err(Error::refused("artefact_of_another", words));
        }
        let bytes = artefacts::read(self.home(), wanted)?;
        let text = || json!({ "text": String::from_utf8_lossy(&bytes) });
        Ok(serde_json::from_slice(&bytes).unwrap_or_else(|_| text()))
    }

    /// Answers what a session asks: words, or JSON.
    ///
    /// # Errors
    /// `bad_question_id`, `no_question`, `question_closed`, `answer_does_not_fit`; the store's.
    pub async fn lab_answer(&self, question: &str, words: &str) -> Result<SessionView> {
        self.require_writer()?;
        let id = QuestionId::parse(question).map_err(|error| Error::usage("bad_question_id", error.to_string()))?;
        let Some((held, asked)) = self.asked(id).await? else {
            return Err(Error::refused("no_question", format!("no session asks {id}")));
        };
        let answer = read_answer(&asked, words).map_err(|why| refused(&why))?;
        self.settle_question(&held, id, answer).await
    }

    async fn settle_question(&self, held: &Arc<Held>, question: QuestionId, answer: Answer) -> Result<SessionView> {
        self.happen(held, &Event::Answered { question, answer }).await?;
        self.go_on(held);
        Ok(self.session_view(&held.now().await, true))
    }

    /// The session that asks, or asked, a question.
    async fn asked(&self, id: QuestionId) -> Result<Option<(Arc<Held>, Question)>> {
        for held in self.all_held().await? {
            let asked = held.now().await.question(id).map(|asked| asked.question.clone());
            if let Some(question) = asked {
                return Ok(Some((held, question)));
            }
        }
        Ok(None)
    }

    /// The question an id names, unless it is an order's.
    async fn question_named(&self, id: &str) -> Result<Option<(Arc<Held>, Question)>> {
        if let Ok(order) = OrderId::parse(id)
            && self.desk().await?.orders.get(order).is_some()
        {
            return Ok(None);
        }
        match QuestionId::parse(id) {
            Ok(id) => self.asked(id).await,
            Err(_) => Ok(None),
        }
    }

    /// Approves an order, or says yes to a session; an edit sets fields of its plan otherwise.
    ///
    /// # Errors
    /// As [`Self::approve`] and [`Self::lab_answer`].
    pub async fn approve_any(&self, id: &str, hash: Option<&str>, edit: &BTreeMap<String, String>) -> Result<Decided> {
        self.require_writer()?;
        let Some((held, question)) = self.question_named(id).await? else {
            return Ok(Decided::Order(Box::new(self.approve(id, hash, edit).await?)));
        };
        let pair = |(key, value): (&String, &String)| {
            let key = Name::parse(key).map_err(|error| Error::usage("bad_edit", error.to_string()))?;
            Ok((key, value.clone()))
        };
        let answer =
            if edit.is_empty() { Answer::Accept } else { Answer::Edit(edit.iter().map(pair).collect::<Result<_>>()?) };
        Ok(Decided::Session(Box::new(self.settle_question(&held, question.id, answer).await?)))
    }

    /// Rejects an order, or says no to a session.
    ///
    /// # Errors
    /// As [`Self::reject`] and [`Self::lab_answer`].
    pub async fn reject_any(&self, id: &str, why: &str) -> Result<Decided> {
        self.require_writer()?;
        let Some((held, question)) = self.question_named(id).await? else {
            return Ok(Decided::Order(Box::new(self.reject(id, why).await?)));
        };
        let why = domain::session::bounded(why.trim(), 1_000);
        Ok(Decided::Session(Box::new(self.settle_question(&held, question.id, Answer::Reject(why)).await?)))
    }

    /// Says something to an order that waits, or answers a session.
    ///
    /// # Errors
    /// As [`Self::answer`] and [`Self::lab_answer`].
    pub async fn answer_any(&self, id: &str, words: &str) -> Result<Decided> {
        self.require_writer()?;
        if self.question_named(id).await?.is_none() {
            return Ok(Decided::Order(Box::new(self.answer(id, words).await?)));
        }
        Ok(Decided::Session(Box::new(self.lab_answer(id, words).await?)))
    }

    /// Everything that waits for a person: orders and questions, the one that ends first first.
    ///
    /// # Errors
    /// The store's.
    pub async fn waiting(&self) -> Result<WaitingView> {
        let orders = self.approvals().await?;
        let (ask_s, tolerance_pct) = (orders.ask_s, orders.tolerance_pct);
        let mut all: Vec<Waiting> = orders.approvals.into_iter().map(|one| Waiting::Order(Box::new(one))).collect();
        for held in self.all_held().await? {
            let session = held.now().await;
            let view = |asked: &lab::Asked| question_view(session.id(), &asked.question, asked.at);
            all.extend(session.open_questions().map(|asked| Waiting::Session(Box::new(view(asked)))));
        }
        // What waits for ever comes last.
        all.sort_by_key(|one| match one {
            Waiting::Order(order) => (false, order.expires_at),
            Waiting::Session(asked) => (asked.expires_at.is_none(), asked.expires_at.unwrap_or(asked.asked_at)),
        });
        Ok(WaitingView { approvals: all, ask_s, tolerance_pct })
    }

    /// An answer of a command as it is once its session waits or is over; anything else as it is.
    pub(super) async fn settled(&self, value: Value) -> Result<Value> {
        let running = value.get("state").and_then(Value::as_str) == Some(State::Running.as_str());
        let Some(id) = value.get("session_id").and_then(Value::as_str).filter(|_| running) else { return Ok(value) };
        let held = self.session_held(id_of(id)?).await?;
        self.until_it_waits(&held).await?;
        let view = self.session_view(&held.now().await, true);
        serde_json::to_value(view).map_err(|error| Error::Halted(format!("an answer could not be written: {error}")))
    }
}

fn spent(session: &Session) -> Vec<LabSpent> {
    let Some(start) = session.start() else { return Vec::new() };
    let (used, most) = (session.used(), &start.bounds);
    let one = |what: &str, used: Decimal, most: Decimal| LabSpent {
        what: what.to_owned(),
        used: SerialDecimal(used),
        most: SerialDecimal(most),
    };
    vec![
        one("steps", used.steps.into(), most.steps.into()),
        one("calls", used.calls.into(), most.calls.into()),
        one("tokens", used.tokens.into(), most.tokens.into()),
        one("aud", used.cost.amount(), most.cost.amount()),
        one("work_ms", used.work_ms.into(), most.work_ms.into()),
    ]
}
