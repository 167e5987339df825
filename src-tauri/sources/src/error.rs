//! Why a service brought nothing.

use ledgers::{CollectError, Rejected, SourceInfo};
use omc_http::HttpError;

/// Why a service brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// No usable reply.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The reply is not the JSON it should be.
    #[error("the reply of {service} is not readable: {reason}")]
    NotJson {
        /// Who was asked.
        service: &'static str,
        /// Where reading stopped.
        reason: String,
    },
    /// The reply is not a feed at all: a block page, a notice.
    #[error("{service} sent something that is no feed: {reason}. It may be blocking this machine")]
    NotFeed {
        /// Who was asked.
        service: &'static str,
        /// What it is.
        reason: String,
    },
    /// The feed breaks off before its first whole item.
    #[error("the feed of {service} is not readable: {reason}")]
    BadXml {
        /// Who was asked.
        service: &'static str,
        /// Where reading stopped.
        reason: String,
    },
    /// The service said no.
    #[error("{service} refused: '{message}'")]
    Refused {
        /// Who was asked.
        service: &'static str,
        /// Its words, made harmless.
        message: String,
    },
    /// What the plan allows is used up.
    #[error(
        "{service} takes no more requests for now: the allowance of the plan may be used up. It is shown in the account there; \
         ask less often, or take another plan"
    )]
    AllowanceUsedUp {
        /// Who was asked.
        service: &'static str,
    },
    /// Something a person has to set is not set; nothing was asked.
    #[error("{message}")]
    NotConfigured {
        /// What is missing, and what to do.
        message: String,
    },
    /// The reply is about somebody else than was asked for.
    #[error("{service} was asked about {asked} and spoke of another: {found}. Nothing of it was stored")]
    WrongSubject {
        /// Who was asked.
        service: &'static str,
        /// About whom.
        asked: String,
        /// Whom the reply is about, made harmless.
        found: String,
    },
    /// Columns that should be read side by side have different lengths.
    #[error("the columns in the reply of {service} have different lengths: {reason}. Nothing of it was stored")]
    UnequalColumns {
        /// Who was asked.
        service: &'static str,
        /// Which ones.
        reason: String,
    },
    /// The reply reads, but nothing good is in it: its form may have changed.
    #[error("the reply of {service} holds nothing usable: {reason}. Its form may have changed; nothing was stored")]
    SchemaChanged {
        /// Who was asked.
        service: &'static str,
        /// What was looked for.
        reason: String,
    },
}

impl SourceError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Http(error) => error.code(),
            Self::NotJson { .. } => "not_json",
            Self::NotFeed { .. } => "not_feed",
            Self::BadXml { .. } => "bad_xml",
            Self::Refused { .. } => "refused",
            Self::AllowanceUsedUp { .. } => "allowance_used_up",
            Self::NotConfigured { .. } => "not_configured",
            Self::WrongSubject { .. } => "wrong_subject",
            Self::UnequalColumns { .. } => "unequal_columns",
            Self::SchemaChanged { .. } => "schema_changed",
        }
    }

    /// Whether this machine has no way to the service at all.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Http(error) if error.is_offline())
    }

    /// As the failed run of a source.
    pub(crate) fn of(self, source: SourceInfo) -> CollectError {
        CollectError { source_name: source.name, code: self.code(), message: self.to_string() }
    }

    /// Nothing was left of a reply.
    pub(crate) fn nothing_left(service: &'static str, rejected: &[Rejected], expected: &str) -> Self {
        let reason = rejected.first().map_or_else(
            || format!("no {expected} in it"),
            |first| format!("all {} {expected} were refused, the first: {first}", rejected.len()),
        );
        Self::SchemaChanged { service, reason }
    }
}
