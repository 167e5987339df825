import { describe, expect, it } from 'vitest';
import { compareDecimals, parseDecimal, readTyped, roundDecimal, signOf, sumDecimals, writeDecimal } from './decimal';

describe('decimals', () => {
  it('are written back as they were read', () => {
    for (const text of ['0', '-0.00000001', '999999999999.99', '-123456789012.345678901234567', '0.10']) {
      const value = parseDecimal(text);
      expect(value && writeDecimal(value)).toBe(text);
    }
  });

  it('are refused when they are something else', () => {
    for (const text of ['', 'NaN', '1e5', '1,000', '0x10', '--1', '.', 'Infinity', '1.2.3']) expect(parseDecimal(text)).toBeNull();
  });

  it('compare exactly where floats would not', () => {
    expect(compareDecimals('9007199254740993', '9007199254740992')).toBe(1);
    expect(compareDecimals('0.1', '0.10')).toBe(0);
    expect(compareDecimals('-2', '1.5')).toBe(-1);
    expect(compareDecimals(null, '1')).toBe(1);
  });

  it('add up exactly, and not at all when one is missing', () => {
    expect(sumDecimals(['0.1', '0.2', '-0.30000000000000000001'])).toBe('-0.00000000000000000001');
    expect(sumDecimals([])).toBe('0');
    expect(sumDecimals(['1', null])).toBeNull();
  });

  it('round half to even and say when digits were lost', () => {
    const cases: [string, number, string, boolean][] = [
      ['0.125', 2, '0.12', false],
      ['0.135', 2, '0.14', false],
      ['-0.125', 2, '-0.12', false],
      ['2.5', 0, '2', false],
      ['9.999', 2, '10.00', false],
      ['1.2', 2, '1.20', true],
      ['1.200', 2, '1.20', true],
    ];
    for (const [text, places, rounded, exact] of cases) {
      const result = roundDecimal(parseDecimal(text)!, places);
      expect([writeDecimal(result.value), result.exact]).toEqual([rounded, exact]);
    }
  });

  it('know their sign', () => {
    expect(['-0.0', '0', '0.01', '-3', 'x'].map(signOf)).toEqual([0, 0, 1, -1, null]);
  });

  it('are read from what people type', () => {
    expect(readTyped(' 1,234.50 ')).toBe('1234.50');
    expect(readTyped('.5')).toBe('0.5');
    expect(readTyped('5.')).toBe('5');
    for (const text of ['0', '0.00', '-1', '+1', 'abc', '', '1e3']) expect(readTyped(text)).toBeNull();
  });
});
