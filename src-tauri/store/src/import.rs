//! Importing trades and movements: a whole file in one transaction, or nothing of it.
//!
//! Something is known when the journal has its identity, or an unclaimed telling of the same thing by another source
//! (`alike`): both are counted as a multiset, so that a file and an API's history of one account add nothing twice, and two
//! equal trades stay two. A known trade that is told with another fee, or under its id with another amount, is noted as a doubt.

use crate::alike::{FEE_ROUNDING, MovementKey, TradeKey, apart, differs, may_be_one, may_be_one_movement};
use crate::history::{places_of, read_trades};
use crate::journal::{Tail, known_ids, write_facts};
use crate::open::Inner;
use crate::projection::{Changes, insert_sorted, read_coins, scan_rows, withdrawn};
use crate::script::Script;
use crate::{Result, Store, StoreError};
use domain::{Coin, Fact, FactHash, Movement, MovementId, Name, Note, Timestamp, Trade, TradeId};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

const ENTRIES_A_BATCH: usize = 512;
/// From here on the write-ahead log is worth emptying at once.
const LARGE_IMPORT_TRADES: u64 = 10_000;

/// One row of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A trade.
    Trade(Trade),
    /// Something that moved without one.
    Movement(Box<Movement>),
}

impl From<Trade> for Entry {
    fn from(trade: Trade) -> Self {
        Self::Trade(trade)
    }
}

impl From<Movement> for Entry {
    fn from(movement: Movement) -> Self {
        Self::Movement(Box::new(movement))
    }
}

/// Which file an import came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSource {
    /// The layout, such as `omc` or `coinspot`.
    pub format: Name,
    /// SHA-256 of the file.
    pub file: FactHash,
    /// Rows read.
    pub read: u64,
    /// Rows left out on request.
    pub rejected: u64,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportOutcome {
    /// Trades and movements added.
    pub imported: u64,
    /// Those the journal, or the file itself, had already.
    pub duplicates: u64,
    /// Of the duplicates: trades told with another fee than the journal has, or under the same id with another amount. Each is
    /// noted once.
    pub doubts: u64,
}

/// What the journal knows that rows of this import may tell again.
#[derive(Default)]
struct Known {
    trades: HashMap<TradeKey, Vec<Trade>>,
    movements: HashMap<MovementKey, Vec<Movement>>,
    movement_ids: HashSet<MovementId>,
    doubted: HashSet<(TradeId, TradeId)>,
    settled: HashSet<(TradeId, TradeId)>,
}

impl Known {
    fn take_trade(&mut self, told: &Trade) -> Option<Trade> {
        let alike = self.trades.get_mut(&TradeKey::of(told))?;
        // The same fee first: then no doubt is raised that another pairing would not raise.
        let same_fee = alike.iter().position(|known| may_be_one(known, told) && known.fee == told.fee);
        let found = same_fee.or_else(|| alike.iter().position(|known| may_be_one(known, told)))?;
        Some(alike.swap_remove(found))
    }

    fn takes_movement(&mut self, told: &Movement) -> bool {
        let Some(alike) = self.movements.get_mut(&MovementKey::of(told)) else { return false };
        let found = alike.iter().position(|known| may_be_one_movement(known, told));
        found.map(|found| alike.swap_remove(found)).is_some()
    }
}

struct Import<'a> {
    inner: &'a Inner,
    tail: Tail,
    now: Timestamp,
    /// What this import added: its identities go into their tree at the end, sorted.
    added: HashMap<TradeId, u64>,
    /// The content of those of them with an id of their venue, to hold later rows of that id against.
    added_by_id: HashMap<TradeId, u64>,
    known_trades: HashSet<TradeId>,
    /// The journal's trades whose ids the rows at hand repeat.
    known_by_id: HashMap<TradeId, Trade>,
    known: Known,
    outcome: ImportOutcome,
}

impl Import<'_> {
    /// Reads what the journal has of these rows.
    async fn recall(&mut self, conn: &mut SqliteConnection, entries: &[Entry]) -> Result<()> {
        let mut trades = Vec::new();
        let mut movements = HashMap::new();
        for entry in entries {
            match entry {
                Entry::Trade(trade) => trades.push((trade.id(), trade)),
                Entry::Movement(movement) => drop(movements.insert(movement.id(), movement.as_ref())),
            }
        }
        let ids: Vec<TradeId> = trades.iter().map(|(id, _)| *id).collect();
        self.known_trades = known_ids(self.inner, conn, &ids).await?;
        let (known, fresh): (Vec<_>, Vec<_>) = trades.into_iter().partition(|(id, _)| self.known_trades.contains(id));
        let told: HashSet<TradeId> = known.into_iter().map(|(id, _)| id).collect();
        let coins = read_coins(self.inner, conn).await?;
        if !coins.is_empty() {
            let keys: HashSet<TradeKey> = fresh.into_iter().map(|(_, trade)| TradeKey::of(trade)).collect();
            self.known.trades = alike_trades(self.inner, conn, &coins, &keys, &told).await?;
        }
        let keys: HashSet<MovementKey> = movements.values().map(|movement| MovementKey::of(movement)).collect();
        for fact in book_facts(self.inner, conn).await? {
            match fact {
                Fact::Movement { movement } => {
                    let id = movement.id();
                    self.known.movement_ids.insert(id);
                    let key = MovementKey::of(&movement);
                    if !movements.contains_key(&id) && keys.contains(&key) {
                        self.known.movements.entry(key).or_default().push(*movement);
                    }
                }
                Fact::Noted { note: Note::Doubt { known, told }, .. } => {
                    self.known.doubted.insert((known, told.id()));
                }
                Fact::Noted { note: Note::Settled { known, told, .. }, .. } => {
                    self.known.settled.insert((known, told));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The fact to add for a row, if any.
    fn judge(&mut self, entry: Entry) -> Option<Fact> {
        let fact = match entry {
            Entry::Trade(trade) => {
                let id = trade.id();
                if self.known_trades.contains(&id) || self.added.contains_key(&id) {
                    return self.told_by_id(id, trade);
                } else if let Some(known) = self.known.take_trade(&trade) {
                    return self.told_again(&known, trade);
                } else {
                    Some(Fact::Trade(trade))
                }
            }
            Entry::Movement(movement) => {
                let id = movement.id();
                let is_new = !self.known.movement_ids.contains(&id) && !self.known.takes_movement(&movement);
                if is_new {
                    self.known.movement_ids.insert(id);
                }
                is_new.then_some(Fact::Movement { movement })
            }
        };
        match fact {
            Some(_) => self.outcome.imported += 1,
            None => self.outcome.duplicates += 1,
        }
        fact
    }

    /// A known id came again; with another content it is a doubt, under an id of its own.
    fn told_by_id(&mut self, id: TradeId, told: Trade) -> Option<Fact> {
        self.outcome.duplicates += 1;
        let known = self.known_by_id.get(&id).is_some_and(|known| differs(known, &told));
        let added = self.added_by_id.get(&id).is_some_and(|content| *content != content_of(&told));
        if !known && !added {
            return None;
        }
        self.doubted(id, apart(told))
    }

    fn doubted(&mut self, known: TradeId, told: Trade) -> Option<Fact> {
        let pair = (known, told.id());
        if self.known.settled.contains(&pair) {
            return None;
        }
        self.outcome.doubts += 1;
        let is_new = self.known.doubted.insert(pair);
        is_new.then(|| Fact::Noted { note: Note::Doubt { known, told: Box::new(told) }, at: self.now })
    }

    /// Reads the journal's trades whose ids some rows repeat. Without an id of its venue a trade's identity is its content.
    async fn recall_ids(&mut self, conn: &mut SqliteConnection, entries: &[Entry]) -> Result<()> {
        let id = |entry: &Entry| match entry {
            Entry::Trade(trade) if trade.external_id.is_some() => Some(trade.id()),
            _ => None,
        };
        let ids: Vec<TradeId> = entries.iter().filter_map(id).filter(|id| self.known_trades.contains(id)).collect();
        let places = places_of(self.inner, conn, &ids).await?;
        let places: Vec<(u32, u64)> = places.into_values().collect();
        let known = read_trades(self.inner, conn, &places).await?;
        self.known_by_id = known.into_iter().map(|known| (known.id, known.trade)).collect();
        Ok(())
    }

    /// A known trade came again; with another fee it is a doubt.
    fn told_again(&mut self, known: &Trade, told: Trade) -> Option<Fact> {
        self.outcome.duplicates += 1;
        let apart = (known.fee.amount() - told.fee.amount()).abs();
        if apart <= FEE_ROUNDING {
            return None;
        }
        self.doubted(known.id(), told)
    }

    async fn take(&mut self, conn: &mut SqliteConnection, entries: Vec<Entry>) -> Result<()> {
        self.recall_ids(conn, &entries).await?;
        let mut changes = Changes::default();
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(fact) = self.judge(entry) else { continue };
            rows.push(self.tail.chain(&fact, self.now)?);
            if let Fact::Trade(trade) = &fact {
                let id = trade.id();
                self.added.insert(id, self.tail.seq());
                if trade.external_id.is_some() {
                    self.added_by_id.insert(id, content_of(trade));
                }
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
        let device = self.tail.no();
        let ids = std::mem::take(&mut self.added).into_iter().map(|(id, seq)| (id, device, seq)).collect();
        insert_sorted(self.inner, conn, ids).await?;
        let ImportSource { format, file, read, rejected } = source;
        let ImportOutcome { imported, duplicates, .. } = self.outcome;
        let fact = Fact::Imported { format, file, read, imported, duplicates, rejected };
        let row = self.tail.chain(&fact, self.now)?;
        let mut script = Script::default();
        write_facts(&mut script, &[row]);
        script.run(conn).await.map_err(|error| self.inner.failed(&error))?;
        Ok(self.outcome)
    }
}

/// What a trade says, as a number.
fn content_of(trade: &Trade) -> u64 {
    let mut hasher = DefaultHasher::new();
    let Trade { time, coin, side, quantity, price, fee, .. } = trade;
    (time, coin, side, quantity, price, fee.amount().normalize()).hash(&mut hasher);
    hasher.finish()
}

/// The journal's trades of these keys, without those that are told with their own identity anyway.
async fn alike_trades(
    inner: &Inner,
    conn: &mut SqliteConnection,
    coins: &BTreeMap<u32, Coin>,
    keys: &HashSet<TradeKey>,
    told: &HashSet<TradeId>,
) -> Result<HashMap<TradeKey, Vec<Trade>>> {
    let mut alike: HashMap<TradeKey, Vec<Trade>> = HashMap::new();
    if keys.is_empty() {
        return Ok(alike);
    }
    let gone = withdrawn(inner, conn).await?;
    let mut places = Vec::new();
    scan_rows(inner, conn, |row| {
        let key = coins
            .get(&row.coin)
            .map(|coin| TradeKey::new(row.book, *coin, row.side, (row.quantity, row.price), row.time));
        if key.is_some_and(|key| keys.contains(&key)) && !gone.contains(&(row.device, row.seq)) {
            places.push((row.device, row.seq));
        }
    })
    .await?;
    for known in read_trades(inner, conn, &places).await?.into_iter().filter(|known| !told.contains(&known.id)) {
        alike.entry(TradeKey::of(&known.trade)).or_default().push(known.trade);
    }
    Ok(alike)
}

async fn book_facts(inner: &Inner, conn: &mut SqliteConnection) -> Result<Vec<Fact>> {
    let query = "SELECT device, seq, kind, body FROM facts INDEXED BY facts_books WHERE kind >= 110 AND kind <= 119";
    let rows: Vec<(u32, i64, u16, Vec<u8>)> =
        sqlx::query_as(query).fetch_all(conn).await.map_err(|error| inner.failed(&error))?;
    let fact = |(device, seq, kind, body): (u32, i64, u16, Vec<u8>)| {
        Fact::decode(kind, &body).map_err(|error| StoreError::undecodable(device, seq as u64, error))
    };
    rows.into_iter().map(fact).collect()
}

impl Store {
    /// Imports the rows of a file, in the order in which those of one moment are to be folded, with
    /// [`Fact::Imported`] at the end; all in one transaction that is durable on return. What is known, or came
    /// before in this file, is counted as a duplicate. A file without anything new is recorded too.
    ///
    /// # Errors
    /// [`crate::StoreError::ForeignFee`], [`crate::StoreError::Damaged`] and what writing can meet; then nothing was
    /// imported.
    pub async fn import<I>(&self, entries: I, source: ImportSource, now: Timestamp) -> Result<ImportOutcome>
    where
        I: IntoIterator + Send,
        I::Item: Into<Entry>,
    {
        let entries: Vec<Entry> = entries.into_iter().map(Into::into).collect();
        self.import_entries(entries, source, now).await
    }

    async fn import_entries(&self, entries: Vec<Entry>, source: ImportSource, now: Timestamp) -> Result<ImportOutcome> {
        let inner = self.inner();
        inner.check_sound()?;
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let (mut tx, tail) = session.begin_facts(inner).await?;
        let mut import = Import {
            inner,
            tail,
            now,
            added: HashMap::new(),
            added_by_id: HashMap::new(),
            known_trades: HashSet::new(),
            known_by_id: HashMap::new(),
            known: Known::default(),
            outcome: ImportOutcome::default(),
        };
        import.recall(&mut tx, &entries).await?;
        let mut entries = entries.into_iter();
        loop {
            let batch: Vec<Entry> = entries.by_ref().take(ENTRIES_A_BATCH).collect();
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
