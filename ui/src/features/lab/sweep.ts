// What the sweep page asks and shows. The map is made of the points where all of them are here; else the workstation's is shown.

import type { BacktestRequest } from '../../ipc/bindings/BacktestRequest';
import type { StrategyRow } from '../../ipc/bindings/StrategyRow';
import type { SweepPoint } from '../../ipc/bindings/SweepPoint';
import type { SweepRequest } from '../../ipc/bindings/SweepRequest';
import type { SweepView } from '../../ipc/bindings/SweepView';
import { isDay } from '../../lib/time';
import { coinsOf } from './backtest';
import { SWEEP_POINTS_MAX, split } from './grid';

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
  fee: string;
  by: Measure;
  /** Values by parameter, as typed. */
  grid: Record<string, string>;
}

export const SWEEP_FORM: SweepForm = { strategy: 'sma_cross', coins: 'BTC', intervals: ['1h'], from: '', to: '', cash: '10000', fee: '', by: 'return', grid: {} };

type Wrong = Partial<Record<'coins' | 'intervals' | 'from' | 'to' | 'cash' | 'fee' | 'grid', string>>;

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
  if (!/^\d{0,4}$/.test(form.fee.trim())) wrong.fee = 'A whole number';
  const grid = split(strategy?.parameters ?? [], form.grid);
  const points = grid.points * coins * form.intervals.length;
  if (grid.problem) wrong.grid = 'A value can’t be tried';
  else if (grid.axes.length === 0) wrong.grid = 'Give a parameter several values, such as 5..50:5';
  else if (points > SWEEP_POINTS_MAX) wrong.grid = `At most ${SWEEP_POINTS_MAX.toLocaleString('en-AU')} points: take fewer values, coins or lengths`;
  return wrong;
}

/** How many points would run, at most: values that don't fit each other are left out. */
export const pointsOf = (form: SweepForm, strategy: StrategyRow | null): number => split(strategy?.parameters ?? [], form.grid).points * coinsOf(form.coins).length * form.intervals.length;

export function sweepRequest(form: SweepForm, strategy: StrategyRow): SweepRequest {
  const { params, axes } = split(strategy.parameters, form.grid);
  const window = Object.fromEntries([['from', form.from.trim()], ['to', form.to.trim()]].filter(([, value]) => value !== ''));
  const fee = form.fee.trim();
  return { strategy: form.strategy, axes, params, coins: coinsOf(form.coins), intervals: form.intervals, cash: form.cash.trim(), ...window, ...(fee === '' ? {} : { fee_bps: Number(fee) }), look: { by: form.by, top: POINTS_HERE_MAX } };
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

/** A point as a backtest over the same candles, for the same money. */
export function backtestOf(request: SweepRequest, view: SweepView, point: SweepPoint): BacktestRequest {
  const { from, to } = request;
  return { strategy: view.strategy, coins: [point.coin], interval: point.interval, params: { ...(view.params as Record<string, string>), ...(point.params as Record<string, string>) }, cash: view.cash, fee_bps: view.fee_bps, execution: 'next_open', deposits: [], ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

export const pointKey = (point: SweepPoint): string => `${laneName(point)} ${Object.entries(point.params).map(([name, value]) => `${name}=${value}`).join(' ')}`;
