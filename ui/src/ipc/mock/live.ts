// The simulated world's real money: the steps to it, and orders in every state it knows.

import type { KeyCheck } from '../bindings/KeyCheck';
import type { KillReceipt } from '../bindings/KillReceipt';
import type { ReadinessView } from '../bindings/ReadinessView';
import type { SecretsView } from '../bindings/SecretsView';
import type { World } from './world';

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

/** What a kill finds of real money: one order whose fate is unknown, and one made on the website. */
export function liveReceipt(world: World): Partial<KillReceipt> {
  return {
    took_ms: 640,
    sent_ms: 83,
    unknown: world.orders.slice(-1).map((order) => order.id),
    resting_elsewhere: [{ venue_order_id: '65a1badc0de1', side: 'sell', coin: 'ETH', quantity: '0.05', limit: '5200', asked_at: null }],
  };
}
