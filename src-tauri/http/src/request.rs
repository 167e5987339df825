//! What is asked for, and what comes back.

use domain::Timestamp;
use reqwest::Url;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Whose request it is. Each lane has its own rate, places and breaker at every host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Orders, and what must be known to send them.
    Trading,
    /// Taking orders back, which nothing may hold up: no pause a host asks for, no breaker, no other lane.
    Cancels,
    /// Live prices.
    Prices,
    /// Everything that can wait: history, coin lists, news.
    Background,
    /// Many questions to one host in one run, such as a filer or a protocol each: one at a time, evenly spaced.
    Bulk,
}

impl Lane {
    /// All lanes.
    pub const ALL: [Self; 5] = [Self::Trading, Self::Cancels, Self::Prices, Self::Background, Self::Bulk];
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Trading => "trading",
            Self::Cancels => "cancels",
            Self::Prices => "prices",
            Self::Background => "background",
            Self::Bulk => "bulk",
        })
    }
}

/// What kind of reply is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// JSON: a web page in its place is an error.
    Json,
    /// A web page.
    Html,
    /// Whatever comes.
    Any,
}

impl Expect {
    pub(crate) fn accept(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html",
            Self::Any => "*/*",
        }
    }
}

/// One question: a GET, or a POST when it comes with a form. All limits have defaults; see the methods.
#[derive(Debug, Clone)]
pub struct Get {
    pub(crate) url: Url,
    pub(crate) lane: Lane,
    pub(crate) expect: Expect,
    pub(crate) deadline: Duration,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) bytes_max: usize,
    pub(crate) attempts_max: u32,
    pub(crate) conditional: bool,
    pub(crate) headers: Vec<Header>,
    pub(crate) form: Option<Form>,
    pub(crate) account: Option<Account>,
}

/// The most bytes of a form, as it is sent.
pub(crate) const FORM_BYTES_MAX: usize = 4096;

/// A form as it is sent; it never shows itself.
#[derive(Clone)]
pub(crate) struct Form(pub String);

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form(…)")
    }
}

/// A name and a password; neither shows itself.
#[derive(Clone)]
pub(crate) struct Account {
    pub name: String,
    pub password: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(…)")
    }
}

/// A header of a request; its value never shows itself.
#[derive(Clone)]
pub(crate) struct Header {
    pub name: &'static str,
    pub value: String,
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: …", self.name)
    }
}

impl Get {
    /// Asks for JSON: 20 s in all, 8 MiB, at most 4 attempts.
    #[must_use]
    pub fn json(url: Url, lane: Lane) -> Self {
        Self::new(url, lane, Expect::Json)
    }

    /// Asks for a web page, with the same limits.
    #[must_use]
    pub fn html(url: Url, lane: Lane) -> Self {
        Self::new(url, lane, Expect::Html)
    }

    /// Asks for some kind of reply, with the same limits.
    #[must_use]
    pub fn new(url: Url, lane: Lane, expect: Expect) -> Self {
        let deadline = Duration::from_secs(20);
        Self {
            url,
            lane,
            expect,
            deadline,
            attempt_timeout: None,
            bytes_max: 8 << 20,
            attempts_max: 4,
            conditional: false,
            headers: Vec::new(),
            form: None,
            account: None,
        }
    }

    /// How long everything together may take: waiting for a place, all attempts, all pauses. At most 10 minutes.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: deadline.min(Duration::from_secs(600)), ..self }
    }

    /// How long one attempt may take, in place of the client's usual: for replies of many megabytes.
    #[must_use]
    pub fn attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout: Some(attempt_timeout), ..self }
    }

    /// How many bytes the body may have, unpacked.
    #[must_use]
    pub fn bytes_max(self, bytes_max: usize) -> Self {
        Self { bytes_max, ..self }
    }

    /// How often it may be sent, 1 to 10.
    #[must_use]
    pub fn attempts_max(self, attempts_max: u32) -> Self {
        Self { attempts_max: attempts_max.clamp(1, 10), ..self }
    }

    /// Sends a header with it, such as `user-agent` in place of ours or `authorization`. Its value is shown nowhere. A value
    /// that cannot stand in a header is [`crate::HttpError::BadHeader`] when it is sent.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push(Header { name, value: value.to_owned() });
        self
    }

    /// Asks with a form instead: a POST, and never conditional. It is repeated like any other question, so it is only for
    /// questions that do no harm when asked twice, such as for an access token; what must leave at most once is a
    /// [`crate::Post`]. The fields are shown nowhere. More than 4 KiB of them are [`crate::HttpError::FormTooLarge`] when
    /// they are sent.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut encoder = self.url.clone();
        encoder.query_pairs_mut().clear().extend_pairs(fields);
        Self { form: Some(Form(encoder.query().unwrap_or_default().to_owned())), ..self }
    }

    /// Says who asks by name and password (Basic authentication). Neither is shown anywhere.
    #[must_use]
    pub fn account(self, name: &str, password: &str) -> Self {
        Self { account: Some(Account { name: name.to_owned(), password: password.to_owned() }), ..self }
    }

    /// Asks only for what has changed since the last time, where the host supports it.
    #[must_use]
    pub fn conditional(self) -> Self {
        Self { conditional: true, ..self }
    }
}

/// A good reply.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The whole body, unpacked.
    pub body: Arc<[u8]>,
    /// The media type it came under.
    pub content_type: Option<String>,
    /// Whether the host said that nothing has changed and this is the earlier body.
    pub not_modified: bool,
    /// When it had arrived.
    pub received: Timestamp,
    /// How many attempts it took.
    pub attempts: u32,
}
