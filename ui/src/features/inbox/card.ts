// How an approval card speaks. Invariants: nothing is computed but time left and what was typed; an edit holds only what
// differs from the order.

import type { CardEvidence } from '../../ipc/bindings/CardEvidence';
import type { OrderView } from '../../ipc/bindings/OrderView';
import type { Interval } from '../../ipc/commands';
import { readTyped } from '../../lib/decimal';

/** Time left as minutes and seconds, never below zero. */
export function countdown(expiresAt: string, now: number): string {
  const left = Math.max(0, Math.ceil((Date.parse(expiresAt) - now) / 1000));
  const [minutes, seconds] = [Math.floor(left / 60), left % 60];
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${minutes}:${String(seconds).padStart(2, '0')}`;
}

export interface Edit {
  readonly changes: Record<string, string>;
  /** Fields that can't be read. */
  readonly wrong: readonly string[];
}

/** What was typed, as far as it differs from the order. */
export function editOf(order: OrderView, typed: { quantity: string; limit: string }): Edit {
  const changes: Record<string, string> = {};
  const wrong: string[] = [];
  for (const [name, text, now] of [['quantity', typed.quantity, order.quantity], ['limit', typed.limit, order.limit]] as const) {
    if (now === null) continue;
    const read = readTyped(text);
    if (read === null) wrong.push(name);
    else if (read !== now) changes[name] = read;
  }
  return { changes, wrong };
}

const LIMITS: Readonly<Record<string, readonly [string, string]>> = {
  max_order_aud: ['One order', 'AUD'],
  max_day_aud: ['Buys today', 'AUD'],
  max_coin_pct: ['One coin', '%'],
  max_algorithm_pct: ['One algorithm', '%'],
  max_day_loss_pct: ['Loss today', '%'],
  max_drawdown_pct: ['Drawdown', '%'],
  max_orders_per_minute: ['Orders a minute', ''],
};

export const limitOf = (limit: string): readonly [string, string] => LIMITS[limit] ?? [limit, ''];

const CHANGED: Readonly<Record<string, string>> = { quantity: 'Quantity', limit: 'Limit', price: 'Price', market: 'Middle of the market' };

export const changeWords = (what: string) => CHANGED[what] ?? what;

export type Opens =
  | { readonly what: 'item'; readonly ledger: string; readonly id: string }
  | { readonly what: 'chart'; readonly coin: string; readonly interval: Interval };

/** What a piece of evidence names that this window can show; null for words. */
export function opensOf(evidence: CardEvidence): Opens | null {
  if (evidence.ledger !== null) return { what: 'item', ledger: evidence.ledger, id: evidence.text };
  const candles = /^candles ([A-Z0-9]{1,16}) (1m|5m|15m|1h|4h|1d) \S+$/.exec(evidence.text);
  return candles ? { what: 'chart', coin: candles[1]!, interval: candles[2] as Interval } : null;
}

/** How much of a limit is used, for a bar only; null when nobody knows. */
export const shareOf = (part: string | null, whole: string): number | null => (part === null || Number(whole) === 0 ? null : (Number(part) / Number(whole)) * 100);

const ABSENT: Readonly<Record<string, string>> = { not_yet: 'not yet', no_price: 'no price', no_price_at_decision: 'no price then', beyond_a_decimal: 'too large' };

/** Why a figure is not there. */
export const absentWords = (why: string | null): string => (why === null ? '–' : (ABSENT[why] ?? why));
