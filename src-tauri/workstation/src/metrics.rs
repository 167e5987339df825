//! A tiny server for the figures: `GET /metrics` on this machine, nothing else.
//!
//! Invariants: it listens on a loopback address alone, and answers only those who ask for it by one, so that no page in a
//! browser can read it under another name; heads, waits and connections are bounded; one that hangs disturbs nobody.
//! Deliberately absent: TLS, writing, other machines (a proxy of the trader's own may do that).

use crate::{Error, Result, Workstation};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

const HEAD_BYTES_MAX: usize = 8 * 1024;
const TALK_MAX: Duration = Duration::from_secs(10);
const CONNECTIONS_MAX: usize = 8;
/// After a connection could not be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// Figures on their way out.
pub struct MetricsServer {
    listener: TcpListener,
    amounts: bool,
}

impl MetricsServer {
    /// Listens on an address of this machine.
    ///
    /// # Errors
    /// `metrics_address` for one that is not; when it is taken.
    pub async fn bind(address: &str, amounts: bool) -> Result<Self> {
        let words = || {
            let shown = ledgers::inert(address);
            Error::usage("metrics_address", format!("'{shown}' is no address of this machine: use 127.0.0.1:PORT"))
        };
        let address: SocketAddr = address.parse().map_err(|_| words())?;
        if !address.ip().is_loopback() {
            return Err(words());
        }
        let taken = |error: std::io::Error| {
            Error::refused("metrics_address", format!("the metrics cannot be served on {address}: {error}"))
        };
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        Ok(Self { listener, amounts })
    }

    /// Where it listens; with port 0, the one the system chose.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Answers until it is dropped.
    pub async fn serve(self, workstation: &Workstation) {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok((stream, _)) = self.listener.accept().await else {
                sleep(PAUSE).await;
                continue;
            };
            // One more than there are places is turned away.
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
            let (workstation, amounts) = (workstation.clone(), self.amounts);
            tokio::spawn(async move {
                let _ = timeout(TALK_MAX, talk(stream, &workstation, amounts)).await;
                drop(place);
            });
        }
    }
}

async fn talk(mut stream: TcpStream, workstation: &Workstation, amounts: bool) -> std::io::Result<()> {
    let (status, body) = match head(&mut stream).await? {
        Some(head) => match asked(&head) {
            Ok(()) => match workstation.metrics(amounts).await {
                Ok(text) => ("200 OK", text),
                Err(error) => ("500 Internal Server Error", format!("{}\n", error.code())),
            },
            Err(status) => (status, format!("{status}\n")),
        },
        None => ("431 Request Header Fields Too Large", String::new()),
    };
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// The head of a request; none when it is too long or ends before it is whole.
async fn head(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut read = Vec::new();
    let mut part = [0_u8; 1024];
    while read.len() <= HEAD_BYTES_MAX {
        let count = stream.read(&mut part).await?;
        read.extend(part.iter().take(count));
        if read.windows(4).any(|end| end == b"\r\n\r\n") {
            return Ok(Some(String::from_utf8_lossy(&read).into_owned()));
        }
        if count == 0 {
            break;
        }
    }
    Ok(None)
}

/// Whether it is the one thing there is, asked for by an address of this machine.
fn asked(head: &str) -> std::result::Result<(), &'static str> {
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let named = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim().to_owned())
    };
    let host = lines.find_map(named).unwrap_or_default();
    if !is_here(&host) {
        return Err("403 Forbidden");
    }
    match (method, path.split('?').next()) {
        ("GET", Some("/metrics")) => Ok(()),
        ("GET", _) => Err("404 Not Found"),
        _ => Err("405 Method Not Allowed"),
    }
}

fn is_here(host: &str) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::World;

    async fn says(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        reply
    }

    #[tokio::test]
    async fn figures_are_served_to_this_machine_by_its_own_name_alone() {
        for bad in ["0.0.0.0:0", "192.168.1.4:9000", "localhost:9", "9000"] {
            assert_eq!(
                MetricsServer::bind(bad, false).await.err().map(|error| error.code()),
                Some("metrics_address".into()),
                "{bad}"
            );
        }
        let world = World::of(&[]).await;
        let server = MetricsServer::bind("127.0.0.1:0", false).await.unwrap();
        let address = server.address().unwrap();
        let asking = async {
            let of =
                async |line: &str, host: &str| says(address, &format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
            let figures = of("GET /metrics", &address.to_string()).await;
            assert!(figures.starts_with("HTTP/1.1 200") && figures.contains("omc_kill_pulled 0"), "{figures}");
            assert!(of("GET /metrics", "localhost:1").await.starts_with("HTTP/1.1 200"));
            assert!(of("GET /metrics", "evil.example").await.starts_with("HTTP/1.1 403"));
            assert!(of("GET /", "127.0.0.1").await.starts_with("HTTP/1.1 404"));
            assert!(of("POST /metrics", "127.0.0.1").await.starts_with("HTTP/1.1 405"));
            assert!(of("GET /metrics", &"x".repeat(9_000)).await.starts_with("HTTP/1.1 4"));
        };
        tokio::select! { () = server.serve(&world.ws) => {}, () = asking => {} }
    }
}
