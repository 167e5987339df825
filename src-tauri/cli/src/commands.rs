//! From the words of the command line to one command of the workstation, and its result to print.

use crate::args::{
    ApprovalsSet, BookArg, CandlesImport, Cli, Command, LeaseCommand, LimitsAnew, LimitsSet, MandateArgs,
    MandateCommand, OrderArgs, PaperCommand, PnlArgs, ProtectionsCommand, SecretsCommand, SideArg, SourcesCommand,
    StorageSet, TwapArgs, TwapCommand, WordArg,
};
use crate::equity;
use crate::print::{Failure, Out};
use crate::tax;
use crate::words;
use crate::{alerts, algorithms, amend, books, export, lab, research, trades};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;
use workstation::commands::{
    CandlesRequest, GlassRequest, ImportOptions, JournalRequest, LedgerRequest, ReportRequest, Request, carry_out,
    of_holder, parse_book,
};
use workstation::dto::{
    CandleImport, KillRequest, MandateRequest, OrderRequest, OrderView, Orders, PnlRequest, RiskRequest, TradeImport,
    parse_side,
};
use workstation::{Error, Home, MetricsServer, Mode, Secret, Timestamp, Workstation};

pub type Done = Result<(), Failure>;

/// Does what the command line says.
pub async fn run(cli: Cli, out: &Out) -> Done {
    let home = Home::resolve(cli.home, cli.demo)?;
    match cli.command {
        Command::Staging { seed, port, faults, replay } => serve_staging(seed, port, faults, replay, out).await,
        Command::Kill { liquidate, book, all } => {
            let liquidate = liquidate.then(|| book.unwrap_or_else(|| "both".to_owned()));
            let typed = liquidate.as_ref().map(|_| KillRequest::WORD.to_owned());
            kill(&home, &KillRequest { all, liquidate, typed }, out).await
        }
        Command::Restore { file } => {
            let restored = workstation::commands::restore(&file, &home).await?;
            out.result(&restored, words::restored)?;
            Ok(())
        }
        Command::Doctor => {
            let doctor = workstation::commands::doctor(&home).await;
            out.result(&doctor, words::doctor)?;
            if doctor.ok { Ok(()) } else { Err(Failure::Said) }
        }
        Command::Run { seconds, metrics, metrics_amounts } => {
            let figures = match metrics {
                Some(address) => Some(MetricsServer::bind(&address, metrics_amounts).await?),
                None => None,
            };
            run_workstation(&home, seconds, figures, out).await
        }
        command if asks_holder(&command) => change(&home, command, out).await,
        command => {
            let mode = if changes(&command) { Mode::Write } else { Mode::Read };
            let workstation = open(&home, mode).await?;
            let done = ask(&workstation, command, out).await;
            workstation.close().await;
            done
        }
    }
}

/// Whether a command needs to hold the workspace.
const fn changes(command: &Command) -> bool {
    match command {
        Command::Candles { import, .. } => import.is_some(),
        Command::Storage { set } => set.is_some(),
        Command::Verify { rebuild, .. } => *rebuild,
        Command::Sources { command } => {
            !matches!(command, None | Some(SourcesCommand::Runs { .. } | SourcesCommand::Show { .. }))
        }
        Command::Research(asked) => asked.changes(),
        Command::Secrets { command: SecretsCommand::Set { no_withdrawals: true, .. } } => true,
        Command::Import { .. } | Command::Collect { .. } | Command::Paper { .. } => true,
        _ => false,
    }
}

/// Whether the process that holds the workspace does a command for others.
const fn asks_holder(command: &Command) -> bool {
    match command {
        Command::Limits { set, anew } => set.is_some() || anew.reset_peak,
        Command::Protections { command } => command.is_some(),
        Command::WriteDown { .. } | Command::Volatile { .. } => true,
        Command::Key { command } => command.is_some(),
        Command::Lease { command } => command.is_some(),
        Command::Twap { command } => command.is_some(),
        Command::Trades(asked) => matches!(asked, crate::args::TradeWords::Tag { .. }),
        Command::Algorithms(asked) => asked.changes(),
        Command::Books(asked) => asked.changes(),
        Command::Lab { command } => command.changes(),
        Command::Tax(asked) => asked.changes(),
        Command::Parcels(asked) => asked.command.is_some(),
        Command::Mandate { command } => command.is_some(),
        Command::Approvals { scorecard, .. } => !*scorecard,
        Command::Approve { .. }
        | Command::Reject { .. }
        | Command::Answer { .. }
        | Command::Order(_)
        | Command::Amend(_)
        | Command::Cancel { .. }
        | Command::Reconcile
        | Command::Resolve { .. }
        | Command::Venue
        | Command::Sync { .. }
        | Command::Unkill => true,
        Command::Alerts { command, .. } => alerts::changes(command.as_ref()),
        _ => false,
    }
}

/// What is done here, or by the process that holds the workspace.
async fn change(home: &Home, command: Command, out: &Out) -> Done {
    match command {
        Command::Order(args) if !args.parcels.is_empty() => return tax::sell(home, args, out).await,
        Command::Order(args) => {
            let order: OrderView = known(carry_out(home, Request::Order { order: order_request(args)? }).await, out)?;
            out.result(&order, words::order)?;
            return if failed(&order) { Err(Failure::Said) } else { Ok(()) };
        }
        Command::Amend(args) => return amend::amend(home, args, out).await,
        Command::Sync { command } => return crate::sync::run(home, command, out).await,
        Command::Cancel { id: Some(id), .. } => {
            out.result(&carry_out(home, Request::Cancel { id }).await?, words::order)?;
        }
        Command::Cancel { .. } => {
            let orders: Orders = carry_out(home, Request::CancelAll).await?;
            out.result(&orders, words::orders)?;
            let rests = |order: &OrderView| matches!(order.state, "open" | "partially_filled");
            return if orders.orders.iter().any(rests) { Err(Failure::Said) } else { Ok(()) };
        }
        Command::Tax(asked) => tax::change(home, asked, out).await?,
        Command::Parcels(asked) => tax::pick(home, asked, out).await?,
        Command::Reconcile => out.result(&carry_out(home, Request::Reconcile).await?, words::orders)?,
        Command::Resolve { id, word, venue_order, why } => {
            let resolve = Request::Resolve { id, placed: word == WordArg::Placed, venue_order, why };
            out.result(&carry_out(home, resolve).await?, words::order)?;
        }
        Command::Unkill => out.result(&carry_out(home, Request::Unkill).await?, words::kill_state)?,
        Command::Alerts { command: Some(command), .. } => return alerts::change(home, command, out).await,
        Command::Venue => out.result(&carry_out(home, Request::Account).await?, words::account)?,
        Command::Trades(asked) => trades::change(home, asked, out).await?,
        Command::Algorithms(asked) => algorithms::change(home, asked, out).await?,
        Command::Books(asked) => books::change(home, asked, out).await?,
        Command::Lab { command } => return lab::change(home, command, out).await,
        Command::Key { .. } => out.result(&carry_out(home, Request::KeyDeclare).await?, words::key)?,
        Command::Twap { command: Some(command) } => {
            let request = match command {
                TwapCommand::Stop { id } => Request::TwapStop { id },
                TwapCommand::Buy(args) => Request::TwapStart { twap: twap_request("buy", args)? },
                TwapCommand::Sell(args) => Request::TwapStart { twap: twap_request("sell", args)? },
            };
            out.result(&carry_out(home, request).await?, words::twaps)?;
        }
        Command::Lease { command: Some(command) } => {
            let held = matches!(command, LeaseCommand::Take);
            out.result(&carry_out(home, Request::Lease { held }).await?, words::lease)?;
        }
        Command::Limits { set: Some(LimitsSet::Set { changes, book: of, yes_loosen }), .. } => {
            let changes = pairs("bad_limit", "max_order_aud=500", &changes)?;
            let limits = carry_out(home, Request::LimitsSet { book: book(of)?, changes, loosen: yes_loosen }).await?;
            out.result(&limits, words::limits)?;
        }
        Command::Limits { anew: LimitsAnew { book: Some(of), yes_loosen, .. }, .. } => {
            let risk = RiskRequest::ResetPeak { book: book(of)?, loosen: yes_loosen };
            out.result(&carry_out(home, Request::Risk { risk }).await?, words::limits)?;
        }
        Command::WriteDown { coin, book: of, why } => {
            let risk = RiskRequest::WriteDown { book: book(of)?, coin, why };
            out.result(&carry_out(home, Request::Risk { risk }).await?, words::limits)?;
        }
        Command::Volatile { mode, yes_loosen } => {
            let risk = RiskRequest::Volatile { mode, loosen: yes_loosen };
            out.result(&carry_out(home, Request::Risk { risk }).await?, words::limits)?;
        }
        Command::Protections { command: Some(command) } => {
            let risk = protections(command)?;
            out.result(&carry_out(home, Request::Risk { risk }).await?, words::protections)?;
        }
        other => return decide(home, other, out).await,
    }
    Ok(())
}

/// What a person decides: about an order that waits, and what is asked about at all.
async fn decide(home: &Home, command: Command, out: &Out) -> Done {
    match command {
        Command::Approvals { set: None, .. } => approvals(home, out).await?,
        Command::Approvals { set: Some(ApprovalsSet::Set { changes }), .. } => {
            let changes = pairs("bad_setting", "ask_s=300", &changes)?;
            out.result(&carry_out(home, Request::ApprovalsSet { changes }).await?, words::approvals)?;
        }
        Command::Approve { id, hash, edit } => {
            let edit = pairs("bad_edit", "quantity=0.5", &edit)?;
            return lab::decided(home, carry_out(home, Request::Approve { id, hash, edit }).await?, true, out).await;
        }
        Command::Reject { id, why } => {
            return lab::decided(home, carry_out(home, Request::Reject { id, why }).await?, false, out).await;
        }
        Command::Answer { id, words: said } => {
            return lab::decided(home, carry_out(home, Request::Answer { id, words: said }).await?, false, out).await;
        }
        Command::Mandate { command: Some(command) } => {
            let request = match command {
                MandateCommand::Set(args) => Request::MandateSet { mandate: mandate(args)? },
                MandateCommand::Revoke { holder, book: of } => Request::MandateRevoke { holder, book: book(of)? },
            };
            out.result(&carry_out(home, request).await?, words::mandates)?;
        }
        _ => {}
    }
    Ok(())
}

/// What waits for a person: as the holder of the workspace sees it, where there is one.
async fn approvals(home: &Home, out: &Out) -> Done {
    let view = match of_holder(home, Request::Approvals).await? {
        Some(view) => view,
        None => {
            let workstation = open(home, Mode::Read).await?;
            let view = workstation.waiting().await;
            workstation.close().await;
            view?
        }
    };
    out.result(&view, words::waiting)
}

fn mandate(args: MandateArgs) -> Result<MandateRequest, Error> {
    Ok(MandateRequest {
        holder: args.holder,
        book: book(args.book)?,
        approval: args.approval,
        max_order_aud: args.max_order_aud,
        max_day_aud: args.max_day_aud,
        coins: args.coins,
        hours: args.hours,
        until: args.until,
    })
}

fn protections(command: ProtectionsCommand) -> Result<RiskRequest, Error> {
    let enabled = |value: &str| BTreeMap::from([("enabled".to_owned(), value.to_owned())]);
    Ok(match command {
        ProtectionsCommand::Set { changes } => {
            RiskRequest::Protections { changes: pairs("bad_protection", "streak_losses=3", &changes)? }
        }
        ProtectionsCommand::On => RiskRequest::Protections { changes: enabled("1") },
        ProtectionsCommand::Off => RiskRequest::Protections { changes: enabled("0") },
        ProtectionsCommand::Lift { algorithm, rule, coin, book: of, why } => {
            RiskRequest::Lift { book: book(of)?, algorithm, coin, rule, why }
        }
    })
}

/// How often, and how far apart, a reader looks again while another process makes the workspace.
const MADE_LOOKS_MAX: u32 = 40;
const MADE_LOOKS_EVERY: Duration = Duration::from_millis(50);

/// Opens the workspace. One that is not there yet is made, so that a first look is an empty answer and no error.
async fn open(home: &Home, mode: Mode) -> Result<Workstation, Error> {
    let unmade = |error: &Error| matches!(error.code().as_str(), "no_workspace" | "older_schema");
    let mut opened = Workstation::open(home, mode).await;
    for _ in 0..MADE_LOOKS_MAX {
        if mode == Mode::Write || !matches!(&opened, Err(error) if unmade(error)) {
            break;
        }
        match Workstation::open(home, Mode::Write).await {
            Err(error) if error.code() == "workspace_in_use" => tokio::time::sleep(MADE_LOOKS_EVERY).await,
            made => return made,
        }
        opened = Workstation::open(home, mode).await;
    }
    opened
}

async fn ask(ws: &Workstation, command: Command, out: &Out) -> Done {
    match command {
        Command::Import { file: None, from, .. } => books::import_history(ws, from.as_deref(), out).await?,
        Command::Import { file: Some(file), format, skip_bad, timezone, .. } => {
            let options = ImportOptions { format: Some(format), skip_bad, timezone };
            import(ws, &file, &options, out).await?;
        }
        Command::History(args) => trades::history(ws, *args, out).await?,
        Command::Positions { book: of, coin } => {
            out.result(&ws.positions(book(of)?, coin.as_deref()).await?, words::positions)?;
        }
        Command::Pnl(args) => out.result(&ws.pnl(&pnl_request(args)).await?, words::pnl)?,
        Command::Equity(args) => equity::show(ws, args, out).await?,
        Command::Tax(asked) => tax::show(ws, asked, out).await?,
        Command::Parcels(asked) => tax::parcels(ws, asked, out).await?,
        Command::WhatIf { what } => tax::what_if(ws, what, out).await?,
        Command::Report { kind, format, out: file, fy, generated_at, pnl } => {
            let generated_at = generated_at.as_deref().map(moment_utc).transpose()?;
            let of = book(pnl.book)?;
            let (pnl, job) = (pnl_request(pnl), std::sync::Arc::default());
            let request = ReportRequest { kind, format, book: of, pnl, fy, generated_at, job };
            out.result(&ws.report(&request, &file).await?, words::file)?;
        }
        Command::Journal(args) => {
            let request = JournalRequest {
                order: args.order,
                kind: args.kind,
                from: args.from,
                to: args.to,
                timezone: args.timezone,
                after: args.after,
                oldest_first: Some(args.oldest_first),
                limit: args.limit,
            };
            out.result(&ws.journal(&request).await?, words::journal)?;
        }
        Command::Chart { what } => equity::chart(ws, what, out).await?,
        Command::Export(args) => export::run(ws, args, out).await?,
        Command::Verify { report: Some(file), .. } => {
            let verified = ws.verify_report(&file).await?;
            out.result(&verified, words::report::verified)?;
            return if verified.ok { Ok(()) } else { Err(Failure::Said) };
        }
        Command::Verify { rebuild, .. } => {
            let verified = if rebuild { ws.rebuild().await? } else { ws.verify().await? };
            out.result(&verified, words::verified)?;
            return if verified.ok { Ok(()) } else { Err(Failure::Said) };
        }
        Command::Readiness => out.result(&ws.readiness().await?, words::readiness)?,
        Command::Storage { set: None } => out.result(&ws.storage().await?, words::storage)?,
        Command::Storage { set: Some(StorageSet::Set { changes }) } => {
            out.result(&ws.storage_set(&pairs("bad_setting", "ticks_days=7", &changes)?).await?, words::storage)?;
        }
        Command::Backup { file } => out.result(&ws.backup(&file).await?, words::backup)?,
        other => return ask_market(ws, other, out).await,
    }
    Ok(())
}

fn pnl_request(args: PnlArgs) -> PnlRequest {
    PnlRequest {
        method: args.method,
        by: args.by,
        coin: args.coin,
        algorithm: args.algorithm,
        from: args.from,
        to: args.to,
        book: Some(args.book.as_str().to_owned()),
        timezone: args.timezone,
    }
}

/// A time with its zone.
fn moment_utc(text: &str) -> Result<Timestamp, Error> {
    Timestamp::parse(text).map_err(|error| Error::usage("bad_time", error.to_string()))
}

async fn ask_market(ws: &Workstation, command: Command, out: &Out) -> Done {
    match command {
        Command::Candles { import: Some(CandlesImport::Import { file, coin, interval }), .. } => {
            import_candles(ws, &file, &coin, &interval, out).await?;
        }
        Command::Candles { show, .. } => {
            let request = CandlesRequest {
                coin: show.coin.unwrap_or_default(),
                interval: show.interval.unwrap_or_default(),
                from: show.from,
                to: show.to,
                timezone: show.timezone,
                limit: show.limit,
            };
            out.result(&ws.candles(&request).await?, words::candles)?;
        }
        Command::Prices { coin, limit } => {
            let mut prices = ws.prices().await?;
            prices.prices.retain(|row| coin.as_ref().is_none_or(|coin| row.coin.as_str().eq_ignore_ascii_case(coin)));
            prices.prices.truncate(limit.unwrap_or(usize::MAX));
            out.result(&prices, words::prices)?;
        }
        Command::Sparks { coins, hours } => out.result(&ws.sparks(&coins, hours).await?, words::sparks)?,
        Command::Sources { command } => sources(ws, command, out).await?,
        Command::Quality { hours } => out.result(&ws.quality(hours).await?, words::quality)?,
        Command::Gaps { source, limit } => {
            out.result(&ws.gaps(source.as_deref(), limit).await?, words::gaps)?;
        }
        Command::Secrets { command } => secrets(ws, command, out).await?,
        Command::Key { .. } => out.result(&ws.key_check().await?, words::key)?,
        Command::Lease { .. } => out.result(&ws.lease().await?, words::lease)?,
        Command::Approvals { limit, .. } => out.result(&ws.scorecard(limit).await?, words::scorecard)?,
        Command::Alerts { command, limit, unseen } => {
            if command.is_some() {
                return out.result(&ws.webhook().await?, words::webhook);
            }
            out.result(&ws.alerts(limit, unseen).await?, words::alerts)?;
        }
        Command::Ledger(args) => {
            let request = LedgerRequest {
                ledger: args.ledger.as_str().to_owned(),
                coin: args.coin,
                kind: args.kind,
                source: args.source,
                from: args.from,
                to: args.to,
                as_of: args.as_of,
                timezone: args.timezone,
                limit: args.limit,
                min_severity: args.min_severity,
            };
            out.result(&ws.ledger(&request).await?, words::ledger)?;
        }
        Command::Glass { days } => {
            out.result(&ws.glass(&GlassRequest { days }).await?, words::glass)?;
        }
        Command::Collect { sources, .. } => {
            let collected = ws.collect(&sources).await?;
            out.result(&collected, words::collected)?;
            if collected.runs.iter().any(|run| run.status == "failed") {
                return Err(Failure::Said);
            }
        }
        other => return ask_floor(ws, other, out).await,
    }
    Ok(())
}

async fn sources(ws: &Workstation, command: Option<SourcesCommand>, out: &Out) -> Done {
    match command {
        None => {}
        Some(SourcesCommand::Runs { source, limit }) => {
            out.result(&ws.source_runs(&source, limit).await?, words::runs)?;
            return Ok(());
        }
        Some(SourcesCommand::Show { source }) => {
            out.result(&ws.source_detail(&source).await?, words::source)?;
            return Ok(());
        }
        Some(SourcesCommand::Pause { source }) => ws.source_pause(&source, true).await?,
        Some(SourcesCommand::Resume { source }) => ws.source_pause(&source, false).await?,
        Some(SourcesCommand::Accept { source }) => ws.source_accept(&source).await?,
        Some(SourcesCommand::Set { source, changes }) => {
            ws.source_set(&source, &pairs("bad_setting", "limit=50", &changes)?).await?;
        }
    }
    out.result(&ws.sources_view().await?, words::sources)?;
    Ok(())
}

async fn secrets(ws: &Workstation, command: SecretsCommand, out: &Out) -> Done {
    match command {
        SecretsCommand::List => {}
        SecretsCommand::Set { name, no_withdrawals } => {
            let value = secret_value(&name)?;
            ws.secret_set(&name, value, no_withdrawals).await?;
        }
        SecretsCommand::Remove { name } => ws.secret_remove(&name).await?,
    }
    out.result(&ws.secrets().await, words::secrets)?;
    Ok(())
}

/// A secret from standard input, or from a prompt that does not show what is typed. Never from an argument: those are seen by
/// everybody on this machine, and kept by the shell.
pub(crate) fn secret_value(name: &str) -> Result<Secret, Error> {
    const BYTES_READ_MAX: u64 = 64 << 10;
    let unread = |source| Error::Io { what: "the secret could not be read".to_owned(), source };
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("{name}: ")).map(Secret::new).map_err(unread);
    }
    let mut text = String::new();
    std::io::stdin().take(BYTES_READ_MAX).read_to_string(&mut text).map_err(unread)?;
    Ok(Secret::new(text))
}

async fn ask_floor(ws: &Workstation, command: Command, out: &Out) -> Done {
    match command {
        Command::Orders { limit } => {
            out.result(&ws.orders_newest(limit).await?, words::orders)?;
        }
        Command::Twap { .. } => out.result(&ws.twaps().await?, words::twaps)?,
        Command::Execution { book: of } => out.result(&ws.execution(book(of)?).await?, words::execution)?,
        Command::Trades(asked) => trades::show(ws, asked, out).await?,
        Command::Algorithms(asked) => algorithms::show(ws, asked, out).await?,
        Command::Research(asked) => research::run(ws, asked, out).await?,
        Command::Books(asked) => books::show(ws, asked, out).await?,
        Command::Lab { command } => lab::show(ws, command, out).await?,
        Command::Mandate { .. } => out.result(&ws.mandates().await?, words::mandates)?,
        Command::Limits { .. } => out.result(&ws.limits().await?, words::limits)?,
        Command::Protections { command: None } => out.result(&ws.limits().await?, words::protections)?,
        Command::Paper { command: PaperCommand::Reset { cash } } => {
            out.result(&ws.paper_reset(&cash).await?, words::ticker)?;
        }
        _ => {}
    }
    Ok(())
}

async fn import(ws: &Workstation, file: &Path, options: &ImportOptions, out: &Out) -> Done {
    let imported = if file.as_os_str() == "-" {
        ws.import("standard input", std::io::stdin(), options).await
    } else {
        ws.import_file(file, options).await
    };
    match imported {
        Ok(imported) => out.result(&imported, words::imported)?,
        // Every bad line is part of the answer: the counts say that nothing was imported.
        Err(error @ Error::BadLines { .. }) => {
            if let Error::BadLines { read, rejected, .. } = &error {
                out.result(&TradeImport::refused(*read, rejected.clone()), words::imported)?;
            }
            return Err(Failure::Error(error));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn import_candles(ws: &Workstation, file: &Path, coin: &str, interval: &str, out: &Out) -> Done {
    match ws.import_candles(file, coin, interval).await {
        Ok(imported) => out.result(&imported, words::candle_import),
        Err(error) => {
            if let Error::BadLines { rejected, .. } = &error {
                let refused = CandleImport { imported: 0, duplicates: 0, rejected: rejected.clone() };
                out.result(&refused, words::candle_import)?;
            }
            Err(error.into())
        }
    }
}

pub fn book(book: BookArg) -> Result<workstation::Book, Error> {
    parse_book(book.as_str())
}

pub fn order_request(args: OrderArgs) -> Result<OrderRequest, Error> {
    Ok(OrderRequest {
        coin: args.coin,
        side: parse_side(match args.side {
            SideArg::Buy => "buy",
            SideArg::Sell => "sell",
        })?,
        book: book(args.book)?,
        quantity: args.quantity,
        aud: args.aud,
        limit: args.limit,
        again: args.again,
        until: args.until,
    })
}

/// An order nobody knows the fate of is part of the answer, and an error.
pub fn known(order: Result<OrderView, Error>, out: &Out) -> Result<OrderView, Failure> {
    if let Err(Error::OrderUnknown { order }) = &order {
        out.result(order.as_ref(), words::order)?;
    }
    Ok(order?)
}

fn twap_request(side: &str, args: TwapArgs) -> Result<workstation::dto::TwapRequest, Error> {
    let TwapArgs { coin, aud, over, slices, limit, book: of } = args;
    Ok(workstation::dto::TwapRequest { coin, side: parse_side(side)?, book: book(of)?, aud, over, slices, limit })
}

pub fn failed(order: &OrderView) -> bool {
    matches!(order.state, "denied" | "rejected" | "unknown")
}

pub fn pairs(code: &'static str, such_as: &str, changes: &[String]) -> Result<BTreeMap<String, String>, Error> {
    changes
        .iter()
        .map(|change| {
            change
                .split_once('=')
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .ok_or_else(|| Error::usage(code, format!("'{change}' is not NAME=VALUE, such as {such_as}")))
        })
        .collect()
}

async fn kill(home: &Home, request: &KillRequest, out: &Out) -> Done {
    let receipt = workstation::commands::kill(home, request).await?;
    out.result(&receipt, words::receipt)?;
    if receipt.is_done() { Ok(()) } else { Err(Failure::Said) }
}

async fn run_workstation(home: &Home, seconds: Option<u64>, figures: Option<MetricsServer>, out: &Out) -> Done {
    let ws = Workstation::open(home, Mode::Write).await?;
    let mut events = ws.events();
    out.say(&format!("omc: running {} (Ctrl-C ends it)", ws.home().path().display()));
    let stop = async {
        let over = async {
            match seconds {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! { _ = tokio::signal::ctrl_c() => {}, () = terminated() => {}, () = over => {} }
    };
    let print = async {
        while let Some(event) = events.next().await {
            if !out.line(&event, words::event)? {
                break;
            }
        }
        Ok::<(), Failure>(())
    };
    if let Some(address) = figures.as_ref().and_then(MetricsServer::address) {
        out.say(&format!("omc: figures at http://{address}/metrics"));
    }
    let serve = async {
        match figures {
            Some(figures) => figures.serve(&ws).await,
            None => std::future::pending().await,
        }
    };
    let ran = tokio::select! {
        () = serve => Ok(()),
        ran = ws.run() => ran.map_err(Failure::from),
        () = stop => Ok(()),
        printed = print => printed,
    };
    ws.close().await;
    ran
}

/// Ends when the system asks this process to.
async fn terminated() {
    #[cfg(unix)]
    if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        signal.recv().await;
        return;
    }
    std::future::pending::<()>().await;
}

async fn serve_staging(seed: u64, port: u16, faults: Option<PathBuf>, replay: Option<PathBuf>, out: &Out) -> Done {
    let world = workstation::commands::staging(seed, port, faults.as_deref(), replay.as_deref()).await?;
    let services: BTreeMap<&str, &str> = world.sites().collect();
    out.line(&serde_json::json!({ "url": world.url(), "seed": seed, "services": services }), |_| {
        world.url().to_owned()
    })?;
    out.say("omc: the simulated outside world; point OMC_COINSPOT_URL and OMC_COINSPOT_WEB_URL at it (Ctrl-C ends it)");
    for (service, url) in &services {
        out.say(&format!("     OMC_{service}_URL={url}"));
    }
    tokio::select! { _ = tokio::signal::ctrl_c() => {}, () = terminated() => {} }
    Ok(())
}
