import { expect, it } from 'vitest';
import { ruleWords, severityWord } from './alerts';

it('a rule is named in words, and one that is not known as it came', () => {
  expect([ruleWords('large_move'), ruleWords('moon_phase')]).toEqual(['Large move', 'moon phase']);
});

it('a severity has a word', () => {
  expect([1, 4, 5, 7, 8, 9, 10].map(severityWord)).toEqual(['note', 'minor', 'notable', 'serious', 'serious', 'critical', 'critical']);
});
