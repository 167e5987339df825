// Backtests: what is typed, what runs, the one that is looked at, and those the workspace keeps.

import type { BacktestRequest } from '../../ipc/bindings/BacktestRequest';
import type { BacktestView } from '../../ipc/bindings/BacktestView';
import type { KeptRuns } from '../../ipc/bindings/KeptRuns';
import * as commands from '../../ipc/commands';
import { kept } from '../../state/kept.svelte';
import { preferences } from '../../state/preferences.svelte';
import type { Resource } from '../../state/resource.svelte';
import { FORM, formOf, type Form } from './backtest';
import { Job } from './job.svelte';

/** A backtest as it is looked at. */
export interface Run {
  readonly id: string;
  readonly at: string;
  readonly request: BacktestRequest;
  readonly view: BacktestView;
  /** What is no longer as it was when it ran. */
  readonly changed: readonly string[];
  /** Why the workspace doesn't keep it. */
  readonly notKept: string | null;
}

class Runs {
  /** The one that is looked at. */
  shown = $state.raw<Run | null>(null);
  /** What is typed, kept while the trader is elsewhere. */
  form = $state<Form>({ ...FORM, params: {} });
  job = new Job(commands.backtestProgress, commands.backtestCancel);

  /** What the workspace keeps. */
  get kept(): Resource<KeptRuns> {
    return kept<KeptRuns>('kept-runs');
  }

  refresh() {
    return this.kept.load(commands.keptRuns);
  }

  async run(request: BacktestRequest) {
    const ran = await this.job.run(() => commands.backtest(request));
    if (!ran) return;
    this.shown = { id: ran.run.id, at: ran.run.at, request, view: ran.result, changed: [], notKept: ran.not_kept };
    void this.refresh();
  }

  /** Runs a setting that was found elsewhere, on its own page, in place of what runs there. */
  async open(request: BacktestRequest) {
    this.take(request);
    preferences.setPart('lab', 'backtest');
    await this.job.clear();
    await this.run(request);
  }

  /** Puts a request into the form, where the form can say all of it. */
  take(request: BacktestRequest) {
    const form = formOf(request);
    if (form) Object.assign(this.form, form);
  }

  /** As at the beginning. */
  forget() {
    this.shown = null;
    this.form = { ...FORM, params: {} };
    this.job = new Job(commands.backtestProgress, commands.backtestCancel);
  }
}

export const runs = new Runs();
