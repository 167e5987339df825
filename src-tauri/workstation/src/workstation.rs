//! An opened workspace with everything that works on it.

use crate::clock::{SystemClock, random};
use crate::commands::approvals;
use crate::commands::past::each_desk_fact;
use crate::commands::trading::interrupted;
use crate::desk::Desk;
use crate::dto::{ErrorView, Event};
use crate::home::Home;
use crate::outside::{Outside, Reached};
use crate::secrets::{Keyring, Secrets, SystemKeyring};
use crate::settings::SourceSettings;
use crate::{Error, Result};
use domain::{Book, Clock, Coin, Decimal, DeviceId, Fact, Money, Timestamp};
use ledgers::FeedJudge;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use store::Store;
use tokio::sync::{Mutex, MutexGuard, OnceCell, broadcast};

/// Cash of a new paper wallet, in AUD.
const PAPER_CASH_AUD: i64 = 100_000;
/// Events a slow listener may fall behind before it misses some.
const EVENTS_KEPT: usize = 1_024;

/// A journal up to this many facts is proven before the desk trades on it; a longer one while the workstation runs.
pub(crate) const PROVEN_AT_ONCE_MAX: u64 = 50_000;

/// What a workspace is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only looking; works while another process holds the workspace. Makes nothing.
    Read,
    /// Changing it; one process at a time. Makes the workspace when there is none.
    Write,
}

/// The one API of the window and the command line; cheap to clone.
#[derive(Clone)]
pub struct Workstation {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    home: Home,
    store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    events: broadcast::Sender<Event>,
    pub(crate) desk: OnceCell<Mutex<Desk>>,
    reached: Reached,
    pub(crate) outside: OnceCell<Outside>,
    pub(crate) settings: Arc<SourceSettings>,
    /// How far sources' clocks are off, as last noted in the store.
    pub(crate) skews: std::sync::Mutex<HashMap<&'static str, i64>>,
    pub(crate) secrets: Arc<Secrets>,
    /// Why the last thing collected could not be stored.
    pub(crate) trouble: Mutex<Option<ErrorView>>,
    /// Prices of a day ago, and when each was asked for.
    pub(crate) day_ago: Mutex<HashMap<Coin, (Timestamp, Option<Decimal>)>>,
    /// When the ledgers were measured last, and how they stood.
    pub(crate) measured: Mutex<Option<(Timestamp, Vec<crate::dto::LedgerQuality>)>>,
    /// When the machine last slept, as far as a jump of the clock tells.
    pub(crate) slept: std::sync::Mutex<Option<(Timestamp, Timestamp)>>,
    /// When each source runs next, while the workstation runs.
    pub(crate) schedule: std::sync::Mutex<Option<ledgers::Schedule>>,
    /// When a chart's history was asked for last.
    pub(crate) charts_asked: Mutex<HashMap<(Coin, domain::Interval), Timestamp>>,
    /// Charts of daily closes that could not be read: how often, and when last.
    pub(crate) charts_failed: Mutex<HashMap<Coin, (u32, Timestamp)>>,
    /// Something was imported.
    pub(crate) imported: tokio::sync::Notify,
    /// The account's history while it is read.
    pub(crate) reading: crate::commands::Reading,
    /// What was traded elsewhere than at the exchange.
    pub(crate) elsewhere: Mutex<Option<crate::commands::Elsewhere>>,
    /// What our own rules remember.
    pub(crate) watch: Mutex<crate::notice::Watch>,
    /// How wild the market is.
    pub(crate) market: Mutex<crate::risk::Market>,
    /// Orders a person's decision is being carried out for.
    pub(crate) deciding: std::sync::Mutex<HashSet<domain::OrderId>>,
    /// One alert is decided at a time.
    pub(crate) alerting: Mutex<()>,
    /// Who waits for the live venue.
    pub(crate) live: crate::live::Line,
    /// The algorithms at work.
    pub(crate) algorithms: crate::algorithms::Running,
    /// Prices of late.
    pub(crate) lately: crate::commands::lately::Lately,
    /// The last question to the trade history, answered.
    pub(crate) history: Mutex<Option<Arc<crate::commands::history::Answered>>>,
    /// What was folded of the books.
    pub(crate) shelves: crate::commands::ledgered::Shelves,
    /// Closes at past midnights.
    pub(crate) day_closes: Mutex<crate::commands::day_closes::DayCloses>,
    /// Days of equity, folded and valued already.
    pub(crate) equity: Mutex<Vec<crate::commands::KeptDays>>,
    /// Years and open parcels, walked through already.
    pub(crate) kept: Mutex<crate::commands::kept::Kept>,
    /// When the journal was proven last, and whether it was as it was written.
    pub(crate) proven: std::sync::Mutex<Option<(Timestamp, bool)>>,
    /// Which orders are ours, for the kill switch: it never waits for the desk.
    pub(crate) own: crate::kill::Shared,
    /// What a pulled switch lets past.
    pub(crate) passes: crate::kill::Passes,
    /// The sessions of the Lab.
    pub(crate) lab: crate::lab::Lab,
    /// Sync with the trader's own Postgres.
    pub(crate) syncing: crate::sync::Syncing,
}

/// What the workstation tells without being asked.
pub struct Events {
    receiver: broadcast::Receiver<Event>,
}

impl Events {
    /// An event that is there already.
    #[cfg(test)]
    pub(crate) fn ready(&mut self) -> Option<Event> {
        self.receiver.try_recv().ok()
    }

    /// The next event; none when the workstation is gone.
    pub async fn next(&mut self) -> Option<Event> {
        match self.receiver.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(events)) => Some(Event::Missed { events }),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

impl Workstation {
    /// Opens a workspace.
    ///
    /// # Errors
    /// `workspace_in_use`, `no_workspace`, `newer_schema`, `damaged` …
    pub async fn open(home: &Home, mode: Mode) -> Result<Self> {
        Self::open_at(home, mode, Arc::new(SystemClock), Reached::from_env()).await
    }

    /// Opens a workspace with other addresses for the outside services.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_reaching(home: &Home, mode: Mode, reached: Reached) -> Result<Self> {
        Self::open_at(home, mode, Arc::new(SystemClock), reached).await
    }

    /// Opens a workspace on a clock of the caller's, with other addresses.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_at(home: &Home, mode: Mode, clock: Arc<dyn Clock>, reached: Reached) -> Result<Self> {
        let store = match mode {
            Mode::Read => Store::open_reader(home.path()).await?,
            Mode::Write => {
                home.make()?;
                let store = Store::open(home.path(), DeviceId::from_bytes(random()?), clock.now()).await?;
                first_wallet(&store, clock.now()).await?;
                store
            }
        };
        let keyring = (reached.keyring && !home.is_demo()).then(|| Arc::new(SystemKeyring) as Arc<dyn Keyring>);
        let secrets = Arc::new(Secrets::new(&reached.secrets, keyring));
        let settings = SourceSettings::new(home.is_demo(), &reached.sec_contact, Arc::clone(&secrets));
        let inner = Inner {
            home: home.clone(),
            store,
            clock,
            events: broadcast::Sender::new(EVENTS_KEPT),
            desk: OnceCell::new(),
            reached,
            outside: OnceCell::new(),
            settings: Arc::new(settings),
            skews: std::sync::Mutex::default(),
            secrets,
            trouble: Mutex::default(),
            day_ago: Mutex::default(),
            measured: Mutex::default(),
            slept: std::sync::Mutex::default(),
            schedule: std::sync::Mutex::default(),
            charts_asked: Mutex::default(),
            charts_failed: Mutex::default(),
            imported: tokio::sync::Notify::new(),
            reading: crate::commands::Reading::default(),
            elsewhere: Mutex::default(),
            watch: Mutex::default(),
            market: Mutex::default(),
            deciding: std::sync::Mutex::default(),
            alerting: Mutex::default(),
            live: crate::live::Line::default(),
            algorithms: crate::algorithms::Running::default(),
            lately: crate::commands::lately::Lately::default(),
            history: Mutex::default(),
            shelves: crate::commands::ledgered::Shelves::default(),
            day_closes: Mutex::default(),
            equity: Mutex::default(),
            kept: Mutex::default(),
            proven: std::sync::Mutex::default(),
            own: crate::kill::Shared::default(),
            passes: crate::kill::Passes::default(),
            lab: crate::lab::Lab::default(),
            syncing: crate::sync::Syncing::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Ends what runs and gives the workspace up.
    pub async fn close(&self) {
        self.stop_sessions();
        self.end_schedule().await;
        self.inner.store.close().await;
    }

    /// The workspace folder.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.inner.home
    }

    /// Now, by the workstation's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// What happens from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        Events { receiver: self.inner.events.subscribe() }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn tell(&self, event: Event) {
        // Nobody listening is fine.
        let _ = self.inner.events.send(event);
    }

    pub(crate) fn is_heard(&self) -> bool {
        self.inner.events.receiver_count() > 0
    }

    /// Refuses on a workspace opened for reading.
    pub(crate) fn require_writer(&self) -> Result<()> {
        if self.inner.store.is_writer() {
            return Ok(());
        }
        Err(Error::refused("read_only", "this workspace was opened for reading only"))
    }

    /// Another outside world, before the first one is opened.
    #[cfg(test)]
    pub(crate) fn put_outside(&self, outside: Outside) {
        assert!(self.inner.outside.set(outside).is_ok(), "the outside is open already");
    }

    /// The outside world, opened when it is first needed.
    pub(crate) async fn outside(&self) -> Result<&Outside> {
        let (clock, settings) = (Arc::clone(&self.inner.clock), Arc::clone(&self.inner.settings));
        let open = async {
            self.load_settings().await?;
            Outside::open(self.home().is_demo(), &self.inner.reached, clock, settings).await
        };
        self.inner.outside.get_or_try_init(|| open).await
    }

    /// The paper desk, folded from the journal when it is first needed. Never held across a request to the outside.
    pub(crate) async fn desk(&self) -> Result<MutexGuard<'_, Desk>> {
        let desk = self.inner.desk.get_or_try_init(|| async { self.load_desk().await.map(Mutex::new) }).await?;
        Ok(desk.lock().await)
    }

    async fn load_desk(&self) -> Result<Desk> {
        let store = self.store();
        let mut desk = Desk::new();
        if let Some(problem) = store.damage() {
            desk.halted = Some(problem.message.clone());
        }
        each_desk_fact(store, |recorded, trade| desk.take(&recorded.fact, recorded.recorded_at, trade)).await?;
        self.inner.own.begin(&desk.own);
        desk.own = self.inner.own.clone();
        self.load_prices(&mut desk).await?;
        self.refold_books(&mut desk).await?;
        self.load_equity(&mut desk).await?;
        if store.is_writer() && store.journal_length().await? <= PROVEN_AT_ONCE_MAX {
            self.verify().await?;
        }
        if store.is_writer() && desk.halted.is_none() {
            let mut facts = interrupted(&desk);
            facts.extend(crate::live::interrupted(&desk));
            desk.live.watch.loaded(&desk.orders, self.now());
            desk.let_go();
            facts.extend(approvals::left_behind(&desk, self.now()));
            self.record(&mut desk, facts).await?;
            self.settle_receipts(&mut desk).await?;
            self.declare_demo_key(&mut desk).await?;
        }
        Ok(desk)
    }

    async fn load_prices(&self, desk: &mut Desk) -> Result<()> {
        let quotes = self.store().quotes().await?;
        for feed in self.store().feeds().await? {
            let (Some(name), Some(changed)) = (crate::commands::feed_name(feed.name.as_str()), feed.last_change) else {
                continue;
            };
            // A reply that changed stamps all of its quotes, so these are the last one's content.
            let of_feed =
                quotes.iter().filter(|quote| quote.seen == changed && crate::commands::feeds(name, quote.kind));
            let judge = FeedJudge::resume(crate::commands::content(of_feed), changed);
            desk.judges.insert(name, judge);
        }
        desk.quotes = quotes.into_iter().map(|quote| (quote.coin, quote)).collect();
        Ok(())
    }

    /// Folds the paper books again from the store.
    pub(crate) async fn refold_books(&self, desk: &mut Desk) -> Result<()> {
        let ledgered = self.ledgered(Book::Paper).await?;
        desk.books = books::Books::new(books::PnlQuery::of(Book::Paper));
        match self.store().mine().await? {
            None => desk.books.apply_all(&ledgered.rows)?,
            // The wallet is this machine's: what others did on paper is in the books and not in it.
            Some(mine) => {
                let is_mine = |row: &&domain::TradeRow| mine.get(&row.device).is_some_and(|until| row.seq <= *until);
                let rows: Vec<_> = ledgered.rows.iter().filter(is_mine).copied().collect();
                desk.books.apply_all(&rows)?;
            }
        }
        desk.coins = ledgered.coins;
        Ok(())
    }
}

/// A new workspace begins with a paper wallet.
async fn first_wallet(store: &Store, now: Timestamp) -> Result<()> {
    if store.last_paper_reset().await?.is_none() && store.damage().is_none() {
        store.append(&[Fact::PaperReset { cash: Money::aud(Decimal::from(PAPER_CASH_AUD)) }], now).await?;
    }
    Ok(())
}
