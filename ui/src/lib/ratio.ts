// Ratios the workstation tells as numbers, as the decimal texts every figure is shown from. Never money.

const DIGITS = 6;

/** A number as decimal text; null where there is none, or it is no plain number. */
export function numberText(value: number | null | undefined): string | null {
  if (value === null || value === undefined || !Number.isFinite(value) || Math.abs(value) >= 1e15) return null;
  return value.toFixed(DIGITS);
}

/** A ratio as a percentage, as decimal text. */
export const shareText = (ratio: number | null | undefined): string | null => (ratio === null || ratio === undefined ? null : numberText(ratio * 100));

/** In the middle of what is there. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[sorted.length >> 1] ?? 0];
  return (low + high) / 2;
}
