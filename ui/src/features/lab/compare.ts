// Runs side by side: their curves as percentages of what they began with, their figures, and where their settings differ.

import type { EvaluateRequest } from '../../ipc/bindings/EvaluateRequest';
import type { BacktestRequest } from '../../ipc/bindings/BacktestRequest';
import type { KeptRow } from '../../ipc/bindings/KeptRow';
import type { KeptRun } from '../../ipc/bindings/KeptRun';

/** No more are told apart at a glance. */
export const COMPARED_MAX = 4;
export const LETTERS = ['A', 'B', 'C', 'D'] as const;
/** Strokes differ as well as colours. */
export const STROKES = [
  { colour: 'var(--accent)', dash: '' },
  { colour: 'var(--warn)', dash: '7 3' },
  { colour: 'var(--human)', dash: '2 3' },
  { colour: 'var(--exchange)', dash: '9 3 2 3' },
] as const;

/** The curve of a backtest, in percent of what it began with; empty for what has none. */
export function curveOf(run: KeptRun): { seconds: number; value: number | null }[] {
  const result = run.backtest?.result;
  const start = Number(result?.initial_cash ?? 0);
  if (!result || !(start > 0)) return [];
  return result.equity.map((point) => ({ seconds: Date.parse(point.time) / 1000, value: (Number(point.equity) / start - 1) * 100 }));
}

/** The moments of several curves, rising, each once. */
export function momentsOf(curves: readonly (readonly { seconds: number }[])[]): number[] {
  return [...new Set(curves.flatMap((curve) => curve.map((point) => point.seconds)))].sort((a, b) => a - b);
}

/** What a curve said last, at a moment; none before it begins, nor after it ended. */
export function valueAt(curve: readonly { readonly seconds: number; readonly value: number | null }[], seconds: number): number | null {
  let [low, high] = [0, curve.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((curve[middle]?.seconds ?? 0) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low === 0 || seconds > (curve.at(-1)?.seconds ?? 0) ? null : (curve[low - 1]?.value ?? null);
}

/** Settings by name, as texts. */
export function settingsOf(row: KeptRow, run: KeptRun | null): Record<string, string> {
  const asked: EvaluateRequest | null = run?.evaluate?.request ?? null;
  const request: BacktestRequest | null = run?.backtest?.request ?? asked?.run ?? null;
  const text = (value: unknown) => (value === undefined || value === null || value === '' ? 'usual' : String(value));
  const costs = request && { Cash: text(request.cash), 'Fee, bps': text(request.fee_bps), 'Spread, bps': text(request.spread_bps), 'Slippage, bps': text(request.slippage_bps), 'Late by, bars': text(request.latency_bars), Orders: text(request.orders), 'Met at': text(request.execution), Limits: text(request.limits), 'Capital, %': text(request.capital_pct) };
  const hard = asked && { 'Chosen among': asked.grid.length > 0 ? asked.grid.join(' ') : 'given', Tests: text(asked.tests), Training: asked.rolling ? 'rolling' : 'anchored', Controls: text(asked.controls) };
  return {
    Kind: row.kind === 'evaluate' ? 'Examination' : 'Backtest', Strategy: row.strategy.replaceAll('_', ' '), Code: String(row.code),
    ...Object.fromEntries(Object.entries(row.params).map(([name, value]) => [name, String(value)])),
    Candles: row.data.map((lane) => `${lane.coin} ${lane.interval}`).join(', '), From: row.from.slice(0, 16).replace('T', ' '), To: row.to.slice(0, 16).replace('T', ' '),
    ...costs, ...hard,
    Data: row.data.map((lane) => lane.data.slice(0, 8)).join(' '),
  };
}

export interface Setting {
  readonly name: string;
  /** One for each run; null where a run has no such setting. */
  readonly values: readonly (string | null)[];
  readonly differs: boolean;
}

/** All settings of several runs, those that differ first. */
export function settings(all: readonly Readonly<Record<string, string>>[]): Setting[] {
  const names = [...new Set(all.flatMap((one) => Object.keys(one)))];
  const rows = names.map((name): Setting => {
    const values = all.map((one) => one[name] ?? null);
    return { name, values, differs: new Set(values).size > 1 };
  });
  return [...rows.filter((row) => row.differs), ...rows.filter((row) => !row.differs)];
}
