// Decisions in the simulated world, and what they would have made there.

import type { ScorecardOutcome } from '../bindings/ScorecardOutcome';
import type { ScorecardRow } from '../bindings/ScorecardRow';
import type { ScorecardTally } from '../bindings/ScorecardTally';
import type { ScorecardView } from '../bindings/ScorecardView';
import { amount, text } from './arithmetic';
import type { World } from './world';

const HOUR_MS = 3_600_000;

const made = (price: string, made_aud: string, as_asked_aud = made_aud): ScorecardOutcome => ({ price, made_aud, as_asked_aud, absent: null });
const none = (absent: string): ScorecardOutcome => ({ price: null, made_aud: null, as_asked_aud: null, absent });

function tally(outcomes: readonly ScorecardOutcome[]): ScorecardTally {
  const figures = outcomes.flatMap((one) => (one.made_aud === null ? [] : [amount(one.made_aud)]));
  return { known: figures.length, gained: figures.filter((one) => one > 0n).length, made_aud: figures.length === 0 ? null : text(figures.reduce((sum, one) => sum + one, 0n)) };
}

export function scorecard(world: World): ScorecardView {
  if (!world.scenario.asking || world.scenario.empty) return { decisions: [], total: 0, sums: [] };
  const row = (hoursAgo: number, of: Partial<ScorecardRow> & Pick<ScorecardRow, 'decision' | 'now' | 'h1' | 'h24' | 'd7'>): ScorecardRow => ({
    order: `01MOCKDECISION${String(hoursAgo).padStart(12, '0')}`, decided_at: world.iso(world.clock() - hoursAgo * HOUR_MS), coin: 'BTC', side: 'buy', book: 'paper', algorithm: null,
    quantity: '0.01', asked_quantity: of.quantity ?? '0.01', state: 'filled', price: '150120.5', ...of,
  });
  const decisions = [
    row(0.2, { decision: 'rejected', state: 'denied', algorithm: 'sma_cross', book: 'live', now: made('149880.2', '-2.403'), h1: none('not_yet'), h24: none('not_yet'), d7: none('not_yet') }),
    row(5, { decision: 'expired', state: 'expired', coin: 'ETH', side: 'sell', price: '4720.1', quantity: '0.5', now: made('4702.4', '8.85'), h1: made('4731', '-5.45'), h24: none('not_yet'), d7: none('not_yet') }),
    row(30, { decision: 'edited', quantity: '0.005', asked_quantity: '0.02', price: '148900', now: made('149880.2', '4.901', '19.604'), h1: made('148712', '-0.94', '-3.76'), h24: made('149990', '5.45', '21.8'), d7: none('not_yet') }),
    row(200, { decision: 'approved', coin: 'SOL', price: '231.4', quantity: '4', now: made('244.19', '51.16'), h1: none('no_price'), h24: made('229.8', '-6.4'), d7: made('240.02', '34.48') }),
  ];
  const sums = ['approved', 'edited', 'rejected', 'expired'].map((decision) => {
    const own = decisions.filter((one) => one.decision === decision);
    return { decision, count: own.length, now: tally(own.map((one) => one.now)), h1: tally(own.map((one) => one.h1)), h24: tally(own.map((one) => one.h24)), d7: tally(own.map((one) => one.d7)) };
  });
  return { decisions, total: decisions.length, sums };
}
