// Candles as a chart draws them. Prices become numbers here, for pixels only. Invariants: a stretch without candles
// becomes empty bars, never a joined line; times on the axis are the trader's clock and strictly rise, also in the hour
// that a change of clocks repeats.

import type { CandleRow } from '../../ipc/bindings/CandleRow';
import type { Candles } from '../../ipc/bindings/Candles';
import type { PriceRow } from '../../ipc/bindings/PriceRow';
import type { TradeView } from '../../ipc/bindings/TradeView';
import type { Interval } from '../../ipc/commands';
import { forDrawing } from '../../lib/decimal';
import { zoneOffset } from '../../lib/time';

export const INTERVALS: readonly Interval[] = ['1m', '5m', '15m', '1h', '4h', '1d'];
export const SECONDS: Readonly<Record<Interval, number>> = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '4h': 14_400, '1d': 86_400 };

/** Empty bars drawn for one gap at most; a longer one is squeezed and told in words. */
export const GAP_BARS_MAX = 60;

/** A bar, or an empty place when it has no prices. */
export interface Bar {
  /** Seconds on the axis: the trader's clock. */
  readonly time: number;
  /** Seconds of UTC. */
  readonly at: number;
  readonly open?: number;
  readonly high?: number;
  readonly low?: number;
  readonly close?: number;
  /** The decimals as they came; null for a bar of this moment, which only the live prices know. */
  readonly row: CandleRow | null;
}

/** A candle being made by live prices. */
export interface LiveCandle {
  readonly at: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
}

const secondsOf = (iso: string) => Math.floor(Date.parse(iso) / 1000);

/** All bars with their gaps, oldest first. */
export function barsOf({ candles, gaps }: Candles, zone: string): Bar[] {
  const bars: Bar[] = [];
  const gapAt = new Map(gaps.map((gap) => [secondsOf(gap.to), gap]));
  let last = Number.NEGATIVE_INFINITY;
  const put = (at: number, row: CandleRow | null) => {
    const time = Math.max(at + zoneOffset(at, zone), last + 1);
    last = time;
    if (!row) bars.push({ time, at, row: null });
    else {
      const [open, high, low, close] = [row.open, row.high, row.low, row.close].map(forDrawing);
      bars.push({ time, at, open, high, low, close, row });
    }
  };
  for (const row of candles) {
    const at = secondsOf(row.time);
    const gap = gapAt.get(at);
    if (gap && bars.length > 0) for (const hole of holes(secondsOf(gap.from), at, gap.missing)) put(hole, null);
    put(at, row);
  }
  return bars;
}

/** Evenly spread places for a gap's empty bars. */
export function holes(from: number, to: number, missing: number): number[] {
  const bars = Math.min(missing, GAP_BARS_MAX);
  return Array.from({ length: bars }, (_, i) => Math.floor(from + ((to - from) * i) / bars));
}

/** The price candles are made of: the last trade, or the middle of instant rates. */
export function candlePrice(row: PriceRow): string | null {
  if (row.last !== null) return row.last;
  if (row.bid === null || row.ask === null) return null;
  return String((Number(row.bid) + Number(row.ask)) / 2);
}

/**
 * Live prices appended to the last candle: the same grid, a new candle when its interval is over. Null when there is
 * nothing to draw: no price, or one older than the last candle.
 */
export function liveCandle(before: LiveCandle | null, row: PriceRow, interval: Interval): LiveCandle | null {
  const price = candlePrice(row);
  const seen = secondsOf(row.seen);
  if (price === null || Number.isNaN(seen)) return before;
  const step = SECONDS[interval];
  const start = before ? before.at + Math.floor((seen - before.at) / step) * step : Math.floor(seen / step) * step;
  if (before && start < before.at) return before;
  if (!before || start > before.at) return { at: start, open: price, high: price, low: price, close: price };
  return {
    at: before.at,
    open: before.open,
    high: Number(price) > Number(before.high) ? price : before.high,
    low: Number(price) < Number(before.low) ? price : before.low,
    close: price,
  };
}

/** What was known, with its end replaced by a newer answer that begins at `from`. */
export function mergeCandles(known: Candles, newer: Candles, from: string): Candles {
  const start = Date.parse(from);
  const before = <Row,>(rows: readonly Row[], time: (row: Row) => string) => rows.filter((row) => Date.parse(time(row)) < start);
  return {
    candles: [...before(known.candles, (row) => row.time), ...newer.candles],
    gaps: [...before(known.gaps, (gap) => gap.to), ...newer.gaps.filter((gap) => Date.parse(gap.to) >= start)],
  };
}

/** A fill's place on the chart. */
export interface FillMark {
  readonly time: number;
  readonly price: number;
  readonly side: 'buy' | 'sell';
}

/** The coin's own fills, each at the bar it fell into. Fills before the first bar are left out. */
export function fillMarks(trades: readonly TradeView[], coin: string, bars: readonly Bar[]): FillMark[] {
  const marks: FillMark[] = [];
  for (const trade of trades) {
    if (trade.coin !== coin) continue;
    const bar = barAt(bars, secondsOf(trade.time));
    if (bar) marks.push({ time: bar.time, price: forDrawing(trade.price), side: trade.side });
  }
  return marks;
}

/** The bar a moment falls into; none before the first. */
export function barAt(bars: readonly Bar[], at: number): Bar | null {
  let [low, high] = [0, bars.length - 1];
  let found: Bar | null = null;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const bar = bars[middle];
    if (!bar) return found;
    if (bar.at <= at) {
      found = bar;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}

/** Places an axis needs for prices of this size. */
export function pricePlaces(price: number): number {
  if (!(price > 0)) return 2;
  return Math.max(2, Math.min(10, 5 - Math.ceil(Math.log10(price))));
}
