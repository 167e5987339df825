import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport, type Transport } from '../../ipc/transport';
import { preferences } from '../../state/preferences.svelte';
import Lab from './Lab.svelte';
import { examinations } from './examinations.svelte';
import { features } from './features.svelte';
import { runs } from './runs.svelte';

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
  return mock;
}

beforeEach(() => {
  asked = [];
  for (const one of [runs, examinations, features]) one.forget();
  world();
});

async function press(testid: string) {
  await waitFor(() => expect((screen.getByTestId(testid) as HTMLButtonElement).disabled).toBe(false));
  await fireEvent.click(screen.getByTestId(testid));
}

async function part(id: string) {
  await fireEvent.click(screen.getByTestId(`lab-${id}`));
}

it('an examination says its verdict in words, what speaks against it, and out of sample first', async () => {
  preferences.setPart('lab', 'evaluate');
  render(Lab);
  await fireEvent.input(await screen.findByTestId('param-fast'), { target: { value: '5..20:5' } });
  await press('examine-run');
  expect((await screen.findByTestId('examine-verdict')).textContent).toContain('Unproven');
  expect(screen.getByTestId('examine-reasons').textContent).toContain('95 % is asked for');
  expect(within(screen.getByTestId('examine-part')).getByTestId('examine-tests-table').querySelectorAll('tbody tr')).toHaveLength(5);
  expect(asked.find(([name]) => name === 'evaluate')?.[1]).toMatchObject({ request: { grid: ['fast=5..20:5'], rolling: false, run: { coins: ['BTC'], params: { slow: '30', share: '100' } } } });
  await fireEvent.click(screen.getByTestId('examine-chance'));
  expect(screen.getByTestId('examine-controls-table').textContent).toContain('Shuffled dates');
  expect(screen.getByTestId('examine-checks-table').textContent).toContain('Garbage for a future');
  await fireEvent.click(screen.getByTestId('examine-inside'));
  expect(screen.getByTestId('examine-inside-list').textContent).toContain('120 of them made before');
});

it('a backtest goes to its examination with the same settings', async () => {
  preferences.setPart('lab', 'backtest');
  render(Lab);
  await fireEvent.input(await screen.findByTestId('param-fast'), { target: { value: '7' } });
  await press('backtest-run');
  await fireEvent.click(await screen.findByTestId('backtest-examine'));
  expect(((await screen.findByTestId('param-fast')) as HTMLInputElement).value).toBe('7');
  expect(screen.getByTestId('examine-hint').textContent).toContain('given, not chosen');
});

it('features say how much of each is known, and absent is not zero', async () => {
  preferences.setPart('lab', 'features');
  render(Lab);
  await press('features-run');
  const spread = await screen.findByTestId('feature-spread_bps');
  expect(spread.textContent).toContain('0.00');
  expect(spread.textContent).toContain('404');
  expect(screen.getByTestId('features-export').textContent).toBe('omc features --coin BTC --interval 1h --csv');
  const cells = screen.getAllByTestId('features-row')[0]?.querySelectorAll('[role="gridcell"]') ?? [];
  expect(cells[cells.length - 1]?.textContent?.trim()).toBe('');
});

it('kept runs are listed, opened again, and held against each other with their differences', async () => {
  preferences.setPart('lab', 'backtest');
  render(Lab);
  await press('backtest-run');
  await screen.findByTestId('backtest-return');
  await fireEvent.input(screen.getByTestId('param-fast'), { target: { value: '4' } });
  await press('backtest-run');
  await part('runs');
  await waitFor(() => expect(screen.getAllByTestId('runs-row')).toHaveLength(2));
  expect((screen.getByTestId('runs-compare') as HTMLButtonElement).disabled).toBe(true);
  const table = screen.getByTestId('runs-table');
  await fireEvent.keyDown(table, { key: 'ArrowDown' });
  await fireEvent.keyDown(table, { key: 'ArrowDown', shiftKey: true });
  await press('runs-compare');
  const compared = await screen.findByTestId('runs-compared');
  expect(compared.querySelector('tr.differs')?.textContent).toContain('≠ fast');
  await press('runs-open');
  await screen.findByTestId('backtest-return');
});

it('a run whose candles changed says so, and one that is damaged is named', async () => {
  const mock = world('?mock&still&delay=0', {
    kept_run: async (command, args) => (args.id === 'bad' ? Promise.reject({ code: 'run_damaged', message: 'the run bad can’t be read' }) : { ...(await mock.invoke(command, args) as object), changed: ['there are 3 1h candles of BTC now; it ran on 2'] }),
    kept_runs: async (command, args) => {
      const { runs: [first] } = (await mock.invoke(command, args)) as { runs: object[] };
      return { runs: [first, { ...first, id: 'bad', at: '2020-01-01T00:00:00Z' }], unreadable: 1 };
    },
  });
  preferences.setPart('lab', 'backtest');
  render(Lab);
  await press('backtest-run');
  await screen.findByTestId('backtest-return');
  await part('runs');
  const rows = await screen.findAllByTestId('runs-row');
  await fireEvent.dblClick(rows[1]!);
  expect((await screen.findByTestId('runs-failed')).textContent).toContain('run_damaged');
  await fireEvent.dblClick(rows[0]!);
  expect((await screen.findByTestId('backtest-changed')).textContent).toContain('it ran on 2');
});

it('without runs, and without an answer, the list says so', async () => {
  preferences.setPart('lab', 'runs');
  const { unmount } = render(Lab);
  expect((await screen.findByTestId('runs-empty')).textContent).toContain('is kept with its settings');
  unmount();
  world('?mock&broken&delay=0');
  render(Lab);
  expect((await screen.findByRole('alert')).textContent).toContain('store_damaged');
});

it('a run becomes a report in the format that was picked', async () => {
  preferences.setPart('lab', 'backtest');
  render(Lab);
  await press('backtest-run');
  await fireEvent.click(await screen.findByTestId('backtest-report'));
  await fireEvent.click(screen.getByTestId('run-report-html'));
  await fireEvent.click(screen.getByTestId('run-report-write'));
  await waitFor(() => expect(asked.find(([name]) => name === 'backtest_report')?.[1]).toMatchObject({ format: 'html', request: { strategy: 'sma_cross', coins: ['BTC'] } }));
});
