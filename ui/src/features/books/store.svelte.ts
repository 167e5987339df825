// The books as asked for: positions and P&L of one book. Asked again when a trade is told, and at most every
// few seconds while prices move.

import type { Pnl } from '../../ipc/bindings/Pnl';
import type { Positions } from '../../ipc/bindings/Positions';
import * as commands from '../../ipc/commands';
import type { Book } from '../../ipc/commands';
import { Resource } from '../../state/resource.svelte';

export type By = 'coin' | 'algorithm' | 'tag' | 'day' | 'week' | 'month' | 'year';

export const AFTER_TRADE_MS = 250;
export const AFTER_PRICES_MS = 5000;

export class BooksStore {
  book = $state<Book>('paper');
  by = $state<By>('coin');
  readonly positions = new Resource<Positions>();
  readonly pnl = new Resource<Pnl>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #due = Number.POSITIVE_INFINITY;

  /** Another book: nothing of the old one stays. */
  show() {
    for (const resource of [this.positions, this.pnl]) resource.clear();
    this.sums();
  }

  sums() {
    this.stop();
    const { book, by } = this;
    void this.positions.load(() => commands.positions(book));
    void this.pnl.load(() => commands.pnl({ book, by }));
  }

  groups() {
    const { book, by } = this;
    void this.pnl.load(() => commands.pnl({ book, by }));
  }

  /** Asks again within this time; an earlier wish stands. */
  soon(ms: number) {
    const due = Date.now() + ms;
    if (this.#timer && due >= this.#due) return;
    this.stop();
    this.#due = due;
    this.#timer = setTimeout(() => this.sums(), ms);
  }

  stop() {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#due = Number.POSITIVE_INFINITY;
  }
}
