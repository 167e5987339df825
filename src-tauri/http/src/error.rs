//! Why a request brought nothing, with stable codes and words for the trader.

use crate::request::Lane;
use std::time::Duration;

/// Longest text of a reply kept in an error.
const EXCERPT_CHARS_MAX: usize = 200;

/// Why a request brought nothing. No variant holds the query of an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address is none.
    #[error("'{address}' is not an address: {reason}")]
    BadUrl {
        /// What was given, without its query.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The value of a header holds what no header can.
    #[error("the value of the header {name} for {host} holds characters that no header can: check what was set")]
    BadHeader {
        /// The host.
        host: String,
        /// The header.
        name: &'static str,
    },
    /// A form of more bytes than are sent.
    #[error("the form for {host} has more than {bytes_max} bytes: check what was set")]
    FormTooLarge {
        /// The host.
        host: String,
        /// The most that is sent.
        bytes_max: usize,
    },
    /// Plain http to another machine.
    #[error("{host} would be asked over plain http: only https leaves this machine")]
    InsecureUrl {
        /// The host.
        host: String,
    },
    /// No secure connection can be made, or the other side's certificate is not trusted.
    #[error("no secure connection to {host}: {reason}. Check the system's clock and certificates")]
    Tls {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// No answer in time.
    #[error("{host} did not answer in full within {} ms", .after.as_millis())]
    Timeout {
        /// The host.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// No connection could be made.
    #[error("{host} cannot be reached: {cause}. Check the network")]
    Offline {
        /// The host.
        host: String,
        /// Why.
        cause: String,
    },
    /// The connection broke, or what came was not HTTP.
    #[error("{host} broke off the connection: {cause}")]
    BrokenReply {
        /// The host.
        host: String,
        /// How.
        cause: String,
    },
    /// The body ended before its length, or could not be unpacked.
    #[error("the reply of {host} was cut off or damaged")]
    Truncated {
        /// The host.
        host: String,
    },
    /// The body was empty.
    #[error("the reply of {host} was empty")]
    EmptyBody {
        /// The host.
        host: String,
    },
    /// The body, unpacked, was larger than asked for.
    #[error("the reply of {host} was larger than {bytes_max} bytes and was dropped")]
    TooLarge {
        /// The host.
        host: String,
        /// The most that was asked for.
        bytes_max: usize,
    },
    /// A status that says no.
    #[error("{host} answered with status {status}")]
    HttpStatus {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// The beginning of the body without control characters: text from outside, never an instruction.
        excerpt: String,
    },
    /// A web page where data was asked for: a block page, a login page, a notice.
    #[error("{host} sent a web page where data was asked for (status {status}): it may be blocking this machine")]
    BlockedPage {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// A redirect, which is never followed.
    #[error("{host} redirected (status {status}) and was not followed")]
    Redirected {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// "Not modified" twice, though there is nothing of it here.
    #[error("{host} says nothing has changed, but there is no earlier reply to go by")]
    NotModified {
        /// The host.
        host: String,
    },
    /// The host asked for fewer requests, or our own limit for it is used up.
    #[error("{host} takes no more requests for {} s", .retry_in.as_secs().max(1))]
    RateLimited {
        /// The host.
        host: String,
        /// When to try again; clamped.
        retry_in: Duration,
    },
    /// The host failed too often; it is left alone for a while.
    #[error("{host} failed repeatedly and is left alone for {} s", .retry_in.as_secs().max(1))]
    BreakerOpen {
        /// The host.
        host: String,
        /// When it is tried again.
        retry_in: Duration,
    },
    /// Too many requests wait for a place already.
    #[error("too many {lane} requests are waiting for {host}")]
    QueueFull {
        /// The host.
        host: String,
        /// The lane they wait in.
        lane: Lane,
    },
}

/// What an outcome says about the health of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Alive,
    Failing,
}

impl HttpError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => "bad_url",
            Self::BadHeader { .. } => "bad_header",
            Self::FormTooLarge { .. } => "form_too_large",
            Self::InsecureUrl { .. } => "insecure_url",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::Offline { .. } => "offline",
            Self::BrokenReply { .. } => "broken_reply",
            Self::Truncated { .. } => "truncated",
            Self::EmptyBody { .. } => "empty_body",
            Self::TooLarge { .. } => "too_large",
            Self::HttpStatus { .. } => "http_status",
            Self::BlockedPage { .. } => "blocked_page",
            Self::Redirected { .. } => "redirected",
            Self::NotModified { .. } => "not_modified",
            Self::RateLimited { .. } => "rate_limited",
            Self::BreakerOpen { .. } => "breaker_open",
            Self::QueueFull { .. } => "queue_full",
        }
    }

    /// Whether the same request may bring something a moment later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. }
            | Self::Offline { .. }
            | Self::BrokenReply { .. }
            | Self::Truncated { .. }
            | Self::EmptyBody { .. }
            | Self::RateLimited { .. } => true,
            Self::HttpStatus { status, .. } => matches!(status, 408 | 425 | 500 | 502 | 503 | 504 | 520..=529),
            _ => false,
        }
    }

    /// Whether it means that this machine has no way to the host at all.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Offline { .. })
    }

    pub(crate) fn health(&self) -> Health {
        match self {
            Self::RateLimited { .. } | Self::NotModified { .. } => Health::Alive,
            // Ours, before anything left: it says nothing about the host.
            Self::BadHeader { .. } | Self::FormTooLarge { .. } => Health::Alive,
            Self::HttpStatus { status, .. } if *status < 500 => Health::Alive,
            _ => Health::Failing,
        }
    }
}

/// The beginning of a body as harmless text.
pub(crate) fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(EXCERPT_CHARS_MAX)
        .collect()
}
