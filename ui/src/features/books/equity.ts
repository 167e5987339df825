// What the equity page shows of a curve: its windows, its months, the names of its figures, its rows in a file. Amounts stay
// text; numbers here are pixels and days.

import type { CurvePoint } from '../../ipc/bindings/CurvePoint';
import type { EquityCurve } from '../../ipc/bindings/EquityCurve';
import { parseDecimal, writeDecimal } from '../../lib/decimal';
import { isDay } from '../../lib/time';

export const SPANS = [
  { value: '30', title: '30 d' },
  { value: '90', title: '90 d' },
  { value: '365', title: '1 y' },
  { value: 'fy', title: 'Tax year' },
  { value: 'lastfy', title: 'Last tax year' },
  { value: 'all', title: 'All' },
  { value: 'own', title: 'From … to' },
] as const;
export type Span = (typeof SPANS)[number]['value'];
export type Spacing = 'day' | 'week' | 'month';
export type Method = 'fifo' | 'lifo' | 'hifo' | 'average';
export const METHODS = ['fifo', 'lifo', 'hifo', 'average'] as const;

const DAY_MS = 86_400_000;
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** A window of days: the last one is outside, as everywhere. */
export interface Window {
  readonly from?: string;
  readonly to?: string;
}

/** The calendar year a day's financial year ends in. */
export const yearOf = (day: string): number => Number(day.slice(0, 4)) + (Number(day.slice(5, 7)) >= 7 ? 1 : 0);

/** The window of a choice; of one's own days the last one is inside. Null while a day of one's own is none. */
export function windowOf(span: Span, today: string, own: readonly [string, string]): Window | null {
  if (span === 'lastfy') return { from: `${yearOf(today) - 2}-07-01`, to: `${yearOf(today) - 1}-07-01` };
  if (span !== 'own') {
    const from = firstDay(span, today);
    return from === undefined ? {} : { from };
  }
  const [first, last] = own.map((day) => day.trim());
  if (!first || !last) return first ? (isDay(first) ? { from: first } : null) : last ? (isDay(last) ? { to: dayAfter(last, 1) } : null) : {};
  return isDay(first) && isDay(last) && first <= last ? { from: first, to: dayAfter(last, 1) } : null;
}

/** The financial year a choice is all of. */
export const yearOfSpan = (span: Span, today: string): number | null => (span === 'fy' ? yearOf(today) : span === 'lastfy' ? yearOf(today) - 1 : null);

/** The first day of a window that ends today; none for all. */
export function firstDay(span: Exclude<Span, 'own' | 'lastfy'>, today: string): string | undefined {
  if (span === 'all') return undefined;
  if (span === 'fy') return `${yearOf(today) - 1}-07-01`;
  return dayOf(Date.parse(`${today}T00:00:00Z`) - (Number(span) - 1) * DAY_MS);
}

/** The weeks of a month from Monday to Sunday; days of other months are null. */
export function monthGrid(month: string): (string | null)[][] {
  const first = Date.parse(`${month}-01T00:00:00Z`);
  const skip = (new Date(first).getUTCDay() + 6) % 7;
  const weeks: (string | null)[][] = [];
  for (let ms = first - skip * DAY_MS; ms === first - skip * DAY_MS || dayOf(ms).startsWith(month); ms += 7 * DAY_MS) {
    weeks.push(Array.from({ length: 7 }, (_, day) => dayOf(ms + day * DAY_MS)).map((day) => (day.startsWith(month) ? day : null)));
  }
  return weeks;
}

/** The day so many days later, or earlier. */
export const dayAfter = (day: string, days: number): string => dayOf(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS);

/** The month so many months later, or earlier. */
export function monthAfter(month: string, months: number): string {
  const n = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + months;
  return `${String(Math.floor(n / 12)).padStart(4, '0')}-${String((n % 12) + 1).padStart(2, '0')}`;
}

/** The same amount with the other sign. */
export function negated(amount: string | null): string | null {
  const value = amount === null ? null : parseDecimal(amount);
  return value ? writeDecimal({ units: -value.units, scale: value.scale }) : null;
}

export interface FigureRow {
  readonly name: string;
  readonly title: string;
  readonly kind: 'aud' | 'percent' | 'ratio' | 'count' | 'days';
  readonly hint: string;
}

/** In the order they are read; the formulas stand in docs/metrics.md. */
export const FIGURES: readonly FigureRow[] = [
  { name: 'gain', title: 'Gain', kind: 'aud', hint: 'Change of equity less what flowed in and out' },
  { name: 'time_weighted_return', title: 'Time-weighted return', kind: 'percent', hint: 'All days chained: what the decisions earned, whatever flowed' },
  { name: 'time_weighted_return_year', title: '… a year', kind: 'percent', hint: 'The same as a rate of a year; from 30 days' },
  { name: 'money_weighted_return', title: 'Money-weighted return', kind: 'percent', hint: 'The growth that explains every flow and what is there now (XIRR)' },
  { name: 'money_weighted_return_year', title: '… a year', kind: 'percent', hint: 'The same as a rate of a year; from 30 days' },
  { name: 'volatility', title: 'Volatility', kind: 'percent', hint: 'Sample deviation of daily returns × √365' },
  { name: 'sharpe', title: 'Sharpe', kind: 'ratio', hint: 'Mean ÷ deviation × √365; risk-free rate 0' },
  { name: 'sortino', title: 'Sortino', kind: 'ratio', hint: 'Mean ÷ downside deviation × √365; target 0' },
  { name: 'max_drawdown', title: 'Deepest fall', kind: 'percent', hint: 'Of the chained returns below their highest point' },
  { name: 'calmar', title: 'Calmar', kind: 'ratio', hint: 'A year’s return ÷ deepest fall' },
  { name: 'win_rate', title: 'Sales that won', kind: 'percent', hint: 'After fees' },
  { name: 'profit_factor', title: 'Profit factor', kind: 'ratio', hint: 'Sum won ÷ sum lost' },
  { name: 'expectancy', title: 'Expectancy', kind: 'aud', hint: 'Realised ÷ sales with a known cost' },
  { name: 'average_win', title: 'Average win', kind: 'aud', hint: 'Of the winning sales' },
  { name: 'average_loss', title: 'Average loss', kind: 'aud', hint: 'Of the losing sales' },
  { name: 'largest_win', title: 'Largest win', kind: 'aud', hint: 'The best sale' },
  { name: 'largest_loss', title: 'Largest loss', kind: 'aud', hint: 'The worst sale' },
  { name: 'turnover', title: 'Turnover', kind: 'aud', hint: 'Bought and sold, before fees' },
  { name: 'turnover_ratio', title: 'Turnover ratio', kind: 'ratio', hint: 'The lesser of bought and sold ÷ mean equity' },
  { name: 'fees', title: 'Fees', kind: 'aud', hint: 'Of all trades in the window' },
  { name: 'exposure', title: 'Exposure', kind: 'percent', hint: 'Mean part of the equity in coins' },
  { name: 'time_in_market', title: 'Days with coins', kind: 'percent', hint: 'Of the complete days' },
  { name: 'holding_days', title: 'Held for', kind: 'days', hint: 'Mean days what was sold had been held, by its cost' },
  { name: 'sales', title: 'Sales', kind: 'count', hint: 'With a known cost' },
  { name: 'daily_returns', title: 'Daily returns', kind: 'count', hint: 'Days that volatility and its like are made of' },
];

const REASONS: Readonly<Record<string, string>> = {
  too_few_days: 'under 30 days',
  unpriced: 'price missing',
  no_capital: 'nothing at work',
  no_trades: 'no sale yet',
  no_wins: 'no win',
  no_losses: 'no loss',
  no_variation: 'no variation',
  no_losing_days: 'no losing day',
  no_drawdown: 'no fall',
  cash_unknown: 'cash unknown',
  no_rate: 'no such rate',
  several_rates: 'several rates fit',
  exhausted: 'would be used up',
  too_large: 'too large',
};

/** Why a figure is not there, short enough to stand in its place. */
export const reasonText = (reason: string | null): string => (reason === null ? '–' : (REASONS[reason] ?? reason));

const HEADER = ['date', 'at', 'complete', 'equity', 'cash', 'holdings', 'priced', 'flow', 'gain', 'return', 'span_days', 'realised', 'unrealised', 'drawdown', 'buys', 'sells', 'unpriced', 'valued_at', 'price_age_s'] as const;

/** The points as a file has them: every digit. */
export function curveRows(points: readonly CurvePoint[]): { header: string[]; rows: string[][] } {
  const text = (value: CurvePoint[(typeof HEADER)[number]]) => (value === null ? '' : Array.isArray(value) ? value.join(' ') : String(value));
  return { header: [...HEADER], rows: points.map((point) => HEADER.map((key) => text(point[key]))) };
}

/** What a line through the points needs: seconds, and equity; of an incomplete point what is known of it. */
export interface Drawn {
  readonly seconds: number;
  readonly equity: number | null;
  readonly priced: number;
  readonly drawdown: number | null;
  readonly buys: number;
  readonly sells: number;
}

export function drawn(curve: EquityCurve): Drawn[] {
  const number = (text: string | null) => (text === null ? null : Number(text));
  return curve.points.map((point) => ({ seconds: Date.parse(point.at) / 1000, equity: number(point.equity), priced: Number(point.priced), drawdown: number(point.drawdown), buys: point.buys, sells: point.sells }));
}
