// What a table does besides drawing: which rows are on screen, in which order, which match a filter, and how rows
// leave it as text.

import { compareDecimals, parseDecimal } from './decimal';

export interface Sorting {
  readonly key: string;
  readonly direction: 1 | -1;
}

/** First and one past the last row to draw. */
export interface Stretch {
  readonly first: number;
  readonly end: number;
}

/** The rows in view plus some on either side. Bounded by what fits, however many rows there are. */
export function visibleStretch(scrollTop: number, height: number, rowHeight: number, count: number, extra = 8): Stretch {
  const top = Math.max(0, Math.min(scrollTop, count * rowHeight - height));
  const first = Math.max(0, Math.floor(top / rowHeight) - extra);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + extra);
  return { first, end };
}

/** Where to scroll so that a row is wholly visible between a sticky head and foot; the same place when it is. */
export function scrollToRow(index: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height;
  return scrollTop;
}

/** How a column orders rows: by an exact amount that may be absent, or by comparing. */
export type Ordering<Row> = { readonly amount: (row: Row) => string | null } | { readonly compare: (a: Row, b: Row) => number };

/** Sorted copy. Equal rows keep their order in either direction; absent amounts come last in both. */
export function sorted<Row>(rows: readonly Row[], ordering: Ordering<Row> | null, direction: 1 | -1): readonly Row[] {
  if (!ordering) return rows;
  if ('compare' in ordering) return [...rows].sort((a, b) => direction * ordering.compare(a, b));
  const texts = rows.map(ordering.amount);
  // Reading into a float keeps order, so floats that differ decide and only equal ones are compared exactly: a million
  // rows are sorted in a moment, and rightly.
  const near = Float64Array.from(texts, (text) => (text === null || !parseDecimal(text) ? Number.NaN : Number(text)));
  const order = Array.from(rows.keys()).sort((i, j) => {
    const [x, y] = [near[i] ?? Number.NaN, near[j] ?? Number.NaN];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return direction * (x < y ? -1 : x > y ? 1 : compareDecimals(texts[i] ?? null, texts[j] ?? null));
  });
  return order.map((i) => rows[i] as Row);
}

/** The next click on a heading: as first preferred, the other way, unsorted. */
export function nextSorting(current: Sorting | null, key: string, preferred: 1 | -1): Sorting | null {
  if (current?.key !== key) return { key, direction: preferred };
  if (current.direction === preferred) return { key, direction: preferred === 1 ? -1 : 1 };
  return null;
}

/** A test for rows: every word of the filter must be somewhere in the row's text. */
export function matcher(filter: string): (text: string) => boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return () => true;
  return (text) => {
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}

/** Tab-separated text for a spreadsheet's clipboard. A tab or line break inside a cell would shift the others. */
export function tabSeparated(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map((cell) => cell.replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\n');
}
