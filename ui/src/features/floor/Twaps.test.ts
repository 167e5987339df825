import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import { toasts } from '../../state/toasts.svelte';
import { workspace } from '../../state/workspace.svelte';
import Twaps from './Twaps.svelte';

let stop: () => void;
let asked: [string, Record<string, unknown>][];

beforeEach(async () => {
  const world = mockTransport('?mock&still&delay=0');
  asked = [];
  useTransport({
    ...world,
    invoke: (command, args) => {
      if (command.startsWith('twap_')) asked.push([command, args]);
      return world.invoke(command, args);
    },
  });
  stop = await workspace.start();
  render(Twaps);
  await screen.findAllByTestId('twap-row');
});
afterEach(() => {
  stop();
  for (const toast of toasts.list) toasts.dismiss(toast.id);
});

const type = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } });

it('shows how each was executed, flags what is over the tolerance with a mark, and lists its slices’ orders', async () => {
  const rows = screen.getAllByTestId('twap-row').map((row) => row.textContent);
  expect(rows.find((row) => row.includes('ETH'))).toMatch(/!\s*\+14\.0/);
  expect(rows.find((row) => row.includes('BTC'))).not.toContain('!');
  await waitFor(() => expect(screen.getAllByTestId('twap-slice').length).toBe(3));
});

it('starts on paper at once, with real money only after it was said what would happen, and nothing that cannot be read', async () => {
  await type('twap-coin', 'sol');
  await fireEvent.click(screen.getByTestId('twap-start'));
  expect(asked).toEqual([]);
  await type('twap-aud', '240');
  await fireEvent.click(screen.getByTestId('twap-start'));
  await waitFor(() => expect(asked).toEqual([['twap_start', { request: { coin: 'SOL', side: 'buy', book: 'paper', aud: '240', over: '1h', slices: 12 } }]]));
  await fireEvent.click(screen.getByTestId('twap-live'));
  const start = () => screen.getByTestId<HTMLButtonElement>('twap-start');
  await waitFor(() => expect([start().textContent.includes('LIVE'), start().disabled]).toEqual([true, false]));
  await fireEvent.click(screen.getByTestId('twap-start'));
  expect(asked.length).toBe(1);
  await waitFor(() => expect(screen.getByTestId('twap-confirm-live').textContent).toContain('in 12 slices over 1h'));
  await fireEvent.click(screen.getByTestId('twap-confirm'));
  await waitFor(() => expect(asked.at(-1)?.[1]).toMatchObject({ request: { book: 'live' } }));
});

it('is stopped only after it was said what stays', async () => {
  await fireEvent.click(screen.getByTestId('twap-stop'));
  expect(asked).toEqual([]);
  await fireEvent.click(screen.getByTestId('twap-stop-confirm'));
  await waitFor(() => expect(asked[0]?.[0]).toBe('twap_stop'));
  await waitFor(() => expect(screen.queryByTestId('twap-stop')).toBeNull());
});
