// Whether real money can move, as far as the window knows. What is not known counts as live: a switch that asks once
// too often does no harm.

import type { ReadinessView } from '../ipc/bindings/ReadinessView';
import * as commands from '../ipc/commands';
import { kept } from './kept.svelte';
import { isOpen } from './reduce';
import { workspace } from './workspace.svelte';

export const readiness = () => kept<ReadinessView>('readiness');

export const askReadiness = () => readiness().load(commands.readiness);

/** Whether a live order could leave, or is out. */
export function maybeLive(): boolean {
  const known = readiness().data;
  // A pulled switch is a step not taken, and no sign that live trading was off before it.
  const off = known?.steps.some((step) => !step.done && ['key', 'declared', 'lease', 'mandate'].includes(step.step)) ?? false;
  return !off || workspace.orders.some((order) => order.book === 'live' && isOpen(order));
}
