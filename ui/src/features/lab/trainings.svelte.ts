// Trainings: what is typed, what runs, the last result, and the models there are.

import type { ModelsView } from '../../ipc/bindings/ModelsView';
import type { TrainRequest } from '../../ipc/bindings/TrainRequest';
import type { TrainView } from '../../ipc/bindings/TrainView';
import * as commands from '../../ipc/commands';
import { kept } from '../../state/kept.svelte';
import type { Resource } from '../../state/resource.svelte';
import { Job } from './job.svelte';
import { TRAIN_FORM, type TrainForm } from './train';

class Trainings {
  form = $state<TrainForm>({ ...TRAIN_FORM });
  job = new Job(commands.trainProgress, commands.trainCancel);
  shown = $state.raw<{ readonly request: TrainRequest; readonly view: TrainView } | null>(null);
  /** The model that is looked at. */
  chosen = $state<string | null>(null);

  get models(): Resource<ModelsView> {
    return kept<ModelsView>('models');
  }

  refresh() {
    return this.models.load(commands.models);
  }

  async run(request: TrainRequest) {
    const view = await this.job.run(() => commands.train(request));
    if (!view) return;
    this.shown = { request, view };
    this.chosen = view.model.id;
    void this.refresh();
  }

  /** As at the beginning. */
  forget() {
    this.form = { ...TRAIN_FORM };
    this.job = new Job(commands.trainProgress, commands.trainCancel);
    [this.shown, this.chosen] = [null, null];
  }
}

export const trainings = new Trainings();
