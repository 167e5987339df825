//! Everything that can go wrong, with stable codes for scripts and words for people.

use crate::dto::{ErrorView, OrderView, RejectedLine};
use crate::import::TradeFileError;
use domain::Denial;

/// The result of every command.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command did not do what was asked. Nothing was changed, unless the variant says so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request itself makes no sense: exit code 2.
    #[error("{message}")]
    Usage {
        /// Stable, snake_case.
        code: &'static str,
        /// What to write instead.
        message: String,
    },
    /// Refused by a rule.
    #[error("{message}")]
    Refused {
        /// Stable, snake_case.
        code: String,
        /// Which rule, and what to do.
        message: String,
    },
    /// A file with bad lines was refused whole.
    #[error("{file}: {} bad line(s), nothing was imported; first: line {}: {}", .rejected.len(), first_line(.rejected), first_reason(.rejected))]
    BadLines {
        /// The file.
        file: String,
        /// Data rows read.
        read: u64,
        /// Every bad line.
        rejected: Vec<RejectedLine>,
    },
    /// A file that is no trade file.
    #[error("{file}: {source}")]
    TradeFile {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: TradeFileError,
    },
    /// An order whose fate nobody knows yet. It is recorded.
    #[error("the order {} may or may not be at the venue: its market is locked until that is known", .order.id)]
    OrderUnknown {
        /// The order as it stands.
        order: Box<OrderView>,
    },
    /// The workspace.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The books.
    #[error(transparent)]
    Books(#[from] books::BooksError),
    /// A file could not be written.
    #[error(transparent)]
    Report(#[from] reports::ReportError),
    /// An amount that cannot be.
    #[error(transparent)]
    Amount(#[from] domain::AmountError),
    /// A file or socket of ours.
    #[error("{what}: {source}")]
    Io {
        /// Which one, and what was tried.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// An outside service.
    #[error("{message}")]
    Outside {
        /// Stable, snake_case.
        code: String,
        /// Which service, what happened, what still works.
        message: String,
    },
    /// What the process that holds the workspace said.
    #[error("{message}")]
    Holder {
        /// Stable, snake_case.
        code: String,
        /// In its words.
        message: String,
        /// Whether the request was wrong rather than refused.
        is_usage: bool,
    },
    /// Facts that contradict each other: trading is halted.
    #[error("trading is halted: {0}; run `omc verify`")]
    Halted(String),
}

fn first_line(rejected: &[RejectedLine]) -> u64 {
    rejected.first().map_or(0, |line| line.line)
}

fn first_reason(rejected: &[RejectedLine]) -> &str {
    rejected.first().map_or("", |line| line.reason.as_str())
}

impl Error {
    /// A request that makes no sense.
    pub fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::Usage { code, message: message.into() }
    }

    /// A refusal.
    pub fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::Refused { code: code.to_owned(), message: message.into() }
    }

    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Usage { code, .. } => (*code).to_owned(),
            Self::Refused { code, .. } | Self::Outside { code, .. } | Self::Holder { code, .. } => code.clone(),
            Self::BadLines { .. } => "bad_lines".to_owned(),
            Self::TradeFile { source, .. } => source.code().to_owned(),
            Self::OrderUnknown { .. } => "order_unknown".to_owned(),
            Self::Store(error) => error.code().to_owned(),
            Self::Books(error) => error.code().to_owned(),
            Self::Report(error) => error.code().to_owned(),
            Self::Amount(error) => error.code().to_owned(),
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => "disk_full".to_owned(),
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => "not_found".to_owned(),
            Self::Io { .. } => "io".to_owned(),
            Self::Halted(_) => "halted".to_owned(),
        }
    }

    /// Whether the request was wrong rather than refused: exit code 2.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Usage { .. } | Self::Holder { is_usage: true, .. })
    }

    /// As the window gets it.
    #[must_use]
    pub fn view(&self) -> ErrorView {
        ErrorView { code: self.code(), message: self.to_string() }
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Refused { code: denial.code, message: denial.message }
    }
}
