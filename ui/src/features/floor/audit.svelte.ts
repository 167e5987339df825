// The pages of the journal that are in sight. Invariants: pages follow on each other without a hole; another question
// starts anew; what was read stays when the next page can't be had.

import type { ErrorView } from '../../ipc/bindings/ErrorView';
import type { JournalEntry } from '../../ipc/bindings/JournalEntry';
import type { JournalRequest } from '../../ipc/bindings/JournalRequest';
import type { JournalView } from '../../ipc/bindings/JournalView';
import * as commands from '../../ipc/commands';
import { asErrorView } from '../../ipc/transport';

const PAGE = 500;
/** Held in the window; more is for `omc journal`. */
export const MOST = 20_000;

export class Pages {
  entries = $state.raw<readonly JournalEntry[]>([]);
  view = $state.raw<JournalView | null>(null);
  error = $state.raw<ErrorView | null>(null);
  loading = $state(false);
  #asked: JournalRequest = {};
  #question = 0;

  get more() {
    return this.view?.next !== null && this.view !== null && this.entries.length < MOST;
  }

  /** The newest page of a question. What was read of the same question stays in sight until it is there. */
  async load(request: JournalRequest): Promise<void> {
    if (JSON.stringify(request) !== JSON.stringify(this.#asked)) this.entries = [];
    this.#asked = request;
    await this.#take(request, []);
  }

  async next(): Promise<void> {
    const after = this.view?.next;
    if (after && this.more && !this.loading) await this.#take({ ...this.#asked, after }, this.entries);
  }

  async #take(request: JournalRequest, before: readonly JournalEntry[]): Promise<void> {
    const question = ++this.#question;
    this.loading = true;
    try {
      const view = await commands.journal({ ...request, limit: PAGE });
      if (question !== this.#question) return;
      this.view = view;
      this.entries = [...before, ...view.entries];
      this.error = null;
    } catch (thrown) {
      if (question !== this.#question) return;
      this.error = asErrorView(thrown);
    }
    this.loading = false;
  }
}
