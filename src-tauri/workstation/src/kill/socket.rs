//! The workspace's local socket: how another process reaches the one that holds the workspace. It serves only `kill`.

use crate::dto::KillReceipt;
use crate::home::Home;
use crate::{Error, Result};
use std::fs::Permissions;
use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

const REQUEST: &str = "kill\n";
/// How long a pulled switch waits for the holder before it acts by itself.
const HOLDER_ANSWERS_WITHIN: Duration = Duration::from_secs(2);
const REPLY_BYTES_MAX: u64 = 1 << 20;

/// Asks the process that holds the workspace to cancel everything. `None`: nobody answered in time.
pub async fn ask_holder(home: &Home) -> Option<KillReceipt> {
    timeout(HOLDER_ANSWERS_WITHIN, ask(home)).await.ok().flatten()
}

async fn ask(home: &Home) -> Option<KillReceipt> {
    let mut stream = UnixStream::connect(home.socket()).await.ok()?;
    stream.write_all(REQUEST.as_bytes()).await.ok()?;
    let mut reply = Vec::new();
    stream.take(REPLY_BYTES_MAX).read_to_end(&mut reply).await.ok()?;
    serde_json::from_slice(&reply).ok()
}

/// Serves the socket until the future is dropped. The caller holds the workspace's lock, so a socket file that is
/// there already is a dead process's.
///
/// # Errors
/// When the socket cannot be made.
pub async fn serve<F, Fut>(home: &Home, kill: F) -> Result<()>
where
    F: Fn() -> Fut,
    Fut: Future<Output = KillReceipt>,
{
    let path = home.socket();
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).map_err(Error::io(format!("cannot open {}", path.display())))?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))
        .map_err(Error::io(format!("cannot protect {}", path.display())))?;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // One at a time, each within its deadline: there is one switch.
        let _ = timeout(HOLDER_ANSWERS_WITHIN, answer(stream, &kill)).await;
    }
}

async fn answer<F, Fut>(mut stream: UnixStream, kill: &F) -> std::io::Result<()>
where
    F: Fn() -> Fut,
    Fut: Future<Output = KillReceipt>,
{
    let mut request = String::new();
    BufReader::new((&mut stream).take(64)).read_line(&mut request).await?;
    if request == REQUEST {
        let receipt = kill().await;
        stream.write_all(&serde_json::to_vec(&receipt)?).await?;
    }
    stream.shutdown().await
}
