import { expect, it } from 'vitest';
import { syncLine, syncTone, syncWord } from './sync';

const error = { code: 'wrong_password', message: 'the server refuses user or password' };

it('the status line says nothing while sync is off, and what is wrong when something is', () => {
  expect(syncLine({ state: 'off', since: null, behind: 0, error: null }, null)).toBeNull();
  expect(syncLine({ state: 'online', since: 'x', behind: 0, error: null }, '10:00')).toBe('synced');
  expect(syncLine({ state: 'online', since: 'x', behind: 1204, error: null }, '10:00')).toBe('synced, 1,204 behind');
  expect(syncLine({ state: 'offline', since: 'x', behind: 3, error }, '10:00')).toBe('sync: offline since 10:00, 3 behind');
  expect(syncLine({ state: 'trouble', since: null, behind: 0, error }, null)).toBe('sync: wrong password');
});

it('a state is told by a word as well as by its tone', () => {
  expect(syncWord('online')).toBe('synced');
  expect([syncTone('online'), syncTone('offline'), syncTone('trouble'), syncTone('off')]).toEqual(['good', 'warn', 'bad', undefined]);
});
