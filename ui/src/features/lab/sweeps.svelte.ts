// The sweep of this window: what is typed, what runs, and what came of the last one. Its points are kept by the workspace, so
// that the same asked again is there at once.

import type { SweepRequest } from '../../ipc/bindings/SweepRequest';
import type { SweepView } from '../../ipc/bindings/SweepView';
import * as commands from '../../ipc/commands';
import { Job } from './job.svelte';
import { SWEEP_FORM, type SweepForm } from './sweep';

class Sweeps {
  form = $state<SweepForm>({ ...SWEEP_FORM, grid: {}, costs: {} });
  job = new Job(commands.sweepProgress, commands.sweepCancel);
  shown = $state.raw<{ readonly request: SweepRequest; readonly view: SweepView } | null>(null);

  async run(request: SweepRequest) {
    const view = await this.job.run(() => commands.sweep(request));
    if (view) this.shown = { request, view };
  }

  /** As at the beginning. */
  forget() {
    this.form = { ...SWEEP_FORM, grid: {}, costs: {} };
    this.job = new Job(commands.sweepProgress, commands.sweepCancel);
    this.shown = null;
  }
}

export const sweeps = new Sweeps();
