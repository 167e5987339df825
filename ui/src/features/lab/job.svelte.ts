// Work that takes a while: asked for once at a time, watched while it runs, ended when the trader says so. It outlives the
// page that began it: coming back shows how far it is.

import type { ErrorView } from '../../ipc/bindings/ErrorView';
import { asErrorView } from '../../ipc/transport';

interface Progress {
  readonly running: boolean;
  readonly done: number;
  readonly all: number;
  readonly left_s?: number | null;
}

const POLL_MS = 250;
/** A pace of less than this is none. */
const PACE_MS = 1_000;

/** Seconds that are left at the pace since it was first seen; none before that can be told. */
export function leftAt(pace: { readonly ms: number; readonly done: number }, ms: number, done: number, all: number): number | null {
  const [since, made] = [ms - pace.ms, done - pace.done];
  return since < PACE_MS || made <= 0 ? null : Math.ceil(((all - done) / made) * (since / 1000));
}

export class Job {
  running = $state(false);
  /** It was told to end, and has not yet. */
  ending = $state(false);
  done = $state(0);
  all = $state(0);
  leftS = $state<number | null>(null);
  failed = $state.raw<ErrorView | null>(null);
  #over: Promise<void> = Promise.resolve();

  constructor(
    private readonly progress: () => Promise<Progress>,
    private readonly end: () => Promise<unknown>,
  ) {}

  /** What came of it; null when it was ended, failed, or another runs. */
  run<Answer>(ask: () => Promise<Answer>): Promise<Answer | null> {
    if (this.running) return Promise.resolve(null);
    const done = this.#do(ask);
    this.#over = done.then(() => {});
    return done;
  }

  /** Ends what runs, and is there when it is over. */
  async clear(): Promise<void> {
    this.cancel();
    await this.#over;
  }

  async #do<Answer>(ask: () => Promise<Answer>): Promise<Answer | null> {
    [this.running, this.ending, this.done, this.all, this.leftS, this.failed] = [true, false, 0, 0, null, null];
    let pace: { ms: number; done: number } | null = null;
    const timer = setInterval(() => {
      void this.progress().then(
        (at) => {
          if (!this.running || !at.running) return;
          const ms = performance.now();
          if (at.all > 0) pace ??= { ms, done: at.done };
          this.done = at.done;
          this.all = at.all;
          this.leftS = at.left_s ?? (pace && leftAt(pace, ms, at.done, at.all));
        },
        () => {},
      );
    }, POLL_MS);
    try {
      return await ask();
    } catch (thrown) {
      const error = asErrorView(thrown);
      this.failed = error.code === 'cancelled' ? null : error;
      return null;
    } finally {
      clearInterval(timer);
      this.running = false;
    }
  }

  cancel() {
    if (!this.running) return;
    this.ending = true;
    void this.end().catch(() => (this.ending = false));
  }
}
