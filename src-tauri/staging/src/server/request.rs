//! Reading a request, within bounds.

use crate::wire::http::Wanted;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_BODY_BYTES: usize = 64 * 1024;
const MAX_HEADERS: usize = 64;
/// Between requests, and for a request to arrive whole.
const READ_WAIT: Duration = Duration::from_secs(60);

/// A request as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// 1, 2, 3… since the start.
    pub number: u64,
    /// `GET`.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// What followed `?`, or nothing.
    pub query: String,
    /// World time of its arrival.
    pub time_ms: i64,
    /// The machine's time of its arrival, to measure pacing with.
    pub arrived: Instant,
    /// The machine's time when its answer was sent whole; none while it is not, or when it went wrong on purpose.
    pub answered: Option<Instant>,
    /// Length of its body.
    pub body_bytes: usize,
    /// Its body, as text.
    pub body: String,
    /// Its `If-None-Match`.
    pub if_none_match: Option<String>,
    /// All its headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The kinds of the faults it met.
    pub faults: Vec<&'static str>,
}

/// A request whose head is understood.
pub(super) struct Parsed {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) wanted: Wanted,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body_bytes: usize,
    pub(super) body: String,
}

/// What came of reading.
pub(super) enum Read {
    Request(Parsed),
    /// Answer with this status and close.
    Refused(u16),
    /// Nobody there any more.
    Gone,
}

/// Reads the next request; `buffer` carries what was read beyond the one before.
pub(super) async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Read {
    tokio::time::timeout(READ_WAIT, read_whole(stream, buffer)).await.unwrap_or(Read::Gone)
}

async fn read_whole(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Read {
    let (mut parsed, head_bytes) = loop {
        match parse(buffer) {
            Ok(Some(found)) => break found,
            Ok(None) if buffer.len() >= MAX_HEAD_BYTES => return Read::Refused(431),
            Ok(None) => {}
            Err(status) => return Read::Refused(status),
        }
        match stream.read_buf(buffer).await {
            Ok(0) | Err(_) => return Read::Gone,
            Ok(_) => {}
        }
    };
    if parsed.body_bytes > MAX_BODY_BYTES {
        return Read::Refused(413);
    }
    let whole = head_bytes + parsed.body_bytes;
    while buffer.len() < whole {
        match stream.read_buf(buffer).await {
            Ok(0) | Err(_) => return Read::Gone,
            Ok(_) => {}
        }
    }
    parsed.body = String::from_utf8_lossy(&buffer[head_bytes..whole]).into_owned();
    buffer.drain(..whole);
    Read::Request(parsed)
}

/// The request and the length of its head, `None` while it isn't complete, or the status to refuse it with.
fn parse(buffer: &[u8]) -> Result<Option<(Parsed, usize)>, u16> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let head_bytes = match request.parse(buffer) {
        Ok(httparse::Status::Complete(bytes)) if bytes > MAX_HEAD_BYTES => return Err(431),
        Ok(httparse::Status::Complete(bytes)) => bytes,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(431),
        Err(_) => return Err(400),
    };
    let method = request.method.unwrap_or_default().to_owned();
    let (path, query) =
        request.path.unwrap_or_default().split_once('?').unwrap_or((request.path.unwrap_or_default(), ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut body_bytes = 0;
    let mut kept = Vec::new();
    let mut wanted = Wanted {
        head_only: method == "HEAD",
        keep_alive: request.version == Some(1),
        gzip: false,
        if_none_match: None,
    };
    for header in request.headers.iter() {
        let value = String::from_utf8_lossy(header.value);
        let name = header.name.to_ascii_lowercase();
        kept.push((name.clone(), value.clone().into_owned()));
        match name.as_str() {
            "content-length" => body_bytes = value.trim().parse().map_err(|_| 400u16)?,
            "transfer-encoding" => return Err(501),
            "connection" if value.to_ascii_lowercase().contains("close") => wanted.keep_alive = false,
            "accept-encoding" => wanted.gzip = value.to_ascii_lowercase().contains("gzip"),
            "if-none-match" => wanted.if_none_match = Some(value.into_owned()),
            _ => {}
        }
    }
    Ok(Some((Parsed { method, path, query, wanted, headers: kept, body_bytes, body: String::new() }, head_bytes)))
}
