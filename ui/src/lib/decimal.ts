// Exact decimals as the backend sends them: plain text, no exponent. Invariants: nothing here goes through a float,
// and a text that is not a decimal is refused, never guessed. Deliberately absent: multiplication and division.
// The window formats money; it never computes it. Addition exists for the sums under a table's columns.

/** `units` × 10^−`scale`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const PLAIN = /^([+-]?)(\d+)(?:\.(\d*))?$/;

/** Reads a decimal; null when the text is something else. */
export function parseDecimal(text: string): Decimal | null {
  const match = PLAIN.exec(text);
  if (!match) return null;
  const [, sign, whole = '', fraction = ''] = match;
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

/** Writes a decimal with exactly its scale. */
export function writeDecimal({ units, scale }: Decimal): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale > 0 ? `.${digits.slice(digits.length - scale)}` : '';
  return (negative ? '-' : '') + whole + fraction;
}

function rescaled(value: Decimal, scale: number): bigint {
  return value.units * 10n ** BigInt(scale - value.scale);
}

/** Orders two decimals exactly. Texts that are no decimals come last. */
export function compareDecimals(a: string | null, b: string | null): number {
  const left = a === null ? null : parseDecimal(a);
  const right = b === null ? null : parseDecimal(b);
  if (!left || !right) return left ? -1 : right ? 1 : 0;
  if (left.scale === right.scale) return left.units < right.units ? -1 : left.units > right.units ? 1 : 0;
  const scale = Math.max(left.scale, right.scale);
  const [x, y] = [rescaled(left, scale), rescaled(right, scale)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The exact sum; null when one of them is no decimal, because a sum that leaves something out is a wrong sum. */
export function sumDecimals(values: readonly (string | null)[]): string | null {
  let units = 0n;
  let scale = 0;
  for (const value of values) {
    const next = value === null ? null : parseDecimal(value);
    if (!next) return null;
    if (next.scale > scale) {
      units *= 10n ** BigInt(next.scale - scale);
      scale = next.scale;
    }
    units += rescaled(next, scale);
  }
  return writeDecimal({ units, scale });
}

/** −1, 0 or 1; null when the text is no decimal. */
export function signOf(text: string): -1 | 0 | 1 | null {
  const value = parseDecimal(text);
  if (!value) return null;
  return value.units < 0n ? -1 : value.units > 0n ? 1 : 0;
}

/** Rounds half to even, and says whether digits were lost. */
export function roundDecimal(value: Decimal, places: number): { value: Decimal; exact: boolean } {
  if (value.scale <= places) return { value: { units: rescaled(value, places), scale: places }, exact: true };
  const divisor = 10n ** BigInt(value.scale - places);
  const negative = value.units < 0n;
  const magnitude = negative ? -value.units : value.units;
  const remainder = magnitude % divisor;
  let units = magnitude / divisor;
  const twice = remainder * 2n;
  if (twice > divisor || (twice === divisor && units % 2n === 1n)) units += 1n;
  return { value: { units: negative ? -units : units, scale: places }, exact: remainder === 0n };
}

/**
 * What a person typed into a field, as the backend takes it: spaces and grouping commas go, a leading point gets its
 * zero. Null when it is no positive decimal.
 */
export function readTyped(text: string): string | null {
  let plain = text.replace(/[\s,]/g, '');
  if (plain.startsWith('.')) plain = `0${plain}`;
  if (plain.endsWith('.')) plain = plain.slice(0, -1);
  const value = parseDecimal(plain);
  return value && value.units > 0n && !plain.startsWith('+') ? plain : null;
}

/** For drawing only: pixels need numbers. Never shown, sent or added up. */
export function forDrawing(text: string | null): number {
  return text === null ? Number.NaN : Number(text);
}

/** A ratio as a percentage: the point is moved, no digit is computed. */
export function percentText(ratio: string | null): string | null {
  const value = ratio === null ? null : parseDecimal(ratio);
  return value ? writeDecimal({ units: value.units * 100n, scale: value.scale }) : null;
}
