// What only the trader can settle in the books: asked for whole, again after whatever may have settled some of it. What cannot
// be read leaves what is shown.

import type { ActionItem } from '../ipc/bindings/ActionItem';
import type { BooksRequest } from '../ipc/bindings/BooksRequest';
import type { ErrorView } from '../ipc/bindings/ErrorView';
import * as commands from '../ipc/commands';
import { asErrorView } from '../ipc/transport';

class BooksActions {
  list = $state.raw<readonly ActionItem[]>([]);
  ready = $state(false);
  error = $state.raw<ErrorView | null>(null);
  #question = 0;

  clear() {
    this.#question += 1;
    this.list = [];
    this.ready = false;
    this.error = null;
  }

  async load(): Promise<void> {
    const question = ++this.#question;
    try {
      const view = await commands.actions();
      if (question !== this.#question) return;
      this.list = view.actions;
      this.ready = true;
      this.error = null;
    } catch (thrown) {
      if (question === this.#question) this.error = asErrorView(thrown);
    }
  }

  /** Takes the trader's word; throws what the workstation says against it. */
  async say(request: BooksRequest): Promise<string> {
    const done = await commands.booksSay(request);
    await this.load();
    return done.done;
  }
}

export const booksActions = new BooksActions();
