//! The rows of a book: its trades and what its movements fold to, in one order, with the numbers they speak in; and the books
//! folded from them, kept in memory by question.
//!
//! A shelf holds a book's rows and the last few questions' books. Before each use it asks the journal what it gained. New
//! trades that fold after all others are applied to the rows and to every kept question; anything else that can change what
//! was folded (an older trade, a movement or a word on one, a fresh paper wallet, a coin that got its number) drops what is
//! kept, and it is read and folded anew. So an answer from memory is the answer of a new fold.
//!
//! A coin or name that no trade knows has no number in the workspace's dictionaries. It gets one here, beyond theirs, for as
//! long as the rows are in memory; it is never written.

use super::equity::Beside;
use crate::when::DEFAULT_ZONE;
use crate::{Error, Result, Workstation};
use books::{Books, Folded, Numbers, PnlQuery, PricedBy, Question, Told, Valuation, rows_of};
use domain::{Book, Coin, Fact, Name, Price, Timestamp, TradeRow};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use store::{Places, Recorded, Store};
use tokio::sync::{Mutex, MutexGuard};

/// Questions whose books are kept, for each of paper and live.
const QUESTIONS_KEPT: usize = 8;
/// Kinds of the facts of the books that are no trades.
const BOOK_KINDS: std::ops::RangeInclusive<u16> = 110..=119;
/// Those of them that change no row: a year that was filed, picked parcels (they are part of the question), a label, what was
/// set for tax.
const BESIDE_ROWS: [u16; 5] = [112, 113, 114, 118, 119];
/// A coin that a person wrote down: no row, but prices change by it.
const WRITTEN_DOWN: u16 = 64;

/// A price a person gave, or one that a past day is valued at, is none when it is older than this.
pub(crate) const PRICE_AGE_MAX_MICROS: i64 = 48 * 3_600 * 1_000_000;

/// The first number of what no dictionary knows.
pub(crate) const BEYOND: u32 = 1 << 30;

/// Rows of one book with the numbers they speak in, and prices to value them.
pub(crate) struct Ledgered {
    /// Another number whenever the rows were read anew; of the same reading, later rows only stand behind earlier ones.
    pub reading: u64,
    pub rows: Arc<Vec<TradeRow>>,
    pub coins: BTreeMap<u32, Coin>,
    pub names: BTreeMap<u32, Name>,
    pub prices: HashMap<u32, Valuation>,
    /// Those of them that are the trader's own word, for lack of a quote.
    pub by_hand: HashSet<u32>,
    /// For paper: when the wallet these rows belong to was started, if earlier trades were left out.
    pub since: Option<Timestamp>,
    /// Movements that are beside the figures.
    pub questions: Vec<Question>,
}

impl Ledgered {
    pub fn coin(&self, number: u32) -> Result<Coin> {
        self.coins.get(&number).copied().ok_or_else(|| Error::Halted(format!("coin number {number} has no name")))
    }

    /// That earlier paper trades were left out, if they were.
    pub fn afresh(&self) -> Option<String> {
        let day = self.since?.to_utc().with_timezone(&DEFAULT_ZONE).format("%-d %B %Y, %H:%M");
        Some(format!("the paper wallet was started afresh on {day}: earlier paper trades are in the history only"))
    }

    pub fn algorithm(&self, number: u32) -> String {
        self.names.get(&number).map_or_else(|| "manual".to_owned(), ToString::to_string)
    }

    pub fn coin_number(&self, coin: Coin) -> Option<u32> {
        self.coins.iter().find(|(_, known)| **known == coin).map(|(number, _)| *number)
    }

    pub fn algorithm_number(&self, name: &str) -> Option<u32> {
        if name == "manual" {
            return Some(0);
        }
        self.names.iter().find(|(_, known)| known.as_str() == name).map(|(number, _)| *number)
    }

    pub fn price(&self, number: u32) -> Option<Valuation> {
        self.prices.get(&number).copied()
    }

    /// Where a coin's price comes from; none without one.
    pub fn valued_at(&self, number: u32) -> Option<PricedBy> {
        let by = if self.by_hand.contains(&number) { PricedBy::Given } else { PricedBy::Bid };
        self.prices.contains_key(&number).then_some(by)
    }
}

/// The prices the trader gave, by coin and moment.
#[derive(Debug, Default)]
pub(crate) struct GivenPrices(BTreeMap<(Coin, Timestamp), Price>);

impl GivenPrices {
    pub fn of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut given = Self::default();
        facts.into_iter().for_each(|fact| given.take(fact));
        given
    }

    pub fn take(&mut self, fact: &Fact) {
        match fact {
            Fact::PriceGiven { coin, moment, price: Some(price), .. } => self.0.insert((*coin, *moment), *price),
            Fact::PriceGiven { coin, moment, price: None, .. } => self.0.remove(&(*coin, *moment)),
            _ => None,
        };
    }

    /// The newest one at a moment, with its age; none that is too old to be a price.
    pub fn at(&self, coin: Coin, moment: Timestamp) -> Option<Valuation> {
        let since = moment.plus_micros(-PRICE_AGE_MAX_MICROS);
        let ((_, said), price) = self.0.range((coin, since)..=(coin, moment)).next_back()?;
        Some(Valuation { price: *price, age_s: moment.seconds_since(*said) })
    }
}

/// Numbers by what they stand for; what is not there gets the next one beyond the dictionary's.
struct Dictionary<T> {
    numbers: BTreeMap<T, u32>,
    next: u32,
}

impl<T: Ord + Clone> Dictionary<T> {
    fn of(known: &BTreeMap<u32, T>) -> Self {
        Self { numbers: known.iter().map(|(number, of)| (of.clone(), *number)).collect(), next: BEYOND }
    }

    fn number(&mut self, of: &T) -> u32 {
        if let Some(&number) = self.numbers.get(of) {
            return number;
        }
        let number = self.next;
        self.next += 1; // there are fewer movements than numbers left
        self.numbers.insert(of.clone(), number);
        number
    }

    fn names(self) -> BTreeMap<u32, T> {
        self.numbers.into_iter().map(|(of, number)| (number, of)).collect()
    }
}

/// What the movements of a book fold to. The dictionaries grow by what only movements know.
pub(crate) fn fold_movements(
    book: Book,
    facts: &[Recorded],
    coins: &mut BTreeMap<u32, Coin>,
    names: &mut BTreeMap<u32, Name>,
) -> Folded {
    let recorded = facts.iter().map(|of| (of.device, of.seq, of.recorded_at, &of.fact));
    let mut told = Told::all(recorded);
    told.retain(|one| one.movement.book == book);
    let (mut by_coin, mut by_name) = (Dictionary::of(coins), Dictionary::of(names));
    let folded = rows_of(
        &told,
        &mut Numbers { coin: &mut |coin| by_coin.number(&coin), name: &mut |name| by_name.number(name) },
    );
    (*coins, *names) = (by_coin.names(), by_name.names());
    folded
}

/// Puts rows among others; both are in order.
pub(crate) fn merge(rows: &mut Vec<TradeRow>, more: Vec<TradeRow>) {
    let Some(first) = more.first() else { return };
    let at = rows.partition_point(|row| row.fold_order(first).is_le());
    rows.extend(more);
    rows[at..].sort_by(TradeRow::fold_order); // two runs in order: one pass
}

/// What is kept of one book.
pub(crate) struct Shelf {
    book: Book,
    read: Option<Read>,
    /// Goes up with any change of the rows.
    state: u64,
    /// Goes up when they are read anew.
    reading: u64,
    /// The last asked comes first.
    folded: Vec<Books>,
}

/// What was read of the journal.
struct Read {
    /// Where the trades that were read end, and where the other facts end.
    trades: Places,
    others: Places,
    rows: Arc<Vec<TradeRow>>,
    coins: BTreeMap<u32, Coin>,
    names: BTreeMap<u32, Name>,
    since: Option<Timestamp>,
    questions: Vec<Question>,
    given: GivenPrices,
    /// What stands beside the rows, once somebody read it; and how often it changed.
    beside: Option<Arc<Beside>>,
    beside_told: u64,
}

/// The trades of a shelf, for a reader of the history.
pub(crate) struct Kept {
    /// Another number with any change of the rows.
    pub state: u64,
    /// The rows, movements among them; none when some trades were left out of the books: those of an earlier paper wallet.
    pub rows: Option<Arc<Vec<TradeRow>>>,
    pub coins: BTreeMap<u32, Coin>,
    pub names: BTreeMap<u32, Name>,
}

/// Both books' shelves.
pub(crate) struct Shelves {
    paper: Mutex<Shelf>,
    live: Mutex<Shelf>,
}

impl Default for Shelves {
    fn default() -> Self {
        Self { paper: Mutex::new(Shelf::of(Book::Paper)), live: Mutex::new(Shelf::of(Book::Live)) }
    }
}

impl Read {
    async fn new(store: &Store, book: Book) -> Result<Self> {
        // Where the other facts end before they are read: what is added meanwhile is read once more, never missed.
        let others = store.control_places().await?;
        let mut trades = Places::new();
        let mut rows = store.rows_after(book, &mut trades).await?;
        // The dictionaries after the rows, so that every number is there.
        let (mut coins, mut names) = (store.coins().await?, store.names().await?);
        let mut facts = store.book_facts().await?;
        let mut since = None;
        if book == Book::Paper
            && let Some(reset) = store.last_paper_reset().await?
        {
            let begins = store.paper_begins().await?;
            let counts = |device: u32, seq: u64| begins.get(&device).is_none_or(|first| seq >= *first);
            let all = rows.len() + facts.len();
            rows.retain(|row| counts(row.device, row.seq));
            facts.retain(|fact| !is_paper(&fact.fact) || counts(fact.device, fact.seq));
            since = (rows.len() + facts.len() < all).then_some(reset.recorded_at);
        }
        let folded = fold_movements(book, &facts, &mut coins, &mut names);
        merge(&mut rows, folded.rows);
        let given = GivenPrices::of(facts.iter().map(|recorded| &recorded.fact));
        Ok(Self {
            trades,
            others,
            rows: Arc::new(rows),
            coins,
            names,
            since,
            questions: folded.questions,
            given,
            beside: None,
            beside_told: 0,
        })
    }

    /// The trades the journal gained, if they only add to what was read; none when all must be read anew.
    async fn gained(&mut self, store: &Store, book: Book) -> Result<Option<Vec<TradeRow>>> {
        let Some((others, kinds)) = store.control_kinds_after(&self.others).await? else { return Ok(None) };
        if kinds.iter().copied().any(changes_books) {
            return Ok(None);
        }
        if kinds.contains(&WRITTEN_DOWN) {
            self.beside = None;
            self.beside_told += 1;
        }
        self.others = others;
        let rows = store.rows_after(book, &mut self.trades).await?;
        if let (Some(first), Some(last)) = (rows.first(), self.rows.last())
            && first.fold_order(last).is_lt()
        {
            return Ok(None);
        }
        let by_new = |row: &TradeRow| row.algorithm != 0 && !self.names.contains_key(&row.algorithm);
        let is_new = |row: &TradeRow| !self.coins.contains_key(&row.coin) || by_new(row);
        if rows.iter().any(is_new) {
            let beyond = |numbers: Option<&u32>| numbers.is_some_and(|&last| last >= BEYOND);
            if beyond(self.coins.keys().next_back()) || beyond(self.names.keys().next_back()) {
                return Ok(None);
            }
            (self.coins, self.names) = (store.coins().await?, store.names().await?);
        }
        Arc::make_mut(&mut self.rows).extend(&rows);
        Ok(Some(rows))
    }
}

/// Whether a fact that is no trade can change the rows.
fn changes_books(kind: u16) -> bool {
    let reset = Fact::PaperReset { cash: domain::Money::ZERO_AUD }.encode().map(|(kind, _)| kind);
    let beside = BESIDE_ROWS.contains(&kind);
    // What a device was restored from belongs to its wallet.
    let restored = 2;
    (BOOK_KINDS.contains(&kind) && !beside) || kind == restored || reset.is_ok_and(|reset| reset == kind)
}

impl Shelf {
    const fn of(book: Book) -> Self {
        Self { book, read: None, state: 0, reading: 0, folded: Vec::new() }
    }

    /// Drops everything that is kept.
    fn clear(&mut self) {
        (self.read, self.folded) = (None, Vec::new());
    }

    async fn refresh(&mut self, store: &Store) -> Result<()> {
        // Taken out: what is half read when this is dropped is not kept.
        let (read, folded) = (self.read.take(), std::mem::take(&mut self.folded));
        if let Some(mut read) = read
            && let Some(rows) = read.gained(store, self.book).await?
        {
            self.folded = folded;
            self.state += u64::from(!rows.is_empty());
            for books in &mut self.folded {
                books.apply_all(&rows)?;
            }
            self.read = Some(read);
            return Ok(());
        }
        self.read = Some(Read::new(store, self.book).await?);
        self.state += 1;
        self.reading += 1;
        Ok(())
    }

    /// What stands beside the rows of a reading, if it was read already; else how often it has changed.
    pub fn beside(&self, reading: u64) -> (Option<Arc<Beside>>, u64) {
        let read = self.read.as_ref().filter(|_| self.reading == reading);
        (read.and_then(|read| read.beside.clone()), read.map_or(u64::MAX, |read| read.beside_told))
    }

    /// Keeps it, unless it changed since then. Before the first trade nothing says when a paper wallet's cash came.
    pub fn keep_beside(&mut self, reading: u64, told: u64, beside: &Arc<Beside>) {
        if let Some(read) = self.read.as_mut().filter(|_| self.reading == reading)
            && read.beside_told == told
            && !read.rows.is_empty()
        {
            read.beside = Some(Arc::clone(beside));
        }
    }

    /// The trades as a reader of the history wants them.
    pub fn trades(&self) -> Result<Kept> {
        let Some(read) = &self.read else { return Err(Error::Halted("the books were not read".to_owned())) };
        let rows = read.since.is_none().then(|| Arc::clone(&read.rows));
        Ok(Kept { state: self.state, rows, coins: read.coins.clone(), names: read.names.clone() })
    }

    /// The books of a question: those kept, or folded from all rows.
    pub fn books(&mut self, query: &PnlQuery) -> Result<&Books> {
        let books = match self.folded.iter().position(|books| books.query() == query) {
            Some(at) => self.folded.remove(at),
            None => {
                let mut books = Books::new(query.clone());
                books.apply_all(self.read.as_ref().map_or(&[][..], |read| &read.rows))?;
                books
            }
        };
        self.folded.truncate(QUESTIONS_KEPT - 1);
        self.folded.insert(0, books);
        Ok(&self.folded[0])
    }
}

impl Workstation {
    /// A book's shelf, as new as the journal.
    pub(crate) async fn shelf(&self, book: Book) -> Result<MutexGuard<'_, Shelf>> {
        let shelves = &self.inner.shelves;
        let mut shelf = match book {
            Book::Paper => shelves.paper.lock().await,
            Book::Live => shelves.live.lock().await,
        };
        if let Err(error) = shelf.refresh(self.store()).await {
            shelf.clear();
            return Err(error);
        }
        Ok(shelf)
    }

    /// Forgets what was folded: the projections were made anew.
    pub(crate) async fn clear_shelves(&self) {
        self.inner.shelves.paper.lock().await.clear();
        self.inner.shelves.live.lock().await.clear();
    }

    /// The rows of a book and what they are worth now.
    pub(crate) async fn ledgered(&self, book: Book) -> Result<Ledgered> {
        let shelf = self.shelf(book).await?;
        self.ledgered_of(&shelf).await
    }

    /// The same, of a shelf one holds.
    pub(crate) async fn ledgered_of(&self, shelf: &Shelf) -> Result<Ledgered> {
        let now = self.now();
        let quotes = self.store().quotes().await?;
        let quotes: HashMap<Coin, _> = quotes.into_iter().map(|quote| (quote.coin, quote)).collect();
        let Some(read) = &shelf.read else { return Err(Error::Halted("the books were not read".to_owned())) };
        let value = |coin: &Coin| {
            let quote = quotes.get(coin)?;
            Some(Valuation { price: quote.bid?, age_s: quote.age_s(now) })
        };
        let mut by_hand = HashSet::new();
        let mut prices = HashMap::with_capacity(read.coins.len());
        for (number, coin) in &read.coins {
            let quoted = value(coin);
            let Some(price) = quoted.or_else(|| read.given.at(*coin, now)) else { continue };
            prices.insert(*number, price);
            if quoted.is_none() {
                by_hand.insert(*number);
            }
        }
        let (rows, coins, names) = (Arc::clone(&read.rows), read.coins.clone(), read.names.clone());
        let reading = shelf.reading;
        Ok(Ledgered {
            reading,
            rows,
            coins,
            names,
            prices,
            by_hand,
            since: read.since,
            questions: read.questions.clone(),
        })
    }
}

fn is_paper(fact: &Fact) -> bool {
    matches!(fact, Fact::Movement { movement } if movement.book == Book::Paper)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Decimal, Direction, Money, Moved, Movement, Price, Quantity, RowKind, Side, Trade, Why};

    fn trade(seconds: i64, seq: u64) -> TradeRow {
        TradeRow {
            time: Timestamp::from_millis(seconds * 1000),
            recorded_at: Timestamp::from_millis(0),
            seq,
            quantity: Quantity::parse("1").unwrap(),
            price: Price::parse("1").unwrap(),
            fee: Decimal::ZERO,
            device: 1,
            coin: 1,
            algorithm: 0,
            side: Side::Buy,
            book: Book::Live,
            kind: RowKind::Trade,
        }
    }

    fn gift(coin: &str, seq: u64) -> Recorded {
        let movement = Movement {
            book: Book::Live,
            time: Timestamp::from_millis(15_000),
            what: Moved::Coins {
                direction: Direction::In,
                coin: Coin::parse(coin).unwrap(),
                quantity: Quantity::parse("1").unwrap(),
                why: Why::Gift,
            },
            value: Some(Money::aud(Decimal::ONE)),
            fee: None,
            network_fee: None,
            venue: None,
            party: None,
            external_id: None,
            note: None,
            occurrence: 0,
        };
        let fact = Fact::Movement { movement: Box::new(movement) };
        Recorded { device: 1, seq, recorded_at: Timestamp::from_millis(0), fact }
    }

    #[test]
    fn movements_stand_among_the_trades_and_a_coin_no_trade_knows_gets_a_number_beyond_the_dictionary() {
        let mut coins = BTreeMap::from([(1, Coin::parse("BTC").unwrap())]);
        let facts = [gift("DOGE", 8), gift("BTC", 9)];
        let folded = fold_movements(Book::Live, &facts, &mut coins, &mut BTreeMap::new());
        let mut rows = vec![trade(10, 1), trade(20, 2)];
        merge(&mut rows, folded.rows);
        assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 8, 9, 2]);
        assert_eq!(rows.iter().map(|row| row.coin).collect::<Vec<_>>(), [1, BEYOND, 1, 1]);
        assert_eq!(coins[&BEYOND].as_str(), "DOGE");
        assert!(fold_movements(Book::Paper, &facts, &mut coins, &mut BTreeMap::new()).rows.is_empty());
    }

    fn bought(coin: &str, seconds: i64, book: Book) -> Fact {
        Fact::Trade(Trade {
            book,
            time: Timestamp::from_millis(seconds * 1000),
            coin: Coin::parse(coin).unwrap(),
            side: if seconds % 3 == 0 { Side::Sell } else { Side::Buy },
            quantity: Quantity::parse("2").unwrap(),
            price: Price::new(Decimal::from(100 + seconds)).unwrap(),
            fee: Money::aud(Decimal::ONE),
            algorithm: None,
            venue: None,
            external_id: Some(format!("{coin}{seconds}")),
            occurrence: 0,
            order: None,
        })
    }

    /// What a shelf answers must be what one that was just made answers; the books of the question, and whether they were kept.
    async fn is_kept(shelf: &mut Shelf, store: &Store) -> bool {
        shelf.refresh(store).await.unwrap();
        let kept = !shelf.folded.is_empty();
        let mut fresh = Shelf::of(shelf.book);
        fresh.refresh(store).await.unwrap();
        for by in [books::GroupBy::Coin, books::GroupBy::Month] {
            let query = PnlQuery { by, ..PnlQuery::of(shelf.book) };
            let same = fresh.books(&query).unwrap().report(&|_| None).unwrap();
            assert_eq!(shelf.books(&query).unwrap().report(&|_| None).unwrap(), same);
        }
        kept
    }

    #[tokio::test]
    async fn what_is_kept_answers_as_a_new_fold_would_whatever_the_journal_gained() {
        let home = tempfile::tempdir().unwrap();
        let now = Timestamp::from_millis(1_000_000);
        let store = Store::open(home.path(), domain::DeviceId::from_bytes([7; 16]), now).await.unwrap();
        let (mut live, mut paper) = (Shelf::of(Book::Live), Shelf::of(Book::Paper));
        let mut at = 0;
        let mut later = || {
            at += 1;
            now.plus_micros(at)
        };
        let steps = [
            (bought("BTC", 10, Book::Live), [false, false]),
            (bought("BTC", 11, Book::Live), [true, true]),
            (bought("BTC", 20, Book::Paper), [true, true]),
            (bought("ETH", 12, Book::Live), [true, true]),
            (bought("BTC", 5, Book::Live), [false, true]),
            (gift("DOGE", 0).fact, [false, false]),
            (bought("BTC", 21, Book::Live), [true, true]),
            (bought("DOGE", 24, Book::Live), [false, true]),
            (Fact::PaperReset { cash: Money::aud(Decimal::TEN) }, [false, false]),
            (bought("BTC", 27, Book::Paper), [true, true]),
            (Fact::AskTime { seconds: 60 }, [true, true]),
            (Fact::TradeTagged { trade: domain::TradeId::parse(&"0".repeat(32)).unwrap(), tag: None }, [true, true]),
        ];
        for (fact, kept) in steps {
            store.append(std::slice::from_ref(&fact), later()).await.unwrap();
            let found = [is_kept(&mut live, &store).await, is_kept(&mut paper, &store).await];
            assert_eq!(found, kept, "{fact:?}");
        }
        assert!(paper.read.as_ref().unwrap().since.is_some());
    }

    #[tokio::test]
    async fn no_more_questions_are_kept_than_there_is_room_for() {
        let home = tempfile::tempdir().unwrap();
        let now = Timestamp::from_millis(1_000_000);
        let store = Store::open(home.path(), domain::DeviceId::from_bytes([7; 16]), now).await.unwrap();
        let mut shelf = Shelf::of(Book::Live);
        shelf.refresh(&store).await.unwrap();
        for coin in 0..20 {
            let query = PnlQuery { coin: Some(coin), ..PnlQuery::of(Book::Live) };
            assert_eq!(shelf.books(&query).unwrap().query(), &query);
        }
        assert_eq!(shelf.folded.len(), QUESTIONS_KEPT);
    }
}
