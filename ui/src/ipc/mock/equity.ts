// The simulated books over time: the trades of a book at prices that wander back from those of now.

import type { CurvePoint } from '../bindings/CurvePoint';
import type { EquityCurve } from '../bindings/EquityCurve';
import type { EquityRequest } from '../bindings/EquityRequest';
import type { GainView } from '../bindings/GainView';
import type { MetricView } from '../bindings/MetricView';
import type { TradeView } from '../bindings/TradeView';
import { amount, fromNumber, text, times, type Amount } from './arithmetic';

const DAY_MS = 86_400_000;
const ZONE_MS = 10 * 3_600_000;
const dayOf = (ms: number) => new Date(ms + ZONE_MS).toISOString().slice(0, 10);

/** A coin's price so many days ago: a wave of its own around the one of now. */
function wander(coin: string, days: number): number {
  const seed = [...coin].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return 1 + 0.09 * Math.sin(days / 5 + seed) - 0.09 * Math.sin(seed) + 0.03 * Math.sin(days * 1.7 + seed) - 0.03 * Math.sin(seed);
}

interface Asked {
  trades: readonly TradeView[];
  start: Amount | null;
  now: number;
  bidOf: (coin: string) => { bid: string | null; age: number };
  request: EquityRequest;
}

const ratio = (value: number): string => value.toFixed(10).replace(/0+$/, '').replace(/\.$/, '').replace(/^-0$/, '0');
const told = (value: string): MetricView => ({ value, reason: null });
const missing = (reason: string): MetricView => ({ value: null, reason });

export function equityOf({ trades, start, now, bidOf, request }: Asked): EquityCurve {
  const book = request.book === 'paper' ? 'paper' : 'live';
  const first = trades[0] ? Date.parse(trades[0].time) : start === null ? null : now;
  const days = first === null ? 0 : Math.floor((now + ZONE_MS) / DAY_MS) - Math.floor((first + ZONE_MS) / DAY_MS) + 1;
  const held = new Map<string, Amount>();
  const nets = new Map<string, Amount>();
  const sparks = new Map<string, (string | null)[]>();
  const points: CurvePoint[] = [];
  const holding: (string | null)[] = [];
  let [cash, before, index, peak, next, fees, deepest, units] = [start ?? 0n, 0n, 1, 1, 0, 0n, 0, 0];
  for (let n = 0; n < days; n += 1) {
    const end = Math.min(now, (Math.floor(((first ?? 0) + ZONE_MS) / DAY_MS) + n + 1) * DAY_MS - ZONE_MS);
    const ago = (now - end) / DAY_MS;
    let [flow, buys, sells] = [n === 0 ? (start ?? 0n) : 0n, 0, 0];
    for (let trade = trades[next]; trade && Date.parse(trade.time) < end; trade = trades[(next += 1)]) {
      const value = times(amount(trade.quantity), amount(trade.price));
      const paid = trade.side === 'buy' ? -value - amount(trade.fee) : value - amount(trade.fee);
      const sign = trade.side === 'buy' ? 1n : -1n;
      held.set(trade.coin, (held.get(trade.coin) ?? 0n) + sign * amount(trade.quantity));
      nets.set(trade.coin, (nets.get(trade.coin) ?? 0n) + paid);
      fees += amount(trade.fee);
      cash += paid;
      if (start === null) flow -= paid;
      if (trade.side === 'buy') buys += 1;
      else sells += 1;
    }
    let holdings = 0n;
    const unpriced: string[] = [];
    for (const [coin, quantity] of held) {
      const bid = bidOf(coin).bid;
      const value = bid === null ? null : times(quantity, fromNumber(Number(bid) * wander(coin, ago), 8));
      if (value === null && quantity > 0n) unpriced.push(coin);
      holdings += value ?? 0n;
      sparks.set(coin, [...(sparks.get(coin) ?? []), value === null ? null : text(value + (nets.get(coin) ?? 0n))]);
    }
    const equity = holdings + (start === null ? 0n : cash);
    const gain = equity - before - flow;
    const work = Number(before + (flow > 0n ? flow : 0n));
    const earned = work > 0 ? Number(gain) / work : null;
    index *= 1 + (earned ?? 0);
    peak = Math.max(peak, index);
    deepest = Math.min(deepest, index / peak - 1);
    const btc = Number(bidOf('BTC').bid ?? 1) * wander('BTC', ago);
    units += Number(text(flow)) / btc;
    holding.push(units < 0 ? null : (units * btc).toFixed(2));
    const complete = unpriced.length === 0;
    points.push({
      date: dayOf(end - 1), at: new Date(end).toISOString(), running: end === now, complete, equity: complete ? text(equity) : null, cash: start === null ? null : text(cash),
      holdings: complete ? text(holdings) : null, priced: text(equity), flow: text(flow), gain: complete ? text(gain) : null, return: complete && earned !== null ? ratio(earned) : null, span_days: 1,
      realised: '0', unrealised: complete ? '0' : null, drawdown: complete ? ratio(index / peak - 1) : null, buys, sells, unpriced, valued_at: end === now ? 'bid' : 'close', price_age_s: end === now ? bidOf('BTC').age : 0,
    });
    before = equity;
  }
  const from = request.from;
  const shown = points.filter((point) => from === undefined || point.date >= from);
  const total = shown.reduce((sum, point) => sum + amount(point.gain ?? '0'), 0n);
  const coins: GainView[] = [...sparks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, spark]) => ({ key, gain: spark.at(-1) ?? null, spark: spark.slice(-60) }));
  const opening = { at: new Date(first ?? now).toISOString(), equity: '0', cash: start === null ? null : '0', holdings: '0' };
  const few = missing('too_few_days');
  return {
    book, timezone: 'Australia/Sydney', method: request.method ?? 'fifo', by: 'day', from: opening.at, to: new Date(now).toISOString(), cash_basis: start === null ? 'traded' : 'known', cash_reason: start === null ? 'no_deposits' : null,
    opening, points: shown,
    metrics: {
      gain: told(text(total)), fees: told(text(fees)), time_weighted_return: shown.length > 0 ? told(ratio(index - 1)) : few, money_weighted_return: shown.length > 0 ? told(ratio((index - 1) * 0.97)) : few,
      time_weighted_return_year: few, money_weighted_return_year: few, volatility: few, sharpe: few, sortino: few, calmar: few, max_drawdown: deepest < 0 ? told(ratio(deepest)) : missing('no_drawdown'),
      exposure: start === null ? missing('cash_unknown') : told('0.42'), profit_factor: missing('no_losses'), sales: told('0'), daily_returns: told(String(Math.max(0, shown.length - 1))),
    },
    drawdown: deepest < 0 ? { depth: ratio(deepest), start: shown[0]?.date ?? '', trough: shown.at(-1)?.date ?? '', recovered: null, days: shown.length } : null,
    benchmarks: shown.length === 0 ? [] : [{ name: 'hold_btc', coins: ['BTC'], equity: holding.slice(-shown.length), last: holding.at(-1) ? told(holding.at(-1) ?? '') : missing('exhausted'), time_weighted_return: told(ratio(wander('BTC', 0) / wander('BTC', days) - 1)) }],
    coins, algorithms: shown.length === 0 ? [] : [{ key: 'manual', gain: text(total), spark: shown.slice(-60).map((point) => point.gain) }], unpriced: [],
    notes: start === null && shown.length > 0 ? ['no deposits are known, so cash is not: equity is what is held, and each trade counts as money paid in or taken out'] : [],
  };
}
