import { expect, it } from 'vitest';
import { momentsOf, settings, valueAt } from './compare';

it('a curve says nothing before it begins and after it ended, and between its points what it said last', () => {
  const curve = [{ seconds: 10, value: 1 }, { seconds: 20, value: 2 }];
  expect([5, 10, 15, 20, 21].map((at) => valueAt(curve, at))).toEqual([null, 1, 1, 2, null]);
  expect(valueAt([], 5)).toBeNull();
});

it('moments of several curves are there once, in order', () => {
  expect(momentsOf([[{ seconds: 3 }, { seconds: 1 }], [{ seconds: 2 }, { seconds: 3 }]])).toEqual([1, 2, 3]);
});

it('what differs comes first, also what one has and another has not', () => {
  const rows = settings([{ Strategy: 'a', fast: '5' }, { Strategy: 'a', fast: '10', slow: '3' }]);
  expect(rows.map(({ name, differs }) => [name, differs])).toEqual([['fast', true], ['slow', true], ['Strategy', false]]);
  expect(rows[1]?.values).toEqual([null, '3']);
});
