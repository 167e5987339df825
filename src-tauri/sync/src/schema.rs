//! The server's schema: the migrations that ship, and running them.
//!
//! Each file is plain SQL that a person may run by hand, writes its own number, and is one transaction here. A file that shipped
//! is never edited.

use crate::postgres::{Address, Failed, Postgres, unreadable};
use crate::{Identity, Result, SyncError, TraderId};

/// The schema this version writes.
pub const SERVER_SCHEMA: i32 = 1;

/// Number and text of every migration.
pub const MIGRATIONS: &[(i32, &str)] = &[(1, include_str!("../migrations/0001_facts.sql"))];

/// Two set-ups at once wait for each other under this number.
const LOCK: i64 = 0x6f6d_635f_7379_6e63;

/// Setting a database up, before there is a trader to speak for.
pub struct Setup {
    server: Postgres,
}

impl Setup {
    /// Connects as whoever the address says.
    ///
    /// # Errors
    /// Those of connecting.
    pub async fn connect(address: &Address) -> Result<Self> {
        Ok(Self { server: Postgres::connect(address, TraderId([0; 16])).await? })
    }

    /// Brings the schema to this version's; how many migrations ran.
    ///
    /// # Errors
    /// [`SyncError::NewerSchema`], [`SyncError::MissingRights`] and the server's; then nothing changed.
    pub async fn migrate(&mut self) -> Result<usize> {
        if self.server.version().await? == Some(SERVER_SCHEMA) {
            return Ok(0);
        }
        self.server.execute_script("BEGIN").await?;
        let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
        self.server.execute_script(&lock).await?;
        let found = self.server.version().await?.unwrap_or(0);
        if found > SERVER_SCHEMA {
            return Err(SyncError::NewerSchema { found, known: SERVER_SCHEMA });
        }
        let pending: Vec<_> = MIGRATIONS.iter().filter(|(version, _)| *version > found).collect();
        for (_, text) in &pending {
            self.server.execute_script(text).await?;
        }
        self.server.execute_script("COMMIT").await?;
        Ok(pending.len())
    }

    /// The traders this login belongs to.
    ///
    /// # Errors
    /// The server's.
    pub async fn traders(&mut self) -> Result<Vec<TraderId>> {
        self.server
            .plainly(|conn, _| {
                Box::pin(async move {
                    let query = sqlx::query_scalar("SELECT omc.my_traders()").persistent(false);
                    let found: Vec<Vec<u8>> = query.fetch_all(conn).await?;
                    let id = |bytes: Vec<u8>| bytes.try_into().map(TraderId).map_err(|_| unreadable("a trader's id"));
                    found.into_iter().map(id).collect()
                })
            })
            .await
    }

    /// Makes this login one of the trader's. Only the schema's owner may.
    ///
    /// # Errors
    /// [`SyncError::NotMember`] for others; the server's.
    pub async fn add_member(&mut self, trader: TraderId) -> Result<()> {
        let added = self.server.plainly(move |conn, _| {
            Box::pin(async move {
                let add = "INSERT INTO omc.members (trader, login) VALUES ($1, session_user) ON CONFLICT DO NOTHING";
                sqlx::query(add).bind(trader.0.to_vec()).persistent(false).execute(conn).await?;
                Ok(())
            })
        });
        match added.await {
            Err(SyncError::MissingRights(_)) => Err(SyncError::NotMember),
            other => other,
        }
    }

    /// Makes a device known with its key.
    ///
    /// # Errors
    /// [`SyncError::Copied`] when it is known with another; the server's.
    pub async fn join(self, identity: &Identity) -> Result<Postgres> {
        use crate::port::Server;
        let mut server = self.server.speaking_for(identity.trader_id());
        let peer = identity.peer();
        server.register(peer.device, Some(&peer)).await?;
        let look = server.look().await?;
        let there = look.devices.into_iter().find(|remote| remote.end.device == peer.device);
        match there.and_then(|remote| remote.peer) {
            Some(known) if known.public_key == peer.public_key => Ok(server),
            Some(_) => Err(SyncError::Copied),
            None => Err(SyncError::NotMember),
        }
    }
}

/// Refuses a schema that is not this version's.
pub(crate) fn check(found: Option<i32>) -> Result<()> {
    match found {
        None => Err(SyncError::NoSchema),
        Some(found) if found < SERVER_SCHEMA => Err(SyncError::OlderSchema { found, known: SERVER_SCHEMA }),
        Some(found) if found > SERVER_SCHEMA => Err(SyncError::NewerSchema { found, known: SERVER_SCHEMA }),
        Some(_) => Ok(()),
    }
}

/// What the server's codes mean.
pub(crate) fn refusal(host: &str, error: &dyn sqlx::error::DatabaseError) -> Failed {
    let words = || error.message().chars().filter(|c| !c.is_control()).take(300).collect::<String>();
    let code = error.code().unwrap_or_default();
    Failed(match &*code {
        "28P01" | "28000" => SyncError::WrongPassword,
        "3D000" => SyncError::NoDatabase(words()),
        "42501" => SyncError::MissingRights(words()),
        "3F000" | "42P01" | "42883" => SyncError::NoSchema,
        "53100" => SyncError::Full(words()),
        "57014" => SyncError::Silent { host: host.to_owned(), seconds: crate::postgres::ASKED_MAX.as_secs() },
        "57P01" | "57P02" | "57P03" | "53300" => SyncError::Unreachable { host: host.to_owned(), detail: words() },
        code if code.starts_with("08") => SyncError::Unreachable { host: host.to_owned(), detail: words() },
        _ => SyncError::Refused(words()),
    })
}
