// The Lab's sessions: asked for whole, and again whenever one moved. Invariants: the newest question wins; what cannot be
// read leaves what is shown; a session that is looked at is asked for again when it moved, and no other.

import type { ErrorView } from '../ipc/bindings/ErrorView';
import type { LabQuestion } from '../ipc/bindings/LabQuestion';
import type { SessionDetail } from '../ipc/bindings/SessionDetail';
import type { SessionView } from '../ipc/bindings/SessionView';
import * as commands from '../ipc/commands';
import { asErrorView } from '../ipc/transport';

/** Sessions move often while they work: they are asked for at most this often. */
export const GATHER_MS = 120;

class Sessions {
  list = $state.raw<readonly SessionView[]>([]);
  ready = $state(false);
  error = $state.raw<ErrorView | null>(null);
  /** The one that is looked at. */
  chosen = $state<string | null>(null);
  detail = $state.raw<SessionDetail | null>(null);
  #asked = 0;
  #looked = 0;
  #gathering: ReturnType<typeof setTimeout> | null = null;

  /** What sessions wait for, the oldest first. */
  get questions(): readonly LabQuestion[] {
    return this.list.flatMap((session) => session.questions).sort((a, b) => (a.asked_at < b.asked_at ? -1 : 1));
  }

  clear() {
    this.#asked += 1;
    this.#looked += 1;
    this.list = [];
    this.ready = false;
    this.error = null;
    this.chosen = null;
    this.detail = null;
  }

  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const { sessions } = await commands.labList();
      if (asked !== this.#asked) return;
      this.list = sessions;
      this.ready = true;
      this.error = null;
    } catch (thrown) {
      if (asked === this.#asked) this.error = asErrorView(thrown);
    }
  }

  async look(id: string): Promise<void> {
    const looked = ++this.#looked;
    if (this.chosen !== id) this.detail = null;
    this.chosen = id;
    try {
      const detail = await commands.labShow(id);
      if (looked === this.#looked) this.detail = detail;
    } catch (thrown) {
      if (looked === this.#looked) this.error = asErrorView(thrown);
    }
  }

  /** One moved: it and the list are asked for again, soon. */
  hear() {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null;
      void this.load();
      if (this.chosen !== null) void this.look(this.chosen);
    }, GATHER_MS);
  }
}

export const sessions = new Sessions();
