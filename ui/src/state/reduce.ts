// Events into what the screens show. Pure: the stores hold the result. Invariants: applying an event twice changes
// nothing more; an event about something unknown adds it; nothing is computed, only put in its place. It
// throws when events were missed: then everything is asked for again.

import type { Event } from '../ipc/bindings/Event';
import type { OrderView } from '../ipc/bindings/OrderView';
import type { PriceRow } from '../ipc/bindings/PriceRow';
import type { Status } from '../ipc/bindings/Status';
import type { TradeView } from '../ipc/bindings/TradeView';

export interface Snapshot {
  readonly status: Status | null;
  readonly prices: ReadonlyMap<string, PriceRow>;
  /** Newest last. */
  readonly orders: readonly OrderView[];
  /** Trades of the paper book, oldest first. */
  readonly trades: readonly TradeView[];
  /** Orders that are over and only in the journal. */
  readonly earlier?: number;
}

export const NOTHING: Snapshot = { status: null, prices: new Map(), orders: [], trades: [] };

export function applyEvent(before: Snapshot, event: Event): Snapshot {
  switch (event.type) {
    case 'prices':
      return event.prices.length === 0 ? before : { ...before, prices: mergePrices(before.prices, event.prices) };
    case 'order':
      return { ...before, orders: placeOrder(before.orders, event.order) };
    case 'trade':
      return event.trade.book === 'paper' ? { ...before, trades: addTrade(before.trades, event.trade) } : before;
    case 'paper':
      return before.status ? { ...before, status: { ...before.status, paper: event.paper, kill: event.kill, halted: event.halted } } : before;
    case 'sync':
      return before.status ? { ...before, status: { ...before.status, sync: event.sync } } : before;
    case 'status':
      return { ...before, status: event.status };
    default:
      // `missed` is for the store, which asks for everything again; a newer backend may tell more than this window knows.
      return before;
  }
}

function mergePrices(before: ReadonlyMap<string, PriceRow>, changed: readonly PriceRow[]): ReadonlyMap<string, PriceRow> {
  const merged = new Map(before);
  for (const row of changed) {
    const known = merged.get(row.coin);
    if (!known || known.seen <= row.seen) merged.set(row.coin, row);
  }
  return merged;
}

function placeOrder(before: readonly OrderView[], order: OrderView): readonly OrderView[] {
  const at = before.findLastIndex((known) => known.id === order.id);
  return at < 0 ? [...before, order] : before.with(at, order);
}

function addTrade(before: readonly TradeView[], trade: TradeView): readonly TradeView[] {
  const at = before.findLastIndex((known) => known.id === trade.id);
  return at < 0 ? [...before, trade] : before.with(at, trade);
}

const OPEN = new Set(['awaiting_approval', 'approved', 'sending', 'open', 'partially_filled', 'unknown']);

/** Whether something may still happen to an order. */
export const isOpen = (order: OrderView): boolean => OPEN.has(order.state);

/** Whether a cancel makes sense. */
export const isCancellable = (order: OrderView): boolean => isOpen(order) && order.state !== 'sending' && order.state !== 'unknown';

const FIRST: Readonly<Record<string, number>> = { unknown: 0, awaiting_approval: 1 };

/** Those that call for a person first, then open ones, then the newest first. */
export function orderedOrders(orders: readonly OrderView[]): readonly OrderView[] {
  const rank = (order: OrderView) => FIRST[order.state] ?? (isOpen(order) ? 2 : 3);
  return orders
    .map((order, index) => ({ order, index }))
    .sort((a, b) => rank(a.order) - rank(b.order) || b.index - a.index)
    .map(({ order }) => order);
}
