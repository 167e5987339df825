import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

// Contrast is a promise of the tokens, so it is checked where they are.
const css = readFileSync('src/tokens.css', 'utf8');

function theme(name: string): Record<string, string> {
  const start = css.indexOf(`:root[data-theme='${name}'] {`);
  const block = css.slice(start, css.indexOf('}', start));
  return Object.fromEntries([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map(([, key, value]) => [key!, value!]));
}

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

describe.each(['dark', 'light', 'contrast'])('the %s theme', (name) => {
  const t = theme(name);

  it('shows figures at 7:1 or better on every ground they stand on', () => {
    for (const ground of ['bg', 'panel', 'raised']) {
      for (const figure of ['text', 'green', 'red', 'blue', 'orange']) {
        expect(contrast(t[figure]!, t[ground]!), `${figure} on ${ground}`).toBeGreaterThanOrEqual(7);
      }
    }
  });

  it('shows words at 4.5:1 or better', () => {
    for (const ground of ['bg', 'panel', 'raised', 'hover', 'selected']) {
      for (const word of ['text', 'muted', 'accent']) expect(contrast(t[word]!, t[ground]!), `${word} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
    const pairs = [
      ['on-accent', 'accent-fill'],
      ['on-danger', 'danger'],
      ['danger-text', 'danger-bg'],
      ['danger-text', 'panel'],
      ['warn', 'warn-bg'],
      ['on-book', 'paper'],
      ['on-book', 'demo'],
      ['on-book', 'live'],
    ];
    for (const [word, ground] of pairs) expect(contrast(t[word!]!, t[ground!]!), `${word} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });
});
