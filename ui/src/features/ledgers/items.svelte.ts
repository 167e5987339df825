// What was written, filed or noticed, as the screens ask for it. For components: an answer is asked for again whenever a
// source of its ledger answered, and stays when they go.

import type { LedgerView } from '../../ipc/bindings/LedgerView';
import * as commands from '../../ipc/commands';
import { kept } from '../../state/kept.svelte';
import type { Resource } from '../../state/resource.svelte';
import { workspace } from '../../state/workspace.svelte';
import { answeredKey, itemsOf, moodsOf, type Item, type Mood } from './said';

interface Answer<Data> {
  readonly view: Resource<LedgerView>;
  readonly all: readonly Data[];
  load(): void;
}

function answer<Data>(name: string, ledger: 'human' | 'catalyst', ask: () => Promise<LedgerView>, read: (view: LedgerView) => Data[]): Answer<Data> {
  const view = kept<LedgerView>(name);
  const load = () => void view.load(ask);
  const answered = $derived(answeredKey(workspace.status?.sources ?? [], ledger));
  const all = $derived(view.data ? read(view.data) : []);
  $effect(() => {
    void answered;
    load();
  });
  return {
    view,
    get all() {
      return all;
    },
    load,
  };
}

/** The newest items of a ledger. */
export const itemsAnswer = (ledger: 'human' | 'catalyst', limit: number): Answer<Item> => answer(`${ledger} ${limit}`, ledger, () => commands.ledger({ ledger, limit }), itemsOf);

/** The mood of the last days. */
export const moodsAnswer = (days: number): Answer<Mood> => answer(`moods ${days}`, 'human', () => commands.ledger({ ledger: 'human', kind: 'fear_greed', limit: days }), moodsOf);
