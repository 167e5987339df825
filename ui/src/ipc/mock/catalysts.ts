// The simulated Catalyst ledger: announcements, filings, and what our own rules noticed. All made up.

import type { MeaningRow } from '../bindings/MeaningRow';
import type { ObservationRow } from '../bindings/ObservationRow';
import { coinsOf, meaningOf } from './meaning';

const HOUR = 3_600_000;

/** Title, type, severity, why, and the coins that its title alone does not tell. */
const ANNOUNCEMENTS: readonly (readonly [string, string, number, string, readonly string[]])[] = [
  ['Scheduled maintenance of AUD withdrawals this Sunday', 'maintenance', 4, 'maintenance: 4', []],
  ['New coins on CoinSpot this week: KAS and TAO', 'listing', 8, 'listing: 8', ['KAS', 'TAO']],
  ['NMR: deposits and withdrawals are back', 'trading', 5, 'trading halts and returns: 5', ['NMR']],
  ['Upcoming delisting of four coins', 'delisting', 9, 'delisting: 9', ['OMG', 'FTM', 'EOS', 'QNT']],
  ['Changes to the fees of bundles', 'other', 2, 'no type was recognised: 2', []],
  ['Network upgrade: deposits of ADA pause for an hour', 'maintenance', 4, 'maintenance: 4', ['ADA']],
  ['Staking rewards: new rates from Monday', 'feature', 3, 'feature: 3', []],
  ['How we keep your account safe: passkeys for everyone', 'feature', 3, 'feature: 3', []],
];
const FILINGS: readonly (readonly [string, string, string, readonly string[], string, number, readonly string[]])[] = [
  ['Strategy Example Inc', '8-K', 'Regulation FD disclosure: bought 1,200 coins', ['7.01', '9.01'], '0001050446', 8, ['BTC']],
  ['Example Global Exchange Inc', '10-Q', 'Quarterly report', [], '0001679788', 6, []],
  ['Example Mining Holdings', '8-K', 'Results of operations', ['2.02'], '0001507605', 6, ['BTC']],
  ['Example Bitcoin Trust', '424B3', '', [], '0001588489', 3, ['BTC']],
];
const EVENTS: readonly (readonly [string, string, string, string, number, readonly string[]])[] = [
  ['large_move', 'BTC', 'BTC fell 5.2 % in 15 minutes', '128,400.00 to 121,723.20 AUD between 02:40 and 02:55; the limit is 5 %', 8, ['BTC']],
  ['spread_blow_out', 'RHOC', 'Spread of RHOC is 11.8 %', '11.8 % against a usual 1.9 %; the limit is 5 times the usual', 6, ['RHOC']],
  ['tvl_shock', 'aave-v3', 'TVL of Aave V3 fell 12.4 % in a day', '19.2 bn to 16.8 bn USD; the limit is 10 %', 7, ['AAVE']],
  ['feed_outage', 'news_newsbtc', 'news_newsbtc has been silent for 40 minutes', 'it should answer every 5 minutes', 5, []],
  ['treasury_change', 'Strategy Example Inc', 'Strategy Example Inc holds 1,200 BTC more', '447,470 to 448,670 BTC', 7, ['BTC']],
];

interface Base {
  readonly id: string;
  readonly at: number;
  readonly coins: readonly string[];
  readonly meaning: MeaningRow;
}

const iso = (ms: number) => new Date(ms).toISOString();
const row = ({ id, at, coins, meaning }: Base, source: string) => {
  const all = [...new Set([...coins, ...coinsOf(meaning)])];
  return { id, source, coin: all[0] ?? null, coins: all, event_time: iso(at), published_at: iso(at), first_seen: iso(at + 31_000), revision: 1, meaning };
};

export function announcementsOf(now: number): ObservationRow[] {
  return ANNOUNCEMENTS.map(([title, type, severity, why, coins], i): ObservationRow => {
    const at = now - (i * 31 + 2) * HOUR;
    const edited = i === 1 || i === 5 ? iso(at + HOUR) : null;
    const base = row({ id: `coinspot_announcements:${i}:${edited ? 2 : 1}`, at, coins, meaning: meaningOf(title, { type, severity, severity_reason: why }) }, 'coinspot_announcements');
    const text = 'Made up for the simulated world: the text of an announcement, as plain text.\n\nIt may have more than one paragraph.';
    return { ...base, kind: 'announcement', first_seen: iso(edited ? at + HOUR + 30_000 : at + 31_000), revision: edited ? 2 : 1, title, url: `https://coinspot.example/hc/articles/${9000 - i}`, text, section: '360000', edited_at: edited };
  });
}

export function filingsOf(now: number): ObservationRow[] {
  return Array.from({ length: 24 }, (_, i): ObservationRow => {
    const [filer, form, title, items, cik, severity, coins] = FILINGS[i % FILINGS.length] ?? FILINGS[0]!;
    const accession = `${cik}-26-${String(900 - i).padStart(6, '0')}`;
    const at = now - (i * 17 + 5) * HOUR;
    const base = row({ id: `sec_edgar:${accession}:1`, at, coins, meaning: meaningOf(title, { severity, severity_reason: `form ${form}${items.length > 0 ? ` with item ${items[0] ?? ''}` : ''}: ${severity}` }) }, 'sec_edgar');
    return { ...base, kind: 'filing', accession, form, items: [...items], filer, cik, title, url: `https://sec.example/Archives/edgar/data/${Number(cik)}/${accession}.htm`, report_date: iso(at - 30 * HOUR).slice(0, 10) };
  });
}

export function eventOf(now: number, i: number, at: number): ObservationRow {
  const [rule, subject, title, detail, severity, coins] = EVENTS[i % EVENTS.length] ?? EVENTS[0]!;
  const base = row({ id: `own_rules:${rule}/${subject}/${Math.floor(at / 1000)}:1`, at, coins, meaning: meaningOf('', { severity, severity_reason: `${rule.replaceAll('_', ' ')}: ${severity}` }) }, 'own_rules');
  return { ...base, kind: 'event', published_at: null, first_seen: iso(Math.min(now, at + 2000)), rule, subject, title, detail };
}

export const eventsOf = (now: number): ObservationRow[] => Array.from({ length: 12 }, (_, i) => eventOf(now, i, now - (i * 9 + 0.2) * HOUR));

export function postsOf(now: number): ObservationRow[] {
  const titles = ['Daily discussion: what are you watching?', 'Why are fees low this week?', 'Bitcoin holds, and so do I', 'Is the Ether staking queue a problem?'];
  return Array.from({ length: 20 }, (_, i): ObservationRow => {
    const title = titles[i % titles.length] ?? '';
    const community = i % 2 === 0 ? 'r/CryptoCurrency' : 'r/Bitcoin';
    const base = row({ id: `reddit:${i}:1`, at: now - (i * 3.4 + 0.5) * HOUR, coins: [], meaning: meaningOf(title) }, 'reddit');
    return { ...base, kind: 'post', title, url: `https://reddit.example/${community}/${i}`, text: 'Made up for the simulated world.', community, author: 'somebody', score: 400 - i * 7, comments: 120 - i };
  });
}
