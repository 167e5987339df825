import { expect, it } from 'vitest';
import { linePath, scoresAt, shown, standingTone } from './scores';

const point = (seconds: number, score: number | null, ledger = 'exchange') => ({ at: new Date(seconds * 1000).toISOString(), ledger, score });

it('a figure is cut to two decimals and never reads as more than it is', () => {
  expect([shown(1), shown(0.999), shown(0.57), shown(0), shown(null)]).toEqual(['1.00', '0.99', '0.57', '0.00', '–']);
});

it('a score that cannot be told breaks the line', () => {
  expect(linePath([point(0, 1), point(5, 0.5), point(6, null), point(10, 0)], 0, 10_000, 100, 40)).toBe('M0.0 0.0L50.0 20.0M100.0 40.0');
  expect(linePath([], 0, 10, 100, 40)).toBe('');
});

it('the crosshair reads the last score at or before it', () => {
  const history = [point(0, 0.9), point(0, 0.4, 'human'), point(5, null)];
  const at = (ms: number) => [...scoresAt(history, ms)].map(([ledger, found]) => [ledger, found.score]);
  expect(at(4_999)).toEqual([['exchange', 0.9], ['human', 0.4]]);
  expect(at(5_000)).toEqual([['exchange', null], ['human', 0.4]]);
  expect(at(-1)).toEqual([]);
});

it('every standing has its tone and an unknown one has none', () => {
  expect(['good', 'degraded', 'failing', 'unknown', 'later'].map(standingTone)).toEqual(['good', 'warn', 'bad', 'plain', 'plain']);
});
