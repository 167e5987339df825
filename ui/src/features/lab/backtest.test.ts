import { expect, it } from 'vitest';
import type { BacktestTrade } from '../../ipc/bindings/BacktestTrade';
import { FORM, formOf, lineOf, problems, requestOf } from './backtest';

it('a form that fits is a request, and what is empty is left to the workstation', () => {
  expect(problems(FORM)).toEqual({});
  const request = requestOf({ ...FORM, coins: 'btc, eth', fee: ' 20 ', from: '2023-07-01' }, { fast: '5' });
  expect(request).toEqual({ strategy: 'sma_cross', coins: ['btc', 'eth'], interval: '1h', params: { fast: '5' }, cash: '10000', execution: 'next_open', deposits: [], from: '2023-07-01', fee_bps: 20 });
});

it('what can not be is told at its field', () => {
  const wrong = problems({ ...FORM, coins: ' ', from: '2023-13-01', cash: '1e4', fee: '-1', spread: '1.5' });
  expect(Object.keys(wrong).sort()).toEqual(['cash', 'coins', 'fee', 'from', 'spread']);
  expect(problems({ ...FORM, from: '2024-01-02', to: '2024-01-02' }).to).toBeDefined();
  expect(problems({ ...FORM, from: '2024-02-30' }).from).toBeDefined();
});

it('a fill stands at the first point that is not before it', () => {
  const point = (time: string) => ({ time, equity: '100', drawdown: null });
  const trade = (time: string, side: 'buy' | 'sell'): BacktestTrade => ({ time, side, coin: 'BTC', quantity: '1', price: '1', fee: '0', gain: null, reason: null });
  const line = lineOf([point('2024-01-01T00:00:00Z'), point('2024-01-02T00:00:00Z'), point('2024-01-03T00:00:00Z')], [trade('2024-01-01T12:00:00Z', 'buy'), trade('2024-01-02T00:00:00Z', 'sell'), trade('2024-01-03T00:00:00Z', 'buy')]);
  expect(line.map(({ buys, sells }) => [buys, sells])).toEqual([[0, 0], [1, 1], [1, 0]]);
});

it('a request goes back into the form only where the form says all of it', () => {
  const form = { ...FORM, coins: 'BTC, ETH', fee: '20', from: '2023-07-01' };
  expect(formOf(requestOf(form, { fast: '5' }))).toEqual({ ...form, params: { fast: '5' } });
  expect(formOf({ ...requestOf(form, {}), deposits: [{ time: '2023-08-01', aud: '5' }] })).toBeNull();
  expect(formOf({ ...requestOf(form, {}), limits: 'paper' })).toBeNull();
});

it('a script carries what its parameters are set to', () => {
  const form = { ...FORM, strategy: 'script', extra: 'fast=5; slow = 9' };
  const request = requestOf(form, { source: 'x' });
  expect(request.params).toEqual({ source: 'x', fast: '5', slow: '9' });
  expect(formOf(request)).toMatchObject({ params: { source: 'x' }, extra: 'fast=5; slow=9' });
  expect(problems({ ...form, extra: 'fast' }).extra).toBeDefined();
});
