//! What the limits on equity stand on: what a book is worth, how it moved, what each algorithm holds, what is written down.
//!
//! Invariants: a point of the equity is kept only when everything held could be counted, at most once a minute and at the
//! first chance of each local day; without one kept, the moment itself is the first. An order is judged by the prices of
//! the moment, never by a kept point. Deliberately absent: the limits (`floor`), the rows (`store`).

use crate::desk::Desk;
use crate::when::{DEFAULT_ZONE, today};
use crate::{Result, Workstation};
use domain::{
    Book, Coin, Decimal, Fact, Interval, Money, Proposal, Quote, Side, Timestamp, VolatileMode, parse_decimal,
};
use floor::{Balances, Bid, Counts, EquityPoint, Exposure, Limits, OwnBooks, Protections, WILD_RATIO, Worth};
use std::collections::BTreeMap;
use std::time::Duration;
use store::StoredEquity;

/// Points of a book are at least this far apart, but for a new day.
const POINT_EVERY_S: i64 = 60;
const KEEP_EVERY: Duration = Duration::from_secs(20);
/// The coin whose market tells whether all of it is wild.
const MARKET: &str = "BTC";
const RECENT_MICROS: i64 = 3_600 * 1_000_000;
const USUAL_MICROS: i64 = 7 * 86_400 * 1_000_000;
/// A measure of the market this young is not made again for an order.
const MEASURED_FRESH_S: i64 = 300;
const MEASURE_EVERY_S: i64 = 60;
/// What is usual changes slowly.
const USUAL_FRESH_S: i64 = 3_600;

/// A drawdown that was started anew, over one kept point of the equity.
#[derive(Debug, Clone, Copy)]
struct PeakFrom {
    point: i64,
    point_at: Timestamp,
    /// None when the fact is damaged: then the highest stands.
    index: Option<Decimal>,
    at: Timestamp,
}

/// What the desk keeps for it.
#[derive(Default)]
pub(crate) struct Risk {
    /// What each algorithm holds.
    pub own: OwnBooks,
    /// Coins that count nothing while they have no fresh bid, and why.
    pub written_down: BTreeMap<(Book, Coin), String>,
    /// What locks an algorithm for a while.
    pub protections: Protections,
    /// Whether a person or the rule decides about volatile mode.
    pub volatile: VolatileMode,
    /// Where the drawdown of a book was last started anew.
    peaks: BTreeMap<Book, PeakFrom>,
    wallets: u32,
    paper: Option<StoredEquity>,
    live: Option<StoredEquity>,
}

impl Risk {
    pub fn apply(&mut self, fact: &Fact) {
        self.own.apply(fact);
        self.protections.apply(fact);
        match fact {
            Fact::WrittenDown { book, coin, why } => {
                self.written_down.insert((*book, *coin), why.clone());
            }
            Fact::VolatileSet { mode } => self.volatile = *mode,
            Fact::PeakReset { book, point, point_at, index, at, .. } => {
                let index = parse_decimal(index).ok();
                self.peaks.insert(*book, PeakFrom { point: *point, point_at: *point_at, index, at: *at });
            }
            Fact::Trade(trade) if trade.side == Side::Buy => {
                self.written_down.remove(&(trade.book, trade.coin));
            }
            Fact::PaperReset { .. } => {
                self.written_down.retain(|(book, _), _| *book != Book::Paper);
                self.wallets = self.wallets.saturating_add(1);
                self.peaks.remove(&Book::Paper);
                self.paper = None;
            }
            _ => {}
        }
    }

    fn last(&self, book: Book) -> Option<&StoredEquity> {
        if book == Book::Paper { self.paper.as_ref() } else { self.live.as_ref() }
    }

    /// The point that the next one follows. Later ones than that over which the drawdown was started anew remember it themselves.
    fn before(&self, book: Book) -> Option<EquityPoint> {
        let last = self.last(book)?;
        let anew = self.peaks.get(&book).filter(|from| (from.point, from.point_at) == (last.number, last.point.at));
        Some(anew.and_then(|from| from.index).map_or(last.point, |index| last.point.with_peak(index)))
    }

    /// Since when the highest of a book counts, where a person said so.
    pub fn peak_since(&self, book: Book) -> Option<Timestamp> {
        self.peaks.get(&book).filter(|from| from.index.is_some()).map(|from| from.at)
    }

    fn keep(&mut self, stored: StoredEquity) {
        if stored.book == Book::Paper {
            self.paper = Some(stored);
        } else {
            self.live = Some(stored);
        }
    }

    const fn wallet(&self, book: Book) -> u32 {
        match book {
            Book::Paper => self.wallets,
            Book::Live => 0,
        }
    }
}

/// How wild the market was when it was measured.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wildness {
    /// When.
    pub at: Option<Timestamp>,
    /// Times as far as usual; none when too little is known.
    pub ratio: Option<f64>,
}

impl Wildness {
    pub fn is_wild(self) -> bool {
        self.ratio.is_some_and(|ratio| ratio >= WILD_RATIO)
    }
}

/// The last measure, and the returns of the days before.
#[derive(Default)]
pub(crate) struct Market {
    last: Wildness,
    usual: Option<(Timestamp, Vec<f64>)>,
}

fn bid(quote: Option<&Quote>, now: Timestamp, max_age_s: i64) -> Bid {
    let Some((quote, bid)) = quote.and_then(|quote| Some((quote, quote.bid?))) else { return Bid::None };
    let is_fresh = now.seconds_since(quote.seen).abs() <= max_age_s && !quote.is_crossed();
    if is_fresh { Bid::Fresh(bid) } else { Bid::Stale(bid) }
}

impl Desk {
    /// What a book is worth now; the live one as the venue last told, and unknown while it told nothing.
    pub fn worth(&self, book: Book, now: Timestamp) -> Worth {
        let max_age_s = self.limits.of(book).max_price_age_s().map_or(0, i64::from);
        let bid = |coin: Coin| bid(self.quotes.get(&coin), now, max_age_s);
        let is_written_down = |coin: Coin| self.risk.written_down.contains_key(&(book, coin));
        match (book, &self.live.look) {
            (Book::Paper, _) => Worth::of(self.wallet.cash(), self.wallet.holdings(), bid, is_written_down),
            (Book::Live, Some(look)) => {
                let held = look.coins.iter().copied().filter(|(_, quantity)| !quantity.is_zero());
                Worth::of(Money::aud(look.cash), held, bid, is_written_down)
            }
            (Book::Live, None) => Worth { cash: Money::ZERO_AUD, held: Vec::new(), equity: None },
        }
    }

    /// The point of a book's equity of now, after those that were kept; none while it can't be told.
    pub fn equity_point(&self, book: Book, now: Timestamp, worth: &Worth) -> Option<EquityPoint> {
        let (equity, before) = (worth.equity?, self.risk.last(book));
        let (at, flow) = match (book, &self.live.look, before) {
            (Book::Live, Some(look), Some(before)) => {
                let counts = |coin: Coin| {
                    let held = worth.held.iter().find(|held| held.coin == coin)?;
                    match held.counts {
                        Counts::AtBid(bid) => Some(bid.decimal()),
                        Counts::WrittenDown | Counts::Dust => Some(Decimal::ZERO),
                        Counts::Unpriced => None,
                    }
                };
                (look.at, floor::paid_in(&before.balances, look, counts)?)
            }
            (Book::Live, Some(look), None) => (look.at, Money::ZERO_AUD),
            _ => (now, Money::ZERO_AUD),
        };
        EquityPoint::next(self.risk.before(book).as_ref(), at, today(now, DEFAULT_ZONE), equity, flow)
    }

    /// What an order is held against the limits on equity with.
    pub fn exposure<'a>(&self, proposal: &Proposal, now: Timestamp, worth: &'a Worth) -> Exposure<'a> {
        let (book, coin) = (proposal.book, proposal.coin);
        let point = self.equity_point(book, now, worth);
        let own = |name| {
            let held = self.risk.own.of(book, name).into_iter().flat_map(floor::OwnBook::held);
            held.map(|(coin, own)| worth.part_of(coin, own.quantity))
                .chain([self.orders.reserved_cash_of(book, floor::holder(proposal))])
                .try_fold(Money::ZERO_AUD, Money::checked_add)
        };
        // A sum beyond every number is a share beyond every limit.
        let beyond = Money::aud(Decimal::MAX);
        Exposure {
            worth,
            day_start: point.as_ref().and_then(EquityPoint::day_start),
            peak: point.as_ref().and_then(EquityPoint::highest),
            coin: worth.value_of(coin).checked_add(self.orders.open_buys_of(book, coin)).unwrap_or(beyond),
            algorithm: proposal.algorithm.as_ref().map_or(Money::ZERO_AUD, |name| own(name).unwrap_or(beyond)),
        }
    }

    /// The limits of a book as they bind now.
    pub fn limits_now(&self, book: Book, market: Wildness) -> Limits {
        let limits = self.limits.of(book);
        if self.is_volatile(market) { limits.halved() } else { limits.clone() }
    }

    /// Whether volatile mode is on.
    pub fn is_volatile(&self, market: Wildness) -> bool {
        match self.risk.volatile {
            VolatileMode::On => true,
            VolatileMode::Off => false,
            VolatileMode::Auto => market.is_wild(),
        }
    }
}

impl Workstation {
    /// Takes over the newest points of the books.
    pub(crate) async fn load_equity(&self, desk: &mut Desk) -> Result<()> {
        for book in [Book::Paper, Book::Live] {
            if let Some(stored) = self.store().last_equity(book, desk.risk.wallet(book)).await? {
                desk.risk.keep(stored);
            }
        }
        Ok(())
    }

    /// Keeps a point of a book's equity when one is due and everything held can be counted.
    pub(crate) async fn note_equity(&self, desk: &mut Desk, book: Book) -> Result<()> {
        let now = self.now();
        if !self.store().is_writer() || (book == Book::Live && !desk.live.is_fresh(now)) {
            return Ok(());
        }
        let worth = desk.worth(book, now);
        let Some(point) = desk.equity_point(book, now, &worth) else { return Ok(()) };
        let last = desk.risk.last(book);
        let due = last.is_none_or(|last| {
            let since_s = point.at.seconds_since(last.point.at);
            !(0..POINT_EVERY_S).contains(&since_s) || last.point.day != point.day
        });
        if !due {
            return Ok(());
        }
        let counted = |counts| match counts {
            Counts::AtBid(bid) => bid.decimal(),
            _ => Decimal::ZERO,
        };
        let coins = worth.held.iter().map(|held| (held.coin, (held.quantity, counted(held.counts)))).collect();
        let stored = StoredEquity {
            book,
            wallet: desk.risk.wallet(book),
            number: last.map_or(0, |last| last.number) + 1,
            point,
            balances: Balances { at: point.at, cash: worth.cash.amount(), coins },
        };
        self.store().save_equity(&stored).await?;
        desk.risk.keep(stored);
        Ok(())
    }

    /// The fact that starts a book's drawdown anew, and by how much it has fallen; none while its equity can't be told, or when it
    /// stands at its highest.
    pub(crate) async fn peak_reset(&self, desk: &mut Desk, book: Book) -> Result<Option<Fact>> {
        self.note_equity(desk, book).await?;
        let now = self.now();
        let worth = desk.worth(book, now);
        let point = desk.equity_point(book, now, &worth);
        let Some((point, last)) = point.zip(desk.risk.last(book)).filter(|(point, _)| point.index < point.peak) else {
            return Ok(None);
        };
        let Some(from) = point.highest() else { return Ok(None) };
        Ok(Some(Fact::PeakReset {
            book,
            point: last.number,
            point_at: last.point.at,
            index: point.index.to_string(),
            from,
            to: point.equity,
            at: now,
        }))
    }

    /// Keeps points of both books and measures the market while the workstation runs.
    pub(crate) async fn keep_equity(&self) {
        loop {
            if let Err(error) = self.keep_equity_once().await {
                tracing::warn!(code = error.code(), "the equity could not be kept: {error}");
            }
            tokio::time::sleep(KEEP_EVERY).await;
        }
    }

    async fn keep_equity_once(&self) -> Result<()> {
        self.wildness(MEASURE_EVERY_S).await?;
        let mut desk = self.desk().await?;
        for book in [Book::Paper, Book::Live] {
            self.note_equity(&mut desk, book).await?;
        }
        Ok(())
    }

    /// How wild the market is, measured again when the last measure is not fresh.
    pub(crate) async fn market_now(&self) -> Result<Wildness> {
        self.wildness(MEASURED_FRESH_S).await
    }

    async fn wildness(&self, fresh_s: i64) -> Result<Wildness> {
        let now = self.now();
        let young = |at: Timestamp, most_s: i64| (0..=most_s).contains(&now.seconds_since(at));
        let mut market = self.inner.market.lock().await;
        if market.last.at.is_some_and(|at| young(at, fresh_s)) {
            return Ok(market.last);
        }
        let Ok(coin) = Coin::parse(MARKET) else { return Ok(Wildness::default()) };
        let recent = now.plus_micros(-RECENT_MICROS);
        if !market.usual.as_ref().is_some_and(|(at, _)| young(*at, USUAL_FRESH_S)) {
            market.usual = Some((now, self.returns(coin, recent.plus_micros(-USUAL_MICROS), recent).await?));
        }
        let usual = market.usual.as_ref().map_or(&[][..], |(_, usual)| usual);
        let ratio = floor::wildness(&self.returns(coin, recent, now).await?, usual);
        market.last = Wildness { at: Some(now), ratio };
        Ok(market.last)
    }

    /// The log returns of five-minute closes that follow each other without a gap.
    async fn returns(&self, coin: Coin, from: Timestamp, to: Timestamp) -> Result<Vec<f64>> {
        let interval = Interval::M5;
        let candles = self.compose(coin, interval, from, to).await?;
        let closes = candles.iter().map(|candle| (candle.time, f64::try_from(candle.close.decimal()).ok()));
        let mut returns = Vec::with_capacity(candles.len());
        let mut before: Option<(Timestamp, f64)> = None;
        for (time, close) in closes {
            if let (Some((earlier, from)), Some(to)) = (before, close)
                && time == earlier.plus_micros(interval.micros())
                && from > 0.0
            {
                returns.push((to / from).ln());
            }
            before = close.map(|close| (time, close));
        }
        Ok(returns)
    }
}
