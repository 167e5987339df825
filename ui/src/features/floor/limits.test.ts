import { describe, expect, it } from 'vitest';
import { orderedLimits, usedRows } from './limits';

describe('limits on equity', () => {
  it('shows how far each is used, and a dash where nobody knows', () => {
    const rows = usedRows({ max_coin_pct: '20', max_day_loss_pct: '5', max_order_aud: '100' }, { max_coin_pct: '15' });
    expect(rows).toEqual([
      { limit: 'max_coin_pct', used: '15', most: '20', pct: 75 },
      { limit: 'max_day_loss_pct', used: '–', most: '5', pct: null },
    ]);
  });

  it('draws no bar for a limit of nothing', () => {
    expect(usedRows({ max_coin_pct: '0' }, { max_coin_pct: '3' })[0]?.pct).toBeNull();
  });

  it('lists unknown limits last', () => {
    expect(orderedLimits({ new_one: '1', repeat_window_s: '10', max_order_aud: '5' }).map(([key]) => key)).toEqual(['max_order_aud', 'repeat_window_s', 'new_one']);
  });
});
