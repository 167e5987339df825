// Sums of the simulated world: whole numbers of 10^−12. The window proper has no arithmetic of money; this stands in
// for the backend, which has.

import { parseDecimal, writeDecimal } from '../../lib/decimal';

const SCALE = 12;
const ONE = 10n ** BigInt(SCALE);

export type Amount = bigint;

export function amount(text: string): Amount {
  const value = parseDecimal(text);
  if (!value) throw new Error(`${text} is no decimal`);
  return value.scale <= SCALE ? value.units * 10n ** BigInt(SCALE - value.scale) : value.units / 10n ** BigInt(value.scale - SCALE);
}

export const fromNumber = (value: number, places: number): Amount => amount(value.toFixed(places));
export const times = (a: Amount, b: Amount): Amount => (a * b) / ONE;
export const over = (a: Amount, b: Amount): Amount => (b === 0n ? 0n : (a * ONE) / b);

export function text(value: Amount): string {
  const plain = writeDecimal({ units: value, scale: SCALE });
  return plain.replace(/0+$/, '').replace(/\.$/, '');
}

/** Cut to `places`, for amounts a venue would cut. */
export function cut(value: Amount, places: number): Amount {
  const unit = 10n ** BigInt(SCALE - places);
  return (value / unit) * unit;
}
