// What the backtest page asks and shows. Amounts stay text; numbers here are pixels and seconds.

import type { BacktestPoint } from '../../ipc/bindings/BacktestPoint';
import type { BacktestRequest } from '../../ipc/bindings/BacktestRequest';
import type { BacktestTrade } from '../../ipc/bindings/BacktestTrade';
import type { BacktestView } from '../../ipc/bindings/BacktestView';
import type { MetricView } from '../../ipc/bindings/MetricView';
import { isDay } from '../../lib/time';

export const INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const;
/** The strategy that is a text of one's own. */
export const SCRIPT = 'script';

/** What is typed into the form. */
export interface Form {
  strategy: string;
  coins: string;
  interval: string;
  from: string;
  to: string;
  cash: string;
  fee: string;
  spread: string;
  slippage: string;
  latency: string;
  execution: 'next_open' | 'close';
  params: Record<string, string>;
  /** Of a script: what its PARAMS are set to, as `fast=10; slow=30`. */
  extra: string;
}

/** Parameters written as one text; null where it is none. */
export function extraParams(text: string): Record<string, string> | null {
  const pairs = text.split(';').map((one) => one.trim()).filter((one) => one !== '');
  const read = pairs.map((one) => /^([A-Za-z_]\w*)\s*=\s*(\S.*)$/.exec(one));
  return read.every((one) => one !== null) ? Object.fromEntries(read.map((one) => [one?.[1] ?? '', one?.[2] ?? ''])) : null;
}

export const FORM: Form = { strategy: 'sma_cross', coins: 'BTC', interval: '1h', from: '', to: '', cash: '10000', fee: '', spread: '', slippage: '', latency: '', execution: 'next_open', params: {}, extra: '' };

export const coinsOf = (text: string): string[] => text.split(/[\s,]+/).filter((coin) => coin !== '');

const isWhole = (text: string): boolean => /^\d{0,6}$/.test(text.trim());
const isDayOrNone = (text: string): boolean => text.trim() === '' || isDay(text.trim());

/** What is wrong with a field, by its name; the workstation has the last word. */
export function problems(form: Form): Partial<Record<keyof Form, string>> {
  const wrong: Partial<Record<keyof Form, string>> = {};
  if (coinsOf(form.coins).length === 0) wrong.coins = 'At least one coin, such as BTC';
  if (!isDayOrNone(form.from)) wrong.from = 'A day such as 2023-07-01';
  if (!isDayOrNone(form.to)) wrong.to = 'A day such as 2024-07-01';
  if (!wrong.from && !wrong.to && form.from.trim() && form.to.trim() && form.from.trim() >= form.to.trim()) wrong.to = 'After the first day';
  if (!/^\d+(\.\d{1,2})?$/.test(form.cash.trim())) wrong.cash = 'AUD such as 10000';
  if (form.strategy === SCRIPT && extraParams(form.extra) === null) wrong.extra = 'Write name=value, such as fast=10; slow=30';
  for (const name of ['fee', 'spread', 'slippage', 'latency'] as const) if (!isWhole(form[name])) wrong[name] = 'A whole number';
  return wrong;
}

/** The request a form is. */
export function requestOf(form: Form, params: Record<string, string>): BacktestRequest {
  const whole = (text: string) => (text.trim() === '' ? undefined : Number(text.trim()));
  const given = {
    from: form.from.trim() || undefined,
    to: form.to.trim() || undefined,
    fee_bps: whole(form.fee),
    spread_bps: whole(form.spread),
    slippage_bps: whole(form.slippage),
    latency_bars: whole(form.latency),
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { strategy: form.strategy, coins: coinsOf(form.coins), interval: form.interval, params: form.strategy === SCRIPT ? { ...params, ...extraParams(form.extra) } : params, cash: form.cash.trim(), execution: form.execution, deposits: [], ...set };
}

/** The form a request is; null where the form can't say all of it. */
export function formOf(request: BacktestRequest): Form | null {
  const text = (value: number | string | undefined) => (value === undefined ? '' : String(value));
  const given = request.params as Record<string, string>;
  const isScript = request.strategy === SCRIPT;
  const form: Form = {
    strategy: request.strategy, coins: request.coins.join(', '), interval: request.interval, from: text(request.from), to: text(request.to), cash: request.cash ?? FORM.cash,
    fee: text(request.fee_bps), spread: text(request.spread_bps), slippage: text(request.slippage_bps), latency: text(request.latency_bars), execution: request.execution === 'close' ? 'close' : 'next_open', params: isScript ? { source: given['source'] ?? '' } : { ...given },
    extra: isScript ? Object.entries(given).filter(([name]) => name !== 'source').map(([name, value]) => `${name}=${value}`).join('; ') : '',
  };
  const plain = (of: BacktestRequest) => JSON.stringify(Object.entries({ ...of, params: Object.entries(of.params).sort(), cash: of.cash ?? FORM.cash, execution: of.execution ?? 'next_open' }).filter(([, value]) => value !== null && value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
  return Object.keys(problems(form)).length === 0 && plain(requestOf(form, form.params)) === plain(request) ? form : null;
}

/** The line of a run: its equity, and at each point the fills since the one before. */
export function lineOf(points: readonly BacktestPoint[], trades: readonly BacktestTrade[]) {
  let next = 0;
  return points.map((point) => {
    const seconds = Date.parse(point.time) / 1000;
    let [buys, sells] = [0, 0];
    for (let trade = trades[next]; trade !== undefined && Date.parse(trade.time) / 1000 <= seconds; trade = trades[next]) {
      if (trade.side === 'buy') buys += 1;
      else sells += 1;
      next += 1;
    }
    const equity = Number(point.equity);
    return { seconds, equity, priced: equity, drawdown: point.drawdown === null ? null : Number(point.drawdown), buys, sells };
  });
}

/** Names of the figures beside the first ones, in their order. */
export const FIGURES: readonly (readonly [string, string])[] = [
  ['volatility', 'Volatility, a year'],
  ['sortino', 'Sortino'],
  ['calmar', 'Calmar'],
  ['win_rate', 'Win rate'],
  ['profit_factor', 'Profit factor'],
  ['expectancy', 'Expectancy'],
  ['average_win', 'Average win'],
  ['average_loss', 'Average loss'],
];

export const metric = (view: BacktestView, name: string): MetricView => view.metrics[name] ?? { value: null, reason: null };

/** A reason's code in words. */
export const reasonText = (reason: string | null): string => (reason === null ? '–' : reason.replaceAll('_', ' '));

/** A script is told by its hash; what runs is its text. */
export const sourceOf = (params: Readonly<Record<string, string | undefined>>): Record<string, string> => (params['source'] === undefined ? {} : { source: params['source'] });

/** A run in a few words. */
export function nameOf(strategy: string, params: Readonly<Record<string, string | undefined>>, lanes: readonly { readonly coin: string; readonly interval: string }[]): string {
  const set = Object.entries(params).filter(([name]) => name !== 'share' && name !== 'source').map(([name, value]) => [name, name === 'model' ? value?.slice(0, 8) : value] as const);
  return `${strategy.replaceAll('_', ' ')}${set.length > 0 ? ` ${set.map(([, value]) => value).join('/')}` : ''} ${lanes.map((one) => one.coin).join(', ')} ${lanes[0]?.interval ?? ''}`;
}

export const runName = (view: BacktestView): string => nameOf(view.strategy, view.params, view.coins);
