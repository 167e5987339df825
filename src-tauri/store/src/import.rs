//! Importing trades: a whole file in one transaction, or nothing of it.

use crate::journal::{Tail, known_ids, write_facts};
use crate::open::Inner;
use crate::projection::{Changes, insert_sorted};
use crate::script::Script;
use crate::{Result, Store};
use domain::{Fact, FactHash, Name, Timestamp, Trade, TradeId};
use sqlx::SqliteConnection;
use std::collections::HashMap;

const TRADES_A_BATCH: usize = 512;
/// From here on the write-ahead log is worth emptying at once.
const LARGE_IMPORT_TRADES: u64 = 10_000;

/// Which file an import came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSource {
    /// `omc` or `coinspot`.
    pub format: Name,
    /// SHA-256 of the file.
    pub file: FactHash,
    /// Rows read.
    pub read: u64,
    /// Rows left out on request.
    pub rejected: u64,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportOutcome {
    /// Trades added.
    pub imported: u64,
    /// Trades the journal, or the file itself, had already.
    pub duplicates: u64,
}

struct Import<'a> {
    inner: &'a Inner,
    tail: Tail,
    now: Timestamp,
    /// What this import added: its identities go into their tree at the end, sorted.
    added: HashMap<TradeId, u64>,
    duplicates: u64,
}

impl Import<'_> {
    async fn take(&mut self, conn: &mut SqliteConnection, trades: Vec<Trade>) -> Result<()> {
        let ids: Vec<TradeId> = trades.iter().map(Trade::id).collect();
        let known = known_ids(self.inner, conn, &ids).await?;
        let mut changes = Changes::default();
        let mut rows = Vec::with_capacity(trades.len());
        for (trade, id) in trades.into_iter().zip(ids) {
            if known.contains(&id) || self.added.contains_key(&id) {
                self.duplicates += 1;
                continue;
            }
            let fact = Fact::Trade(trade);
            rows.push(self.tail.chain(&fact, self.now)?);
            self.added.insert(id, self.tail.seq());
            if let Fact::Trade(trade) = &fact {
                self.tail.project(trade, self.now, &mut changes)?;
            }
        }
        self.tail.flush(&mut changes);
        let mut script = Script::default();
        write_facts(&mut script, &rows);
        changes.write(&mut script);
        script.run(conn).await.map_err(|error| self.inner.failed(&error))?;
        Ok(())
    }

    async fn finish(&mut self, conn: &mut SqliteConnection, source: ImportSource) -> Result<ImportOutcome> {
        let imported = self.added.len() as u64;
        let device = self.tail.no();
        let ids = std::mem::take(&mut self.added).into_iter().map(|(id, seq)| (id, device, seq)).collect();
        insert_sorted(self.inner, conn, ids).await?;
        let ImportSource { format, file, read, rejected } = source;
        let fact = Fact::Imported { format, file, read, imported, duplicates: self.duplicates, rejected };
        let row = self.tail.chain(&fact, self.now)?;
        let mut script = Script::default();
        write_facts(&mut script, &[row]);
        script.run(conn).await.map_err(|error| self.inner.failed(&error))?;
        Ok(ImportOutcome { imported, duplicates: self.duplicates })
    }
}

impl Store {
    /// Imports the trades of a file, in the order in which those of one moment are to be folded, with
    /// [`Fact::Imported`] at the end; all in one transaction that is durable on return. A trade that is known, or came
    /// before in this file, is counted as a duplicate. A file without anything new is recorded too.
    ///
    /// # Errors
    /// [`crate::StoreError::ForeignFee`], [`crate::StoreError::Damaged`] and what writing can meet; then nothing was
    /// imported.
    pub async fn import<I>(&self, trades: I, source: ImportSource, now: Timestamp) -> Result<ImportOutcome>
    where
        I: IntoIterator<Item = Trade> + Send,
        I::IntoIter: Send,
    {
        let inner = self.inner();
        inner.check_sound()?;
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let (mut tx, tail) = session.begin_facts(inner).await?;
        let mut import = Import { inner, tail, now, added: HashMap::new(), duplicates: 0 };
        let mut trades = trades.into_iter();
        loop {
            let batch: Vec<Trade> = trades.by_ref().take(TRADES_A_BATCH).collect();
            if batch.is_empty() {
                break;
            }
            import.take(&mut tx, batch).await?;
        }
        let outcome = import.finish(&mut tx, source).await?;
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.note(&import.tail.head());
        if outcome.imported >= LARGE_IMPORT_TRADES {
            session.checkpoint().await;
        }
        session.tail = Some(import.tail);
        writer.keep(session);
        Ok(outcome)
    }
}
