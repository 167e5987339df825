//! The walk over the bars: what ends is seen, who saw it is asked, what begins is traded at.
//!
//! At every moment, in this order: money paid in; bars that end (resting orders meet their low and high, then the close is
//! known); every strategy whose bar ended, all before any is acted on; bars that begin (what has rested too long is taken
//! back, resting orders meet the open, then the signals that are due). So nothing is decided by what is not over.

use super::desk::{Desk, Meets};
use super::measure::{Closing, Measured, Measures};
use super::result::{Gap, LaneRun, Point, Run, Thinned, Unexecuted};
use super::setup::{Execution, Setup};
use super::{BacktestError, Lane, market};
use crate::{Asked, History, Strategy, View};
use books::day_start;
use domain::{Candle, Coin, Decimal, Denial, Interval, Money, Price, Quantity, Signal, Timestamp};
use std::collections::VecDeque;
use std::iter::Peekable;

/// Signals in one answer that are too many, beside three for each coin, as on the Floor.
const SIGNALS_MAX: usize = 10;
const GAPS_KEPT: usize = 100;
/// Bars between two looks at whether to go on.
const WATCH_EVERY: u64 = 8_192;
/// Candles beyond what strategies look back over before the oldest are dropped.
const HISTORY_SLACK: usize = 512;
/// Candles kept at least: those the gate's collar looks at.
const KEPT_MIN: usize = 64;
const HOUR_MICROS: i64 = 3_600_000_000;

/// A signal on its way to the market.
struct Due {
    signal: Signal,
    decided: Timestamp,
    wait: u32,
}

/// One coin on its way through its candles.
struct Track<'a> {
    coin: Coin,
    interval: Interval,
    group: usize,
    strategy: Box<dyn Strategy>,
    feed: Peekable<Box<dyn Iterator<Item = Candle> + 'a>>,
    current: Option<Candle>,
    due: VecDeque<Due>,
    /// Coins still on offer in the bar.
    left: Quantity,
    ended: bool,
    run: LaneRun,
    last_end: Option<Timestamp>,
}

/// The candles of one interval.
struct Group {
    interval: Interval,
    history: History,
    keep: usize,
}

/// What is summed over the bars.
struct Sums {
    base: f64,
    peak: f64,
    max_drawdown: f64,
    drawdown: f64,
    exposure: f64,
    moments: u64,
    held: u64,
    points: Thinned,
    last: Timestamp,
}

pub(super) struct Engine<'a, 's> {
    setup: &'s Setup,
    desk: Desk<'s>,
    tracks: Vec<Track<'a>>,
    groups: Vec<Group>,
    sums: Sums,
    since: Option<Timestamp>,
    closings: Vec<Closing>,
    day_end: Timestamp,
    deposits: usize,
    paid_in: Money,
    bars: u64,
    fed: u64,
    late: u64,
    gaps: Vec<Gap>,
    gap_count: u64,
    missing: u64,
    unexecuted: Vec<Unexecuted>,
}

/// A decimal as a float, for ratios only.
#[inline]
fn float(value: Decimal) -> f64 {
    const POWERS: [f64; 29] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28,
    ];
    let power = POWERS.get(value.scale() as usize).copied().unwrap_or(f64::NAN);
    value.mantissa() as f64 / power
}

impl<'a, 's> Engine<'a, 's> {
    pub fn new(lanes: Vec<Lane<'a>>, setup: &'s Setup) -> Result<Self, BacktestError> {
        setup.check()?;
        if lanes.is_empty() {
            return Err(BacktestError::NoLanes);
        }
        let coins: Vec<Coin> = lanes.iter().map(|lane| lane.coin).collect();
        let twice = coins.iter().enumerate().find(|(place, coin)| coins[..*place].contains(coin));
        if let Some((_, coin)) = twice {
            return Err(BacktestError::CoinTwice(*coin));
        }
        let mut groups: Vec<Group> = Vec::new();
        let mut tracks = Vec::with_capacity(lanes.len());
        for lane in lanes {
            let group = groups.iter().position(|group| group.interval == lane.interval).unwrap_or(groups.len());
            if group == groups.len() {
                groups.push(Group { interval: lane.interval, history: History::default(), keep: 1 });
            }
            if let Some(group) = groups.get_mut(group) {
                group.keep = group.keep.max(lane.strategy.warm_up().saturating_add(1)).max(KEPT_MIN);
            }
            tracks.push(Track::new(lane, group, setup.to)?);
        }
        let cash = float(setup.cash.amount());
        let sums = Sums {
            base: cash,
            peak: 1.0,
            max_drawdown: 0.0,
            drawdown: 0.0,
            exposure: 0.0,
            moments: 0,
            held: 0,
            points: Thinned::new(),
            last: Timestamp::default(),
        };
        let mut engine = Self {
            setup,
            desk: Desk::open(setup, coins)?,
            tracks,
            groups,
            sums,
            since: None,
            closings: Vec::new(),
            day_end: Timestamp::from_micros(i64::MAX),
            deposits: 0,
            paid_in: setup.cash,
            bars: 0,
            fed: 0,
            late: 0,
            gaps: Vec::new(),
            gap_count: 0,
            missing: 0,
            unexecuted: Vec::new(),
        };
        engine.begin();
        Ok(engine)
    }

    /// Finds the moment slots count from: the beginning of the window, or of the first candle.
    fn begin(&mut self) {
        let firsts = self.tracks.iter_mut().filter_map(|track| track.feed.peek().map(|candle| candle.time));
        let first = firsts.min();
        let since = match (self.setup.from, first) {
            (Some(from), Some(first)) => Some(from.max(first)),
            (_, first) => first,
        };
        self.since = since;
        if let Some(since) = since {
            self.desk.begin(since);
            self.day_end = self.next_midnight(since);
            while self.setup.deposits.get(self.deposits).is_some_and(|paid| paid.time < since) {
                self.deposits += 1;
            }
        }
    }

    fn next_midnight(&self, after: Timestamp) -> Timestamp {
        let date = after.plus_micros(1).to_utc().with_timezone(&self.setup.zone).date_naive();
        let next = date.succ_opt().and_then(|next| day_start(next, self.setup.zone));
        next.filter(|next| *next > after).unwrap_or_else(|| after.plus_micros(24 * HOUR_MICROS))
    }

    /// Walks all bars. `goes_on` is told how many and ends it by `false`.
    pub fn walk(&mut self, goes_on: &mut dyn FnMut(u64) -> bool) -> Result<(), BacktestError> {
        let mut watched = 0;
        while let Some(now) = self.tracks.iter_mut().filter_map(Track::moment).min() {
            while now > self.day_end {
                self.close_day(self.day_end);
            }
            self.pay(now)?;
            self.end_bars(now)?;
            if now == self.day_end {
                self.close_day(now);
            }
            self.ask(now)?;
            self.begin_bars(now)?;
            if self.fed - watched >= WATCH_EVERY {
                watched = self.fed;
                if !goes_on(self.fed) {
                    return Err(BacktestError::Cancelled { bars: self.fed });
                }
            }
        }
        Ok(())
    }

    fn close_day(&mut self, end: Timestamp) {
        let marks = self.desk.marks().to_vec();
        self.closings.push(Closing { end, marks });
        self.day_end = self.next_midnight(end);
    }

    fn is_traded(&self, now: Timestamp) -> bool {
        self.since.is_some_and(|since| now > since)
    }

    fn pay(&mut self, now: Timestamp) -> Result<(), BacktestError> {
        while let Some(paid) = self.setup.deposits.get(self.deposits).filter(|paid| paid.time <= now) {
            let before = float(self.desk.equity.amount());
            self.desk.pay(paid.amount, paid.time)?;
            self.paid_in = self.paid_in.checked_add(paid.amount)?;
            // The base grows with the equity, so that the ratio of both, and with it the drawdown, stays what it was.
            let after = float(self.desk.equity.amount());
            self.sums.base = if before > 0.0 { self.sums.base * after / before } else { after };
            self.deposits += 1;
        }
        Ok(())
    }

    fn end_bars(&mut self, now: Timestamp) -> Result<(), BacktestError> {
        let is_traded = self.is_traded(now);
        let mut any = false;
        for place in 0..self.tracks.len() {
            let Some(track) = self.tracks.get_mut(place) else { continue };
            track.ended = false;
            let Some(candle) = track.current.filter(|candle| track.end_of(candle) <= now) else { continue };
            (track.current, track.ended, any) = (None, true, true);
            if self.desk.is_busy {
                track.meet_extremes(&candle, self.setup, &mut self.desk, now)?;
            }
            let close = market::mark(&self.setup.costs, candle.close)?;
            self.desk.mark(place, close)?;
            track.count(&candle, is_traded);
            if let Some(group) = self.groups.get_mut(track.group) {
                group.history.push(track.coin, candle);
                if group.history.of(track.coin).len() > 2 * group.keep + HISTORY_SLACK {
                    group.history.keep(track.coin, group.keep);
                }
            }
            self.fed += 1;
            self.bars += u64::from(is_traded);
        }
        if any && is_traded {
            self.desk.note(now);
            self.sums.take(&self.desk, now);
        }
        Ok(())
    }

    /// Hears every strategy whose bar ended, then acts on what was said, in that order.
    fn ask(&mut self, now: Timestamp) -> Result<(), BacktestError> {
        let mut said: Vec<(Asked, Signal)> = Vec::new();
        let most = SIGNALS_MAX.max(3 * self.tracks.len());
        let is_traded = self.is_traded(now);
        for track in self.tracks.iter_mut().filter(|track| track.ended) {
            let Some(group) = self.groups.get(track.group) else { continue };
            let view = View::new(&group.history, track.coin, track.interval, now);
            let signals = track.strategy.on_candle(&view, &self.desk.portfolio);
            if let Some(why) = track.strategy.failure() {
                return Err(BacktestError::Failed { coin: track.coin, time: now, why });
            }
            if signals.is_empty() || !is_traded || view.candles().len() < track.strategy.warm_up() {
                continue;
            }
            if signals.len() > most {
                return Err(BacktestError::Flooded { coin: track.coin, time: now, signals: signals.len(), most });
            }
            let asked = track.strategy.asked();
            said.extend(signals.into_iter().map(|signal| (asked, signal)));
        }
        for (asked, signal) in said {
            // A candle's signal is about that candle, a plan's about a slot that has come.
            let slot = if asked == Asked::AtClose { now } else { signal.slot.min(now) };
            self.hear(Signal { slot, ..signal }, now)?;
        }
        Ok(())
    }

    fn hear(&mut self, signal: Signal, now: Timestamp) -> Result<(), BacktestError> {
        if !self.desk.takes(&signal, now) {
            return Ok(());
        }
        let Some(place) = self.tracks.iter().position(|track| track.coin == signal.coin) else {
            let words = format!("It speaks of {}, which is none of its coins.", signal.coin);
            self.desk.refuse(&Denial::new("signal_bad", words), now);
            return Ok(());
        };
        if self.setup.execution == Execution::Close {
            return self.act_at_close(place, &signal, now);
        }
        let wait = self.setup.costs.latency_bars;
        if let Some(track) = self.tracks.get_mut(place) {
            track.due.push_back(Due { signal, decided: now, wait });
        }
        Ok(())
    }

    fn act_at_close(&mut self, place: usize, signal: &Signal, now: Timestamp) -> Result<(), BacktestError> {
        let Some(track) = self.tracks.get(place) else { return Ok(()) };
        let newest = self.groups.get(track.group).and_then(|group| group.history.of(track.coin).last().copied());
        let Some(candle) = newest.filter(|_| track.ended) else {
            let words = format!("No bar of {} ends now.", signal.coin);
            self.desk.refuse(&Denial::new("price_missing", words), now);
            return Ok(());
        };
        let offer = market::on_offer(&self.setup.costs, track.coin, &candle)?;
        self.act(place, signal, candle.close, offer, now).map(|_| ())
    }

    fn act(
        &mut self,
        place: usize,
        signal: &Signal,
        price: Price,
        offer: Quantity,
        now: Timestamp,
    ) -> Result<Quantity, BacktestError> {
        let Some(track) = self.tracks.get(place) else { return Ok(Quantity::ZERO) };
        let quote = market::quote(&self.setup.costs, track.coin, price, now)?;
        let candles = self.groups.get(track.group).map_or(&[][..], |group| group.history.of(track.coin));
        let hour = now.plus_micros(-HOUR_MICROS);
        let first = candles.partition_point(|candle| track.end_of(candle) <= hour);
        let recent: Vec<Price> = candles.get(first..).unwrap_or_default().iter().map(|candle| candle.close).collect();
        let meets = Meets { bar_micros: track.interval.micros(), quote, offer, recent: &recent };
        self.desk.act(signal, &meets, now)
    }

    fn begin_bars(&mut self, now: Timestamp) -> Result<(), BacktestError> {
        let is_acting = self.desk.is_busy || self.tracks.iter().any(|track| !track.due.is_empty());
        for place in 0..self.tracks.len() {
            let Some(track) = self.tracks.get_mut(place) else { continue };
            let Some(candle) = track.next_at(now)? else { continue };
            track.current = Some(candle);
            track.left = market::on_offer(&self.setup.costs, track.coin, &candle)?;
            let gap = track.gap_before(&candle);
            // Nobody looks at this price unless something is about to trade.
            if is_acting {
                let mark = market::mark(&self.setup.costs, candle.open)?;
                self.desk.mark(place, mark)?;
            }
            self.note_gap(gap, now);
        }
        if is_acting { self.act_at_opens(now) } else { Ok(()) }
    }

    /// What has rested too long is taken back, what rests meets the open, then come the signals that are due.
    fn act_at_opens(&mut self, now: Timestamp) -> Result<(), BacktestError> {
        if self.desk.is_busy {
            self.desk.expire(now)?;
        }
        for place in 0..self.tracks.len() {
            let Some(track) = self.tracks.get_mut(place) else { continue };
            let Some(candle) = track.current.filter(|candle| candle.time == now) else { continue };
            if self.desk.is_busy {
                track.meet(candle.open, self.setup, &mut self.desk, now)?;
            }
            self.act_on_due(place, &candle, now)?;
        }
        Ok(())
    }

    fn note_gap(&mut self, gap: Option<Gap>, now: Timestamp) {
        let Some(gap) = gap.filter(|_| self.is_traded(now)) else { return };
        self.gap_count += 1;
        self.missing += gap.candles;
        if self.gaps.len() < GAPS_KEPT {
            self.gaps.push(gap);
        }
    }

    fn act_on_due(&mut self, place: usize, candle: &Candle, now: Timestamp) -> Result<(), BacktestError> {
        let Some(track) = self.tracks.get_mut(place).filter(|track| !track.due.is_empty()) else { return Ok(()) };
        let mut due = std::mem::take(&mut track.due);
        let bar = track.interval.micros();
        let mut later = VecDeque::new();
        while let Some(mut one) = due.pop_front() {
            if one.wait > 0 {
                one.wait -= 1;
                later.push_back(one);
                continue;
            }
            let meant = one.decided.plus_micros(bar.saturating_mul(i64::from(self.setup.costs.latency_bars)));
            self.late += u64::from(now > meant);
            let offer = self.tracks.get(place).map_or(Quantity::ZERO, |track| track.left);
            let traded = self.act(place, &one.signal, candle.open, offer, now)?;
            if let Some(track) = self.tracks.get_mut(place) {
                track.left = offer.checked_sub(traded).unwrap_or(Quantity::ZERO);
            }
        }
        if let Some(track) = self.tracks.get_mut(place) {
            track.due = later;
        }
        Ok(())
    }

    /// The result, once all bars are over.
    pub fn finish(mut self) -> Result<Run, BacktestError> {
        for track in &mut self.tracks {
            track.check_enough()?;
            self.unexecuted.extend(track.due.drain(..).map(|due| Unexecuted {
                coin: due.signal.coin,
                action: due.signal.action,
                slot: due.signal.slot,
            }));
        }
        let (from, to) = (self.since.unwrap_or_default(), self.sums.last);
        self.close_day(to);
        let mut lanes: Vec<LaneRun> = self.tracks.iter().map(|track| track.run).collect();
        for lane in &mut lanes {
            lane.held = self.desk.wallet().coins(lane.coin);
        }
        let measures = Measures::of(&Measured {
            setup: self.setup,
            rows: &self.desk.rows,
            from,
            to,
            opens: lanes.iter().map(|lane| lane.first_open).collect(),
            closings: &self.closings,
        })?;
        let equity = self.desk.equity;
        let moments = self.sums.moments.max(1) as f64;
        Ok(Run {
            execution: self.setup.execution,
            from,
            to,
            lanes,
            bars: self.bars,
            orders: self.desk.placed,
            refused: std::mem::take(&mut self.desk.refused).into_values().collect(),
            unexecuted: self.unexecuted,
            gaps: self.gaps,
            gap_count: self.gap_count,
            missing: self.missing,
            late: self.late,
            cash: self.desk.wallet().cash(),
            equity,
            paid_in: self.paid_in,
            fees: self.desk.fees,
            points: self.sums.points.finish(Point { time: to, equity, drawdown: self.sums.drawdown }),
            max_drawdown: self.sums.max_drawdown,
            exposure: self.sums.exposure / moments,
            in_market: self.sums.held as f64 / moments,
            limits: self.setup.limits.iter().collect(),
            measures,
            fills: self.desk.fills,
        })
    }
}

impl Sums {
    #[inline]
    fn take(&mut self, desk: &Desk<'_>, now: Timestamp) {
        let equity = float(desk.equity.amount());
        let index = equity / self.base;
        self.peak = self.peak.max(index);
        self.drawdown = if self.peak > 0.0 { index / self.peak - 1.0 } else { 0.0 };
        self.max_drawdown = self.max_drawdown.min(self.drawdown);
        if !desk.holdings.amount().is_zero() {
            self.held += 1;
            if equity > 0.0 {
                self.exposure += float(desk.holdings.amount()) / equity;
            }
        }
        self.moments += 1;
        self.last = now;
        let drawdown = self.drawdown;
        self.points.push(|| Point { time: now, equity: desk.equity, drawdown });
    }
}

impl<'a> Track<'a> {
    fn new(lane: Lane<'a>, group: usize, to: Option<Timestamp>) -> Result<Self, BacktestError> {
        let bar = lane.interval.micros();
        let is_in = move |candle: &Candle| to.is_none_or(|to| candle.time.plus_micros(bar) <= to);
        let feed: Box<dyn Iterator<Item = Candle> + 'a> = match to {
            Some(_) => Box::new(lane.candles.take_while(is_in)),
            None => lane.candles,
        };
        let mut feed = feed.peekable();
        let (coin, interval) = (lane.coin, lane.interval);
        let first = feed.peek().ok_or(BacktestError::NoCandles { coin, interval })?;
        let run = LaneRun {
            coin,
            interval,
            warmed_up: 0,
            bars: 0,
            first_open: first.open,
            last_close: first.close,
            held: Quantity::ZERO,
            empty_bars: 0,
            flat_bars: 0,
        };
        Ok(Self {
            coin,
            interval,
            group,
            strategy: lane.strategy,
            feed,
            current: None,
            due: VecDeque::new(),
            left: Quantity::ZERO,
            ended: false,
            run,
            last_end: None,
        })
    }

    #[inline]
    fn end_of(&self, candle: &Candle) -> Timestamp {
        candle.time.plus_micros(self.interval.micros())
    }

    /// When something happens to it next.
    #[inline]
    fn moment(&mut self) -> Option<Timestamp> {
        match &self.current {
            Some(candle) => Some(candle.time.plus_micros(self.interval.micros())),
            None => self.feed.peek().map(|candle| candle.time),
        }
    }

    /// The candle that begins now, if one does.
    #[inline]
    fn next_at(&mut self, now: Timestamp) -> Result<Option<Candle>, BacktestError> {
        let Some(candle) = self.feed.next_if(|candle| candle.time <= now) else { return Ok(None) };
        let (coin, time) = (self.coin, candle.time);
        if time < now || self.current.is_some() || self.interval.floor(time) != time {
            return Err(BacktestError::OutOfOrder { coin, time });
        }
        if !candle.is_consistent() {
            return Err(BacktestError::Inconsistent { coin, time });
        }
        Ok(Some(candle))
    }

    fn gap_before(&self, candle: &Candle) -> Option<Gap> {
        let from = self.last_end.filter(|end| *end < candle.time)?;
        let micros = candle.time.micros() - from.micros();
        let candles = (micros / self.interval.micros()).unsigned_abs();
        Some(Gap { coin: self.coin, from, to: candle.time, candles })
    }

    /// Counts a bar that is over.
    #[inline]
    fn count(&mut self, candle: &Candle, is_traded: bool) {
        let run = &mut self.run;
        self.last_end = Some(candle.time.plus_micros(self.interval.micros()));
        if !is_traded {
            run.warmed_up += 1;
            return;
        }
        if run.bars == 0 {
            run.first_open = candle.open;
        }
        run.bars += 1;
        run.last_close = candle.close;
        run.empty_bars += u64::from(candle.volume.is_some_and(Quantity::is_zero));
        run.flat_bars += u64::from(candle.low == candle.high);
    }

    fn check_enough(&self) -> Result<(), BacktestError> {
        let (coin, interval) = (self.coin, self.interval);
        if self.run.bars == 0 {
            return Err(BacktestError::NoCandles { coin, interval });
        }
        let has = self.run.warmed_up + self.run.bars;
        // One bar to be heard at, and one to trade at.
        let wants = (self.strategy.warm_up().max(1) as u64).saturating_add(1);
        if has < wants { Err(BacktestError::TooLittleData { coin, interval, has, wants }) } else { Ok(()) }
    }

    /// Resting orders meet a price of the bar.
    fn meet(&mut self, price: Price, setup: &Setup, desk: &mut Desk<'_>, now: Timestamp) -> Result<(), BacktestError> {
        let quote = market::quote(&setup.costs, self.coin, price, now)?;
        let traded = desk.recheck(&quote, self.left, now)?;
        self.left = self.left.checked_sub(traded).unwrap_or(Quantity::ZERO);
        Ok(())
    }

    /// Resting buys meet the low, sales the high: the other side of each is farther off than it was at the open.
    fn meet_extremes(
        &mut self,
        candle: &Candle,
        setup: &Setup,
        desk: &mut Desk<'_>,
        now: Timestamp,
    ) -> Result<(), BacktestError> {
        self.meet(candle.low, setup, desk, now)?;
        if desk.is_busy {
            self.meet(candle.high, setup, desk, now)?;
        }
        Ok(())
    }
}
