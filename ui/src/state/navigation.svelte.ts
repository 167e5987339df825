// Where the trader is, which coin they look at, and what they asked for from elsewhere.

import type { Book, Interval, Side } from '../ipc/commands';
import type { Place } from '../lib/keys';
import { preferences } from './preferences.svelte';

export type LedgersTab = 'dashboard' | 'exchange' | 'glass' | 'human' | 'catalyst' | 'sources' | 'quality';

/** The cards of the dashboard, in the order of their numbers. */
export const CARDS: readonly LedgersTab[] = ['glass', 'human', 'catalyst', 'exchange'];

class Navigation {
  place = $state<Place>('ledgers');
  ledger = $state<LedgersTab>('dashboard');
  coin = $state('BTC');
  interval = $state<Interval>('1h');
  chartAsTable = $state(false);
  killOpen = $state(false);
  shortcutsOpen = $state(false);
  side = $state<Side>('buy');
  /** The book of the ticket: paper again at each start. */
  book = $state<Book>('paper');
  /** The order whose facts are looked at; none means all. */
  auditOrder = $state<string | null>(null);
  /** Something a ledger holds that is shown over whatever there is. */
  item = $state<{ readonly ledger: string; readonly id: string; readonly coin: string } | null>(null);
  /** Counts requests for the ticket, so that asking twice focuses twice. */
  ticketAsked = $state(0);

  go(place: Place) {
    this.place = place;
  }

  /** How the sources are, from wherever. */
  sources() {
    this.ledger = 'sources';
    this.place = 'ledgers';
  }

  /** A coin's chart, from wherever. */
  chart(coin: string, interval: Interval = this.interval) {
    this.coin = coin;
    this.interval = interval;
    this.ledger = 'exchange';
    this.place = 'ledgers';
  }

  /** A part of the Floor, from wherever. */
  floor(part: string) {
    preferences.setPart('floor', part);
    this.place = 'floor';
  }

  /** What is known of an order, from wherever. */
  audit(order: string) {
    this.auditOrder = order;
    this.floor('audit');
  }

  /** The way to real money, from wherever. */
  goingLive() {
    preferences.setPart('settings', 'live');
    this.place = 'settings';
  }

  /** The ticket for a coin, from wherever; in the book it stands in, unless one is named. */
  ticket(side: Side, coin = this.coin, book: Book | null = null) {
    this.coin = coin;
    this.side = side;
    if (book !== null) this.book = book;
    this.floor('desk');
    this.ticketAsked += 1;
  }
}

export const navigation = new Navigation();
