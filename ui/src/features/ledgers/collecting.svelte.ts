// What a person may tell a source to do. Each act is answered by a note and by the sources as they are then.

import * as commands from '../../ipc/commands';
import { count } from '../../lib/format';
import { toasts } from '../../state/toasts.svelte';
import { workspace } from '../../state/workspace.svelte';
import { errorParts } from './said';

class Collecting {
  /** Names that are being run now. */
  running = $state.raw<ReadonlySet<string>>(new Set());
  /** Counts runs a person asked for, for screens that show runs. */
  done = $state(0);

  /** Runs these sources now; a source that runs already is left alone. */
  async run(names: readonly string[]): Promise<void> {
    const asked = names.filter((name) => !this.running.has(name));
    if (asked.length === 0) return;
    this.running = new Set([...this.running, ...asked]);
    const what = asked.length === 1 ? (asked[0] ?? '') : `${asked.length} sources`;
    try {
      const { runs } = await commands.collect(asked);
      const failed = runs.filter((run) => run.status === 'failed');
      const fresh = runs.reduce((sum, run) => sum + run.new, 0);
      if (failed.length > 0) toasts.failed(`${what} could not be fetched`, new Error(failed.map((run) => `${run.source}: ${errorParts(run.error ?? 'no answer').words}`).join('; ')));
      else toasts.done(`${what} ran`, fresh > 0 ? `${count(fresh)} new` : 'nothing new');
    } catch (thrown) {
      toasts.failed(`${what} could not be fetched`, thrown);
    }
    this.running = new Set([...this.running].filter((name) => !asked.includes(name)));
    this.done += 1;
    await this.look();
  }

  async pause(name: string, paused: boolean): Promise<void> {
    await this.#tell(`${name} ${paused ? 'is paused' : 'goes on'}`, paused ? 'It runs only when asked to' : null, () => commands.sourcePause(name, paused));
  }

  /** The next reply is the new measure, so it is asked for at once. */
  async accept(name: string): Promise<void> {
    const accepted = await this.#tell(`The new shape of ${name} is accepted`, 'The fields of its next reply are the new measure', () => commands.sourceAccept(name));
    if (accepted) await this.run([name]);
  }

  async #tell(done: string, detail: string | null, act: () => Promise<null>): Promise<boolean> {
    let told = true;
    try {
      await act();
      toasts.done(done, detail);
    } catch (thrown) {
      told = false;
      toasts.failed(`Not so: ${done}`, thrown);
    }
    await this.look();
    return told;
  }

  /** The sources as they are now, without waiting for the next status. */
  async look(): Promise<void> {
    try {
      workspace.take(await commands.status());
    } catch {
      // The next status tells.
    }
  }
}

export const collecting = new Collecting();
