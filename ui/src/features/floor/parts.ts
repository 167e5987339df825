// The parts of the Floor, in their order. A part that is not listed is not shown: whoever brings one adds one line.

import type { Component } from 'svelte';
import Algorithms from './Algorithms.svelte';
import Audit from './Audit.svelte';
import Desk from './Desk.svelte';
import Execution from './Execution.svelte';
import LimitsPanel from './LimitsPanel.svelte';
import MandatesPanel from './MandatesPanel.svelte';
import Twaps from './Twaps.svelte';

export interface Part {
  readonly id: string;
  readonly title: string;
  readonly part: Component;
}

export const PARTS: readonly Part[] = [
  { id: 'desk', title: 'Desk', part: Desk },
  { id: 'twap', title: 'TWAP', part: Twaps },
  { id: 'algorithms', title: 'Algorithms', part: Algorithms },
  { id: 'limits', title: 'Limits', part: LimitsPanel },
  { id: 'execution', title: 'Execution', part: Execution },
  { id: 'mandates', title: 'Mandates', part: MandatesPanel },
  { id: 'audit', title: 'Audit', part: Audit },
];

/** The part by its id, or the desk: what is remembered may be gone. */
export function partOf(id: string): Part {
  const found = PARTS.find((part) => part.id === id) ?? PARTS[0];
  if (!found) throw new Error('the Floor has no parts');
  return found;
}
