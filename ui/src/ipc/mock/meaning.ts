// What the simulated ledgers take their texts to mean: a toy lexicon, enough to see every part of an explanation.

import type { MeaningRow } from '../bindings/MeaningRow';
import type { TermRow } from '../bindings/TermRow';

const WORDS: Readonly<Record<string, number>> = { grows: 0.5, rise: 0.4, fall: -0.3, falls: -0.4, negative: -0.5, flaw: -0.6, fixes: 0.3, shortens: 0.2, agree: 0.2, less: -0.2, holds: 0.1, ahead: 0.3, back: -0.2, record: 0.6, quiet: -0.1 };
const NAMES: Readonly<Record<string, string>> = { Bitcoin: 'BTC', BTC: 'BTC', Ether: 'ETH', XRP: 'XRP', Solana: 'SOL', ADA: 'ADA', NMR: 'NMR', Stablecoin: 'USDT' };
const TERMS: readonly (Omit<TermRow, 'context'> & { readonly at: string })[] = [
  { at: 'rate decision', term: 'rate decision', theme: 'macro', direction: 0, impact: 3, horizon: 'immediate' },
  { at: 'Stablecoin supply grows', term: 'stablecoin inflow', theme: 'liquidity', direction: 1, impact: 2, horizon: 'short' },
  { at: 'court', term: 'court ruling', theme: 'regulatory', direction: 0, impact: 3, horizon: 'short' },
  { at: 'upgrade', term: 'network upgrade', theme: 'fundamental', direction: 1, impact: 2, horizon: 'long' },
  { at: 'flaw', term: 'security flaw', theme: 'fundamental', direction: -1, impact: 3, horizon: 'immediate' },
  { at: 'Funding rates', term: 'funding rate', theme: 'liquidity', direction: -1, impact: 1, horizon: 'short' },
];
const NOTHING: MeaningRow = { by: 'lexicon-1', sentiment: null, words: [], taxonomy: null, terms: [], mentions: [], type: null, severity: null, severity_reason: null, cluster: null, outlets: 1 };

const mean = (values: readonly number[]) => (values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length);
const bounded = (value: number) => Math.max(-1, Math.min(1, Math.round(value * 100) / 100));

/** What a text is taken to mean. */
export function meaningOf(text: string, more: Partial<MeaningRow> = {}): MeaningRow {
  const tokens = text.match(/[A-Za-z]+/g) ?? [];
  const words = tokens.flatMap((word) => (word.toLowerCase() in WORDS ? [{ word, weight: WORDS[word.toLowerCase()] ?? 0 }] : []));
  const terms = TERMS.filter(({ at }) => text.includes(at)).map(({ at, ...term }) => ({ ...term, context: `… ${text.slice(Math.max(0, text.indexOf(at) - 24), text.indexOf(at) + at.length + 24)} …` }));
  const mentions = tokens.flatMap((word) => (word in NAMES ? [{ coin: NAMES[word] ?? word, matched: word }] : []));
  const sum = words.reduce((total, { weight }) => total + weight, 0);
  const taxonomy = mean(terms.map((term) => term.direction));
  return { ...NOTHING, words, terms, mentions, sentiment: words.length === 0 ? null : bounded(sum), taxonomy: taxonomy === null ? null : bounded(taxonomy), ...more };
}

export const coinsOf = (meaning: MeaningRow): string[] => [...new Set(meaning.mentions.map(({ coin }) => coin))];
