// Scales of charts: round ticks for an axis. Pixels only; nothing here becomes an amount.

/** About `wanted` round values from `low` to `high`, both inside; none when there is nothing between. */
export function ticks(low: number, high: number, wanted: number): number[] {
  if (!(high > low) || wanted < 1 || !Number.isFinite(high - low)) return Number.isFinite(low) ? [low] : [];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, Math.min(50, last - first + 1)) }, (_, i) => (first + i) * step);
}

/** The index of the value nearest to `wanted` in a rising list. */
export function nearest(values: readonly number[], wanted: number): number {
  let [low, high] = [0, values.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= wanted) low = middle;
    else high = middle;
  }
  return Math.abs((values[low] ?? 0) - wanted) <= Math.abs((values[high] ?? 0) - wanted) ? low : high;
}
