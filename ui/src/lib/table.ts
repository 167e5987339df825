// What a table does besides drawing: which rows are on screen, in which order, which match a filter, and how rows
// leave it as text.

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

/** Sorted copy. Equal rows keep their order in either direction. */
export function sorted<Row>(
  rows: readonly Row[],
  sorting: Sorting | null,
  compare: (key: string) => ((a: Row, b: Row) => number) | undefined,
): readonly Row[] {
  const by = sorting && compare(sorting.key);
  if (!sorting || !by) return rows;
  return [...rows].sort((a, b) => sorting.direction * by(a, b));
}

/** Orders by a value that may be absent; what is absent comes last in both directions. */
export function absentLast<Row, Value>(
  value: (row: Row) => Value | null,
  compare: (a: Value, b: Value) => number,
  direction: () => 1 | -1,
): (a: Row, b: Row) => number {
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return x === y ? 0 : (x === null ? 1 : -1) * direction();
    return compare(x, y);
  };
}

/** The next click on a heading: as first preferred, the other way, unsorted. */
export function nextSorting(current: Sorting | null, key: string, preferred: 1 | -1): Sorting | null {
  if (current?.key !== key) return { key, direction: preferred };
  if (current.direction === preferred) return { key, direction: preferred === 1 ? -1 : 1 };
  return null;
}

/** Every word of the filter must be somewhere in the row's text. */
export function matches(text: string, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

/** Tab-separated text for a spreadsheet's clipboard. A tab or line break inside a cell would shift the others. */
export function tabSeparated(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map((cell) => cell.replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\n');
}
