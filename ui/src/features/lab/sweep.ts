// What the sweep page asks and shows. The map is made of the points where all of them are here; else the workstation's is shown.

import type { BacktestRequest } from '../../ipc/bindings/BacktestRequest';
import type { StrategyRow } from '../../ipc/bindings/StrategyRow';
import type { SweepPoint } from '../../ipc/bindings/SweepPoint';
import type { SweepRequest } from '../../ipc/bindings/SweepRequest';
import type { SweepView } from '../../ipc/bindings/SweepView';
import { isDay } from '../../lib/time';
import { SCRIPT, coinsOf } from './backtest';
import { COSTS, SWEEP_POINTS_MAX, axesOf, costParameter, split, tried } from './grid';

export const MEASURES = [
  { value: 'return', title: 'Return' },
  { value: 'sharpe', title: 'Sharpe' },
  { value: 'drawdown', title: 'Drawdown' },
] as const;
export type Measure = (typeof MEASURES)[number]['value'];
/** Points that are brought here at once; of more, the best. */
export const POINTS_HERE_MAX = 10_000;

export interface SweepForm {
  strategy: string;
  coins: string;
  intervals: string[];
  from: string;
  to: string;
  cash: string;
  by: Measure;
  /** Values by parameter and by cost, as typed. */
  grid: Record<string, string>;
  costs: Record<string, string>;
  /** Of a script: axes as one text. */
  axes: string;
}

export const SWEEP_FORM: SweepForm = { strategy: 'sma_cross', coins: 'BTC', intervals: ['1h'], from: '', to: '', cash: '10000', by: 'return', grid: {}, costs: {}, axes: '' };

type Wrong = Partial<Record<'coins' | 'intervals' | 'from' | 'to' | 'cash' | 'axes' | 'grid' | (typeof COSTS)[number]['name'], string>>;

/** Everything that is tried: parameters, costs, and of a script its axes. */
function grid(form: SweepForm, strategy: StrategyRow | null) {
  const own = split(strategy?.parameters ?? [], form.grid);
  const script = form.strategy === SCRIPT ? axesOf(form.axes) : { axes: [], points: 1, problem: null };
  const costs = COSTS.map((cost) => ({ ...cost, text: (form.costs[cost.name] ?? '').trim() })).filter(({ text }) => text !== '');
  const read = costs.map((cost) => ({ ...cost, ...tried(costParameter(cost.name, cost.max), cost.text) }));
  // The fee alone may be set; the other costs are axes, also of one value.
  const swept = read.filter((cost) => cost.count > 1 || cost.name !== 'fee_bps');
  const fee = read.find((cost) => cost.name === 'fee_bps' && cost.count === 1);
  return {
    params: own.params, axes: [...own.axes, ...script.axes, ...swept.map((cost) => `${cost.name}=${cost.text}`)],
    points: read.reduce((all, cost) => all * Math.max(1, cost.count), own.points * script.points),
    problem: own.problem, script: script.problem, fee: fee ? { fee_bps: Number(fee.text) } : {},
    wrong: Object.fromEntries(read.flatMap((cost) => (cost.problem === null ? [] : [[cost.name, cost.problem]]))) as Wrong,
  };
}

/** What is wrong, by field; the workstation has the last word. */
export function sweepProblems(form: SweepForm, strategy: StrategyRow | null): Wrong {
  const wrong: Wrong = {};
  const day = (text: string) => text.trim() === '' || isDay(text.trim());
  const coins = coinsOf(form.coins).length;
  if (coins === 0) wrong.coins = 'At least one coin, such as BTC';
  if (form.intervals.length === 0) wrong.intervals = 'At least one length of candles';
  if (!day(form.from)) wrong.from = 'A day such as 2023-07-01';
  if (!day(form.to)) wrong.to = 'A day such as 2024-07-01';
  if (!wrong.from && !wrong.to && form.from.trim() && form.to.trim() && form.from.trim() >= form.to.trim()) wrong.to = 'After the first day';
  if (!/^\d+(\.\d{1,2})?$/.test(form.cash.trim())) wrong.cash = 'AUD such as 10000';
  const all = grid(form, strategy);
  Object.assign(wrong, all.wrong);
  if (all.script !== null) wrong.axes = all.script;
  const points = all.points * coins * form.intervals.length;
  if (all.problem || all.script !== null || Object.keys(all.wrong).length > 0) wrong.grid = 'A value can’t be tried';
  else if (all.axes.length === 0) wrong.grid = 'Give a parameter several values, such as 5..50:5';
  else if (points > SWEEP_POINTS_MAX) wrong.grid = `At most ${SWEEP_POINTS_MAX.toLocaleString('en-AU')} points: take fewer values, coins or lengths`;
  return wrong;
}

/** How many points would run, at most: values that don't fit each other are left out. */
export const pointsOf = (form: SweepForm, strategy: StrategyRow | null): number => grid(form, strategy).points * coinsOf(form.coins).length * form.intervals.length;

export function sweepRequest(form: SweepForm, strategy: StrategyRow): SweepRequest {
  const { params, axes, fee } = grid(form, strategy);
  const window = Object.fromEntries([['from', form.from.trim()], ['to', form.to.trim()]].filter(([, value]) => value !== ''));
  return { strategy: form.strategy, axes, params, coins: coinsOf(form.coins), intervals: form.intervals, cash: form.cash.trim(), ...window, ...fee, look: { by: form.by, top: POINTS_HERE_MAX } };
}

/** The figure points are looked at by; null where a point has none. */
export function measured(point: SweepPoint, by: Measure): number | null {
  return by === 'return' ? point.return : by === 'drawdown' ? point.max_drawdown : point.sharpe;
}

/** Whether every point that ran is here. */
export const isWhole = (view: SweepView): boolean => view.top.length === view.ran;

/** One coin at one interval. */
export const laneName = (of: { readonly coin: string; readonly interval: string }): string => `${of.coin} ${of.interval}`;

/** A map of a lane: the best of each cell over all other parameters, and the point that is. */
export interface Heat {
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  readonly cells: readonly (readonly (number | null)[])[];
  /** Null where not every point is here. */
  readonly points: readonly (readonly (SweepPoint | null)[])[] | null;
}

/** Of the points that are here; `down` is empty where one parameter was swept. */
export function heatOf(view: SweepView, lane: string, across: string, down: string, by: Measure): Heat | null {
  const values = (name: string): readonly string[] => view.axes.find((axis) => axis.name === name)?.values ?? [];
  const [columns, rows] = [values(across), down === '' ? [''] : values(down)];
  if (columns.length === 0) return null;
  if (!isWhole(view)) {
    const told = view.heat.find((one) => laneName(one) === lane && one.x === across && one.y === down && view.by === by);
    return told ? { columns: told.xs, rows: told.ys, cells: told.cells, points: null } : null;
  }
  const [xs, ys] = [new Map(columns.map((value, i) => [value, i])), new Map(rows.map((value, i) => [value, i]))];
  const points: (SweepPoint | null)[][] = rows.map(() => columns.map(() => null));
  const cells: (number | null)[][] = rows.map(() => columns.map(() => null));
  for (const point of view.top) {
    if (laneName(point) !== lane) continue;
    const [column, row] = [xs.get(point.params[across] ?? ''), ys.get(down === '' ? '' : (point.params[down] ?? ''))];
    const [line, own] = [row === undefined ? undefined : cells[row], row === undefined ? undefined : points[row]];
    if (column === undefined || !line || !own) continue;
    const [figure, before] = [measured(point, by), line[column] ?? null];
    if (own[column] !== null && (figure === null || (before !== null && before >= figure))) continue;
    line[column] = figure;
    own[column] = point;
  }
  return { columns, rows, cells, points };
}

/** A point as a backtest over the same candles, for the same money and costs. */
export function backtestOf(request: SweepRequest, view: SweepView, point: SweepPoint): BacktestRequest {
  const { from, to } = request;
  const costs: readonly string[] = COSTS.map((cost) => cost.name);
  const swept = Object.entries(point.params).map(([name, value]) => [name, value ?? ''] as const);
  const charged = Object.fromEntries(swept.filter(([name]) => costs.includes(name)).map(([name, value]) => [name, Number(value)]));
  // A script is told by its hash; what runs is its text.
  const params = { ...(view.params as Record<string, string>), ...(request.params as Record<string, string>), ...Object.fromEntries(swept.filter(([name]) => !costs.includes(name))) };
  return { strategy: request.strategy, coins: [point.coin], interval: point.interval, params, cash: view.cash, fee_bps: view.fee_bps, ...charged, execution: 'next_open', deposits: [], ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

export const pointKey = (point: SweepPoint): string => `${laneName(point)} ${Object.entries(point.params).map(([name, value]) => `${name}=${value}`).join(' ')}`;
