import { expect, it } from 'vitest';
import { SHADES, best, reach, shade, steppedCell } from './heat';

it('a figure that is not zero never has the shade of zero, and the farthest has the last', () => {
  expect([shade(1e-9, 5), shade(-1e-9, 5), shade(5, 5), shade(-5, 5), shade(0, 5), shade(Number.NaN, 5), shade(3, 0)]).toEqual([1, -1, SHADES, -SHADES, 0, 0, 0]);
});

it('what is missing counts for nothing', () => {
  const cells = [[null, -3], [2, null]];
  expect(reach(cells)).toBe(3);
  expect(best(cells)).toEqual({ row: 1, column: 0 });
  expect([reach([[null]]), best([[null]])]).toEqual([0, null]);
});

it('keys lead from cell to cell and stop at the edges', () => {
  expect(steppedCell('ArrowUp', { row: 0, column: 2 }, 3, 4)).toEqual({ row: 0, column: 2 });
  expect(steppedCell('PageDown', { row: 0, column: 2 }, 3, 4)).toEqual({ row: 2, column: 2 });
  expect(steppedCell('End', { row: 1, column: 0 }, 3, 4)).toEqual({ row: 1, column: 3 });
  expect([steppedCell('x', { row: 1, column: 0 }, 3, 4), steppedCell('End', { row: 0, column: 0 }, 0, 0)]).toEqual([undefined, undefined]);
});
