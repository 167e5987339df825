// The runs of this window, newest first: to be looked at again and compared. They are gone with the window; the journal has none.

import type { BacktestRequest } from '../../ipc/bindings/BacktestRequest';
import type { BacktestView } from '../../ipc/bindings/BacktestView';
import { FORM, type Form } from './backtest';

export interface Run {
  readonly number: number;
  readonly at: string;
  readonly request: BacktestRequest;
  readonly view: BacktestView;
}

const KEPT = 20;

class Runs {
  all = $state.raw<readonly Run[]>([]);
  /** The one that is looked at. */
  shown = $state.raw<Run | null>(null);
  /** What is typed, kept while the trader is elsewhere. */
  form = $state<Form>({ ...FORM });
  #made = 0;

  add(request: BacktestRequest, view: BacktestView): Run {
    this.#made += 1;
    const run = { number: this.#made, at: new Date().toISOString(), request, view };
    this.all = [run, ...this.all].slice(0, KEPT);
    this.shown = run;
    return run;
  }
}

export const runs = new Runs();
