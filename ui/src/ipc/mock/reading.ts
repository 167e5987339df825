// The reading of the account's history in the mock: a few stretches, one after another, that can be stopped.

import type { HistoryImport } from '../bindings/HistoryImport';
import type { HistoryProgress } from '../bindings/HistoryProgress';

const STRETCHES = 6;
const STRETCH_MS = 400;
const ROWS = 37;

export class Reading {
  progress: HistoryProgress = { running: false, stretches: 0, of: 0, day: '', read: 0, imported: 0 };
  #unwanted = false;

  stop(): HistoryProgress {
    this.#unwanted = true;
    return this.progress;
  }

  async read(world: { clock: () => number }, from: string | undefined): Promise<HistoryImport> {
    this.#unwanted = false;
    const begin = Date.parse(`${from ?? '2025-01-01'}T00:00:00Z`);
    const step = (world.clock() - begin) / STRETCHES;
    this.progress = { running: true, stretches: 0, of: STRETCHES, day: '', read: 0, imported: 0 };
    for (let n = 1; n <= STRETCHES; n += 1) {
      await new Promise((done) => setTimeout(done, STRETCH_MS));
      if (this.#unwanted) {
        this.progress = { ...this.progress, running: false };
        throw { code: 'cancelled', message: `stopped; what lies before ${this.progress.day} is read and kept, and the next reading goes on there` };
      }
      this.progress = { running: true, stretches: n, of: STRETCHES, day: new Date(begin + n * step).toISOString().slice(0, 10), read: n * ROWS, imported: n };
    }
    this.progress = { ...this.progress, running: false };
    const { read, imported } = this.progress;
    return { from: new Date(begin).toISOString(), to: new Date(world.clock()).toISOString(), stretches: STRETCHES, read, imported, duplicates: read - imported, doubts: 1, left_out_count: 0, left_out: [], incomplete: [], balances: { coins: 4, differ: 1, aud_differs: false } };
  }
}
