// What is said of an order nobody knows the fate of, and what a person may say of it.

import type { CandidateView } from '../../ipc/bindings/CandidateView';
import type { UnknownView } from '../../ipc/bindings/UnknownView';
import { count } from '../../lib/format';

/** A person may close it after this many complete looks in vain, over at least this long; the workstation decides. */
const LOOKS = 5;
const QUIET_S = 600;

const FOUND: Readonly<Record<string, string>> = {
  nothing: 'The last look found nothing of it',
  unexplained_balance: 'Nothing of it was found, but what you own has changed in a way nothing explains',
  several: 'More than one thing at the exchange could be it: you choose',
  similar: 'Something like it, but not the same, is at the exchange: you choose',
  incomplete: 'The last look was not complete',
};

/** What was found so far, in a sentence. */
export function found(unknown: UnknownView): string {
  const said = unknown.finding === null ? 'The exchange has not been looked at yet' : (FOUND[unknown.finding] ?? unknown.finding.replaceAll('_', ' '));
  if (unknown.polls === 0) return said;
  return `${said}; ${count(unknown.polls)} complete ${unknown.polls === 1 ? 'look' : 'looks'} in vain over ${minutes(unknown.quiet_s)}`;
}

/** What must still happen before a person may say that it was not placed; nothing when they may. */
export function untilClosing(unknown: UnknownView): string | null {
  if (unknown.may_be_closed) return null;
  const looks = Math.max(0, LOOKS - unknown.polls);
  const rest = Math.max(0, QUIET_S - unknown.quiet_s);
  if (looks === 0 && rest === 0) return 'not while something at the exchange could be it';
  return `after ${looks > 0 ? `${count(looks)} more complete ${looks === 1 ? 'look' : 'looks'}` : ''}${looks > 0 && rest > 0 ? ' and ' : ''}${rest > 0 ? minutes(rest) : ''}`;
}

export const keyOf = (candidate: CandidateView): string => candidate.venue_order_id ?? candidate.rows[0]?.id ?? `${candidate.rows[0]?.time ?? ''} ${candidate.rows[0]?.quantity ?? ''}`;

const minutes = (seconds: number) => (seconds < 90 ? `${count(Math.ceil(seconds))} s` : `${count(Math.ceil(seconds / 60))} min`);
