// The workspace as the window knows it: asked for whole at the start, kept by events, asked for whole again whenever
// an event could have been missed.

import type { ErrorView } from '../ipc/bindings/ErrorView';
import type { Event } from '../ipc/bindings/Event';
import * as commands from '../ipc/commands';
import { asErrorView, transport, type Unlisten } from '../ipc/transport';
import { clock } from './clock.svelte';
import { NOTHING, applyEvent, type Snapshot } from './reduce';

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
  /** Counts price changes told. */
  pricesTold = $state(0);
  #unlisten: Unlisten | null = null;
  #heard = 0;
  #asking = false;

  get status() {
    return this.#seen.status;
  }
  get prices() {
    return this.#seen.prices;
  }
  get orders() {
    return this.#seen.orders;
  }
  get trades() {
    return this.#seen.trades;
  }
  get zone() {
    return this.#seen.status?.timezone ?? 'Australia/Sydney';
  }
  get offlineSince() {
    return this.#seen.status?.offline_since ?? null;
  }

  /** Listens first and asks then, so that nothing falls between. */
  async start(): Promise<() => void> {
    this.mock = transport().mock;
    const timer = setInterval(() => {
      if (Date.now() - this.#heard > SILENCE_MS) void this.refetch();
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
    try {
      this.#seen = applyEvent(this.#seen, event);
    } catch {
      void this.refetch();
      return;
    }
    if (event.type === 'status') clock.follow(event.status.now);
    if (event.type === 'trade') this.tradesTold += 1;
    if (event.type === 'prices') this.pricesTold += 1;
  }

  /** Everything again. What is shown stays until the answers are there. */
  async refetch(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const [status, { prices }, { orders }, { trades }] = await Promise.all([
        commands.status(),
        commands.prices(),
        commands.orders(),
        commands.history('paper'),
      ]);
      this.#seen = { status, prices: new Map(prices.map((row) => [row.coin, row])), orders, trades };
      clock.follow(status.now);
      this.error = null;
      this.ready = true;
      this.tradesTold += 1;
    } catch (thrown) {
      this.error = asErrorView(thrown);
    } finally {
      this.#heard = Date.now();
      this.#asking = false;
    }
  }

  /** A status that came as an answer. */
  take(status: Snapshot['status']) {
    if (status) this.hear({ type: 'status', status });
  }
}

export const workspace = new Workspace();
