// What a meaning looks like: signs, words and letters for scores that were made elsewhere. Pure. Nothing here judges; a
// score that is not there is not made up.

import type { Item } from './said';

/** A figure with two places and its sign, as text for the formatter. */
export const score = (value: number | null | undefined): string | null => (value === null || value === undefined || !Number.isFinite(value) ? null : value.toFixed(2));

/** Nearer to nothing than this, a text leans neither way. */
const LEANS = 0.05;

export function leaning(sentiment: number | null | undefined): 'bullish' | 'bearish' | 'neutral' | null {
  if (sentiment === null || sentiment === undefined) return null;
  return sentiment > LEANS ? 'bullish' : sentiment < -LEANS ? 'bearish' : 'neutral';
}

export const direction = (d: number): string => (d > 0 ? 'bullish' : d < 0 ? 'bearish' : 'neutral');
export const impact = (i: number): string => (i >= 3 ? 'high' : i === 2 ? 'medium' : 'low');

/** What an item is, in a word and in the letter that stands for it. */
export interface Sort {
  readonly letter: string;
  readonly word: string;
}

const ANNOUNCED: Readonly<Record<string, Sort>> = {
  listing: { letter: 'L', word: 'listing' },
  delisting: { letter: 'D', word: 'delisting' },
  maintenance: { letter: 'M', word: 'maintenance' },
  trading: { letter: 'T', word: 'trading' },
  feature: { letter: 'A', word: 'feature' },
};
const KINDS: Readonly<Record<Item['kind'], Sort>> = {
  announcement: { letter: 'A', word: 'announcement' },
  filing: { letter: 'F', word: 'filing' },
  event: { letter: 'E', word: 'event' },
  news: { letter: 'N', word: 'headline' },
  post: { letter: 'P', word: 'post' },
};

export const sortOf = (item: Item): Sort => (item.kind === 'announcement' ? (ANNOUNCED[item.meaning?.type ?? ''] ?? KINDS.announcement) : KINDS[item.kind]);

/** All letters with what they stand for, for legends and filters. */
export const SORTS: readonly Sort[] = [...Object.values(ANNOUNCED), KINDS.announcement, KINDS.filing, KINDS.event, KINDS.news, KINDS.post];

/** From here on a severity is called by a word too. */
export const SEVERE = 8;
const NOTABLE = 5;

export const severityOf = (item: Item): number | null => item.meaning?.severity ?? null;

/** What a severity is called; words only where they are needed. */
export function severityWord(severity: number | null): string {
  if (severity === null || severity < SEVERE) return '';
  return severity >= 10 ? 'critical' : 'severe';
}

export const severityTone = (severity: number | null): 'severe' | 'notable' | 'plain' => (severity === null || severity < NOTABLE ? 'plain' : severity < SEVERE ? 'notable' : 'severe');

const HIGH = 3;
const MANY_OUTLETS = 3;

/** Headlines that may move a price: a term of high impact, or told by many. */
export function isHighImpact(item: Item): boolean {
  const { meaning } = item;
  if (!meaning) return false;
  return meaning.outlets >= MANY_OUTLETS || meaning.terms.some((term) => term.impact >= HIGH);
}
