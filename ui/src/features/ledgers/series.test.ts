import { describe, expect, it } from 'vitest';
import type { CandleRow } from '../../ipc/bindings/CandleRow';
import type { PriceRow } from '../../ipc/bindings/PriceRow';
import type { TradeView } from '../../ipc/bindings/TradeView';
import { GAP_BARS_MAX, barsOf, candlePrice, fillMarks, holes, liveCandle, mergeCandles, pricePlaces } from './series';

const candle = (time: string): CandleRow => ({ time, open: '1', high: '3', low: '0.5', close: '2', volume: null });
const row = (seen: string, last: string | null, bid: string | null = '9', ask: string | null = '11'): PriceRow => ({
  coin: 'BTC', bid, ask, last, kind: last ? 'book' : 'instant', seen, age_s: 0, stale: false, spread_pct: null, change_24h_pct: null,
});
const minute = (n: number) => new Date(Date.UTC(2026, 3, 4, 15, n)).toISOString();

describe('bars', () => {
  it('leave a gap empty, one place for each missing candle', () => {
    const bars = barsOf({ candles: [candle(minute(0)), candle(minute(4))], gaps: [{ from: minute(1), to: minute(4), missing: 3 }] }, 'UTC');
    expect(bars.map((bar) => bar.open ?? null)).toEqual([1, null, null, null, 1]);
    expect(bars.map((bar) => bar.at - bars[0]!.at)).toEqual([0, 60, 120, 180, 240]);
  });

  it('squeeze a very long gap', () => {
    expect(holes(0, 6_000_000, 100_000)).toHaveLength(GAP_BARS_MAX);
    expect(holes(0, 180, 3)).toEqual([0, 60, 120]);
  });

  it('stand at the trader’s clock and rise through the repeated hour', () => {
    // Sydney turns its clocks back at 2026-04-04T16:00Z.
    const candles = Array.from({ length: 120 }, (_, i) => candle(minute(i)));
    const bars = barsOf({ candles, gaps: [] }, 'Australia/Sydney');
    expect(bars[0]!.time - bars[0]!.at).toBe(11 * 3600);
    for (let i = 1; i < bars.length; i += 1) expect(bars[i]!.time).toBeGreaterThan(bars[i - 1]!.time);
  });

  it('of a hundred thousand minutes are ready in a moment', () => {
    const start = Date.UTC(2026, 0, 1);
    const candles = Array.from({ length: 100_000 }, (_, i) => candle(new Date(start + i * 60_000).toISOString()));
    const before = performance.now();
    expect(barsOf({ candles, gaps: [] }, 'Australia/Sydney')).toHaveLength(100_000);
    // Far above what it takes, so that only a change of its order can fail here.
    expect(performance.now() - before).toBeLessThan(3000);
  });
});

describe('live prices', () => {
  it('are the last trade on a book and the middle without one', () => {
    expect(candlePrice(row(minute(0), '10.5'))).toBe('10.5');
    expect(candlePrice(row(minute(0), null))).toBe('10');
    expect(candlePrice(row(minute(0), null, null, '1'))).toBeNull();
  });

  it('stretch the candle they fall into and begin the next one on its grid', () => {
    const at = Date.parse(minute(0)) / 1000;
    const first = liveCandle(null, row(minute(0), '10'), '1m');
    const high = liveCandle(first, row('2026-04-04T15:00:20Z', '12'), '1m');
    const low = liveCandle(high, row('2026-04-04T15:00:40Z', '9'), '1m');
    expect(low).toEqual({ at, open: '10', high: '12', low: '9', close: '9' });
    expect(liveCandle(low, row('2026-04-04T15:01:01Z', '11'), '1m')).toEqual({ at: at + 60, open: '11', high: '11', low: '11', close: '11' });
  });

  it('keep a grid that is not the clock’s', () => {
    const before = { at: 1000, open: '1', high: '1', low: '1', close: '1' };
    expect(liveCandle(before, row(new Date((1000 + 3700) * 1000).toISOString(), '2'), '1h')?.at).toBe(4600);
  });

  it('that are late or missing change nothing', () => {
    const before = { at: Date.parse(minute(5)) / 1000, open: '1', high: '1', low: '1', close: '1' };
    expect(liveCandle(before, row(minute(2), '7'), '1m')).toBe(before);
    expect(liveCandle(before, row(minute(6), null, null, null), '1m')).toBe(before);
  });
});

it('fills stand at the bar they fell into', () => {
  const bars = barsOf({ candles: [candle(minute(0)), candle(minute(5)), candle(minute(10))], gaps: [] }, 'UTC');
  const trade = (coin: string, time: string): TradeView => ({
    id: time, time, coin, side: 'buy', quantity: '1', price: '2.5', fee: '0', algorithm: null, book: 'paper', venue: null, external_id: null, order_id: null,
  });
  const marks = fillMarks([trade('BTC', minute(7)), trade('ETH', minute(7)), trade('BTC', '2020-01-01T00:00:00Z')], 'BTC', bars);
  expect(marks).toEqual([{ time: bars[1]!.time, price: 2.5, side: 'buy' }]);
});

it('axis places follow the size of the price', () => {
  expect([128_400, 4720, 24.6, 0.98, 0.00001].map(pricePlaces)).toEqual([2, 2, 3, 5, 10]);
});

it('a newer answer replaces the end and keeps the rest', () => {
  const known = { candles: [candle(minute(0)), candle(minute(2)), candle(minute(3))], gaps: [{ from: minute(1), to: minute(2), missing: 1 }] };
  const newer = { candles: [{ ...candle(minute(3)), close: '2.5' }, candle(minute(5))], gaps: [{ from: minute(4), to: minute(5), missing: 1 }] };
  const merged = mergeCandles(known, newer, minute(3));
  expect(merged.candles.map((row) => [row.time, row.close])).toEqual([[minute(0), '2'], [minute(2), '2'], [minute(3), '2.5'], [minute(5), '2']]);
  expect(merged.gaps.map((gap) => gap.to)).toEqual([minute(2), minute(5)]);
});
