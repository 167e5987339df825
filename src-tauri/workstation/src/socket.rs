//! The workspace's local socket: how another process reaches the one that holds the workspace. One line of JSON in, one
//! out, then it is closed.
//!
//! Invariants: only the workspace's owner can open it; lines, connections and requests at work are bounded, and a kill is
//! never refused for want of room; a request that was taken is carried through even when who asked has gone; nothing is
//! asked twice. Deliberately absent: what may be asked (`commands::asking`), and reading, which needs nobody's leave.

use crate::commands::Request;
use crate::dto::{ErrorView, KillReceipt, OrderView};
use crate::home::Home;
use crate::{Error, Result, Workstation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long a pulled switch waits for the holder before it acts by itself.
const KILL_ANSWERED_WITHIN: Duration = Duration::from_secs(2);
/// An order may wait for the exchange for a minute.
const ANSWERED_WITHIN: Duration = Duration::from_secs(75);
/// Whoever connects says what they want at once.
const SAID_WITHIN: Duration = Duration::from_secs(1);
const WRITTEN_WITHIN: Duration = Duration::from_secs(2);
// A script as text takes twice its size at most.
const REQUEST_BYTES_MAX: u64 = 128 << 10;
const REPLY_BYTES_MAX: u64 = 4 << 20;
const CONNECTIONS_MAX: usize = 64;
const AT_WORK_MAX: usize = 8;

/// What the holder answers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Done(Value),
    Refused {
        #[serde(flatten)]
        error: ErrorView,
        is_usage: bool,
        /// The order nobody knows the fate of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<Box<OrderView>>,
    },
}

impl Reply {
    fn of(done: Result<Value>) -> Self {
        match done {
            Ok(value) => Self::Done(value),
            Err(error) => {
                let (is_usage, told) = (error.is_usage(), error.view());
                let order = if let Error::OrderUnknown { order } = error { Some(order) } else { None };
                Self::Refused { error: told, is_usage, order }
            }
        }
    }

    fn into_result(self) -> Result<Value> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Refused { order: Some(order), .. } => Err(Error::OrderUnknown { order }),
            Self::Refused { error: ErrorView { code, message }, is_usage, .. } => {
                Err(Error::Holder { code, message, is_usage })
            }
        }
    }
}

/// Asks the process that holds the workspace to stop trading. `None`: nobody answered in time.
pub(crate) async fn ask_kill(home: &Home, all: bool) -> Option<KillReceipt> {
    let request = Request::Kill { all };
    let asked = async { converse(UnixStream::connect(home.socket()).await.ok()?, &request).await.ok() };
    let reply = timeout(KILL_ANSWERED_WITHIN, asked).await.ok().flatten()?;
    serde_json::from_value(reply.into_result().ok()?).ok()
}

/// Asks the process that holds the workspace to do something. `None`: nobody listens there, and nothing was asked.
///
/// # Errors
/// What the holder says; `holder_silent` when it was asked and did not answer: it may have done it all the same.
pub(crate) async fn ask(home: &Home, request: &Request) -> Result<Option<Value>> {
    let Ok(stream) = UnixStream::connect(home.socket()).await else { return Ok(None) };
    let silent = || {
        let words = "the process that holds the workspace was asked and did not answer: it may have done it all the \
                     same, so look before you ask again";
        Error::refused("holder_silent", words)
    };
    match timeout(ANSWERED_WITHIN, converse(stream, request)).await {
        Ok(Ok(reply)) => reply.into_result().map(Some),
        Ok(Err(_)) | Err(_) => Err(silent()),
    }
}

async fn converse(mut stream: UnixStream, request: &Request) -> std::io::Result<Reply> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut reply = Vec::new();
    stream.take(REPLY_BYTES_MAX).read_to_end(&mut reply).await?;
    Ok(serde_json::from_slice(&reply)?)
}

/// Serves the socket until the future is dropped. The caller holds the workspace's lock, so a socket file that is
/// there already is a dead process's.
///
/// # Errors
/// When the socket cannot be made.
pub(crate) async fn serve(workstation: &Workstation) -> Result<()> {
    let path = workstation.home().socket();
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).map_err(Error::io(format!("cannot open {}", path.display())))?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))
        .map_err(Error::io(format!("cannot protect {}", path.display())))?;
    let room = Arc::new(Semaphore::new(AT_WORK_MAX));
    let mut talking = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted.ok().map(|(stream, _)| stream),
            Some(_) = talking.join_next() => continue,
        };
        match stream {
            Some(stream) if talking.len() < CONNECTIONS_MAX => {
                let (workstation, room) = (workstation.clone(), Arc::clone(&room));
                talking.spawn(async move { answer(&workstation, &room, stream).await });
            }
            // One too many is closed unheard: nothing was asked of us.
            Some(stream) => drop(stream),
            None => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Hears one request, carries it out and answers. Ends quietly when who asked has gone.
async fn answer(workstation: &Workstation, room: &Semaphore, mut stream: UnixStream) {
    let mut line = String::new();
    let mut reader = BufReader::new((&mut stream).take(REQUEST_BYTES_MAX));
    if !matches!(timeout(SAID_WITHIN, reader.read_line(&mut line)).await, Ok(Ok(read)) if read > 0) {
        return;
    }
    let done = match serde_json::from_str(&line) {
        Ok(kill @ Request::Kill { .. }) => workstation.carry_out(kill).await,
        Ok(request) => match room.try_acquire() {
            Ok(_held) => workstation.carry_out(request).await,
            Err(_) => Err(Error::refused("holder_busy", "the workstation has its hands full: ask again in a moment")),
        },
        Err(error) => Err(Error::usage("bad_request", format!("that can't be asked over the socket: {error}"))),
    };
    let reply = serde_json::to_vec(&Reply::of(done)).unwrap_or_default();
    let _ = timeout(WRITTEN_WITHIN, async {
        stream.write_all(&reply).await?;
        stream.shutdown().await
    })
    .await;
}
