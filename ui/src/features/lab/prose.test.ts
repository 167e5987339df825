import { describe, expect, it } from 'vitest';
import { blocks, plain } from './prose';

describe('a report as blocks', () => {
  it('finds headings, lists, tables and words', () => {
    const found = blocks('# One\n\nwords\n- a\n- b\n\n| name | |\n|---|---:|\n| sma\\_cross | 1.2 |\n\n> said\n');
    expect(found).toEqual([
      { kind: 'heading', level: 1, text: 'One' },
      { kind: 'words', text: 'words' },
      { kind: 'list', lines: ['a', 'b'] },
      { kind: 'table', head: ['name', ''], rows: [['sma_cross', '1.2']] },
      { kind: 'quote', text: 'said' },
    ]);
  });

  it('leaves what looks like markup as text', () => {
    expect(blocks('<script>x</script> [a](javascript:b)')).toEqual([{ kind: 'words', text: '<script>x</script> [a](javascript:b)' }]);
    expect(plain('a\\|b \\*c\\* `d`')).toBe('a|b *c* d');
  });
});
