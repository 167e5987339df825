// What the ledgers said, as the tables show it. Pure. Invariants: text from outside stays text, whatever is in it; the
// newest event comes first; a time that is not known is not made up.

import type { LedgerView } from '../../ipc/bindings/LedgerView';
import type { MeaningRow } from '../../ipc/bindings/MeaningRow';
import type { ObservationRow } from '../../ipc/bindings/ObservationRow';
import type { SourceRow } from '../../ipc/bindings/SourceRow';
import { age } from '../../lib/time';

/** Kinds of what somebody wrote, filed or noticed. */
export type ItemKind = 'news' | 'post' | 'announcement' | 'filing' | 'event';

/** A headline, a post, an announcement, a filing, or an event of our own. */
export interface Item {
  readonly id: string;
  /** The same over all wordings. */
  readonly key: string;
  readonly kind: ItemKind;
  readonly title: string;
  /** Who says it: the outlet, else the source. */
  readonly from: string;
  readonly url: string;
  readonly text: string;
  readonly author: string | null;
  readonly source: string;
  readonly event: string;
  readonly published: string | null;
  readonly seen: string;
  readonly revision: number;
  readonly edited: string | null;
  readonly coins: readonly string[];
  readonly meaning: MeaningRow | null;
  /** What else it says of itself: label and words. */
  readonly facts: readonly (readonly [string, string])[];
}

/** The mood of one day. */
export interface Mood {
  readonly id: string;
  readonly value: number;
  readonly label: string;
  readonly event: string;
  readonly seen: string;
}

const newestFirst = (a: { event: string }, b: { event: string }) => Date.parse(b.event) - Date.parse(a.event);

/** What was written, filed or noticed, newest event first. */
export function itemsOf(view: LedgerView): Item[] {
  // They come oldest first, so this is nearly sorted already.
  return view.observations.toReversed().flatMap((row) => itemOf(row) ?? []).sort(newestFirst);
}

/** An id without its revision. */
export const keyOf = (id: string): string => id.replace(/:\d+$/, '');

function itemOf(row: ObservationRow): Item | null {
  if (!('title' in row)) return null;
  const { id, title, source, revision, coins, meaning } = row;
  const common = { id, key: keyOf(id), title, source, event: row.event_time, published: row.published_at, seen: row.first_seen, revision, coins, meaning, author: null, edited: null, facts: [] };
  if ('outlet' in row) return { ...common, kind: 'news', url: row.url, from: row.outlet, text: row.summary, author: row.author };
  if ('community' in row) {
    const facts = [['Votes', `${row.score} when first seen`], ['Comments', `${row.comments} when first seen`]] as const;
    return { ...common, kind: 'post', url: row.url, from: row.community, text: row.text, author: row.author, facts };
  }
  if ('accession' in row) return filingOf(row, common);
  if ('rule' in row) return { ...common, kind: 'event', url: '', from: 'own rules', text: row.detail, facts: [['Rule', said(row.rule)], ['About', row.subject]] };
  return { ...common, kind: 'announcement', url: row.url, from: source === 'coinspot_announcements' ? 'CoinSpot' : source, text: row.text, edited: row.edited_at };
}

function filingOf(row: Extract<ObservationRow, { accession: string }>, common: Omit<Item, 'kind' | 'url' | 'from' | 'text'>): Item {
  const items = row.items.length > 0 ? ` (${row.items.join(', ')})` : '';
  const facts: [string, string][] = [['Form', row.form], ['Items', row.items.join(', ') || 'none named'], ['Filer', `${row.filer}, CIK ${row.cik}`], ['Accession', row.accession]];
  if (row.report_date !== null) facts.push(['Reports on', row.report_date]);
  const title = `${row.filer}: ${row.form}${items}${row.title === '' || row.title === row.form ? '' : `, ${row.title}`}`;
  return { ...common, kind: 'filing', title, url: row.url, from: 'SEC EDGAR', text: '', facts };
}

/** A stable name in words. */
export const said = (name: string): string => name.replaceAll('_', ' ');

/** The days of the mood, newest first. */
export function moodsOf(view: LedgerView): Mood[] {
  return view.observations
    .flatMap((row) => ('label' in row ? [{ id: row.id, value: row.value, label: row.label, event: row.event_time, seen: row.first_seen }] : []))
    .sort(newestFirst);
}

/** The day a figure is of: the index changes days at midnight UTC, wherever the trader is. */
export function moodDay(mood: Mood): string {
  const ms = Date.parse(mood.event);
  return Number.isNaN(ms) ? mood.event : new Date(ms).toISOString().slice(0, 10);
}

/** A text is written a moment before or after it is published; later than this it was edited. */
const EDIT_MS = 60_000;

/** Whether the words are other than first seen here or first published. */
export function isEdited(item: Item): boolean {
  if (item.revision > 1) return true;
  return item.edited !== null && item.published !== null && Date.parse(item.edited) - Date.parse(item.published) > EDIT_MS;
}

/** How often, in a word. */
export const editedWord = (item: Item): string => (item.revision > 2 ? `edited ${item.revision - 1}×` : isEdited(item) ? 'edited' : '');

const FORMULA = /^["'\s]*[=+\-@＝＋－＠\t\r\n]/;

/** Outside text for a spreadsheet's clipboard: what it would run as a formula gets an apostrophe before it. */
export const cellText = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

/** An error as `code: words` in its two parts; without a code it is all words. */
export function errorParts(error: string): { code: string | null; words: string } {
  const found = /^([a-z][a-z0-9_]*): (.*)$/s.exec(error);
  const words = found?.[2] ?? error;
  // A name such as an address keeps its letters.
  return { code: found?.[1] ?? null, words: /^[a-z]+(\s|$)/.test(words) ? words.charAt(0).toUpperCase() + words.slice(1) : words };
}

/** Whether its replies changed their fields and wait for a person to look. */
export const waitsForAcceptance = (source: SourceRow): boolean => source.last_error !== null && errorParts(source.last_error).code === 'shape_changed';

/** `in 40 s`, `due now`: when something comes. */
export function until(iso: string, now: number): string {
  const seconds = Math.ceil((Date.parse(iso) - now) / 1000);
  return seconds <= 0 ? 'due now' : `in ${age(seconds)}`;
}

export type Health =
  | { readonly kind: 'ok' }
  | { readonly kind: 'failing' | 'paused' | 'stale'; readonly names: readonly string[]; readonly of: number };

/** So many cadences without a good reply make a source stale. */
const STALE_CADENCES = 3;
const STALE_LEAST_S = 120;

/** Whether a source has been quiet for longer than it should. */
export function isStale(source: SourceRow, now: number): boolean {
  if (source.last_success === null) return false;
  return now - Date.parse(source.last_success) > Math.max(STALE_LEAST_S, source.cadence_s * STALE_CADENCES) * 1000;
}

/** The worst that is to be said of a ledger's sources. */
export function healthOf(sources: readonly SourceRow[], ledger: string, now: number): Health {
  const own = sources.filter((source) => source.ledger === ledger);
  const tell = (kind: 'failing' | 'paused' | 'stale', found: readonly SourceRow[]): Health => ({ kind, names: found.map((source) => source.name), of: own.length });
  const failing = own.filter((source) => source.status === 'failing');
  if (failing.length > 0) return tell('failing', failing);
  const paused = own.filter((source) => source.paused);
  if (paused.length > 0) return tell('paused', paused);
  const stale = own.filter((source) => isStale(source, now));
  return stale.length > 0 ? tell('stale', stale) : { kind: 'ok' };
}

/** The health of a ledger in a word or two, and what it is about. */
export function healthWords(sources: readonly SourceRow[], ledger: string, now: number): { readonly word: string; readonly tone: 'good' | 'warn' | 'plain'; readonly title: string } {
  const own = sources.filter((source) => source.ledger === ledger && source.status !== 'not_configured');
  if (own.length === 0) return { word: 'no source', tone: 'plain', title: 'No source fills this ledger yet' };
  const health = healthOf(sources, ledger, now);
  if (health.kind === 'ok') {
    const waiting = own.filter((source) => source.status === 'never_run').length;
    return waiting === own.length ? { word: 'not run yet', tone: 'plain', title: 'No source of this ledger has run yet' } : { word: 'well', tone: 'good', title: `${own.length} of ${own.length} sources well` };
  }
  const word = health.kind === 'stale' ? 'late' : health.kind;
  return { word: `${health.names.length} of ${health.of} ${word}`, tone: 'warn', title: health.names.join(', ') };
}

/** Changes when a ledger may hold something new. */
export const answeredKey = (sources: readonly SourceRow[], ledger: string): string =>
  sources.filter((source) => source.ledger === ledger).map((source) => source.last_success ?? '').join(' ');

/** How a status of a source or of a run looks. */
export function sourceTone(status: string): 'good' | 'warn' | 'bad' | 'plain' {
  if (status === 'ok') return 'good';
  if (status === 'frozen' || status === 'partial') return 'warn';
  return status === 'failing' || status === 'failed' ? 'bad' : 'plain';
}

/** How far a clock is off, in words; nothing when that is not known. */
export function skewWords(skewMs: number | null): string {
  if (skewMs === null) return '';
  const seconds = Math.abs(skewMs) / 1000;
  return seconds <= 2 ? 'its clock agrees with ours' : `its clock is ${seconds.toFixed(0)} s ${skewMs > 0 ? 'ahead of' : 'behind'} ours`;
}

/** One thing a source brought, in a line of plain text. */
export function sampleWords(row: ObservationRow): string {
  if ('title' in row) return row.title;
  if ('label' in row) return `${row.value} ${row.label}`;
  if ('market' in row) return `${row.market} bid ${row.bid ?? '–'} ask ${row.ask ?? '–'} last ${row.last ?? '–'}`;
  if ('holdings' in row) return `${row.company} holds ${row.holdings}`;
  return `${row.name} ${row.amount} ${row.currency}`;
}
