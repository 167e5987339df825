//! One connection: read, decide, answer, again.

use super::request::{Parsed, Read, Request, read};
use super::{Shared, send};
use crate::exchange::{Headers, PRIVATE};
use crate::faults::Fault;
use crate::faults::engine::Plan;
use crate::wire::http::Reply;
use crate::wire::{Asked, View, answer as answer_of, takes_forms};
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// Serves a connection until it ends, either side closes it, or the world stops.
pub(super) async fn run(
    mut stream: TcpStream,
    shared: Arc<Shared>,
    prefix: &'static str,
    mut stop: watch::Receiver<bool>,
) {
    let mut buffer = Vec::new();
    // Small replies must not wait for each other; a socket that refuses the option still works.
    let _ = stream.set_nodelay(true);
    loop {
        let read = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            read = read(&mut stream, &mut buffer) => read,
        };
        let mut parsed = match read {
            Read::Request(parsed) => parsed,
            Read::Refused(status) => {
                let reply = Reply::new(status, "text/plain; charset=utf-8", "");
                send::refuse(&mut stream, &reply, shared.clock.now_ms()).await;
                return;
            }
            Read::Gone => return,
        };
        parsed.path.insert_str(0, prefix);
        if !answer(&mut stream, &shared, parsed).await {
            return;
        }
    }
}

/// Answers one request; whether the connection stays open.
async fn answer(stream: &mut TcpStream, shared: &Arc<Shared>, parsed: Parsed) -> bool {
    let arrived_ms = shared.clock.now_ms();
    let (number, plan) = shared.admit(record(&parsed, arrived_ms));
    if !send::wait(stream, plan.delay).await {
        return false;
    }
    // What a late reply says is what is true when it leaves, as from a slow server.
    let now_ms = shared.clock.now_ms();
    let (wanted, transport, dated_ms) = (parsed.wanted.clone(), plan.transport.clone(), now_ms + plan.skew_ms);
    let worker = Arc::clone(shared);
    // Years of candles take a while: they must not hold up the runtime this world shares with its client.
    let made = tokio::task::spawn_blocking(move || made(&worker, &parsed, &plan, now_ms)).await;
    let Ok(reply) = made else { return false };
    match &transport {
        Some(fault) => send::bent(stream, &reply, fault, &wanted, dated_ms).await,
        None => {
            let open = send::whole(stream, &reply, &wanted, dated_ms).await;
            shared.answered(number);
            open
        }
    }
}

fn record(parsed: &Parsed, time_ms: i64) -> Request {
    Request {
        number: 0,
        method: parsed.method.clone(),
        path: parsed.path.clone(),
        query: parsed.query.clone(),
        time_ms,
        arrived: Instant::now(),
        answered: None,
        body_bytes: parsed.body_bytes,
        body: parsed.body.clone(),
        if_none_match: parsed.wanted.if_none_match.clone(),
        headers: parsed.headers.clone(),
        faults: Vec::new(),
    }
}

/// The reply as it is sent. Faults keep theirs as they are: neither conditional nor packed.
fn made(shared: &Shared, parsed: &Parsed, plan: &Plan, now_ms: i64) -> Reply {
    let reply = reply(shared, parsed, plan, now_ms);
    let faulty = plan.transport.is_some() || plan.reply.is_some();
    if faulty { reply } else { reply.finish(&parsed.wanted) }
}

fn reply(shared: &Shared, parsed: &Parsed, plan: &Plan, now_ms: i64) -> Reply {
    let placed =
        (parsed.method == "POST" && parsed.path.starts_with(PRIVATE)).then(|| private(shared, parsed, plan, now_ms));
    if let Some(reply) = plan.reply.as_ref().and_then(replacement) {
        return reply;
    }
    let mut reply = match placed {
        Some(reply) => reply,
        None if matches!(parsed.method.as_str(), "GET" | "HEAD")
            || (parsed.method == "POST" && takes_forms(&parsed.path)) =>
        {
            let moment = shared.world.at(plan.frozen_ms.unwrap_or(now_ms));
            let (changes, items) = (plan.changes.clone(), plan.items.clone());
            let asked = Asked { headers: &parsed.headers, body: &parsed.body };
            let view = View { moment, changes, items, hostile_names: plan.hostile_names, asked };
            answer_of(&view, &parsed.path, &parsed.query)
        }
        // Whatever is told to it is recorded like every request.
        None if parsed.method == "POST" && parsed.path == "/webhook" => Reply::json(200, "{\"ok\":true}".to_owned()),
        None => return Reply::not_found(&parsed.path),
    };
    for (from, to) in &plan.renames {
        let mut body = String::from_utf8_lossy(&reply.body).into_owned();
        for (before, after) in [("\"", "\":"), (" ", "=\""), ("<", ">"), ("</", ">")] {
            body = body.replace(&format!("{before}{from}{after}"), &format!("{before}{to}{after}"));
        }
        reply.body = body.into_bytes();
    }
    if let Some(content_type) = &plan.wrong_type {
        reply.content_type.clone_from(content_type);
    }
    reply
}

/// What the private half says. What it did is done, whatever a fault makes of its words.
fn private(shared: &Shared, parsed: &Parsed, plan: &Plan, now_ms: i64) -> Reply {
    if plan.unreached {
        return Reply::json(504, String::new());
    }
    let headers = Headers(&parsed.headers);
    shared.exchange.answer(&shared.world, now_ms, &parsed.path, headers, parsed.body.as_bytes())
}

/// The reply a fault puts in place of the right one.
fn replacement(fault: &Fault) -> Option<Reply> {
    let retry = |reply: Reply, after: &Option<String>| match after {
        Some(after) => reply.with_header("Retry-After", after.clone()),
        None => reply,
    };
    Some(match fault {
        Fault::Status { code, body, content_type, retry_after } => {
            retry(Reply::new(*code, content_type, body.as_str()), retry_after)
        }
        Fault::TooMany { retry_after } => retry(Reply::html(429, "Too many requests\n".into()), retry_after),
        Fault::BlockPage { status } => Reply::html(*status, BLOCK_PAGE.to_owned()),
        Fault::Body { body, content_type } => Reply::new(200, content_type, body.as_str()),
        Fault::EmptyBody {} => Reply::json(200, String::new()),
        Fault::Redirect { location, code } => {
            Reply::html(*code, String::new()).with_header("Location", location.clone())
        }
        Fault::NotModified {} => Reply::json(304, String::new()),
        _ => return None,
    })
}

const BLOCK_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head><title>Just a moment...</title>\n\
<meta http-equiv=\"refresh\" content=\"390\"></head>\n<body>\n<h1>www.coinspot.com.au</h1>\n\
<p>Verifying you are human. This may take a few seconds.</p>\n<noscript>Enable JavaScript and cookies to continue</noscript>\n\
</body>\n</html>\n";
