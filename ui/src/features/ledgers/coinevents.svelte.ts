// What happened to one coin, newest first: its catalysts, and the headlines that may move it. For components.

import * as commands from '../../ipc/commands';
import { Resource } from '../../state/resource.svelte';
import { workspace } from '../../state/workspace.svelte';
import { untrack } from 'svelte';
import { isMarked } from './eventmarks';
import { answeredKey, itemsOf, type Item } from './said';

/** Of each ledger at most. */
const MOST = 500;

export function coinEvents(coin: () => string): { readonly items: readonly Item[] } {
  const found = new Resource<readonly Item[]>();
  const sources = $derived(workspace.status?.sources ?? []);
  const answered = $derived(`${answeredKey(sources, 'catalyst')} ${answeredKey(sources, 'human')}`);
  let of = '';
  $effect(() => {
    void answered;
    const asked = coin();
    untrack(() => {
      if (of !== asked) found.clear();
      of = asked;
      void found.load(async () => {
        const [catalysts, news] = await Promise.all([commands.ledger({ ledger: 'catalyst', coin: asked, limit: MOST }), commands.ledger({ ledger: 'human', kind: 'news', coin: asked, limit: MOST })]);
        return [...itemsOf(catalysts), ...itemsOf(news)].filter(isMarked).sort((a, b) => Date.parse(b.event) - Date.parse(a.event));
      });
    });
  });
  return {
    get items() {
      return found.data ?? [];
    },
  };
}
