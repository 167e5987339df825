// Words about algorithms: what each act does, and how one stands.

import type { AlgorithmRow } from '../../ipc/bindings/AlgorithmRow';
import type { AlgorithmsView } from '../../ipc/bindings/AlgorithmsView';
import { QUANTITY, formatted } from '../../lib/format';

export type Act = 'promote' | 'pause' | 'resume' | 'stop';

export const TONES: Record<string, 'plain' | 'good' | 'warn' | 'bad' | 'accent'> = { draft: 'plain', paper: 'accent', live: 'good', paused: 'warn', stopped: 'plain', error: 'bad' };

/** What may be done with an algorithm from where it stands. */
export function acts(row: AlgorithmRow): readonly Act[] {
  switch (row.state) {
    case 'draft':
      return ['promote'];
    case 'paper':
      return ['promote', 'pause', 'stop'];
    case 'live':
      return ['pause', 'stop'];
    case 'paused':
    case 'error':
      return ['resume', 'stop'];
    default:
      return row.holdings.length > 0 ? ['promote', 'stop'] : ['promote'];
  }
}

export const actTitle = (row: AlgorithmRow, act: Act): string => (act === 'promote' ? (row.state === 'paper' ? 'Go live' : 'Run on paper') : act === 'pause' ? 'Pause' : act === 'resume' ? 'Resume' : 'Stop');

export const held = (row: AlgorithmRow): string => row.holdings.map((one) => `${formatted(one.quantity, QUANTITY)} ${one.coin}`).join(', ') || 'nothing';

/** Whether this version has run on paper for long enough to go live. */
export const isProven = (row: AlgorithmRow, view: AlgorithmsView): boolean => row.paper_s >= view.evidence_days * 86_400 && row.paper_fills >= view.evidence_fills;

export function evidence(row: AlgorithmRow, view: AlgorithmsView): string {
  return `This version ran ${Math.floor(row.paper_s / 86_400)} of ${view.evidence_days} days on paper, with ${row.paper_fills} of ${view.evidence_fills} fills.`;
}

/** What an act brings about, in words. */
export function consequences(row: AlgorithmRow, act: Act): string {
  switch (act) {
    case 'promote':
      return row.state === 'paper'
        ? `${row.name} trades with real money from its next signal on, as far as its mandate and the limits let it. What it holds on paper stays on paper.`
        : `${row.name} trades with paper money from its next signal on. No real money moves.`;
    case 'pause':
      return `${row.name} says nothing more until you resume it. What it holds (${held(row)}) stays, at your risk.`;
    case 'resume':
      return `${row.name} goes on with ${row.book} money. What happened meanwhile is not made up for.`;
    case 'stop':
      return `${row.name} ends, and its orders are taken back. It holds ${held(row)}.`;
  }
}
