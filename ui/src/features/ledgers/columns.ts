// The columns of the tables of stories and of the feed, and the same rows as a file. Pure.

import type { Column } from '../../components/column';
import { score, severityOf, sortOf } from './meaning';
import { cellText } from './said';
import { outletWords, type Story } from './stories';

const words = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const moment = (iso: string | null) => (iso === null ? 0 : Date.parse(iso));

/** What nobody published, such as an event of our own, stands at the time it happened. */
export const publishedOf = ({ lead }: Story): string | null => lead.published ?? (lead.kind === 'event' ? lead.event : null);

const sentiment: Column<Story> = { key: 'sentiment', title: 'Leans', hint: 'From −1, bearish, to 1, bullish, by the words in it', right: true, least: 46, grow: 1, text: (s) => score(s.lead.meaning?.sentiment) ?? '', order: { amount: (s) => score(s.lead.meaning?.sentiment) }, prefer: -1 };
const severity: Column<Story> = { key: 'severity', title: 'Severity', hint: '1 to 10', least: 76, grow: 1, text: (s) => String(severityOf(s.lead) ?? ''), order: { amount: (s) => severityOf(s.lead)?.toString() ?? null }, prefer: -1 };
const kind: Column<Story> = { key: 'kind', title: 'Kind', least: 118, grow: 1, text: (s) => sortOf(s.lead).word, order: { compare: (a, b) => words(sortOf(a.lead).word, sortOf(b.lead).word) } };
const coins: Column<Story> = { key: 'coins', title: 'Coins', least: 56, grow: 1.5, text: (s) => s.coins.join(' '), order: { compare: (a, b) => words(a.coins[0] ?? '~', b.coins[0] ?? '~') } };
const terms: Column<Story> = { key: 'terms', title: 'Terms', hint: 'Terms of the taxonomy found in it', least: 90, grow: 1.6, text: (s) => s.lead.meaning?.terms.map((term) => term.term).join(', ') ?? '', order: { compare: (a, b) => (b.lead.meaning?.terms.length ?? 0) - (a.lead.meaning?.terms.length ?? 0) } };
const title: Column<Story> = { key: 'title', title: 'Title', least: 220, fills: true, text: (s) => cellText(s.lead.title), order: { compare: (a, b) => words(a.lead.title, b.lead.title) }, fixed: true };
const published: Column<Story> = { key: 'published', title: 'Published', hint: 'As the source says', least: 112, grow: 1, text: (s) => s.lead.published ?? '', order: { compare: (a, b) => moment(publishedOf(a)) - moment(publishedOf(b)) }, prefer: -1, fixed: true };
const seen: Column<Story> = { key: 'seen', title: 'Seen', hint: 'Since when this wording is known here, by this machine’s clock', least: 112, grow: 1, text: (s) => s.lead.seen, order: { compare: (a, b) => moment(a.lead.seen) - moment(b.lead.seen) }, prefer: -1 };
const age: Column<Story> = { key: 'age', title: 'Age', hint: 'Since it happened', right: true, least: 50, grow: 1, text: (s) => s.lead.event, order: { compare: (a, b) => moment(b.lead.event) - moment(a.lead.event) } };
const from = (heading: string): Column<Story> => ({ key: 'from', title: heading, least: 100, grow: 1, text: (s) => cellText(outletWords(s)), order: { compare: (a, b) => words(outletWords(a), outletWords(b)) } });

const HUMAN = [published, age, sentiment, coins, title, terms, from('Outlet'), seen];
const CATALYST = [published, age, severity, kind, coins, title, from('By'), seen];

export const columnsOf = (ledger: 'human' | 'catalyst'): readonly Column<Story>[] => (ledger === 'human' ? HUMAN : CATALYST);

export const CSV_HEADER = ['id', 'event_time', 'published_at', 'first_seen', 'revision', 'source', 'from', 'kind', 'type', 'coins', 'sentiment', 'severity', 'terms', 'outlets', 'title', 'url', 'text'];

export function csvRow({ lead: i, coins: all, outlets }: Story): string[] {
  const m = i.meaning;
  return [
    i.id, i.event, i.published ?? '', i.seen, String(i.revision), i.source, i.from, i.kind, m?.type ?? '', all.join(' '), m?.sentiment?.toString() ?? '', m?.severity?.toString() ?? '',
    m?.terms.map((term) => term.term).join('; ') ?? '', String(outlets), i.title, i.url, i.text,
  ];
}
