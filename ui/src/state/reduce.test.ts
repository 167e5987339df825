import { describe, expect, it } from 'vitest';
import type { Event } from '../ipc/bindings/Event';
import type { OrderView } from '../ipc/bindings/OrderView';
import type { PriceRow } from '../ipc/bindings/PriceRow';
import type { Status } from '../ipc/bindings/Status';
import type { TradeView } from '../ipc/bindings/TradeView';
import { NOTHING, applyEvent, orderedOrders } from './reduce';

const price = (coin: string, bid: string, seen: string): PriceRow => ({
  coin, bid, ask: bid, last: bid, kind: 'book', seen, age_s: 0, stale: false, spread_pct: null, change_24h_pct: null,
});
const order = (id: string, state: string): OrderView => ({
  id, coin: 'BTC', side: 'buy', book: 'paper', quantity: '1', limit: null, state, filled: '0', fills: [], venue_order_id: null, unknown: null, approval_id: null,
  reason: null, reason_code: null, time: '2026-11-22T03:00:00Z', algorithm: null,
});
const trade = (id: string, book: 'paper' | 'live' = 'paper'): TradeView => ({
  id, time: '2026-11-22T03:00:00Z', coin: 'BTC', side: 'buy', quantity: '1', price: '2', fee: '0', algorithm: null, book, venue: null, external_id: null, order_id: null,
});

describe('events', () => {
  it('change only the coins they name', () => {
    const first = applyEvent(NOTHING, { type: 'prices', prices: [price('BTC', '1', 't1'), price('ETH', '2', 't1')] });
    const second = applyEvent(first, { type: 'prices', prices: [price('ETH', '3', 't2')] });
    expect(second.prices.get('BTC')).toBe(first.prices.get('BTC'));
    expect(second.prices.get('ETH')?.bid).toBe('3');
    expect(first.prices.get('ETH')?.bid).toBe('2');
  });

  it('that are older than what is shown do not turn prices back', () => {
    const first = applyEvent(NOTHING, { type: 'prices', prices: [price('BTC', '2', '2026-11-22T03:00:09Z')] });
    const late = applyEvent(first, { type: 'prices', prices: [price('BTC', '1', '2026-11-22T03:00:01Z')] });
    expect(late.prices.get('BTC')?.bid).toBe('2');
  });

  it('change nothing more when they come twice', () => {
    const events: Event[] = [
      { type: 'order', order: order('a', 'open') },
      { type: 'trade', trade: trade('t') },
      { type: 'order', order: order('a', 'filled') },
    ];
    const once = events.reduce(applyEvent, NOTHING);
    const twice = [...events, ...events.slice(1)].reduce(applyEvent, NOTHING);
    expect(twice).toEqual(once);
    expect(once.orders).toHaveLength(1);
    expect(once.trades).toHaveLength(1);
  });

  it('of the live book stay out of the paper trades', () => {
    expect(applyEvent(NOTHING, { type: 'trade', trade: trade('t', 'live') })).toBe(NOTHING);
  });

  it('of the paper book move its figures and leave the rest of the status', () => {
    const status = { version: '1', paper: { cash: '1' }, kill: { pulled: false }, halted: null } as unknown as Status;
    const before = applyEvent(NOTHING, { type: 'status', status });
    const told = { type: 'paper', paper: { cash: '2' }, kill: { pulled: true }, halted: 'why' } as unknown as Event;
    const after = applyEvent(before, told);
    expect(after.status).toEqual({ version: '1', paper: { cash: '2' }, kill: { pulled: true }, halted: 'why' });
    expect(applyEvent(NOTHING, told).status).toBeNull();
  });

  it('about the paper book move the figures and the switch, and leave the rest of the status', async () => {
    const { mockTransport } = await import('../ipc/mock/transport');
    const status = mockTransport('?mock&still').world.status();
    const before = { ...NOTHING, status };
    const after = applyEvent(before, { type: 'paper', paper: { ...status.paper, cash: '7' }, kill: { ...status.kill, pulled: true }, halted: null });
    expect([after.status?.paper.cash, after.status?.kill.pulled, after.status?.home]).toEqual(['7', true, status.home]);
    expect(applyEvent(NOTHING, { type: 'paper', paper: status.paper, kill: status.kill, halted: null })).toBe(NOTHING);
  });

  it('this window does not know are passed over', () => {
    expect(applyEvent(NOTHING, { type: 'weather' } as unknown as Event)).toBe(NOTHING);
  });
});

it('orders show open ones first, then the newest', () => {
  const orders = [order('a', 'filled'), order('b', 'open'), order('c', 'cancelled'), order('d', 'unknown')];
  expect(orderedOrders(orders).map(({ id }) => id)).toEqual(['d', 'b', 'c', 'a']);
});
