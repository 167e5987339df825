import { expect, it } from 'vitest';
import { taxYears, yearName } from './taxyears';

it('a financial year begins in July and is named by the year it ends in', () => {
  expect(taxYears(new Date(2026, 5, 30))[0]).toBe(2026);
  expect(taxYears(new Date(2026, 6, 1))).toEqual([2027, 2026, 2025, 2024]);
  expect(yearName(2025)).toBe('2024–25');
  expect(yearName(2100)).toBe('2099–00');
});
