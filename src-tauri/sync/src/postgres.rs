//! The server as a Postgres, over one connection.
//!
//! Invariants: TLS with a proven certificate, but on this machine; each exchange is one transaction that begins by taking the
//! role without rights to change or make anything and by naming the trader, so that it works behind a pooler; nothing is
//! prepared under a name; every wait ends. Deliberately absent: retries, which the caller paces.

use crate::claim::SignedClaim;
use crate::identity::{Peer, TraderId};
use crate::port::{Look, Remote, Server};
use crate::schema::{check, refusal};
use crate::{CHECKPOINT_FACTS, Result, SyncError};
use domain::{ChainEnd, DeviceId, FactHash, SealedFact, Timestamp};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, PgConnection, Row};
use std::str::FromStr;
use std::time::Duration;
use tokio::time::timeout;

/// How long connecting may take.
const CONNECTED_MAX: Duration = Duration::from_secs(10);
/// How long an exchange may take.
pub(crate) const ASKED_MAX: Duration = Duration::from_secs(30);
/// What may stand in an address behind the question mark.
const PARAMETERS: [&str; 6] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "application_name"];

/// Where the server is and who speaks to it. Holds a password: never shown.
#[derive(Clone)]
pub struct Address {
    options: PgConnectOptions,
    host: String,
}

/// A fact as the server keeps it: number, time, kind, body, link.
type FactRow = (i64, i64, i32, Vec<u8>, Vec<u8>);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Address {
    /// Reads `postgres://user:password@host/database`. Anywhere but on this machine the certificate is proven.
    ///
    /// # Errors
    /// [`SyncError::BadAddress`], [`SyncError::Plaintext`]; never with the address in their words.
    pub fn parse(url: &str) -> Result<Self> {
        let url = url.trim();
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(SyncError::BadAddress("it does not begin with postgres://"));
        }
        // A parameter the library does not know would be logged with its value.
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let known = |pair: &&str| PARAMETERS.iter().any(|name| pair.split('=').next() == Some(name));
        let kept: Vec<&str> = query.split('&').filter(known).collect();
        let says_mode = kept.iter().any(|pair| pair.starts_with("sslmode="));
        let options = PgConnectOptions::from_str(&format!("{base}?{}", kept.join("&")))
            .map_err(|_| SyncError::BadAddress("its parts can't be told apart"))?;
        let is_socket = options.get_socket().is_some();
        let host = options.get_host().to_owned();
        let is_here = is_socket || matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1" | "[::1]");
        let mode = match options.get_ssl_mode() {
            _ if !says_mode && is_here => PgSslMode::Prefer,
            _ if !says_mode => PgSslMode::VerifyFull,
            PgSslMode::VerifyFull => PgSslMode::VerifyFull,
            mode if is_here => mode,
            _ => return Err(SyncError::Plaintext { host }),
        };
        let options = options
            .ssl_mode(mode)
            .statement_cache_capacity(0)
            .extra_float_digits(None)
            .application_name("oh-my-coins")
            .disable_statement_logging();
        Ok(Self { options, host })
    }

    /// The server's name.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// An error of the server's, read.
pub(crate) struct Failed(pub SyncError);

fn failed(host: &str, error: &sqlx::Error) -> SyncError {
    let detail = || error.to_string().chars().filter(|c| !c.is_control()).take(300).collect::<String>();
    match error {
        sqlx::Error::Database(inner) => refusal(host, inner.as_ref()).0,
        sqlx::Error::Tls(_) => SyncError::Tls { host: host.to_owned(), detail: detail() },
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::PoolClosed => {
            SyncError::Unreachable { host: host.to_owned(), detail: detail() }
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => SyncError::Unreadable(detail()),
        _ => SyncError::Refused(detail()),
    }
}

/// A connection that speaks for one trader.
pub struct Postgres {
    /// None after a failure: half an exchange is never gone on with.
    conn: Option<PgConnection>,
    host: String,
    trader: TraderId,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").field("host", &self.host).field("trader", &self.trader).finish_non_exhaustive()
    }
}

impl Postgres {
    /// Connects.
    ///
    /// # Errors
    /// [`SyncError::Unreachable`], [`SyncError::Tls`], [`SyncError::WrongPassword`] and the like.
    pub async fn connect(address: &Address, trader: TraderId) -> Result<Self> {
        let host = address.host.clone();
        let silent = SyncError::Silent { host: host.clone(), seconds: CONNECTED_MAX.as_secs() };
        let conn = timeout(CONNECTED_MAX, PgConnection::connect_with(&address.options)).await.map_err(|_| silent)?;
        let conn = conn.map_err(|error| failed(&host, &error))?;
        Ok(Self { conn: Some(conn), host, trader })
    }

    /// Whether an exchange failed: then connect anew.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        self.conn.is_none()
    }

    pub(crate) fn speaking_for(mut self, trader: TraderId) -> Self {
        self.trader = trader;
        self
    }

    /// Refuses a schema that is not this version's.
    ///
    /// # Errors
    /// [`SyncError::NoSchema`], [`SyncError::OlderSchema`], [`SyncError::NewerSchema`].
    pub async fn check_schema(&mut self) -> Result<()> {
        check(self.version().await?)
    }

    /// The schema's version; none without one.
    pub(crate) async fn version(&mut self) -> Result<Option<i32>> {
        self.plainly(|conn, _| {
            Box::pin(async move {
                let there = sqlx::query_scalar("SELECT to_regclass('omc.versions') IS NOT NULL").persistent(false);
                let there: bool = there.fetch_one(&mut *conn).await?;
                if !there {
                    return Ok(None);
                }
                let version = sqlx::query_scalar("SELECT max(version) FROM omc.versions").persistent(false);
                Ok(version.fetch_one(conn).await?)
            })
        })
        .await
    }

    pub(crate) async fn execute_script(&mut self, text: &str) -> Result<()> {
        let text = text.to_owned();
        self.plainly(|conn, _| {
            Box::pin(async move {
                sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// Asks something as whoever connected.
    pub(crate) async fn plainly<T: Send>(
        &mut self,
        work: impl for<'c> FnOnce(&'c mut PgConnection, Vec<u8>) -> Work<'c, T> + Send,
    ) -> Result<T> {
        self.ask(None, work).await
    }

    /// One transaction as the trader.
    async fn exchange<T: Send>(
        &mut self,
        work: impl for<'c> FnOnce(&'c mut PgConnection, Vec<u8>) -> Work<'c, T> + Send,
    ) -> Result<T> {
        let begin = format!(
            "BEGIN; SET LOCAL ROLE omc_app; SET LOCAL omc.trader = '{}'; SET LOCAL statement_timeout = '{}s'",
            self.trader,
            ASKED_MAX.as_secs()
        );
        self.ask(Some(begin), work).await
    }

    async fn ask<T: Send>(
        &mut self,
        begin: Option<String>,
        work: impl for<'c> FnOnce(&'c mut PgConnection, Vec<u8>) -> Work<'c, T> + Send,
    ) -> Result<T> {
        let trader = self.trader.0.to_vec();
        let host = self.host.clone();
        let gone = || SyncError::Unreachable { host: host.clone(), detail: "the connection was given up".to_owned() };
        // Taken out: after a failure, or a call dropped half-way, nothing goes on with it.
        let mut conn = self.conn.take().ok_or_else(gone)?;
        let in_transaction = begin.is_some();
        let asked = async {
            if let Some(begin) = begin {
                sqlx::raw_sql(sqlx::AssertSqlSafe(begin)).execute(&mut conn).await?;
            }
            let value = work(&mut conn, trader).await?;
            if in_transaction {
                sqlx::raw_sql("COMMIT").execute(&mut conn).await?;
            }
            Ok::<T, Stop>(value)
        };
        match timeout(ASKED_MAX, asked).await {
            Ok(Ok(value)) => {
                self.conn = Some(conn);
                Ok(value)
            }
            Ok(Err(Stop::Sql(error))) => Err(failed(&host, &error)),
            Ok(Err(Stop::Sync(error))) => Err(error),
            Err(_) => Err(SyncError::Silent { host, seconds: ASKED_MAX.as_secs() }),
        }
    }
}

/// Why an exchange was given up.
pub(crate) enum Stop {
    Sql(sqlx::Error),
    Sync(SyncError),
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

/// What is asked, on the connection it is handed.
pub(crate) type Work<'c, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, Stop>> + Send + 'c>>;

pub(crate) fn unreadable(what: &str) -> Stop {
    Stop::Sync(SyncError::Unreadable(what.to_owned()))
}

fn hash(bytes: Vec<u8>) -> Result<FactHash, Stop> {
    bytes.try_into().map(FactHash).map_err(|_| unreadable("a link has not 32 bytes"))
}

fn claim(device: DeviceId, seq: i64, body: Vec<u8>, signature: Vec<u8>) -> Result<SignedClaim, Stop> {
    let signature = signature.try_into().map_err(|_| unreadable("a signature has not 64 bytes"))?;
    Ok(SignedClaim { device, seq: seq.unsigned_abs(), body, signature })
}

fn remote(row: &sqlx::postgres::PgRow) -> Result<Remote, Stop> {
    let device: Vec<u8> = row.try_get(0)?;
    let device = DeviceId::from_slice(&device).map_err(|_| unreadable("a device's id"))?;
    let end = match (row.try_get::<Option<i64>, _>(1)?, row.try_get::<Option<Vec<u8>>, _>(2)?) {
        (Some(seq), Some(link)) => ChainEnd { device, seq: seq.unsigned_abs(), hash: hash(link)? },
        _ => ChainEnd::none(device),
    };
    let peer = match (row.try_get::<Option<Vec<u8>>, _>(3)?, row.try_get::<Option<Vec<u8>>, _>(4)?) {
        (Some(key), Some(certificate)) => Some(Peer {
            device,
            public_key: key.try_into().map_err(|_| unreadable("a device's key"))?,
            certificate: certificate.try_into().map_err(|_| unreadable("a device's certificate"))?,
        }),
        _ => None,
    };
    let head = match (row.try_get::<Option<i64>, _>(5)?, row.try_get(6)?, row.try_get(7)?) {
        (Some(seq), Some(body), Some(signature)) => Some(claim(device, seq, body, signature)?),
        _ => None,
    };
    Ok(Remote { end, peer, head })
}

const LOOK: &str = "SELECT d.device, f.seq, f.hash, k.public_key, k.certificate, h.seq, h.body, h.signature \
    FROM omc.devices d \
    LEFT JOIN LATERAL (SELECT seq, hash FROM omc.facts WHERE trader = d.trader AND device = d.device \
                       ORDER BY seq DESC LIMIT 1) f ON true \
    LEFT JOIN omc.device_keys k ON k.trader = d.trader AND k.device = d.device \
    LEFT JOIN omc.heads h ON h.trader = d.trader AND h.device = d.device \
    WHERE d.trader = $1 ORDER BY d.device LIMIT 4096";

const ADD_FACTS: &str = "INSERT INTO omc.facts (trader, device, seq, recorded_at, kind, body, hash) \
    SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[], $5::integer[], $6::bytea[], $7::bytea[]) \
    ON CONFLICT DO NOTHING";

const OTHERS: &str = "SELECT u.seq FROM unnest($3::bigint[], $4::bytea[]) AS u (seq, hash) \
    LEFT JOIN omc.facts f ON f.trader = $1 AND f.device = $2 AND f.seq = u.seq \
    WHERE f.hash IS DISTINCT FROM u.hash ORDER BY u.seq LIMIT 1";

const SET_HEAD: &str = "INSERT INTO omc.heads (trader, device, seq, body, signature) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (trader, device) DO UPDATE SET seq = excluded.seq, body = excluded.body, \
    signature = excluded.signature, written_at = now() WHERE heads.seq <= excluded.seq";

const ADD_CHECKPOINT: &str = "INSERT INTO omc.checkpoints (trader, device, seq, body, signature) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

async fn leave(conn: &mut PgConnection, trader: Vec<u8>, device: DeviceId, facts: &[SealedFact]) -> Result<(), Stop> {
    let of = device.bytes().to_vec();
    let seqs: Vec<i64> = facts.iter().map(|fact| fact.seq as i64).collect();
    let at: Vec<i64> = facts.iter().map(|fact| fact.recorded_at.micros()).collect();
    let kinds: Vec<i32> = facts.iter().map(|fact| i32::from(fact.kind)).collect();
    let bodies: Vec<&[u8]> = facts.iter().map(|fact| fact.body.as_slice()).collect();
    let hashes: Vec<&[u8]> = facts.iter().map(|fact| fact.hash.0.as_slice()).collect();
    let add = sqlx::query(ADD_FACTS).bind(&trader).bind(&of).bind(&seqs).bind(&at).bind(&kinds);
    let added = add.bind(&bodies).bind(&hashes).persistent(false).execute(&mut *conn).await?;
    if added.rows_affected() == facts.len() as u64 {
        return Ok(());
    }
    let others = sqlx::query_scalar(OTHERS).bind(&trader).bind(&of).bind(&seqs).bind(&hashes).persistent(false);
    let differs: Option<i64> = others.fetch_optional(conn).await?;
    match differs {
        None => Ok(()),
        Some(seq) => Err(Stop::Sync(SyncError::Forked { device, seq: seq.unsigned_abs() })),
    }
}

async fn write_claim(conn: &mut PgConnection, trader: &[u8], claim: &SignedClaim) -> Result<(), Stop> {
    let round = claim.seq.is_multiple_of(CHECKPOINT_FACTS);
    for query in std::iter::once(SET_HEAD).chain(round.then_some(ADD_CHECKPOINT)) {
        sqlx::query(query)
            .bind(trader)
            .bind(claim.device.bytes().to_vec())
            .bind(claim.seq as i64)
            .bind(&claim.body)
            .bind(claim.signature.to_vec())
            .persistent(false)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

impl Server for Postgres {
    async fn look(&mut self) -> Result<Look> {
        self.exchange(|conn, trader| {
            Box::pin(async move {
                let rows = sqlx::query(LOOK).bind(trader).persistent(false).fetch_all(conn).await?;
                Ok(Look { devices: rows.iter().map(remote).collect::<Result<_, _>>()? })
            })
        })
        .await
    }

    async fn checkpoint(&mut self, device: DeviceId, from_seq: u64) -> Result<Option<SignedClaim>> {
        self.exchange(move |conn, trader| {
            Box::pin(async move {
                let query = "SELECT seq, body, signature FROM omc.checkpoints \
                             WHERE trader = $1 AND device = $2 AND seq >= $3 ORDER BY seq LIMIT 1";
                let query = sqlx::query_as(query).bind(trader).bind(device.bytes().to_vec()).bind(from_seq as i64);
                let row: Option<(i64, Vec<u8>, Vec<u8>)> = query.persistent(false).fetch_optional(conn).await?;
                row.map(|(seq, body, signature)| claim(device, seq, body, signature)).transpose()
            })
        })
        .await
    }

    async fn facts(&mut self, device: DeviceId, after: u64, most: usize) -> Result<Vec<SealedFact>> {
        self.exchange(move |conn, trader| {
            Box::pin(async move {
                let query = "SELECT seq, recorded_at, kind, body, hash FROM omc.facts \
                             WHERE trader = $1 AND device = $2 AND seq > $3 ORDER BY seq LIMIT $4";
                let query = sqlx::query_as(query).bind(trader).bind(device.bytes().to_vec()).bind(after as i64);
                let rows: Vec<FactRow> = query.bind(most as i64).persistent(false).fetch_all(conn).await?;
                let fact = |(seq, at, kind, body, link): FactRow| {
                    Ok(SealedFact {
                        seq: seq.unsigned_abs(),
                        recorded_at: Timestamp::from_micros(at),
                        kind: u16::try_from(kind).map_err(|_| unreadable("a fact's kind"))?,
                        body,
                        hash: hash(link)?,
                    })
                };
                rows.into_iter().map(fact).collect()
            })
        })
        .await
    }

    async fn register(&mut self, device: DeviceId, peer: Option<&Peer>) -> Result<()> {
        let peer = peer.cloned();
        self.exchange(move |conn, trader| {
            Box::pin(async move {
                let member = sqlx::query_scalar("SELECT omc.current_trader() IS NOT NULL").persistent(false);
                let is_member: bool = member.fetch_one(&mut *conn).await?;
                if !is_member {
                    return Err(Stop::Sync(SyncError::NotMember));
                }
                let of = device.bytes().to_vec();
                let add = "INSERT INTO omc.devices (trader, device) VALUES ($1, $2) ON CONFLICT DO NOTHING";
                sqlx::query(add).bind(&trader).bind(&of).persistent(false).execute(&mut *conn).await?;
                let Some(peer) = peer else { return Ok(()) };
                let add = "INSERT INTO omc.device_keys (trader, device, public_key, certificate) \
                           VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
                let add = sqlx::query(add).bind(&trader).bind(&of).bind(peer.public_key.to_vec());
                add.bind(peer.certificate.to_vec()).persistent(false).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    async fn push(&mut self, device: DeviceId, facts: &[SealedFact], claim: Option<&SignedClaim>) -> Result<()> {
        let (facts, claim) = (facts.to_vec(), claim.cloned());
        self.exchange(move |conn, trader| {
            Box::pin(async move {
                if !facts.is_empty() {
                    leave(conn, trader.clone(), device, &facts).await?;
                }
                match &claim {
                    Some(claim) => write_claim(conn, &trader, claim).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anywhere_but_on_this_machine_the_certificate_is_proven() {
        let mode = |url: &str| Address::parse(url).map(|address| format!("{:?}", address.options.get_ssl_mode()));
        assert_eq!(mode("postgres://me:secret@db.example.com/omc").unwrap(), "VerifyFull");
        assert_eq!(mode("postgres://me:secret@db.example.com/omc?sslmode=verify-full").unwrap(), "VerifyFull");
        for weak in ["disable", "allow", "prefer", "require", "verify-ca"] {
            let refused = mode(&format!("postgres://me:secret@db.example.com/omc?sslmode={weak}")).unwrap_err();
            assert_eq!(refused.code(), "plaintext_refused", "{weak}");
            // A host given again behind the question mark counts.
            let moved = mode(&format!("postgres://me@127.0.0.1/omc?host=db.example.com&sslmode={weak}")).unwrap_err();
            assert_eq!(moved.code(), "plaintext_refused", "{weak}");
        }
        assert_eq!(mode("postgres://me@127.0.0.1:5433/omc?sslmode=disable").unwrap(), "Disable");
        assert_eq!(mode("mysql://me@db.example.com/omc").unwrap_err().code(), "bad_postgres_url");
    }

    #[test]
    fn nothing_of_an_address_is_shown_but_the_server() {
        let address = Address::parse("postgres://me:hunter2@db.example.com/omc").unwrap();
        assert!(!format!("{address:?}").contains("hunter2"));
        let error = Address::parse("postgres://me:hunter2@db.example.com:port/omc").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
