// How good each ledger is, for the cards of the dashboard: one answer for all four.

import type { QualityView } from '../../ipc/bindings/QualityView';
import * as commands from '../../ipc/commands';
import { clock } from '../../state/clock.svelte';
import { kept } from '../../state/kept.svelte';
import type { Resource } from '../../state/resource.svelte';

const HOURS = 1;
const ASK_MS = 60_000;

/** What was measured last. */
export const measured = (): Resource<QualityView> => kept<QualityView>('quality');

/** Asks now and every minute, as long as the component lives that calls it. */
export function keepMeasured(): void {
  const round = $derived(Math.floor(clock.now / ASK_MS));
  $effect(() => {
    void round;
    void measured().load(() => commands.quality(HOURS));
  });
}
