// A mandate as it is typed, and as it is granted. Invariants: what can't be read is refused here with words, and judged
// again by the workstation; an empty field grants nothing of its own.

import type { MandateRequest } from '../../ipc/bindings/MandateRequest';
import type { MandateView } from '../../ipc/bindings/MandateView';
import type { Book } from '../../ipc/commands';
import { readTyped } from '../../lib/decimal';

export interface Typed {
  holder: string;
  book: Book;
  rule: 'always' | 'above' | 'never';
  above: string;
  order: string;
  day: string;
  coins: string;
  hours: string;
  until: string;
}

export const BLANK: Typed = { holder: 'manual', book: 'paper', rule: 'always', above: '', order: '', day: '', coins: '', hours: '', until: '' };

export type Reading = { is: 'mandate'; mandate: MandateRequest } | { is: 'wrong'; field: string; why: string };

export function readMandate(typed: Typed): Reading {
  const wrong = (field: string, why: string): Reading => ({ is: 'wrong', field, why });
  const mandate: MandateRequest = { holder: typed.holder.trim(), book: typed.book, approval: typed.rule, coins: typed.coins.split(',').map((coin) => coin.trim()).filter((coin) => coin !== '') };
  if (mandate.holder === '') return wrong('holder', 'manual, or the name of an algorithm');
  if (typed.rule === 'above') {
    const above = readTyped(typed.above);
    if (above === null) return wrong('above', 'An amount above 0');
    mandate.approval = `above:${above}`;
  }
  for (const [field, name] of [['order', 'max_order_aud'], ['day', 'max_day_aud']] as const) {
    if (typed[field].trim() === '') continue;
    const read = readTyped(typed[field]);
    if (read === null) return wrong(field, 'An amount above 0');
    mandate[name] = read;
  }
  if (typed.hours.trim() !== '') {
    if (!/^\d\d:\d\d-\d\d:\d\d$/.test(typed.hours.trim())) return wrong('hours', 'A span such as 09:00-17:00');
    mandate.hours = typed.hours.trim();
  }
  if (typed.until.trim() !== '') {
    if (!/^\d{4}-\d\d-\d\d/.test(typed.until.trim())) return wrong('until', 'A date such as 2026-12-31');
    mandate.until = typed.until.trim();
  }
  return { is: 'mandate', mandate };
}

export function typedOf(mandate: MandateView): Typed {
  const above = mandate.approval.startsWith('above:');
  return {
    holder: mandate.holder,
    book: mandate.book,
    rule: above ? 'above' : mandate.approval === 'never' ? 'never' : 'always',
    above: above ? mandate.approval.slice('above:'.length) : '',
    order: mandate.max_order_aud ?? '',
    day: mandate.max_day_aud ?? '',
    coins: mandate.coins.join(', '),
    hours: mandate.hours ?? '',
    until: mandate.until ?? '',
  };
}

export function approvalWords(approval: string): string {
  if (approval === 'never') return 'never';
  return approval.startsWith('above:') ? `above ${approval.slice('above:'.length)} AUD` : 'about every order';
}
