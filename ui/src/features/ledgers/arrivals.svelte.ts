// A list that grows at its top while it is read. Invariant: what is on screen stays where it is; what came since waits,
// counted, until the reader asks for it. Another wording of what is shown takes its place at once.

interface Keyed {
  readonly key: string;
}

/** Items that are shown, and those that came since, newest first. Before anything was shown, everything is. */
export function arrivals<Item extends Keyed>(all: readonly Item[], known: ReadonlySet<string> | null): { shown: readonly Item[]; fresh: readonly Item[] } {
  if (known === null) return { shown: all, fresh: [] };
  const shown: Item[] = [];
  const fresh: Item[] = [];
  // What is older than what is shown changes nothing above it.
  let last = -1;
  all.forEach((item, index) => {
    if (known.has(item.key)) last = index;
  });
  all.forEach((item, index) => (known.has(item.key) || index > last ? shown : fresh).push(item));
  return { shown, fresh };
}

export class Arrivals<Item extends Keyed> {
  #known = $state.raw<ReadonlySet<string> | null>(null);
  readonly #all: () => readonly Item[] | null;
  readonly #split = $derived.by(() => arrivals(this.#all() ?? [], this.#known));

  constructor(all: () => readonly Item[] | null) {
    this.#all = all;
    $effect(() => {
      const now = this.#all();
      if (this.#known === null && now !== null && now.length > 0) this.take();
    });
  }

  get shown() {
    return this.#split.shown;
  }
  get fresh() {
    return this.#split.fresh;
  }

  /** Shows what waits. */
  take() {
    this.#known = new Set((this.#all() ?? []).map((item) => item.key));
  }
}
