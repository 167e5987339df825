import { describe, expect, it } from 'vitest';
import { matcher, nextSorting, scrollToRow, sorted, tabSeparated, visibleStretch } from './table';

describe('the stretch of rows on screen', () => {
  it('is as short as the screen for a million rows', () => {
    const stretch = visibleStretch(12_000_000, 720, 24, 1_000_000);
    expect(stretch.end - stretch.first).toBeLessThanOrEqual(48);
    expect(stretch.first).toBeLessThanOrEqual(500_000);
    expect(stretch.end).toBeGreaterThanOrEqual(500_030);
  });

  it('covers every visible row wherever it is scrolled', () => {
    for (let top = 0; top <= 540 * 24 - 700; top += 37) {
      const { first, end } = visibleStretch(top, 700, 24, 540);
      expect(first * 24).toBeLessThanOrEqual(top);
      expect(end * 24).toBeGreaterThanOrEqual(Math.min(540 * 24, top + 700));
    }
  });

  it('stays inside when rows vanish under a scrolled table', () => {
    expect(visibleStretch(9000, 700, 24, 3)).toEqual({ first: 0, end: 3 });
    expect(visibleStretch(0, 700, 24, 0)).toEqual({ first: 0, end: 0 });
  });

  it('follows the keyboard with the least scrolling', () => {
    expect(scrollToRow(0, 100, 240, 24)).toBe(0);
    expect(scrollToRow(20, 0, 240, 24)).toBe(264);
    expect(scrollToRow(5, 100, 240, 24)).toBe(100);
  });
});

describe('sorting', () => {
  const rows = [
    { coin: 'A', last: '10.5' },
    { coin: 'B', last: null },
    { coin: 'C', last: '9.75' },
    { coin: 'D', last: '10.50' },
  ];
  const order = (direction: 1 | -1) =>
    sorted(rows, { amount: (row) => row.last }, direction).map((row) => row.coin);

  it('compares words too', () => {
    expect(sorted(rows, { compare: (a, b) => (a.coin < b.coin ? -1 : 1) }, -1).map((row) => row.coin)).toEqual(['D', 'C', 'B', 'A']);
  });

  it('tells apart amounts that floats cannot', () => {
    const close = ['0.3', '0.30000000000000000001', '0.29999999999999999999', null];
    expect(sorted(close, { amount: (text) => text }, 1)).toEqual(['0.29999999999999999999', '0.3', '0.30000000000000000001', null]);
    expect(sorted(close, { amount: (text) => text }, -1)).toEqual(['0.30000000000000000001', '0.3', '0.29999999999999999999', null]);
  });

  it('compares amounts as amounts and puts absent ones last both ways', () => {
    expect(order(1)).toEqual(['C', 'A', 'D', 'B']);
    expect(order(-1)).toEqual(['A', 'D', 'C', 'B']);
  });

  it('goes through preferred, reversed, none', () => {
    const first = nextSorting(null, 'last', -1);
    const second = nextSorting(first, 'last', -1);
    expect([first, second, nextSorting(second, 'last', -1)]).toEqual([{ key: 'last', direction: -1 }, { key: 'last', direction: 1 }, null]);
  });

  it('leaves rows as they come without a sorting', () => {
    expect(sorted(rows, null, 1)).toBe(rows);
  });
});

describe('filter and copies', () => {
  it('wants every word, in any case', () => {
    expect(matcher('btc BOOK')('BTC book')).toBe(true);
    expect(matcher('btc instant')('BTC book')).toBe(false);
    expect(matcher('  ')('BTC')).toBe(true);
  });

  it('keeps a cell in its column', () => {
    expect(tabSeparated([['a\tb', 'c\nd'], ['1', '2']])).toBe('a b\tc d\n1\t2');
  });
});
