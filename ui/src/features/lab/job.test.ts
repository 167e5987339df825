import { expect, it } from 'vitest';
import { Job, leftAt } from './job.svelte';

it('time left is told at the pace since it was first seen, and not from the first moment', () => {
  const pace = { ms: 1_000, done: 100 };
  expect(leftAt(pace, 3_000, 300, 1_000)).toBe(7);
  expect(leftAt(pace, 1_500, 300, 1_000)).toBeNull();
  expect(leftAt(pace, 9_000, 100, 1_000)).toBeNull();
});

it('one runs at a time; what takes its place waits until it is over', async () => {
  let end: (error: unknown) => void = () => {};
  const job = new Job(() => Promise.resolve({ running: true, done: 0, all: 0 }), () => Promise.resolve(end({ code: 'cancelled', message: '' })));
  const first = job.run(() => new Promise<string>((_, reject) => (end = reject)));
  expect(await job.run(() => Promise.resolve('second'))).toBeNull();
  await job.clear();
  expect([job.running, await first, job.failed]).toEqual([false, null, null]);
  expect(await job.run(() => Promise.resolve('third'))).toBe('third');
});
