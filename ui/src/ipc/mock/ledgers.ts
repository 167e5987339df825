// What the simulated ledgers hold, and the sources that fill them. Headlines are made up and name no real event.

import type { LedgerRequest } from '../bindings/LedgerRequest';
import type { LedgerView } from '../bindings/LedgerView';
import type { ObservationRow } from '../bindings/ObservationRow';
import type { RunRow } from '../bindings/RunRow';
import type { SourceRow } from '../bindings/SourceRow';
import { announcementsOf, eventOf, eventsOf, filingsOf, postsOf } from './catalysts';
import { coinsOf, meaningOf } from './meaning';
import { bell, seeded } from './random';
import type { Scenario } from './scenario';

const MINUTE = 60_000;
const DAY = 86_400_000;
const MOOD_DAYS = 90;
const OFFLINE = 'unreachable: no route to the host: check the network; it is tried again by itself';
const SHAPE = 'shape_changed: the fields of its reply are not the ones known: 30 items were set aside. Look at the source, then accept the new shape';
const BUSY = 'http_status: www.newsbtc.com answered 503: it is tried again later';

interface Known {
  readonly name: string;
  readonly ledger: string;
  readonly cadence_s: number;
  readonly items: number;
}

const SOURCES: readonly Known[] = [
  { name: 'coinspot_prices', ledger: 'exchange', cadence_s: 8, items: 16 },
  { name: 'coinspot_coin_list', ledger: 'exchange', cadence_s: 45, items: 538 },
  { name: 'coinspot_announcements', ledger: 'catalyst', cadence_s: 45, items: 30 },
  { name: 'sec_edgar', ledger: 'catalyst', cadence_s: 600, items: 40 },
  { name: 'defillama_tvl', ledger: 'glass', cadence_s: 86_400, items: 22 },
  { name: 'fear_greed', ledger: 'human', cadence_s: 3600, items: 30 },
  { name: 'news_coindesk', ledger: 'human', cadence_s: 300, items: 25 },
  { name: 'news_cointelegraph', ledger: 'human', cadence_s: 300, items: 30 },
  { name: 'news_decrypt', ledger: 'human', cadence_s: 300, items: 30 },
  { name: 'news_cryptoslate', ledger: 'human', cadence_s: 300, items: 10 },
  { name: 'news_newsbtc', ledger: 'human', cadence_s: 300, items: 10 },
];
const OUTLETS = [['news_coindesk', 'CoinDesk'], ['news_cointelegraph', 'Cointelegraph'], ['news_decrypt', 'Decrypt'], ['news_cryptoslate', 'CryptoSlate'], ['news_newsbtc', 'NewsBTC']] as const;
const HEADLINES = [
  'Bitcoin holds its range as traders wait for the next rate decision',
  'Ether staking queue shortens to under two days',
  'Stablecoin supply grows for a seventh week',
  'Layer-two fees fall after the latest upgrade',
  'Miners sell less: reserves are flat since spring',
  'Exchange volumes in Australia rise on a quiet weekend',
  'A lending protocol changes its risk settings after a vote',
  'Funding rates turn negative for the first time in a month',
  'XRP moves ahead of a court date, then gives it back',
  'Developers set a date for the next test network',
  'Solana validators agree on smaller blocks for a week',
  'What the options market says about December',
  'Wallet maker fixes a flaw in how addresses are shown',
  'Old coins wake up: 1,200 BTC move after nine years',
];
/** Text that must stay text. */
const HOSTILE = ['<script>alert("headline")</script> is only a headline', '=cmd|calc is only a headline'];
const SUMMARY = 'Made up for the simulated world: a short text as an outlet gives it, never the article itself. It may be two sentences long.';
const MOODS: readonly [number, string][] = [[25, 'Extreme Fear'], [45, 'Fear'], [55, 'Neutral'], [75, 'Greed'], [101, 'Extreme Greed']];

/** The ledgers of one simulated world. */
export class Ledgers {
  private readonly paused = new Set<string>();
  private readonly accepted = new Set<string>();
  private readonly manual = new Map<string, RunRow[]>();
  private readonly observations: ObservationRow[];

  constructor(
    private readonly scenario: Scenario,
    private readonly clock: () => number,
  ) {
    this.observations = scenario.empty ? [] : [...this.news(), ...this.moods(), ...postsOf(clock()), ...announcementsOf(clock()), ...filingsOf(clock()), ...eventsOf(clock())];
  }

  private iso(ms: number): string {
    return new Date(ms).toISOString();
  }

  knows(name: string): boolean {
    return SOURCES.some((source) => source.name === name);
  }

  private trouble(name: string): string | null {
    if (this.scenario.offline) return OFFLINE;
    if (!this.scenario.trouble) return null;
    if (name === 'news_decrypt' && !this.accepted.has(name)) return SHAPE;
    return name === 'news_newsbtc' ? BUSY : null;
  }

  sources(): SourceRow[] {
    const { offline, empty } = this.scenario;
    const now = this.clock();
    return SOURCES.map(({ name, ledger, cadence_s }, i) => {
      const error = this.trouble(name);
      const run = this.manual.get(name)?.[0];
      const before = offline ? 31 * MINUTE : error ? 47 * MINUTE : Math.min(3000 + i * 9000, cadence_s * 400);
      const last = run && run.status !== 'failed' ? run.started : empty ? null : this.iso(now - before);
      const paused = this.paused.has(name);
      return { name, ledger, status: empty && !run ? 'never_run' : error ? 'failing' : 'ok', lacks: null, skew_ms: null, last_success: last, last_error: error, next_run: paused ? null : this.iso(now + cadence_s * 600), paused, cadence_s };
    });
  }

  pause(name: string, paused: boolean): void {
    if (paused) this.paused.add(name);
    else this.paused.delete(name);
  }

  accept(name: string): void {
    this.accepted.add(name);
  }

  /** Runs these now, or all. */
  collect(names: readonly string[] | undefined): RunRow[] {
    return SOURCES.filter(({ name }) => !names || names.includes(name)).map((source) => {
      const error = this.trouble(source.name);
      const run: RunRow = { ...this.run(source, this.clock(), error), cause: 'manual' };
      this.manual.set(source.name, [run, ...(this.manual.get(source.name) ?? [])].slice(0, 50));
      return run;
    });
  }

  runs(name: string, limit: number): RunRow[] {
    const source = SOURCES.find((known) => known.name === name);
    if (!source) return [];
    const past = this.scenario.empty ? [] : Array.from({ length: 24 }, (_, i) => this.past(source, i));
    return [...(this.manual.get(name) ?? []), ...past].slice(0, limit);
  }

  private past(source: Known, i: number): RunRow {
    const error = this.trouble(source.name);
    const since = error && i < 9 ? error : null;
    const run = this.run(source, this.clock() - 4000 - i * source.cadence_s * 1000, since);
    if (since !== null || source.ledger === 'exchange' || i % 7 !== 4) return run;
    const refused = [
      { item: 'Sponsored: win a car', code: 'bad_link', reason: 'its link is on another site than the outlet’s' },
      { item: 'Market wrap', code: 'date_in_future', reason: 'its date is two days ahead' },
    ];
    return { ...run, status: 'partial', new: 1, duplicate: source.items - 3, rejected: 2, refused };
  }

  private run(source: Known, at: number, error: string | null): RunRow {
    const fresh = source.ledger === 'exchange' ? Math.min(12, source.items) : at % 3 === 0 ? 2 : 0;
    const shape = error === SHAPE;
    const counts = error ? { new: 0, duplicate: 0, rejected: shape ? source.items : 0, seen: shape ? source.items : 0 } : { new: fresh, duplicate: source.items - fresh, rejected: 0, seen: source.items };
    return { source: source.name, status: error ? 'failed' : fresh > 0 ? 'ok' : 'unchanged', ...counts, error, started: this.iso(at), cause: 'scheduled', revised: 0, refused: [] };
  }

  ledger(request: LedgerRequest): LedgerView {
    const kinds: Record<string, readonly string[]> = { human: ['news', 'post', 'fear_greed'], catalyst: ['announcement', 'filing', 'event'] };
    const wanted = kinds[request.ledger] ?? [];
    const found = this.observations.filter((row) => wanted.includes(row.kind) && (!request.kind || row.kind === request.kind) && (!request.source || row.source === request.source) && (!request.coin || row.coins.includes(request.coin)));
    found.sort((a, b) => Date.parse(a.event_time) - Date.parse(b.event_time));
    return { ledger: request.ledger, observations: request.limit === undefined ? found : found.slice(-request.limit || found.length) };
  }

  private news(): ObservationRow[] {
    const random = seeded(this.scenario.seed + 7);
    const now = this.clock();
    let at = now - 4 * MINUTE;
    const rows = Array.from({ length: 240 }, (_, i): ObservationRow => {
      const [source, outlet] = OUTLETS[Math.floor(random() * OUTLETS.length)] ?? OUTLETS[0];
      const title = i >= 60 && i < 62 ? (HOSTILE[i - 60] ?? '') : (HEADLINES[Math.floor(random() * HEADLINES.length)] ?? '');
      at -= Math.floor((4 + random() * 38) * MINUTE);
      const undated = i % 41 === 17;
      const seen = this.iso(undated ? at : at + Math.floor((0.3 + random() * 4.4) * MINUTE));
      const url = `https://${outlet.toLowerCase()}.example/2026/11/${240 - i}`;
      const meaning = meaningOf(title);
      const coins = coinsOf(meaning);
      return {
        id: `${source}:${240 - i}:1`, kind: 'news', source, coin: coins[0] ?? null, coins, event_time: this.iso(at), published_at: undated ? null : this.iso(at), first_seen: seen,
        revision: i % 23 === 3 ? 2 : 1, meaning, title, url, summary: i % 9 === 5 ? '' : SUMMARY, outlet, author: i % 3 === 0 ? 'A. Writer' : null,
      };
    });
    return [...rows, ...rows.flatMap((row, i) => (i % 5 === 2 ? this.retold(row, i) : []))];
  }

  /** Other outlets tell the same minutes later; the first is part of its own cluster. */
  private retold(row: ObservationRow, i: number): ObservationRow[] {
    if (!row.meaning) return [];
    const others = OUTLETS.filter(([source]) => source !== row.source).slice(0, 1 + (i % 3));
    row.meaning = { ...row.meaning, cluster: row.id, outlets: others.length + 1 };
    const { meaning } = row;
    return others.map(([source, outlet], k): ObservationRow => {
      const at = Date.parse(row.event_time) + (k + 1) * MINUTE;
      return { ...row, id: `${source}:again-${i}:1`, source, outlet, event_time: this.iso(at), published_at: this.iso(at), first_seen: this.iso(at + 40_000), revision: 1, meaning, url: `https://${outlet.toLowerCase()}.example/2026/11/again-${i}` } as ObservationRow;
    });
  }

  /** Something happens now: for watching a live feed. */
  happen(): void {
    const now = this.clock();
    this.observations.push(eventOf(now, Math.floor(now / 1000), now));
  }

  private moods(): ObservationRow[] {
    const random = seeded(this.scenario.seed + 11);
    const today = Math.floor(this.clock() / DAY) * DAY;
    let value = 54;
    return Array.from({ length: MOOD_DAYS }, (_, i): ObservationRow => {
      value = Math.max(8, Math.min(90, Math.round(value + (50 - value) * 0.03 + bell(random) * 9)));
      const at = today - (MOOD_DAYS - 1 - i) * DAY;
      const label = MOODS.find(([below]) => value < below)?.[1] ?? 'Neutral';
      return { id: `fear_greed:${this.iso(at).slice(0, 10)}:1`, kind: 'fear_greed', source: 'fear_greed', coin: 'BTC', coins: ['BTC'], event_time: this.iso(at), published_at: this.iso(at), first_seen: this.iso(at + 7 * MINUTE), revision: 1, meaning: null, value, label };
    });
  }
}
