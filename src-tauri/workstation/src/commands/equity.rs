//! Equity day by day: what a book was worth at each of the trader's midnights, and how good that was.
//!
//! What the coins were worth at a past midnight is the close of the newest candle that was over by then, of whatever
//! interval; where there is none, a quote or another venue's word of then, and then the trader's own. Now is valued at the bid, like
//! positions. A price older than two days is none. Deliberately absent: the arithmetic (`books` has it).

use super::books::{Ledgered, amount, parse_book, parse_method};
use super::ledgered::{GivenPrices, PRICE_AGE_MAX_MICROS as AGE_MAX_MICROS};
use super::past::each_fact_of_all;
use crate::dto::{
    BenchmarkView, CurvePoint, DrawdownView, EquityCurve, EquityOpening, EquityRequest, GainView, MetricView,
    SerialDecimal, UnpricedDays,
};
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Result, Workstation};
use books::{
    Benchmark, CashBasis, CashMove, Curve, DayPoint, DayPrice, Days, EquityQuery, Every, GainLine, GrownCurve,
    GrownDays, Metric, Metrics, Missing, NoCash, Performance, PricedBy, benchmark,
};
use chrono_tz::Tz;
use domain::{Book, Coin, Currency, Decimal, Direction, Fact, Money, Moved, Movement, Timestamp};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use store::{Recorded, ReferenceFilter};

/// Points of one answer.
const POINTS_MAX: usize = 2_000;
/// Figures of a spark.
const SPARK_POINTS: usize = 60;
/// How many midnights without a candle are looked for among quotes, newest first.
const QUOTES_READ_MAX: usize = 14;
/// Changes of other venues' prices read for one coin.
const REFERENCES_MAX: usize = 20_000;
/// Questions whose days are kept.
const DAYS_KEPT: usize = 2;
/// Decimals of a ratio.
const RATIO_DECIMALS: u32 = 10;

/// The prices of coins at the ends of days.
pub(super) type Prices = HashMap<u32, Vec<Option<DayPrice>>>;

/// What stands beside the trades of a book.
pub(crate) struct Beside {
    pub cash: Vec<CashMove>,
    /// Coins a person wrote down, and when.
    dead: HashMap<Coin, Timestamp>,
    given: GivenPrices,
}

/// Days to now that are kept for the next question, with what they stand on.
pub(crate) struct KeptDays {
    book: Book,
    /// Which reading of the book's rows.
    reading: u64,
    beside: Arc<Beside>,
    days: GrownDays,
    curve: GrownCurve,
    /// The prices the curve was made at.
    prices: Prices,
}

impl KeptDays {
    fn answers(&self, query: &EquityQuery, ledgered: &Ledgered, beside: &Arc<Beside>) -> bool {
        let cash = Arc::ptr_eq(&self.beside, beside) || self.beside.cash == beside.cash;
        self.book == query.book && self.reading == ledgered.reading && cash && self.days.answers(query)
    }

    /// What is kept taken on to a moment, or new days.
    fn to(known: Option<Self>, query: &EquityQuery, ledgered: &Ledgered, beside: &Arc<Beside>) -> Result<Self> {
        if let Some(mut known) = known
            && known.days.go_on_to(&ledgered.rows, &beside.cash, query.to)?
        {
            return Ok(known);
        }
        let days = GrownDays::new(&ledgered.rows, &beside.cash, query)?;
        let curve = GrownCurve::of(days.days());
        let (book, reading, beside) = (query.book, ledgered.reading, Arc::clone(beside));
        Ok(Self { book, reading, beside, days, curve, prices: Prices::new() })
    }

    /// The curve at these prices; days that are over are valued again when one of theirs is another than before.
    fn value(&mut self, prices: Prices) -> Result<Curve> {
        let valued = self.curve.valued();
        let none = Vec::new();
        let is_same = |coin: &u32| {
            let of =
                |prices: &'_ Prices| prices.get(coin).unwrap_or(&none).iter().take(valued).copied().collect::<Vec<_>>();
            let (before, now) = (of(&self.prices), of(&prices));
            before == now || (before.iter().chain(&now).all(Option::is_none))
        };
        if !self.prices.keys().chain(prices.keys()).all(is_same) {
            self.curve = GrownCurve::of(self.days.days());
        }
        self.prices = prices;
        let price = |coin: u32, at: usize| self.prices.get(&coin)?.get(at).copied().flatten();
        Ok(self.curve.value(self.days.days(), self.days.over(), &price)?)
    }
}

impl Workstation {
    /// Equity over time with its figures.
    ///
    /// # Errors
    /// A bad request, `too_many_days`, the store's.
    pub async fn equity(&self, request: &EquityRequest) -> Result<EquityCurve> {
        let book = request.book.as_deref().map_or(Ok(Book::Live), parse_book)?;
        let zone = request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
        let every = parse_every(request.by.as_deref())?;
        let method = parse_method(request.method.as_deref())?;
        let now = self.now();
        let to = request.to.as_deref().map(|text| moment(text, zone)).transpose()?.map_or(now, |to| to.min(now));
        let from = request.from.as_deref().map(|text| moment(text, zone)).transpose()?;
        let ledgered = self.ledgered(book).await?;
        let beside = self.cash_and_dead(book, &ledgered).await?;
        let query = EquityQuery { book, method, picks: self.picks().await?, zone, from, to };
        let mut all = self.inner.equity.lock().await;
        // Taken out: what fails half way is not kept.
        let known = all.iter().position(|kept| kept.answers(&query, &ledgered, &beside)).map(|at| all.remove(at));
        let mut kept = KeptDays::to(known.filter(|_| to == now), &query, &ledgered, &beside)?;
        let days = kept.days.days();
        let ends = days.ends();
        let prices = self.day_prices(days.wanted(), &ends, &ledgered, &beside, to == now).await?;
        let curve = kept.value(prices)?;
        let held = self.held_instead(kept.days.days(), &ends, &kept.prices, &curve, &ledgered).await?;
        let asked = Asked { book, zone, every, method: method.code(), ends: &ends };
        let view = view(&asked, &curve, &held, &ledgered)?;
        if to == now {
            all.retain(|other| other.book != book || other.reading == ledgered.reading);
            all.truncate(DAYS_KEPT - 1);
            all.insert(0, kept);
        }
        Ok(view)
    }

    /// Cash that came and went, and coins that were written down; kept until the journal says otherwise.
    pub(super) async fn cash_and_dead(&self, book: Book, ledgered: &Ledgered) -> Result<Arc<Beside>> {
        let (known, told) = self.shelf(book).await?.beside(ledgered.reading);
        if let Some(known) = known {
            return Ok(known);
        }
        let beside = Arc::new(self.read_beside(book, ledgered).await?);
        self.shelf(book).await?.keep_beside(ledgered.reading, told, &beside);
        Ok(beside)
    }

    async fn read_beside(&self, book: Book, ledgered: &Ledgered) -> Result<Beside> {
        let mut cash = Vec::new();
        let mut dead = HashMap::new();
        let mut seen = HashSet::new();
        let mut given = GivenPrices::default();
        let begins = self.store().paper_begins().await?;
        let is_before = |of: &Recorded| begins.get(&of.device).is_some_and(|first| of.seq < *first);
        each_fact_of_all(self.store(), |recorded| match &recorded.fact {
            fact @ Fact::PriceGiven { .. } => given.take(fact),
            Fact::PaperReset { .. } | Fact::Movement { .. } if book == Book::Paper && is_before(recorded) => {}
            Fact::PaperReset { cash: begun } if book == Book::Paper => {
                // A clock that was set back must not spend money before it is there.
                let first = ledgered.rows.first().map_or(recorded.recorded_at, |row| row.time);
                cash.push(CashMove { time: recorded.recorded_at.min(first), amount: *begun });
            }
            Fact::WrittenDown { book: of, coin, .. } if *of == book => {
                dead.entry(*coin).or_insert(recorded.recorded_at);
            }
            Fact::Movement { movement } if movement.book == book && seen.insert(movement.id()) => {
                cash.extend(paid(movement));
            }
            _ => {}
        })
        .await?;
        cash.sort_by_key(|paid| paid.time);
        Ok(Beside { cash, dead, given })
    }

    /// The price of every coin at the end of each day it was held.
    pub(super) async fn day_prices(
        &self,
        wanted: BTreeMap<u32, Vec<usize>>,
        ends: &[Timestamp],
        ledgered: &Ledgered,
        beside: &Beside,
        to_now: bool,
    ) -> Result<Prices> {
        let mut prices = Prices::new();
        for (number, places) in wanted {
            let coin = ledgered.coin(number)?;
            let by = ledgered.valued_at(number);
            let now = ledgered.price(number).filter(|now| {
                let is_last = places.last() == Some(&(ends.len() - 1));
                to_now && is_last && now.age_s.saturating_mul(1_000_000) <= AGE_MAX_MICROS
            });
            // What a seller gets now needs no candle of today beside it.
            let at_bid = now.is_some() && by == Some(PricedBy::Bid);
            let places = places.get(..places.len() - usize::from(at_bid)).unwrap_or_default();
            let moments: Vec<Timestamp> = places.iter().filter_map(|at| ends.get(*at).copied()).collect();
            let mut found = self.day_closes(coin, &moments).await?;
            self.fill_lacking(coin, &moments, &mut found).await?;
            let mut line = vec![None; ends.len()];
            for ((at, moment), price) in places.iter().zip(&moments).zip(found) {
                let dead = beside.dead.get(&coin).is_some_and(|since| since <= moment);
                if let Some(place) = line.get_mut(*at) {
                    let given = || beside.given.at(coin, *moment);
                    let given = || given().map(|told| DayPrice::seen(told.price, PricedBy::Given, told.age_s));
                    *place = price.or_else(given).or_else(|| dead.then(DayPrice::nothing));
                }
            }
            if let (Some(now), Some(by), Some(last)) = (now, by, line.last_mut()) {
                // A candle of today is nearer than what a person said.
                if by == PricedBy::Bid || last.is_none() {
                    *last = Some(DayPrice::seen(now.price, by, now.age_s));
                }
            }
            prices.insert(number, line);
        }
        Ok(prices)
    }

    /// The close of the newest candle that was over at each moment.
    pub(super) async fn closes(&self, coin: Coin, moments: &[Timestamp]) -> Result<Vec<Option<DayPrice>>> {
        let mut found: Vec<Option<DayPrice>> = vec![None; moments.len()];
        for interval in self.store().candle_intervals(coin).await? {
            let candles = self.store().candles_before(coin, interval, moments, AGE_MAX_MICROS).await?;
            for ((moment, candle), best) in moments.iter().zip(candles).zip(&mut found) {
                let Some(candle) = candle else { continue };
                let age_s = moment.seconds_since(candle.time.plus_micros(interval.micros()));
                if best.is_none_or(|best| age_s < best.age_s) {
                    *best = Some(DayPrice::seen(candle.close, PricedBy::Close, age_s));
                }
            }
        }
        Ok(found)
    }

    /// For moments without a candle: quotes of then, or what other venues said.
    async fn fill_lacking(&self, coin: Coin, moments: &[Timestamp], found: &mut [Option<DayPrice>]) -> Result<()> {
        let lacking: Vec<usize> = (0..found.len()).rev().filter(|at| found.get(*at) == Some(&None)).collect();
        let newest = lacking.first().and_then(|at| moments.get(*at)).copied();
        let oldest = lacking.last().and_then(|at| moments.get(*at)).copied();
        let (Some(newest), Some(oldest)) = (newest, oldest) else { return Ok(()) };
        for at in lacking.iter().take(QUOTES_READ_MAX) {
            let (Some(moment), Some(place)) = (moments.get(*at), found.get_mut(*at)) else { continue };
            let since = moment.plus_micros(-AGE_MAX_MICROS);
            let quote = self.store().newest_ticks(Some(coin), since, *moment, Some(1)).await?.pop();
            *place = quote.and_then(|quote| {
                let (price, by) = match quote.candle_price() {
                    Some(price) => (price, PricedBy::Close),
                    None => (quote.bid?, PricedBy::Bid),
                };
                Some(DayPrice::seen(price, by, moment.seconds_since(quote.seen)))
            });
        }
        let filter = ReferenceFilter {
            coin: Some(coin),
            from: Some(oldest.plus_micros(-AGE_MAX_MICROS)),
            to: Some(newest),
            limit: Some(REFERENCES_MAX),
            ..ReferenceFilter::default()
        };
        let said = self.store().reference_changes(&filter).await?;
        for at in lacking {
            let (Some(moment), Some(place)) = (moments.get(at), found.get_mut(at)) else { continue };
            let until = said.partition_point(|change| change.since < *moment);
            let newest = said
                .get(..until)
                .unwrap_or_default()
                .iter()
                .rev()
                .find(|change| change.currency == Currency::AUD && (change.bid.is_some() || change.last.is_some()));
            let price = newest.and_then(|change| {
                let age_s = moment.seconds_since(change.since);
                let fresh = age_s.saturating_mul(1_000_000) <= AGE_MAX_MICROS;
                fresh.then(|| DayPrice::seen_opt(change.bid.or(change.last), age_s)).flatten()
            });
            *place = place.or(price);
        }
        Ok(())
    }

    /// Holding Bitcoin, and holding the first day's mix of coins.
    async fn held_instead(
        &self,
        days: &Days,
        ends: &[Timestamp],
        prices: &Prices,
        curve: &Curve,
        ledgered: &Ledgered,
    ) -> Result<Vec<Held>> {
        let btc = Coin::parse("BTC").map_err(|error| Error::Halted(error.to_string()))?;
        let each = |price: Option<DayPrice>| price.map(|price| price.each);
        let mut of = HashMap::new();
        let mix = days.first_mix().unwrap_or_default();
        let mut numbers = Vec::with_capacity(mix.1.len());
        for (number, quantity) in mix.1 {
            let coin = ledgered.coin(number)?;
            numbers.push((coin, quantity));
            of.insert(coin, Some(number));
        }
        of.entry(btc).or_insert(None);
        let mut lines: HashMap<Coin, Vec<Option<Decimal>>> = HashMap::new();
        for (coin, number) in of {
            let mut line: Vec<Option<Decimal>> = self.day_closes(coin, ends).await?.into_iter().map(each).collect();
            // Where the book has a price, both are measured by the same.
            for (place, own) in line.iter_mut().zip(number.and_then(|number| prices.get(&number)).into_iter().flatten())
            {
                *place = each(*own).or(*place);
            }
            lines.insert(coin, line);
        }
        let empty = Vec::new();
        let bitcoin = lines.get(&btc).unwrap_or(&empty);
        let basket: Vec<Option<Decimal>> = (0..ends.len())
            .map(|at| {
                let worth = |(coin, quantity): &(Coin, Decimal)| {
                    lines.get(coin)?.get(at).copied().flatten()?.checked_mul(*quantity)
                };
                numbers.iter().map(worth).try_fold(Decimal::ZERO, |sum, each| sum.checked_add(each?))
            })
            .collect();
        let mut held = vec![Held { name: "hold_btc", coins: vec![btc], line: benchmark(curve, bitcoin) }];
        if !numbers.is_empty() {
            let coins = numbers.into_iter().map(|(coin, _)| coin).collect();
            held.push(Held { name: "hold_mix", coins, line: benchmark(curve, &basket) });
        }
        Ok(held)
    }
}

/// The money a movement paid in or out; none of one that moved coins.
fn paid(movement: &Movement) -> Option<CashMove> {
    let Moved::Cash { direction, amount } = &movement.what else { return None };
    let signed = match direction {
        Direction::In => *amount,
        Direction::Out => Money::aud(-amount.amount()),
    };
    (amount.currency() == Currency::AUD).then_some(CashMove { time: movement.time, amount: signed })
}

/// Something held instead.
struct Held {
    name: &'static str,
    coins: Vec<Coin>,
    line: Benchmark,
}

/// What was asked.
struct Asked<'a> {
    book: Book,
    zone: Tz,
    every: Every,
    method: &'static str,
    ends: &'a [Timestamp],
}

fn parse_every(text: Option<&str>) -> Result<Every> {
    let Some(text) = text else { return Ok(Every::Day) };
    Every::parse(text)
        .ok_or_else(|| Error::usage("bad_group", format!("'{text}' is no spacing: use day, week or month")))
}

fn view(asked: &Asked<'_>, curve: &Curve, held: &[Held], ledgered: &Ledgered) -> Result<EquityCurve> {
    let every = asked.every.at_most(&curve.points, POINTS_MAX);
    let figures = Performance::of(curve);
    let lasts = every.lasts(&curve.points);
    let gain = |key: String, line: &GainLine| GainView {
        key,
        gain: line.gains.last().copied().flatten().map(amount),
        spark: line.sampled(SPARK_POINTS).into_iter().map(|gain| gain.map(amount)).collect(),
    };
    let coins = curve.coins.iter().map(|line| Ok(gain(ledgered.coin(line.number)?.to_string(), line)));
    let (basis, reason) = match curve.basis {
        CashBasis::Known => ("known", None),
        CashBasis::Traded(why) => ("traded", Some(why)),
    };
    let opening = &curve.opening;
    Ok(EquityCurve {
        book: asked.book,
        timezone: asked.zone.name().to_owned(),
        method: asked.method.to_owned(),
        by: every.code().to_owned(),
        from: opening.end,
        to: asked.ends.last().copied().unwrap_or(opening.end),
        cash_basis: basis.to_owned(),
        cash_reason: reason.map(|why| why.code().to_owned()),
        opening: EquityOpening {
            at: opening.end,
            equity: opening.equity.map(amount),
            cash: opening.cash.map(amount),
            holdings: opening.holdings.map(amount),
        },
        points: every.points(&curve.points).iter().map(|point| point_view(point, ledgered)).collect::<Result<_>>()?,
        metrics: named_figures(&figures, &curve.report.metrics, curve.report.realised, curve.report.fees),
        drawdown: figures.drawdown.ok().map(|fall| DrawdownView {
            depth: SerialDecimal(rounded(fall.depth).unwrap_or_default()),
            start: fall.start.to_string(),
            trough: fall.trough.to_string(),
            recovered: fall.recovered.map(|day| day.to_string()),
            days: fall.days,
        }),
        benchmarks: held.iter().map(|held| benchmark_view(held, &lasts)).collect(),
        coins: coins.collect::<Result<_>>()?,
        algorithms: curve.algorithms.iter().map(|line| gain(ledgered.algorithm(line.number), line)).collect(),
        unpriced: unpriced(&curve.points, ledgered)?,
        notes: notes(asked, every, curve, ledgered),
    })
}

fn point_view(point: &DayPoint, ledgered: &Ledgered) -> Result<CurvePoint> {
    Ok(CurvePoint {
        date: point.date.to_string(),
        at: point.end,
        running: !point.whole,
        complete: point.is_complete(),
        equity: point.equity.map(amount),
        cash: point.cash.map(amount),
        holdings: point.holdings.map(amount),
        priced: amount(point.priced),
        flow: point.flow.map(amount),
        gain: point.gain.map(amount),
        earned: point.earned.and_then(rounded).map(SerialDecimal),
        span_days: point.span,
        realised: amount(point.realised),
        unrealised: point.unrealised.map(amount),
        drawdown: point.drawdown.and_then(rounded).map(SerialDecimal),
        buys: point.buys,
        sells: point.sells,
        unpriced: point.unpriced.iter().map(|number| ledgered.coin(*number)).collect::<Result<_>>()?,
        valued_at: point.priced_by.map(|by| by.code().to_owned()),
        price_age_s: point.price_age_s,
    })
}

fn benchmark_view(held: &Held, lasts: &[usize]) -> BenchmarkView {
    let at = |place: &usize| held.line.values.get(*place).copied().flatten().map(amount);
    BenchmarkView {
        name: held.name.to_owned(),
        coins: held.coins.clone(),
        equity: lasts.iter().map(at).collect(),
        last: money(held.line.last),
        time_weighted_return: ratio(held.line.time_weighted),
    }
}

/// A ratio as a decimal; none beyond what one holds.
pub(super) fn rounded(ratio: f64) -> Option<Decimal> {
    Some(Decimal::try_from(ratio).ok()?.round_dp(RATIO_DECIMALS).normalize())
}

fn metric(value: Metric<Decimal>) -> MetricView {
    match value {
        Ok(value) => MetricView { value: Some(SerialDecimal(value)), reason: None },
        Err(missing) => MetricView { value: None, reason: Some(missing.code().to_owned()) },
    }
}

pub(super) fn ratio(value: Metric<f64>) -> MetricView {
    metric(value.and_then(|value| rounded(value).ok_or(Missing::TooLarge)))
}

pub(super) fn money(value: Metric<Money>) -> MetricView {
    metric(value.map(Money::amount))
}

/// Every figure by its name.
pub(super) fn named_figures(
    figures: &Performance,
    sales: &Metrics,
    realised: Money,
    fees: Money,
) -> BTreeMap<String, MetricView> {
    let count = |count: usize| metric(Ok(Decimal::from(count)));
    let named = [
        ("days", count(figures.days)),
        ("daily_returns", count(figures.returns)),
        ("gain", money(figures.gain)),
        ("time_weighted_return", ratio(figures.time_weighted)),
        ("time_weighted_return_year", ratio(figures.time_weighted_year)),
        ("money_weighted_return", ratio(figures.money_weighted)),
        ("money_weighted_return_year", ratio(figures.money_weighted_year)),
        ("volatility", ratio(figures.volatility)),
        ("sharpe", ratio(figures.sharpe)),
        ("sortino", ratio(figures.sortino)),
        ("max_drawdown", ratio(figures.drawdown.map(|fall| fall.depth))),
        ("calmar", ratio(figures.calmar)),
        ("realised", money(Ok(realised))),
        ("fees", money(Ok(fees))),
        ("sales", metric(Ok(Decimal::from(sales.trades)))),
        ("win_rate", metric(sales.win_rate)),
        ("profit_factor", metric(sales.profit_factor)),
        ("expectancy", money(figures.expectancy)),
        ("average_win", money(sales.average_win)),
        ("average_loss", money(sales.average_loss)),
        ("largest_win", money(sales.largest_win)),
        ("largest_loss", money(sales.largest_loss)),
        ("turnover", money(figures.turnover)),
        ("turnover_ratio", ratio(figures.turnover_ratio)),
        ("exposure", ratio(figures.exposure)),
        ("time_in_market", ratio(figures.time_in_market)),
        ("holding_days", ratio(figures.holding_days)),
    ];
    named.into_iter().map(|(name, view)| (name.to_owned(), view)).collect()
}

fn unpriced(points: &[DayPoint], ledgered: &Ledgered) -> Result<Vec<UnpricedDays>> {
    let mut days: BTreeMap<Coin, UnpricedDays> = BTreeMap::new();
    for point in points {
        for number in &point.unpriced {
            let coin = ledgered.coin(*number)?;
            let date = point.date.to_string();
            let row = days.entry(coin).or_insert_with(|| UnpricedDays {
                coin,
                days: 0,
                first: date.clone(),
                last: date.clone(),
            });
            row.days += 1;
            row.last = date;
        }
    }
    Ok(days.into_values().collect())
}

/// What a reader must know of a curve.
pub(super) fn curve_notes(curve: &Curve) -> Vec<String> {
    let mut notes = Vec::new();
    let incomplete = curve.points.iter().filter(|point| !point.is_complete()).count();
    if incomplete > 0 {
        notes.push(format!(
            "{incomplete} of {} days have no equity, because something held then has no price: fetch its candles, or write a dead coin down",
            curve.points.len()
        ));
    }
    match curve.basis {
        CashBasis::Traded(NoCash::NoDeposits) if !curve.points.is_empty() => notes.push(
            "no deposits are known, so cash is not: equity is what is held, and each trade counts as money paid in or taken out"
                .to_owned(),
        ),
        CashBasis::Traded(NoCash::BelowZero(day)) => notes.push(format!(
            "more was spent by {day} than was paid in, so deposits are missing and cash is not known: equity is what is held, and each \
             trade counts as money paid in or taken out"
        )),
        _ => {}
    }
    notes
}

fn notes(asked: &Asked<'_>, every: Every, curve: &Curve, ledgered: &Ledgered) -> Vec<String> {
    let mut notes = curve_notes(curve);
    if every != asked.every {
        notes.push(format!(
            "{} days are more than one answer holds: each point is a {}; the figures are of the days",
            curve.points.len(),
            every.code()
        ));
    }
    notes.extend(ledgered.afresh());
    notes
}
