import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport, type Transport } from '../../ipc/transport';
import { navigation } from '../../state/navigation.svelte';
import { preferences } from '../../state/preferences.svelte';
import Lab from './Lab.svelte';
import { runs } from './runs.svelte';
import { sweeps } from './sweeps.svelte';

let asked: [string, Record<string, unknown>][];

function world(search = '?mock&still&delay=0', change: Partial<Record<string, Transport['invoke']>> = {}) {
  const mock = mockTransport(search);
  useTransport({
    ...mock,
    invoke: (command, args) => {
      asked.push([command, args]);
      return (change[command] ?? mock.invoke)(command, args);
    },
  });
}

beforeEach(() => {
  asked = [];
  runs.forget();
  sweeps.forget();
  navigation.chartAsTable = false;
  preferences.setPart('lab', 'sweep');
  world();
});

const asking = (command: string) => asked.filter(([name]) => name === command).map(([, args]) => args);

async function swept() {
  render(Lab);
  await waitFor(() => expect((screen.getByTestId('sweep-run') as HTMLButtonElement).disabled).toBe(false));
  await fireEvent.click(screen.getByTestId('sweep-run'));
  await screen.findByTestId('sweep-map');
}

it('a grid is counted before it runs, and one that is too large can not be run', async () => {
  render(Lab);
  expect(screen.getByTestId('sweep-empty')).toBeDefined();
  const fast = await screen.findByTestId('param-fast');
  await fireEvent.input(fast, { target: { value: '5..14' } });
  await fireEvent.input(screen.getByTestId('param-slow'), { target: { value: '20,30' } });
  expect(screen.getByTestId('sweep-hint').textContent).toContain('Up to 20 points');
  await fireEvent.input(fast, { target: { value: '1..500' } });
  await fireEvent.input(screen.getByTestId('param-slow'), { target: { value: '1..500' } });
  await fireEvent.input(screen.getByTestId('param-share'), { target: { value: '50,100' } });
  expect(screen.getByTestId('sweep-hint').textContent).toContain('At most 250,000 points');
  expect((screen.getByTestId('sweep-run') as HTMLButtonElement).disabled).toBe(true);
});

it('a cell of the map opens with the keyboard as a backtest of those very parameters, and counts what was tried', async () => {
  await swept();
  const [request] = asking('sweep');
  expect(request).toMatchObject({ request: { strategy: 'sma_cross', params: { share: '100' }, coins: ['BTC'], intervals: ['1h'] } });
  expect(Number((screen.getByTestId('sweep-trials').textContent ?? '').replace(',', ''))).toBeGreaterThan(0);
  const map = screen.getByTestId('sweep-map');
  await fireEvent.keyDown(map, { key: 'ArrowRight' });
  await fireEvent.keyDown(map, { key: 'ArrowRight' });
  const reading = screen.getByTestId('sweep-map-reading').textContent ?? '';
  const [, fast, slow] = /fast (\d+), slow (\d+):/.exec(reading) ?? [];
  expect(reading).toMatch(/Return [−+]/);
  await fireEvent.keyDown(map, { key: 'Enter' });
  await screen.findByTestId('backtest-return');
  expect(asking('backtest')).toEqual([{ request: { strategy: 'sma_cross', coins: ['BTC'], interval: '1h', params: { fast, slow, share: '100' }, cash: '10000', fee_bps: 10, execution: 'next_open', deposits: [] } }]);
  expect((screen.getByTestId('param-fast') as HTMLInputElement).value).toBe(fast);
});

it('the map has a table, and points under thirty sales are marked', async () => {
  await swept();
  await fireEvent.click(screen.getByTestId('sweep-table-toggle'));
  expect(screen.getByTestId('heat-table')).toBeDefined();
  expect(screen.getByTestId('sweep-table').textContent).toContain('<30');
});

it('what is refused is said and the sweep before stays; ended it is no error', async () => {
  await swept();
  const best = screen.getByTestId('sweep-best').textContent;
  await fireEvent.input(screen.getByTestId('sweep-coins'), { target: { value: 'NOPE' } });
  await fireEvent.click(screen.getByTestId('sweep-run'));
  expect((await screen.findByTestId('sweep-failed')).textContent).toContain('no_candles');
  expect(screen.getByTestId('sweep-best').textContent).toBe(best);
});

it('while it runs it says how far it is, and ends when told', async () => {
  let end: (error: unknown) => void = () => {};
  world('?mock&still&delay=0', {
    sweep: () => new Promise((_, reject) => (end = reject)),
    sweep_progress: () => Promise.resolve({ running: true, done: 128, all: 1000, left_s: 42 }),
    sweep_cancel: () => {
      end({ code: 'cancelled', message: 'it was cancelled; nothing was written' });
      return Promise.resolve({ running: false, done: 0, all: 0, left_s: null });
    },
  });
  render(Lab);
  await waitFor(() => expect((screen.getByTestId('sweep-run') as HTMLButtonElement).disabled).toBe(false));
  await fireEvent.click(screen.getByTestId('sweep-run'));
  await waitFor(() => expect(screen.getByTestId('sweep-progress').textContent).toBe('128 of 1,000 points, 42 s left'));
  await fireEvent.click(screen.getByTestId('sweep-cancel'));
  await screen.findByTestId('sweep-run');
  expect(screen.queryByTestId('sweep-failed')).toBeNull();
});
