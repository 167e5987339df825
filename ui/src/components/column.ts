// What a table needs to know of a column.

import { figure, type Cut } from '../lib/format';
import type { Ordering } from '../lib/table';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** In the heading, so that cells hold figures only. */
  readonly unit?: string;
  /** Explains the heading on hover. */
  readonly hint?: string;
  readonly right?: boolean;
  /** The unit stands elsewhere in sight; copies still carry it. */
  readonly unitAside?: boolean;
  /** Least width in pixels. A figure that needs more gets it: no digit is ever cut off. */
  readonly least: number;
  /** How many times its least width it may take; 1 stays. Wide windows are not filled: eyes would lose the row. */
  readonly grow?: number;
  /** Takes all the room that is left. */
  readonly fills?: boolean;
  /** Its figures have an arrow. */
  readonly arrow?: boolean;
  /** What a figure column draws, so that its width follows the longest. */
  readonly figure?: { readonly value: (row: Row) => string | null; readonly cut: Cut; readonly places: number };
  /** The cell as text with every digit: for copying, files and sorting of words. */
  readonly text: (row: Row) => string;
  /** How the column orders rows; without it, it doesn't. */
  readonly order?: Ordering<Row>;
  /** First click sorts this way. */
  readonly prefer?: 1 | -1;
  /** Stays at the right edge while the rest scrolls sideways: for what a row can be told to do. */
  readonly stuck?: boolean;
  /** Always shown. */
  readonly fixed?: boolean;
}

/** Rows that live elsewhere, by their place in the order they were asked in. */
export interface Remote<Row> {
  /** How many there are. */
  readonly total: number;
  /** One that was fetched. */
  row(index: number): Row | undefined;
  /** The place of a fetched one; -1 of none. */
  indexOf(test: (row: Row) => boolean): number;
  /** All that were fetched, in order. */
  loaded(): readonly Row[];
  /** These come in sight. */
  want(first: number, end: number): void;
}

/** Widths of a digit (a sign too) and of a comma or point, at the size tables are set in. */
const DIGIT_PX = 8.2;
const POINT_PX = 4;
const ARROW_PX = 12;

/** Pixels a column needs for these rows. */
export function neededWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  if (!column.figure) return column.least;
  const { value, cut, places } = column.figure;
  let longest = 0;
  for (const row of rows) {
    const shown = figure(value(row), cut);
    if (!shown) continue;
    const commas = Math.floor((shown.whole.length - 1) / 4);
    const digits = shown.sign.length + shown.whole.length - commas + Math.max(places, shown.fraction.length - 1);
    longest = Math.max(longest, digits * DIGIT_PX + (commas + 1) * POINT_PX);
  }
  return Math.max(column.least, Math.ceil(longest) + (column.arrow ? ARROW_PX : 0));
}
