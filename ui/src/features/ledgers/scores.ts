// The quality monitor as the page shows it. Pure. Invariants: what can't be told is no figure and no line; figures are
// shown as the workstation measured them, and nothing is computed from them but where they stand on the chart.

import type { QualityPoint } from '../../ipc/bindings/QualityPoint';
import type { QualityView } from '../../ipc/bindings/QualityView';

export const LEDGERS = ['glass', 'human', 'catalyst', 'exchange'] as const;
export type LedgerName = (typeof LEDGERS)[number];
export const PARTS = ['coverage', 'freshness', 'validity', 'agreement'] as const;
export type Part = (typeof PARTS)[number];

/** What each part says, for hovering. */
export const PART_WORDS: Record<Part, string> = {
  coverage: 'Received ÷ expected, coin by coin and interval by interval',
  freshness: 'How fresh against its own cadence',
  validity: 'Share of what came that was good',
  agreement: 'CoinSpot’s mids against the median of other venues',
};

/** A figure between 0 and 1 with two decimals, cut and not rounded, so that 0.995 never reads as all. */
export const shown = (value: number | null): string => (value === null ? '–' : (Math.floor(value * 100 + 1e-9) / 100).toFixed(2));

export function standingTone(status: string): 'good' | 'warn' | 'bad' | 'plain' {
  return ({ good: 'good', degraded: 'warn', failing: 'bad' } as const)[status as 'good'] ?? 'plain';
}

/** Whether anything was measured at all. */
export const isEmpty = (view: QualityView): boolean => view.ledgers.every((row) => row.score === null);

/** The line of a ledger as SVG path data over a box of this size; a moment without a score breaks it. */
export function linePath(points: readonly QualityPoint[], from: number, to: number, width: number, height: number): string {
  const x = (at: string) => ((Date.parse(at) - from) / Math.max(1, to - from)) * width;
  let path = '';
  let drawing = false;
  for (const point of points) {
    if (point.score === null) {
      drawing = false;
      continue;
    }
    path += `${drawing ? 'L' : 'M'}${x(point.at).toFixed(1)} ${((1 - point.score) * height).toFixed(1)}`;
    drawing = true;
  }
  return path;
}

/** The last score of each ledger at or before a moment. */
export function scoresAt(history: readonly QualityPoint[], at: number): ReadonlyMap<string, QualityPoint> {
  const found = new Map<string, QualityPoint>();
  for (const point of history) if (Date.parse(point.at) <= at) found.set(point.ledger, point);
  return found;
}
