//! A lane's candles, read a stretch at a time so that long histories fit.

use super::super::reporting::Job;
use super::Asked;
use crate::{Error, Result, Workstation};
use domain::{Candle, Coin, Interval, Money, Name, Side, Timestamp};
use floor::FeeRates;
use research::backtest;
use research::sweep::{DataHash, Figures, Header, LaneHeader};
use research::vector::{Bars, Misfit, Setup};

/// Candles beyond which only the columns are kept, and no point goes the event path.
const CANDLES_KEPT_MAX: usize = 2_000_000;
/// Candles are looked for this many warm-ups back: there may be holes.
const LOOK_BACK_TIMES: i64 = 2;
/// The name its orders bear.
const NAME: &str = "sweep";
const DAY_MICROS: i64 = 86_400_000_000;
/// Candles of a stretch, about.
const STRETCH_CANDLES: i64 = 250_000;

/// A lane's candles, as columns and, while there are not too many, as they are.
pub(super) struct LaneRead {
    pub coin: Coin,
    pub interval: Interval,
    pub bars: std::result::Result<Bars, Misfit>,
    pub candles: Option<Vec<Candle>>,
    from: Option<Timestamp>,
}

impl LaneRead {
    /// What each point begins with.
    pub fn setup(&self, asked: &Asked) -> Setup {
        let first = match (&self.bars, self.from) {
            (Ok(bars), Some(from)) => bars.first_after(from),
            _ => 0,
        };
        Setup { cash: asked.cash, fee: asked.fee, first, keep_fills: false }
    }
}

impl Workstation {
    /// What a lane holds, and the hashes of it.
    pub(super) async fn lane_header(&self, coin: Coin, interval: Interval, asked: &Asked) -> Result<LaneHeader> {
        let (mut inside, mut fed) = (DataHash::new(coin, interval), DataHash::new(coin, interval));
        let (mut candles, mut warm_up) = (0, 0);
        let mut ends: Option<(Timestamp, Timestamp)> = None;
        let is_inside = |end: Timestamp| asked.from.is_none_or(|from| end > from);
        self.each_stretch(coin, interval, asked, |stretch| {
            for candle in &stretch {
                let end = candle.time.plus_micros(interval.micros());
                fed.push(*candle);
                if is_inside(end) {
                    inside.push(*candle);
                    ends = Some((ends.map_or(candle.time, |(first, _)| first), end));
                    candles += 1;
                } else {
                    warm_up += 1;
                }
            }
        })
        .await?;
        let Some((from, to)) = ends else {
            let words =
                format!("there are no {interval} candles of {coin} in the window: import or fetch its history first");
            return Err(Error::refused("no_candles", words));
        };
        let (data, fed) = (inside.finish().to_string(), fed.finish().to_string());
        Ok(LaneHeader { coin, interval, from, to, candles, data, warm_up, fed })
    }

    /// Reads a lane again, to run it; it must still be what the header says.
    pub(super) async fn read_lane(&self, place: usize, header: &Header, asked: &Asked) -> Result<LaneRead> {
        let Some(lane) = header.lanes.get(place) else {
            return Err(Error::refused("sweep_broken", "the sweep has no such lane"));
        };
        let (coin, interval) = (lane.coin, lane.interval);
        let mut fed = DataHash::new(coin, interval);
        let mut bars = Ok(Bars::empty(interval));
        let all = usize::try_from(lane.candles + lane.warm_up).unwrap_or(usize::MAX);
        let mut kept = (all <= CANDLES_KEPT_MAX).then(Vec::new);
        self.each_stretch(coin, interval, asked, |stretch| {
            for candle in &stretch {
                fed.push(*candle);
                if let Ok(columns) = &mut bars
                    && let Err(misfit) = columns.push(candle)
                {
                    bars = Err(misfit);
                }
            }
            if let Some(kept) = &mut kept {
                kept.extend(stretch);
            }
        })
        .await?;
        if fed.finish().to_string() != lane.fed {
            let words = format!("the candles of {coin} changed while the sweep ran: start it again");
            return Err(Error::refused("candles_changed", words));
        }
        Ok(LaneRead { coin, interval, bars, candles: kept, from: asked.from })
    }

    pub(super) async fn each_stretch(
        &self,
        coin: Coin,
        interval: Interval,
        asked: &Asked,
        mut take: impl FnMut(Vec<Candle>),
    ) -> Result<()> {
        let wanted = i64::try_from(asked.warm_up).unwrap_or(i64::MAX).saturating_add(1);
        let back = wanted.saturating_mul(LOOK_BACK_TIMES).saturating_mul(interval.micros());
        let begin = asked.from.map_or_else(Timestamp::default, |from| from.plus_micros(-back));
        // The candle that is running has no close yet, and one that ends after the window is not in it.
        let closed = interval.floor(self.now());
        let end = asked.to.map_or(closed, |to| interval.floor(to).min(closed));
        let stretch = (interval.micros() * STRETCH_CANDLES).div_euclid(DAY_MICROS).max(1) * DAY_MICROS;
        let mut at = begin;
        while at < end {
            let next = Timestamp::from_micros((at.micros().div_euclid(stretch) + 1) * stretch).min(end);
            let candles = self.compose(coin, interval, at, next).await?;
            if !candles.is_empty() {
                take(candles);
            }
            at = next;
        }
        Ok(())
    }
}

/// One point by the event path.
pub(super) fn by_events(asked: &Asked, read: &LaneRead, point: u64, job: &Job) -> std::result::Result<Figures, String> {
    let candles = read.candles.as_ref().ok_or("too_many_candles")?;
    let made = asked.grid.made(point).map_err(|unmade| unmade.code.to_owned())?;
    let name = Name::parse(NAME).map_err(|_| "bad_name".to_owned())?;
    let mut setup = backtest::Setup::new(name, asked.cash);
    setup.costs.fees = FeeRates { book: asked.fee, instant: asked.fee };
    asked.grid.charges(point).apply(&mut setup.costs);
    (setup.from, setup.to) = (asked.from, asked.to);
    let lane = backtest::Lane::of(read.coin, read.interval, made.strategy, candles);
    let run = backtest::run(vec![lane], &setup, &mut |_| !job.is_cancelled());
    let run = run.map_err(|error| error.code().to_owned())?;
    let plain = |money: Money| f64::try_from(money.amount()).unwrap_or(f64::NAN);
    let of = |side| run.fills.iter().filter(|fill| fill.side == side).count() as u32;
    Ok(Figures {
        final_equity: run.equity,
        earned: plain(run.equity) / plain(asked.cash) - 1.0,
        max_drawdown: run.max_drawdown.abs(),
        sharpe: run.measures.performance.sharpe.ok(),
        exposure: run.in_market,
        entries: of(Side::Buy),
        exits: of(Side::Sell),
        wins: u32::try_from(run.measures.sales.wins).unwrap_or(u32::MAX),
        refused: run.refused.iter().map(|refused| refused.count).sum::<u64>().try_into().unwrap_or(u32::MAX),
        fees: run.fees,
    })
}

/// Runs a point the other way and holds both against each other: two paths that disagree are a fault, and no result.
pub(super) fn check(asked: &Asked, read: &LaneRead, point: u64, figures: &Figures, job: &Job) -> Result<()> {
    let told = match by_events(asked, read, point, job) {
        Ok(told) => told,
        Err(code) if code == "cancelled" => return job.at(0, 0),
        Err(code) => return Err(disagree(asked, point, &code)),
    };
    let same = |one: &Figures| (one.final_equity.amount(), one.fees.amount(), one.entries, one.exits);
    if same(&told) == same(figures) {
        return Ok(());
    }
    Err(disagree(asked, point, &format!("{:?} and {:?}", same(figures), same(&told))))
}

fn disagree(asked: &Asked, point: u64, how: &str) -> Error {
    let words = format!(
        "the best point ({:?}) comes out differently on the event path ({how}): trust none of this sweep, and report it",
        asked.grid.swept(point)
    );
    Error::refused("paths_disagree", words)
}
