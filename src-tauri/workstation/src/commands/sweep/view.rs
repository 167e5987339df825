//! A sweep's results as both faces see them.

use super::{Look, Shard};
use crate::dto::{SerialDecimal, SweepAxis, SweepHeat, SweepLane, SweepPoint, SweepView};
use crate::{Error, Result};
use domain::{Timestamp, Trials, parse_decimal};
use research::sweep::{Axis, Cost, Figures, Grid, Header, LaneHeader, Ranked, Row, Told, heat, ranked, trials_on};
use std::collections::BTreeMap;

/// A figure on fewer trades says so.
const TRADES_MIN: u32 = 30;
/// Cells of all heat maps together.
const CELLS_MAX: u64 = 250_000;

pub(super) fn of(
    header: &Header,
    rows: &[Row],
    shard: Option<Shard>,
    look: &Look,
    told: &[(Timestamp, Trials)],
) -> Result<SweepView> {
    let ranked = ranked(rows, look.by);
    let mut left: BTreeMap<String, u64> = BTreeMap::new();
    for row in rows {
        if let Told::Left { left: code } = &row.told {
            *left.entry(code.clone()).or_default() += 1;
        }
    }
    let top = ranked.iter().take(look.top).map(|one| point(header, one)).collect::<Result<Vec<_>>>()?;
    let cash = parse_decimal(&header.cash)?;
    Ok(SweepView {
        id: header.id().to_string(),
        shard: shard.map(|Shard { part, of }| format!("{part}/{of}")),
        strategy: header.strategy.clone(),
        code: header.code,
        execution: header.execution.clone(),
        cash: SerialDecimal(cash),
        fee_bps: header.fee_bps,
        axes: header.axes.iter().map(|Axis { name, values }| axis(name, values)).collect(),
        params: crate::scripts::shown(&header.strategy, header.fixed.iter().cloned().collect()),
        lanes: header.lanes.iter().map(|one| lane(one, told)).collect(),
        points: rows.len() as u64,
        ran: ranked.len() as u64,
        left,
        by: look.by.as_str().to_owned(),
        notes: notes(header, &top, ranked.len()),
        top,
        heat: heats(header, rows, look),
    })
}

fn axis(name: &str, values: &[String]) -> SweepAxis {
    SweepAxis { name: name.to_owned(), values: values.to_vec() }
}

fn lane(lane: &LaneHeader, told: &[(Timestamp, Trials)]) -> SweepLane {
    let all = told.iter().map(|(_, trials)| trials);
    SweepLane {
        coin: lane.coin.to_string(),
        interval: lane.interval.to_string(),
        from: lane.from,
        to: lane.to,
        candles: lane.candles,
        data: lane.data.clone(),
        trials: trials_on(all, lane.coin, lane.interval, (lane.from, lane.to)),
    }
}

fn point(header: &Header, ranked: &Ranked<'_>) -> Result<SweepPoint> {
    let a_lane = header.points_a_lane.max(1);
    let lane = header.lanes.get((ranked.point / a_lane) as usize);
    let lane = lane.ok_or_else(|| Error::refused("sweep_damaged", "a point lies in no lane"))?;
    let Figures { final_equity, earned, max_drawdown, sharpe, exposure, entries, exits, wins, fees, .. } =
        ranked.figures;
    Ok(SweepPoint {
        coin: lane.coin.to_string(),
        interval: lane.interval.to_string(),
        params: Grid::swept_of(&header.axes, ranked.point % a_lane).into_iter().collect(),
        final_equity: SerialDecimal(final_equity.amount()),
        earned: *earned,
        max_drawdown: if *max_drawdown > 0.0 { -max_drawdown } else { 0.0 },
        sharpe: *sharpe,
        exposure: *exposure,
        entries: *entries,
        exits: *exits,
        wins: *wins,
        fees: SerialDecimal(fees.amount()),
        note: (*exits < TRADES_MIN).then(|| format!("rests on {exits} trades, fewer than {TRADES_MIN}")),
    })
}

fn heats(header: &Header, rows: &[Row], look: &Look) -> Vec<SweepHeat> {
    let [across, down, ..] = header.axes.as_slice() else { return Vec::new() };
    let cells = (across.values.len() * down.values.len()) as u64 * header.lanes.len() as u64;
    if cells > CELLS_MAX {
        return Vec::new();
    }
    let one = |(place, lane): (usize, &LaneHeader)| {
        let heat = heat(header, rows, place, (0, 1), look.by)?;
        Some(SweepHeat {
            coin: lane.coin.to_string(),
            interval: lane.interval.to_string(),
            x: heat.x,
            y: heat.y,
            xs: across.values.clone(),
            ys: down.values.clone(),
            cells: heat.cells,
        })
    };
    header.lanes.iter().enumerate().filter_map(one).collect()
}

fn filled(header: &Header) -> &'static str {
    let is_swept = |cost: Cost| header.axes.iter().any(|axis| axis.name == cost.as_str());
    match [Cost::Spread, Cost::Slippage, Cost::Latency].into_iter().any(is_swept) {
        true => "Decided at a close, filled whole at the next open there is, at the costs of each point.",
        false => "Decided at a close, filled whole at the next open, without spread or slippage.",
    }
}

fn notes(header: &Header, top: &[SweepPoint], ran: usize) -> Vec<String> {
    let mut notes = vec![
        "The best of many settings on the same prices looks better than it is: hold it against the trials, and against \
         prices it was not chosen on."
            .to_owned(),
        filled(header).to_owned(),
    ];
    if ran == 0 {
        notes.push("No point ran.".to_owned());
    }
    if top.first().is_some_and(|best| best.note.is_some()) {
        notes.push(format!("The best point rests on fewer than {TRADES_MIN} trades: it says little."));
    }
    if header.lanes.len() > 1 {
        notes.push("Every coin and interval has a wallet of its own.".to_owned());
    }
    notes
}
