//! A run as it is told.

use super::{Asked, ratio_of};
use crate::commands::books::amount;
use crate::commands::equity::{money, named_figures, ratio, rounded};
use crate::dto::{
    BacktestCoin, BacktestCosts, BacktestGap, BacktestHold, BacktestLeft, BacktestMonth, BacktestPoint,
    BacktestRefused, BacktestTrade, BacktestView, SerialDecimal,
};
use books::DayPoint;
use domain::{Coin, Money};
use research::backtest::{Execution, Run, Way};

/// Fewer sales than this say little.
const SALES_MIN: u64 = 30;
const SHARPE_BASIS: &str = "daily returns of whole days × √365, risk-free rate 0, from 30 days on";

fn serial(ratio: f64) -> Option<SerialDecimal> {
    rounded(ratio).map(SerialDecimal)
}

pub(super) fn of(asked: &Asked, run: &Run) -> BacktestView {
    let measures = &run.measures;
    let sharpe = ratio(measures.performance.sharpe);
    let sales = measures.sales.trades;
    BacktestView {
        strategy: asked.strategy.to_owned(),
        code: asked.code,
        params: crate::scripts::shown(asked.strategy, asked.params.clone()),
        coins: run.lanes.iter().map(coin).collect(),
        from: run.from,
        to: run.to,
        timezone: asked.zone.name().to_owned(),
        execution: run.execution.as_str().to_owned(),
        orders_as: asked.setup.way.as_str().to_owned(),
        costs: costs(asked),
        limits_of: asked.limits_of.to_owned(),
        limits: run.limits.iter().map(|(name, value)| (name.to_string(), value.map(SerialDecimal))).collect(),
        bars: run.bars,
        orders: run.orders,
        fills: run.fills.len() as u64,
        initial_cash: amount(asked.setup.cash),
        paid_in: amount(run.paid_in),
        final_equity: amount(run.equity),
        final_cash: amount(run.cash),
        earned: earned(asked, run),
        max_drawdown: serial(run.max_drawdown),
        sharpe: sharpe.value,
        sharpe_reason: sharpe.reason,
        sharpe_basis: SHARPE_BASIS.to_owned(),
        fees: amount(run.fees),
        turnover: money(measures.performance.turnover),
        exposure: serial(run.exposure),
        time_in_market: serial(run.in_market),
        metrics: named_figures(&measures.performance, &measures.sales, measures.realised, run.fees),
        buy_and_hold: BacktestHold {
            final_equity: money(measures.hold.last),
            earned: ratio(measures.hold.time_weighted),
        },
        trades: trades(run),
        months: measures.months.iter().map(month).collect(),
        equity: points(run),
        refused: refused(run),
        unexecuted: unexecuted(run),
        gaps: gaps(run),
        gap_count: run.gap_count,
        missing: run.missing,
        late: run.late,
        note: (sales < SALES_MIN).then(|| few(sales)),
        notes: notes(asked, run),
    }
}

/// What the money paid in became; chained by days where money came and went.
fn earned(asked: &Asked, run: &Run) -> Option<SerialDecimal> {
    if run.paid_in != asked.setup.cash || !asked.setup.deposits.is_empty() {
        return run.measures.performance.time_weighted.ok().and_then(serial);
    }
    let gain = run.equity.checked_sub(run.paid_in).ok()?;
    ratio_of(gain, run.paid_in).map(SerialDecimal)
}

fn few(sales: u64) -> String {
    let sold = if sales == 1 { "1 sale".to_owned() } else { format!("{sales} sales") };
    format!(
        "every percentage here (return, max_drawdown, sharpe, win rate, months) rests on {sold}, fewer than {SALES_MIN}: \
         luck alone could make it"
    )
}

fn notes(asked: &Asked, run: &Run) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(trained) = asked.trained.filter(|trained| run.from < trained.until && trained.from < run.to) {
        notes.push(format!(
            "the model learned from candles up to {}: what it did before that says nothing about how good it is",
            trained.until
        ));
    }
    if run.execution == Execution::Close {
        notes.push(
            "orders fill at the very close they were decided at, where nobody can trade: for comparing only".into(),
        );
    }
    if run.gap_count > 0 {
        notes.push(format!("{} candles are missing in {} stretches; nothing fills them", run.missing, run.gap_count));
    }
    if run.late > 0 {
        notes.push(format!("{} orders met the market only after a stretch of missing candles", run.late));
    }
    if !run.unexecuted.is_empty() {
        notes.push(format!("{} signals came too late for another bar and were not traded", run.unexecuted.len()));
    }
    let refused: u64 = run.refused.iter().map(|refused| refused.count).sum();
    if refused > 0 {
        notes.push(format!("{refused} signals or orders were refused; each reason is listed"));
    }
    for lane in &run.lanes {
        let coin = lane.coin;
        if lane.flat_bars == lane.bars {
            notes.push(format!("{coin} never moved within a bar: its candles hold one price each"));
        }
        if lane.empty_bars > 0 {
            notes.push(format!(
                "{} bars of {coin} have no volume; orders filled there all the same unless a volume share is set",
                lane.empty_bars
            ));
        }
        if lane.warmed_up < asked.warm_up as u64 && asked.setup.from.is_some() {
            let (has, wants) = (lane.warmed_up, asked.warm_up);
            notes.push(format!(
                "{coin} has {has} of {wants} candles before the window to warm up with: it was heard later"
            ));
        }
    }
    if asked.setup.costs.spread.0 == 0 && asked.setup.costs.slippage.0 == 0 {
        notes.push("no spread and no slippage: each order fills at the bar's very price".into());
    }
    notes
}

fn coin(lane: &research::backtest::LaneRun) -> BacktestCoin {
    BacktestCoin {
        coin: lane.coin,
        interval: lane.interval.to_string(),
        bars: lane.bars,
        warmed_up: lane.warmed_up,
        first_open: lane.first_open,
        last_close: lane.last_close,
        held: lane.held,
        empty_bars: lane.empty_bars,
        flat_bars: lane.flat_bars,
    }
}

fn costs(asked: &Asked) -> BacktestCosts {
    let costs = &asked.setup.costs;
    let resting = match asked.setup.way {
        Way::Resting { offset, bars } => Some((offset.0, bars)),
        Way::Book | Way::Instant => None,
    };
    let fee = if asked.setup.way == Way::Instant { costs.fees.instant } else { costs.fees.book };
    BacktestCosts {
        fee_bps: fee.0,
        spread_bps: costs.spread.0,
        slippage_bps: costs.slippage.0,
        seed: costs.seed,
        latency_bars: costs.latency_bars,
        volume_share_bps: costs.volume_share.map(|share| share.0),
        min_order_aud: amount(costs.minimum),
        offset_bps: resting.map(|resting| resting.0),
        resting_bars: resting.map(|resting| resting.1),
    }
}

fn trades(run: &Run) -> Vec<BacktestTrade> {
    let coins: Vec<Coin> = run.lanes.iter().map(|lane| lane.coin).collect();
    let one = |fill: &research::backtest::Fill| {
        Some(BacktestTrade {
            time: fill.time,
            coin: *coins.get(fill.lane as usize)?,
            side: fill.side,
            quantity: fill.quantity,
            price: fill.price,
            fee: amount(fill.fee),
            gain: fill.gain.map(amount),
            reason: fill.reason.as_deref().map(ledgers::inert),
        })
    };
    run.fills.iter().filter_map(one).collect()
}

fn month(point: &DayPoint) -> BacktestMonth {
    let ratio = |value: Option<f64>| value.and_then(serial);
    let cash = |value: Option<Money>| value.map(amount);
    BacktestMonth {
        month: point.date.format("%Y-%m").to_string(),
        equity: cash(point.equity),
        gain: cash(point.gain),
        earned: ratio(point.earned),
        drawdown: ratio(point.drawdown),
        buys: point.buys,
        sells: point.sells,
    }
}

fn points(run: &Run) -> Vec<BacktestPoint> {
    let one = |point: &research::backtest::Point| BacktestPoint {
        time: point.time,
        equity: amount(point.equity),
        drawdown: serial(point.drawdown),
    };
    run.points.iter().map(one).collect()
}

fn refused(run: &Run) -> Vec<BacktestRefused> {
    let one = |refused: &research::backtest::Refused| BacktestRefused {
        code: refused.code.clone(),
        count: refused.count,
        first: refused.first,
        message: ledgers::inert(&refused.words),
    };
    run.refused.iter().map(one).collect()
}

fn unexecuted(run: &Run) -> Vec<BacktestLeft> {
    let one = |left: &research::backtest::Unexecuted| BacktestLeft {
        coin: left.coin,
        action: left.action.as_str().to_owned(),
        slot: left.slot,
    };
    run.unexecuted.iter().map(one).collect()
}

fn gaps(run: &Run) -> Vec<BacktestGap> {
    let one = |gap: &research::backtest::Gap| BacktestGap {
        coin: gap.coin,
        from: gap.from,
        to: gap.to,
        missing: gap.candles,
    };
    run.gaps.iter().map(one).collect()
}
