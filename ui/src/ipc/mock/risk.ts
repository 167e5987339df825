// How much of each limit the simulated world has used.

import type { HeadroomRow } from '../bindings/HeadroomRow';
import { amount, cut, over, text, times, type Amount } from './arithmetic';

const HUNDRED = amount('100');

const row = (limit: string, used: Amount, after: Amount, most: string): HeadroomRow => ({
  limit, used: text(cut(used, 2)), after: text(cut(after, 2)), most, pct: text(cut(times(over(after, amount(most)), HUNDRED), 2)),
});

export interface Standing {
  readonly equity: Amount;
  readonly bought: Amount;
  readonly held: Amount;
  readonly sent: number;
}

/** The rows of one order: `total` is what a buy costs or a sale brings. */
export function headroom(limits: Record<string, string>, standing: Standing, side: 'buy' | 'sell', total: Amount): HeadroomRow[] {
  const { equity, bought, held, sent } = standing;
  const share = (part: Amount) => (equity > 0n ? times(over(part, equity), HUNDRED) : 0n);
  const left = held > total ? held - total : 0n;
  const rows = [
    row('max_day_aud', bought, side === 'buy' ? bought + total : bought, limits.max_day_aud ?? '100000'),
    row('max_coin_pct', share(held), share(side === 'buy' ? held + total : left), limits.max_coin_pct ?? '20'),
    row('max_day_loss_pct', amount('1.2'), amount('1.2'), limits.max_day_loss_pct ?? '5'),
    row('max_drawdown_pct', amount('3.4'), amount('3.4'), limits.max_drawdown_pct ?? '15'),
    row('max_orders_per_minute', amount(String(sent)), amount(String(sent + 1)), limits.max_orders_per_minute ?? '10'),
  ];
  return side === 'buy' ? [row('max_order_aud', 0n, total, limits.max_order_aud ?? '25000'), ...rows] : rows;
}
