// A made-up backtest over the simulated market: one rule whatever was asked, so that every part of the page has something.

import type { BacktestRequest } from '../bindings/BacktestRequest';
import type { BacktestTrade } from '../bindings/BacktestTrade';
import type { BacktestView } from '../bindings/BacktestView';
import { candlesOf } from './market';
import type { Quote } from './market';

const none = { value: null, reason: 'too_few_trades' };

export function backtestOf(request: BacktestRequest, quote: Quote, now: number): BacktestView {
  const { candles, gaps } = candlesOf(quote, request.interval, now);
  const closes = candles.map((candle) => Number(candle.close));
  const mean = (end: number, over: number) => closes.slice(end - over, end).reduce((sum, close) => sum + close, 0) / over;
  const start = Number(request.cash ?? '10000');
  let [cash, held, fees, peak, deepest, before] = [start, 0, 0, start, 0, null as boolean | null];
  const trades: BacktestTrade[] = [];
  const equity: BacktestView['equity'] = [];
  let paid = 0;
  candles.forEach((candle, i) => {
    if (i > 30) {
      const above = mean(i, 10) > mean(i, 30);
      const price = Number(candle.open);
      const fee = (value: number) => value * 0.001;
      if (before === false && above && held === 0) {
        held = Number((cash / (price * 1.001)).toFixed(8));
        paid = cash;
        fees += fee(held * price);
        cash -= held * price * 1.001;
        trades.push({ time: candle.time, coin: quote.coin, side: 'buy', quantity: held.toFixed(8), price: candle.open, fee: fee(held * price).toFixed(4), gain: null, reason: 'SMA(10) crossed above SMA(30)' });
      } else if (!above && held > 0) {
        cash += held * price * 0.999;
        fees += fee(held * price);
        trades.push({ time: candle.time, coin: quote.coin, side: 'sell', quantity: held.toFixed(8), price: candle.open, fee: fee(held * price).toFixed(4), gain: (cash - paid).toFixed(2), reason: 'SMA(10) is below SMA(30)' });
        held = 0;
      }
      before = above;
    }
    const worth = cash + held * Number(candle.close);
    peak = Math.max(peak, worth);
    deepest = Math.min(deepest, worth / peak - 1);
    equity.push({ time: candle.time, equity: worth.toFixed(2), drawdown: (worth / peak - 1).toFixed(6) });
  });
  const last = equity.at(-1);
  const final = Number(last?.equity ?? start);
  const [first, end] = [Number(candles[0]?.open ?? 1), closes.at(-1) ?? 1];
  const months = [...new Set(equity.map((point) => point.time.slice(0, 7)))].map((month) => ({ month, equity: equity.findLast((point) => point.time.startsWith(month))?.equity ?? null, gain: '12.50', return: '0.00125', drawdown: '-0.021', buys: trades.filter((t) => t.side === 'buy' && t.time.startsWith(month)).length, sells: trades.filter((t) => t.side === 'sell' && t.time.startsWith(month)).length }));
  return {
    strategy: request.strategy, code: 1, params: request.params as Record<string, string>,
    coins: [{ coin: quote.coin, interval: request.interval, bars: candles.length, warmed_up: 0, first_open: candles[0]?.open ?? '0', last_close: candles.at(-1)?.close ?? '0', held: held.toFixed(8), empty_bars: 0, flat_bars: 0 }],
    from: candles[0]?.time ?? '', to: last?.time ?? '', timezone: 'Australia/Sydney', execution: request.execution ?? 'next_open', orders_as: 'book',
    costs: { fee_bps: request.fee_bps ?? 10, spread_bps: request.spread_bps ?? 0, slippage_bps: request.slippage_bps ?? 0, seed: null, latency_bars: 0, volume_share_bps: null, min_order_aud: '0.01', offset_bps: null, resting_bars: null },
    limits_of: 'wide', limits: {}, bars: candles.length, orders: trades.length, fills: trades.length, initial_cash: start.toFixed(2), paid_in: start.toFixed(2), final_equity: final.toFixed(2), final_cash: cash.toFixed(2),
    return: (final / start - 1).toFixed(6), max_drawdown: deepest.toFixed(6), sharpe: null, sharpe_reason: 'too_few_days', sharpe_basis: 'daily returns, 365 days a year, risk-free rate 0', fees: fees.toFixed(2), turnover: { value: (fees * 1000).toFixed(2), reason: null }, exposure: '0.48', time_in_market: '0.5',
    metrics: { win_rate: { value: '0.41', reason: null }, expectancy: { value: '3.20', reason: null }, sortino: none, volatility: none, calmar: none, profit_factor: none, average_win: none, average_loss: none },
    buy_and_hold: { final_equity: { value: ((start * end) / first).toFixed(2), reason: null }, return: { value: (end / first - 1).toFixed(6), reason: null } },
    trades, months, equity, refused: [{ code: 'max_day_loss_pct', count: 2, first: candles[60]?.time ?? '', message: 'The book has lost 5.2 % today; a buy is allowed up to 5 %.' }], unexecuted: [],
    gaps: gaps.map((gap) => ({ coin: quote.coin, from: gap.from, to: gap.to, missing: gap.missing })), gap_count: gaps.length, missing: gaps.reduce((sum, gap) => sum + gap.missing, 0), late: 1,
    note: trades.length < 60 ? 'The percentages rest on fewer than 30 sales.' : null, notes: [],
  };
}
