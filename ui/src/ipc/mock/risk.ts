// How much of each limit the simulated world has used, and what a person says about it.

import type { HeadroomRow } from '../bindings/HeadroomRow';
import type { LimitsView } from '../bindings/LimitsView';
import type { LockRow } from '../bindings/LockRow';
import type { RiskRequest } from '../bindings/RiskRequest';
import type { WrittenDownRow } from '../bindings/WrittenDownRow';
import { amount, cut, over, text, times, type Amount } from './arithmetic';
import { MockError } from './world';

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

/** What a person said about risk in the simulated world. */
export class Risk {
  mode = 'auto';
  enabled = 1;
  /** Since when the drawdown of a book counts, where a person said so. */
  readonly anew: Record<'paper' | 'live', string | null> = { paper: null, live: null };
  written: WrittenDownRow[] = [];
  locks: LockRow[] = [
    { book: 'paper', algorithm: 'sma_cross', coin: 'SOL', rule: 'cooldown', until: '2026-11-22T03:18:00Z', why: 'it was sold out just now' },
  ];

  say(request: RiskRequest): void {
    if (request.do === 'volatile') this.mode = request.mode;
    else if (request.do === 'reset_peak') {
      if (request.book === 'live' && request.loosen !== true) throw new MockError('confirm_loosening', 'the highest is 10,412.50 AUD and becomes 10,058.48 AUD: from there max_drawdown_pct counts anew, which lets more through with real money; confirm it');
      this.anew[request.book] = '2026-11-22T03:18:00Z';
    } else if (request.do === 'protections') this.enabled = Number(request.changes.enabled ?? this.enabled);
    else if (request.do === 'lift') this.locks = this.locks.filter((lock) => lock.algorithm !== request.algorithm || lock.rule !== request.rule);
    else this.written = [...this.written, { coin: request.coin, why: request.why }];
  }
}

interface Simulated {
  readonly limits: Record<'paper' | 'live', Record<string, string>>;
  readonly risk: Risk;
  ticker(): { equity: string | null; unpriced: string[] };
}

export function limitsView(world: Simulated): LimitsView {
  const { equity, unpriced } = world.ticker();
  const written = world.risk.written;
  const used: Record<string, string> = equity === null ? {} : { max_coin_pct: '12.4', max_day_loss_pct: '1.2', max_drawdown_pct: world.risk.anew.paper === null ? '3.4' : '0' };
  const none = { equity: null, day_start: null, peak: null, peak_since: world.risk.anew.live, used: {}, unpriced: [], written_down: [] };
  const paper = { equity, day_start: equity, peak: equity, peak_since: world.risk.anew.paper, used, unpriced: unpriced.filter((coin) => !written.some((row) => row.coin === coin)), written_down: written };
  return {
    ...world.limits,
    risk: {
      volatile: { mode: world.risk.mode, on: world.risk.mode === 'on', ratio: 1.1, from: 3 },
      books: [{ book: 'paper', ...paper }, { book: 'live', ...none }],
      protections: { enabled: world.risk.enabled, streak_losses: 3, streak_hours: 24, streak_lock_hours: 12, cooldown_minutes: 15, low_profit_days: 7, low_profit_pct: 10, drawdown_pct: 10 },
      locks: world.risk.enabled === 1 ? world.risk.locks : [],
    },
  };
}
