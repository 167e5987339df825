//! One exchange with a host: send, check the status, read the body within its cap.

use crate::cache::Kept;
use crate::error::{HttpError, excerpt};
use crate::host::Host;
use crate::request::{Expect, FORM_BYTES_MAX, Get};
use crate::retry::{RETRY_AFTER_DEFAULT, clamp, retry_after};
use domain::Timestamp;
use reqwest::header::{ACCEPT, AGE, CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue};
use reqwest::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use std::error::Error as _;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

/// How much of an error's body is read.
const EXCERPT_BYTES_MAX: usize = 2048;
const HEADER_CHARS_MAX: usize = 256;
const FORM: &str = "application/x-www-form-urlencoded";

/// What one exchange brought.
#[derive(Debug)]
pub enum Exchanged {
    /// A whole body, with what to ask with next time.
    Fresh(Kept),
    /// The earlier reply still stands.
    NotModified,
}

/// A failed exchange, with what the host asked for.
#[derive(Debug)]
pub struct Failed {
    pub error: HttpError,
    pub wait: Option<Duration>,
}

impl From<HttpError> for Failed {
    fn from(error: HttpError) -> Self {
        Self { error, wait: None }
    }
}

/// How to ask.
#[derive(Debug, Clone, Copy)]
pub enum Asking<'a> {
    Plainly,
    IfChanged(&'a Kept),
    /// After a "not modified" for something we don't have.
    PastAllCaches,
}

pub async fn exchange(
    client: &reqwest::Client,
    asked: &Host,
    get: &Get,
    asking: Asking<'_>,
    now: impl Fn() -> Timestamp,
) -> Result<Exchanged, Failed> {
    let host = asked.name.as_str();
    let mut request = match &get.form {
        None => client.get(get.url.clone()),
        Some(form) if form.0.len() > FORM_BYTES_MAX => {
            return Err(HttpError::FormTooLarge { host: host.to_owned(), bytes_max: FORM_BYTES_MAX }.into());
        }
        Some(form) => client.post(get.url.clone()).header(CONTENT_TYPE, FORM).body(form.0.clone()),
    };
    request = request.header(ACCEPT, get.expect.accept());
    if let Some(account) = &get.account {
        request = request.basic_auth(&account.name, Some(&account.password));
    }
    match asking {
        Asking::Plainly => {}
        Asking::IfChanged(kept) => {
            if let Some(etag) = &kept.etag {
                request = request.header(IF_NONE_MATCH, etag);
            }
            if let Some(date) = &kept.last_modified {
                request = request.header(IF_MODIFIED_SINCE, date);
            }
        }
        Asking::PastAllCaches => request = request.header(CACHE_CONTROL, "no-cache"),
    }
    for extra in &get.headers {
        let bad = |_| HttpError::BadHeader { host: host.to_owned(), name: extra.name };
        let mut value = HeaderValue::from_str(&extra.value).map_err(bad)?;
        value.set_sensitive(true);
        request = request.header(extra.name, value);
    }
    let (sent, started) = (now(), Instant::now());
    let mut reply = request.send().await.map_err(|error| describe(host, &error, false))?;
    let status = reply.status();
    if let Some(date) = own_date(&reply) {
        asked.skew.note(&date, sent, now(), started.elapsed());
    }
    if status == StatusCode::NOT_MODIFIED {
        return match asking {
            Asking::IfChanged(_) => Ok(Exchanged::NotModified),
            _ => Err(HttpError::NotModified { host: host.to_owned() }.into()),
        };
    }
    if !status.is_success() {
        return Err(refusal(host, get, reply, now()).await);
    }
    let body = read(host, &mut reply, get.bytes_max).await?;
    let content_type = header(reply.headers(), &CONTENT_TYPE);
    if get.expect == Expect::Json && is_page(content_type.as_deref(), &body) {
        return Err(HttpError::BlockedPage { host: host.to_owned(), status: status.as_u16() }.into());
    }
    if body.is_empty() && get.expect != Expect::Any {
        return Err(HttpError::EmptyBody { host: host.to_owned() }.into());
    }
    let (etag, last_modified) = (header(reply.headers(), &ETAG), header(reply.headers(), &LAST_MODIFIED));
    Ok(Exchanged::Fresh(Kept { etag, last_modified, content_type, body: body.into() }))
}

pub fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= HEADER_CHARS_MAX).then(|| value.to_owned())
}

/// When the host itself says it answered. What came out of a cache may bear the time it went in.
fn own_date(reply: &Response) -> Option<String> {
    let cached =
        reply.status() == StatusCode::NOT_MODIFIED || header(reply.headers(), &AGE).is_some_and(|age| age != "0");
    if cached { None } else { header(reply.headers(), &DATE) }
}

fn is_page(content_type: Option<&str>, body: &[u8]) -> bool {
    let says_so = content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    says_so || body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// Reads a body; stops at the first byte beyond the cap, counted after unpacking.
pub async fn read(host: &str, reply: &mut Response, bytes_max: usize) -> Result<Vec<u8>, HttpError> {
    let too_large = || HttpError::TooLarge { host: host.to_owned(), bytes_max };
    let announced = reply.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > bytes_max {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = reply.chunk().await.map_err(|error| describe(host, &error, true))? {
        if body.len() + chunk.len() > bytes_max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A status that is no success, as an error.
async fn refusal(host: &str, get: &Get, mut reply: Response, now: Timestamp) -> Failed {
    let status = reply.status().as_u16();
    let host = host.to_owned();
    let asked = header(reply.headers(), &RETRY_AFTER).and_then(|value| retry_after(&value, now));
    let wait = asked.map(|asked| clamp(asked, get.lane));
    if reply.status().is_redirection() {
        return HttpError::Redirected { host, status }.into();
    }
    if status == 429 {
        let retry_in = wait.unwrap_or(clamp(RETRY_AFTER_DEFAULT, get.lane));
        return Failed { error: HttpError::RateLimited { host, retry_in }, wait: Some(retry_in) };
    }
    let mut body = Vec::new();
    // Only for the message: what can't be read is left out, and the caller's deadline bounds the wait.
    while let Ok(Some(chunk)) = reply.chunk().await {
        let room = EXCERPT_BYTES_MAX - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == EXCERPT_BYTES_MAX {
            break;
        }
    }
    let page = is_page(header(reply.headers(), &CONTENT_TYPE).as_deref(), &body);
    if status == 403 && page && get.expect == Expect::Json {
        return HttpError::BlockedPage { host, status }.into();
    }
    Failed { error: HttpError::HttpStatus { host, status, excerpt: excerpt(&body) }, wait }
}

/// What went wrong below HTTP. The address is never part of it.
pub fn describe(host: &str, error: &reqwest::Error, in_body: bool) -> HttpError {
    let host = host.to_owned();
    if error.is_timeout() {
        return HttpError::Timeout { host, after: Duration::ZERO };
    }
    let mut kind = None;
    let mut innermost = None;
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(reason) = inner.downcast_ref::<rustls::Error>() {
            return HttpError::Tls { host, reason: reason.to_string() };
        }
        innermost = Some(inner.to_string());
        cause = match inner.downcast_ref::<std::io::Error>() {
            Some(io) => {
                kind = Some(io.kind());
                // What an I/O error wraps is not its source: that would be one step too far.
                io.get_ref().map(|wrapped| wrapped as &(dyn std::error::Error + 'static))
            }
            None => inner.source(),
        };
    }
    let cause = innermost.unwrap_or_else(|| "unknown reason".to_owned());
    if error.is_connect() {
        return HttpError::Offline { host, cause };
    }
    let reset = matches!(kind, Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe));
    if in_body && !reset { HttpError::Truncated { host } } else { HttpError::BrokenReply { host, cause } }
}
