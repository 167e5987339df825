import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import { preferences } from '../../state/preferences.svelte';
import Lab from './Lab.svelte';
import { runs } from './runs.svelte';
import { trainings } from './trainings.svelte';

let asked: [string, Record<string, unknown>][];

beforeEach(() => {
  asked = [];
  runs.forget();
  trainings.forget();
  preferences.setPart('lab', 'train');
  const mock = mockTransport('?mock&still&delay=0');
  useTransport({
    ...mock,
    invoke: (command, args) => {
      asked.push([command, args]);
      return mock.invoke(command, args);
    },
  });
});

async function trained() {
  render(Lab);
  await fireEvent.click(await screen.findByTestId('train-run'));
  await screen.findByTestId('train-verdict');
}

it('a training says its verdict, and what it did where it was not trained against who knows nothing', async () => {
  render(Lab);
  expect(screen.getByTestId('train-empty')).toBeDefined();
  await fireEvent.click(screen.getByTestId('train-run'));
  expect((await screen.findByTestId('train-verdict')).textContent).toContain('Unproven');
  expect(screen.getByTestId('train-auc').textContent).toBe('0.541');
  const names = [...screen.getByTestId('train-measures').querySelectorAll('tbody tr')].map((row) => row.querySelector('td')?.textContent);
  expect(names).toEqual(['The model', 'Always the more frequent', 'As the last time', 'Where it was trained']);
  expect(screen.getByTestId('train-control').textContent).toContain('Nothing was found where there was nothing');
});

it('a model says what it would do at a moment and what each column added, and warns where it learned from it', async () => {
  await trained();
  await fireEvent.click(screen.getByTestId('train-model-open'));
  await waitFor(() => expect(screen.getAllByTestId('models-row')).toHaveLength(1));
  await fireEvent.input(await screen.findByTestId('model-moment'), { target: { value: 'soon' } });
  await fireEvent.click(screen.getByTestId('model-explain'));
  expect((await screen.findByTestId('model-failed')).textContent).toContain('bad_time');
  await fireEvent.input(screen.getByTestId('model-moment'), { target: { value: '2024-03-01T10:00' } });
  await fireEvent.click(screen.getByTestId('model-explain'));
  expect((await screen.findByTestId('model-says')).textContent).toBe('58.30');
  const list = screen.getByLabelText('What each column added');
  expect(list.textContent).toContain('return_24');
  expect(list.textContent).toContain('−');
  expect(screen.getByText(/It learned from this candle/)).toBeDefined();
  await fireEvent.click(screen.getByTestId('model-remove'));
  await fireEvent.click(screen.getByTestId('model-remove-yes'));
  expect((await screen.findByTestId('models-empty')).textContent).toContain('none goes by itself');
});

it('a model runs as a backtest, and is a strategy of the form from then on', async () => {
  await trained();
  await fireEvent.click(screen.getByTestId('train-open'));
  await screen.findByTestId('backtest-return');
  const name = asked.find(([command]) => command === 'backtest')?.[1].request as { strategy: string; coins: string[] };
  expect(name).toMatchObject({ coins: ['BTC'], params: {} });
  expect(name.strategy).toMatch(/^model:[0-9a-f]{16}$/);
  await waitFor(() => expect((screen.getByTestId('backtest-strategy') as HTMLSelectElement).value).toBe(name.strategy));
  expect((screen.getByTestId('param-enter') as HTMLInputElement).value).toBe('0.55');
});
