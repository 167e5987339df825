// What the simulated world is asked to be, from the address: `?mock&offline`, and so on.

export interface Scenario {
  seed: number;
  /** No source answers. */
  offline: boolean;
  /** Prices stopped half an hour ago. */
  stale: boolean;
  /** Two sources fail, one of them because its replies changed their fields. */
  trouble: boolean;
  /** A fresh workspace. */
  empty: boolean;
  /** The demo workspace. */
  demo: boolean;
  /** The kill switch is pulled. */
  killed: boolean;
  /** Every command fails. */
  broken: boolean;
  /** A delisting was just announced. */
  listing: boolean;
  /** Some things in the books wait for a person. */
  unsettled: boolean;
  /** Two orders wait for a person. */
  asking: boolean;
  /** A loss of twelve digits. */
  loss: boolean;
  /** Trades in the history, for scrolling. */
  trades: number;
  /** Prices do not move by themselves: for tests and pictures. */
  still: boolean;
  /** Real money: a key, a mandate, and live orders in every state. */
  live: boolean;
  /** How long answers take. */
  delayMs: number;
}

export function scenarioOf(search: string): Scenario {
  const query = new URLSearchParams(search);
  const has = (name: string) => query.has(name) && query.get(name) !== '0';
  const number = (name: string, fallback: number) => {
    const value = Number(query.get(name) ?? Number.NaN);
    return Number.isInteger(value) && value >= 0 ? value : fallback;
  };
  return {
    seed: number('seed', 42),
    offline: has('offline'),
    stale: has('stale') || has('offline'),
    trouble: has('trouble'),
    empty: has('empty'),
    demo: has('demo'),
    killed: has('killed'),
    broken: has('broken'),
    listing: has('listing'),
    asking: has('asking'),
    unsettled: has('unsettled'),
    loss: has('loss'),
    live: has('live'),
    trades: Math.min(number('trades', 64), 1_000_000),
    still: has('still'),
    delayMs: Math.min(number('delay', 40), 10_000),
  };
}
