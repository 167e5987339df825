// What a table needs to know of a column.

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** In the heading, so that cells hold figures only. */
  readonly unit?: string;
  /** Explains the heading on hover. */
  readonly hint?: string;
  readonly right?: boolean;
  /** A CSS grid track. */
  readonly track: string;
  /** The cell as text with every digit: for copying, files and sorting of words. */
  readonly text: (row: Row) => string;
  /** Orders rows; `direction` lets absent values stay last. */
  readonly compare?: (direction: 1 | -1) => (a: Row, b: Row) => number;
  /** First click sorts this way. */
  readonly prefer?: 1 | -1;
  /** Always shown. */
  readonly fixed?: boolean;
}
