import { expect, it } from 'vitest';
import { nearest, ticks } from './scale';

it('ticks are round, inside, and about as many as wanted', () => {
  expect(ticks(0, 100, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticks(31.8, 36.4, 4)).toEqual([32, 34, 36]);
  expect(ticks(5, 5, 4)).toEqual([5]);
  expect(ticks(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 4)).toEqual([]);
});

it('the nearest of a rising list is found at both ends and between', () => {
  expect([-5, 4, 6, 99].map((wanted) => nearest([0, 10, 20], wanted))).toEqual([0, 0, 1, 2]);
});
