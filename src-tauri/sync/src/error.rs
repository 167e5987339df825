//! What can go wrong between a workspace and its Postgres, with stable codes.

use domain::DeviceId;

/// The result of everything here.
pub type Result<T, E = SyncError> = std::result::Result<T, E>;

/// Why there was no sync, or not of everything. The journal of this device is whole in every case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// The address is none.
    #[error(
        "the secret postgres_url is no address of a Postgres ({0}): give it as postgres://user:password@host/database"
    )]
    BadAddress(&'static str),
    /// A connection that others could read.
    #[error(
        "a connection to {host} without a proven TLS certificate is refused: leave sslmode out of the address, or write sslmode=verify-full"
    )]
    Plaintext {
        /// Where.
        host: String,
    },
    /// TLS could not be had, or the certificate proves nothing.
    #[error("no safe connection to {host}: {detail}")]
    Tls {
        /// Where.
        host: String,
        /// What the library said.
        detail: String,
    },
    /// Nobody answers.
    #[error("{host} can't be reached: {detail}")]
    Unreachable {
        /// Where.
        host: String,
        /// What the system said.
        detail: String,
    },
    /// It answers no more.
    #[error("{host} did not answer within {seconds} s")]
    Silent {
        /// Where.
        host: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// User or password is another.
    #[error("the server refuses user or password: look at the secret postgres_url")]
    WrongPassword,
    /// There is no such database.
    #[error("the server has no such database: {0}")]
    NoDatabase(String),
    /// The login may not do it.
    #[error("the login lacks rights on the server: {0}; docs/sync.md says which it needs")]
    MissingRights(String),
    /// It has nothing of ours.
    #[error("the database is not set up: run `omc sync init`")]
    NoSchema,
    /// It was set up by an older version.
    #[error(
        "the database has schema {found}, this version writes {known}: run `omc sync init` with a login that owns the schema"
    )]
    OlderSchema {
        /// Its schema.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// A newer version set it up.
    #[error("the database has schema {found}, this version knows {known}: update the application; nothing was changed")]
    NewerSchema {
        /// Its schema.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// There is a trader already, and nothing that shows this is one of their devices.
    #[error(
        "this database holds a trader's facts already: run `omc sync code` on a device that is in sync and give the code to `omc sync init --join`"
    )]
    CodeNeeded,
    /// A join code that is none.
    #[error("that is no join code: it begins with omc1- and is shown by `omc sync code`")]
    BadCode,
    /// The login does not belong to the trader.
    #[error("the login does not belong to this trader on the server: its owner adds it to omc.members (docs/sync.md)")]
    NotMember,
    /// No room.
    #[error("the server has no room left: {0}")]
    Full(String),
    /// Another refusal of the server's.
    #[error("the server refused: {0}")]
    Refused(String),
    /// What came is no fact.
    #[error("the server's data can't be read: {0}")]
    Unreadable(String),
    /// Two chains under one device.
    #[error(
        "device {device} has two different facts {seq}, here and on the server: a workspace was copied or set back, and both went on; nothing was taken over"
    )]
    Forked {
        /// The device.
        device: DeviceId,
        /// The first fact known to differ.
        seq: u64,
    },
    /// Facts that do not follow each other.
    #[error(
        "the server's fact {seq} of device {device} does not follow the one before it: it was made up, changed, moved or left out; nothing of this was taken over"
    )]
    BrokenChain {
        /// The device.
        device: DeviceId,
        /// The first one.
        seq: u64,
    },
    /// A signature that is not the device's, or the trader's.
    #[error(
        "what the server says of device {device} is not signed by {signer}: it was made up or changed; nothing of this was taken over"
    )]
    BadSignature {
        /// The device.
        device: DeviceId,
        /// Who should have signed.
        signer: &'static str,
    },
    /// A key that was another.
    #[error("the server shows another key for device {0} than the one it joined with: nothing of this was taken over")]
    KeyChanged(DeviceId),
    /// Facts that nobody signed.
    #[error("facts of device {device} from {seq} on are not signed by it: they are not taken over")]
    Unproven {
        /// The device.
        device: DeviceId,
        /// The first one.
        seq: u64,
    },
    /// A device saw facts that the server does not show.
    #[error(
        "the server shows facts of device {device} only up to {shown}, but device {by} saw fact {seen} there: some were left out or lost"
    )]
    Withheld {
        /// Whose.
        device: DeviceId,
        /// Up to where it is shown.
        shown: u64,
        /// Who saw more.
        by: DeviceId,
        /// How much.
        seen: u64,
    },
    /// This workspace carries another machine's identity.
    #[error(
        "this workspace was copied from another machine, or its keyring was emptied: its device key is not the one it joined with; see docs/sync.md, \"A copied workspace\""
    )]
    Copied,
    /// The journal on this machine.
    #[error("{message}")]
    Journal {
        /// Its code.
        code: &'static str,
        /// Its words.
        message: String,
    },
}

impl SyncError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadAddress(_) => "bad_postgres_url",
            Self::Plaintext { .. } => "plaintext_refused",
            Self::Tls { .. } => "tls_refused",
            Self::Unreachable { .. } => "server_unreachable",
            Self::Silent { .. } => "server_silent",
            Self::WrongPassword => "wrong_password",
            Self::NoDatabase(_) => "no_database",
            Self::MissingRights(_) => "missing_rights",
            Self::NoSchema => "no_server_schema",
            Self::OlderSchema { .. } => "older_server_schema",
            Self::NewerSchema { .. } => "newer_server_schema",
            Self::CodeNeeded => "join_code_needed",
            Self::BadCode => "bad_join_code",
            Self::NotMember => "not_a_member",
            Self::Full(_) => "server_full",
            Self::Refused(_) => "server_refused",
            Self::Unreadable(_) => "server_unreadable",
            Self::Forked { .. } => "forked",
            Self::BrokenChain { .. } => "broken_chain",
            Self::BadSignature { .. } => "bad_signature",
            Self::KeyChanged(_) => "device_key_changed",
            Self::Unproven { .. } => "unproven_facts",
            Self::Withheld { .. } => "facts_withheld",
            Self::Copied => "copied_workspace",
            Self::Journal { code, .. } => code,
        }
    }

    /// Whether it is only that the server is out of reach: trying again later is all there is to do.
    #[must_use]
    pub const fn is_offline(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Silent { .. })
    }
}
