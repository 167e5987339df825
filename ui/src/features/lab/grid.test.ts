import { expect, it } from 'vitest';
import type { Parameter } from '../../lib/parameters';
import { axesOf, split, suggested, tried } from './grid';

const whole: Parameter = { name: 'fast', words: 'candles', kind: 'whole', min: 1, max: 500, choices: [], default: '10', range: 'use a whole number from 1 to 500' };
const decimal: Parameter = { ...whole, name: 'k', kind: 'decimal', min: 0.5, max: 5, default: '2', range: 'use a number from 0.5 to 5' };
const choice: Parameter = { ...whole, name: 'every', kind: 'choice', choices: ['day', 'week'], default: 'day', range: 'use one of day, week' };

it('a range counts both ends and what lies between, exactly', () => {
  expect(tried(whole, '5..53:2')).toEqual({ count: 25, problem: null });
  expect(tried(whole, '5..54:2').count).toBe(25);
  expect(tried(whole, '7..7').count).toBe(1);
  expect(tried(decimal, '0.5..1.5:0.1')).toEqual({ count: 11, problem: null });
});

it('what can not be tried is told, not counted', () => {
  const problems = ['9..5', '5..50:0', '5..', '1..600:1', '0..5', '5,5', '5,x', '', '1..9:0.5'].map((text) => tried(whole, text));
  expect(problems.every(({ count, problem }) => count === 0 && problem !== null)).toBe(true);
  expect(tried(decimal, '1,1.0').problem).toBe('One value is there twice');
  expect([tried(choice, 'day..week').count, tried(choice, 'day,week').count]).toEqual([0, 2]);
});

it('one value stays and several become an axis; the points multiply', () => {
  expect(split([whole, decimal, choice], { fast: '5..50:5', k: '1,2,3' })).toEqual({ params: { every: 'day' }, axes: ['fast=5..50:5', 'k=1,2,3'], points: 30, problem: false });
  expect(split([whole], { fast: '0' }).problem).toBe(true);
});

it('a first grid stays inside what the parameters allow', () => {
  const grid = suggested([whole, { ...whole, name: 'slow', default: '30' }, { ...whole, name: 'share', default: '100' }]);
  expect(Object.keys(grid)).toEqual(['fast', 'slow']);
  expect(Object.entries(grid).every(([, text]) => tried(whole, text).count === 10)).toBe(true);
  expect(tried({ ...whole, max: 12 }, suggested([{ ...whole, max: 12 }])['fast'] ?? '').problem).toBeNull();
});

it('axes of a script are read from one text, each with its values', () => {
  expect(axesOf('fast=5..50:5; slow=20,50')).toEqual({ axes: ['fast=5..50:5', 'slow=20,50'], points: 20, problem: null });
  expect(axesOf('')).toEqual({ axes: [], points: 1, problem: null });
  expect([axesOf('fast').problem, axesOf('fast=5..').problem, axesOf('1x=2').problem].every((problem) => problem !== null)).toBe(true);
});
