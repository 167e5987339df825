import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import Backtest from './Backtest.svelte';
import { runs } from './runs.svelte';

let asked: [string, Record<string, unknown>][];

beforeEach(() => {
  const world = mockTransport('?mock&still&delay=0');
  asked = [];
  runs.forget();
  useTransport({
    ...world,
    invoke: (command, args) => {
      asked.push([command, args]);
      return world.invoke(command, args);
    },
  });
});

const run = async () => {
  await waitFor(() => expect(screen.getByTestId('backtest-run').hasAttribute('disabled')).toBe(false));
  await fireEvent.click(screen.getByTestId('backtest-run'));
};

it('runs what is picked, shows what it came to, and says that few sales prove little', async () => {
  render(Backtest);
  expect(screen.getByTestId('backtest-empty')).toBeDefined();
  await run();
  expect((await screen.findByTestId('backtest-return')).textContent).toMatch(/[−+]\d/);
  expect(screen.getByTestId('backtest-note').textContent).toContain('fewer than 30');
  expect(asked.find(([name]) => name === 'backtest')?.[1]).toMatchObject({ request: { strategy: 'sma_cross', coins: ['BTC'], params: { fast: '10', slow: '30', share: '100' } } });
  await fireEvent.click(screen.getByTestId('backtest-notes'));
  expect(screen.getByTestId('backtest-notes-list').textContent).toContain('max_day_loss_pct');
});

it('what is refused is said, and the run before stays', async () => {
  render(Backtest);
  await run();
  const before = (await screen.findByTestId('backtest-equity')).textContent;
  await fireEvent.input(screen.getByTestId('backtest-coins'), { target: { value: 'NOPE' } });
  await run();
  expect((await screen.findByTestId('backtest-failed')).textContent).toContain('no_candles');
  expect(screen.getByTestId('backtest-equity').textContent).toBe(before);
});

it('a run becomes a draft on the Floor under a name', async () => {
  render(Backtest);
  await run();
  await fireEvent.click(await screen.findByTestId('backtest-paper'));
  const name = await screen.findByTestId('paper-name');
  expect((name as HTMLInputElement).value).toBe('sma_cross-btc');
  await fireEvent.click(screen.getByTestId('paper-save'));
  await waitFor(() => expect(asked.find(([command]) => command === 'algorithm_set')?.[1]).toMatchObject({ fresh: true, request: { name: 'sma_cross-btc', strategy: 'sma_cross', coins: ['BTC'], interval: '1h', capital_pct: '10' } }));
});
