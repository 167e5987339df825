// What called for attention in the simulated world.

import type { AlertRow } from '../bindings/AlertRow';
import type { AlertsView } from '../bindings/AlertsView';
import type { DeliveryRow } from '../bindings/DeliveryRow';
import type { Event } from '../bindings/Event';
import type { WebhookView } from '../bindings/WebhookView';
import type { Scenario } from './scenario';

const MINUTE = 60_000;
const RULES = ['listing', 'delisting', 'announcement', 'filing', 'large_move', 'spread_blow_out', 'tvl_shock', 'treasury_change', 'feed_outage', 'source_failing', 'shape_changed', 'quality', 'made_elsewhere', 'algorithm', 'paused_by_protection'];
const SHAPE = 'shape_changed: the fields of its reply are not the ones known: 30 items were set aside. Look at the source, then accept the new shape';

type Made = Pick<AlertRow, 'rule' | 'subject' | 'ledger' | 'severity' | 'title' | 'detail'> & Partial<AlertRow> & { minutes: number; seen?: boolean; over?: number };

const MADE: readonly Made[] = [
  { minutes: 4, rule: 'large_move', subject: 'SOL', ledger: 'catalyst', severity: 6, title: 'SOL fell 4.6 % in 5 min', detail: 'middle of bid and ask 242.64 → 231.5 AUD; threshold 3.0 % over 5 min, it usually moves 0.11 % a minute', repeats: 2 },
  { minutes: 38, rule: 'spread_blow_out', subject: 'POWR', ledger: 'catalyst', severity: 5, title: 'POWR: bid and ask are 3.1 % apart', detail: 'usually 0.42 % (median of the last hours); threshold 2.1 %, seen in 2 replies in a row', over: 21 },
  { minutes: 190, rule: 'treasury_change', subject: 'Example Holdings', ledger: 'catalyst', severity: 5, title: 'Example Holdings bought 1200 BTC', detail: 'it held 60000 BTC on 2026-11-20 and 61200 on 2026-11-21, 2.0 %', seen: true },
  { minutes: 600, rule: 'listing', subject: 'New coins on CoinSpot: <b>ASTER</b>', ledger: 'catalyst', severity: 8, title: 'New coins on CoinSpot: <b>ASTER</b>', detail: 'Made up for the simulated world: you can now buy, sell and swap it.', url: 'https://example.com/hc/articles/1', seen: true },
  { minutes: 2900, rule: 'tvl_shock', subject: 'Example Lend', ledger: 'catalyst', severity: 7, title: 'Example Lend: money locked fell 31.4 % in a day', detail: '4120000000 → 2826000000 USD, the day before against 2026-11-20; threshold 15.0 %', seen: true },
];

const LISTING: Made = {
  minutes: 1, rule: 'delisting', subject: 'RHOC', ledger: 'catalyst', severity: 9, title: 'Upcoming delisting of RHOC: sell or withdraw within 30 days',
  detail: 'Made up for the simulated world: trading ends on 1 December.', url: 'https://example.com/hc/articles/2',
};
const TROUBLE: readonly Made[] = [
  { minutes: 12, rule: 'shape_changed', subject: 'fear_greed', ledger: 'human', severity: 7, title: 'fear_greed: its replies have other fields, and are set aside', detail: SHAPE },
  { minutes: 25, rule: 'source_failing', subject: 'news_newsbtc', ledger: 'human', severity: 5, title: 'news_newsbtc failed 3 times in a row', detail: 'http_status: www.newsbtc.com answered 503: it is tried again later' },
];
const OFFLINE: Made = {
  minutes: 31, rule: 'feed_outage', subject: 'coinspot_prices', ledger: 'exchange', severity: 8, title: 'coinspot_prices is silent since 2026-11-22T02:29:00Z',
  detail: 'it gives no usable answer; it should every 10 s, and counts as silent after 180 s',
};

export class Alerts {
  emit: (event: Event) => void = () => {};
  private list: AlertRow[];
  private settings = { severity_min: 5, notify: true, muted: [] as string[], webhook: false, webhook_min: 7 };
  private told: DeliveryRow[] = [];

  constructor(
    private readonly scenario: Scenario,
    private readonly clock: () => number,
  ) {
    const made = scenario.empty ? [] : [...(scenario.listing ? [LISTING] : []), ...(scenario.trouble ? TROUBLE : []), ...(scenario.offline ? [OFFLINE] : []), ...MADE];
    this.list = made.map((alert, index) => this.row(alert, index)).sort((a, b) => (a.at < b.at ? 1 : -1));
  }

  view(limit = 200): AlertsView {
    return { alerts: this.list.slice(0, limit), unseen: this.list.filter((alert) => alert.seen_at === null).length, settings: this.settings, rules: RULES };
  }

  /** False for an id that is none. */
  see(id: string | null): boolean {
    if (id !== null && !this.list.some((alert) => alert.id === id)) return false;
    this.list = this.list.map((alert) => {
      if (alert.seen_at !== null || (id !== null && alert.id !== id)) return alert;
      const seen = { ...alert, seen_at: this.iso(0) };
      this.emit({ type: 'alert', alert: seen, change: 'seen' });
      return seen;
    });
    return true;
  }

  set(changes: Record<string, string>): string | null {
    const severity = changes.severity_min === undefined ? this.settings.severity_min : Number(changes.severity_min);
    if (!(severity >= 1 && severity <= 10)) return `'${changes.severity_min}' is no severity: use 1 to 10`;
    const muted = changes.muted === undefined ? this.settings.muted : changes.muted.split(',').filter((rule) => rule !== '');
    this.settings = { severity_min: severity, muted, notify: changes.notify === undefined ? this.settings.notify : changes.notify === 'on', webhook: changes.webhook === undefined ? this.settings.webhook : changes.webhook === 'on', webhook_min: changes.webhook_min === undefined ? this.settings.webhook_min : Number(changes.webhook_min) };
    return null;
  }

  webhook(): WebhookView {
    return { on: this.settings.webhook, severity_min: this.settings.webhook_min, host: 'hooks.example', problem: null, signed: true, deliveries: this.told };
  }

  webhookTest(): WebhookView {
    const at = this.iso(0);
    this.told = [{ id: `telling-${this.told.length}`, alert: null, change: 'test', at, state: 'delivered', attempts: 1, last_at: at, next_at: null, status: 200, error: null }, ...this.told];
    return this.webhook();
  }

  /** A delisting is announced now. */
  raise(): void {
    const alert = this.row({ ...LISTING, minutes: 0 }, this.list.length);
    this.list = [alert, ...this.list];
    this.emit({ type: 'alert', alert, change: 'raised' });
  }

  private iso(minutes: number): string {
    return new Date(this.clock() - minutes * MINUTE).toISOString();
  }

  private row({ minutes, seen, over, ...made }: Made, index: number): AlertRow {
    return {
      id: `alert-${index}`, at: this.iso(minutes), url: null, observation: null, repeats: 0, recovered_at: over === undefined ? null : this.iso(over), seen_at: seen ? this.iso(minutes - 1) : null,
      banner: made.rule === 'listing' || made.rule === 'delisting' || made.severity >= 9, ...made,
    };
  }
}
