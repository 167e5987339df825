// What may be set in the simulated world: settings of sources, keys, and one source in full. A key's value is forgotten at once.

import type { SecretsView } from '../bindings/SecretsView';
import type { SettingRow } from '../bindings/SettingRow';
import type { SourceDetail } from '../bindings/SourceDetail';
import type { SourceRow } from '../bindings/SourceRow';
import type { SourcesView } from '../bindings/SourcesView';
import type { Ledgers } from './ledgers';
import type { Scenario } from './scenario';
import { MockError } from './world';

const DAY = 86_400_000;
const SECRETS: readonly (readonly [string, string])[] = [
  ['coinspot_key', 'trading on CoinSpot: the key'],
  ['coinspot_secret', 'trading on CoinSpot: the key’s secret'],
  ['openai_key', 'the Lab, with a model of OpenAI'],
  ['anthropic_key', 'the Lab, with a model of Anthropic'],
  ['cryptopanic_token', 'the source cryptopanic'],
  ['postgres_url', 'sync with your own Postgres'],
];
const NONE = 'this machine has no keyring that answers. Prices, the sources without a key, paper trading and the books work without it; OMC_SECRET_<NAME> gives a key for one run';
const plain = { options: [], min: null, max: null, required: false, default: '', value: null, is_set: false, overridden_by: null };
const SCHEMAS: Readonly<Record<string, readonly SettingRow[]>> = {
  news_decrypt: [
    { ...plain, name: 'contact', label: 'Your e-mail address', help: 'Whom the service may write to when something is wrong.', kind: 'text', max: 40, required: true },
    { ...plain, name: 'pages', label: 'Pages', help: 'How many pages a run reads.', kind: 'whole', min: 1, max: 5, default: '2' },
    { ...plain, name: 'order', label: 'Order', help: 'Which come first.', kind: 'choice', options: ['newest', 'hottest'], default: 'newest' },
    { ...plain, name: 'kinds', label: 'Kinds', help: 'What is read.', kind: 'choices', options: ['news', 'media'], default: 'news' },
    { ...plain, name: 'cryptopanic_token', label: 'Token', help: 'From your account there.', kind: 'secret' },
  ],
};

export class SettingsOfWorld {
  private readonly kept = new Set<string>(['coinspot_key']);
  private readonly values = new Map<string, Record<string, string>>();

  constructor(
    private readonly scenario: Scenario,
    private readonly ledgers: Ledgers,
    private readonly clock: () => number,
  ) {}

  sources(): SourcesView {
    const not_collected = [{ name: 'Glassnode', what: 'on-chain figures', why: 'paid: it is left out until someone pays' }];
    return { sources: this.ledgers.sources(), not_collected, clock: this.scenario.trouble ? 'A clock is off: news_newsbtc 61 s ahead of ours (the others agree with ours)' : null };
  }

  detail(name: string): SourceDetail {
    const row = this.ledgers.sources().find((source) => source.name === name) as SourceRow;
    const today = Math.floor(this.clock() / DAY) * DAY;
    const empty = this.scenario.empty;
    const set = this.values.get(name) ?? {};
    const of = (window: string, runs: number) => ({ window, runs: empty ? 0 : runs, failed: empty ? 0 : Math.floor(runs / 50), partial: empty ? 0 : Math.floor(runs / 40), answered: empty ? null : 0.98, new: empty ? 0 : runs * 2, revised: empty ? 0 : Math.floor(runs / 9), duplicate: empty ? 0 : runs * 27, rejected: 0 });
    return {
      ...row,
      publisher: 'Example',
      site: 'https://example.com',
      settings: (SCHEMAS[name] ?? []).map((row) => (row.kind === 'secret' ? { ...row, is_set: this.kept.has(row.name) } : { ...row, value: set[row.name] ?? null, is_set: row.name in set })),
      statistics: [of('24h', 288), of('7d', 2016), of('30d', 8640)],
      volume: Array.from({ length: 30 }, (_, i) => ({ day: new Date(today - (29 - i) * DAY).toISOString(), runs: empty || i < 3 ? 0 : 288, items: empty || i < 3 ? 0 : 40 + ((i * 37) % 60) })),
      samples: this.ledgers.ledger({ ledger: row.ledger, source: name, limit: 10 }).observations.slice().reverse(),
    };
  }

  set(name: string, changes: Readonly<Record<string, string>>): SourceDetail {
    const next = { ...this.values.get(name) };
    for (const [key, value] of Object.entries(changes)) {
      const row = SCHEMAS[name]?.find((setting) => setting.name === key);
      if (!row) throw new MockError('unknown_setting', `${name}: ${key}: there is no such setting`);
      const number = Number(value);
      if (row.kind === 'whole' && value !== '' && !(Number.isInteger(number) && number >= (row.min ?? 0) && number <= (row.max ?? 0))) throw new MockError('bad_setting', `${name}: ${key}: '${value}' is no whole number from ${row.min} to ${row.max}`);
      if (value === '') delete next[key];
      else next[key] = value;
    }
    this.values.set(name, next);
    return this.detail(name);
  }

  secrets(): SecretsView {
    const keyring = !this.scenario.demo;
    return { keyring, reason: keyring ? null : NONE, secrets: SECRETS.map(([name, used_by]) => ({ name, is_set: keyring && this.kept.has(name), from: keyring && this.kept.has(name) ? 'keyring' : null, used_by })) };
  }

  keep(name: string, value: string): SecretsView {
    if (this.scenario.demo) throw new MockError('no_keyring', NONE);
    if (value.trim() === '') throw new MockError('bad_secret', `the value given for ${name} is empty: nothing was kept`);
    this.kept.add(name);
    return this.secrets();
  }

  forget(name: string): SecretsView {
    this.kept.delete(name);
    return this.secrets();
  }
}
