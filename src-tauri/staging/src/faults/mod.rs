//! Faults on demand: a script of rules, each a route pattern, when it fires, and what goes wrong.
//!
//! The script is plain data; [`engine`] decides per request, the server carries it out.

pub(crate) mod engine;

use serde::{Deserialize, Serialize};
use std::path::Path;
use thiserror::Error;

const MAX_RULES: usize = 1_000;
const MAX_WAIT_MS: u64 = 600_000;
const MAX_BYTES: u64 = 1 << 33;
const SKEW_SECONDS_MAX: u64 = 366 * 86_400;

/// Why a faults file was refused.
#[derive(Debug, Error)]
pub enum FaultsError {
    /// The file can't be read.
    #[error("{file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It isn't JSON of the documented form.
    #[error("faults: {0}; see the documentation of the crate staging for the form")]
    Form(#[from] serde_json::Error),
    /// A rule asks for something out of bounds.
    #[error("faults: rule {rule} (counted from 0): {reason}")]
    Rule {
        /// Its place in the list.
        rule: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl FaultsError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "faults_unreadable",
            Self::Form(_) => "faults_form",
            Self::Rule { .. } => "faults_rule",
        }
    }
}

/// A script of faults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// Decides about rules with a `percent` below 100.
    #[serde(default)]
    pub seed: u64,
    /// All of them are asked, in this order.
    pub rules: Vec<Rule>,
}

/// When something goes wrong, and what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Matched against the path without its query; `*` stands for any run of characters.
    pub path: String,
    /// Only this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// So many matching requests pass first.
    #[serde(default)]
    pub after: u64,
    /// The rule ends after so many faults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How likely it fires, 0 to 100.
    #[serde(default = "always")]
    pub percent: u8,
    /// Whether the request takes effect at the exchange before its reply goes wrong. Only for the private half.
    #[serde(default = "yes")]
    pub reaches: bool,
    /// What goes wrong.
    pub fault: Fault,
}

fn always() -> u8 {
    100
}

fn yes() -> bool {
    true
}

/// What goes wrong. The module documentation of the crate has the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The reply comes later.
    Delay {
        /// How much later, in real time.
        ms: u64,
    },
    /// Nothing is ever sent.
    Stall {},
    /// A few bytes at a time.
    Drip {
        /// Bytes at a time.
        #[serde(default = "one")]
        bytes: u32,
        /// The time between.
        #[serde(default = "second")]
        every_ms: u64,
    },
    /// TCP reset.
    Reset {
        /// After so many bytes of the body; none: before any byte of the reply.
        #[serde(default)]
        after_body_bytes: Option<u64>,
    },
    /// `Content-Length` promises more than is sent.
    Truncate {
        /// So many bytes of the body are sent; none: half of it.
        #[serde(default)]
        body_bytes: Option<u64>,
    },
    /// Another status.
    Status {
        /// The status.
        code: u16,
        /// Its body.
        #[serde(default)]
        body: String,
        /// The type of its body.
        #[serde(default = "plain_text")]
        content_type: String,
        /// `Retry-After`, as it is.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// 429.
    TooMany {
        /// `Retry-After`, as it is.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// An HTML challenge page where data was asked for.
    BlockPage {
        /// Its status.
        #[serde(default = "ok")]
        status: u16,
    },
    /// 200 with another body.
    Body {
        /// The body.
        body: String,
        /// Its type.
        #[serde(default = "json")]
        content_type: String,
    },
    /// 200 with nothing in it.
    EmptyBody {},
    /// 200 with a great many blanks.
    Huge {
        /// How many.
        bytes: u64,
        /// In chunks, so that no length is announced.
        #[serde(default)]
        chunked: bool,
    },
    /// A small gzip body that unpacks to a great many blanks.
    ZipBomb {
        /// How many.
        bytes: u64,
    },
    /// The right body under a wrong type.
    WrongType {
        /// That type.
        #[serde(default = "octets")]
        content_type: String,
    },
    /// A redirect.
    Redirect {
        /// Where to.
        location: String,
        /// Its status.
        #[serde(default = "found")]
        code: u16,
    },
    /// 304, asked for or not: also after the client lost its copy.
    NotModified {},
    /// Those bytes and nothing else.
    Raw {
        /// The bytes.
        text: String,
    },
    /// The whole reply of the moment the rule first fired, under a fresh `Date`.
    Freeze {},
    /// Wrong prices.
    Price {
        /// One coin (ticker or key); none: all.
        #[serde(default)]
        coin: Option<String>,
        /// How they are wrong.
        change: PriceChange,
    },
    /// Wrong items in a feed, the mood index or the announcements.
    Items {
        /// How they are wrong.
        change: ItemChange,
    },
    /// A field renamed.
    Rename {
        /// The JSON field or HTML attribute.
        from: String,
        /// Its new name.
        to: String,
    },
    /// Names that carry script and orders in words.
    HostileNames {},
    /// A `Date` that is off, as of a clock that is.
    ClockSkew {
        /// How far ahead it is; below zero, behind.
        seconds: i64,
    },
}

/// How the items of a list are wrong: the newest of them, or the list as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemChange {
    /// The newest has no date.
    Undated,
    /// The date of the newest (in the mood index its figure) is `NaN`.
    Nan,
    /// The newest is of next year, or later.
    Future,
    /// A field of the newest has another type.
    Mistyped,
    /// A text of the newest is very long.
    Giant,
    /// The first is there again at the end.
    Duplicated,
    /// Oldest first.
    Reordered,
}

/// How a price is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceChange {
    /// `NaN`.
    Nan,
    /// `0`.
    Zero,
    /// Below zero.
    Negative,
    /// `1e400`.
    Overflow,
    /// A hundred times as much.
    #[serde(rename = "times_100")]
    Times100,
    /// Bid above ask, Sell above Buy.
    Crossed,
    /// The coin isn't there.
    Missing,
    /// The empty string.
    Empty,
}

impl PriceChange {
    /// One price, bent; `Crossed` and `Missing` are not about one price.
    pub(crate) fn apply(self, price: String) -> String {
        match self {
            Self::Nan => "NaN".into(),
            Self::Zero => "0".into(),
            Self::Negative => format!("-{price}"),
            Self::Overflow => "1e400".into(),
            Self::Times100 => {
                let product = price.parse::<rust_decimal::Decimal>().ok().and_then(|p| p.checked_mul(100.into()));
                product.map_or(price, |p| p.normalize().to_string())
            }
            Self::Empty => String::new(),
            Self::Crossed | Self::Missing => price,
        }
    }
}

impl Fault {
    /// Its `kind` in the file.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::Stall {} => "stall",
            Self::Drip { .. } => "drip",
            Self::Reset { .. } => "reset",
            Self::Truncate { .. } => "truncate",
            Self::Status { .. } => "status",
            Self::TooMany { .. } => "too_many",
            Self::BlockPage { .. } => "block_page",
            Self::Body { .. } => "body",
            Self::EmptyBody {} => "empty_body",
            Self::Huge { .. } => "huge",
            Self::ZipBomb { .. } => "zip_bomb",
            Self::WrongType { .. } => "wrong_type",
            Self::Redirect { .. } => "redirect",
            Self::NotModified {} => "not_modified",
            Self::Raw { .. } => "raw",
            Self::Freeze {} => "freeze",
            Self::Price { .. } => "price",
            Self::Items { .. } => "items",
            Self::Rename { .. } => "rename",
            Self::HostileNames {} => "hostile_names",
            Self::ClockSkew { .. } => "clock_skew",
        }
    }

    fn check(&self) -> Result<(), &'static str> {
        let within = |ok: bool, reason| if ok { Ok(()) } else { Err(reason) };
        match self {
            Self::Delay { ms } => within(*ms <= MAX_WAIT_MS, "ms is more than 600000 (10 minutes)"),
            Self::Drip { bytes, every_ms } => {
                within(*bytes > 0 && *every_ms <= MAX_WAIT_MS, "bytes is 0 or every_ms above 600000")
            }
            Self::Huge { bytes, .. } | Self::ZipBomb { bytes } => {
                within(*bytes <= MAX_BYTES, "bytes is more than 8 GiB")
            }
            Self::Status { code, .. } | Self::BlockPage { status: code } | Self::Redirect { code, .. } => {
                within((200..=599).contains(code), "the status isn't 200 to 599")
            }
            Self::ClockSkew { seconds } => {
                within(seconds.unsigned_abs() <= SKEW_SECONDS_MAX, "seconds is more than a year")
            }
            Self::Rename { from, .. } => within(!from.is_empty(), "from is empty"),
            _ => Ok(()),
        }?;
        within(self.header_values().all(|v| !v.contains(['\r', '\n'])), "a header value contains a line break")
    }

    fn header_values(&self) -> impl Iterator<Item = &String> {
        match self {
            Self::Status { content_type, retry_after, .. } => [Some(content_type), retry_after.as_ref()],
            Self::TooMany { retry_after } => [retry_after.as_ref(), None],
            Self::Body { content_type, .. } | Self::WrongType { content_type } => [Some(content_type), None],
            Self::Redirect { location, .. } => [Some(location), None],
            _ => [None, None],
        }
        .into_iter()
        .flatten()
    }
}

impl Rule {
    /// A fault on every request whose path matches.
    pub fn on(path: &str, fault: Fault) -> Self {
        Self { path: path.to_owned(), method: None, after: 0, times: None, percent: 100, reaches: true, fault }
    }

    /// Only for this method.
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// So many matching requests pass first.
    pub fn after(mut self, requests: u64) -> Self {
        self.after = requests;
        self
    }

    /// It ends after so many faults.
    pub fn times(mut self, faults: u64) -> Self {
        self.times = Some(faults);
        self
    }

    /// The request is lost before it takes effect; for faults that take the place of the reply or cut it off.
    pub fn unreached(mut self) -> Self {
        self.reaches = false;
        self
    }

    /// It fires with this likelihood, 0 to 100.
    pub fn percent(mut self, percent: u8) -> Self {
        self.percent = percent;
        self
    }
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// One more rule.
    pub fn with(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Reads the JSON form.
    pub fn from_json(text: &str) -> Result<Self, FaultsError> {
        let faults: Self = serde_json::from_str(text)?;
        faults.check()?;
        Ok(faults)
    }

    /// Reads a file of the JSON form.
    pub fn from_file(path: &Path) -> Result<Self, FaultsError> {
        let unreadable = |source| FaultsError::Read { file: path.display().to_string(), source };
        Self::from_json(&std::fs::read_to_string(path).map_err(unreadable)?)
    }

    /// Whether every rule is within bounds.
    pub fn check(&self) -> Result<(), FaultsError> {
        if self.rules.len() > MAX_RULES {
            return Err(FaultsError::Rule { rule: MAX_RULES, reason: "more than 1000 rules" });
        }
        for (rule, found) in self.rules.iter().enumerate() {
            let refuse = |reason| FaultsError::Rule { rule, reason };
            if found.percent > 100 {
                return Err(refuse("percent is above 100"));
            }
            found.fault.check().map_err(refuse)?;
        }
        Ok(())
    }
}

fn one() -> u32 {
    1
}

fn second() -> u64 {
    1_000
}

fn ok() -> u16 {
    200
}

fn found() -> u16 {
    302
}

fn plain_text() -> String {
    "text/plain; charset=utf-8".into()
}

fn json() -> String {
    "application/json; charset=utf-8".into()
}

fn octets() -> String {
    "application/octet-stream".into()
}
