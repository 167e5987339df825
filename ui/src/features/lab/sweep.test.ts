import { expect, it } from 'vitest';
import type { SweepPoint } from '../../ipc/bindings/SweepPoint';
import type { SweepRequest } from '../../ipc/bindings/SweepRequest';
import type { SweepView } from '../../ipc/bindings/SweepView';
import type { StrategyRow } from '../../ipc/bindings/StrategyRow';
import { SWEEP_FORM, backtestOf, heatOf, sweepProblems, sweepRequest } from './sweep';

const point = (params: Record<string, string>, earned: number, coin = 'BTC'): SweepPoint => ({ coin, interval: '1h', params, final_equity: '1', return: earned, max_drawdown: -0.1, sharpe: null, exposure: 1, entries: 1, exits: 1, wins: 1, fees: '0', note: null });
const view = (top: SweepPoint[], ran = top.length): SweepView => ({
  id: 'x', shard: null, strategy: 'sma_cross', code: 1, execution: 'next_open', cash: '500', fee_bps: 10, axes: [{ name: 'a', values: ['1', '2'] }, { name: 'b', values: ['3'] }, { name: 'c', values: ['5', '6'] }], params: { share: '100' },
  lanes: [], points: ran, ran, left: {}, by: 'return', top, heat: [{ coin: 'BTC', interval: '1h', x: 'a', y: 'b', xs: ['1', '2'], ys: ['3'], cells: [[0.5, null]] }], notes: [],
});
const strategy: StrategyRow = { name: 'sma_cross', words: '', code: 1, parameters: [{ name: 'fast', words: '', kind: 'whole', min: 1, max: 9, choices: [], default: '2', range: '1 to 9' }] };
const request = { strategy: 'sma_cross', axes: [], params: { share: '100' }, coins: ['BTC'], intervals: ['1h'], from: '2024-01-01', look: {} } satisfies SweepRequest;

it('a cell is the best over all other parameters, of its own lane', () => {
  const all = view([point({ a: '1', b: '3', c: '5' }, 0.1), point({ a: '1', b: '3', c: '6' }, 0.4), point({ a: '1', b: '3', c: '5' }, 9, 'ETH'), point({ a: '2', b: '3', c: '6' }, -0.2)]);
  const heat = heatOf(all, 'BTC 1h', 'a', 'c', 'return');
  expect(heat?.cells).toEqual([[0.1, null], [0.4, -0.2]]);
  expect(heat?.points?.[1]?.[0]?.params).toEqual({ a: '1', b: '3', c: '6' });
  expect(heatOf(all, 'BTC 1h', 'a', '', 'return')?.cells).toEqual([[0.4, -0.2]]);
  expect(heatOf(all, 'BTC 1h', 'a', 'b', 'sharpe')?.cells).toEqual([[null, null]]);
});

it('where only the best points are here, the map is the workstation’s or none', () => {
  const part = view([point({ a: '1', b: '3', c: '5' }, 0.1)], 20_000);
  expect(heatOf(part, 'BTC 1h', 'a', 'b', 'return')).toEqual({ columns: ['1', '2'], rows: ['3'], cells: [[0.5, null]], points: null });
  expect([heatOf(part, 'BTC 1h', 'a', 'c', 'return'), heatOf(part, 'BTC 1h', 'a', 'b', 'sharpe')]).toEqual([null, null]);
});

it('costs are tried like parameters; one fee is set, and a point carries its costs into the backtest', () => {
  const form = { ...SWEEP_FORM, grid: { fast: '1..3' }, costs: { fee_bps: '20', spread_bps: '0,40' } };
  expect(sweepProblems(form, strategy)).toEqual({});
  expect(sweepRequest(form, strategy)).toMatchObject({ axes: ['fast=1..3', 'spread_bps=0,40'], fee_bps: 20 });
  expect(sweepRequest({ ...form, costs: { fee_bps: '10,20' } }, strategy)).toMatchObject({ axes: ['fast=1..3', 'fee_bps=10,20'] });
  expect(sweepProblems({ ...form, costs: { spread_bps: 'x' } }, strategy).spread_bps).toBeDefined();
  const opened = backtestOf(request, view([]), point({ fast: '3', spread_bps: '40', fee_bps: '20' }, 0));
  expect(opened).toEqual({ strategy: 'sma_cross', coins: ['BTC'], interval: '1h', params: { share: '100', fast: '3' }, cash: '500', fee_bps: 20, spread_bps: 40, execution: 'next_open', deposits: [], from: '2024-01-01' });
});

it('a script’s point runs its text, not its hash', () => {
  const script = { ...view([]), strategy: 'script', params: { source: 'sha256 abc' } };
  expect(backtestOf({ ...request, params: { source: 'def on_candle' } }, script, point({ fast: '3' }, 0)).params).toEqual({ source: 'def on_candle', fast: '3' });
});
