// The journal of the simulated world: a few facts of each order, as the workstation words them.

import type { JournalEntry } from '../bindings/JournalEntry';
import type { JournalRequest } from '../bindings/JournalRequest';
import type { JournalView } from '../bindings/JournalView';
import type { OrderView } from '../bindings/OrderView';

const DEVICE = '103ac1064291b930c32aa40aa68af3aa';
const KINDS = ['created', 'order_proposed', 'order_denied', 'order_approved', 'order_opened', 'order_cancelled', 'trade', 'limits_set', 'mandate_set'];
const PAGE = 200;

type Said = Omit<JournalEntry, 'device' | 'seq' | 'hash'>;

function ofOrder(order: OrderView): Said[] {
  const about = { time: order.time, order: order.id, coin: order.coin, book: order.book };
  const the = `the ${order.side} of ${order.quantity} ${order.coin}`;
  const at = order.limit === null ? 'at once' : `at ${order.limit} AUD or better`;
  const said: Said[] = [{ ...about, kind: 'order_proposed', who: order.algorithm ?? 'you', what: `asked to ${order.side} ${order.quantity} ${order.coin} ${at} (${order.book})`, why: order.algorithm === null ? 'by hand' : '' }];
  if (order.state === 'denied') return [...said, { ...about, kind: 'order_denied', who: 'gate', what: `refused ${the} [${order.reason_code ?? 'denied'}]`, why: order.reason ?? '' }];
  said.push({ ...about, kind: 'order_approved', who: 'gate', what: `let ${the} go out`, why: 'paper money: it passed the limits' });
  for (const fill of order.fills) said.push({ ...about, kind: 'trade', time: fill.time, who: 'paper market', what: `${order.side === 'buy' ? 'bought' : 'sold'} ${fill.quantity} ${order.coin} at ${fill.price} AUD`, why: `a fill of ${the}` });
  if (order.state === 'cancelled') said.push({ ...about, kind: 'order_cancelled', who: 'you', what: `took ${the} back`, why: 'by person' });
  return said;
}

export function journalOf(orders: readonly OrderView[], request: JournalRequest, now: number): JournalView {
  const born: Said = { time: orders[0]?.time ?? new Date(now).toISOString(), kind: 'created', who: 'workstation', what: 'began the journal of this machine', why: '', order: null, coin: null, book: null };
  const all = [born, ...orders.flatMap(ofOrder)].map((said, place) => ({ ...said, device: DEVICE, seq: place + 1, hash: (place + 1).toString(16).padStart(64, '0') }));
  const matching = all.filter((entry) => (request.order === undefined || entry.order === request.order) && (request.kind === undefined || entry.kind === request.kind));
  const ordered = request.oldest_first === true ? matching : matching.reverse();
  const from = request.after === undefined ? 0 : ordered.findIndex((entry) => `1:${entry.seq}` === request.after) + 1;
  const entries = ordered.slice(from, from + (request.limit ?? PAGE));
  const last = entries.at(-1);
  const next = last !== undefined && from + entries.length < ordered.length ? `1:${last.seq}` : null;
  return { entries, verified: { ok: true, checked_at: new Date(now).toISOString() }, total: matching.length, next, kinds: KINDS };
}
