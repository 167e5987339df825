// One answer that is asked for and may be asked for again. Invariants: the newest question wins, whatever order the
// answers come in; an old answer stays visible while a new one is awaited, and when asking again fails.

import type { ErrorView } from '../ipc/bindings/ErrorView';
import { asErrorView } from '../ipc/transport';

export class Resource<Data> {
  data = $state.raw<Data | null>(null);
  error = $state.raw<ErrorView | null>(null);
  loading = $state(false);
  #question = 0;

  async load(ask: () => Promise<Data>): Promise<void> {
    const question = ++this.#question;
    this.loading = true;
    try {
      const data = await ask();
      if (question !== this.#question) return;
      this.data = data;
      this.error = null;
    } catch (thrown) {
      if (question !== this.#question) return;
      this.error = asErrorView(thrown);
    }
    this.loading = false;
  }

  /** Forgets, so that another subject's answer is never taken for this one's. */
  clear() {
    this.#question += 1;
    this.data = null;
    this.error = null;
    this.loading = false;
  }
}
