// What happened to a coin, as letters on its chart: one mark a bar, however much happened in it. Pure.

import { SEVERE, isHighImpact, severityOf, sortOf } from './meaning';
import { barAt, type Bar } from './series';
import type { Item } from './said';

export interface EventMark {
  /** Stable as long as its bar is. */
  readonly id: string;
  /** Seconds on the axis. */
  readonly time: number;
  /** Of what matters most in it. */
  readonly letter: string;
  readonly tone: 'catalyst' | 'human' | 'severe';
  /** What matters most first. */
  readonly items: readonly Item[];
}

/** How much an item matters on a chart: what is judged before what is not, headlines last. */
const weight = (item: Item): number => severityOf(item) ?? 0;

/** What is marked: everything in the Catalyst ledger, and headlines that may move a price. */
export const isMarked = (item: Item): boolean => (item.kind === 'news' || item.kind === 'post' ? isHighImpact(item) : true);

/** Marks in the order of their bars. What happened before the first bar has no place. */
export function eventMarks(items: readonly Item[], bars: readonly Bar[]): EventMark[] {
  const groups = new Map<number, Item[]>();
  for (const item of items) {
    const bar = barAt(bars, Math.floor(Date.parse(item.event) / 1000));
    if (!bar) continue;
    const group = groups.get(bar.time);
    if (group) group.push(item);
    else groups.set(bar.time, [item]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([time, group]) => markOf(time, group));
}

function markOf(time: number, group: Item[]): EventMark {
  const items = group.sort((a, b) => weight(b) - weight(a));
  const first = items[0] as Item;
  const tone = weight(first) >= SEVERE ? 'severe' : first.kind === 'news' || first.kind === 'post' ? 'human' : 'catalyst';
  return { id: `event ${time}`, time, letter: sortOf(first).letter, tone, items };
}

/** Marks that would cover each other become one, at the place of the first. `at` tells where a mark is, or null when it is out of sight. */
export function merged(marks: readonly EventMark[], at: (mark: EventMark) => number | null, apart: number): { readonly x: number; readonly mark: EventMark }[] {
  const places: { x: number; mark: EventMark }[] = [];
  for (const mark of marks) {
    const x = at(mark);
    if (x === null) continue;
    const before = places.at(-1);
    if (before && x - before.x < apart) before.mark = { ...markOf(before.mark.time, [...before.mark.items, ...mark.items]), id: before.mark.id };
    else places.push({ x, mark });
  }
  return places;
}
