//! A client that sees every byte, and how the connection ended.

use staging::{Clock, Fault, Faults, Options, Rule, Staging};
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Saturday, 14 November 2026, 05:20 UTC.
pub const NOW_MS: i64 = 1_794_633_600_000;

pub struct Seen {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
    pub reset: bool,
}

impl Seen {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &&str| line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name));
        self.head.lines().find(line).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim())
    }
}

pub async fn world() -> Staging {
    world_with(Faults::none()).await
}

pub async fn world_with(faults: Faults) -> Staging {
    let clock = Clock::Driven { start_ms: NOW_MS };
    Staging::start(Options { seed: 7, clock, faults, ..Options::default() }).await.unwrap()
}

pub async fn world_where(path: &str, fault: Fault) -> Staging {
    world_with(Faults::none().with(Rule::on(path, fault))).await
}

pub async fn get(staging: &Staging, target: &str) -> Seen {
    get_with(staging, target, "").await
}

/// `headers` are whole lines.
pub async fn get_with(staging: &Staging, target: &str, headers: &str) -> Seen {
    let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    let (bytes, reset) = exchange(staging, request.as_bytes()).await;
    seen(&bytes, reset)
}

pub fn seen(bytes: &[u8], reset: bool) -> Seen {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    Seen { status, head, body: bytes[end..].to_vec(), reset }
}

/// Sends, reads until the end: the bytes, and whether the end was a reset.
pub async fn exchange(staging: &Staging, request: &[u8]) -> (Vec<u8>, bool) {
    let mut stream = TcpStream::connect(staging.address()).await.unwrap();
    stream.write_all(request).await.unwrap();
    read_to_end(&mut stream).await
}

pub async fn read_to_end(stream: &mut TcpStream) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let mut block = vec![0; 65_536];
    loop {
        match tokio::time::timeout(Duration::from_secs(30), stream.read(&mut block)).await.expect("an end in 30 s") {
            Ok(0) => return (bytes, false),
            Ok(read) => bytes.extend_from_slice(&block[..read]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return (bytes, true),
            Err(error) => panic!("{error}"),
        }
    }
}
