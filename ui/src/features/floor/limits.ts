// What each limit is called, in which unit, in the trader's words.

export interface LimitWords {
  readonly title: string;
  readonly unit: string;
  readonly means: string;
}

export const LIMITS: Readonly<Record<string, LimitWords>> = {
  max_order_aud: { title: 'One order', unit: 'AUD', means: 'Most an order may cost, fee included' },
  max_day_aud: { title: 'Buys a day', unit: 'AUD', means: 'All buys of one of your calendar days together' },
  max_coin_pct: { title: 'One coin', unit: '% of equity', means: 'Most of the book in one coin' },
  max_algorithm_pct: { title: 'One algorithm', unit: '% of equity', means: 'Most of the book under one algorithm' },
  max_day_loss_pct: { title: 'Loss a day', unit: '% of equity', means: 'How far the book may fall in one of your days before buys stop' },
  max_drawdown_pct: { title: 'Drawdown', unit: '% from peak', means: 'How far the book may fall from its highest before buys stop' },
  max_orders_per_minute: { title: 'Orders a minute', unit: 'orders', means: 'Faster ones are refused' },
  price_collar_pct: { title: 'Price collar', unit: '%', means: 'How far a limit may stand from the reference price' },
  max_spread_pct: { title: 'Spread', unit: '%', means: 'No order on a wider book' },
  max_price_age_s: { title: 'Price age', unit: 's', means: 'No order on an older price' },
  repeat_window_s: { title: 'Same order again', unit: 's', means: 'The same order within it is refused unless you mean it' },
  unfilled_minutes: { title: 'Rests unfilled', unit: 'min', means: 'What rests longer is taken back; another limit begins the wait anew; 0 lets it rest' },
};

export const limitWords = (key: string): LimitWords => LIMITS[key] ?? { title: key, unit: '', means: '' };

const ORDER = Object.keys(LIMITS);

/** In the order above, unknown ones last. */
export const orderedLimits = (limits: Record<string, string>): [string, string][] =>
  Object.entries(limits).sort(([a], [b]) => (ORDER.indexOf(a) + 1 || 99) - (ORDER.indexOf(b) + 1 || 99));

export interface UsedRow {
  readonly limit: string;
  readonly used: string;
  readonly most: string;
  /** Of the most, for a bar only; null when nobody knows. */
  readonly pct: number | null;
}

/** The limits on equity with how far each is used; what nobody knows is a dash. */
export const usedRows = (limits: Record<string, string>, used: Record<string, string>): UsedRow[] =>
  ['max_coin_pct', 'max_day_loss_pct', 'max_drawdown_pct'].flatMap((limit) => {
    const most = limits[limit];
    if (most === undefined) return [];
    const now = used[limit];
    const share = now === undefined || Number(most) === 0 ? null : (Number(now) / Number(most)) * 100;
    return [{ limit, used: now ?? '–', most, pct: share }];
  });
