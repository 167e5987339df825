// A grid of figures as shades: which shade a figure has, and where keys lead. Pixels only; nothing here becomes an amount.

/** Where in a grid. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** Shades on either side of nothing. */
export const SHADES = 9;

/** The largest distance from zero among what is there; 0 where nothing is. */
export function reach(cells: readonly (readonly (number | null)[])[]): number {
  let most = 0;
  for (const line of cells) for (const value of line) if (value !== null && Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most;
}

/** −SHADES to SHADES: how far a figure is from zero, of the farthest. What is not zero never looks like it. */
export function shade(value: number, most: number): number {
  if (!Number.isFinite(value) || value === 0 || !(most > 0)) return 0;
  return Math.sign(value) * Math.min(SHADES, Math.max(1, Math.ceil((Math.abs(value) / most) * SHADES)));
}

/** Where a key leads from a cell; none for a key that leads nowhere. */
export function steppedCell(key: string, from: Place, rows: number, columns: number): Place | undefined {
  if (rows < 1 || columns < 1) return undefined;
  const { row, column } = from;
  const to: Record<string, Place> = {
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    PageUp: { row: row - 10, column },
    PageDown: { row: row + 10, column },
    Home: { row, column: 0 },
    End: { row, column: columns - 1 },
  };
  const next = to[key];
  const held = (value: number, last: number) => Math.max(0, Math.min(last, value));
  return next && { row: held(next.row, rows - 1), column: held(next.column, columns - 1) };
}

/** The cell with the largest figure; none where there is none. */
export function best(cells: readonly (readonly (number | null)[])[]): Place | null {
  let found: Place | null = null;
  let most = Number.NEGATIVE_INFINITY;
  cells.forEach((line, row) =>
    line.forEach((value, column) => {
      if (value !== null && value > most) {
        most = value;
        found = { row, column };
      }
    }),
  );
  return found;
}

/** Which of some words have room beside each other, `px` apart: every so many, the first among them. */
export const everyNth = (count: number, room: number, px: number): number => Math.max(1, Math.ceil((count * px) / Math.max(1, room)));
