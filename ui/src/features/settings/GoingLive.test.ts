import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import { navigation } from '../../state/navigation.svelte';
import { preferences } from '../../state/preferences.svelte';
import { workspace } from '../../state/workspace.svelte';
import GoingLive from './GoingLive.svelte';

async function open(query = '') {
  useTransport(mockTransport(`?mock&still&delay=0${query}`));
  const stop = await workspace.start();
  render(GoingLive);
  await screen.findByTestId('step-key');
  return stop;
}

it('shows each step with how it stands, and leads to where the next is taken', async () => {
  const stop = await open();
  expect(screen.getByTestId('going-live-verdict').textContent).toContain('No order with real money can leave');
  expect(screen.getByTestId('step-mandate').dataset.done).toBe('false');
  await fireEvent.click(screen.getByTestId('step-act-mandate'));
  expect([navigation.place, preferences.part('floor', 'desk')]).toEqual(['floor', 'mandates']);
  await fireEvent.click(screen.getByTestId('step-act-first_order'));
  expect(navigation.book).toBe('live');
  stop();
});

it('says that orders can leave only when every step but the first order is taken', async () => {
  const stop = await open('&live');
  expect(screen.getByTestId('going-live-verdict').textContent).toContain('can leave');
  stop();
});

it('stores both parts of a key, says when it is not declared, and keeps none of it', async () => {
  const stop = await open();
  await fireEvent.click(screen.getByTestId('step-act-key'));
  const keep = await screen.findByTestId<HTMLButtonElement>('key-keep');
  expect(keep.disabled).toBe(true);
  await fireEvent.input(screen.getByTestId('key-value'), { target: { value: 'canary-key' } });
  await fireEvent.input(screen.getByTestId('key-secret'), { target: { value: 'canary-secret' } });
  expect(keep.textContent).toContain('for reading');
  await fireEvent.click(keep);
  await waitFor(() => expect(screen.getByTestId('step-key').dataset.done).toBe('true'));
  expect(document.body.innerHTML).not.toContain('canary');
  stop();
});

it('asks CoinSpot what the key may do', async () => {
  const stop = await open('&live');
  await fireEvent.click(screen.getByTestId('key-check'));
  await waitFor(() => expect(screen.getByTestId('key-checked').textContent).toContain('may trade'));
  stop();
});
