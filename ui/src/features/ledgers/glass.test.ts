import { describe, expect, it } from 'vitest';
import type { FigureSeries } from '../../ipc/bindings/FigureSeries';
import type { GlassView } from '../../ipc/bindings/GlassView';
import { daysByDay, isOldDay, moversOf, spark, subjectsOf } from './glass.svelte';

const point = (day: string, amount: string) => ({ day: `${day}T00:00:00Z`, amount });
const series = (kind: string, subject: string, more: Partial<FigureSeries> = {}): FigureSeries => ({ kind, subject, name: subject, currency: 'USD', latest: '1', change_1d_pct: null, change_7d_pct: null, change_30d_pct: null, points: [], ...more });

describe('figures of the Glass ledger', () => {
  it('stand together by protocol; chains and stablecoins stand alone', () => {
    const all = [series('tvl', 'aave'), series('chain_tvl', 'ethereum'), series('fees', 'aave', { latest: '2' }), series('stablecoin_supply', 'tether'), series('revenue', 'gmx')];
    expect(subjectsOf(all, 'protocols').map((one) => [one.subject, one.tvl?.latest, one.fees?.latest, one.revenue?.latest])).toEqual([['aave', '1', '2', undefined], ['gmx', undefined, undefined, '1']]);
    expect(subjectsOf(all, 'chains').map((one) => one.subject)).toEqual(['ethereum']);
    expect(subjectsOf(all, 'stablecoins').map((one) => one.subject)).toEqual(['tether']);
  });

  it('of movers begin with the largest change, up or down, and leave out what has none', () => {
    const all = [series('tvl', 'a', { change_1d_pct: '1.5' }), series('tvl', 'b', { change_1d_pct: '-9' }), series('tvl', 'c'), series('fees', 'd', { change_1d_pct: '50' })];
    expect(moversOf(all).map((one) => one.subject)).toEqual(['b', 'a']);
  });

  it('leave a hole in the line for a day that is missing', () => {
    const one = series('tvl', 'a', { points: [point('2026-11-01', '9'), point('2026-11-19', '1'), point('2026-11-21', '3')] });
    expect(spark(one, 4)).toEqual([null, 1, null, 3]);
    expect(spark(series('tvl', 'a'), 4)).toEqual([]);
  });

  it('of a day lack what that day lacks', () => {
    const view = { tvl_points: [point('2026-11-20', '1')], fees_points: [point('2026-11-20', '2'), point('2026-11-21', '3')] } as GlassView;
    expect(daysByDay(view).map(({ tvl, fees }) => [tvl, fees])).toEqual([[null, '3'], ['1', '2']]);
  });

  it('are old on the third day', () => {
    const now = Date.parse('2026-11-22T12:00:00Z');
    expect(['2026-11-20T00:00:00Z', '2026-11-19T00:00:00Z'].map((day) => isOldDay(day, now))).toEqual([false, true]);
  });
});
