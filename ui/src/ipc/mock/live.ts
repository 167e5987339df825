// The simulated world's real money: the steps to it, and orders in every state it knows.

import type { AccountView } from '../bindings/AccountView';
import type { KeyCheck } from '../bindings/KeyCheck';
import type { KillReceipt } from '../bindings/KillReceipt';
import type { LiveFigures } from '../bindings/LiveFigures';
import type { OrderView } from '../bindings/OrderView';
import type { Orders } from '../bindings/Orders';
import type { ReadinessView } from '../bindings/ReadinessView';
import type { SecretsView } from '../bindings/SecretsView';
import { MockError, type World } from './world';

export function readinessOf(world: World, secrets: SecretsView): ReadinessView {
  const { live } = world.scenario;
  const kept = live || (['coinspot_key', 'coinspot_secret'] as const).every((name) => secrets.secrets.some((row) => row.name === name && row.is_set));
  const step = (name: string, done: boolean, found: string, next: string) => ({ step: name, done, found, next: done ? null : next });
  const { pulled } = world.killState;
  const mandate = live && !pulled;
  const { max_order_aud, max_day_aud } = world.limits.live;
  const steps = [
    step('key', kept, kept ? 'Key and secret of CoinSpot are at hand' : 'Not stored: coinspot_secret', 'Make a key at CoinSpot that cannot withdraw, and store both parts'),
    step('declared', live, live ? 'You declared on 2026-11-20T09:14:00Z that the key cannot withdraw' : 'Nobody declared that the key cannot withdraw', 'Look at the key’s rights at CoinSpot, then store it again and tick that it cannot withdraw'),
    step('limits', true, `One live order may cost ${max_order_aud} AUD, the buys of a day ${max_day_aud} AUD`, ''),
    step('lease', true, 'This machine holds the trading lease', ''),
    step('mandate', mandate, mandate ? 'Orders by hand may trade with real money: you are asked about each, one may cost 100 AUD' : 'No mandate lets orders by hand trade with real money', 'Grant a mandate for orders by hand: start with 10 AUD an order, asking always'),
    step('open', !pulled, pulled ? 'The kill switch is pulled' : 'Trading is open', 'Open trading again; live mandates must then be granted again'),
    step('first_order', live, live ? '2 live orders filled' : 'No live order was placed yet', 'Buy for 10 AUD, and look at it in CoinSpot’s own window'),
  ];
  return { live: steps.slice(0, -1).every((one) => one.done), steps };
}

export function keyOf(world: World): KeyCheck {
  const { live } = world.scenario;
  return { at_hand: live, declared_at: live ? '2026-11-20T09:14:00Z' : null, other_declared: false, rights: live ? 'trades' : null, problem: null };
}

const UNKNOWN_FOR_MS = 11 * 60_000;

/** Live orders: two filled, one that rests, one that waits for a person, and one nobody knows the fate of. */
export function liveOrders(world: World): OrderView[] {
  const now = world.clock();
  const of = (coin: string, side: 'buy' | 'sell', quantity: string, factor: number, minutes: number, more: Partial<OrderView>): OrderView => ({
    id: world.id(), coin, side, book: 'live', quantity, limit: (world.quote(coin).mid * factor).toFixed(2), state: 'open', filled: '0', fills: [], venue_order_id: null,
    approval_id: null, reason: null, reason_code: null, unknown: null, time: world.iso(now - minutes * 60_000), algorithm: null, ...more,
  });
  const filled = (coin: string, quantity: string, minutes: number, venue: string) => {
    const order = of(coin, 'buy', quantity, 1, minutes, { state: 'filled', filled: quantity, venue_order_id: venue });
    const trade = { id: world.id(), time: order.time, coin, side: 'buy' as const, quantity, price: order.limit ?? '', fee: '0.01', algorithm: null, book: 'live' as const, venue: 'coinspot', external_id: venue, order_id: order.id };
    world.trades.live.push(trade);
    return { ...order, fills: [trade] };
  };
  const why = 'CoinSpot did not answer within 10 s: whether the order was placed is not known';
  const unknown = { code: 'no_answer', why, since: world.iso(now - UNKNOWN_FOR_MS), polls: 7, quiet_s: UNKNOWN_FOR_MS / 1000, may_be_closed: true, finding: 'several', candidates: [
    { venue_order_id: '65a1c0ffee12', resting: '0.0071', rows: [] },
    { venue_order_id: '65a1c0ffee13', resting: null, rows: [{ id: '65a1c0ffee13', coin: 'BTC', side: 'buy' as const, quantity: '0.0071', price: '139000', fee: '0.99', instant: false, time: world.iso(now - UNKNOWN_FOR_MS) }] },
  ] };
  return [
    filled('BTC', '0.00007154', 1500, '65a1b2c3d401'),
    filled('ETH', '0.002', 1380, '65a1b2c3d402'),
    of('ETH', 'buy', '0.021', 0.97, 42, { venue_order_id: '65a1b2c3d4e5' }),
    of('SOL', 'buy', '0.4', 0.99, 1, { state: 'awaiting_approval', algorithm: 'sma_cross', approval_id: 'card' }),
    of('BTC', 'buy', '0.0071', 0.995, 11, { state: 'unknown', reason: why, reason_code: 'no_answer', unknown }),
  ];
}

export function reconciled(world: World): Orders {
  return { orders: world.orders.filter((order) => order.book === 'live' && ['open', 'unknown'].includes(order.state)) };
}

export function resolved(world: World, id: string, placed: boolean, venue: string | null, why: string): OrderView {
  const order = world.orders.find((one) => one.id === id);
  if (order?.state !== 'unknown') throw new MockError('order_not_unknown', `order ${id} is ${order?.state ?? 'not there'}`);
  if (why === '') throw new MockError('why_missing', 'say why: it is kept with the order');
  const settled: OrderView = placed
    ? { ...order, state: 'open', venue_order_id: venue, unknown: null, reason: null, reason_code: null }
    : { ...order, state: 'rejected', unknown: null, reason: `closed by you: ${why}`, reason_code: 'closed_by_person' };
  world.orders = world.orders.map((one) => (one.id === id ? settled : one));
  world.emit({ type: 'order', order: settled });
  return settled;
}

/** What a kill finds of real money: one order gone, one whose fate is unknown, and one made on the website. */
export function liveReceipt(world: World): Partial<KillReceipt> {
  const at = (ms: number) => world.iso(world.clock() + ms);
  const orders = world.orders.filter((order) => order.book === 'live' && order.venue_order_id !== null && order.state === 'cancelled');
  return {
    took_ms: 640,
    sent_ms: 83,
    unknown: world.orders.filter((order) => order.state === 'unknown').map((order) => order.id),
    orders: orders.map((order) => ({ id: order.id, venue_order_id: order.venue_order_id ?? '', asked_at: at(40), confirmed_at: at(600), tries: 1, said: null })),
    resting_elsewhere: [{ venue_order_id: '65a1badc0de1', side: 'sell', coin: 'ETH', quantity: '0.05', limit: '5200', asked_at: null }],
  };
}

export function liveFigures(world: World): LiveFigures {
  const live = world.orders.filter((order) => order.book === 'live');
  return { at: world.iso(world.clock() - 4000), cash: '412.37', equity: '431.05', resting: live.filter((order) => order.state === 'open').length, unknown: live.filter((order) => order.state === 'unknown').length, trouble: null };
}

export function accountOf(world: World): AccountView {
  if (!world.scenario.live) return { at: null, complete: false, trouble: null, cash: null, coins: [], resting: [], foreign: [], unexplained: [], compared_since: null };
  const at = world.iso(world.clock() - 4000);
  return {
    at, complete: true, trouble: null, cash: '412.37', coins: [{ coin: 'BTC', quantity: '0.00007154' }, { coin: 'ETH', quantity: '0.052' }], compared_since: world.iso(world.clock() - 86_400_000),
    resting: [{ venue_order_id: '65a1badc0de1', order: null, coin: 'ETH', side: 'sell', left: '0.05', limit: '5200', created: at }],
    foreign: [{ id: '65a1badc0de0', coin: 'ETH', side: 'buy', quantity: '0.05', price: '4650', fee: '0.23', instant: false, time: world.iso(world.clock() - 7_200_000) }],
    unexplained: [],
  };
}
