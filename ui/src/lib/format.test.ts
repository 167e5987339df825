import { describe, expect, it } from 'vitest';
import { compareDecimals } from './decimal';
import { AUD, AUD_CHANGE, PRICE, QUANTITY, compact, count, figure, formatted } from './format';

/** A small seeded generator, so that a failure comes back. */
function generator(seed: number) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomDecimal(random: () => number): string {
  const digits = (n: number) => Array.from({ length: n }, () => Math.floor(random() * 10)).join('');
  const whole = String(BigInt(digits(1 + Math.floor(random() * 14))));
  const places = Math.floor(random() * 16);
  return (random() < 0.5 ? '-' : '') + whole + (places > 0 ? `.${digits(places)}` : '');
}

const plain = (text: string) => text.replaceAll(',', '').replace('−', '-').replace('+', '');

describe('the formatter', () => {
  it('shows a twelve-digit loss whole', () => {
    expect(formatted('-987654321098.76', AUD_CHANGE)).toBe('−987,654,321,098.76');
  });

  it('groups, signs and pads money', () => {
    expect(formatted('1234.5', AUD)).toBe('1,234.50');
    expect(formatted('38.2', AUD_CHANGE)).toBe('+38.20');
    expect(formatted('0', AUD_CHANGE)).toBe('0.00');
    expect(formatted('-0.5', AUD)).toBe('−0.50');
  });

  it('never makes up a figure', () => {
    for (const text of [null, undefined, '', 'NaN', '1e9']) {
      expect(figure(text, AUD)).toBeNull();
      expect(formatted(text, AUD)).toBe('–');
    }
  });

  it('keeps every digit in the full text and never rounds silently', () => {
    const random = generator(7);
    for (let i = 0; i < 3000; i += 1) {
      const text = randomDecimal(random);
      for (const cut of [AUD, AUD_CHANGE, PRICE, QUANTITY]) {
        const shown = figure(text, cut)!;
        expect(compareDecimals(plain(shown.full), text)).toBe(0);
        const lost = compareDecimals(plain(formatted(text, cut)), text) !== 0;
        expect(shown.rounded, text).toBe(lost);
      }
    }
  });

  it('never shows zero for what is not zero', () => {
    expect(formatted('0.0004', AUD)).toBe('0.0004');
    expect(formatted('-0.00000012345', AUD)).toBe('−0.00000012');
    expect(formatted('0.0000000000431', PRICE)).toBe('0.000000000043');
    const random = generator(11);
    for (let i = 0; i < 2000; i += 1) {
      const text = `0.${'0'.repeat(Math.floor(random() * 20))}${1 + Math.floor(random() * 9)}`;
      expect(formatted(text, AUD)).toMatch(/[1-9]/);
      expect(formatted(text, PRICE)).toMatch(/[1-9]/);
    }
  });

  it('cuts prices to six significant digits, two places at least', () => {
    expect(formatted('86512.123456', PRICE)).toBe('86,512.12');
    expect(formatted('123.456789', PRICE)).toBe('123.457');
    expect(formatted('1.5', PRICE)).toBe('1.50');
    expect(formatted('0.00001834', PRICE)).toBe('0.00001834');
    expect(figure('123.456789', PRICE)?.full).toBe('123.456789');
  });

  it('shows quantities without padding', () => {
    expect(formatted('2', QUANTITY)).toBe('2');
    expect(formatted('0.00420000', QUANTITY)).toBe('0.0042');
  });

  it('groups counts', () => {
    expect([count(0), count(999), count(1000000)]).toEqual(['0', '999', '1,000,000']);
  });
});

describe('a large amount', () => {
  const shown = (text: string) => {
    const large = compact(text, { min: 2, max: 2 });
    return large && `${large.figure.sign}${large.figure.whole}${large.figure.fraction} ${large.unit}`.trim();
  };

  it('is shown in thousands, millions or billions, with every digit in its full text', () => {
    expect(['0', '999.994', '1000', '34350000000', '-987654321098.76', '1234567890123456'].map(shown)).toEqual(['0.00', '999.99', '1.00 k', '34.35 bn', '−987.65 bn', '1,234.57 tn']);
    expect(compact('34350000000.5', { min: 2, max: 2 })?.figure).toMatchObject({ full: '34,350,000,000.5', rounded: true });
  });

  it('is nothing when it is none', () => {
    expect([compact(null, AUD), compact('NaN', AUD)]).toEqual([null, null]);
  });
});
