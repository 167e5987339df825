//! One POST that leaves at most once: for orders, and for whatever is signed with a number that counts.
//!
//! Invariants: the bytes handed in are the bytes sent; nothing is repeated, redirected or taken from a pooled connection, which
//! could have been closed on us half-way; the caller is told whether anything can have left. Dropping the future while it
//! runs is the same as [`PostError::Unknown`]. Deliberately absent: what a status means.

use crate::attempt::{describe, header, read};
use crate::base::host_of;
use crate::client::Client;
use crate::error::HttpError;
use crate::request::{Header, Lane};
use domain::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{StatusCode, Url};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// One POST.
#[derive(Debug, Clone)]
pub struct Post {
    pub(crate) url: Url,
    pub(crate) lane: Lane,
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<Header>,
    pub(crate) deadline: Duration,
    pub(crate) bytes_max: usize,
    pub(crate) private: bool,
}

impl Post {
    /// These bytes as JSON: 10 s in all, 1 MiB of a reply.
    #[must_use]
    pub fn json(url: Url, lane: Lane, body: Vec<u8>) -> Self {
        let (deadline, bytes_max) = (Duration::from_secs(10), 1 << 20);
        let (content_type, headers) = ("application/json", Vec::new());
        Self { url, lane, body, content_type, headers, deadline, bytes_max, private: false }
    }

    /// Sends a header with it. Its value is shown nowhere.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push(Header { name, value: value.to_owned() });
        self
    }

    /// Its path is a secret: it is in no log.
    #[must_use]
    pub fn private(self) -> Self {
        Self { private: true, ..self }
    }

    /// How long everything together may take, waiting for a place included. At most 10 minutes.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: deadline.min(Duration::from_secs(600)), ..self }
    }

    /// How many bytes of a reply are read.
    #[must_use]
    pub fn bytes_max(self, bytes_max: usize) -> Self {
        Self { bytes_max, ..self }
    }
}

/// What came back, whatever it says.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type it came under.
    pub content_type: Option<String>,
    /// The whole body, unpacked.
    pub body: Arc<[u8]>,
    /// When it had arrived.
    pub received: Timestamp,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// Nothing has left this machine.
    #[error(transparent)]
    NotSent(HttpError),
    /// It left, or may have; what became of it is not known.
    #[error(transparent)]
    Unknown(HttpError),
}

impl Client {
    /// Sends once and returns before the deadline.
    ///
    /// # Errors
    /// [`PostError`]: whether anything can have left.
    pub async fn post_once(&self, post: &Post) -> Result<Answer, PostError> {
        let start = Instant::now();
        let deadline = start + post.deadline;
        let host = self.host(host_of(&post.url).map_err(PostError::NotSent)?);
        let _place = host.place(post.lane, deadline).await.map_err(PostError::NotSent)?;
        let breaker = &host.gate(post.lane).breaker;
        let closed = |retry_in| PostError::NotSent(HttpError::BreakerOpen { host: host.name.clone(), retry_in });
        let leave = match breaker.admit(Instant::now()) {
            Ok(leave) => Some(leave),
            // A cancel is worth another failure.
            Err(_) if post.lane == Lane::Cancels => None,
            Err(retry_in) => return Err(closed(retry_in)),
        };
        host.rate(post.lane, deadline).await.map_err(PostError::NotSent)?;
        let timed_out = || PostError::Unknown(HttpError::Timeout { host: host.name.clone(), after: start.elapsed() });
        let sent = timeout_at(deadline, self.sent(post, &host.name)).await.unwrap_or_else(|_| Err(timed_out()));
        match (leave, &sent) {
            (None, _) => {}
            (Some(leave), Ok(answer)) if answer.status < 500 => leave.alive(),
            (Some(leave), _) => leave.failing(Instant::now()),
        }
        let path = if post.private { "/…" } else { post.url.path() };
        let elapsed_ms = start.elapsed().as_millis();
        match &sent {
            Ok(answer) => tracing::debug!(host = host.name, path, elapsed_ms, status = answer.status, "posted"),
            Err(PostError::NotSent(error)) => {
                tracing::debug!(host = host.name, path, elapsed_ms, code = error.code(), "not sent");
            }
            Err(PostError::Unknown(error)) => {
                tracing::debug!(host = host.name, path, elapsed_ms, code = error.code(), "no answer");
            }
        }
        sent
    }

    async fn sent(&self, post: &Post, host: &str) -> Result<Answer, PostError> {
        let client = self.sending_client(&post.url, host).map_err(PostError::NotSent)?;
        let mut request = client.post(post.url.clone()).header(CONTENT_TYPE, post.content_type).body(post.body.clone());
        for extra in &post.headers {
            let bad = |_| PostError::NotSent(HttpError::BadHeader { host: host.to_owned(), name: extra.name });
            let mut value = HeaderValue::from_str(&extra.value).map_err(bad)?;
            value.set_sensitive(true);
            request = request.header(extra.name, value);
        }
        let mut reply = request.send().await.map_err(|error| {
            // On a connection of its own, what failed to connect has sent nothing.
            let left = !(error.is_connect() || error.is_builder());
            let error = describe(host, &error, false);
            if left { PostError::Unknown(error) } else { PostError::NotSent(error) }
        })?;
        let status = reply.status();
        if status == StatusCode::NOT_MODIFIED {
            return Err(PostError::Unknown(HttpError::NotModified { host: host.to_owned() }));
        }
        let content_type = header(reply.headers(), &CONTENT_TYPE);
        let body = read(host, &mut reply, post.bytes_max).await.map_err(PostError::Unknown)?;
        Ok(Answer { status: status.as_u16(), content_type, body: body.into(), received: self.now() })
    }
}
