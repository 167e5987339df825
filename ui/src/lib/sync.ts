// How sync stands, in a word and a tone.

import type { SyncBrief } from '../ipc/bindings/SyncBrief';
import { count } from './format';

const WORDS: Record<string, string> = { off: 'off', waiting: 'not yet', online: 'synced', offline: 'offline', trouble: 'trouble' };

export const syncWord = (state: string): string => WORDS[state] ?? state;

export function syncTone(state: string): 'good' | 'warn' | 'bad' | undefined {
  if (state === 'online') return 'good';
  return state === 'trouble' ? 'bad' : state === 'offline' ? 'warn' : undefined;
}

/** For the status line; nothing while sync is off. `at` is when it was in sync last, as it is to be shown. */
export function syncLine(brief: SyncBrief, at: string | null): string | null {
  const behind = brief.behind > 0 ? `, ${count(brief.behind)} behind` : '';
  switch (brief.state) {
    case 'off':
      return null;
    case 'online':
      return `synced${behind}`;
    case 'waiting':
      return 'sync: not yet';
    default:
      return `sync: ${brief.state === 'offline' ? 'offline' : (brief.error?.code.replaceAll('_', ' ') ?? 'trouble')}${at === null ? '' : ` since ${at}`}${behind}`;
  }
}
