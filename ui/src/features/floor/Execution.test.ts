import { render, screen } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import { workspace } from '../../state/workspace.svelte';
import Execution from './Execution.svelte';

it('flags what slipped too much, and says where no mid was known', async () => {
  const world = mockTransport('?mock&still&delay=0');
  const row = { time: '2026-11-22T03:00:00Z', coin: 'BTC', side: 'buy' as const, algorithm: null, filled: '0.1', average: '100', fees: '0.01', first_fill_ms: 40, last_fill_ms: 90 };
  const orders = [
    { ...row, order: 'a', arrival: '99', slippage_bps: '101', over_tolerance: true },
    { ...row, order: 'b', arrival: null, slippage_bps: null, over_tolerance: false },
  ];
  useTransport({ ...world, invoke: (command, args) => (command === 'execution' ? Promise.resolve({ book: 'paper', tolerance_bps: '10', groups: [], orders }) : world.invoke(command, args)) });
  const stop = await workspace.start();
  render(Execution);
  const rows = await screen.findAllByTestId('execution-row');
  expect(rows[0]?.textContent).toMatch(/!\s*\+101/);
  expect(rows[1]?.textContent).toContain('not known');
  stop();
});
