//! Sync with the trader's own Postgres: set up, now, how it stands, and what the server's chains are worth.

use crate::commands::{Done, secret_value};
use crate::print::{Failure, Out};
use clap::Subcommand;
use workstation::commands::{Request, carry_out, of_holder};
use workstation::dto::{SyncJoined, SyncVerified, SyncView};
use workstation::{Home, Mode, Workstation};

#[derive(Debug, Subcommand)]
pub enum SyncCommand {
    /// Make the schema on the server at postgres_url, or join a trader that is there; may be repeated
    Init {
        /// Join with the code that `omc sync code` shows on another device; it comes from standard input, or from a prompt
        #[arg(long)]
        join: bool,
    },
    /// The code another device of yours joins with. Whoever has it can join
    Code,
    /// Push and pull now
    Now,
    /// How sync stands
    Status,
    /// Prove the server's chains and hold them against those here
    Verify,
}

/// Does it, here or by the process that holds the workspace.
pub async fn run(home: &Home, command: SyncCommand, out: &Out) -> Done {
    match command {
        SyncCommand::Init { join } => out.result(&init(home, join).await?, joined),
        SyncCommand::Code => {
            let ws = open(home, Mode::Read).await?;
            let code = ws.sync_code().await;
            ws.close().await;
            let code = code?.reveal().to_owned();
            out.result(&serde_json::json!({ "code": code }), |_| code.clone())
        }
        SyncCommand::Now => {
            let view: SyncView = carry_out(home, Request::SyncNow).await?;
            out.result(&view, status)?;
            if view.brief.error.is_none() { Ok(()) } else { Err(Failure::Said) }
        }
        SyncCommand::Status => out.result(&stands(home).await?, status),
        SyncCommand::Verify => {
            let ws = open(home, Mode::Read).await?;
            let found = ws.sync_verify().await;
            ws.close().await;
            let found = found?;
            out.result(&found, verified)?;
            if found.ok { Ok(()) } else { Err(Failure::Said) }
        }
    }
}

async fn open(home: &Home, mode: Mode) -> Result<Workstation, Failure> {
    Ok(Workstation::open(home, mode).await?)
}

async fn init(home: &Home, join: bool) -> Result<SyncJoined, Failure> {
    if join {
        let code = secret_value("join code")?;
        let ws = match Workstation::open(home, Mode::Write).await {
            Err(error) if error.code() == "workspace_in_use" => open(home, Mode::Read).await?,
            opened => opened?,
        };
        let kept = ws.sync_take_code(&code).await;
        ws.close().await;
        kept?;
    }
    Ok(carry_out(home, Request::SyncInit).await?)
}

/// Who runs knows best.
async fn stands(home: &Home) -> Result<SyncView, Failure> {
    if let Ok(Some(view)) = of_holder(home, Request::SyncStatus).await {
        return Ok(view);
    }
    let ws = open(home, Mode::Read).await?;
    let view = ws.sync_status().await;
    ws.close().await;
    Ok(view?)
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

fn status(view: &SyncView) -> String {
    let brief = &view.brief;
    let mut lines = vec![match brief.state.as_str() {
        "off" if view.url_set => "sync is off: `omc sync init` sets it up".to_owned(),
        "off" => "sync is off: `omc secrets set postgres_url`, then `omc sync init`".to_owned(),
        "waiting" => "sync is set up and has not run yet".to_owned(),
        state => {
            let since = brief.since.map_or_else(|| "never".to_owned(), |at| at.to_string());
            let lag = if brief.behind == 0 { String::new() } else { format!(", {} facts behind", brief.behind) };
            format!("{state}: in sync last {since}{lag}")
        }
    }];
    lines.extend(brief.error.as_ref().map(|error| format!("{}: {}", error.code, error.message)));
    for device in &view.devices {
        let there = device.there.map_or_else(|| "?".to_owned(), |there| there.to_string());
        let own = if device.own { " (this one)" } else { "" };
        let waiting =
            if device.waiting == 0 { String::new() } else { format!(", {} wait for an update", device.waiting) };
        let last = device.last_fact.map_or_else(String::new, |at| format!(", the last of {at}"));
        lines.push(format!(
            "device {}{own}: {} facts here, {there} on the server{waiting}{last}",
            short(&device.device),
            device.here
        ));
    }
    lines.push(format!("journal {}", view.journal));
    lines.join("\n")
}

fn joined(done: &SyncJoined) -> String {
    let first = match done.did.as_str() {
        "made" => {
            "the database is set up. Another device joins with `omc sync init --join` and the code of `omc sync code`."
        }
        _ => "this device has joined.",
    };
    format!("{first}\n{}", status(&done.sync))
}

fn verified(found: &SyncVerified) -> String {
    let device = |device: &workstation::dto::SyncVerifiedDevice| {
        format!(
            "device {}: {} facts, signed up to {}, {}",
            short(&device.device),
            device.facts,
            device.signed,
            device.head
        )
    };
    let mut lines: Vec<String> = found.devices.iter().map(device).collect();
    lines.extend(
        found
            .problems
            .iter()
            .map(|problem| format!("device {}: {}: {}", short(&problem.device), problem.code, problem.message)),
    );
    lines.push(
        if found.ok { "the server's chains are whole" } else { "the server's chains are NOT as they were signed" }
            .to_owned(),
    );
    lines.join("\n")
}
