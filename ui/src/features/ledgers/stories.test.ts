import { describe, expect, it } from 'vitest';
import type { MeaningRow } from '../../ipc/bindings/MeaningRow';
import { arrivals } from './arrivals.svelte';
import { calendar, moodBefore, moodTone, shortMood } from './calendar';
import { columnsOf, csvRow } from './columns';
import { eventMarks, isMarked, merged } from './eventmarks';
import { severityWord, sortOf } from './meaning';
import type { Item, Mood } from './said';
import type { Bar } from './series';
import { sorted } from '../../lib/table';
import { alone, outletWords, storiesOf } from './stories';

const NOTHING: MeaningRow = { by: 'lexicon-1', sentiment: null, words: [], taxonomy: null, terms: [], mentions: [], type: null, severity: null, severity_reason: null, cluster: null, outlets: 1 };
const item = (key: string, minute: number, more: Partial<Item> = {}, meaning: Partial<MeaningRow> = {}): Item => ({
  id: `${key}:1`, key, kind: 'news', title: key, from: 'Decrypt', url: 'u', text: '', author: null, source: 'news_decrypt', event: new Date(Date.UTC(2026, 10, 22, 3, minute)).toISOString(),
  published: null, seen: '', revision: 1, edited: null, coins: [], meaning: { ...NOTHING, ...meaning }, facts: [], ...more,
});

describe('stories', () => {
  it('are one line for all who tell them, led by who told it first', () => {
    const told = { cluster: 'a:1', outlets: 2 };
    const stories = storiesOf([item('c', 9), item('b', 5, { from: 'CoinDesk', coins: ['ETH'] }, told), item('a', 1, { coins: ['BTC'] }, told)]);
    expect(stories.map((story) => [story.key, story.lead.key, story.members.length, outletWords(story)])).toEqual([['c', 'c', 1, 'Decrypt'], ['a', 'a', 2, '2 outlets']]);
    expect(stories[1]?.coins).toEqual(['BTC', 'ETH']);
  });

  it('are one line also when the first to tell names no cluster, or is worded anew', () => {
    expect(storiesOf([item('b', 5, {}, { cluster: 'a:1' }), item('a', 1, { id: 'a:3' })]).map((story) => [story.key, story.members.length])).toEqual([['a', 2]]);
  });

  it('keep their number of outlets when some are out of sight', () => {
    expect(outletWords(storiesOf([item('b', 5, {}, { cluster: 'gone:1', outlets: 4 })])[0]!)).toBe('4 outlets');
  });

  it('of five thousand headlines are ready in a moment', () => {
    const many = Array.from({ length: 5000 }, (_, i) => item(`i${i}`, i % 60, {}, { cluster: `i${i - (i % 3)}:1` }));
    const before = performance.now();
    expect(storiesOf(many)).toHaveLength(1667);
    // Far above what it takes, so that only a change of its order can fail here.
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('sort by how they lean, with those that lean nowhere last either way', () => {
    const rows = [item('none', 1), item('up', 2, {}, { sentiment: 0.4 }), item('down', 3, {}, { sentiment: -0.7 })].map(alone);
    const column = columnsOf('human').find(({ key }) => key === 'sentiment')!;
    const keys = (direction: 1 | -1) => sorted(rows, column.order!, direction).map((story) => story.key);
    expect([keys(-1), keys(1)]).toEqual([['up', 'down', 'none'], ['down', 'up', 'none']]);
  });

  it('leave as a file with what they are taken to mean', () => {
    const row = csvRow(alone(item('a', 1, { coins: ['BTC', 'ETH'] }, { sentiment: 0.25, severity: 8, type: 'listing' })));
    expect(row.slice(8, 12)).toEqual(['listing', 'BTC ETH', '0.25', '8']);
  });
});

describe('what arrives', () => {
  const [c, b, a] = [item('c', 3), item('b', 2), item('a', 1)];

  it('waits at the top of what is read, and other wordings take their place', () => {
    const reworded = { ...b, id: 'b:2' };
    const { shown, fresh } = arrivals([c, reworded, a], new Set(['b', 'a']));
    expect([shown, fresh]).toEqual([[reworded, a], [c]]);
  });

  it('waits also in the middle, but older things go below at once', () => {
    expect(arrivals([c, b, a], new Set(['c', 'a'])).fresh).toEqual([b]);
    expect(arrivals([c, b, a], new Set(['c'])).fresh).toEqual([]);
  });

  it('is shown whole the first time', () => {
    expect(arrivals([c, b, a], null).shown).toHaveLength(3);
  });
});

describe('the calendar of moods', () => {
  const mood = (day: string, value: number): Mood => ({ id: day, value, label: 'Fear', event: `${day}T00:00:00Z`, seen: '' });
  const sunday = Date.parse('2026-11-22T13:00:00Z');

  it('ends with the week of today, Monday first, and leaves what is not known empty', () => {
    const weeks = calendar([mood('2026-11-22', 30), mood('2026-11-16', 20)], sunday, 5);
    expect(weeks).toHaveLength(5);
    expect(weeks[0]?.[0]?.day).toBe('2026-10-19');
    expect(weeks[4]?.map((cell) => cell.mood?.value ?? null)).toEqual([20, null, null, null, null, null, 30]);
    expect(weeks[4]?.[6]?.today).toBe(true);
    expect(calendar([], Date.parse('2026-11-18T00:00:00Z'), 1)[0]?.map((cell) => cell.future)).toEqual([false, false, false, true, true, true, true]);
  });

  it('has a word and a tone for every figure', () => {
    expect([24, 25, 45, 55, 56, 75, 76].map(moodTone)).toEqual(['fear-2', 'fear-1', 'neutral', 'neutral', 'greed-1', 'greed-1', 'greed-2']);
    expect(['Extreme Fear', 'Neutral', 'Something else entirely'].map(shortMood)).toEqual(['X fear', 'Neutral', 'Somethin']);
  });

  it('makes no day up', () => {
    expect(moodBefore([mood('2026-11-21', 9)], sunday, 1)?.value).toBe(9);
    expect(moodBefore([mood('2026-11-21', 9)], sunday, 2)).toBeNull();
  });
});

describe('marks on the chart', () => {
  const bars = [0, 5, 10].map((minute): Bar => ({ time: Date.UTC(2026, 10, 22, 3, minute) / 1000 + 39_600, at: Date.UTC(2026, 10, 22, 3, minute) / 1000, row: null }));
  const event = (key: string, minute: number, severity: number) => item(key, minute, { kind: 'event' }, { severity });

  it('stand at the bar they fell into, with what matters most in front', () => {
    const marks = eventMarks([item('n', 8), event('e', 7, 8), event('before', -3, 9), event('late', 11, 4)], bars);
    expect(marks.map((mark) => [mark.time, mark.letter, mark.tone, mark.items.map((one) => one.key)])).toEqual([[bars[1]!.time, 'E', 'severe', ['e', 'n']], [bars[2]!.time, 'E', 'catalyst', ['late']]]);
  });

  it('that would cover each other are one', () => {
    const marks = eventMarks([event('a', 1, 3), event('b', 6, 9), event('c', 11, 3)], bars);
    const places = merged(marks, (mark) => bars.findIndex((bar) => bar.time === mark.time) * 10, 15);
    expect(places.map(({ x, mark }) => [x, mark.items.map((one) => one.key), mark.tone])).toEqual([[0, ['b', 'a'], 'severe'], [20, ['c'], 'catalyst']]);
    expect(merged(marks, () => null, 15)).toEqual([]);
  });

  it('are of headlines only where they may move the price', () => {
    const term = { term: 't', theme: 'macro', direction: 0, impact: 3, horizon: 'short', context: '' };
    expect([item('a', 1), item('b', 1, {}, { terms: [term] }), item('c', 1, {}, { outlets: 3 }), event('e', 1, 1)].map(isMarked)).toEqual([false, true, true, true]);
  });

  it('of an announcement are the letter of its type', () => {
    const letter = (type: string | null) => sortOf(item('a', 1, { kind: 'announcement' }, { type })).letter;
    expect(['listing', 'delisting', 'maintenance', 'other', null].map(letter)).toEqual(['L', 'D', 'M', 'A', 'A']);
    expect([null, 7, 8, 10].map(severityWord)).toEqual(['', '', 'severe', 'critical']);
  });
});
