// Examinations: what is typed, what runs, and the one that is looked at.

import type { BacktestRequest } from '../../ipc/bindings/BacktestRequest';
import type { EvaluateRequest } from '../../ipc/bindings/EvaluateRequest';
import type { EvaluateView } from '../../ipc/bindings/EvaluateView';
import * as commands from '../../ipc/commands';
import { preferences } from '../../state/preferences.svelte';
import { EXAMINE_FORM, examineFormOf, type ExamineForm } from './examine';
import { Job } from './job.svelte';
import { runs } from './runs.svelte';

/** An examination as it is looked at. */
export interface Examination {
  readonly id: string;
  readonly at: string;
  readonly request: EvaluateRequest;
  readonly view: EvaluateView;
  readonly changed: readonly string[];
  readonly notKept: string | null;
}

class Examinations {
  shown = $state.raw<Examination | null>(null);
  form = $state<ExamineForm>({ ...EXAMINE_FORM, params: {} });
  job = new Job(commands.evaluateProgress, commands.evaluateCancel);

  async run(request: EvaluateRequest) {
    const ran = await this.job.run(() => commands.evaluate(request));
    if (!ran) return;
    this.shown = { id: ran.run.id, at: ran.run.at, request, view: ran.result, changed: [], notKept: ran.not_kept };
    void runs.refresh();
  }

  /** A backtest's settings, on the page that examines them. */
  take(request: BacktestRequest) {
    Object.assign(this.form, examineFormOf(request));
    preferences.setPart('lab', 'evaluate');
  }

  /** As at the beginning. */
  forget() {
    this.shown = null;
    this.form = { ...EXAMINE_FORM, params: {} };
    this.job = new Job(commands.evaluateProgress, commands.evaluateCancel);
  }
}

export const examinations = new Examinations();
