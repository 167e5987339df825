//! Prices, candles and collection.

use super::books::parse_coin;
use super::collect::{known_sources, run_row};
use crate::desk::percent;
use crate::dto::{
    CandleImport, CandleRow, Candles, Collected, Event, GapRow, PriceRow, Prices, RejectedLine, RunRow, SourceRow,
    SourcesView,
};
use crate::settings::described;
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Result, Workstation};
use coinspot::{COIN_LIST_SOURCE, PRICES_SOURCE};
use domain::{Book, Candle, Coin, Decimal, Interval, Name, Quote, QuoteKind, Timestamp};
use floor::{Depth, Level};
use ledgers::{FeedState, Fingerprint};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use store::{CandleSource, Run, RunCause, RunStatus};

/// The backfill of charts: not a feed of prices, but recorded and shown like one.
pub(crate) const HISTORY: &str = "coinspot_history";
/// Candles asked for when a chart is opened.
const CHART_CANDLES: i64 = 1_500;
/// A chart's history is not asked for again within this.
const CHART_ASKED_AGAIN_S: i64 = 60;
/// A price of a day ago is looked up again after this.
const DAY_AGO_KEPT_S: i64 = 300;
const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// More holes than this are read in one go instead of one by one.
const HOLES_READ_SINGLY_MAX: usize = 64;

/// Which candles.
#[derive(Debug, Clone, Default)]
pub struct CandlesRequest {
    /// Ticker.
    pub coin: String,
    /// `1m` … `1d`.
    pub interval: String,
    /// Date or time.
    pub from: Option<String>,
    /// Date or time, itself outside.
    pub to: Option<String>,
    /// Zone of plain dates.
    pub timezone: Option<String>,
    /// Only the newest so many.
    pub limit: Option<usize>,
}

/// The name of a price feed as a constant, for one that is known.
pub(crate) fn feed_name(name: &str) -> Option<&'static str> {
    [PRICES_SOURCE.name, COIN_LIST_SOURCE.name].into_iter().find(|known| *known == name)
}

/// Whether a feed is the one that quotes of this kind come from.
pub(crate) fn feeds(name: &str, kind: QuoteKind) -> bool {
    (name == PRICES_SOURCE.name) == (kind == QuoteKind::Book)
}

/// What a feed said, without when it said it.
pub(crate) fn content<'a>(quotes: impl Iterator<Item = &'a Quote>) -> Fingerprint {
    let text = |price: Option<domain::Price>| price.map_or_else(String::new, |price| price.to_string());
    let line = |q: &Quote| format!("{}|{}|{}|{}", q.coin, text(q.bid), text(q.ask), text(q.last));
    Fingerprint::of(quotes.map(line).collect())
}

pub(super) fn parse_interval(text: &str) -> Result<Interval> {
    text.parse().map_err(|error: domain::UnknownInterval| Error::usage("bad_interval", error.to_string()))
}

impl Workstation {
    /// All coins' prices as last seen: those with a book first, then by ticker.
    ///
    /// # Errors
    /// The store's.
    pub async fn prices(&self) -> Result<Prices> {
        let (mut quotes, max_age_s): (Vec<Quote>, i64) = {
            let desk = self.desk().await?;
            (desk.quotes.values().copied().collect(), max_age_s(&desk))
        };
        quotes.sort_by_key(|quote| (quote.kind, quote.coin));
        let mut prices = Vec::with_capacity(quotes.len());
        for quote in &quotes {
            let day_ago = self.day_ago(quote.coin).await?;
            prices.push(price_row(quote, day_ago, self.now(), max_age_s));
        }
        Ok(Prices { prices })
    }

    /// Candles of a coin, composed of what is stored; gaps stay gaps.
    ///
    /// # Errors
    /// A bad coin, interval or time; the store's.
    pub async fn candles(&self, request: &CandlesRequest) -> Result<Candles> {
        let coin = parse_coin(&request.coin)?;
        let interval = parse_interval(&request.interval)?;
        let zone = request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
        let from = request.from.as_deref().map(|text| moment(text, zone)).transpose()?;
        let to = request.to.as_deref().map(|text| moment(text, zone)).transpose()?;
        let end = self.now().plus_micros(interval.micros());
        let mut candles =
            self.compose(coin, interval, from.unwrap_or_default(), to.map_or(end, |to| to.min(end))).await?;
        let skip = candles.len().saturating_sub(request.limit.unwrap_or(usize::MAX));
        candles.drain(..skip);
        let gaps = match (candles.first(), candles.last()) {
            (Some(first), Some(last)) => {
                let from = if skip == 0 { from.unwrap_or(first.time) } else { first.time };
                let last_end = last.time.plus_micros(interval.micros());
                // What has not happened yet is not missing.
                let until = to.map_or(last_end, |to| to.min(interval.floor(self.now()))).max(last_end);
                ledgers::gaps(&candles, interval, from, until)
                    .map_err(|error| Error::Halted(format!("candles of {coin}: {error}")))?
            }
            _ => Vec::new(),
        };
        let gap = |gap: &ledgers::Gap| GapRow { from: gap.from, to: gap.to, missing: gap.missing };
        Ok(Candles {
            gaps: gaps.iter().map(gap).collect(),
            candles: candles.into_iter().map(CandleRow::from).collect(),
        })
    }

    /// What a chart shows: asks the source for the history first, when nobody did lately. Offline, it is what is stored.
    ///
    /// # Errors
    /// As [`Self::candles`].
    pub async fn chart(&self, request: &CandlesRequest) -> Result<Candles> {
        let (coin, interval) = (parse_coin(&request.coin)?, parse_interval(&request.interval)?);
        if self.store().is_writer() {
            let _ = self.backfill(coin, interval).await;
            // The minutes of the running candle before we looked at it.
            let _ = self.backfill(coin, Interval::M1).await;
        }
        self.candles(request).await
    }

    /// Candles at an interval: the stored ones, and where they are missing, made of finer ones down to the ticks.
    pub(crate) fn compose(
        &self,
        coin: Coin,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Vec<Candle>>> + Send + '_>> {
        Box::pin(async move {
            let from_floor = interval.floor(from);
            let start = if from_floor < from { from_floor.plus_micros(interval.micros()) } else { from_floor };
            let stored = self.store().candles(coin, interval, start, to).await?;
            let broken = |error: ledgers::CandleError| Error::Halted(format!("candles of {coin}: {error}"));
            let end = interval.floor(to.plus_micros(interval.micros() - 1));
            let mut holes: Vec<(Timestamp, Timestamp)> = ledgers::gaps(&stored, interval, start, end)
                .map_err(broken)?
                .iter()
                .map(|gap| (gap.from, gap.to))
                .collect();
            if holes.len() > HOLES_READ_SINGLY_MAX {
                holes = vec![(start, end)];
            }
            let mut made = Vec::new();
            for (from, to) in holes {
                match finer(interval) {
                    Some(finer) => {
                        let parts = self.compose(coin, finer, from, to).await?;
                        made.extend(ledgers::aggregate(&parts, finer, interval).map_err(broken)?);
                    }
                    None => made.extend(self.fold_ticks(coin, from, to).await?),
                }
            }
            Ok(merged(stored, made))
        })
    }

    async fn fold_ticks(&self, coin: Coin, from: Timestamp, to: Timestamp) -> Result<Vec<Candle>> {
        let quotes = self.store().ticks(coin, from, to).await?;
        let tick =
            |quote: &Quote| Some(ledgers::Tick { time: quote.seen, price: quote.candle_price()?, quantity: None });
        Ok(ledgers::fold(quotes.iter().filter_map(tick).collect(), Interval::M1))
    }

    /// Imports candles from a file: all of it or, with a bad line, nothing. Known candles stay as they are.
    ///
    /// # Errors
    /// [`Error::BadLines`], a bad coin or interval, the store's.
    pub async fn import_candles(&self, path: &Path, coin: &str, interval: &str) -> Result<CandleImport> {
        let (coin, interval) = (parse_coin(coin)?, parse_interval(interval)?);
        let name = path.display().to_string();
        let file = std::fs::File::open(path).map_err(Error::io(format!("cannot open {name}")))?;
        let reader: Box<dyn BufRead> = if path.extension().is_some_and(|extension| extension == "gz") {
            Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file).take(crate::import::FILE_BYTES_MAX)))
        } else {
            Box::new(BufReader::new(file.take(crate::import::FILE_BYTES_MAX)))
        };
        let parsed = ledgers::parse_candles(reader, interval)
            .map_err(|error| Error::Refused { code: error.code().to_owned(), message: format!("{name}: {error}") })?;
        let line = |bad: ledgers::BadLine| RejectedLine { line: bad.line, reason: bad.reason };
        let rejected: Vec<_> = parsed.rejected.into_iter().map(line).collect();
        if !rejected.is_empty() {
            let read = parsed.candles.len() as u64 + parsed.rejected_total;
            return Err(Error::BadLines { file: name, read, rejected });
        }
        let count = self.store().save_candles(coin, interval, CandleSource::Import, &parsed.candles).await?;
        Ok(CandleImport { imported: count.new, duplicates: count.duplicates, rejected })
    }

    /// Runs sources once: those named, or all.
    ///
    /// # Errors
    /// A name that is no source; the store's. A source that fails is in the answer.
    pub async fn collect(&self, names: &[String]) -> Result<Collected> {
        self.require_writer()?;
        let known = known_sources();
        for name in names {
            if name != HISTORY && !known.iter().any(|info| info.name == name) {
                let all: Vec<&str> = known.iter().map(|info| info.name).chain([HISTORY]).collect();
                return Err(Error::usage("unknown_source", format!("'{name}' is no source: use {}", all.join(", "))));
            }
        }
        let wanted = |name: &str| names.is_empty() || names.iter().any(|asked| asked == name);
        let mut collected = self.collect_now(names).await?;
        if wanted(HISTORY) {
            let mut charts = self.backfill_books().await?;
            if charts.error.is_none() {
                let closes = self.fetch_closes().await?;
                (charts.seen, charts.new) = (charts.seen + closes.seen, charts.new + closes.new);
                charts.duplicate += closes.duplicate;
            }
            collected.runs.push(charts);
        }
        Ok(collected)
    }

    /// Fetches the prices of the feed a coin is in.
    pub(crate) async fn collect_prices_for(&self, coin: Coin) -> Result<()> {
        let kind = self.desk().await?.quotes.get(&coin).map(|quote| quote.kind);
        if kind != Some(QuoteKind::Instant) {
            self.run_source(PRICES_SOURCE.name, RunCause::Manual).await?;
        }
        let has_book = self.desk().await?.quotes.get(&coin).is_some_and(|quote| quote.kind == QuoteKind::Book);
        if !has_book {
            self.run_source(COIN_LIST_SOURCE.name, RunCause::Manual).await?;
        }
        Ok(())
    }

    /// Judges a reply, stores it when it is not frozen, and tells what changed.
    pub(crate) async fn take_quotes(
        &self,
        name: &'static str,
        feed: &Name,
        mut collected: ledgers::Collected,
    ) -> Result<TakenQuotes> {
        let mut guard = self.desk().await?;
        let desk = &mut *guard;
        let now = self.now();
        let stored = &desk.quotes;
        let jumps = desk.guards.entry(name).or_insert_with(|| ledgers::JumpGuard::new(stored.values().copied()));
        jumps.sift(&mut collected, now);
        let rejected = std::mem::take(&mut collected.rejected);
        // A coin with a book is quoted by its book.
        let has_book = |coin: &Coin| desk.quotes.get(coin).is_some_and(|quote| quote.kind == QuoteKind::Book);
        let mut quotes: Vec<Quote> =
            collected.quotes.into_iter().filter(|q| q.kind == QuoteKind::Book || !has_book(&q.coin)).collect();
        let total = quotes.len();
        let flawed = flawed(&quotes, &rejected, |coin| desk.quotes.contains_key(coin));
        let judged = desk.judges.entry(name).or_default().judge(content(quotes.iter()), now);
        let FeedState::Changed { seen } = judged else {
            self.store().save_quotes(feed, &[], now).await?;
            return Ok(TakenQuotes { changed: Vec::new(), status: RunStatus::Unchanged, total, rejected, flawed });
        };
        for quote in &mut quotes {
            quote.seen = seen;
        }
        self.store().save_quotes(feed, &quotes, now).await?;
        self.inner.lately.note_written();
        let mut changed = Vec::new();
        for quote in quotes {
            let before = desk.quotes.insert(quote.coin, quote);
            if before.is_none_or(|before| Quote { seen: quote.seen, ..before } != quote) {
                changed.push(quote.coin);
            }
        }
        if self.is_heard() {
            let max_age_s = max_age_s(desk);
            let all: Vec<Quote> = desk.quotes.values().filter(|quote| quote.seen == seen).copied().collect();
            let cached = self.inner.day_ago.lock().await;
            let row = |quote: &Quote| {
                let day_ago = cached.get(&quote.coin).and_then(|(_, price)| *price);
                price_row(quote, day_ago, now, max_age_s)
            };
            self.tell(Event::Prices { prices: all.iter().map(row).collect() });
            drop(cached);
            self.tell_status(desk);
        }
        Ok(TakenQuotes { changed, status: RunStatus::Ok, total, rejected, flawed })
    }

    /// The history of one chart, unless it was asked for a moment ago. Only closed candles are kept.
    pub(crate) async fn backfill(&self, coin: Coin, interval: Interval) -> Result<RunRow> {
        let now = self.now();
        let asked = self.inner.charts_asked.lock().await.insert((coin, interval), now);
        if asked.is_some_and(|asked| now.seconds_since(asked) < CHART_ASKED_AGAIN_S) {
            return Err(Error::refused("asked_already", "this chart was asked for a moment ago"));
        }
        let from = interval.floor(now).plus_micros(-CHART_CANDLES * interval.micros());
        let history = self.outside().await?.coinspot.history(coin, interval, from, now).await;
        let mut run = Run::begun(feed_id(HISTORY)?, RunCause::Backfill, now);
        match history {
            Ok(history) => {
                let closed: Vec<Candle> = history
                    .candles
                    .into_iter()
                    .filter(|candle| candle.time.plus_micros(interval.micros()) <= now)
                    .collect();
                let count = self.store().save_candles(coin, interval, CandleSource::History, &closed).await?;
                (run.new, run.duplicate) = (count.new, count.duplicates);
                run.rejected = (history.rejected.len() + history.dropped) as u64;
                run.seen = run.new + run.duplicate + run.rejected;
            }
            Err(error) => {
                run.status = RunStatus::Failed;
                run.error = Some(format!("{coin} {interval}: {error}"));
            }
        }
        self.store().record_run(&run).await?;
        Ok(run_row(run))
    }

    /// Hourly history of the coins with a book and of those held, so that a change over 24 h is known.
    pub(crate) async fn backfill_books(&self) -> Result<RunRow> {
        let coins: Vec<Coin> = {
            let desk = self.desk().await?;
            let held: Vec<Coin> = desk.wallet.holdings().map(|(coin, _)| coin).collect();
            let quotes = desk.quotes.values();
            quotes.filter(|q| q.kind == QuoteKind::Book || held.contains(&q.coin)).map(|quote| quote.coin).collect()
        };
        let mut sum = run_row(Run::begun(feed_id(HISTORY)?, RunCause::Backfill, self.now()));
        for coin in coins {
            match self.backfill(coin, Interval::H1).await {
                Ok(run) => {
                    sum.seen += run.seen;
                    sum.new += run.new;
                    sum.duplicate += run.duplicate;
                    sum.rejected += run.rejected;
                    if run.error.is_some() {
                        // One answer is enough to know that the service is not there.
                        sum.status = run.status;
                        sum.error = run.error;
                        break;
                    }
                }
                Err(error) if error.code() == "asked_already" => {}
                Err(error) => return Err(error),
            }
        }
        self.inner.day_ago.lock().await.clear();
        Ok(sum)
    }

    /// The price of a coin a day ago; none where our history does not reach back.
    async fn day_ago(&self, coin: Coin) -> Result<Option<Decimal>> {
        let now = self.now();
        if let Some((asked, price)) = self.inner.day_ago.lock().await.get(&coin)
            && now.seconds_since(*asked) < DAY_AGO_KEPT_S
        {
            return Ok(*price);
        }
        let then = now.plus_micros(-DAY_MICROS);
        let mut price = None;
        for interval in [Interval::M1, Interval::H1] {
            let candles = self.store().candles(coin, interval, then.plus_micros(-interval.micros()), then).await?;
            if let Some(candle) = candles.last() {
                price = Some(candle.close.decimal());
                break;
            }
        }
        if price.is_none() {
            let ticks = self.store().ticks(coin, then.plus_micros(-Interval::M15.micros()), then).await?;
            price = ticks.last().and_then(Quote::candle_price).map(domain::Price::decimal);
        }
        self.inner.day_ago.lock().await.insert(coin, (now, price));
        Ok(price)
    }

    /// The order book of a coin; none when it cannot be had, and then nothing fills.
    pub(crate) async fn depth(&self, coin: Coin) -> Option<Depth> {
        let depth = self.outside().await.ok()?.coinspot.depth(coin, self.now()).await.ok()?;
        let level = |level: &coinspot::Level| Level { price: level.rate, quantity: level.amount };
        let (bids, asks) = (depth.bids.iter().map(level).collect(), depth.asks.iter().map(level).collect());
        Some(Depth::new(bids, asks, depth.seen))
    }

    /// The sources and how they are.
    ///
    /// # Errors
    /// The store's.
    pub async fn sources_view(&self) -> Result<SourcesView> {
        let (feeds, settings) = (self.store().feeds().await?, self.store().source_settings().await?);
        let max_age_s = max_age_s(&*self.desk().await?);
        let now = self.now();
        let mut lacking = self.lacking().await;
        let mut sources = Vec::new();
        for info in known_sources() {
            let feed = feeds.iter().find(|feed| feed.name.as_str() == info.name);
            let setting = settings.iter().find(|setting| setting.name.as_str() == info.name);
            let run = self.store().runs(Some(&feed_id(info.name)?), 1).await?.into_iter().next();
            let lacks = lacking.remove(info.name);
            let status = match run.as_ref().map(|run| run.status) {
                _ if lacks.is_some() => "not_configured",
                None => "never_run",
                // A price feed without any change for long is frozen; a news feed is only quiet.
                Some(RunStatus::Unchanged) if feed_name(info.name).is_some() && still_for_s(feed, now) > max_age_s => {
                    "frozen"
                }
                Some(RunStatus::Ok | RunStatus::Partial | RunStatus::Unchanged) => "ok",
                Some(RunStatus::Failed) => "failing",
            };
            sources.push(SourceRow {
                name: info.name.to_owned(),
                ledger: info.ledger.as_str().to_owned(),
                status: status.to_owned(),
                lacks,
                skew_ms: setting.and_then(|setting| setting.skew_ms),
                last_success: feed.and_then(|feed| feed.last_success),
                last_error: run.and_then(|run| run.error),
                next_run: self.next_run(info.name, setting.and_then(|setting| setting.next_run)),
                paused: setting.is_some_and(|setting| setting.paused),
                cadence_s: info.cadence.as_secs(),
            });
        }
        let clock = crate::skew::words(&sources, |name| described(name).site);
        Ok(SourcesView { sources, not_collected: super::glass::not_collected(), clock })
    }
}

/// What was taken of a reply with prices.
pub(crate) struct TakenQuotes {
    /// Coins whose quote changed.
    pub changed: Vec<Coin>,
    /// Whether the feed still moves.
    pub status: RunStatus,
    /// Quotes that count for this feed.
    pub total: usize,
    /// What was refused, by the source or as a jump.
    pub rejected: Vec<ledgers::Rejected>,
    /// How many prices were bad in themselves.
    pub flawed: u64,
}

/// Prices that can't be true: crossed ones, and those refused of coins that have a price. Coins that never have one, and
/// markets that are not ours, are a price feed's everyday.
fn flawed(quotes: &[Quote], rejected: &[ledgers::Rejected], is_known: impl Fn(&Coin) -> bool) -> u64 {
    let refused = rejected.iter().filter(|rejected| Coin::parse(&rejected.item).is_ok_and(|coin| is_known(&coin)));
    (quotes.iter().filter(|quote| quote.is_crossed()).count() + refused.count()) as u64
}

pub(crate) fn feed_id(name: &str) -> Result<Name> {
    Name::parse(name).map_err(|error| Error::usage("unknown_source", error.to_string()))
}

/// Both in time order; where both have a candle, the stored one counts.
fn merged(stored: Vec<Candle>, made: Vec<Candle>) -> Vec<Candle> {
    if made.is_empty() {
        return stored;
    }
    let mut out = Vec::with_capacity(stored.len() + made.len());
    let mut stored = stored.into_iter().peekable();
    for candle in made {
        while let Some(earlier) = stored.next_if(|known| known.time < candle.time) {
            out.push(earlier);
        }
        if stored.peek().is_none_or(|known| known.time != candle.time) {
            out.push(candle);
        }
    }
    out.extend(stored);
    out
}

const fn finer(interval: Interval) -> Option<Interval> {
    match interval {
        Interval::M1 => None,
        Interval::M5 => Some(Interval::M1),
        Interval::M15 => Some(Interval::M5),
        Interval::H1 => Some(Interval::M15),
        Interval::H4 => Some(Interval::H1),
        Interval::D1 => Some(Interval::H4),
    }
}

/// For how long a feed has said the same.
fn still_for_s(feed: Option<&store::Feed>, now: Timestamp) -> i64 {
    feed.and_then(|feed| feed.last_change).map_or(0, |changed| now.seconds_since(changed))
}

fn max_age_s(desk: &crate::desk::Desk) -> i64 {
    desk.limits.of(Book::Paper).max_price_age_s().map_or(0, i64::from)
}

fn price_row(quote: &Quote, day_ago: Option<Decimal>, now: Timestamp, max_age_s: i64) -> PriceRow {
    let spread = quote.ask.zip(quote.bid).and_then(|(ask, bid)| ask.decimal().checked_sub(bid.decimal()));
    let price = quote.candle_price().map(domain::Price::decimal);
    let change = price.zip(day_ago).and_then(|(price, before)| percent(price.checked_sub(before)?, before));
    PriceRow {
        coin: quote.coin,
        bid: quote.bid,
        ask: quote.ask,
        last: quote.last,
        kind: quote.kind,
        seen: quote.seen,
        age_s: quote.age_s(now),
        stale: quote.age_s(now) > max_age_s,
        spread_pct: spread.zip(quote.mid()).and_then(|(spread, mid)| percent(spread, mid)),
        change_24h_pct: change,
    }
}
