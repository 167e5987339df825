import { describe, expect, it } from 'vitest';
import type { ObservationRow } from '../../ipc/bindings/ObservationRow';
import type { SourceRow } from '../../ipc/bindings/SourceRow';
import { answeredKey, cellText, editedWord, errorParts, healthOf, isEdited, itemsOf, moodDay, moodsOf, until, waitsForAcceptance } from './said';

const NOW = Date.parse('2026-11-22T03:00:00Z');
const known = { source: 'news_decrypt', coin: null, coins: [], published_at: null, first_seen: '2026-11-22T02:00:00Z', revision: 1, meaning: null };
const news = (id: string, event_time: string, title = id): ObservationRow => ({ ...known, id, kind: 'news', event_time, title, url: 'https://x.example/a', summary: 's', outlet: 'Decrypt', author: null });
const mood = (id: string, event_time: string, value: number): ObservationRow => ({ ...known, id, kind: 'fear_greed', event_time, value, label: 'Fear' });
const source = (more: Partial<SourceRow> = {}): SourceRow => ({ name: 'a', ledger: 'human', status: 'ok', lacks: null, skew_ms: null, last_success: '2026-11-22T02:59:00Z', last_error: null, next_run: null, paused: false, cadence_s: 60, ...more });

describe('what was said', () => {
  it('is shown newest event first, by time and not by text', () => {
    const view = { ledger: 'human', observations: [news('a', '2026-11-22T01:00:00Z'), news('c', '2026-11-22T02:00:00.500Z'), news('b', '2026-11-22T02:00:00Z')] };
    expect(itemsOf(view).map((item) => item.id)).toEqual(['c', 'b', 'a']);
  });

  it('keeps headlines and moods apart', () => {
    const view = { ledger: 'human', observations: [news('a', '2026-11-22T01:00:00Z'), mood('m', '2026-11-21T00:00:00Z', 27), mood('n', '2026-11-22T00:00:00Z', 31)] };
    expect(itemsOf(view).map((item) => item.id)).toEqual(['a']);
    expect(moodsOf(view).map((day) => day.value)).toEqual([31, 27]);
  });

  it('has no publication time where the source gave none', () => {
    expect(itemsOf({ ledger: 'human', observations: [news('a', '2026-11-22T01:00:00Z')] })[0]?.published).toBeNull();
  });

  it('is of the day in UTC, not of the trader’s', () => {
    expect(moodDay({ id: 'm', value: 1, label: '', event: '2026-11-21T23:00:00-02:00', seen: '' })).toBe('2026-11-22');
  });

  it('counts as edited from its second wording, or when the source says so', () => {
    const announcement = (revision: number, edited_at: string | null): ObservationRow => ({ ...known, revision, published_at: '2026-11-22T01:00:00Z', id: 'x', kind: 'announcement', event_time: '2026-11-22T01:00:00Z', title: 't', url: 'u', text: '', section: null, edited_at });
    const edited = (row: ObservationRow) => itemsOf({ ledger: 'catalyst', observations: [row] }).map(isEdited)[0];
    expect([edited(announcement(1, null)), edited(announcement(2, null)), edited(announcement(1, '2026-11-22T01:30:00Z'))]).toEqual([false, true, true]);
    expect(edited(announcement(1, '2026-11-22T01:00:20Z'))).toBe(false);
    const word = (revision: number) => itemsOf({ ledger: 'catalyst', observations: [announcement(revision, null)] }).map(editedWord)[0];
    expect([word(1), word(2), word(4)]).toEqual(['', 'edited', 'edited 3×']);
  });
});

describe('text from outside', () => {
  it('is no formula in a spreadsheet', () => {
    for (const title of ['=cmd|calc', '+1', '-1', '@sum', ' =a', '"=a', '\t=a']) expect(cellText(title)).toBe(`'${title}`);
    for (const title of ['Bitcoin = gold?', '<script>alert(1)</script>', '']) expect(cellText(title)).toBe(title);
  });
});

describe('a source', () => {
  it('tells its error as a code and words', () => {
    expect(errorParts('http_status: the outlet answered 503')).toEqual({ code: 'http_status', words: 'The outlet answered 503' });
    expect(errorParts('No route: try later')).toEqual({ code: null, words: 'No route: try later' });
    expect(errorParts('http_status: www.x.example answered 503').words).toBe('www.x.example answered 503');
  });

  it('waits for a person only when its fields changed', () => {
    expect(waitsForAcceptance(source({ status: 'failing', last_error: 'shape_changed: other fields' }))).toBe(true);
    expect(waitsForAcceptance(source({ status: 'failing', last_error: 'deadline: shape_changed: no' }))).toBe(false);
    expect(waitsForAcceptance(source())).toBe(false);
  });

  it('says when it runs next', () => {
    expect(until('2026-11-22T03:00:40Z', NOW)).toBe('in 40 s');
    expect(until('2026-11-22T05:00:00Z', NOW)).toBe('in 2 h');
    expect(until('2026-11-22T02:59:59Z', NOW)).toBe('due now');
  });
});

describe('the health of a ledger', () => {
  const failing = source({ name: 'b', status: 'failing' });
  const paused = source({ name: 'c', paused: true });
  const old = source({ name: 'd', last_success: '2026-11-22T02:00:00Z' });

  it('is the worst of its own sources', () => {
    expect(healthOf([source(), old, paused, failing], 'human', NOW)).toEqual({ kind: 'failing', names: ['b'], of: 4 });
    expect(healthOf([source(), old, paused], 'human', NOW)).toEqual({ kind: 'paused', names: ['c'], of: 3 });
    expect(healthOf([source(), old], 'human', NOW)).toEqual({ kind: 'stale', names: ['d'], of: 2 });
    expect(healthOf([source(), { ...failing, ledger: 'catalyst' }], 'human', NOW)).toEqual({ kind: 'ok' });
  });

  it('is asked for again when one of its sources answered', () => {
    const before = answeredKey([source(), source({ ledger: 'catalyst' })], 'human');
    expect(answeredKey([source(), source({ ledger: 'catalyst', last_success: null })], 'human')).toBe(before);
    expect(answeredKey([source({ last_success: '2026-11-22T03:00:00Z' })], 'human')).not.toBe(before);
  });
});
