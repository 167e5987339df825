import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Event } from '../ipc/bindings/Event';
import { mockTransport } from '../ipc/mock/transport';
import { useTransport } from '../ipc/transport';
import { SILENCE_MS, workspace } from './workspace.svelte';

const NOW = Date.parse('2026-11-22T03:00:00Z');

/** A simulated world whose answers to `orders` wait until they are let go. */
function held() {
  const world = mockTransport('?mock&still&delay=0', () => NOW);
  const waiting: (() => void)[] = [];
  let handler: (event: Event) => void = () => {};
  let holding = false;
  let calls = 0;
  useTransport({
    mock: true,
    async invoke(command, args) {
      if (command === 'status') calls += 1;
      const answer = await world.invoke(command, args);
      if (holding && command === 'orders') await new Promise<void>((resolve) => waiting.push(resolve));
      return answer;
    },
    listen: (h) => {
      handler = h;
      return Promise.resolve(() => {});
    },
  });
  return { world, hold: () => (holding = true), letGo: () => waiting.splice(0).forEach((go) => go()), tell: (event: Event) => handler(event), calls: () => calls };
}

afterEach(() => void vi.useRealTimers());

describe('the workspace', () => {
  it('keeps what it hears while it asks for everything', async () => {
    const { hold, letGo, tell } = held();
    const stop = await workspace.start();
    const first = workspace.orders[0]!;
    hold();
    const asked = workspace.refetch();
    await new Promise((resolve) => setTimeout(resolve, 20));
    tell({ type: 'order', order: { ...first, state: 'cancelled' } });
    letGo();
    await asked;
    expect(workspace.orders[0]?.state).toBe('cancelled');
    stop();
  });

  it('asks for everything again when events were missed, also while it asks already', async () => {
    const { hold, letGo, tell, calls } = held();
    const stop = await workspace.start();
    hold();
    const first = workspace.refetch();
    tell({ type: 'missed', events: 3 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    // One question at a time: whoever asks often does not keep the answer from coming.
    expect(calls()).toBe(2);
    letGo();
    await first;
    await vi.waitFor(() => expect(calls()).toBe(3));
    await vi.waitFor(() => expect(workspace.ready).toBe(true));
    expect(workspace.error).toBeNull();
    stop();
  });

  it('asks for everything again after a silence', async () => {
    vi.useFakeTimers();
    const { calls } = held();
    const started = workspace.start();
    await vi.advanceTimersByTimeAsync(100);
    const stop = await started;
    const before = calls();
    await vi.advanceTimersByTimeAsync(SILENCE_MS + 10_000);
    expect(calls()).toBeGreaterThan(before);
    stop();
  });

  it('keeps showing what it knows when asking again fails, and says so', async () => {
    const { world } = held();
    const stop = await workspace.start();
    const known = workspace.prices.size;
    world.world.scenario.broken = true;
    await workspace.refetch();
    expect(workspace.error?.code).toBe('store_damaged');
    expect(workspace.prices.size).toBe(known);
    stop();
  });
});
