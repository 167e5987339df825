// The pages of the trade history that are in sight. Invariants: a bounded number of pages is held, however many trades there
// are; another question starts anew; what was read of the same question stays until newer is there.

import type { Remote } from '../../components/column';
import type { ErrorView } from '../../ipc/bindings/ErrorView';
import type { TradeLine } from '../../ipc/bindings/TradeLine';
import type { TradesPage } from '../../ipc/bindings/TradesPage';
import type { TradesRequest } from '../../ipc/bindings/TradesRequest';
import * as commands from '../../ipc/commands';
import { asErrorView } from '../../ipc/transport';

export const PAGE = 200;
const PAGES_MAX = 25;
/** Written into one file from the window; a report has them all. */
export const ROWS_WRITTEN_MAX = 50_000;

export class History implements Remote<TradeLine> {
  view = $state.raw<TradesPage | null>(null);
  error = $state.raw<ErrorView | null>(null);
  loading = $state(false);
  #pages = $state.raw<ReadonlyMap<number, readonly TradeLine[]>>(new Map());
  #asked: TradesRequest = {};
  #question = 0;
  readonly #coming = new Set<number>();

  get total() {
    return this.view?.found.trades ?? 0;
  }

  row(index: number) {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  indexOf(test: (row: TradeLine) => boolean) {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex(test);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }

  loaded() {
    return [...this.#pages.entries()].sort(([a], [b]) => a - b).flatMap(([, rows]) => rows);
  }

  /** Asks a question, or the same one anew. */
  async load(request: TradesRequest): Promise<void> {
    const question = ++this.#question;
    this.#asked = request;
    this.#coming.clear();
    this.loading = true;
    try {
      const view = await commands.trades({ ...request, limit: PAGE });
      if (question !== this.#question) return;
      this.view = view;
      this.#pages = new Map([[0, view.trades]]);
      this.error = null;
    } catch (thrown) {
      if (question !== this.#question) return;
      this.error = asErrorView(thrown);
    }
    this.loading = false;
  }

  want(first: number, end: number) {
    for (let page = Math.floor(first / PAGE); page * PAGE < Math.min(end, this.total); page += 1) {
      if (!this.#pages.has(page) && !this.#coming.has(page)) void this.#fetch(page);
    }
  }

  async #fetch(page: number): Promise<void> {
    const question = this.#question;
    this.#coming.add(page);
    try {
      const view = await commands.trades({ ...this.#asked, offset: page * PAGE, limit: PAGE });
      if (question !== this.#question) return;
      const pages = new Map([...this.#pages, [page, view.trades] as const]);
      const far = [...pages.keys()].sort((a, b) => Math.abs(b - page) - Math.abs(a - page));
      for (const key of far.slice(0, Math.max(0, pages.size - PAGES_MAX))) pages.delete(key);
      this.#pages = pages;
      this.error = null;
    } catch (thrown) {
      if (question === this.#question) this.error = asErrorView(thrown);
    }
    this.#coming.delete(page);
  }

  /** All that was found, for a file. */
  async all(): Promise<readonly TradeLine[]> {
    const rows: TradeLine[] = [];
    for (let offset = 0; offset < Math.min(this.total, ROWS_WRITTEN_MAX); offset += 1_000) {
      rows.push(...(await commands.trades({ ...this.#asked, offset, limit: 1_000 })).trades);
    }
    return rows;
  }

  clear() {
    this.#question += 1;
    this.view = null;
    this.error = null;
    this.#pages = new Map();
    this.loading = false;
  }
}
