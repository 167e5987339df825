// The workspace as the window knows it: asked for whole at the start, kept by events, asked for whole again whenever
// an event could have been missed.

import type { ErrorView } from '../ipc/bindings/ErrorView';
import type { Event } from '../ipc/bindings/Event';
import * as commands from '../ipc/commands';
import { asErrorView, transport, type Unlisten } from '../ipc/transport';
import { alerts } from './alerts.svelte';
import { approvals } from './approvals.svelte';
import { clock } from './clock.svelte';
import { NOTHING, applyEvent, type Snapshot } from './reduce';
import { sessions } from './sessions.svelte';

/** Longer silence than this means events were missed: the workstation tells its status every few seconds. */
export const SILENCE_MS = 30_000;
const WATCH_MS = 5000;

class Workspace {
  #seen = $state.raw<Snapshot>(NOTHING);
  error = $state.raw<ErrorView | null>(null);
  ready = $state(false);
  /** Answers from a simulated world. */
  mock = $state(false);
  /** Counts trades told, for screens that ask for sums again. */
  tradesTold = $state(0);
  /** Counts times that daily closes came for the days of a book. */
  closesTold = $state(0);
  /** How often sync told of itself. */
  syncTold = $state(0);
  /** Counts price changes told. */
  pricesTold = $state(0);
  #unlisten: Unlisten | null = null;
  #heard = 0;
  #question = 0;
  #running: Promise<void> | null = null;
  #again = false;
  /** Events heard while everything is asked for: they are applied to the answer too. Null when nothing is asked. */
  #meanwhile: Event[] | null = null;

  get status() {
    return this.#seen.status;
  }
  get prices() {
    return this.#seen.prices;
  }
  get orders() {
    return this.#seen.orders;
  }
  /** Orders that are over and only in the journal. */
  get earlierOrders() {
    return this.#seen.earlier ?? 0;
  }
  get trades() {
    return this.#seen.trades;
  }
  get zone() {
    return this.#seen.status?.timezone ?? 'Australia/Sydney';
  }
  /** The book as it must be named wherever an order or a destructive act is: PAPER, LIVE, or either of the demo. */
  bookName(book: commands.Book): string {
    return `${this.#seen.status?.demo ? 'DEMO ' : ''}${book.toUpperCase()}`;
  }
  get offlineSince() {
    return this.#seen.status?.offline_since ?? null;
  }

  /** Listens first and asks then, so that nothing falls between. */
  async start(): Promise<() => void> {
    this.#running = null;
    this.#again = false;
    this.#seen = NOTHING;
    alerts.clear();
    approvals.clear();
    sessions.clear();
    this.error = null;
    this.ready = false;
    this.mock = transport().mock;
    const timer = setInterval(() => {
      if (!this.#meanwhile && Date.now() - this.#heard > SILENCE_MS) void this.refetch();
    }, WATCH_MS);
    try {
      this.#unlisten = await transport().listen((event) => this.hear(event));
    } catch (thrown) {
      this.error = asErrorView(thrown);
    }
    await this.refetch();
    return () => {
      clearInterval(timer);
      this.#unlisten?.();
      this.#unlisten = null;
    };
  }

  hear(event: Event) {
    this.#heard = Date.now();
    if (event.type === 'missed') {
      void this.refetch();
      return;
    }
    this.#meanwhile?.push(event);
    try {
      this.#seen = applyEvent(this.#seen, event);
    } catch {
      void this.refetch();
      return;
    }
    if (event.type === 'status') clock.follow(event.status.now);
    if (event.type === 'trade') this.tradesTold += 1;
    if (event.type === 'closes') this.closesTold += 1;
    if (event.type === 'sync') {
      this.syncTold += 1;
      // Facts of another device may be of any book.
      if (event.pulled > 0) this.tradesTold += 1;
    }
    if (event.type === 'alert') alerts.hear(event.alert, event.change);
    if (event.type === 'asked' || event.type === 'order') approvals.hear(event.order, event.type === 'asked');
    if (event.type === 'prices') this.pricesTold += 1;
    if (event.type === 'session') sessions.hear();
  }

  /**
   * Everything again. What is shown stays until the answers are there. One question at a time, and another one after it when
   * somebody asked meanwhile, so that asking often never keeps an answer from coming; what was heard since is not lost under it.
   */
  refetch(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    const running = this.#fetch().finally(() => {
      if (this.#running !== running) return;
      this.#running = null;
      if (!this.#again) return;
      this.#again = false;
      void this.refetch();
    });
    this.#running = running;
    return running;
  }

  async #fetch(): Promise<void> {
    const question = ++this.#question;
    const meanwhile: Event[] = [];
    this.#meanwhile = meanwhile;
    // On their own: the rest of the window works without them.
    void alerts.load();
    void approvals.load();
    void sessions.load();
    try {
      const [status, { prices }, { orders, earlier }, { trades }] = await Promise.all([
        commands.status(),
        commands.prices(),
        commands.orders(),
        commands.history('paper'),
      ]);
      if (question !== this.#question) return;
      const answer: Snapshot = { status, prices: new Map(prices.map((row) => [row.coin, row])), orders, trades, earlier: earlier ?? 0 };
      this.#seen = meanwhile.reduce(applyEvent, answer);
      clock.follow((this.#seen.status ?? status).now);
      this.error = null;
      this.ready = true;
      this.tradesTold += 1;
    } catch (thrown) {
      if (question === this.#question) this.error = asErrorView(thrown);
    } finally {
      if (question === this.#question) this.#meanwhile = null;
      this.#heard = Date.now();
    }
  }

  /** A status that came as an answer. */
  take(status: Snapshot['status']) {
    if (status) this.hear({ type: 'status', status });
  }
}

export const workspace = new Workspace();
