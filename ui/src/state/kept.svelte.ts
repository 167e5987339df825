// Answers that outlive the screen that asked: coming back to a place shows what was known at once, while it is asked for
// again. Kept by what answers, so that no answer of one workspace is ever shown for another's.

import { transport, type Transport } from '../ipc/transport';
import { Resource } from './resource.svelte';

const answers = new WeakMap<Transport, Map<string, Resource<unknown>>>();

/** The answer kept under a name. */
export function kept<Data>(name: string): Resource<Data> {
  const from = transport();
  let named = answers.get(from);
  if (!named) answers.set(from, (named = new Map()));
  let found = named.get(name);
  if (!found) named.set(name, (found = new Resource<unknown>()));
  return found as Resource<Data>;
}
