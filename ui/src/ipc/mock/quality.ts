// The simulated world's quality monitor and gap ledger: what the workstation would say of its sources.

import type { AgreementRow } from '../bindings/AgreementRow';
import type { GapsView } from '../bindings/GapsView';
import type { LedgerGap } from '../bindings/LedgerGap';
import type { LedgerQuality } from '../bindings/LedgerQuality';
import type { QualityPoint } from '../bindings/QualityPoint';
import type { QualityView } from '../bindings/QualityView';
import type { SourceQuality } from '../bindings/SourceQuality';
import type { SourceRow } from '../bindings/SourceRow';
import { bell, seeded } from './random';
import type { Scenario } from './scenario';

const MINUTE = 60_000;
const LEDGERS = ['glass', 'human', 'catalyst', 'exchange'] as const;
const WEIGHTS = { coverage: 0.35, freshness: 0.3, validity: 0.2, agreement: 0.15, degraded_below: 0.8, failing_below: 0.5 };
/** Coins with what we and the others say; a null is no reference. */
const AGAINST: readonly (readonly [string, string, string | null, string | null])[] = [
  ['BTC', '104210.5', '104188.25', '0.02'],
  ['ETH', '5120.4', '5124.1', '-0.07'],
  ['SOL', '248.6', '241.9', '2.77'],
  ['XRP', '3.412', '3.4105', '0.04'],
  ['ADA', '0.8812', '0.8809', '0.03'],
  ['GAS', '5.21', null, null],
];

type Parts = { coverage: number | null; freshness: number | null; validity: number | null; agreement: number | null };

const round = (value: number) => Math.round(value * 10_000) / 10_000;

function scored(parts: Parts): Parts & { score: number | null } {
  let [sum, weight] = [0, 0];
  for (const key of ['coverage', 'freshness', 'validity', 'agreement'] as const) {
    const part = parts[key];
    if (part === null) continue;
    sum += part * WEIGHTS[key];
    weight += WEIGHTS[key];
  }
  return { ...parts, score: weight === 0 ? null : round(sum / weight) };
}

function standing(of: ReturnType<typeof scored>): string {
  if (of.score === null) return 'unknown';
  const nothing = [of.coverage, of.freshness, of.validity, of.agreement].includes(0);
  return nothing || of.score < WEIGHTS.failing_below ? 'failing' : of.score < WEIGHTS.degraded_below ? 'degraded' : 'good';
}

const UNKNOWN: Parts = { coverage: null, freshness: null, validity: null, agreement: null };

function sourceOf(row: SourceRow, i: number, scenario: Scenario, agreement: number | null): SourceQuality {
  const expected = Math.max(1, Math.floor(86_400 / Math.max(60, row.cadence_s * 2))) * (row.ledger === 'exchange' ? 16 : 1);
  if (row.status === 'never_run' || row.paused) {
    const why = row.paused ? 'paused: it runs only when asked to' : 'it has not run yet';
    return { source: row.name, ledger: row.ledger, status: 'unknown', ...scored(UNKNOWN), received: 0, expected: 0, reasons: [why] };
  }
  const silent = scenario.offline || row.status === 'failing';
  const received = Math.floor(expected * (silent ? 0.71 : i % 4 === 3 ? 0.93 : 1));
  const own = row.name === 'coinspot_prices' ? agreement : null;
  const parts = scored({ coverage: round(received / expected), freshness: silent ? 0 : 1, validity: i % 5 === 2 ? 0.962 : 1, agreement: own });
  const reasons: string[] = [];
  if (silent) reasons.push(`it last answered well 47 min ago; it is asked every ${row.cadence_s} s`);
  if (received < expected * 0.95) reasons.push(`${received} of ${expected} answers expected came`);
  if (parts.validity === 0.962) reasons.push('19 of 500 items were bad');
  if (own !== null) reasons.push('SOL is 2.77 % off the median 241.9 of btc_markets, independent_reserve, kraken');
  return { source: row.name, ledger: row.ledger, status: standing(parts), ...parts, received, expected, reasons };
}

function ledgerOf(ledger: string, of: readonly SourceQuality[], agreement: number | null): LedgerQuality {
  const known = of.filter((row) => row.ledger === ledger && row.status !== 'unknown');
  const mean = (key: 'coverage' | 'freshness' | 'validity') => (known.length === 0 ? null : round(known.reduce((sum, row) => sum + (row[key] ?? 0), 0) / known.length));
  const own = ledger === 'exchange' && known.length > 0 ? agreement : null;
  const parts = scored({ coverage: mean('coverage'), freshness: mean('freshness'), validity: mean('validity'), agreement: own });
  const status = standing(parts);
  const poor = known.filter((row) => row.status === 'failing' || row.status === 'degraded').map((row) => `${row.source} is ${row.status}: ${row.reasons[0] ?? ''}`);
  return { ledger, status, ...parts, fit: status === 'good' || status === 'degraded', reasons: status === 'unknown' ? ['no source of it has run yet'] : poor };
}

export function qualityOf(sources: readonly SourceRow[], scenario: Scenario, now: number, hours: number): QualityView {
  const agreement = scenario.empty || scenario.offline ? null : 0.9115;
  const rows = sources.map((row, i) => sourceOf(row, i, scenario, agreement));
  const ledgers = LEDGERS.map((ledger) => ledgerOf(ledger, rows, agreement));
  const venues = ['btc_markets', 'independent_reserve', 'kraken'];
  const against = AGAINST.map(([coin, mid, reference, apart_pct]): AgreementRow => {
    if (scenario.offline) return { coin, mid, reference: null, apart_pct: null, venues: [], reason: 'no venue counts now; kraken: answered 1860 s ago' };
    return { coin, mid, reference, apart_pct, venues: reference === null ? [] : venues, reason: reference === null ? 'only kraken counts now, and one venue can’t agree with itself' : null };
  });
  const at = new Date(now).toISOString();
  return { at, window_s: hours * 3600, ledgers, sources: rows, agreement: scenario.empty ? [] : against, weights: WEIGHTS, history: scenario.empty ? [] : history(ledgers, scenario.seed, now, hours) };
}

function history(ledgers: readonly LedgerQuality[], seed: number, now: number, hours: number): QualityPoint[] {
  const random = seeded(seed + 23);
  const steps = 96;
  const every = (hours * 60 * MINUTE) / steps;
  return Array.from({ length: steps }, (_, i) => i).flatMap((i) =>
    ledgers.map(({ ledger, score }): QualityPoint => {
      const dip = ledger === 'exchange' && i > 40 && i < 52 ? 0.35 : 0;
      const value = score === null || i < 4 ? null : round(Math.max(0, Math.min(1, score - dip + (i === steps - 1 ? 0 : bell(random) * 0.012))));
      return { at: new Date(now - (steps - 1 - i) * every).toISOString(), ledger, score: value };
    }),
  );
}

export function gapsOf(scenario: Scenario, now: number, limit: number): GapsView {
  if (scenario.empty) return { gaps: [] };
  const ago = (minutes: number) => new Date(now - minutes * MINUTE).toISOString();
  const gap = (source: string, subject: string | null, from: number, to: number, state: string, reason: string): LedgerGap => ({
    source, subject, from: ago(from), to: ago(to), state, reason, found_at: ago(to), closed_at: state === 'open' ? null : ago(Math.max(0, to - 3)),
  });
  const rows = [
    gap('fear_greed', 'fear_greed', 4320, 2880, 'open', 'day_missing'),
    gap('coinspot_prices', null, 540, 96, 'filled', 'asleep'),
    gap('coinspot_prices', 'GAS', 540, 96, 'lost', 'asleep'),
    gap('kraken', null, 540, 95, 'lost', 'asleep'),
    gap('news_decrypt', null, 1600, 1490, 'filled', 'failed'),
    gap('coinspot_coin_list', null, 2100, 2088, 'lost', 'quarantined'),
  ];
  const offline = scenario.offline ? [gap('coinspot_prices', null, 31, 0, 'open', 'offline')] : [];
  return { gaps: [...offline, ...rows].slice(0, limit) };
}
