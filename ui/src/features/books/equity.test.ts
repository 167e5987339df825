import { expect, it } from 'vitest';
import { percentText } from '../../lib/decimal';
import { isDay } from '../../lib/time';
import { dayAfter, firstDay, monthAfter, monthGrid, negated, windowOf, yearOfSpan } from './equity';

it('windows begin so many days before, or on the first of July', () => {
  expect(firstDay('30', '2026-03-01')).toBe('2026-01-31');
  expect(firstDay('fy', '2026-06-30')).toBe('2025-07-01');
  expect(firstDay('fy', '2026-07-01')).toBe('2026-07-01');
  expect(firstDay('all', '2026-07-01')).toBeUndefined();
});

it('a window of one’s own has its last day inside, and half a day typed is none', () => {
  const own = (from: string, to: string) => windowOf('own', '2026-11-23', [from, to]);
  expect(own('2024-07-01', '2024-07-31')).toEqual({ from: '2024-07-01', to: '2024-08-01' });
  expect(own('', '2024-02-28')).toEqual({ to: '2024-02-29' });
  expect(own('', '')).toEqual({});
  for (const [from, to] of [['2024-07', ''], ['2024-07-02', '2024-07-01'], ['2024-02-30', '']] as const) expect(own(from, to)).toBeNull();
  expect(windowOf('lastfy', '2026-11-23', ['', ''])).toEqual({ from: '2025-07-01', to: '2026-07-01' });
  expect([yearOfSpan('fy', '2026-06-30'), yearOfSpan('lastfy', '2026-07-01'), yearOfSpan('all', '2026-07-01')]).toEqual([2026, 2026, null]);
  expect(isDay('2023-02-29')).toBe(false);
});

it('a month is whole weeks from Monday, whatever day it begins on', () => {
  const november = monthGrid('2026-11'); // begins on a Sunday
  expect(november.length).toBe(6);
  expect(november[0]).toEqual([null, null, null, null, null, null, '2026-11-01']);
  expect(november.flat().filter(Boolean).length).toBe(30);
  expect(monthGrid('2027-02')).toHaveLength(4); // begins on a Monday and has four weeks
  expect([monthAfter('2026-12', 1), monthAfter('2026-01', -1), monthAfter('2026-11', 14)]).toEqual(['2027-01', '2025-12', '2028-01']);
  expect(dayAfter('2028-02-28', 1)).toBe('2028-02-29');
});

it('a ratio becomes a percentage, and an amount its opposite, without losing a digit', () => {
  expect(percentText('-0.0588235294')).toBe('-5.8823529400');
  expect(percentText(null)).toBeNull();
  expect([negated('12.50'), negated('-0.000000000000000001')]).toEqual(['-12.50', '0.000000000000000001']);
});
