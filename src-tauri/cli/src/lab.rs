//! `omc lab`: a goal becomes a session that works until it asks or ends.

use crate::commands::Done;
use crate::print::{Failure, Out, table};
use clap::Subcommand;
use std::path::PathBuf;
use std::time::Duration;
use workstation::commands::{Request, carry_out, of_holder};
use workstation::dto::{
    Decided, LabArtefact, LabQuestion, LabReport, LabRequest, SessionDetail, SessionView, SessionsView,
};
use workstation::{Error, Home, Mode, Workstation};

/// How often a session that another process works on is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What is done with sessions.
#[derive(Debug, Subcommand)]
pub enum LabWords {
    /// Begin a session; returns at its first question or its end
    Start {
        /// What you want to know, in a sentence or two
        goal: String,
        /// Who thinks
        #[arg(long, default_value = "builtin")]
        model: String,
        /// Which gates ask: required (all of them), optional (those that must) or auto (only before the Floor)
        #[arg(long)]
        gates: Option<String>,
    },
    /// One session: stages, what happened, what it made
    Show { id: String },
    /// All sessions, the newest first
    List,
    /// Go on with a session until its next question or its end
    Resume { id: String },
    /// End a session; its work stops at once
    Cancel { id: String },
    /// Go back to a stage: what came after it goes stale, nothing is erased
    Rewind {
        id: String,
        /// understanding, acquisition, preparation, exploration, modelling, evaluation or deployment
        stage: String,
        /// What is set otherwise: model=NAME, features=A,B, parameters=NAME:VALUE,…, tests=N, embargo_bars=N, coins=A,B, or interval=, from= and to= together
        #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
        set: Vec<String>,
    },
    /// The report of a session
    Report {
        id: String,
        /// As a page instead of Markdown
        #[arg(long)]
        html: bool,
        /// Into a file instead of standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Something a session made, by its id
    Artefact {
        id: String,
        /// The artefact
        artefact: String,
    },
}

impl LabWords {
    /// Whether the process that holds the workspace does it for others.
    pub const fn changes(&self) -> bool {
        matches!(self, Self::Start { .. } | Self::Resume { .. } | Self::Cancel { .. } | Self::Rewind { .. })
    }
}

/// What only looks.
pub async fn show(ws: &Workstation, asked: LabWords, out: &Out) -> Done {
    match asked {
        LabWords::List => out.result(&ws.lab_list().await?, sessions),
        LabWords::Show { id } => out.result(&ws.lab_show(&id).await?, detail),
        LabWords::Report { id, html, out: None } => {
            out.result(
                &ws.lab_report(&id).await?,
                |report: &LabReport| {
                    if html { report.html.clone() } else { report.markdown.clone() }
                },
            )
        }
        LabWords::Report { id, html, out: Some(file) } => {
            let saved = ws.lab_report_to(&id, html, &file).await?;
            out.result(&saved, |saved| format!("{} ({})", saved.file, saved.sha256))
        }
        LabWords::Artefact { id, artefact } => out.result(&ws.lab_artefact(&id, &artefact).await?, |shown| {
            serde_json::to_string_pretty(shown).unwrap_or_default()
        }),
        LabWords::Start { .. } | LabWords::Resume { .. } | LabWords::Cancel { .. } | LabWords::Rewind { .. } => Ok(()),
    }
}

/// What is done here, or by the process that holds the workspace.
pub async fn change(home: &Home, asked: LabWords, out: &Out) -> Done {
    let request = match asked {
        LabWords::Start { goal, model, gates } => {
            Request::LabStart { request: LabRequest { goal, model: Some(model), gates } }
        }
        LabWords::Resume { id } => Request::LabResume { id },
        LabWords::Cancel { id } => Request::LabCancel { id },
        LabWords::Rewind { id, stage, set } => {
            let set = crate::commands::pairs("bad_change", "model=ema_cross", &set)?;
            Request::LabRewind { id, stage, set }
        }
        LabWords::List | LabWords::Show { .. } | LabWords::Report { .. } | LabWords::Artefact { .. } => return Ok(()),
    };
    let begun: SessionView = carry_out(home, request).await?;
    told(home, begun, out).await
}

/// Waits until a session asks or ends, and tells how it stands. A failed one is exit 1.
pub async fn told(home: &Home, begun: SessionView, out: &Out) -> Done {
    let view = settled(home, begun).await?;
    out.result(&view, session)?;
    if view.state == "failed" { Err(Failure::Said) } else { Ok(()) }
}

/// The session once it waits or is over. In this process that was waited for already; another one's is looked at.
async fn settled(home: &Home, begun: SessionView) -> Result<SessionView, Error> {
    let mut view = begun;
    while view.state == "running" {
        tokio::time::sleep(LOOK_EVERY).await;
        let look = Request::LabShow { id: view.session_id.clone() };
        match of_holder::<SessionDetail>(home, look).await? {
            Some(detail) => view = detail.session,
            // The holder has gone: what it kept is there, and nobody works on it.
            None => {
                let ws = Workstation::open(home, Mode::Read).await?;
                let detail = ws.lab_show(&view.session_id).await;
                ws.close().await;
                return Ok(detail?.session);
            }
        }
    }
    Ok(view)
}

/// What a decision came to: an order, which fails the command when it was to be sent and was not, or the session on its way
/// to its next question.
pub async fn decided(home: &Home, decided: Decided, must_go: bool, out: &Out) -> Done {
    match decided {
        Decided::Order(order) => {
            out.result(&*order, crate::words::order)?;
            if must_go && crate::commands::failed(&order) { Err(Failure::Said) } else { Ok(()) }
        }
        Decided::Session(begun) => told(home, *begun, out).await,
    }
}

fn session(view: &SessionView) -> String {
    let mut out = format!("session {} · {} · {}\n{}\n", view.session_id, view.state, view.stage, view.goal);
    if let Some(outcome) = &view.outcome {
        out.push_str(&format!("{outcome}\n"));
    }
    for asked in &view.questions {
        out.push_str(&format!("\n{}\n", question(asked)));
    }
    match &view.report {
        Some(report) => out.push_str(&format!("\n{report}\n")),
        None if view.state == "running" => {
            out.push_str(&format!("\ngo on with: omc lab resume {}\n", view.session_id));
        }
        None => {}
    }
    out
}

/// A question as it is put on a terminal.
pub fn question(asked: &LabQuestion) -> String {
    let mut lines = vec![format!("{} · {} ({}, {})", asked.id, asked.question, asked.gate, asked.stage)];
    for choice in &asked.choices {
        let mark = if choice.recommended { " (recommended)" } else { "" };
        lines.push(format!("  {}: {}{mark}", choice.id, choice.title));
        lines.extend(choice.pros.iter().map(|pro| format!("    + {pro}")));
        lines.extend(choice.cons.iter().map(|con| format!("    - {con}")));
    }
    for field in &asked.fields {
        let value = field.value.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
        let options = if field.options.is_empty() { String::new() } else { format!(" [{}]", field.options.join(", ")) };
        lines.push(format!("  {}{value}: {}{options}", field.id, field.words));
    }
    let default = asked.default.as_ref().zip(asked.expires_at);
    lines.extend(default.map(|(default, at)| format!("  without an answer until {at}: {default}")));
    let how: Vec<String> = asked
        .options
        .iter()
        .map(|option| match option.as_str() {
            "approve" => format!("omc approve {}", asked.id),
            "reject" => format!("omc reject {} --why '…'", asked.id),
            _ => format!("omc answer {} '…'", asked.id),
        })
        .collect();
    lines.push(format!("  {}", how.join(" | ")));
    lines.join("\n")
}

fn sessions(view: &SessionsView) -> String {
    if view.sessions.is_empty() {
        return "no session yet: omc lab start \"find a strategy for BTC on 1h\"".to_owned();
    }
    let row = |one: &SessionView| {
        let goal: String = one.goal.chars().take(60).collect();
        vec![one.session_id.clone(), one.started_at.to_string(), one.state.clone(), one.stage.clone(), goal]
    };
    let rows: Vec<Vec<String>> = view.sessions.iter().map(row).collect();
    table(&["session", "started", "state", "stage", "goal"], &[], &rows)
}

fn detail(view: &SessionDetail) -> String {
    let mut out = session(&view.session);
    let stages: Vec<String> = view.stages.iter().map(|one| format!("{} {}", one.stage, one.state)).collect();
    out.push_str(&format!("\n{}\n", stages.join(" · ")));
    for entry in &view.timeline {
        let took = entry.took_ms.map_or_else(String::new, |ms| format!(" ({ms} ms)"));
        let tool = entry.tool.as_ref().map_or_else(String::new, |tool| format!("{tool}: "));
        let stale = if entry.stale { " [stale]" } else { "" };
        out.push_str(&format!("{} {:<9} {tool}{}{took}{stale}\n", entry.at, entry.kind, entry.words));
    }
    let made: Vec<Vec<String>> = view
        .artefacts
        .iter()
        .map(|LabArtefact { id, kind, title, bytes }| vec![id.clone(), kind.clone(), title.clone(), bytes.to_string()])
        .collect();
    if !made.is_empty() {
        out.push_str(&format!("\n{}\n", table(&["artefact", "kind", "what", "bytes"], &[3], &made)));
    }
    let spent: Vec<String> =
        view.spent.iter().map(|one| format!("{} {} of {}", one.what, one.used.0, one.most.0)).collect();
    out.push_str(&spent.join(" · "));
    out
}
