//! The count of everything that was tried on the same prices.

use super::super::backtest::Asked;
use super::super::books::parse_coin;
use super::super::market::parse_interval;
use super::Shard;
use crate::commands::asking::{Request, carry_out};
use crate::dto::{TrialsRow, TrialsView};
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Result, Workstation};
use domain::{BestTrial, Candle, Coin, Fact, FactHash, Interval, Name, Timestamp, Trials, Tried};
use research::backtest::Run;
use research::sweep::{DataHash, Grid, Header, Measure, Row, Told, ranked, trials_on};

/// The fact of a sweep, or of a part of it.
pub(super) fn of(header: &Header, rows: &[Row], shard: Option<Shard>) -> Result<Trials> {
    let a_lane = header.points_a_lane.max(1);
    let ran = |lane: u64| {
        let is_its = |row: &&Row| row.point / a_lane == lane && matches!(row.told, Told::Ran(_));
        rows.iter().filter(is_its).count() as u64
    };
    let tried = header.lanes.iter().enumerate().map(|(place, lane)| {
        let data = FactHash::parse(&lane.data).ok_or_else(|| damaged("the hash of its data"))?;
        let (coin, interval, from, to, candles) = (lane.coin, lane.interval, lane.from, lane.to, lane.candles);
        Ok(Tried { coin, interval, from, to, candles, data, trials: ran(place as u64) })
    });
    let part = |Shard { part, of }: Shard| Some((u16::try_from(part).ok()?, u16::try_from(of).ok()?));
    Ok(Trials {
        id: header.id(),
        shard: shard.and_then(part),
        strategy: name(&header.strategy)?,
        code: header.code,
        grid: header.grid(),
        tried: tried.collect::<Result<_>>()?,
        best: best(header, rows)?,
    })
}

fn damaged(what: &str) -> Error {
    Error::refused("sweep_damaged", format!("{what} can't be read"))
}

fn name(text: &str) -> Result<Name> {
    Name::parse(text).map_err(|_| damaged("a name in it"))
}

fn best(header: &Header, rows: &[Row]) -> Result<Option<BestTrial>> {
    let Some(best) = ranked(rows, Measure::Return).into_iter().next() else { return Ok(None) };
    let (lane, point) = (best.point / header.points_a_lane.max(1), best.point % header.points_a_lane.max(1));
    let lane = header.lanes.get(lane as usize).ok_or_else(|| damaged("a lane of it"))?;
    let mut parameters: Vec<(Name, String)> = Vec::new();
    let all = Grid::swept_of(&header.axes, point).into_iter().chain(header.fixed.iter().cloned()).collect();
    for (key, value) in crate::scripts::shown(&header.strategy, all) {
        parameters.push((name(&key)?, value));
    }
    parameters.sort();
    Ok(Some(BestTrial {
        coin: lane.coin,
        interval: lane.interval,
        parameters,
        final_equity: best.figures.final_equity,
    }))
}

impl Workstation {
    /// Notes that one setting was tried, on all coins of a backtest.
    pub(crate) async fn note_backtest(&self, asked: &Asked, run: &Run) -> Result<()> {
        let mut tried = Vec::with_capacity(run.lanes.len());
        for lane in &run.lanes {
            let (coin, interval) = (lane.coin, lane.interval);
            let candles = self.backtest_candles(coin, interval, asked).await?;
            let end = |candle: &Candle| candle.time.plus_micros(interval.micros());
            let is_inside = |candle: &&Candle| end(candle) > run.from && end(candle) <= run.to;
            let mut hash = DataHash::new(coin, interval);
            let (mut count, mut first) = (0, None);
            for candle in candles.iter().filter(is_inside) {
                hash.push(*candle);
                count += 1;
                first = first.or(Some(candle.time));
            }
            let (from, data) = (first.unwrap_or(run.from), hash.finish());
            tried.push(Tried { coin, interval, from, to: run.to, candles: count, data, trials: 1 });
        }
        let setup = &asked.setup;
        // Everything its result depends on beside the candles.
        let costs =
            format!("{:?}", (&setup.costs, setup.way, setup.execution, setup.capital, setup.cash, &setup.deposits));
        let grid = FactHash::of(&("omc_backtest", asked.strategy, asked.code, &asked.params, costs, asked.limits_of));
        let best = match run.lanes.as_slice() {
            [lane] => {
                let params = crate::scripts::shown(asked.strategy, asked.params.clone());
                let params = params.into_iter().map(|(key, value)| Ok((name(&key)?, value)));
                let (coin, interval, parameters) = (lane.coin, lane.interval, params.collect::<Result<_>>()?);
                Some(BestTrial { coin, interval, parameters, final_equity: run.equity })
            }
            _ => None,
        };
        let id = FactHash::of(&("omc_backtest", grid, &tried));
        let (strategy, code) = (name(asked.strategy)?, asked.code);
        self.note_trials(Trials { id, shard: None, strategy, code, grid, tried, best }).await
    }

    /// Notes that settings were tried, here or by the process that holds the workspace; what is known already is not noted twice.
    ///
    /// # Errors
    /// `workspace_in_use` when another process holds the workspace and does not listen; the store's.
    pub async fn note_trials(&self, trials: Trials) -> Result<()> {
        let known = self.all_trials().await?;
        if known.iter().any(|(_, known)| known.id == trials.id && known.shard == trials.shard) {
            return Ok(());
        }
        let trials = Box::new(trials);
        if !self.store().is_writer() {
            return Box::pin(carry_out(self.home(), Request::TrialsNote { trials })).await;
        }
        let mut desk = self.desk().await?;
        let at = self.now();
        self.record(&mut desk, vec![Fact::Trials { trials, at }]).await
    }

    /// Everything that was ever tried, oldest first.
    pub(crate) async fn all_trials(&self) -> Result<Vec<(Timestamp, Trials)>> {
        let facts = self.store().trials().await?;
        let tried = facts.into_iter().filter_map(|recorded| match recorded.fact {
            Fact::Trials { trials, at } => Some((at, *trials)),
            _ => None,
        });
        Ok(tried.collect())
    }

    /// How many settings were ever tried on a coin's candles of an interval in windows that overlap `[from, to)`.
    ///
    /// # Errors
    /// The store's.
    pub async fn trials_on(&self, coin: Coin, interval: Interval, window: (Timestamp, Timestamp)) -> Result<u64> {
        let all = self.all_trials().await?;
        Ok(trials_on(all.iter().map(|(_, trials)| trials), coin, interval, window))
    }

    /// What was tried on a coin's candles, and how many settings that makes.
    ///
    /// # Errors
    /// A bad coin, interval or time; the store's.
    pub async fn trials(
        &self,
        coin: &str,
        interval: &str,
        from: Option<&str>,
        to: Option<&str>,
        timezone: Option<&str>,
    ) -> Result<TrialsView> {
        let (coin, interval) = (parse_coin(coin)?, parse_interval(interval)?);
        let zone = timezone.map_or(Ok(DEFAULT_ZONE), zone)?;
        let time = |text: Option<&str>| text.map(|text| moment(text, zone)).transpose();
        let from = time(from)?.unwrap_or(Timestamp::from_micros(i64::MIN));
        let to = time(to)?.unwrap_or(Timestamp::from_micros(i64::MAX));
        let all = self.all_trials().await?;
        let row = |(at, trials): &(Timestamp, Trials), tried: &Tried| TrialsRow {
            at: *at,
            id: trials.id.to_string(),
            strategy: trials.strategy.to_string(),
            trials: tried.trials,
            from: tried.from,
            to: tried.to,
        };
        let is_here =
            |tried: &&Tried| tried.coin == coin && tried.interval == interval && tried.from < to && from < tried.to;
        let made = all.iter().flat_map(|one| one.1.tried.iter().filter(is_here).map(|tried| row(one, tried))).collect();
        let trials = trials_on(all.iter().map(|(_, trials)| trials), coin, interval, (from, to));
        Ok(TrialsView { coin: coin.to_string(), interval: interval.to_string(), trials, made })
    }
}
