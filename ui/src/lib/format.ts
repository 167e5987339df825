// The one formatter of figures. Invariants: it works on decimal text; what is shown is either every digit or rounded
// half-even with `rounded` set and all digits in `full`; something that is not zero never shows as zero.

import { parseDecimal, roundDecimal, writeDecimal, type Decimal } from './decimal';

/** A figure cut where columns need it cut: at the decimal point. */
export interface Figure {
  readonly sign: '' | '+' | '−';
  /** Grouped by thousands. */
  readonly whole: string;
  /** With its point; empty when there is none. */
  readonly fraction: string;
  /** Digits were left out of what is shown. */
  readonly rounded: boolean;
  /** Every digit, grouped, signed. */
  readonly full: string;
  readonly negative: boolean;
  readonly zero: boolean;
}

/** How to cut a figure. */
export interface Cut {
  /** Places always shown. */
  readonly min: number;
  /** Places shown at most. */
  readonly max: number;
  /** Fewer places when this many digits are significant already. */
  readonly significant?: number;
  /** Shows + too. */
  readonly signed?: boolean;
}

export const AUD: Cut = { min: 2, max: 2 };
export const AUD_CHANGE: Cut = { min: 2, max: 2, signed: true };
export const PRICE: Cut = { min: 2, max: 8, significant: 6 };
export const QUANTITY: Cut = { min: 0, max: 8 };
export const PERCENT: Cut = { min: 2, max: 2 };
export const PERCENT_CHANGE: Cut = { min: 2, max: 2, signed: true };
/** Every digit: for what is about to be agreed to. */
export const EXACT: Cut = { min: 2, max: 28 };

/** Formats a decimal text; null when it is none, so that nobody shows a made-up figure. */
export function figure(text: string | null | undefined, cut: Cut): Figure | null {
  const value = text === null || text === undefined ? null : parseDecimal(text);
  if (!value) return null;
  const { value: shown, exact } = roundDecimal(value, places(value, cut));
  const { whole, fraction } = split(trimmed(shown, cut.min));
  const negative = value.units < 0n;
  const zero = value.units === 0n;
  const sign = negative ? '−' : cut.signed && !zero ? '+' : '';
  const every = split(trimmed(value, cut.min));
  return { sign, whole, fraction, rounded: !exact, full: `${sign}${every.whole}${every.fraction}`, negative, zero };
}

const THOUSANDS = ['', 'k', 'm', 'bn', 'tn'] as const;

/** A large amount in thousands, millions or billions: the point is moved, no digit is computed. The full figure stays in `full`. */
export function compact(text: string | null | undefined, cut: Cut): { readonly figure: Figure; readonly unit: string } | null {
  const value = text === null || text === undefined ? null : parseDecimal(text);
  const every = figure(text, { min: 0, max: 28, signed: cut.signed ?? false });
  if (!value || !every) return null;
  const digits = (value.units < 0n ? -value.units : value.units).toString().length - value.scale;
  const power = Math.max(0, Math.min(THOUSANDS.length - 1, Math.floor((digits - 1) / 3)));
  const moved = figure(writeDecimal({ units: value.units, scale: value.scale + 3 * power }), cut);
  return moved && { figure: { ...moved, full: every.full }, unit: THOUSANDS[power] ?? '' };
}

/** The same in one piece; a dash when there is no figure. */
export function formatted(text: string | null | undefined, cut: Cut): string {
  const cutFigure = figure(text, cut);
  return cutFigure ? cutFigure.sign + cutFigure.whole + cutFigure.fraction : '–';
}

/** A count, grouped. */
export function count(value: number): string {
  return formatted(String(Math.trunc(value)), { min: 0, max: 0 });
}

function places(value: Decimal, cut: Cut): number {
  const digits = (value.units < 0n ? -value.units : value.units).toString();
  const whole = digits.length - value.scale;
  let wanted = cut.max;
  if (cut.significant !== undefined) wanted = Math.min(cut.max, Math.max(cut.min, cut.significant - whole));
  if (value.units === 0n) return Math.max(cut.min, 0);
  // Two digits stay of anything that would otherwise vanish.
  const vanishes = whole + wanted <= 0;
  return vanishes ? Math.min(value.scale, 2 - whole) : wanted;
}

function trimmed(value: Decimal, min: number): Decimal {
  let { units, scale } = value;
  while (scale > min && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return scale < min ? { units: units * 10n ** BigInt(min - scale), scale: min } : { units, scale };
}

function split(value: Decimal): { whole: string; fraction: string } {
  const text = writeDecimal({ units: value.units < 0n ? -value.units : value.units, scale: value.scale });
  const point = text.indexOf('.');
  const whole = point < 0 ? text : text.slice(0, point);
  return { whole: whole.replace(/\B(?=(\d{3})+$)/g, ','), fraction: point < 0 ? '' : text.slice(point) };
}
